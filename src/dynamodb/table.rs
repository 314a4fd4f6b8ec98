//! [`Table`]: one table, with native values.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::batch_get::BatchGet;
use super::batch_writer::BatchWriter;
use super::client::NativeView;
use super::pages::NativePages;
use crate::client::Client;
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::error::Result;

const TABLE_NAME: &str = "TableName";

/// A table of DynamoDB: a view on a client, whose calls take and return [native values](super) and get the `TableName`. It is cheap to
/// clone. [`Client::table`] makes one.
///
/// ```no_run
/// use serde::{Deserialize, Serialize};
/// use serde_json::json;
/// use tucuxi::dynamodb::attr;
///
/// #[derive(Serialize, Deserialize)]
/// struct User {
///     id: String,
///     logins: u64,
/// }
///
/// let users = tucuxi::client("dynamodb")?.table("users");
/// users.call("put_item", json!({
///     "Item": User { id: "ada".to_owned(), logins: 1 },
///     "ConditionExpression": attr("id").not_exists(),
/// }))?;
/// for user in users.paginate("scan", json!({"FilterExpression": attr("logins").gt(10)}))?.items().items_as::<User>() {
///     println!("{}", user?.id);
/// }
/// # Ok::<(), tucuxi::Error>(())
/// ```
#[derive(Clone)]
pub struct Table {
    native: NativeView,
    name: String,
}

impl Client {
    /// A table of DynamoDB, with native values; see [`dynamodb`](crate::dynamodb). `name` may also be the table's ARN. Nothing is sent,
    /// and the client itself takes and returns DynamoDB's own JSON.
    pub fn table(&self, name: impl Into<String>) -> Table {
        Table { native: self.native(), name: name.into() }
    }
}

impl Table {
    /// See [`NativeView::strict_numbers`].
    pub fn strict_numbers(mut self) -> Self {
        self.native = self.native.strict_numbers();
        self
    }

    /// The name of the table.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The client, whose calls take and return DynamoDB's own JSON.
    pub fn client(&self) -> &Client {
        self.native.client()
    }

    pub(super) fn native(&self) -> &NativeView {
        &self.native
    }

    /// Calls an operation with native values. `TableName` is added if the operation has it and `params` does not.
    ///
    /// # Errors
    /// As for [`NativeView::call`].
    pub fn call(&self, operation: &str, params: impl Into<Value>) -> Result<Value> {
        let params = self.with_name(operation, params.into())?;
        self.native.call(operation, params)
    }

    /// Calls an operation with parameters of any type, and reads its output into any type.
    ///
    /// ```no_run
    /// # #[derive(serde::Deserialize)]
    /// # struct User {
    /// #     id: String,
    /// # }
    /// # use serde_json::json;
    /// #[derive(serde::Deserialize)]
    /// #[serde(rename_all = "PascalCase")]
    /// struct Found {
    ///     item: Option<User>,
    /// }
    ///
    /// let users = tucuxi::client("dynamodb")?.table("users");
    /// let found: Found = users.call_as("get_item", json!({"Key": {"id": "ada"}}))?;
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`NativeView::call_as`].
    pub fn call_as<T: DeserializeOwned>(&self, operation: &str, params: impl Serialize) -> Result<T> {
        let params = self.native.typed_params(operation, &params)?;
        self.native.read(operation, self.call(operation, params)?)
    }

    /// Starts a listing: `query`, `scan`, or any other operation with pages. `params` may have boto3's `PaginationConfig`.
    ///
    /// # Errors
    /// As for [`NativeView::paginate`].
    pub fn paginate(&self, operation: &str, params: impl Into<Value>) -> Result<NativePages> {
        let params = self.with_name(operation, params.into())?;
        self.native.paginate(operation, params)
    }

    /// Writes many items: [`BatchWriter`] collects them, and sends them 25 at a time.
    pub fn batch_writer(&self) -> BatchWriter {
        BatchWriter::new(self.clone())
    }

    /// Gets the items with these keys, 100 at a time: [`BatchGet`] iterates over those that exist, in any order.
    ///
    /// ```no_run
    /// # use serde_json::json;
    /// let users = tucuxi::client("dynamodb")?.table("users");
    /// for user in users.batch_get([json!({"id": "ada"}), json!({"id": "bob"})]).params(json!({"ConsistentRead": true})) {
    ///     println!("{}", user?["logins"]);
    /// }
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    pub fn batch_get<K: Into<Value>>(&self, keys: impl IntoIterator<Item = K>) -> BatchGet {
        BatchGet::new(self.clone(), keys.into_iter().map(Into::into).collect())
    }

    /// Adds the name of the table.
    fn with_name(&self, operation: &str, params: Value) -> Result<Value> {
        let mut has_name = false;
        self.client().each_input_member(operation, |member| has_name |= member == TABLE_NAME)?;
        let given = match params {
            Value::Object(given) => given,
            Value::Null => Map::new(),
            // The client says what is wrong with it.
            other => return Ok(other),
        };
        if !has_name || given.contains_key(TABLE_NAME) {
            return Ok(Value::Object(given));
        }
        let mut params = Map::from_iter([(TABLE_NAME.to_owned(), Value::String(self.name.clone()))]);
        params.extend(given);
        Ok(Value::Object(params))
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Table").field("name", &self.name).field("native", &self.native).finish()
    }
}

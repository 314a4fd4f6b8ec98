//! The result of a wait as a type of the caller.

use serde::de::DeserializeOwned;

use super::Waited;
use crate::call::into_type;
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::error::Result;

impl Waited {
    /// Reads the output of the last call into a type; see [`Client::call_as`](crate::Client::call_as).
    ///
    /// ```no_run
    /// # use serde_json::json;
    /// #[derive(serde::Deserialize)]
    /// #[serde(rename_all = "PascalCase")]
    /// struct Described {
    ///     table: Table,
    /// }
    /// #[derive(serde::Deserialize)]
    /// #[serde(rename_all = "PascalCase")]
    /// struct Table {
    ///     table_arn: String,
    /// }
    ///
    /// let dynamodb = tucuxi::client("dynamodb")?;
    /// let waited = dynamodb.get_waiter("table_exists")?.wait(json!({"TableName": "jobs"}))?;
    /// println!("{}", waited.value_as::<Described>()?.table.table_arn);
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Response`] if the output does not fit `T`, and if a service error meant success, so that there is no output.
    pub fn value_as<T: DeserializeOwned>(self) -> Result<T> {
        into_type(None, self.value)
    }
}

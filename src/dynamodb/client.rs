//! [`NativeView`]: a view on a client, with native values.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::convert::{convert, remove_nulls};
use super::expression::expand;
use super::native::NativeRule;
use super::pages::NativePages;
use super::{de, ser};
use crate::client::Client;
use crate::customize::{NativeShape, native_shape};
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::error::{Error, Result};
use crate::model::path::Path;
use crate::model::sites::{SiteNode, Sites};
use crate::plan::NativeSites;

/// A view on a client of DynamoDB or DynamoDB Streams, whose calls take and return [native values](super). It is cheap to clone.
///
/// [`Client::native`] makes one; [`Client::table`] makes one for a table. Wherever the model has an `AttributeValue`, at any depth, there
/// is a native value: in items, keys, `ExpressionAttributeValues`, parameters of PartiQL, transactions, and the records of streams.
/// [Conditions](super::attr) can stand where the model has an expression of conditions.
///
/// ```no_run
/// use serde_json::json;
/// let dynamodb = tucuxi::client("dynamodb")?.native();
/// let query = json!({"Statement": "SELECT * FROM songs WHERE artist = ?", "Parameters": ["Queen"]});
/// let songs = dynamodb.call("execute_statement", query)?;
/// # Ok::<(), tucuxi::Error>(())
/// ```
#[derive(Clone)]
pub struct NativeView {
    client: Client,
    rule: NativeRule,
}

impl Client {
    /// A view on this client with native values of DynamoDB; see [`dynamodb`](crate::dynamodb). The client itself takes and returns
    /// DynamoDB's own JSON.
    pub fn native(&self) -> NativeView {
        NativeView { client: self.clone(), rule: NativeRule::default() }
    }
}

impl NativeView {
    /// Refuses floats, as boto3 does, and returns numbers that are no integers of 64 bits as `{"N": text}`.
    pub fn strict_numbers(mut self) -> Self {
        self.rule.strict_numbers = true;
        self
    }

    /// The client, whose calls take and return DynamoDB's own JSON.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Whether the client's service has such values.
    pub(crate) fn is_supported(&self) -> bool {
        native_shape(self.client.service_id(), "AttributeValue").is_some()
    }

    pub(super) fn rule(&self) -> NativeRule {
        self.rule
    }

    /// Calls an operation with native values, and returns its output with native values; see [`Client::call`].
    ///
    /// # Errors
    /// As for [`Client::call`]; [`ErrorKind::Validation`] with the path of what DynamoDB cannot store, before anything is sent;
    /// [`ErrorKind::Unsupported`] if the client is one of another service.
    pub fn call(&self, operation: &str, params: impl Into<Value>) -> Result<Value> {
        let params = self.params(operation, params.into())?;
        let output = self.client.call(operation, params)?;
        self.output(operation, output)
    }

    /// Calls an operation with parameters of any type, and reads its output into any type; see [`Client::call_as`]. Within native
    /// values `None` becomes `NULL`, elsewhere it is absent.
    ///
    /// # Errors
    /// As for [`call`](Self::call); [`ErrorKind::Response`] if the output does not fit `T`. The service has then carried out the
    /// operation.
    pub fn call_as<T: DeserializeOwned>(&self, operation: &str, params: impl Serialize) -> Result<T> {
        let params = self.typed_params(operation, &params)?;
        self.read(operation, self.call(operation, params)?)
    }

    /// Starts a listing: `query`, `scan`, or any other operation with pages. `params` may have boto3's `PaginationConfig`.
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] with the path of what DynamoDB cannot store; those of
    /// [`Client::get_paginator`](crate::Client::get_paginator).
    pub fn paginate(&self, operation: &str, params: impl Into<Value>) -> Result<NativePages> {
        let params = self.params(operation, params.into())?;
        let paginator = self.client.get_paginator(operation)?;
        let key = paginator.result_keys().first().map(|key| (*key).to_owned());
        Ok(NativePages::new(self.clone(), operation, key, paginator.paginate(params)))
    }

    /// The native value of parameters of a type.
    pub(super) fn typed_params<T: Serialize + ?Sized>(&self, operation: &str, params: &T) -> Result<Value> {
        let mut params = ser::to_native(params, "input").map_err(|error| self.named(operation, error))?;
        let input = self.sites(operation)?.input.as_ref();
        remove_nulls(input, input.and_then(Sites::root), &mut params);
        Ok(params)
    }

    /// Reads an output, or a part of one, into a type.
    pub(super) fn read<T: DeserializeOwned>(&self, operation: &str, output: Value) -> Result<T> {
        de::from_native(output, "output").map_err(|error| self.named(operation, error))
    }

    /// Parameters as the client takes them.
    pub(crate) fn params(&self, operation: &str, mut params: Value) -> Result<Value> {
        if let Some(sites) = self.sites(operation)?.input.as_ref() {
            let (path, encode) = (Path::root("input"), |value, path: &Path<'_>| self.rule.encode_value(value, path));
            let converted = expand(sites, sites.root(), &mut params, &path)
                .and_then(|()| convert(sites, sites.root(), &mut params, &path, &encode));
            converted.map_err(|error| self.named(operation, error))?;
        }
        Ok(params)
    }

    /// An output with native values.
    pub(crate) fn output(&self, operation: &str, mut output: Value) -> Result<Value> {
        if let Some(sites) = self.sites(operation)?.output.as_ref() {
            self.native(operation, sites, sites.root(), &mut output)?;
        }
        Ok(output)
    }

    /// Replaces the attribute values of an output, or of a part of one.
    pub(super) fn native(
        &self,
        operation: &str,
        sites: &Sites<NativeShape>,
        node: Option<&SiteNode<NativeShape>>,
        value: &mut Value,
    ) -> Result<()> {
        let decode = |value, path: &Path<'_>| self.rule.decode_value(value, path);
        convert(sites, node, value, &Path::root("output"), &decode).map_err(|error| self.named(operation, error))
    }

    /// Where the input and the output of an operation have native values.
    pub(super) fn sites(&self, operation: &str) -> Result<&NativeSites> {
        let service = self.client.service_id();
        if !self.is_supported() {
            return Err(super::error::no_native_values(self.client.service_name()));
        }
        Ok(self.client.plan(operation)?.native_sites(service))
    }

    fn named(&self, operation: &str, error: Error) -> Error {
        match self.client.plan(operation) {
            Ok(plan) => error.in_call(self.client.service_name(), &plan.operation.name),
            Err(_) => error,
        }
    }
}

impl fmt::Debug for NativeView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NativeView").field("client", &self.client).field("rule", &self.rule).finish()
    }
}

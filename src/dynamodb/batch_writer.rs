//! [`BatchWriter`]: writes and deletes many items, 25 with each call.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use serde::Serialize;
use serde_json::{Value, json};

use super::backoff::Rounds;
use super::decimal::Decimal;
use super::error::{NativeFault, unprocessed};
use super::native::single;
use super::ser;
use super::table::Table;
use crate::cancel::CancelToken;
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::error::{Error, Result};
use crate::model::path::Path;

const OPERATION: &str = "BatchWriteItem";
/// The maximum number of requests of one call.
const MAX_REQUESTS: usize = 25;

/// Writes and deletes many items of a table, 25 with each call. [`Table::batch_writer`] creates one.
///
/// ```no_run
/// use serde_json::json;
/// let users = tucuxi::client("dynamodb")?.table("users");
/// let mut batch = users.batch_writer().dedupe(["id"]);
/// for number in 0..1000 {
///     batch.put(json!({"id": format!("user-{number}"), "logins": 0}))?;
/// }
/// batch.delete(json!({"id": "ada"}))?;
/// batch.finish()?;
/// # Ok::<(), tucuxi::Error>(())
/// ```
///
/// What the table does not process is sent again after a pause that grows. Ten responses in a row that process nothing are an error.
///
/// Requests that were not sent are **not sent when the writer is dropped**, so that nothing is written after a panic or an early
/// return: call [`finish`](Self::finish), or ask for it by [`flush_on_drop`](Self::flush_on_drop).
#[must_use = "items are not written before `finish`"]
pub struct BatchWriter {
    table: Table,
    keys: Vec<String>,
    cancel: Option<CancelToken>,
    flush_on_drop: bool,
    /// Write requests in DynamoDB's own JSON.
    requests: VecDeque<Value>,
    rounds: Rounds,
    pause: Duration,
    written: u64,
}

impl BatchWriter {
    pub(super) fn new(table: Table) -> BatchWriter {
        BatchWriter {
            table,
            keys: Vec::new(),
            cancel: None,
            flush_on_drop: false,
            requests: VecDeque::new(),
            rounds: Rounds::default(),
            pause: Duration::ZERO,
            written: 0,
        }
    }

    /// Keeps only the last of the requests for a key that wait to be sent: DynamoDB refuses a batch that has two. `keys` are the names
    /// of the table's keys.
    pub fn dedupe<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.keys = keys.into_iter().map(Into::into).collect();
        self
    }

    /// Ends the batch when the token is cancelled, also during a call or a pause.
    pub fn cancel(mut self, token: &CancelToken) -> Self {
        self.cancel = Some(token.clone());
        self
    }

    /// Sends what waits also when the writer is dropped without [`finish`](Self::finish), even while a panic unwinds. A failure is
    /// only logged then.
    pub fn flush_on_drop(mut self) -> Self {
        self.flush_on_drop = true;
        self
    }

    /// Adds an item, with native values.
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] for what DynamoDB cannot store, and for a missing key with [`dedupe`](Self::dedupe); the item is not
    /// added then. If 25 requests wait, they are sent; the errors are those of [`finish`](Self::finish).
    pub fn put(&mut self, item: impl Into<Value>) -> Result<()> {
        let item = self.encode(item.into())?;
        self.add("PutRequest", "Item", item)
    }

    /// Adds an item of any type.
    ///
    /// # Errors
    /// As for [`put`](Self::put).
    pub fn put_as<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<()> {
        let item = ser::to_native(item, "item").map_err(|error| self.named(error))?;
        self.put(item)
    }

    /// Adds the deletion of the item with a key.
    ///
    /// # Errors
    /// As for [`put`](Self::put).
    pub fn delete(&mut self, key: impl Into<Value>) -> Result<()> {
        let key = self.encode(key.into())?;
        self.add("DeleteRequest", "Key", key)
    }

    /// Sends all that waits, and returns the number of requests that were carried out so far. The writer can be used further.
    ///
    /// # Errors
    /// The errors of [`Client::call`](crate::Client::call); [`ErrorKind::Service`] with the code `UnprocessedItems` if the table
    /// processes nothing any more. [`Error::unprocessed`] has all requests that were not carried out, as `BatchWriteItem` takes them:
    /// `{"PutRequest": {"Item": ..}}` or `{"DeleteRequest": {"Key": ..}}` with native values. The writer keeps them, too.
    pub fn finish(&mut self) -> Result<u64> {
        while !self.requests.is_empty() {
            self.flush()?;
        }
        Ok(self.written)
    }

    /// The number of requests that wait to be sent.
    pub fn waiting(&self) -> usize {
        self.requests.len()
    }

    fn encode(&self, item: Value) -> Result<Value> {
        self.table.native().rule().encode_item(item, &Path::root("item")).map_err(|error| self.named(error))
    }

    fn add(&mut self, request: &str, member: &str, item: Value) -> Result<()> {
        if !self.keys.is_empty() {
            let key = self.key_of(&item)?;
            let is_other = |request: &Value| self.key_of(item_of(request)).is_ok_and(|other| other != key);
            let others = self.requests.iter().filter(|request| is_other(request)).cloned().collect();
            self.requests = others;
        }
        self.requests.push_back(single(request, single(member, item)));
        if self.requests.len() >= MAX_REQUESTS { self.flush() } else { Ok(()) }
    }

    /// The values of the keys, in one spelling.
    fn key_of(&self, item: &Value) -> Result<Vec<Value>> {
        let value = |name: &String| {
            let missing = || self.named(NativeFault::MissingKey(name.clone()).at(&Path::root("item")));
            item.get(name).map(canonical).ok_or_else(missing)
        };
        self.keys.iter().map(value).collect()
    }

    /// Sends up to 25 requests. They wait until the response says that they were carried out.
    fn flush(&mut self) -> Result<()> {
        let client = self.table.client();
        if !self.pause.is_zero() {
            client.outside().pause(self.pause, self.cancel.as_ref());
        }
        let sent = self.requests.len().min(MAX_REQUESTS);
        let batch: Vec<Value> = self.requests.iter().take(sent).cloned().collect();
        let request = client.request(OPERATION).params(single("RequestItems", single(self.table.name(), batch)));
        let request = match &self.cancel {
            Some(token) => request.cancel(token),
            None => request,
        };
        let mut response = match request.send() {
            Ok(output) => output.value,
            Err(error) => return Err(self.failed(error)),
        };
        let left: Vec<Value> = lists(response["UnprocessedItems"].take()).collect();
        let pause = self.rounds.note(sent, left.len(), client.outside().random());
        self.written = self.written.saturating_add(sent.saturating_sub(left.len()) as u64);
        self.requests.drain(..sent);
        // They are older than what waits.
        left.into_iter().rev().for_each(|request| self.requests.push_front(request));
        self.pause = pause.unwrap_or_default();
        if pause.is_none() {
            return Err(self.failed(self.named(unprocessed("UnprocessedItems"))));
        }
        Ok(())
    }

    /// Adds to an error what was not written.
    fn failed(&self, error: Error) -> Error {
        let requests: Vec<Value> = self.requests.iter().cloned().collect();
        let all = self.written.saturating_add(requests.len() as u64);
        let note = format!("{} of {all} requests of the batch were not carried out", requests.len());
        let requests = json!({"UnprocessedItems": {"": requests}});
        // They are what this writer has encoded, so nothing can be wrong with them.
        let native = self.table.native().output(OPERATION, requests).unwrap_or_default();
        error.with_note(&note).with_unprocessed(lists(native["UnprocessedItems"].clone()).collect())
    }

    fn named(&self, error: Error) -> Error {
        error.in_call(self.table.client().service_name(), OPERATION)
    }
}

/// The items of all lists in an object.
fn lists(object: Value) -> impl Iterator<Item = Value> {
    let lists = match object {
        Value::Object(members) => members.into_iter().map(|(_, list)| list).collect(),
        _ => Vec::new(),
    };
    lists.into_iter().flat_map(|list| match list {
        Value::Array(items) => items,
        _ => Vec::new(),
    })
}

/// The item or the key of a write request.
fn item_of(request: &Value) -> &Value {
    let put = request.pointer("/PutRequest/Item");
    put.or_else(|| request.pointer("/DeleteRequest/Key")).unwrap_or(&Value::Null)
}

/// A key's value in one spelling, so that equal ones are equal.
pub(super) fn canonical(value: &Value) -> Value {
    let number = value.get("N").and_then(Value::as_str).and_then(Decimal::parse);
    number.map_or_else(|| value.clone(), |number| single("N", number.to_string()))
}

impl Drop for BatchWriter {
    fn drop(&mut self) {
        if self.requests.is_empty() {
            return;
        }
        if !self.flush_on_drop {
            tracing::warn!(requests = self.requests.len(), "a batch was dropped without `finish`; they were not sent");
        } else if let Err(error) = self.finish() {
            tracing::warn!(%error, "a batch that was dropped could not be written");
        }
    }
}

impl fmt::Debug for BatchWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Nothing of the items: they may be confidential.
        f.debug_struct("BatchWriter")
            .field("table", &self.table.name())
            .field("waiting", &self.requests.len())
            .field("written", &self.written)
            .finish_non_exhaustive()
    }
}

//! [`BatchGet`]: gets many items by their keys, 100 with each call.

use std::collections::{HashSet, VecDeque};
use std::fmt;
use std::iter::FusedIterator;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::backoff::Rounds;
use super::batch_writer::canonical;
use super::error::{NativeFault, unprocessed};
use super::native::single;
use super::table::Table;
use crate::cancel::CancelToken;
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::error::{Error, Result};
use crate::model::path::Path;
use crate::value::type_name;

const OPERATION: &str = "BatchGetItem";
/// The maximum number of keys of one call.
const MAX_KEYS: usize = 100;

/// Iterator over the items with given keys, in any order; keys without an item have none. [`Table::batch_get`] creates one.
///
/// Keys are sent 100 at a time, each once. What the table does not process is sent again after a pause that grows. It ends after an
/// error: those of [`Client::call`](crate::Client::call), or [`ErrorKind::Service`] with the code `UnprocessedKeys` after ten responses
/// in a row that process nothing. [`Error::unprocessed`] has the keys whose items were not returned.
#[must_use = "nothing is sent before the first item is asked for"]
pub struct BatchGet {
    table: Table,
    /// Keys as they were given, before the first call.
    given: Vec<Value>,
    params: Value,
    cancel: Option<CancelToken>,
    /// Keys in DynamoDB's own JSON.
    keys: VecDeque<Value>,
    items: std::vec::IntoIter<Value>,
    rounds: Rounds,
    pause: Duration,
}

impl BatchGet {
    pub(super) fn new(table: Table, keys: Vec<Value>) -> BatchGet {
        BatchGet {
            table,
            given: keys,
            params: Value::Null,
            cancel: None,
            keys: VecDeque::new(),
            items: Vec::new().into_iter(),
            rounds: Rounds::default(),
            pause: Duration::ZERO,
        }
    }

    /// Sets what is returned of the items, and how: `ProjectionExpression`, `ExpressionAttributeNames`, `ConsistentRead`.
    pub fn params(mut self, params: impl Into<Value>) -> Self {
        self.params = params.into();
        self
    }

    /// Ends when the token is cancelled, also during a call or a pause.
    pub fn cancel(mut self, token: &CancelToken) -> Self {
        self.cancel = Some(token.clone());
        self
    }

    /// Reads the items into a type.
    pub fn items_as<T: DeserializeOwned>(self) -> impl Iterator<Item = Result<T>> {
        let native = self.table.native().clone();
        self.map(move |item| native.read(OPERATION, item?))
    }

    /// Encodes the keys, each once.
    fn begin(&mut self) -> Result<()> {
        let mut seen = HashSet::new();
        for (index, key) in std::mem::take(&mut self.given).into_iter().enumerate() {
            let key = self.table.native().rule().encode_item(key, &Path::root("keys").index(index))?;
            let mut members: Vec<(&String, Value)> =
                key.as_object().into_iter().flatten().map(|(name, value)| (name, canonical(value))).collect();
            members.sort_by_key(|(name, _)| *name);
            if seen.insert(format!("{members:?}")) {
                self.keys.push_back(key);
            }
        }
        Ok(())
    }

    /// Gets the items of up to 100 keys.
    fn fetch(&mut self) -> Result<()> {
        self.begin()?;
        let client = self.table.client();
        if !self.pause.is_zero() {
            client.outside().pause(self.pause, self.cancel.as_ref());
        }
        let sent = self.keys.len().min(MAX_KEYS);
        let mut wanted = match &self.params {
            Value::Object(params) => params.clone(),
            Value::Null => Map::new(),
            other => return Err(NativeFault::Params(type_name(other)).at(&Path::root("params"))),
        };
        wanted.insert("Keys".to_owned(), self.keys.iter().take(sent).cloned().collect());
        let request =
            client.request(OPERATION).params(single("RequestItems", single(self.table.name(), Value::Object(wanted))));
        let request = match &self.cancel {
            Some(token) => request.cancel(token),
            None => request,
        };
        let mut response = request.send()?.value;
        let tables = response["UnprocessedKeys"].take();
        let left = tables.as_object().into_iter().flatten().filter_map(|(_, table)| table["Keys"].as_array()).flatten();
        let left: Vec<Value> = left.cloned().collect();
        let pause = self.rounds.note(sent, left.len(), client.outside().random());
        let responses = self.table.native().output(OPERATION, single("Responses", response["Responses"].take()))?;
        let items = responses["Responses"].as_object().into_iter().flatten().filter_map(|(_, items)| items.as_array());
        self.items = items.flatten().cloned().collect::<Vec<_>>().into_iter();
        self.keys.drain(..sent);
        left.into_iter().rev().for_each(|key| self.keys.push_front(key));
        self.pause = pause.unwrap_or_default();
        if pause.is_none() { Err(unprocessed("UnprocessedKeys")) } else { Ok(()) }
    }

    /// Ends the iterator, and adds to the error what was not got.
    fn failed(&mut self, error: Error) -> Error {
        self.given.clear();
        let keys: Vec<Value> = self.keys.drain(..).collect();
        let note = format!("keys of the batch that were not processed: {}", keys.len());
        let rule = self.table.native().rule();
        // They are what was encoded before, so nothing can be wrong with them.
        let native = keys.into_iter().filter_map(|key| rule.decode_item(key, &Path::root("key")).ok());
        let error = error.in_call(self.table.client().service_name(), OPERATION);
        error.with_note(&note).with_unprocessed(native.collect())
    }
}

impl Iterator for BatchGet {
    type Item = Result<Value>;

    fn next(&mut self) -> Option<Result<Value>> {
        loop {
            if let Some(item) = self.items.next() {
                return Some(Ok(item));
            }
            if self.keys.is_empty() && self.given.is_empty() {
                return None;
            }
            if let Err(error) = self.fetch() {
                return Some(Err(self.failed(error)));
            }
        }
    }
}

impl FusedIterator for BatchGet {}

impl fmt::Debug for BatchGet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Nothing of the keys: they may be confidential.
        f.debug_struct("BatchGet")
            .field("table", &self.table.name())
            .field("keys", &self.given.len().max(self.keys.len()))
            .finish_non_exhaustive()
    }
}

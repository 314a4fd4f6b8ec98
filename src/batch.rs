//! [`EntryBatch`]: batches of entries, whose single failures are not silent.

use std::collections::HashSet;
use std::fmt;

use serde_json::{Map, Value};

use crate::cancel::CancelToken;
use crate::client::Client;
use crate::customize::{BatchCall, batch_call, batch_operations};
use crate::error::{Error, ErrorKind, Result, ServiceError};
use crate::value::type_name;

/// The maximum number of failed entries in the text of an error.
const MAX_NAMED: usize = 10;

/// Entries for an operation that takes a batch of them, of any number. [`Client::batch`] creates one.
///
/// ```no_run
/// use serde_json::json;
/// let sqs = tucuxi::client("sqs")?;
/// let jobs = (0..1000).map(|number| json!({"MessageBody": format!("job {number}")}));
/// sqs.batch("send_message_batch").params(json!({"QueueUrl": "https://.."})).entries(jobs).send()?;
/// # Ok::<(), tucuxi::Error>(())
/// ```
#[must_use = "nothing is sent before `send`"]
pub struct EntryBatch<'c> {
    client: &'c Client,
    operation: String,
    params: Value,
    entries: Vec<Value>,
    cancel: Option<CancelToken>,
    allows_failures: bool,
}

/// The results of a batch, in the order of the responses.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct BatchSent {
    /// The results of the entries that were carried out, each with its `Id`.
    pub successful: Vec<Value>,
    /// The failures: `Id`, `Code`, `Message`, `SenderFault`. Empty unless [`EntryBatch::allow_failures`] was called.
    pub failed: Vec<Value>,
}

impl Client {
    /// Starts a batch of entries, which is sent in as many calls as its size takes. A failure of a single entry, which the service
    /// reports in a response with status 200, is an error.
    ///
    /// | client | `operation` | entries |
    /// |---|---|---|
    /// | `sqs` | `send_message_batch` | up to 10 and 1 MiB a call |
    /// | `sqs` | `delete_message_batch`, `change_message_visibility_batch` | up to 10 a call |
    /// | `sns` | `publish_batch` | up to 10 and 256 KiB a call |
    pub fn batch(&self, operation: &str) -> EntryBatch<'_> {
        EntryBatch {
            client: self,
            operation: operation.to_owned(),
            params: Value::Null,
            entries: Vec::new(),
            cancel: None,
            allows_failures: false,
        }
    }
}

impl EntryBatch<'_> {
    /// Sets the parameters of each call beside the entries: the `QueueUrl`, the `TopicArn`.
    pub fn params(mut self, params: impl Into<Value>) -> Self {
        self.params = params.into();
        self
    }

    /// Adds entries. An entry without an `Id` gets its number in the batch, counted from 0.
    pub fn entries<E: Into<Value>>(mut self, entries: impl IntoIterator<Item = E>) -> Self {
        self.entries.extend(entries.into_iter().map(Into::into));
        self
    }

    /// Ends the batch when the token is cancelled.
    pub fn cancel(mut self, token: &CancelToken) -> Self {
        self.cancel = Some(token.clone());
        self
    }

    /// Returns failures of single entries in [`BatchSent::failed`] instead of an error.
    pub fn allow_failures(mut self) -> Self {
        self.allows_failures = true;
        self
    }

    /// Sends the entries. No entries are no call.
    ///
    /// # Errors
    /// [`ErrorKind::Unsupported`] for an operation that is not in the table of [`Client::batch`]; [`ErrorKind::Validation`] for entries
    /// that are no objects, or with the same `Id`, before anything is sent. The errors of [`Client::call`] end the batch.
    /// [`ErrorKind::Service`] after all calls, if single entries failed: [`Error::code`] is the reason of the first one. In all cases
    /// [`Error::unprocessed`] has the entries that were not carried out, with their `Id`.
    pub fn send(self) -> Result<BatchSent> {
        let operation = &self.client.plan(&self.operation)?.operation.name;
        let rule = batch_call(self.client.service_id(), operation).ok_or_else(|| self.unsupported(operation))?;
        self.run(rule).map_err(|error| error.in_call(self.client.service_name(), operation))
    }

    fn run(&self, rule: &BatchCall) -> Result<BatchSent> {
        let params = match &self.params {
            Value::Object(params) => params.clone(),
            Value::Null => Map::new(),
            other => return Err(invalid(format!("expected parameters as an object, found {}", type_name(other)))),
        };
        if params.contains_key(rule.entries) {
            return Err(invalid(format!("`{}` is added; give the entries with `entries(..)`", rule.entries)));
        }
        let entries = with_ids(&self.entries)?;
        let (mut sent, mut rest) = (BatchSent::default(), entries.as_slice());
        while !rest.is_empty() {
            let (batch, others) = rest.split_at(batch_length(rest, rule));
            let mut params = params.clone();
            params.insert(rule.entries.to_owned(), batch.to_vec().into());
            let request = self.client.request(rule.operation).params(params);
            let request = match &self.cancel {
                Some(token) => request.cancel(token),
                None => request,
            };
            match request.send() {
                Ok(mut output) => {
                    sent.successful.extend(list(output.value["Successful"].take()));
                    sent.failed.extend(list(output.value["Failed"].take()));
                }
                Err(error) => {
                    let mut unprocessed = entries_of(&sent.failed, &entries);
                    unprocessed.extend_from_slice(rest);
                    return Err(error.with_unprocessed(unprocessed));
                }
            }
            rest = others;
        }
        if sent.failed.is_empty() || self.allows_failures {
            return Ok(sent);
        }
        Err(failure(&sent).with_unprocessed(entries_of(&sent.failed, &entries)))
    }

    fn unsupported(&self, operation: &str) -> Error {
        let known = batch_operations(self.client.service_id()).join(", ");
        let known = if known.is_empty() { "none".to_owned() } else { known };
        let message = format!("{operation} takes no batch that can be split; of this service: {known}");
        Error::new(ErrorKind::Unsupported, message).in_call(self.client.service_name(), operation)
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::Validation, message)
}

/// The entries, each with an `Id` that no other has.
fn with_ids(entries: &[Value]) -> Result<Vec<Value>> {
    let mut ids = HashSet::new();
    for (index, entry) in entries.iter().enumerate() {
        let Value::Object(entry) = entry else {
            return Err(invalid(format!("entries[{index}]: expected an object, found {}", type_name(entry))));
        };
        if let Some(Value::String(id)) = entry.get("Id")
            && !ids.insert(id.clone())
        {
            return Err(invalid(format!("entries[{index}]: another entry has the same Id {id:?}")));
        }
    }
    let mut entries = entries.to_vec();
    for (index, entry) in entries.iter_mut().enumerate() {
        if let Value::Object(entry) = entry
            && !entry.contains_key("Id")
        {
            let mut id = index.to_string();
            while !ids.insert(id.clone()) {
                id.push('-');
            }
            entry.insert("Id".to_owned(), id.into());
        }
    }
    Ok(entries)
}

/// The number of entries that fit into one call. One that is too large on its own is for the service to refuse.
fn batch_length(entries: &[Value], rule: &BatchCall) -> usize {
    let mut bytes = 0_usize;
    let fits = |entry: &&Value| {
        bytes = bytes.saturating_add((rule.size)(entry));
        bytes <= rule.max_bytes
    };
    entries.iter().take(rule.max_entries).take_while(fits).count().max(1)
}

fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        _ => Vec::new(),
    }
}

/// The entries with the ids of these results.
fn entries_of(results: &[Value], entries: &[Value]) -> Vec<Value> {
    let ids: HashSet<&str> = results.iter().filter_map(|result| result["Id"].as_str()).collect();
    let is_in = |entry: &&Value| entry["Id"].as_str().is_some_and(|id| ids.contains(id));
    entries.iter().filter(is_in).cloned().collect()
}

/// The error that names entries that failed.
fn failure(sent: &BatchSent) -> Error {
    let text = |failure: &Value, name: &str| failure[name].as_str().unwrap_or_default().to_owned();
    let describe = |failure: &Value| {
        let (id, code, message) = (text(failure, "Id"), text(failure, "Code"), text(failure, "Message"));
        let colon = if message.is_empty() { "" } else { ": " };
        format!("{id:?} ({code}{colon}{message})")
    };
    let named: Vec<String> = sent.failed.iter().take(MAX_NAMED).map(describe).collect();
    let more = if sent.failed.len() > MAX_NAMED { " .." } else { "" };
    let (failed, all) = (sent.failed.len(), sent.failed.len().saturating_add(sent.successful.len()));
    let message = format!("{failed} of {all} entries of the batch failed: {}{more}", named.join(", "));
    let code = sent.failed.first().map(|failure| text(failure, "Code")).unwrap_or_default();
    Error::from_service(ServiceError { message, ..ServiceError::bare(200, &code) })
}

impl fmt::Debug for EntryBatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Nothing of the entries: they may be confidential.
        f.debug_struct("EntryBatch")
            .field("client", self.client)
            .field("operation", &self.operation)
            .field("entries", &self.entries.len())
            .finish_non_exhaustive()
    }
}

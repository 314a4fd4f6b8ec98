//! [`ObjectTransfer`]: what the transfers of one object have in common.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::Transfer;
use super::params::PassedParams;
use super::pool;
use super::progress::TransferProgress;
use super::settings::EffectiveSettings;
use super::shared_threads::SharedThread;
use crate::body::Body;
use crate::cancel::CancelToken;
use crate::client::Client;
use crate::deadline::Deadline;
use crate::error::{Error, ErrorKind, Result};
use crate::output::Output;

/// What the caller sets.
pub(super) struct TransferOptions {
    pub(super) transfer: Transfer,
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) params: Value,
    pub(super) cancel: Option<CancelToken>,
    pub(super) deadline: Option<Duration>,
}

impl TransferOptions {
    pub(super) fn new(transfer: Transfer, bucket: &str, key: &str) -> TransferOptions {
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        TransferOptions { transfer, bucket, key, params: Value::Null, cancel: None, deadline: None }
    }

    /// Starts the transfer, which calls these operations and sets the `own` parameters itself.
    pub(super) fn begin(self, operations: &[&str], own: &[&str]) -> Result<ObjectTransfer> {
        let TransferOptions { transfer, bucket, key, params, cancel, deadline } = self;
        let settings = transfer.settings.resolve(transfer.client.config())?;
        let params = PassedParams::new(&transfer.client, params, operations, own)?;
        let progress = TransferProgress::new(transfer.on_event.clone());
        let (stop, deadline) = (cancel.unwrap_or_default().child(), Deadline::after(deadline));
        let own = transfer.shared.as_ref().map(|shared| shared.take(&stop, deadline)).transpose()?;
        Ok(ObjectTransfer { transfer, settings, params, bucket, key, stop, deadline, progress, _own: own })
    }
}

/// A transfer in progress.
pub(super) struct ObjectTransfer {
    pub(super) transfer: Transfer,
    pub(super) settings: EffectiveSettings,
    pub(super) params: PassedParams,
    pub(super) bucket: String,
    pub(super) key: String,
    /// Cancelled by the caller, or by the first error.
    pub(super) stop: CancelToken,
    pub(super) deadline: Deadline,
    pub(super) progress: TransferProgress,
    /// The thread that the transfer has for its whole time, of those that it shares with others.
    _own: Option<SharedThread>,
}

impl ObjectTransfer {
    /// Calls an operation for this object, with the caller's parameters that it has.
    pub(super) fn call(&self, operation: &str, own: Value, body: Option<Body>) -> Result<Output> {
        self.call_with(&self.params, operation, own, body, &self.stop, self.deadline)
    }

    pub(super) fn call_with(
        &self,
        passed: &PassedParams,
        operation: &str,
        own: Value,
        body: Option<Body>,
        stop: &CancelToken,
        deadline: Deadline,
    ) -> Result<Output> {
        let client = &self.transfer.client;
        let mut params = passed.of(client, operation, own)?;
        params.insert("Bucket".to_owned(), self.bucket.as_str().into());
        params.insert("Key".to_owned(), self.key.as_str().into());
        send(client, operation, params, body, stop, deadline)
    }

    /// The number of threads for so many parts.
    pub(super) fn threads(&self, parts: u64) -> usize {
        self.settings.threads.min(usize::try_from(parts).unwrap_or(usize::MAX))
    }

    /// Runs jobs in up to `threads` threads: see [`pool::run`].
    pub(super) fn in_threads<J: Send, R: Send>(
        &self,
        threads: usize,
        jobs: impl Iterator<Item = Result<J>> + Send,
        work: impl Fn(J) -> Result<R> + Sync,
    ) -> Result<Vec<R>> {
        pool::run(threads, self.transfer.shared.as_ref(), &self.stop, jobs, work)
    }

    /// Waits as long as the bandwidth demands for these bytes.
    pub(super) fn throttle(&self, bytes: u64) -> Result<()> {
        match self.settings.max_bandwidth {
            Some(rate) if !self.transfer.bandwidth.wait(bytes, rate, &self.stop, self.deadline) => {
                Err(Error::new(ErrorKind::Timeout, "the deadline of the transfer has passed"))
            }
            _ => Ok(()),
        }
    }

    /// Counts and throttles the bytes of a request body as they are sent. Bytes that are sent again are throttled again.
    pub(super) fn watch(&self, body: Body) -> Body {
        let Some(rate) = self.settings.max_bandwidth else {
            return if self.progress.is_watched() { self.progress.count(body, |_| ()) } else { body };
        };
        let (limit, stop, deadline) = (Arc::clone(&self.transfer.bandwidth), self.stop.clone(), self.deadline);
        self.progress.count(body, move |bytes| {
            // The request itself ends at its deadline.
            let _ = limit.wait(bytes, rate, &stop, deadline);
        })
    }

    /// Calls an operation of another object, with these parameters alone.
    pub(super) fn call_of(&self, client: &Client, operation: &str, params: Map<String, Value>) -> Result<Output> {
        send(client, operation, params, None, &self.stop, self.deadline)
    }
}

fn send(
    client: &Client,
    operation: &str,
    params: Map<String, Value>,
    body: Option<Body>,
    stop: &CancelToken,
    deadline: Deadline,
) -> Result<Output> {
    let mut request = client.request(operation).params(params).cancel(stop);
    if let Some(body) = body {
        request = request.body(body);
    }
    if let Some(left) = deadline.left() {
        request = request.deadline(left);
    }
    request.send()
}

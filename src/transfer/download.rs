//! [`Download`]: a download of one object.

use std::fmt;
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;

use serde_json::{Map, Value};

use super::object::{ObjectTransfer, TransferOptions};
use super::plan::{PartSizes, PlanError};
use super::progress::TransferEvent;
use super::target::{FileTarget, PartTarget, SequentialTarget};
use super::{Transfer, pool};
use crate::body::{Body, save_with};
use crate::call::broken_body;
use crate::cancel::CancelToken;
use crate::error::{Error, ErrorKind, Result};
use crate::output::Output;

/// How often the body of a part is read again after it broke off, as in s3transfer.
const READ_ATTEMPTS: u32 = 5;
/// The size of a read from the connection.
const BUFFER: usize = 256 << 10;

const OPERATIONS: &[&str] = &["GetObject"];
const OWN: &[&str] = &["Bucket", "Key", "PartNumber", "Range"];

/// A download; created by [`Transfer::download`].
#[must_use = "nothing is sent before `save_to` or `write_to`"]
pub struct Download {
    options: TransferOptions,
}

/// The result of a download.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Downloaded {
    /// The output of the first `GetObject`: `ETag`, `ContentType`, `Metadata` .. Its `ContentLength` and `ContentRange` are
    /// those of the first part.
    pub value: Value,
    /// The size of the object.
    pub bytes: u64,
    /// The number of requests that the object was cut into.
    pub parts: u64,
}

impl Download {
    pub(super) fn new(transfer: Transfer, bucket: &str, key: &str) -> Download {
        Download { options: TransferOptions::new(transfer, bucket, key) }
    }

    /// Sets parameters of `GetObject`: `VersionId`, `SSECustomerKey` .. One that it does not have is an error before anything
    /// is sent.
    pub fn params(mut self, params: impl Into<Value>) -> Self {
        self.options.params = params.into();
        self
    }

    /// Ends the download when the token is cancelled.
    pub fn cancel(mut self, token: &CancelToken) -> Self {
        self.options.cancel = Some(token.clone());
        self
    }

    /// Sets a time limit for the whole download.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.options.deadline = Some(deadline);
        self
    }

    /// Downloads the object to a file, all or nothing: the bytes go to a hidden file beside it, which replaces the target once
    /// it is complete. After an error, the target is as before.
    ///
    /// # Errors
    /// Those of [`Client::call`](crate::Client::call); [`ErrorKind::Response`] if the object changes during the download;
    /// [`ErrorKind::Other`] if the file cannot be written.
    pub fn save_to(self, path: impl AsRef<Path>) -> Result<Downloaded> {
        let path = path.as_ref();
        let run = self.options.begin(OPERATIONS, OWN)?;
        let first = run.first()?;
        let mut outcome = None;
        let saved = save_with(path, |file| {
            let result = match file.metadata()?.is_file() {
                true => run.receive(first, &FileTarget(file)),
                false => run.receive(first, &SequentialTarget::new(file, run.settings.memory_limit)),
            };
            let length = result.as_ref().map_or(0, |downloaded| downloaded.bytes);
            let failed = result.is_err();
            outcome = Some(result);
            if failed { Err(io::Error::other("the download failed")) } else { Ok(length) }
        });
        match (outcome, saved) {
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(Error::other(error)),
            (Some(Ok(downloaded)), Ok(_)) => Ok(downloaded),
            (None, Ok(_)) => Err(Error::other("nothing was downloaded")),
        }
    }

    /// Downloads the object to a writer, in order. Bytes that arrive before their turn wait in memory, up to the
    /// [`memory_limit`](Transfer::memory_limit).
    ///
    /// # Errors
    /// As for [`save_to`](Self::save_to). The writer has the beginning of the object then.
    pub fn write_to(self, writer: impl Write + Send) -> Result<Downloaded> {
        let run = self.options.begin(OPERATIONS, OWN)?;
        let first = run.first()?;
        run.receive(first, &SequentialTarget::new(writer, run.settings.memory_limit))
    }
}

pub(super) fn plan_error(error: PlanError) -> Error {
    Error::new(ErrorKind::Validation, error.to_string())
}

/// The response to the first request, from which the others follow.
struct FirstResponse {
    value: Value,
    body: Body,
    /// The size of the object.
    total: u64,
    sizes: PartSizes,
    /// What makes the other requests read the same object.
    pinned: Map<String, Value>,
}

impl ObjectTransfer {
    /// Requests the first part, and finds out the size of the object from the response.
    fn first(&self) -> Result<FirstResponse> {
        let part = self.settings.plan.part_size.max(1);
        let range = format!("bytes=0-{}", part.saturating_sub(1));
        let response = match self.get(Some(range), Map::new()) {
            // No range is in an empty object.
            Err(error) if error.code() == Some("InvalidRange") || is_range_error(&error) => {
                self.get(None, Map::new())?
            }
            response => response?,
        };
        let Output { value, body, .. } = response;
        let total = match value["ContentRange"].as_str() {
            Some(range) => {
                let found = ContentRange::parse(range).filter(|range| range.start == 0);
                found.ok_or_else(|| unexpected_range(range, "bytes 0-"))?.total
            }
            None => body.len().or_else(|| value["ContentLength"].as_u64()).ok_or_else(|| {
                Error::new(ErrorKind::Response, "GetObject: expected the length of the object, found none")
            })?,
        };
        let first = match value["ContentRange"].is_string() {
            true => part,
            // The store has sent the whole object.
            false => total.max(1),
        };
        let sizes = PartSizes::equal(first, total);
        let mut pinned = Map::new();
        for (from, to) in [("ETag", "IfMatch"), ("VersionId", "VersionId")] {
            if let Some(found) = value[from].as_str().filter(|found| *found != "null") {
                pinned.insert(to.to_owned(), found.into());
            }
        }
        self.progress.begin(Some(total));
        Ok(FirstResponse { value, body, total, sizes, pinned })
    }

    fn receive(&self, first: FirstResponse, target: &dyn PartTarget) -> Result<Downloaded> {
        let FirstResponse { value, body, total, sizes, pinned } = first;
        let count = sizes.count().unwrap_or(0).max(1);
        let mut first = Some(body);
        let jobs = (1..=count).map(move |number| Ok((number, first.take())));
        pool::run(self.settings.threads_for(count), &self.stop, jobs, |(number, body): (u64, Option<Body>)| {
            self.part(number, body, sizes, &pinned, target)?;
            self.progress.report(TransferEvent::PartDone { number });
            Ok(())
        })?;
        self.progress.done();
        Ok(Downloaded { value, bytes: total, parts: count })
    }

    /// Receives a part. A body that breaks off is requested again from the byte reached.
    fn part(
        &self,
        number: u64,
        mut body: Option<Body>,
        sizes: PartSizes,
        pinned: &Map<String, Value>,
        target: &dyn PartTarget,
    ) -> Result<()> {
        let range = sizes.range(number);
        let (mut position, mut attempts) = (range.start, 0);
        while position < range.end {
            let source = match body.take() {
                Some(body) => body,
                None => self.get_range(position, range.end, pinned)?,
            };
            match self.read(source, &mut position, range.end, target)? {
                None => {}
                Some(error) if attempts >= READ_ATTEMPTS || !may_be_read_again(&error) => return Err(error),
                Some(error) => {
                    attempts += 1;
                    self.progress.report(TransferEvent::Retried { number, error: &error });
                }
            }
        }
        Ok(())
    }

    /// Reads a body into the target, and returns the error if it breaks off.
    fn read(&self, mut body: Body, position: &mut u64, end: u64, target: &dyn PartTarget) -> Result<Option<Error>> {
        let mut buffer = vec![0; BUFFER];
        while *position < end {
            let most = usize::try_from(end.saturating_sub(*position)).unwrap_or(usize::MAX).min(BUFFER);
            let read = match body.read(&mut buffer[..most]) {
                Ok(0) => return Ok(Some(broken_body(io::ErrorKind::UnexpectedEof.into()))),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Ok(Some(broken_body(error))),
            };
            target.write(*position, &buffer[..read], &self.stop).map_err(|error| write_error(&error))?;
            *position = position.saturating_add(read as u64);
            self.progress.add(read as u64);
        }
        Ok(None)
    }

    fn get_range(&self, start: u64, end: u64, pinned: &Map<String, Value>) -> Result<Body> {
        let range = format!("bytes={start}-{}", end.saturating_sub(1));
        let Output { value, body, .. } = self.get(Some(range), pinned.clone()).map_err(changed)?;
        let found = value["ContentRange"].as_str().unwrap_or_default();
        match ContentRange::parse(found) {
            Some(range) if range.start == start && range.end == end => Ok(body),
            _ => Err(unexpected_range(found, &format!("bytes {start}-{}", end.saturating_sub(1)))),
        }
    }

    fn get(&self, range: Option<String>, mut own: Map<String, Value>) -> Result<Output> {
        if let Some(range) = range {
            own.insert("Range".to_owned(), range.into());
        }
        self.call("GetObject", Value::Object(own), None)
    }
}

/// The header `Content-Range: bytes 0-9/100`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ContentRange {
    start: u64,
    /// Exclusive.
    end: u64,
    total: u64,
}

impl ContentRange {
    fn parse(text: &str) -> Option<ContentRange> {
        let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
        let (start, last) = range.split_once('-')?;
        let (start, last): (u64, u64) = (start.trim().parse().ok()?, last.trim().parse().ok()?);
        let (end, total) = (last.checked_add(1)?, total.trim().parse().ok()?);
        (start < end && end <= total).then_some(ContentRange { start, end, total })
    }
}

/// Whether the connection broke off, which says nothing about the object.
fn may_be_read_again(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Connection | ErrorKind::Timeout) && !error.deadline_expired()
}

fn is_range_error(error: &Error) -> bool {
    error.service().is_some_and(|service| service.status() == 416)
}

/// The error for an object that is another one than the first request has read.
fn changed(error: Error) -> Error {
    match error.service().is_some_and(|service| service.status() == 412) {
        true => Error::new(ErrorKind::Response, "the object changed during the download, so nothing was kept")
            .with_source(error),
        false => error,
    }
}

fn unexpected_range(found: &str, expected: &str) -> Error {
    let found = if found.is_empty() { "none" } else { found };
    Error::new(ErrorKind::Response, format!("GetObject: expected the range {expected}, found {found:?}"))
}

fn write_error(error: &io::Error) -> Error {
    Error::other(io::Error::new(error.kind(), format!("the download cannot be written: {error}")))
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download")
            .field("bucket", &self.options.bucket)
            .field("key", &self.options.key)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ranges_are_read_strictly() {
        assert_eq!(ContentRange::parse("bytes 0-9/100"), Some(ContentRange { start: 0, end: 10, total: 100 }));
        for bad in ["", "bytes 0-9", "bytes 0-9/*", "bytes 9-0/100", "bytes 0-100/100", "items 0-9/100", "bytes -9/100"]
        {
            assert_eq!(ContentRange::parse(bad), None, "{bad}");
        }
    }
}

//! Ranged requests of a download, and how their bodies are read.

use std::io::{self, Read};
use std::ops::Range;

use serde_json::{Map, Value};

use super::object::ObjectTransfer;
use super::progress::TransferEvent;
use super::target::PartTarget;
use crate::body::Body;
use crate::call::broken_body;
use crate::cancel::CancelToken;
use crate::checksum::Digest;
use crate::error::{Error, ErrorKind, Result};
use crate::output::Output;

/// How often the body of a part is read again after it broke off, as in s3transfer.
const READ_ATTEMPTS: u32 = 5;

/// Takes the bytes of one part, in order.
pub(super) struct PartSink<'t> {
    target: &'t dyn PartTarget,
    /// The part, if it has to wait for others.
    held: Option<Vec<u8>>,
    digest: Option<Digest>,
}

impl<'t> PartSink<'t> {
    /// `waits` tells the length of a part that has to wait for others; `digest` is updated with the bytes.
    pub(super) fn new(target: &'t dyn PartTarget, waits: Option<u64>, digest: Option<Digest>) -> Self {
        let held = waits.map(|length| Vec::with_capacity(usize::try_from(length).unwrap_or(0)));
        PartSink { target, held, digest }
    }

    fn take(&mut self, position: u64, bytes: &[u8], stop: &CancelToken) -> Result<()> {
        if let Some(digest) = &mut self.digest {
            digest.update(bytes);
        }
        match &mut self.held {
            Some(held) => held.extend_from_slice(bytes),
            None => self.target.write(position, bytes, stop).map_err(|error| write_error(&error))?,
        }
        Ok(())
    }

    fn finish(&self, start: u64, stop: &CancelToken) -> Result<()> {
        if let Some(held) = &self.held {
            self.target.write(start, held, stop).map_err(|error| write_error(&error))?;
        }
        Ok(())
    }

    /// The checksum of the part, in base64.
    pub(super) fn checksum(self) -> Option<String> {
        self.digest.map(Digest::finish)
    }
}

impl ObjectTransfer {
    /// Receives a part. A body that breaks off is requested again from the byte reached.
    pub(super) fn part(
        &self,
        number: u64,
        mut body: Option<Body>,
        range: Range<u64>,
        pinned: &Map<String, Value>,
        sink: &mut PartSink<'_>,
    ) -> Result<()> {
        let (mut position, mut attempts) = (range.start, 0);
        while position < range.end {
            let source = match body.take() {
                Some(body) => body,
                None => self.get_range(position, range.end, pinned)?,
            };
            match self.read(source, &mut position, range.end, sink)? {
                None => {}
                Some(error) if attempts >= READ_ATTEMPTS || !may_be_read_again(&error) => return Err(error),
                Some(error) => {
                    attempts += 1;
                    self.progress.report(TransferEvent::Retried { number, error: &error });
                }
            }
        }
        sink.finish(range.start, &self.stop)
    }

    /// Reads a body into the target, and returns the error if it breaks off.
    fn read(&self, mut body: Body, position: &mut u64, end: u64, sink: &mut PartSink<'_>) -> Result<Option<Error>> {
        let mut buffer = vec![0; self.settings.io_chunk];
        while *position < end {
            let most = usize::try_from(end.saturating_sub(*position)).unwrap_or(usize::MAX).min(buffer.len());
            let read = match body.read(&mut buffer[..most]) {
                Ok(0) => return Ok(Some(broken_body(io::ErrorKind::UnexpectedEof.into()))),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Ok(Some(broken_body(error))),
            };
            sink.take(*position, &buffer[..read], &self.stop)?;
            *position = position.saturating_add(read as u64);
            self.progress.add(read as u64);
            self.throttle(read as u64)?;
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

    pub(super) fn get(&self, range: Option<String>, mut own: Map<String, Value>) -> Result<Output> {
        if let Some(range) = range {
            own.insert("Range".to_owned(), range.into());
        }
        self.call("GetObject", Value::Object(own), None)
    }
}

/// The header `Content-Range: bytes 0-9/100`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ContentRange {
    pub(super) start: u64,
    /// Exclusive.
    pub(super) end: u64,
    pub(super) total: u64,
}

impl ContentRange {
    pub(super) fn parse(text: &str) -> Option<ContentRange> {
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

pub(super) fn is_range_error(error: &Error) -> bool {
    error.service().is_some_and(|service| service.status() == 416)
}

/// Whether the object is another one than the first request has read.
pub(super) fn is_other_object(error: &Error) -> bool {
    error.service().is_some_and(|service| service.status() == 412)
}

/// The error for such an object.
pub(super) fn changed(error: Error) -> Error {
    match is_other_object(&error) {
        true => Error::new(ErrorKind::Response, "the object changed during the download, so nothing was kept")
            .with_source(error),
        false => error,
    }
}

pub(super) fn unexpected_range(found: &str, expected: &str) -> Error {
    let found = if found.is_empty() { "none" } else { found };
    Error::new(ErrorKind::Response, format!("GetObject: expected the range {expected}, found {found:?}"))
}

pub(super) fn write_error(error: &io::Error) -> Error {
    Error::other(io::Error::new(error.kind(), format!("the download cannot be written: {error}")))
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

//! [`Tee`]: a body that is copied while it is read.

use std::io::{self, Read};

use super::file::BodyEnd;
use crate::body::Body;

/// What was copied of a body.
pub(super) enum BodyCopy {
    Bytes(Vec<u8>, BodyEnd),
    TooLarge,
}

type Finish = Box<dyn FnOnce(BodyCopy) + Send>;

/// Copies what is read, and hands it on at the end of the body, after an error, and when nobody reads on.
pub(super) struct Tee {
    body: Body,
    length: Option<u64>,
    limit: u64,
    copied: Vec<u8>,
    /// `None` once it was called.
    finish: Option<Finish>,
}

impl Tee {
    /// Wraps a body. One that is in memory is copied at once.
    pub(super) fn body(body: Body, limit: u64, finish: Finish) -> Body {
        let length = body.len();
        if let Some(bytes) = body.as_bytes().filter(|bytes| bytes.len() as u64 <= limit) {
            finish(BodyCopy::Bytes(bytes.to_vec(), BodyEnd::Complete));
            return body;
        }
        let tee = Tee { body, length, limit, copied: Vec::new(), finish: Some(finish) };
        match length {
            Some(length) => Body::from_reader_with_length(tee, length),
            None => Body::from_reader(tee),
        }
    }

    fn end(&mut self, end: BodyEnd) {
        if let Some(finish) = self.finish.take() {
            finish(BodyCopy::Bytes(std::mem::take(&mut self.copied), end));
        }
    }
}

impl Read for Tee {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match self.body.read(buffer) {
            Ok(0) if !buffer.is_empty() => {
                self.end(BodyEnd::Complete);
                return Ok(0);
            }
            Ok(read) => read,
            Err(error) => {
                if error.kind() != io::ErrorKind::Interrupted {
                    self.end(BodyEnd::Broken);
                }
                return Err(error);
            }
        };
        self.copied.extend_from_slice(&buffer[..read]);
        if self.copied.len() as u64 > self.limit {
            self.copied = Vec::new();
            if let Some(finish) = self.finish.take() {
                finish(BodyCopy::TooLarge);
            }
            // Not an error that a retry would follow.
            let what = format!(
                "the response body has more than {} bytes, the limit of the tape; `Tape::body_limit` changes it",
                self.limit
            );
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        Ok(read)
    }
}

impl Drop for Tee {
    fn drop(&mut self) {
        let is_complete = self.length.is_some_and(|length| length == self.copied.len() as u64);
        self.end(if is_complete { BodyEnd::Complete } else { BodyEnd::Cut });
    }
}

//! Response body as the caller reads it.

use std::fmt;
use std::io::{self, Read};

/// Response body reader. It returns the connection to the pool as soon as the last byte is read, and reports a
/// truncated body as an error.
pub(super) struct ResponseBody {
    /// `None` after the end or an error.
    reader: Option<Box<dyn Read + Send>>,
    length: Option<u64>,
    read: u64,
    failed: Option<io::ErrorKind>,
    explain: fn(&io::Error) -> BodyCut,
}

/// Why a response body broke off.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BodyCut {
    /// The deadline of the attempt passed.
    AttemptTimedOut,
    /// The server sent nothing within the read timeout.
    Stalled,
    /// The connection ended before the body.
    Closed,
    /// The connection was reset.
    Broken,
    Malformed(String),
    Other(io::ErrorKind, String),
}

impl BodyCut {
    fn kind(&self) -> io::ErrorKind {
        match self {
            BodyCut::AttemptTimedOut | BodyCut::Stalled => io::ErrorKind::TimedOut,
            BodyCut::Closed | BodyCut::Broken => io::ErrorKind::UnexpectedEof,
            BodyCut::Malformed(_) => io::ErrorKind::InvalidData,
            BodyCut::Other(kind, _) => *kind,
        }
    }
}

impl fmt::Display for BodyCut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            BodyCut::AttemptTimedOut => "the timeout of the whole attempt expired",
            BodyCut::Stalled => "the server stopped sending",
            BodyCut::Closed => "the connection was closed",
            BodyCut::Broken => "the connection broke",
            BodyCut::Malformed(problem) | BodyCut::Other(_, problem) => problem,
        })
    }
}

impl ResponseBody {
    /// `explain` maps an error of the connection.
    pub(super) fn new(
        reader: impl Read + Send + 'static,
        length: Option<u64>,
        explain: fn(&io::Error) -> BodyCut,
    ) -> Self {
        ResponseBody { reader: Some(Box::new(reader)), length, read: 0, failed: None, explain }
    }

    fn fail(&mut self, cut: &BodyCut) -> io::Error {
        self.reader = None;
        self.failed = Some(cut.kind());
        let read = self.read;
        let message = match self.length {
            Some(length) => format!("the body broke off after {read} of {length} bytes: {cut}"),
            None => format!("the body broke off after {read} bytes: {cut}"),
        };
        io::Error::new(cut.kind(), message)
    }
}

impl Read for ResponseBody {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let Some(reader) = &mut self.reader else {
            return match self.failed {
                Some(kind) => Err(io::Error::new(kind, "the body broke off before")),
                None => Ok(0),
            };
        };
        match reader.read(buffer) {
            Ok(0) if self.length.is_some_and(|length| self.read < length) => Err(self.fail(&BodyCut::Closed)),
            Ok(0) => {
                self.reader = None;
                Ok(0)
            }
            Ok(read) => {
                self.read += read as u64;
                if self.length == Some(self.read) {
                    // `ureq` returns the connection to the pool only when a read finds the end.
                    let _ = reader.read(&mut [0]);
                    self.reader = None;
                }
                Ok(read)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => Err(self.fail(&(self.explain)(&error))),
        }
    }
}

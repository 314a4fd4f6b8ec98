//! Response body as the caller reads it.

use std::fmt;
use std::io::{self, Read};

use super::attempt::reading_unless_cancelled;
use crate::cancel::CancelToken;
use crate::error::Cancelled;

/// Response body reader. It returns the connection to the pool as soon as the last byte is read, and reports a
/// truncated body as an error.
pub(super) struct ResponseBody {
    state: BodyState,
    length: Option<u64>,
    read: u64,
    cancel: Option<CancelToken>,
    explain: fn(&io::Error) -> BodyCut,
}

enum BodyState {
    Open(Box<dyn Read + Send>),
    Ended,
    /// Every further read fails.
    Failed(BodyCut),
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
    /// The request's token was cancelled.
    Cancelled,
    Malformed(String),
    Other(io::ErrorKind, String),
}

impl BodyCut {
    fn kind(&self) -> io::ErrorKind {
        match self {
            BodyCut::AttemptTimedOut | BodyCut::Stalled => io::ErrorKind::TimedOut,
            BodyCut::Closed | BodyCut::Broken => io::ErrorKind::UnexpectedEof,
            BodyCut::Malformed(_) => io::ErrorKind::InvalidData,
            BodyCut::Cancelled => io::ErrorKind::Other,
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
            BodyCut::Cancelled => "cancelled",
            BodyCut::Malformed(problem) | BodyCut::Other(_, problem) => problem,
        })
    }
}

impl ResponseBody {
    /// `explain` maps an error of the connection.
    pub(super) fn new(
        reader: impl Read + Send + 'static,
        length: Option<u64>,
        cancel: Option<CancelToken>,
        explain: fn(&io::Error) -> BodyCut,
    ) -> Self {
        ResponseBody { state: BodyState::Open(Box::new(reader)), length, read: 0, cancel, explain }
    }

    fn fail(&mut self, cut: BodyCut) -> io::Error {
        let read = self.read;
        let error = match (&cut, self.length) {
            (BodyCut::Cancelled, _) => Cancelled.into(),
            (_, Some(length)) => {
                io::Error::new(cut.kind(), format!("the body broke off after {read} of {length} bytes: {cut}"))
            }
            (_, None) => io::Error::new(cut.kind(), format!("the body broke off after {read} bytes: {cut}")),
        };
        // Drops the reader, which closes the connection.
        self.state = BodyState::Failed(cut);
        error
    }
}

impl Read for ResponseBody {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let reader = match &mut self.state {
            BodyState::Open(reader) => reader,
            BodyState::Ended => return Ok(0),
            BodyState::Failed(BodyCut::Cancelled) => return Err(Cancelled.into()),
            BodyState::Failed(cut) => return Err(io::Error::new(cut.kind(), "the body broke off before")),
        };
        let result = match &self.cancel {
            None => reader.read(buffer),
            Some(cancel) if cancel.is_cancelled() => return Err(self.fail(BodyCut::Cancelled)),
            Some(cancel) => reading_unless_cancelled(cancel, || reader.read(buffer)),
        };
        match result {
            Ok(0) if self.length.is_some_and(|length| self.read < length) => Err(self.fail(BodyCut::Closed)),
            Ok(0) => {
                self.state = BodyState::Ended;
                Ok(0)
            }
            Ok(read) => {
                self.read += read as u64;
                if self.length == Some(self.read) {
                    // `ureq` returns the connection to the pool only when a read finds the end.
                    let _ = reader.read(&mut [0]);
                    self.state = BodyState::Ended;
                }
                Ok(read)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            // Layers in between may have replaced the error.
            Err(_) if self.cancel.as_ref().is_some_and(CancelToken::is_cancelled) => Err(self.fail(BodyCut::Cancelled)),
            Err(error) => {
                let cut = (self.explain)(&error);
                Err(self.fail(cut))
            }
        }
    }
}

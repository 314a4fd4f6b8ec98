//! Response body as the caller reads it.

use std::io::{self, Read};

/// Response body reader. It returns the connection to the pool as soon as the last byte is read, and reports a
/// truncated body as an error.
pub(super) struct ResponseBody {
    /// `None` after the end or an error.
    reader: Option<Box<dyn Read + Send>>,
    length: Option<u64>,
    read: u64,
    failed: Option<io::ErrorKind>,
    explain: Explain,
}

/// Maps a connection error to the error of the body.
pub(super) type Explain = fn(&io::Error) -> (io::ErrorKind, String);

impl ResponseBody {
    pub(super) fn new(reader: impl Read + Send + 'static, length: Option<u64>, explain: Explain) -> Self {
        ResponseBody { reader: Some(Box::new(reader)), length, read: 0, failed: None, explain }
    }

    fn fail(&mut self, error: &io::Error) -> io::Error {
        self.reader = None;
        let (kind, why) = (self.explain)(error);
        self.failed = Some(kind);
        let read = self.read;
        io::Error::new(
            kind,
            match self.length {
                Some(length) => format!("the response's body broke off after {read} of {length} bytes: {why}"),
                None => format!("the response's body broke off after {read} bytes: {why}"),
            },
        )
    }
}

impl Read for ResponseBody {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let Some(reader) = &mut self.reader else {
            return match self.failed {
                Some(kind) => Err(io::Error::new(kind, "the response's body broke off before")),
                None => Ok(0),
            };
        };
        match reader.read(buffer) {
            Ok(0) if self.length.is_some_and(|length| self.read < length) => {
                Err(self.fail(&io::ErrorKind::UnexpectedEof.into()))
            }
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
            Err(error) => Err(self.fail(&error)),
        }
    }
}

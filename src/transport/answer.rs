//! The body of an answer, as the caller reads it.

use std::io::{self, Read};

/// The body of an answer: gives the connection back as soon as the last byte was read, and never ends short without error.
pub(super) struct Answer {
    /// `None` when it is over, or has failed.
    reader: Option<Box<dyn Read + Send>>,
    length: Option<u64>,
    read: u64,
    failed: Option<io::ErrorKind>,
    explain: Explain,
}

/// What an error of the connection means.
pub(super) type Explain = fn(&io::Error) -> (io::ErrorKind, String);

impl Answer {
    pub(super) fn new(reader: impl Read + Send + 'static, length: Option<u64>, explain: Explain) -> Self {
        Answer { reader: Some(Box::new(reader)), length, read: 0, failed: None, explain }
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

impl Read for Answer {
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
                    // Only a read that finds the end puts the connection back into the pool.
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

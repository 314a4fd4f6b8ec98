//! The sources of bodies: bytes, seekable sources, one-shot readers, encoders. A source of known length yields exactly that
//! many bytes or an error.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;

/// Where the bytes of a body come from.
pub(super) enum ByteSource {
    Bytes(Cursor<Vec<u8>>),
    /// A seekable source that starts at `start` and ends `length` bytes later.
    Seekable {
        source: Box<dyn ReadSeek>,
        start: u64,
        length: u64,
        position: u64,
        /// The file that `source` reads at offsets, if it is one.
        file: Option<Arc<File>>,
    },
    OneShot(OneShot),
    Encoded(Box<dyn EncodedBody>),
}

/// A one-shot source.
pub(super) struct OneShot {
    source: Box<dyn Read + Send>,
    pub(super) length: Option<u64>,
    position: u64,
    /// A read was attempted, so bytes may be consumed.
    pub(super) touched: bool,
    /// Result of the check that the source ends at its announced length, once made.
    end: Option<Result<(), (io::ErrorKind, String)>>,
}

/// A body that is encoded while it is read.
pub(crate) trait EncodedBody: Read + Send {
    /// The encoded length.
    fn length(&self) -> Option<u64>;
    fn is_rewindable(&self) -> bool;
    fn rewind(&mut self) -> io::Result<()>;
}

pub(super) trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

impl ByteSource {
    pub(super) fn rewind(&mut self) -> io::Result<()> {
        match self {
            ByteSource::Bytes(bytes) => {
                bytes.set_position(0);
                Ok(())
            }
            ByteSource::Seekable { source, start, position, .. } => {
                source.seek(SeekFrom::Start(*start))?;
                *position = 0;
                Ok(())
            }
            ByteSource::OneShot { .. } => {
                Err(io::Error::new(io::ErrorKind::Unsupported, "a body from a plain reader can be read only once"))
            }
            ByteSource::Encoded(encoded) => encoded.rewind(),
        }
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            ByteSource::Bytes(bytes) => bytes.read(buffer),
            ByteSource::OneShot(reader) => reader.read(buffer),
            ByteSource::Encoded(encoded) => encoded.read(buffer),
            ByteSource::Seekable { source, length, position, .. } => {
                // A file that grew after its length was announced must not spill into the next request.
                let left = *length - *position;
                let max = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
                if max == 0 {
                    return Ok(0);
                }
                match source.read(&mut buffer[..max])? {
                    0 => Err(too_short(left)),
                    read => {
                        *position += read as u64;
                        Ok(read)
                    }
                }
            }
        }
    }
}

impl Read for OneShot {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        OneShot::read(self, buffer)
    }
}

impl OneShot {
    pub(super) fn new(source: Box<dyn Read + Send>, length: Option<u64>) -> Self {
        OneShot { source, length, position: 0, touched: false, end: None }
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        // Reading an empty body consumes nothing.
        self.touched |= self.length != Some(0);
        let Some(length) = self.length else { return self.source.read(buffer) };
        let left = length - self.position;
        if left == 0 {
            return self.expect_end(length).map(|()| 0);
        }
        let max = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.source.read(&mut buffer[..max])?;
        if read == 0 {
            return Err(too_short(left));
        }
        self.position += read as u64;
        if self.position == length {
            // Check before the last byte is returned, so that no reader takes a truncated stream for the whole.
            self.expect_end(length)?;
        }
        Ok(read)
    }

    fn expect_end(&mut self, length: u64) -> io::Result<()> {
        let end = match &self.end {
            Some(known) => known.clone(),
            None => {
                let found = match read_uninterrupted(&mut self.source, &mut [0]) {
                    Ok(0) => Ok(()),
                    Ok(_) => Err(too_long(length)),
                    Err(error) => Err(error),
                };
                // The first call returns the original error, later ones a copy of its kind and text.
                self.end = Some(found.as_ref().copied().map_err(|error| (error.kind(), error.to_string())));
                return found;
            }
        };
        end.map_err(|(kind, text)| io::Error::new(kind, text))
    }
}

/// Reads once, retrying when a signal interrupts.
pub(crate) fn read_uninterrupted(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

fn too_short(left: u64) -> io::Error {
    let what = format!("it ended {left} bytes before the length that was announced");
    io::Error::new(io::ErrorKind::UnexpectedEof, what)
}

fn too_long(length: u64) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("it continues after the {length} bytes that were announced"))
}

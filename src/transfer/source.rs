//! Where the parts of an upload come from.

use std::fs::File;
use std::io::{Cursor, Read};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use super::plan::PartSizes;
use crate::body::Body;
use crate::error::{Error, ErrorKind, Result};

/// The memory that is reserved for a part before it is read.
const MAX_RESERVED: u64 = 64 << 20;

/// The source of an upload.
pub(super) enum UploadSource {
    /// A file, whose parts are read at offsets.
    File(FileSource),
    Bytes(Vec<u8>),
    /// A reader, and its length if it is known.
    Reader(Body),
}

pub(super) struct FileSource {
    file: Arc<File>,
    range: Range<u64>,
    before: FileVersion,
}

/// What changes when a file is written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct FileVersion {
    length: u64,
    modified: Option<SystemTime>,
}

impl FileVersion {
    fn of(file: &File) -> Result<FileVersion> {
        let metadata = file.metadata().map_err(|error| unreadable(error.into()))?;
        Ok(FileVersion { length: metadata.len(), modified: metadata.modified().ok() })
    }
}

impl UploadSource {
    pub(super) fn new(body: Body) -> Result<UploadSource> {
        if let Some((file, range)) = body.file_range() {
            let before = FileVersion::of(&file)?;
            return Ok(UploadSource::File(FileSource { file, range, before }));
        }
        if body.as_bytes().is_some() {
            return Ok(UploadSource::Bytes(body.into_bytes().map_err(|error| unreadable(error.into()))?));
        }
        Ok(UploadSource::Reader(body))
    }

    /// The number of bytes, if it is known.
    pub(super) fn length(&self) -> Option<u64> {
        match self {
            UploadSource::File(file) => Some(file.range.end.saturating_sub(file.range.start)),
            UploadSource::Bytes(bytes) => Some(bytes.len() as u64),
            UploadSource::Reader(body) => body.len(),
        }
    }

    /// The whole source as one body.
    pub(super) fn into_body(self) -> Result<Body> {
        match self {
            UploadSource::File(source) => source.whole(),
            UploadSource::Bytes(bytes) => Ok(Body::from(bytes)),
            UploadSource::Reader(body) => Ok(body),
        }
    }
}

impl FileSource {
    /// A range of the source.
    pub(super) fn part(&self, range: Range<u64>) -> Result<Body> {
        let start = self.range.start.saturating_add(range.start);
        let end = self.range.start.saturating_add(range.end);
        Body::from_file_range(Arc::clone(&self.file), start..end).map_err(|error| unreadable(error.into()))
    }

    pub(super) fn whole(&self) -> Result<Body> {
        self.part(0..self.range.end.saturating_sub(self.range.start))
    }

    /// `consequence`: what became of the upload.
    ///
    /// # Errors
    /// [`ErrorKind::Body`] if the file was written to since the upload began: what was read may be of different versions.
    pub(super) fn check_unchanged(&self, consequence: &str) -> Result<()> {
        match FileVersion::of(&self.file)? == self.before {
            true => Ok(()),
            false => {
                Err(Error::new(ErrorKind::Body, format!("the file changed while it was uploaded, so {consequence}")))
            }
        }
    }
}

/// Cuts a reader into parts in memory. The last part may be empty only if it is the first one.
pub(super) struct ReaderParts {
    reader: Body,
    sizes: PartSizes,
    /// What was read to find out whether the reader is small.
    head: Vec<u8>,
    free: FreeBuffers,
    number: u64,
    is_done: bool,
}

/// Memory of parts that were sent, for later parts. An allocator would keep much of it for the thread that had freed it.
type FreeBuffers = Arc<Mutex<Vec<Vec<u8>>>>;

/// A part in memory.
pub(super) struct PartBuffer {
    bytes: Vec<u8>,
    free: FreeBuffers,
}

impl PartBuffer {
    pub(super) fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    pub(super) fn into_body(self) -> Result<Body> {
        Body::from_seekable(Cursor::new(self)).map_err(|error| unreadable(error.into()))
    }
}

impl AsRef<[u8]> for PartBuffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for PartBuffer {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(bytes);
    }
}

impl ReaderParts {
    pub(super) fn new(reader: Body, head: Vec<u8>, sizes: PartSizes) -> Self {
        ReaderParts { reader, sizes, head, free: FreeBuffers::default(), number: 0, is_done: false }
    }

    fn read(&mut self) -> Result<PartBuffer> {
        let size = self.sizes.size(self.number.saturating_add(1));
        let mut bytes = std::mem::take(&mut self.head);
        if bytes.len() as u64 > size {
            self.head = bytes.split_off(usize::try_from(size).unwrap_or(usize::MAX));
        } else {
            if bytes.is_empty() {
                bytes = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or(bytes);
            }
            read_up_to(&mut self.reader, size, &mut bytes)?;
        }
        Ok(PartBuffer { bytes, free: Arc::clone(&self.free) })
    }
}

impl Iterator for ReaderParts {
    type Item = Result<(u64, PartBuffer)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let part = match self.read() {
            Ok(part) => part,
            Err(error) => {
                self.is_done = true;
                return Some(Err(error));
            }
        };
        if part.len() == 0 && self.number > 0 {
            self.is_done = true;
            return None;
        }
        self.number = self.number.saturating_add(1);
        Some(Ok((self.number, part)))
    }
}

/// Reads until the buffer has `size` bytes or the reader ends.
pub(super) fn read_up_to(reader: &mut Body, size: u64, buffer: &mut Vec<u8>) -> Result<()> {
    let missing = size.saturating_sub(buffer.len() as u64);
    // Growing step by step would copy the part, and end with room for twice as much.
    buffer.reserve_exact(usize::try_from(missing.min(MAX_RESERVED)).unwrap_or(0));
    reader.take(missing).read_to_end(buffer).map_err(|error| unreadable(error.into()))?;
    Ok(())
}

pub(super) fn unreadable(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::new(ErrorKind::Body, "the source of the upload cannot be read").with_source(error)
}

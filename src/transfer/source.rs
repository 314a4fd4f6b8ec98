//! Where the parts of an upload come from.

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use crate::body::Body;
use crate::error::{Error, ErrorKind, Result};

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

    /// The whole source as one body. A reader of up to `limit` bytes is read into memory, so that it can be sent again.
    pub(super) fn into_body(self, limit: u64) -> Result<Body> {
        match self {
            UploadSource::Reader(body) if body.len().is_some_and(|length| length <= limit) => {
                body.into_bytes().map(Body::from).map_err(|error| unreadable(error.into()))
            }
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

/// Reads until the buffer has `size` bytes or the reader ends.
pub(super) fn read_up_to(reader: &mut Body, size: u64, buffer: &mut Vec<u8>) -> Result<()> {
    let missing = size.saturating_sub(buffer.len() as u64);
    reader.take(missing).read_to_end(buffer).map_err(|error| unreadable(error.into()))?;
    Ok(())
}

pub(super) fn unreadable(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::new(ErrorKind::Body, "the source of the upload cannot be read").with_source(error)
}

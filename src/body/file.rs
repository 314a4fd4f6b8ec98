//! Bodies from files and other paths that can be opened.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::Body;

/// Files up to this size are read to verify their length: the kernel reports 0 or one page for files it generates on
/// read (`/proc`, `/sys`).
const PAGE: u64 = 4096;

pub(super) fn open(path: &Path) -> io::Result<Body> {
    read(File::open(path)?)
}

/// Reads a file from its current position to its end.
pub(super) fn read(mut file: File) -> io::Result<Body> {
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "expected a file, found a folder"));
    }
    if !metadata.is_file() {
        // Block devices can seek; pipes, terminals and `/dev/null` have neither a length nor a way back.
        return match file.seek(SeekFrom::End(0)) {
            Ok(length) if length > 0 => file.rewind().and_then(|()| Body::from_seekable(file)),
            _ => Ok(Body::from_reader(file)),
        };
    }
    let start = file.stream_position()?;
    let rest = start.min(metadata.len())..metadata.len();
    if metadata.len() > PAGE {
        return Body::from_file_range(file, rest);
    }
    let mut head = Vec::new();
    (&mut file).take(PAGE + 1).read_to_end(&mut head)?;
    if start.saturating_add(head.len() as u64) == metadata.len() {
        return Body::from_file_range(file, rest);
    }
    if head.len() as u64 <= PAGE {
        return Ok(Body::from(head));
    }
    Ok(Body::from_reader(io::Cursor::new(head).chain(file)))
}

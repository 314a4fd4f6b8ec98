//! A body from a path: a file, or whatever else can be opened.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use super::Body;

/// Files up to this size are read to see whether their length is what they say: those that a kernel makes up as they are read
/// (`/proc`, `/sys`) say nothing, or a page.
const PAGE: u64 = 4096;

pub(super) fn open(path: &Path) -> io::Result<Body> {
    read(File::open(path)?)
}

/// From the present position of the file to its end.
pub(super) fn read(mut file: File) -> io::Result<Body> {
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "expected a file, found a folder"));
    }
    if !metadata.is_file() {
        // Disks can be rewound; pipes, terminals and `/dev/null` have neither an end nor a way back.
        return match file.seek(SeekFrom::End(0)) {
            Ok(length) if length > 0 => file.rewind().and_then(|()| Body::from_seekable(file)),
            _ => Ok(Body::from_reader(file)),
        };
    }
    if metadata.len() > PAGE {
        return Body::from_seekable(file);
    }
    let start = file.stream_position()?;
    let mut head = Vec::new();
    (&mut file).take(PAGE + 1).read_to_end(&mut head)?;
    if start.saturating_add(head.len() as u64) == metadata.len() {
        file.seek(SeekFrom::Start(start))?;
        return Body::from_seekable(file);
    }
    if head.len() as u64 <= PAGE {
        return Ok(Body::from(head));
    }
    Ok(Body::from_reader(io::Cursor::new(head).chain(file)))
}

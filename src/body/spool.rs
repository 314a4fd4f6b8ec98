//! Copies one-shot bodies for requests that need the length or hash before the first byte.

use std::io::{self, Read, Write};

use tempfile::{SpooledData, SpooledTempFile};

use super::source::{ByteSource, read_uninterrupted};

/// Larger copies go to an unnamed temporary file, which the system removes when the process ends in any way.
const MAX_IN_MEMORY: usize = 1024 * 1024;
/// Largest object that S3 accepts in one request.
pub(crate) const DEFAULT_LIMIT: u64 = 5 * 1024 * 1024 * 1024;

const BUFFER: usize = 64 * 1024;

/// Copies the source to its end, and passes each piece to `each`.
pub(super) fn spool(source: &mut impl Read, limit: u64, each: &mut dyn FnMut(&[u8])) -> io::Result<ByteSource> {
    let mut copy = SpooledTempFile::new(MAX_IN_MEMORY);
    let (mut buffer, mut length) = (vec![0; BUFFER], 0_u64);
    loop {
        let read = match read_uninterrupted(source, &mut buffer)? {
            0 => break,
            read => &buffer[..read],
        };
        length = length.saturating_add(read.len() as u64);
        if length > limit {
            return Err(too_large(limit));
        }
        copy.write_all(read).map_err(|error| name_copy(&error))?;
        each(read);
    }
    let mut copy = match copy.into_inner() {
        SpooledData::InMemory(bytes) => ByteSource::Bytes(bytes),
        SpooledData::OnDisk(file) => {
            ByteSource::Seekable { source: Box::new(file), start: 0, length, position: 0, file: None }
        }
    };
    copy.rewind()?;
    Ok(copy)
}

fn too_large(limit: u64) -> io::Error {
    let message = format!(
        "it has more than {limit} bytes, and it can be read only once, while the request needs its length or its hash first: \
         give a file, upload it in parts, or raise the setting spool_limit"
    );
    io::Error::new(io::ErrorKind::FileTooLarge, message)
}

fn name_copy(error: &io::Error) -> io::Error {
    let folder = std::env::temp_dir();
    let folder = folder.display();
    io::Error::new(error.kind(), format!("its copy in the folder {folder} (TMPDIR names another one): {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Body;

    #[test]
    fn copy_is_complete_in_memory_and_on_disk() {
        for length in [0, 1, BUFFER, MAX_IN_MEMORY, MAX_IN_MEMORY + 1, 3 * MAX_IN_MEMORY + 7] {
            let bytes: Vec<u8> = (0..length).map(|index| (index % 251) as u8).collect();
            let mut body = Body::from_reader(io::Cursor::new(bytes.clone()));
            let mut seen = Vec::new();
            body.scan(|piece| seen.extend_from_slice(piece)).unwrap();
            assert_eq!((body.len(), body.is_rewindable()), (Some(length as u64), true), "{length}");
            assert_eq!(body.as_bytes().is_some(), length <= MAX_IN_MEMORY, "{length}");
            assert!(seen == bytes && body.into_bytes().unwrap() == bytes, "{length}");
        }
    }

    #[test]
    fn copy_respects_spool_limit() {
        let once = |length: u64| Body::from_reader(io::repeat(7).take(length));
        for (length, limit, fits) in [(10, 10, true), (11, 10, false), (1, 0, false), (0, 0, true)] {
            let mut body = once(length);
            body.limit_spool(limit);
            assert_eq!(body.scan(|_| ()).is_ok(), fits, "{length} {limit}");
        }
        let mut body = once(2);
        body.limit_spool(1);
        let error = body.scan(|_| ()).unwrap_err().to_string();
        assert!(error.contains("more than 1 bytes") && error.contains("spool_limit"), "{error}");
    }

    #[test]
    fn source_of_wrong_length_is_not_copied() {
        for (length, says) in [(12, "ended 2 bytes before"), (9, "continues after the 9 bytes")] {
            let mut body = Body::from_reader_with_length(&b"0123456789"[..], length);
            let error = body.scan(|_| ()).unwrap_err();
            assert!(error.to_string().contains(says), "{error}");
            assert!(!body.is_rewindable());
        }
    }
}

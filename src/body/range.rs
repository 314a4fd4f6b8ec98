//! A range of a file, read at offsets: other bodies and threads may read the same file meanwhile.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

/// A file with a position of its own.
pub(super) struct FileReader {
    file: Arc<File>,
    position: u64,
}

impl FileReader {
    /// Checks that the range is within the file.
    pub(super) fn new(file: Arc<File>, range: &Range<u64>) -> io::Result<FileReader> {
        let metadata = file.metadata()?;
        let invalid = |problem: String| Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
        if !metadata.is_file() {
            return invalid("expected a regular file".to_owned());
        }
        if range.start > range.end {
            return invalid(format!("expected a range of bytes, found one that ends before it begins: {range:?}"));
        }
        if range.end > metadata.len() {
            let what = format!("the range {range:?} is beyond the end of the file, which has {} bytes", metadata.len());
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, what));
        }
        Ok(FileReader { file, position: range.start })
    }
}

impl Read for FileReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = read_at(&self.file, buffer, self.position)?;
        self.position = self.position.saturating_add(read as u64);
        Ok(read)
    }
}

impl Seek for FileReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (base, offset) = match to {
            SeekFrom::Start(position) => (position, 0),
            SeekFrom::Current(offset) => (self.position, offset),
            SeekFrom::End(offset) => (self.file.metadata()?.len(), offset),
        };
        let before = || io::Error::new(io::ErrorKind::InvalidInput, "a position before the start of the file");
        self.position = base.checked_add_signed(offset).ok_or_else(before)?;
        Ok(self.position)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}

#[cfg(not(any(unix, windows)))]
fn read_at(_: &File, _: &mut [u8], _: u64) -> io::Result<usize> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this system cannot read a file at an offset"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::body::Body;

    fn file(content: &[u8]) -> Arc<File> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        Arc::new(file)
    }

    #[test]
    fn ranges_of_one_file_are_read_by_many_threads_at_once() {
        let content: Vec<u8> = (0..100_000_u32).map(|index| (index % 251) as u8).collect();
        let file = file(&content);
        std::thread::scope(|scope| {
            for start in (0..100_000_u64).step_by(12_500) {
                let (file, content) = (Arc::clone(&file), &content);
                scope.spawn(move || {
                    let mut body = Body::from_file_range(file, start..start + 12_500).unwrap();
                    assert_eq!((body.len(), body.is_rewindable()), (Some(12_500), true));
                    let mut piece = [0; 700];
                    body.read_exact(&mut piece).unwrap();
                    body.rewind().unwrap();
                    let range = start as usize..start as usize + 12_500;
                    assert!(body.into_bytes().unwrap() == content[range]);
                });
            }
        });
    }

    #[test]
    fn range_must_be_within_a_regular_file() {
        let content = file(b"0123456789");
        let read = |range| Body::from_file_range(Arc::clone(&content), range).and_then(Body::into_bytes);
        assert_eq!((read(3..5).unwrap(), read(10..10).unwrap()), (b"34".to_vec(), Vec::new()));
        let beyond = read(5..11).unwrap_err();
        assert_eq!(
            (beyond.kind(), beyond.to_string().as_str()),
            (io::ErrorKind::UnexpectedEof, "the range 5..11 is beyond the end of the file, which has 10 bytes")
        );
        #[allow(clippy::reversed_empty_ranges, reason = "a caller may compute one")]
        let reversed = read(5..4).unwrap_err();
        assert_eq!(reversed.kind(), io::ErrorKind::InvalidInput);
        let folder = File::open(std::env::temp_dir());
        assert!(folder.is_err() || Body::from_file_range(folder.unwrap(), 0..0).is_err());
    }

    #[test]
    fn file_that_shrinks_after_the_check_is_an_error() {
        let file = file(b"0123456789");
        let body = Body::from_file_range(Arc::clone(&file), 2..8).unwrap();
        file.set_len(5).unwrap();
        assert_eq!(body.into_bytes().unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}

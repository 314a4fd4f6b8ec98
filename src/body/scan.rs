//! Reads a body before it is sent, for its checksum and the hash that its signature covers.

use std::io;

use sha2::{Digest as _, Sha256};

use super::source::ByteSource;
use super::{Body, spool};

/// SHA-256 of a whole body.
pub(super) type Hash = [u8; 32];

const BUFFER: usize = 64 * 1024;

impl Body {
    /// Determines the length, copying the body if necessary.
    pub(crate) fn measure(&mut self) -> io::Result<()> {
        if self.len().is_none() { self.scan(|_| ()) } else { Ok(()) }
    }

    /// Passes the whole body to `each`, piece by piece, and rewinds it. A one-shot body is copied first and is
    /// rewindable afterwards.
    pub(crate) fn scan(&mut self, mut each: impl FnMut(&[u8])) -> io::Result<()> {
        let limit = self.content.spool_limit;
        let source = &mut self.content.source;
        if let ByteSource::OneShot(reader) = source
            && !reader.touched
        {
            *source = spool::spool(reader, limit, &mut each)?;
            return Ok(());
        }
        if let ByteSource::Bytes(bytes) = source {
            each(bytes.get_ref());
            return source.rewind();
        }
        source.rewind()?;
        let mut buffer = vec![0; BUFFER];
        loop {
            match source.read(&mut buffer) {
                Ok(0) => return source.rewind(),
                Ok(read) => each(&buffer[..read]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Like [`scan`](Self::scan), and computes the SHA-256 of the body in the same pass: [`sha256`](Self::sha256) then
    /// need not read it again.
    pub(crate) fn scan_and_hash(&mut self, mut each: impl FnMut(&[u8])) -> io::Result<()> {
        let mut hash = Sha256::new();
        self.scan(|bytes| {
            each(bytes);
            hash.update(bytes);
        })?;
        self.content.hash = Some(hash.finalize().into());
        Ok(())
    }

    /// The SHA-256 of the body, from an earlier scan or by reading it now.
    pub(crate) fn sha256(&mut self) -> io::Result<Hash> {
        if let Some(known) = self.content.hash {
            return Ok(known);
        }
        let mut hash = Sha256::new();
        self.scan(|bytes| hash.update(bytes))?;
        Ok(hash.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::io::{Cursor, Read, Seek, SeekFrom};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Counts how often it is read to its end.
    struct Counted(Cursor<Vec<u8>>, Arc<AtomicUsize>);

    impl Read for Counted {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let read = self.0.read(buffer)?;
            if read > 0 && self.0.position() == self.0.get_ref().len() as u64 {
                self.1.fetch_add(1, Ordering::SeqCst);
            }
            Ok(read)
        }
    }

    impl Seek for Counted {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }

    #[test]
    fn one_pass_makes_checksum_and_hash() {
        let (content, passes) = (vec![7; 200_000], Arc::new(AtomicUsize::new(0)));
        let expected: Hash = Sha256::digest(&content).into();
        let seekable = Body::from_seekable(Counted(Cursor::new(content.clone()), Arc::clone(&passes))).unwrap();
        let one_shot = Body::from_reader(Counted(Cursor::new(content.clone()), Arc::clone(&passes)));
        for mut body in [seekable, one_shot] {
            let seen = Cell::new(0);
            body.scan_and_hash(|bytes| seen.set(seen.get() + bytes.len())).unwrap();
            assert_eq!((body.sha256().unwrap(), seen.get()), (expected, content.len()));
            assert_eq!(passes.swap(0, Ordering::SeqCst), 1);
            assert!(body.into_bytes().unwrap() == content);
            passes.store(0, Ordering::SeqCst);
        }
        let mut unread = Body::from_seekable(Cursor::new(content)).unwrap();
        assert_eq!(unread.sha256().unwrap(), expected);
    }
}

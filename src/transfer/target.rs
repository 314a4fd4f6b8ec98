//! Where the parts of a download go.

use std::fs::File;
use std::io::{self, Write};
use std::sync::{Condvar, Mutex, PoisonError};

use crate::cancel::{CANCEL_INTERVAL, CancelToken};

/// Takes the bytes of parts, from several threads.
pub(super) trait PartTarget: Sync {
    /// Whether the parts have to be complete before they are taken, in their order.
    fn is_sequential(&self) -> bool;

    /// Takes bytes at an offset of the object.
    fn write(&self, offset: u64, bytes: &[u8], stop: &CancelToken) -> io::Result<()>;
}

/// A file that is written at offsets.
pub(super) struct FileTarget<'f>(pub(super) &'f File);

impl PartTarget for FileTarget<'_> {
    fn is_sequential(&self) -> bool {
        false
    }

    fn write(&self, mut offset: u64, mut bytes: &[u8], _: &CancelToken) -> io::Result<()> {
        while !bytes.is_empty() {
            let written = match write_at(self.0, bytes, offset) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => written,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            offset = offset.saturating_add(written as u64);
            bytes = &bytes[written..];
        }
        Ok(())
    }
}

#[cfg(unix)]
fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::write_at(file, bytes, offset)
}

#[cfg(windows)]
fn write_at(file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_write(file, bytes, offset)
}

#[cfg(not(any(unix, windows)))]
fn write_at(_: &File, _: &[u8], _: u64) -> io::Result<usize> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "this system cannot write a file at an offset"))
}

/// A writer, which takes the parts one after the other.
pub(super) struct SequentialTarget<W> {
    writer: Mutex<(u64, W)>,
    advanced: Condvar,
}

impl<W: Write + Send> SequentialTarget<W> {
    pub(super) fn new(writer: W) -> Self {
        SequentialTarget { writer: Mutex::new((0, writer)), advanced: Condvar::new() }
    }
}

impl<W: Write + Send> PartTarget for SequentialTarget<W> {
    fn is_sequential(&self) -> bool {
        true
    }

    /// Waits until all bytes before these have been taken.
    fn write(&self, offset: u64, bytes: &[u8], stop: &CancelToken) -> io::Result<()> {
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        while writer.0 < offset {
            if stop.is_cancelled() {
                return Err(io::Error::other("cancelled"));
            }
            let waited = self.advanced.wait_timeout(writer, CANCEL_INTERVAL);
            writer = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        writer.1.write_all(bytes)?;
        writer.0 = offset.saturating_add(bytes.len() as u64);
        self.advanced.notify_all();
        Ok(())
    }
}

//! Where the parts of a download go.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::sync::{Condvar, Mutex, PoisonError};

use crate::cancel::{CANCEL_INTERVAL, CancelToken};

/// Takes the bytes of parts, from several threads. Each thread has one part at a time, whose bytes come in order.
pub(super) trait PartTarget: Sync {
    /// Takes bytes at an offset of the object.
    fn write(&self, offset: u64, bytes: &[u8], stop: &CancelToken) -> io::Result<()>;
}

/// A file that is written at offsets.
pub(super) struct FileTarget<'f>(pub(super) &'f File);

impl PartTarget for FileTarget<'_> {
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

/// The memory for bytes that wait is in blocks of this size, which are used again: an allocator would keep memory that one thread
/// has taken and another one given back.
const BLOCK: usize = 256 << 10;

/// A writer, which takes the bytes in their order. Bytes that arrive before their turn wait in memory; when that is full, their
/// threads wait, but for the one whose turn it is.
pub(super) struct SequentialTarget<W> {
    state: Mutex<WriterState<W>>,
    advanced: Condvar,
}

struct WriterState<W> {
    writer: W,
    /// All bytes before it are written.
    position: u64,
    /// Blocks of bytes that wait, by their offset.
    held: BTreeMap<u64, Vec<u8>>,
    free: Vec<Vec<u8>>,
    max_held: u64,
}

impl<W: Write + Send> SequentialTarget<W> {
    pub(super) fn new(writer: W, memory_limit: u64) -> Self {
        let max_held = memory_limit / BLOCK as u64;
        let state = WriterState { writer, position: 0, held: BTreeMap::new(), free: Vec::new(), max_held };
        SequentialTarget { state: Mutex::new(state), advanced: Condvar::new() }
    }
}

impl<W: Write> WriterState<W> {
    /// Keeps bytes until their turn comes, and returns how many there was room for.
    fn hold(&mut self, offset: u64, bytes: &[u8]) -> usize {
        let mut kept = 0;
        while kept < bytes.len() {
            let (at, is_full) = (offset.saturating_add(kept as u64), self.held.len() as u64 >= self.max_held);
            let last = self.held.range_mut(..at).next_back();
            let fits =
                |(start, block): &(&u64, &mut Vec<u8>)| **start + block.len() as u64 == at && block.len() < BLOCK;
            let block = match last.filter(fits) {
                Some((_, block)) => block,
                None if is_full => break,
                None => {
                    let block = self.free.pop().unwrap_or_else(|| Vec::with_capacity(BLOCK));
                    self.held.entry(at).or_insert(block)
                }
            };
            let taken = (BLOCK - block.len()).min(bytes.len() - kept);
            block.extend_from_slice(&bytes[kept..kept + taken]);
            kept += taken;
        }
        kept
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.writer.write_all(bytes)?;
        self.position = self.position.saturating_add(bytes.len() as u64);
        Ok(())
    }

    /// Writes the bytes whose turn has come.
    fn write_held(&mut self) -> io::Result<()> {
        while let Some(mut block) = self.held.remove(&self.position) {
            self.write(&block)?;
            block.clear();
            self.free.push(block);
        }
        Ok(())
    }
}

impl<W: Write + Send> PartTarget for SequentialTarget<W> {
    fn write(&self, mut offset: u64, mut bytes: &[u8], stop: &CancelToken) -> io::Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while state.position < offset {
            let kept = state.hold(offset, bytes);
            (offset, bytes) = (offset.saturating_add(kept as u64), &bytes[kept..]);
            if bytes.is_empty() {
                return Ok(());
            }
            if stop.is_cancelled() {
                return Err(io::Error::other("cancelled"));
            }
            let waited = self.advanced.wait_timeout(state, CANCEL_INTERVAL);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.write(bytes)?;
        state.write_held()?;
        self.advanced.notify_all();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::thread;

    use super::*;

    #[test]
    fn bytes_are_written_in_order_and_wait_in_limited_memory() {
        let content: Vec<u8> = (0..3 * BLOCK as u32 + 100).map(|index| (index / 77) as u8).collect();
        let mut written = Vec::new();
        let (target, stop) = (SequentialTarget::new(&mut written, 2 * BLOCK as u64), CancelToken::new());
        let write = |from: usize, to: usize| target.write(from as u64, &content[from..to], &stop).unwrap();
        // Small pieces share a block.
        for start in (10..10 + BLOCK).step_by(BLOCK / 16) {
            write(start, start + BLOCK / 16);
        }
        write(2 * BLOCK, 2 * BLOCK + 50);
        thread::scope(|scope| {
            let (done, is_done) = mpsc::channel();
            let (write, end) = (&write, content.len());
            scope.spawn(move || {
                write(2 * BLOCK + 50, end);
                done.send(()).unwrap();
            });
            // There is no room for it before the beginning has come.
            assert!(is_done.recv_timeout(CANCEL_INTERVAL * 2).is_err());
            write(0, 10);
            write(10 + BLOCK, 2 * BLOCK);
            is_done.recv().unwrap();
        });
        drop(target);
        assert!(written == content);
    }

    #[test]
    fn wait_for_room_ends_with_the_transfer() {
        let (target, stop) = (SequentialTarget::new(io::sink(), 1), CancelToken::new());
        stop.cancel();
        assert!(target.write(2, b"cd", &stop).is_err());
    }
}

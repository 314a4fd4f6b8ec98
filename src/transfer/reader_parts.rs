//! [`ReaderParts`]: the parts of a reader, in memory or, if they are large, in a temporary file.

use std::io::{Cursor, Read};
use std::sync::{Arc, Mutex, PoisonError};

use super::budget::MemoryBudget;
use super::plan::{MAX_PARTS, PartSizes};
use super::source::{read_up_to, unreadable};
use crate::body::Body;
use crate::cancel::CancelToken;
use crate::error::{Error, ErrorKind, Result};

/// Cuts a reader into parts. Only the first part may be empty.
pub(super) struct ReaderParts<'b> {
    reader: Body,
    sizes: PartSizes,
    /// What was read to find out whether the reader is small.
    head: Vec<u8>,
    number: u64,
    is_done: bool,
    budget: &'b MemoryBudget,
    stop: &'b CancelToken,
    free: FreeBuffers,
}

/// Memory of parts that were sent, for later parts. An allocator would keep much of it for the thread that had freed it.
type FreeBuffers = Arc<Mutex<Vec<Vec<u8>>>>;

/// A part in memory.
struct PartBuffer {
    bytes: Vec<u8>,
    free: FreeBuffers,
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

pub(super) struct ReaderPart {
    pub(super) number: u64,
    pub(super) length: u64,
    pub(super) body: Body,
    /// What it takes of the budget, which its user gives back.
    pub(super) reserved: u64,
}

impl<'b> ReaderParts<'b> {
    pub(super) fn new(
        reader: Body,
        head: Vec<u8>,
        sizes: PartSizes,
        budget: &'b MemoryBudget,
        stop: &'b CancelToken,
    ) -> Self {
        ReaderParts { reader, sizes, head, number: 0, is_done: false, budget, stop, free: FreeBuffers::default() }
    }

    fn read(&mut self) -> Result<Option<ReaderPart>> {
        let number = self.number.saturating_add(1);
        let size = self.sizes.size(number);
        let reserved = self.budget.take(size, self.stop);
        let body = match size > self.budget.limit() {
            true => self.read_into_file(size)?,
            false => self.read_into_memory(size)?,
        };
        let length = body.len().unwrap_or(0);
        if length == 0 && self.number > 0 {
            self.budget.give_back(reserved);
            return Ok(None);
        }
        if number > MAX_PARTS {
            return Err(too_many_parts());
        }
        self.number = number;
        Ok(Some(ReaderPart { number, length, body, reserved }))
    }

    fn read_into_memory(&mut self, size: u64) -> Result<Body> {
        let mut bytes = std::mem::take(&mut self.head);
        if bytes.len() as u64 > size {
            self.head = bytes.split_off(usize::try_from(size).unwrap_or(usize::MAX));
        } else {
            if bytes.is_empty() {
                bytes = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or(bytes);
            }
            // Growing step by step would copy the part, and end with room for twice as much.
            let missing = size.saturating_sub(bytes.len() as u64);
            bytes.reserve_exact(usize::try_from(missing).unwrap_or(0));
            read_up_to(&mut self.reader, size, &mut bytes)?;
        }
        let buffer = PartBuffer { bytes, free: Arc::clone(&self.free) };
        Body::from_seekable(Cursor::new(buffer)).map_err(|error| unreadable(error.into()))
    }

    fn read_into_file(&mut self, size: u64) -> Result<Body> {
        let head = std::mem::take(&mut self.head);
        let mut part = (&head[..]).chain(&mut self.reader).take(size);
        let body = Body::copied(&mut part).map_err(|error| unreadable(error.into()))?;
        // A head that is larger than the part.
        let used = usize::try_from(size).unwrap_or(usize::MAX);
        self.head = head.get(used..).unwrap_or_default().to_vec();
        Ok(body)
    }
}

impl Iterator for ReaderParts<'_> {
    type Item = Result<ReaderPart>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_done {
            return None;
        }
        let part = self.read().transpose();
        self.is_done = !matches!(part, Some(Ok(_)));
        part
    }
}

fn too_many_parts() -> Error {
    let message = format!(
        "the reader has more bytes than {MAX_PARTS} equal parts can have; set a larger part_size, or equal_parts(false)"
    );
    Error::new(ErrorKind::Body, message)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::transfer::plan::{PlanSettings, TransferPlan, plan};

    /// The sizes of all parts of so many bytes.
    fn cut(bytes: u64, head: usize, limit: u64, sizes: PartSizes) -> Result<Vec<u64>> {
        let (budget, stop) = (MemoryBudget::new(limit), CancelToken::new());
        let reader = Body::from_reader(io::repeat(7).take(bytes - head as u64));
        let parts = ReaderParts::new(reader, vec![7; head], sizes, &budget, &stop);
        let mut lengths = Vec::new();
        for part in parts {
            let part = part?;
            let content = part.body.into_bytes().unwrap();
            assert!(content.iter().all(|byte| *byte == 7) && content.len() as u64 == part.length);
            budget.give_back(part.reserved);
            lengths.push(part.length);
        }
        assert_eq!(budget.taken(), 0);
        Ok(lengths)
    }

    #[test]
    fn parts_are_complete_in_memory_and_in_files() {
        let sizes = PartSizes::equal(10, 1000);
        for limit in [0, 9, 10, 1000] {
            for head in [0, 1, 10, 25] {
                for (bytes, expected) in [(25, vec![10, 10, 5]), (30, vec![10, 10, 10]), (100, vec![10; 10])] {
                    assert_eq!(cut(bytes, head, limit, sizes).unwrap(), expected, "{limit} {head}");
                }
            }
        }
        assert_eq!(cut(0, 0, 100, sizes).unwrap(), [0]);
    }

    #[test]
    fn equal_parts_end_at_the_maximum_and_others_grow() {
        let settings = |equal_parts| PlanSettings { threshold: 1, part_size: 1, equal_parts };
        let small = |equal| match plan(None, settings(equal)).unwrap() {
            TransferPlan::Parts(parts) => parts.with_first(1),
            TransferPlan::Single => panic!("parts"),
        };
        assert_eq!(cut(MAX_PARTS, 0, 100, small(true)).unwrap().len() as u64, MAX_PARTS);
        let error = cut(MAX_PARTS + 1, 0, 100, small(true)).unwrap_err();
        assert!(error.kind() == ErrorKind::Body && error.to_string().contains("equal_parts(false)"), "{error}");
        let grown = cut(100_000, 0, 100, small(false)).unwrap();
        assert_eq!((grown.iter().sum::<u64>(), grown[999], grown[1000], grown[2000]), (100_000, 1, 2, 4));
        assert!((grown.len() as u64) < MAX_PARTS);
    }
}

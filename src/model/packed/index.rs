//! The index of a packed model, read in place. All reads are bounds-checked.

use std::ops::Range;

use crate::model::names::spelling_bytes;

const FORMAT: usize = 2;
const OPERATION_SIZE: usize = 5;
const SHAPE_SIZE: usize = 4;

pub(super) struct PackedIndex {
    pub(super) members: Vec<PackedMember>,
    pub(super) spans: Vec<PackedSpan>,
    pub(super) discovery: Option<usize>,
    pub(super) operations: SortedTable,
    shapes: SortedTable,
}

/// A member of the gzip file.
pub(super) struct PackedMember {
    pub(super) file: Range<usize>,
    pub(super) text_size: usize,
}

/// A stretch of a member's text that has operations or shapes.
pub(super) struct PackedSpan {
    pub(super) kind: SpanKind,
    pub(super) member: usize,
    pub(super) text: Range<usize>,
    pub(super) entries: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SpanKind {
    Operations,
    Shapes,
    Errors,
}

/// Records of one size, sorted by their numbers.
pub(super) struct SortedTable {
    bytes: &'static [u8],
    size: usize,
}

impl PackedIndex {
    /// Reads the index of a file of this length.
    pub(super) fn read(bytes: &'static [u8], file_size: usize) -> Option<PackedIndex> {
        let mut reader = IndexReader(bytes);
        if reader.number()? != FORMAT {
            return None;
        }
        let members = reader.members(file_size)?;
        let count = reader.number()?.min(bytes.len());
        let spans = (0..count).map(|_| reader.span()).collect::<Option<Vec<_>>>()?;
        Some(PackedIndex {
            members,
            spans,
            discovery: reader.number()?.checked_sub(1),
            operations: reader.table(OPERATION_SIZE)?,
            shapes: reader.table(SHAPE_SIZE)?,
        })
    }

    /// The operations with this hash.
    pub(super) fn operations(&self, hash: u32) -> impl Iterator<Item = usize> {
        self.operations.find(hash, |record| (low(record, 3), low(record.get(3..).unwrap_or_default(), 2) as usize))
    }

    /// The spans that have shapes with this hash.
    pub(super) fn shapes(&self, hash: u32) -> impl Iterator<Item = usize> {
        self.shapes.find(hash, |record| (low(record.get(1..).unwrap_or_default(), 3), low(record, 1) as usize))
    }

    pub(super) fn has_shape_table(&self) -> bool {
        !self.shapes.bytes.is_empty()
    }
}

impl SortedTable {
    pub(super) fn len(&self) -> usize {
        self.bytes.len() / self.size
    }

    fn record(&self, at: usize) -> Option<&'static [u8]> {
        self.bytes.get(at * self.size..(at + 1) * self.size)
    }

    /// Returns the values of all records with this key.
    fn find(&self, key: u32, read: impl Fn(&[u8]) -> (u32, usize) + Copy) -> impl Iterator<Item = usize> {
        let (mut first, mut end) = (0, self.len());
        while first < end {
            let middle = first + (end - first) / 2;
            match self.record(middle) {
                Some(record) if read(record).0 < key => first = middle + 1,
                _ => end = middle,
            }
        }
        let found = (first..self.len()).map_while(move |at| self.record(at).map(read));
        found.take_while(move |(found, _)| *found == key).map(|(_, value)| value)
    }
}

struct IndexReader(&'static [u8]);

impl IndexReader {
    fn number(&mut self) -> Option<usize> {
        let mut number = 0;
        for shift in (0..35).step_by(7) {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return usize::try_from(number).ok();
            }
        }
        None
    }

    /// The members. They are the end of the file.
    fn members(&mut self, file_size: usize) -> Option<Vec<PackedMember>> {
        let count = self.number()?.min(self.0.len());
        let sizes = (0..count).map(|_| Some((self.number()?, self.number()?))).collect::<Option<Vec<_>>>()?;
        let total = sizes.iter().try_fold(0_usize, |total, (size, _)| total.checked_add(*size))?;
        let mut start = file_size.checked_sub(total)?;
        let mut members = Vec::with_capacity(count);
        for (size, text_size) in sizes {
            members.push(PackedMember { file: start..start + size, text_size });
            start += size;
        }
        // The first one has the header with this index.
        members.first_mut()?.file.start = 0;
        Some(members)
    }

    fn span(&mut self) -> Option<PackedSpan> {
        let kind = match self.number()? {
            0 => SpanKind::Operations,
            1 => SpanKind::Shapes,
            2 => SpanKind::Errors,
            _ => return None,
        };
        let (member, start, length, entries) = (self.number()?, self.number()?, self.number()?, self.number()?);
        Some(PackedSpan { kind, member, text: start..start.checked_add(length)?, entries })
    }

    fn table(&mut self, size: usize) -> Option<SortedTable> {
        let bytes;
        (bytes, self.0) = self.number().and_then(|count| self.0.split_at_checked(count.checked_mul(size)?))?;
        Some(SortedTable { bytes, size })
    }
}

/// The number in the first bytes.
fn low(bytes: &[u8], size: usize) -> u32 {
    bytes.iter().take(size).rev().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

pub(super) fn shape_hash(name: &str) -> u32 {
    hash(name.bytes())
}

/// The hash of what all spellings of an operation's name share.
pub(super) fn spelling_hash(name: &str) -> u32 {
    hash(spelling_bytes(name))
}

/// FNV-1a, folded to 24 bits.
fn hash(bytes: impl Iterator<Item = u8>) -> u32 {
    let hash = bytes.fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash ^ hash >> 24) & 0x00ff_ffff
}

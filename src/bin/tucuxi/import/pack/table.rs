//! The numbers of the index.

use std::collections::BTreeSet;

use super::layout::{LayoutSpan, SectionKind};

/// Appends a LEB128 number.
pub(super) fn put(index: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        index.push(number as u8 | 0x80);
        number >>= 7;
    }
    index.push(number as u8);
}

/// Appends the operations by the hash of what all spellings share. If two names differ only in spelling, the first wins.
pub(super) fn put_operations<'n>(index: &mut Vec<u8>, names: impl Iterator<Item = &'n str>) -> Option<()> {
    let mut spellings = BTreeSet::new();
    let mut records = Vec::new();
    let mut count = 0;
    for (position, name) in names.enumerate() {
        let spelling = name.replace(['_', '-'], "").to_ascii_lowercase();
        records.push((hash(&spelling), u16::try_from(position).ok()?));
        if !spellings.insert(spelling) {
            return None;
        }
        count += 1;
    }
    records.sort_unstable();
    put(index, count);
    for (hash, position) in records {
        index.extend_from_slice(&hash.to_le_bytes()[..3]);
        index.extend_from_slice(&position.to_le_bytes());
    }
    Some(())
}

/// Appends the spans of shapes by the hash of the name.
pub(super) fn put_shapes(index: &mut Vec<u8>, spans: &[LayoutSpan<'_>]) -> Option<()> {
    let mut records = Vec::new();
    for (position, span) in spans.iter().enumerate().filter(|(_, span)| span.kind != SectionKind::Operations) {
        let position = u8::try_from(position).ok()?;
        records.extend(span.names.iter().map(|name| (hash(name), position)));
    }
    records.sort_unstable();
    put(index, records.len());
    for (hash, span) in records {
        index.push(span);
        index.extend_from_slice(&hash.to_le_bytes()[..3]);
    }
    Some(())
}

/// FNV-1a, folded to 24 bits.
fn hash(name: &str) -> u32 {
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    (hash ^ hash >> 24) & 0x00ff_ffff
}

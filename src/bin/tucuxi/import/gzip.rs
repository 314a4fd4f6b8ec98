//! Reproducible gzip: the bytes depend only on the content.

use std::io::{Read, Write};

use flate2::read::MultiGzDecoder;
use flate2::{Compression, GzBuilder};

use super::{ImportError, ImportResult};

/// Compresses at the highest level, without time, name or operating system.
pub(super) fn compress(content: &[u8]) -> ImportResult<Vec<u8>> {
    const UNKNOWN_SYSTEM: u8 = 255;
    let builder = GzBuilder::new().mtime(0).operating_system(UNKNOWN_SYSTEM);
    let mut encoder = builder.write(Vec::new(), Compression::best());
    let written = encoder.write_all(content).and_then(|()| encoder.finish());
    written.map_err(|error| ImportError::new("gzip", error))
}

/// The size of the headers that `compress` writes.
pub(super) const HEADER: usize = 10;

/// The largest index that fits into a header.
pub(super) const MAX_INDEX: usize = 65_000;

/// Joins compressed files, and puts an index into the header of the first: the subfield `TX` of its extra field.
pub(super) fn with_index(members: &[Vec<u8>], index: &[u8]) -> Option<Vec<u8>> {
    const HAS_EXTRA: u8 = 4;
    let (header, rest) = members.first()?.split_first_chunk::<HEADER>()?;
    let mut file = header.to_vec();
    file[3] |= HAS_EXTRA;
    file.extend_from_slice(&u16::try_from(index.len() + 4).ok()?.to_le_bytes());
    file.extend_from_slice(b"TX");
    file.extend_from_slice(&u16::try_from(index.len()).ok()?.to_le_bytes());
    file.extend_from_slice(index);
    file.extend_from_slice(rest);
    members.iter().skip(1).for_each(|member| file.extend_from_slice(member));
    Some(file)
}

/// A reader of the inflated content.
pub(super) fn decoder<R: Read>(file: R) -> impl Read {
    MultiGzDecoder::new(file)
}

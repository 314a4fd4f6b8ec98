//! Reproducible gzip: the bytes depend only on the content.

use std::io::Read;

use flate2::read::MultiGzDecoder;
use libdeflater::{CompressionLvl, Compressor};

use super::{ImportError, ImportResult};

/// Compresses as well as possible. The header has neither a time nor a name, and an unknown operating system.
pub(super) fn compress(content: &[u8]) -> ImportResult<Vec<u8>> {
    let mut compressor = Compressor::new(CompressionLvl::best());
    let mut file = vec![0; compressor.gzip_compress_bound(content.len())];
    let written = compressor.gzip_compress(content, &mut file).map_err(|error| ImportError::new("gzip", error))?;
    file.truncate(written);
    Ok(file)
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

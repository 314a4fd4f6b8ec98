//! gzip (RFC 1952) in memory: decompression with a limit, and compression.

use std::io::{self, Read};

use flate2::bufread::{GzEncoder, MultiGzDecoder};
use flate2::{Compression, Decompress, FlushDecompress, Status};

/// The maximum compression ratio of deflate.
const MAX_RATIO: usize = 1032;
const WINDOW_BITS: u8 = 15;

/// Decompresses a gzip file, which may have several members.
///
/// The announced size is only a hint: at most `limit` bytes are allocated.
///
/// # Errors
/// If the file is truncated or damaged, or its content is larger than `limit` bytes.
pub(crate) fn inflate(file: &[u8], limit: usize) -> io::Result<Vec<u8>> {
    let announced = announced_size(file).min(limit).min(file.len().saturating_mul(MAX_RATIO));
    if let Some(content) = inflate_at_once(file, announced) {
        return Ok(content);
    }
    let mut content = Vec::new();
    let max_read = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    MultiGzDecoder::new(file).take(max_read).read_to_end(&mut content)?;
    if content.len() > limit {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("inflates to more than {limit} bytes")));
    }
    Ok(content)
}

/// Decompresses at most `max` bytes from the beginning of a gzip file, which may be truncated.
pub(crate) fn inflate_start(file: &[u8], max: usize) -> io::Result<Vec<u8>> {
    let mut inflater = Decompress::new_gzip(WINDOW_BITS);
    let mut content = Vec::with_capacity(max);
    inflater.decompress_vec(file, &mut content, FlushDecompress::None)?;
    Ok(content)
}

/// Returns a subfield of the extra field in the header (RFC 1952, 2.3.1.1), if it is the only one.
pub(crate) fn extra_field(file: &[u8], id: [u8; 2]) -> Option<&[u8]> {
    const HAS_EXTRA: u8 = 4;
    let (header, rest) = file.split_first_chunk::<10>()?;
    if header[..3] != [0x1f, 0x8b, 8] || header[3] & HAS_EXTRA == 0 {
        return None;
    }
    let (size, rest) = rest.split_first_chunk::<2>()?;
    let (found, rest) = rest.get(..usize::from(u16::from_le_bytes(*size)))?.split_first_chunk::<2>()?;
    let (size, content) = rest.split_first_chunk::<2>()?;
    (*found == id && content.len() == usize::from(u16::from_le_bytes(*size))).then_some(content)
}

/// Compresses content as a gzip file.
pub(crate) fn deflate(content: &[u8]) -> io::Result<Vec<u8>> {
    let mut file = Vec::with_capacity(content.len() / 4);
    GzEncoder::new(content, Compression::default()).read_to_end(&mut file)?;
    Ok(file)
}

/// Decompresses the usual case in one call: one member whose content has the announced size. If this returns `None`,
/// the general decoder reports the error.
fn inflate_at_once(file: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut content = Vec::with_capacity(size);
    let mut inflater = Decompress::new_gzip(WINDOW_BITS);
    let status = inflater.decompress_vec(file, &mut content, FlushDecompress::Finish).ok()?;
    let is_whole = status == Status::StreamEnd && inflater.total_in() == file.len() as u64;
    is_whole.then_some(content)
}

/// The announced size: the last field of a gzip file, the size of its content modulo 2³².
fn announced_size(file: &[u8]) -> usize {
    file.last_chunk::<4>().map_or(0, |size| usize::try_from(u32::from_le_bytes(*size)).unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compressed(content: &[u8]) -> Vec<u8> {
        deflate(content).unwrap()
    }

    #[test]
    fn compression_round_trips() {
        for content in [&b""[..], b"x", "some text ".repeat(5_000).as_bytes()] {
            let file = compressed(content);
            assert_eq!(inflate(&file, 1 << 20).unwrap(), content);
            assert!(inflate_at_once(&file, content.len()).is_some());
        }
    }

    #[test]
    fn several_members_are_concatenated() {
        let file = [compressed(b"one "), compressed(b"two")].concat();
        assert_eq!(inflate(&file, 100).unwrap(), b"one two");
    }

    #[test]
    fn content_beyond_the_limit_is_an_error() {
        let file = compressed(&vec![0; 10_000_000]);
        assert!(file.len() < 20_000);
        assert!(inflate(&file, 1_000_000).unwrap_err().to_string().contains("1000000"));
        assert_eq!(inflate(&file, 10_000_000).unwrap().len(), 10_000_000);
    }

    #[test]
    fn truncation_and_damage_are_errors() {
        let file = compressed("some text ".repeat(100).as_bytes());
        for end in 0..file.len() {
            assert!(inflate(&file[..end], 1 << 20).is_err(), "cut at {end}");
        }
        let mut flipped = file.clone();
        let checksum = file.len() - 6;
        flipped[checksum] ^= 1;
        assert!(inflate(&flipped, 1 << 20).is_err());
        let mut wrong_size = file;
        *wrong_size.last_mut().unwrap() ^= 0x40;
        assert!(inflate(&wrong_size, 1 << 20).is_err());
        assert!(inflate(b"{\"not\": \"gzip\"}", 1 << 20).is_err());
    }
}

//! Response bodies whose checksum is verified while they are read.

use std::fmt;
use std::io::{self, Read};

use super::Announced;
use super::algorithm::{Algorithm, Digest};
use crate::body::Body;

/// Wraps a body so that it ends in an error unless its checksum matches. If the length is known, the last byte is
/// returned only after verification.
pub(crate) fn verified(body: Body, announced: Announced) -> Body {
    let length = body.len();
    let digest = Some(announced.algorithm.digest());
    let reader = Verified { body, announced, digest, left: length, mismatch: None };
    match length {
        Some(length) => Body::from_reader_with_length(reader, length),
        None => Body::from_reader(reader),
    }
}

/// A response checksum differs from the announced one.
#[derive(Debug, Clone)]
pub(crate) struct Mismatch {
    pub(super) algorithm: Algorithm,
    pub(super) expected: String,
    pub(super) computed: String,
}

struct Verified {
    body: Body,
    announced: Announced,
    /// `None` after the comparison.
    digest: Option<Digest>,
    left: Option<u64>,
    mismatch: Option<Mismatch>,
}

impl Verified {
    fn compare(&mut self) -> io::Result<()> {
        if let Some(digest) = self.digest.take() {
            self.mismatch = self.announced.compare(digest.finish()).err();
        }
        match &self.mismatch {
            Some(mismatch) => Err(io::Error::new(io::ErrorKind::InvalidData, mismatch.clone())),
            None => Ok(()),
        }
    }
}

impl Read for Verified {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        if self.digest.is_none() {
            return self.compare().map(|()| 0);
        }
        let read = self.body.read(buffer)?;
        if let Some(digest) = &mut self.digest {
            digest.update(&buffer[..read]);
        }
        self.left = self.left.map(|left| left.saturating_sub(read as u64));
        if read == 0 || self.left == Some(0) {
            self.compare()?;
        }
        Ok(read)
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Mismatch { algorithm, expected, computed } = self;
        write!(f, "the response is corrupt: its {algorithm} checksum is {computed}, announced was {expected}")
    }
}

impl std::error::Error for Mismatch {}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(body: Body, expected: &str) -> Body {
        verified(body, Announced { algorithm: Algorithm::Crc32, expected: expected.to_owned() })
    }

    #[test]
    fn last_byte_is_returned_only_if_checksum_matches() {
        for source in [Body::from("Hello world"), Body::from_reader(&b"Hello world"[..])] {
            assert_eq!(body(source, "i9aeUg==").into_bytes().unwrap(), b"Hello world");
        }
        let mut wrong = body(Body::from("Hello world"), "AAAAAA==");
        let mut buffer = [0; 10];
        wrong.read_exact(&mut buffer).unwrap();
        for _ in 0..2 {
            let error = wrong.read(&mut buffer).unwrap_err();
            assert_eq!(
                error.to_string(),
                "the response is corrupt: its CRC32 checksum is i9aeUg==, announced was AAAAAA=="
            );
        }
        // A single read of everything must not return the last byte either.
        assert!(body(Body::from("Hello world"), "AAAAAA==").read(&mut [0; 11]).is_err());
        assert!(body(Body::from_reader(&b"Hello world"[..]), "AAAAAA==").into_bytes().is_err());
        for empty in [Body::empty, || Body::from_reader(io::empty())] {
            assert!(body(empty(), "AAAAAA==").into_bytes().unwrap().is_empty());
            assert!(body(empty(), "i9aeUg==").into_bytes().is_err());
        }
    }

    #[test]
    fn truncated_body_is_unexpected_eof() {
        let error = body(Body::from_reader_with_length(&b"Hello"[..], 11), "i9aeUg==").into_bytes().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}

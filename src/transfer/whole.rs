//! [`WholeChecksum`]: the check of an object that is downloaded in parts.
//!
//! A checksum that S3 has of the whole object (`FULL_OBJECT`) is combined from those of the parts. One of the parts'
//! checksums (`COMPOSITE`) is not: the parts of the download are others.

use serde_json::Value;

use super::combine::CombinableCrc;
use crate::error::{Error, ErrorKind, Result};

/// The algorithms, the cheapest first.
const ALGORITHMS: &[&str] = &["CRC64NVME", "CRC32", "CRC32C"];

/// The algorithm of parts that are kept without a checksum of the whole.
pub(super) const KEPT_ALGORITHM: &str = "CRC64NVME";

/// The checksum of a whole object.
pub(super) struct WholeChecksum {
    pub(super) algorithm: &'static str,
    crc: CombinableCrc,
    /// In base64.
    expected: String,
}

impl WholeChecksum {
    /// The checksum in an output of `HeadObject`, if it can be combined from those of parts.
    pub(super) fn of(head: &Value) -> Option<WholeChecksum> {
        if !head["ChecksumType"].as_str()?.eq_ignore_ascii_case("FULL_OBJECT") {
            return None;
        }
        ALGORITHMS.iter().find_map(|algorithm| {
            let expected = head[format!("Checksum{algorithm}")].as_str()?.to_owned();
            Some(WholeChecksum { algorithm, crc: CombinableCrc::of(algorithm)?, expected })
        })
    }

    /// Checks all parts in their order: checksums in base64, and lengths.
    pub(super) fn check(&self, parts: &[(Option<String>, u64)]) -> Result<()> {
        let parts = parts.iter().map(|(checksum, length)| (checksum.as_deref(), *length));
        let computed = self.crc.combine_texts(parts).unwrap_or_default();
        if computed == self.expected {
            return Ok(());
        }
        let WholeChecksum { algorithm, expected, .. } = self;
        let message =
            format!("the download is corrupt: its {algorithm} checksum is {computed}, announced was {expected}");
        Err(Error::new(ErrorKind::Response, message))
    }
}

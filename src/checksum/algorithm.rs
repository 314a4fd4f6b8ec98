//! Checksum algorithms and the crates that compute them.

use std::fmt;

use http::HeaderName;
use once_cell::sync::Lazy;
use sha1::Sha1;
use sha2::{Digest as _, Sha256, Sha512};
use twox_hash::{XxHash64, xxhash3_64, xxhash3_128};

use crate::value;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    XxHash128,
    XxHash3,
    Crc64Nvme,
    XxHash64,
    Crc32C,
    Crc32,
    Sha1,
    Sha256,
    Sha512,
}

impl Algorithm {
    /// If a response has several checksums, the first in this list is checked, as in botocore's `httpchecksum.py`: the
    /// cheapest come first.
    pub(crate) const ALL: [Algorithm; 9] = [
        Algorithm::XxHash128,
        Algorithm::XxHash3,
        Algorithm::Crc64Nvme,
        Algorithm::XxHash64,
        Algorithm::Crc32C,
        Algorithm::Crc32,
        Algorithm::Sha1,
        Algorithm::Sha256,
        Algorithm::Sha512,
    ];

    /// Looks up the name used in models and parameters, ignoring case.
    pub(crate) fn of(name: &str) -> Option<Algorithm> {
        Algorithm::ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name))
    }

    /// The name in lower case.
    pub(crate) fn name(self) -> &'static str {
        // The part after `x-amz-checksum-`.
        &self.header_text()[15..]
    }

    pub(crate) fn header(self) -> HeaderName {
        HeaderName::from_static(self.header_text())
    }

    pub(crate) fn header_text(self) -> &'static str {
        match self {
            Algorithm::XxHash128 => "x-amz-checksum-xxhash128",
            Algorithm::XxHash3 => "x-amz-checksum-xxhash3",
            Algorithm::Crc64Nvme => "x-amz-checksum-crc64nvme",
            Algorithm::XxHash64 => "x-amz-checksum-xxhash64",
            Algorithm::Crc32C => "x-amz-checksum-crc32c",
            Algorithm::Crc32 => "x-amz-checksum-crc32",
            Algorithm::Sha1 => "x-amz-checksum-sha1",
            Algorithm::Sha256 => "x-amz-checksum-sha256",
            Algorithm::Sha512 => "x-amz-checksum-sha512",
        }
    }

    /// Length of the checksum in base64.
    pub(crate) fn text_length(self) -> usize {
        let bytes: usize = match self {
            Algorithm::Crc32 | Algorithm::Crc32C => 4,
            Algorithm::Crc64Nvme | Algorithm::XxHash64 | Algorithm::XxHash3 => 8,
            Algorithm::XxHash128 => 16,
            Algorithm::Sha1 => 20,
            Algorithm::Sha256 => 32,
            Algorithm::Sha512 => 64,
        };
        bytes.div_ceil(3) * 4
    }

    pub(crate) fn digest(self) -> Digest {
        match self {
            Algorithm::XxHash128 => Digest::XxHash128(Box::default()),
            Algorithm::XxHash3 => Digest::XxHash3(Box::default()),
            Algorithm::Crc64Nvme => Digest::Crc64Nvme(CRC_64_NVME.digest()),
            Algorithm::XxHash64 => Digest::XxHash64(XxHash64::with_seed(0)),
            Algorithm::Crc32C => Digest::Crc32C(CRC_32C.digest()),
            Algorithm::Crc32 => Digest::Crc32(crc32fast::Hasher::new()),
            Algorithm::Sha1 => Digest::Sha1(Sha1::new()),
            Algorithm::Sha256 => Digest::Sha256(Sha256::new()),
            Algorithm::Sha512 => Digest::Sha512(Box::default()),
        }
    }
}

/// The name in models and messages: `CRC64NVME`.
impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name().to_ascii_uppercase())
    }
}

// Sixteen tables each, built on first use: as constants they would slow down compilation.
type CrcTable = crc::Table<16>;
static CRC_64_NVME: Lazy<crc::Crc<u64, CrcTable>> = Lazy::new(|| crc::Crc::<u64, CrcTable>::new(&crc::CRC_64_NVME));
static CRC_32C: Lazy<crc::Crc<u32, CrcTable>> = Lazy::new(|| crc::Crc::<u32, CrcTable>::new(&crc::CRC_32_ISCSI));

/// State of a checksum computation.
pub(crate) enum Digest {
    XxHash128(Box<xxhash3_128::Hasher>),
    XxHash3(Box<xxhash3_64::Hasher>),
    Crc64Nvme(crc::Digest<'static, u64, CrcTable>),
    XxHash64(XxHash64),
    Crc32C(crc::Digest<'static, u32, CrcTable>),
    Crc32(crc32fast::Hasher),
    /// For tags of objects; no checksum of requests.
    Md5(super::Md5),
    Sha1(Sha1),
    Sha256(Sha256),
    Sha512(Box<Sha512>),
}

impl Digest {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Digest::XxHash128(digest) => digest.write(bytes),
            Digest::XxHash3(digest) => std::hash::Hasher::write(&mut **digest, bytes),
            Digest::Crc64Nvme(digest) => digest.update(bytes),
            Digest::XxHash64(digest) => std::hash::Hasher::write(digest, bytes),
            Digest::Crc32C(digest) => digest.update(bytes),
            Digest::Crc32(digest) => digest.update(bytes),
            Digest::Md5(digest) => digest.update(bytes),
            Digest::Sha1(digest) => digest.update(bytes),
            Digest::Sha256(digest) => digest.update(bytes),
            Digest::Sha512(digest) => digest.update(bytes),
        }
    }

    /// The checksum in wire format: big-endian, base64.
    pub(crate) fn finish(self) -> String {
        match self {
            Digest::XxHash128(digest) => value::encode(&digest.finish_128().to_be_bytes()),
            Digest::XxHash3(digest) => value::encode(&std::hash::Hasher::finish(&*digest).to_be_bytes()),
            Digest::Crc64Nvme(digest) => value::encode(&digest.finalize().to_be_bytes()),
            Digest::XxHash64(digest) => value::encode(&std::hash::Hasher::finish(&digest).to_be_bytes()),
            Digest::Crc32C(digest) => value::encode(&digest.finalize().to_be_bytes()),
            Digest::Crc32(digest) => value::encode(&digest.finalize().to_be_bytes()),
            Digest::Md5(digest) => value::encode(&digest.finalize()),
            Digest::Sha1(digest) => value::encode(&digest.finalize()),
            Digest::Sha256(digest) => value::encode(&digest.finalize()),
            Digest::Sha512(digest) => value::encode(&digest.finalize()),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// From botocore's `functional/test_httpchecksum.py`: checksums of `Hello world`.
    pub(crate) const HELLO_WORLD: [(&str, &str); 9] = [
        ("CRC32", "i9aeUg=="),
        ("CRC32C", "crUfeA=="),
        ("CRC64NVME", "OOJZ0D8xKts="),
        ("SHA1", "e1AsOh9IyGCa4hLN+2Od7jlnP14="),
        ("SHA256", "ZOyIygCyaOW6GjVnihtTFtIS9PNmskdyMlNKiuyjfzw="),
        ("SHA512", "t/eDuu2Cl/DbkXRiGE/08I5pwtXl95qUJgD5cl9Yzh8pwYE5v4CwbA//K900c4RS7PQMSIwip+PYDN9vnBwNRw=="),
        ("XXHASH64", "xQCwyRKzdtg="),
        ("XXHASH3", "tqy52Eo4/3Q="),
        ("XXHASH128", "c1H4mBL5c4K5HQWzHgTdfw=="),
    ];

    #[test]
    fn checksums_match_botocore_vectors() {
        for (name, expected) in HELLO_WORLD {
            let algorithm = Algorithm::of(name).unwrap();
            assert_eq!(algorithm.to_string(), name);
            let mut digest = algorithm.digest();
            digest.update(b"Hello");
            digest.update(b" world");
            assert_eq!(digest.finish(), expected, "{name}");
            assert_eq!(algorithm.text_length(), expected.len(), "{name}");
        }
        assert_eq!(Algorithm::of("md5"), None);
    }
}

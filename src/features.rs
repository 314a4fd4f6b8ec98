//! Feature ids of the `User-Agent` header, which tell the service which features a call uses: `m/E,Z,b`.

use std::ops::{BitOr, BitOrAssign};

/// A set of features, empty by default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Features(u64);

/// The ids are those of all SDKs (botocore's `useragent.py: _USERAGENT_FEATURE_MAPPINGS`).
macro_rules! features {
    ($($name:ident = $id:literal;)+) => {
        #[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms, reason = "counts the names of the constants")]
        enum FeatureIndex { $($name),+ }

        const IDS: &[&str] = &[$($id),+];

        #[allow(dead_code, reason = "some ids are not used yet")]
        impl Features {
            $(pub(crate) const $name: Features = Features(1 << FeatureIndex::$name as u32);)+
        }
    };
}

features! {
    WAITER = "B";
    PAGINATOR = "C";
    RETRY_STANDARD = "E";
    RETRY_ADAPTIVE = "F";
    GZIP_REQUEST = "L";
    CBOR = "M";
    ENDPOINT_OVERRIDE = "N";
    ACCOUNT_ID_PREFERRED = "P";
    ACCOUNT_ID_DISABLED = "Q";
    ACCOUNT_ID_REQUIRED = "R";
    SIGV4A = "S";
    RESOLVED_ACCOUNT_ID = "T";
    CRC32 = "U";
    CRC32C = "V";
    CRC64 = "W";
    SHA1 = "X";
    SHA256 = "Y";
    REQUEST_CHECKSUM_WHEN_SUPPORTED = "Z";
    REQUEST_CHECKSUM_WHEN_REQUIRED = "a";
    RESPONSE_CHECKSUM_WHEN_SUPPORTED = "b";
    RESPONSE_CHECKSUM_WHEN_REQUIRED = "c";
    CREDENTIALS_CODE = "e";
    CREDENTIALS_ENVIRONMENT = "g";
    CREDENTIALS_ENVIRONMENT_WEB_IDENTITY = "h";
    CREDENTIALS_ASSUME_ROLE = "i";
    CREDENTIALS_WEB_IDENTITY = "k";
    CREDENTIALS_PROFILE = "n";
    CREDENTIALS_SOURCE_PROFILE = "o";
    CREDENTIALS_NAMED_SOURCE = "p";
    CREDENTIALS_PROFILE_WEB_IDENTITY = "q";
    CREDENTIALS_PROFILE_SSO = "r";
    CREDENTIALS_SSO = "s";
    CREDENTIALS_PROFILE_SSO_LEGACY = "t";
    CREDENTIALS_SSO_LEGACY = "u";
    CREDENTIALS_PROFILE_PROCESS = "v";
    CREDENTIALS_PROCESS = "w";
    CREDENTIALS_BOTO_CONFIG = "x";
    CREDENTIALS_HTTP = "z";
    CREDENTIALS_IMDS = "0";
    BEARER_ENVIRONMENT = "3";
    CREDENTIALS_PROFILE_LOGIN = "AC";
    CREDENTIALS_LOGIN = "AD";
    MD5 = "AE";
    SHA512 = "AF";
    XXHASH3 = "AG";
    XXHASH64 = "AH";
    XXHASH128 = "AI";
    REGION_REDIRECT = "Ah";
}

impl Features {
    pub(crate) const NONE: Features = Features(0);

    /// The union of two sets, for constants.
    pub(crate) const fn and(self, other: Features) -> Features {
        Features(self.0 | other.0)
    }

    /// The set if the condition holds, otherwise none.
    pub(crate) fn when(self, condition: bool) -> Features {
        if condition { self } else { Features::NONE }
    }

    /// The ids, in the order of the table.
    pub(crate) fn ids(self) -> impl Iterator<Item = &'static str> {
        IDS.iter().enumerate().filter(move |(index, _)| self.0 >> index & 1 == 1).map(|(_, id)| *id)
    }

    /// The feature of a checksum header `x-amz-checksum-NAME`; none if `NAME` is not an algorithm.
    pub(crate) fn of_checksum(name: &str) -> Features {
        match name {
            "crc32" => Features::CRC32,
            "crc32c" => Features::CRC32C,
            "crc64nvme" => Features::CRC64,
            "sha1" => Features::SHA1,
            "sha256" => Features::SHA256,
            "md5" => Features::MD5,
            "sha512" => Features::SHA512,
            "xxhash3" => Features::XXHASH3,
            "xxhash64" => Features::XXHASH64,
            "xxhash128" => Features::XXHASH128,
            _ => Features::NONE,
        }
    }
}

impl BitOr for Features {
    type Output = Features;

    fn bitor(self, other: Features) -> Features {
        self.and(other)
    }
}

impl BitOrAssign for Features {
    fn bitor_assign(&mut self, other: Features) {
        *self = *self | other;
    }
}

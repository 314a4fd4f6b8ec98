//! Modules for `#[serde(with = "..")]` on the fields of types for [`Client::call_as`](crate::Client::call_as): bytes and
//! times, which are text in the [value convention](crate#values). All of them work for `Option` too, with
//! `#[serde(default)]` for a member that may be absent.
//!
//! ```
//! use std::time::SystemTime;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! #[serde(rename_all = "PascalCase")]
//! struct Secret {
//!     name: String,
//!     #[serde(default, with = "tucuxi::serde::bytes")]
//!     secret_binary: Option<Vec<u8>>,
//!     #[serde(with = "tucuxi::serde::rfc3339")]
//!     created_date: SystemTime,
//! }
//!
//! let value = serde_json::json!({"Name": "a", "SecretBinary": "aGVsbG8=", "CreatedDate": "2015-01-25T08:00:12Z"});
//! let secret: Secret = serde_json::from_value(value.clone())?;
//! assert_eq!(secret.secret_binary.as_deref(), Some(&b"hello"[..]));
//! assert_eq!(serde_json::to_value(&secret)?, value);
//! # Ok::<(), serde_json::Error>(())
//! ```

mod field;

/// Blobs as `Vec<u8>` or `Option<Vec<u8>>`.
pub mod bytes {
    use serde::{Deserializer, Serializer};

    use super::field::BlobField;

    /// Writes bytes as base64 text.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<F: BlobField, S: Serializer>(field: &F, serializer: S) -> Result<S::Ok, S::Error> {
        field.write(serializer)
    }

    /// Reads bytes from base64 text.
    ///
    /// # Errors
    /// For anything else.
    pub fn deserialize<'de, F: BlobField, D: Deserializer<'de>>(deserializer: D) -> Result<F, D::Error> {
        F::read(deserializer)
    }
}

/// Timestamps as `SystemTime` or `Option<SystemTime>`, written as RFC 3339 text.
pub mod rfc3339 {
    use serde::{Deserializer, Serializer};

    use super::field::{TimeField, TimeStyle};

    /// Writes a time as RFC 3339 text in UTC.
    ///
    /// # Errors
    /// For a time outside of the years 1 to 9999.
    pub fn serialize<F: TimeField, S: Serializer>(field: &F, serializer: S) -> Result<S::Ok, S::Error> {
        field.write(TimeStyle::Rfc3339, serializer)
    }

    /// Reads a time from text in any format that services use, or from epoch seconds.
    ///
    /// # Errors
    /// For anything else.
    pub fn deserialize<'de, F: TimeField, D: Deserializer<'de>>(deserializer: D) -> Result<F, D::Error> {
        F::read(deserializer)
    }
}

/// Timestamps as `SystemTime` or `Option<SystemTime>`, written as a number of epoch seconds.
pub mod timestamp_seconds {
    use serde::{Deserializer, Serializer};

    use super::field::{TimeField, TimeStyle};

    /// Writes a time as epoch seconds: an integer, or a float for a fraction of a second.
    ///
    /// # Errors
    /// For a time outside of the years 1 to 9999.
    pub fn serialize<F: TimeField, S: Serializer>(field: &F, serializer: S) -> Result<S::Ok, S::Error> {
        field.write(TimeStyle::EpochSeconds, serializer)
    }

    /// Reads a time from text in any format that services use, or from epoch seconds.
    ///
    /// # Errors
    /// For anything else.
    pub fn deserialize<'de, F: TimeField, D: Deserializer<'de>>(deserializer: D) -> Result<F, D::Error> {
        F::read(deserializer)
    }
}

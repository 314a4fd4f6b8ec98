//! Errors of quirks and generators: each message is written here.

use std::fmt;

use crate::error::{Error, ErrorKind};

/// Why a quirk or a generator fails.
#[derive(Debug, thiserror::Error)]
pub(super) enum QuirkError {
    /// `path` starts after `input.`.
    #[error("input.{path}: {problem}")]
    Parameter { path: String, problem: String },
    #[error("input: expected object, found {0}")]
    NotAnObject(&'static str),
    #[error("cannot generate \"{name}\": a client of this service generates {}", Known(known))]
    UnknownGenerator { name: String, known: Vec<&'static str> },
    #[error("s3_use_accelerate_endpoint: expected false, because S3 Control has no accelerated endpoint")]
    NoAcceleratedEndpoint,
    #[error("presign: expected the body to be a JSON object of strings and lists of strings")]
    NotAFlatBody,
    #[error("metadata: apiVersion cannot stand in a header")]
    VersionNotInHeader,
    #[error("input.body: could not be read for its checksums")]
    BodyNotRead,
    #[error("the closure could not sign")]
    NotSigned,
    #[error("the response is corrupt: its CRC32 checksum is {found}, expected {announced}")]
    Corrupt { found: u32, announced: u32 },
}

impl QuirkError {
    fn kind(&self) -> ErrorKind {
        match self {
            QuirkError::Parameter { .. } | QuirkError::NotAnObject(_) => ErrorKind::Validation,
            QuirkError::UnknownGenerator { .. } => ErrorKind::UnknownOperation,
            QuirkError::NoAcceleratedEndpoint => ErrorKind::Config,
            QuirkError::NotAFlatBody | QuirkError::VersionNotInHeader => ErrorKind::Model,
            QuirkError::BodyNotRead => ErrorKind::Body,
            QuirkError::NotSigned => ErrorKind::Signing,
            // Worth a retry.
            QuirkError::Corrupt { .. } => ErrorKind::Connection,
        }
    }

    pub(super) fn caused_by(self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
        Error::from(self).with_source(source)
    }
}

impl From<QuirkError> for Error {
    fn from(error: QuirkError) -> Self {
        Error::new(error.kind(), error.to_string())
    }
}

/// The names of generators.
struct Known<'a>(&'a [&'static str]);

impl fmt::Display for Known<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => f.write_str("nothing"),
            names => f.write_str(&names.join(", ")),
        }
    }
}

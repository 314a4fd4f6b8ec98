//! Why a request cannot be signed. Each message is written here.

use std::time::Duration;

use http::HeaderName;
use http::uri::InvalidUri;

use super::Scheme;
use crate::error::{Error, ErrorKind};

#[derive(Debug, thiserror::Error)]
pub(super) enum SignError {
    // The selection of a scheme.
    #[error("metadata: unknown signatureVersion \"{0}\"")]
    UnknownVersion(String),
    #[error("the endpoint requires one of the auth schemes {0:?}, none of which is supported")]
    UnsupportedSchemes(Vec<String>),
    #[error("neither the model nor the endpoint names an auth scheme")]
    NoScheme,
    #[error("no region to sign for")]
    NoRegion,
    #[error("the credentials are of the wrong kind for {0:?}")]
    WrongSigner(Scheme),

    // All signatures.
    #[error("the clock is outside of the years 1 to 9999")]
    ClockOutOfRange,
    #[error("the URL has no host")]
    NoHost,
    #[error("header {0}: expected UTF-8, found other bytes")]
    NotUtf8(HeaderName),
    #[error("{0}: characters that are not allowed in a header")]
    InvalidHeader(String),

    // URLs and forms.
    #[error(
        "presign: the operation is not signed with signature version 4, the only one that works in a URL or a form"
    )]
    NotVersion4,
    #[error("presign: expected an expiry of 1 second to 7 days (604800 seconds), found {0:?}")]
    InvalidExpiry(Duration),
    #[error("the signed URL is too long: its parameters belong in a request body")]
    UrlTooLong(#[source] InvalidUri),
    #[error(
        "a form cannot be signed for several regions (SigV4a); use a bucket instead of a multi-region access point"
    )]
    FormForSeveralRegions,
    #[error("ExpiresIn: the end is out of the clock's range")]
    EndOutOfRange,

    // Signature version 2.
    #[error("the credentials are of the wrong kind for signature version 2")]
    TokenForVersion2,
    #[error("signature version 2: {0}")]
    Version2(Version2Problem),

    // Bearer tokens.
    #[error("a bearer token may only be sent over https")]
    TokenWithoutTls,
    #[error("the bearer token has characters that are not allowed in a header")]
    InvalidToken,
}

/// Why a form cannot be signed with signature version 2.
#[derive(Debug, thiserror::Error)]
pub(super) enum Version2Problem {
    #[error("expected a form as the body, found other bytes")]
    NoForm,
    #[error("the URL has no host")]
    NoHost,
    #[error("the clock is out of range")]
    ClockOutOfRange,
    #[error("the secret key cannot be used")]
    UnusableKey,
}

impl SignError {
    fn kind(&self) -> ErrorKind {
        match self {
            SignError::UnknownVersion(_) => ErrorKind::Model,
            SignError::NotVersion4 | SignError::FormForSeveralRegions => ErrorKind::Unsupported,
            SignError::InvalidExpiry(_) | SignError::EndOutOfRange => ErrorKind::Validation,
            SignError::InvalidToken => ErrorKind::Credentials,
            _ => ErrorKind::Signing,
        }
    }
}

impl From<SignError> for Error {
    fn from(error: SignError) -> Self {
        let converted = Error::new(error.kind(), error.to_string());
        match error {
            SignError::UrlTooLong(source) => converted.with_source(source),
            _ => converted,
        }
    }
}

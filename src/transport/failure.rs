//! Connection errors.

use std::error::Error as StdError;
use std::{fmt, io};

use http::{StatusCode, Uri};

use super::{TransportError, TransportErrorKind};
use crate::codec::host::shown_host;

/// Source of a [`TransportError`](super::TransportError) from the HTTP client: the peer, what failed, and the timeout
/// if one expired.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) peer: String,
    pub(super) what: String,
    pub(super) source: Option<io::Error>,
}

/// TLS failure with a readable explanation.
#[derive(Debug)]
pub(super) struct TlsFailure {
    pub(super) what: String,
    /// A retry would fail in the same way.
    pub(super) is_final: bool,
    pub(super) source: Option<io::Error>,
}

/// A connection setting cannot be used; the text names it.
#[derive(Debug)]
pub(super) struct BadSetting(pub(super) String);

/// The connection broke. Wrapped because the HTTP client would take some of these errors for the regular end of a body
/// without a length.
#[derive(Debug)]
pub(super) struct BrokenConnection(pub(super) io::Error);

pub(super) fn is_reset(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(error.kind(), K::ConnectionReset | K::ConnectionAborted | K::BrokenPipe)
}

/// Rejects a success response if the server received only part of the request.
pub(super) fn check_whole(uri: &Uri, status: StatusCode, is_sent: bool) -> Result<(), TransportError> {
    if is_sent || !status.is_success() {
        return Ok(());
    }
    let what = format!("HTTP {} before the request's body was sent whole", status.as_u16());
    let failure = Failure { peer: shown_host(uri).to_owned(), what, source: None };
    Err(TransportError::new(TransportErrorKind::Broken, failure))
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.peer, self.what)
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

impl fmt::Display for BrokenConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for BrokenConnection {}

impl TlsFailure {
    pub(super) fn of(error: &io::Error) -> Option<&TlsFailure> {
        error.get_ref().and_then(|inner| inner.downcast_ref())
    }
}

impl fmt::Display for TlsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl StdError for TlsFailure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

impl fmt::Display for BadSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl StdError for BadSetting {}

//! Connection errors.

use std::error::Error as StdError;
use std::time::Duration;
use std::{fmt, io};

use http::{StatusCode, Uri};

use super::{TransportError, TransportErrorKind};
use crate::codec::host::shown_host;

/// Source of a [`TransportError`](super::TransportError) from the HTTP client.
#[derive(Debug)]
pub(super) struct PeerFailure {
    pub(super) peer: String,
    pub(super) cause: FailureCause,
    pub(super) source: Option<io::Error>,
}

/// Why a peer gave no response.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FailureCause {
    /// This did not come within the time limit.
    TimedOut(Missing, Duration),
    /// The connection ended before or within the response.
    ClosedEarly,
    /// The server reported success, with this status, before it had the whole request.
    PartialRequest(StatusCode),
    /// In the words of a lower layer.
    Other(String),
}

/// What a timeout waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    Connection,
    Byte,
    Response,
    /// The end of the attempt.
    End,
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
    let cause = FailureCause::PartialRequest(status);
    let failure = PeerFailure { peer: shown_host(uri).to_owned(), cause, source: None };
    Err(TransportError::new(TransportErrorKind::Broken, failure))
}

impl fmt::Display for PeerFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.peer, self.cause)
    }
}

impl fmt::Display for FailureCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (missing, limit) = match self {
            FailureCause::TimedOut(missing, limit) => (missing, limit),
            FailureCause::ClosedEarly => {
                return f.write_str("the server closed the connection before the response was complete");
            }
            FailureCause::PartialRequest(status) => {
                return write!(f, "HTTP {} before the request's body was sent whole", status.as_u16());
            }
            FailureCause::Other(text) => return f.write_str(text),
        };
        let missing = match missing {
            Missing::Connection => "no connection",
            Missing::Byte => "not a byte",
            Missing::Response => "no response",
            Missing::End => "not done",
        };
        write!(f, "{missing} within {limit:?}")
    }
}

impl StdError for PeerFailure {
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

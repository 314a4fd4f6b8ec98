//! Errors of connections.

use std::error::Error as StdError;
use std::{fmt, io};

use http::{StatusCode, Uri};

use super::{TransportError, TransportErrorKind, redact};

/// What a [`TransportError`](super::TransportError) of the HTTP client has as its source: with whom, what, and the limit where one
/// ran out.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) peer: String,
    pub(super) what: String,
    pub(super) source: Option<io::Error>,
}

/// The connection broke, in a way that the HTTP client would take for the regular end of a body without a length.
#[derive(Debug)]
pub(super) struct Cut(pub(super) io::Error);

pub(super) fn is_reset(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(error.kind(), K::ConnectionReset | K::ConnectionAborted | K::BrokenPipe)
}

/// Refuses the success of a request of which the server has only a part.
pub(super) fn check_whole(uri: &Uri, status: StatusCode, is_sent: bool) -> Result<(), TransportError> {
    if is_sent || !status.is_success() {
        return Ok(());
    }
    let what = format!("HTTP {} before the request's body was sent whole", status.as_u16());
    let failure = Failure { peer: redact::host(uri).to_owned(), what, source: None };
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

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for Cut {}

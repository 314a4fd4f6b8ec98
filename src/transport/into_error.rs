//! A transport's error as the error of a call.

use ::http::Uri;

use super::{TransportError, TransportErrorKind};
use crate::error::{Error, ErrorKind};

impl From<TransportError> for Error {
    /// The error that a call ends with when its only attempt gets no response.
    fn from(error: TransportError) -> Self {
        Error::new(kind(error.kind()), "no response").with_source(error)
    }
}

/// The error of an attempt that got no response.
pub(crate) fn no_response(error: TransportError, endpoint: &Uri) -> Error {
    // Neither path nor query: they may be confidential.
    let (scheme, authority) = (endpoint.scheme_str().unwrap_or_default(), endpoint.authority());
    let host = authority.map_or("", |authority| authority.as_str().rsplit('@').next().unwrap_or_default());
    Error::new(kind(error.kind()), format!("no answer from {scheme}://{host}")).with_source(error)
}

/// The class of the transport's error that caused this one.
pub(crate) fn transport_kind(error: &Error) -> Option<TransportErrorKind> {
    transport_error(error).map(TransportError::kind)
}

/// Whether the transport knows that another attempt would fail in the same way.
pub(crate) fn is_final_failure(error: &Error) -> bool {
    transport_error(error).is_some_and(TransportError::is_final)
}

fn transport_error(error: &Error) -> Option<&TransportError> {
    std::error::Error::source(error)?.downcast_ref()
}

fn kind(kind: TransportErrorKind) -> ErrorKind {
    match kind {
        TransportErrorKind::ConnectTimeout | TransportErrorKind::ReadTimeout => ErrorKind::Timeout,
        TransportErrorKind::Body => ErrorKind::Body,
        TransportErrorKind::Config => ErrorKind::Config,
        TransportErrorKind::Request => ErrorKind::Endpoint,
        TransportErrorKind::Malformed => ErrorKind::Response,
        _ => ErrorKind::Connection,
    }
}

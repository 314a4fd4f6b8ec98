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
    let source = std::error::Error::source(error)?;
    source.downcast_ref::<TransportError>().map(TransportError::kind)
}

fn kind(kind: TransportErrorKind) -> ErrorKind {
    match kind {
        TransportErrorKind::ConnectTimeout | TransportErrorKind::ReadTimeout => ErrorKind::Timeout,
        TransportErrorKind::Body => ErrorKind::Body,
        TransportErrorKind::Request => ErrorKind::Endpoint,
        TransportErrorKind::Malformed => ErrorKind::Response,
        _ => ErrorKind::Connection,
    }
}

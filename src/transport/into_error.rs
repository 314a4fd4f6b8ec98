//! Conversion of transport errors into call errors.

use ::http::Uri;

use super::{TransportError, TransportErrorKind};
use crate::codec::host::shown_host;
use crate::error::{Error, ErrorKind};

impl From<TransportError> for Error {
    /// Error of a call whose only attempt got no response.
    fn from(error: TransportError) -> Self {
        Error::new(kind(error.kind()), "no response").with_source(error)
    }
}

/// Error of an attempt that got no response. It names the endpoint's scheme and host.
pub(crate) fn no_response(error: TransportError, endpoint: &Uri) -> Error {
    let error = match error.into_test_double_error() {
        Ok(own) => return own,
        Err(error) => error,
    };
    // Path and query may be confidential.
    let (scheme, host) = (endpoint.scheme_str().unwrap_or_default(), shown_host(endpoint));
    Error::new(kind(error.kind()), format!("no response from {scheme}://{host}")).with_source(error)
}

/// Class of the transport error that caused this error.
pub(crate) fn transport_kind(error: &Error) -> Option<TransportErrorKind> {
    transport_error(error).map(TransportError::kind)
}

/// Whether the transport knows that a retry would fail in the same way.
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
        TransportErrorKind::Cancelled => ErrorKind::Cancelled,
        _ => ErrorKind::Connection,
    }
}

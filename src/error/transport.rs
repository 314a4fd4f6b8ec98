//! Errors of a transport: an attempt without a response.

use std::{fmt, io};

use super::{Error, ErrorKind, Source, write_one_line};

/// Error of an attempt that got no response.
pub struct TransportError {
    kind: TransportErrorKind,
    /// A retry would fail in the same way.
    is_final: bool,
    source: Source,
}

/// The class of a [`TransportError`]; retries and error messages depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection: name resolution failed, or the connection was refused, unreachable or failed at the proxy.
    /// Nothing was sent.
    Connect,
    /// The TLS handshake failed: certificate, host name or protocol version. The server did not process the request.
    Tls,
    /// No connection within the connect timeout. Nothing was sent.
    ConnectTimeout,
    /// Connected, but no response within the read timeout. The server may have processed the request.
    ReadTimeout,
    /// The connection broke after it was used: reset, closed early, or not HTTP. The server may have processed the
    /// request.
    Broken,
    /// The response head is malformed: it contradicts itself about the body length, or is far too large. A retry would
    /// fail in the same way. The server may have processed the request.
    Malformed,
    /// A proxy permanently refused to open a connection: it requires authentication or forbids the host. Nothing was
    /// sent.
    Proxy,
    /// The request's body could not be read from its source.
    Body,
    /// A transport setting cannot be used, such as an unreadable CA bundle or client certificate. Nothing was sent.
    Config,
    /// The request cannot be sent: malformed URL or unsupported scheme. Nothing was sent.
    Request,
    /// The request's cancel token was cancelled, so it is not sent again. The server may have processed the request.
    Cancelled,
}

/// Cause of an error that a cancel token made: the source of a [`TransportErrorKind::Cancelled`], and the inner error
/// of the [`io::Error`] with which a read of a response body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cancelled;

impl Cancelled {
    /// Whether a cancel token made this error.
    pub(crate) fn is_cause_of(error: &io::Error) -> bool {
        error.get_ref().is_some_and(|inner| inner.is::<Cancelled>())
    }
}

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cancelled")
    }
}

impl std::error::Error for Cancelled {}

impl From<Cancelled> for io::Error {
    fn from(cancelled: Cancelled) -> Self {
        // Not `Interrupted`, after which the readers of the standard library try again.
        io::Error::other(cancelled)
    }
}

impl From<Cancelled> for TransportError {
    fn from(cancelled: Cancelled) -> Self {
        TransportError::new(TransportErrorKind::Cancelled, cancelled)
    }
}

impl TransportError {
    /// Creates an error of this class with its cause.
    pub fn new(kind: TransportErrorKind, source: impl Into<Source>) -> Self {
        TransportError { kind, is_final: false, source: source.into() }
    }

    /// Marks the error as permanent: a retry would fail in the same way.
    pub(crate) fn into_final(mut self) -> Self {
        self.is_final = true;
        self
    }

    /// The error of a test double, of kind [`ErrorKind::Stub`], as which the call ends.
    pub(crate) fn of_test_double(error: Error) -> Self {
        TransportError::new(TransportErrorKind::Request, error).into_final()
    }

    /// The error of a test double, if it is one.
    pub(crate) fn into_test_double_error(self) -> Result<Error, TransportError> {
        if self.source.downcast_ref::<Error>().is_none_or(|error| error.kind() != ErrorKind::Stub) {
            return Err(self);
        }
        let TransportError { kind, is_final, source } = self;
        source.downcast::<Error>().map(|error| *error).map_err(|source| TransportError { kind, is_final, source })
    }

    pub(crate) fn is_final(&self) -> bool {
        self.is_final || self.kind == TransportErrorKind::Cancelled
    }

    /// The class of the error.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            TransportErrorKind::Connect => "could not connect",
            TransportErrorKind::Tls => "TLS failed",
            TransportErrorKind::ConnectTimeout => "connecting took too long",
            TransportErrorKind::ReadTimeout => "the response took too long",
            TransportErrorKind::Broken => "the connection broke",
            TransportErrorKind::Malformed => "the response cannot be read",
            TransportErrorKind::Proxy => "the proxy refused",
            TransportErrorKind::Body => "the request's body could not be read",
            TransportErrorKind::Config => "a setting cannot be used",
            TransportErrorKind::Request => "the request cannot be sent",
            TransportErrorKind::Cancelled if self.source.is::<Cancelled>() => return f.write_str("cancelled"),
            TransportErrorKind::Cancelled => "cancelled",
        };
        write_one_line(f, format_args!("{what}: {}", self.source))
    }
}

impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_one_line(f, format_args!("TransportError({:?}, {})", self.kind, self.source))
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.source.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cancelled_is_final_and_recognizable() {
        let error = TransportError::from(Cancelled);
        assert_eq!((error.kind(), error.is_final()), (TransportErrorKind::Cancelled, true));
        assert_eq!(error.to_string(), "cancelled");
        // Made by somebody else's transport.
        let error = TransportError::new(TransportErrorKind::Cancelled, "at shutdown");
        assert_eq!((error.to_string().as_str(), error.is_final()), ("cancelled: at shutdown", true));

        let error = io::Error::from(Cancelled);
        assert!(Cancelled::is_cause_of(&error));
        assert_eq!(error.kind(), io::ErrorKind::Other);
        assert!(!Cancelled::is_cause_of(&io::Error::other("cancelled")));
    }
}

//! HTTP transport: the [`Transport`] trait and the HTTP/1.1 client that implements it. All network I/O of the crate
//! happens here.

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[cfg_attr(not(feature = "rustls"), allow(dead_code, reason = "the system library parses certificates itself"))]
mod certificate;
mod chunks;
mod failure;
mod head;
mod http;
mod inbound;
mod into_error;
mod malformed;
#[cfg(any(feature = "rustls", feature = "native-tls"))]
mod pem;
mod progress;
mod proxy;
mod redact;
mod request;
mod response;
mod settings;
mod tcp;
#[cfg(feature = "rustls")]
mod tls;

use std::fmt;
use std::time::Duration;

use ::http::{Request, Response};

use crate::Body;
use crate::error::write_one_line;
use crate::moment::finite;

pub use self::http::HttpTransport;
pub(crate) use self::into_error::{is_final_failure, no_response, transport_kind};
pub(crate) use self::progress::reading_until;
pub(crate) use self::redact::target as redacted;
pub use self::settings::{ProxyUrl, TransportConfig};

type Source = Box<dyn std::error::Error + Send + Sync + 'static>;

/// Sends one HTTP request and returns the response, whatever its status. One call is one attempt: an implementation
/// does not follow redirects, retry, decompress or change the path or query.
///
/// A closure `Fn(http::Request<Body>) -> Result<http::Response<Body>, TransportError>` is also a transport, for tests
/// and offline use:
///
/// ```
/// use tucuxi::{Body, Credentials, Session};
/// let session = Session::builder()
///     .region("eu-west-1")
///     .credentials(Credentials::new("AKID", "secret"))
///     .transport(|request: http::Request<Body>| {
///         assert_eq!(request.uri().host(), Some("sqs.eu-west-1.amazonaws.com"));
///         Ok(http::Response::new(Body::from(r#"{"QueueUrls": ["https://example/q"]}"#)))
///     })
///     .build()?;
/// let queues = session.client("sqs")?.call("list_queues", serde_json::json!({}))?;
/// assert_eq!(queues["QueueUrls"][0], "https://example/q");
/// # Ok::<(), tucuxi::Error>(())
/// ```
pub trait Transport: Send + Sync {
    /// Sends the request. The caller may read the response body after this returns; a failure while reading is an
    /// `io::Error`.
    fn send(&self, request: Request<Body>, options: &SendOptions) -> Result<Response<Body>, TransportError>;
}

impl<F> Transport for F
where
    F: Fn(Request<Body>) -> Result<Response<Body>, TransportError> + Send + Sync,
{
    fn send(&self, request: Request<Body>, _: &SendOptions) -> Result<Response<Body>, TransportError> {
        self(request)
    }
}

/// Timeouts of one attempt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SendOptions {
    /// Limit for establishing a connection, including the TLS handshake. `None` means no limit.
    pub connect_timeout: Option<Duration>,
    /// Limit for the time between two bytes (idle timeout). `None` means no limit.
    pub read_timeout: Option<Duration>,
    /// Limit for the whole attempt, including the response body. `None` means no limit.
    pub total_timeout: Option<Duration>,
    /// Limit for the time from the start of the attempt to the end of the response head. `None` means no limit. Use it
    /// instead of `total_timeout` when reading the body may take any length of time.
    pub response_timeout: Option<Duration>,
}

/// Request extension that marks a sensitive path or query. Logs show this template of both instead of the target.
#[derive(Debug, Clone)]
pub(crate) struct SecretTarget(pub(crate) String);

impl SendOptions {
    /// Drops timeouts that are too long to take effect.
    fn finite(&self) -> SendOptions {
        SendOptions {
            connect_timeout: finite(self.connect_timeout),
            read_timeout: finite(self.read_timeout),
            total_timeout: finite(self.total_timeout),
            response_timeout: finite(self.response_timeout),
        }
    }
}

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

    pub(crate) fn is_final(&self) -> bool {
        self.is_final
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

//! The one place where bytes leave the process: the [`Transport`] trait, and the HTTP/1.1 client behind it.

mod answer;
#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[cfg_attr(not(feature = "rustls"), allow(dead_code, reason = "the system's library looks into certificates itself"))]
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

/// Sends one signed request and gives the answer back, whatever its status. One call is one attempt: an implementation
/// follows no redirect, repeats nothing, decompresses nothing and changes neither path nor query.
///
/// A closure `Fn(http::Request<Body>) -> Result<http::Response<Body>, TransportError>` is a transport too, for tests and
/// offline use:
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
    /// Sends the request. The response's body may be read after this returns; errors while reading it are `io::Error`s.
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

/// The limits of one attempt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SendOptions {
    /// The most time from the beginning of a connection to its end (TLS included); none when absent.
    pub connect_timeout: Option<Duration>,
    /// The most time between two bytes of the answer; none when absent.
    pub read_timeout: Option<Duration>,
    /// The most time for the whole attempt, body included; none when absent.
    pub total_timeout: Option<Duration>,
    /// The most time from the beginning of the attempt until the head of the answer is there; none when absent. It is for
    /// answers whose body may be read for as long as it takes.
    pub answer_timeout: Option<Duration>,
}

/// An extension of requests whose path or query has something sensitive in it: the template of both, which logs show in their place.
#[derive(Debug, Clone)]
pub(crate) struct SecretTarget(pub(crate) String);
impl SendOptions {
    /// Without the limits that are too long to end.
    fn finite(&self) -> SendOptions {
        SendOptions {
            connect_timeout: finite(self.connect_timeout),
            read_timeout: finite(self.read_timeout),
            total_timeout: finite(self.total_timeout),
            answer_timeout: finite(self.answer_timeout),
        }
    }
}

/// Why an attempt got no answer.
pub struct TransportError {
    kind: TransportErrorKind,
    /// It would be the same the next time.
    is_final: bool,
    source: Source,
}

/// The class of a [`TransportError`]; retries and error messages depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection came about: name resolution, refused, unreachable, proxy. Nothing was sent.
    Connect,
    /// The TLS handshake failed: certificate, name or protocol. The request was not processed.
    Tls,
    /// No connection within the connect time-out. Nothing was sent.
    ConnectTimeout,
    /// Connected, but no answer within the read time-out. The request may have been processed.
    ReadTimeout,
    /// The connection broke after it was used: reset, closed early, not HTTP. The request may have been processed.
    Broken,
    /// A response came whose head cannot be read: it contradicts itself about the end of its body, or is far too large. It would
    /// be the same the next time. The request may have been processed.
    Malformed,
    /// A proxy refused to make a connection, in a way that does not pass: it wants a password, it forbids the host. Nothing was
    /// sent.
    Proxy,
    /// The request's body could not be read from its source.
    Body,
    /// A setting of the transport cannot be used: a CA bundle or client certificate that cannot be read. Nothing was sent.
    Config,
    /// The request cannot be sent as it is (a malformed URL, an unsupported scheme). Nothing was sent.
    Request,
}

impl TransportError {
    /// An error of that class, with its cause.
    pub fn new(kind: TransportErrorKind, source: impl Into<Source>) -> Self {
        TransportError { kind, is_final: false, source: source.into() }
    }

    /// The same error, known to come again: another attempt is of no use.
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
            TransportErrorKind::ReadTimeout => "the answer took too long",
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

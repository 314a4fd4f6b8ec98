//! HTTP transport: the [`Transport`] trait and the HTTP/1.1 client that implements it. All network I/O of the crate
//! happens here.

mod attempt;
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
mod proxy;
mod redact;
mod request;
mod response;
mod settings;
mod tcp;
#[cfg(feature = "rustls")]
mod tls;

use std::time::Duration;

use ::http::{Request, Response};

use crate::Body;
use crate::cancel::CancelToken;
use crate::moment::finite;

pub(crate) use self::attempt::reading_until;
pub use self::http::HttpTransport;
pub(crate) use self::into_error::{is_final_failure, no_response, transport_kind};
pub(crate) use self::redact::target as redacted;
pub use self::settings::{ProxyUrl, TransportConfig};
pub(crate) use crate::error::{TransportError, TransportErrorKind};

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

/// What ends one attempt early: timeouts and a cancel token.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
    /// Ends the attempt from another thread, the reading of the response body included: `send` then returns
    /// [`TransportErrorKind::Cancelled`](crate::TransportErrorKind::Cancelled), and a read of the body an error.
    ///
    /// A transport may ignore the token. A call checks it before each attempt, so the call still ends, but only after
    /// the attempt that is running.
    pub cancel: Option<CancelToken>,
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
            cancel: self.cancel.clone(),
        }
    }
}

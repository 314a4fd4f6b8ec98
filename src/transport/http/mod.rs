//! [`HttpTransport`]: HTTP/1.1 over TCP and TLS, built on `ureq`. Only this module and its submodules use `ureq`.
//!
//! `ureq` writes heads, frames bodies, parses responses and keeps idle connections. Custom connection layers, listed
//! from the socket outwards, do the rest:
//!
//! ```text
//! Tunnel            CONNECT for https through a proxy; forwarded requests use the absolute form instead
//! TcpConnector      resolves the host and connects, only if the pool has no idle connection
//!   Socket            delivers a response that arrives before the whole request body is sent
//! TlsConnector      TLS; transports with equal settings share one configuration, created on first use
//!   Exchange          lenient heads, interim (1xx) responses, chunks; a broken connection is an error of the body; lends
//!                     the connection to the reader of a large body
//! ```
//!
//! **Timeouts.** The connect timeout covers name resolution, TCP, proxy and TLS together. The read timeout is an idle
//! timeout: every byte sent or received restarts it, so it never interrupts a long but steady download or upload. All
//! other timeouts become deadlines when the request is sent; the layers derive the timeout of each system call from
//! them.
//!
//! **Cancellation.** A cancel token cuts every wait for the network into short steps, between which it is checked. Its
//! connection is closed. Connecting runs in a thread of its own, since no system call stops it. Without a token no wait
//! is cut.
//!
//! **One attempt.** A request is sent once, with one exception: a server may close an idle connection just as it is
//! taken from the pool. If a *reused* connection breaks before any byte of the response arrives, and the server cannot
//! have acted on the request, the request is resent on a new connection. The server cannot have acted if the method is
//! safe (GET, HEAD, OPTIONS, TRACE), if no byte could be written, or if none of the body was sent yet
//! (`Expect: 100-continue`). Everything else is [`TransportErrorKind::Broken`], and the retry policy decides.

mod buffers;
mod connect;
mod errors;
mod exchange;
mod lend;
#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
mod plain;
mod prepare;
mod resolve;
mod route;
#[cfg(any(feature = "rustls", feature = "native-tls"))]
mod secure;
mod shared;
mod socket;
mod timeouts;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{Request, Response};
use ureq::SendBody;

use self::errors::{classify, no_response};
use self::prepare::PreparedRequest;
use self::shared::PoolOfConnections;
use super::attempt::{self, Directions, Observations};
use super::request::BodySource;
use super::settings::{ProxyFor, TransportConfig};
use super::{SendOptions, Transport, TransportError, TransportErrorKind, redact};
use crate::Body;
use crate::cancel::CancelToken;
use crate::error::Cancelled;

/// Room for the time that libraries add to a deadline.
const DEADLINE_HEADROOM: Duration = Duration::from_secs(1 << 32);
/// Time to wait for `100 Continue`, as in botocore's `awsrequest.py: AWSConnection`.
const AWAIT_CONTINUE: Duration = Duration::from_secs(1);

/// Default transport: HTTP/1.1 with a connection pool.
///
/// It is cheap to create and to clone (clones share the pool), and many threads may use it at once. Applications need
/// it only to wrap it in a [`Transport`] of their own:
///
/// ```
/// use tucuxi::{Body, HttpTransport, SendOptions, Transport, TransportError};
///
/// struct Counted(HttpTransport, std::sync::atomic::AtomicU64);
///
/// impl Transport for Counted {
///     fn send(&self, request: http::Request<Body>, options: &SendOptions) -> Result<http::Response<Body>, TransportError> {
///         self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
///         self.0.send(request, options)
///     }
/// }
/// ```
///
/// Requests: the target is sent exactly as in the URL, without the fragment. Headers are sent as given; `Host`,
/// `Accept-Encoding: identity` and `Content-Length` or `Transfer-Encoding: chunked` are added if missing. With
/// `Expect: 100-continue`, the body waits up to one second for `100 Continue`; a final response before that is returned
/// and the body is not sent. The same holds for a response that arrives while the body is being sent, if the server
/// closes the connection or stops reading. A success response to an incomplete request is
/// [`Broken`](TransportErrorKind::Broken).
///
/// Resending: a request is sent once, with one exception. If a *reused* connection breaks before any byte of the
/// response arrives, and the server cannot have acted on the request, the request is sent again on a new connection.
/// This applies to GET, HEAD, OPTIONS and TRACE, to requests of which no byte could be written, and to bodies held back
/// for `100 Continue`.
///
/// Responses: a head may have up to 63 KiB and any number of header fields within that. Folded lines are joined. An
/// invalid header field (brackets in the name, no colon, control characters) is dropped. Body framing is strict: an
/// invalid or contradictory `Content-Length`, or a `Transfer-Encoding` other than `chunked`, is
/// [`TransportErrorKind::Malformed`]. Invalid chunks are body errors of [`io::ErrorKind::InvalidData`].
///
/// Response bodies: the caller's reads pull the body from the connection. A body read to its end returns the connection
/// to the pool; dropping it earlier closes the connection. A truncated body is an error of
/// [`io::ErrorKind::UnexpectedEof`], an unresponsive server one of [`io::ErrorKind::TimedOut`]. (With the feature
/// `native-tls`, system libraries do not distinguish a truncated TLS connection from a closed one, so a body with
/// neither length nor chunks can be truncated unnoticed. AWS sends none.)
///
/// Cancellation: [`SendOptions::cancel`] ends name resolution, connecting, handshakes, sending, waiting for a response
/// and reading its body within a fraction of a second, and closes the connection. A read of the body then fails with an
/// error of [`io::ErrorKind::Other`] whose text is `cancelled`. Only a request body whose source blocks is waited for.
///
/// [`io::ErrorKind::InvalidData`]: std::io::ErrorKind::InvalidData
/// [`io::ErrorKind::Other`]: std::io::ErrorKind::Other
/// [`io::ErrorKind::TimedOut`]: std::io::ErrorKind::TimedOut
/// [`io::ErrorKind::UnexpectedEof`]: std::io::ErrorKind::UnexpectedEof
#[derive(Clone)]
pub struct HttpTransport {
    pool: Arc<PoolOfConnections>,
    proxy_for: Option<Arc<ProxyFor>>,
}

impl HttpTransport {
    /// Creates a transport with the default settings.
    pub fn new() -> Self {
        HttpTransport::with_config(TransportConfig::new())
    }

    /// Creates a transport with these settings and connections of its own. Nothing is read or connected yet: a missing CA
    /// bundle is an error of the first `https` request.
    pub fn with_config(config: TransportConfig) -> Self {
        HttpTransport { pool: PoolOfConnections::private(config.pool()), proxy_for: config.proxy_for }
    }

    /// Like [`with_config`](Self::with_config), with the connections of all transports that were created by this function
    /// with equal settings. Each still chooses its proxies itself.
    pub(crate) fn sharing(config: TransportConfig) -> Self {
        HttpTransport { pool: PoolOfConnections::shared(config.pool()), proxy_for: config.proxy_for }
    }

    /// Sends the request over one connection and waits for the response head.
    fn attempt(
        &self,
        prepared: &PreparedRequest,
        source: &mut BodySource<'_>,
        limits: &Deadlines,
        cancel: Option<&CancelToken>,
        fresh: bool,
    ) -> (AttemptResult, Observations) {
        let connect_deadline = limits.connect.and_then(|limit| Instant::now().checked_add(limit));
        let directions = Directions {
            join_head: prepared.joined,
            response_deadline: limits.response_deadline,
            connect_deadline: connect_deadline.into_iter().chain(limits.total_deadline).min(),
            cancel: cancel.cloned(),
        };
        let (mut result, mut observed) = attempt::run(directions, || match prepared.framing {
            framing if framing.has_body() => {
                self.run(prepared, SendBody::from_reader(source), limits, connect_deadline, fresh)
            }
            _ => self.run(prepared, (), limits, connect_deadline, fresh),
        });
        if let (Ok(response), Some((version, fields))) = (&mut result, observed.head.take()) {
            (*response.version_mut(), *response.headers_mut()) = (version, fields);
        }
        if let Some(large) = &mut observed.large {
            large.limit(limits.idle, limits.total_deadline);
        }
        (result, observed)
    }

    fn run(
        &self,
        prepared: &PreparedRequest,
        body: impl ureq::AsSendBody,
        limits: &Deadlines,
        connect_deadline: Option<Instant>,
        fresh: bool,
    ) -> AttemptResult {
        let now = Instant::now();
        let left = |deadline: Option<Instant>| deadline.map(|deadline| deadline.saturating_duration_since(now));
        let agent = &self.pool.agent;
        let mut request = agent
            .configure_request(Request::from_parts(prepared.parts.clone(), body))
            .timeout_global(left(limits.total_deadline))
            .timeout_connect(left(connect_deadline))
            .timeout_per_read(limits.idle)
            .timeout_per_write(limits.idle)
            // At most the read timeout, so that this timeout, which is not an error, fires first.
            .timeout_await_100(Some(limits.idle.unwrap_or(AWAIT_CONTINUE).min(AWAIT_CONTINUE)))
            .proxy(prepared.proxy.clone());
        if fresh {
            request = request.max_idle_age(Duration::ZERO);
        }
        agent.run(request.build())
    }
}

/// The response, or the error, of one attempt.
type AttemptResult = Result<Response<ureq::Body>, ureq::Error>;

/// Timeouts and deadlines of a request, shared by all its connections.
struct Deadlines {
    /// Applies to each connection.
    connect: Option<Duration>,
    idle: Option<Duration>,
    total_deadline: Option<Instant>,
    response_deadline: Option<Instant>,
}

impl Deadlines {
    fn from_now(options: &SendOptions) -> Self {
        let now = Instant::now();
        // Drop deadlines near the end of the clock's range, since other code adds to them.
        let deadline = |limit: Option<Duration>| {
            now.checked_add(limit?).filter(|end| end.checked_add(DEADLINE_HEADROOM).is_some())
        };
        let SendOptions { connect_timeout, read_timeout, total_timeout, response_timeout, .. } = *options;
        Deadlines {
            connect: connect_timeout.filter(|_| deadline(connect_timeout).is_some()),
            idle: read_timeout.filter(|_| deadline(read_timeout).is_some()),
            total_deadline: deadline(total_timeout),
            response_deadline: deadline(response_timeout),
        }
    }
}

impl Default for HttpTransport {
    fn default() -> Self {
        HttpTransport::new()
    }
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport").finish_non_exhaustive()
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: Request<Body>, options: &SendOptions) -> Result<Response<Body>, TransportError> {
        redact::warn_about_wire_log();
        let (options, (parts, mut body)) = (&options.finite(), request.into_parts());
        let cancel = options.cancel.as_ref();
        let is_cancelled = || cancel.is_some_and(CancelToken::is_cancelled);
        if is_cancelled() {
            return Err(Cancelled.into());
        }
        let proxy_for = self.proxy_for.as_deref();
        let prepared = PreparedRequest::new(parts, &mut body, proxy_for, self.pool.route, cancel.cloned())?;
        let limits = Deadlines::from_now(options);
        let mut fresh = false;
        loop {
            let sent_at = Instant::now();
            let mut source = BodySource::new(&mut body, prepared.framing);
            let (result, observed) = self.attempt(&prepared, &mut source, &limits, cancel, fresh);
            let (touched, source_failure) = (source.touched, source.failure.take());
            log(&prepared, &result, &observed, sent_at);
            let error = match result {
                Ok(response) => {
                    return prepared.response(response, observed.large, touched && !observed.body_rejected);
                }
                // The layers below report a wait that was cancelled in various ways.
                Err(_) if is_cancelled() => return Err(Cancelled.into()),
                Err(error) => error,
            };
            if let Some(failure) = source_failure {
                return Err(TransportError::new(TransportErrorKind::Body, failure));
            }
            let unread = !touched || body.is_rewindable();
            if fresh || !unread || !prepared.is_safe_to_resend(&error, &observed, touched) {
                let proxy = prepared.proxy.as_ref();
                return Err(no_response(error, &observed, &prepared.parts.uri, proxy, options));
            }
            if touched {
                body.rewind().map_err(|error| TransportError::new(TransportErrorKind::Body, error))?;
            }
            fresh = true;
        }
    }
}

/// Logs one event per attempt, redacted by the allow-list of [`redact`].
fn log(prepared: &PreparedRequest, result: &AttemptResult, observed: &Observations, sent_at: Instant) {
    let PreparedRequest { parts, framing, proxy, .. } = prepared;
    let target = redact::target(&parts.uri, parts.extensions.get());
    let elapsed_ms = u64::try_from(sent_at.elapsed().as_millis()).unwrap_or(u64::MAX);
    let reused = !observed.new_connection;
    match result {
        Ok(response) => tracing::debug!(
            method = %parts.method, %target, body = ?framing, proxied = proxy.is_some(), reused, elapsed_ms,
            status = response.status().as_u16(), length = length(response, observed),
            request_headers = %redact::headers(&parts.headers), response_headers = %redact::headers(response.headers()),
            "received response"
        ),
        Err(error) => tracing::debug!(
            method = %parts.method, %target, body = ?framing, proxied = proxy.is_some(), reused, elapsed_ms,
            request_headers = %redact::headers(&parts.headers), kind = ?classify(error, observed), "failed"
        ),
    }
}

fn length(response: &Response<ureq::Body>, observed: &Observations) -> Option<u64> {
    observed.large.as_ref().map(|body| body.length()).or(response.body().content_length())
}

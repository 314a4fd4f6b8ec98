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
//!   Exchange          lenient heads, interim (1xx) responses, chunks; a broken connection is an error of the body
//! ```
//!
//! **Timeouts.** The connect timeout covers name resolution, TCP, proxy and TLS together. The read timeout is an idle
//! timeout: every byte sent or received restarts it, so it never interrupts a long but steady download or upload. All
//! other timeouts become deadlines when the request is sent; the layers derive the timeout of each system call from
//! them.
//!
//! **One attempt.** A request is sent once, with one exception: a server may close an idle connection just as it is
//! taken from the pool. If a *reused* connection breaks before any byte of the response arrives, and the server cannot
//! have acted on the request, the request is resent on a new connection. The server cannot have acted if the method is
//! safe (GET, HEAD, OPTIONS, TRACE), if no byte could be written, or if none of the body was sent yet
//! (`Expect: 100-continue`). Everything else is [`TransportErrorKind::Broken`], and the retry policy decides.

mod exchange;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::io::{self, Read};
use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6, ToSocketAddrs as _};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{fmt, mem};

use http::header::{CONTENT_LENGTH, EXPECT, HOST, HeaderValue, PROXY_AUTHORIZATION, TRANSFER_ENCODING};
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri, Version};
use ureq::config::Config;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{
    Buffers, ConnectProxyConnector, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport as Wire,
};
use ureq::{SendBody, Timeout};

use self::exchange::Exchange;

use super::failure::{BadSetting, BrokenConnection, Failure, TlsFailure, check_whole, is_reset};
use super::inbound::MAX_HEAD_SIZE;
use super::malformed::Malformed;
use super::progress::{FIELDS, PROGRESS, Phase, Progress, RestoreProgress, report};
use super::proxy::TunnelRefused;
use super::request::{Framing, Source, check_size, check_url, frame};
use super::response::ResponseBody;
use super::settings::{ProxyFor, ProxyUrl, TransportConfig};
use super::tcp::{Failed, Limits, Tcp};
use super::{SendOptions, Transport, TransportError, TransportErrorKind, redact};
use crate::Body;
use crate::codec::host::{bare_host, drop_userinfo, host_header, shown_host, zone};

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
mod plain;
#[cfg(any(feature = "rustls", feature = "native-tls"))]
mod secure;

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
use plain::TlsConnector;
#[cfg(any(feature = "rustls", feature = "native-tls"))]
use secure::TlsConnector;

/// Whether a TLS implementation is compiled in.
const HAS_TLS: bool = cfg!(any(feature = "rustls", feature = "native-tls"));
/// Read and write buffer size. A connection has one buffer per direction, and two with TLS.
const BUFFER_SIZE: usize = 64 * 1024;
// A head must fit into a buffer.
const _: () = assert!(MAX_HEAD_SIZE < BUFFER_SIZE);
/// Largest in-memory body that is sent together with its head, in one packet and one TLS record.
const SMALL_BODY: usize = 16 * 1024;
/// Idle connections are closed after this time. Common load balancers drop them after 60 seconds or more.
const MAX_IDLE_AGE: Duration = Duration::from_secs(60);
/// Maximum number of idle connections to all hosts together.
const MAX_IDLE: usize = 256;
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
#[derive(Clone)]
pub struct HttpTransport {
    agent: ureq::Agent,
    proxy_for: Option<Arc<ProxyFor>>,
    forwards_https: bool,
}

impl HttpTransport {
    /// Creates a transport with the default settings.
    pub fn new() -> Self {
        HttpTransport::with_config(TransportConfig::new())
    }

    /// Creates a transport with these settings. Nothing is read or connected yet: a missing CA bundle is an error of
    /// the first `https` request.
    pub fn with_config(config: TransportConfig) -> Self {
        let secure = TlsConnector::shared(config.tls.clone(), config.proxy_tls());
        let TransportConfig { max_idle_per_host, tcp_keepalive, proxy_for, forwards_https, .. } = config;
        let settings = Config::builder()
            .proxy(None) // by default ureq reads one from the environment
            .http_status_as_error(false)
            .max_redirects(0)
            .allow_non_standard_methods(true)
            .accept("")
            .accept_encoding("identity")
            .user_agent("")
            .input_buffer_size(BUFFER_SIZE)
            .output_buffer_size(BUFFER_SIZE)
            .max_response_header_size(MAX_HEAD_SIZE)
            .max_idle_connections(MAX_IDLE.max(max_idle_per_host))
            .max_idle_connections_per_host(max_idle_per_host)
            .max_idle_age(MAX_IDLE_AGE)
            .build();
        let dial = TcpConnector { tcp_keepalive };
        let connector = ExchangeConnector(().chain(Tunnel::default()).chain(dial).chain(secure));
        HttpTransport {
            agent: ureq::Agent::with_parts(settings, connector, DeferredResolver),
            proxy_for,
            forwards_https,
        }
    }

    /// Sends the request over one connection and waits for the response head.
    fn attempt(&self, prepared: &PreparedRequest, source: &mut Source<'_>, limits: &Deadlines, fresh: bool) -> Attempt {
        match prepared.framing {
            framing if framing.has_body() => self.run(prepared, SendBody::from_reader(source), limits, fresh),
            _ => self.run(prepared, (), limits, fresh),
        }
    }

    fn run(&self, prepared: &PreparedRequest, body: impl ureq::AsSendBody, limits: &Deadlines, fresh: bool) -> Attempt {
        let now = Instant::now();
        let connect_deadline = limits.connect.and_then(|limit| now.checked_add(limit));
        let left = |deadline: Option<Instant>| deadline.map(|deadline| deadline.saturating_duration_since(now));
        let mut request = self
            .agent
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
        let request = request.build();

        let initial = Progress {
            join_head: prepared.joined,
            response_deadline: limits.response_deadline,
            connect_deadline: connect_deadline.into_iter().chain(limits.total_deadline).min(),
            forwards_https: self.forwards_https,
            ..Progress::NONE
        };
        let _outer = RestoreProgress(PROGRESS.replace(initial));
        FIELDS.set(None);
        let mut result = self.agent.run(request);
        if let (Ok(response), Some((version, fields))) = (&mut result, FIELDS.take()) {
            (*response.version_mut(), *response.headers_mut()) = (version, fields);
        }
        Attempt { result, progress: PROGRESS.get() }
    }
}

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
        let SendOptions { connect_timeout, read_timeout, total_timeout, response_timeout } = *options;
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
        let prepared = PreparedRequest::new(parts, &mut body, self.proxy_for.as_deref(), self.forwards_https)?;
        let limits = Deadlines::from_now(options);
        let mut fresh = false;
        loop {
            let sent_at = Instant::now();
            let mut source = Source::new(&mut body, prepared.framing);
            let Attempt { result, progress } = self.attempt(&prepared, &mut source, &limits, fresh);
            let (touched, source_failure) = (source.touched, source.failure.take());
            log(&prepared, &result, progress, sent_at);
            let error = match result {
                Ok(response) => return prepared.response(response, touched && !progress.body_rejected),
                Err(error) => error,
            };
            if let Some(failure) = source_failure {
                return Err(TransportError::new(TransportErrorKind::Body, failure));
            }
            let unread = !touched || body.is_rewindable();
            if fresh || !unread || !prepared.is_safe_to_resend(&error, progress, touched) {
                return Err(prepared.failure(error, progress, options));
            }
            if touched {
                body.rewind().map_err(|error| TransportError::new(TransportErrorKind::Body, error))?;
            }
            fresh = true;
        }
    }
}

/// A request ready to be sent, without its body.
struct PreparedRequest {
    parts: http::request::Parts,
    framing: Framing,
    proxy: Option<ureq::Proxy>,
    /// The head is held back until the body, which is small and in memory.
    joined: bool,
}

struct Attempt {
    result: Result<Response<ureq::Body>, ureq::Error>,
    progress: Progress,
}

impl PreparedRequest {
    fn new(
        mut parts: http::request::Parts,
        body: &mut Body,
        proxy_for: Option<&ProxyFor>,
        forwards_https: bool,
    ) -> Result<Self, TransportError> {
        check_url(&parts.uri, HAS_TLS)?;
        check_size(&parts, MAX_HEAD_SIZE)?;
        parts.version = Version::HTTP_11;
        parts.uri = drop_userinfo(parts.uri);
        // `ureq` needs an explicit Host header if its own would differ from the signed one.
        if let (Cow::Owned(host), false) = (host_header(&parts.uri), parts.headers.contains_key(HOST)) {
            let host =
                HeaderValue::try_from(host).map_err(|error| TransportError::new(TransportErrorKind::Request, error))?;
            parts.headers.insert(HOST, host);
        }
        if body.is_rewindable() {
            // Hashing may have left the body at its end; the announced length counts from the beginning.
            body.rewind().map_err(|error| TransportError::new(TransportErrorKind::Body, error))?;
        }
        let framing = frame(&parts.method, &mut parts.headers, body)?;
        if body.is_empty() {
            // Nothing reads an empty body, so check here that it has no bytes.
            body.read(&mut [0]).map_err(|error| TransportError::new(TransportErrorKind::Body, error))?;
        }
        let proxy = match proxy_for.map(|choose| choose(&parts.uri)).transpose()?.flatten() {
            Some(url) => Some(use_proxy(&url, &mut parts, forwards_https)?),
            None => None,
        };
        let joined = body.as_bytes().is_some_and(|bytes| (1..=SMALL_BODY).contains(&bytes.len()))
            && !parts.headers.contains_key(EXPECT);
        Ok(PreparedRequest { parts, framing, proxy, joined })
    }

    /// Converts the response into the crate's types, without `ureq`'s extensions and with the length if known.
    fn response(&self, response: Response<ureq::Body>, is_sent: bool) -> Result<Response<Body>, TransportError> {
        check_whole(&self.parts.uri, response.status(), is_sent || !self.framing.has_body())?;
        let (mut parts, body) = response.into_parts();
        parts.extensions = http::Extensions::new();
        let no_body = self.parts.method == Method::HEAD
            || parts.status.is_informational()
            || matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        let body = match body.content_length() {
            _ if no_body => Body::empty(),
            Some(length) => {
                Body::from_reader_with_length(ResponseBody::new(body.into_reader(), Some(length), explain), length)
            }
            None if is_zero(&parts.headers) => Body::empty(),
            None => Body::from_reader(ResponseBody::new(body.into_reader(), None, explain)),
        };
        Ok(Response::from_parts(parts, body))
    }

    /// Whether the request may be resent. See the module documentation.
    fn is_safe_to_resend(&self, error: &ureq::Error, progress: Progress, body_touched: bool) -> bool {
        let reused = !progress.new_connection;
        let body_held_back = self.framing.has_body() && !body_touched;
        reused
            && !progress.received
            && is_disconnect(error)
            && (self.parts.method.is_safe() || !progress.wrote || body_held_back)
    }

    fn failure(&self, mut error: ureq::Error, progress: Progress, options: &SendOptions) -> TransportError {
        let kind = classify(&error, progress);
        if kind == TransportErrorKind::Config {
            return TransportError::new(kind, describe_error(&error, options));
        }
        let mut peer = shown_host(&self.parts.uri).to_owned();
        if let Some(proxy) = &self.proxy {
            peer = format!("{peer} (through proxy {}:{})", proxy.host(), proxy.port());
            if let ureq::Error::Other(error) = &mut error
                && let Some(refusal) = error.downcast_mut::<TunnelRefused>()
            {
                refusal.has_credentials = proxy.username().is_some() || proxy.password().is_some();
            }
        }
        let what = describe_error(&error, options);
        let speaks_tls = matches!(&error, ureq::Error::Other(error) if error.downcast_ref() == Some(&Malformed::Tls));
        let is_final = speaks_tls || tls_failure(&error).is_some_and(|failure| failure.is_final);
        let source = if let ureq::Error::Io(error) = error { Some(error) } else { None };
        let error = TransportError::new(kind, Failure { peer, what, source });
        if is_final { error.into_final() } else { error }
    }
}

/// Converts the proxy URL for `ureq`. If the proxy sees the request itself, adds the proxy credentials to it.
fn use_proxy(
    url: &ProxyUrl,
    parts: &mut http::request::Parts,
    forwards_https: bool,
) -> Result<ureq::Proxy, TransportError> {
    let refuse = || {
        let why = format!("the user or password in the URL of the proxy {url} is not percent-encoded UTF-8");
        TransportError::new(TransportErrorKind::Request, why)
    };
    let proxy = ureq::Proxy::new(url.secret_text()).map_err(|_| refuse())?;
    let credentials = proxy.username().is_some() || proxy.password().is_some();
    if credentials && sees_request(&proxy, parts.uri.scheme_str() != Some("http"), forwards_https) {
        let pair = format!("{}:{}", proxy.username().unwrap_or_default(), proxy.password().unwrap_or_default());
        let value = format!("Basic {}", crate::value::encode(pair.as_bytes()));
        let mut value = HeaderValue::try_from(value).map_err(|_| refuse())?;
        value.set_sensitive(true);
        parts.headers.insert(PROXY_AUTHORIZATION, value);
    }
    Ok(proxy)
}

fn is_zero(headers: &HeaderMap) -> bool {
    !headers.contains_key(TRANSFER_ENCODING) && headers.get(CONTENT_LENGTH).is_some_and(|length| length == "0")
}

/// Logs one event per attempt, redacted by the allow-list of [`redact`].
fn log(
    prepared: &PreparedRequest,
    result: &Result<Response<ureq::Body>, ureq::Error>,
    progress: Progress,
    sent_at: Instant,
) {
    let PreparedRequest { parts, framing, proxy, .. } = prepared;
    let target = redact::target(&parts.uri, parts.extensions.get());
    let elapsed_ms = u64::try_from(sent_at.elapsed().as_millis()).unwrap_or(u64::MAX);
    let reused = !progress.new_connection;
    match result {
        Ok(response) => tracing::debug!(
            method = %parts.method, %target, body = ?framing, proxied = proxy.is_some(), reused, elapsed_ms,
            status = response.status().as_u16(), length = response.body().content_length(),
            request_headers = %redact::headers(&parts.headers), response_headers = %redact::headers(response.headers()),
            "received response"
        ),
        Err(error) => tracing::debug!(
            method = %parts.method, %target, body = ?framing, proxied = proxy.is_some(), reused, elapsed_ms,
            request_headers = %redact::headers(&parts.headers), kind = ?classify(error, progress), "failed"
        ),
    }
}

/// Describes why the response body broke off.
fn explain(error: &io::Error) -> (io::ErrorKind, String) {
    match inner_error(error) {
        Some(ureq::Error::Timeout(Timeout::Global | Timeout::RecvResponse)) => {
            (io::ErrorKind::TimedOut, "the timeout of the whole attempt expired".to_owned())
        }
        Some(ureq::Error::Timeout(_)) => (io::ErrorKind::TimedOut, "the server stopped sending".to_owned()),
        Some(ureq::Error::Protocol(error)) => (io::ErrorKind::InvalidData, error.to_string()),
        Some(ureq::Error::Other(error)) if error.is::<Malformed>() => (io::ErrorKind::InvalidData, error.to_string()),
        // The connection ended within a chunk size line.
        Some(ureq::Error::BodyStalled) => (io::ErrorKind::UnexpectedEof, "the connection was closed".to_owned()),
        Some(ureq::Error::Other(_)) => (io::ErrorKind::UnexpectedEof, "the connection broke".to_owned()),
        Some(error) => (io::ErrorKind::Other, error.to_string()),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            (io::ErrorKind::UnexpectedEof, "the connection was closed".to_owned())
        }
        None => (error.kind(), error.to_string()),
    }
}

fn inner_error(error: &io::Error) -> Option<&ureq::Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

// --- Errors -------------------------------------------------------------------------------------------------------------

fn classify(error: &ureq::Error, progress: Progress) -> TransportErrorKind {
    use ureq::Error as E;
    match (error, progress.phase) {
        (E::Other(error), Phase::Connecting) if !is_transient(error.as_ref()) => TransportErrorKind::Proxy,
        (E::Other(error), _) if error.downcast_ref() == Some(&Malformed::Tls) => TransportErrorKind::Tls,
        (E::Other(error), _) if !is_transient(error.as_ref()) => TransportErrorKind::Malformed,
        (E::Timeout(_), Phase::Begun | Phase::Connecting | Phase::Handshaking) => TransportErrorKind::ConnectTimeout,
        (E::Timeout(_), Phase::Connected | Phase::Sending) => TransportErrorKind::ReadTimeout,
        (E::Other(error), _) if error.is::<BadSetting>() => TransportErrorKind::Config,
        (E::Other(error), _) if error.is::<TlsFailure>() => TransportErrorKind::Tls,
        (_, Phase::Handshaking) => TransportErrorKind::Tls,
        (_, Phase::Connecting) => TransportErrorKind::Connect,
        // With TLS 1.3, a server may request a client certificate after the handshake.
        (E::Io(error), _) if !progress.received && is_tls_error(error) => TransportErrorKind::Tls,
        (E::Io(_) | E::Other(_), _) => TransportErrorKind::Broken,
        (_, Phase::Begun | Phase::Connected) => TransportErrorKind::Request,
        (_, Phase::Sending) => TransportErrorKind::Broken,
    }
}

/// Whether a retry may succeed after this malformed response or refused tunnel.
fn is_transient(error: &(dyn StdError + Send + Sync + 'static)) -> bool {
    error.downcast_ref::<Malformed>().is_none_or(Malformed::is_transient)
        && error.downcast_ref::<TunnelRefused>().is_none_or(TunnelRefused::is_transient)
}

/// The TLS failure in an error, if any.
fn tls_failure(error: &ureq::Error) -> Option<&TlsFailure> {
    match error {
        ureq::Error::Io(error) => TlsFailure::of(error),
        ureq::Error::Other(error) => error.downcast_ref(),
        _ => None,
    }
}

fn is_tls_error(error: &io::Error) -> bool {
    // System TLS libraries have different error types; socket errors have other kinds.
    let is_of_library = cfg!(not(feature = "rustls")) && HAS_TLS;
    let is_unknown = || error.kind() == io::ErrorKind::Other && inner_error(error).is_none();
    TlsFailure::of(error).is_some() || is_of_library && is_unknown()
}

fn is_disconnect(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::Io(error) => {
            matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::NotConnected) || is_reset(error)
        }
        ureq::Error::Other(error) => error.is::<BrokenConnection>(),
        _ => false,
    }
}

/// Describes the error, with the timeout if one expired.
fn describe_error(error: &ureq::Error, options: &SendOptions) -> String {
    use ureq::Error as E;
    let (what, limit) = match error {
        E::Timeout(Timeout::Global) => ("not done", options.total_timeout),
        E::Timeout(Timeout::PerRead | Timeout::PerWrite) => ("not a byte", options.read_timeout),
        E::Timeout(Timeout::RecvResponse) => ("no response", options.response_timeout),
        E::Timeout(_) => ("no connection", options.connect_timeout),
        E::Io(error) => return io_failure(error),
        E::Other(other) => match other.downcast_ref() {
            Some(BrokenConnection(error)) => return io_failure(error),
            None => return other.to_string(),
        },
        error => return error.to_string(),
    };
    limit.map_or_else(|| error.to_string(), |limit| format!("{what} within {limit:?}"))
}

/// An I/O error in plain words: the libraries below describe a closed connection in their own terms.
fn io_failure(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof if TlsFailure::of(error).is_none() => {
            "the server closed the connection before the response was complete".to_owned()
        }
        _ => error.to_string(),
    }
}

// --- Connecting ---------------------------------------------------------------------------------------------------------

/// Defers name resolution. `ureq` resolves before it checks its pool, so this resolver returns no addresses and
/// [`TcpConnector`] resolves when a connection is needed.
#[derive(Debug)]
struct DeferredResolver;

impl Resolver for DeferredResolver {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        Ok(self.empty())
    }
}

/// Outermost connector: reports the start and end of connecting, and wraps the connection in an [`Exchange`].
#[derive(Debug)]
struct ExchangeConnector<C>(C);

impl<C: Connector> Connector for ExchangeConnector<C> {
    type Out = Exchange<C::Out>;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Self::Out>, ureq::Error> {
        // To connect to a proxy, `ureq` runs the whole chain again within this run.
        let to_proxy = PROGRESS.get().phase != Phase::Begun;
        report(|progress| {
            progress.phase = Phase::Connecting;
            progress.to_proxy = to_proxy;
            progress.new_connection = true;
        });
        let connected = self.0.connect(details, None)?;
        let phase = if to_proxy { Phase::Connecting } else { Phase::Connected };
        report(|progress| {
            let Progress { join_head, response_deadline, connect_deadline, forwards_https, .. } = *progress;
            *progress = Progress {
                phase,
                join_head,
                response_deadline,
                connect_deadline,
                forwards_https,
                new_connection: true,
                ..Progress::NONE
            };
        });
        let scheme = if details.needs_tls() { "https" } else { "http" };
        let forward = is_forwarded(details).then(|| format!("{scheme}://{}", host_header(details.uri)));
        Ok(connected.map(|inner| Exchange::new(inner, forward, to_proxy)))
    }
}

/// Whether the request is forwarded to a proxy instead of tunneled.
fn is_forwarded(details: &ConnectionDetails<'_>) -> bool {
    let sees = |proxy| sees_request(proxy, details.needs_tls(), PROGRESS.get().forwards_https);
    details.config.proxy().is_some_and(sees)
}

/// Whether a proxy sees requests. Plain http is always forwarded, because most proxies refuse to CONNECT to port 80.
/// Forwarding https must be configured, and TLS must protect the connection to the proxy.
fn sees_request(proxy: &ureq::Proxy, https: bool, forwards_https: bool) -> bool {
    !https || forwards_https && proxy.uri().scheme_str() == Some("https")
}

/// URL of the host to connect to: the proxy or the server.
fn next_hop<'a>(details: &ConnectionDetails<'a>) -> &'a Uri {
    match details.config.proxy() {
        Some(proxy) if is_forwarded(details) => proxy.uri(),
        _ => details.uri,
    }
}

#[derive(Debug, Default)]
struct Tunnel(ConnectProxyConnector);

impl<In: Wire> Connector<In> for Tunnel {
    type Out = Either<In, Box<dyn Wire>>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        if is_forwarded(details) {
            return Ok(chained.map(Either::A));
        }
        self.0.connect(details, chained)
    }
}

#[derive(Debug)]
struct TcpConnector {
    tcp_keepalive: bool,
}

impl<In: Wire> Connector<In> for TcpConnector {
    type Out = Either<In, Socket>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        if chained.is_some() {
            return Ok(chained.map(Either::A));
        }
        let (limits, timeout) = limits(None, details.timeout);
        let addrs = look_up(next_hop(details), details.config, remaining(timeout, limits.deadline)?)?;
        let tcp = Tcp::connect(&addrs, limits.deadline).map_err(|failed| timeout_or_io_error(failed, timeout))?;
        if self.tcp_keepalive {
            // A connection without probes is better than none.
            _ = tcp.keep_alive();
        }
        let buffers = LazyBuffers::new(details.config.input_buffer_size(), details.config.output_buffer_size());
        Ok(Some(Either::B(Socket { tcp, buffers, unsent: None, early: false })))
    }
}

fn look_up(uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
    let default_port = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    let Ok(address) = bare_host(uri).parse::<IpAddr>() else {
        return DefaultResolver::default().resolve(uri, config, timeout);
    };
    // With a timeout, the resolver spawns a thread, which an IP address does not need.
    let mut addrs = DeferredResolver.empty();
    let port = uri.port_u16().unwrap_or(default_port);
    addrs.push(match (address, zone(uri)) {
        (IpAddr::V6(address), Some(zone)) => with_zone(address, zone, port)?,
        _ => SocketAddr::new(address, port),
    });
    Ok(addrs)
}

/// Adds a zone (interface number or name) to a link-local address.
fn with_zone(address: Ipv6Addr, zone: &str, port: u16) -> Result<SocketAddr, ureq::Error> {
    if let Ok(number) = zone.parse() {
        return Ok(SocketAddrV6::new(address, port, 0, number).into());
    }
    // The system resolves interface names, and makes no lookup for an IP address.
    let found = (format!("{address}%{zone}"), port).to_socket_addrs().ok().and_then(|mut found| found.next());
    found.ok_or_else(|| {
        let what =
            format!("the address {address} has the zone {zone:?}, which is no network interface of this machine");
        ureq::Error::Io(io::Error::new(io::ErrorKind::AddrNotAvailable, what))
    })
}

// --- The layers of a connection -----------------------------------------------------------------------------------------

/// TCP layer, below TLS. A server may send a response and close its read side while the body is still being sent. The
/// layer keeps the write error until it is clear that no response arrived, and discards further output.
#[derive(Debug)]
struct Socket {
    tcp: Tcp,
    buffers: LazyBuffers,
    /// The write error after which nothing can be sent.
    unsent: Option<ureq::Error>,
    /// The buffer already holds input that no read has reported.
    early: bool,
}

impl Socket {
    fn write(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        let (limits, timeout) = limits(timeout.per_write, timeout);
        let wrote = || report(|progress| progress.wrote = true);
        let written = self.tcp.write_all(&self.buffers.output()[..amount], limits, wrote);
        written.map_err(|failed| match failed {
            Failed::Idle => ureq::Error::Timeout(Timeout::PerWrite),
            failed => timeout_or_io_error(failed, timeout),
        })
    }

    fn read(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let (limits, timeout) = limits(timeout.per_read, timeout);
        let read = self.tcp.read(self.buffers.input_append_buf(), limits);
        let read = read.map_err(|failed| match failed {
            Failed::Idle => ureq::Error::Timeout(Timeout::PerRead),
            failed => timeout_or_io_error(failed, timeout),
        })?;
        self.buffers.input_appended(read);
        Ok(read > 0)
    }

    fn refuse(&mut self, error: ureq::Error) {
        self.unsent = Some(error);
        report(|progress| progress.body_rejected = true);
    }
}

/// Computes the timeouts of one connect, read or write, and the reason to report when they expire.
fn limits(idle: Option<ureq::unversioned::transport::time::Duration>, timeout: NextTimeout) -> (Limits, NextTimeout) {
    let progress = PROGRESS.get();
    let idle = idle.filter(|idle| !idle.is_not_happening()).map(|idle| *idle);
    // `ureq` gives the same timeout to several connecting steps in sequence.
    let deadline = deadline_of(timeout).into_iter().chain(progress.connect_deadline()).min();
    match progress.response_deadline {
        Some(response) if deadline.is_none_or(|deadline| response < deadline) => {
            (Limits { idle, deadline: Some(response) }, NextTimeout { reason: Timeout::RecvResponse, ..timeout })
        }
        _ => (Limits { idle, deadline }, timeout),
    }
}

/// Converts a timeout that starts now into a deadline.
fn deadline_of(timeout: NextTimeout) -> Option<Instant> {
    (!timeout.after.is_not_happening()).then(|| Instant::now().checked_add(*timeout.after)).flatten()
}

/// The timeout remaining until the deadline.
fn remaining(timeout: NextTimeout, deadline: Option<Instant>) -> Result<NextTimeout, ureq::Error> {
    match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
        Some(Duration::ZERO) => Err(ureq::Error::Timeout(timeout.reason)),
        Some(left) => Ok(NextTimeout { after: left.into(), ..timeout }),
        None => Ok(timeout),
    }
}

fn timeout_or_io_error(failed: Failed, timeout: NextTimeout) -> ureq::Error {
    match failed {
        Failed::Io(error) => ureq::Error::Io(error),
        Failed::Idle | Failed::Deadline => ureq::Error::Timeout(timeout.reason),
    }
}

impl Wire for Socket {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        if self.unsent.is_some() {
            return Ok(());
        }
        match self.write(amount, timeout) {
            Ok(()) => Ok(()),
            Err(ureq::Error::Io(error)) if is_reset(&error) => {
                self.refuse(ureq::Error::Io(error));
                Ok(())
            }
            Err(ureq::Error::Timeout(reason)) => {
                // The server stopped reading; it may have sent a response.
                let at_once = NextTimeout { after: Duration::from_millis(1).into(), ..timeout };
                match self.read(at_once) {
                    Ok(true) => {
                        self.early = true;
                        self.refuse(ureq::Error::Timeout(reason));
                        Ok(())
                    }
                    _ => Err(ureq::Error::Timeout(reason)),
                }
            }
            Err(error) => Err(error),
        }
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        if mem::take(&mut self.early) {
            return Ok(true);
        }
        match (self.read(timeout), self.unsent.take()) {
            (Ok(true), unsent) => {
                self.unsent = unsent;
                Ok(true)
            }
            // No response, so report the failed write.
            (_, Some(unsent)) => Err(unsent),
            (result, None) => result,
        }
    }

    fn is_open(&mut self) -> bool {
        self.unsent.is_none() && self.tcp.is_quiet()
    }

    fn is_tls(&self) -> bool {
        false
    }
}

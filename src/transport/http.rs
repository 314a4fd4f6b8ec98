//! [`HttpTransport`]: HTTP/1.1 over TCP and TLS, by `ureq`. This is the only file that knows it.
//!
//! `ureq` writes heads, frames bodies, parses answers and keeps idle connections. Around its connections stand four small
//! layers, from the socket outwards, for what it does not do by itself:
//!
//! ```text
//! Tunnel    CONNECT for https through a proxy; http (and https, where that is wished) goes through it in absolute form instead
//! Dial      looks the host up and connects, and only when no idle connection is at hand
//!   Socket    lets an answer through that came before the whole body was sent
//! Secure    TLS with a configuration that is made once, when first needed, for all transports with equal settings
//!   Exchange  heads of any shape, interim (1xx) ones too, and chunks; a broken connection is never the regular end of a body
//! ```
//!
//! **Time limits.** The connect limit covers name resolution, TCP, proxy and TLS together. The read limit is an idle limit:
//! it begins anew with every byte that comes or goes, so neither a long download nor a long upload is ever cut by it. All other
//! limits are points in time, fixed when the request is sent; the layers compute from them what is left for each system call.
//!
//! **One attempt.** A request is sent once, with one exception: the server may close an idle connection in the very moment
//! it is taken from the pool. If a *reused* connection breaks before anything of the answer came, and if the server cannot
//! have acted upon the request, then it is sent once more on a new connection. It cannot have acted when the method is safe
//! (GET, HEAD, OPTIONS, TRACE), when not one byte could be written, or when the request has a body of which nothing was
//! sent yet (`Expect: 100-continue`). All else is [`TransportErrorKind::Broken`], and the retry policy decides.

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
use super::answer::Answer;
use super::failure::{BadSetting, Cut, Failure, TlsFailure, check_whole, is_reset};
use super::inbound::MAX_HEAD_SIZE;
use super::malformed::Malformed;
use super::progress::{FIELDS, Outer, PROGRESS, Phase, Progress, report};
use super::proxy::Refusal;
use super::request::{Framing, Source, check_size, check_url, frame};
use super::settings::{ProxyFor, ProxyUrl, TransportConfig};
use super::tcp::{Failed, Limits, Tcp};
use super::{SendOptions, Transport, TransportError, TransportErrorKind, redact};
use crate::Body;
use crate::codec::host::{bare_host, drop_userinfo, host_header, zone};

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
mod plain;
#[cfg(any(feature = "rustls", feature = "native-tls"))]
mod secure;

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
use plain::Secure;
#[cfg(any(feature = "rustls", feature = "native-tls"))]
use secure::Secure;

/// Whether there is anything that speaks TLS.
const HAS_TLS: bool = cfg!(any(feature = "rustls", feature = "native-tls"));
/// Reads and writes are done in pieces of this size. A connection holds one buffer for each direction, twice with TLS.
const BUFFER_SIZE: usize = 64 * 1024;
// A head fits into a buffer.
const _: () = assert!(MAX_HEAD_SIZE < BUFFER_SIZE);
/// A body in memory of up to this size leaves together with its head: one packet, one TLS record.
const SMALL_BODY: usize = 16 * 1024;
/// Idle connections are dropped after that time: common load balancers forget them after 60 seconds or later.
const MAX_IDLE_AGE: Duration = Duration::from_secs(60);
/// The most idle connections to all hosts together.
const MAX_IDLE: usize = 256;
/// Longer than any request takes.
const AGES: Duration = Duration::from_secs(1 << 32);
/// How long the body is held back for a `100 Continue`, as in botocore's `awsrequest.py: AWSConnection`.
const AWAIT_CONTINUE: Duration = Duration::from_secs(1);

/// The transport that is used unless a session gets another one: HTTP/1.1 with a pool of connections.
///
/// It is cheap to make and to clone (clones share the pool), and may be used by many threads at once. Applications need it
/// only to wrap it in a [`Transport`] of their own:
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
/// What it does with a request: the target is sent as it stands in the URL, without its fragment; headers are sent as given,
/// and `Host`, `Accept-Encoding: identity` and `Content-Length` or `Transfer-Encoding: chunked` are added where they are
/// missing. With `Expect: 100-continue` the body waits up to a second for the server's consent; a final answer instead of
/// it is returned and the body is not sent. The same holds for an answer that comes while the body is being sent, where the
/// server closes the connection or stops reading. A success is [`Broken`](TransportErrorKind::Broken) then: it cannot be one.
///
/// A request is sent once, with one exception: where a *reused* connection breaks before anything of the answer came, and the
/// server cannot have acted upon the request, it is sent again on a new connection. That is so for GET, HEAD, OPTIONS and
/// TRACE, where not one byte could be written, and where a body was held back for `100 Continue`.
///
/// A response's head may have 63 KiB, with as many header fields as fit into it. Folded lines are put together; a line that is no
/// header field (a name with brackets, no colon, control characters) is left out and costs nothing else. What frames the body is
/// strict: a `Content-Length` that is no number or says two things, and a `Transfer-Encoding` other than `chunked`, are
/// [`TransportErrorKind::Malformed`]. So are chunks that are none, as errors of [`io::ErrorKind::InvalidData`] of the body.
///
/// The body of the answer is read from the connection while the caller reads it. Read to its end, the connection serves the
/// next request; dropped before, it is closed. A body that ends too early is an error of
/// [`io::ErrorKind::UnexpectedEof`], and a server that falls silent one of [`io::ErrorKind::TimedOut`]. (The system libraries
/// behind the feature `native-tls` do not tell a cut TLS connection from a closed one, so there a body with neither length
/// nor chunks can be cut unnoticed. AWS sends none.)
#[derive(Clone)]
pub struct HttpTransport {
    agent: ureq::Agent,
    proxy_for: Option<Arc<ProxyFor>>,
    forwards_https: bool,
}

impl HttpTransport {
    /// A transport with the default settings.
    pub fn new() -> Self {
        HttpTransport::with_config(TransportConfig::new())
    }

    /// A transport with these settings. Nothing is read or connected yet: a CA bundle that does not exist is an error of
    /// the first `https` request.
    pub fn with_config(config: TransportConfig) -> Self {
        let secure = Secure::shared(config.tls.clone(), config.proxy_tls());
        let TransportConfig { max_idle_per_host, tcp_keepalive, proxy_for, forwards_https, .. } = config;
        let settings = Config::builder()
            .proxy(None) // ureq would take one from the environment
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
        let dial = Dial { tcp_keepalive };
        let connector = Connect(().chain(Tunnel::default()).chain(dial).chain(secure));
        HttpTransport { agent: ureq::Agent::with_parts(settings, connector, Later), proxy_for, forwards_https }
    }

    /// Sends the request over one connection and waits for the head of the answer.
    fn attempt(&self, head: &Head, source: &mut Source<'_>, limits: &Deadlines, fresh: bool) -> Attempt {
        match head.framing {
            framing if framing.has_body() => self.run(head, SendBody::from_reader(source), limits, fresh),
            _ => self.run(head, (), limits, fresh),
        }
    }

    fn run(&self, head: &Head, body: impl ureq::AsSendBody, limits: &Deadlines, fresh: bool) -> Attempt {
        let now = Instant::now();
        let connect_by = limits.connect.and_then(|limit| now.checked_add(limit));
        let left = |by: Option<Instant>| by.map(|by| by.saturating_duration_since(now));
        let mut request = self
            .agent
            .configure_request(Request::from_parts(head.parts.clone(), body))
            .timeout_global(left(limits.total_by))
            .timeout_connect(left(connect_by))
            .timeout_per_read(limits.idle)
            .timeout_per_write(limits.idle)
            // Not above the read limit: whichever is shorter decides, and this one is no error.
            .timeout_await_100(Some(limits.idle.unwrap_or(AWAIT_CONTINUE).min(AWAIT_CONTINUE)))
            .proxy(head.proxy.clone());
        if fresh {
            request = request.max_idle_age(Duration::ZERO);
        }
        let request = request.build();

        let orders = Progress {
            join: head.joined,
            answer_by: limits.answer_by,
            connect_by: connect_by.into_iter().chain(limits.total_by).min(),
            forwards_https: self.forwards_https,
            ..Progress::NONE
        };
        let _outer = Outer(PROGRESS.replace(orders));
        FIELDS.set(None);
        let mut result = self.agent.run(request);
        if let (Ok(response), Some((version, fields))) = (&mut result, FIELDS.take()) {
            (*response.version_mut(), *response.headers_mut()) = (version, fields);
        }
        Attempt { result, progress: PROGRESS.get() }
    }
}

/// The limits of a request, however often it is sent.
struct Deadlines {
    /// For each connection.
    connect: Option<Duration>,
    idle: Option<Duration>,
    total_by: Option<Instant>,
    answer_by: Option<Instant>,
}

impl Deadlines {
    fn from_now(options: &SendOptions) -> Self {
        let now = Instant::now();
        // What lies at the end of time is no limit, for others add to it.
        let by = |limit: Option<Duration>| now.checked_add(limit?).filter(|by| by.checked_add(AGES).is_some());
        let SendOptions { connect_timeout, read_timeout, total_timeout, answer_timeout } = *options;
        Deadlines {
            connect: connect_timeout.filter(|_| by(connect_timeout).is_some()),
            idle: read_timeout.filter(|_| by(read_timeout).is_some()),
            total_by: by(total_timeout),
            answer_by: by(answer_timeout),
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
        redact::warn_of_the_wire_log();
        let (options, (parts, mut body)) = (&options.finite(), request.into_parts());
        let head = Head::new(parts, &mut body, self.proxy_for.as_deref(), self.forwards_https)?;
        let limits = Deadlines::from_now(options);
        let mut fresh = false;
        loop {
            let sent_at = Instant::now();
            let mut source = Source::new(&mut body, head.framing);
            let Attempt { result, progress } = self.attempt(&head, &mut source, &limits, fresh);
            let (touched, source_failure) = (source.touched, source.failure.take());
            log(&head, &result, progress, sent_at);
            let error = match result {
                Ok(response) => return head.answer(response, touched && !progress.refused),
                Err(error) => error,
            };
            if let Some(failure) = source_failure {
                return Err(TransportError::new(TransportErrorKind::Body, failure));
            }
            let unread = !touched || body.is_rewindable();
            if fresh || !unread || !head.is_harmless_to_repeat(&error, progress, touched) {
                return Err(head.failure(error, progress, options));
            }
            if touched {
                body.rewind().map_err(|error| TransportError::new(TransportErrorKind::Body, error))?;
            }
            fresh = true;
        }
    }
}

/// A request that is ready to be sent, without its body.
struct Head {
    parts: http::request::Parts,
    framing: Framing,
    proxy: Option<ureq::Proxy>,
    /// The head waits in this process for the body, which is small and at hand.
    joined: bool,
}

struct Attempt {
    result: Result<Response<ureq::Body>, ureq::Error>,
    progress: Progress,
}

impl Head {
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
        // Where a signature would name the host in another way than the URL does, ureq has to be told.
        if let (Cow::Owned(host), false) = (host_header(&parts.uri), parts.headers.contains_key(HOST)) {
            let host =
                HeaderValue::try_from(host).map_err(|error| TransportError::new(TransportErrorKind::Request, error))?;
            parts.headers.insert(HOST, host);
        }
        if body.is_rewindable() {
            // Whoever hashed the body may have left it at its end; the length that is announced counts from the beginning.
            body.rewind().map_err(|error| TransportError::new(TransportErrorKind::Body, error))?;
        }
        let framing = frame(&parts.method, &mut parts.headers, body)?;
        if body.is_empty() {
            // It is not going to be read, so that nothing else would tell whether it keeps its word.
            body.read(&mut [0]).map_err(|error| TransportError::new(TransportErrorKind::Body, error))?;
        }
        let proxy = match proxy_for.map(|choose| choose(&parts.uri)).transpose()?.flatten() {
            Some(url) => Some(use_proxy(&url, &mut parts, forwards_https)?),
            None => None,
        };
        let joined = body.as_bytes().is_some_and(|bytes| (1..=SMALL_BODY).contains(&bytes.len()))
            && !parts.headers.contains_key(EXPECT);
        Ok(Head { parts, framing, proxy, joined })
    }

    /// The answer as the crate's own types: without `ureq`'s notes, and with the length where it is known.
    fn answer(&self, response: Response<ureq::Body>, is_sent: bool) -> Result<Response<Body>, TransportError> {
        check_whole(&self.parts.uri, response.status(), is_sent || !self.framing.has_body())?;
        let (mut parts, body) = response.into_parts();
        parts.extensions = http::Extensions::new();
        let no_body = self.parts.method == Method::HEAD
            || parts.status.is_informational()
            || matches!(parts.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
        let body = match body.content_length() {
            _ if no_body => Body::empty(),
            Some(length) => {
                Body::from_reader_with_length(Answer::new(body.into_reader(), Some(length), explain), length)
            }
            None if is_zero(&parts.headers) => Body::empty(),
            None => Body::from_reader(Answer::new(body.into_reader(), None, explain)),
        };
        Ok(Response::from_parts(parts, body))
    }

    /// Whether the request may be sent again: see the module's documentation.
    fn is_harmless_to_repeat(&self, error: &ureq::Error, progress: Progress, body_touched: bool) -> bool {
        let reused = !progress.dialled;
        let body_held_back = self.framing.has_body() && !body_touched;
        reused
            && !progress.received
            && is_disconnect(error)
            && (self.parts.method.is_safe() || !progress.wrote || body_held_back)
    }

    fn failure(&self, mut error: ureq::Error, progress: Progress, options: &SendOptions) -> TransportError {
        let kind = classify(&error, progress);
        if kind == TransportErrorKind::Config {
            return TransportError::new(kind, what_went_wrong(&error, options));
        }
        let mut peer = redact::host(&self.parts.uri).to_owned();
        if let Some(proxy) = &self.proxy {
            peer = format!("{peer} (through proxy {}:{})", proxy.host(), proxy.port());
            if let ureq::Error::Other(error) = &mut error
                && let Some(refusal) = error.downcast_mut::<Refusal>()
            {
                refusal.has_credentials = proxy.username().is_some() || proxy.password().is_some();
            }
        }
        let what = what_went_wrong(&error, options);
        let speaks_tls = matches!(&error, ureq::Error::Other(error) if error.downcast_ref() == Some(&Malformed::Tls));
        let is_final = speaks_tls || tls_failure(&error).is_some_and(|failure| failure.is_final);
        let source = if let ureq::Error::Io(error) = error { Some(error) } else { None };
        let error = TransportError::new(kind, Failure { peer, what, source });
        if is_final { error.into_final() } else { error }
    }
}

/// The proxy in `ureq`'s terms. Where the proxy sees the request itself, it gets its credentials in there.
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

/// One event per attempt, with nothing in it that is not on the allow-list of [`redact`].
fn log(head: &Head, result: &Result<Response<ureq::Body>, ureq::Error>, progress: Progress, sent_at: Instant) {
    let Head { parts, framing, proxy, .. } = head;
    let target = redact::target(&parts.uri, parts.extensions.get());
    let elapsed_ms = u64::try_from(sent_at.elapsed().as_millis()).unwrap_or(u64::MAX);
    let reused = !progress.dialled;
    match result {
        Ok(response) => tracing::debug!(
            method = %parts.method, %target, body = ?framing, proxied = proxy.is_some(), reused, elapsed_ms,
            status = response.status().as_u16(), length = response.body().content_length(),
            request_headers = %redact::headers(&parts.headers), response_headers = %redact::headers(response.headers()),
            "answered"
        ),
        Err(error) => tracing::debug!(
            method = %parts.method, %target, body = ?framing, proxied = proxy.is_some(), reused, elapsed_ms,
            request_headers = %redact::headers(&parts.headers), kind = ?classify(error, progress), "failed"
        ),
    }
}

/// Why the body of an answer broke off.
fn explain(error: &io::Error) -> (io::ErrorKind, String) {
    match inner_error(error) {
        Some(ureq::Error::Timeout(Timeout::Global | Timeout::RecvResponse)) => {
            (io::ErrorKind::TimedOut, "the time for the whole attempt is over".to_owned())
        }
        Some(ureq::Error::Timeout(_)) => (io::ErrorKind::TimedOut, "the server fell silent".to_owned()),
        Some(ureq::Error::Protocol(error)) => (io::ErrorKind::InvalidData, error.to_string()),
        Some(ureq::Error::Other(error)) if error.is::<Malformed>() => (io::ErrorKind::InvalidData, error.to_string()),
        // An end within the line that tells the size of a chunk.
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
        (E::Other(error), Phase::Connecting) if !may_pass(error.as_ref()) => TransportErrorKind::Proxy,
        (E::Other(error), _) if error.downcast_ref() == Some(&Malformed::Tls) => TransportErrorKind::Tls,
        (E::Other(error), _) if !may_pass(error.as_ref()) => TransportErrorKind::Malformed,
        (E::Timeout(_), Phase::Begun | Phase::Connecting | Phase::Handshaking) => TransportErrorKind::ConnectTimeout,
        (E::Timeout(_), Phase::Connected | Phase::Sending) => TransportErrorKind::ReadTimeout,
        (E::Other(error), _) if error.is::<BadSetting>() => TransportErrorKind::Config,
        (E::Other(error), _) if error.is::<TlsFailure>() => TransportErrorKind::Tls,
        (_, Phase::Handshaking) => TransportErrorKind::Tls,
        (_, Phase::Connecting) => TransportErrorKind::Connect,
        // A server that wants a client certificate may say so only after the handshake (TLS 1.3).
        (E::Io(error), _) if !progress.received && is_tls_error(error) => TransportErrorKind::Tls,
        (E::Io(_) | E::Other(_), _) => TransportErrorKind::Broken,
        (_, Phase::Begun | Phase::Connected) => TransportErrorKind::Request,
        (_, Phase::Sending) => TransportErrorKind::Broken,
    }
}

/// Whether what came instead of a response, or of a tunnel, may be gone the next time.
fn may_pass(error: &(dyn StdError + Send + Sync + 'static)) -> bool {
    error.downcast_ref::<Malformed>().is_none_or(Malformed::may_pass)
        && error.downcast_ref::<Refusal>().is_none_or(Refusal::may_pass)
}

/// What is known of a failure of TLS.
fn tls_failure(error: &ureq::Error) -> Option<&TlsFailure> {
    match error {
        ureq::Error::Io(error) => TlsFailure::of(error),
        ureq::Error::Other(error) => error.downcast_ref(),
        _ => None,
    }
}

fn is_tls_error(error: &io::Error) -> bool {
    // The error types of the operating systems' libraries differ; sockets give errors of other kinds.
    let is_of_library = cfg!(not(feature = "rustls")) && HAS_TLS;
    let is_unknown = || error.kind() == io::ErrorKind::Other && inner_error(error).is_none();
    TlsFailure::of(error).is_some() || is_of_library && is_unknown()
}

fn is_disconnect(error: &ureq::Error) -> bool {
    match error {
        ureq::Error::Io(error) => {
            matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::NotConnected) || is_reset(error)
        }
        ureq::Error::Other(error) => error.is::<Cut>(),
        _ => false,
    }
}

/// Names the limit where one ran out.
fn what_went_wrong(error: &ureq::Error, options: &SendOptions) -> String {
    use ureq::Error as E;
    let (what, limit) = match error {
        E::Timeout(Timeout::Global) => ("not done", options.total_timeout),
        E::Timeout(Timeout::PerRead | Timeout::PerWrite) => ("not a byte", options.read_timeout),
        E::Timeout(Timeout::RecvResponse) => ("no answer", options.answer_timeout),
        E::Timeout(_) => ("no connection", options.connect_timeout),
        E::Io(error) => return error.to_string(),
        E::Other(error) => return error.to_string(),
        error => return error.to_string(),
    };
    limit.map_or_else(|| error.to_string(), |limit| format!("{what} within {limit:?}"))
}

// --- Connecting ---------------------------------------------------------------------------------------------------------

/// Finds no addresses. `ureq` asks for them before it looks into its pool; [`Dial`] looks them up when they are needed.
#[derive(Debug)]
struct Later;

impl Resolver for Later {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        Ok(self.empty())
    }
}

/// The outermost connector: reports the beginning and the end of connecting, and wraps the connection in an [`Exchange`].
#[derive(Debug)]
struct Connect<C>(C);

impl<C: Connector> Connector for Connect<C> {
    type Out = Exchange<C::Out>;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Self::Out>, ureq::Error> {
        // A proxy is connected to by a run of the whole chain within this one.
        let to_proxy = PROGRESS.get().phase != Phase::Begun;
        report(|progress| {
            progress.phase = Phase::Connecting;
            progress.to_proxy = to_proxy;
            progress.dialled = true;
        });
        let connected = self.0.connect(details, None)?;
        let phase = if to_proxy { Phase::Connecting } else { Phase::Connected };
        report(|progress| {
            let Progress { join, answer_by, connect_by, forwards_https, .. } = *progress;
            *progress =
                Progress { phase, join, answer_by, connect_by, forwards_https, dialled: true, ..Progress::NONE };
        });
        let scheme = if details.needs_tls() { "https" } else { "http" };
        let forward = is_forwarded(details).then(|| format!("{scheme}://{}", host_header(details.uri)));
        Ok(connected.map(|inner| Exchange::new(inner, forward, to_proxy)))
    }
}

/// Whether the request goes to a proxy as it is.
fn is_forwarded(details: &ConnectionDetails<'_>) -> bool {
    let sees = |proxy| sees_request(proxy, details.needs_tls(), PROGRESS.get().forwards_https);
    details.config.proxy().is_some_and(sees)
}

/// Whether a proxy gets requests as they are, which is the way of plain http: most proxies refuse to CONNECT to port 80. With https
/// that is somebody's wish, and TLS has to protect the way to the proxy.
fn sees_request(proxy: &ureq::Proxy, https: bool, forwards_https: bool) -> bool {
    !https || forwards_https && proxy.uri().scheme_str() == Some("https")
}

/// Whom the connection is made to.
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
struct Dial {
    tcp_keepalive: bool,
}

impl<In: Wire> Connector<In> for Dial {
    type Out = Either<In, Socket>;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, ureq::Error> {
        if chained.is_some() {
            return Ok(chained.map(Either::A));
        }
        let (limits, timeout) = limits(None, details.timeout);
        let addrs = look_up(next_hop(details), details.config, left(timeout, limits.until)?)?;
        let tcp = Tcp::connect(&addrs, limits.until).map_err(|failed| failure_of(failed, timeout))?;
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
    // With a time limit the resolver works in a thread of its own, which an address does not need.
    let mut addrs = Later.empty();
    let port = uri.port_u16().unwrap_or(default_port);
    addrs.push(match (address, zone(uri)) {
        (IpAddr::V6(address), Some(zone)) => with_zone(address, zone, port)?,
        _ => SocketAddr::new(address, port),
    });
    Ok(addrs)
}

/// An address that means something only on one interface of this machine, which has a number or a name.
fn with_zone(address: Ipv6Addr, zone: &str, port: u16) -> Result<SocketAddr, ureq::Error> {
    if let Ok(number) = zone.parse() {
        return Ok(SocketAddrV6::new(address, port, 0, number).into());
    }
    // The system knows the names, and looks nothing else up for an address.
    let found = (format!("{address}%{zone}"), port).to_socket_addrs().ok().and_then(|mut found| found.next());
    found.ok_or_else(|| {
        let what =
            format!("the address {address} has the zone {zone:?}, which is no network interface of this machine");
        ureq::Error::Io(io::Error::new(io::ErrorKind::AddrNotAvailable, what))
    })
}

// --- The layers of a connection -----------------------------------------------------------------------------------------

/// Below TLS. A server that has seen enough of a request answers and closes its side while the body is still being sent.
/// The failed write is then kept back until it is known that no answer came, and further output is thrown away.
#[derive(Debug)]
struct Socket {
    tcp: Tcp,
    buffers: LazyBuffers,
    /// Why nothing can be sent any more.
    unsent: Option<ureq::Error>,
    /// Input is already in the buffer, which a read was not yet told about.
    early: bool,
}

impl Socket {
    fn write(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        let (limits, timeout) = limits(timeout.per_write, timeout);
        let wrote = || report(|progress| progress.wrote = true);
        let written = self.tcp.write_all(&self.buffers.output()[..amount], limits, wrote);
        written.map_err(|failed| match failed {
            Failed::Idle => ureq::Error::Timeout(Timeout::PerWrite),
            failed => failure_of(failed, timeout),
        })
    }

    fn read(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        let (limits, timeout) = limits(timeout.per_read, timeout);
        let read = self.tcp.read(self.buffers.input_append_buf(), limits);
        let read = read.map_err(|failed| match failed {
            Failed::Idle => ureq::Error::Timeout(Timeout::PerRead),
            failed => failure_of(failed, timeout),
        })?;
        self.buffers.input_appended(read);
        Ok(read > 0)
    }

    fn refuse(&mut self, error: ureq::Error) {
        self.unsent = Some(error);
        report(|progress| progress.refused = true);
    }
}

/// The limits of one connection, read or write, the orders from above among them, and the reason when time is over.
fn limits(idle: Option<ureq::unversioned::transport::time::Duration>, timeout: NextTimeout) -> (Limits, NextTimeout) {
    let progress = PROGRESS.get();
    let idle = idle.filter(|idle| !idle.is_not_happening()).map(|idle| *idle);
    // ureq gives the same time to several steps of connecting, one after the other.
    let until = end(timeout).into_iter().chain(progress.connect_by()).min();
    match progress.answer_by {
        Some(by) if until.is_none_or(|until| by < until) => {
            (Limits { idle, until: Some(by) }, NextTimeout { reason: Timeout::RecvResponse, ..timeout })
        }
        _ => (Limits { idle, until }, timeout),
    }
}

/// The point in time that a limit means which counts from now.
fn end(timeout: NextTimeout) -> Option<Instant> {
    (!timeout.after.is_not_happening()).then(|| Instant::now().checked_add(*timeout.after)).flatten()
}

/// What is left of a limit.
fn left(timeout: NextTimeout, until: Option<Instant>) -> Result<NextTimeout, ureq::Error> {
    match until.map(|until| until.saturating_duration_since(Instant::now())) {
        Some(Duration::ZERO) => Err(ureq::Error::Timeout(timeout.reason)),
        Some(left) => Ok(NextTimeout { after: left.into(), ..timeout }),
        None => Ok(timeout),
    }
}

fn failure_of(failed: Failed, timeout: NextTimeout) -> ureq::Error {
    match failed {
        Failed::Io(error) => ureq::Error::Io(error),
        Failed::Idle | Failed::Over => ureq::Error::Timeout(timeout.reason),
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
                // The server has stopped reading: perhaps it has answered.
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
            // No answer: then the write that failed is what went wrong.
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

//! Fault injection: calls to a local server that fails on purpose.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use tucuxi::{Client, Clock, Credentials, Environment, Error, ErrorKind, Session, SessionBuilder};

use crate::support::suite::{Test, tests};

pub(super) fn tests() -> Vec<Test> {
    tests![
        calls_succeed_after_every_fault,
        permanent_faults_are_reported,
        completed_and_rejected_requests_are_not_retried,
        refused_connection_is_a_connection_error,
        clock_skew_is_corrected,
        connections_are_reused_after_complete_responses,
        no_call_outlives_its_deadline,
        deadlines_include_credentials_but_not_streams,
        soak_short,
    ]
    .to_vec()
}

pub(super) fn tests_over_tls() -> Vec<Test> {
    tests![
        tls_failures_are_reported_and_retried_where_useful,
        calls_succeed_after_every_fault_over_tls,
        soak_short_over_tls,
    ]
    .to_vec()
}

/// How the server treats a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// No fault: the response's id is the text of the message.
    None,
    Status(u16),
    /// Status 400 with a code that means throttling.
    Throttle,
    /// Closes before the whole request was read, which resets the connection.
    ResetUnread,
    Close,
    CloseWithinHead,
    CloseBehindHead,
    CloseWithinBody,
    StallBeforeHead,
    StallWithinHead,
    StallWithinBody,
    /// Slow response, byte by byte.
    Drip,
    /// Not HTTP.
    Garbage,
    /// Correct response, after which the connection closes without notice.
    CloseAfterResponse,
    /// Service error that reports clock skew.
    WrongClock,
}

use Fault as F;

/// Faults after which the request may be retried.
const PASSING: &[Fault] = &[
    F::Status(500),
    F::Status(502),
    F::Status(503),
    F::Status(429),
    F::Throttle,
    F::ResetUnread,
    F::Close,
    F::CloseWithinHead,
    F::CloseBehindHead,
    F::CloseWithinBody,
    F::StallBeforeHead,
    F::StallWithinHead,
    F::StallWithinBody,
    F::Garbage,
];

struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// How the server treats a new connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Greeting {
    /// Waits for requests.
    None,
    /// Closes immediately.
    Close,
    /// Closes during the handshake.
    CutHandshake,
    /// Stays silent.
    Silent,
    /// Speaks plain HTTP where TLS is expected.
    PlainText,
    /// Presents an untrusted certificate.
    SelfSigned,
    /// Presents a certificate for another host.
    OtherHost,
    /// Presents an expired certificate.
    Expired,
}

use Greeting as G;

struct Shared {
    /// Treatment of each connection, counted from 0.
    greet: Box<dyn Fn(u64) -> Greeting + Send + Sync>,
    /// `None` without TLS.
    tls: Option<Certificates>,
    /// Number of connections after which the server stops listening for a moment.
    closes_every: Option<u64>,
    /// Treatment of each request, counted from 0.
    script: Box<dyn Fn(u64) -> Fault + Send + Sync>,
    requests: AtomicU64,
    /// Number of open connections.
    open: AtomicI64,
    accepted: AtomicU32,
    stop: AtomicBool,
    /// Duration for which a stalled connection stays open.
    stall: Duration,
    /// Pause between two bytes of a slow response.
    drip: Duration,
    bodies: Mutex<Option<Vec<String>>>,
}

impl Server {
    fn start(script: impl Fn(u64) -> Fault + Send + Sync + 'static) -> Server {
        Server::start_with(script, |_| G::None, None, None)
    }

    fn over_tls(
        script: impl Fn(u64) -> Fault + Send + Sync + 'static,
        greet: impl Fn(u64) -> Greeting + Send + Sync + 'static,
        certificates: Certificates,
    ) -> Server {
        Server::start_with(script, greet, Some(certificates), None)
    }

    fn start_with(
        script: impl Fn(u64) -> Fault + Send + Sync + 'static,
        greet: impl Fn(u64) -> Greeting + Send + Sync + 'static,
        tls: Option<Certificates>,
        closes_every: Option<u64>,
    ) -> Server {
        let mut listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            greet: Box::new(greet),
            tls,
            closes_every,
            script: Box::new(script),
            requests: AtomicU64::new(0),
            open: AtomicI64::new(0),
            accepted: AtomicU32::new(0),
            stop: AtomicBool::new(false),
            stall: Duration::from_secs(20),
            drip: Duration::from_millis(if closes_every.is_some() { 1 } else { 30 }),
            bodies: Mutex::new(Some(Vec::new())),
        });
        let server = Server { address, shared: Arc::clone(&shared) };
        thread::spawn(move || {
            loop {
                let Ok((stream, _)) = listener.accept() else { continue };
                if shared.stop.load(SeqCst) {
                    return;
                }
                let number = u64::from(shared.accepted.fetch_add(1, SeqCst));
                let for_connection = Arc::clone(&shared);
                thread::spawn(move || {
                    for_connection.open.fetch_add(1, SeqCst);
                    let _ = for_connection.welcome(stream, number);
                    for_connection.open.fetch_sub(1, SeqCst);
                });
                if shared.closes_every.is_some_and(|every| number % every == every - 1) {
                    drop(listener);
                    thread::sleep(Duration::from_millis(20));
                    listener = TcpListener::bind(address).unwrap();
                }
            }
        });
        server
    }

    /// Server with these faults in order, and none after them.
    fn with(faults: &[Fault]) -> Server {
        let faults = faults.to_vec();
        Server::start(move |number| faults.get(number as usize).copied().unwrap_or(F::None))
    }

    fn always(fault: Fault) -> Server {
        Server::start(move |_| fault)
    }

    fn requests(&self) -> u64 {
        self.shared.requests.load(SeqCst)
    }

    fn url(&self) -> String {
        let scheme = if self.shared.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.store(true, SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn welcome(&self, mut stream: TcpStream, number: u64) -> io::Result<()> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let greeting = (self.greet)(number);
        match greeting {
            G::Close => return Ok(()),
            G::CutHandshake => return stream.read_exact(&mut [0; 16]),
            G::Silent => {
                stream.set_read_timeout(Some(self.stall))?;
                while stream.read(&mut [0; 1024])? > 0 {}
                return Ok(());
            }
            G::PlainText => {
                stream.read_exact(&mut [0; 16])?;
                return stream.write_all(b"HTTP/1.1 400 Plain text to a TLS port\r\nContent-Length: 0\r\n\r\n");
            }
            G::None | G::SelfSigned | G::OtherHost | G::Expired => {}
        }
        match &self.tls {
            None => self.serve(&mut Plain(stream)),
            Some(certificates) => {
                let session = rustls::ServerConnection::new(certificates.of(greeting)).unwrap();
                self.serve(&mut Encrypted(rustls::StreamOwned::new(session, stream)))
            }
        }
    }

    fn serve(&self, stream: &mut dyn Connection) -> io::Result<()> {
        let mut unread = Vec::new();
        loop {
            let Some((length, first_line)) = head(stream, &mut unread)? else { return Ok(()) };
            let fault = (self.script)(self.requests.fetch_add(1, SeqCst));
            if fault == F::ResetUnread {
                return Ok(());
            }
            while unread.len() < length {
                let mut piece = [0; 4096];
                let read = stream.read(&mut piece)?;
                if read == 0 {
                    return Ok(());
                }
                unread.extend(&piece[..read]);
            }
            let body = String::from_utf8_lossy(&unread[..length]).into_owned();
            unread.drain(..length);
            if let Some(bodies) = &mut *self.bodies.lock().unwrap() {
                bodies.push(format!("{first_line}{body}"));
            }
            if !self.respond(stream, fault, &body)? {
                return Ok(());
            }
        }
    }

    /// Responds to a request. Returns whether the connection stays open.
    fn respond(&self, stream: &mut dyn Connection, fault: Fault, request: &str) -> io::Result<bool> {
        let text = serde_json::from_str::<Value>(request).unwrap_or_default();
        let good = json!({"MessageId": text["MessageBody"]}).to_string();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", good.len());
        let whole = format!("{head}{good}");
        let error_response = |status: u16, headers: &str, body: &str| {
            format!("HTTP/1.1 {status} No\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
        };
        let cut = match fault {
            F::None | F::CloseAfterResponse => whole.as_str(),
            F::Status(status) => {
                stream.write_all(error_response(status, "", "{}").as_bytes())?;
                return Ok(true);
            }
            F::Throttle => {
                stream.write_all(error_response(400, "", r#"{"__type": "ThrottlingException"}"#).as_bytes())?;
                return Ok(true);
            }
            F::WrongClock => {
                let ahead = OffsetDateTime::now_utc() + time::Duration::hours(3);
                let date = format!("Date: {}\r\n", ahead.format(&Rfc2822).unwrap());
                stream.write_all(error_response(403, &date, r#"{"__type": "RequestTimeTooSkewed"}"#).as_bytes())?;
                return Ok(true);
            }
            F::ResetUnread | F::Close | F::StallBeforeHead => "",
            F::CloseWithinHead | F::StallWithinHead => &whole[..20],
            F::CloseBehindHead => &whole[..head.len()],
            F::CloseWithinBody | F::StallWithinBody => &whole[..head.len() + 3],
            F::Garbage => "\u{1}\u{2}\r\n\r\n",
            F::Drip => {
                for byte in whole.as_bytes() {
                    stream.write_all(&[*byte])?;
                    stream.flush()?;
                    thread::sleep(self.drip);
                }
                return Ok(true);
            }
        };
        stream.write_all(cut.as_bytes())?;
        if matches!(fault, F::StallBeforeHead | F::StallWithinHead | F::StallWithinBody) {
            // Until the client closes the connection.
            stream.tcp().set_read_timeout(Some(self.stall))?;
            let _ = stream.read(&mut [0]);
        }
        Ok(fault == F::None)
    }
}

/// Connection with or without TLS.
trait Connection: Read + Write {
    fn tcp(&self) -> &TcpStream;
}

struct Plain(TcpStream);
struct Encrypted(rustls::StreamOwned<rustls::ServerConnection, TcpStream>);

impl Connection for Plain {
    fn tcp(&self) -> &TcpStream {
        &self.0
    }
}

impl Connection for Encrypted {
    fn tcp(&self) -> &TcpStream {
        &self.0.sock
    }
}

macro_rules! pass_on {
    ($($connection:ident)+) => {$(
        impl Read for $connection {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0.read(buffer)
            }
        }

        impl Write for $connection {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                self.0.write(bytes)
            }

            fn flush(&mut self) -> io::Result<()> {
                self.0.flush()
            }
        }
    )+};
}

pass_on!(Plain Encrypted);

/// Valid and invalid certificates of the server.
struct Certificates {
    good: Arc<rustls::ServerConfig>,
    self_signed: Arc<rustls::ServerConfig>,
    other_host: Arc<rustls::ServerConfig>,
    expired: Arc<rustls::ServerConfig>,
    /// File with the CA certificate that clients trust.
    authority: tempfile::NamedTempFile,
}

impl Certificates {
    fn new() -> Certificates {
        use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, "an authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let config = |certificate: rcgen::Certificate, key: KeyPair| {
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let key = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der());
            let config = rustls::ServerConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![certificate.der().clone()], key.into());
            Arc::new(config.unwrap())
        };
        let signed = |host: &str, expired: bool| {
            let mut params = CertificateParams::new([host.to_owned()]).unwrap();
            if expired {
                (params.not_before, params.not_after) = (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 1, 1));
            }
            let key = KeyPair::generate().unwrap();
            config(params.signed_by(&key, &authority).unwrap(), key)
        };
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(authority.pem().as_bytes()).unwrap();
        let key = KeyPair::generate().unwrap();
        let own = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap().self_signed(&key).unwrap();
        Certificates {
            good: signed("127.0.0.1", false),
            self_signed: config(own, key),
            other_host: signed("elsewhere.example", false),
            expired: signed("127.0.0.1", true),
            authority: file,
        }
    }

    fn of(&self, greeting: Greeting) -> Arc<rustls::ServerConfig> {
        Arc::clone(match greeting {
            G::SelfSigned => &self.self_signed,
            G::OtherHost => &self.other_host,
            G::Expired => &self.expired,
            _ => &self.good,
        })
    }
}

/// Reads the head of a request. Returns the body's length and the attempt's number; `unread` gets the bytes after the head.
fn head(stream: &mut dyn Connection, unread: &mut Vec<u8>) -> io::Result<Option<(usize, String)>> {
    let end = loop {
        if let Some(end) = unread.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        let mut piece = [0; 4096];
        let read = stream.read(&mut piece)?;
        if read == 0 {
            return Ok(None);
        }
        unread.extend(&piece[..read]);
    };
    let text = String::from_utf8_lossy(&unread[..end]).into_owned();
    unread.drain(..end + 4);
    let field = |wanted: &str| {
        let mut fields = text.lines().filter_map(|line| line.split_once(": "));
        fields.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map_or("", |(_, value)| value).to_owned()
    };
    Ok(Some((field("content-length").parse().unwrap_or(0), field("amz-sdk-invocation-id"))))
}

/// System clock that sleeps a hundredth of the requested time, and records the requested total.
#[derive(Debug, Clone, Default)]
struct HurriedClock(Arc<AtomicU64>);

impl HurriedClock {
    fn slept(&self) -> Duration {
        Duration::from_micros(self.0.load(SeqCst))
    }
}

impl Clock for HurriedClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, duration: Duration) {
        self.0.fetch_add(duration.as_micros() as u64, SeqCst);
        thread::sleep(duration / 100);
    }
}

fn builder(server: &Server) -> SessionBuilder {
    let builder = match &server.shared.tls {
        Some(certificates) => Session::builder().ca_bundle(certificates.authority.path()),
        None => Session::builder(),
    };
    builder
        .environment(Environment::from_pairs::<&str, &str>([]))
        .region("us-east-1")
        .credentials(Credentials::new("AKIDEXAMPLE", "secret"))
        .endpoint_url(server.url())
        .connect_timeout(Duration::from_secs(10))
        .read_timeout(Duration::from_millis(500))
}

fn client(server: &Server) -> (Client, HurriedClock) {
    let clock = HurriedClock::default();
    (builder(server).clock(clock.clone()).build().unwrap().client("sqs").unwrap(), clock)
}

fn send(client: &Client, text: &str) -> Result<String, Error> {
    let queue = "https://sqs.us-east-1.amazonaws.com/1/q";
    let sent = client.call("send_message", json!({"QueueUrl": queue, "MessageBody": text}))?;
    Ok(sent["MessageId"].as_str().unwrap_or_default().to_owned())
}

// --- Single faults ------------------------------------------------------------------------------------------------------

fn calls_succeed_after_every_fault() {
    for fault in PASSING {
        let server = Server::with(&[*fault, *fault]);
        let (client, clock) = client(&server);
        assert_eq!(send(&client, "hello").map_err(|error| error.to_string()).as_deref(), Ok("hello"), "{fault:?}");
        assert_eq!(server.requests(), 3, "{fault:?}");
        assert!(clock.slept() <= Duration::from_secs(3), "{fault:?}: {:?}", clock.slept());
        // All attempts send the same request.
        let bodies = server.shared.bodies.lock().unwrap().clone().unwrap();
        assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "{fault:?}: {bodies:?}");
    }
}

fn permanent_faults_are_reported() {
    for fault in PASSING {
        let server = Server::always(*fault);
        let (client, _) = client(&server);
        let error = send(&client, "hello").unwrap_err();
        assert_eq!((error.attempts(), server.requests()), (3, 3), "{fault:?}: {error}");
        assert_eq!(error.delays().len(), 2, "{fault:?}");
        let kind = match fault {
            F::Status(_) | F::Throttle => ErrorKind::Service,
            F::StallBeforeHead | F::StallWithinHead | F::StallWithinBody => ErrorKind::Timeout,
            _ => ErrorKind::Connection,
        };
        assert_eq!(error.kind(), kind, "{fault:?}: {error}");
        let is_throttled = matches!(fault, F::Throttle | F::Status(429));
        assert_eq!(error.may_have_been_processed(), !is_throttled, "{fault:?}: {error}");
    }
}

fn completed_and_rejected_requests_are_not_retried() {
    for (fault, succeeds) in
        [(F::None, true), (F::CloseAfterResponse, true), (F::Status(403), false), (F::Status(404), false)]
    {
        let server = Server::always(fault);
        let (client, _) = client(&server);
        for call in 1..=3 {
            assert_eq!(send(&client, "once").is_ok(), succeeds, "{fault:?}");
            assert_eq!(server.requests(), call, "{fault:?}");
        }
    }
}

fn refused_connection_is_a_connection_error() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = Server::always(F::None);
    let clock = HurriedClock::default();
    let session = builder(&server).endpoint_url(format!("http://{address}")).clock(clock).build().unwrap();
    let error = send(&session.client("sqs").unwrap(), "hello").unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 3), "{error}");
    assert!(!error.may_have_been_processed());
}

fn clock_skew_is_corrected() {
    let server = Server::with(&[F::WrongClock]);
    let (client, clock) = client(&server);
    for requests in [2, 3] {
        assert_eq!(send(&client, "hello").unwrap(), "hello");
        assert_eq!((server.requests(), clock.slept()), (requests, Duration::ZERO));
    }
}

fn connections_are_reused_after_complete_responses() {
    let server = Server::with(&[F::None, F::Status(500), F::Throttle, F::None, F::None]);
    let (client, _) = client(&server);
    for _ in 0..3 {
        send(&client, "hello").unwrap();
    }
    assert_eq!(
        (server.requests(), server.shared.accepted.load(SeqCst)),
        (5, 1),
        "a response of any status leaves it usable"
    );
}

fn tls_failures_are_reported_and_retried_where_useful() {
    for (greeting, kind, attempts, says) in [
        (G::SelfSigned, ErrorKind::Connection, 1, "the server's certificate is self-signed and not trusted"),
        (G::OtherHost, ErrorKind::Connection, 1, "the server's certificate is for elsewhere.example and not for"),
        (G::Expired, ErrorKind::Connection, 1, "the server's certificate expired on"),
        (G::PlainText, ErrorKind::Connection, 1, "the server speaks plain HTTP on this port and not TLS"),
        (G::CutHandshake, ErrorKind::Connection, 3, "TLS failed"),
        (G::Close, ErrorKind::Connection, 3, "TLS failed"),
        (G::Silent, ErrorKind::Timeout, 3, "connecting took too long"),
    ] {
        // The failure is permanent, and no part of the request is sent.
        let server = Server::over_tls(|_| F::None, move |_| greeting, Certificates::new());
        let clock = HurriedClock::default();
        let patience = Duration::from_millis(if greeting == G::Silent { 1_000 } else { 10_000 });
        let client = builder(&server).connect_timeout(patience).clock(clock.clone()).build().unwrap();
        let client = client.client("sqs").unwrap();
        let error = send(&client, "hello").unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (kind, attempts), "{greeting:?}: {error}");
        assert!(error.to_string().contains(says) && !error.may_have_been_processed(), "{greeting:?}: {error}");
        assert_eq!((server.requests(), server.shared.accepted.load(SeqCst)), (0, attempts), "{greeting:?}");
        assert!(clock.slept() <= Duration::from_millis(150), "{greeting:?}: {:?}", clock.slept());
        if attempts == 1 {
            continue;
        }
        // The failure occurs twice.
        let twice = move |number| if number < 2 { greeting } else { G::None };
        let server = Server::over_tls(|_| F::None, twice, Certificates::new());
        let client = builder(&server).connect_timeout(patience).clock(HurriedClock::default()).build().unwrap();
        assert_eq!(send(&client.client("sqs").unwrap(), "hello").unwrap(), "hello", "{greeting:?}");
        assert_eq!((server.requests(), server.shared.accepted.load(SeqCst)), (1, 3), "{greeting:?}");
    }
}

fn calls_succeed_after_every_fault_over_tls() {
    for fault in PASSING {
        let server =
            Server::over_tls(move |number| if number < 2 { *fault } else { F::None }, |_| G::None, Certificates::new());
        let (client, _) = client(&server);
        assert_eq!(send(&client, "hello").map_err(|error| error.to_string()).as_deref(), Ok("hello"), "{fault:?}");
        assert_eq!(server.requests(), 3, "{fault:?}");
    }
}

// --- Deadlines ----------------------------------------------------------------------------------------------------------

/// Tolerance for a busy machine. A stalled server would add tens of seconds.
const OVERRUN: Duration = Duration::from_millis(500);

/// Returns by how much a call exceeds its deadline: the best of several runs, because the machine may be busy.
fn least_overrun(deadline: Duration, call: impl Fn() -> Duration) -> Duration {
    let mut least = Duration::MAX;
    for _ in 0..5 {
        least = least.min(call().saturating_sub(deadline));
        if least <= OVERRUN {
            break;
        }
    }
    least
}

fn no_call_outlives_its_deadline() {
    const DEADLINE: Duration = Duration::from_millis(400);
    for fault in PASSING.iter().chain(&[F::Drip]) {
        let server = Server::always(*fault);
        // The system clock, and a read timeout that is too long to help.
        let session =
            builder(&server).read_timeout(Duration::from_secs(30)).max_attempts(50).deadline(DEADLINE).build().unwrap();
        let overrun = least_overrun(DEADLINE, || {
            let client = session.client("sqs").unwrap();
            let begun = Instant::now();
            let error = send(&client, "hello").unwrap_err();
            assert!(error.attempts() > 0, "{fault:?}: {error}");
            begun.elapsed()
        });
        assert!(overrun <= OVERRUN, "{fault:?}: {overrun:?} too long");
    }
}

fn deadlines_include_credentials_but_not_streams() {
    let slow = || {
        thread::sleep(Duration::from_millis(80));
        Ok(Credentials::new("AKIDEXAMPLE", "secret"))
    };
    let server = Server::always(F::None);
    let session = builder(&server).credentials(slow).deadline(Duration::from_millis(50)).build().unwrap();
    let error = send(&session.client("sqs").unwrap(), "hello").unwrap_err();
    assert_eq!((error.kind(), error.attempts(), server.requests()), (ErrorKind::Timeout, 0, 0), "{error}");

    // The payload takes more than a second, and so does the head if it drips too.
    let server = Server::always(F::Drip);
    let s3 = builder(&server).s3_addressing_style(tucuxi::AddressingStyle::Path).read_timeout(Duration::from_secs(30));
    let s3 = s3.build().unwrap().client("s3").unwrap();
    let get = || s3.request("get_object").params(json!({"Bucket": "photos", "Key": "cat"}));
    let error = get().deadline(Duration::from_millis(300)).send().unwrap_err();
    assert!(error.is_timeout(), "{error}");
    let head = Duration::from_millis(30 * 41);
    let output = get().deadline(head + Duration::from_secs(2)).send().unwrap();
    thread::sleep(Duration::from_millis(2_100));
    assert_eq!(output.body.into_bytes().unwrap(), br#"{"MessageId":null}"#);
}

// --- The soak -----------------------------------------------------------------------------------------------------------

/// Every fifth request fails, with each fault in order.
fn mixed(number: u64) -> Fault {
    const MORE: &[Fault] = &[F::Drip, F::WrongClock, F::CloseAfterResponse];
    let hash = hash(number);
    let ways = PASSING.len() + MORE.len();
    let way = (hash / 5) as usize % ways;
    if hash.is_multiple_of(5) { *PASSING.iter().chain(MORE).nth(way).unwrap() } else { F::None }
}

/// One connection of ten fails.
fn mixed_greeting(number: u64) -> Greeting {
    const FINAL: &[Greeting] = &[G::PlainText, G::SelfSigned, G::OtherHost, G::Expired];
    let hash = hash(number);
    match hash % 100 {
        0 => FINAL[(hash / 100) as usize % FINAL.len()],
        10 | 20 | 30 | 40 => G::Close,
        50 | 60 | 70 | 80 | 90 => G::CutHandshake,
        _ => G::None,
    }
}

/// Cheap hash that makes the faults of a call independent.
fn hash(number: u64) -> u64 {
    number.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32
}

#[allow(clippy::print_stderr, reason = "its figures are what the full form is run for")]
fn soak(calls: u32, tls: Option<Certificates>) {
    const THREADS: u32 = 8;
    let greet = if tls.is_some() { mixed_greeting } else { |_| G::None };
    let server = Server::start_with(mixed, greet, tls, Some(500));
    *server.shared.bodies.lock().unwrap() = None;
    let (client, clock) = client(&server);
    let (succeeded, failed_attempts, made) = (AtomicU32::new(0), AtomicU64::new(0), AtomicU32::new(0));
    // After a tenth, half and all of the calls.
    let resident = Mutex::new(Vec::new());
    let begun = Instant::now();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (client, succeeded, failed_attempts) = (client.clone(), &succeeded, &failed_attempts);
            let (made, resident) = (&made, &resident);
            scope.spawn(move || {
                for call in 0..calls / THREADS {
                    let text = format!("{thread}-{call}");
                    match send(&client, &text) {
                        Ok(id) => {
                            assert_eq!(id, text, "the response to another call");
                            succeeded.fetch_add(1, SeqCst);
                        }
                        Err(error) => {
                            check_failure(&error);
                            failed_attempts.fetch_add(error.attempts().into(), SeqCst);
                        }
                    }
                    let made = made.fetch_add(1, SeqCst) + 1;
                    if [calls / 10, calls / 2, calls].contains(&made) {
                        resident.lock().unwrap().push(resident_kib());
                    }
                }
            });
        }
    });
    let (made, succeeded) = (made.into_inner(), succeeded.into_inner());
    let kept = server.shared.open.load(SeqCst);
    drop(client);
    let waiting = Instant::now();
    while server.shared.open.load(SeqCst) > 0 && waiting.elapsed() < Duration::from_secs(30) {
        thread::sleep(Duration::from_millis(10));
    }
    let (left, resident) = (server.shared.open.load(SeqCst), resident.into_inner().unwrap());
    eprintln!(
        "soak: {made} calls in {:?}, {succeeded} succeeded; {} requests, {} connections; slept {:?}; \
         memory at 10 %, 50 %, 100 %: {resident:?} KiB; open connections of the pool: {kept}, after the client: {left}",
        begun.elapsed(),
        server.requests(),
        server.shared.accepted.load(SeqCst),
        clock.slept(),
    );
    assert_eq!(made, calls);
    assert!(succeeded >= made / 100 * 95, "{succeeded} of {made} calls succeeded");
    // Every request that was reported as sent arrived; failed connections sent none.
    assert!(server.requests() >= u64::from(succeeded));
    assert_eq!(left, 0, "a connection outlives its client");
    // The short form includes other tests of this process; both forms include the server's threads.
    if let (&[tenth, half, all], 100_000..) = (&resident[..], calls) {
        assert!(all.saturating_sub(tenth) < 16 * 1024 && all.saturating_sub(half) < 8 * 1024, "{resident:?} KiB");
    }
}

fn check_failure(error: &Error) {
    let skewed = error.service().is_some_and(|service| service.code() == "RequestTimeTooSkewed");
    let gave_up = error.to_string().contains("quota");
    let is_final = ["the server's certificate", "plain HTTP"].iter().any(|what| error.to_string().contains(what));
    match error.kind() {
        // The server reports another skew each time, and a call corrects it only once.
        ErrorKind::Service if skewed => assert!(error.attempts() >= 1, "{error}"),
        ErrorKind::Service | ErrorKind::Timeout | ErrorKind::Connection => {
            assert!(error.attempts() == 3 || gave_up || is_final, "{error}");
        }
        _ => panic!("{error:?}"),
    }
}

/// Returns 0 if the system does not report it.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
}

fn soak_short() {
    soak(4_000, None);
}

fn soak_short_over_tls() {
    soak(2_000, Some(Certificates::new()));
}

pub(super) fn soak_in_full() {
    soak(200_000, None);
}

pub(super) fn soak_in_full_over_tls() {
    soak(200_000, Some(Certificates::new()));
}

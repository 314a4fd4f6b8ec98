//! A server on the loopback interface that fails on purpose, and calls that have to stand it.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use serde_json::{Value, json};
use tucuxi::{Client, Clock, Credentials, Environment, Error, ErrorKind, Session, SessionBuilder};

/// What the server does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// None: it answers with the message's text as its id.
    None,
    Status(u16),
    /// Status 400 with a code that means throttling.
    Throttle,
    /// Closes without having read all of the request, which resets the connection.
    ResetUnread,
    Close,
    CloseWithinHead,
    CloseBehindHead,
    CloseWithinBody,
    StallBeforeHead,
    StallWithinHead,
    StallWithinBody,
    /// An answer that takes its time, byte by byte.
    Drip,
    /// Not HTTP.
    Garbage,
    /// The right answer in a connection that is closed behind it, without a word.
    CloseAfterAnswer,
    /// A refusal that says that the client's clock is wrong.
    WrongClock,
}

use Fault as F;

/// For each of them the request may be sent again.
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

struct Shared {
    /// What happens to the request of that number; the first is 0.
    script: Box<dyn Fn(u64) -> Fault + Send + Sync>,
    requests: AtomicU64,
    /// Connections that are open now.
    open: AtomicI64,
    accepted: AtomicU32,
    stop: AtomicBool,
    /// How long a stalled connection stays open.
    stall: Duration,
    bodies: Mutex<Option<Vec<String>>>,
}

impl Server {
    fn start(script: impl Fn(u64) -> Fault + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let shared = Arc::new(Shared {
            script: Box::new(script),
            requests: AtomicU64::new(0),
            open: AtomicI64::new(0),
            accepted: AtomicU32::new(0),
            stop: AtomicBool::new(false),
            stall: Duration::from_secs(20),
            bodies: Mutex::new(Some(Vec::new())),
        });
        let server = Server { address: listener.local_addr().unwrap(), shared: Arc::clone(&shared) };
        thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.stop.load(SeqCst) {
                    return;
                }
                let (Ok(stream), shared) = (stream, Arc::clone(&shared)) else { continue };
                thread::spawn(move || {
                    shared.accepted.fetch_add(1, SeqCst);
                    shared.open.fetch_add(1, SeqCst);
                    let _ = shared.serve(stream);
                    shared.open.fetch_sub(1, SeqCst);
                });
            }
        });
        server
    }

    /// These faults in turn, and none behind them.
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
        format!("http://{}", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.store(true, SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut stream = stream;
        loop {
            let Some((length, first_line)) = head(&mut reader)? else { return Ok(()) };
            let fault = (self.script)(self.requests.fetch_add(1, SeqCst));
            if fault == F::ResetUnread {
                return Ok(());
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body)?;
            let body = String::from_utf8_lossy(&body).into_owned();
            if let Some(bodies) = &mut *self.bodies.lock().unwrap() {
                bodies.push(format!("{first_line}{body}"));
            }
            if !self.answer(&mut stream, fault, &body)? {
                return Ok(());
            }
        }
    }

    /// Whether the connection goes on.
    fn answer(&self, stream: &mut TcpStream, fault: Fault, request: &str) -> io::Result<bool> {
        let text = serde_json::from_str::<Value>(request).unwrap_or_default();
        let good = json!({"MessageId": text["MessageBody"]}).to_string();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", good.len());
        let whole = format!("{head}{good}");
        let refusal = |status: u16, headers: &str, body: &str| {
            format!("HTTP/1.1 {status} No\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len())
        };
        let cut = match fault {
            F::None | F::CloseAfterAnswer => whole.as_str(),
            F::Status(status) => {
                stream.write_all(refusal(status, "", "{}").as_bytes())?;
                return Ok(true);
            }
            F::Throttle => {
                stream.write_all(refusal(400, "", r#"{"__type": "ThrottlingException"}"#).as_bytes())?;
                return Ok(true);
            }
            F::WrongClock => {
                let date = "Date: Mon, 01 Jan 2035 00:00:00 GMT\r\n";
                stream.write_all(refusal(403, date, r#"{"__type": "RequestTimeTooSkewed"}"#).as_bytes())?;
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
                    thread::sleep(Duration::from_millis(30));
                }
                return Ok(true);
            }
        };
        stream.write_all(cut.as_bytes())?;
        if matches!(fault, F::StallBeforeHead | F::StallWithinHead | F::StallWithinBody) {
            // Until the client has enough of it.
            stream.set_read_timeout(Some(self.stall))?;
            let _ = stream.read(&mut [0]);
        }
        Ok(fault == F::None)
    }
}

/// The length of the body, and the number of the attempt.
fn head(reader: &mut impl BufRead) -> io::Result<Option<(usize, String)>> {
    let (mut length, mut attempt) = (0, String::new());
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let line = line.trim_end();
        if line.is_empty() {
            return Ok(Some((length, attempt)));
        }
        match line.split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().unwrap_or(0),
            Some((name, value)) if name.eq_ignore_ascii_case("amz-sdk-invocation-id") => attempt = value.to_owned(),
            _ => {}
        }
    }
}

/// The machine's clock, but it sleeps a hundredth of what it is told, and adds that up.
#[derive(Debug, Clone, Default)]
struct Hurried(Arc<AtomicU64>);

impl Hurried {
    fn slept(&self) -> Duration {
        Duration::from_micros(self.0.load(SeqCst))
    }
}

impl Clock for Hurried {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, duration: Duration) {
        self.0.fetch_add(duration.as_micros() as u64, SeqCst);
        thread::sleep(duration / 100);
    }
}

fn builder(server: &Server) -> SessionBuilder {
    Session::builder()
        .environment(Environment::from_pairs::<&str, &str>([]))
        .region("us-east-1")
        .credentials(Credentials::new("AKIDEXAMPLE", "secret"))
        .endpoint_url(server.url())
        .connect_timeout(Duration::from_secs(10))
        .read_timeout(Duration::from_millis(250))
}

fn client(server: &Server) -> (Client, Hurried) {
    let clock = Hurried::default();
    (builder(server).clock(clock.clone()).build().unwrap().client("sqs").unwrap(), clock)
}

fn send(client: &Client, text: &str) -> Result<String, Error> {
    let queue = "https://sqs.us-east-1.amazonaws.com/1/q";
    let sent = client.call("send_message", json!({"QueueUrl": queue, "MessageBody": text}))?;
    Ok(sent["MessageId"].as_str().unwrap_or_default().to_owned())
}

// --- One fault after the other ------------------------------------------------------------------------------------------

#[test]
fn every_fault_passes() {
    for fault in PASSING {
        let server = Server::with(&[*fault, *fault]);
        let (client, clock) = client(&server);
        assert_eq!(send(&client, "hello").map_err(|error| error.to_string()).as_deref(), Ok("hello"), "{fault:?}");
        assert_eq!(server.requests(), 3, "{fault:?}");
        assert!(clock.slept() <= Duration::from_secs(3), "{fault:?}: {:?}", clock.slept());
        // The same request each time, whatever became of it.
        let bodies = server.shared.bodies.lock().unwrap().clone().unwrap();
        assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "{fault:?}: {bodies:?}");
    }
}

#[test]
fn every_fault_that_stays_is_told() {
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
        let refused = matches!(fault, F::Throttle | F::Status(429));
        assert_eq!(error.may_have_been_processed(), !refused, "{fault:?}: {error}");
    }
}

#[test]
fn what_is_done_or_refused_is_not_sent_again() {
    for (fault, answered) in
        [(F::None, true), (F::CloseAfterAnswer, true), (F::Status(403), false), (F::Status(404), false)]
    {
        let server = Server::always(fault);
        let (client, _) = client(&server);
        for call in 1..=3 {
            assert_eq!(send(&client, "once").is_ok(), answered, "{fault:?}");
            assert_eq!(server.requests(), call, "{fault:?}");
        }
    }
}

#[test]
fn nobody_listens() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = Server::always(F::None);
    let clock = Hurried::default();
    let session = builder(&server).endpoint_url(format!("http://{address}")).clock(clock).build().unwrap();
    let error = send(&session.client("sqs").unwrap(), "hello").unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 3), "{error}");
    assert!(!error.may_have_been_processed());
}

#[test]
fn a_wrong_clock_is_corrected() {
    let server = Server::with(&[F::WrongClock]);
    let (client, clock) = client(&server);
    for requests in [2, 3] {
        assert_eq!(send(&client, "hello").unwrap(), "hello");
        assert_eq!((server.requests(), clock.slept()), (requests, Duration::ZERO));
    }
}

#[test]
fn connections_are_kept_where_they_can_be() {
    let server = Server::with(&[F::None, F::Status(500), F::Throttle, F::None, F::None]);
    let (client, _) = client(&server);
    for _ in 0..3 {
        send(&client, "hello").unwrap();
    }
    assert_eq!(
        (server.requests(), server.shared.accepted.load(SeqCst)),
        (5, 1),
        "an answer of any status leaves it usable"
    );
}

// --- Deadlines ----------------------------------------------------------------------------------------------------------

/// How long a call took that had a deadline; the best of some, because the machine may be busy with something else.
fn least_overrun(deadline: Duration, call: impl Fn() -> Duration) -> Duration {
    let mut least = Duration::MAX;
    for _ in 0..5 {
        least = least.min(call().saturating_sub(deadline));
        if least <= Duration::from_millis(50) {
            break;
        }
    }
    least
}

#[test]
fn no_call_outlives_its_deadline() {
    const DEADLINE: Duration = Duration::from_millis(400);
    for fault in PASSING.iter().chain(&[F::Drip]) {
        let server = Server::always(*fault);
        // The machine's clock, and a read limit that is no help.
        let session = builder(&server)
            .read_timeout(Duration::from_secs(30))
            .max_attempts(std::num::NonZeroU32::new(50).unwrap())
            .deadline(DEADLINE)
            .build()
            .unwrap();
        let overrun = least_overrun(DEADLINE, || {
            let client = session.client("sqs").unwrap();
            let begun = Instant::now();
            let error = send(&client, "hello").unwrap_err();
            assert!(error.attempts() > 0, "{fault:?}: {error}");
            begun.elapsed()
        });
        assert!(overrun <= Duration::from_millis(50), "{fault:?}: {overrun:?} too long");
    }
}

#[test]
fn deadlines_count_credentials_and_streams_are_left_alone() {
    let slow = || {
        thread::sleep(Duration::from_millis(80));
        Ok(Credentials::new("AKIDEXAMPLE", "secret"))
    };
    let server = Server::always(F::None);
    let session = builder(&server).credentials(slow).deadline(Duration::from_millis(50)).build().unwrap();
    let error = send(&session.client("sqs").unwrap(), "hello").unwrap_err();
    assert_eq!((error.kind(), error.attempts(), server.requests()), (ErrorKind::Timeout, 0, 0), "{error}");

    // The payload takes more than a second; its head does too, where it is dripped from the beginning.
    let server = Server::always(F::Drip);
    let s3 = builder(&server).s3_addressing_style(tucuxi::AddressingStyle::Path).read_timeout(Duration::from_secs(30));
    let s3 = s3.build().unwrap().client("s3").unwrap();
    let get = || s3.request("get_object").params(json!({"Bucket": "photos", "Key": "cat"}));
    let error = get().deadline(Duration::from_millis(300)).send().unwrap_err();
    assert!(error.is_timeout(), "{error}");
    let head = Duration::from_millis(30 * 41);
    let output = get().deadline(head + Duration::from_millis(600)).send().unwrap();
    thread::sleep(Duration::from_millis(700));
    assert_eq!(output.body.into_bytes().unwrap(), br#"{"MessageId":null}"#);
}

// --- The soak -----------------------------------------------------------------------------------------------------------

/// Every fifth request fails, in every way.
fn mixed(number: u64) -> Fault {
    // A cheap hash, so that the faults of one call are independent of each other.
    let hash = (number.wrapping_add(1)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    if hash.is_multiple_of(5) { PASSING[(hash / 5) as usize % PASSING.len()] } else { F::None }
}

fn soak(calls: u32) {
    const THREADS: u32 = 8;
    let server = Server::start(mixed);
    *server.shared.bodies.lock().unwrap() = None;
    let (client, _) = client(&server);
    let (succeeded, attempts) = (AtomicU32::new(0), AtomicU64::new(0));
    let resident = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (client, succeeded, attempts, resident) = (client.clone(), &succeeded, &attempts, &resident);
            scope.spawn(move || {
                for call in 0..calls / THREADS {
                    let text = format!("{thread}-{call}");
                    match send(&client, &text) {
                        Ok(id) => {
                            assert_eq!(id, text, "the answer to another call");
                            succeeded.fetch_add(1, SeqCst);
                        }
                        Err(error) => {
                            let right =
                                matches!(error.kind(), ErrorKind::Service | ErrorKind::Timeout | ErrorKind::Connection);
                            assert!(right, "{error:?}");
                            let gave_up = error.to_string().contains("quota");
                            assert!(error.attempts() == 3 || gave_up, "{error}");
                            attempts.fetch_add(error.attempts().into(), SeqCst);
                        }
                    }
                    if thread == 0 && call % 1000 == 999 {
                        resident.lock().unwrap().push(resident_kib());
                    }
                }
            });
        }
    });
    let (made, succeeded) = (calls / THREADS * THREADS, succeeded.into_inner());
    assert!(succeeded >= made / 100 * 97, "{succeeded} of {made} calls succeeded");
    assert!(server.requests() >= u64::from(made) + attempts.into_inner() - u64::from(made - succeeded));
    drop(client);
    let begun = Instant::now();
    while server.shared.open.load(SeqCst) > 0 && begun.elapsed() < Duration::from_secs(10) {
        thread::yield_now();
    }
    assert_eq!(server.shared.open.load(SeqCst), 0, "a connection outlives its client");
    // The first thousand calls of a thread fill pools and tables.
    let resident = resident.into_inner().unwrap();
    if let (Some(first), Some(last)) = (resident.first(), resident.last()) {
        assert!(last.saturating_sub(*first) < 16 * 1024, "from {first} to {last} KiB");
    }
}

/// 0 where the system does not tell.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok()).unwrap_or(0)
}

#[test]
fn soak_short() {
    soak(4_000);
}

#[test]
#[ignore = "takes minutes"]
fn soak_in_full() {
    soak(200_000);
}

//! Deadlines hold in every phase: no server activity extends them.

use super::*;

/// `LIMIT` is the attempt's timeout, and every test must end before `TOO_LATE`: the servers send until the client closes the
/// connection.
const LIMIT: Duration = Duration::from_secs(1);
const TOO_LATE: Duration = Duration::from_secs(5);
/// Below every idle timeout of these tests.
const PAUSE: Duration = Duration::from_millis(50);

/// Sends a piece repeatedly until the write fails.
fn drip(stream: &mut impl Write, piece: &[u8]) {
    let begun = Instant::now();
    while begun.elapsed() < 6 * TOO_LATE && stream.write_all(piece).and_then(|()| stream.flush()).is_ok() {
        thread::sleep(PAUSE);
    }
}

/// Sends `first` at once, then `piece` without end.
fn dripping(first: &'static str, piece: &'static str) -> Server {
    Server::start(move |peer| {
        peer.head();
        peer.send(first.as_bytes());
        drip(&mut peer.stream, piece.as_bytes());
    })
}

/// A total timeout (`whole`), or a timeout of the response head.
fn limited(whole: bool) -> SendOptions {
    let mut options = SendOptions::default();
    options.connect_timeout = Some(Duration::from_secs(60));
    options.read_timeout = Some(Duration::from_secs(30));
    if whole {
        options.total_timeout = Some(LIMIT);
    } else {
        options.response_timeout = Some(LIMIT);
    }
    options
}

fn ends_in_time(what: &str, exchange: impl FnOnce()) {
    let begun = Instant::now();
    exchange();
    assert!(begun.elapsed() < TOO_LATE, "{what}: {:?}", begun.elapsed());
}

const HEADS: &[(&str, &str, &str)] = &[
    ("empty lines before the status line", "", "\r\n"),
    ("interim responses", "", "HTTP/1.1 102 Processing\r\n\r\n"),
    ("early hints", "", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"),
    ("unsolicited 100 Continue", "", "HTTP/1.1 100 Continue\r\n\r\n"),
    ("the head of an interim response", "HTTP/1.1 102 Processing\r\n", "X: y\r\n"),
    ("the status line", "HTTP/1.1 200 ", "O"),
    ("header fields", "HTTP/1.1 200 OK\r\n", "X: y\r\n"),
    ("a header field", "HTTP/1.1 200 OK\r\nX: ", "y"),
    ("a folded header field", "HTTP/1.1 200 OK\r\nX: y", "\r\n z"),
];

/// Runs all cases in parallel, since each takes as long as its timeout.
fn each<T: Sync>(cases: &[T], run: impl Fn(&T) + Sync) {
    thread::scope(|scope| cases.iter().for_each(|case| drop(scope.spawn(|| run(case)))));
}

#[test]
fn deadline_holds_within_the_head() {
    let ways = [(Method::GET, true), (Method::GET, false), (Method::PUT, true), (Method::PUT, false)];
    each(HEADS, |(name, first, piece)| {
        let server = dripping(first, piece);
        each(&ways, |(method, whole)| {
            ends_in_time(name, || {
                let request = request(method.clone(), &server.url("/"), "hello");
                let error = HttpTransport::new().send(request, &limited(*whole)).unwrap_err();
                // The number of interim responses has its own limit.
                let is_over = error.kind() == TransportErrorKind::ReadTimeout;
                assert!(is_over || error.to_string().contains("more than 32 interim"), "{name}: {error}");
            });
        });
    });
}

#[test]
fn deadline_holds_while_the_body_waits_for_100_continue() {
    each(HEADS, |(name, first, piece)| {
        let server = dripping(first, piece);
        ends_in_time(name, || {
            let mut limits = limited(false);
            limits.response_timeout = Some(2 * LIMIT);
            HttpTransport::new().send(expecting(&server.url("/"), "hello"), &limits).unwrap_err();
        });
    });
}

const BODIES: &[(&str, &str, &str)] = &[
    ("a body with a length", "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", "x"),
    ("a body until the end of the connection", "HTTP/1.1 200 OK\r\n\r\n", "x"),
    ("chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"),
    ("a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n", "x"),
    ("the size of a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "0"),
    ("a chunk extension", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;", "x"),
    ("trailers", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n", "x: y\r\n"),
    ("a trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx: ", "y"),
];

#[test]
fn deadline_holds_within_the_body() {
    each(BODIES, |(name, first, piece)| {
        let server = dripping(first, piece);
        ends_in_time(name, || {
            let response = HttpTransport::new().send(get(&server.url("/")), &limited(true)).unwrap();
            let error = read(response).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::TimedOut, "{name}: {error}");
        });
    });
}

/// The second connection gets no extra time after the deadline.
#[test]
fn deadline_covers_both_connections_of_a_request() {
    for whole in [true, false] {
        let server = Server::start(|peer| {
            if peer.index == 0 {
                peer.request();
                peer.send(OK);
                peer.head();
                // Closes without a response, after a while.
                thread::sleep(LIMIT / 2);
            } else {
                peer.head();
                drip(&mut peer.stream, b"HTTP/1.1 102 Processing\r\n\r\n");
            }
        });
        let transport = HttpTransport::new();
        assert_eq!(text(&transport, get(&server.url("/"))), "ok");
        ends_in_time("the second connection", || {
            let begun = Instant::now();
            let error = transport.send(get(&server.url("/")), &limited(whole)).unwrap_err();
            assert_eq!(error.kind(), TransportErrorKind::ReadTimeout, "{error}");
            assert!(begun.elapsed() >= LIMIT, "{:?}", begun.elapsed());
        });
        assert_eq!(server.connections(), 2);
    }
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
mod connecting {
    use super::*;

    /// Timeouts that apply before there is a connection.
    fn limits() -> Vec<SendOptions> {
        let mut connect = SendOptions::default();
        connect.connect_timeout = Some(LIMIT);
        connect.read_timeout = Some(Duration::from_secs(30));
        vec![connect, limited(true), limited(false)]
    }

    fn all_end_in_time(what: &str, transport: impl Fn() -> HttpTransport + Sync, url: &str) {
        each(&limits(), |limits| {
            ends_in_time(what, || {
                let error = transport().send(get(url), limits).unwrap_err();
                assert_eq!(error.kind(), TransportErrorKind::ConnectTimeout, "{what}: {error}");
                assert!(error.to_string().ends_with("within 1s"), "{what}: {error}");
            });
        });
    }

    /// A handshake record of 16 KiB, sent byte by byte.
    fn slow_handshake(stream: &mut TcpStream) {
        stream.write_all(&[0x16, 0x03, 0x03, 0x40, 0x00, 0x02, 0x00, 0x3f, 0xfc]).unwrap();
        drip(stream, b"\0");
    }

    #[test]
    fn deadline_holds_within_the_handshake() {
        let server = Server::start(|peer| slow_handshake(&mut peer.stream));
        all_end_in_time("the handshake", HttpTransport::new, &format!("https://{}/", server.address));
    }

    #[test]
    fn deadline_holds_within_the_response_of_a_proxy() {
        each(HEADS, |(name, first, piece)| {
            let proxy = dripping(first, piece);
            let url = format!("http://{}", proxy.address);
            all_end_in_time(name, || through(&url), "https://origin.invalid/");
        });
    }

    #[test]
    fn deadline_holds_within_handshakes_with_and_through_a_proxy() {
        let proxy = Server::start(|peer| slow_handshake(&mut peer.stream));
        let url = format!("https://{}", proxy.address);
        all_end_in_time("the handshake with the proxy", || through(&url), "https://origin.invalid/");
        let proxy = Server::start(|peer| {
            peer.head();
            // Uses half of the time; the handshake has the rest.
            thread::sleep(LIMIT / 2);
            peer.send(b"HTTP/1.1 200 OK\r\n\r\n");
            slow_handshake(&mut peer.stream);
        });
        let url = format!("http://{}", proxy.address);
        all_end_in_time("the handshake through the proxy", || through(&url), "https://origin.invalid/");
    }

    /// The client does not wait long for the body of a refusal.
    #[test]
    fn deadline_holds_within_the_body_of_a_refusal() {
        for head in ["Content-Length: 1000\r\n", "", "Transfer-Encoding: chunked\r\n"] {
            let response = format!("HTTP/1.1 403 Forbidden\r\n{head}\r\n");
            let proxy = Server::start(move |peer| {
                peer.head();
                peer.send(response.as_bytes());
                drip(&mut peer.stream, b"1\r\nx\r\n");
            });
            let transport = through(&format!("http://{}", proxy.address));
            ends_in_time(head, || {
                let error = transport.send(get("https://origin.invalid/"), &patient()).unwrap_err();
                assert_eq!(error.kind(), TransportErrorKind::Proxy, "{error}");
                assert!(error.to_string().contains("403 Forbidden"), "{error}");
            });
        }
    }
}

#[test]
fn timeouts_beyond_the_clock_range_are_ignored() {
    let server = Server::responding(OK);
    let mut limits = SendOptions::default();
    for limit in [Duration::MAX, Duration::from_secs(u64::MAX / 2), Duration::from_secs(1 << 62)] {
        limits.connect_timeout = Some(limit);
        limits.read_timeout = Some(limit);
        limits.total_timeout = Some(limit);
        limits.response_timeout = Some(limit);
        let response = HttpTransport::new().send(get(&server.url("/")), &limits).unwrap();
        assert_eq!(read(response).unwrap(), "ok");
    }
}

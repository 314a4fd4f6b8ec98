//! `HttpTransport` against misbehaving servers: raw sockets on the loopback interface.

// Tests may panic, and so may the threads of their servers.
#![allow(clippy::unwrap_used)]

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use http::{Method, Request, Response};
use serde_json::Value;
use tucuxi::{
    Body, Credentials, Environment, HttpTransport, ProxyUrl, SendOptions, Session, Transport, TransportConfig,
    TransportError, TransportErrorKind,
};

#[path = "http/cancelling.rs"]
mod cancelling;
#[path = "http/deadlines.rs"]
mod deadlines;
#[path = "http/framing.rs"]
mod framing;
#[path = "http/heads.rs"]
mod heads;
#[path = "http/large.rs"]
mod large;
#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[path = "http/refusals.rs"]
mod refusals;
#[path = "http/sharing.rs"]
mod sharing;
#[path = "http/sizes.rs"]
mod sizes;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
/// Read timeout for tests in which it expires. Everything that must arrive in time has this long, since the machine may
/// be busy.
const SHORT: Duration = Duration::from_millis(500);

// --- The server ---------------------------------------------------------------------------------------------------------

/// A listener that runs the test's script for each connection, in its own thread.
struct Server {
    address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

impl Server {
    fn start(script: impl Fn(&mut Peer) + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Server { address: listener.local_addr().unwrap(), accepted: Arc::default(), stop: Arc::default() };
        let (accepted, stop, script) = (server.accepted.clone(), server.stop.clone(), Arc::new(script));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let stream = stream.unwrap();
                let index = accepted.fetch_add(1, Ordering::SeqCst);
                let script = script.clone();
                thread::spawn(move || {
                    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
                    stream.set_nodelay(true).unwrap();
                    script(&mut Peer { stream, index });
                });
            }
        });
        server
    }

    /// Sends the same response to every request of every connection.
    fn responding(response: &'static [u8]) -> Server {
        Server::start(move |peer| {
            while peer.request().is_some() {
                peer.send(response);
            }
        })
    }

    /// Reads one request, sends these bytes and closes.
    fn responding_once(response: impl Into<Vec<u8>>) -> Server {
        let response = response.into();
        Server::start(move |peer| {
            peer.request();
            peer.send(&response);
        })
    }

    /// Responds with 200, and records requests with head and body.
    fn recording() -> (Server, Arc<Mutex<Vec<String>>>) {
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = requests.clone();
        let server = Server::start(move |peer| {
            while let Some(request) = peer.request() {
                kept.lock().unwrap().push(request);
                peer.send(OK);
            }
        });
        (server, requests)
    }

    fn url(&self, target: &str) -> String {
        format!("http://{}{target}", self.address)
    }

    fn connections(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

struct Peer {
    stream: TcpStream,
    index: usize,
}

impl Peer {
    fn send(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes);
    }

    fn head(&mut self) -> Option<String> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            if !matches!(self.stream.read(&mut byte), Ok(1)) {
                return None;
            }
            head.push(byte[0]);
        }
        Some(String::from_utf8(head).unwrap())
    }

    /// Head and body as received.
    fn request(&mut self) -> Option<String> {
        let head = self.head()?;
        let body = self.body(&head);
        Some(head + &body)
    }

    fn body(&mut self, head: &str) -> String {
        let mut body = Vec::new();
        if head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
            while !body.ends_with(b"0\r\n\r\n") {
                let mut byte = [0];
                if !matches!(self.stream.read(&mut byte), Ok(1)) {
                    break;
                }
                body.push(byte[0]);
            }
        } else if let Some(length) = field(head, "content-length") {
            body.resize(length.parse().unwrap(), 0);
            let _ = self.stream.read_exact(&mut body);
        }
        String::from_utf8_lossy(&body).into_owned()
    }

    /// Waits until the client closes the connection.
    fn until_closed(&mut self) {
        let _ = io::copy(&mut self.stream, &mut io::sink());
    }
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(": ")?;
        found.eq_ignore_ascii_case(name).then_some(value)
    })
}

// --- The client ---------------------------------------------------------------------------------------------------------

fn options(read: Duration) -> SendOptions {
    let mut options = SendOptions::default();
    options.connect_timeout = Some(Duration::from_secs(5));
    options.read_timeout = Some(read);
    options
}

fn patient() -> SendOptions {
    options(Duration::from_secs(5))
}

fn get(url: &str) -> Request<Body> {
    request(Method::GET, url, Body::empty())
}

fn request(method: Method, url: &str, body: impl Into<Body>) -> Request<Body> {
    Request::builder().method(method).uri(url).body(body.into()).unwrap()
}

fn send(transport: &HttpTransport, request: Request<Body>) -> Result<Response<Body>, TransportError> {
    transport.send(request, &patient())
}

/// Sends a request, expects a response and reads its body.
fn text(transport: &HttpTransport, request: Request<Body>) -> String {
    read(send(transport, request).unwrap()).unwrap()
}

fn read(response: Response<Body>) -> io::Result<String> {
    Ok(String::from_utf8(response.into_body().into_bytes()?).unwrap())
}

fn error_kind(result: Result<Response<Body>, TransportError>) -> TransportErrorKind {
    match result {
        Ok(response) => panic!("unexpected response: {}", response.status()),
        Err(error) => error.kind(),
    }
}

// --- Requests -----------------------------------------------------------------------------------------------------------

/// In S3 keys, dots, slashes and all other characters are significant: the request line and the signature keep them
/// all.
#[test]
fn object_keys_are_sent_unchanged() {
    let (server, requests) = Server::recording();
    let session = Session::builder()
        .environment(Environment::from_pairs([("", ""); 0]))
        .credentials(Credentials::new("AKID", "SECRET"))
        .region("us-west-2")
        .endpoint_url(server.url(""))
        .build()
        .unwrap();
    let s3 = session.client("s3").unwrap();
    let cases: Vec<Value> = serde_json::from_str(include_str!("data/quirks/s3_keys.json")).unwrap();
    assert!(cases.len() > 20);
    for case in cases {
        s3.call("head_object", case["params"].clone()).unwrap();
        let request = requests.lock().unwrap().pop().unwrap();
        let url = case["request"]["url"].as_str().unwrap();
        let target = url.strip_prefix("https://bkt1.s3.us-west-2.amazonaws.com/").unwrap();
        assert_eq!(request.lines().next(), Some(&*format!("HEAD /bkt1/{target} HTTP/1.1")));
    }
}

#[test]
fn targets_are_sent_unchanged() {
    let (server, requests) = Server::recording();
    let transport = HttpTransport::new();
    for target in [
        "/a/../b//c%2F%20",
        "/./.././x",
        "/?a=b&c",
        "/?acl",
        "/k?x=%7E~%2f/+*",
        "//double",
        "/%41%zz",
        "/a;b=c,d@e:f!$&'()*+=",
    ] {
        text(&transport, get(&server.url(target)));
        let request = requests.lock().unwrap().pop().unwrap();
        assert_eq!(request.lines().next().unwrap(), format!("GET {target} HTTP/1.1"));
    }
    text(&transport, get(&server.url("")));
    assert!(requests.lock().unwrap().pop().unwrap().starts_with("GET / HTTP/1.1\r\n"));
    text(&transport, get(&server.url("?list-type=2#fragment")));
    assert!(requests.lock().unwrap().pop().unwrap().starts_with("GET /?list-type=2 HTTP/1.1\r\n"));
    assert_eq!(server.connections(), 1);
}

#[test]
fn given_headers_are_kept_and_required_ones_added() {
    let (server, requests) = Server::recording();
    let transport = HttpTransport::new();
    let mut plain = get(&server.url("/"));
    for (name, value) in [
        ("x-amz-meta-a", "  spaced  in  "),
        ("x-double", "one"),
        ("x-double", "two"),
        ("x-empty", ""),
        ("x-high", "caf\u{e9}"),
    ] {
        plain.headers_mut().append(name, http::HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    text(&transport, plain);
    let got = requests.lock().unwrap().pop().unwrap();
    let mut lines: Vec<_> = got.lines().skip(1).filter(|line| !line.is_empty()).collect();
    lines.sort_unstable();
    let host = format!("host: {}", server.address);
    let mut expected = vec![
        "accept-encoding: identity",
        host.as_str(),
        "x-amz-meta-a:   spaced  in  ",
        "x-double: one",
        "x-double: two",
        "x-empty: ",
        "x-high: caf\u{e9}",
    ];
    expected.sort_unstable();
    assert_eq!(lines, expected);

    let mut own = get(&server.url("/"));
    for (name, value) in
        [("host", "signed.example"), ("accept-encoding", "gzip"), ("user-agent", "me"), ("accept", "x/y")]
    {
        own.headers_mut().insert(name, value.parse().unwrap());
    }
    text(&transport, own);
    let got = requests.lock().unwrap().pop().unwrap().to_lowercase();
    for line in ["host: signed.example\r\n", "accept-encoding: gzip\r\n", "user-agent: me\r\n", "accept: x/y\r\n"] {
        assert_eq!(got.matches(line).count(), 1, "{line} in {got}");
    }
    assert_eq!(got.lines().count(), 6);
}

#[test]
fn body_framing_depends_on_known_length() {
    let unknown = || Body::from_reader(&b"hello"[..]);
    let known = || Body::from_reader_with_length(&b"hello"[..], 5);
    let chunked = "5\r\nhello\r\n0\r\n\r\n";
    type Case<'a> = (Method, Body, Option<&'a str>, bool, &'a str);
    let cases: Vec<Case<'_>> = vec![
        (Method::GET, Body::empty(), None, false, ""),
        (Method::HEAD, Body::empty(), None, false, ""),
        (Method::OPTIONS, Body::empty(), None, false, ""),
        (Method::POST, Body::empty(), Some("0"), false, ""),
        (Method::PUT, Body::empty(), Some("0"), false, ""),
        (Method::DELETE, Body::empty(), Some("0"), false, ""),
        (Method::PATCH, Body::empty(), Some("0"), false, ""),
        (Method::POST, "hello".into(), Some("5"), false, "hello"),
        (Method::PUT, known(), Some("5"), false, "hello"),
        (Method::GET, "hello".into(), Some("5"), false, "hello"),
        (Method::DELETE, "hello".into(), Some("5"), false, "hello"),
        (Method::PUT, unknown(), None, true, chunked),
        (Method::GET, unknown(), None, true, chunked),
        (Method::from_bytes(b"PURGE").unwrap(), "hello".into(), Some("5"), false, "hello"),
    ];
    let (server, requests) = Server::recording();
    let transport = HttpTransport::new();
    for (method, body, length, is_chunked, sent) in cases {
        let head_only = method == Method::HEAD;
        let mut one = request(method.clone(), &server.url("/"), body);
        if head_only {
            // The recording server sends a body, which would precede the next response.
            one.headers_mut().insert("connection", "close".parse().unwrap());
        }
        send(&transport, one).unwrap().into_body().into_bytes().unwrap();
        let got = requests.lock().unwrap().pop().unwrap();
        let (head, body) = got.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(&format!("{method} / HTTP/1.1\r\n")), "{head}");
        assert_eq!(field(head, "content-length"), length, "{head}");
        assert_eq!(field(head, "transfer-encoding").is_some(), is_chunked, "{head}");
        assert_eq!(body, sent, "{head}");
    }
}

#[test]
fn small_body_is_sent_together_with_its_head() {
    let server = Server::start(|peer| {
        for length in [1, 5000, 16 * 1024] {
            let mut buffer = vec![0; 64 * 1024];
            let read = peer.stream.read(&mut buffer).unwrap();
            let got = String::from_utf8_lossy(&buffer[..read]);
            let (head, body) = got.split_once("\r\n\r\n").unwrap();
            assert_eq!(field(head, "content-length"), Some(length.to_string().as_str()));
            assert!(body.len() == length && body.bytes().all(|byte| byte == b'x'), "{}", body.len());
            peer.send(OK);
        }
    });
    let transport = HttpTransport::new();
    for length in [1, 5000, 16 * 1024] {
        assert_eq!(text(&transport, request(Method::POST, &server.url("/"), vec![b'x'; length])), "ok");
    }
    assert_eq!(server.connections(), 1);
}

#[test]
fn bodies_of_all_sizes_arrive_unchanged() {
    let (server, requests) = Server::recording();
    let transport = HttpTransport::new();
    let pattern: String = (0..).map(|index: u32| char::from(b'a' + (index % 23) as u8)).take(200_000).collect();
    for length in [1, 2, 16_383, 16_384, 16_385, 65_535, 65_536, 65_537, 200_000] {
        for big_head in [false, true] {
            let mut one = request(Method::POST, &server.url("/"), &pattern[..length]);
            if big_head {
                one.headers_mut().insert("x-big", "v".repeat(55_000).parse().unwrap());
            }
            text(&transport, one);
            let got = requests.lock().unwrap().pop().unwrap();
            assert!(got.split_once("\r\n\r\n").unwrap().1 == &pattern[..length], "{length}");
        }
    }
    assert_eq!(server.connections(), 1);
}

#[test]
fn large_bodies_arrive_whole() {
    let received = Arc::new(AtomicUsize::new(0));
    let count = received.clone();
    let server = Server::start(move |peer| {
        let head = peer.head().unwrap();
        let length: usize = field(&head, "content-length").unwrap().parse().unwrap();
        let copied = io::copy(&mut (&mut peer.stream).take(length as u64), &mut io::sink()).unwrap();
        count.store(copied as usize, Ordering::SeqCst);
        peer.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n").as_bytes());
        let _ = io::copy(&mut io::repeat(b'y').take(length as u64), &mut peer.stream);
    });
    let length = 5_000_003;
    let body = Body::from_reader_with_length(io::repeat(b'x').take(length), length);
    let response = send(&HttpTransport::new(), request(Method::PUT, &server.url("/"), body)).unwrap();
    assert_eq!(response.body().len(), Some(length));
    assert_eq!(io::copy(&mut response.into_body(), &mut io::sink()).unwrap(), length);
    assert_eq!(received.load(Ordering::SeqCst), 5_000_003);
}

#[test]
fn unsendable_request_fails_before_anything_is_sent() {
    let server = Server::responding(OK);
    let transport = HttpTransport::new();
    let secret = "X-Amz-Signature=5ec3e7";
    for url in [format!("/relative?{secret}"), format!("ftp://host/?{secret}"), "host.example:80".to_owned()] {
        let error = send(&transport, get(&url)).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Request, "{url}: {error}");
        assert!(!format!("{error} {error:?}").contains("5ec3e7"), "{error}");
    }
    for (name, value) in [("content-length", "7"), ("content-length", "x"), ("transfer-encoding", "gzip")] {
        let mut wrong = request(Method::PUT, &server.url("/"), "hello");
        wrong.headers_mut().insert(name, value.parse().unwrap());
        assert_eq!(error_kind(send(&transport, wrong)), TransportErrorKind::Request);
    }
    assert_eq!(server.connections(), 0);
    let mut hosts = get(&server.url("/"));
    hosts.headers_mut().append("host", "a".parse().unwrap());
    hosts.headers_mut().append("host", "b".parse().unwrap());
    assert_eq!(error_kind(send(&transport, hosts)), TransportErrorKind::Request);
    let mut long = get(&server.url("/"));
    long.headers_mut().insert("x-long", "v".repeat(100_000).parse().unwrap());
    assert_eq!(error_kind(send(&transport, long)), TransportErrorKind::Request);
}

/// Neither truncated nor padded: a length that only a header gives is respected, too.
#[test]
fn unknown_length_body_must_match_content_length() {
    for (announced, body, is_sent) in
        [("5", "hello", true), ("4", "hello", false), ("0", "hello", false), ("6", "hello", false)]
    {
        let (server, requests) = Server::recording();
        let mut put = request(Method::PUT, &server.url("/"), Body::from_reader(body.as_bytes()));
        put.headers_mut().insert("content-length", announced.parse().unwrap());
        match send(&HttpTransport::new(), put) {
            Ok(_) => assert!(is_sent && requests.lock().unwrap()[0].ends_with("\r\n\r\nhello"), "{announced}"),
            Err(error) => assert!(!is_sent && error.kind() == TransportErrorKind::Body, "{announced}: {error}"),
        }
    }
}

#[test]
fn chunked_request_has_no_content_length() {
    let (server, requests) = Server::recording();
    let mut put = request(Method::PUT, &server.url("/"), "hello");
    put.headers_mut().insert("content-length", "5".parse().unwrap());
    put.headers_mut().insert("transfer-encoding", "chunked".parse().unwrap());
    assert_eq!(text(&HttpTransport::new(), put), "ok");
    let sent = requests.lock().unwrap()[0].to_ascii_lowercase();
    assert!(!sent.contains("content-length") && sent.ends_with("\r\n5\r\nhello\r\n0\r\n\r\n"), "{sent}");
}

#[test]
fn failing_or_short_source_is_a_body_error() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is on fire"))
        }
    }
    let server = Server::responding(OK);
    let transport = HttpTransport::new();
    for (body, says) in [
        (Body::from_reader(Failing), "the disk is on fire"),
        (Body::from_reader_with_length(Failing, 5), "the disk is on fire"),
        (Body::from_reader_with_length(&b"hell"[..], 5), "1 bytes before the length"),
        (Body::from_reader_with_length(&b"hello"[..], 4), "continues after the 4 bytes"),
        (Body::from_reader_with_length(&b"hello"[..], 0), "continues after the 0 bytes"),
    ] {
        let error = send(&transport, request(Method::PUT, &server.url("/"), body)).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Body);
        assert!(error.to_string().contains(says), "{error}");
    }
}

#[test]
fn body_source_may_use_the_same_transport() {
    let (server, requests) = Server::recording();
    let transport = HttpTransport::new();
    let inner = send(&transport, get(&server.url("/source"))).unwrap().into_body();
    text(&transport, request(Method::PUT, &server.url("/copy"), inner));
    let copied = requests.lock().unwrap().pop().unwrap();
    assert!(copied.starts_with("PUT /copy") && copied.ends_with("\r\n\r\nok"), "{copied}");
}

// --- Responses ----------------------------------------------------------------------------------------------------------

#[test]
fn every_status_is_returned_without_redirects_or_decoding() {
    let transport = HttpTransport::new();
    for (status, more) in [
        (200, ""),
        (301, "Location: /elsewhere\r\n"),
        (307, "Location: http://127.0.0.1:1/\r\n"),
        (404, ""),
        (503, ""),
        (599, ""),
    ] {
        let response =
            format!("HTTP/1.1 {status} Why\r\n{more}Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nbody");
        let server = Server::responding_once(response);
        let response = send(&transport, get(&server.url("/"))).unwrap();
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["content-encoding"], "gzip");
        assert_eq!(response.body().len(), Some(4));
        assert_eq!(read(response).unwrap(), "body");
        assert_eq!(server.connections(), 1);
    }
}

#[test]
fn bodiless_response_keeps_the_connection_usable() {
    for (method, raw) in [
        (Method::HEAD, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
        (Method::HEAD, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        (Method::GET, "HTTP/1.1 204 No Content\r\n\r\n"),
        (Method::GET, "HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\n\r\n"),
        (Method::GET, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ] {
        let server = Server::responding(raw.as_bytes());
        let transport = HttpTransport::new();
        for _ in 0..2 {
            let response = send(&transport, request(method.clone(), &server.url("/"), Body::empty())).unwrap();
            assert!(response.body().is_empty(), "{raw}");
            assert_eq!(read(response).unwrap(), "");
        }
        assert_eq!(server.connections(), 1, "{raw}");
    }
}

#[test]
fn duplicate_and_odd_headers_are_kept() {
    let server = Server::responding_once("HTTP/1.1 200\r\nA: 1\r\na:2\r\nB: \u{ff}\r\nC:\r\nContent-Length: 0\r\n\r\n");
    let response = send(&HttpTransport::new(), get(&server.url("/"))).unwrap();
    assert_eq!(response.headers().get_all("a").iter().collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(response.headers()["b"].as_bytes(), "\u{ff}".as_bytes());
    assert_eq!(response.headers()["c"], "");
}

#[test]
fn chunks_of_any_shape_are_decoded() {
    for (chunks, expected) in [
        ("0\r\n\r\n", ""),
        ("1\r\na\r\n1\r\nb\r\n0\r\n\r\n", "ab"),
        ("00003;name=value\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", "abc0123456789"),
        ("3\r\nabc\r\n0\r\nx-amz-checksum-crc32: AAAAAA==\r\nx-more: 1\r\n\r\n", "abc"),
    ] {
        let response = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}");
        let server = Server::start(move |peer| {
            while peer.request().is_some() {
                for byte in response.as_bytes() {
                    peer.send(&[*byte]);
                }
            }
        });
        let transport = HttpTransport::new();
        for _ in 0..2 {
            assert_eq!(text(&transport, get(&server.url("/"))), expected, "{chunks}");
        }
        assert_eq!(server.connections(), 1, "{chunks}");
    }
}

#[test]
fn body_without_length_ends_with_the_connection() {
    let server = Server::responding_once("HTTP/1.1 200 OK\r\n\r\nto the end");
    let response = send(&HttpTransport::new(), get(&server.url("/"))).unwrap();
    assert_eq!(response.body().len(), None);
    assert_eq!(read(response).unwrap(), "to the end");
}

#[test]
fn truncated_body_is_an_error() {
    for response in [
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nshort",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n6",
    ] {
        let server = Server::responding_once(response);
        let mut body = send(&HttpTransport::new(), get(&server.url("/"))).unwrap().into_body();
        let error = body.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{response}: {error}");
        // Another read must not look like the regular end either.
        assert_eq!(body.read(&mut [0; 8]).unwrap_err().kind(), io::ErrorKind::UnexpectedEof, "{response}");
    }
    for response in [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nwhat\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nlong\r\n0\r\n\r\n",
    ] {
        let server = Server::responding_once(response);
        let error = read(send(&HttpTransport::new(), get(&server.url("/"))).unwrap()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{response}: {error}");
    }
}

#[test]
fn reset_does_not_end_a_body_without_length() {
    let server = Server::start(|peer| {
        // Unread input makes the system send a reset when the socket is closed.
        let mut byte = [0];
        peer.stream.peek(&mut byte).unwrap();
        peer.send(b"HTTP/1.1 200 OK\r\n\r\npart");
        peer.stream.peek(&mut byte).unwrap();
        thread::sleep(Duration::from_millis(50));
    });
    let mut body = send(&HttpTransport::new(), get(&server.url("/"))).unwrap().into_body();
    let error = body.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{error}");
}

#[test]
fn truncated_head_is_a_broken_connection() {
    for response in ["", "H", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 100 Continue\r\n\r\n"] {
        let server = Server::responding_once(response);
        let error = send(&HttpTransport::new(), get(&server.url("/?X-Amz-Signature=5ec3e7"))).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Broken, "{response}: {error}");
        assert!(!format!("{error} {error:?}").contains("5ec3e7"), "{error}");
        assert_eq!(server.connections(), 1, "{response}");
    }
}

#[test]
fn large_heads_within_the_limit_are_read() {
    let response = format!(
        "HTTP/1.1 200 OK\r\nX: {}\r\n{}Content-Length: 2\r\n\r\nok",
        "v".repeat(50_000),
        "Y: z\r\n".repeat(100)
    );
    let server = Server::responding_once(response);
    let response = send(&HttpTransport::new(), get(&server.url("/"))).unwrap();
    assert_eq!(response.headers()["x"].len(), 50_000);
    assert_eq!(response.headers().get_all("y").iter().count(), 100);
    assert_eq!(read(response).unwrap(), "ok");
}

#[test]
fn interim_responses_are_skipped() {
    let interim = [
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 100 Continue\r\nServer: x\r\nDate: y\r\n\r\n",
        "HTTP/1.1 102 Processing\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n",
    ]
    .concat();
    for byte_by_byte in [false, true] {
        let interim = interim.clone();
        let server = Server::start(move |peer| {
            while peer.request().is_some() {
                let response = [interim.as_bytes(), OK].concat();
                for piece in response.chunks(if byte_by_byte { 1 } else { response.len() }) {
                    peer.send(piece);
                }
            }
        });
        let transport = HttpTransport::new();
        assert_eq!(text(&transport, get(&server.url("/"))), "ok");
        assert_eq!(text(&transport, request(Method::POST, &server.url("/"), "hello")), "ok");
        assert_eq!(server.connections(), 1);
    }
}

// --- Expect: 100-continue and early responses ---------------------------------------------------------------------------

fn expecting(url: &str, body: impl Into<Body>) -> Request<Body> {
    let mut request = request(Method::PUT, url, body);
    request.headers_mut().insert("expect", "100-continue".parse().unwrap());
    request
}

/// Whether the exchange is ever faster than the one-second wait for `100 Continue`. One success is enough, since the
/// machine may be busy.
fn is_ever_quick(mut exchange: impl FnMut()) -> bool {
    (0..5).any(|_| {
        let begun = Instant::now();
        exchange();
        begun.elapsed() < Duration::from_millis(900)
    })
}

/// A body that counts the bytes read from it.
fn counted(length: u64) -> (Body, Arc<AtomicUsize>) {
    struct Counted(io::Take<io::Repeat>, Arc<AtomicUsize>);
    impl Read for Counted {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let read = self.0.read(buffer)?;
            self.1.fetch_add(read, Ordering::SeqCst);
            Ok(read)
        }
    }
    let taken = Arc::new(AtomicUsize::new(0));
    (Body::from_reader_with_length(Counted(io::repeat(b'x').take(length), taken.clone()), length), taken)
}

#[test]
fn body_waits_for_100_continue() {
    for consent in [
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 100 Continue\r\nServer: x\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n",
    ] {
        let server = Server::start(move |peer| {
            while let Some(head) = peer.head() {
                // No byte of the body may arrive before `100 Continue`.
                peer.stream.set_read_timeout(Some(Duration::from_millis(30))).unwrap();
                assert!(peer.stream.peek(&mut [0]).is_err());
                peer.stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
                peer.send(consent.as_bytes());
                assert_eq!(peer.body(&head), "hello");
                peer.send(OK);
            }
        });
        let transport = HttpTransport::new();
        let exchange = || assert_eq!(text(&transport, expecting(&server.url("/"), "hello")), "ok", "{consent}");
        // On a new connection, and on a reused one.
        assert!(is_ever_quick(exchange) && is_ever_quick(exchange), "{consent}");
        assert_eq!(server.connections(), 1, "{consent}");
    }
}

#[test]
fn final_response_instead_of_100_continue_skips_the_body() {
    let server = Server::start(|peer| {
        peer.head();
        peer.send(b"HTTP/1.1 403 Forbidden\r\nDate: today\r\nContent-Length: 2\r\n\r\nno");
        let mut rest = Vec::new();
        peer.stream.read_to_end(&mut rest).unwrap();
        assert_eq!(rest, b"");
    });
    let transport = HttpTransport::new();
    for _ in 0..2 {
        let (body, taken) = counted(5);
        let response = send(&transport, expecting(&server.url("/"), body)).unwrap();
        assert_eq!(response.status(), 403);
        assert_eq!(read(response).unwrap(), "no");
        assert_eq!(taken.load(Ordering::SeqCst), 0);
    }
    // Without the announced body, the connection cannot be reused.
    assert_eq!(server.connections(), 2);
}

#[test]
fn body_is_sent_after_waiting_for_100_continue() {
    let server = Server::responding(OK);
    // One second, or the read timeout if that is shorter.
    assert!(is_ever_quick(|| {
        let begun = Instant::now();
        let response = HttpTransport::new().send(expecting(&server.url("/"), "hello"), &options(SHORT)).unwrap();
        assert_eq!(read(response).unwrap(), "ok");
        assert!(begun.elapsed() >= SHORT, "{:?}", begun.elapsed());
    }));
}

#[test]
fn early_response_is_returned() {
    // The server closes its read side when it has seen enough.
    let server = Server::start(|peer| {
        peer.head();
        peer.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
        let _ = peer.stream.shutdown(Shutdown::Write);
        // Let the response arrive before the reset that closing causes.
        thread::sleep(Duration::from_millis(50));
    });
    let (body, taken) = counted(100_000_000);
    let response = send(&HttpTransport::new(), request(Method::PUT, &server.url("/"), body)).unwrap();
    assert_eq!(response.status(), 403);
    assert_eq!(read(response).unwrap(), "no");
    assert!(taken.load(Ordering::SeqCst) < 50_000_000);

    // A server that responds and stops reading, but keeps the connection open.
    let server = Server::start(|peer| {
        peer.head();
        peer.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno");
        thread::sleep(Duration::from_secs(10));
    });
    let transport = HttpTransport::new();
    let (body, taken) = counted(100_000_000);
    let response = transport.send(request(Method::PUT, &server.url("/"), body), &options(SHORT)).unwrap();
    assert_eq!(response.status(), 400);
    assert_eq!(read(response).unwrap(), "no");
    assert!(taken.load(Ordering::SeqCst) < 50_000_000);
}

/// A server that received only part of a request cannot have fulfilled it.
#[test]
fn success_before_the_whole_body_is_sent_is_broken() {
    let is_broken = |error: &TransportError| {
        let shown = error.to_string();
        error.kind() == TransportErrorKind::Broken
            && shown.contains("HTTP 200 before the request's body was sent whole")
    };
    // Instead of `100 Continue`.
    let server = Server::start(|peer| {
        peer.head();
        peer.send(OK);
        peer.until_closed();
    });
    let (body, taken) = counted(5);
    let error = send(&HttpTransport::new(), expecting(&server.url("/"), body)).unwrap_err();
    assert!(is_broken(&error), "{error}");
    assert_eq!(taken.load(Ordering::SeqCst), 0);

    // While the body is being sent, with and without a known length.
    for chunked in [false, true] {
        let server = Server::start(|peer| {
            peer.head();
            peer.send(OK);
            let _ = peer.stream.shutdown(Shutdown::Write);
            thread::sleep(Duration::from_millis(50));
        });
        let body = if chunked { Body::from_reader(io::repeat(b'x')) } else { counted(100_000_000).0 };
        let error = send(&HttpTransport::new(), request(Method::PUT, &server.url("/"), body)).unwrap_err();
        assert!(is_broken(&error), "{error}");
    }

    // An empty body counts as fully sent.
    let server = Server::responding(OK);
    assert_eq!(text(&HttpTransport::new(), expecting(&server.url("/"), "")), "ok");
}

// --- Timeouts -----------------------------------------------------------------------------------------------------------

#[test]
fn silence_before_or_in_the_head_is_a_read_timeout() {
    for sent in ["", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early\r\nLink"] {
        let server = Server::start(move |peer| {
            peer.request();
            peer.send(sent.as_bytes());
            peer.until_closed();
        });
        let begun = Instant::now();
        let error = HttpTransport::new().send(get(&server.url("/")), &options(SHORT)).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::ReadTimeout, "{sent}: {error}");
        assert!(error.to_string().ends_with("not a byte within 500ms"), "{error}");
        assert!(begun.elapsed() >= SHORT && begun.elapsed() < 6 * SHORT, "{sent}: {:?}", begun.elapsed());
    }
}

#[test]
fn silence_in_the_body_times_out_the_read() {
    for sent in [
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\npart",
        "HTTP/1.1 200 OK\r\n\r\npart",
    ] {
        let server = Server::start(move |peer| {
            peer.request();
            peer.send(sent.as_bytes());
            peer.until_closed();
        });
        let response = HttpTransport::new().send(get(&server.url("/")), &options(SHORT)).unwrap();
        let error = read(response).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut, "{sent}: {error}");
    }
}

#[test]
fn slow_but_steady_transfer_never_times_out() {
    let pause = SHORT / 3;
    let server = Server::start(move |peer| {
        let head = peer.head().unwrap();
        let length: usize = field(&head, "content-length").unwrap().parse().unwrap();
        // Reads more slowly than the client writes: each write waits for less than the timeout.
        let mut left = length;
        let mut buffer = vec![0; 1 << 20];
        while left > 0 {
            let read = peer.stream.read(&mut buffer).unwrap();
            assert!(read > 0);
            left -= read;
            thread::sleep(Duration::from_millis(2));
        }
        for piece in ["HTTP/1.1 200 OK\r\n", "Content-", "Length: 8\r\n", "\r\n", "sl", "ow", "ly", "ok"] {
            peer.send(piece.as_bytes());
            thread::sleep(pause);
        }
    });
    let begun = Instant::now();
    let (body, _) = counted(20_000_000);
    let response = HttpTransport::new().send(request(Method::PUT, &server.url("/"), body), &options(SHORT)).unwrap();
    assert_eq!(read(response).unwrap(), "slowlyok");
    assert!(begun.elapsed() > 2 * SHORT, "{:?}", begun.elapsed());
}

#[test]
fn server_that_stops_reading_is_a_timeout() {
    let server = Server::start(|peer| {
        peer.head();
        thread::sleep(Duration::from_secs(10));
    });
    let (body, _) = counted(100_000_000);
    let error = HttpTransport::new().send(request(Method::PUT, &server.url("/"), body), &options(SHORT)).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::ReadTimeout, "{error}");
}

#[test]
fn total_timeout_covers_the_body() {
    let server = Server::start(|peer| {
        peer.request();
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
        for _ in 0..1000 {
            peer.send(b"x");
            thread::sleep(Duration::from_millis(20));
        }
    });
    let mut limits = patient();
    limits.total_timeout = Some(2 * SHORT);
    let begun = Instant::now();
    let error = read(HttpTransport::new().send(get(&server.url("/")), &limits).unwrap()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut, "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn refused_connection_is_a_connect_error() {
    // No process listens on a port that was just released.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = send(&HttpTransport::new(), get(&format!("http://{address}/?X-Amz-Signature=5ec3e7"))).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Connect, "{error}");
    assert!(error.to_string().contains(&address.to_string()) && !error.to_string().contains("5ec3e7"), "{error}");

    let error = send(&HttpTransport::new(), get("http://no-such-host.invalid/")).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Connect, "{error}");
}

// --- Connections --------------------------------------------------------------------------------------------------------

#[test]
fn connections_are_reused() {
    let server = Server::responding(OK);
    let transport = HttpTransport::new();
    for _ in 0..20 {
        assert_eq!(text(&transport.clone(), get(&server.url("/"))), "ok");
        // Reading exactly the announced bytes is enough; no further read is needed.
        send(&transport, get(&server.url("/"))).unwrap().into_body().read_exact(&mut [0; 2]).unwrap();
    }
    assert_eq!(server.connections(), 1);
    let other = HttpTransport::new();
    assert_eq!(text(&other, get(&server.url("/"))), "ok");
    assert_eq!(server.connections(), 2);
}

#[test]
fn pool_respects_max_idle_per_host() {
    for (config, kept) in [(TransportConfig::new(), 10), (TransportConfig::new().max_idle_per_host(2), 2)] {
        let server = Server::responding(OK);
        let transport = HttpTransport::with_config(config);
        // All are in use at the same time, then idle.
        let open: Vec<_> = (0..12).map(|_| send(&transport, get(&server.url("/"))).unwrap()).collect();
        open.into_iter().for_each(|response| assert_eq!(read(response).unwrap(), "ok"));
        let again: Vec<_> = (0..12).map(|_| send(&transport, get(&server.url("/"))).unwrap()).collect();
        assert_eq!((server.connections(), again.len()), (12 + 12 - kept, 12));
    }
}

/// Bytes after a bodiless response are not the start of the next response.
#[test]
fn forbidden_body_is_skipped() {
    for (method, raw) in [
        (Method::GET, "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nHTTP/"),
        (Method::GET, "HTTP/1.1 304 Not Modified\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad"),
        (Method::HEAD, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad"),
    ] {
        let server = Server::responding(raw.as_bytes());
        let transport = HttpTransport::new();
        for connections in 1..4 {
            let response = send(&transport, request(method.clone(), &server.url("/"), Body::empty())).unwrap();
            assert_eq!(read(response).unwrap(), "");
            assert_eq!(server.connections(), connections, "{raw}");
        }
    }
}

#[test]
fn timeouts_share_one_pool() {
    let server = Server::responding(OK);
    let transport = HttpTransport::new();
    for milliseconds in 5000..5010 {
        let response = transport.send(get(&server.url("/")), &options(Duration::from_millis(milliseconds))).unwrap();
        assert_eq!(read(response).unwrap(), "ok");
    }
    assert_eq!(server.connections(), 1);
}

#[test]
fn dropped_body_closes_its_connection() {
    let (closed, was_closed) = std::sync::mpsc::channel();
    let closed = Mutex::new(closed);
    let server = Server::start(move |peer| {
        peer.request();
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart");
        peer.until_closed();
        closed.lock().unwrap().send(()).unwrap();
    });
    let transport = HttpTransport::new();
    let mut body = send(&transport, get(&server.url("/"))).unwrap().into_body();
    body.read_exact(&mut [0; 2]).unwrap();
    drop(body);
    was_closed.recv_timeout(Duration::from_secs(2)).unwrap();
}

#[test]
fn server_may_close_after_each_response() {
    for (method, response) in [
        (Method::POST, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"),
        (Method::POST, "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        // Not announced: a POST may cross the close, and must not be resent then.
        (Method::GET, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        (Method::GET, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more than was announced"),
    ] {
        let server = Server::responding_once(response);
        let transport = HttpTransport::new();
        for _ in 0..5 {
            assert_eq!(text(&transport, request(method.clone(), &server.url("/"), Body::empty())), "ok", "{response}");
        }
        assert_eq!(server.connections(), 5, "{response}");
    }
}

/// The first connection serves one request, waits for the second and closes without a response. Later connections serve
/// all requests.
fn closing_in_the_second_request(read_it: bool) -> (Server, Arc<AtomicUsize>) {
    let requests = Arc::new(AtomicUsize::new(0));
    let count = requests.clone();
    let server = Server::start(move |peer| {
        let first = peer.index == 0;
        while peer.head().map(|head| peer.body(&head)).is_some() {
            count.fetch_add(1, Ordering::SeqCst);
            peer.send(OK);
            if first {
                if read_it && peer.request().is_some() {
                    count.fetch_add(1, Ordering::SeqCst);
                }
                return;
            }
        }
    });
    (server, requests)
}

#[test]
fn stale_connection_is_replaced_if_resending_is_safe() {
    for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
        let (server, _) = closing_in_the_second_request(true);
        let transport = HttpTransport::new();
        text(&transport, get(&server.url("/")));
        send(&transport, request(method, &server.url("/"), Body::empty())).unwrap();
        assert_eq!(server.connections(), 2);
    }
    // With a held-back body, the server cannot have acted on the request. The body was never read, so it need not be
    // rewindable.
    let server = Server::start(|peer| {
        let first = peer.index == 0;
        while let Some(head) = peer.head() {
            if head.starts_with("PUT") {
                if first {
                    return;
                }
                peer.send(b"HTTP/1.1 100 Continue\r\n\r\n");
                assert_eq!(peer.body(&head), "xxxxx");
            }
            peer.send(OK);
        }
    });
    let transport = HttpTransport::new();
    text(&transport, get(&server.url("/")));
    assert_eq!(text(&transport, expecting(&server.url("/"), counted(5).0)), "ok");
    assert_eq!(server.connections(), 2);
}

#[test]
fn possibly_processed_request_is_not_resent() {
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        let (server, requests) = closing_in_the_second_request(true);
        let transport = HttpTransport::new();
        text(&transport, get(&server.url("/")));
        let error = send(&transport, request(method, &server.url("/"), "hello")).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Broken, "{error}");
        assert_eq!((server.connections(), requests.load(Ordering::SeqCst)), (1, 2));
    }
    // Nor is a request on a new connection.
    let server = Server::start(|peer| {
        peer.request();
    });
    assert_eq!(error_kind(send(&HttpTransport::new(), get(&server.url("/")))), TransportErrorKind::Broken);
    assert_eq!(server.connections(), 1);
    // Nor a request whose response has begun.
    let server = Server::start(|peer| {
        peer.request();
        peer.send(OK);
        peer.request();
        peer.send(b"HTTP/1.1 2");
    });
    let transport = HttpTransport::new();
    text(&transport, get(&server.url("/")));
    assert_eq!(error_kind(send(&transport, get(&server.url("/")))), TransportErrorKind::Broken);
    assert_eq!(server.connections(), 1);
}

#[test]
fn closed_idle_connection_is_not_reused() {
    for method in [Method::GET, Method::POST] {
        let (server, _) = closing_in_the_second_request(false);
        let transport = HttpTransport::new();
        text(&transport, get(&server.url("/")));
        thread::sleep(Duration::from_millis(20));
        assert_eq!(text(&transport, request(method, &server.url("/"), "hello")), "ok");
        assert_eq!(server.connections(), 2);
    }
}

#[test]
fn many_threads_share_one_transport() {
    let server = Server::start(|peer| {
        while let Some(request) = peer.request() {
            let target = request.split(' ').nth(1).unwrap().to_owned();
            peer.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{target}", target.len()).as_bytes());
        }
    });
    let transport = HttpTransport::new();
    thread::scope(|scope| {
        for worker in 0..8 {
            let (transport, server) = (&transport, &server);
            scope.spawn(move || {
                for call in 0..50 {
                    let target = format!("/{worker}/{call}");
                    assert_eq!(text(transport, request(Method::POST, &server.url(&target), "hello")), target);
                }
            });
        }
    });
    assert!(server.connections() <= 8, "{}", server.connections());
}

#[test]
fn a_body_can_be_read_in_another_thread() {
    let server = Server::responding(OK);
    let transport = HttpTransport::new();
    for _ in 0..3 {
        let response = send(&transport, get(&server.url("/"))).unwrap();
        assert_eq!(thread::spawn(move || read(response).unwrap()).join().unwrap(), "ok");
    }
    assert_eq!(server.connections(), 1);
}

// --- Proxies ------------------------------------------------------------------------------------------------------------

fn through(proxy: &str) -> HttpTransport {
    let proxy = ProxyUrl::parse(proxy).unwrap();
    let choose = move |uri: &http::Uri| (uri.host() != Some("127.0.0.1")).then(|| proxy.clone());
    HttpTransport::with_config(TransportConfig::new().proxy_for(choose))
}

#[test]
fn plain_http_through_a_proxy_uses_absolute_form() {
    let (proxy, requests) = Server::recording();
    let transport = through(&format!("http://me:p%40ss@{}", proxy.address));
    for target in ["/a/../b//c%2F%20?x=y", "/", "/second?acl"] {
        assert_eq!(text(&transport, request(Method::PUT, &format!("http://origin.invalid:81{target}"), "hello")), "ok");
        let got = requests.lock().unwrap().pop().unwrap();
        assert!(got.starts_with(&format!("PUT http://origin.invalid:81{target} HTTP/1.1\r\n")), "{got}");
        assert_eq!(field(&got, "host"), Some("origin.invalid:81"));
        // me:p@ss
        assert_eq!(field(&got, "proxy-authorization"), Some("Basic bWU6cEBzcw=="));
        assert!(got.ends_with("\r\n\r\nhello"));
    }
    assert_eq!(proxy.connections(), 1);

    let (origin, requests) = Server::recording();
    assert_eq!(text(&transport, get(&origin.url("/direct"))), "ok");
    let got = requests.lock().unwrap().pop().unwrap();
    assert!(got.starts_with("GET /direct ") && field(&got, "proxy-authorization").is_none(), "{got}");
    assert_eq!(proxy.connections(), 1);
}

#[test]
fn unreachable_proxy_is_named_without_its_password() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let schemes =
        if cfg!(any(feature = "rustls", feature = "native-tls")) { &["http", "https"][..] } else { &["http"] };
    for scheme in schemes {
        let url = &format!("{scheme}://origin.invalid/");
        let error = send(&through(&format!("http://me:5ec3e7@{address}")), get(url)).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Connect, "{error}");
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(&address.to_string()) && !shown.contains("5ec3e7"), "{shown}");
    }
}

// --- TLS ----------------------------------------------------------------------------------------------------------------

#[cfg(any(feature = "rustls", feature = "native-tls"))]
mod tls {
    use std::path::PathBuf;

    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
    use rustls::pki_types::PrivateKeyDer;
    use rustls::server::WebPkiClientVerifier;
    use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

    use super::*;

    /// A CA whose file is removed on drop.
    pub(super) struct Authority {
        issuer: CertifiedIssuer<'static, KeyPair>,
        folder: PathBuf,
    }

    impl Authority {
        pub(super) fn new(name: &str) -> Authority {
            let mut params = CertificateParams::new(Vec::new()).unwrap();
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
            let folder = std::env::temp_dir().join(format!("tucuxi-http-{}-{name}", std::process::id()));
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("ca.pem"), issuer.pem()).unwrap();
            Authority { issuer, folder }
        }

        fn file(&self, name: &str) -> PathBuf {
            self.folder.join(name)
        }

        /// Issues a certificate with its key, and writes them to `NAME.pem` and `NAME.key`.
        fn certify(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
            let key = KeyPair::generate().unwrap();
            let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
            // Not the CA's own name, or it would look self-signed.
            params.distinguished_name.push(DnType::CommonName, name);
            let certificate = params.signed_by(&key, &self.issuer).unwrap();
            std::fs::write(self.file(&format!("{name}.pem")), certificate.pem()).unwrap();
            std::fs::write(self.file(&format!("{name}.key")), key.serialize_pem()).unwrap();
            (certificate, key)
        }

        pub(super) fn server_config(&self, name: &str, client_certificates: bool) -> Arc<ServerConfig> {
            let ring = Arc::new(rustls::crypto::ring::default_provider());
            let (certificate, key) = self.certify(name);
            let builder =
                ServerConfig::builder_with_provider(ring.clone()).with_safe_default_protocol_versions().unwrap();
            let builder = if client_certificates {
                let mut roots = RootCertStore::empty();
                roots.add(self.issuer.der().clone()).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), ring).build().unwrap();
                builder.with_client_cert_verifier(verifier)
            } else {
                builder.with_no_client_auth()
            };
            let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
            Arc::new(builder.with_single_cert(vec![certificate.der().clone()], key).unwrap())
        }
    }

    impl Drop for Authority {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }

    pub(super) type Stream = StreamOwned<ServerConnection, TcpStream>;

    /// The head of the next request.
    pub(super) fn head(stream: &mut Stream) -> Option<String> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            if !matches!(stream.read(&mut byte), Ok(1)) {
                return None;
            }
            head.push(byte[0]);
        }
        Some(String::from_utf8(head).unwrap())
    }

    fn secure(config: &Arc<ServerConfig>, stream: &TcpStream) -> Stream {
        StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream.try_clone().unwrap())
    }

    pub(super) fn https(config: Arc<ServerConfig>, script: impl Fn(&mut Stream) + Send + Sync + 'static) -> Server {
        Server::start(move |peer| script(&mut secure(&config, &peer.stream)))
    }

    fn responding(config: Arc<ServerConfig>) -> Server {
        https(config, |stream| {
            while head(stream).is_some() {
                stream.write_all(OK).unwrap();
            }
        })
    }

    pub(super) fn url(server: &Server, host: &str) -> String {
        format!("https://{host}:{}/", server.address.port())
    }

    pub(super) fn trusting(authority: &Authority) -> HttpTransport {
        HttpTransport::with_config(TransportConfig::new().ca_bundle(authority.file("ca.pem")))
    }

    #[test]
    fn certificates_are_verified_against_the_bundle() {
        let (ours, other) = (Authority::new("ours"), Authority::new("other"));
        let server = responding(ours.server_config("localhost", false));
        let transport = trusting(&ours);
        for _ in 0..3 {
            assert_eq!(text(&transport, get(&url(&server, "localhost"))), "ok");
        }
        assert_eq!(server.connections(), 1);

        for (transport, host, why) in [
            (trusting(&other), "localhost", "an unknown authority"),
            (HttpTransport::new(), "localhost", "the usual roots"),
            (trusting(&ours), "127.0.0.1", "another name"),
        ] {
            let error = send(&transport, get(&url(&server, host))).unwrap_err();
            assert_eq!(error.kind(), TransportErrorKind::Tls, "{why}: {error}");
        }
        let careless = HttpTransport::with_config(TransportConfig::new().verify(false));
        assert_eq!(text(&careless, get(&url(&server, "127.0.0.1"))), "ok");
    }

    #[test]
    fn error_names_unusable_ca_bundle() {
        let authority = Authority::new("broken");
        let server = responding(authority.server_config("localhost", false));
        std::fs::write(authority.file("empty.pem"), "no certificates here").unwrap();
        for file in ["empty.pem", "missing.pem"] {
            let transport = HttpTransport::with_config(TransportConfig::new().ca_bundle(authority.file(file)));
            let error = send(&transport, get(&url(&server, "localhost"))).unwrap_err();
            assert_eq!(error.kind(), TransportErrorKind::Config, "{error}");
            assert!(error.to_string().contains(file), "{error}");
            // Plain http does not read it.
            let plain = Server::responding(OK);
            assert_eq!(text(&transport, get(&plain.url("/"))), "ok");
        }
    }

    #[test]
    fn client_certificates_are_sent_and_checked() {
        let authority = Authority::new("mutual");
        let server = responding(authority.server_config("localhost", true));
        authority.certify("me");
        authority.certify("you");
        let with = |certificate: &str, key: &str| {
            let config = TransportConfig::new().ca_bundle(authority.file("ca.pem"));
            HttpTransport::with_config(config.client_certificate(authority.file(certificate), authority.file(key)))
        };
        assert_eq!(text(&with("me.pem", "me.key"), get(&url(&server, "localhost"))), "ok");
        for (transport, kind) in [
            (with("me.pem", "you.key"), TransportErrorKind::Config),
            (with("me.pem", "me.pem"), TransportErrorKind::Config),
            (trusting(&authority), TransportErrorKind::Tls),
        ] {
            let error = send(&transport, get(&url(&server, "localhost"))).unwrap_err();
            assert_eq!(error.kind(), kind, "{error}");
        }
    }

    #[test]
    fn stalled_handshake_is_a_connect_timeout() {
        let server = Server::start(|peer| peer.until_closed());
        let mut limits = patient();
        limits.connect_timeout = Some(SHORT);
        let error = HttpTransport::new().send(get(&url(&server, "localhost")), &limits).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::ConnectTimeout, "{error}");
        assert!(error.to_string().contains("500ms"), "{error}");
    }

    #[test]
    fn non_tls_server_is_a_tls_error() {
        let server = Server::start(|peer| peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
        let error = send(&HttpTransport::new(), get(&url(&server, "localhost"))).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Tls, "{error}");
    }

    #[test]
    fn timeouts_and_truncation_checks_hold_with_tls() {
        let authority = Authority::new("limits");
        let config = authority.server_config("localhost", false);
        let silent = https(config.clone(), |stream| {
            head(stream);
            let _ = io::copy(stream, &mut io::sink());
        });
        let error = trusting(&authority).send(get(&url(&silent, "localhost")), &options(SHORT)).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::ReadTimeout, "{error}");

        for response in [
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\npart",
            // Other libraries do not report it.
            #[cfg(feature = "rustls")]
            "HTTP/1.1 200 OK\r\n\r\npart",
        ] {
            // The TCP connection ends without the TLS close alert.
            let cut = https(config.clone(), |stream| {
                head(stream);
                stream.write_all(response.as_bytes()).unwrap();
            });
            let error = read(send(&trusting(&authority), get(&url(&cut, "localhost"))).unwrap()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{response}: {error}");
        }
    }

    #[test]
    fn continue_and_early_responses_work_with_tls() {
        let authority = Authority::new("early");
        let config = authority.server_config("localhost", false);
        let server = https(config.clone(), |stream| {
            while head(stream).is_some() {
                stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
                stream.read_exact(&mut [0; 5]).unwrap();
                stream.write_all(OK).unwrap();
            }
        });
        let transport = trusting(&authority);
        assert_eq!(text(&transport, expecting(&url(&server, "localhost"), "hello")), "ok");
        assert_eq!(text(&transport, expecting(&url(&server, "localhost"), "hello")), "ok");
        assert_eq!(server.connections(), 1);

        let server = https(config, |stream| {
            head(stream);
            stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno").unwrap();
            thread::sleep(Duration::from_millis(50));
        });
        let (body, _) = counted(100_000_000);
        let response = send(&transport, request(Method::PUT, &url(&server, "localhost"), body)).unwrap();
        assert_eq!((response.status().as_u16(), read(response).unwrap().as_str()), (403, "no"));
    }

    /// A proxy that opens a tunnel to this port for any target.
    fn tunnel(to: u16) -> (Server, Arc<Mutex<Vec<String>>>) {
        tunnel_after(to, "HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n")
    }

    fn tunnel_after(to: u16, response: impl Into<String>) -> (Server, Arc<Mutex<Vec<String>>>) {
        let response = response.into();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let kept = heads.clone();
        let proxy = Server::start(move |peer| {
            let Some(head) = peer.head() else { return };
            kept.lock().unwrap().push(head);
            peer.send(response.as_bytes());
            let mut there = TcpStream::connect(("127.0.0.1", to)).unwrap();
            let (mut from, mut back) = (peer.stream.try_clone().unwrap(), there.try_clone().unwrap());
            let upwards = thread::spawn(move || {
                let _ = io::copy(&mut from, &mut there);
                let _ = there.shutdown(Shutdown::Write);
            });
            let _ = io::copy(&mut back, &mut peer.stream);
            let _ = peer.stream.shutdown(Shutdown::Both);
            let _ = upwards.join();
        });
        (proxy, heads)
    }

    #[test]
    fn tunnel_opens_after_a_response_of_any_shape() {
        let authority = Authority::new("opening");
        let server = responding(authority.server_config("origin.invalid", false));
        for response in [
            "HTTP/1.0 200 Connection established\r\n\r\n".to_owned(),
            "HTTP/1.1 200\r\n\r\n".to_owned(),
            "HTTP/1.1 201 Created\r\n\r\n".to_owned(),
            "HTTP/1.1 200 OK\nVia: test\n\n".to_owned(),
            "HTTP/1.1 200 OK\r\nVia: a,\r\n b\r\nno colon\r\n[x]: y\r\n\r\n".to_owned(),
            // Both are ignored here: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n".to_owned(),
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_owned(),
            "HTTP/1.1 200 OK\r\nContent-Length: -5\r\nTransfer-Encoding: gzip\r\n\r\n".to_owned(),
            "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n".to_owned(),
            format!("HTTP/1.1 200 OK\r\n{}\r\n", (0..200).map(|n| format!("X-{n}: y\r\n")).collect::<String>()),
        ] {
            let (proxy, _) = tunnel_after(server.address.port(), response.clone());
            let proxy_url = ProxyUrl::parse(&format!("http://{}", proxy.address)).unwrap();
            let config = TransportConfig::new().ca_bundle(authority.file("ca.pem"));
            let transport = HttpTransport::with_config(config.proxy_for(move |_| Some(proxy_url.clone())));
            assert_eq!(text(&transport, get("https://origin.invalid/")), "ok", "{response}");
        }
    }

    #[test]
    fn https_through_a_proxy_uses_a_tunnel() {
        let authority = Authority::new("tunnel");
        let server = https(authority.server_config("origin.invalid", false), |stream| {
            while let Some(head) = head(stream) {
                let length = field(&head, "content-length").map_or(0, |length| length.parse().unwrap());
                stream.read_exact(&mut vec![0; length]).unwrap();
                stream.write_all(OK).unwrap();
            }
        });
        let (proxy, heads) = tunnel(server.address.port());
        let proxy_url = ProxyUrl::parse(&format!("http://me:p%40ss@{}", proxy.address)).unwrap();
        let config = TransportConfig::new().ca_bundle(authority.file("ca.pem"));
        let transport = HttpTransport::with_config(config.proxy_for(move |_| Some(proxy_url.clone())));
        let url = "https://origin.invalid/x";
        for _ in 0..3 {
            assert_eq!(text(&transport, get(url)), "ok");
            // Head and body are sent together, and no layer may delay them.
            assert_eq!(text(&transport, request(Method::POST, url, "hello")), "ok");
            assert_eq!(text(&transport, request(Method::PUT, url, vec![0; 100_000])), "ok");
        }
        let heads = heads.lock().unwrap();
        assert_eq!(heads.len(), 1);
        assert!(heads[0].starts_with("CONNECT origin.invalid:443 HTTP/1.1\r\n"), "{}", heads[0]);
        assert_eq!(field(&heads[0], "proxy-authorization"), Some("Basic bWU6cEBzcw=="));
    }

    #[test]
    fn proxy_connection_may_use_tls() {
        let authority = Authority::new("proxy");
        let config = authority.server_config("localhost", false);
        let seen = Arc::new(Mutex::new(String::new()));
        let kept = seen.clone();
        let proxy = https(config, move |stream| {
            while let Some(head) = head(stream) {
                *kept.lock().unwrap() = head;
                stream.write_all(OK).unwrap();
            }
        });
        let proxy_url = ProxyUrl::parse(&format!("https://localhost:{}", proxy.address.port())).unwrap();
        let config = TransportConfig::new().ca_bundle(authority.file("ca.pem"));
        let transport = HttpTransport::with_config(config.proxy_for(move |_| Some(proxy_url.clone())));
        assert_eq!(text(&transport, get("http://origin.invalid/x?y")), "ok");
        assert!(seen.lock().unwrap().starts_with("GET http://origin.invalid/x?y HTTP/1.1\r\n"));
    }

    /// The proxy has its own CA, requests a client certificate, and refuses tunnels.
    #[test]
    fn proxies_have_their_own_tls_settings() {
        let (servers, proxies) = (Authority::new("of-servers"), Authority::new("of-proxies"));
        proxies.certify("me");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = seen.clone();
        let proxy = https(proxies.server_config("localhost", true), move |stream| {
            while let Some(head) = head(stream) {
                let response = match head.starts_with("CONNECT ") {
                    true => b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
                    false => OK,
                };
                let length = field(&head, "content-length").map_or(0, |length| length.parse().unwrap());
                stream.read_exact(&mut vec![0; length]).unwrap();
                kept.lock().unwrap().push(head);
                stream.write_all(response).unwrap();
            }
        });
        let proxy_url = ProxyUrl::parse(&format!("https://me:p%40ss@localhost:{}", proxy.address.port())).unwrap();
        let through = |config: TransportConfig| {
            let proxy_url = proxy_url.clone();
            let config = config.ca_bundle(servers.file("ca.pem"));
            HttpTransport::with_config(config.proxy_for(move |_| Some(proxy_url.clone())))
        };
        let trusted = || TransportConfig::new().proxy_ca_bundle(proxies.file("ca.pem"));
        let known = || trusted().proxy_client_certificate(proxies.file("me.pem"), proxies.file("me.key"));
        for config in [TransportConfig::new(), trusted()] {
            for url in ["http://origin.invalid/x", "https://origin.invalid/x"] {
                send(&through(config.clone()), get(url)).unwrap_err();
            }
        }
        assert!(seen.lock().unwrap().is_empty());

        assert_eq!(text(&through(known()), get("http://origin.invalid/x?y")), "ok");
        let refused = send(&through(known()), get("https://origin.invalid/x")).unwrap_err();
        assert_eq!(refused.kind(), TransportErrorKind::Proxy, "{refused}");
        let forwarding = through(known().forward_https(true));
        for _ in 0..2 {
            assert_eq!(text(&forwarding, request(Method::POST, "https://origin.invalid/x", "hello")), "ok");
        }
        let seen = seen.lock().unwrap();
        let lines: Vec<&str> = seen.iter().map(|head| head.lines().next().unwrap()).collect();
        let forwarded = "POST https://origin.invalid/x HTTP/1.1";
        assert_eq!(
            lines,
            ["GET http://origin.invalid/x?y HTTP/1.1", "CONNECT origin.invalid:443 HTTP/1.1", forwarded, forwarded]
        );
        for head in &*seen {
            assert_eq!(field(head, "proxy-authorization"), Some("Basic bWU6cEBzcw=="), "{head}");
        }
    }

    /// A proxy without TLS never sees https requests.
    #[test]
    fn https_is_forwarded_only_over_tls() {
        let proxy = Server::responding_once("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        let proxy_url = ProxyUrl::parse(&format!("http://{}", proxy.address)).unwrap();
        let config = TransportConfig::new().forward_https(true);
        let transport = HttpTransport::with_config(config.proxy_for(move |_| Some(proxy_url.clone())));
        let error = send(&transport, get("https://origin.invalid/secret")).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Proxy, "{error}");
    }
}

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
#[test]
fn https_without_tls_is_a_clear_error() {
    let error = send(&HttpTransport::new(), get("https://localhost:1/")).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Request);
    assert!(error.to_string().contains("features `rustls` and `native-tls`"), "{error}");
}

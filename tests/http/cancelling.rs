//! A cancel token ends an exchange in every phase, from another thread.

use std::sync::mpsc;

use tucuxi::CancelToken;

use super::*;

/// No server of these tests responds in this time, and no cancellation takes as long.
const TOO_LATE: Duration = Duration::from_secs(20);
/// Time for the client to reach the wait that is cancelled. The tests also pass if it is too short.
const SETTLE: Duration = Duration::from_millis(150);

/// No timeout, so that only the token ends a wait.
fn only_cancelled_by(token: &CancelToken) -> SendOptions {
    let mut options = SendOptions::default();
    options.cancel = Some(token.clone());
    options
}

/// A server that reports when a connection has reached the end of `script`, and then stays silent.
fn silent_after(script: impl Fn(&mut Peer) + Send + Sync + 'static) -> (Server, mpsc::Receiver<()>) {
    let (report, reached) = mpsc::sync_channel(16);
    let server = Server::start(move |peer| {
        peer.stream.set_read_timeout(None).unwrap();
        script(peer);
        let _ = report.try_send(());
        peer.until_closed();
    });
    (server, reached)
}

/// Cancels the token once the server has reached its silence.
fn cancel_when(reached: mpsc::Receiver<()>, token: &CancelToken) -> thread::JoinHandle<()> {
    let token = token.clone();
    thread::spawn(move || {
        reached.recv_timeout(TOO_LATE).unwrap();
        thread::sleep(SETTLE);
        token.cancel();
    })
}

fn assert_cancelled(error: &TransportError) {
    assert_eq!(error.kind(), TransportErrorKind::Cancelled, "{error}");
    assert_eq!(error.to_string(), "cancelled");
}

/// Sends the request, cancels it when the server is silent, and expects that this ends it.
fn send_and_cancel(transport: &HttpTransport, request: Request<Body>, reached: mpsc::Receiver<()>) {
    let (token, begun) = (CancelToken::new(), Instant::now());
    let canceller = cancel_when(reached, &token);
    let error = transport.send(request, &only_cancelled_by(&token)).unwrap_err();
    assert_cancelled(&error);
    assert!(begun.elapsed() < TOO_LATE, "{:?}", begun.elapsed());
    canceller.join().unwrap();
}

#[test]
fn cancelled_token_sends_nothing() {
    let server = Server::responding(OK);
    let token = CancelToken::new();
    token.cancel();
    let (body, read) = counted(10);
    let request = request(Method::PUT, &server.url("/"), body);
    let error = HttpTransport::new().send(request, &only_cancelled_by(&token)).unwrap_err();
    assert_cancelled(&error);
    assert_eq!((server.connections(), read.load(Ordering::SeqCst)), (0, 0));
}

/// The queue of connections that nobody accepts is full, so the system ignores further ones.
#[cfg(target_os = "linux")]
#[test]
fn cancel_ends_connecting() {
    use socket2::{Domain, Socket, Type};
    let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    listener.bind(&"127.0.0.1:0".parse::<SocketAddr>().unwrap().into()).unwrap();
    listener.listen(0).unwrap();
    let address = listener.local_addr().unwrap().as_socket().unwrap();
    let connect = || TcpStream::connect_timeout(&address, Duration::from_millis(200));
    let queued: Vec<TcpStream> = std::iter::from_fn(|| connect().ok()).take(16).collect();
    assert!(queued.len() < 16, "the queue has no end");
    for host in [address.to_string(), format!("localhost:{}", address.port())] {
        let (report, reached) = mpsc::sync_channel(1);
        report.send(()).unwrap();
        send_and_cancel(&HttpTransport::new(), get(&format!("http://{host}/")), reached);
    }
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[test]
fn cancel_ends_tls_handshake() {
    let (server, reached) = silent_after(|peer| drop(peer.stream.read(&mut [0])));
    send_and_cancel(&HttpTransport::new(), get(&format!("https://{}/", server.address)), reached);
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[test]
fn cancel_ends_waiting_for_tunnel() {
    for response in ["", "HTTP/1.1 200 Conn", "HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\npart"] {
        let (proxy, reached) = silent_after(move |peer| {
            peer.head();
            peer.send(response.as_bytes());
        });
        let (token, begun) = (CancelToken::new(), Instant::now());
        let canceller = cancel_when(reached, &token);
        let transport = through(&format!("http://{}", proxy.address));
        let error = transport.send(get("https://origin.invalid/"), &only_cancelled_by(&token)).unwrap_err();
        // The client waits at most a second for the body of a refusal; the machine may be slow to cancel.
        if !response.contains("403") || error.kind() != TransportErrorKind::Proxy {
            assert_cancelled(&error);
        }
        assert!(begun.elapsed() < TOO_LATE, "{:?}", begun.elapsed());
        canceller.join().unwrap();
    }
}

#[test]
fn cancel_ends_waiting_for_head() {
    for begin in ["", "HTTP/1.1 200 OK\r\nX: ", "HTTP/1.1 102 Processing\r\n\r\n"] {
        let (server, reached) = silent_after(move |peer| {
            peer.request();
            peer.send(begin.as_bytes());
        });
        send_and_cancel(&HttpTransport::new(), request(Method::PUT, &server.url("/"), "hello"), reached);
        // The request is not sent again, although a GET could be.
        let (server, reached) = silent_after(move |peer| {
            peer.request();
            peer.send(begin.as_bytes());
        });
        send_and_cancel(&HttpTransport::new(), get(&server.url("/")), reached);
        assert_eq!(server.connections(), 1);
    }
}

#[test]
fn cancel_ends_sending_the_body() {
    let (report, reached) = mpsc::sync_channel(16);
    let (stop, stopped) = mpsc::channel::<()>();
    let stopped = Mutex::new(stopped);
    let server = Server::start(move |peer| {
        peer.head();
        report.send(()).unwrap();
        // Reads nothing more.
        let _ = stopped.lock().unwrap().recv_timeout(2 * TOO_LATE);
    });
    let (body, _) = counted(100_000_000);
    send_and_cancel(&HttpTransport::new(), request(Method::PUT, &server.url("/"), body), reached);
    drop(stop);
}

const BODIES: &[(&str, &str)] = &[
    ("length", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart"),
    ("no length", "HTTP/1.1 200 OK\r\n\r\npart"),
    ("chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n"),
    ("a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\npart"),
];

/// Reads all that the server sent, and blocks until the token is cancelled.
fn read_until_cancelled(name: &str, response: Response<Body>) {
    let (mut body, mut bytes) = (response.into_body(), Vec::new());
    for _ in 0..2 {
        let error = body.read_to_end(&mut bytes).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (io::ErrorKind::Other, "cancelled"), "{name}");
    }
    assert_eq!(bytes, b"part", "{name}");
}

#[test]
fn cancel_ends_reading_the_body() {
    for (name, response) in BODIES {
        let (server, reached) = silent_after(|peer| {
            peer.head();
            peer.send(response.as_bytes());
        });
        let (token, begun) = (CancelToken::new(), Instant::now());
        let response = HttpTransport::new().send(get(&server.url("/")), &only_cancelled_by(&token)).unwrap();
        let canceller = cancel_when(reached, &token);
        // A thread other than the one that sent.
        thread::spawn(|| read_until_cancelled(name, response)).join().unwrap();
        assert!(begun.elapsed() < TOO_LATE, "{name}: {:?}", begun.elapsed());
        canceller.join().unwrap();
    }
}

#[test]
fn cancelled_body_gives_no_more_bytes() {
    let server = Server::responding(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nwhole!");
    let token = CancelToken::new();
    let response = HttpTransport::new().send(get(&server.url("/")), &only_cancelled_by(&token)).unwrap();
    let mut body = response.into_body();
    body.read_exact(&mut [0; 3]).unwrap();
    token.cancel();
    assert_eq!(body.read(&mut [0; 3]).unwrap_err().to_string(), "cancelled");
}

#[test]
fn cancelled_connection_is_not_reused() {
    let stalling = ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npa"];
    for begin in stalling {
        let (report, reached) = mpsc::sync_channel(16);
        let server = Server::start(move |peer| {
            if peer.index > 0 {
                while peer.request().is_some() {
                    peer.send(OK);
                }
                return;
            }
            peer.request();
            peer.send(OK);
            peer.request();
            peer.send(begin.as_bytes());
            report.send(()).unwrap();
            // The rest comes too late, and must not become the response to another request.
            peer.until_closed();
            peer.send(b"rt");
        });
        let (transport, token) = (HttpTransport::new(), CancelToken::new());
        assert_eq!(text(&transport, get(&server.url("/"))), "ok");
        let canceller = cancel_when(reached, &token);
        match transport.send(get(&server.url("/")), &only_cancelled_by(&token)) {
            Ok(response) => assert_eq!(read(response).unwrap_err().to_string(), "cancelled"),
            Err(error) => assert_cancelled(&error),
        }
        canceller.join().unwrap();
        assert_eq!(text(&transport, get(&server.url("/"))), "ok");
        assert_eq!(text(&transport, get(&server.url("/"))), "ok");
        assert_eq!(server.connections(), 2, "{begin}");
    }
}

/// A token belongs to its request, not to its connection.
#[test]
fn finished_request_returns_its_connection_to_the_pool() {
    let server = Server::responding(OK);
    let transport = HttpTransport::new();
    for _ in 0..3 {
        let token = CancelToken::new();
        let response = transport.send(get(&server.url("/")), &only_cancelled_by(&token)).unwrap();
        assert_eq!(read(response).unwrap(), "ok");
        token.cancel();
        assert_eq!(text(&transport, get(&server.url("/"))), "ok");
    }
    assert_eq!(server.connections(), 1);
}

#[test]
fn timeouts_hold_with_a_token() {
    let with_token = |mut options: SendOptions| {
        options.cancel = Some(CancelToken::new());
        options
    };
    let (server, _) = silent_after(|peer| drop(peer.head()));
    let mut total = SendOptions::default();
    total.total_timeout = Some(SHORT);
    let mut response = SendOptions::default();
    response.response_timeout = Some(SHORT);
    let (body, _) = counted(100_000_000);
    let requests = [get(&server.url("/")), request(Method::PUT, &server.url("/"), body)];
    for request in requests {
        // The server reads on when the body is small.
        let error = HttpTransport::new().send(request, &with_token(options(SHORT))).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::ReadTimeout, "{error}");
        assert!(error.to_string().ends_with("not a byte within 500ms"), "{error}");
    }
    for options in [total, response] {
        let error = HttpTransport::new().send(get(&server.url("/")), &with_token(options)).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::ReadTimeout, "{error}");
    }
    let stalled = Server::start(|peer| {
        peer.head();
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart");
        peer.until_closed();
    });
    let response = HttpTransport::new().send(get(&stalled.url("/")), &with_token(options(SHORT))).unwrap();
    assert_eq!(read(response).unwrap_err().kind(), io::ErrorKind::TimedOut);
}

#[test]
fn refused_connection_is_a_connect_error_with_a_token() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for url in [format!("http://{address}/"), format!("http://localhost:{}/", address.port())] {
        let error = HttpTransport::new().send(get(&url), &only_cancelled_by(&CancelToken::new())).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Connect, "{error}");
    }
}

#[test]
fn bodies_arrive_whole_with_a_token() {
    const LENGTH: u64 = 8_000_003;
    let server = Server::start(|peer| {
        peer.head();
        // Slower than the client at first, so that its writes have to wait.
        thread::sleep(Duration::from_millis(100));
        let received = io::copy(&mut (&mut peer.stream).take(LENGTH), &mut io::sink()).unwrap();
        peer.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {received}\r\n\r\n").as_bytes());
        let _ = io::copy(&mut io::repeat(b'y').take(received), &mut peer.stream);
    });
    let body = Body::from_reader_with_length(io::repeat(b'x').take(LENGTH), LENGTH);
    let mut options = patient();
    options.cancel = Some(CancelToken::new());
    let request = request(Method::PUT, &server.url("/"), body);
    let response = HttpTransport::new().send(request, &options).unwrap();
    assert_eq!(io::copy(&mut response.into_body(), &mut io::sink()).unwrap(), LENGTH);
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[test]
fn cancel_ends_reading_over_tls() {
    let authority = tls::Authority::new("cancelling");
    let (report, reached) = mpsc::sync_channel(16);
    let server = tls::https(authority.server_config("localhost", false), move |stream| {
        tls::head(stream);
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart").unwrap();
        report.send(()).unwrap();
        let _ = io::copy(stream, &mut io::sink());
    });
    let token = CancelToken::new();
    let canceller = cancel_when(reached, &token);
    let url = tls::url(&server, "localhost");
    let response = tls::trusting(&authority).send(get(&url), &only_cancelled_by(&token)).unwrap();
    read_until_cancelled("TLS", response);
    canceller.join().unwrap();
}

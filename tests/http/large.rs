//! Bodies that are so large that they are received past the connection's buffer.

use std::sync::mpsc;

use tucuxi::CancelToken;

use super::*;

const SIZE: usize = 3 << 20;

fn content() -> Vec<u8> {
    (0..SIZE).map(|index| (index * 7 % 251) as u8).collect()
}

/// A response with this body, of which the head announces `SIZE` bytes.
fn response(fields: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: {SIZE}\r\n\r\n").as_bytes(), body].concat()
}

fn serving(fields: &str, body: &[u8]) -> Server {
    let response = response(fields, body);
    Server::start(move |peer| {
        while peer.request().is_some() {
            peer.send(&response);
        }
    })
}

/// Reads the body in pieces of this size.
fn in_pieces(mut body: Body, size: usize) -> io::Result<Vec<u8>> {
    let (mut all, mut piece) = (Vec::new(), vec![0; size]);
    loop {
        match body.read(&mut piece)? {
            0 => return Ok(all),
            read => all.extend_from_slice(&piece[..read]),
        }
    }
}

#[test]
fn large_body_is_whole_in_any_pieces_and_keeps_the_connection() {
    let content = content();
    let server = serving("", &content);
    let transport = HttpTransport::new();
    for size in [777, 8 << 10, (32 << 10) - 1, 32 << 10, 100_000, 1 << 20, SIZE, SIZE + 1] {
        let response = send(&transport, get(&server.url("/"))).unwrap();
        assert_eq!((response.body().len(), response.headers()["content-length"].len()), (Some(SIZE as u64), 7));
        assert!(in_pieces(response.into_body(), size).unwrap() == content, "{size}");
    }
    // Large and small pieces in turns, and all announced bytes without another read.
    let mut body = send(&transport, get(&server.url("/"))).unwrap().into_body();
    let (mut all, mut at) = (vec![0; SIZE], 0);
    for size in [10, 64 << 10, 1000, 200_000, 5].into_iter().cycle() {
        let end = SIZE.min(at + size);
        body.read_exact(&mut all[at..end]).unwrap();
        at = end;
        if at == SIZE {
            break;
        }
    }
    assert!(all == content);
    assert!(send(&transport, get(&server.url("/"))).unwrap().into_body().into_bytes().unwrap() == content);
    assert_eq!(server.connections(), 1);
}

#[test]
fn connection_of_a_large_body_is_closed_if_it_must_be() {
    let content = content();
    let more = [&content[..], b"more than was announced"].concat();
    for (fields, body) in [("Connection: close\r\n", &content), ("", &more)] {
        for size in [8 << 10, SIZE] {
            let server = serving(fields, body);
            let transport = HttpTransport::new();
            for connections in 1..4 {
                let response = send(&transport, get(&server.url("/"))).unwrap();
                assert!(in_pieces(response.into_body(), size).unwrap() == content);
                assert_eq!(server.connections(), connections, "{fields} {size}");
                // What was not announced may come late.
                thread::sleep(Duration::from_millis(20));
            }
        }
    }
}

#[test]
fn truncated_large_body_is_an_error() {
    for kept in [0, 1000, SIZE - 1] {
        for size in [8 << 10, SIZE] {
            let server = Server::responding_once(response("", &content()[..kept]));
            let response = send(&HttpTransport::new(), get(&server.url("/"))).unwrap();
            let error = in_pieces(response.into_body(), size).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
            let said = format!("the body broke off after {kept} of {SIZE} bytes: the connection was closed");
            assert_eq!(error.to_string(), said);
        }
    }
}

/// A server that sends half of the body and then nothing, and reports when its connection is closed.
fn stalling() -> (Server, mpsc::Receiver<()>) {
    let (closed, was_closed) = mpsc::channel();
    let half = response("", &content()[..SIZE / 2]);
    let server = Server::start(move |peer| {
        peer.stream.set_read_timeout(None).unwrap();
        peer.request();
        peer.send(&half);
        peer.until_closed();
        _ = closed.send(());
    });
    (server, was_closed)
}

#[test]
fn stalled_large_body_ends_by_timeouts() {
    let mut total = patient();
    total.total_timeout = Some(SHORT);
    for (options, said) in [(options(SHORT), "stopped sending"), (total, "the timeout of the whole attempt expired")] {
        for size in [8 << 10, SIZE] {
            let (server, was_closed) = stalling();
            let begun = Instant::now();
            let response = HttpTransport::new().send(get(&server.url("/")), &options).unwrap();
            let error = in_pieces(response.into_body(), size).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::TimedOut);
            assert!(error.to_string().contains(said), "{error}");
            assert!(begun.elapsed() < Duration::from_secs(4));
            was_closed.recv_timeout(Duration::from_secs(4)).unwrap();
        }
    }
}

#[test]
fn large_body_is_cancelled_and_closes_its_connection() {
    for size in [8 << 10, SIZE] {
        let (server, was_closed) = stalling();
        let (transport, token) = (HttpTransport::new(), CancelToken::new());
        let mut options = SendOptions::default();
        options.cancel = Some(token.clone());
        let response = transport.send(get(&server.url("/")), &options).unwrap();
        let cancelling = thread::spawn(move || {
            thread::sleep(Duration::from_millis(150));
            token.cancel();
        });
        let error = in_pieces(response.into_body(), size).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (io::ErrorKind::Other, "cancelled"));
        was_closed.recv_timeout(Duration::from_secs(4)).unwrap();
        cancelling.join().unwrap();
    }
}

#[test]
fn dropped_large_body_closes_its_connection() {
    for read in [0, 10, SIZE / 4] {
        let (server, was_closed) = stalling();
        let transport = HttpTransport::new();
        let mut body = send(&transport, get(&server.url("/"))).unwrap().into_body();
        body.read_exact(&mut vec![0; read]).unwrap();
        drop(body);
        was_closed.recv_timeout(Duration::from_secs(4)).unwrap();
    }
}

#[cfg(any(feature = "rustls", feature = "native-tls"))]
#[test]
fn large_body_is_whole_and_keeps_the_connection_with_tls() {
    use super::tls::{Authority, head, https, trusting, url};
    let (authority, content) = (Authority::new("large"), content());
    let response = response("", &content);
    let server = https(authority.server_config("localhost", false), move |stream| {
        while head(stream).is_some() {
            stream.write_all(&response).unwrap();
        }
    });
    let transport = trusting(&authority);
    for size in [777, 40_000, SIZE] {
        let response = send(&transport, get(&url(&server, "localhost"))).unwrap();
        assert!(in_pieces(response.into_body(), size).unwrap() == content, "{size}");
    }
    assert_eq!(server.connections(), 1);
}

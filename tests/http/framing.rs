//! Body framing: chunks and lengths with which a server could desynchronize two readers.

use super::*;

const CHUNKED: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/// Name, header after the status line, body as sent, body as read, whether the connection is reused.
const READ: &[(&str, &str, &str, &str, bool)] = &[
    ("an extension", "Transfer-Encoding: chunked", "2;name=value\r\nok\r\n0\r\n\r\n", "ok", true),
    (
        "an extension with a quoted value",
        "Transfer-Encoding: chunked",
        "2 ; n=\"a\\\";b\"\r\nok\r\n0;x\r\n\r\n",
        "ok",
        true,
    ),
    ("spaces after the size", "Transfer-Encoding: chunked", "2  \r\nok\r\n0 \r\n\r\n", "ok", true),
    ("leading zeros", "Transfer-Encoding: chunked", "00000000000000000002\r\nok\r\n000\r\n\r\n", "ok", true),
    (
        "either case",
        "Transfer-Encoding: chunked",
        "a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n",
        "01234567890123456789",
        true,
    ),
    ("bare line feeds", "Transfer-Encoding: chunked", "2\nok\n0\n\n", "ok", true),
    ("trailers", "Transfer-Encoding: chunked", "2\r\nok\r\n0\r\nA: b\r\n c\r\n[]\r\n\0\r\n\r\n", "ok", true),
    ("an upper-case coding", "transfer-encoding: CHUNKED", "2\r\nok\r\n0\r\n\r\n", "ok", true),
    ("identity before it", "Transfer-Encoding: identity, chunked", "2\r\nok\r\n0\r\n\r\n", "ok", true),
    ("only identity", "Transfer-Encoding: identity\r\nContent-Length: 2", "ok", "ok", true),
    ("a folded coding", "Transfer-Encoding:\r\n chunked", "2\r\nok\r\n0\r\n\r\n", "ok", true),
    ("a space before the colon of the coding", "Transfer-Encoding : chunked", "2\r\nok\r\n0\r\n\r\n", "ok", true),
    (
        "a length too, which does not count",
        "Content-Length: 3\r\nTransfer-Encoding: chunked",
        "2\r\nok\r\n0\r\n\r\n",
        "ok",
        false,
    ),
    ("the same length twice", "Content-Length: 2\r\nContent-Length: 2", "ok", "ok", true),
    ("the same length in a list", "Content-Length: 2, 02", "ok", "ok", true),
    ("a folded length", "Content-Length:\r\n 2", "ok", "ok", true),
    ("a space before the colon of the length", "Content-Length : 2", "ok", "ok", true),
    ("more than the length", "Content-Length: 2", "okHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil", "ok", false),
    (
        "more than the chunks",
        "Transfer-Encoding: chunked",
        "2\r\nok\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
        "ok",
        false,
    ),
    ("a line end after the length", "Content-Length: 2", "ok\r\n", "ok", false),
    ("an announced close", "Connection: x, Close\r\nContent-Length: 2", "ok", "ok", false),
];

#[test]
fn bodies_end_where_the_framing_says() {
    for (name, head, body, expected, is_kept) in READ {
        // In pieces, the bytes after the response arrive too late to be seen with it.
        for pieces in [1, usize::MAX] {
            if pieces == 1 && !is_kept {
                continue;
            }
            let response = format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n{body}");
            let server = Server::start(move |peer| {
                while peer.request().is_some() {
                    for piece in response.as_bytes().chunks(pieces.min(response.len())) {
                        peer.send(piece);
                    }
                }
            });
            let transport = HttpTransport::new();
            for _ in 0..2 {
                assert_eq!(text(&transport, get(&server.url("/"))), *expected, "{name}");
            }
            assert_eq!(server.connections(), if *is_kept { 1 } else { 2 }, "{name}");
        }
    }
}

#[test]
fn http_1_0_chunks_are_decoded_and_end_the_connection() {
    for head in ["", "Connection: keep-alive\r\n"] {
        let response = format!("HTTP/1.0 200 OK\r\n{head}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n");
        let server = Server::start(move |peer| {
            while peer.request().is_some() {
                peer.send(response.as_bytes());
            }
        });
        let transport = HttpTransport::new();
        for _ in 0..2 {
            assert_eq!(text(&transport, get(&server.url("/"))), "ok");
        }
        assert_eq!(server.connections(), 2);
    }
}

/// Body after a head that announces chunks, text in the error.
const BROKEN: &[(&str, &str)] = &[
    ("xyz\r\nwhat\r\n", "size of a chunk"),
    ("\r\nok\r\n0\r\n\r\n", "size of a chunk"),
    ("-2\r\nok\r\n0\r\n\r\n", "size of a chunk"),
    ("+2\r\nok\r\n0\r\n\r\n", "size of a chunk"),
    (" 2\r\nok\r\n0\r\n\r\n", "size of a chunk"),
    ("0x2\r\nok\r\n0\r\n\r\n", "size of a chunk"),
    ("2 2\r\nok\r\n0\r\n\r\n", "size of a chunk"),
    ("2,2\r\nok\r\n0\r\n\r\n", "size of a chunk"),
    ("2\0\r\nok\r\n0\r\n\r\n", "size of a chunk"),
    ("10000000000000000\r\nok", "size of a chunk"),
    ("fffffffffffffffff\r\nok", "size of a chunk"),
    ("2\r\nlong\r\n0\r\n\r\n", "does not end where its size says"),
    ("2\r\nok0\r\n\r\n", "does not end where its size says"),
    ("2\r\nok\r\r\n0\r\n\r\n", "does not end where its size says"),
    ("2\r\nok\r\n1\r\nx\r\nz\r\n", "size of a chunk"),
];

#[test]
fn invalid_chunks_are_an_invalid_data_error() {
    for (body, said) in BROKEN {
        for pieces in [1, usize::MAX] {
            let response = format!("{CHUNKED}{body}");
            let server = Server::start(move |peer| {
                peer.request();
                for piece in response.as_bytes().chunks(pieces.min(response.len())) {
                    peer.send(piece);
                }
            });
            let error = read(send(&HttpTransport::new(), get(&server.url("/"))).unwrap()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{body:?}: {error}");
            assert!(error.to_string().contains(said), "{body:?}: {error}");
        }
    }
}

/// Data before the error is returned, in as many pieces as the caller reads.
#[test]
fn data_before_a_framing_error_is_returned() {
    let server = Server::responding_once(format!("{CHUNKED}4\r\ngood\r\nzzz"));
    let mut body = send(&HttpTransport::new(), get(&server.url("/"))).unwrap().into_body();
    let mut good = [0; 4];
    body.read_exact(&mut good).unwrap();
    assert_eq!(&good, b"good");
    assert_eq!(body.read(&mut good).unwrap_err().kind(), io::ErrorKind::InvalidData);
}

#[test]
fn many_chunks_with_extensions_are_read() {
    let (signature, data) = ("f".repeat(64), "x".repeat(500));
    let chunk = format!("1f4;chunk-signature={signature}\r\n{data}\r\n");
    let server = Server::responding_once(format!("{CHUNKED}{}0\r\n\r\n", chunk.repeat(5_000)));
    assert_eq!(text(&HttpTransport::new(), get(&server.url("/"))).len(), 2_500_000);
    // One-byte chunks have far more framing than data.
    let server = Server::responding_once(format!("{CHUNKED}{}0\r\n\r\n", "1\r\nx\r\n".repeat(100_000)));
    assert_eq!(text(&HttpTransport::new(), get(&server.url("/"))).len(), 100_000);
}

/// Start of the body, and what follows it without end.
#[test]
fn endless_framing_is_an_error() {
    for (begin, endless) in [
        ("2\r\nok\r\n0\r\n", "x-trailer: more\r\n"),
        ("2\r\nok\r\n0\r\nx-trailer: ", "more"),
        ("2\r\nok\r\n0\r\n", "\r"),
        ("2;", "extension"),
        ("2\r\nok\r\n0;", "extension"),
        ("2", "    "),
        ("", "0000"),
    ] {
        let server = Server::start(move |peer| {
            peer.request();
            peer.send(CHUNKED.as_bytes());
            peer.send(begin.as_bytes());
            let piece = endless.repeat(100);
            while peer.stream.write_all(piece.as_bytes()).is_ok() {}
        });
        let error = read(send(&HttpTransport::new(), get(&server.url("/"))).unwrap()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{begin:?} {endless:?}: {error}");
        assert!(error.to_string().contains("more than 64512 bytes"), "{error}");
    }
    // Each chunk has some data and far more extensions.
    let server = Server::start(|peer| {
        peer.request();
        peer.send(CHUNKED.as_bytes());
        let piece = format!("1;{}\r\nx\r\n", "extension".repeat(100));
        while peer.stream.write_all(piece.as_bytes()).is_ok() {}
    });
    let error = read(send(&HttpTransport::new(), get(&server.url("/"))).unwrap()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{error}");
}

/// An unsolicited response must never be matched to the next request.
#[test]
fn unsolicited_response_never_serves_the_next_request() {
    for first in ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst", &format!("{CHUNKED}5\r\nfirst\r\n0\r\n\r\n")] {
        let poisoned = format!("{first}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil");
        for split in [false, true] {
            let (poisoned, begin) = (poisoned.clone(), first.len());
            let server = Server::start(move |peer| {
                let response = if peer.index == 0 { poisoned.as_bytes() } else { OK };
                while peer.request().is_some() {
                    if split && peer.index == 0 {
                        peer.send(&response[..begin]);
                        peer.send(&response[begin..]);
                    } else {
                        peer.send(response);
                    }
                }
            });
            let transport = HttpTransport::new();
            assert_eq!(text(&transport, get(&server.url("/"))), "first");
            // A separate second response may still be on its way.
            if split {
                thread::sleep(Duration::from_millis(100));
            }
            assert_eq!(text(&transport, get(&server.url("/"))), "ok");
            assert_eq!(server.connections(), 2);
        }
    }
}

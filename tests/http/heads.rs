//! Response heads: lenient header fields, and malformed heads that no retry would fix.

use serde_json::json;
use tucuxi::{ErrorKind, Session};

use super::*;

/// `name: value` of all fields that start with `x-`, joined by `|`.
fn own_fields(response: &Response<Body>) -> String {
    let fields = response.headers().iter().filter(|(name, _)| name.as_str().starts_with("x-"));
    let fields = fields.map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())));
    fields.collect::<Vec<_>>().join("|")
}

/// Name, lines between status line and `Content-Length`, parsed fields.
const ODD_FIELDS: &[(&str, &str, &str)] = &[
    ("folded with spaces", "X-A: one,\r\n   two\r\nX-B: b\r\n", "x-a: one, two|x-b: b"),
    ("folded with a tab", "X-A: one\r\n\ttwo\r\n", "x-a: one two"),
    ("folded twice", "X-A: one\r\n two\r\n three\r\n", "x-a: one two three"),
    ("folded after an empty value", "X-A:\r\n one\r\n", "x-a: one"),
    ("folded with an empty line", "X-A: one\r\n \r\nX-B: b\r\n", "x-a: one|x-b: b"),
    ("folded with bare line feeds", "X-A: one\n two\n", "x-a: one two"),
    ("folded before the first field", " X-Z: no\r\nX-A: one\r\n", "x-a: one"),
    ("folded after an invalid line", "no colon\r\n X-Z: no\r\nX-A: one\r\n", "x-a: one"),
    ("folded with a colon in it", "X-A: one\r\n X-Z: two\r\n", "x-a: one X-Z: two"),
    ("brackets in a name", "X-Z[0]: no\r\nX-A: one\r\n", "x-a: one"),
    ("a slash in a name", "X-Z/y: no\r\nX-A: one\r\n", "x-a: one"),
    ("a space in a name", "X-Z y: no\r\nX-A: one\r\n", "x-a: one"),
    ("a non-ASCII name", "X-Zé: no\r\nX-A: one\r\n", "x-a: one"),
    ("a non-ASCII value", "X-A: é\r\nX-B: b\r\n", "x-a: é|x-b: b"),
    ("no colon", "just text\r\nX-A: one\r\n", "x-a: one"),
    ("no name", ": no\r\nX-A: one\r\n", "x-a: one"),
    ("a space as the name", " : no\r\nX-A: one\r\n", "x-a: one"),
    ("a space before the colon", "X-A : one\r\nX-B\t: b\r\n", "x-a: one|x-b: b"),
    ("no space after the colon", "X-A:one\r\n", "x-a: one"),
    ("whitespace around a value", "X-A: \t one \t \r\n", "x-a: one"),
    ("no value", "X-A:\r\nX-B: b\r\n", "x-a: |x-b: b"),
    ("a NUL in a value", "X-Z: n\0o\r\nX-A: one\r\n", "x-a: one"),
    ("a NUL in a name", "X-Z\0: no\r\nX-A: one\r\n", "x-a: one"),
    ("an escape in a value", "X-Z: \x1b[31mno\r\nX-A: one\r\n", "x-a: one"),
    ("a delete in a value", "X-Z: n\x7fo\r\nX-A: one\r\n", "x-a: one"),
    ("a carriage return in a value", "X-Z: n\ro\r\nX-A: one\r\n", "x-a: one"),
    ("two carriage returns at the end of a line", "X-Z: no\r\r\nX-A: one\r\n", "x-a: one"),
    ("a control character in a folded line", "X-Z: no\r\n n\0o\r\nX-A: one\r\n", "x-a: one"),
    ("bare line feeds", "X-A: one\nX-B: b\n", "x-a: one|x-b: b"),
    ("a tab in a value", "X-A: one\ttwo\r\n", "x-a: one\ttwo"),
    ("the same name twice", "X-A: one\r\nx-a: two\r\n", "x-a: one|x-a: two"),
];

#[test]
fn invalid_line_drops_only_its_own_field() {
    let transport = HttpTransport::new();
    for (name, lines, expected) in ODD_FIELDS {
        let response = format!("HTTP/1.1 200 OK\r\n{lines}Content-Length: 2\r\n\r\nok");
        let server = Server::start(move |peer| {
            while peer.request().is_some() {
                peer.send(response.as_bytes());
            }
        });
        for _ in 0..2 {
            let response = send(&transport, get(&server.url("/"))).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(own_fields(&response), *expected, "{name}");
            assert_eq!(read(response).unwrap(), "ok", "{name}");
        }
        assert_eq!(server.connections(), 1, "{name}: the connection stays usable");
    }
}

#[test]
fn unusual_status_lines_are_accepted() {
    for (line, status) in [
        ("HTTP/1.1 200 OK", 200),
        ("HTTP/1.0 200 OK", 200),
        ("HTTP/1.1 200", 200),
        ("HTTP/1.1 200 ", 200),
        ("HTTP/1.1  200   OK", 200),
        ("HTTP/1.1\t200\tOK", 200),
        ("HTTP/1.1 200 \u{dc}bel", 200),
        ("HTTP/1.1 200 \u{1b}[31m", 200),
        ("HTTP/1.2 200 OK", 200),
        ("http/1.1 200 ok", 200),
        ("\r\n\nHTTP/1.1 200 OK", 200),
        ("HTTP/1.1 404 Not Found", 404),
        ("HTTP/1.1 999 Denied", 999),
    ] {
        let server = Server::responding_once(format!("{line}\r\nContent-Length: 2\r\n\r\nok"));
        let response = send(&HttpTransport::new(), get(&server.url("/"))).unwrap();
        assert_eq!(response.status().as_u16(), status, "{line:?}");
        assert_eq!(read(response).unwrap(), "ok", "{line:?}");
    }
}

/// Response, text in the error.
const BROKEN: &[(&str, &str)] = &[
    ("SSH-2.0-OpenSSH_9.9\r\n\r\n", "it begins with `SSH-2.0-OpenSSH_9.9`"),
    ("<html>go away</html>\r\n\r\n", "it begins with `<html>go away</html>`"),
    ("\0\0\x12\x04\0\0\0\0\0\0\0", "not HTTP/1.1, it begins with `\\x00\\x00\\x12"),
    ("\x15\x03\x01\0\x02\x02\x46", "use an https:// URL"),
    ("HTTP/1.1 abc OK\r\n\r\n", "status line cannot be read: `HTTP/1.1 abc OK`"),
    ("HTTP/1.1\r\n\r\n", "status line cannot be read"),
    ("HTTP/1.1 20\r\n\r\n", "status line cannot be read"),
    ("HTTP/1.1 099 What\r\n\r\n", "status line cannot be read"),
    ("HTTP/1.1 1000 Much\r\n\r\n", "status line cannot be read"),
    ("HTTP/1.1 +20 What\r\n\r\n", "status line cannot be read"),
    ("HTTP/1.1 200OK\r\n\r\n", "status line cannot be read"),
    ("HTTP/2 200\r\n\r\n", "status line cannot be read: `HTTP/2 200`"),
    ("HTTP/1.x 200 OK\r\n\r\n", "status line cannot be read"),
    (
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "Content-Length cannot be used: it says both 1 and 2",
    ),
    ("HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\nab", "Content-Length cannot be used: it says both 1 and 2"),
    (
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "Content-Length cannot be used: expected a number of 64 bits, found `-1`",
    ),
    ("HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok", "found `+2`"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\nok", "found `0x2`"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 2 2\r\n\r\nok", "found `2 2`"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n 2\r\n\r\nok", "found `2 2`"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 2.0\r\n\r\nok", "found `2.0`"),
    (
        "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
        "Content-Length cannot be used: expected a number of 64 bits, found ``",
    ),
    ("HTTP/1.1 200 OK\r\nContent-Length: 2,\r\n\r\nok", "Content-Length cannot be used"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 2\0\r\n\r\nok", "Content-Length cannot be used: it has a control character"),
    ("HTTP/1.1 200 OK\r\nContent-Length: \u{662}\r\n\r\nok", "Content-Length cannot be used"),
    ("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n\r\n", "found `18446744073709551616`"),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "Transfer-Encoding cannot be used"),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n", "Transfer-Encoding cannot be used"),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n", "found `xchunked`"),
    (
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chun\x0bked\r\n\r\n",
        "Transfer-Encoding cannot be used: it has a control character",
    ),
    (
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: x\r\n\r\n0\r\n\r\n",
        "Content-Length cannot be used",
    ),
];

fn flood(begin: &str, piece: &str, count: usize) -> String {
    format!("{begin}{}\r\n", piece.repeat(count))
}

#[test]
fn malformed_response_error_names_the_problem() {
    let floods = [
        (flood("HTTP/1.1 200 OK\r\nX: ", "v", 200_000), "head has more than 64512 bytes"),
        (flood("HTTP/1.1 200 ", "v", 200_000), "head has more than 64512 bytes"),
        (flood("HTTP/1.1 200 OK\r\n", "X: y\r\n", 20_000), "head has more than 64512 bytes"),
        (flood("HTTP/1.1 200 OK\r\nX: y\r\n", " \r\n", 40_000), "head has more than 64512 bytes"),
        (flood("", "\r\n", 40_000), "head has more than 64512 bytes"),
        (flood("", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", 100), "more than 32 interim responses"),
        (flood("", &format!("{}\r\n", flood("HTTP/1.1 103 E\r\nL: ", "x", 5_000)), 30), "more than 64512 bytes"),
        (flood("HTTP/1.1 103 Early Hints\r\n", "Link: x\r\n", 10_000), "head has more than 64512 bytes"),
    ];
    let broken = BROKEN.iter().map(|(response, said)| ((*response).to_owned(), *said));
    for (response, said) in broken.chain(floods) {
        let server = Server::responding_once(response.clone());
        let error = send(&HttpTransport::new(), get(&server.url("/?X-Amz-Signature=5ec3e7"))).unwrap_err();
        let start: String = response.chars().take(60).collect();
        let kind = match said {
            _ if said.contains("it begins with") => TransportErrorKind::Broken,
            _ if said.contains("https://") => TransportErrorKind::Tls,
            _ => TransportErrorKind::Malformed,
        };
        assert_eq!(error.kind(), kind, "{start:?}: {error}");
        assert!(error.to_string().contains(said), "{start:?}: {error}");
        assert!(!error.to_string().contains(|sign: char| sign.is_control()), "{error}");
        assert!(!format!("{error} {error:?}").contains("5ec3e7"), "{error}");
        assert_eq!(server.connections(), 1, "{start:?}");
    }
}

/// Without a body, framing fields do not matter.
#[test]
fn invalid_lengths_without_a_body_are_ignored() {
    for (method, status) in [(Method::HEAD, "200 OK"), (Method::GET, "204 No Content"), (Method::GET, "304 Same")] {
        for line in ["Content-Length: -1", "Content-Length: 1\r\nContent-Length: 2", "Transfer-Encoding: gzip"] {
            let raw = format!("HTTP/1.1 {status}\r\n{line}\r\n\r\n");
            let server = Server::responding_once(raw.clone());
            let request = request(method.clone(), &server.url("/"), Body::empty());
            let response = send(&HttpTransport::new(), request).unwrap_or_else(|error| panic!("{raw}: {error}"));
            assert_eq!(read(response).unwrap(), "", "{raw}");
        }
    }
}

#[test]
fn any_number_of_fields_within_the_head_size_is_read() {
    for count in [120, 130, 1000, 4000] {
        let fields: String = (0..count).map(|number| format!("x-{number}: {number}\r\n")).collect();
        let server = Server::responding_once(format!("HTTP/1.1 200 OK\r\n{fields}Content-Length: 2\r\n\r\nok"));
        let response = send(&HttpTransport::new(), get(&server.url("/"))).unwrap();
        assert_eq!(response.headers().len(), count + 1);
        assert_eq!(response.headers()[&format!("x-{}", count - 1)], (count - 1).to_string());
        assert_eq!(read(response).unwrap(), "ok");
    }
}

fn session(server: &Server) -> Session {
    Session::builder()
        .environment(Environment::from_pairs([("", ""); 0]))
        .credentials(Credentials::new("AKID", "SECRET"))
        .region("us-west-2")
        .endpoint_url(server.url(""))
        .build()
        .unwrap()
}

#[test]
fn object_with_many_metadata_entries_is_read() {
    let metadata: String = (0..300).map(|number| format!("x-amz-meta-key-{number}: value {number}\r\n")).collect();
    let server = Server::responding_once(format!("HTTP/1.1 200 OK\r\n{metadata}Content-Length: 5\r\n\r\n"));
    let s3 = session(&server).client("s3").unwrap();
    let head = s3.call("head_object", json!({"Bucket": "photos", "Key": "cat"})).unwrap();
    assert_eq!(head["Metadata"].as_object().unwrap().len(), 300);
    assert_eq!(head["Metadata"]["key-299"], "value 299");
}

#[test]
fn malformed_response_is_not_retried() {
    for response in ["HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "HTTP/1.1 abc\r\n\r\n"] {
        let server = Server::responding_once(response);
        let error = session(&server).client("sqs").unwrap().call("list_queues", json!({})).unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Response, 1), "{error}");
        assert!(error.may_have_been_processed());
        assert_eq!(server.connections(), 1, "{error}");
    }
}

/// A response truncated at any byte is a broken connection or a truncated body, never a success.
#[test]
fn truncated_response_is_an_error() {
    let whole = [
        "HTTP/1.1 200 OK\r\nX-A: one\r\n two\r\nContent-Length: 4\r\n\r\nbody",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nbo\r\n2\r\ndy\r\n0\r\nT: r\r\n\r\n",
    ];
    for response in whole {
        // Closing within the trailers replaces the last line: all data was sent.
        let all_data = response.find("\r\n0\r\n").map_or(response.len(), |end| end + 5);
        for cut in 0..=response.len() {
            let server = Server::responding_once(&response[..cut]);
            let result = send(&HttpTransport::new(), get(&server.url("/"))).map(read);
            match result {
                Ok(Ok(text)) => assert!(cut >= all_data && text == "body", "{cut}: {text}"),
                Ok(Err(error)) => {
                    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{cut}: {error}");
                    assert!(cut < all_data, "{cut}: {error}");
                }
                Err(error) => assert_eq!(error.kind(), TransportErrorKind::Broken, "{cut}: {error}"),
            }
        }
    }
}

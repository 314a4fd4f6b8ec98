//! Size limit of response bodies that are held in memory; streams have none.

use serde_json::json;
use tucuxi::{Client, ErrorKind, Session};

use super::*;

const LIMIT: u64 = 100_000;

fn client(server: &Server, service: &str) -> Client {
    let session = Session::builder()
        .environment(Environment::from_pairs([("", ""); 0]))
        .credentials(Credentials::new("AKID", "SECRET"))
        .region("us-west-2")
        .endpoint_url(server.url(""))
        .max_response_size(LIMIT);
    session.build().unwrap().client(service).unwrap()
}

/// Sends a head and then a piece without end, until the connection breaks.
fn endless(head: &'static str, piece: &'static [u8]) -> Server {
    Server::start(move |peer| {
        while peer.request().is_some() {
            peer.send(head.as_bytes());
            while peer.stream.write_all(piece).is_ok() {}
        }
    })
}

#[test]
fn endless_body_error_names_max_response_size() {
    for (head, piece, said) in [
        (
            "HTTP/1.1 200 OK\r\n\r\n",
            &b"          "[..],
            "more bytes than the setting max_response_size allows, which is 100000",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"4\r\n    \r\n",
            "more bytes than the setting max_response_size",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n",
            b"    ",
            "has 1000000000000 bytes, more than the setting max_response_size allows, which is 100000",
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n", b"    ", "max_response_size"),
    ] {
        let server = endless(head, piece);
        let error = client(&server, "sqs").call("list_queues", json!({})).unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Response, 1), "{head}: {error}");
        assert!(error.to_string().contains(said), "{head}: {error}");
        assert_eq!(server.connections(), 1, "{head}");
    }
}

#[test]
fn body_of_exactly_the_limit_is_read() {
    for (length, fits) in [(LIMIT, true), (LIMIT + 1, false)] {
        let body = format!("{{}}{}", " ".repeat(usize::try_from(length).unwrap() - 2));
        for head in [format!("Content-Length: {length}\r\n"), "Connection: close\r\n".to_owned()] {
            let server = Server::responding_once(format!("HTTP/1.1 200 OK\r\n{head}\r\n{body}"));
            let result = client(&server, "sqs").call("list_queues", json!({}));
            assert_eq!(result.is_ok(), fits, "{length} {head}: {result:?}");
        }
    }
}

#[test]
fn error_body_is_truncated() {
    for service in ["sqs", "s3"] {
        let server = endless("HTTP/1.1 403 Forbidden\r\n\r\n", b"no way ");
        let client = client(&server, service);
        let error = match service {
            "sqs" => client.call("list_queues", json!({})).unwrap_err(),
            // The payload is a stream, but an error body is not.
            _ => {
                let get = client.request("get_object").params(json!({"Bucket": "photos", "Key": "cat"}));
                get.send().unwrap_err()
            }
        };
        assert_eq!(error.service().map(tucuxi::ServiceError::status), Some(403), "{error}");
        assert_eq!(server.connections(), 1);
    }
}

#[test]
fn stream_has_no_size_limit() {
    let length = 3 * usize::try_from(LIMIT).unwrap();
    let response = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{}", "x".repeat(length));
    let server = Server::responding_once(response);
    let s3 = client(&server, "s3");
    let object = json!({"Bucket": "photos", "Key": "cat"});
    let output = s3.request("get_object").params(object.clone()).send().unwrap();
    assert_eq!(output.body.into_bytes().unwrap().len(), length);
    let value = s3.call("get_object", object).unwrap();
    assert_eq!(tucuxi::bytes(&value["Body"]).unwrap().len(), length);
}

/// Invalid chunks are a response error, not a connection error.
#[test]
fn invalid_chunks_are_not_retried() {
    let server = Server::responding(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n");
    let error = client(&server, "sqs").call("list_queues", json!({})).unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Response, 1), "{error}");
}

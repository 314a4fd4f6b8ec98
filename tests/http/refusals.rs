//! Proxies that refuse a tunnel: error messages and retries.

use serde_json::json;
use tucuxi::{ErrorKind, Session};

use super::*;

#[test]
fn refused_tunnel_error_says_why() {
    use TransportErrorKind::{Connect, Proxy};
    let page = "<html><head><title>Blocked</title><style>b{}</style></head><body>by <b>policy 7</b></body></html>";
    let with_length =
        |status: &str, text: &str| format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{text}", text.len());
    for (response, user, kind, said) in [
        (
            with_length("407 Proxy Authentication Required", ""),
            "",
            Proxy,
            "407 Proxy Authentication Required; it wants authentication, put user and password into its URL (http://user:password@host:port)",
        ),
        (
            with_length("407 Proxy Authentication Required", ""),
            "me:5ec3e7@",
            Proxy,
            "407 Proxy Authentication Required; it does not accept the user and password in its URL",
        ),
        (
            "HTTP/1.1 407\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n".to_owned(),
            "",
            Proxy,
            "407 Proxy Authentication Required; it wants",
        ),
        (with_length("403 Not here", page), "", Proxy, "403 Not here: Blocked by policy 7"),
        (with_length("400 Bad Request", ""), "", Proxy, "400 Bad Request"),
        (with_length("301 Moved", ""), "", Proxy, "301 Moved"),
        (
            with_length("502 Bad Gateway", "no route to\r\nthe host"),
            "",
            Connect,
            "502 Bad Gateway: no route to the host",
        ),
        (with_length("503 Service Unavailable", ""), "", Connect, "503 Service Unavailable"),
        (with_length("429 Too Many Requests", ""), "", Connect, "429 Too Many Requests"),
        (
            "HTTP/1.1 502 Bad\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nno \r\n5;x\r\nroute\r\n0\r\n\r\n".to_owned(),
            "",
            Connect,
            "502 Bad: no route",
        ),
        ("HTTP/1.0 403 Forbidden\r\n\r\nup to the end".to_owned(), "", Proxy, "403 Forbidden: up to the end"),
        (format!("HTTP/1.1 407 Auth\r\n{}\r\n", "X: y\r\n".repeat(200)), "", Proxy, "407 Auth; it wants"),
        ("HTTP/1.1 407 Auth\r\nX: y\r\n z\r\nno colon\r\n\r\n".to_owned(), "", Proxy, "407 Auth; it wants"),
        ("HTTP/1.1 403 \u{1b}[31mNo\u{7}\r\n\r\n\u{1b}[2J".to_owned(), "", Proxy, "403 [31mNo: [2J"),
        (
            "SSH-2.0-OpenSSH\r\n".to_owned(),
            "",
            Connect,
            "the response is not HTTP/1.1, it begins with `SSH-2.0-OpenSSH`",
        ),
        ("HTTP/1.1 403 No\r\nContent-Length: x\r\n\r\n".to_owned(), "", Proxy, "403 No"),
        (String::new(), "", Connect, ""),
        ("HTTP/1.1 200 O".to_owned(), "", Connect, ""),
    ] {
        let proxy = Server::responding_once(response.clone());
        let transport = through(&format!("http://{user}{}", proxy.address));
        let error = send(&transport, get("https://origin.invalid/?X-Amz-Signature=5ec3e7")).unwrap_err();
        assert_eq!(error.kind(), kind, "{response:?}: {error}");
        assert!(error.to_string().contains(said), "{response:?}: {error}");
        assert!(error.to_string().contains(&format!("origin.invalid (through proxy {}", proxy.address)), "{error}");
        assert!(!format!("{error} {error:?}").contains("5ec3e7"), "{error}");
        assert_eq!(proxy.connections(), 1, "{response:?}");
    }
}

#[test]
fn permanent_refusal_is_not_retried() {
    for (status, attempts) in [("407 Proxy Authentication Required", 1), ("403 Forbidden", 1), ("502 Bad Gateway", 2)] {
        let proxy = Server::responding_once(format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n"));
        let session = Session::builder()
            .environment(Environment::from_pairs([("", ""); 0]))
            .credentials(Credentials::new("AKID", "SECRET"))
            .region("us-west-2")
            .max_attempts(2)
            .proxies([("https", format!("http://{}", proxy.address))]);
        let error = session.build().unwrap().client("sqs").unwrap().call("list_queues", json!({})).unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, attempts), "{error}");
        assert!(error.to_string().contains(status) && !error.may_have_been_processed(), "{error}");
        assert_eq!(proxy.connections(), attempts as usize);
    }
}

//! Signed hosts match sent hosts, and other parts of endpoint URLs are never sent: `tests/data/hosts/hosts.json`.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tucuxi::{Body, Client, Environment, Request, SessionBuilder};

use crate::support::clock::ManualClock;
use crate::support::server::{listen_at, read_head};
use crate::support::session::session;
use crate::support::suite::{Suite, tests};

/// User name or password in all URLs that have one.
const SECRET: &str = "5ec3et";

pub(crate) fn suite() -> Suite {
    Suite::new("hosts")
        .at_least(36)
        .needs_models()
        .cases("hosts/hosts.json", check)
        .tests(&tests![presigned_url_has_the_signed_host, request_without_a_model_is_signed_for_the_sent_host])
        .needs(TcpListener::bind("[::1]:0").is_ok(), "needs IPv6")
        .tests(&tests![zone_selects_the_interface])
}

/// Responds to everything with an empty object, and records request heads.
struct Server {
    address: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(address: &str) -> Server {
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = heads.clone();
        let address = listen_at(address, move |mut stream| {
            let Some(head) = read_head(&mut stream) else { return };
            kept.lock().unwrap().push(head);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}");
            let _ = stream.read(&mut [0; 4096]);
        });
        Server { address: address.unwrap().to_string(), heads }
    }

    fn head(&self) -> String {
        self.heads.lock().unwrap().pop().unwrap()
    }
}

fn field<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .find_map(|line| line.split_once(": ").filter(|(found, _)| found.eq_ignore_ascii_case(name)))
        .map(|(_, value)| value)
}

fn builder(variables: &[(&str, &str)]) -> SessionBuilder {
    session("eu-west-1")
        .environment(Environment::from_pairs(variables.iter().copied()))
        .clock(ManualClock::at(1_785_585_600))
}

/// A representative request of the service.
fn request(client: &Client) -> Request<'_> {
    match client.service_name() {
        "s3" => client.request("get_object").params(json!({"Bucket": "buck", "Key": "k"})),
        _ => client.request("list_queues"),
    }
}

fn check(case: &Value) {
    let url = case["url"].as_str().unwrap();
    if case["error"] == true {
        return error_omits_the_password(url);
    }
    // A proxy, because it receives requests for all hosts.
    let proxy = Server::start("127.0.0.1:0");
    let proxy_url = format!("http://{}", proxy.address);
    let host = case["host"].as_str().unwrap();
    for service in ["sqs", "s3"] {
        let Some(path) = case[service].as_str() else { continue };
        let session = builder(&[("AWS_ENDPOINT_URL", url), ("http_proxy", &proxy_url)]);
        let attempts = Arc::new(Mutex::new(String::new()));
        let kept = attempts.clone();
        let session = session.on_attempt(move |attempt| kept.lock().unwrap().push_str(attempt.host)).build().unwrap();
        let client = session.client(service).unwrap();
        request(&client).send().unwrap();
        let head = proxy.head();
        assert_eq!(field(&head, "host"), Some(host), "{service}");
        assert_eq!(head.split(' ').nth(1), Some(format!("http://{host}{path}").as_str()), "{service}");

        let prepared = request(&client).prepare().unwrap();
        assert_eq!(
            Some(prepared.headers()["authorization"].to_str().unwrap()),
            field(&head, "authorization"),
            "{service}: the request that is prepared is the request that is sent"
        );
        // Any spelling of host and path gets the signature of the sent form.
        let canonical = canonical(&prepared, host, path, service);
        assert_eq!(field(&head, "authorization"), Some(canonical.as_str()), "{service}");

        let shown =
            format!("{prepared:?} {:?} {:?} {} {}", client, session, session.config_report(), attempts.lock().unwrap());
        assert!(!shown.contains(SECRET) && !head.contains(SECRET), "{service}: {shown}");
    }
}

/// Value of `Authorization` for the same request with this host and path.
fn canonical(prepared: &http::Request<Body>, host: &str, path: &str, service: &str) -> String {
    let session = builder(&[]).build().unwrap();
    let mut again = http::Request::new(Body::from(prepared.body().as_bytes().unwrap_or_default().to_vec()));
    *again.method_mut() = prepared.method().clone();
    *again.uri_mut() = format!("http://{host}{path}").parse().unwrap();
    let signed = prepared.headers()["authorization"].to_str().unwrap();
    let names = signed.split("SignedHeaders=").nth(1).unwrap().split(',').next().unwrap();
    for name in names.split(';').filter(|name| *name != "host") {
        again.headers_mut().insert(http::HeaderName::try_from(name).unwrap(), prepared.headers()[name].clone());
    }
    again.headers_mut().insert("host", host.parse().unwrap());
    let client = session.client(service).unwrap();
    client.sign_request(again).unwrap().headers()["authorization"].to_str().unwrap().to_owned()
}

fn error_omits_the_password(url: &str) {
    let session = builder(&[("AWS_ENDPOINT_URL", url)]).build().unwrap();
    let error = session.client("sqs").unwrap_err().to_string();
    assert!(error.contains("environment variable AWS_ENDPOINT_URL: expected an http or https URL"), "{error}");
    assert!(!error.contains(SECRET) && error.lines().count() == 1, "{error}");
}

fn presigned_url_has_the_signed_host() {
    for (url, expected) in [
        ("http://me:5ec3et@h.example:9000", "http://h.example:9000/buck/k?"),
        ("http://me:5ec3et@H.example.:080/x", "http://h.example/x/buck/k?"),
        ("https://h.example:0443", "https://h.example:443/buck/k?"),
        // A client cannot connect without the zone.
        ("http://me:5ec3et@[fe80::1%25eth0]:9000", "http://[fe80::1%25eth0]:9000/buck/k?"),
    ] {
        let sign = |url: &str| {
            let session = builder(&[("AWS_ENDPOINT_URL", url)]).build().unwrap();
            request(&session.client("s3").unwrap()).presign(Duration::from_secs(60)).unwrap().uri().to_string()
        };
        let signed = sign(url);
        assert!(signed.starts_with(expected), "{signed}");
        let canonical = expected.strip_suffix("/buck/k?").unwrap().replace("%25eth0", "");
        assert_eq!(signed.rsplit('=').next(), sign(&canonical).rsplit('=').next(), "{url}");
    }
}

fn request_without_a_model_is_signed_for_the_sent_host() {
    let session = builder(&[]).build().unwrap();
    let client = session.client("s3").unwrap();
    let sign = |url: &str| {
        let request = http::Request::get(url).body(Body::empty()).unwrap();
        client.sign_request(request).unwrap().headers()["authorization"].to_str().unwrap().to_owned()
    };
    let plain = sign("http://h.example/k");
    for url in
        ["http://me:5ec3et@h.example/k", "http://h.example:80/k", "http://h.example:0080/k", "http://H.EXAMPLE./k"]
    {
        assert_eq!(sign(url), plain, "{url}");
    }
    assert_ne!(sign("http://h.example:9000/k"), plain);
}

fn zone_selects_the_interface() {
    // On Linux the loopback interface has the index 1.
    let server = Server::start("[::1]:0");
    let port = server.address.rsplit(':').next().unwrap();
    let url = format!("http://[::1%251]:{port}");
    let session = builder(&[("AWS_ENDPOINT_URL", &url)]).build().unwrap();
    request(&session.client("sqs").unwrap()).send().unwrap();
    assert_eq!(field(&server.head(), "host"), Some(format!("[::1]:{port}").as_str()));

    let session = builder(&[("AWS_ENDPOINT_URL", "http://[fe80::1%25nowhere]:9000")]);
    let session = session.max_attempts(1).build().unwrap();
    let error = request(&session.client("sqs").unwrap()).send().unwrap_err().to_string();
    assert!(error.contains("the zone \"nowhere\", which is no network interface of this machine"), "{error}");
}

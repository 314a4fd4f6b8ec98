//! The server of fakes and tapes.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};
use tucuxi::testing::{FakeServer, Stub};
use tucuxi::{Client, Credentials, Environment, Session};

use super::{Folder, record};

fn start(server: FakeServer) -> String {
    let url = server.url();
    std::thread::spawn(move || server.run().unwrap());
    url
}

fn fakes() -> String {
    start(FakeServer::bind(0).unwrap())
}

fn of_server(url: &str, service: &str) -> Client {
    let session = Session::builder().environment(Environment::from_pairs([("", ""); 0])).region("us-east-1");
    let session = session.credentials(Credentials::new("any", "any")).endpoint_url(url).inject_host_prefix(false);
    let session = session.validation(tucuxi::Validation::Off);
    session.build().unwrap().client(service).unwrap()
}

/// Sends bytes and returns what comes back until the connection ends or nothing more comes.
fn exchange(url: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    _ = stream.write_all(bytes);
    _ = stream.shutdown(std::net::Shutdown::Write);
    let mut answer = Vec::new();
    _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn every_protocol_is_answered_with_fakes() {
    let url = fakes();
    let stub = Stub::faking();
    for (service, operation, params) in [
        ("sqs", "list_queues", json!({})),
        ("dynamodb", "list_tables", json!({})),
        ("lambda", "get_function", json!({"FunctionName": "arn:aws:lambda:us-east-1:123456789012:function:f"})),
        ("iam", "list_users", json!({})),
        ("ec2", "describe_instances", json!({})),
        ("route53", "get_hosted_zone", json!({"Id": "Z1"})),
        ("cloudsearchdomain", "search", json!({"query": "x"})),
        ("cloudwatchomni", "list_alerts", json!({})),
        ("s3", "list_objects_v2", json!({"Bucket": "b"})),
        ("s3", "get_bucket_acl", json!({"Bucket": "b"})),
        ("s3", "list_buckets", json!({})),
        ("s3", "get_object", json!({"Bucket": "b", "Key": "a/b c/d"})),
        ("s3", "head_bucket", json!({"Bucket": "b"})),
        ("apigatewayv2", "get_apis", json!({})),
        ("sesv2", "list_email_identities", json!({})),
    ] {
        let output = of_server(&url, service).call(operation, params.clone()).unwrap_or_else(|error| panic!("{error}"));
        let stubbed = stub
            .session_builder()
            .validation(tucuxi::Validation::Off)
            .build()
            .unwrap()
            .client(service)
            .unwrap()
            .call(operation, params)
            .unwrap();
        assert_eq!(output, stubbed, "{service} {operation}");
    }
}

#[test]
fn hosts_name_services_and_buckets() {
    let url = fakes();
    for (head, expected) in [
        ("GET / HTTP/1.1\r\nHost: photos.s3.eu-west-1.amazonaws.com\r\n", "<ListObjectsOutput"),
        ("GET /?acl HTTP/1.1\r\nHost: photos.localhost:99\r\n", "<GetBucketAclOutput"),
        ("GET / HTTP/1.1\r\nHost: s3.eu-west-1.amazonaws.com\r\n", "<ListBucketsOutput"),
        ("GET /photos HTTP/1.1\r\nHost: localhost\r\n", "<ListObjectsOutput"),
        ("GET /?Action=ListUsers&Version=2010-05-08 HTTP/1.1\r\nHost: iam.amazonaws.com\r\n", "<ListUsersResponse"),
        ("GET /?Action=ListUsers&Version=2010-05-08 HTTP/1.1\r\nHost: localhost\r\n", "<ListUsersResponse"),
        ("GET /2015-03-31/functions/ HTTP/1.1\r\nHost: lambda.us-east-1.amazonaws.com\r\n", "\"Functions\""),
        ("POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AmazonSQS.ListQueues\r\nContent-Length: 2\r\n", "QueueUrls"),
    ] {
        let body = if head.contains("Content-Length") { "{}" } else { "" };
        let answer = exchange(&url, format!("{head}Connection: close\r\n\r\n{body}").as_bytes());
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(expected), "{head}: {answer}");
        assert!(answer.contains("x-tucuxi-fake: true"), "{answer}");
    }
}

#[test]
fn unknown_routes_are_explained() {
    let url = fakes();
    for (head, expected) in [
        (
            "POST / HTTP/1.1\r\nX-Amz-Target: AmazonSQS.SendMesage\r\n",
            "sqs has no operation \"SendMesage\". Similar ones: SendMessage",
        ),
        (
            "POST / HTTP/1.1\r\nX-Amz-Target: AmazonSQ.SendMessage\r\n",
            "No service has the X-Amz-Target \"AmazonSQ\". Similar ones: AmazonSQS",
        ),
        (
            "GET /?Action=ListUser HTTP/1.1\r\nHost: iam.amazonaws.com\r\n",
            "iam has no operation \"ListUser\". Similar ones: ListUsers",
        ),
        (
            "DELETE /2015-03-31/functions HTTP/1.1\r\nHost: lambda.us-east-1.amazonaws.com\r\n",
            "has no operation with DELETE /2015-03-31/functions. The nearest are: DeleteFunction",
        ),
        (
            "GET /?Action=ListQueues HTTP/1.1\r\nHost: sqs.us-east-1.amazonaws.com\r\n",
            "sqs answers in the protocol json",
        ),
        ("GET /?Action=Nothing HTTP/1.1\r\nHost: x\r\n", "No service is known"),
        ("PATCH /a/b?c HTTP/1.1\r\nHost: x\r\n", "names no service"),
    ] {
        let answer = exchange(&url, format!("{head}Connection: close\r\n\r\n").as_bytes());
        assert!(answer.starts_with("HTTP/1.1 501") && answer.contains(expected), "{head}: {answer}");
        assert!(answer.contains("x-tucuxi-fake: true"), "{answer}");
    }
}

#[test]
fn hostile_requests_do_not_end_the_server() {
    let url = fakes();
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(100_000));
    let deep =
        format!("POST / HTTP/1.1\r\nHost: sqs.us-east-1.amazonaws.com\r\nX-Amz-Target: {}\r\n\r\n", ".".repeat(60_000));
    let scope =
        "GET /%ff%fe/?%00&X-Amz-Credential=////%ff HTTP/1.1\r\nHost: [::1\r\nAuthorization: Credential=\r\n\r\n";
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"GET\r\n\r\n",
        b"\r\n\r\n\r\n",
        b"GET * HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: .s3.\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: \xff\xfe\r\nContent-Type: \xff\r\n\r\n",
        b"POST /service//operation/ HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\nAction=%f",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n",
        long.as_bytes(),
        deep.as_bytes(),
        scope.as_bytes(),
    ] {
        let answer = exchange(&url, bytes);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 "), "{answer}");
    }
    // And any others.
    let valid = b"POST /a/b?Action=ListUsers&c=%20d HTTP/1.1\r\nHost: b.s3.eu-west-1.amazonaws.com\r\nX-Amz-Target: AmazonSQS.ListQueues\r\n\
                  Content-Type: application/x-www-form-urlencoded\r\nAuthorization: x Credential=a/b/c/s3/d, y\r\nContent-Length: 4\r\n\r\nabcd";
    let mut random = 7_u64;
    let mut below = |limit: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % limit
    };
    for _ in 0..300 {
        let mut bytes = valid.to_vec();
        for _ in 0..=below(4) {
            match below(3) {
                0 => {
                    bytes.remove(below(bytes.len()));
                }
                1 => {
                    let at = below(bytes.len());
                    bytes[at] = below(256) as u8;
                }
                _ => bytes.insert(below(bytes.len()), b"/?:%\r\n\xff{.&"[below(10)]),
            }
        }
        exchange(&url, &bytes);
    }
    of_server(&url, "sqs").call("list_queues", ()).unwrap();
}

#[test]
fn a_tape_is_served() {
    let folder = Folder::new("served");
    let stub = Stub::new();
    let rule = stub.on("s3", "get_object").with(json!({"Key": "a/b"}));
    rule.reply_body("first").reply_body("second");
    stub.on("s3", "get_object").with(json!({"Key": "c"})).reply_error("NoSuchKey", json!({"message": "gone"}));
    let get = |key: &str| json!({"Bucket": "b", "Key": key});
    record(&folder, &stub, "s3", |s3| {
        s3.call("get_object", get("a/b")).unwrap();
        s3.call("get_object", get("c")).unwrap_err();
        s3.call("get_object", get("a/b")).unwrap();
    });
    let url = start(FakeServer::bind(0).unwrap().from_tape(folder.tape()).unwrap());
    let s3 = of_server(&url, "s3");
    assert_eq!(s3.call("get_object", get("c")).unwrap_err().service().unwrap().code(), "NoSuchKey");
    let text = |value: Value| String::from_utf8(tucuxi::bytes(&value["Body"]).unwrap()).unwrap();
    let texts: Vec<String> = (0..3).map(|_| text(s3.call("get_object", get("a/b")).unwrap())).collect();
    assert_eq!(texts, ["first", "second", "second"]);
    let error = of_server(&url, "sqs").call("list_queues", ()).unwrap_err().to_string();
    assert!(error.contains("501"), "{error}");
}

//! Servers that drip bytes without end: a deadline ends every kind of call to them.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tucuxi::{AddressingStyle, Client, Environment, Error, ErrorKind, Session, SessionBuilder, WaiterReason};

use crate::support::server::listen;
use crate::support::suite::{Test, tests};

pub(super) fn tests() -> Vec<Test> {
    tests![
        deadlines_and_attempt_limits_hold_for_every_kind_of_call,
        waiter_deadline_holds_within_calls,
        dependent_calls_respect_the_deadline,
    ]
    .to_vec()
}

const LIMIT: Duration = Duration::from_secs(1);
const TOO_LATE: Duration = Duration::from_secs(5);
/// Rare enough that no size limit is reached.
const PAUSE: Duration = Duration::from_millis(100);

/// Start of every response, and the piece that repeats forever.
const DRIPS: &[(&str, &str, &str)] = &[
    ("interim responses", "", "HTTP/1.1 102 Processing\r\n\r\n"),
    ("the status line", "HTTP/1.1 200 ", "O"),
    ("header fields", "HTTP/1.1 200 OK\r\n", "X: y\r\n"),
    ("the body of an error", "HTTP/1.1 403 Forbidden\r\nContent-Length: 100000\r\n\r\n", " "),
    ("the chunks of an error", "HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n"),
];

fn drip((first, piece): (&'static str, &'static str)) -> SocketAddr {
    listen(move |mut stream| {
        _ = stream.read(&mut [0; 4096]);
        _ = stream.write_all(first.as_bytes());
        let begun = Instant::now();
        while begun.elapsed() < 6 * TOO_LATE && stream.write_all(piece.as_bytes()).is_ok() {
            thread::sleep(PAUSE);
        }
    })
}

fn network(address: SocketAddr) -> SessionBuilder {
    super::builder()
        .endpoint_url(format!("http://{address}"))
        .s3_addressing_style(AddressingStyle::Path)
        .read_timeout(Duration::from_secs(30))
}

fn object() -> Value {
    json!({"Bucket": "photos", "Key": "cat"})
}

fn shard() -> Value {
    json!({"ConsumerARN": "arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/c:1", "ShardId": "shardId-0",
           "StartingPosition": {"Type": "LATEST"}})
}

type Way = (&'static str, fn(&Session) -> Result<(), Error>);

fn client(session: &Session, service: &str) -> Client {
    session.client(service).unwrap()
}

const WAYS: &[Way] = &[
    ("a value", |session| client(session, "sqs").call("list_queues", json!({})).map(drop)),
    ("a payload in a value", |session| client(session, "s3").call("get_object", object()).map(drop)),
    ("a payload", |session| client(session, "s3").request("get_object").params(object()).send().map(drop)),
    ("events", |session| client(session, "kinesis").request("subscribe_to_shard").params(shard()).send().map(drop)),
    ("events in a value", |session| client(session, "kinesis").call("subscribe_to_shard", shard()).map(drop)),
    ("a page", |session| {
        let s3 = client(session, "s3");
        let paginator = s3.get_paginator("list_objects_v2").unwrap();
        paginator.paginate(json!({"Bucket": "photos"})).next().unwrap().map(drop)
    }),
    ("a body that waits for 100 Continue", |session| {
        let (s3, body) = (client(session, "s3"), vec![b'x'; 4 << 20]);
        s3.request("put_object").params(object()).body(body).send().map(drop)
    }),
];

fn ends_in_time(what: &str, call: impl FnOnce()) {
    let begun = Instant::now();
    call();
    assert!(begun.elapsed() < TOO_LATE, "{what}: {:?}", begun.elapsed());
}

fn deadlines_and_attempt_limits_hold_for_every_kind_of_call() {
    thread::scope(|scope| {
        for (drips, first, piece) in DRIPS {
            let address = drip((first, piece));
            for (name, call) in WAYS {
                for is_deadline in [true, false] {
                    scope.spawn(move || {
                        let session = match is_deadline {
                            true => network(address).deadline(LIMIT),
                            false => network(address).attempt_timeout(LIMIT).max_attempts(1),
                        };
                        let session = session.build().unwrap();
                        let what = format!("{drips}, {name}, {is_deadline}");
                        ends_in_time(&what, || {
                            let error = call(&session).unwrap_err();
                            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 1), "{what}: {error}");
                        });
                    });
                }
            }
        }
    });
}

fn waiter_deadline_holds_within_calls() {
    thread::scope(|scope| {
        for (drips, first, piece) in &DRIPS[..3] {
            scope.spawn(move || {
                let session = network(drip((first, piece))).build().unwrap();
                let s3 = session.client("s3").unwrap();
                let waiter = s3.get_waiter("bucket_exists").unwrap().deadline(LIMIT);
                ends_in_time(drips, || {
                    let error = waiter.wait(json!({"Bucket": "photos"})).unwrap_err();
                    assert_eq!(error.waiter().unwrap().reason(), WaiterReason::Deadline, "{drips}: {error}");
                });
            });
        }
    });
}

/// The deadline of a call also holds for the calls that it depends on. A provider continues in the background after the deadline,
/// and has its own limits without one.
fn dependent_calls_respect_the_deadline() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "token").unwrap();
    let token = token.to_str().unwrap();
    let keys = || vec![("AWS_ACCESS_KEY_ID", "AKID".to_owned()), ("AWS_SECRET_ACCESS_KEY", "s".to_owned())];
    let role = |address: SocketAddr| {
        vec![
            ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/r".to_owned()),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_owned()),
            ("AWS_ENDPOINT_URL_STS", format!("http://{address}")),
        ]
    };
    let discovery = |address: SocketAddr| {
        [keys(), vec![("AWS_ENDPOINT_URL_TIMESTREAM_QUERY", format!("http://{address}"))]].concat()
    };
    let machine = |address: SocketAddr| vec![("AWS_EC2_METADATA_SERVICE_ENDPOINT", format!("http://{address}"))];
    let container = |address: SocketAddr| vec![("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("http://{address}/c"))];
    type Variables<'v> = &'v (dyn Fn(SocketAddr) -> Vec<(&'static str, String)> + Sync);
    let needs: [(&str, Variables<'_>, bool); 6] = [
        ("a role", &role, true),
        ("a role without a deadline", &role, false),
        ("an endpoint", &discovery, true),
        ("an instance role", &machine, true),
        ("an instance role without a deadline", &machine, false),
        ("container credentials", &container, true),
    ];
    thread::scope(|scope| {
        for (drips, first, piece) in &DRIPS[..3] {
            for (name, variables, has_deadline) in needs {
                scope.spawn(move || {
                    let address = drip((first, piece));
                    let mut all = vec![
                        ("AWS_REGION", "us-east-1".to_owned()),
                        ("AWS_CONFIG_FILE", "/nowhere".to_owned()),
                        ("AWS_SHARED_CREDENTIALS_FILE", "/nowhere".to_owned()),
                        ("AWS_MAX_ATTEMPTS", "1".to_owned()),
                        ("AWS_METADATA_SERVICE_TIMEOUT", "1".to_owned()),
                    ];
                    all.extend(variables(address));
                    let session = Session::builder().environment(Environment::from_pairs(all));
                    let session = match has_deadline {
                        true => session.deadline(LIMIT),
                        false => session.attempt_timeout(LIMIT),
                    };
                    let client = session.build().unwrap().client("timestream-query").unwrap();
                    let what = format!("{drips}, {name}");
                    ends_in_time(&what, || {
                        let error = client.call("query", json!({"QueryString": "SELECT 1"})).unwrap_err();
                        assert_eq!(error.attempts(), 0, "{what}: {error}");
                        assert!(!has_deadline || error.kind() == ErrorKind::Timeout, "{what}: {error}");
                    });
                });
            }
        }
    });
}

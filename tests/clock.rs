//! Extreme times and durations from servers, files, clocks, settings and callers give results or errors, never a panic.

#![cfg(feature = "bundled-models")]
// Tests panic on unexpected results.
#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};
use tucuxi::{
    Body, Client, CloudFrontSigner, Credentials, Environment, Error, ErrorKind, Session, SessionBuilder, TransportError,
};

#[path = "clock/skew.rs"]
mod skew;
mod support;

use support::clock::ManualClock;
use support::server::listen;
use support::session::session;

const FAR: Duration = Duration::from_secs(1 << 55);

fn builder() -> SessionBuilder {
    session("us-east-1")
}

fn responds(json: &'static str) -> impl Fn(http::Request<Body>) -> Result<http::Response<Body>, TransportError> {
    move |_| Ok(http::Response::new(Body::from(json)))
}

fn queue() -> Value {
    json!({"QueueUrl": "https://sqs.us-east-1.amazonaws.com/1/q", "MessageBody": "hello"})
}

// --- Limits -------------------------------------------------------------------------------------------------------------

/// Responds to every request with an empty JSON object.
fn server() -> SocketAddr {
    listen(|mut stream| {
        let mut read = Vec::new();
        while !(read.ends_with(b"\r\n\r\n{}") || read.starts_with(b"GET ") && read.ends_with(b"\r\n\r\n")) {
            let mut piece = [0; 1024];
            let length = stream.read(&mut piece).unwrap();
            assert!(length > 0, "the request was truncated");
            read.extend_from_slice(&piece[..length]);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}").unwrap();
    })
}

#[test]
fn endless_limits_are_ignored() {
    let url = format!("http://{}", server());
    for limit in [Duration::MAX, Duration::from_secs(u64::MAX / 2), Duration::from_secs(i64::MAX as u64), FAR] {
        let session = builder()
            .endpoint_url(&url)
            .deadline(limit)
            .attempt_timeout(limit)
            .connect_timeout(limit)
            .read_timeout(limit)
            .build()
            .unwrap();
        let client = session.client("sqs").unwrap();
        client.call("list_queues", json!({})).unwrap();
        client.request("list_queues").deadline(limit).send().unwrap();
    }
}

#[test]
fn endless_waiter_delays_do_not_overflow() {
    for (delay, deadline) in [
        (Duration::MAX, None),
        (Duration::ZERO, Some(Duration::MAX)),
        (Duration::from_secs(1 << 62), Some(Duration::MAX)),
    ] {
        let calls = Mutex::new(0);
        let transport = move |_: http::Request<Body>| {
            *calls.lock().unwrap() += 1;
            let status = if *calls.lock().unwrap() < 3 { 404 } else { 200 };
            Ok::<_, TransportError>(http::Response::builder().status(status).body(Body::empty()).unwrap())
        };
        let session = builder().clock(ManualClock::at(1_700_000_000)).transport(transport).build().unwrap();
        let client = session.client("s3").unwrap();
        let mut waiter = client.get_waiter("bucket_exists").unwrap().delay(delay).max_attempts(u32::MAX);
        if let Some(deadline) = deadline {
            waiter = waiter.deadline(deadline);
        }
        assert_eq!(waiter.wait(json!({"Bucket": "photos"})).unwrap().attempts, 3);
    }
}

#[test]
fn metadata_timeout_may_be_huge() {
    let environment = [
        ("AWS_METADATA_SERVICE_TIMEOUT", "4294967295"),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("http://{}/", server())),
        ("AWS_REGION", "us-east-1"),
    ];
    let session = Session::builder().environment(Environment::from_pairs(environment)).build().unwrap();
    let error = session.client("sqs").unwrap().call("list_queues", json!({})).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
}

#[test]
fn presigned_expiry_is_at_most_a_week() {
    let s3 = builder().build().unwrap().client("s3").unwrap();
    let photo = json!({"Bucket": "photos", "Key": "cat"});
    for expires_in in [Duration::ZERO, Duration::from_millis(999), Duration::from_secs(604_801), Duration::MAX] {
        let error = s3.request("get_object").params(photo.clone()).presign(expires_in).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation, "{error}");
        let form = json!({"Bucket": "photos", "Key": "cat", "ExpiresIn": expires_in.as_secs()});
        assert_eq!(s3.generate("presigned_post", form).unwrap_err().kind(), ErrorKind::Validation);
    }
    assert!(s3.request("get_object").params(photo).presign(Duration::from_secs(604_800)).is_ok());
}

// --- Clocks -------------------------------------------------------------------------------------------------------------

/// Calls everything that reads the time.
fn use_all(client: &Client, s3: &Client) -> Vec<Result<(), Error>> {
    let photo = json!({"Bucket": "photos", "Key": "cat"});
    let hour = Duration::from_secs(3600);
    vec![
        client.call("send_message", queue()).map(drop),
        client.request("send_message").params(queue()).prepare().map(drop),
        s3.request("get_object").params(photo.clone()).presign(hour).map(drop),
        s3.generate("presigned_post", photo).map(drop),
        s3.sign_request(http::Request::get("https://example.com/").body(Body::empty()).unwrap()).map(drop),
    ]
}

#[test]
fn clock_outside_years_1_to_9999_cannot_sign() {
    let before_year_1 = UNIX_EPOCH - Duration::from_secs(62_135_596_801);
    let after_year_9999 = UNIX_EPOCH + Duration::from_secs(253_402_300_800);
    for (time, signs) in [
        (UNIX_EPOCH - Duration::from_millis(1), true),
        (UNIX_EPOCH + Duration::from_secs(253_402_000_000), true),
        (before_year_1, false),
        (after_year_9999, false),
        (UNIX_EPOCH - FAR, false),
        (UNIX_EPOCH + FAR, false),
    ] {
        let clock = ManualClock::at(0);
        clock.set(time);
        let session = builder().clock(clock).transport(responds("{}")).build().unwrap();
        let (client, s3) = (session.client("sqs").unwrap(), session.client("s3").unwrap());
        for (index, result) in use_all(&client, &s3).into_iter().enumerate() {
            match result {
                Ok(()) => assert!(signs, "{index} {time:?}"),
                Err(error) => {
                    assert!(!signs, "{index} {time:?}: {error}");
                    assert_eq!(error.kind(), ErrorKind::Signing, "{error}");
                    assert!(error.to_string().contains("the clock is outside of the years 1 to 9999"), "{error}");
                }
            }
        }
    }
}

#[test]
fn form_expiring_after_year_9999_is_an_error() {
    let clock = ManualClock::at(253_402_300_000);
    let s3 = builder().clock(clock).build().unwrap().client("s3").unwrap();
    let error = s3.generate("presigned_post", json!({"Bucket": "photos", "Key": "cat"})).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation, "{error}");
}

#[test]
fn clock_going_back_keeps_credentials() {
    let clock = ManualClock::at(1_700_000_000);
    let expiry = UNIX_EPOCH + Duration::from_secs(1_700_003_600);
    let provided = Arc::new(Mutex::new(0));
    let count = Arc::clone(&provided);
    let provider = move || {
        *count.lock().unwrap() += 1;
        Ok(Credentials::new("AKID", "secret").with_expiry(expiry))
    };
    let session = builder().credentials(provider).clock(clock.clone()).transport(responds("{}")).build().unwrap();
    let client = session.client("sqs").unwrap();
    for time in [1_700_000_000, 1_000_000_000, 0, 1_700_000_001] {
        clock.set(UNIX_EPOCH + Duration::from_secs(time));
        client.call("send_message", queue()).unwrap();
    }
    assert_eq!(*provided.lock().unwrap(), 1);
}

// --- Expiries -----------------------------------------------------------------------------------------------------------

#[test]
fn extreme_credential_expiries_are_handled() {
    for (expiry, valid) in [
        (UNIX_EPOCH + FAR, true),
        (UNIX_EPOCH + Duration::from_secs(i64::MAX as u64), true),
        (UNIX_EPOCH - FAR, false),
        (UNIX_EPOCH, false),
    ] {
        let provider = move || Ok(Credentials::new("AKID", "secret").with_expiry(expiry));
        let session = builder().credentials(provider).transport(responds("{}")).build().unwrap();
        let result = session.client("sqs").unwrap().call("send_message", queue());
        assert_eq!(result.is_ok(), valid, "{expiry:?}: {result:?}");
    }
}

#[test]
fn credential_document_expiry_must_be_in_years_1_to_9999() {
    for (expiration, outcome) in [
        (json!("9999-12-31T23:59:59Z"), "valid"),
        (json!("0001-01-01T00:00:00Z"), "expired"),
        (json!("-1"), "expired"),
        (json!("0001-01-01T00:00:00+01:00"), "expected Expiration to be a time"),
        (json!("9999-12-31T23:59:59-01:00"), "expected Expiration to be a time"),
        (json!("+292277026596-12-04T15:30:07Z"), "expected Expiration to be a time"),
        (json!("1e30"), "expected Expiration to be a time"),
        (json!("2030-01-01T00:00:00+25:00"), "expected Expiration to be a time"),
        (json!("NaN"), "expected Expiration to be a time"),
        (json!(1e30), "expected Expiration to be text"),
    ] {
        let document = json!({"AccessKeyId": "A", "SecretAccessKey": "S", "Token": "T", "Expiration": expiration});
        let transport = move |request: http::Request<Body>| {
            let is_document = request.uri().host() == Some("127.0.0.1");
            let body = if is_document { document.to_string() } else { "{}".to_owned() };
            Ok::<_, TransportError>(http::Response::new(Body::from(body)))
        };
        let environment = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/"), ("AWS_REGION", "us-east-1")];
        let session = Session::builder().environment(Environment::from_pairs(environment)).transport(transport);
        let result = session.build().unwrap().client("sqs").unwrap().call("list_queues", json!({}));
        match result {
            Ok(_) => assert_eq!(outcome, "valid", "{expiration}"),
            Err(error) => assert!(format!("{error} {error:?}").contains(outcome), "{expiration}: {error:?}"),
        }
    }
}

#[test]
fn extreme_endpoint_cache_periods_are_handled() {
    for (minutes, valid) in
        [(i64::MAX, false), (153_722_867_280, true), (1, true), (0, true), (-1, true), (i64::MIN, true)]
    {
        let transport = move |request: http::Request<Body>| {
            let is_discovery = request.headers()["x-amz-target"].to_str().unwrap().ends_with("DescribeEndpoints");
            let endpoint = json!({"Address": "ingest.example.com", "CachePeriodInMinutes": minutes});
            let body = if is_discovery { json!({"Endpoints": [endpoint]}) } else { json!({}) };
            Ok::<_, TransportError>(http::Response::new(Body::from(body.to_string())))
        };
        let client = builder().transport(transport).build().unwrap().client("timestream-query").unwrap();
        match client.call("query", json!({"QueryString": "SELECT 1"})) {
            Ok(_) => assert!(valid, "{minutes}"),
            Err(error) => assert!(!valid && error.to_string().contains("too large"), "{minutes}: {error}"),
        }
    }
}

#[test]
fn cloudfront_policy_times_are_capped() {
    let signer = CloudFrontSigner::new("KEY", |_| Ok(b"signed".to_vec()));
    for (time, seconds) in [
        (UNIX_EPOCH + FAR, "253402300799"),
        (UNIX_EPOCH - FAR, "-62135596800"),
        (UNIX_EPOCH - Duration::from_millis(1), "-1"),
    ] {
        let url = signer.presigned_url("http://example.com/cat", time).unwrap();
        assert!(url.contains(&format!("Expires={seconds}&")), "{url}");
        assert!(CloudFrontSigner::build_policy("*", time, Some(time), None).contains(seconds));
    }
}

// --- Parameters ---------------------------------------------------------------------------------------------------------

/// The values that botocore accepts or rejects as timestamps.
#[test]
fn timestamp_parameters_must_be_in_years_1_to_9999() {
    let s3 = builder().build().unwrap().client("s3").unwrap();
    for (time, sent) in [
        (json!("2020-01-01T00:00:00+23:59"), Some("Tue, 31 Dec 2019 00:01:00 GMT")),
        (json!(-62_135_596_800_i64), Some("Mon, 01 Jan 0001 00:00:00 GMT")),
        (json!(253_402_300_799_i64), Some("Fri, 31 Dec 9999 23:59:59 GMT")),
        (json!("2020-01-01T00:00:00+25:00"), None),
        (json!("2020-01-01T00:00:00-24:00"), None),
        (json!("9999-12-31T23:59:59-01:00"), None),
        (json!("0001-01-01T00:00:00+01:00"), None),
        (json!("+292277026596-12-04T15:30:07Z"), None),
        (json!(-62_135_596_801_i64), None),
        (json!(253_402_300_800_i64), None),
        (json!(1e30), None),
        (json!(-1e30), None),
        (json!(u64::MAX), None),
        (json!(i64::MIN), None),
        (json!("1e30"), None),
        (json!("NaN"), None),
        (json!("Infinity"), None),
    ] {
        let params = json!({"Bucket": "photos", "Key": "cat", "IfModifiedSince": time});
        let prepared = s3.request("get_object").params(params).prepare();
        match sent {
            Some(sent) => assert_eq!(prepared.unwrap().headers()["if-modified-since"], sent, "{time}"),
            None => assert_eq!(prepared.unwrap_err().kind(), ErrorKind::Validation, "{time}"),
        }
    }
}

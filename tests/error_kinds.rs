//! Classification of service errors, and errors created by users.

// Tests panic on unexpected results.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::json;
use support::session::session;
use tucuxi::{Body, Error, ErrorKind, TransportError, TransportErrorKind};

fn service_error(service: &str, operation: &str, status: u16, body: &str) -> Error {
    let session = session("eu-west-1").build().unwrap();
    let response = http::Response::builder().status(status).body(Body::from(body)).unwrap();
    session.client(service).unwrap().parse_response(operation, response).unwrap_err()
}

#[test]
fn service_errors_are_classified_by_code_and_status() {
    let s3 = |code: &str| format!("<Error><Code>{code}</Code><Message>m</Message></Error>");
    let ec2 = |code: &str| format!("<Response><Errors><Error><Code>{code}</Code></Error></Errors></Response>");
    let json = |code: &str| json!({"__type": code}).to_string();
    type Predicate = fn(&Error) -> bool;
    let predicates: [(&str, Predicate); 4] = [
        ("not found", Error::is_not_found),
        ("access denied", Error::is_access_denied),
        ("credentials", Error::is_credentials),
        ("throttling", Error::is_throttling),
    ];
    for (service, operation, status, body, expected) in [
        ("s3", "get_object", 404, s3("NoSuchKey"), "not found"),
        ("s3", "head_object", 404, String::new(), "not found"),
        ("s3", "head_object", 403, String::new(), "access denied"),
        ("s3", "get_object", 403, s3("AccessDenied"), "access denied"),
        ("s3", "get_object", 403, s3("SignatureDoesNotMatch"), "credentials"),
        ("s3", "get_object", 400, s3("ExpiredToken"), "credentials"),
        ("s3", "get_object", 503, s3("SlowDown"), "throttling"),
        ("ec2", "describe_instances", 400, ec2("InvalidInstanceID.NotFound"), "not found"),
        ("ec2", "describe_instances", 403, ec2("Client.UnauthorizedOperation"), "access denied"),
        ("ec2", "describe_instances", 401, ec2("AuthFailure"), "credentials"),
        ("sqs", "get_queue_url", 400, json("com.amazonaws.sqs#QueueDoesNotExist"), "not found"),
        ("dynamodb", "get_item", 400, json("ResourceNotFoundException"), "not found"),
        ("dynamodb", "get_item", 400, json("UnrecognizedClientException"), "credentials"),
        ("dynamodb", "get_item", 400, json("ConditionalCheckFailedException"), ""),
        ("dynamodb", "get_item", 500, json("NoSuchLuck"), ""),
    ] {
        let error = service_error(service, operation, status, &body);
        let found: Vec<_> = predicates.iter().filter(|(_, holds)| holds(&error)).map(|(name, _)| *name).collect();
        assert_eq!(found.join(", "), expected, "{error}");
        assert_eq!(error.code(), error.service().map(tucuxi::ServiceError::code));
    }
}

#[test]
fn user_errors_keep_their_source() {
    let source = || std::io::Error::other("the vault is shut");
    let error = Error::credentials(source());
    assert_eq!((error.kind(), error.is_credentials()), (ErrorKind::Credentials, true));
    assert_eq!(error.to_string(), "the credential provider failed: the vault is shut");
    let error = Error::other(source());
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::Other, "the vault is shut".to_owned()));
    assert!(std::error::Error::source(&error).is_some_and(|source| source.is::<std::io::Error>()));
    let error = Error::from(TransportError::new(TransportErrorKind::ReadTimeout, "too slow"));
    assert!(error.is_timeout(), "{error}");
}

#[test]
fn service_error_implements_error() {
    let error = service_error("s3", "get_object", 404, "<Error><Code>NoSuchKey</Code></Error>");
    let boxed: Box<dyn std::error::Error> = Box::new(error.service().unwrap().clone());
    assert_eq!(boxed.to_string(), "NoSuchKey (HTTP 404)");
}

#[test]
fn unit_is_no_parameters() {
    let session = session("eu-west-1")
        .transport(|request: http::Request<Body>| {
            assert_eq!(request.into_body().into_bytes().unwrap(), b"{}");
            Ok(http::Response::new(Body::from("{}")))
        })
        .build()
        .unwrap();
    let sqs = session.client("sqs").unwrap();
    assert_eq!(sqs.call("list_queues", ()).unwrap(), json!({}));
    assert_eq!(sqs.request("list_queues").params(()).send().unwrap().value, json!({}));
    assert_eq!(sqs.get_paginator("list_queues").unwrap().paginate(()).count(), 1);
}

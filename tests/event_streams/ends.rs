//! Event streams with a final event: without it they are incomplete.

use http::Response;
use serde_json::{Value, json};
use tucuxi::{Body, Client, ErrorKind, EventStream};

use crate::frames::{event, exception, initial_response};
use crate::session;

/// Service, operation, another event of its stream, its final event.
const STREAMS: [(&str, &str, &str, &str); 3] = [
    ("s3", "SelectObjectContent", "Records", "End"),
    ("lambda", "InvokeWithResponseStream", "PayloadChunk", "InvokeComplete"),
    ("healthlake", "UpdateProfileWithAgent", "HeartbeatEvent", "EndOfOutputEvent"),
];

fn client(service: &str) -> Client {
    session().build().unwrap().client(service).unwrap()
}

fn read(service: &str, operation: &str, body: Vec<u8>) -> EventStream {
    // If the other members of the output are not in headers, the stream begins with an initial response.
    let beginning = if service == "healthlake" { initial_response("{}") } else { Vec::new() };
    let response = Response::new(Body::from([beginning, body].concat()));
    client(service).parse_response(operation, response).unwrap().events.unwrap()
}

#[test]
fn stream_without_final_event_ends_with_an_error() {
    for (service, operation, other, last) in STREAMS {
        for body in [Vec::new(), event(other, ""), [event(other, ""), event(other, "")].concat()] {
            let expected = if body.is_empty() { 0 } else { body.len() / event(other, "").len() };
            let mut events = read(service, operation, body);
            for _ in 0..expected {
                assert!(events.next().unwrap().unwrap().get(other).is_some(), "{operation}");
            }
            let error = events.next().unwrap().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Response);
            let expected =
                format!("{service} {operation}: the event stream ended without its `{last}` event, so it is not whole");
            assert!(error.to_string().starts_with(&expected), "{error}");
            assert!(events.next().is_none(), "{operation}: nothing follows the error");
        }
    }
}

#[test]
fn stream_with_final_event_ends_without_error() {
    for (service, operation, other, last) in STREAMS {
        for body in [
            event(last, ""),
            [event(other, ""), event(last, "")].concat(),
            [event(last, ""), event(other, "")].concat(),
        ] {
            let events: Vec<Value> = read(service, operation, body).map(Result::unwrap).collect();
            assert!(events.iter().any(|event| event.get(last).is_some()), "{operation}");
        }
    }
}

/// The stream returns only its own error.
#[test]
fn failed_stream_is_not_reported_as_incomplete() {
    for (service, operation, other, _) in STREAMS {
        let mut broken = event(other, "");
        broken.truncate(30);
        for end in [exception("Broken", "{}"), broken] {
            let mut events = read(service, operation, [event(other, ""), end].concat());
            assert!(events.next().unwrap().is_ok());
            let error = events.next().unwrap().unwrap_err();
            assert!(!error.to_string().contains("not whole"), "{error}");
            assert!(events.next().is_none(), "{operation}");
        }
    }
}

/// A plain call returns no incomplete stream.
#[test]
fn call_fails_if_its_stream_is_incomplete() {
    let client_of = |body: Vec<u8>| {
        let transport = move |_: http::Request<Body>| Ok(Response::new(Body::from(body.clone())));
        session().transport(transport).build().unwrap().client("lambda").unwrap()
    };
    let params = json!({"FunctionName": "f"});
    let chunk = event("PayloadChunk", "one");
    let error = client_of(chunk.clone()).call("invoke_with_response_stream", params.clone()).unwrap_err();
    assert!(error.to_string().contains("without its `InvokeComplete` event"), "{error}");
    let whole = client_of([chunk, event("InvokeComplete", "{}")].concat());
    let whole = whole.call("invoke_with_response_stream", params).unwrap();
    assert_eq!(whole["EventStream"].as_array().unwrap().len(), 2);
}

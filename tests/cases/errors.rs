//! Error responses of any format, and bodies that are not a response of the service: `tests/data/errors/*.json`, through
//! `parse_response`, in all six protocols.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::Response;
use serde_json::{Map, Value, json};
use tucuxi::{Body, Client, Environment, ErrorKind, Session};

use crate::support::clock::ManualClock;
use crate::support::session::session;
use crate::support::suite::{Suite, cases, read_json, tests};

const S3: &str = "errors/s3.json";
const PROTOCOLS: &[&str] = &["json", "rest-json", "rest-xml", "smithy-rpc-v2-cbor", "query", "ec2"];

pub(crate) fn suite() -> Suite {
    let mut suite = Suite::new("errors").at_least(900);
    suite = in_protocols(suite, "errors/errors.json", is_service_error);
    suite = in_protocols(suite, "errors/successes.json", is_value_or_shown);
    suite = suite.needs_models();
    for case in cases(S3) {
        let name = format!("{} ({})", case["name"].as_str().unwrap(), case["operation"].as_str().unwrap());
        suite = suite.case(S3, &name, move || counts_as_status_500(&case));
    }
    suite.tests(&tests![
        unreadable_success_names_its_url_without_secrets,
        page_instead_of_an_event_stream_is_shown,
        truncated_error_shows_its_received_part,
    ])
}

/// Adds each case for each of its protocols.
fn in_protocols(mut suite: Suite, file: &str, run: fn(&Client, &str, &Value) -> Result<(), String>) -> Suite {
    let clients: Vec<_> = PROTOCOLS.iter().map(|protocol| (*protocol, Arc::new(client(protocol)))).collect();
    for case in cases(file) {
        for (protocol, client) in &clients {
            let only = case["protocols"].as_array();
            if only.is_some_and(|only| !only.contains(&json!(protocol))) {
                continue;
            }
            let name = format!("{} ({protocol})", case["name"].as_str().unwrap());
            let (protocol, client, case) = (*protocol, Arc::clone(client), case.clone());
            suite = suite.case(file, &name, move || run(&client, protocol, &case));
        }
    }
    suite
}

fn client(protocol: &str) -> Client {
    let mut model = read_json::<Value>("errors/model.json");
    model["metadata"]["protocol"] = json!(protocol);
    if protocol != "query" {
        for operation in model["operations"].as_object_mut().unwrap().values_mut() {
            operation
                .as_object_mut()
                .unwrap()
                .get_mut("output")
                .map(|output| output.as_object_mut().unwrap().remove("resultWrapper"));
        }
    }
    let session = Session::builder()
        .environment(Environment::from_pairs([("AWS_REGION", "us-west-2")]))
        .endpoint_url("http://host.example")
        .model("things", model);
    session.build().unwrap().client("things").unwrap()
}

fn response(case: &Value) -> Response<Body> {
    let mut response = Response::builder().status(case["status"].as_u64().unwrap() as u16);
    for (name, value) in case["headers"].as_object().unwrap_or(&Map::new()) {
        response = response.header(name, value.as_str().unwrap());
    }
    let body = match (&case["body"], &case["base64"]) {
        (Value::String(text), _) => Body::from(text.as_str()),
        (_, Value::String(text)) => Body::from(tucuxi::bytes(&json!(text)).unwrap()),
        _ => Body::empty(),
    };
    response.body(body).unwrap()
}

/// The expectation for a protocol, or the common one.
fn expected<'c>(case: &'c Value, protocol: &str, key: &str) -> Option<&'c Value> {
    case.get(protocol).and_then(|own| own.get(key)).or_else(|| case.get(key))
}

fn is_service_error(client: &Client, protocol: &str, case: &Value) -> Result<(), String> {
    let operation = case["operation"].as_str().unwrap_or("list_things");
    let error = client.parse_response(operation, response(case)).err().ok_or("expected an error")?;
    let service = error.service().ok_or_else(|| format!("expected a service error, found {error}"))?;
    let found = json!({
        "code": service.code(), "message": service.message(), "shape": service.shape_code(), "fault": service.fault(),
        "request_id": service.request_id(), "status": service.status(), "members": service.body(),
    });
    for key in ["code", "message", "shape", "fault", "request_id", "status", "members"] {
        if let Some(expected) = expected(case, protocol, key)
            && found[key] != *expected
        {
            return Err(format!("{key}: expected {expected}, found {}", found[key]));
        }
    }
    if error.to_string().chars().any(char::is_control) {
        return Err(format!("more than one line: {error}"));
    }
    Ok(())
}

/// An unexpected body of a success is an error that shows it.
fn is_value_or_shown(client: &Client, protocol: &str, case: &Value) -> Result<(), String> {
    let operation = case["operation"].as_str().unwrap_or("list_things");
    let found = client.parse_response(operation, response(case)).map(|output| output.value);
    if let Some(value) = expected(case, protocol, "value") {
        let found = found.map_err(|error| error.to_string())?;
        return if found == *value { Ok(()) } else { Err(format!("expected {value}, found {found}")) };
    }
    let error = found.err().ok_or("expected an error")?;
    if let Some(code) = expected(case, protocol, "code") {
        let found = error.service().map(|service| service.code());
        return if found == code.as_str() { Ok(()) } else { Err(format!("expected the code {code}, found {error}")) };
    }
    let shown = error.to_string();
    if shown.contains("hush") {
        return Err(format!("a member's value in {shown}"));
    }
    if error.kind() != ErrorKind::Response {
        return Err(format!("expected an unreadable response, found {shown}"));
    }
    let texts = expected(case, protocol, "shows").and_then(Value::as_array).ok_or("a case without an expectation")?;
    match texts.iter().map(|text| text.as_str().unwrap()).find(|text| !shown.contains(text)) {
        Some(text) => Err(format!("expected {text:?} in {shown}")),
        None => Ok(()),
    }
}

/// A client that receives these responses in order (the last one repeatedly), and the number of its requests.
fn client_with_responses(
    service: &str,
    endpoint_url: Option<&str>,
    model: Option<Value>,
    responses: impl Fn(usize) -> Response<Body> + Send + Sync + 'static,
) -> (Client, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    let mut session = session("us-west-2")
        .clock(ManualClock::default())
        .transport(move |_: http::Request<Body>| Ok(responses(counter.fetch_add(1, Ordering::SeqCst))));
    if let Some(url) = endpoint_url {
        session = session.endpoint_url(url);
    }
    if let Some(model) = model {
        session = session.model(service, model);
    }
    (session.build().unwrap().client(service).unwrap(), count)
}

/// As in botocore's `handlers.py: _handle_200_error`, for the root elements of S3 and of S3-compatible stores.
fn counts_as_status_500(case: &Value) -> Result<(), String> {
    let bodies: Vec<String> = serde_json::from_value(case["bodies"].clone()).unwrap();
    let (client, count) = client_with_responses("s3", None, None, move |index| {
        Response::new(Body::from(bodies[index.min(bodies.len() - 1)].as_str()))
    });
    let found = client.call(case["operation"].as_str().unwrap(), case["params"].clone());
    if case["attempts"] != count.load(Ordering::SeqCst) {
        return Err(format!("expected {} attempts, found {}", case["attempts"], count.load(Ordering::SeqCst)));
    }
    match (found, &case["value"], &case["error"]) {
        (Ok(found), expected, Value::Null) if found == *expected => Ok(()),
        (Err(error), Value::Null, Value::Object(expected)) => {
            let found = error.service().map(
                |service| json!({"code": service.code(), "message": service.message(), "status": service.status()}),
            );
            let found = found.unwrap_or_default();
            match expected.iter().all(|(key, expected)| found[key] == *expected) {
                true => Ok(()),
                false => Err(format!("expected {}, found {error}", case["error"])),
            }
        }
        (Err(error), Value::Null, Value::Null) => {
            let texts: Vec<&str> =
                case["shows"].as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect();
            match texts.iter().find(|text| !error.to_string().contains(**text)) {
                Some(text) => Err(format!("expected {text:?} in {error}")),
                None => Ok(()),
            }
        }
        (found, ..) => Err(format!("{found:?}")),
    }
}

fn unreadable_success_names_its_url_without_secrets() {
    for protocol in PROTOCOLS {
        let mut model = read_json::<Value>("errors/model.json");
        model["metadata"]["protocol"] = json!(protocol);
        let (client, count) =
            client_with_responses("things", Some("https://user:hush@portal.example:8443/base"), Some(model), |_| {
                Response::builder()
                    .header("content-type", "text/html")
                    .body(Body::from("<html><br>Sign in</html>"))
                    .unwrap()
            });
        let error = client.call("list_things", json!({"Token": "hush"})).unwrap_err();
        assert_eq!((error.kind(), count.load(Ordering::SeqCst)), (ErrorKind::Response, 1), "{error}");
        let shown = error.to_string();
        for text in ["HTTP 200", "\"text/html\"", "https://portal.example:8443/base", "Sign in"] {
            assert!(shown.contains(text), "{protocol}: {text} is missing in {shown}");
        }
        assert!(!shown.contains("hush") && !shown.contains("user"), "{shown}");
    }
}

/// An HTML page has no frames. The status of an error is checked before any frame is read.
fn page_instead_of_an_event_stream_is_shown() {
    let page = "<html><head><title>Sign in</title></head></html>";
    for (service, operation, params) in [
        (
            "s3",
            "select_object_content",
            json!({"Bucket": "bkt1", "Key": "k", "Expression": "e", "ExpressionType": "SQL",
            "InputSerialization": {}, "OutputSerialization": {}}),
        ),
        (
            "kinesis",
            "subscribe_to_shard",
            json!({"ConsumerARN": "arn:aws:kinesis:us-west-2:123456789012:stream/s/consumer/c:1",
            "ShardId": "s", "StartingPosition": {"Type": "LATEST"}}),
        ),
        ("bedrock-runtime", "converse_stream", json!({"modelId": "m"})),
    ] {
        for status in [200, 403] {
            let (client, _) = client_with_responses(service, None, None, move |_| {
                Response::builder().status(status).header("content-type", "text/html").body(Body::from(page)).unwrap()
            });
            let error = client.call(operation, params.clone()).unwrap_err();
            let shown = error.to_string();
            assert!(shown.contains("Sign in") && shown.contains(&format!("HTTP {status}")), "{shown}");
            if status == 200 {
                assert_eq!(error.kind(), ErrorKind::Response, "{shown}");
                assert!(shown.contains("\"text/html\" from https://"), "{shown}");
            } else {
                assert_eq!(error.service().unwrap().code(), "403", "{shown}");
            }
        }
    }
}

/// A truncated error response shows its received part. It is retried, as in botocore.
fn truncated_error_shows_its_received_part() {
    struct Breaks;
    impl Read for Breaks {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::ConnectionReset.into())
        }
    }
    for (received, shown) in [
        ("<Error><Code>AccessDenied</Code><Message>No ent", "AccessDenied: No ent (HTTP 403)"),
        ("", "403: Forbidden (HTTP 403)"),
    ] {
        let (client, count) = client_with_responses("s3", None, None, move |_| {
            Response::builder().status(403).body(Body::from_reader(received.as_bytes().chain(Breaks))).unwrap()
        });
        let error = client.call("list_buckets", json!({})).unwrap_err();
        assert_eq!((error.kind(), count.load(Ordering::SeqCst)), (ErrorKind::Connection, 3), "{error}");
        assert!(error.to_string().contains(shown), "{error}");
    }
}

//! The protocol vectors for requests: from parameters to method, URI, headers and body.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::{Arc, Mutex};

use http::Request;
use serde_json::{Value, json};
use tucuxi::{Body, Validation};

use crate::compare::{cbor, same, xml};
use crate::suite::Suite;
use crate::vectors::{Vector, session};

pub(crate) fn protocols() -> Suite {
    suite("protocols input", 367, "input")
}

pub(crate) fn legacy_protocols() -> Suite {
    suite("legacy protocols input", 162, "legacy/input")
}

fn suite(name: &'static str, expected: usize, folder: &str) -> Suite {
    let mut suite = Suite::new(name, expected);
    for vector in Vector::all(folder) {
        suite.add(vector.id.clone(), move || run(&vector));
    }
    suite
}

fn run(vector: &Vector) -> Result<(), String> {
    let mut expected = sent(vector, false, Validation::Standard);
    if expected.ends_with("found null") {
        // A null in a structure is an error of a value, but a type writes `None` so.
        expected = sent(vector, false, Validation::Off);
    }
    same("request of a type", &json!(expected), &json!(sent(vector, true, Validation::Standard)))?;
    let request = prepare(vector).map_err(|error| error.to_string())?;
    let expected = &vector.case["serialized"];
    let uri = request.uri();
    if let Some(method) = expected["method"].as_str() {
        same("method", &json!(method), &json!(request.method().as_str()))?;
    }
    let found_uri = uri.path_and_query().map(|uri| comparable(expected, uri.as_str()));
    same("uri", &expected["uri"], &json!(found_uri))?;
    if let Some(host) = expected["host"].as_str() {
        // One vector has the path of the endpoint in the host.
        let host = host.split('/').next();
        same("host", &json!(host), &json!(uri.authority().map(ToString::to_string)))?;
    }
    compare_headers(vector, &request)?;
    match expected["body"].as_str() {
        Some(body) => compare_body(vector, body, request.into_body()),
        None => Ok(()),
    }
}

/// The request that parameters as a value or as a type make, or the error.
fn sent(vector: &Vector, as_type: bool, validation: Validation) -> String {
    let requests = Arc::new(Mutex::new(Vec::new()));
    let sent = Arc::clone(&requests);
    let session = session()
        .model("vectors", vector.model())
        .endpoint_url(vector.suite["clientEndpoint"].as_str().unwrap_or("https://host.example"))
        .validation(validation)
        .transport(move |mut request: Request<Body>| {
            request.headers_mut().remove("amz-sdk-invocation-id");
            // The signature covers the invocation id.
            request.headers_mut().remove("authorization");
            let mut body = Vec::new();
            request.body_mut().read_to_end(&mut body).expect("a body in memory");
            let body = body.escape_ascii();
            sent.lock().expect("a lock").push(format!(
                "{} {} {:?} {body}",
                request.method(),
                request.uri(),
                request.headers()
            ));
            Ok(http::Response::new(Body::empty()))
        })
        .build()
        .expect("a session");
    let client = session.client("vectors").expect("a client");
    let params = params(vector);
    let result = match as_type {
        true => client.call_as::<()>(vector.operation(), &params),
        false => client.call(vector.operation(), params).map(drop),
    };
    let requests = requests.lock().expect("a lock").join("\n");
    match result {
        Err(error) if requests.is_empty() => error.to_string(),
        _ => without_tokens(&requests),
    }
}

fn params(vector: &Vector) -> Value {
    match vector.case["given"].get("input") {
        Some(input) => vector.shapes().input(input, &vector.case["params"]),
        None => json!({}),
    }
}

fn prepare(vector: &Vector) -> tucuxi::Result<Request<Body>> {
    let params = params(vector);
    session()
        .model("vectors", vector.model())
        .endpoint_url(vector.suite["clientEndpoint"].as_str().unwrap_or("https://host.example"))
        .validation(Validation::Off)
        .build()?
        .client("vectors")?
        .request(vector.operation())
        .params(params)
        .prepare()
}

fn compare_headers(vector: &Vector, request: &Request<Body>) -> Result<(), String> {
    let expected = &vector.case["serialized"];
    let found = |name: &str| request.headers().get(name).map(|value| String::from_utf8_lossy(value.as_bytes()));
    for (name, value) in expected["headers"].as_object().into_iter().flatten() {
        let value = value.as_str().expect("a header's value is text");
        let Some(found) = found(name) else {
            if name.eq_ignore_ascii_case("content-type") && goes_without_content_type(vector) {
                continue;
            }
            return Err(format!("header {name}: expected {value:?}, found none"));
        };
        // The vectors have a space between the items of a list, botocore does not.
        let is_same = match name.eq_ignore_ascii_case("content-type") {
            // The form protocols add their character set.
            true => *value == *found || format!("{value}; charset=utf-8") == *found,
            false => value.replace(", ", ",") == found.replace(", ", ","),
        };
        if !is_same {
            return Err(format!("header {name}: expected {value:?}, found {found:?}"));
        }
    }
    let names = |list: &str| expected[list].as_array().cloned().unwrap_or_default();
    // A protocol does not set the length, but a complete request has one.
    for name in names("forbidHeaders").into_iter().filter(|name| *name != "Content-Length") {
        if let Some(found) = found(name.as_str().expect("a header's name is text")) {
            return Err(format!("header {name}: expected none, found {found:?}"));
        }
    }
    for name in names("requireHeaders") {
        if found(name.as_str().expect("a header's name is text")).is_none() {
            return Err(format!("header {name}: expected one, found none"));
        }
    }
    Ok(())
}

/// botocore sends no content type for XML documents and raw payloads, but the vectors do. A stored payload would be
/// stored with that type.
fn goes_without_content_type(vector: &Vector) -> bool {
    vector.protocol() == "rest-xml" || has_raw_payload(vector)
}

fn compare_body(vector: &Vector, expected: &str, found: Body) -> Result<(), String> {
    let found = found.into_bytes().map_err(|error| error.to_string())?;
    let text = comparable(&vector.case["serialized"], &String::from_utf8_lossy(&found));
    if expected.is_empty() || found.is_empty() {
        return same("body", &json!(expected), &json!(text));
    }
    if has_raw_payload(vector) {
        return same("body", &json!(expected), &json!(text));
    }
    match vector.protocol() {
        "json" | "rest-json" => same("body", &parse_json(expected)?, &parse_json(&text)?),
        "rest-xml" => same("body", &xml(expected)?, &xml(&text)?),
        "smithy-rpc-v2-cbor" => {
            let expected = tucuxi::bytes(&json!(expected)).map_err(|error| error.to_string())?;
            same("body", &cbor(&expected)?, &cbor(&found)?)
        }
        "query" | "ec2" => same("body", &form(expected), &form(&text)),
        other => panic!("{other} is not a protocol that this suite can compare"),
    }
}

/// The generated token in the vectors.
const GENERATED_TOKEN: &str = "00000000-0000-4000-8000-000000000000";

/// The text of a request with the generated token replaced by that of the vectors, if it has one and the vector too.
fn comparable(expected: &Value, text: &str) -> String {
    let is_expected =
        ["uri", "body"].iter().any(|part| expected[part].as_str().unwrap_or_default().contains(GENERATED_TOKEN));
    if is_expected { without_tokens(text) } else { text.to_owned() }
}

/// The text with a generated token, a UUID of version 4, replaced by that of the vectors.
fn without_tokens(text: &str) -> String {
    let is_token = |text: &str| {
        let matches_pattern = |(found, pattern): (u8, u8)| match pattern {
            b'-' | b'4' => found == pattern,
            _ => found.is_ascii_digit() || matches!(found, b'a'..=b'f'),
        };
        text.len() == GENERATED_TOKEN.len()
            && text.bytes().zip(*b"00000000-0000-4000-0000-000000000000").all(matches_pattern)
            && matches!(text.as_bytes()[19], b'8' | b'9' | b'a' | b'b')
    };
    let token =
        (0..text.len()).find_map(|start| text.get(start..start + GENERATED_TOKEN.len()).filter(|text| is_token(text)));
    match token {
        Some(token) => text.replace(token, GENERATED_TOKEN),
        None => text.to_owned(),
    }
}

/// Whether the body is a raw member.
fn has_raw_payload(vector: &Vector) -> bool {
    let Some(input) = vector.case["given"].get("input") else { return false };
    let shape = vector.shapes().get(input);
    let payload = shape["payload"].as_str().map(|name| vector.shapes().get(&shape["members"][name]));
    payload.is_some_and(|shape| matches!(shape["type"].as_str(), Some("blob" | "string")))
}

fn parse_json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("body: {error} in {text}"))
}

/// The pairs of a form in any order, with either encoding of a space.
fn form(text: &str) -> Value {
    let text = text.replace('+', "%20");
    let pairs: BTreeMap<&str, &str> = text.trim().split('&').filter_map(|pair| pair.split_once('=')).collect();
    json!(pairs)
}

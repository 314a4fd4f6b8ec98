//! The protocol vectors for responses: from status, headers and body to value or error.

use http::Response;
use serde_json::{Map, Value, json};
use tucuxi::{Body, Client, ErrorKind, Output};

use crate::compare::same;
use crate::suite::Suite;
use crate::vectors::{Vector, session};

pub(crate) fn protocols() -> Suite {
    suite("protocols output", 365, "output")
}

pub(crate) fn legacy_protocols() -> Suite {
    suite("legacy protocols output", 110, "legacy/output")
}

fn suite(name: &'static str, expected: usize, folder: &str) -> Suite {
    let mut suite = Suite::new(name, expected);
    for vector in Vector::all(folder) {
        suite.add(vector.id.clone(), move || run(&vector));
    }
    suite
}

fn run(vector: &Vector) -> Result<(), String> {
    let found = parse(vector, |client, operation, response| client.parse_response(operation, response));
    // Into a type it is one pass over the bytes, which shares only the rules with the reading of values.
    let typed = parse(vector, |client, operation, response| client.parse_response_as::<Value>(operation, response));
    match (&found, &typed) {
        (Ok(found), Ok(typed)) => same("value as a type", &found.value, &typed.value)?,
        (Err(found), Err(typed)) => same("error of a type", &json!(found.to_string()), &json!(typed.to_string()))?,
        _ => return Err(format!("{found:?} differs from {typed:?}")),
    }
    if vector.case.get("error").is_some() { compare_error(vector, found) } else { compare_output(vector, found) }
}

fn parse<T>(vector: &Vector, read: impl Fn(&Client, &str, Response<Body>) -> tucuxi::Result<T>) -> tucuxi::Result<T> {
    let given = &vector.case["response"];
    let status = given["status_code"].as_u64().and_then(|status| u16::try_from(status).ok()).expect("a status");
    let mut response = Response::builder().status(status);
    for (name, value) in given["headers"].as_object().into_iter().flatten() {
        response = response.header(name, value.as_str().expect("a header's value is text"));
    }
    let body = given["body"].as_str().unwrap_or_default();
    let is_binary = vector.protocol() == "smithy-rpc-v2-cbor" || has_event_stream(vector);
    let body = match is_binary {
        true => Body::from(tucuxi::bytes(&json!(body))?),
        // A query service returns a document even if the operation has no output.
        false if vector.protocol() == "query" && body.is_empty() => Body::from("<xml/>"),
        false => Body::from(body),
    };
    let session = session().model("vectors", vector.model()).endpoint_url("https://host.example").build()?;
    read(&session.client("vectors")?, vector.operation(), response.body(body).expect("a response"))
}

fn has_event_stream(vector: &Vector) -> bool {
    let shapes = vector.suite["shapes"].as_object().expect("a suite has shapes");
    shapes.values().any(|shape| shape["eventstream"] == true)
}

fn compare_output(vector: &Vector, found: tucuxi::Result<Output>) -> Result<(), String> {
    let found = found.map_err(|error| error.to_string())?;
    let mut expected = match vector.case["given"].get("output") {
        Some(output) => vector.shapes().output(output, &vector.case["result"]),
        None => vector.case["result"].clone(),
    };
    let payload = blob_payload(vector).and_then(|name| expected.as_object_mut()?.remove(&name));
    let events = event_stream(vector).and_then(|name| expected.as_object_mut()?.remove(&name));
    same("value", &expected, &found.value)?;
    if let Some(events) = events {
        let found = found.events.ok_or("expected an event stream, found none")?;
        let found: Value = found.collect::<tucuxi::Result<_>>().map_err(|error| error.to_string())?;
        return same("events", &events, &found);
    }
    let body = found.body.into_bytes().map_err(|error| error.to_string())?;
    let payload = payload.unwrap_or_else(|| json!(""));
    same("body", &payload, &tucuxi::blob(body))
}

/// The member that is in [`Output::events`].
fn event_stream(vector: &Vector) -> Option<String> {
    let members = &vector.shapes().get(vector.case["given"].get("output")?)["members"];
    let is_stream = |(_, member): &(&String, &Value)| vector.shapes().get(member)["eventstream"] == true;
    members.as_object()?.iter().find(is_stream).map(|(name, _)| name.clone())
}

/// The member that is in [`Output::body`].
fn blob_payload(vector: &Vector) -> Option<String> {
    let shape = vector.shapes().get(vector.case["given"].get("output")?);
    let name = shape["payload"].as_str()?;
    (vector.shapes().get(&shape["members"][name])["type"] == "blob").then(|| name.to_owned())
}

fn compare_error(vector: &Vector, found: tucuxi::Result<Output>) -> Result<(), String> {
    let error = match found {
        Ok(output) => return Err(format!("expected an error, found {}", output.value)),
        Err(error) => error,
    };
    if error.kind() != ErrorKind::Service {
        return Err(format!("expected a service error, found {:?}: {error}", error.kind()));
    }
    let service = error.service().ok_or("expected a service error, found none")?;
    let text = |key: &str| vector.case[key].as_str().unwrap_or_default();
    same("code", &json!(text("errorCode")), &json!(service.code()))?;
    // A vector without a message has none, or only among the members.
    if vector.case.get("errorMessage").is_some() {
        same("message", &json!(text("errorMessage")), &json!(service.message()))?;
    }
    same("error", &expected_members(vector), service.body())
}

/// The expected members of the error. The code gives its shape.
fn expected_members(vector: &Vector) -> Value {
    let shapes = vector.suite["shapes"].as_object().expect("a suite has shapes");
    let code = vector.case["errorCode"].as_str().unwrap_or_default();
    let has_code = |(name, shape): &(&String, &Value)| *name == code || shape["error"]["code"] == code;
    let Some((name, _)) = shapes.iter().filter(|(_, shape)| shape["exception"] == true).find(has_code) else {
        return Value::Object(Map::new());
    };
    vector.shapes().output(&json!({"shape": name}), &vector.case["error"])
}

//! Recorded responses of real services, parsed with their models.

use std::collections::BTreeMap;

use http::Response;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::{Rfc2822, Rfc3339};
use tucuxi::{Body, Client, Session};

use crate::compare::same;
use crate::suite::Suite;
use crate::vectors::{data, read_gzip, session};

pub(crate) fn suite() -> Suite {
    let mut suite = Suite::new("responses", 206);
    let session = session().build().expect("a session");
    let cases: BTreeMap<String, Value> = read_gzip(data().join("responses/cases.json.gz"));
    for (name, case) in cases {
        let session = session.clone();
        suite.add(name.clone(), move || run(&session, &name, &case));
    }
    suite
}

fn run(session: &Session, name: &str, case: &Value) -> Result<(), String> {
    let found = parse(session, name, case, |client, operation, response| client.parse_response(operation, response));
    let typed = parse(session, name, case, |client, operation, response| {
        client.parse_response_as::<Value>(operation, response)
    });
    match (&found, &typed) {
        (Ok(found), Ok(typed)) => same("value as a type", &found.value, &typed.value)?,
        (Err(found), Err(typed)) => same("error of a type", &json!(found.to_string()), &json!(typed.to_string()))?,
        _ => return Err(format!("{found:?} differs from {typed:?}")),
    }
    let mut expected = case["expected"].clone();
    let members = expected.as_object_mut().expect("an expectation is an object");
    let metadata = members.remove("ResponseMetadata").unwrap_or_default();
    let request_id = metadata.get("RequestId").unwrap_or(&Value::Null);
    if case["status"] == 200 {
        let found = found.map_err(|error| error.to_string())?;
        same("request id", request_id, &json!(found.metadata.request_id))?;
        return same("value", &aligned(&expected, &found.value), &found.value);
    }
    let error = found.map(|output| output.value).err().ok_or("expected an error, found none")?;
    let service = error.service().ok_or_else(|| format!("expected a service error, found {error}"))?;
    same("code", &expected["Error"]["Code"], &json!(service.code()))?;
    same("message", &expected["Error"]["Message"], &json!(service.message()))?;
    // For S3, botocore reads it only from headers, which these vectors do not have.
    if request_id.is_null() { Ok(()) } else { same("request id", request_id, &json!(service.request_id())) }
}

/// Parses a response. The name is `folder/service-operation`, with `#` and a number if an operation has several.
fn parse<T>(
    session: &Session,
    name: &str,
    case: &Value,
    read: impl Fn(&Client, &str, Response<Body>) -> tucuxi::Result<T>,
) -> tucuxi::Result<T> {
    let name = name.rsplit('/').next().unwrap_or(name);
    let (service, operation) = name.split_once('-').expect("service and operation");
    let operation = operation.split('#').next().unwrap_or(operation);
    let mut response = Response::builder().status(if case["status"] == 200 { 200 } else { 400 });
    for (name, value) in case["headers"].as_object().unwrap_or(&Map::new()) {
        response = response.header(name, value.as_str().expect("a header's value is text"));
    }
    let body = Body::from(case["body"].as_str().expect("a body is text"));
    read(&session.client(service)?, operation, response.body(body).expect("a response"))
}

/// The expectation with times and blobs in the format of the found value, if they are equal. The expectations do not
/// distinguish times and blobs from text, so the found value decides.
fn aligned(expected: &Value, found: &Value) -> Value {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            let align = |(name, value): (&String, &Value)| {
                (name.clone(), found.get(name).map_or_else(|| value.clone(), |found| aligned(value, found)))
            };
            expected.iter().map(align).collect()
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            expected.iter().zip(found).map(|(expected, found)| aligned(expected, found)).collect()
        }
        (Value::String(text), Value::String(other)) => {
            let is_same_time = instant(text).is_some_and(|time| OffsetDateTime::parse(other, &Rfc3339) == Ok(time));
            if is_same_time || tucuxi::blob(text) == *found { found.clone() } else { expected.clone() }
        }
        _ => expected.clone(),
    }
}

/// The time in a text of any format that the services use.
fn instant(text: &str) -> Option<OffsetDateTime> {
    let iso = OffsetDateTime::parse(text, &Rfc3339).or_else(|_| OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339));
    iso.or_else(|_| OffsetDateTime::parse(&text.replace("GMT", "+0000"), &Rfc2822)).ok()
}

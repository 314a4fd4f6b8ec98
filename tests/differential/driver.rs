//! tucuxi's side of the differential suite: a JSON line in and a JSON line out for each case. See `README.md`.
//!
//! A case has `service`, `operation` and `region`. To prepare a request it also has `params`; to presign one `expires_in` and
//! optionally `method`; to parse a response `status`, `headers` and `body_base64`. Without input the program does nothing.

mod frozen;

use std::collections::HashMap;
use std::error::Error;
use std::io::{self, BufRead, BufWriter, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use serde_json::{Map, Value, json};
use tucuxi::{Body, Client, Credentials, Environment, Session, TransportError, TransportErrorKind};

use frozen::Frozen;

fn main() -> Result<(), Box<dyn Error>> {
    let session = session()?;
    let mut clients = HashMap::new();
    let mut output = BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let case: Value = serde_json::from_str(&line?)?;
        // A panic is a result, not the end of the run.
        let result = catch_unwind(AssertUnwindSafe(|| run(&session, &mut clients, &case)));
        let result = result.unwrap_or_else(|_| json!({"panic": true}));
        serde_json::to_writer(&mut output, &result)?;
        output.write_all(b"\n")?;
    }
    output.flush()?;
    Ok(())
}

fn session() -> tucuxi::Result<Session> {
    let tokens = ["CODECATALYST", "ACCOUNT_ACCESS"].map(|name| (format!("AWS_BEARER_TOKEN_{name}"), "token"));
    Session::builder()
        .environment(Environment::from_pairs(tokens))
        .credentials(Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"))
        .clock(Frozen)
        .transport(|request: http::Request<Body>| respond_to_inner_call(&request))
        .build()
}

/// Responses to the calls that other calls depend on, the same as in `oracle.py`. Nothing else is sent.
fn respond_to_inner_call(request: &http::Request<Body>) -> Result<http::Response<Body>, TransportError> {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let body = match request.uri().query() {
        _ if target.ends_with(".DescribeEndpoints") => {
            r#"{"Endpoints": [{"Address": "cell.example/", "CachePeriodInMinutes": 1440}]}"#
        }
        Some("session") => {
            "<CreateSessionResult><Credentials><AccessKeyId>SESSION</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
             <SessionToken>token</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>\
             </CreateSessionResult>"
        }
        _ => return Err(TransportError::new(TransportErrorKind::Connect, "nothing is sent")),
    };
    Ok(http::Response::new(Body::from(body)))
}

fn run(session: &Session, clients: &mut HashMap<(String, String), Client>, case: &Value) -> Value {
    let result = if case.get("expires_in").is_some() {
        presigned(session, clients, case)
    } else if case.get("params").is_some() {
        request(session, clients, case)
    } else {
        response(session, clients, case)
    };
    result.unwrap_or_else(|error| describe_error(&error))
}

fn text<'c>(case: &'c Value, member: &str) -> &'c str {
    case[member].as_str().unwrap_or_default()
}

fn client<'c>(
    session: &Session,
    clients: &'c mut HashMap<(String, String), Client>,
    case: &Value,
) -> tucuxi::Result<&'c Client> {
    let key = (text(case, "service").to_owned(), text(case, "region").to_owned());
    if !clients.contains_key(&key) {
        let client = session.client_builder(&key.0).region(&*key.1).build()?;
        clients.insert(key.clone(), client);
    }
    Ok(&clients[&key])
}

fn request(session: &Session, clients: &mut HashMap<(String, String), Client>, case: &Value) -> tucuxi::Result<Value> {
    let client = client(session, clients, case)?;
    let request = client.request(text(case, "operation")).params(case["params"].clone()).prepare()?;
    let (parts, body) = request.into_parts();
    let body = match body.into_bytes() {
        Ok(body) => body,
        Err(error) => return Ok(json!({"error": {"kind": "Body", "text": error.to_string()}})),
    };
    Ok(json!({
        "method": parts.method.as_str(),
        "url": parts.uri.to_string(),
        "headers": headers(&parts.headers),
        "body_base64": tucuxi::blob(body),
    }))
}

fn presigned(
    session: &Session,
    clients: &mut HashMap<(String, String), Client>,
    case: &Value,
) -> tucuxi::Result<Value> {
    let client = client(session, clients, case)?;
    let mut request = client.request(text(case, "operation")).params(case["params"].clone());
    if let Some(method) = case["method"].as_str().and_then(|method| method.parse().ok()) {
        request = request.method(method);
    }
    let presigned = request.presign(Duration::from_secs(case["expires_in"].as_u64().unwrap_or_default()))?;
    Ok(json!({
        "method": presigned.method().as_str(),
        "url": presigned.uri().to_string(),
        "headers": headers(presigned.headers()),
    }))
}

fn response(session: &Session, clients: &mut HashMap<(String, String), Client>, case: &Value) -> tucuxi::Result<Value> {
    let client = client(session, clients, case)?;
    let mut builder = http::Response::builder().status(case["status"].as_u64().map_or(0, |status| status as u16));
    for header in case["headers"].as_array().into_iter().flatten() {
        builder = builder.header(header[0].as_str().unwrap_or_default(), header[1].as_str().unwrap_or_default());
    }
    let response = match builder.body(Body::from(tucuxi::bytes(&case["body_base64"])?)) {
        Ok(response) => response,
        Err(error) => return Ok(json!({"error": {"kind": "Driver", "text": error.to_string()}})),
    };
    let output = client.parse_response(text(case, "operation"), response)?;
    let (mut events, mut events_error) = (output.events.is_some().then(Vec::new), Value::Null);
    for event in output.events.into_iter().flatten() {
        match event {
            Ok(event) => events.iter_mut().for_each(|events| events.push(event.clone())),
            Err(error) => events_error = describe_error(&error)["error"].take(),
        }
    }
    let body = match output.body.into_bytes() {
        Ok(body) => body,
        Err(error) => return Ok(json!({"error": {"kind": "Body", "text": error.to_string()}})),
    };
    let metadata = output.metadata;
    Ok(json!({
        "value": output.value,
        "body": tucuxi::blob(body),
        "events": events,
        "events_error": events_error,
        "request_id": metadata.request_id,
        "checked": metadata.checksum_algorithm,
        "status": metadata.status,
    }))
}

fn headers(map: &http::HeaderMap) -> Vec<Value> {
    map.iter().map(|(name, value)| json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())])).collect()
}

fn describe_error(error: &tucuxi::Error) -> Value {
    let mut members = Map::new();
    members.insert("kind".to_owned(), json!(format!("{:?}", error.kind())));
    members.insert("text".to_owned(), json!(error.to_string()));
    if let Some(service) = error.service() {
        members.insert("code".to_owned(), json!(service.code()));
        members.insert("message".to_owned(), json!(service.message()));
        members.insert("status".to_owned(), json!(service.status()));
        members.insert("request_id".to_owned(), json!(service.request_id()));
        members.insert("shape_code".to_owned(), json!(service.shape_code()));
        members.insert("body".to_owned(), service.body().clone());
    }
    json!({ "error": members })
}

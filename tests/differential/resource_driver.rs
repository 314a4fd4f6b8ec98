//! tucuxi's side of the comparison of resources: a JSON line in and a JSON line out for each case. See `README.md`.
//!
//! A case has `service`, optionally `definitions` of its resources, `replies` (`status`, `headers` and `body` of each response) and
//! `steps` from the service's resource on: each step goes to another resource or does something with this one.

mod frozen;

use std::collections::{HashMap, VecDeque};
use std::error::Error;
use std::io::{self, BufRead, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value, json};
use tucuxi::{
    Answer, Body, Collection, Credentials, Environment, Resource, Session, SessionBuilder, TransportError,
    TransportErrorKind,
};

use frozen::Frozen;

/// The responses that are left, and the requests that were sent.
#[derive(Default)]
struct Exchange {
    replies: VecDeque<Value>,
    requests: Vec<Value>,
}

type Shared = Arc<Mutex<Exchange>>;

fn main() -> Result<(), Box<dyn Error>> {
    let exchange = Shared::default();
    let session = session(&exchange).build()?;
    let mut resources = HashMap::new();
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let case: Value = serde_json::from_str(&line?)?;
        let replies = case["replies"].as_array().into_iter().flatten().cloned().collect();
        *exchange.lock().unwrap_or_else(PoisonError::into_inner) = Exchange { replies, requests: Vec::new() };
        // A panic is a result, not the end of the run.
        let results = catch_unwind(AssertUnwindSafe(|| run(&exchange, &session, &mut resources, &case)));
        let results = results.unwrap_or_else(|_| vec![json!({"panic": true})]);
        let requests = std::mem::take(&mut exchange.lock().unwrap_or_else(PoisonError::into_inner).requests);
        serde_json::to_writer(&mut output, &json!({"results": results, "requests": requests}))?;
        output.write_all(b"\n")?;
    }
    Ok(())
}

fn session(exchange: &Shared) -> SessionBuilder {
    let exchange = Arc::clone(exchange);
    Session::builder()
        .environment(Environment::from_pairs([("AWS_MAX_ATTEMPTS", "1")]))
        .region("us-west-2")
        .credentials(Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"))
        .clock(Frozen)
        .transport(move |request: http::Request<Body>| respond(&exchange, request))
}

fn with_definitions(exchange: &Shared, service: &str, definitions: &Value) -> tucuxi::Result<Resource> {
    session(exchange).resources(service, definitions.clone()).build()?.resource(service)
}

fn respond(exchange: &Shared, request: http::Request<Body>) -> Result<http::Response<Body>, TransportError> {
    let failed = |text: String| TransportError::new(TransportErrorKind::Connect, text);
    let (parts, body) = request.into_parts();
    let body = body.into_bytes().map_err(|error| failed(error.to_string()))?;
    let headers: Vec<Value> = parts
        .headers
        .iter()
        .map(|(name, value)| json!([name.as_str(), String::from_utf8_lossy(value.as_bytes())]))
        .collect();
    let mut exchange = exchange.lock().unwrap_or_else(PoisonError::into_inner);
    exchange.requests.push(json!({
        "method": parts.method.as_str(),
        "url": parts.uri.to_string(),
        "headers": headers,
        "body_base64": tucuxi::blob(body),
    }));
    let reply = exchange.replies.pop_front().ok_or_else(|| failed("no response is left".to_owned()))?;
    let mut response = http::Response::builder().status(reply["status"].as_u64().map_or(0, |status| status as u16));
    for header in reply["headers"].as_array().into_iter().flatten() {
        response = response.header(header[0].as_str().unwrap_or_default(), header[1].as_str().unwrap_or_default());
    }
    let body = tucuxi::bytes(&reply["body"]).map_err(|error| failed(error.to_string()))?;
    response.body(Body::from(body)).map_err(|error| failed(error.to_string()))
}

/// The result of each step. The last one may be an error.
fn run(exchange: &Shared, session: &Session, resources: &mut HashMap<String, Resource>, case: &Value) -> Vec<Value> {
    let service = case["service"].as_str().unwrap_or_default();
    let root = match case.get("definitions") {
        Some(definitions) => with_definitions(exchange, service, definitions),
        None => match resources.get(service) {
            Some(resource) => Ok(resource.clone()),
            None => session.resource(service).map(|made| resources.entry(service.to_owned()).or_insert(made).clone()),
        },
    };
    let mut current = match root {
        Ok(root) => root,
        Err(error) => return vec![failure(&error)],
    };
    let mut results = Vec::new();
    for step in case["steps"].as_array().into_iter().flatten() {
        match take(&mut current, step) {
            Ok(result) => results.push(result),
            Err(error) => {
                results.push(failure(&error));
                break;
            }
        }
    }
    results.push(json!({"data": current.data().as_deref()}));
    results
}

fn take(current: &mut Resource, step: &Value) -> tucuxi::Result<Value> {
    let name = step["name"].as_str().unwrap_or_default();
    let params = step["params"].clone();
    let answer = match step["verb"].as_str().unwrap_or_default() {
        "child" => Answer::Resource(current.child(name, step["identifiers"].clone())?),
        "action" => current.action(name, params)?,
        "reference" => current.reference(name)?,
        "load" => return current.load().map(|()| Value::Null),
        "attributes" => return attributes(current, &step["names"]),
        "wait" => return current.wait_until(name, params).map(|_| Value::Null),
        _ => return listing(collection(current, step)?, step),
    };
    let result = describe_answer(&answer);
    if step["stays"] == true {
        return Ok(result);
    }
    // The next step is one of the first resource.
    match answer {
        Answer::Resource(resource) => *current = resource,
        Answer::Resources(resources) => *current = resources.into_iter().next().unwrap_or_else(|| current.clone()),
        _ => {}
    }
    Ok(result)
}

fn attributes(resource: &Resource, names: &Value) -> tucuxi::Result<Value> {
    let names = names.as_array().into_iter().flatten().filter_map(Value::as_str);
    let values = names.map(|name| Ok((name.to_owned(), resource.attribute(name)?)));
    values.collect::<tucuxi::Result<Map<_, _>>>().map(Value::Object)
}

fn collection(resource: &Resource, step: &Value) -> tucuxi::Result<Collection> {
    let mut collection = resource.collection(step["name"].as_str().unwrap_or_default())?;
    for filters in step["filters"].as_array().into_iter().flatten() {
        collection = collection.filter(filters.clone());
    }
    if let Some(limit) = step["limit"].as_u64() {
        collection = collection.limit(limit as usize);
    }
    if let Some(size) = step["page_size"].as_u64() {
        collection = collection.page_size(size as u32);
    }
    Ok(collection)
}

fn listing(collection: Collection, step: &Value) -> tucuxi::Result<Value> {
    if let Some(batch) = step["batch"].as_str() {
        return collection.batch(batch, step["params"].clone()).map(Value::Array);
    }
    if step["verb"] == "items" {
        return collection.into_iter().map(|item| Ok(describe(&item?))).collect();
    }
    let pages = collection.pages().map(|page| Ok(page?.iter().map(describe).collect::<Value>()));
    pages.collect()
}

fn describe_answer(answer: &Answer) -> Value {
    match answer {
        Answer::Value(value) => value.clone(),
        Answer::Resource(resource) => describe(resource),
        Answer::Resources(resources) => resources.iter().map(describe).collect(),
        _ => Value::Null,
    }
}

fn describe(resource: &Resource) -> Value {
    let names = resource.describe()["identifiers"].clone();
    let names = names.as_array().into_iter().flatten().filter_map(Value::as_str);
    let values = names.map(|name| (name.to_owned(), resource.identifier(name).cloned().unwrap_or_default()));
    json!({
        "type": resource.type_name(),
        "identifiers": values.collect::<Map<_, _>>(),
        "data": resource.data().as_deref(),
    })
}

fn failure(error: &tucuxi::Error) -> Value {
    json!({"error": error.to_string(), "kind": format!("{:?}", error.kind()), "code": error.code()})
}

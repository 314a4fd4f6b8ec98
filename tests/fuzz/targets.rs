//! Fuzz targets: code that parses untrusted bytes. A target takes any bytes and must terminate without a panic.
//!
//! `cargo fuzz` runs them with coverage guidance (`fuzz_targets/`); `tests/fuzz/main.rs` runs them for a few seconds on stable Rust.

use http::{HeaderName, HeaderValue, Response};
use once_cell::sync::Lazy;
use serde_json::{Value, json};
use tucuxi::dynamodb::{from_attribute_value, to_attribute_value};
use tucuxi::{Body, Client, Credentials, Environment, JmesPath, Resource, Session, SessionBuilder};

pub(crate) type Target = fn(&[u8]);

/// All targets, by name.
pub(crate) const TARGETS: &[(&str, Target)] = &[
    ("responses", responses),
    ("event_streams", event_streams),
    ("jmespath", jmespath),
    ("models", models),
    ("rule_sets", rule_sets),
    ("waiters", waiters),
    ("paginators", paginators),
    ("resources", resources),
    ("params", params),
    ("native_values", native_values),
    ("config_files", config_files),
];

/// One service of each protocol, and two of the protocols whose errors differ between services.
const OPERATIONS: &[(&str, &str)] = &[
    ("sqs", "receive_message"),
    ("dynamodb", "query"),
    ("lambda", "get_function"),
    ("s3", "list_objects_v2"),
    ("s3", "get_object_tagging"),
    ("s3", "copy_object"),
    ("sns", "list_topics"),
    ("iam", "get_role"),
    ("ec2", "describe_instances"),
    ("cloudwatch", "get_metric_data"),
    ("route53", "list_hosted_zones"),
    ("bedrock-runtime", "converse"),
];

const STREAMS: &[(&str, &str)] = &[
    ("kinesis", "subscribe_to_shard"),
    ("s3", "select_object_content"),
    ("bedrock-runtime", "converse_stream"),
    ("logs", "start_live_tail"),
    ("lambda", "invoke_with_response_stream"),
];

fn session() -> SessionBuilder {
    Session::builder()
        .environment(Environment::from_pairs::<&str, &str>([]))
        .region("us-east-1")
        .credentials(Credentials::new("AKIDEXAMPLE", "secret"))
        .transport(|_: http::Request<Body>| Ok(Response::new(Body::empty())))
}

fn client(service: &str) -> Client {
    static SESSION: Lazy<Session> = Lazy::new(|| session().build().expect("a session"));
    SESSION.client(service).expect("a bundled service")
}

/// Makes a response: the first three bytes choose the operation, the status and whether the next line is a header; the rest is
/// the body.
fn response_of<'d>(
    data: &'d [u8],
    operations: &'static [(&str, &str)],
) -> (&'static str, &'static str, Response<Body>) {
    const STATUSES: [u16; 8] = [200, 200, 200, 204, 301, 400, 403, 503];
    let at = |index: usize| usize::from(data.get(index).copied().unwrap_or_default());
    let (service, operation) = operations[at(0) % operations.len()];
    let rest: &'d [u8] = data.get(3..).unwrap_or_default();
    let (head, body) = match rest.iter().position(|byte| *byte == b'\n') {
        Some(end) if at(2) % 2 == 1 => (&rest[..end], &rest[end + 1..]),
        _ => (&rest[..0], rest),
    };
    let mut response = Response::new(Body::from(body.to_vec()));
    *response.status_mut() = http::StatusCode::from_u16(STATUSES[at(1) % STATUSES.len()]).expect("a status");
    let mut parts = head.splitn(2, |byte| *byte == b':');
    if let (Some(name), Some(value)) = (parts.next(), parts.next())
        && let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
    {
        response.headers_mut().insert(name, value);
    }
    (service, operation, response)
}

fn responses(data: &[u8]) {
    let (service, operation, response) = response_of(data, OPERATIONS);
    match client(service).parse_response(operation, response) {
        Ok(output) => drop(output.value.to_string()),
        Err(error) => one_line(&error),
    }
}

fn event_streams(data: &[u8]) {
    let (service, operation, response) = response_of(data, STREAMS);
    match client(service).parse_response(operation, response) {
        Ok(output) => output.events.into_iter().flatten().for_each(|event| match event {
            Ok(event) => drop(event.to_string()),
            Err(error) => one_line(&error),
        }),
        Err(error) => one_line(&error),
    }
}

/// Input: an expression, a line feed, a JSON document.
fn jmespath(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (expression, document) = text.split_once('\n').unwrap_or((&text, "{}"));
    let document = serde_json::from_str(document).unwrap_or(json!({"a": [{"b": "c", "n": 1}], "s": "t"}));
    match JmesPath::parse(expression).and_then(|expression| expression.search(&document)) {
        Ok(found) => drop(found.to_string()),
        Err(error) => one_line(&error),
    }
}

fn models(data: &[u8]) {
    let Ok(model) = serde_json::from_slice::<Value>(data) else { return };
    let client = session().model("fuzzed", model).build().and_then(|session| session.client("fuzzed"));
    let Ok(client) = client else { return };
    for operation in client.operation_names().into_iter().take(20) {
        drop(client.describe(&operation));
        drop(client.request(&operation).params(json!({})).prepare());
        drop(client.parse_response(&operation, Response::new(Body::from("{}"))));
    }
}

fn rule_sets(data: &[u8]) {
    let Ok(rules) = serde_json::from_slice::<Value>(data) else { return };
    let Ok(session) = session().endpoint_rule_set("sqs", rules).build() else { return };
    let params =
        json!({"Region": "us-east-1", "UseFIPS": false, "UseDualStack": false, "Endpoint": "http://[::1]:80/a b"});
    if let Err(error) = session.resolve_endpoint("sqs", &params) {
        one_line(&error);
    }
}

fn waiters(data: &[u8]) {
    let Ok(definition) = serde_json::from_slice::<Value>(data) else { return };
    if let Err(error) = client("sqs").waiter_from_json("fuzzed", definition) {
        one_line(&error);
    }
}

/// Input: a paginator's definition as JSON, and also a starting token.
fn paginators(data: &[u8]) {
    let ec2 = client("ec2");
    if let Ok(entry) = serde_json::from_slice::<Value>(data) {
        drop(ec2.paginator_from_json("describe_instances", entry));
    }
    let token = String::from_utf8_lossy(data);
    let pages = ec2.get_paginator("describe_instances").map(|paginator| paginator.starting_token(token));
    let Ok(pages) = pages else { return };
    if let Some(Err(error)) = pages.paginate(json!({})).next() {
        one_line(&error);
    }
}

/// Input: definitions of resources as JSON. All parts of all types are used, except waiters, which would wait.
fn resources(data: &[u8]) {
    let Ok(definitions) = serde_json::from_slice::<Value>(data) else { return };
    let Ok(session) = session().resources("sqs", definitions).build() else { return };
    match session.resource("sqs") {
        Ok(resource) => use_parts(&resource, 2),
        Err(error) => one_line(&error),
    }
}

fn use_parts(resource: &Resource, depth: usize) {
    let parts = resource.describe();
    let named = |category: &str| -> Vec<(String, Value)> {
        let members = parts[category].as_object().into_iter().flatten().take(10);
        members.map(|(name, described)| (name.clone(), described.clone())).collect()
    };
    for (name, _) in named("attributes") {
        resource.attribute(&name).unwrap_or_else(|error| {
            one_line(&error);
            Value::Null
        });
    }
    for (name, _) in named("actions") {
        drop(resource.action(&name, json!({"QueueName": "q"})).map_err(|error| one_line(&error)));
    }
    for (name, _) in named("references") {
        drop(resource.reference(&name).map_err(|error| one_line(&error)));
    }
    for (name, _) in named("collections") {
        let Ok(collection) = resource.collection(&name) else { continue };
        _ = collection.clone().limit(3).into_iter().count();
        drop(collection.batch("delete", ()).map_err(|error| one_line(&error)));
    }
    for (name, identifiers) in named("children").into_iter().filter(|_| depth > 0) {
        let given: Value = identifiers.as_array().into_iter().flatten().map(|_| json!("x")).collect();
        match resource.child(&name, given) {
            Ok(child) => use_parts(&child, depth - 1),
            Err(error) => one_line(&error),
        }
    }
    _ = resource.load().map_err(|error| one_line(&error));
}

/// Input: a byte that chooses the operation, and parameters as JSON.
fn params(data: &[u8]) {
    let Some((first, text)) = data.split_first() else { return };
    let Ok(params) = serde_json::from_slice::<Value>(text) else { return };
    let (service, operation) = OPERATIONS[usize::from(*first) % OPERATIONS.len()];
    match client(service).request(operation).params(params).prepare() {
        Ok(request) => drop(request.uri().to_string()),
        Err(error) => one_line(&error),
    }
}

/// What was read can be written, unless DynamoDB cannot store it, and is the same when it is read again.
fn native_values(data: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(data) else { return };
    let written = to_attribute_value(&value);
    for attribute in [Ok(value.clone()), written] {
        let again = attribute.and_then(from_attribute_value::<Value>).and_then(|native| {
            let again = to_attribute_value(&native)?;
            Ok((from_attribute_value::<Value>(again).expect("an attribute value"), native))
        });
        match again {
            Ok((again, native)) => assert_eq!(again, native),
            Err(error) => one_line(&error),
        }
    }
    if let Err(error) = client("dynamodb").table("t").call("query", value) {
        one_line(&error);
    }
}

fn config_files(data: &[u8]) {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), data).expect("a writable file");
    let session = Session::builder()
        .environment(Environment::from_pairs([("AWS_EC2_METADATA_DISABLED", "true")]))
        .config_file(file.path())
        .credentials_file(file.path())
        .transport(|_: http::Request<Body>| Ok(Response::new(Body::empty())))
        .build();
    match session {
        Ok(session) => drop(session.config_report().to_string()),
        Err(error) => one_line(&error),
    }
}

/// Checks that the text of an error is one line.
fn one_line(error: &tucuxi::Error) {
    let text = error.to_string();
    assert!(!text.contains(['\n', '\r', '\u{1b}', '\0']), "{text:?}");
}

/// Runs the target with the given name.
#[allow(dead_code, reason = "used by the targets of cargo fuzz; the test iterates the table")]
pub(crate) fn run(name: &str, data: &[u8]) {
    let found = TARGETS.iter().find(|(known, _)| *known == name);
    found.unwrap_or_else(|| panic!("no target {name}")).1(data);
}

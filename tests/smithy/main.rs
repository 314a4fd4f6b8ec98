//! The Smithy models that AWS publishes, against the bundled models of the same services: the same requests from generated
//! parameters, and the same values from generated responses.
//!
//! The folder in `TUCUXI_SMITHY_MODELS` has the models, `*.json` or `*.json.gz`; without it the test is ignored. `allowed.json` has
//! the differences that are expected, each with its reason. One that no longer differs is an error.

#![allow(clippy::unwrap_used)]

mod allowed;
mod generate;
mod responses;

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use libtest_mimic::{Arguments, Trial};
use serde_json::{Map, Value};
use tucuxi::{Body, Client, Clock, Credentials, Environment, Session, TransportError, TransportErrorKind};

use allowed::Allowed;
use generate::{Generator, common};

/// Parameters of each operation.
const CASES: u64 = 6;

fn main() {
    let folder = std::env::var_os("TUCUXI_SMITHY_MODELS").map(PathBuf::from);
    let is_missing = folder.is_none();
    let trial = Trial::test("published_models_act_like_the_bundled_ones", move || {
        compare_all(&folder.ok_or("TUCUXI_SMITHY_MODELS is not set")?);
        Ok(())
    });
    libtest_mimic::run(&Arguments::from_args(), vec![trial.with_ignored_flag(is_missing)]).exit();
}

fn compare_all(folder: &Path) {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut allowed = Allowed::read();
    let mut report = Report::default();
    let bundled = bundled_names();
    for path in paths {
        let model: Value = serde_json::from_slice(&read(&path)).unwrap();
        let id = service_id(&model);
        if let Some((_, name)) = bundled.iter().find(|(known, _)| *known == id) {
            compare_service(name, model, &mut allowed, &mut report);
        }
    }
    let Report { operations, requests, responses, errors, .. } = &report;
    println!("{operations} operations, {requests} requests, {responses} responses, {errors} errors");
    println!("{} allowed differences", report.allowed);
    report.faults.extend(allowed.unused());
    let shown: Vec<&str> = report.faults.iter().map(String::as_str).collect();
    assert!(shown.is_empty(), "{} differences\n{}", shown.len(), shown.join("\n"));
}

#[derive(Default)]
struct Report {
    operations: usize,
    requests: usize,
    responses: usize,
    allowed: usize,
    /// Errors that both sides have, or one.
    errors: usize,
    faults: BTreeSet<String>,
}

fn compare_service(name: &str, smithy: Value, allowed: &mut Allowed, report: &mut Report) {
    let ours = session().model(name, smithy).build().unwrap();
    let theirs = session().build().unwrap();
    let (ours_info, theirs_info) = (ours.service_info(name).unwrap(), theirs.service_info(name).unwrap());
    let model = botocore_model(name);
    let clients = [ours.client(name).unwrap(), theirs.client(name).unwrap()];
    let known: BTreeSet<&str> = theirs_info.operation_names().collect();
    for (index, operation) in ours_info.operation_names().enumerate() {
        if !known.contains(operation) {
            continue;
        }
        report.operations += 1;
        let (our_shapes, their_shapes) =
            (ours_info.operation(operation).unwrap(), theirs_info.operation(operation).unwrap());
        for case in 0..CASES {
            let mut generator = Generator::new(&model, (index as u64) * CASES + case, case);
            let definition = &model["operations"][operation];
            let params = generator.params(&definition["input"]);
            let params = our_shapes.input().map_or(Value::Object(Map::new()), |shape| common(params, shape));
            let prepared = clients.each_ref().map(|client| prepared(client, operation, &params));
            report.requests += 1;
            note([name, operation, "request"], prepared, &params, allowed, report);
            if definition["output"].is_null() || their_shapes.output().is_none() || our_shapes.output().is_none() {
                continue;
            }
            let output = generator.output(&definition["output"]);
            let output = common(output, our_shapes.output().unwrap());
            let Some(response) = responses::write(&model, definition, &output) else { continue };
            let parsed = clients.each_ref().map(|client| parsed(client, operation, &response));
            report.responses += 1;
            note([name, operation, "response"], parsed, &output, allowed, report);
        }
    }
}

fn note(
    place: [&str; 3],
    [mut ours, theirs]: [Vec<String>; 2],
    given: &Value,
    allowed: &mut Allowed,
    report: &mut Report,
) {
    allowed.without(place, &mut ours);
    report.errors += usize::from(ours.first().is_some_and(|line| line.starts_with("error: ")));
    if ours == theirs {
        return;
    }
    let lines = |side: &[String], other: &[String]| {
        side.iter().filter(|line| !other.contains(line)).map(|line| cut(line)).collect::<Vec<_>>().join(" | ")
    };
    let difference = format!("{} not {}", lines(&ours, &theirs), lines(&theirs, &ours));
    if allowed.allows(place, &difference) {
        report.allowed += 1;
        return;
    }
    report.faults.insert(format!("{}: {difference}\n    of {}", place.join(" "), cut(&given.to_string())));
}

fn cut(text: &str) -> String {
    text.chars().take(700).collect()
}

/// The parts of a request, or the error.
fn prepared(client: &Client, operation: &str, params: &Value) -> Vec<String> {
    let request = match client.request(operation).params(params.clone()).prepare() {
        Ok(request) => request,
        Err(error) => return vec![format!("error: {error}")],
    };
    let (parts, body) = request.into_parts();
    let mut lines = vec![format!("{} {}", parts.method, parts.uri)];
    let mut body = body.into_bytes().unwrap();
    if let Ok(mut value) = serde_json::from_slice::<Value>(&body) {
        // The order of members has no meaning there.
        value.sort_all_objects();
        body = value.to_string().into_bytes();
    }
    let mut headers: Vec<String> = parts
        .headers
        .iter()
        // It covers all of the rest.
        .filter(|(name, _)| {
            !matches!(name.as_str(), "authorization" | "x-amz-content-sha256" | "x-amz-s3session-token")
        })
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    headers.sort();
    lines.extend(headers);
    lines.push(String::from_utf8_lossy(&body).into_owned());
    lines
}

/// The value of a response, or the error.
fn parsed(client: &Client, operation: &str, (headers, body): &responses::Written) -> Vec<String> {
    let mut response = http::Response::builder().status(200);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    let output = client.parse_response(operation, response.body(Body::from(body.clone())).unwrap());
    vec![match output {
        Ok(output) => {
            let mut value = output.value.clone();
            value.sort_all_objects();
            value.to_string()
        }
        Err(error) => format!("error: {error}"),
    }]
}

#[derive(Debug)]
struct Fixed;

impl Clock for Fixed {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_785_585_600)
    }

    fn sleep(&self, _: Duration) {}
}

fn session() -> tucuxi::SessionBuilder {
    Session::builder()
        .environment(Environment::from_pairs([("AWS_BEARER_TOKEN_CODECATALYST", "token")]))
        .credentials(Credentials::new("AKIDEXAMPLE", "secret"))
        .region("eu-west-1")
        .clock(Fixed)
        .transport(|request: http::Request<Body>| inner_call(&request))
}

/// Responses to the calls that other calls depend on. Nothing else is sent.
fn inner_call(request: &http::Request<Body>) -> Result<http::Response<Body>, TransportError> {
    let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let body = match request.uri().query() {
        _ if target.ends_with(".DescribeEndpoints") => {
            r#"{"Endpoints": [{"Address": "cell.example", "CachePeriodInMinutes": 1440}]}"#
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

fn read(path: &Path) -> Vec<u8> {
    let bytes = std::fs::read(path).unwrap();
    if path.extension().is_none_or(|extension| extension != "gz") {
        return bytes;
    }
    let mut text = Vec::new();
    flate2::read::MultiGzDecoder::new(&*bytes).read_to_end(&mut text).unwrap();
    text
}

fn service_id(model: &Value) -> String {
    let shapes = model["shapes"].as_object().unwrap();
    let service = shapes.values().find(|shape| shape["type"] == "service").unwrap();
    service["traits"]["aws.api#service"]["sdkId"].as_str().unwrap().to_owned()
}

/// The service ids and names of the bundled models.
fn bundled_names() -> Vec<(String, String)> {
    let session = session().build().unwrap();
    let names = session.available_services();
    names.into_iter().map(|name| (session.service_info(&name).unwrap().service_id().to_owned(), name)).collect()
}

fn botocore_model(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name);
    let mut versions: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    versions.sort();
    serde_json::from_slice(&read(&versions.last().unwrap().join("service-2.json.gz"))).unwrap()
}

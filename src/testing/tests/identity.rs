//! What a server encodes, a client parses: for every operation of every service.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::outputs::Outputs;
use crate::call;
use crate::client::Client;
use crate::plan::{OperationPlan, ServicePlan};
use crate::testing::reply::{output_response, received};
use crate::{Credentials, Environment, Session};

/// More seeds are slow in a debug build: `TUCUXI_SEEDS=1..4`.
fn seeds() -> Vec<u64> {
    let given = std::env::var("TUCUXI_SEEDS").ok();
    let range = given.as_deref().and_then(|text| text.split_once("..")).map(|(from, to)| (from.parse(), to.parse()));
    match range {
        Some((Ok(from), Ok(to))) => (from..to).collect(),
        _ => vec![1],
    }
}

pub(super) fn session() -> Session {
    Session::builder()
        .environment(Environment::from_pairs([("", ""); 0]))
        .region("us-east-1")
        .credentials(Credentials::new("AKIDEXAMPLE", "secret"))
        .build()
        .unwrap()
}

/// Calls `check` for every operation of every service, on all processors.
pub(super) fn for_all_operations(
    check: impl Fn(&Client, &ServicePlan, &OperationPlan) -> Result<(), String> + Sync,
) -> usize {
    let session = session();
    let services = session.available_services();
    assert!(services.len() > 400, "{}", services.len());
    let (next, count, faults) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(service) = services.get(next.fetch_add(1, Ordering::Relaxed)) {
            let client = session.client(service).unwrap();
            let service_plan = client.service_plan();
            for name in service_plan.model.operation_names() {
                let plan = service_plan.operation(name).unwrap();
                count.fetch_add(1, Ordering::Relaxed);
                if let Err(fault) = check(&client, service_plan, plan) {
                    faults.lock().unwrap().push(format!("{service} {name}: {fault}"));
                }
            }
        }
    };
    std::thread::scope(|scope| {
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..workers {
            scope.spawn(work);
        }
    });
    let faults = faults.into_inner().unwrap();
    let shown: Vec<_> = faults.iter().take(20).map(|fault| fault.chars().take(1500).collect::<String>()).collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), shown.join("\n\n"));
    count.into_inner()
}

#[test]
fn what_is_encoded_is_parsed() {
    let seeds = seeds();
    let count = for_all_operations(|client, service, plan| {
        seeds.iter().try_for_each(|seed| round_trip(client, service, plan, *seed))
    });
    assert!(count > 19_000, "{count}");
}

fn round_trip(client: &Client, service: &ServicePlan, plan: &OperationPlan, seed: u64) -> Result<(), String> {
    let operation = &plan.operation;
    let output = match &operation.output {
        Some(shapes) => Outputs::new(seed, service, plan, shapes).output(),
        None => serde_json::Map::new(),
    };
    let sent = Value::Object(output);
    let response = output_response(service, plan, &sent, "id").map_err(|error| format!("{error}: {sent}"))?;
    let shown = String::from_utf8_lossy(response.body()).into_owned();
    let headers = format!("{:?}", response.headers());
    let parsed = client
        .parse_response(&operation.name, received(response))
        .and_then(|output| call::into_value(operation, output))
        .map_err(|error| format!("{error}\n  {sent}\n  {headers} {shown}"))?;
    let parsed = without_added(operation.name.as_str(), parsed);
    match crate::model::names::snake_case(&operation.name) {
        _ if parsed == sent => Ok(()),
        _ => Err(format!("{}\n  {headers} {shown}", difference("", &sent, &parsed))),
    }
}

/// S3's objects have the text of a time beside the time.
fn without_added(operation: &str, mut parsed: Value) -> Value {
    if let (true, Some(members)) = (matches!(operation, "GetObject" | "HeadObject"), parsed.as_object_mut()) {
        members.shift_remove("ExpiresString");
    }
    parsed
}

/// The first difference.
fn difference(path: &str, sent: &Value, parsed: &Value) -> String {
    match (sent, parsed) {
        (Value::Object(a), Value::Object(b)) => {
            for (name, value) in a {
                match b.get(name) {
                    Some(other) if other == value => {}
                    Some(other) => return difference(&format!("{path}.{name}"), value, other),
                    None => return format!("{path}.{name}: {value} is lost"),
                }
            }
            let more = b.keys().find(|name| !a.contains_key(*name));
            more.map_or_else(|| format!("{path}: equal"), |name| format!("{path}.{name}: {} appears", b[name]))
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let differing = a.iter().zip(b).position(|(a, b)| a != b);
            differing.map_or_else(
                || format!("{path}: equal"),
                |index| difference(&format!("{path}[{index}]"), &a[index], &b[index]),
            )
        }
        _ => format!("{path}: sent {sent}, parsed {parsed}"),
    }
}

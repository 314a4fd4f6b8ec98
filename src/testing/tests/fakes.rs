//! Fakes are replies of every operation, and end paginations and waiters.

use serde_json::{Value, json};

use super::identity::for_all_operations;
use crate::call;
use crate::model::shape::Kind;
use crate::model::validate::Validation;
use crate::testing::reply::{output_response, received};
use crate::testing::{Stub, fake, models};

#[test]
fn every_operation_has_a_fake_that_is_read_as_it_was_made() {
    let count = for_all_operations(|client, service, plan| {
        let operation = &plan.operation;
        let made = fake::reply(service, plan);
        let response = output_response(service, plan, &made, "id").map_err(|error| format!("{error}: {made}"))?;
        let read = client
            .parse_response(&operation.name, received(response))
            .and_then(|output| call::into_value(operation, output))
            .map_err(|error| format!("{error}: {made}"))?;
        for (name, value) in made.as_object().into_iter().flatten() {
            if read.get(name).is_none_or(|read| read != value) && !is_added(name) {
                return Err(format!("{name}: {value} was read as {:?}", read.get(name)));
            }
        }
        Ok(())
    });
    assert!(count > 19_000, "{count}");
}

/// What clients read in another way.
fn is_added(name: &str) -> bool {
    matches!(name, "ExpiresString")
}

#[test]
fn paginations_of_fakes_have_one_page() {
    let session = super::identity::session();
    let mut faults = Vec::new();
    for service in session.available_services() {
        let info = session.service_info(&service).unwrap();
        for name in info.operation_names() {
            let plan = info.plan().operation(name).unwrap();
            let Ok(Some(pagination)) = info.paginator(&plan.operation) else { continue };
            let page = fake::output(info.plan(), plan, Some(&pagination));
            let is_more = |more: &crate::jmespath::Expression| {
                more.search(&page).is_ok_and(|found| !matches!(*found, Value::Null | Value::Bool(false)))
            };
            let has_more = pagination.more_results.as_ref().map(is_more);
            let has_token = pagination
                .output_tokens
                .iter()
                .any(|token| token.search(&page).is_ok_and(|found| !found.is_null() && *found != json!("")));
            if has_more == Some(true) || has_more.is_none() && has_token {
                faults.push(format!("{service} {name}: {page}"));
            }
        }
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

/// Waiters that no reply satisfies, with the reason.
const UNSATISFIED: &[(&str, &str, &str)] = &[];

#[test]
fn every_waiter_can_be_satisfied() {
    let session = super::identity::session();
    let (mut faults, mut count) = (Vec::new(), 0);
    for service in session.available_services() {
        let info = session.service_info(&service).unwrap();
        for (name, operation) in info.waiters().unwrap() {
            count += 1;
            let excepted = UNSATISFIED.iter().any(|row| (row.0, row.1) == (service.as_str(), name.as_str()));
            let satisfied = satisfy(&service, &name, &operation);
            match (satisfied, excepted) {
                (Ok(()), false) | (Err(_), true) => {}
                (Ok(()), true) => faults.push(format!("{service} {name} is satisfied, but listed")),
                (Err(error), false) => faults.push(format!("{service} {name}: {error}")),
            }
        }
    }
    assert!(faults.is_empty(), "{} of {count}:\n{}", faults.len(), faults.join("\n"));
    assert!(count > 300, "{count}");
}

fn satisfy(service: &str, name: &str, operation: &str) -> Result<(), String> {
    let stub = Stub::new();
    stub.satisfy_waiter(service, name).map_err(|error| error.to_string())?;
    let client = stub.session_builder().validation(Validation::Off).build().unwrap().client(service).unwrap();
    let params = params(service, operation);
    let waited = client.get_waiter(name).unwrap().wait(params.clone());
    waited.map(drop).map_err(|error| format!("{error} with {params}"))
}

/// Parameters with all members that a request needs.
fn params(service: &str, operation: &str) -> Value {
    let (_, plan) = models::operation(service, operation).unwrap();
    let Some(input) = &plan.operation.input else { return json!({}) };
    let mut params = serde_json::Map::new();
    for index in &input.root_structure().unwrap().required {
        let member = &input.root_structure().unwrap().members[usize::from(*index)];
        let value = match input.kind(&member.target) {
            Kind::Integer => json!(1),
            Kind::List(_) => json!(["name"]),
            Kind::Structure(_) | Kind::Map { .. } => json!({}),
            _ if member.name.ends_with("ARN") => json!("arn:aws:kinesis:us-east-1:123456789012:channel/name"),
            _ => json!("name"),
        };
        params.insert(member.name.to_string(), value);
    }
    Value::Object(params)
}

//! Modeled errors of every operation, from code and members to the error of a call.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use super::identity::for_all_operations;
use super::outputs::{OWN, Outputs};
use crate::model::service::ModeledError;
use crate::testing::reply::{error_response, received};

#[test]
fn every_modeled_error_is_read_as_it_was_sent() {
    let others = AtomicUsize::new(0);
    for_all_operations(|client, service, plan| {
        for name in &plan.operation.errors {
            let Some(modeled) = service.model.modeled_error(name).map_err(|error| error.to_string())? else {
                return Err(format!("{name} is not found"));
            };
            // Two errors have this code, and clients know one of them.
            if service
                .model
                .error_shape(&modeled.code)
                .unwrap()
                .is_none_or(|known| *known.get(known.root().shape).name != *modeled.shape_name)
            {
                others.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            let mut outputs = Outputs::new(1, service, plan, &modeled.shapes);
            let members = Value::Object(outputs.error());
            check(client, service, plan, &modeled, &members).map_err(|fault| format!("{name}: {fault}"))?;
        }
        Ok(())
    });
    assert!(others.into_inner() < 5);
}

fn check(
    client: &crate::Client,
    service: &crate::plan::ServicePlan,
    plan: &crate::plan::OperationPlan,
    modeled: &ModeledError,
    members: &Value,
) -> Result<(), String> {
    let code = modeled.code.as_str();
    let response = error_response(service, plan, code, members, "id").map_err(|error| error.to_string())?;
    let shown = format!("{:?} {}", response.headers(), String::from_utf8_lossy(response.body()));
    let status = response.status().as_u16();
    let error = client.parse_response(&plan.operation.name, received(response)).map(|_| ()).unwrap_err();
    let found = error.service().ok_or_else(|| format!("{error}: {shown}"))?;
    if plan.operation.method == http::Method::HEAD {
        return if found.status() == status { Ok(()) } else { Err(format!("{error}: {shown}")) };
    }
    if found.code() != code || found.status() != status || found.request_id() != Some("id") {
        return Err(format!("{error}: {shown}"));
    }
    // Members that stand for the code or the id themselves.
    let is_own = |name: &str, value: &Value| OWN.contains(&name) || value == code || value == &modeled.shape_name;
    let (sent, read) = (members.as_object().unwrap(), found.body().as_object().unwrap());
    let is_same = sent.iter().all(|(name, value)| read.get(name) == Some(value))
        && read.iter().all(|(name, value)| sent.contains_key(name) || is_own(name, value));
    if !is_same {
        return Err(format!("{members} was read as {}: {shown}", found.body()));
    }
    Ok(())
}

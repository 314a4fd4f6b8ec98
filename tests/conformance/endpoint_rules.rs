//! The endpoint tests of all services: from rule set parameters to endpoint or error.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use tucuxi::{ErrorKind, Session};

use crate::compare::same;
use crate::suite::Suite;
use crate::vectors::{data, read_gzip, session};

/// `{service: [{params, expect, operationInputs}]}`.
pub(crate) fn cases() -> BTreeMap<String, Vec<Value>> {
    read_gzip(data().join("endpoints/cases.json.gz"))
}

pub(crate) fn suite() -> Suite {
    let mut suite = Suite::new("endpoint rules", 14_589);
    let session = session().build().expect("a session");
    let services = cases();
    assert_eq!(services.len(), 439);
    for (service, cases) in services {
        let service: Arc<str> = service.into();
        for (number, case) in cases.into_iter().enumerate() {
            let (session, service) = (session.clone(), Arc::clone(&service));
            suite.add(format!("{service}[{number}]"), move || run(&session, &service, &case));
        }
    }
    suite
}

fn run(session: &Session, service: &str, case: &Value) -> Result<(), String> {
    let none = Value::Object(Map::new());
    let params = case.get("params").unwrap_or(&none);
    let found = session.resolve_endpoint(service, params);
    let compared = match case["expect"]["error"].as_str() {
        Some(expected) => match found {
            Err(error) if error.kind() == ErrorKind::Endpoint => {
                same("error", &json!(expected), &json!(error.to_string()))
            }
            Err(error) => Err(format!("expected the error {expected:?}, found {:?}: {error}", error.kind())),
            Ok(found) => Err(format!("expected the error {expected:?}, found {found}")),
        },
        None => found.map_err(|error| error.to_string()).and_then(|found| {
            let expected = &case["expect"]["endpoint"];
            for part in ["url", "headers", "properties"] {
                same(part, expected.get(part).unwrap_or(&none), found.get(part).unwrap_or(&none))?;
            }
            Ok(())
        }),
    };
    compared.map_err(|failure| format!("{failure}\n  with {params}"))
}

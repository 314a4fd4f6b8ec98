//! The conformance vectors of the rules engine, and what the parser and the walk promise for any input at all.
//!
//! `tests/data/endpoint-rules` holds botocore's generic vectors; its SOURCE.md tells how they got there. The tests marked
//! `ignore` need botocore's source distribution, unpacked, in the folder that `TUCUXI_BOTOCORE_SOURCE` names.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::{AuthScheme, Endpoint, EndpointCache, ParamValue, Partitions, RuleSet};
use crate::error::{ErrorKind, Result};

/// Runs every case of a file of test cases; gives how many there were.
fn run_cases(rules: &RuleSet, partitions: &Partitions, cases: &Value, name: &str, failures: &mut Vec<String>) -> usize {
    let cases = cases["testCases"].as_array().expect("testCases is a list");
    for (number, case) in cases.iter().enumerate() {
        let params = case.get("params").and_then(Value::as_object).cloned().unwrap_or_default();
        let found = describe(&rules.resolve(&slots(rules, &params), partitions));
        let mut expected = case["expect"].clone();
        if let Some(endpoint) = expected.get_mut("endpoint").and_then(Value::as_object_mut) {
            endpoint.entry("headers").or_insert_with(|| json!({}));
            endpoint.entry("properties").or_insert_with(|| json!({}));
        }
        if found != expected {
            failures.push(format!("{name}[{number}]: found {found}, expected {expected}"));
        }
    }
    cases.len()
}

/// The slots for named parameters; names the rule set does not declare are left out.
fn slots<'a>(rules: &RuleSet, params: &'a Map<String, Value>) -> Vec<Option<ParamValue<'a>>> {
    let text = |value: &'a Value| Cow::Borrowed(value.as_str().expect("a string"));
    let value = |value: &'a Value| match value {
        Value::Bool(flag) => ParamValue::Bool(*flag),
        Value::Array(list) => ParamValue::StringArray(list.iter().map(text).collect()),
        other => ParamValue::String(text(other)),
    };
    rules.parameters().iter().map(|parameter| params.get(&*parameter.name).map(value)).collect()
}

/// A result in the form of the vectors' `expect`.
fn describe(result: &Result<Endpoint>) -> Value {
    let endpoint = match result {
        Ok(endpoint) => endpoint,
        Err(error) => return json!({"error": error.to_string()}),
    };
    let mut headers = Map::new();
    for (name, value) in &endpoint.headers {
        let values = headers.entry(name.clone()).or_insert_with(|| json!([]));
        values.as_array_mut().expect("made above").push(json!(value));
    }
    let mut properties = endpoint.properties.clone();
    if !endpoint.auth_schemes.is_empty() {
        properties.insert("authSchemes".to_owned(), endpoint.auth_schemes.iter().map(describe_scheme).collect());
    }
    json!({"endpoint": {"url": endpoint.url, "headers": headers, "properties": properties}})
}

fn describe_scheme(scheme: &AuthScheme) -> Value {
    let members = [
        ("name", Some(json!(scheme.name))),
        ("signingName", scheme.signing_name.as_ref().map(|name| json!(name))),
        ("signingRegion", scheme.signing_region.as_ref().map(|region| json!(region))),
        ("signingRegionSet", scheme.signing_region_set.as_ref().map(|regions| json!(regions))),
        ("disableDoubleEncoding", scheme.disable_double_encoding.map(|flag| json!(flag))),
    ];
    Value::Object(members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
}

fn read(path: impl AsRef<Path>) -> String {
    fs::read_to_string(path.as_ref()).unwrap_or_else(|error| panic!("{}: {error}", path.as_ref().display()))
}

fn read_json(path: impl AsRef<Path>) -> Value {
    serde_json::from_str(&read(path.as_ref())).unwrap_or_else(|error| panic!("{}: {error}", path.as_ref().display()))
}

/// The JSON files of a folder, by name without the extension, sorted.
fn json_files(folder: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| (path.file_stem().expect("it has a name").to_string_lossy().into_owned(), path))
        .collect();
    files.sort();
    files
}

fn source() -> PathBuf {
    PathBuf::from(std::env::var_os("TUCUXI_BOTOCORE_SOURCE").expect("TUCUXI_BOTOCORE_SOURCE names botocore's source"))
}

/// Every service's rule set and its newest folder's text, by service.
fn service_rule_sets() -> Vec<(String, String)> {
    let mut services: Vec<_> = fs::read_dir(source().join("botocore/data"))
        .expect("the data folder")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.is_dir())
        .collect();
    services.sort();
    let newest = |service: &PathBuf| {
        let versions = fs::read_dir(service).expect("a service's folder").map(|entry| entry.expect("readable").path());
        let path =
            versions.map(|version| version.join("endpoint-rule-set-1.json")).filter(|path| path.exists()).max()?;
        Some((service.file_name()?.to_string_lossy().into_owned(), read(path)))
    };
    services.iter().filter_map(newest).collect()
}

#[test]
#[ignore = "needs botocore's source distribution"]
fn all_cases_of_all_services() {
    let partitions =
        Partitions::parse(&read(source().join("botocore/data/partitions.json")), "partitions").expect("parses");
    let (mut failures, mut count, mut services) = (Vec::new(), 0, 0);
    for (service, text) in service_rule_sets() {
        let rules = RuleSet::parse(&text, &service).unwrap_or_else(|error| panic!("{error}"));
        let path = source().join(format!("tests/functional/endpoint-rules/{service}/endpoint-tests-1.json"));
        count += run_cases(&rules, &partitions, &read_json(path), &service, &mut failures);
        services += 1;
    }
    eprintln!("{services} services, {count} cases");
    assert!(failures.is_empty(), "{} of {count} cases fail:\n{}", failures.len(), failures.join("\n"));
    assert_eq!(count, 14_589);
}

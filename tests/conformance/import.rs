//! Generates the vectors from botocore's unpacked source distribution, in the folder of `TUCUXI_BOTOCORE_SOURCE`:
//!
//! ```text
//! TUCUXI_BOTOCORE_SOURCE=/path/to/botocore-1.44.5 cargo test --test conformance -- --ignored --exact import
//! ```
//!
//! The same source gives the same bytes.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};
use serde_json::{Map, Value, json};

use crate::vectors::{data, read_json};

pub(crate) fn import() {
    let source =
        std::env::var_os("TUCUXI_BOTOCORE_SOURCE").expect("TUCUXI_BOTOCORE_SOURCE names the source distribution");
    let tests = PathBuf::from(source).join("tests");
    for folder in ["input", "output", "legacy/input", "legacy/output"] {
        protocols(&tests.join("unit/protocols").join(folder), &data().join("protocols").join(folder));
    }
    endpoints(&tests.join("functional/endpoint-rules"), &data().join("endpoints/cases.json.gz"));
    responses(&tests.join("unit/response_parsing"), &data().join("responses/cases.json.gz"));
}

/// Writes one line for each suite. The description of a suite is kept, because the older vectors have no other name.
fn protocols(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the folder can be made");
    for file in files(from, "json") {
        let Value::Array(mut suites) = read_json(&file) else { panic!("{} is no list", file.display()) };
        let lines: Vec<String> = suites.iter_mut().map(|suite| without_prose(suite).to_string()).collect();
        let text = format!("[\n{}\n]\n", lines.join(",\n"));
        write(&to.join(file.file_name().expect("a file has a name")), text.as_bytes());
    }
}

/// Removes the prose from shapes, operations and cases.
fn without_prose(suite: &mut Value) -> &Value {
    remove_documentation(&mut suite["shapes"]);
    for case in suite["cases"].as_array_mut().expect("a suite has cases") {
        case.as_object_mut().expect("a case is an object").remove("description");
        remove_documentation(&mut case["given"]);
    }
    suite
}

/// A member may be named `documentation`, too; it is then an object and is kept.
fn remove_documentation(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(remove_documentation),
        Value::Object(members) => {
            members.retain(|name, value| name != "documentation" || !value.is_string());
            members.values_mut().for_each(remove_documentation);
        }
        _ => {}
    }
}

/// Writes `{service: [case]}` without the documentation of the cases.
fn endpoints(from: &Path, to: &Path) {
    let mut services = BTreeMap::new();
    for folder in children(from) {
        let name = folder.file_name().expect("a folder has a name").to_string_lossy().into_owned();
        let mut cases = read_json(folder.join("endpoint-tests-1.json"))["testCases"].take();
        for case in cases.as_array_mut().expect("testCases is a list") {
            case.as_object_mut().expect("a case is an object").remove("documentation");
        }
        services.insert(name, cases);
    }
    write_gzip(to, &json!(services));
}

/// Writes `{name: {status, headers, body, expected}}`. The name is service and operation in kebab case.
fn responses(from: &Path, to: &Path) {
    let mut cases = Map::new();
    for (folder, expectations, extension, status) in [
        ("xml/responses", "xml/responses", "xml", 200),
        ("xml/errors", "xml/errors", "xml", 400),
        ("json/errors", "json/expected", "json", 400),
    ] {
        for file in files(&from.join(folder), extension) {
            let name = file.file_stem().expect("a file has a name").to_string_lossy().into_owned();
            let mut body = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            let mut headers = json!({});
            if body.contains("__headers__") {
                let mut whole: Value = serde_json::from_str(&body).expect("a body with headers is JSON");
                headers = whole.as_object_mut().and_then(|whole| whole.remove("__headers__")).expect("it has headers");
                body = whole.to_string();
            }
            let expected = read_json(from.join(expectations).join(format!("{name}.json")));
            let case = json!({"status": status, "headers": headers, "body": body, "expected": expected});
            assert!(cases.insert(format!("{folder}/{name}"), case).is_none(), "duplicate name {name}");
        }
    }
    write_gzip(to, &Value::Object(cases));
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    paths
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    children(folder).into_iter().filter(|path| path.extension().is_some_and(|found| found == extension)).collect()
}

/// Writes without a timestamp, so that the bytes depend only on the content.
fn write_gzip(path: &Path, value: &Value) {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), Compression::best());
    encoder.write_all(value.to_string().as_bytes()).expect("memory can be written");
    write(path, &encoder.finish().expect("memory can be written"));
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("the folder can be made");
    fs::write(path, bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

//! The example commands of the AWS CLI's documentation, and what the AWS CLI itself makes of them (`tests/data/awscli`).

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::{env, process, thread};

use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::Value;

use super::{explained, session};

/// A command, and what the AWS CLI made of it.
#[derive(Deserialize)]
struct Example {
    /// The page and the line.
    from: String,
    argv: Vec<String>,
    #[serde(default)]
    files: BTreeMap<String, String>,
    service: Option<String>,
    operation: Option<String>,
    waiter: Option<String>,
    params: Option<Value>,
    #[serde(default)]
    refused: bool,
}

/// The content of files that examples name. It is removed at the end.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.0);
    }
}

/// Every difference has a reason in `departures.json`, and every reason there is still needed.
#[test]
fn examples_mean_the_same() {
    let examples = examples();
    assert!(examples.len() > 7_000, "{} examples", examples.len());
    let folder = Folder(env::temp_dir().join(format!("tucuxi-examples-{}", process::id())));
    let (first, second) = examples.split_at(examples.len() / 2);
    let mut found = thread::scope(|scope| {
        let other = scope.spawn(|| differences(first, &folder.0.join("1")));
        let mut found = differences(second, &folder.0.join("2"));
        found.extend(other.join().unwrap());
        found
    });
    let reasons: BTreeMap<String, String> =
        serde_json::from_reader(File::open(data("departures.json")).unwrap()).unwrap();
    let stale: BTreeSet<&String> = reasons.keys().filter(|name| !found.contains_key(*name)).collect();
    assert!(stale.is_empty(), "no longer different: {stale:#?}");
    found.retain(|name, _| !reasons.contains_key(name));
    assert!(found.is_empty(), "{} different: {found:#?}", found.len());
    let limit = examples.len() / 100;
    assert!(reasons.len() <= limit, "{} departures, at most {limit} are allowed", reasons.len());
}

fn data(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/awscli").join(file)
}

fn examples() -> Vec<Example> {
    let lines = BufReader::new(GzDecoder::new(File::open(data("examples.jsonl.gz")).unwrap())).lines();
    lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect()
}

fn differences(examples: &[Example], folder: &Path) -> BTreeMap<String, String> {
    let mut session = session();
    let mut service = "";
    let mut found = BTreeMap::new();
    for example in examples {
        // The examples are in the order of services. A session keeps the models that it has read.
        if example.argv.first().is_some_and(|word| word != service) {
            session = super::session();
            service = &example.argv[0];
        }
        if let Some(difference) = difference(&session, example, folder) {
            found.insert(example.from.clone(), difference);
        }
    }
    found
}

fn difference(session: &tucuxi::Session, example: &Example, folder: &Path) -> Option<String> {
    for (name, content) in &example.files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let mut words: Vec<String> = example.argv.iter().map(|word| in_folder(word, folder)).collect();
    // Version 1 of the AWS CLI, which the expectations are from, takes text for blobs as it is.
    words.extend(["--cli-binary-format".to_owned(), "raw-in-base64-out".to_owned()]);
    let result = explained(session, words);
    _ = fs::remove_dir_all(folder);
    match (result, &example.params) {
        (Err(_), None) if example.refused => None,
        (Ok(_), None) if example.refused => Some("the AWS CLI refuses it".to_owned()),
        (Err(error), Some(_)) => Some(error.message(None)),
        (Ok((target, params)), Some(expected)) => {
            let is_same = Some(target.service.info.name()) == example.service.as_deref()
                && Some(target.operation.name()) == example.operation.as_deref()
                && target.waiter == example.waiter
                && plain(&params) == plain(expected);
            (!is_same).then(|| format!("{params}\ninstead of\n{expected}"))
        }
        // A command of its own.
        (_, None) => None,
    }
}

/// Files without a folder are in this one.
fn in_folder(word: &str, folder: &Path) -> String {
    ["file://", "fileb://"]
        .iter()
        .find_map(|scheme| word.strip_prefix(scheme).map(|name| format!("{scheme}{}", folder.join(name).display())))
        .unwrap_or_else(|| word.to_owned())
}

/// Whole numbers are equal whether they are written as floats or not.
fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().map_or_else(|| value.clone(), Value::from),
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(members) => members.iter().map(|(name, member)| (name.clone(), plain(member))).collect(),
        other => other.clone(),
    }
}

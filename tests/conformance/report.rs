//! Counts what passes, lists what fails, and holds both against `tests/data/skips.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use serde_json::Value;

use crate::vectors::{data, read_json};

/// The run of one suite.
pub(crate) struct Report {
    suite: &'static str,
    /// The vectors that are expected to fail, with the reason.
    skips: BTreeMap<String, String>,
    seen: BTreeSet<String>,
    passed: usize,
    skipped: usize,
    failures: Vec<String>,
}

impl Report {
    pub(crate) fn new(suite: &'static str) -> Report {
        Report { suite, skips: skips(suite), seen: BTreeSet::new(), passed: 0, skipped: 0, failures: Vec::new() }
    }

    /// Takes down how a vector went; an error tells what was expected and what was found.
    pub(crate) fn add(&mut self, id: &str, result: Result<(), String>) {
        if !self.seen.insert(id.to_owned()) {
            self.failures.push(format!("{id}: two vectors have this id"));
        }
        match (result, self.skips.get(id)) {
            (Ok(()), None) => self.passed += 1,
            (Err(_), Some(_)) => self.skipped += 1,
            (Err(fault), None) => self.failures.push(format!("{id}: {fault}")),
            (Ok(()), Some(reason)) => {
                self.failures.push(format!("{id}: passes, so it must leave tests/data/skips.json ({reason})"));
            }
        }
    }

    /// Prints the summary and panics where anything is not as it should be.
    pub(crate) fn finish(mut self, expected: usize) {
        let unknown = self.skips.keys().filter(|id| !self.seen.contains(*id));
        self.failures
            .extend(unknown.map(|id| format!("{id}: tests/data/skips.json names it, but there is no such vector")));
        if self.seen.len() != expected {
            self.failures.push(format!("expected {expected} vectors, found {}", self.seen.len()));
        }
        let mut summary = format!("{}: {} passed, {} skipped", self.suite, self.passed, self.skipped);
        if !self.failures.is_empty() {
            summary += &format!(", {} FAILED", self.failures.len());
        }
        // Straight to standard output: what the print macros write is shown only for tests that fail. Where it cannot be
        // written there is nobody to miss it.
        writeln!(std::io::stdout(), "{summary}").ok();
        assert!(self.failures.is_empty(), "{summary}\n\n{}\n", self.failures.join("\n\n"));
    }
}

/// `{suite: [{reason, vectors: [id]}]}`.
fn skips(suite: &str) -> BTreeMap<String, String> {
    let groups = read_json(data().join("skips.json"));
    let mut skips = BTreeMap::new();
    for group in groups[suite].as_array().into_iter().flatten() {
        let reason = group["reason"].as_str().filter(|reason| reason.len() > 20).expect("a skip has a reason");
        for id in group["vectors"].as_array().expect("a skip names its vectors") {
            let id = id.as_str().expect("a vector's id is text").to_owned();
            assert!(skips.insert(id.clone(), reason.to_owned()).is_none(), "{suite}: {id} is skipped twice");
        }
    }
    skips
}

#[test]
fn skips_name_existing_suites() {
    const SUITES: [&str; 7] = [
        "protocols input",
        "protocols output",
        "legacy protocols input",
        "legacy protocols output",
        "endpoint rules",
        "endpoint operations",
        "responses",
    ];
    let Value::Object(suites) = read_json(data().join("skips.json")) else { panic!("skips.json is an object") };
    for suite in suites.keys() {
        assert!(SUITES.contains(&suite.as_str()), "{suite} is no suite");
    }
}

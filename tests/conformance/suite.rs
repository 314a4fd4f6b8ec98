//! A suite of vectors as named tests, with the skips of `tests/data/skips.json`.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::vectors::{data, read_json};

/// Runs a vector. The error names the expected and the found value.
type Run = Box<dyn Fn() -> Result<(), String> + Send + Sync>;

pub(crate) struct Suite {
    name: &'static str,
    /// The number of vectors, so that a missing one is an error.
    expected: usize,
    vectors: Vec<(String, Run)>,
}

impl Suite {
    pub(crate) fn new(name: &'static str, expected: usize) -> Suite {
        Suite { name, expected, vectors: Vec::new() }
    }

    pub(crate) fn add(&mut self, id: String, run: impl Fn() -> Result<(), String> + Send + Sync + 'static) {
        self.vectors.push((id, Box::new(run)));
    }

    /// A test for each vector, and two for the suite as a whole.
    pub(crate) fn into_trials(self) -> Vec<Trial> {
        let Suite { name, expected, vectors } = self;
        let skips = skips(name);
        let ids: BTreeSet<&str> = vectors.iter().map(|(id, _)| id.as_str()).collect();
        let mut failures: Vec<String> = skips
            .keys()
            .filter(|id| !ids.contains(id.as_str()))
            .map(|id| format!("{id}: tests/data/skips.json names it, but there is no such vector"))
            .collect();
        if ids.len() != expected {
            failures.push(format!("expected {expected} vectors with unique ids, found {}", ids.len()));
        }
        let mut trials = vec![Trial::test(format!("{name}::all_vectors_are_here"), move || result(&failures))];
        let mut skipped = Vec::new();
        for (id, run) in vectors {
            let run: Arc<Run> = Arc::new(run);
            let test_name = format!("{name}::{id}");
            let is_skipped = skips.contains_key(&id);
            if is_skipped {
                skipped.push((id, Arc::clone(&run)));
            }
            trials.push(Trial::test(test_name, move || run().map_err(Failed::from)).with_ignored_flag(is_skipped));
        }
        trials.push(Trial::test(format!("{name}::skips_are_needed"), move || {
            // A vector that panics does not pass.
            let passes = |run: &Run| matches!(panic::catch_unwind(AssertUnwindSafe(run)), Ok(Ok(())));
            let passing = skipped.iter().filter(|(_, run)| passes(run));
            let failures: Vec<_> =
                passing.map(|(id, _)| format!("{id} passes, so it must leave tests/data/skips.json")).collect();
            result(&failures)
        }));
        trials
    }
}

fn result(failures: &[String]) -> Result<(), Failed> {
    if failures.is_empty() { Ok(()) } else { Err(Failed::from(failures.join("\n"))) }
}

/// `{suite: [{reason, vectors: [id]}]}`, as vector -> reason.
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

pub(crate) fn skips_name_existing_suites(suites: &[Suite]) -> Trial {
    let names: BTreeSet<&str> = suites.iter().map(|suite| suite.name).collect();
    Trial::test("skips_name_existing_suites", move || {
        let Value::Object(skips) = read_json(data().join("skips.json")) else { panic!("skips.json is an object") };
        let unknown = skips.keys().filter(|suite| !names.contains(suite.as_str()));
        result(&unknown.map(|suite| format!("{suite} is not a suite")).collect::<Vec<_>>())
    })
}

//! The conformance suites: vectors of other projects, run through the public API without a network.
//!
//! A suite is a file of this folder. Its vectors are in `tests/data`, whose SOURCE.md files name their origin. Each
//! vector is a test with its own name:
//!
//! ```text
//! cargo test --test conformance -- --list
//! cargo test --test conformance -- --exact 'responses::rest-xml/s3-list-objects'
//! ```
//!
//! `tests/data/skips.json` names the vectors that tucuxi does not follow, with the reason. They are ignored, and the
//! test `SUITE::skips_are_needed` fails if one of them passes. `import.rs` generates the data.

// Tests panic on unexpected results.
#![allow(clippy::unwrap_used)]

mod compare;
mod endpoint_operations;
mod endpoint_rules;
mod import;
mod input;
mod output;
mod responses;
mod suite;
#[path = "../support/mod.rs"]
mod support;
mod vectors;

use libtest_mimic::Trial;

fn main() {
    let suites = [
        input::protocols(),
        input::legacy_protocols(),
        output::protocols(),
        output::legacy_protocols(),
        endpoint_rules::suite(),
        endpoint_operations::suite(),
        responses::suite(),
    ];
    let mut trials = vec![
        Trial::test("compare::differences_are_found", || {
            compare::differences_are_found();
            Ok(())
        }),
        Trial::test("import", || {
            import::import();
            Ok(())
        })
        .with_ignored_flag(true),
        suite::skips_name_existing_suites(&suites),
    ];
    trials.extend(suites.into_iter().flat_map(suite::Suite::into_trials));
    support::suite::run_trials(trials);
}

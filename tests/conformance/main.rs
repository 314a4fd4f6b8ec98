//! The conformance suites: vectors that others wrote, run through the public API and without a network.
//!
//! A suite is a file of this folder; its vectors are in `tests/data`, whose SOURCE.md files tell where they come from. A
//! vector that fails for a reason stands in `tests/data/skips.json` with that reason, and a vector that stands there without
//! failing is an error. `import.rs` makes the data.

mod compare;
mod endpoint_operations;
mod endpoint_rules;
mod import;
mod input;
mod output;
mod report;
mod responses;
mod vectors;

//! Suites of cases in `tests/data`, and of functions with the same setup.
//!
//! A suite is a module with a function `suite`, and each case is a test with its own name (see `support::suite`):
//!
//! ```text
//! cargo test --test cases -- --list
//! cargo test --test cases quirks::s3_response
//! cargo test --test cases -- --exact 'errors::successes::the page of a captive portal (json)'
//! ```
//!
//! The attribute `#[test]` has no effect here: a function is a test by its row in the list of its suite.

// A panic fails the test.
#![allow(clippy::unwrap_used)]

#[path = "../support/mod.rs"]
mod support;

mod cancelling;
mod errors;
mod explain;
mod hosts;
mod jmespath;
mod leniency;
mod names;
mod paginators;
mod presign;
mod quirks;
mod redirects_and_discovery;
mod retry;
mod spans;
mod timestamps;
mod waiters;

fn main() {
    support::suite::run([
        cancelling::suite(),
        errors::suite(),
        explain::suite(),
        hosts::suite(),
        jmespath::suite(),
        leniency::suite(),
        names::suite(),
        paginators::suite(),
        presign::suite(),
        quirks::suite(),
        redirects_and_discovery::suite(),
        retry::suite(),
        spans::suite(),
        timestamps::suite(),
        waiters::suite(),
    ]);
}

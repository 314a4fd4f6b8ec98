//! Credential providers through the public API. Each case in `tests/data/credentials` and `tests/data/credentials-roles` is a test:
//! `cargo test --test credentials providers::process`.

// A failed expectation panics.
#![allow(clippy::unwrap_used)]

#[path = "../captured/mod.rs"]
mod captured;
mod providers;
mod roles;
#[path = "../support/mod.rs"]
mod support;

fn main() {
    captured::begin();
    support::suite::run([providers::suite(), roles::suite()]);
}

/// The message of an error, followed by those of its causes.
fn with_causes(error: &tucuxi::Error) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

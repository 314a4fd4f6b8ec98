//! Test doubles.

mod reply;

#[cfg(all(test, feature = "bundled-models"))]
mod tests;

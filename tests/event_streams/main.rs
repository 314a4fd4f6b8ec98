//! Event streams through the public API: every modeled operation that returns one, and every kind of failure. Frames
//! are made by the writer of AWS's own SDK.

// Tests panic on unexpected results, in server threads, too.
#![allow(clippy::unwrap_used)]

mod calls;
mod connections;
mod ends;
mod frames;
mod models;
#[path = "../support/mod.rs"]
mod support;

fn session() -> tucuxi::SessionBuilder {
    support::session::session("us-east-1")
}

//! Test doubles: code that uses this crate is tested without AWS, without a network, credentials or a clock.
//!
//! - [`Stub`] replies to calls by rules.
//! - [`Stub::faking`] replies to every call with an output made from the model.
//! - [`Tape`] records the calls of a session once, and replays them.
//! - [`FakeServer`] does the same for programs in any language.
//!
//! What they reply goes the way of every response: it is encoded as the service would do it, and read, checked, retried and turned
//! into errors by the same code.

mod clock;
mod fake;
mod matching;
mod models;
mod ranges;
mod replies;
mod reply;
mod rule;
mod serve;
mod stub;
mod tape;
mod transport;
mod waiters;

pub use matching::any;
pub use replies::Reply;
pub use rule::StubRule;
pub use serve::FakeServer;
pub use stub::{Stub, StubCall};
pub use tape::Tape;

#[cfg(test)]
mod tests;

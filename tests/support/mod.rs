//! Shared by the suites: cases as named tests, sessions, clocks and transports that respond from a script.
//!
//! A test file has `#[path = "../support/mod.rs"] mod support;` (or `mod support;` next to this folder).

#![allow(dead_code, unused_imports, unused_macros, reason = "each test program uses a part of it")]

pub(crate) mod clock;
pub(crate) mod fault_proxy;
pub(crate) mod script;
pub(crate) mod server;
pub(crate) mod session;
pub(crate) mod suite;

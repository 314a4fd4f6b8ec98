//! Event streams through the public API: every operation of every model that answers with one, and everything that can go
//! wrong on the way. Frames are made by the writer of AWS's own SDK.

// A test that finds something else than it expects shall panic, the server's threads included.
#![allow(clippy::unwrap_used)]

mod calls;
mod connections;
mod ends;
mod frames;
mod models;

//! The state of the attempt that runs on this thread: the transport's only thread-local.
//!
//! `ureq` opens, pools and calls the connections. It passes a timeout down to a connection that it takes from its pool,
//! and hands bytes and errors back, but offers no way to give such a connection anything else of the request, or to ask
//! it what it did. So an attempt leaves its [`Directions`] here, and the layers of the connection leave their
//! [`Observations`]. This is sound because `ureq` never changes threads: an attempt runs on the thread that called
//! `send` until the response head is read, and each read of a response body runs on the thread that reads.
//!
//! A state has a scope: [`run`] and its siblings put one in place and restore the outer one, also when a panic unwinds.
//! Scopes nest, since a request body may itself be the response of another attempt. What `ureq` passes down (the host,
//! the proxy, the timeout of a step) and what belongs to a transport as a whole does not go through here.

use std::cell::RefCell;
use std::fmt;
use std::io::Read;
use std::time::{Duration, Instant};

use http::{HeaderMap, Version};

use crate::cancel::CancelToken;

/// What an attempt, or the reader of a response body, asks of the layers of the connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Directions {
    /// Hold the request head back until the body, which is small and in memory.
    pub(super) join_head: bool,
    /// Deadline for the response head, or for reading the body.
    pub(super) response_deadline: Option<Instant>,
    /// Deadline for the connection, including proxy and TLS handshakes.
    pub(super) connect_deadline: Option<Instant>,
    /// Ends every wait.
    pub(super) cancel: Option<CancelToken>,
}

/// What the layers of the connection report.
#[derive(Debug, Default)]
pub(super) struct Observations {
    pub(super) phase: Phase,
    /// The attempt opened a new connection.
    pub(super) new_connection: bool,
    /// The operating system accepted bytes of the request.
    pub(super) wrote: bool,
    /// Bytes of the response arrived.
    pub(super) received: bool,
    /// The server no longer accepts the request body.
    pub(super) body_rejected: bool,
    /// Version and header fields of the response, which bypass `ureq`.
    pub(super) head: Option<(Version, HeaderMap)>,
    /// A large body, which bypasses it too.
    pub(super) large: Option<Box<dyn LargeBody>>,
}

/// A body that is received without `ureq`.
pub(super) trait LargeBody: Read + Send + fmt::Debug {
    fn length(&self) -> u64;
    /// Limits each wait for bytes, and all of them.
    fn limit(&mut self, idle: Option<Duration>, deadline: Option<Instant>);
}

/// How far an attempt has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Phase {
    #[default]
    Begun,
    Connecting,
    Handshaking,
    Connected,
    Sending,
}

#[derive(Debug, Default)]
struct AttemptState {
    directions: Directions,
    observations: Observations,
}

thread_local! {
    static CURRENT: RefCell<AttemptState> = RefCell::default();
}

/// Restores the state of the outer scope.
struct RestoreState(AttemptState);

impl Drop for RestoreState {
    fn drop(&mut self) {
        CURRENT.set(std::mem::take(&mut self.0));
    }
}

impl Phase {
    /// Whether there is no connection yet.
    pub(super) fn is_connecting(self) -> bool {
        matches!(self, Phase::Begun | Phase::Connecting | Phase::Handshaking)
    }
}

/// Runs an attempt with these directions, and returns what was observed.
pub(super) fn run<T>(directions: Directions, attempt: impl FnOnce() -> T) -> (T, Observations) {
    let state = AttemptState { directions, observations: Observations::default() };
    let _outer = RestoreState(CURRENT.replace(state));
    let result = attempt();
    (result, CURRENT.take().observations)
}

/// Runs code that is no part of the attempt, such as the source of the request body, which may itself read from a
/// connection.
pub(super) fn outside<T>(run_outside: impl FnOnce() -> T) -> T {
    run(Directions::default(), run_outside).0
}

/// Reads a response body of the crate's own transport, with a deadline.
pub(crate) fn reading_until<T>(deadline: Option<Instant>, read: impl FnOnce() -> T) -> T {
    run(Directions { response_deadline: deadline, ..Directions::default() }, read).0
}

/// Reads a response body that the token may cancel, within the deadline of the outer scope.
pub(super) fn reading_unless_cancelled<T>(cancel: &CancelToken, read: impl FnOnce() -> T) -> T {
    let response_deadline = current(|directions, _| directions.response_deadline);
    run(Directions { response_deadline, cancel: Some(cancel.clone()), ..Directions::default() }, read).0
}

/// Reports what happened.
pub(super) fn observe(change: impl FnOnce(&mut Observations)) {
    CURRENT.with_borrow_mut(|state| change(&mut state.observations));
}

/// What was asked, and what was observed so far.
pub(super) fn current<T>(look: impl FnOnce(&Directions, &Observations) -> T) -> T {
    CURRENT.with_borrow(|state| look(&state.directions, &state.observations))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joins_head() -> bool {
        current(|directions, _| directions.join_head)
    }

    #[test]
    fn inner_scope_leaves_the_outer_one_unchanged() {
        let ((), observed) = run(Directions { join_head: true, ..Directions::default() }, || {
            observe(|observed| observed.wrote = true);
            outside(|| {
                assert!(!joins_head());
                observe(|observed| observed.received = true);
            });
            let token = CancelToken::new();
            reading_unless_cancelled(&token, || {
                assert_eq!(current(|directions, _| directions.cancel.clone()), Some(token.clone()));
            });
            assert!(joins_head());
        });
        assert_eq!((observed.wrote, observed.received), (true, false));
        assert!(!joins_head());
    }

    #[test]
    fn scope_ends_when_a_panic_unwinds() {
        let directions = Directions { join_head: true, ..Directions::default() };
        std::panic::catch_unwind(|| run(directions, || std::panic::resume_unwind(Box::new(())))).unwrap_err();
        assert!(!joins_head());
    }

    #[test]
    fn cancellable_read_keeps_the_deadline_of_its_scope() {
        let deadline = Some(Instant::now());
        let seen = reading_until(deadline, || {
            reading_unless_cancelled(&CancelToken::new(), || current(|directions, _| directions.response_deadline))
        });
        assert_eq!(seen, deadline);
    }
}

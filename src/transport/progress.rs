//! Progress of the current attempt, one value per thread.
//!
//! The HTTP client passes no context to pooled connections, so the connection layers report here. An attempt up to the
//! response head runs entirely on the thread that called `send`.

use std::cell::Cell;
use std::time::Instant;

use http::{HeaderMap, Version};

#[derive(Debug, Clone, Copy)]
pub(super) struct Progress {
    pub(super) phase: Phase,
    /// Input: hold the request head back until the body, which is small and in memory.
    pub(super) join_head: bool,
    /// Input: deadline for the response head, or for reading the body.
    pub(super) response_deadline: Option<Instant>,
    /// Input: deadline for the connection, including proxy and TLS handshakes.
    pub(super) connect_deadline: Option<Instant>,
    /// Input: forward `https` requests to proxies that use TLS.
    pub(super) forwards_https: bool,
    /// The connection being established is the one to the proxy, nested in the one through it.
    pub(super) to_proxy: bool,
    /// The attempt opened a new connection.
    pub(super) new_connection: bool,
    /// The operating system accepted bytes of the request.
    pub(super) wrote: bool,
    /// Bytes of the response arrived.
    pub(super) received: bool,
    /// The server no longer accepts the request body.
    pub(super) body_rejected: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Begun,
    Connecting,
    Handshaking,
    Connected,
    Sending,
}

impl Progress {
    pub(super) const NONE: Progress = Progress {
        phase: Phase::Begun,
        join_head: false,
        response_deadline: None,
        connect_deadline: None,
        forwards_https: false,
        to_proxy: false,
        new_connection: false,
        wrote: false,
        received: false,
        body_rejected: false,
    };
}

impl Progress {
    /// The connect deadline, while there is no connection.
    pub(super) fn connect_deadline(&self) -> Option<Instant> {
        let is_connecting = matches!(self.phase, Phase::Begun | Phase::Connecting | Phase::Handshaking);
        self.connect_deadline.filter(|_| is_connecting)
    }
}

thread_local! {
    pub(super) static PROGRESS: Cell<Progress> = const {
        Cell::new(Progress::NONE)
    };
    /// Version and header fields of the last response head, which bypass the HTTP client.
    pub(super) static FIELDS: Cell<Option<(Version, HeaderMap)>> = const {
        Cell::new(None)
    };
}

/// Restores the progress of the outer attempt when a nested attempt on the same thread ends.
pub(super) struct RestoreProgress(pub(super) Progress);

impl Drop for RestoreProgress {
    fn drop(&mut self) {
        PROGRESS.set(self.0);
    }
}

/// Reads from a connection of the crate's own transport, with a deadline.
pub(crate) fn reading_until<T>(deadline: Option<Instant>, read: impl FnOnce() -> T) -> T {
    let _outer = RestoreProgress(PROGRESS.replace(Progress { response_deadline: deadline, ..Progress::NONE }));
    read()
}

pub(super) fn report(change: impl FnOnce(&mut Progress)) {
    let mut progress = PROGRESS.get();
    change(&mut progress);
    PROGRESS.set(progress);
}

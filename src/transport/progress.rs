//! How far the attempt of a thread has got.
//!
//! The HTTP client passes nothing of the caller's through to a connection that comes from its pool, so the layers of a connection
//! report here. All of an attempt, up to the head of the answer, happens in the thread that called `send`.

use std::cell::Cell;
use std::time::Instant;

use http::{HeaderMap, Version};

#[derive(Debug, Clone, Copy)]
pub(super) struct Progress {
    pub(super) phase: Phase,
    /// An order from above: the head waits in this process for the body, which is small and at hand.
    pub(super) join: bool,
    /// An order too: when the head of the answer must be there, or what is being read of its body.
    pub(super) answer_by: Option<Instant>,
    /// And when the connection must be there, with all that is said on it before the request.
    pub(super) connect_by: Option<Instant>,
    /// One more: whether `https` goes to proxies that are reached by TLS as it is.
    pub(super) forwards_https: bool,
    /// The connection that is being made is that to a proxy, within that through it.
    pub(super) to_proxy: bool,
    /// A new connection was made for it.
    pub(super) dialled: bool,
    /// The system has accepted bytes of the request.
    pub(super) wrote: bool,
    /// Something of the answer came.
    pub(super) received: bool,
    /// The server no longer accepts the request's body.
    pub(super) refused: bool,
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
        join: false,
        answer_by: None,
        connect_by: None,
        forwards_https: false,
        to_proxy: false,
        dialled: false,
        wrote: false,
        received: false,
        refused: false,
    };
}

impl Progress {
    /// When the connection must be there, while there is none.
    pub(super) fn connect_by(&self) -> Option<Instant> {
        let is_connecting = matches!(self.phase, Phase::Begun | Phase::Connecting | Phase::Handshaking);
        self.connect_by.filter(|_| is_connecting)
    }
}

thread_local! {
    pub(super) static PROGRESS: Cell<Progress> = const {
        Cell::new(Progress::NONE)
    };
    /// What was in the last head, which goes past the HTTP client.
    pub(super) static FIELDS: Cell<Option<(Version, HeaderMap)>> = const {
        Cell::new(None)
    };
}

/// Puts the progress of an attempt back that was under way when another one began in the same thread, whatever became of that.
pub(super) struct Outer(pub(super) Progress);

impl Drop for Outer {
    fn drop(&mut self) {
        PROGRESS.set(self.0);
    }
}

/// Reads from connections of the crate's own transport, but not beyond `until`.
pub(crate) fn reading_until<T>(until: Option<Instant>, read: impl FnOnce() -> T) -> T {
    let _outer = Outer(PROGRESS.replace(Progress { answer_by: until, ..Progress::NONE }));
    read()
}

pub(super) fn report(change: impl FnOnce(&mut Progress)) {
    let mut progress = PROGRESS.get();
    change(&mut progress);
    PROGRESS.set(progress);
}

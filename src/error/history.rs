//! The history of a failed call: its delays, and why it was not retried.

use std::time::Duration;

/// The history of a call up to its last attempt.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// The delays between the attempts.
    pub(crate) delays: Vec<Duration>,
    /// Why a retryable failure was not retried.
    pub(crate) stop_reason: Option<StopReason>,
    pub(crate) may_have_been_processed: bool,
    /// No more attempts are allowed.
    pub(crate) exhausted: bool,
    /// The deadline of the call had passed.
    pub(crate) out_of_time: bool,
}

/// Why a retryable failure was not retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StopReason {
    Quota,
    Deadline,
    Body,
}

impl StopReason {
    pub(super) fn text(self) -> &'static str {
        match self {
            StopReason::Quota => "not sent again, since the client's retry quota is used up",
            StopReason::Deadline => "not sent again, since the deadline leaves no time for it",
            StopReason::Body => "not sent again, since the body can be read only once",
        }
    }
}

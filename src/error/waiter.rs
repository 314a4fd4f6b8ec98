//! The error of a wait that ended without success.

use std::fmt;
use std::time::Duration;

use serde_json::Value;

use super::text::{Cut, MAX_NAME};

/// The result of one attempt of a waiter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WaiterState {
    /// The awaited state is reached.
    Success,
    /// The awaited state can no longer be reached.
    Failure,
    /// The awaited state is not reached yet; another attempt follows.
    Retry,
}

impl fmt::Display for WaiterState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WaiterState::Success => "success",
            WaiterState::Failure => "failure",
            WaiterState::Retry => "retry",
        })
    }
}

/// Why a wait ended without success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WaiterReason {
    /// An acceptor, or the waiter's closure, reported that success is no longer possible.
    Failure,
    /// The service returned an error that no acceptor matches: see [`Error::service`](crate::Error::service).
    UnexpectedError,
    /// The maximum number of attempts was reached.
    MaxAttempts,
    /// The deadline passed.
    Deadline,
    /// The wait was cancelled.
    Cancelled,
}

/// The details of a wait that ended without success, from [`Error::waiter`](crate::Error::waiter).
#[derive(Clone)]
pub struct WaiterFailure {
    pub(crate) waiter: String,
    pub(crate) reason: WaiterReason,
    pub(crate) deadline: Option<Duration>,
    pub(crate) acceptor: Option<(usize, String)>,
    pub(crate) attempts: u32,
    pub(crate) elapsed: Duration,
    pub(crate) last_response: Option<Value>,
    pub(crate) history: Vec<WaiterState>,
}

impl WaiterFailure {
    /// The waiter's name, `bucket_exists`.
    pub fn waiter_name(&self) -> &str {
        &self.waiter
    }

    /// Why the wait ended.
    pub fn reason(&self) -> WaiterReason {
        self.reason
    }

    /// The index of the acceptor that ended the wait, or of the last one that matched if something else ended it.
    ///
    /// `None` if none matched, and for waiters made from a closure.
    pub fn acceptor(&self) -> Option<usize> {
        self.acceptor.as_ref().map(|(index, _)| *index)
    }

    /// The rule of [that acceptor](Self::acceptor) as text: `path "Table.TableStatus" == "ACTIVE"`.
    pub fn rule(&self) -> Option<&str> {
        self.acceptor.as_ref().map(|(_, rule)| rule.as_str())
    }

    /// The number of calls of the operation.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The duration of the wait by the session's clock.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// The output of the last call.
    ///
    /// `None` if that call failed (see [`Error::service`](crate::Error::service)), or if there was no call.
    pub fn last_response(&self) -> Option<&Value> {
        self.last_response.as_ref()
    }

    /// The result of each attempt, in order.
    pub fn history(&self) -> &[WaiterState] {
        &self.history
    }
}

impl fmt::Display for WaiterFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.reason, self.deadline) {
            (WaiterReason::Failure, _) => f.write_str("reached the failure state")?,
            (WaiterReason::UnexpectedError, _) => f.write_str("stopped by an error that no acceptor expects")?,
            (WaiterReason::MaxAttempts, _) => f.write_str("no success and no attempts left")?,
            (WaiterReason::Deadline, Some(deadline)) => {
                write!(f, "no success by the deadline of {}", ShownDuration(deadline))?;
            }
            (WaiterReason::Deadline, None) => f.write_str("no success by the deadline")?,
            (WaiterReason::Cancelled, _) => f.write_str("cancelled")?,
        }
        let plural = if self.attempts == 1 { "" } else { "s" };
        write!(f, " after {} attempt{plural} in {}", self.attempts, ShownDuration(self.elapsed))?;
        match &self.acceptor {
            Some((index, rule)) => write!(f, ", last match: acceptors[{index}] ({})", Cut(rule, MAX_NAME)),
            None => Ok(()),
        }
    }
}

impl std::error::Error for WaiterFailure {}

impl fmt::Debug for WaiterFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The last response may contain secrets, so only `last_response()` returns it.
        f.debug_struct("WaiterFailure")
            .field("waiter", &self.waiter)
            .field("reason", &self.reason)
            .field("acceptor", &self.acceptor)
            .field("attempts", &self.attempts)
            .field("elapsed", &self.elapsed)
            .field("history", &self.history)
            .finish_non_exhaustive()
    }
}

/// A duration in seconds, with milliseconds at most.
struct ShownDuration(Duration);

impl fmt::Display for ShownDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0.as_secs(), self.0.subsec_millis()) {
            (seconds, 0) => write!(f, "{seconds}s"),
            (seconds, millis) => write!(f, "{}s", format!("{seconds}.{millis:03}").trim_end_matches('0')),
        }
    }
}

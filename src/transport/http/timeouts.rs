//! From `ureq`'s timeouts to the deadlines of system calls.

use std::time::{Duration, Instant};

use ureq::Timeout;
use ureq::unversioned::transport::{NextTimeout, time as ureq_time};

use super::super::attempt;
use super::super::tcp::{Failed, IoLimits};
use crate::error::Cancelled;

/// Computes the timeouts of one connect, read or write, and the reason to report when they expire.
pub(super) fn limits(idle: Option<ureq_time::Duration>, timeout: NextTimeout) -> (IoLimits, NextTimeout) {
    let (response_deadline, connect_deadline, cancel) = attempt::current(|directions, observed| {
        let connect_deadline = directions.connect_deadline.filter(|_| observed.phase.is_connecting());
        (directions.response_deadline, connect_deadline, directions.cancel.clone())
    });
    let idle = idle.filter(|idle| !idle.is_not_happening()).map(|idle| *idle);
    // `ureq` gives the same timeout to several connecting steps in sequence.
    let deadline = deadline_of(timeout).into_iter().chain(connect_deadline).min();
    match response_deadline {
        Some(response) if deadline.is_none_or(|deadline| response < deadline) => {
            let timeout = NextTimeout { reason: Timeout::RecvResponse, ..timeout };
            (IoLimits { idle, deadline: Some(response), cancel }, timeout)
        }
        _ => (IoLimits { idle, deadline, cancel }, timeout),
    }
}

/// Converts a timeout that starts now into a deadline.
pub(super) fn deadline_of(timeout: NextTimeout) -> Option<Instant> {
    (!timeout.after.is_not_happening()).then(|| Instant::now().checked_add(*timeout.after)).flatten()
}

/// The timeout remaining until the deadline.
pub(super) fn remaining(timeout: NextTimeout, deadline: Option<Instant>) -> Result<NextTimeout, ureq::Error> {
    match deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
        Some(Duration::ZERO) => Err(ureq::Error::Timeout(timeout.reason)),
        Some(left) => Ok(NextTimeout { after: left.into(), ..timeout }),
        None => Ok(timeout),
    }
}

/// The error of a failed system call.
pub(super) fn timeout_or_io_error(failed: Failed, timeout: NextTimeout) -> ureq::Error {
    match failed {
        Failed::Io(error) => ureq::Error::Io(error),
        Failed::Cancelled => ureq::Error::Other(Box::new(Cancelled)),
        Failed::Idle | Failed::Deadline => ureq::Error::Timeout(timeout.reason),
    }
}

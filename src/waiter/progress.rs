//! The progress of a wait: its calls, their results, and the time that it has taken.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::Waited;
use crate::error::{Error, Result, ServiceError, WaiterState};
use crate::model::waiters::{Decision, Outcome};
use crate::output::Output;

/// Progress of a wait.
pub(super) struct Progress {
    pub(super) timer: Timer,
    pub(super) attempts: u32,
    /// Requests of all calls, retries included.
    pub(super) requests: u32,
    /// Index of the acceptor that matched last.
    pub(super) acceptor: Option<usize>,
    pub(super) history: Vec<WaiterState>,
    pub(super) last: Option<LastCall>,
}

impl Progress {
    pub(super) fn begin(now: SystemTime) -> Self {
        let timer = Timer { seen: now, elapsed: Duration::ZERO };
        Progress { timer, attempts: 0, requests: 0, acceptor: None, history: Vec::new(), last: None }
    }

    pub(super) fn record(&mut self, decision: Decision, last: LastCall) {
        self.attempts = self.attempts.saturating_add(1);
        self.requests = self.requests.saturating_add(last.requests());
        self.acceptor = decision.acceptor.or(self.acceptor);
        self.history.push(decision.state);
        self.last = Some(last);
    }

    pub(super) fn succeed(self, decision: Decision) -> Waited {
        let (value, service_error) = match self.last {
            Some(LastCall::Response { value, .. }) => (value, None),
            Some(LastCall::ServiceError { service, .. }) => (Value::Null, Some(service)),
            None => (Value::Null, None),
        };
        let Progress { attempts, history, timer, .. } = self;
        Waited { value, service_error, acceptor: decision.acceptor, attempts, elapsed: timer.elapsed, history }
    }
}

/// Result of the last call.
pub(super) enum LastCall {
    Response {
        status: u16,
        value: Value,
        requests: u32,
    },
    /// `error` is the call's error after `service` was taken out of it.
    ServiceError {
        error: Error,
        service: ServiceError,
    },
}

impl LastCall {
    /// Passes on an error that is not a service error: acceptors do not judge those.
    pub(super) fn from_result(result: Result<Output>) -> Result<LastCall> {
        match result {
            Ok(Output { value, metadata, .. }) => {
                Ok(LastCall::Response { status: metadata.status, value, requests: metadata.attempts })
            }
            Err(mut error) => match error.take_service() {
                Some(service) => Ok(LastCall::ServiceError { error, service }),
                None => Err(error),
            },
        }
    }

    pub(super) fn as_outcome(&self) -> Outcome<'_> {
        match self {
            LastCall::Response { status, value, .. } => Outcome::Response { status: *status, value },
            LastCall::ServiceError { service, .. } => Outcome::Error(service),
        }
    }

    pub(super) fn as_result(&self) -> Result<&Value, &ServiceError> {
        match self {
            LastCall::Response { value, .. } => Ok(value),
            LastCall::ServiceError { service, .. } => Err(service),
        }
    }

    pub(super) fn requests(&self) -> u32 {
        match self {
            LastCall::Response { requests, .. } => *requests,
            LastCall::ServiceError { error, .. } => error.attempts(),
        }
    }
}

/// Measures the elapsed time. Neither a clock that is set back nor one that stands still during a sleep can delay a deadline.
pub(super) struct Timer {
    pub(super) seen: SystemTime,
    pub(super) elapsed: Duration,
}

impl Timer {
    /// Adds the time since the last reading, and at least the time slept, `at_least`.
    pub(super) fn advance(&mut self, now: SystemTime, at_least: Duration) {
        let passed = now.duration_since(self.seen).unwrap_or_default().max(at_least);
        self.elapsed = self.elapsed.saturating_add(passed);
        self.seen = now;
    }
}

//! [`RetryPolicy`]: how failed calls of an operation are retried.

use std::time::Duration;

use serde_json::{Map, Value};

type LongPoll = fn(&Map<String, Value>) -> Duration;

/// The retry settings of an operation that differ from the defaults.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RetryPolicy {
    /// The default for `max_attempts`: the first attempt and all retries.
    pub(crate) max_attempts: Option<u32>,
    /// The base of the exponential backoff, except after throttling errors.
    pub(crate) base_delay: Option<Duration>,
    /// Additional error codes to retry as transient errors.
    pub(crate) codes: &'static [&'static str],
    /// For long-polling operations: the longest time the service waits before it responds, computed from the parameters.
    pub(crate) long_poll: Option<LongPoll>,
}

impl RetryPolicy {
    /// No difference from the defaults.
    pub(crate) const DEFAULT: RetryPolicy =
        RetryPolicy { max_attempts: None, base_delay: None, codes: &[], long_poll: None };
}

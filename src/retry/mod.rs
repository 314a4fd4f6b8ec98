//! Whether a failed call is repeated, and when: decisions and durations. This room never sleeps, and takes time and randomness
//! as arguments; the loop of attempts is in `call.rs`.
//!
//! The rules are those of botocore's mode `standard`, and of `adaptive`, which limits the rate of requests besides. What single
//! services do otherwise stands in `customize/`.

mod adaptive;
mod backoff;
mod classify;
mod quota;
mod skew;

use std::time::SystemTime;

pub(crate) use adaptive::RateLimiter;
pub(crate) use backoff::{Backoff, retry_after};
pub(crate) use classify::{
    Class, DeclaredRetry, REQUEST_EXPIRED, classify, is_expired, may_have_been_processed, tells_of_expiry,
};
pub(crate) use quota::Quota;
pub(crate) use skew::{Offset, Reading, Skew, date, may_be_skew};

use crate::config::RetryMode;

/// How often a request is sent at most, unless it is configured or the service has a number of its own.
pub(crate) const MAX_ATTEMPTS: u32 = 3;

/// What the calls of a client, and of all its clones, know of each other's failures.
#[derive(Debug)]
pub(crate) struct Retries {
    pub(crate) quota: Quota,
    /// In the mode `adaptive` only.
    pub(crate) limiter: Option<RateLimiter>,
    pub(crate) skew: Skew,
}

impl Retries {
    /// `legacy` counts as `standard`: its tables are older and its delays longer, and no new program should want them.
    pub(crate) fn new(mode: RetryMode, corrects_clock: bool, now: SystemTime) -> Self {
        let limiter = (mode == RetryMode::Adaptive).then(|| RateLimiter::new(now));
        Retries { quota: Quota::new(), limiter, skew: Skew::new(corrects_clock) }
    }
}

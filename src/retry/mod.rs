//! Retry decisions: whether to retry a failed call, and after which delay.
//!
//! This module never sleeps, and takes the time and random numbers as arguments. The loop of attempts is in `call.rs`. The
//! rules are those of botocore's mode `standard`, and of `adaptive`, which also limits the request rate. Exceptions for single
//! services are in `customize/`.

mod adaptive;
mod backoff;
mod classify;
mod policy;
mod quota;
mod skew;

use std::time::SystemTime;

pub(crate) use adaptive::RateLimiter;
pub(crate) use backoff::{Backoff, retry_after};
pub(crate) use classify::{
    Class, DeclaredRetry, REQUEST_EXPIRED, classify, is_expired, may_have_been_processed, tells_of_expiry,
};
pub(crate) use policy::RetryPolicy;
pub(crate) use quota::Quota;
pub(crate) use skew::{Offset, Reading, Skew, date, may_be_skew};

use crate::config::RetryMode;

/// Default number of attempts, if neither the configuration nor the service's policy sets one.
pub(crate) const MAX_ATTEMPTS: u32 = 3;

/// Retry state that all clones of a client share.
#[derive(Debug)]
pub(crate) struct Retries {
    pub(crate) quota: Quota,
    /// Set in the mode `adaptive` only.
    pub(crate) limiter: Option<RateLimiter>,
    pub(crate) skew: Skew,
}

impl Retries {
    /// The mode `legacy` is treated as `standard`: its tables are outdated and its delays longer.
    pub(crate) fn new(mode: RetryMode, corrects_skew: bool, now: SystemTime) -> Self {
        let limiter = (mode == RetryMode::Adaptive).then(|| RateLimiter::new(now));
        Retries { quota: Quota::new(), limiter, skew: Skew::new(corrects_skew) }
    }
}

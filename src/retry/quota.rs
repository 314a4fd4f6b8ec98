//! Retry quota: limits a client's retries until calls succeed again.

use std::sync::atomic::{AtomicU32, Ordering};

/// Capacity of the quota and costs of a retry (botocore's `retries/quota.py` and `standard.py: RetryQuotaChecker`).
const CAPACITY: u32 = 500;
const COST: u32 = 14;
const COST_WHEN_THROTTLED: u32 = 5;
/// Amount that a call gives back when its first attempt succeeds.
const REFUND: u32 = 1;

/// Retry quota that all clones of a client share.
///
/// An outage of the service exhausts the quota. Calls then fail without a retry instead of adding to the load.
#[derive(Debug)]
pub(crate) struct Quota(AtomicU32);

impl Quota {
    pub(crate) fn new() -> Self {
        Quota(AtomicU32::new(CAPACITY))
    }

    /// Takes the cost of a retry and returns it. Returns `None` and takes nothing if the quota is too low.
    pub(crate) fn acquire(&self, throttled: bool) -> Option<u32> {
        let cost = if throttled { COST_WHEN_THROTTLED } else { COST };
        // `Relaxed` suffices: the counter publishes no other data.
        let take = |available: u32| available.checked_sub(cost);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).ok().map(|_| cost)
    }

    /// Gives back the cost of a successful call's last retry, or [`REFUND`] if it needed no retry.
    pub(crate) fn release(&self, spent: Option<u32>) {
        // The common case writes nothing, so threads whose calls succeed do not contend for the counter.
        if self.0.load(Ordering::Relaxed) == CAPACITY {
            return;
        }
        let add = |available: u32| Some(CAPACITY.min(available + spent.unwrap_or(REFUND)));
        // The closure always returns `Some`, so the update cannot fail.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }

    #[cfg(test)]
    fn available(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_cost_and_success_refunds() {
        let quota = Quota::new();
        quota.release(None);
        assert_eq!(quota.available(), 500, "the quota never exceeds its capacity");
        assert_eq!(quota.acquire(false), Some(14));
        assert_eq!(quota.acquire(true), Some(5));
        assert_eq!(quota.available(), 481);
        quota.release(Some(5));
        quota.release(None);
        assert_eq!(quota.available(), 487);
        while quota.acquire(false).is_some() {}
        assert_eq!(quota.available(), 487 % 14);
        assert_eq!(quota.acquire(true), Some(5), "a cheaper retry still fits");
        assert_eq!((quota.acquire(false), quota.available()), (None, 487 % 14 - 5), "a failed acquire takes nothing");
    }

    #[test]
    fn concurrent_acquires_never_overdraw() {
        let quota = Quota::new();
        let spent = AtomicU32::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    while let Some(cost) = quota.acquire(true) {
                        spent.fetch_add(cost, Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!((spent.into_inner(), quota.available()), (500, 0));
    }
}

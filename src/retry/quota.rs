//! The retry quota: how much a client may repeat before it has success again.

use std::sync::atomic::{AtomicU32, Ordering};

/// What a full quota holds, and what repeats cost (botocore's `retries/quota.py` and `standard.py: RetryQuotaChecker`).
const CAPACITY: u32 = 500;
const COST: u32 = 14;
const COST_WHEN_THROTTLED: u32 = 5;
/// What a call gives back that succeeds at its first attempt.
const REFUND: u32 = 1;

/// Shared by all clones of a client.
///
/// A service that fails for everybody empties it, and calls then fail at once in place of adding to the load.
#[derive(Debug)]
pub(crate) struct Quota(AtomicU32);

impl Quota {
    pub(crate) fn new() -> Self {
        Quota(AtomicU32::new(CAPACITY))
    }

    /// Takes what a repeat costs. `None` means that there is not enough left, and then nothing is taken.
    pub(crate) fn acquire(&self, throttled: bool) -> Option<u32> {
        let cost = if throttled { COST_WHEN_THROTTLED } else { COST };
        // The number is all there is to agree upon; nothing else is published by it.
        let take = |left: u32| left.checked_sub(cost);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).ok().map(|_| cost)
    }

    /// Gives back what the last repeat of a successful call has cost, or a little where it needed none.
    pub(crate) fn release(&self, spent: Option<u32>) {
        // The common case writes nothing, so threads that only succeed do not contend for it.
        if self.0.load(Ordering::Relaxed) == CAPACITY {
            return;
        }
        let add = |left: u32| Some(CAPACITY.min(left + spent.unwrap_or(REFUND)));
        // The closure never declines.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }

    #[cfg(test)]
    fn left(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn costs_and_refunds() {
        let quota = Quota::new();
        quota.release(None);
        assert_eq!(quota.left(), 500, "never more than full");
        assert_eq!(quota.acquire(false), Some(14));
        assert_eq!(quota.acquire(true), Some(5));
        assert_eq!(quota.left(), 481);
        quota.release(Some(5));
        quota.release(None);
        assert_eq!(quota.left(), 487);
        while quota.acquire(false).is_some() {}
        assert_eq!(quota.left(), 487 % 14);
        assert_eq!(quota.acquire(true), Some(5), "a cheaper repeat is still paid for");
        assert_eq!((quota.acquire(false), quota.left()), (None, 487 % 14 - 5), "a refusal takes nothing");
    }

    #[test]
    fn threads_never_spend_the_same_twice() {
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
        assert_eq!((spent.into_inner(), quota.left()), (500, 0));
    }
}

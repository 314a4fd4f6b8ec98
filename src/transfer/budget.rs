//! [`MemoryBudget`]: how much of a transfer is in memory.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::cancel::{CANCEL_INTERVAL, CancelToken};

/// Limits the bytes of parts that are in memory.
pub(super) struct MemoryBudget {
    limit: u64,
    taken: Mutex<u64>,
    returned: Condvar,
}

impl MemoryBudget {
    pub(super) fn new(limit: u64) -> Self {
        MemoryBudget { limit, taken: Mutex::new(0), returned: Condvar::new() }
    }

    pub(super) fn limit(&self) -> u64 {
        self.limit
    }

    /// Waits until there is room, or until the transfer ends, and returns what to give back. More than the limit takes all of it.
    pub(super) fn take(&self, bytes: u64, stop: &CancelToken) -> u64 {
        let bytes = bytes.min(self.limit);
        let mut taken = self.lock();
        while *taken > 0 && taken.saturating_add(bytes) > self.limit && !stop.is_cancelled() {
            let waited = self.returned.wait_timeout(taken, CANCEL_INTERVAL);
            taken = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        *taken = taken.saturating_add(bytes);
        bytes
    }

    pub(super) fn give_back(&self, bytes: u64) {
        let mut taken = self.lock();
        *taken = taken.saturating_sub(bytes);
        self.returned.notify_all();
    }

    #[cfg(test)]
    pub(super) fn taken(&self) -> u64 {
        *self.lock()
    }

    fn lock(&self) -> MutexGuard<'_, u64> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn budget_is_never_exceeded() {
        let (budget, stop, in_memory) = (MemoryBudget::new(100), CancelToken::new(), AtomicU64::new(0));
        thread::scope(|scope| {
            for size in [10, 33, 60, 100, 1000] {
                let (budget, stop, in_memory) = (&budget, &stop, &in_memory);
                scope.spawn(move || {
                    for _ in 0..100 {
                        let taken = budget.take(size, stop);
                        assert!(in_memory.fetch_add(taken, Ordering::SeqCst) + taken <= 100);
                        in_memory.fetch_sub(taken, Ordering::SeqCst);
                        budget.give_back(taken);
                    }
                });
            }
        });
        assert_eq!(budget.taken(), 0);
    }

    #[test]
    fn end_of_the_transfer_ends_the_wait() {
        let (budget, stop) = (MemoryBudget::new(1), CancelToken::new());
        assert_eq!(budget.take(1, &stop), 1);
        stop.cancel();
        budget.take(1, &stop);
    }
}

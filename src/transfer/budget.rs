//! [`MemoryBudget`]: how much of a transfer is in memory.

use std::sync::{Condvar, Mutex, PoisonError};

use crate::cancel::{CANCEL_INTERVAL, CancelToken};

/// Limits the bytes of parts that are in memory. A part larger than the limit is alone in memory.
pub(super) struct MemoryBudget {
    limit: u64,
    taken: Mutex<u64>,
    returned: Condvar,
}

impl MemoryBudget {
    pub(super) fn new(limit: u64) -> Self {
        MemoryBudget { limit, taken: Mutex::new(0), returned: Condvar::new() }
    }

    /// Waits until there is room, or until the transfer ends.
    pub(super) fn take(&self, bytes: u64, stop: &CancelToken) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        while *taken > 0 && taken.saturating_add(bytes) > self.limit && !stop.is_cancelled() {
            let waited = self.returned.wait_timeout(taken, CANCEL_INTERVAL);
            taken = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        *taken = taken.saturating_add(bytes);
    }

    pub(super) fn give_back(&self, bytes: u64) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        *taken = taken.saturating_sub(bytes);
        self.returned.notify_all();
    }
}

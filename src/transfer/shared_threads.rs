//! [`SharedThreads`]: the threads that several transfers share.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::cancel::{CANCEL_INTERVAL, CancelToken};
use crate::deadline::Deadline;
use crate::error::{Error, ErrorKind, Result};

/// Limits the threads of several transfers. Each transfer waits for its first one, and takes more while there are some.
pub(super) struct SharedThreads {
    limit: usize,
    taken: Mutex<usize>,
    returned: Condvar,
}

/// A thread that a transfer has taken; given back on drop.
pub(super) struct SharedThread(Arc<SharedThreads>);

impl SharedThreads {
    pub(super) fn new(limit: usize) -> Arc<Self> {
        Arc::new(SharedThreads { limit: limit.max(1), taken: Mutex::new(0), returned: Condvar::new() })
    }

    /// Waits for a thread.
    pub(super) fn take(self: &Arc<Self>, stop: &CancelToken, deadline: Deadline) -> Result<SharedThread> {
        let mut taken = self.lock();
        while *taken >= self.limit {
            if stop.is_cancelled() {
                return Err(Error::new(ErrorKind::Cancelled, "cancelled"));
            }
            if deadline.has_passed() {
                return Err(Error::new(ErrorKind::Timeout, "the deadline of the transfer has passed"));
            }
            let waited = self.returned.wait_timeout(taken, CANCEL_INTERVAL);
            taken = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        *taken = taken.saturating_add(1);
        Ok(SharedThread(Arc::clone(self)))
    }

    /// Takes a thread, if there is one.
    pub(super) fn try_take(self: &Arc<Self>) -> Option<SharedThread> {
        let mut taken = self.lock();
        if *taken >= self.limit {
            return None;
        }
        *taken = taken.saturating_add(1);
        Some(SharedThread(Arc::clone(self)))
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for SharedThread {
    fn drop(&mut self) {
        let mut taken = self.0.lock();
        *taken = taken.saturating_sub(1);
        drop(taken);
        self.0.returned.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_taken_up_to_the_limit_and_given_back() {
        let (shared, stop) = (SharedThreads::new(2), CancelToken::new());
        let first = shared.take(&stop, Deadline::NONE).unwrap();
        let second = shared.try_take().unwrap();
        assert!(shared.try_take().is_none());
        drop(first);
        let third = shared.take(&stop, Deadline::NONE).unwrap();
        stop.cancel();
        assert_eq!(shared.take(&stop, Deadline::NONE).map(drop).unwrap_err().kind(), ErrorKind::Cancelled);
        drop((second, third));
        assert!(shared.take(&stop, Deadline::NONE).is_ok());
    }
}

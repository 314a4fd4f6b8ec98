//! [`TimedMutex`]: a lock with a deadline, held during slow work such as a call; and [`PastFailure`]: the cached error of
//! such work.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::SystemTime;

use crate::deadline::Deadline;
use crate::error::{Error, ErrorKind};

/// A mutex that can be waited for until a deadline. Locking it again in the same thread, as a user's closure may do
/// that runs under the lock, is an error and not a deadlock.
#[derive(Debug, Default)]
pub(crate) struct TimedMutex<T> {
    owner: Mutex<Option<ThreadId>>,
    released: Condvar,
    /// Locked only by the owner.
    content: Mutex<T>,
}

/// Grants access to the content; unlocks on drop.
pub(crate) struct TimedMutexGuard<'m, T> {
    mutex: &'m TimedMutex<T>,
    content: MutexGuard<'m, T>,
}

/// The last failure of the work under a lock, kept until it succeeds.
#[derive(Debug)]
pub(crate) struct PastFailure {
    pub(crate) at: SystemTime,
    /// The caller's deadline or cancel token ended the work, so the failure says nothing about other callers.
    pub(crate) ended_by_caller: bool,
    number: u64,
    /// Kind and message of the error, which cannot be cloned.
    kind: ErrorKind,
    message: String,
}

/// Counts failures, so that a thread that waited for the lock can reuse one that occurred meanwhile. If each thread
/// tried again in turn, the last one would wait for as many timeouts as there are threads.
#[derive(Debug, Default)]
pub(crate) struct Failures(AtomicU64);

impl Failures {
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    /// Records a failure of work for a caller with this deadline.
    pub(crate) fn note(&self, error: &Error, at: SystemTime, deadline: Deadline) -> PastFailure {
        PastFailure {
            at,
            ended_by_caller: error.is_cancelled() || deadline.is_set() && error.ended_by_deadline(),
            number: self.0.fetch_add(1, Ordering::AcqRel) + 1,
            kind: error.kind(),
            message: error.to_string(),
        }
    }
}

impl PastFailure {
    /// Whether it occurred after the count was taken.
    pub(crate) fn is_after(&self, count: u64) -> bool {
        self.number > count
    }

    pub(crate) fn to_error(&self) -> Error {
        Error::new(self.kind, self.message.as_str())
    }
}

/// Why the lock was not acquired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LockFailure {
    /// The deadline passed.
    TooLate,
    /// This thread already holds the lock.
    Reentered,
}

impl<T> TimedMutex<T> {
    /// Acquires the lock, waiting at most until `deadline`.
    pub(crate) fn lock(&self, deadline: Deadline) -> Result<TimedMutexGuard<'_, T>, LockFailure> {
        let me = thread::current().id();
        let mut owner = lock(&self.owner);
        while let Some(other) = *owner {
            if other == me {
                return Err(LockFailure::Reentered);
            }
            owner = match deadline.left() {
                Some(left) if left.is_zero() => return Err(LockFailure::TooLate),
                Some(left) => self.released.wait_timeout(owner, left).unwrap_or_else(PoisonError::into_inner).0,
                None => self.released.wait(owner).unwrap_or_else(PoisonError::into_inner),
            };
        }
        *owner = Some(me);
        drop(owner);
        Ok(TimedMutexGuard { mutex: self, content: lock(&self.content) })
    }

    /// Acquires the lock if it is free.
    pub(crate) fn try_lock(&self) -> Option<TimedMutexGuard<'_, T>> {
        let mut owner = lock(&self.owner);
        if owner.is_some() {
            return None;
        }
        *owner = Some(thread::current().id());
        drop(owner);
        Some(TimedMutexGuard { mutex: self, content: lock(&self.content) })
    }

    /// Whether this thread holds the lock.
    pub(crate) fn is_entered(&self) -> bool {
        *lock(&self.owner) == Some(thread::current().id())
    }
}

impl<T> Deref for TimedMutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.content
    }
}

impl<T> DerefMut for TimedMutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.content
    }
}

impl<T> Drop for TimedMutexGuard<'_, T> {
    fn drop(&mut self) {
        *lock(&self.mutex.owner) = None;
        // Waking one is enough: it checks the owner before its deadline, and wakes the next one on release.
        self.mutex.released.notify_one();
    }
}

/// Ignores poisoning: the content is never left half-updated when a closure panics under the lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::Duration;

    use super::*;

    #[test]
    fn lock_is_exclusive_and_respects_deadline() {
        const THREADS: u32 = 8;
        let mutex = TimedMutex::<u32>::default();
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    for _ in 0..100 {
                        let mut count = mutex.lock(Deadline::NONE).unwrap();
                        let seen = *count;
                        thread::yield_now();
                        *count = seen + 1;
                    }
                });
            }
        });
        let guard = mutex.lock(Deadline::NONE).unwrap();
        assert_eq!(*guard, 100 * THREADS);
        assert!(mutex.is_entered() && mutex.try_lock().is_none());
        assert_eq!(mutex.lock(Deadline::NONE).err(), Some(LockFailure::Reentered));
        thread::scope(|scope| {
            scope.spawn(|| {
                assert!(!mutex.is_entered() && mutex.try_lock().is_none());
                let deadline = Deadline::after(Duration::from_millis(20));
                assert_eq!(mutex.lock(deadline).err(), Some(LockFailure::TooLate));
                assert!(deadline.has_passed());
            });
        });
        drop(guard);
        // A free lock is acquired even after the deadline.
        assert!(mutex.lock(Deadline::after(Duration::ZERO)).is_ok());
    }

    #[test]
    fn panic_releases_lock() {
        let mutex = TimedMutex::<u32>::default();
        catch_unwind(AssertUnwindSafe(|| {
            let _guard = mutex.lock(Deadline::NONE);
            panic!("for a test");
        }))
        .unwrap_err();
        assert!(mutex.try_lock().is_some() && mutex.lock(Deadline::NONE).is_ok());
    }
}

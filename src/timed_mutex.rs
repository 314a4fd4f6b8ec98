//! [`TimedMutex`]: a lock for what takes its time, such as a call, and [`Failure`]: what is remembered of one that failed.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Instant, SystemTime};

use crate::error::{Error, ErrorKind};

/// A lock that is waited for no longer than one likes. Whoever has it and asks for it again, as closures of a program may that
/// are called meanwhile, is told so and not blocked for ever.
#[derive(Debug, Default)]
pub(crate) struct TimedMutex<T> {
    within: Mutex<Option<ThreadId>>,
    left: Condvar,
    /// Locked by the thread within alone.
    content: Mutex<T>,
}

/// What is behind the gate, which is open again when this is dropped.
pub(crate) struct TimedMutexGuard<'g, T> {
    gate: &'g TimedMutex<T>,
    content: MutexGuard<'g, T>,
}

/// How what is behind a gate failed the last time, where it has not succeeded since.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) at: SystemTime,
    /// Whoever asked had not the time for more, which says nothing of others.
    pub(crate) ended_by_deadline: bool,
    number: u64,
    /// Kind and message in place of the error, which cannot be cloned.
    kind: ErrorKind,
    message: String,
}

/// Counts the failures, so that whoever waited in front of the gate knows of those that came meanwhile: to try it again, thread by
/// thread, would make the last of them wait for as many time-outs as there are threads.
#[derive(Debug, Default)]
pub(crate) struct Failures(AtomicU64);

impl Failures {
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    /// `had_limit` tells that whoever asked had only so much time.
    pub(crate) fn note(&self, error: &Error, at: SystemTime, had_limit: bool) -> Failure {
        Failure {
            at,
            ended_by_deadline: had_limit && error.ended_by_deadline(),
            number: self.0.fetch_add(1, Ordering::AcqRel) + 1,
            kind: error.kind(),
            message: error.to_string(),
        }
    }
}

impl Failure {
    /// Whether it came when there had been so many.
    pub(crate) fn is_behind(&self, count: u64) -> bool {
        self.number > count
    }

    pub(crate) fn to_error(&self) -> Error {
        Error::new(self.kind, self.message.as_str())
    }
}

/// Why there is no way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LockFailure {
    TooLate,
    /// This very thread is within.
    Reentered,
}

impl<T> TimedMutex<T> {
    /// Waits for the way in, but not beyond `until`.
    pub(crate) fn lock_until(&self, until: Option<Instant>) -> Result<TimedMutexGuard<'_, T>, LockFailure> {
        let me = thread::current().id();
        let mut within = lock(&self.within);
        while let Some(other) = *within {
            if other == me {
                return Err(LockFailure::Reentered);
            }
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            within = match left {
                Some(left) if left.is_zero() => return Err(LockFailure::TooLate),
                Some(left) => self.left.wait_timeout(within, left).unwrap_or_else(PoisonError::into_inner).0,
                None => self.left.wait(within).unwrap_or_else(PoisonError::into_inner),
            };
        }
        *within = Some(me);
        drop(within);
        Ok(TimedMutexGuard { gate: self, content: lock(&self.content) })
    }

    /// `None` where anybody is within.
    pub(crate) fn try_lock(&self) -> Option<TimedMutexGuard<'_, T>> {
        let mut within = lock(&self.within);
        if within.is_some() {
            return None;
        }
        *within = Some(thread::current().id());
        drop(within);
        Some(TimedMutexGuard { gate: self, content: lock(&self.content) })
    }

    /// Whether this thread is within.
    pub(crate) fn is_entered(&self) -> bool {
        *lock(&self.within) == Some(thread::current().id())
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
        *lock(&self.gate.within) = None;
        // One is enough: who is woken up looks at the gate before the time, and wakes up the next one when it leaves.
        self.gate.left.notify_one();
    }
}

/// What is behind a gate is never half done when somebody's closure panics there.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::Duration;

    use super::*;

    #[test]
    fn one_thread_at_a_time_and_none_waits_too_long() {
        const THREADS: u32 = 8;
        let gate = TimedMutex::<u32>::default();
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    for _ in 0..100 {
                        let mut count = gate.lock_until(None).unwrap();
                        let seen = *count;
                        thread::yield_now();
                        *count = seen + 1;
                    }
                });
            }
        });
        let within = gate.lock_until(None).unwrap();
        assert_eq!(*within, 100 * THREADS);
        assert!(gate.is_entered() && gate.try_lock().is_none());
        assert_eq!(gate.lock_until(None).err(), Some(LockFailure::Reentered));
        thread::scope(|scope| {
            scope.spawn(|| {
                assert!(!gate.is_entered() && gate.try_lock().is_none());
                let until = Instant::now() + Duration::from_millis(20);
                assert_eq!(gate.lock_until(Some(until)).err(), Some(LockFailure::TooLate));
                assert!(Instant::now() >= until);
            });
        });
        drop(within);
        // A time that is over is no reason not to enter an open gate.
        assert!(gate.lock_until(Some(Instant::now())).is_ok());
    }

    #[test]
    fn a_panic_leaves_it_open() {
        let gate = TimedMutex::<u32>::default();
        catch_unwind(AssertUnwindSafe(|| {
            let _within = gate.lock_until(None);
            panic!("for a test");
        }))
        .unwrap_err();
        assert!(gate.try_lock().is_some() && gate.lock_until(None).is_ok());
    }
}

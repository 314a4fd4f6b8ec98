//! [`CancelToken`]: ends a wait from another thread.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use std::{fmt, io, thread};

/// Waits that cannot be woken up check the token this often.
pub(crate) const CANCEL_INTERVAL: Duration = Duration::from_millis(50);

/// Cancels waits and requests from another thread. Clones are the same token, and equal. A cancelled token stays
/// cancelled.
///
/// ```
/// use tucuxi::CancelToken;
/// let token = CancelToken::new();
/// let other = token.clone();
/// std::thread::spawn(move || other.cancel()).join().unwrap();
/// assert!(token.is_cancelled());
/// ```
#[derive(Clone, Default)]
pub struct CancelToken(Arc<CancelState>);

#[derive(Default)]
struct CancelState {
    cancelled: Mutex<bool>,
    changed: Condvar,
    /// Its cancellation cancels this token, too.
    parent: Option<CancelToken>,
}

impl CancelToken {
    /// Creates a token that is not cancelled.
    pub fn new() -> Self {
        CancelToken::default()
    }

    /// Ends every wait and request that has this token; sleeping threads wake up.
    pub fn cancel(&self) {
        *self.lock() = true;
        self.0.changed.notify_all();
    }

    /// A token that is cancelled with this one, and on its own.
    pub(crate) fn child(&self) -> CancelToken {
        CancelToken(Arc::new(CancelState { parent: Some(self.clone()), ..CancelState::default() }))
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_cancelled(&self) -> bool {
        *self.lock() || self.0.parent.as_ref().is_some_and(CancelToken::is_cancelled)
    }

    /// Blocks for `duration`, or until the token is cancelled.
    pub(crate) fn wait(&self, duration: Duration) {
        let mut left = duration;
        // The cancellation of a parent does not wake up its children.
        let step = if self.0.parent.is_some() { CANCEL_INTERVAL } else { Duration::MAX };
        while !left.is_zero() && !self.is_cancelled() {
            let slice = left.min(step);
            let waited = self.0.changed.wait_timeout_while(self.lock(), slice, |cancelled| !*cancelled);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
            left = left.saturating_sub(slice);
        }
    }

    /// Runs `work` in a thread of its own, and returns its result, or `None` as soon as the token is cancelled. The
    /// work then goes on in the background, and its result is dropped.
    ///
    /// # Errors
    /// The system starts no thread, or the work panicked.
    pub(crate) fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> io::Result<Option<T>> {
        let (finish, finished) = mpsc::sync_channel(1);
        thread::Builder::new().spawn(move || finish.send(work()))?;
        while !self.is_cancelled() {
            match finished.recv_timeout(CANCEL_INTERVAL) {
                Ok(result) => return Ok(Some(result)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err(io::Error::other("a background thread panicked")),
            }
        }
        Ok(None)
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        // A panic cannot leave a flag in an invalid state.
        self.0.cancelled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether both are clones of one token.
impl PartialEq for CancelToken {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for CancelToken {}

impl fmt::Debug for CancelToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelToken").field("cancelled", &self.is_cancelled()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn child_is_cancelled_with_its_parent_and_alone() {
        let parent = CancelToken::new();
        let (one, other) = (parent.child(), parent.child());
        one.cancel();
        assert_eq!((one.is_cancelled(), other.is_cancelled(), parent.is_cancelled()), (true, false, false));
        let canceller = parent.clone();
        let thread = thread::spawn(move || canceller.cancel());
        other.wait(Duration::from_secs(600));
        thread.join().unwrap();
        assert!(other.is_cancelled());
    }

    #[test]
    fn work_returns_its_result_or_none_when_cancelled() {
        let token = CancelToken::new();
        assert_eq!(token.run(|| 7).unwrap(), Some(7));
        // The work waits until the caller has given up.
        let (release, wait) = mpsc::channel::<()>();
        let canceller = token.clone();
        let work = move || {
            canceller.cancel();
            let _ = wait.recv();
        };
        assert_eq!(token.run(work).unwrap(), None);
        drop(release);
    }

    #[test]
    fn clones_are_the_same_token() {
        let token = CancelToken::new();
        assert_eq!(token, token.clone());
        assert_ne!(token, CancelToken::new());
    }
}

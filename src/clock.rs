//! [`Clock`]: the source of time, either the machine's clock or one that a test controls.

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::cancel::CancelToken;

/// The source of time and sleep for a session.
///
/// Signatures, credential expiry, retries and waiters use the session's clock, so a test can run them at any time.
///
/// ```
/// use std::time::{Duration, SystemTime, UNIX_EPOCH};
///
/// #[derive(Debug)]
/// struct Frozen;
/// impl tucuxi::Clock for Frozen {
///     fn now(&self) -> SystemTime { UNIX_EPOCH + Duration::from_secs(1_440_938_160) }
///     fn sleep(&self, _: Duration) {}
/// }
/// let session = tucuxi::Session::builder().clock(Frozen).build()?;
/// # Ok::<(), tucuxi::Error>(())
/// ```
pub trait Clock: Send + Sync + fmt::Debug {
    /// The current time.
    fn now(&self) -> SystemTime;
    /// Blocks the calling thread for `duration`.
    fn sleep(&self, duration: Duration);

    /// Blocks the calling thread for `duration`, or until the token is cancelled.
    ///
    /// The default implementation sleeps 50 milliseconds at a time and checks the token in between. The machine's clock
    /// wakes up at once.
    fn sleep_unless_cancelled(&self, duration: Duration, cancel: &CancelToken) {
        const STEP: Duration = Duration::from_millis(50);
        let mut left = duration;
        while !left.is_zero() && !cancel.is_cancelled() {
            let step = left.min(STEP);
            self.sleep(step);
            left = left.saturating_sub(step);
        }
    }
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, duration: Duration) {
        std::thread::sleep(duration);
    }

    fn sleep_unless_cancelled(&self, duration: Duration, cancel: &CancelToken) {
        cancel.wait(duration);
    }
}

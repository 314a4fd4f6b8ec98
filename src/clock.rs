//! Time, as the rest of the crate sees it: a real clock, or one that a test moves by hand.

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::cancel::CancelToken;

/// Where a session takes the time from, and how it waits.
///
/// Signatures, credentials' expiry, retries and waiters all go through the session's clock, so a program can run them at any
/// moment it likes.
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
    /// The time now.
    fn now(&self) -> SystemTime;
    /// Blocks the calling thread for that long.
    fn sleep(&self, duration: Duration);

    /// Blocks the calling thread for that long, or until the token is cancelled.
    ///
    /// As it is given here, it sleeps in pieces of 50 milliseconds and looks at the token between them. The machine's clock
    /// wakes up at once.
    fn sleep_unless_cancelled(&self, duration: Duration, cancel: &CancelToken) {
        const PIECE: Duration = Duration::from_millis(50);
        let mut left = duration;
        while !left.is_zero() && !cancel.is_cancelled() {
            let piece = left.min(PIECE);
            self.sleep(piece);
            left = left.saturating_sub(piece);
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

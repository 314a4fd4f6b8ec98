//! A clock whose pauses take no time.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use crate::clock::Clock;

/// The time of the machine, and beyond it the pauses that were asked for.
#[derive(Debug, Default)]
pub(super) struct UnpausedClock(Mutex<Duration>);

impl Clock for UnpausedClock {
    fn now(&self) -> SystemTime {
        let paused = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = SystemTime::now();
        now.checked_add(paused).unwrap_or(now)
    }

    fn sleep(&self, duration: Duration) {
        let mut paused = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *paused = paused.saturating_add(duration);
    }
}

//! [`BandwidthLimit`]: how fast all transfers of one [`Transfer`](super::Transfer) may be together.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::cancel::CancelToken;
use crate::deadline::Deadline;

/// Bytes take their turns: those of one piece begin when those before have had their time. Time in which nothing is transferred
/// is not made up for, so a limit of a second holds for every second.
pub(super) struct BandwidthLimit {
    begun: Instant,
    /// When all bytes so far have had their time, counted from the beginning.
    free_at: Mutex<Duration>,
}

impl BandwidthLimit {
    pub(super) fn new() -> BandwidthLimit {
        BandwidthLimit { begun: Instant::now(), free_at: Mutex::default() }
    }

    /// Waits as long as these bytes take at `rate` bytes per second, or until the transfer ends. Returns whether there was time
    /// for that before the deadline.
    pub(super) fn wait(&self, bytes: u64, rate: u64, stop: &CancelToken, deadline: Deadline) -> bool {
        let wait = self.reserve(bytes, rate, self.begun.elapsed());
        let left = deadline.left().unwrap_or(Duration::MAX);
        stop.wait(left.min(wait));
        wait <= left
    }

    /// The time to wait from now.
    fn reserve(&self, bytes: u64, rate: u64, now: Duration) -> Duration {
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        let nanoseconds = u128::from(bytes).saturating_mul(1_000_000_000) / u128::from(rate.max(1));
        let time = Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX));
        *free_at = (*free_at).max(now).saturating_add(time);
        free_at.saturating_sub(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn pieces_wait_for_each_other() {
        let limit = BandwidthLimit::new();
        assert_eq!(limit.reserve(1000, 1000, Duration::ZERO), SECOND);
        // Another thread, at the same moment.
        assert_eq!(limit.reserve(500, 1000, Duration::ZERO), SECOND * 3 / 2);
        assert_eq!(limit.reserve(500, 1000, SECOND), SECOND);
    }

    #[test]
    fn idle_time_is_not_made_up_for() {
        let limit = BandwidthLimit::new();
        assert_eq!(limit.reserve(1000, 1000, SECOND * 3600), SECOND);
        assert_eq!(limit.reserve(0, 1000, SECOND * 3602), Duration::ZERO);
    }

    #[test]
    fn extremes_do_not_overflow() {
        let limit = BandwidthLimit::new();
        assert!(limit.reserve(u64::MAX, 0, Duration::MAX) < Duration::MAX);
        assert_eq!(limit.reserve(u64::MAX, u64::MAX, Duration::MAX), Duration::ZERO);
    }

    #[test]
    fn wait_ends_with_the_transfer_and_its_deadline() {
        let limit = BandwidthLimit::new();
        let stop = CancelToken::new();
        stop.cancel();
        limit.wait(u64::MAX, 1, &stop, Deadline::NONE);
        assert!(!limit.wait(u64::MAX, 1, &CancelToken::new(), Deadline::after(Duration::ZERO)));
    }
}

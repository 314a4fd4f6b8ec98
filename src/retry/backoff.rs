//! How long to wait before a repeat (botocore's `retries/standard.py: ExponentialBackoff`).

use std::time::Duration;

/// The base after a throttled attempt.
const THROTTLED: Duration = Duration::from_secs(1);
/// The base after any other failure, unless the service has one of its own.
const OTHERWISE: Duration = Duration::from_millis(50);
/// The most that the exponential part grows to.
const MOST: Duration = Duration::from_secs(20);
/// How much longer than its own choice a client waits at most because a server asks for it.
const MOST_ON_REQUEST: Duration = Duration::from_secs(5);

/// What a delay depends on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Backoff {
    /// The attempt that has just failed; the first is 1.
    pub(crate) attempt: u32,
    pub(crate) throttled: bool,
    /// The service's own base for failures that are not throttling.
    pub(crate) base: Option<Duration>,
    /// What the server asked for.
    pub(crate) retry_after: Option<Duration>,
}

impl Backoff {
    /// `jitter` is at random from 0 to 1, so that clients that failed together do not come back together.
    pub(crate) fn delay(self, jitter: f64) -> Duration {
        let base = if self.throttled { THROTTLED } else { self.base.unwrap_or(OTHERWISE) };
        let doubled = 1u32.checked_shl(self.attempt.saturating_sub(1)).unwrap_or(u32::MAX);
        let most = base.saturating_mul(doubled).min(MOST);
        let delay = Duration::try_from_secs_f64(most.as_secs_f64() * jitter.clamp(0.0, 1.0)).unwrap_or(most);
        match self.retry_after {
            Some(asked) => delay.max(asked.min(delay.saturating_add(MOST_ON_REQUEST))),
            None => delay,
        }
    }
}

/// The value of `x-amz-retry-after`, in milliseconds; anything but a whole number from 0 says nothing.
pub(crate) fn retry_after(header: &str) -> Option<Duration> {
    header.trim().parse().ok().map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(attempt: u32, throttled: bool, base: Option<u64>, retry_after: Option<u64>, jitter: f64) -> u128 {
        let millis = Duration::from_millis;
        Backoff { attempt, throttled, base: base.map(millis), retry_after: retry_after.map(millis) }
            .delay(jitter)
            .as_millis()
    }

    #[test]
    fn delays_double_up_to_a_limit() {
        for (attempt, expected) in
            [(1, 50), (2, 100), (3, 200), (9, 12_800), (10, 20_000), (33, 20_000), (u32::MAX, 20_000)]
        {
            assert_eq!(millis(attempt, false, None, None, 1.0), expected, "{attempt}");
        }
        for (attempt, expected) in [(1, 1_000), (2, 2_000), (5, 16_000), (6, 20_000)] {
            assert_eq!(millis(attempt, true, None, None, 1.0), expected, "{attempt}");
            assert_eq!(millis(attempt, true, Some(25), None, 1.0), expected, "a base of its own is not for throttling");
        }
        assert_eq!(millis(2, false, Some(25), None, 1.0), 50);
        assert_eq!((millis(1, true, None, None, 0.0), millis(1, true, None, None, 0.25)), (0, 250));
    }

    #[test]
    fn servers_may_ask_for_a_little_more() {
        for (asked, expected) in [(0, 500), (300, 500), (1_500, 1_500), (5_500, 5_500), (60_000, 5_500)] {
            assert_eq!(millis(1, true, None, Some(asked), 0.5), expected, "{asked}");
        }
        assert_eq!(retry_after(" 1500 "), Some(Duration::from_millis(1500)));
        for nothing in ["", "-1", "1.5", "soon", "99999999999999999999999"] {
            assert_eq!(retry_after(nothing), None, "{nothing}");
        }
    }
}

//! Delay before a retry: exponential backoff with jitter (botocore's `retries/standard.py: ExponentialBackoff`).

use std::time::Duration;

/// Base delay after a throttled attempt.
const THROTTLED_BASE: Duration = Duration::from_secs(1);
/// Base delay after any other failure, unless the service's policy sets one.
const DEFAULT_BASE: Duration = Duration::from_millis(50);
/// Upper limit of the exponential delay.
const MAX_DELAY: Duration = Duration::from_secs(20);
/// Upper limit of the time that `x-amz-retry-after` adds to the client's own delay.
const MAX_EXTRA_DELAY: Duration = Duration::from_secs(5);

/// Inputs of the delay before a retry.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Backoff {
    /// Number of the attempt that failed, counted from 1.
    pub(crate) attempt: u32,
    pub(crate) throttled: bool,
    /// Base delay of the service's retry policy, for failures other than throttling.
    pub(crate) base: Option<Duration>,
    /// Delay that the server requested for.
    pub(crate) retry_after: Option<Duration>,
}

impl Backoff {
    /// Computes the delay. `jitter` is a random number from 0 to 1, so that clients that fail together do not retry together.
    pub(crate) fn delay(self, jitter: f64) -> Duration {
        let base = if self.throttled { THROTTLED_BASE } else { self.base.unwrap_or(DEFAULT_BASE) };
        let doubled = 1u32.checked_shl(self.attempt.saturating_sub(1)).unwrap_or(u32::MAX);
        let max = base.saturating_mul(doubled).min(MAX_DELAY);
        let delay = Duration::try_from_secs_f64(max.as_secs_f64() * jitter.clamp(0.0, 1.0)).unwrap_or(max);
        match self.retry_after {
            Some(requested) => delay.max(requested.min(delay.saturating_add(MAX_EXTRA_DELAY))),
            None => delay,
        }
    }
}

/// Parses `x-amz-retry-after`, in milliseconds. Returns `None` for anything but a non-negative integer.
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
            assert_eq!(
                millis(attempt, true, Some(25), None, 1.0),
                expected,
                "the policy's base does not apply to throttling"
            );
        }
        assert_eq!(millis(2, false, Some(25), None, 1.0), 50);
        assert_eq!((millis(1, true, None, None, 0.0), millis(1, true, None, None, 0.25)), (0, 250));
    }

    #[test]
    fn servers_can_extend_delay_up_to_limit() {
        for (requested, expected) in [(0, 500), (300, 500), (1_500, 1_500), (5_500, 5_500), (60_000, 5_500)] {
            assert_eq!(millis(1, true, None, Some(requested), 0.5), expected, "{requested}");
        }
        assert_eq!(retry_after(" 1500 "), Some(Duration::from_millis(1500)));
        for invalid in ["", "-1", "1.5", "soon", "99999999999999999999999"] {
            assert_eq!(retry_after(invalid), None, "{invalid}");
        }
    }
}

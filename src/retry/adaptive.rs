//! Client-side rate limiter of the retry mode `adaptive`: CUBIC congestion control applied to requests (botocore's
//! `retries/adaptive.py`, `bucket.py` and `throttling.py`).
//!
//! The limiter is idle until the service throttles for the first time. From then on it sends requests at a rate that drops
//! with each throttling response and recovers without one.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const BETA: f64 = 0.7;
const SCALE: f64 = 0.4;
const SMOOTHING: f64 = 0.8;
/// The request rate is measured in windows of half a second.
const WINDOWS_PER_SECOND: f64 = 2.0;
/// The lowest rate limit, in requests per second.
const MIN_RATE: f64 = 0.5;
/// The rate limit never exceeds this multiple of the measured rate.
const MAX_RATIO_TO_MEASURED: f64 = 2.0;

/// Rate limiter that all clones of a client share.
#[derive(Debug)]
pub(crate) struct RateLimiter(Mutex<LimiterState>);

/// Times are in seconds since the epoch, rates in requests per second.
#[derive(Debug)]
struct LimiterState {
    enabled: bool,
    bucket: TokenBucket,
    measured: MeasuredRate,
    cubic: Cubic,
}

/// Holds permits for requests. The number is negative while requests wait for theirs.
#[derive(Debug)]
struct TokenBucket {
    rate: f64,
    capacity: f64,
    permits: f64,
    refilled_at: f64,
}

#[derive(Debug)]
struct MeasuredRate {
    rate: f64,
    count: f64,
    window_start: f64,
}

#[derive(Debug)]
struct Cubic {
    rate_at_throttle: f64,
    /// Time to recover to that rate, in seconds.
    recovery: f64,
    throttled_at: f64,
}

impl RateLimiter {
    pub(crate) fn new(now: SystemTime) -> Self {
        let now = seconds(now);
        RateLimiter(Mutex::new(LimiterState {
            enabled: false,
            bucket: TokenBucket { rate: 1.0, capacity: 1.0, permits: 0.0, refilled_at: now },
            measured: MeasuredRate { rate: 0.0, count: 0.0, window_start: now.floor() },
            cubic: Cubic { rate_at_throttle: 0.0, recovery: 0.0, throttled_at: now },
        }))
    }

    /// Takes the permit for a request. Returns how long to wait before sending it.
    pub(crate) fn acquire(&self, now: SystemTime) -> Duration {
        let mut state = self.state();
        if !state.enabled {
            return Duration::ZERO;
        }
        state.bucket.fill(seconds(now));
        state.bucket.permits -= 1.0;
        let wait = -state.bucket.permits / state.bucket.rate;
        Duration::try_from_secs_f64(wait).unwrap_or(Duration::ZERO)
    }

    /// Gives back the permit of a request that will not be sent.
    pub(crate) fn cancel(&self) {
        let mut state = self.state();
        if state.enabled {
            state.bucket.permits = (state.bucket.permits + 1.0).min(state.bucket.capacity);
        }
    }

    /// Updates the rate after a response, or after an attempt without one.
    pub(crate) fn learn(&self, throttled: bool, now: SystemTime) {
        let now = seconds(now);
        let mut state = self.state();
        let measured = state.measured.count(now);
        let rate = if throttled {
            let current = if state.enabled { measured.min(state.bucket.rate) } else { measured };
            state.enabled = true;
            state.cubic.throttle(current, now)
        } else {
            state.cubic.rate(now)
        };
        state.bucket.set_rate(rate.min(MAX_RATIO_TO_MEASURED * measured), now);
    }

    fn state(&self) -> MutexGuard<'_, LimiterState> {
        // Only arithmetic runs under the lock, so a poisoned state is still consistent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenBucket {
    fn fill(&mut self, now: f64) {
        let gained = (now - self.refilled_at).max(0.0) * self.rate;
        self.permits = (self.permits + gained).min(self.capacity);
        self.refilled_at = now;
    }

    fn set_rate(&mut self, rate: f64, now: f64) {
        self.fill(now);
        self.rate = rate.max(MIN_RATE);
        self.capacity = rate.max(1.0);
        self.permits = self.permits.min(self.capacity);
    }
}

impl MeasuredRate {
    fn count(&mut self, now: f64) -> f64 {
        let window = (now * WINDOWS_PER_SECOND).floor() / WINDOWS_PER_SECOND;
        self.count += 1.0;
        if window > self.window_start {
            let rate = self.count / (window - self.window_start);
            self.rate = rate * SMOOTHING + self.rate * (1.0 - SMOOTHING);
            self.count = 0.0;
            self.window_start = window;
        }
        self.rate
    }
}

impl Cubic {
    fn rate(&self, now: f64) -> f64 {
        SCALE * (now - self.throttled_at - self.recovery).powi(3) + self.rate_at_throttle
    }

    fn throttle(&mut self, rate: f64, now: f64) -> f64 {
        self.rate_at_throttle = rate;
        self.recovery = (rate * (1.0 - BETA) / SCALE).cbrt();
        self.throttled_at = now;
        rate * BETA
    }
}

fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> SystemTime {
        UNIX_EPOCH + Duration::try_from_secs_f64(seconds).unwrap()
    }

    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-3, "expected {expected}, found {found}");
    }

    /// Numbers from botocore's tests/unit/retries/test_throttling.py.
    #[test]
    fn cubic_rates_match_botocore() {
        let mut cubic = Cubic { rate_at_throttle: 0.0, recovery: 0.0, throttled_at: 0.0 };
        close(cubic.throttle(10.0, 5.0), 7.0);
        close(cubic.recovery, 1.9574);
        close(cubic.rate(5.0), 7.0);
        close(cubic.rate(5.0 + 1.9574), 10.0);
        assert!(cubic.rate(5.0 + 2.5) > 10.0 && cubic.rate(5.0 + 1.0) > 7.0);
        close(cubic.throttle(0.0, 9.0), 0.0);
    }

    #[test]
    fn rate_is_measured_per_half_second_and_smoothed() {
        let mut measured = MeasuredRate { rate: 0.0, count: 0.0, window_start: 0.0 };
        for call in 0..10 {
            close(measured.count(0.04 * f64::from(call)), 0.0);
        }
        close(measured.count(0.5), 0.8 * 22.0);
        close(measured.count(0.9), 0.8 * 22.0);
        close(measured.count(1.0), 0.8 * 4.0 + 0.2 * 17.6);
    }

    #[test]
    fn limiter_is_idle_before_first_throttling() {
        let limiter = RateLimiter::new(at(0.0));
        for call in 0..100 {
            assert_eq!(limiter.acquire(at(0.001 * f64::from(call))), Duration::ZERO);
            limiter.learn(false, at(0.001 * f64::from(call)));
        }
    }

    #[test]
    fn throttling_lowers_rate_and_success_raises_it() {
        let limiter = RateLimiter::new(at(0.0));
        // Ten requests per second, until the service throttles.
        for call in 0..20 {
            limiter.learn(false, at(0.1 * f64::from(call)));
        }
        limiter.learn(true, at(2.0));
        let throttled = limiter.state().bucket.rate;
        assert!((5.0..9.0).contains(&throttled), "{throttled}");
        // Spend the saved permits first.
        while limiter.state().bucket.permits > 0.0 {
            limiter.acquire(at(2.0));
        }
        let (first, second) = (limiter.acquire(at(2.0)), limiter.acquire(at(2.0)));
        assert!(
            second > first && second >= Duration::try_from_secs_f64(1.0 / throttled).unwrap(),
            "waiting requests queue up"
        );
        limiter.cancel();
        assert_eq!(limiter.acquire(at(2.0)), second, "a returned permit is used again");
        for call in 0..100 {
            limiter.learn(false, at(2.0 + 0.1 * f64::from(call)));
        }
        assert!(limiter.state().bucket.rate > 10.0);
        for _ in 0..50 {
            limiter.learn(true, at(12.0));
        }
        close(limiter.state().bucket.rate, MIN_RATE);
    }
}

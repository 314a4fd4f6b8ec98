//! The client-side rate limit of the mode `adaptive`: CUBIC, as TCP does it, on requests (botocore's `retries/adaptive.py`,
//! `bucket.py` and `throttling.py`). It does nothing before the first throttling; from then on requests go out at a measured
//! pace that shrinks when the service throttles and grows back when it does not.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const BETA: f64 = 0.7;
const SCALE: f64 = 0.4;
const SMOOTHING: f64 = 0.8;
/// Rates are measured over spans of half a second.
const SPANS_PER_SECOND: f64 = 2.0;
/// The lowest pace, in requests a second.
const LEAST_RATE: f64 = 0.5;
/// The pace never grows beyond this multiple of what is really sent.
const MOST_OF_MEASURED: f64 = 2.0;

/// Shared by all clones of a client.
#[derive(Debug)]
pub(crate) struct RateLimiter(Mutex<State>);

/// Times are in seconds, rates in requests a second.
#[derive(Debug)]
struct State {
    enabled: bool,
    bucket: Bucket,
    measured: Measured,
    cubic: Cubic,
}

/// Permits. Fewer than none are there when requests wait for theirs.
#[derive(Debug)]
struct Bucket {
    rate: f64,
    capacity: f64,
    permits: f64,
    filled_at: f64,
}

#[derive(Debug)]
struct Measured {
    rate: f64,
    count: f64,
    span_begun: f64,
}

#[derive(Debug)]
struct Cubic {
    rate_at_fault: f64,
    /// How long it takes to come back to that rate.
    recovery: f64,
    fault_at: f64,
}

impl RateLimiter {
    pub(crate) fn new(now: SystemTime) -> Self {
        let now = seconds(now);
        RateLimiter(Mutex::new(State {
            enabled: false,
            bucket: Bucket { rate: 1.0, capacity: 1.0, permits: 0.0, filled_at: now },
            measured: Measured { rate: 0.0, count: 0.0, span_begun: now.floor() },
            cubic: Cubic { rate_at_fault: 0.0, recovery: 0.0, fault_at: now },
        }))
    }

    /// Takes the permit for a request, and says how long to wait before it is good.
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

    /// Gives back the permit of a request that is not going to be sent.
    pub(crate) fn cancel(&self) {
        let mut state = self.state();
        if state.enabled {
            state.bucket.permits = (state.bucket.permits + 1.0).min(state.bucket.capacity);
        }
    }

    /// Learns from an answer, or from the lack of one.
    pub(crate) fn learn(&self, throttled: bool, now: SystemTime) {
        let now = seconds(now);
        let mut state = self.state();
        let measured = state.measured.count(now);
        let rate = if throttled {
            let current = if state.enabled { measured.min(state.bucket.rate) } else { measured };
            state.enabled = true;
            state.cubic.fault(current, now)
        } else {
            state.cubic.rate(now)
        };
        state.bucket.set_rate(rate.min(MOST_OF_MEASURED * measured), now);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Only arithmetic happens while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bucket {
    fn fill(&mut self, now: f64) {
        let gained = (now - self.filled_at).max(0.0) * self.rate;
        self.permits = (self.permits + gained).min(self.capacity);
        self.filled_at = now;
    }

    fn set_rate(&mut self, rate: f64, now: f64) {
        self.fill(now);
        self.rate = rate.max(LEAST_RATE);
        self.capacity = rate.max(1.0);
        self.permits = self.permits.min(self.capacity);
    }
}

impl Measured {
    fn count(&mut self, now: f64) -> f64 {
        let span = (now * SPANS_PER_SECOND).floor() / SPANS_PER_SECOND;
        self.count += 1.0;
        if span > self.span_begun {
            let rate = self.count / (span - self.span_begun);
            self.rate = rate * SMOOTHING + self.rate * (1.0 - SMOOTHING);
            self.count = 0.0;
            self.span_begun = span;
        }
        self.rate
    }
}

impl Cubic {
    fn rate(&self, now: f64) -> f64 {
        SCALE * (now - self.fault_at - self.recovery).powi(3) + self.rate_at_fault
    }

    fn fault(&mut self, rate: f64, now: f64) -> f64 {
        self.rate_at_fault = rate;
        self.recovery = (rate * (1.0 - BETA) / SCALE).cbrt();
        self.fault_at = now;
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

    /// The numbers of botocore's tests/unit/retries/test_throttling.py.
    #[test]
    fn cubic() {
        let mut cubic = Cubic { rate_at_fault: 0.0, recovery: 0.0, fault_at: 0.0 };
        close(cubic.fault(10.0, 5.0), 7.0);
        close(cubic.recovery, 1.9574);
        close(cubic.rate(5.0), 7.0);
        close(cubic.rate(5.0 + 1.9574), 10.0);
        assert!(cubic.rate(5.0 + 2.5) > 10.0 && cubic.rate(5.0 + 1.0) > 7.0);
        close(cubic.fault(0.0, 9.0), 0.0);
    }

    #[test]
    fn the_rate_is_measured_over_half_seconds_and_smoothed() {
        let mut measured = Measured { rate: 0.0, count: 0.0, span_begun: 0.0 };
        for call in 0..10 {
            close(measured.count(0.04 * f64::from(call)), 0.0);
        }
        close(measured.count(0.5), 0.8 * 22.0);
        close(measured.count(0.9), 0.8 * 22.0);
        close(measured.count(1.0), 0.8 * 4.0 + 0.2 * 17.6);
    }

    #[test]
    fn nothing_is_limited_before_the_first_throttling() {
        let limiter = RateLimiter::new(at(0.0));
        for call in 0..100 {
            assert_eq!(limiter.acquire(at(0.001 * f64::from(call))), Duration::ZERO);
            limiter.learn(false, at(0.001 * f64::from(call)));
        }
    }

    #[test]
    fn throttling_slows_down_and_success_speeds_up() {
        let limiter = RateLimiter::new(at(0.0));
        // Ten requests a second, until the service has enough of it.
        for call in 0..20 {
            limiter.learn(false, at(0.1 * f64::from(call)));
        }
        limiter.learn(true, at(2.0));
        let throttled = limiter.state().bucket.rate;
        assert!((5.0..9.0).contains(&throttled), "{throttled}");
        // What was left over goes first.
        while limiter.state().bucket.permits > 0.0 {
            limiter.acquire(at(2.0));
        }
        let (first, second) = (limiter.acquire(at(2.0)), limiter.acquire(at(2.0)));
        assert!(
            second > first && second >= Duration::try_from_secs_f64(1.0 / throttled).unwrap(),
            "those who wait stand in a line"
        );
        limiter.cancel();
        assert_eq!(limiter.acquire(at(2.0)), second, "a permit that was given back is given out again");
        for call in 0..100 {
            limiter.learn(false, at(2.0 + 0.1 * f64::from(call)));
        }
        assert!(limiter.state().bucket.rate > 10.0);
        for _ in 0..50 {
            limiter.learn(true, at(12.0));
        }
        close(limiter.state().bucket.rate, LEAST_RATE);
    }
}

//! Clocks that differ: how far the service's is off the client's, as far as its refusals tell.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

/// These always speak of the time.
const SURELY: &[&str] = &["RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"];
/// These come of a wrong clock too, but more often of wrong credentials. An answer to HEAD has no code but its status.
const PERHAPS: &[&str] = &["InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure", "403"];

/// Services allow for five minutes; below that, a refusal of the second kind was not about the time.
const TOLERATED: Duration = Duration::from_secs(4 * 60);
/// `Date` has whole seconds, and the answer was on its way for a while.
const BLURRED: Duration = Duration::from_secs(2);

/// What has to be added to the client's clock, in milliseconds. Shared by all clones of a client.
#[derive(Debug, Default)]
pub(crate) struct Skew(AtomicI64);

impl Skew {
    /// The time by the service's clock.
    pub(crate) fn correct(&self, now: SystemTime) -> SystemTime {
        let millis = self.0.load(Ordering::Relaxed);
        let distance = Duration::from_millis(millis.unsigned_abs());
        let corrected = if millis < 0 { now.checked_sub(distance) } else { now.checked_add(distance) };
        corrected.unwrap_or(now)
    }

    /// Looks at a refusal with that code. `signed_at` is the time that the request carried, `date` the service's and `now` the
    /// client's when the answer came. Whether the clock was the reason; it is then corrected.
    pub(crate) fn learn(&self, code: &str, signed_at: SystemTime, date: SystemTime, now: SystemTime) -> bool {
        let least = match code {
            code if SURELY.contains(&code) => BLURRED,
            code if PERHAPS.contains(&code) => TOLERATED,
            _ => return false,
        };
        if distance(date, signed_at).unsigned_abs() <= least.as_millis() as u64 {
            return false;
        }
        self.0.store(distance(date, now), Ordering::Relaxed);
        true
    }
}

/// Milliseconds from `other` to `time`.
fn distance(time: SystemTime, other: SystemTime) -> i64 {
    let millis = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    match time.duration_since(other) {
        Ok(ahead) => millis(ahead),
        Err(behind) => -millis(behind.duration()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn refusals_correct_the_clock() {
        for (code, date, learns) in [
            ("RequestTimeTooSkewed", 100_600, true),
            ("RequestTimeTooSkewed", 99_000, true),
            ("RequestTimeTooSkewed", 100_001, false),
            ("SignatureDoesNotMatch", 100_301, true),
            ("SignatureDoesNotMatch", 100_200, false),
            ("403", 90_000, true),
            ("NoSuchBucket", 90_000, false),
        ] {
            let skew = Skew::default();
            assert_eq!(skew.learn(code, at(100_000), at(date), at(100_000)), learns, "{code} {date}");
            let corrected = if learns { date } else { 100_000 };
            assert_eq!(skew.correct(at(100_000)), at(corrected), "{code} {date}");
            // What is corrected is no reason to correct again.
            assert!(!skew.learn(code, skew.correct(at(100_000)), at(corrected), at(100_000)), "{code} {date}");
        }
    }
}

//! Clocks that differ: how far a service's clock is ahead of the client's.
//!
//! The `Date` of a service error is a hint, and anybody on the way may have written it where the connection is plain. So a
//! correction is tried by the attempt after the error; the client keeps one that helped. It is never larger than what a wrong
//! clock explains, and a response from a cache is no hint.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{AGE, DATE};

use crate::codec::timestamp::Timestamp;

/// These codes always speak of the time.
const SURELY: &[&str] = &["RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"];
/// These come of a wrong clock too, but more often of wrong credentials. A response to HEAD has no code but its status.
const PERHAPS: &[&str] = &["InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure", "403"];

/// Services allow for five minutes; below that, an error of the second kind is not about the time.
const TOLERATED: Duration = Duration::from_secs(4 * 60);
/// `Date` has whole seconds, and the response was on its way for a while.
const BLURRED: Duration = Duration::from_secs(2);

/// The largest correction that TLS vouches for. Certificates are checked with the same clock, so one that is further off seldom
/// gets so far.
const MAX_SKEW: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// The largest correction on a plain connection, where a forged `Date` dates signatures: a day covers a wrong time zone.
const MAX_UNPROVEN_SKEW: Duration = Duration::from_secs(24 * 60 * 60);

/// Added to the client's clock, it gives the service's: milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Offset(i64);

/// What the client knows of the service's clock. Shared by all clones of a client.
#[derive(Debug)]
pub(crate) struct Skew {
    millis: AtomicI64,
    is_corrected: bool,
}

/// What one exchange tells of the service's clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    /// By the service's clock.
    pub(crate) date: SystemTime,
    /// By the client's clock: when the request left, and when the head of the response was there.
    pub(crate) sent: SystemTime,
    pub(crate) received: SystemTime,
    pub(crate) is_encrypted: bool,
}

impl Offset {
    /// The time by the service's clock.
    pub(crate) fn apply(self, now: SystemTime) -> SystemTime {
        let distance = Duration::from_millis(self.0.unsigned_abs());
        let corrected = if self.0 < 0 { now.checked_sub(distance) } else { now.checked_add(distance) };
        corrected.unwrap_or(now)
    }
}

impl Skew {
    pub(crate) fn new(is_corrected: bool) -> Self {
        Skew { millis: AtomicI64::new(0), is_corrected }
    }

    pub(crate) fn known(&self) -> Offset {
        Offset(self.millis.load(Ordering::Relaxed))
    }

    /// Keeps an offset that helped.
    pub(crate) fn keep(&self, offset: Offset) {
        self.millis.store(offset.0, Ordering::Relaxed);
    }

    /// The offset to try after a service error with that code; `None` where the clock was not the reason. `signed_at` is the time
    /// that the request carried.
    pub(crate) fn suspect(&self, code: &str, signed_at: SystemTime, reading: &Reading) -> Option<Offset> {
        let least = match code {
            _ if !self.is_corrected => return None,
            code if SURELY.contains(&code) => BLURRED,
            code if PERHAPS.contains(&code) => TOLERATED,
            _ => return None,
        };
        // The service looked at its clock at some moment between.
        let on_its_way = reading.received.duration_since(reading.sent).unwrap_or_default();
        let (early, late) = match distance(reading.date, signed_at) {
            ahead @ 0.. => (0, ahead.saturating_sub(millis(on_its_way))),
            behind => (behind.saturating_neg(), 0),
        };
        if early.max(late) <= millis(least) {
            return None;
        }
        reading.offset().or_else(|| {
            tracing::warn!(
                code,
                "the Date of the response is too far from the clock to be believed; is the clock set?"
            );
            None
        })
    }
}

impl Reading {
    /// How far the service's clock is ahead, measured from the middle of the exchange; `None` where it is further than a wrong
    /// clock explains.
    pub(crate) fn offset(&self) -> Option<Offset> {
        let half = distance(self.received, self.sent).max(0) / 2;
        let millis_ahead = distance(self.date, self.sent).saturating_sub(half);
        let most = if self.is_encrypted { MAX_SKEW } else { MAX_UNPROVEN_SKEW };
        (millis_ahead.unsigned_abs() <= millis(most).unsigned_abs()).then_some(Offset(millis_ahead))
    }
}

/// Whether a service error speaks of a wrong clock, or may do so.
pub(crate) fn may_be_skew(code: &str) -> bool {
    SURELY.contains(&code) || PERHAPS.contains(&code)
}

/// The service's time as the head of a response tells it; `None` where a cache gave the response, which may be hours old
/// (RFC 9111, section 5.1; RFC 9211, section 2.1).
pub(crate) fn date(headers: &HeaderMap) -> Option<SystemTime> {
    let says_hit = |name| {
        let mut values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.any(|value| value.to_ascii_lowercase().contains("hit"))
    };
    // Caches of before RFC 9211 say `Hit from cloudfront`, `HIT`, `TCP_HIT`.
    if headers.contains_key(AGE) || says_hit("x-cache") || says_hit("cache-status") {
        return None;
    }
    let date = headers.get(DATE).and_then(|date| date.to_str().ok())?;
    Timestamp::parse(date).and_then(Timestamp::to_system_time)
}

/// Milliseconds from `other` to `time`.
fn distance(time: SystemTime, other: SystemTime) -> i64 {
    match time.duration_since(other) {
        Ok(ahead) => millis(ahead),
        Err(behind) => millis(behind.duration()).saturating_neg(),
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn reading(date: u64, sent: u64, received: u64) -> Reading {
        Reading { date: at(date), sent: at(sent), received: at(received), is_encrypted: true }
    }

    #[test]
    fn service_errors_correct_the_clock() {
        for (code, date, offset) in [
            ("RequestTimeTooSkewed", 100_600, Some(600_000)),
            ("RequestTimeTooSkewed", 99_000, Some(-1_000_000)),
            ("RequestTimeTooSkewed", 100_001, None),
            ("SignatureDoesNotMatch", 100_301, Some(301_000)),
            ("SignatureDoesNotMatch", 100_200, None),
            ("403", 90_000, Some(-10_000_000)),
            ("NoSuchBucket", 90_000, None),
        ] {
            let skew = Skew::new(true);
            let found = skew.suspect(code, at(100_000), &reading(date, 100_000, 100_000));
            assert_eq!(found, offset.map(Offset), "{code} {date}");
            let Some(found) = found else { continue };
            assert_eq!(found.apply(at(100_000)), at(date), "{code} {date}");
            // What is corrected is no reason to correct again.
            let again = skew.suspect(code, found.apply(at(100_000)), &reading(date, 100_000, 100_000));
            assert_eq!(again, None, "{code} {date}");
            assert_eq!(Skew::new(false).suspect(code, at(100_000), &reading(date, 100_000, 100_000)), None);
        }
    }

    #[test]
    fn a_slow_exchange_is_no_wrong_clock() {
        let skew = Skew::new(true);
        for (code, date, received, offset) in [
            ("SignatureDoesNotMatch", 100_600, 100_600, None),
            ("SignatureDoesNotMatch", 100_000, 100_600, None),
            ("RequestTimeTooSkewed", 101_000, 101_000, None),
            // Ahead by ten minutes, four of them under way.
            ("RequestTimeTooSkewed", 100_840, 100_240, Some(720_000)),
            ("RequestTimeTooSkewed", 99_640, 100_240, Some(-480_000)),
        ] {
            let found = skew.suspect(code, at(100_000), &reading(date, 100_000, received));
            assert_eq!(found, offset.map(Offset), "{code} {date}");
        }
    }

    #[test]
    fn corrections_are_bounded() {
        const DAY: u64 = 24 * 60 * 60;
        for (days, is_encrypted, corrects) in
            [(1, false, true), (2, false, false), (2, true, true), (30, true, true), (31, true, false)]
        {
            for date in [100 * DAY + days * DAY, 100 * DAY - days * DAY] {
                let reading = Reading { is_encrypted, ..reading(date, 100 * DAY, 100 * DAY) };
                assert_eq!(reading.offset().is_some(), corrects, "{days} {is_encrypted}");
            }
        }
        let extremes = [UNIX_EPOCH - Duration::from_secs(1 << 55), UNIX_EPOCH + Duration::from_secs(1 << 55)];
        for (date, sent, received) in [(0, 1, 0), (1, 0, 1), (0, 1, 1), (1, 0, 0)] {
            let [date, sent, received] = [date, sent, received].map(|index: usize| extremes[index]);
            assert_eq!(Reading { date, sent, received, is_encrypted: true }.offset(), None);
        }
    }

    #[test]
    fn caches_do_not_tell_the_time() {
        for (name, value, tells) in [
            ("via", "1.1 proxy", true),
            ("x-cache", "Miss from cloudfront", true),
            ("x-cache", "Error from cloudfront", true),
            ("x-cache", "Hit from cloudfront", false),
            ("x-cache", "RefreshHit from cloudfront", false),
            ("cache-status", "edge; fwd=uri-miss", true),
            ("cache-status", "edge; hit", false),
            ("age", "0", false),
            ("age", "300", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(DATE, "Tue, 14 Nov 2023 23:13:20 GMT".parse().unwrap());
            headers.insert(name, value.parse().unwrap());
            assert_eq!(date(&headers).is_some(), tells, "{name}: {value}");
        }
        assert_eq!(date(&HeaderMap::new()), None);
    }
}

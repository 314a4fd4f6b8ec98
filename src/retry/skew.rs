//! Clock skew: the offset between the service's clock and the client's.
//!
//! The `Date` of a service error is a hint only: on a plaintext connection anybody can forge it. So the next attempt tries a
//! correction, and the client keeps it only if that attempt succeeds. Corrections are bounded, and responses from caches are
//! ignored.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{AGE, DATE};

use crate::codec::timestamp::Timestamp;

/// Codes that always mean clock skew.
const SKEW_CODES: &[&str] = &["RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"];
/// Codes that may mean clock skew, but more often wrong credentials. A response to HEAD has only its status as a code.
const AMBIGUOUS_CODES: &[&str] = &["InvalidSignatureException", "SignatureDoesNotMatch", "AuthFailure", "403"];

/// Smallest skew that explains an ambiguous code. Services tolerate five minutes.
const MAX_SKEW: Duration = Duration::from_secs(4 * 60);
/// `Date` has a resolution of one second, and the response took some time to arrive.
const DATE_PRECISION: Duration = Duration::from_secs(2);

/// Largest correction on a TLS connection. A client whose clock is further off usually fails to verify certificates before.
const MAX_CORRECTION: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Largest correction on a plaintext connection, where a forged `Date` can date signatures. A day covers a wrong time zone.
const MAX_PLAINTEXT_CORRECTION: Duration = Duration::from_secs(24 * 60 * 60);

/// Offset of the service's clock from the client's, in milliseconds; positive if the service's clock is ahead.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Offset(i64);

/// Clock skew between client and service, shared by all clones of a client.
#[derive(Debug)]
pub(crate) struct Skew {
    millis: AtomicI64,
    is_corrected: bool,
}

/// Reading of the service's clock from one exchange.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    /// Time on the service's clock.
    pub(crate) date: SystemTime,
    /// Times on the client's clock: when the request was sent, and when the head of the response arrived.
    pub(crate) sent: SystemTime,
    pub(crate) received: SystemTime,
    pub(crate) is_encrypted: bool,
}

impl Offset {
    /// Converts a time of the client's clock to the service's.
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

    /// Stores an offset after an attempt succeeded with it.
    pub(crate) fn keep(&self, offset: Offset) {
        self.millis.store(offset.0, Ordering::Relaxed);
    }

    /// Returns the offset to try after a service error with that code; `None` if the clock was not the cause. `signed_at` is the
    /// time in the request's signature.
    pub(crate) fn suspect(&self, code: &str, signed_at: SystemTime, reading: &Reading) -> Option<Offset> {
        let threshold = match code {
            _ if !self.is_corrected => return None,
            code if SKEW_CODES.contains(&code) => DATE_PRECISION,
            code if AMBIGUOUS_CODES.contains(&code) => MAX_SKEW,
            _ => return None,
        };
        // The service read its clock at some time during the exchange.
        let round_trip = reading.received.duration_since(reading.sent).unwrap_or_default();
        let (early, late) = match distance(reading.date, signed_at) {
            ahead @ 0.. => (0, ahead.saturating_sub(millis(round_trip))),
            behind => (behind.saturating_neg(), 0),
        };
        if early.max(late) <= millis(threshold) {
            return None;
        }
        reading.offset().or_else(|| {
            tracing::warn!(
                code,
                "the Date of the response is too far from the local clock to correct it; is the local clock set?"
            );
            None
        })
    }
}

impl Reading {
    /// Computes the offset from the middle of the exchange. Returns `None` if it exceeds the largest correction.
    pub(crate) fn offset(&self) -> Option<Offset> {
        let half = distance(self.received, self.sent).max(0) / 2;
        let millis_ahead = distance(self.date, self.sent).saturating_sub(half);
        let max = if self.is_encrypted { MAX_CORRECTION } else { MAX_PLAINTEXT_CORRECTION };
        (millis_ahead.unsigned_abs() <= millis(max).unsigned_abs()).then_some(Offset(millis_ahead))
    }
}

/// Whether a service error with this code means, or may mean, clock skew.
pub(crate) fn may_be_skew(code: &str) -> bool {
    SKEW_CODES.contains(&code) || AMBIGUOUS_CODES.contains(&code)
}

/// Parses the `Date` header of a response. Returns `None` for a response from a cache, which may be hours old (RFC 9111,
/// section 5.1; RFC 9211, section 2.1).
pub(crate) fn date(headers: &HeaderMap) -> Option<SystemTime> {
    let is_hit = |name| {
        let mut values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        values.any(|value| value.to_ascii_lowercase().contains("hit"))
    };
    // Caches older than RFC 9211 send `Hit from cloudfront`, `HIT`, `TCP_HIT`.
    if headers.contains_key(AGE) || is_hit("x-cache") || is_hit("cache-status") {
        return None;
    }
    let date = headers.get(DATE).and_then(|date| date.to_str().ok())?;
    Timestamp::parse(date).and_then(Timestamp::to_system_time)
}

/// Returns the milliseconds from `other` to `time`; negative if `time` is earlier.
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
    fn service_errors_correct_clock() {
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
            // A corrected clock is not corrected again.
            let again = skew.suspect(code, found.apply(at(100_000)), &reading(date, 100_000, 100_000));
            assert_eq!(again, None, "{code} {date}");
            assert_eq!(Skew::new(false).suspect(code, at(100_000), &reading(date, 100_000, 100_000)), None);
        }
    }

    #[test]
    fn slow_exchange_is_not_clock_skew() {
        let skew = Skew::new(true);
        for (code, date, received, offset) in [
            ("SignatureDoesNotMatch", 100_600, 100_600, None),
            ("SignatureDoesNotMatch", 100_000, 100_600, None),
            ("RequestTimeTooSkewed", 101_000, 101_000, None),
            // The exchange takes four minutes. The result counts from its middle.
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
    fn cached_responses_are_not_used_as_clock() {
        for (name, value, is_used) in [
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
            assert_eq!(date(&headers).is_some(), is_used, "{name}: {value}");
        }
        assert_eq!(date(&HeaderMap::new()), None);
    }
}

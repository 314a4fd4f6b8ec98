//! Overflow-safe arithmetic on times and durations from outside: servers, files, clocks, settings, callers.
//!
//! `+`, `-` and `*` on `Instant`, `SystemTime` and `Duration` panic on overflow. The lint
//! `clippy::arithmetic_side_effects` (`clippy.toml`) keeps them out of this crate; use the functions here, or the
//! checked and saturating methods of the types. A result out of range has a meaning: a limit that never ends, an expiry
//! that never comes.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A longer time limit counts as none: 136 years. Below it, libraries can add to a limit without overflow.
const MAX_LIMIT: Duration = Duration::from_secs(u32::MAX as u64);

/// The first second of the year 10000, which AWS's time formats cannot express.
const END_OF_CALENDAR: Duration = Duration::from_secs(253_402_300_800);

/// The time limit; `None` for one that never ends, such as `Duration::MAX`.
pub(crate) fn finite(limit: Option<Duration>) -> Option<Duration> {
    limit.filter(|limit| *limit <= MAX_LIMIT)
}

/// The time until the deadline; zero after it.
pub(crate) fn left_until(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

/// `whole` divided by `parts`.
pub(crate) fn part(whole: Duration, parts: u32) -> Duration {
    whole.checked_div(parts).unwrap_or(whole)
}

/// `time` plus `by`, capped at the end of the year 9999. For expiries, where the cap means never.
pub(crate) fn later(time: SystemTime, by: Duration) -> SystemTime {
    let end = UNIX_EPOCH.checked_add(END_OF_CALENDAR.saturating_sub(Duration::from_secs(1))).unwrap_or(time);
    time.checked_add(by).map_or(end, |later| later.min(end))
}

/// Seconds since 1970, rounded down and saturating.
pub(crate) fn epoch_seconds(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => {
            let before = before.duration();
            let partial = i64::from(before.subsec_nanos() > 0);
            i64::try_from(before.as_secs()).map_or(i64::MIN, |seconds| -seconds - partial)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap()
    }

    #[test]
    fn endless_limit_is_none() {
        for limit in [Duration::MAX, Duration::from_secs(u64::MAX / 2), Duration::from_secs(1 << 40)] {
            assert_eq!(finite(Some(limit)), None, "{limit:?}");
        }
        let day = Some(Duration::from_secs(86_400));
        assert_eq!((finite(day), finite(None)), (day, None));
    }

    #[test]
    fn later_is_capped_at_year_9999() {
        let end = at(253_402_300_799);
        for by in [Duration::MAX, Duration::from_secs(i64::MAX as u64), Duration::from_secs(253_402_300_000)] {
            assert_eq!(later(at(1_700_000_000), by), end, "{by:?}");
        }
        assert_eq!(later(at(10), Duration::from_secs(5)), at(15));
        // A clock that is already beyond the end of the calendar.
        assert_eq!(later(at(1 << 40), Duration::from_secs(1)), end);
    }

    #[test]
    fn epoch_seconds_are_rounded_down() {
        let before = |millis| UNIX_EPOCH.checked_sub(Duration::from_millis(millis)).unwrap();
        for (time, expected) in [(at(7), 7), (before(1), -1), (before(1000), -1), (before(1001), -2)] {
            assert_eq!(epoch_seconds(time), expected, "{time:?}");
        }
    }
}

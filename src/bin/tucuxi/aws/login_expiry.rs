//! When a login expires, in words.

use std::time::SystemTime;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Unit, Zoned};
use serde_json::Value;

use super::{present, zone};

/// The time until the login expires, and when that is, as Python shows a time: `12 hours`, `2026-01-02 03:04:05+00:00`. `time` is the
/// number or text of a response.
pub(crate) fn shown(time: &Value) -> Option<(String, String)> {
    let expiry = present::zoned(time, zone::local)?;
    let now = Timestamp::try_from(SystemTime::now()).ok()?.to_zoned(TimeZone::UTC);
    let remaining = remaining(&now, &expiry.with_time_zone(TimeZone::UTC))?;
    Some((remaining, present::isoformat(&expiry).replacen('T', " ", 1)))
}

/// The two largest units of a time: `11 hours and 5 minutes`. Half a minute is added, so that a login just made has its whole time.
fn remaining(now: &Zoned, expiry: &Zoned) -> Option<String> {
    let span = now.until((Unit::Year, expiry)).ok()?;
    let seconds = span.get_seconds().saturating_add(30);
    let minutes = span.get_minutes().saturating_add(seconds / 60);
    let hours = i64::from(span.get_hours()).saturating_add(minutes / 60);
    let days = i64::from(span.get_days()).saturating_add(hours / 24);
    let units = [
        ("year", i64::from(span.get_years())),
        ("month", i64::from(span.get_months())),
        ("day", days),
        ("hour", hours % 24),
        ("minute", minutes % 60),
    ];
    let word = |(unit, count): (&str, i64)| {
        (count > 0).then(|| format!("{count} {unit}{}", if count == 1 { "" } else { "s" }))
    };
    let first = units.iter().position(|(_, count)| *count > 0);
    let words: Vec<String> = units.into_iter().skip(first.unwrap_or(units.len())).take(2).filter_map(word).collect();
    Some(words.join(" and "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_largest_units_are_shown() {
        let now: Zoned = "2024-01-31T00:00:00+00:00[UTC]".parse().unwrap();
        for (expiry, expected) in [
            ("2024-01-31T12:00:00", "12 hours"),
            ("2024-01-31T11:59:31", "12 hours"),
            ("2024-01-31T11:59:29", "11 hours and 59 minutes"),
            ("2024-01-31T01:01:00", "1 hour and 1 minute"),
            ("2024-01-31T00:15:00", "15 minutes"),
            ("2024-02-01T00:05:00", "1 day"),
            ("2024-03-01T05:00:00", "1 month and 1 day"),
            ("2024-01-31T00:00:00", ""),
            ("2024-01-30T00:00:00", ""),
        ] {
            let expiry: Zoned = format!("{expiry}+00:00[UTC]").parse().unwrap();
            assert_eq!(remaining(&now, &expiry).unwrap(), expected, "{expiry}");
        }
    }
}

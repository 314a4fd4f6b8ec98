//! `--since`: a timestamp, or how long ago.

use serde_json::Value;

use crate::aws::error::{AwsError, AwsResult};
use crate::aws::{present, values};

const SECOND: i64 = 1000;

/// Units of durations, in milliseconds.
const UNITS: [(char, i64); 5] =
    [('s', SECOND), ('m', 60 * SECOND), ('h', 3600 * SECOND), ('d', 24 * 3600 * SECOND), ('w', 7 * 24 * 3600 * SECOND)];

/// The milliseconds from 1970 to the moment that the text means. `now` is the time in the same unit.
pub(super) fn milliseconds(text: &str, now: i64) -> AwsResult<i64> {
    match duration(text) {
        Some((amount, unit)) => {
            let age = amount.parse::<i64>().ok().and_then(|amount| amount.checked_mul(unit));
            let start = age.and_then(|age| now.checked_sub(age)).filter(|start| *start >= EARLIEST);
            start.ok_or_else(|| AwsError::General("date value out of range".to_owned()))
        }
        None => timestamp(text).ok_or_else(|| {
            let problem = if text.is_empty() { "String does not contain a date" } else { "Unknown string format" };
            AwsError::General(format!("Invalid timestamp \"{text}\": {problem}: {text}"))
        }),
    }
}

/// The first of January of the year 1.
const EARLIEST: i64 = -62_135_596_800 * SECOND;

/// The number and the unit of `10m`.
fn duration(text: &str) -> Option<(&str, i64)> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let (_, unit) = UNITS.into_iter().find(|(letter, _)| text.ends_with(*letter))?;
    let amount = &text[..text.len().saturating_sub(1)];
    (!amount.is_empty() && amount.bytes().all(|byte| byte.is_ascii_digit())).then_some((amount, unit))
}

/// A timestamp without a zone is in UTC, and a number is in seconds.
fn timestamp(text: &str) -> Option<i64> {
    let normal = match values::normal_timestamp(text.to_owned()) {
        Value::String(date) if date.len() == "2020-01-01".len() && date.contains('-') => {
            Value::String(format!("{date}T00:00:00Z"))
        }
        other => other,
    };
    Some(present::moment(&normal)?.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_before_now_and_timestamps_are_in_utc() {
        const NOW: i64 = 1_600_000_000_000;
        for (text, expected) in [
            ("30s", Some(NOW - 30_000)),
            ("10m", Some(NOW - 600_000)),
            ("2h", Some(NOW - 7_200_000)),
            ("1d", Some(NOW - 86_400_000)),
            ("1w", Some(NOW - 604_800_000)),
            ("0s", Some(NOW)),
            ("2020-01-01", Some(1_577_836_800_000)),
            ("2020-01-01T00:00:00.5", Some(1_577_836_800_500)),
            ("2020-01-01T01:00:00+01:00", Some(1_577_836_800_000)),
            ("1577836800", Some(1_577_836_800_000)),
            ("1577836800.25", Some(1_577_836_800_250)),
            ("5h30m", None),
            ("m", None),
            ("-5m", None),
            ("yesterday", None),
            ("99999999999w", None),
            ("999999w", None),
        ] {
            assert_eq!(milliseconds(text, NOW).ok(), expected, "{text}");
        }
    }
}

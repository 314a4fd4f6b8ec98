//! Parsing and serialization of timestamps in the wire formats.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use time::format_description::well_known::Rfc2822;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use crate::moment::epoch_seconds;

/// The first second of year 1.
const FIRST_SECOND: i64 = -62_135_596_800;
/// The last second of year 9999.
const LAST_SECOND: i64 = 253_402_300_799;

/// Seconds and nanoseconds since 1970-01-01T00:00:00Z, always within the years 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timestamp {
    seconds: i64,
    nanos: u32,
}

impl Timestamp {
    pub(crate) fn new(seconds: i64, nanos: u32) -> Option<Timestamp> {
        let is_in_calendar = (FIRST_SECOND..=LAST_SECOND).contains(&seconds);
        (nanos < 1_000_000_000 && is_in_calendar).then_some(Timestamp { seconds, nanos })
    }

    /// Converts a system time; `None` outside of the years 1 to 9999.
    pub(crate) fn at(time: SystemTime) -> Option<Timestamp> {
        let seconds = epoch_seconds(time);
        let nanos = match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(since) => since.subsec_nanos(),
            Err(before) => (1_000_000_000 - before.duration().subsec_nanos()) % 1_000_000_000,
        };
        Timestamp::new(seconds, nanos)
    }

    /// Converts a system time and drops the fraction. Times outside of the years 1 to 9999 become the nearest one
    /// within.
    pub(crate) fn whole_second(time: SystemTime) -> Timestamp {
        Timestamp { seconds: epoch_seconds(time).clamp(FIRST_SECOND, LAST_SECOND), nanos: 0 }
    }

    /// Converts to a system time; `None` if the system cannot represent it.
    pub(crate) fn to_system_time(self) -> Option<SystemTime> {
        let seconds = Duration::from_secs(self.seconds.unsigned_abs());
        let whole = match self.seconds {
            0.. => SystemTime::UNIX_EPOCH.checked_add(seconds),
            _ => SystemTime::UNIX_EPOCH.checked_sub(seconds),
        };
        whole?.checked_add(Duration::from_nanos(self.nanos.into()))
    }

    pub(crate) fn seconds(self) -> i64 {
        self.seconds
    }

    /// Converts epoch seconds with a fraction. They are rounded to microseconds, the precision of a double for current
    /// times.
    pub(crate) fn from_epoch(seconds: f64) -> Option<Timestamp> {
        if !seconds.is_finite() || seconds.abs() > 1e12 {
            return None;
        }
        let whole = seconds.floor();
        let micros = ((seconds - whole) * 1e6).round_ties_even() as u32;
        let carry = i64::from(micros / 1_000_000);
        Timestamp::new(whole as i64 + carry, micros % 1_000_000 * 1000)
    }

    /// Parses any format that services send: ISO 8601, RFC 822 and similar formats, or epoch seconds as text.
    ///
    /// Times without a zone are UTC. Like botocore (`utils.py: parse_timestamp`), it detects the format and ignores the
    /// modeled one.
    pub(crate) fn parse(text: &str) -> Option<Timestamp> {
        let text = text.trim();
        match text.as_bytes() {
            [] => None,
            [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'-', ..] => parse_iso8601(text),
            [b'0'..=b'9' | b'-' | b'+' | b'.', ..] => parse_epoch(text).or_else(|| parse_basic_iso8601(text)),
            _ => parse_rfc822(text),
        }
    }

    /// The RFC 3339 text of a received time: [`parse`](Self::parse) and [`to_rfc3339`](Self::to_rfc3339) in one.
    pub(crate) fn normalized(text: &str) -> Option<String> {
        match plain_time(text) {
            Some(time) => Some([time, "Z"].concat()),
            None => Timestamp::parse(text).map(Timestamp::to_rfc3339),
        }
    }

    /// RFC 3339: `2015-01-25T08:00:12Z`, with as many fraction digits as needed.
    pub(crate) fn to_rfc3339(self) -> String {
        let mut text = self.date_time();
        if self.nanos != 0 {
            let digits = format!("{:09}", self.nanos);
            text.push('.');
            text.push_str(digits.trim_end_matches('0'));
        }
        text.push('Z');
        text
    }

    /// The `iso8601` wire format: whole seconds, or exactly six fraction digits.
    pub(crate) fn to_iso8601(self) -> String {
        let mut text = self.date_time();
        if self.micros() != 0 {
            let _ = write!(text, ".{:06}", self.micros());
        }
        text.push('Z');
        text
    }

    /// The basic ISO 8601 format of AWS headers: `20150125T080012Z`.
    pub(crate) fn to_basic_iso8601(self) -> String {
        let mut text = self.date_time();
        text.retain(|char| !matches!(char, '-' | ':'));
        text.push('Z');
        text
    }

    /// The `rfc822` wire format, in whole seconds: `Mon, 02 Jan 2006 15:04:05 GMT`.
    pub(crate) fn to_http_date(self) -> String {
        let time = self.utc();
        let weekday = &time.weekday().to_string()[..3];
        let month = &time.month().to_string()[..3];
        let (hour, minute, second) = time.to_hms();
        format!("{weekday}, {:02} {month} {:04} {hour:02}:{minute:02}:{second:02} GMT", time.day(), time.year())
    }

    /// Epoch seconds: an integer, or a double if there are microseconds.
    pub(crate) fn to_epoch(self) -> EpochSeconds {
        if self.micros() == 0 {
            return EpochSeconds::Whole(self.seconds);
        }
        // Rounded once, as in botocore.
        EpochSeconds::Fraction((self.seconds as i128 * 1_000_000 + i128::from(self.micros())) as f64 / 1e6)
    }

    fn micros(self) -> u32 {
        self.nanos / 1000
    }

    fn utc(self) -> OffsetDateTime {
        // Every constructor checks the range, so the fallback is never used.
        OffsetDateTime::from_unix_timestamp(self.seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    fn date_time(self) -> String {
        let time = self.utc();
        let (hour, minute, second) = time.to_hms();
        let year = time.year().unsigned_abs();
        let mut text = String::with_capacity(30);
        // Formatted by hand, because responses have thousands of times and the formatting machinery is several times
        // slower.
        let mut push = |value: u32, separator: char| {
            text.push(char::from(b'0' + (value / 10 % 10) as u8));
            text.push(char::from(b'0' + (value % 10) as u8));
            if separator != '\0' {
                text.push(separator);
            }
        };
        push(year / 100, '\0');
        push(year % 100, '-');
        push(u32::from(u8::from(time.month())), '-');
        push(u32::from(time.day()), 'T');
        push(u32::from(hour), ':');
        push(u32::from(minute), ':');
        push(u32::from(second), '\0');
        text
    }
}

/// See [`Timestamp::to_epoch`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum EpochSeconds {
    Whole(i64),
    Fraction(f64),
}

fn parse_epoch(text: &str) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse::<i64>() {
        return Timestamp::new(seconds, 0);
    }
    // Rust also parses "inf" and "nan"; `from_epoch` rejects values that are not finite.
    text.parse::<f64>().ok().and_then(Timestamp::from_epoch)
}

/// Parses `2015-01-25`, `2015-01-25T08:00`, `2015-01-25 08:00:12.345+02:00` and the forms in between.
/// The time without its zone, if the text is one that RFC 3339 writes in this way: a UTC time of whole seconds. Days that not
/// every month has are left to the calendar.
fn plain_time(text: &str) -> Option<&str> {
    let (time, rest) = text.as_bytes().split_first_chunk::<19>()?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2] = *time else {
        return None;
    };
    let number = |tens: u8, ones: u8| {
        (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| (tens - b'0') * 10 + (ones - b'0'))
    };
    let is_plain = (number(y1, y2)?, number(y3, y4)?) != (0, 0)
        && (1..=12).contains(&number(m1, m2)?)
        && (1..=28).contains(&number(d1, d2)?)
        && number(h1, h2)? < 24
        && number(n1, n2)? < 60
        && number(s1, s2)? < 60
        && matches!(rest, b"Z" | b".000Z");
    is_plain.then(|| &text[..19])
}

fn parse_iso8601(text: &str) -> Option<Timestamp> {
    let year = digits(text, 0, 4)?;
    let month = digits(text, 5, 2)?;
    if text.as_bytes().get(7) != Some(&b'-') {
        return None;
    }
    let date = calendar_date(year, month, digits(text, 8, 2)?)?;
    let rest = text.get(10..)?;
    let Some(rest) = rest.strip_prefix(['T', 't', ' ']) else {
        return rest.is_empty().then(|| combine(date, Time::MIDNIGHT, UtcOffset::UTC))?;
    };
    let (hour, minute) = (digits(rest, 0, 2)?, digits(rest, 3, 2)?);
    if rest.as_bytes().get(2) != Some(&b':') {
        return None;
    }
    let (second, rest) = match rest.get(5..)?.strip_prefix(':') {
        Some(rest) => (digits(rest, 0, 2)?, rest.get(2..)?),
        None => (0, rest.get(5..)?),
    };
    let (nanos, rest) = fraction(rest)?;
    combine(date, clock_time(hour, minute, second, nanos)?, offset(rest)?)
}

/// Parses `20150125T080012Z`.
fn parse_basic_iso8601(text: &str) -> Option<Timestamp> {
    let date = calendar_date(digits(text, 0, 4)?, digits(text, 4, 2)?, digits(text, 6, 2)?)?;
    let rest = text.get(8..)?.strip_prefix(['T', 't'])?;
    let (nanos, zone) = fraction(rest.get(6..)?)?;
    let time = clock_time(digits(rest, 0, 2)?, digits(rest, 2, 2)?, digits(rest, 4, 2)?, nanos)?;
    combine(date, time, offset(zone)?)
}

/// Parses RFC 822 and 1123 (`Sun, 06 Nov 1994 08:49:37 GMT`), RFC 850 (`Sunday, 06-Nov-94 08:49:37 GMT`) and asctime
/// (`Sun Nov  6 08:49:37 1994`): <https://www.rfc-editor.org/rfc/rfc9110#name-date-time-formats>. A fraction is
/// allowed.
fn parse_rfc822(text: &str) -> Option<Timestamp> {
    if let Ok(time) = OffsetDateTime::parse(text, &Rfc2822) {
        return Timestamp::new(time.unix_timestamp(), time.nanosecond());
    }
    let mut words: Vec<&str> = text.split([' ', ',', '-']).filter(|word| !word.is_empty()).collect();
    let position = words.iter().position(|word| word.contains(':'))?;
    let clock = words.remove(position);
    let (hours, rest) = clock.split_once(':')?;
    let (minutes, seconds) = rest.split_once(':')?;
    let (nanos, rest) = fraction(seconds.get(2..)?)?;
    let time = clock_time(number(hours)?, number(minutes)?, number(seconds.get(..2)?)?, nanos)?;
    if !rest.is_empty() {
        return None;
    }
    words.retain(|word| !matches!(*word, "GMT" | "UTC" | "Z"));
    let month = words.iter().find_map(|word| month_number(word))?;
    let mut numbers = words.iter().filter_map(|word| number(word).map(|value| (value, word.len())));
    let (day, (year, digits)) = (numbers.next()?.0, numbers.next()?);
    let year = match (digits, year) {
        (2, 69..) => 1900 + year,
        (2, _) => 2000 + year,
        _ => year,
    };
    combine(calendar_date(year, month, day)?, time, UtcOffset::UTC)
}

fn month_number(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let start = word.get(..3)?.to_ascii_lowercase();
    MONTHS.iter().position(|month| *month == start).map(|index| index as u32 + 1)
}

/// Parses the digits after a point or comma as nanoseconds. Further digits are ignored.
fn fraction(text: &str) -> Option<(u32, &str)> {
    let Some(rest) = text.strip_prefix(['.', ',']) else { return Some((0, text)) };
    let count = rest.bytes().take_while(u8::is_ascii_digit).count();
    let used = rest.get(..count.min(9)).filter(|used| !used.is_empty())?;
    let scale = 10_u32.pow(9 - used.len() as u32);
    Some((used.parse::<u32>().ok()? * scale, &rest[count..]))
}

/// Parses an empty offset, `Z`, `+02:00`, `+0200` or `+02`.
fn offset(text: &str) -> Option<UtcOffset> {
    let text = text.trim();
    let sign = match text.as_bytes() {
        [] | [b'Z' | b'z'] => return Some(UtcOffset::UTC),
        [b'+', ..] => 1,
        [b'-', ..] => -1,
        _ => return matches!(text, "GMT" | "UTC").then_some(UtcOffset::UTC),
    };
    let rest = &text[1..];
    let (hours, minutes) = match rest.len() {
        2 => (digits(rest, 0, 2)?, 0),
        4 => (digits(rest, 0, 2)?, digits(rest, 2, 2)?),
        5 if rest.as_bytes()[2] == b':' => (digits(rest, 0, 2)?, digits(rest, 3, 2)?),
        _ => return None,
    };
    // Offsets are shorter than a day; the crate allows slightly more.
    let hours = Some(hours).filter(|hours| *hours < 24)?;
    UtcOffset::from_hms(sign * i8::try_from(hours).ok()?, sign * i8::try_from(minutes).ok()?, 0).ok()
}

fn digits(text: &str, start: usize, count: usize) -> Option<u32> {
    text.get(start..start + count).and_then(number)
}

fn number(text: &str) -> Option<u32> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

fn calendar_date(year: u32, month: u32, day: u32) -> Option<Date> {
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    Date::from_calendar_date(i32::try_from(year).ok()?, month, u8::try_from(day).ok()?).ok()
}

fn clock_time(hour: u32, minute: u32, second: u32, nanos: u32) -> Option<Time> {
    let narrow = |value: u32| u8::try_from(value).ok();
    Time::from_hms_nano(narrow(hour)?, narrow(minute)?, narrow(second)?, nanos).ok()
}

fn combine(date: Date, time: Time, offset: UtcOffset) -> Option<Timestamp> {
    let time = PrimitiveDateTime::new(date, time).assume_offset(offset);
    Timestamp::new(time.unix_timestamp(), time.nanosecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalized_times_are_those_of_the_calendar() {
        for (text, is_plain) in [
            ("2015-01-25T08:00:12Z", true),
            ("2015-01-25T08:00:12.000Z", true),
            ("0001-01-01T00:00:00Z", true),
            ("9999-12-28T23:59:59Z", true),
            ("0000-01-01T00:00:00Z", false),
            ("2015-00-25T08:00:12Z", false),
            ("2015-13-25T08:00:12Z", false),
            ("2015-01-00T08:00:12Z", false),
            ("2015-01-29T08:00:12Z", false),
            ("2015-02-29T08:00:12Z", false),
            ("2015-01-25T24:00:12Z", false),
            ("2015-01-25T08:60:12Z", false),
            ("2015-01-25T08:00:60Z", false),
            ("2015-01-25T08:00:12.001Z", false),
            ("2015-01-25T08:00:12z", false),
            ("2015-01-25t08:00:12Z", false),
            ("2015-01-25T08:00:12+00:00", false),
            (" 2015-01-25T08:00:12Z", false),
            ("2015-01-25T08:00:1\u{e9}Z", false),
            ("2015-01-2xT08:00:12Z", false),
        ] {
            assert_eq!(plain_time(text).is_some(), is_plain, "{text}");
            assert_eq!(Timestamp::normalized(text), Timestamp::parse(text).map(Timestamp::to_rfc3339), "{text}");
        }
    }

    #[test]
    fn every_format_is_parsed() {
        for (text, expected) in [
            ("1422172812", "2015-01-25T08:00:12Z"),
            ("1422172812.345", "2015-01-25T08:00:12.345Z"),
            ("1.422172812E9", "2015-01-25T08:00:12Z"),
            ("-1", "1969-12-31T23:59:59Z"),
            ("-0.5", "1969-12-31T23:59:59.5Z"),
            ("2015-01-25T08:00:12Z", "2015-01-25T08:00:12Z"),
            ("2015-01-25T08:00:12", "2015-01-25T08:00:12Z"),
            ("2015-01-25T08:00:12.123456789Z", "2015-01-25T08:00:12.123456789Z"),
            ("2015-01-25T10:00:12+02:00", "2015-01-25T08:00:12Z"),
            ("2015-01-25T07:30:12.5-0030", "2015-01-25T08:00:12.5Z"),
            ("2015-01-25 08:00", "2015-01-25T08:00:00Z"),
            ("2015-01-25", "2015-01-25T00:00:00Z"),
            ("20150125T080012Z", "2015-01-25T08:00:12Z"),
            ("Sun, 25 Jan 2015 08:00:12 GMT", "2015-01-25T08:00:12Z"),
            ("Sun, 25 Jan 2015 08:00:12.123 GMT", "2015-01-25T08:00:12.123Z"),
            ("Sun, 25 Jan 2015 10:00:12 +0200", "2015-01-25T08:00:12Z"),
            ("Sunday, 25-Jan-15 08:00:12 GMT", "2015-01-25T08:00:12Z"),
            ("Sun Jan 25 08:00:12 2015", "2015-01-25T08:00:12Z"),
        ] {
            assert_eq!(Timestamp::parse(text).map(Timestamp::to_rfc3339).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn invalid_timestamps_are_rejected() {
        for text in [
            "",
            "soon",
            "2015-13-01",
            "2015-01-25T08:00:12Zjunk",
            "nan",
            "inf",
            "1e300",
            "99999999999999",
            "2015-01-25T08:00:12+25:00",
            "é",
            "2015-0é",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn system_times_are_clamped_to_the_calendar() {
        let before = |millis| SystemTime::UNIX_EPOCH.checked_sub(Duration::from_millis(millis));
        for (time, expected, second) in [
            (before(0), Some("1970-01-01T00:00:00Z"), "1970-01-01T00:00:00Z"),
            (before(1500), Some("1969-12-31T23:59:58.5Z"), "1969-12-31T23:59:58Z"),
            (before(62_135_596_800_000), Some("0001-01-01T00:00:00Z"), "0001-01-01T00:00:00Z"),
            (before(62_135_596_800_001), None, "0001-01-01T00:00:00Z"),
            (
                Timestamp::new(LAST_SECOND, 0).unwrap().to_system_time(),
                Some("9999-12-31T23:59:59Z"),
                "9999-12-31T23:59:59Z",
            ),
            (SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(1 << 55)), None, "9999-12-31T23:59:59Z"),
        ] {
            let time = time.unwrap();
            assert_eq!(Timestamp::at(time).map(Timestamp::to_rfc3339).as_deref(), expected, "{time:?}");
            assert_eq!(Timestamp::whole_second(time).to_rfc3339(), second, "{time:?}");
        }
    }

    #[test]
    fn wire_formats_have_their_own_precision() {
        let exact = Timestamp::new(1_422_172_812, 0).unwrap();
        let fine = Timestamp::new(1_422_172_812, 5_000_999).unwrap();
        assert_eq!(exact.to_iso8601(), "2015-01-25T08:00:12Z");
        assert_eq!(fine.to_iso8601(), "2015-01-25T08:00:12.005000Z");
        assert_eq!(fine.to_http_date(), "Sun, 25 Jan 2015 08:00:12 GMT");
        assert_eq!(exact.to_epoch(), EpochSeconds::Whole(1_422_172_812));
        assert_eq!(fine.to_epoch(), EpochSeconds::Fraction(1_422_172_812.005));
    }
}

//! Timestamps of options. The library reads ISO 8601, RFC 822 and epoch seconds; the AWS CLI takes some more spellings.

use serde_json::{Number, Value};

use crate::aws::python;

/// The timestamp as it is written, or in ISO 8601 if the library does not read it. Text that is no timestamp stays, for the
/// validation of the call.
pub(crate) fn normalize(text: String) -> Value {
    let stripped = python::strip(&text);
    if let Some(seconds) = python::float(stripped) {
        return match Number::from_f64(seconds) {
            // Python's spellings of a number: `1_700_000_000`.
            Some(number) if stripped.parse::<f64>().is_err() => Value::Number(number),
            _ => Value::String(text),
        };
    }
    let parts = DateParts::of(stripped).filter(|parts| !parts.is_common());
    let normal = parts.map(|parts| parts.iso8601());
    Value::String(normal.unwrap_or(text))
}

/// The parts of `2020-1-5T3:00 -5`. Parts that are not there are empty.
#[derive(Default)]
struct DateParts<'a> {
    year: &'a str,
    /// Month, day, hour, minute and second.
    pairs: [&'a str; 5],
    fraction: &'a str,
    /// A sign, hours and minutes; nothing for UTC.
    zone: Option<(char, &'a str, &'a str)>,
}

impl<'a> DateParts<'a> {
    fn of(text: &'a str) -> Option<Self> {
        let mut parts = DateParts::default();
        let mut rest = text;
        parts.year = digits(&mut rest, 4, 4)?;
        for (index, separators) in ["-", "-", "Tt \t", ":", ":"].into_iter().enumerate() {
            let Some(after) = rest.strip_prefix(|char| separators.contains(char)) else {
                // The zone of a time without seconds or minutes.
                if index <= 2 && !(index == 2 && rest.is_empty()) {
                    return None;
                }
                break;
            };
            rest = after.trim_start_matches([' ', '\t']);
            parts.pairs[index] = digits(&mut rest, 1, 2)?;
        }
        if let Some(after) = rest.strip_prefix(['.', ',']) {
            rest = after;
            parts.fraction = digits(&mut rest, 0, usize::MAX)?;
        }
        rest = rest.trim_start_matches([' ', '\t']);
        if let Some(sign) = rest.chars().next().filter(|sign| matches!(sign, '+' | '-')) {
            rest = &rest[1..];
            let hours = digits(&mut rest, 1, 2)?;
            rest = rest.strip_prefix(':').unwrap_or(rest);
            let minutes = if rest.is_empty() { "" } else { digits(&mut rest, 2, 2)? };
            parts.zone = Some((sign, hours, minutes));
            return rest.is_empty().then_some(parts);
        }
        matches!(rest, "" | "Z" | "z" | "UTC" | "GMT").then_some(parts)
    }

    /// Whether the library reads the text as it is.
    fn is_common(&self) -> bool {
        let [month, day, hour, minute, second] = self.pairs;
        let has_two = |digits: &&str| digits.len() == 2;
        let is_time = hour.is_empty() || (has_two(&hour) && has_two(&minute) && matches!(second.len(), 0 | 2));
        let is_zone = self.zone.is_none_or(|(_, hours, minutes)| has_two(&hours) && matches!(minutes.len(), 0 | 2));
        has_two(&month) && has_two(&day) && is_time && is_zone
    }

    fn iso8601(&self) -> String {
        let [month, day, hour, minute, second] = self.pairs;
        let date = format!("{}-{month:0>2}-{day:0>2}", self.year);
        if hour.is_empty() {
            return date;
        }
        let point = if self.fraction.is_empty() { "" } else { "." };
        let zone = match self.zone {
            Some((sign, hours, minutes)) => format!("{sign}{hours:0>2}:{minutes:0>2}"),
            None => "Z".to_owned(),
        };
        format!("{date}T{hour:0>2}:{minute:0>2}:{second:0>2}{point}{}{zone}", self.fraction)
    }
}

/// Takes as many digits as possible, `min` to `max`.
fn digits<'a>(rest: &mut &'a str, min: usize, max: usize) -> Option<&'a str> {
    let count = rest.bytes().take(max).take_while(u8::is_ascii_digit).count();
    let (digits, after) = rest.split_at(count);
    *rest = after;
    (count >= min).then_some(digits)
}

//! The types of scalars of YAML 1.2, with the timestamps of YAML 1.1.

use crate::aws::values::base64;
use crate::aws::values::datum::Datum;

/// The types that a tag can name.
#[derive(Clone, Copy)]
pub(super) enum ScalarType {
    Null,
    Bool,
    Int,
    Float,
    Binary,
    Moment,
    Text,
}

impl ScalarType {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "null" => ScalarType::Null,
            "bool" => ScalarType::Bool,
            "int" => ScalarType::Int,
            "float" => ScalarType::Float,
            "binary" => ScalarType::Binary,
            "timestamp" => ScalarType::Moment,
            "str" => ScalarType::Text,
            _ => return None,
        })
    }

    /// The value of a text with this type.
    pub(super) fn read(self, text: &str) -> Option<Datum> {
        match self {
            ScalarType::Null => Some(Datum::Null),
            ScalarType::Bool => match &*text.to_ascii_lowercase() {
                "yes" | "y" | "true" | "on" => Some(Datum::Bool(true)),
                "no" | "n" | "false" | "off" => Some(Datum::Bool(false)),
                _ => None,
            },
            ScalarType::Int => int(text),
            ScalarType::Float => float(text),
            ScalarType::Binary => text.is_ascii().then(|| base64::decode(text).map(Datum::Bytes))?,
            ScalarType::Moment => is_moment(text).then(|| Datum::Moment(text.to_owned())),
            ScalarType::Text => Some(Datum::text(text)),
        }
    }
}

/// The value of a plain scalar without a tag; `None` for what only has a meaning elsewhere.
pub(super) fn resolve(text: &str) -> Option<Datum> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Datum::Null),
        "true" | "True" | "TRUE" => return Some(Datum::Bool(true)),
        "false" | "False" | "FALSE" => return Some(Datum::Bool(false)),
        "<<" | "=" => return None,
        _ => {}
    }
    if !text.starts_with(['+', '-', '.', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9']) {
        return Some(Datum::text(text));
    }
    if is_float(text) {
        return float(text);
    }
    if is_int(text) {
        return int(text);
    }
    Some(if is_moment(text) { Datum::Moment(text.to_owned()) } else { Datum::text(text) })
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['+', '-']).unwrap_or(text)
}

fn is_int(text: &str) -> bool {
    let digits = unsigned(text);
    let all = |text: &str, is_digit: fn(char) -> bool| {
        !text.is_empty() && text.chars().all(|char| char == '_' || is_digit(char))
    };
    match digits.get(..2) {
        Some("0b") => all(&digits[2..], |char| matches!(char, '0' | '1')),
        Some("0o") => all(&digits[2..], |char| char.is_digit(8)),
        Some("0x") => all(&digits[2..], |char| char.is_ascii_hexdigit()),
        _ => all(digits, |char| char.is_ascii_digit()) && !text.starts_with('.'),
    }
}

fn int(text: &str) -> Option<Datum> {
    let digits = text.replace('_', "");
    let negative = digits.starts_with('-');
    let digits = unsigned(&digits);
    let based = [("0b", 2), ("0o", 8), ("0x", 16)].into_iter().find_map(|(prefix, base)| {
        let digits = digits.strip_prefix(prefix)?;
        Some(u128::from_str_radix(digits, base).ok().map(|number| number.to_string()))
    });
    let digits = match based {
        Some(digits) => digits?,
        None if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.to_owned(),
        None => return None,
    };
    Some(Datum::Int(match digits.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits if negative => format!("-{digits}"),
        digits => digits.to_owned(),
    }))
}

fn is_float(text: &str) -> bool {
    let number = unsigned(text);
    if matches!(number, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let (mantissa, exponent) = match number.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (number, None),
    };
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let starts_with_digit = mantissa.starts_with(|char: char| char.is_ascii_digit());
    let is_exponent = |text: &str| {
        let digits = unsigned(text);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    if !exponent.is_none_or(is_exponent) {
        return false;
    }
    match mantissa.split_once('.') {
        // The exponent of such a number needs a sign.
        Some(("", fraction)) => {
            !fraction.is_empty() && is_digits(fraction) && exponent.is_none_or(|text| text.starts_with(['+', '-']))
        }
        Some((whole, fraction)) => starts_with_digit && is_digits(whole) && is_digits(fraction),
        None => starts_with_digit && is_digits(mantissa) && exponent.is_some(),
    }
}

fn float(text: &str) -> Option<Datum> {
    let text = text.replace('_', "").to_ascii_lowercase();
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    let number = match unsigned(&text) {
        ".inf" => f64::INFINITY,
        ".nan" => f64::NAN,
        digits => digits.parse().ok()?,
    };
    Some(Datum::Float(sign * number))
}

/// A date, or a date and a time: `2001-12-14t21:59:43.10-05:00`.
fn is_moment(text: &str) -> bool {
    let mut rest = text;
    let digits = |rest: &mut &str, min: usize, max: usize| {
        let count = rest.bytes().take(max).take_while(u8::is_ascii_digit).count();
        *rest = &rest[count..];
        count >= min
    };
    fn skip(rest: &mut &str, separator: char) -> bool {
        rest.strip_prefix(separator).map(|after| *rest = after).is_some()
    }
    let is_date = digits(&mut rest, 4, 4)
        && skip(&mut rest, '-')
        && digits(&mut rest, 1, 2)
        && skip(&mut rest, '-')
        && digits(&mut rest, 1, 2);
    if !is_date || rest.is_empty() {
        // A date alone has all its digits.
        return is_date && text.len() == 10;
    }
    let after = rest.strip_prefix(['T', 't']).or_else(|| Some(rest.trim_start_matches([' ', '\t'])));
    let Some(mut time) = after.filter(|after| after.len() < rest.len()) else { return false };
    let is_time = digits(&mut time, 1, 2)
        && skip(&mut time, ':')
        && digits(&mut time, 2, 2)
        && skip(&mut time, ':')
        && digits(&mut time, 2, 2);
    if !is_time {
        return false;
    }
    if skip(&mut time, '.') {
        time = time.trim_start_matches(|char: char| char.is_ascii_digit());
    }
    let mut zone = time.trim_start_matches([' ', '\t']);
    if zone.is_empty() {
        return time.is_empty();
    }
    if zone == "Z" {
        return true;
    }
    let has_sign = skip(&mut zone, '+') || skip(&mut zone, '-');
    has_sign
        && digits(&mut zone, 1, 2)
        && (zone.is_empty() || (skip(&mut zone, ':') && digits(&mut zone, 2, 2) && zone.is_empty()))
}

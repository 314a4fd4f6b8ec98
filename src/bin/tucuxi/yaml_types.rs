//! The types of plain scalars in YAML 1.2, with the timestamps of YAML 1.1.

/// The type of a plain scalar, by its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlainType {
    Null,
    Bool(bool),
    Int,
    Float,
    Timestamp,
    /// What only has a meaning as the key of a mapping: `<<`, or as a default value: `=`.
    Special,
    Text,
}

impl PlainType {
    pub(crate) fn of(text: &str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => PlainType::Null,
            "true" | "True" | "TRUE" => PlainType::Bool(true),
            "false" | "False" | "FALSE" => PlainType::Bool(false),
            "=" | "<<" => PlainType::Special,
            _ if is_integer(text) => PlainType::Int,
            _ if is_float(text) => PlainType::Float,
            _ if is_timestamp(text) => PlainType::Timestamp,
            _ => PlainType::Text,
        }
    }
}

/// The text without a sign at its beginning.
pub(crate) fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

fn is_digits(text: &str, is_digit: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte == b'_' || is_digit(byte))
}

/// Integers have any number of underscores, even no digit after a sign.
fn is_integer(text: &str) -> bool {
    let digits = unsigned(text);
    if text.starts_with('_') {
        return false;
    }
    let octal = digits.strip_prefix('0').map(|rest| rest.strip_prefix('o').unwrap_or(rest));
    is_digits(digits, |byte| byte.is_ascii_digit())
        || octal.is_some_and(|rest| is_digits(rest, |byte| matches!(byte, b'0'..=b'7')))
        || digits.strip_prefix("0b").is_some_and(|rest| is_digits(rest, |byte| matches!(byte, b'0' | b'1')))
        || digits.strip_prefix("0x").is_some_and(|rest| is_digits(rest, |byte| byte.is_ascii_hexdigit()))
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
    let is_exponent = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some((whole, fraction)) = mantissa.split_once('.') else {
        return starts_as_number(mantissa) && exponent.is_some_and(|exponent| is_exponent(unsigned(exponent)));
    };
    if !fraction.bytes().all(|byte| byte == b'_' || byte.is_ascii_digit()) {
        return false;
    }
    match whole.is_empty() {
        // Without a digit before the point, the exponent needs a sign.
        true => {
            let is_signed = |exponent: &str| exponent.strip_prefix(['-', '+']).is_some_and(is_exponent);
            !fraction.is_empty() && exponent.is_none_or(is_signed)
        }
        false => starts_as_number(whole) && exponent.is_none_or(|exponent| is_exponent(unsigned(exponent))),
    }
}

fn starts_as_number(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit()) && is_digits(text, |byte| byte.is_ascii_digit())
}

/// A date, or a date and a time: `2020-01-02`, `2020-1-2 3:04:05.678 +9:00`.
pub(crate) fn is_timestamp(text: &str) -> bool {
    let mut rest = TimestampScan(text.as_bytes());
    if !(rest.digits(4..=4) && rest.byte(b"-")) {
        return false;
    }
    let is_padded = matches!(text.as_bytes(), [_, _, _, _, _, a, b, b'-', c, d]
        if [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()));
    is_padded || rest.digits(1..=2) && rest.byte(b"-") && rest.digits(1..=2) && rest.time_of_day()
}

/// The rest of a text.
struct TimestampScan<'t>(&'t [u8]);

impl TimestampScan<'_> {
    fn byte(&mut self, allowed: &[u8]) -> bool {
        match self.0.split_first() {
            Some((first, rest)) if allowed.contains(first) => {
                self.0 = rest;
                true
            }
            _ => false,
        }
    }

    fn count(&mut self, max: usize, is_allowed: impl Fn(&u8) -> bool) -> usize {
        let count = self.0.iter().take(max).take_while(|byte| is_allowed(byte)).count();
        self.0 = &self.0[count..];
        count
    }

    fn digits(&mut self, range: std::ops::RangeInclusive<usize>) -> bool {
        range.contains(&self.count(*range.end(), u8::is_ascii_digit))
    }

    fn blanks(&mut self) -> bool {
        self.count(usize::MAX, |byte| matches!(byte, b' ' | b'\t')) > 0
    }

    fn time_of_day(&mut self) -> bool {
        if !(self.byte(b"Tt") || self.blanks()) {
            return false;
        }
        let is_time =
            self.digits(1..=2) && self.byte(b":") && self.digits(2..=2) && self.byte(b":") && self.digits(2..=2);
        if !is_time {
            return false;
        }
        if self.byte(b".") {
            self.count(usize::MAX, u8::is_ascii_digit);
        }
        self.0.is_empty() || self.zone() && self.0.is_empty()
    }

    fn zone(&mut self) -> bool {
        self.blanks();
        if self.byte(b"Z") {
            return true;
        }
        self.byte(b"-+") && self.digits(1..=2) && (!self.byte(b":") || self.digits(2..=2))
    }
}

//! The numbers of DynamoDB: decimals of up to 38 digits, as text.

use std::fmt;

use serde_json::Number;

/// The maximum number of significant digits.
const MAX_DIGITS: usize = 38;
/// The exponents of the first digit.
const MIN_EXPONENT: i64 = -130;
const MAX_EXPONENT: i64 = 125;
/// Exponents of the first digit of numbers that are written without one.
const PLAIN: std::ops::RangeInclusive<i64> = -7..=20;

/// A decimal number. Equal numbers are equal, whatever their spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decimal {
    is_negative: bool,
    /// Without zeros at the ends; empty for zero.
    digits: String,
    /// The exponent of the first digit.
    exponent: i64,
}

/// Why a text is not a number of DynamoDB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberFault {
    NotANumber,
    TooManyDigits,
    OutOfRange,
}

impl Decimal {
    /// Reads a number of any size: `-1.50`, `1E+3`, `.5`.
    pub(super) fn parse(text: &str) -> Option<Decimal> {
        let (is_negative, unsigned) = match text.strip_prefix(['-', '+']) {
            Some(rest) => (text.starts_with('-'), rest),
            None => (false, text),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all: String = [whole, fraction].concat();
        if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let significant = all.trim_start_matches('0');
        let digits = significant.trim_end_matches('0');
        if digits.is_empty() {
            return Some(Decimal { is_negative: false, digits: String::new(), exponent: 0 });
        }
        let zeros = i64::try_from(all.len().saturating_sub(significant.len())).ok()?;
        let first = i64::try_from(whole.len()).ok()?.saturating_sub(zeros).saturating_sub(1);
        Some(Decimal { is_negative, digits: digits.to_owned(), exponent: exponent.saturating_add(first) })
    }

    /// Reads a number that DynamoDB can store.
    pub(super) fn checked(text: &str) -> Result<Decimal, NumberFault> {
        let number = Decimal::parse(text).ok_or(NumberFault::NotANumber)?;
        if number.digits.len() > MAX_DIGITS {
            return Err(NumberFault::TooManyDigits);
        }
        if !(MIN_EXPONENT..=MAX_EXPONENT).contains(&number.exponent) {
            return Err(NumberFault::OutOfRange);
        }
        Ok(number)
    }

    /// This number as a JSON number, if that is exact.
    pub(super) fn to_json(&self) -> Option<Number> {
        self.to_json_integer().or_else(|| self.to_json_float())
    }

    /// This number as a JSON number, if it is an integer of 64 bits.
    pub(super) fn to_json_integer(&self) -> Option<Number> {
        if self.digits.is_empty() {
            return Some(0.into());
        }
        let count = usize::try_from(self.exponent.checked_add(1)?).ok().filter(|count| *count <= 20)?;
        let zeros = count.checked_sub(self.digits.len())?;
        let integer = format!("{}{}{}", self.sign(), self.digits, "0".repeat(zeros));
        let unsigned = || integer.parse::<u64>().map(Number::from);
        integer.parse::<i64>().map(Number::from).or_else(|_| unsigned()).ok()
    }

    /// This number as a JSON number, if its digits are the shortest ones of a float.
    fn to_json_float(&self) -> Option<Number> {
        // The text of `serde_json`, because that is what is read when the number is written back.
        let number = Number::from_f64(self.to_string().parse().ok()?)?;
        let is_same = Decimal::parse(&number.to_string()).as_ref() == Some(self);
        is_same.then_some(number)
    }

    /// The digits without an exponent, if there are at most 40 before the point.
    pub(super) fn plain(&self) -> String {
        let count = usize::try_from(self.exponent.saturating_add(1)).ok().filter(|count| *count <= 40);
        match count.filter(|count| *count >= self.digits.len() && !self.digits.is_empty()) {
            Some(count) => format!("{}{:0<count$}", self.sign(), self.digits),
            None => self.to_string(),
        }
    }

    fn sign(&self) -> &'static str {
        if self.is_negative { "-" } else { "" }
    }
}

impl fmt::Display for Decimal {
    /// `1500`, `-0.25`, `1E+30`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.digits.as_str();
        f.write_str(self.sign())?;
        if digits.is_empty() {
            return f.write_str("0");
        }
        if !PLAIN.contains(&self.exponent) {
            let (first, rest) = digits.split_at(1);
            let dot = if rest.is_empty() { "" } else { "." };
            return write!(f, "{first}{dot}{rest}E{:+}", self.exponent);
        }
        match usize::try_from(self.exponent) {
            Ok(exponent) => {
                let whole = exponent.saturating_add(1);
                match digits.split_at_checked(whole).filter(|(_, fraction)| !fraction.is_empty()) {
                    Some((whole, fraction)) => write!(f, "{whole}.{fraction}"),
                    None => write!(f, "{digits:0<whole$}"),
                }
            }
            Err(_) => {
                let zeros = usize::try_from(self.exponent.saturating_neg().saturating_sub(1)).unwrap_or_default();
                write!(f, "0.{}{digits}", "0".repeat(zeros))
            }
        }
    }
}

/// The number after the `E`. One that is too large for its type is out of any range.
fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let limit = if text.starts_with('-') { i64::from(i32::MIN) } else { i64::from(i32::MAX) };
    Some(text.parse::<i32>().map_or(limit, i64::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_equal_in_any_spelling() {
        for (text, expected) in [
            ("0", "0"),
            ("-0.00", "0"),
            ("0E+3", "0"),
            ("1E+3", "1000"),
            ("1.500", "1.5"),
            (".5", "0.5"),
            ("5.", "5"),
            ("-00123.4500", "-123.45"),
            ("0.000001234", "0.000001234"),
            ("1e-9", "1E-9"),
            ("1.5e125", "1.5E+125"),
            ("123456789012345678901", "123456789012345678901"),
            ("1234567890123456789012", "1.234567890123456789012E+21"),
            ("100000000000000000000", "100000000000000000000"),
        ] {
            let number = Decimal::checked(text).unwrap();
            assert_eq!(number.to_string(), expected, "{text}");
            assert_eq!(Decimal::parse(expected).unwrap(), number, "{text}");
        }
    }

    #[test]
    fn numbers_that_cannot_be_stored_are_refused() {
        let long = "1".repeat(39);
        for (text, fault) in [
            ("", NumberFault::NotANumber),
            ("-", NumberFault::NotANumber),
            ("1e", NumberFault::NotANumber),
            (".", NumberFault::NotANumber),
            ("1_000", NumberFault::NotANumber),
            (" 1", NumberFault::NotANumber),
            ("0x10", NumberFault::NotANumber),
            ("--1", NumberFault::NotANumber),
            ("NaN", NumberFault::NotANumber),
            ("Infinity", NumberFault::NotANumber),
            ("٣", NumberFault::NotANumber),
            (&long, NumberFault::TooManyDigits),
            ("1e126", NumberFault::OutOfRange),
            ("1e-131", NumberFault::OutOfRange),
            ("1e99999999999999999999", NumberFault::OutOfRange),
        ] {
            assert_eq!(Decimal::checked(text), Err(fault), "{text}");
        }
        for text in
            ["9.9999999999999999999999999999999999999E+125", "1e-130", "-1e-130", &format!("1{}", "0".repeat(60))]
        {
            assert!(Decimal::checked(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn only_exact_numbers_are_json_numbers() {
        for (text, expected) in [
            ("1E+3", Some("1000")),
            ("-9223372036854775808", Some("-9223372036854775808")),
            ("18446744073709551615", Some("18446744073709551615")),
            ("18446744073709551616", None),
            ("0.1", Some("0.1")),
            ("1e20", Some("1e+20")),
            ("0.10000000000000000001", None),
            ("12345678901234567890.5", None),
            ("-0", Some("0")),
        ] {
            let number = Decimal::parse(text).unwrap().to_json().map(|number| number.to_string());
            assert_eq!(number.as_deref(), expected, "{text}");
        }
    }
}

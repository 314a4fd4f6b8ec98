//! Numbers as in Python: integers and floats are different types, and compare exactly.

use std::cmp::Ordering;

use serde_json::{Number, Value};

/// Python's limit for the digits of an integer. Longer integers are not numbers.
pub(super) const MAX_DIGITS: usize = 4300;

/// Integer or float. Integers beyond 128 bits are floats.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Num {
    Int(i128),
    Float(f64),
}

impl Num {
    pub(super) fn of(number: &Number) -> Num {
        match number.as_i128() {
            Some(integer) => Num::Int(integer),
            None => Num::Float(number.as_f64().unwrap_or(f64::NAN)),
        }
    }

    pub(super) fn as_f64(self) -> f64 {
        match self {
            Num::Int(integer) => integer as f64,
            Num::Float(float) => float,
        }
    }

    /// Converts to a JSON value. Integers beyond 64 bits become floats, and non-finite floats become strings.
    pub(super) fn into_value(self) -> Value {
        if let Num::Int(integer) = self {
            if let Ok(integer) = i64::try_from(integer) {
                return integer.into();
            }
            if let Ok(integer) = u64::try_from(integer) {
                return integer.into();
            }
        }
        match self.as_f64() {
            float if float.is_nan() => "NaN".into(),
            f64::INFINITY => "Infinity".into(),
            f64::NEG_INFINITY => "-Infinity".into(),
            float => float.into(),
        }
    }

    /// Parses the string form of a non-finite float.
    pub(super) fn of_word(text: &str) -> Option<Num> {
        Some(Num::Float(match text {
            "NaN" => f64::NAN,
            "Infinity" => f64::INFINITY,
            "-Infinity" => f64::NEG_INFINITY,
            _ => return None,
        }))
    }

    /// Compares two numbers; `None` if one of them is NaN.
    pub(super) fn compare(self, other: Num) -> Option<Ordering> {
        match (self, other) {
            (Num::Int(left), Num::Int(right)) => Some(left.cmp(&right)),
            (Num::Float(left), Num::Float(right)) => left.partial_cmp(&right),
            (Num::Int(left), Num::Float(right)) => compare_mixed(left, right),
            (Num::Float(left), Num::Int(right)) => compare_mixed(right, left).map(Ordering::reverse),
        }
    }

    pub(super) fn plus(self, other: Num) -> Num {
        if let (Num::Int(left), Num::Int(right)) = (self, other)
            && let Some(sum) = left.checked_add(right)
        {
            return Num::Int(sum);
        }
        Num::Float(self.as_f64() + other.as_f64())
    }

    pub(super) fn abs(self) -> Num {
        match self {
            Num::Int(integer) => integer.checked_abs().map_or(Num::Float(self.as_f64().abs()), Num::Int),
            Num::Float(float) => Num::Float(float.abs()),
        }
    }

    /// Rounds to an integer with `round`; `None` for a non-finite number.
    pub(super) fn whole(self, round: fn(f64) -> f64) -> Option<Num> {
        match self {
            Num::Float(float) if !float.is_finite() => None,
            Num::Float(float) if float.abs() < TWO_TO_126 => Some(Num::Int(round(float) as i128)),
            other => Some(other),
        }
    }

    /// Divides and rounds once, like Python's `/`.
    pub(super) fn divided_by(self, count: usize) -> Num {
        const EXACT: u128 = 1 << 53;
        let count = count.max(1) as u128;
        Num::Float(match self {
            Num::Int(integer) if integer.unsigned_abs() > EXACT => {
                // The quotient has more bits than a float, and its last bit says whether there is a remainder.
                let shift = integer.unsigned_abs().leading_zeros();
                let dividend = integer.unsigned_abs() << shift;
                let quotient = (dividend / count) | u128::from(dividend % count != 0);
                let magnitude = quotient as f64 / 2_f64.powi(shift as i32);
                if integer < 0 { -magnitude } else { magnitude }
            }
            other => other.as_f64() / count as f64,
        })
    }

    /// Parses text like Python's `int()`, or else `float()`: with surrounding blanks, underscores between digits, and digits of
    /// any script.
    pub(super) fn of_text(text: &str) -> Option<Num> {
        let text: String = if text.is_ascii() { text.to_owned() } else { text.chars().map(ascii_digit).collect() };
        let text = text.trim_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
        let bytes = text.as_bytes();
        let is_digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
        let is_between = |at: usize| is_digit(at.checked_sub(1)) && is_digit(Some(at + 1));
        if bytes.iter().enumerate().any(|(at, byte)| *byte == b'_' && !is_between(at)) {
            return None;
        }
        let text = text.replace('_', "");
        let digits = text.strip_prefix(['+', '-']).unwrap_or(&text);
        if !digits.is_empty() && digits.len() <= MAX_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().map(Num::Int).ok().or_else(|| text.parse().map(Num::Float).ok());
        }
        text.parse().map(Num::Float).ok()
    }
}

const TWO_TO_126: f64 = 85_070_591_730_234_615_865_843_651_857_942_052_864.0;

fn compare_mixed(integer: i128, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    if float.abs() > TWO_TO_126 * 2.0 {
        return Some(if float > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    let by_fraction = || 0.0_f64.partial_cmp(&float.fract()).unwrap_or(Ordering::Equal);
    Some(integer.cmp(&(float.trunc() as i128)).then_with(by_fraction))
}

/// Converts a decimal digit of any script to ASCII, and white space to a blank.
fn ascii_digit(char: char) -> char {
    if char.is_ascii() {
        return char;
    }
    if char.is_whitespace() {
        return ' ';
    }
    let zero = ZEROS.partition_point(|zero| *zero <= char as u32).checked_sub(1).map(|index| ZEROS[index]);
    let digit = zero.map(|zero| char as u32 - zero).filter(|digit| *digit < 10);
    digit.and_then(|digit| char::from_digit(digit, 10)).unwrap_or('?')
}

/// Zeros of all scripts except ASCII; the digits 1 to 9 follow each.
const ZEROS: &[u32] = &[
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20,
    0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0,
    0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0,
    0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0,
    0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
];

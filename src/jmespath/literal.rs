//! Backtick literals, parsed like Python's `json.loads`: with `NaN`, numbers of any size and lone surrogates. A literal that is
//! not JSON is a string (`lexer.py: _consume_literal`).

use serde_json::Value;

use super::error::SyntaxError;
use super::number::{MAX_DIGITS, Num};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Literal {
    Value(Value),
    /// A number that a JSON value cannot hold.
    Number(Num),
}

impl Literal {
    pub(super) fn parse(text: &str) -> Result<Literal, SyntaxError> {
        let number = text.trim_matches([' ', '\t', '\n', '\r']);
        if has_too_many_digits(number) {
            return Ok(Literal::Value(text.trim_start().into()));
        }
        if let Some(number) = unusual_number(number) {
            return Ok(Literal::Number(number));
        }
        let error = match serde_json::from_str(text) {
            Ok(_) if text.contains("-0") => None,
            Ok(value) => return Ok(Literal::Value(value)),
            Err(error) => Some(error),
        };
        if let Ok(value) = serde_json::from_str(&representable(text)) {
            return Ok(Literal::Value(value));
        }
        // A deeply nested literal is an error, not a string of brackets.
        if let Some(error) = error.filter(|error| error.to_string().starts_with("recursion limit")) {
            return Err(SyntaxError::DeepLiteral(error.to_string()));
        }
        let is_space = |char: char| char.is_whitespace() || matches!(char, '\x1c'..='\x1f');
        json_string(text.trim_start_matches(is_space)).map(|text| Literal::Value(text.into()))
    }
}

/// Decodes the content of a quoted string. Lone surrogates become U+FFFD.
pub(super) fn json_string(inner: &str) -> Result<String, SyntaxError> {
    let quoted = format!("\"{inner}\"");
    let error = match serde_json::from_str(&quoted) {
        Ok(text) => return Ok(text),
        Err(error) => error,
    };
    serde_json::from_str(&representable(&quoted)).map_err(|_| SyntaxError::JsonString(error.to_string()))
}

/// Parses `NaN`, infinities and integers beyond 64 bits.
fn unusual_number(text: &str) -> Option<Num> {
    match text {
        "NaN" => return Some(Num::Float(f64::NAN)),
        "Infinity" => return Some(Num::Float(f64::INFINITY)),
        "-Infinity" => return Some(Num::Float(f64::NEG_INFINITY)),
        _ => {}
    }
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.starts_with(|char: char| char.is_ascii_digit()) || text.parse::<serde_json::Number>().is_err() {
        // A number that serde_json rejects exceeds the range of a double.
        let is_number = number_length(text) == Some(text.len());
        return text.parse().ok().filter(|value: &f64| is_number && value.is_infinite()).map(Num::Float);
    }
    let is_whole = digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.len() <= MAX_DIGITS;
    let integer = text.parse().ok().filter(|_| is_whole)?;
    (i64::try_from(integer).is_err() && u64::try_from(integer).is_err()).then_some(Num::Int(integer))
}

fn has_too_many_digits(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.len() > MAX_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Converts Python's JSON to JSON: lone surrogates become U+FFFD, and non-finite numbers become strings such as `"NaN"`.
fn representable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut at, mut in_string) = (0, false);
    // Characters that may surround a JSON number.
    let is_boundary = |char: char| matches!(char, '[' | ']' | '{' | '}' | ',' | ':' | ' ' | '\t' | '\n' | '\r');
    while let Some(char) = text[at..].chars().next() {
        let rest = &text[at..];
        let (length, replaced) = match char {
            '\\' if in_string => match unit(rest) {
                Some(0xd800..=0xdbff) if matches!(rest.get(6..).and_then(unit), Some(0xdc00..=0xdfff)) => (12, None),
                Some(0xd800..=0xdfff) => (6, Some("\\ufffd")),
                _ => (1 + rest[1..].chars().next().map_or(0, char::len_utf8), None),
            },
            '"' => {
                in_string = !in_string;
                (1, None)
            }
            _ if in_string => (char.len_utf8(), None),
            'N' if rest.starts_with("NaN") => (3, Some("\"NaN\"")),
            'I' if rest.starts_with("Infinity") => (8, Some("\"Infinity\"")),
            '-' if rest.starts_with("-Infinity") => (9, Some("\"-Infinity\"")),
            '-' | '0'..='9' => {
                let is_alone = |rest: &str| rest.chars().next().is_none_or(is_boundary);
                let length = number_length(rest).unwrap_or(1);
                let replaced = match rest[..length].parse() {
                    Ok(f64::INFINITY) => Some("\"Infinity\""),
                    Ok(f64::NEG_INFINITY) => Some("\"-Infinity\""),
                    // The integer -0 has no sign; other text with these characters is left alone.
                    _ if &rest[..length] == "-0"
                        && is_alone(&rest[length..])
                        && text[..at].chars().next_back().is_none_or(is_boundary) =>
                    {
                        Some("0")
                    }
                    _ => None,
                };
                (length, replaced)
            }
            _ => (char.len_utf8(), None),
        };
        out.push_str(replaced.unwrap_or(&rest[..length]));
        at += length;
    }
    out
}

/// Parses an escape `\uXXXX` at the start to a UTF-16 code unit.
fn unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u32::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))
}

/// Returns the length of the JSON number at the start.
fn number_length(text: &str) -> Option<usize> {
    let digits = |at: usize| text.as_bytes()[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let byte = |at: usize| text.as_bytes().get(at).copied();
    let mut at = usize::from(byte(0) == Some(b'-'));
    match (byte(at)?, digits(at)) {
        (_, 0) => return None,
        (b'0', _) => at += 1,
        (_, whole) => at += whole,
    }
    if byte(at) == Some(b'.') && digits(at + 1) > 0 {
        at += 1 + digits(at + 1);
    }
    if matches!(byte(at), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(byte(at + 1), Some(b'+' | b'-')));
        if digits(at + 1 + sign) > 0 {
            at += 1 + sign + digits(at + 1 + sign);
        }
    }
    Some(at)
}

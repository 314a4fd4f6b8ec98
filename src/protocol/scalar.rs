//! Scalars as text: how XML, forms, query strings and headers carry numbers, booleans, times and blobs.

use std::borrow::Cow;

use serde_json::{Number, Value};

use crate::codec::number;
use crate::codec::timestamp::{EpochSeconds, Timestamp};
use crate::codec::xml::shorten;
use crate::model::shape::{Kind, Ref, TimestampFormat};
use crate::value;

/// The text of a parameter. `default_format` holds where the model gives no format to a timestamp. The error says what was
/// expected and found; the caller knows where.
pub(super) fn to_text<'v>(
    kind: &Kind,
    target: &Ref,
    value: &'v Value,
    default_format: TimestampFormat,
) -> Result<Cow<'v, str>, String> {
    match (kind, value) {
        (Kind::String, Value::String(text)) => Ok(Cow::Borrowed(text)),
        (Kind::Boolean, Value::Bool(true)) => Ok(Cow::Borrowed("true")),
        (Kind::Boolean, Value::Bool(false)) => Ok(Cow::Borrowed("false")),
        (Kind::Integer, Value::Number(number)) if !number.is_f64() => Ok(number_text(number)),
        (Kind::Float | Kind::Double, Value::Number(number)) => Ok(number_text(number)),
        (Kind::Float | Kind::Double, Value::String(text))
            if matches!(text.as_str(), "NaN" | "Infinity" | "-Infinity") =>
        {
            Ok(Cow::Borrowed(text))
        }
        (Kind::Timestamp, _) => {
            let time = timestamp(value).ok_or_else(|| mismatch("timestamp (RFC 3339 text or epoch seconds)", value))?;
            Ok(timestamp_text(time, target.timestamp_format.unwrap_or(default_format)).into())
        }
        (Kind::Blob, Value::String(text)) => base64_text(text).ok_or_else(|| NOT_BASE64.to_owned()),
        (Kind::String, _) => Err(mismatch("string", value)),
        (Kind::Boolean, _) => Err(mismatch("boolean", value)),
        (Kind::Integer, _) => Err(mismatch("integer", value)),
        (Kind::Float | Kind::Double, _) => Err(mismatch("number", value)),
        (Kind::Blob, _) => Err(mismatch("blob as base64 text", value)),
        (Kind::Structure(_) | Kind::List(_) | Kind::Map { .. }, _) => Err(mismatch("scalar", value)),
    }
}

/// The text may be a secret, so the message does not show it.
const NOT_BASE64: &str =
    "expected a blob as base64 text (tucuxi::blob makes it, tucuxi::bytes reads it), found other text";

/// What to say about a parameter of the wrong type.
pub(super) fn mismatch(expected: &str, found: &Value) -> String {
    format!("expected {expected}, found {}", value::type_name(found))
}

fn number_text(number: &Number) -> Cow<'static, str> {
    let mut text = String::new();
    number::write_number(&mut text, number);
    Cow::Owned(text)
}

fn timestamp(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => Timestamp::parse(text),
        Value::Number(number) => match number.as_i64() {
            Some(seconds) => Timestamp::new(seconds, 0),
            None => Timestamp::from_epoch(number.as_f64()?),
        },
        _ => None,
    }
}

fn timestamp_text(time: Timestamp, format: TimestampFormat) -> String {
    match format {
        TimestampFormat::Iso8601 => time.to_iso8601(),
        TimestampFormat::Rfc822 => time.to_http_date(),
        TimestampFormat::UnixTimestamp => match time.to_epoch() {
            EpochSeconds::Whole(seconds) => seconds.to_string(),
            EpochSeconds::Fraction(seconds) => {
                let mut text = String::new();
                number::write_float(&mut text, seconds);
                text
            }
        },
    }
}

/// What a parameter gives as base64, with its padding: as it is when it is as it should be.
fn base64_text(text: &str) -> Option<Cow<'_, str>> {
    if is_canonical_base64(text) {
        return Some(Cow::Borrowed(text));
    }
    value::decode(text).map(|bytes| Cow::Owned(value::encode(&bytes)))
}

/// The value of a scalar that a service sent. The error says what was expected and found; the caller knows where.
pub(super) fn from_text(kind: &Kind, text: Cow<'_, str>) -> Result<Value, String> {
    let (value, expected) = match kind {
        Kind::String => return Ok(Value::String(text.into_owned())),
        // botocore takes everything but "true" for false.
        Kind::Boolean => return Ok(Value::Bool(text == "true")),
        Kind::Blob if is_canonical_base64(&text) => return Ok(Value::String(text.into_owned())),
        Kind::Blob => (cleaned_base64(&text).map(Value::String), "base64 text"),
        Kind::Integer => (integer(text.trim()).map(Value::Number), "integer"),
        Kind::Float | Kind::Double => (float(text.trim()), "number"),
        Kind::Timestamp => (Timestamp::parse(&text).map(|time| Value::String(time.to_rfc3339())), "timestamp"),
        Kind::Structure(_) | Kind::List(_) | Kind::Map { .. } => (None, "elements"),
    };
    value.ok_or_else(|| format!("expected {expected}, found {:?}", shorten(&text)))
}

fn integer(text: &str) -> Option<Number> {
    text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from)).ok()
}

fn float(text: &str) -> Option<Value> {
    let value: f64 = text.parse().ok()?;
    Some(match Number::from_f64(value) {
        Some(number) => Value::Number(number),
        None if value.is_nan() => Value::from("NaN"),
        None if value > 0.0 => Value::from("Infinity"),
        None => Value::from("-Infinity"),
    })
}

/// Base64 as services send it, brought into its canonical form: what is not of the alphabet is dropped (some break lines),
/// text after the padding too, and missing padding is added. Python's `b64decode` reads it alike.
fn cleaned_base64(text: &str) -> Option<String> {
    let mut clean = String::with_capacity(text.len() + 2);
    for byte in text.bytes() {
        match byte {
            b'=' if clean.len() % 4 >= 2 => break,
            _ if base64_digit(byte).is_some() => clean.push(char::from(byte)),
            _ => {}
        }
    }
    let unused_bits = match clean.len() % 4 {
        0 => return Some(clean),
        2 => 4,
        3 => 2,
        _ => return None,
    };
    let last = clean.pop().and_then(|last| base64_digit(last as u8))?;
    clean.push(char::from(BASE64_ALPHABET[usize::from(last >> unused_bits << unused_bits)]));
    while !clean.len().is_multiple_of(4) {
        clean.push('=');
    }
    Some(clean)
}

const BASE64_ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64_digit(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

/// Whether a text is exactly what encoding some bytes would give (RFC 4648, section 3.5: unused bits are zero).
fn is_canonical_base64(text: &str) -> bool {
    if !text.len().is_multiple_of(4) {
        return false;
    }
    let digits = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text).as_bytes();
    let unused_mask = [0, 0, 0x0f, 0x03][digits.len() % 4];
    digits.iter().all(|byte| base64_digit(*byte).is_some())
        && digits.last().is_none_or(|last| base64_digit(*last).is_some_and(|digit| digit & unused_mask == 0))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn received_scalars() {
        for (kind, text, expected) in [
            (Kind::String, "", Ok(json!(""))),
            (Kind::String, " a ", Ok(json!(" a "))),
            (Kind::Boolean, "true", Ok(json!(true))),
            (Kind::Boolean, "True", Ok(json!(false))),
            (Kind::Boolean, "", Ok(json!(false))),
            (Kind::Integer, " 12 ", Ok(json!(12))),
            (Kind::Integer, "-9223372036854775808", Ok(json!(i64::MIN))),
            (Kind::Integer, "18446744073709551615", Ok(json!(u64::MAX))),
            (Kind::Integer, "18446744073709551616", Err("integer")),
            (Kind::Integer, "1.5", Err("integer")),
            (Kind::Integer, "", Err("integer")),
            (Kind::Float, "1", Ok(json!(1.0))),
            (Kind::Double, "1e-7", Ok(json!(1e-7))),
            (Kind::Double, "NaN", Ok(json!("NaN"))),
            (Kind::Double, "Infinity", Ok(json!("Infinity"))),
            (Kind::Double, "-inf", Ok(json!("-Infinity"))),
            (Kind::Double, "x", Err("number")),
            (Kind::Timestamp, "2009-10-12T17:50:30.000Z", Ok(json!("2009-10-12T17:50:30Z"))),
            (Kind::Timestamp, "1422172812", Ok(json!("2015-01-25T08:00:12Z"))),
            (Kind::Timestamp, "", Err("timestamp")),
            (Kind::Blob, "", Ok(json!(""))),
            (Kind::Blob, "aGVsbG8=", Ok(json!("aGVsbG8="))),
            (Kind::Blob, "aGVs\n bG8", Ok(json!("aGVsbG8="))),
            (Kind::Blob, "aGVsbG9=trailing", Ok(json!("aGVsbG8="))),
            (Kind::Blob, "/w==", Ok(json!("/w=="))),
            (Kind::Blob, "//==", Ok(json!("/w=="))),
            (Kind::Blob, "a", Err("base64 text")),
        ] {
            let expected = expected.map_err(|expected| format!("expected {expected}, found {text:?}"));
            assert_eq!(from_text(&kind, Cow::Borrowed(text)), expected, "{kind:?} {text:?}");
        }
    }

    #[test]
    fn canonical_base64_is_what_the_encoder_gives() {
        for length in 0..40 {
            let bytes: Vec<u8> = (0..length).map(|index: u8| index.wrapping_mul(167).wrapping_add(length)).collect();
            let text = value::encode(&bytes);
            assert!(is_canonical_base64(&text), "{text}");
            assert_eq!(cleaned_base64(&(text.replace('=', "") + "\n")), Some(text));
        }
        for text in ["a", "ab", "abc", "ab=c", "a===", "====", "ab==cdef", "//==", "ab\n=", "\u{e4}bc"] {
            assert!(!is_canonical_base64(text), "{text}");
        }
    }
}

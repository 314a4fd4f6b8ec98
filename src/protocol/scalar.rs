//! Scalars as text: how XML, forms, query strings and headers carry numbers, booleans, times and blobs.

use std::borrow::Cow;

use serde_json::{Number, Value};

use crate::codec::timestamp::{EpochSeconds, Timestamp};
use crate::codec::xml::shorten;
use crate::codec::{base64, number};
use crate::model::shape::{Kind, Ref, TimestampFormat};
use crate::protocol::float_value;
use crate::value;

/// The text of a parameter in a header, where times have whole seconds in every format (botocore's `serialize.py:
/// BaseRestSerializer._convert_header_value`).
pub(super) fn to_header_text<'v>(kind: &Kind, target: &Ref, value: &'v Value) -> Result<Cow<'v, str>, String> {
    let time = if matches!(kind, Kind::Timestamp) { value::timestamp(value) } else { None };
    match time.and_then(|time| Timestamp::new(time.seconds(), 0)) {
        Some(time) => Ok(timestamp_text(time, target.timestamp_format.unwrap_or(TimestampFormat::Rfc822)).into()),
        None => to_text(kind, target, value, TimestampFormat::Rfc822),
    }
}

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
            let time =
                value::timestamp(value).ok_or_else(|| mismatch("timestamp (RFC 3339 text or epoch seconds)", value))?;
            Ok(timestamp_text(time, target.timestamp_format.unwrap_or(default_format)).into())
        }
        (Kind::Blob, Value::String(text)) => base64::given(text).ok_or_else(|| NOT_BASE64.to_owned()),
        (Kind::String, _) => Err(mismatch("string", value)),
        (Kind::Boolean, _) => Err(mismatch("boolean", value)),
        (Kind::Integer, _) => Err(mismatch("integer", value)),
        (Kind::Float | Kind::Double, _) => Err(mismatch("number", value)),
        (Kind::Blob, _) => Err(mismatch("blob as base64 text", value)),
        (Kind::Structure(_) | Kind::List(_) | Kind::Map { .. }, _) => Err(mismatch("scalar", value)),
    }
}

/// The text may be a secret, so the message does not show it.
const NOT_BASE64: &str = "expected a blob as base64 text, found other text";

/// What to say about a parameter of the wrong type.
pub(super) fn mismatch(expected: &str, found: &Value) -> String {
    format!("expected {expected}, found {}", value::type_name(found))
}

fn number_text(number: &Number) -> Cow<'static, str> {
    let mut text = String::new();
    number::write_number(&mut text, number);
    Cow::Owned(text)
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

/// The value of a scalar that a service sent. The error says what was expected and found; the caller knows where.
pub(super) fn from_text(kind: &Kind, text: Cow<'_, str>) -> Result<Value, String> {
    let (value, expected) = match kind {
        Kind::String => return Ok(Value::String(text.into_owned())),
        // botocore takes everything but "true" for false.
        Kind::Boolean => return Ok(Value::Bool(text == "true")),
        Kind::Blob => (base64::received(&text).map(|text| Value::String(text.into_owned())), "base64 text"),
        Kind::Integer => (integer(text.trim()).map(Value::Number), "integer"),
        Kind::Float | Kind::Double => (float_value(text.trim()), "number"),
        Kind::Timestamp => (Timestamp::parse(&text).map(|time| Value::String(time.to_rfc3339())), "timestamp"),
        Kind::Structure(_) | Kind::List(_) | Kind::Map { .. } => (None, "elements"),
    };
    value.ok_or_else(|| format!("expected {expected}, found {:?}", shorten(&text)))
}

/// As [`from_text`], for text in a header or in quotes: white space around it and the case of a boolean do not matter
/// (botocore's `ensure_boolean`).
pub(super) fn received_text(kind: &Kind, text: &str) -> Result<Value, String> {
    match kind {
        Kind::Boolean => Ok(Value::Bool(text.trim().eq_ignore_ascii_case("true"))),
        _ => from_text(kind, Cow::Borrowed(text)),
    }
}

fn integer(text: &str) -> Option<Number> {
    text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from)).ok()
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
}

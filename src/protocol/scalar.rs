//! Scalar parameters as text in XML, forms, query strings and headers: numbers, booleans, times and blobs.
//! [`lenient`](crate::protocol::lenient) reads them in responses.

use std::borrow::Cow;

use serde_json::Number;

use crate::codec::timestamp::{EpochSeconds, Timestamp};
use crate::codec::{base64, number};
use crate::model::shape::{Kind, Ref, TimestampFormat};
use crate::value::ParamToken;

/// The text of a parameter in a header. There, times have whole seconds in every format (botocore's `serialize.py:
/// BaseRestSerializer._convert_header_value`).
pub(super) fn to_header_text<'v>(kind: &Kind, target: &Ref, value: &ParamToken<'v>) -> Result<Cow<'v, str>, String> {
    let time = if matches!(kind, Kind::Timestamp) { value.timestamp() } else { None };
    match time.and_then(|time| Timestamp::new(time.seconds(), 0)) {
        Some(time) => Ok(timestamp_text(time, target.timestamp_format.unwrap_or(TimestampFormat::Rfc822)).into()),
        None => to_text(kind, target, value, TimestampFormat::Rfc822),
    }
}

/// The text of a parameter. `default_format` is for timestamps whose model has no format. The error names the expected
/// and the found type; the caller adds the path.
pub(super) fn to_text<'v>(
    kind: &Kind,
    target: &Ref,
    value: &ParamToken<'v>,
    default_format: TimestampFormat,
) -> Result<Cow<'v, str>, String> {
    match (kind, value) {
        (Kind::String, ParamToken::Text(text)) => Ok(Cow::Borrowed(text)),
        (Kind::Boolean, ParamToken::Bool(true)) => Ok(Cow::Borrowed("true")),
        (Kind::Boolean, ParamToken::Bool(false)) => Ok(Cow::Borrowed("false")),
        (Kind::Integer, ParamToken::Number(number)) if !number.is_f64() => Ok(number_text(number)),
        (Kind::Float | Kind::Double, ParamToken::Number(number)) => Ok(number_text(number)),
        (Kind::Float | Kind::Double, ParamToken::Text(text)) if matches!(*text, "NaN" | "Infinity" | "-Infinity") => {
            Ok(Cow::Borrowed(text))
        }
        (Kind::Timestamp, _) => {
            let time =
                value.timestamp().ok_or_else(|| mismatch("timestamp (RFC 3339 text or epoch seconds)", value))?;
            Ok(timestamp_text(time, target.timestamp_format.unwrap_or(default_format)).into())
        }
        (Kind::Blob, ParamToken::Bytes(bytes)) => Ok(base64::encode(bytes).into()),
        (Kind::Blob, ParamToken::Text(text)) => base64::given(text).ok_or_else(|| NOT_BASE64.to_owned()),
        (Kind::String, _) => Err(mismatch("string", value)),
        (Kind::Boolean, _) => Err(mismatch("boolean", value)),
        (Kind::Integer, _) => Err(mismatch("integer", value)),
        (Kind::Float | Kind::Double, _) => Err(mismatch("number", value)),
        (Kind::Blob, _) => Err(mismatch("blob as base64 text", value)),
        (Kind::Structure(_) | Kind::List(_) | Kind::Map { .. }, _) => Err(mismatch("scalar", value)),
    }
}

/// The message does not show the text, which may be a secret.
const NOT_BASE64: &str = "expected a blob as base64 text, found other text";

/// The message for a parameter of the wrong type.
fn mismatch(expected: &str, found: &ParamToken<'_>) -> String {
    format!("expected {expected}, found {}", found.type_name())
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

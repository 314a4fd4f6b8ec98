//! The value convention for JSON: blobs as base64 text, and lenient JSON parsing.

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::codec::json;
use crate::codec::timestamp::Timestamp;
use crate::error::{Error, ErrorKind, Result};

/// The standard alphabet. Padding is optional, because people omit it, and unused trailing bits are ignored.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Encodes bytes as the value of a blob member: base64 text.
///
/// ```
/// assert_eq!(tucuxi::blob(b"hello"), serde_json::json!("aGVsbG8="));
/// ```
pub fn blob(bytes: impl AsRef<[u8]>) -> Value {
    Value::String(encode(bytes.as_ref()))
}

/// Decodes the bytes of a blob member.
///
/// # Errors
/// [`ErrorKind::Validation`] if the value is not a string, or not base64 text.
///
/// ```
/// let value = tucuxi::blob([0, 159, 146, 150]);
/// assert_eq!(tucuxi::bytes(&value)?, [0, 159, 146, 150]);
/// # Ok::<(), tucuxi::Error>(())
/// ```
pub fn bytes(value: &Value) -> Result<Vec<u8>> {
    let Value::String(text) = value else {
        return Err(Error::new(
            ErrorKind::Validation,
            format!("expected a blob as base64 text, found {}", type_name(value)),
        ));
    };
    decode(text).ok_or_else(|| Error::new(ErrorKind::Validation, "expected a blob as base64 text, found other text"))
}

/// Parses JSON as leniently as Python's `json` module: parameters that a person wrote, or a file of another tool.
///
/// Text that a [`Value`] cannot hold is replaced instead of rejected: an unpaired surrogate by U+FFFD; `NaN` and
/// infinities by the texts `"NaN"`, `"Infinity"` and `"-Infinity"`, which stand for these floats in parameters. A byte
/// order mark is ignored.
///
/// # Errors
/// [`ErrorKind::Validation`] with line and column if the text is not JSON.
///
/// ```
/// let params = tucuxi::parse_json(r#"{"MessageBody": "cut \ud83d", "Rate": NaN}"#)?;
/// assert_eq!(params, serde_json::json!({"MessageBody": "cut \u{fffd}", "Rate": "NaN"}));
/// # Ok::<(), tucuxi::Error>(())
/// ```
pub fn parse_json(text: impl AsRef<[u8]>) -> Result<Value> {
    json::given(text.as_ref()).map_err(|error| Error::new(ErrorKind::Validation, format!("not JSON: {error}")))
}

pub(crate) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Base64 in the URL-safe alphabet, without padding (RFC 4648, section 5).
pub(crate) fn encode_for_url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    LENIENT.decode(text).ok()
}

/// Whether [`decode`] would succeed. It does not allocate.
pub(crate) fn is_base64(text: &str) -> bool {
    // Only the last group can have padding or unused bits.
    let (whole, last) = text.as_bytes().split_at(text.len().saturating_sub(1) / 4 * 4);
    let is_digit = |byte: &u8| matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/');
    whole.iter().all(is_digit) && LENIENT.decode_slice(last, &mut [0; 3]).is_ok()
}

/// The time of a timestamp parameter: text in any format that [`Timestamp::parse`] reads, or epoch seconds.
pub(crate) fn timestamp(value: &Value) -> Option<Timestamp> {
    match value {
        Value::String(text) => Timestamp::parse(text),
        Value::Number(number) => match number.as_i64() {
            Some(seconds) => Timestamp::new(seconds, 0),
            None => number.as_f64().and_then(Timestamp::from_epoch),
        },
        _ => None,
    }
}

/// The member names of an output, for `Debug`. The values may be secret.
pub(crate) fn outline(value: &Value) -> Vec<&str> {
    value.as_object().into_iter().flat_map(|members| members.keys()).map(String::as_str).collect()
}

/// The name of a JSON type, for error messages.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number with a fraction",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_base64_agrees_with_decode() {
        // All texts of up to six characters over an alphabet that has each kind of character.
        let alphabet = ["A", "B", "Q", "/", "=", "-", "é"];
        let mut texts = vec![String::new()];
        let mut start = 0;
        for _ in 0..6 {
            let end = texts.len();
            for at in start..end {
                texts.extend(alphabet.iter().map(|letter| format!("{}{letter}", texts[at])).collect::<Vec<_>>());
            }
            start = end;
        }
        for text in texts {
            assert_eq!(is_base64(&text), decode(&text).is_some(), "{text:?}");
        }
    }
}

//! The value convention for JSON: blobs as base64 text, and lenient JSON parsing.

mod builder;
mod given;
mod token;

use serde_json::Value;

pub(crate) use self::builder::ValueBuilder;
pub(crate) use self::given::{GivenParams, params_of};
pub(crate) use self::token::{FaultStep, ParamFault, ParamResult, ParamToken, Receiver, send, send_members};
pub(crate) use crate::codec::base64::{decode, encode, encode_for_url};
use crate::codec::json;
use crate::codec::timestamp::Timestamp;
use crate::error::{Error, ErrorKind, Result};

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

/// The time of a timestamp parameter; see [`ParamToken::timestamp`].
pub(crate) fn timestamp(value: &Value) -> Option<Timestamp> {
    ParamToken::of(value).timestamp()
}

/// The member names of an output, for `Debug`. The values may be secret.
pub(crate) fn outline(value: &Value) -> Vec<&str> {
    value.as_object().into_iter().flat_map(|members| members.keys()).map(String::as_str).collect()
}

/// The name of a JSON type, for error messages.
pub(crate) fn type_name(value: &Value) -> &'static str {
    ParamToken::of(value).type_name()
}

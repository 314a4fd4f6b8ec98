//! Lenient reading of values that do not have their modeled type: one policy for all protocols, for bodies, headers,
//! events and errors.
//!
//! Services and emulators send numbers in quotes, times in other formats, and lists for maps. Such a value neither
//! fails the response nor changes its meaning: a value with only one possible meaning is converted to the modeled type,
//! and any other value is delivered as sent, so that its type shows the mismatch.
//!
//! | modeled | sent | delivered |
//! |---|---|---|
//! | any | null | missing; in a list it stays |
//! | integer | `5.0`, `-0`, `1e3` | 5, 0, 1000 |
//! | integer | `"5"`, `" 5 "`, `"+5"`, `"5.0"` | 5 |
//! | integer | `5.7`, `"5.7"`, `"abc"`, `""`, true | as sent |
//! | integer, document | an integer beyond 64 bits | its digits as text |
//! | float, double | `5`, `"5"`, `"1e3"` | the number |
//! | float, double | `NaN`, `"nan"`, `"-inf"`, `1e999` | `"NaN"`, `"-Infinity"`, `"Infinity"` |
//! | float, double | `"abc"`, `""`, true | as sent |
//! | boolean | `"true"`, `"False"`, `" TRUE "` | true, false, true |
//! | boolean | `""` | false |
//! | boolean | `"yes"`, `"1"`, 1, 0 | as sent |
//! | timestamp | epoch seconds, whole or not, as a number or as text; ISO 8601; RFC 822 and its relatives | the time |
//! | timestamp | `"soon"`, `""`, true, a time outside of the years 1 to 9999 | as sent |
//! | blob | base64 with line ends, without padding, in the alphabet for URLs | the same bytes |
//! | blob | text that is not base64, a number | as sent |
//! | string | a number, a boolean | as sent |
//! | string | bytes (CBOR, headers of events) | the text, if they are UTF-8; else base64 |
//! | structure, list, map | anything of another type | as sent |
//! | map | a name that is not text (CBOR) | its text |
//! | union | several members that the model knows | all of them |
//! | union | members that the model does not know, and no other | `{"SDK_UNKNOWN_MEMBER": {"name": ".."}}` |
//!
//! botocore (`parsers.py`) has a policy for each protocol: `rest-json` and XML convert text to numbers and fail if they
//! cannot, `json` and CBOR deliver values as sent, and XML reads everything but `true` as false. Where one of them
//! delivers a value, so does this module, with two exceptions: `rest-json` truncates `5.7` for an integer, and XML text
//! such as `True` or `1` is not read as false here. The tolerance of the formats themselves is described in
//! [`codec::json`](crate::codec::json), [`codec::cbor`](crate::codec::cbor) and [`codec::xml`](crate::codec::xml).

use std::borrow::Cow;

use serde_json::{Map, Number, Value, json};

use crate::codec::base64;
use crate::codec::json_text::compact_text;
use crate::codec::number::float_of;
use crate::codec::timestamp::Timestamp;
use crate::model::shape::{Kind, Structure};

/// A received scalar of any format.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scalar<'s> {
    Bool(bool),
    Integer(Number),
    Float(f64),
    Text(Cow<'s, str>),
    Bytes(Cow<'s, [u8]>),
    Time(Timestamp),
}

/// Converts a scalar to the value of a member, item or entry.
pub(super) fn fit(kind: &Kind, found: Scalar<'_>) -> Value {
    let fitting = match (kind, &found) {
        (Kind::Integer, Scalar::Float(value)) => integral(*value),
        (Kind::Integer, Scalar::Text(text)) => integer(text.trim()),
        (Kind::Float | Kind::Double, Scalar::Text(text)) => text.trim().parse().ok().map(float_of),
        (Kind::Boolean, Scalar::Text(text)) => boolean(text.trim()),
        (Kind::Timestamp, Scalar::Integer(seconds)) => {
            seconds.as_i64().and_then(|seconds| Timestamp::new(seconds, 0)).map(time)
        }
        (Kind::Timestamp, Scalar::Float(seconds)) => Timestamp::from_epoch(*seconds).map(time),
        (Kind::Timestamp, Scalar::Text(text)) => Timestamp::normalized(text).map(Value::String),
        (Kind::Blob, Scalar::Text(text)) => base64::received(text).map(|text| Value::String(text.into_owned())),
        (Kind::String, Scalar::Bytes(bytes)) => std::str::from_utf8(bytes).ok().map(Value::from),
        _ => None,
    };
    fitting.unwrap_or_else(|| as_sent(found))
}

/// The value of a scalar that has no model, or a model of another type.
pub(super) fn as_sent(found: Scalar<'_>) -> Value {
    match found {
        Scalar::Bool(value) => Value::Bool(value),
        Scalar::Integer(number) => Value::Number(number),
        Scalar::Float(value) => float_of(value),
        Scalar::Text(text) => Value::String(text.into_owned()),
        Scalar::Bytes(bytes) => Value::String(base64::encode(&bytes)),
        Scalar::Time(value) => time(value),
    }
}

/// Whether a member without a model may be the member of a union. `__type` only names the shape.
#[inline]
pub(super) fn may_be_union_member(structure: &Structure, name: &str) -> bool {
    structure.union && name != "__type"
}

/// A received union: its modeled members, or the name of an unmodeled one, as in botocore.
pub(super) fn union_of(members: Map<String, Value>, unknown: Option<String>) -> Map<String, Value> {
    match unknown {
        Some(name) if members.is_empty() => {
            Map::from_iter([("SDK_UNKNOWN_MEMBER".to_owned(), json!({ "name": name }))])
        }
        _ => members,
    }
}

/// The text of an error's code or message, which may have any type.
pub(super) fn text_of(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(Cow::Borrowed(text)),
        other => Some(Cow::Owned(compact_text(other))),
    }
}

/// The integer that a float stands for. From 2^53 on, a float stands for several integers.
fn integral(value: f64) -> Option<Value> {
    const BEYOND: f64 = (1_u64 << 53) as f64;
    (value.fract() == 0.0 && value.abs() < BEYOND).then(|| Value::from(value as i64))
}

fn integer(text: &str) -> Option<Value> {
    let whole = text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<u64>().map(Value::from));
    whole.ok().or_else(|| text.parse().ok().and_then(integral))
}

fn boolean(text: &str) -> Option<Value> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(Value::Bool(true)),
        _ if text.is_empty() || text.eq_ignore_ascii_case("false") => Some(Value::Bool(false)),
        _ => None,
    }
}

fn time(time: Timestamp) -> Value {
    Value::String(time.to_rfc3339())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Scalar<'_> {
        Scalar::Text(Cow::Borrowed(text))
    }

    #[test]
    fn scalars_are_converted_to_the_modeled_type_or_kept_as_sent() {
        for (kind, sent, delivered) in [
            (Kind::String, text(""), json!("")),
            (Kind::String, text(" a "), json!(" a ")),
            (Kind::String, Scalar::Integer(5.into()), json!(5)),
            (Kind::String, Scalar::Bool(true), json!(true)),
            (Kind::String, Scalar::Bytes(b"caf\xc3\xa9"[..].into()), json!("caf\u{e9}")),
            (Kind::String, Scalar::Bytes(b"\xff"[..].into()), json!("/w==")),
            (Kind::Boolean, text("true"), json!(true)),
            (Kind::Boolean, text(" TRUE "), json!(true)),
            (Kind::Boolean, text("False"), json!(false)),
            (Kind::Boolean, text(""), json!(false)),
            (Kind::Boolean, text("yes"), json!("yes")),
            (Kind::Boolean, text("1"), json!("1")),
            (Kind::Boolean, Scalar::Integer(1.into()), json!(1)),
            (Kind::Integer, text(" 12 "), json!(12)),
            (Kind::Integer, text("+12"), json!(12)),
            (Kind::Integer, text("007"), json!(7)),
            (Kind::Integer, text("-0"), json!(0)),
            (Kind::Integer, text("5.0"), json!(5)),
            (Kind::Integer, text("1e3"), json!(1000)),
            (Kind::Integer, text("5.7"), json!("5.7")),
            (Kind::Integer, text("abc"), json!("abc")),
            (Kind::Integer, text("NaN"), json!("NaN")),
            (Kind::Integer, text(""), json!("")),
            (Kind::Integer, text("-9223372036854775808"), json!(i64::MIN)),
            (Kind::Integer, text("18446744073709551615"), json!(u64::MAX)),
            (Kind::Integer, text("18446744073709551616"), json!("18446744073709551616")),
            (Kind::Integer, text("9007199254740993.0"), json!("9007199254740993.0")),
            (Kind::Integer, Scalar::Float(5.0), json!(5)),
            (Kind::Integer, Scalar::Float(-0.0), json!(0)),
            (Kind::Integer, Scalar::Float(5.7), json!(5.7)),
            (Kind::Integer, Scalar::Float(1e300), json!(1e300)),
            (Kind::Integer, Scalar::Float(f64::NAN), json!("NaN")),
            (Kind::Integer, Scalar::Bool(true), json!(true)),
            (Kind::Float, text("1"), json!(1.0)),
            (Kind::Float, Scalar::Integer(1.into()), json!(1)),
            (Kind::Double, text("1e-7"), json!(1e-7)),
            (Kind::Double, text("NaN"), json!("NaN")),
            (Kind::Double, text("Infinity"), json!("Infinity")),
            (Kind::Double, text("-inf"), json!("-Infinity")),
            (Kind::Double, text("1e999"), json!("Infinity")),
            (Kind::Double, text("x"), json!("x")),
            (Kind::Double, text(""), json!("")),
            (Kind::Double, Scalar::Float(f64::NEG_INFINITY), json!("-Infinity")),
            (Kind::Timestamp, text("2009-10-12T17:50:30.000Z"), json!("2009-10-12T17:50:30Z")),
            (Kind::Timestamp, text("Mon, 12 Oct 2009 17:50:30 GMT"), json!("2009-10-12T17:50:30Z")),
            (Kind::Timestamp, text("1422172812"), json!("2015-01-25T08:00:12Z")),
            (Kind::Timestamp, text(" 1422172812.5 "), json!("2015-01-25T08:00:12.5Z")),
            (Kind::Timestamp, text("soon"), json!("soon")),
            (Kind::Timestamp, text(""), json!("")),
            (Kind::Timestamp, Scalar::Integer(1_422_172_812.into()), json!("2015-01-25T08:00:12Z")),
            (Kind::Timestamp, Scalar::Float(1_422_172_812.5), json!("2015-01-25T08:00:12.5Z")),
            (Kind::Timestamp, Scalar::Float(f64::INFINITY), json!("Infinity")),
            (Kind::Timestamp, Scalar::Integer(i64::MAX.into()), json!(i64::MAX)),
            (Kind::Timestamp, Scalar::Bool(true), json!(true)),
            (Kind::Blob, text(""), json!("")),
            (Kind::Blob, text("aGVsbG8="), json!("aGVsbG8=")),
            (Kind::Blob, text("aGVs\n bG8"), json!("aGVsbG8=")),
            (Kind::Blob, text("aGVsbG9=trailing"), json!("aGVsbG8=")),
            (Kind::Blob, text("/w=="), json!("/w==")),
            (Kind::Blob, text("//=="), json!("/w==")),
            (Kind::Blob, text("__-_"), json!("//+/")),
            (Kind::Blob, text("_w"), json!("/w==")),
            (Kind::Blob, text("a"), json!("a")),
            (Kind::Blob, Scalar::Bytes(b"\xff"[..].into()), json!("/w==")),
            (Kind::Blob, Scalar::Integer(5.into()), json!(5)),
        ] {
            assert_eq!(fit(&kind, sent.clone()), delivered, "{kind:?} {sent:?}");
        }
    }

    #[test]
    fn unions_have_their_modeled_members() {
        let members = |value: Value| value.as_object().cloned().unwrap_or_default();
        for (known, unknown, delivered) in [
            (json!({"a": 1}), None, json!({"a": 1})),
            (json!({"a": 1, "b": 2}), None, json!({"a": 1, "b": 2})),
            (json!({"a": 1}), Some("new"), json!({"a": 1})),
            (json!({}), Some("new"), json!({"SDK_UNKNOWN_MEMBER": {"name": "new"}})),
            (json!({}), None, json!({})),
        ] {
            assert_eq!(Value::Object(union_of(members(known), unknown.map(str::to_owned))), delivered);
        }
    }
}

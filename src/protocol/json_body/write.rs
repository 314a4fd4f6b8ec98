//! Serialization of values by their shapes.

use serde_json::Value;

use crate::codec::json_text::{SPACED, write_string, write_value};
use crate::codec::number::write_number;
use crate::codec::timestamp::EpochSeconds;
use crate::codec::{base64, number};
use crate::model::shape::{Kind, Ref, Shapes, Structure, TimestampFormat};
use crate::value;

/// Appends the JSON text of a value. A value that does not match its shape is written as it is. That happens only if
/// the user turned validation off.
pub(in crate::protocol) fn write(out: &mut String, shapes: &Shapes, target: &Ref, value: &Value) {
    match (shapes.kind(target), value) {
        (Kind::Structure(structure), Value::Object(members)) if !structure.document => {
            write_members(out, shapes, structure, members);
        }
        (Kind::List(member), Value::Array(items)) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(SPACED.comma);
                }
                write(out, shapes, member, item);
            }
            out.push(']');
        }
        (Kind::Map { value: target, .. }, Value::Object(entries)) => {
            out.push('{');
            for (index, (key, value)) in entries.iter().enumerate() {
                if index > 0 {
                    out.push_str(SPACED.comma);
                }
                write_string(out, key);
                out.push_str(SPACED.colon);
                write(out, shapes, target, value);
            }
            out.push('}');
        }
        (Kind::Timestamp, _) => write_timestamp(out, target, value),
        (Kind::Blob, Value::String(text)) => match base64::given(text) {
            Some(text) => write_string(out, &text),
            None => write_string(out, text),
        },
        _ => write_value(out, value, SPACED),
    }
}

/// Appends an object with members of a structure. A null member counts as missing.
pub(in crate::protocol) fn write_members<'v>(
    out: &mut String,
    shapes: &Shapes,
    structure: &Structure,
    members: impl IntoIterator<Item = (&'v String, &'v Value)>,
) {
    out.push('{');
    for (index, (name, value)) in members.into_iter().filter(|(_, value)| !value.is_null()).enumerate() {
        if index > 0 {
            out.push_str(SPACED.comma);
        }
        match structure.by_name(name) {
            Some((_, member)) => {
                write_string(out, &member.target.wire);
                out.push_str(SPACED.colon);
                write(out, shapes, &member.target, value);
            }
            None => {
                write_string(out, name);
                out.push_str(SPACED.colon);
                write_value(out, value, SPACED);
            }
        }
    }
    out.push('}');
}

fn write_timestamp(out: &mut String, target: &Ref, value: &Value) {
    let Some(time) = value::timestamp(value) else {
        return write_value(out, value, SPACED);
    };
    match target.timestamp_format.unwrap_or(TimestampFormat::UnixTimestamp) {
        TimestampFormat::Iso8601 => write_string(out, &time.to_iso8601()),
        TimestampFormat::Rfc822 => write_string(out, &time.to_http_date()),
        TimestampFormat::UnixTimestamp => match time.to_epoch() {
            EpochSeconds::Whole(seconds) => write_number(out, &seconds.into()),
            EpochSeconds::Fraction(seconds) => number::write_float(out, seconds),
        },
    }
}

//! Text of values as by Python's `str` and `repr`, and Python's truth of values.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde_json::Value;

use super::float::SpecialFloat;
use crate::number::write_number;

/// Returns the text of a value by `str`: strings are raw.
pub(crate) fn str_of(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => match SpecialFloat::from_marked(text) {
            Some(float) => Cow::Borrowed(float.python()),
            None => Cow::Borrowed(text),
        },
        other => {
            let mut out = String::new();
            write_repr(&mut out, other);
            Cow::Owned(out)
        }
    }
}

/// Whether a value is neither empty, zero, null nor false.
pub(super) fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
}

pub(super) fn is_scalar(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

fn write_repr(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(flag) => out.push_str(if *flag { "True" } else { "False" }),
        Value::Number(number) => write_number(out, number),
        Value::String(text) => match SpecialFloat::from_marked(text) {
            Some(float) => out.push_str(float.python()),
            None => write_quoted(out, text),
        },
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                write_repr(out, item);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                write_quoted(out, name);
                out.push_str(": ");
                write_repr(out, member);
            }
            out.push('}');
        }
    }
}

/// `repr()` of a text.
pub(crate) fn repr(text: &str) -> String {
    let mut out = String::with_capacity(text.len().saturating_add(2));
    write_quoted(&mut out, text);
    out
}

fn write_quoted(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for character in text.chars() {
        match character {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            _ if character == quote => out.extend(['\\', quote]),
            _ if is_printable(character) => out.push(character),
            _ => write_escape(out, character),
        }
    }
    out.push(quote);
}

fn write_escape(out: &mut String, character: char) {
    // Writing to a String cannot fail.
    let _ = match u32::from(character) {
        code @ ..=0xff => write!(out, "\\x{code:02x}"),
        code @ ..=0xffff => write!(out, "\\u{code:04x}"),
        code => write!(out, "\\U{code:08x}"),
    };
}

/// Whether Python writes the character as it is. The standard library of Rust has the same rule, but for combining characters at the
/// beginning of a text.
fn is_printable(character: char) -> bool {
    if matches!(character, ' '..='~') {
        return true;
    }
    let mut buffer = ['a'; 2];
    buffer[1] = character;
    String::from_iter(buffer).escape_debug().eq(buffer)
}

//! `--output json`: the text of Python's `json.dump` with an indent of four spaces.

use serde_json::Value;

use super::float::SpecialFloat;
use crate::json_text;
use crate::number::write_number;

/// Writes a value and a line feed.
pub(super) fn write(out: &mut String, value: &Value) {
    write_value(out, value, 0, Charset::Unicode);
    out.push('\n');
}

/// Like [`write()`], with escapes for all but the printable characters of ASCII.
pub(super) fn write_ascii(out: &mut String, value: &Value) {
    write_value(out, value, 0, Charset::Ascii);
    out.push('\n');
}

#[derive(Clone, Copy, PartialEq)]
enum Charset {
    Unicode,
    Ascii,
}

fn write_value(out: &mut String, value: &Value, level: usize, charset: Charset) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => write_number(out, number),
        Value::String(text) => write_text(out, text, charset),
        Value::Array(items) if items.is_empty() => out.push_str("[]"),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                out.push(if index == 0 { '[' } else { ',' });
                break_line(out, level.saturating_add(1));
                write_value(out, item, level.saturating_add(1), charset);
            }
            break_line(out, level);
            out.push(']');
        }
        Value::Object(members) if members.is_empty() => out.push_str("{}"),
        Value::Object(members) => {
            for (index, (name, member)) in members.iter().enumerate() {
                out.push(if index == 0 { '{' } else { ',' });
                break_line(out, level.saturating_add(1));
                write_string(out, name, charset);
                out.push_str(": ");
                write_value(out, member, level.saturating_add(1), charset);
            }
            break_line(out, level);
            out.push('}');
        }
    }
}

fn break_line(out: &mut String, level: usize) {
    out.push('\n');
    for _ in 0..level {
        out.push_str("    ");
    }
}

fn write_text(out: &mut String, text: &str, charset: Charset) {
    match SpecialFloat::from_marked(text) {
        Some(float) => out.push_str(float.json()),
        None => write_string(out, text, charset),
    }
}

fn write_string(out: &mut String, text: &str, charset: Charset) {
    if charset == Charset::Ascii {
        return json_text::write_string(out, text);
    }
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' | '\0'..' ' => json_text::write_escape(out, character),
            _ => out.push(character),
        }
    }
    out.push('"');
}

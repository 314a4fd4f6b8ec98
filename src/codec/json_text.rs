//! Serialization of JSON text as by Python's `json.dumps`: `", "` and `": "` as separators, ASCII only. Requests are
//! then byte-identical to botocore's.

use std::fmt::Write as _;

use serde_json::Value;

// The program has this file and that one at its root.
use super::number::write_number;

/// Separators of JSON text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style {
    pub(crate) comma: &'static str,
    pub(crate) colon: &'static str,
}

/// `{"a": 1, "b": 2}`
pub(crate) const SPACED: Style = Style { comma: ", ", colon: ": " };
/// `{"a":1,"b":2}`
pub(crate) const COMPACT: Style = Style { comma: ",", colon: ":" };

/// The text of a value with [`COMPACT`] separators.
pub(crate) fn compact_text(value: &Value) -> String {
    let mut text = String::new();
    write_value(&mut text, value, COMPACT);
    text
}

pub(crate) fn write_value(out: &mut String, value: &Value, style: Style) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => write_number(out, number),
        Value::String(text) => write_string(out, text),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(style.comma);
                }
                write_value(out, item, style);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                if index > 0 {
                    out.push_str(style.comma);
                }
                write_string(out, name);
                out.push_str(style.colon);
                write_value(out, member, style);
            }
            out.push('}');
        }
    }
}

pub(crate) fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    // Most text is plain, and its bytes are quicker to look at than its characters.
    while let Some(index) = rest.bytes().position(|byte| !matches!(byte, b' '..=b'~') || matches!(byte, b'"' | b'\\')) {
        out.push_str(&rest[..index]);
        let mut chars = rest[index..].chars();
        if let Some(char) = chars.next() {
            write_escape(out, char);
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

/// Writes a character as an escape.
pub(crate) fn write_escape(out: &mut String, char: char) {
    match char {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{8}' => out.push_str("\\b"),
        '\u{c}' => out.push_str("\\f"),
        other => {
            for unit in other.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_equals_that_of_python() {
        let value = serde_json::json!({"a\"\\": ["é\u{1f600}\u{1}\n", 1.0, 1e22, -7, true, null, "\u{7f}/"], "b": {}});
        let mut text = String::new();
        write_value(&mut text, &value, SPACED);
        assert_eq!(
            text,
            "{\"a\\\"\\\\\": [\"\\u00e9\\ud83d\\ude00\\u0001\\n\", 1.0, 1e+22, -7, true, null, \"\\u007f/\"], \"b\": {}}"
        );
        let mut compact = String::new();
        write_value(&mut compact, &serde_json::json!({"a": [1, 2], "b": 3}), COMPACT);
        assert_eq!(compact, "{\"a\":[1,2],\"b\":3}");
    }
}

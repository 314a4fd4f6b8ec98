//! JSON with an indent of four blanks and only ASCII, as Python's `json.dumps` writes it.

use serde_json::Number;

use crate::aws::values::{self, Datum};
use crate::json_text::write_string;
use crate::number::write_number;

/// The text in this form, if it is JSON.
pub(super) fn pretty(text: &str) -> Option<String> {
    let value = values::parse_json(text).ok()?;
    let mut out = String::with_capacity(text.len().saturating_mul(2));
    write(&mut out, value, 0);
    Some(out)
}

fn write(out: &mut String, value: Datum, level: usize) {
    match value {
        Datum::Null => out.push_str("null"),
        Datum::Bool(value) => out.push_str(if value { "true" } else { "false" }),
        Datum::Int(digits) => out.push_str(&digits),
        Datum::Float(float) => write_float(out, float),
        Datum::Text(text) | Datum::Moment(text) => write_string(out, &text),
        Datum::List(items) => write_block(out, '[', ']', items, level, |out, item| write(out, item, level + 1)),
        Datum::Map(members) => {
            write_block(out, '{', '}', members, level, |out, (name, value)| {
                write_string(out, &name);
                out.push_str(": ");
                write(out, value, level + 1);
            });
        }
        // JSON has no bytes.
        Datum::Bytes(_) => {}
    }
}

fn write_block<T>(
    out: &mut String,
    open: char,
    close: char,
    items: impl IntoIterator<Item = T>,
    level: usize,
    write: impl Fn(&mut String, T),
) {
    out.push(open);
    let mut is_empty = true;
    for item in items {
        if !is_empty {
            out.push(',');
        }
        is_empty = false;
        break_line(out, level + 1);
        write(out, item);
    }
    if !is_empty {
        break_line(out, level);
    }
    out.push(close);
}

fn break_line(out: &mut String, level: usize) {
    out.push('\n');
    (0..level).for_each(|_| out.push_str("    "));
}

fn write_float(out: &mut String, float: f64) {
    match Number::from_f64(float) {
        Some(number) => write_number(out, &number),
        None if float.is_nan() => out.push_str("NaN"),
        None => out.push_str(if float > 0.0 { "Infinity" } else { "-Infinity" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_printed_as_by_python() {
        for (text, expected) in [
            ("5", Some("5")),
            (" \"é\u{7f}\u{1f600}\" ", Some("\"\\u00e9\\u007f\\ud83d\\ude00\"")),
            ("{}", Some("{}")),
            (
                "{\"a\":[],\"b\":[1,2.50,1e16,NaN,-Infinity]}",
                Some(
                    "{\n    \"a\": [],\n    \"b\": [\n        1,\n        2.5,\n        1e+16,\n        NaN,\n        -Infinity\n    ]\n}",
                ),
            ),
            ("123456789012345678901234567890", Some("123456789012345678901234567890")),
            ("{\"a\":1,\"b\":null,\"a\":true}", Some("{\n    \"a\": true,\n    \"b\": null\n}")),
            ("START RequestId", None),
            ("", None),
        ] {
            assert_eq!(pretty(text).as_deref(), expected, "{text}");
        }
    }
}

//! Python's reading and printing of texts and numbers, which the AWS CLI inherits: `int()`, `float()`, `repr()`, `str.strip()`,
//! `json.dumps()`.

use std::io;

use serde_json::Value;

use crate::json_text;

pub(crate) use crate::output::format::repr;

/// Whether `str.isspace()` and `\s` of `re` match the character.
pub(crate) fn is_space(char: char) -> bool {
    char.is_whitespace() || ('\x1c'..='\x1f').contains(&char)
}

/// `str.strip()`.
pub(crate) fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// `repr()` of bytes.
pub(crate) fn bytes_repr(bytes: &[u8]) -> String {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    let mut shown = format!("b{quote}");
    for byte in bytes {
        match byte {
            b'\\' => shown.push_str("\\\\"),
            b'\n' => shown.push_str("\\n"),
            b'\r' => shown.push_str("\\r"),
            b'\t' => shown.push_str("\\t"),
            b' '..=b'~' if char::from(*byte) == quote => shown.extend(['\\', quote]),
            b' '..=b'~' => shown.push(char::from(*byte)),
            _ => shown.push_str(&format!("\\x{byte:02x}")),
        }
    }
    shown.push(quote);
    shown
}

/// An error of the system, as Python shows it: `[Errno 2] No such file or directory: 'nope'`.
pub(crate) fn os_error(error: &io::Error, name: &str) -> String {
    let text = error.to_string();
    match error.raw_os_error() {
        Some(number) => {
            let text = text.strip_suffix(&format!(" (os error {number})")).unwrap_or(&text);
            format!("[Errno {number}] {text}: {}", repr(name))
        }
        None => format!("{text}: {}", repr(name)),
    }
}

/// `json.dumps(value)`: one line of ASCII.
pub(crate) fn json(value: &Value) -> String {
    let mut text = String::new();
    json_text::write_value(&mut text, value, json_text::SPACED);
    text
}

/// `int(text)`: the digits with `-`, if negative, without leading zeros.
pub(crate) fn int(text: &str) -> Option<String> {
    let text = plain(text);
    let (negative, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let digits = without_underscores(digits)?;
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digits = String::from_utf8(digits).ok()?;
    Some(match digits.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits if negative => format!("-{digits}"),
        digits => digits.to_owned(),
    })
}

/// `float(text)`.
pub(crate) fn float(text: &str) -> Option<f64> {
    let text = plain(text);
    let number = String::from_utf8(without_underscores(text.as_bytes())?).ok()?;
    let digits = number.trim_start_matches(['+', '-']);
    let is_word = ["inf", "infinity", "nan"].iter().any(|word| digits.eq_ignore_ascii_case(word));
    // Rust's grammar of decimal floats is the same.
    (is_word || digits.starts_with(|char: char| char.is_ascii_digit() || char == '.')).then(|| number.parse().ok())?
}

/// The text without blanks around it, and with ASCII digits.
fn plain(text: &str) -> String {
    if text.is_ascii() {
        return text.trim_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']).to_owned();
    }
    strip(text).chars().map(|char| digit(char).map_or(char, |digit| char::from(b'0' + digit))).collect()
}

/// Removes underscores, which are only allowed between digits.
fn without_underscores(text: &[u8]) -> Option<Vec<u8>> {
    let is_digit = |index: Option<usize>| index.and_then(|index| text.get(index)).is_some_and(u8::is_ascii_digit);
    for (index, byte) in text.iter().enumerate() {
        if *byte == b'_' && !(is_digit(index.checked_sub(1)) && is_digit(index.checked_add(1))) {
            return None;
        }
    }
    Some(text.iter().copied().filter(|byte| *byte != b'_').collect())
}

/// The zeros of the decimal digits that Unicode has beside ASCII's (`Nd`); nine digits follow each of them.
const ZEROS: [u32; 65] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20,
    0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0,
    0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0,
    0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60, 0x16ac0,
    0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
];

fn digit(char: char) -> Option<u8> {
    let code = u32::from(char);
    let zero = ZEROS[..ZEROS.partition_point(|zero| *zero <= code)].last()?;
    u8::try_from(code - zero).ok().filter(|digit| *digit < 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_read_as_by_python() {
        for (text, expected) in [
            ("5", Some("5")),
            (" 5\n", Some("5")),
            ("+5", Some("5")),
            ("-05", Some("-5")),
            ("-0", Some("0")),
            ("1_000", Some("1000")),
            ("٣५", Some("35")),
            ("\u{a0}7", Some("7")),
            ("123456789012345678901234567890", Some("123456789012345678901234567890")),
            ("1__0", None),
            ("_1", None),
            ("1_", None),
            ("+ 1", None),
            ("--1", None),
            ("1.5", None),
            ("1e3", None),
            ("0x10", None),
            ("", None),
            ("-", None),
        ] {
            assert_eq!(int(text).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn floats_are_read_as_by_python() {
        for (text, expected) in [
            ("5", Some(5.0)),
            (" 1.5 ", Some(1.5)),
            ("1_0.5", Some(10.5)),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            ("1e400", Some(f64::INFINITY)),
            ("-Infinity", Some(f64::NEG_INFINITY)),
            ("inf", Some(f64::INFINITY)),
            ("1e1_0", Some(1e10)),
            ("١.٥", Some(1.5)),
            ("1_.5", None),
            ("1._5", None),
            (".", None),
            ("infin", None),
            ("+-1", None),
            ("0x1p3", None),
            ("", None),
        ] {
            assert_eq!(float(text), expected, "{text:?}");
        }
        assert!(float("-NaN").is_some_and(f64::is_nan));
    }

    #[test]
    fn texts_are_printed_as_by_python() {
        for (text, expected) in [
            ("a", "'a'"),
            ("it's", "\"it's\""),
            ("'\"", "'\\'\"'"),
            ("a\n\t\\\u{7}", "'a\\n\\t\\\\\\x07'"),
            ("\u{a0}é\u{200b}\u{301}", "'\\xa0é\\u200b\u{301}'"),
            ("😀\u{e0001}", "'😀\\U000e0001'"),
        ] {
            assert_eq!(repr(text), expected);
        }
        assert_eq!(bytes_repr(b"a'\x00\xff\n"), "b\"a'\\x00\\xff\\n\"");
    }
}

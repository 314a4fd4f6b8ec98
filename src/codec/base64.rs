//! Base64 text in parameters and responses, in its canonical form.

use std::borrow::Cow;

use crate::value;

/// Base64 from a response in its canonical form. Canonical text is neither decoded nor copied.
pub(crate) fn received(text: &str) -> Option<Cow<'_, str>> {
    if is_canonical(text) { Some(Cow::Borrowed(text)) } else { cleaned(text).map(Cow::Owned) }
}

/// Base64 from a parameter in its canonical form. Padding may be missing; other characters are rejected.
pub(crate) fn given(text: &str) -> Option<Cow<'_, str>> {
    if is_canonical(text) {
        return Some(Cow::Borrowed(text));
    }
    value::decode(text).map(|bytes| Cow::Owned(value::encode(&bytes)))
}

/// Base64 from a service in its canonical form. Characters outside of the alphabet (line breaks) and text after the
/// padding are dropped, and missing padding is added. Python's `b64decode` does the same, except that it drops the two
/// special characters of the URL-safe alphabet (RFC 4648, section 5).
fn cleaned(text: &str) -> Option<String> {
    let mut clean = String::with_capacity(text.len() + 2);
    let for_urls = !text.contains(['+', '/']);
    for byte in text.bytes() {
        let byte = match byte {
            b'-' if for_urls => b'+',
            b'_' if for_urls => b'/',
            other => other,
        };
        match byte {
            b'=' if clean.len() % 4 >= 2 => break,
            _ if digit(byte).is_some() => clean.push(char::from(byte)),
            _ => {}
        }
    }
    let unused_bits = match clean.len() % 4 {
        0 => return Some(clean),
        2 => 4,
        3 => 2,
        _ => return None,
    };
    let last = clean.pop().and_then(|last| digit(last as u8))?;
    clean.push(char::from(ALPHABET[usize::from(last >> unused_bits << unused_bits)]));
    while !clean.len().is_multiple_of(4) {
        clean.push('=');
    }
    Some(clean)
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn digit(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

/// Whether a text is canonical base64 (RFC 4648, section 3.5: unused bits are zero).
fn is_canonical(text: &str) -> bool {
    if !text.len().is_multiple_of(4) {
        return false;
    }
    let digits = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text).as_bytes();
    let unused_mask = [0, 0, 0x0f, 0x03][digits.len() % 4];
    digits.iter().all(|byte| digit(*byte).is_some())
        && digits.last().is_none_or(|last| digit(*last).is_some_and(|digit| digit & unused_mask == 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_base64_is_the_output_of_the_encoder() {
        for length in 0..40 {
            let bytes: Vec<u8> = (0..length).map(|index: u8| index.wrapping_mul(167).wrapping_add(length)).collect();
            let text = value::encode(&bytes);
            assert!(is_canonical(&text), "{text}");
            assert_eq!(cleaned(&(text.replace('=', "") + "\n")), Some(text));
        }
        for text in ["a", "ab", "abc", "ab=c", "a===", "====", "ab==cdef", "//==", "ab\n=", "\u{e4}bc"] {
            assert!(!is_canonical(text), "{text}");
        }
    }
}

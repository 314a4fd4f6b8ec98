//! Base64: encoding, lenient decoding, and the canonical form of text in parameters and responses.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD, URL_SAFE_NO_PAD};

/// The standard alphabet. Padding is optional, because people omit it, and unused trailing bits are ignored.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

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

/// Base64 from a response in its canonical form. Canonical text is neither decoded nor copied.
pub(crate) fn received(text: &str) -> Option<Cow<'_, str>> {
    if is_canonical(text) { Some(Cow::Borrowed(text)) } else { cleaned(text).map(Cow::Owned) }
}

/// Base64 from a parameter in its canonical form. Padding may be missing; other characters are rejected.
pub(crate) fn given(text: &str) -> Option<Cow<'_, str>> {
    if is_canonical(text) {
        return Some(Cow::Borrowed(text));
    }
    decode(text).map(|bytes| Cow::Owned(encode(&bytes)))
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

/// The values of digits by their bytes. Other bytes have [`NOT_A_DIGIT`], whose bits no digit has.
const VALUES: [u8; 256] = {
    let mut values = [NOT_A_DIGIT; 256];
    let mut value = 0;
    while value < ALPHABET.len() {
        values[ALPHABET[value] as usize] = value as u8;
        value += 1;
    }
    values
};
const NOT_A_DIGIT: u8 = 0xc0;

fn digit(byte: u8) -> Option<u8> {
    Some(VALUES[usize::from(byte)]).filter(|value| *value != NOT_A_DIGIT)
}

/// Whether a text is canonical base64 (RFC 4648, section 3.5: unused bits are zero).
fn is_canonical(text: &str) -> bool {
    if !text.len().is_multiple_of(4) {
        return false;
    }
    let digits = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text).as_bytes();
    let unused_mask = [0, 0, 0x0f, 0x03][digits.len() % 4];
    // Pages have many bytes of it, so there is no decision for each.
    digits.iter().fold(0, |all, byte| all | VALUES[usize::from(*byte)]) < NOT_A_DIGIT
        && digits.last().is_none_or(|last| digit(*last).is_some_and(|digit| digit & unused_mask == 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_base64_is_the_output_of_the_encoder() {
        for length in 0..40 {
            let bytes: Vec<u8> = (0..length).map(|index: u8| index.wrapping_mul(167).wrapping_add(length)).collect();
            let text = encode(&bytes);
            assert!(is_canonical(&text), "{text}");
            assert_eq!(cleaned(&(text.replace('=', "") + "\n")), Some(text));
        }
        for text in ["a", "ab", "abc", "ab=c", "a===", "====", "ab==cdef", "//==", "ab\n=", "\u{e4}bc"] {
            assert!(!is_canonical(text), "{text}");
        }
    }

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

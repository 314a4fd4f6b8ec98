//! Base64 text as services send it.

use std::borrow::Cow;

use crate::value;

/// Brings base64 text from a response into the canonical form (standard alphabet, padded). Text that is canonical already is
/// not decoded. Characters outside of the alphabet are passed over, as Python's decoder does; what then is no base64 is `None`.
pub(crate) fn canonical(text: &str) -> Option<Cow<'_, str>> {
    if is_canonical(text) {
        return Some(Cow::Borrowed(text));
    }
    let kept: String = text.chars().filter(|char| char.is_ascii_alphanumeric() || matches!(char, '+' | '/')).collect();
    value::decode(&kept).map(|bytes| Cow::Owned(value::encode(&bytes)))
}

/// Whether text is base64 of the standard alphabet, with its padding and no stray bits.
pub(crate) fn is_canonical(text: &str) -> bool {
    let bytes = text.as_bytes();
    if !bytes.len().is_multiple_of(4) {
        return false;
    }
    let padding = bytes.iter().rev().take(2).take_while(|byte| **byte == b'=').count();
    let body = &bytes[..bytes.len() - padding];
    if !body.iter().all(|byte| digit(*byte).is_some()) {
        return false;
    }
    // The bits of the last digit that the padding cuts off have to be zero.
    let stray = match padding {
        1 => 0b11,
        2 => 0b1111,
        _ => return true,
    };
    body.last().and_then(|byte| digit(*byte)).is_some_and(|digit| digit & stray == 0)
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_text_is_kept_and_the_rest_repaired() {
        for (text, expected) in [
            ("", Some("")),
            ("aGk=", Some("aGk=")),
            ("aGk", Some("aGk=")),
            ("aG k=\n", Some("aGk=")),
            ("aGl=", Some("aGk=")),
            ("YQ==", Some("YQ==")),
            ("Y", None),
            ("====", Some("")),
        ] {
            assert_eq!(canonical(text).as_deref(), expected, "{text}");
        }
    }
}

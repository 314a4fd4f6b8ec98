//! Percent-encoding. <https://www.rfc-editor.org/rfc/rfc3986#section-2.3>

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// All but letters, digits and `-._~` is encoded.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const UNRESERVED_AND_SLASH: &AsciiSet = &UNRESERVED.remove(b'/');

/// Query names and values, labels in paths.
pub(crate) fn push_encoded(out: &mut String, text: &str) {
    out.extend(utf8_percent_encode(text, UNRESERVED));
}

/// Greedy labels (`{Key+}`): slashes stay.
pub(crate) fn push_encoded_path(out: &mut String, text: &str) {
    out.extend(utf8_percent_encode(text, UNRESERVED_AND_SLASH));
}

/// `application/x-www-form-urlencoded`: as a query, but a space is `+`.
pub(crate) fn push_form_encoded(out: &mut String, text: &str) {
    for (index, part) in text.split(' ').enumerate() {
        if index > 0 {
            out.push('+');
        }
        push_encoded(out, part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind() {
        let text = "a b/ä*~-._+%";
        let encoded = |push: fn(&mut String, &str)| {
            let mut out = String::new();
            push(&mut out, text);
            out
        };
        assert_eq!(encoded(push_encoded), "a%20b%2F%C3%A4%2A~-._%2B%25");
        assert_eq!(encoded(push_encoded_path), "a%20b/%C3%A4%2A~-._%2B%25");
        assert_eq!(encoded(push_form_encoded), "a+b%2F%C3%A4%2A~-._%2B%25");
    }
}

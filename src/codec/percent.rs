//! Percent-encoding. <https://www.rfc-editor.org/rfc/rfc3986#section-2.3>

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Everything but letters, digits and `-._~` is encoded.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const UNRESERVED_AND_SLASH: &AsciiSet = &UNRESERVED.remove(b'/');
/// Characters that RFC 3986 does not allow in a path or query. <https://www.rfc-editor.org/rfc/rfc3986#section-3.4>
const ILLEGAL: &AsciiSet = &UNRESERVED_AND_SLASH
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@')
    .remove(b'?')
    .remove(b'%');
/// The encoded characters of a trace header, as in botocore.
const TRACE: &AsciiSet = &UNRESERVED
    .remove(b'=')
    .remove(b';')
    .remove(b':')
    .remove(b'+')
    .remove(b'&')
    .remove(b'[')
    .remove(b']')
    .remove(b'{')
    .remove(b'}')
    .remove(b'"')
    .remove(b'\'')
    .remove(b',');

/// Encodes a query name, a query value or a path label.
pub(crate) fn push_encoded(out: &mut String, text: &str) {
    out.extend(utf8_percent_encode(text, UNRESERVED));
}

/// Encodes a greedy path label (`{Key+}`), which keeps its slashes.
pub(crate) fn push_encoded_path(out: &mut String, text: &str) {
    out.extend(utf8_percent_encode(text, UNRESERVED_AND_SLASH));
}

/// Encodes the value of the header `X-Amzn-Trace-Id`.
pub(crate) fn push_encoded_trace(out: &mut String, text: &str) {
    out.extend(utf8_percent_encode(text, TRACE));
}

/// Encodes illegal characters of a user's path or query. Escapes are kept if all `%` belong to escapes (as in
/// `urllib3`).
pub(crate) fn push_legalized(out: &mut String, text: &str) {
    let is_escape = |rest: &str| rest.as_bytes().get(..2).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
    let set = if text.split('%').skip(1).all(is_escape) { ILLEGAL } else { const { &ILLEGAL.add(b'%') } };
    out.extend(utf8_percent_encode(text, set));
}

/// A user's URL with path and query encoded by [`push_legalized`], without its fragment.
pub(crate) fn legalized_url(url: &str) -> String {
    let url = url.split('#').next().unwrap_or_default();
    let (host, path) = url.split_at(url.match_indices('/').nth(2).map_or(url.len(), |(at, _)| at));
    let mut legal = String::with_capacity(url.len());
    legal.push_str(host);
    push_legalized(&mut legal, path);
    legal
}

/// Decodes percent-encoded text. Bytes that are not UTF-8 become U+FFFD.
pub(crate) fn decoded(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

/// As [`decoded`], with `+` for a space.
pub(crate) fn form_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains(['+', '%']) {
        return Cow::Borrowed(text);
    }
    let mut text = text.to_owned();
    form_decode(&mut text);
    Cow::Owned(text)
}

/// As [`form_decoded`], for a text that may be owned.
pub(crate) fn form_decoded_text(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => form_decoded(text),
        Cow::Owned(mut text) => {
            form_decode(&mut text);
            Cow::Owned(text)
        }
    }
}

/// As [`form_decoded`], in place.
pub(crate) fn form_decode(text: &mut String) {
    let Some(first) = text.bytes().position(|byte| matches!(byte, b'+' | b'%')) else { return };
    let mut bytes = std::mem::take(text).into_bytes();
    let (mut from, mut to) = (first, first);
    while let Some(&byte) = bytes.get(from) {
        let escaped = match bytes[from..] {
            [b'%', high, low, ..] => hex_digit(high).zip(hex_digit(low)).map(|(high, low)| high << 4 | low),
            _ => None,
        };
        bytes[to] = escaped.unwrap_or(if byte == b'+' { b' ' } else { byte });
        from += if escaped.is_some() { 3 } else { 1 };
        to += 1;
    }
    bytes.truncate(to);
    *text = String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
}

fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Encodes for `application/x-www-form-urlencoded`: as a query, but a space is `+`.
pub(crate) fn push_form_encoded(out: &mut String, text: &str) {
    for (index, part) in text.split(' ').enumerate() {
        if index > 0 {
            out.push('+');
        }
        push_encoded(out, part);
    }
}

/// The decoded pairs of a query or form. A pair without `=` has an empty value.
pub(crate) fn form_pairs(form: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    form.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (form_decoded(name), form_decoded(value))
    })
}

/// Appends a pair to a query.
pub(crate) fn push_pair(query: &mut String, name: &str, value: &str) {
    push_any_pair(query, name, value, push_encoded);
}

/// Appends a pair to a form.
pub(crate) fn push_form_pair(form: &mut String, name: &str, value: &str) {
    push_any_pair(form, name, value, push_form_encoded);
}

fn push_any_pair(out: &mut String, name: &str, value: &str, push: fn(&mut String, &str)) {
    if !out.is_empty() {
        out.push('&');
    }
    push(out, name);
    out.push('=');
    push(out, value);
}

/// Sorts the pairs of a query by name and value, for signatures. Each pair gets its `=`.
pub(crate) fn sorted(query: &str) -> String {
    let mut out = String::with_capacity(query.len() + 16);
    push_sorted(&mut out, query);
    out
}

/// Appends the pairs of a query, sorted as by [`sorted`].
pub(crate) fn push_sorted(out: &mut String, query: &str) {
    let mut pairs: Vec<(&str, &str)> =
        query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
    pairs.sort_unstable();
    for (index, (name, value)) in pairs.into_iter().enumerate() {
        out.extend([if index == 0 { "" } else { "&" }, name, "=", value]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_keeps_its_own_characters() {
        let text = "a b/ä*~-._+%";
        let encoded = |push: fn(&mut String, &str)| {
            let mut out = String::new();
            push(&mut out, text);
            out
        };
        assert_eq!(encoded(push_encoded), "a%20b%2F%C3%A4%2A~-._%2B%25");
        assert_eq!(encoded(push_encoded_path), "a%20b/%C3%A4%2A~-._%2B%25");
        assert_eq!(encoded(push_legalized), "a%20b/%C3%A4*~-._+%25");
        assert_eq!(encoded(push_encoded_trace), "a%20b%2F%C3%A4%2A~-._+%25");
        assert_eq!(encoded(push_form_encoded), "a+b%2F%C3%A4%2A~-._%2B%25");
        assert_eq!(legalized_url("http://h:1/a b?c#d"), "http://h:1/a%20b?c");
        assert_eq!(legalized_url("http://a b"), "http://a b");
        assert_eq!(decoded("a+b%2F%c3%A4%zz%ff"), "a+b/ä%zz\u{fffd}");
        assert_eq!(form_decoded("a+b%2F%2B"), "a b/+");
    }

    #[test]
    fn pairs_are_encoded_decoded_and_sorted() {
        let pairs: Vec<_> = form_pairs("a+b=c%3D&&empty=&bare&x=1=2").collect();
        let expected = [("a b", "c="), ("empty", ""), ("bare", ""), ("x", "1=2")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.into(), value.into())));
        let (mut query, mut form) = (String::new(), String::new());
        for (name, value) in [("b", "1 2"), ("a", "+")] {
            push_pair(&mut query, name, value);
            push_form_pair(&mut form, name, value);
        }
        assert_eq!((query.as_str(), form.as_str()), ("b=1%202&a=%2B", "b=1+2&a=%2B"));
        assert_eq!(sorted("b=2&b=10&a&a=0&c="), "a=&a=0&b=10&b=2&c=");
    }
}

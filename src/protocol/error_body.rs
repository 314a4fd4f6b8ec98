//! Parsing of error bodies of any format.
//!
//! Gateways, proxies, load balancers and emulators return errors in their own formats, whatever the protocol of the
//! service is and whatever their `Content-Type` says. Each protocol first reads its own format, as botocore does.
//! [`complete`] then fills in missing fields by the first bytes of the body:
//!
//! | body | code | message |
//! |---|---|---|
//! | XML | `Code` in `Error`, or similar, or the root's name if it is an error's | `Message` in the same places, else all text |
//! | JSON | `__type`, `code`, `error` and similar, also in `{"error": {..}}` | `message` and similar, else the JSON itself |
//! | HTML | `Code:` in a list item (as in S3's pages) | the title, else the first heading, else the text |
//! | CBOR | `__type`, `code` | `message` |
//! | text | | the text |
//! | other bytes | | the length and the first bytes |
//!
//! If the body has no code, the header `x-amzn-errortype` counts (see [`Header`]), then the status. Texts are truncated
//! and put on one line.

pub(super) mod json;
mod markup;
mod pieces;
mod truncated;

use std::borrow::Cow;

use crate::protocol::{
    ErrorFields, Received, X_AMZN_ERRORTYPE, error_code, request_ids, rpc_v2_cbor, status_error, xml,
};

/// The maximum number of bytes to scan of a body that is neither XML nor JSON.
const MAX_SCANNED: usize = 64 << 10;
/// The maximum number of characters of a message made here. A message from its own member is not truncated.
const MAX_TEXT: usize = 1024;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The error found in a body.
#[derive(Debug, Default)]
struct BodyError {
    /// Fields from their own members; empty if missing.
    fields: ErrorFields,
    /// Other text of the body, for the message.
    text: String,
    /// The body is a document with arbitrary data, not a page or text.
    is_data: bool,
}

/// The precedence of the header `x-amzn-errortype` if the protocol's own parser found no code.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Header {
    /// The header comes before the body: the JSON protocols.
    First,
    /// The body comes before the header. Gateways send the header with a message but no code.
    Last,
}

/// Fills in fields that the protocol's own parser did not find: from the body in any format, from a header, from the
/// status.
pub(super) fn complete(fields: &mut ErrorFields, response: &Received<'_>, header: Header) {
    let body = response.body.unwrap_or_default();
    let errortype = response.headers.get(X_AMZN_ERRORTYPE).and_then(|value| value.to_str().ok());
    let errortype = errortype.map(error_code::trim_code).unwrap_or_default();
    if header == Header::First && fields.code.is_empty() {
        errortype.clone_into(&mut fields.code);
    }
    if !body.is_empty() && (fields.code.is_empty() || fields.message.is_empty()) {
        let found = read(body);
        // An id in a header takes precedence over a member that may have another meaning.
        let ids = request_ids(response.headers);
        fields.request_id = fields.request_id.take().or(ids.0);
        fields.host_id = fields.host_id.take().or(ids.1);
        fields.has_borrowed_message =
            header == Header::First && found.is_data && !fields.code.is_empty() && fields.message.is_empty();
        let is_message = found.is_data && !found.fields.message.is_empty();
        fill_missing(fields, found);
        if fields.code.is_empty() && is_message {
            errortype.clone_into(&mut fields.code);
        }
    }
    if fields.code.is_empty() {
        let status = status_error(response);
        fields.code = status.code;
        if fields.message.is_empty() {
            fields.message = status.message;
        }
    }
}

fn fill_missing(fields: &mut ErrorFields, found: BodyError) {
    if fields.code.is_empty() {
        fields.code = found.fields.code;
    }
    if fields.message.is_empty() && !fields.has_empty_message {
        fields.message = found.fields.message;
    }
    if fields.message.is_empty() && !fields.has_empty_message && (fields.code.is_empty() || !found.is_data) {
        fields.message = found.text;
    }
    fields.fault = fields.fault.take().or(found.fields.fault);
    fields.request_id = fields.request_id.take().or(found.fields.request_id);
    fields.host_id = fields.host_id.take().or(found.fields.host_id);
}

/// Adds the text of a body to the message of an error that is described by its status.
pub(super) fn add_text(message: &mut String, body: &[u8]) {
    let BodyError { fields, text, .. } = read(body);
    let text = if fields.message.is_empty() { text } else { fields.message };
    if text.is_empty() || message.is_empty() {
        message.push_str(&text);
        return;
    }
    // `503 Service Unavailable: nginx` already contains the message.
    let known = text.trim_start_matches(|char: char| !char.is_alphabetic());
    if known.starts_with(&*message) {
        known.clone_into(message);
    } else if !text.ends_with(&*message) {
        message.push_str(": ");
        message.push_str(&text);
    }
}

/// Describes a body that is not a response of the service, for an error message. Documents of any format may contain
/// secrets, so only the error fields of their content are shown.
pub(crate) fn glimpse(body: &[u8]) -> String {
    const MAX_SHOWN: usize = 120;
    let beginning = |text: &str| format!("{:?}", line(prefix(text, 4 * MAX_SHOWN), MAX_SHOWN));
    let text = decode(&body[..body.len().min(MAX_SCANNED)]);
    let text = text.trim_ascii();
    let (what, fields) = match (body, text.bytes().next()) {
        (_, None) => return "an empty body".to_owned(),
        ([0xa0..=0xbf, ..], _) => return "a map in CBOR".to_owned(),
        _ if is_html(body) => return format!("a page of HTML that begins with {}", beginning(text)),
        (_, Some(b'<')) => match markup::root(text) {
            Some(root) => {
                let fields = read_markup(text).fields;
                let is_error = root.eq_ignore_ascii_case("error") || !fields.code.is_empty();
                let what = format!("an XML document with the root element {:?}", line(root, MAX_SHOWN));
                (what, if is_error { fields } else { ErrorFields::default() })
            }
            None => return "XML that is not well-formed".to_owned(),
        },
        (_, Some(b'{' | b'[' | b'"')) => match json::read(text.as_bytes()) {
            Some(value) => {
                (format!("the JSON {}", line(&json::outline(&value), MAX_SHOWN)), json::error_fields(&value))
            }
            None => return "something that looks like JSON".to_owned(),
        },
        _ if is_binary(text) => {
            return format!("bytes that begin with \"{}\"", body[..body.len().min(16)].escape_ascii());
        }
        _ => return format!("text that begins with {}", beginning(text)),
    };
    match (fields.code, fields.message) {
        // A code alone may not be an error code.
        (_, message) if message.is_empty() => what,
        (code, message) if code.is_empty() => format!("{what} that says {:?}", truncate(&message)),
        (code, message) => format!("{what} that says {:?}", truncate(&format!("{code}: {message}"))),
    }
}

fn read(body: &[u8]) -> BodyError {
    if let [0xa0..=0xbf, ..] | [0xd9, 0xd9, 0xf7, ..] = body {
        return BodyError { fields: rpc_v2_cbor::error_fields(body), is_data: true, ..BodyError::default() };
    }
    let text = decode(body);
    let trimmed = text.trim_ascii();
    match trimmed.bytes().next() {
        None => BodyError::default(),
        Some(_) if trimmed == "null" => BodyError::default(),
        Some(b'<') => read_markup(trimmed),
        Some(b'{' | b'[' | b'"') => match json::read(trimmed.as_bytes()) {
            Some(value) => json::body_error(&value, trimmed),
            None => read_text(trimmed, body),
        },
        Some(_) => read_text(trimmed, body),
    }
}

fn read_markup(text: &str) -> BodyError {
    let mut found = markup::read(text);
    if !is_html(text.as_bytes()) {
        let aws = xml::error_document(text.as_bytes());
        let fields = &mut found.fields;
        if !aws.code.is_empty() {
            fields.code = aws.code;
        }
        if !aws.message.is_empty() {
            fields.message = aws.message;
        }
        fields.fault = aws.fault;
        fields.request_id = aws.request_id;
        fields.host_id = aws.host_id;
        found.is_data = true;
    }
    let is_empty = found.text.is_empty() && found.fields.message.is_empty() && found.fields.code.is_empty();
    let element = text.split_once("?>").filter(|_| text.starts_with("<?")).map_or(text, |(_, rest)| rest.trim_ascii());
    if is_empty && element.contains('=') && !is_html(text.as_bytes()) {
        // A document that says something in attributes alone, or that is not well-formed.
        found.text = truncate(prefix(element, MAX_SCANNED));
    }
    found
}

fn read_text(text: &str, body: &[u8]) -> BodyError {
    let scanned = prefix(text, MAX_SCANNED);
    if let Some(at) = scanned.find("<html").or_else(|| scanned.find("<HTML")) {
        return markup::read(&text[at..]);
    }
    let text = if is_binary(scanned) {
        format!("a body of {} bytes that begins with \"{}\"", body.len(), body[..body.len().min(32)].escape_ascii())
    } else {
        truncate(scanned)
    };
    BodyError { text, ..BodyError::default() }
}

/// Whether a text is binary data: more than a quarter of it are control characters or invalid bytes.
fn is_binary(text: &str) -> bool {
    let is_unprintable =
        |char: &char| char.is_control() && !char.is_whitespace() || *char == char::REPLACEMENT_CHARACTER;
    let (count, all) =
        text.chars().fold((0, 0), |(count, all), char| (count + usize::from(is_unprintable(&char)), all + 1));
    count * 4 > all
}

/// Whether a body is an HTML page, by its beginning.
pub(crate) fn is_html(body: &[u8]) -> bool {
    let mut rest = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body).trim_ascii_start();
    for (begin, end) in [(&b"<?"[..], &b"?>"[..]), (b"<!--", b"-->")] {
        if rest.starts_with(begin) {
            let scanned = &rest[..rest.len().min(1024)];
            let Some(at) = scanned.windows(end.len()).position(|window| window == end) else { return false };
            rest = rest[at + end.len()..].trim_ascii_start();
        }
    }
    let begins_with = |tag: &[u8]| {
        rest.len() > tag.len()
            && rest[..tag.len()].eq_ignore_ascii_case(tag)
            && !rest[tag.len()].is_ascii_alphanumeric()
    };
    [&b"<html"[..], b"<!doctype html", b"<head", b"<body"].iter().any(|tag| begins_with(tag))
}

/// Decodes a body as UTF-8 or UTF-16 without the byte order mark. Invalid bytes become U+FFFD.
pub(super) fn decode(body: &[u8]) -> Cow<'_, str> {
    let utf_16 = |from: fn([u8; 2]) -> u16| {
        let scanned = &body[2..body.len().min(MAX_SCANNED)];
        let units = scanned.as_chunks().0.iter().map(|pair| from(*pair));
        char::decode_utf16(units).map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>()
    };
    match body {
        // Documents begin with an ASCII character. Without one, these bytes are not a byte order mark.
        [0xff, 0xfe, _, 0, ..] => Cow::Owned(utf_16(u16::from_le_bytes)),
        [0xfe, 0xff, 0, _, ..] => Cow::Owned(utf_16(u16::from_be_bytes)),
        _ => String::from_utf8_lossy(body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body)),
    }
}

/// Text as one printable line, truncated to [`MAX_TEXT`] characters.
pub(super) fn truncate(text: &str) -> String {
    line(text, MAX_TEXT)
}

/// As [`truncate`], with another maximum number of characters.
fn line(text: &str, max_chars: usize) -> String {
    let mut out = String::new();
    let (mut count, mut blank) = (0, false);
    for char in text.chars() {
        if char.is_whitespace() {
            blank = !out.is_empty();
            continue;
        }
        if count >= max_chars {
            out.push_str("...");
            return out;
        }
        if std::mem::take(&mut blank) {
            out.push(' ');
            count += 1;
        }
        count += 1;
        match char {
            // Direction marks would make the line read as something else.
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                out.extend(char.escape_unicode());
            }
            char if char.is_control() => out.extend(char.escape_unicode()),
            char => out.push(char),
        }
    }
    out
}

/// The beginning of a text, with at most that many bytes.
fn prefix(text: &str, max_bytes: usize) -> &str {
    &text[..text.floor_char_boundary(max_bytes)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_pages_are_recognized() {
        for (body, expected) in [
            ("<html>", true),
            ("\u{feff} \n<HTML lang='de'>", true),
            ("<!DOCTYPE html><p>", true),
            ("<?xml version='1.0'?>\n<!-- x -->\n<html xmlns='x'>", true),
            ("<body bgcolor=white>", true),
            ("<htmlResult/>", false),
            ("<!DOCTYPE Error><Error/>", false),
            ("<header/>", false),
            ("<html", false),
            ("", false),
            ("<!-- ", false),
            ("html", false),
        ] {
            assert_eq!(is_html(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn text_is_truncated_and_put_on_one_line() {
        assert_eq!(truncate(" a\r\n\tb  c\u{1b}[31m\u{202e} "), "a b c\\u{1b}[31m\\u{202e}");
        assert_eq!(line("abcdef", 3), "abc...");
        assert_eq!(line("abc  ", 3), "abc");
        assert_eq!(truncate(&"\u{e4}".repeat(5000)).chars().count(), MAX_TEXT + 3);
    }
}

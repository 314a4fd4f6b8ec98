//! Error bodies of any format.
//!
//! Gateways, proxies, load balancers and emulators stand in front of services and answer in what they speak themselves, whatever the
//! protocol of the service is and whatever their `Content-Type` says. Each protocol reads its own format first, as botocore does;
//! [`complete`] then looks for what is still missing, by the first bytes of the body:
//!
//! | body | code | message |
//! |---|---|---|
//! | XML | `Code` in `Error`, else an element of that kind, else the root's name where that is an error's | `Message` in the same places, else all text |
//! | JSON | `__type`, `code`, `error` and the like, also in `{"error": {..}}` | `message`, `error_description` and the like, else the JSON itself |
//! | HTML | `Code:` in an item of a list (S3's pages have that) | the title, else the first heading, else the text |
//! | CBOR | `__type`, `code` | `message` |
//! | text | | the text |
//! | other bytes | | how many there are, and the first of them |
//!
//! A body without a code leaves that to the header `x-amzn-errortype` (see [`Header`]), and then to the status. Texts are cut and made
//! one line.

pub(super) mod json;
mod markup;

use std::borrow::Cow;

use crate::protocol::{
    ErrorFields, Received, X_AMZN_ERRORTYPE, error_code, request_ids, rpc_v2_cbor, status_error, xml,
};

/// How much of a body that is neither XML nor JSON is looked at.
const MAX_LOOK: usize = 64 << 10;
/// The most characters of a message that was put together here. A message that the body names as such is as long as it is.
const MAX_TEXT: usize = 1024;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What a body says of an error.
#[derive(Debug, Default)]
struct Said {
    /// What stands in the places that are made for it; empty where nothing does.
    fields: ErrorFields,
    /// What else can be shown of the body.
    text: String,
    /// A document whose members may hold anything, not just text for people.
    is_data: bool,
}

/// Which code counts where the protocol's own reader found none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Header {
    /// That of the header `x-amzn-errortype`, where there is one. The JSON protocols have it.
    First,
    /// That of the body. A header of another protocol counts for a message without a code, as gateways send them.
    Last,
}

/// Fills in what the protocol's own reader has left empty: from the body in whatever format, from a header, from the status.
pub(super) fn complete(fields: &mut ErrorFields, response: &Received<'_>, header: Header) {
    let body = response.body.unwrap_or_default();
    let errortype = response.headers.get(X_AMZN_ERRORTYPE).and_then(|value| value.to_str().ok());
    let errortype = errortype.map(error_code::trim_code).unwrap_or_default();
    if header == Header::First && fields.code.is_empty() {
        errortype.clone_into(&mut fields.code);
    }
    if !body.is_empty() && (fields.code.is_empty() || fields.message.is_empty()) {
        let said = read(body);
        // A header counts before a member that may be the error's own.
        let ids = request_ids(response.headers);
        fields.request_id = fields.request_id.take().or(ids.0);
        fields.host_id = fields.host_id.take().or(ids.1);
        fields.has_borrowed_message =
            header == Header::First && said.is_data && !fields.code.is_empty() && fields.message.is_empty();
        let is_message = said.is_data && !said.fields.message.is_empty();
        add_said(fields, said);
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

fn add_said(fields: &mut ErrorFields, said: Said) {
    if fields.code.is_empty() {
        fields.code = said.fields.code;
    }
    if fields.message.is_empty() && !fields.has_empty_message {
        fields.message = said.fields.message;
    }
    if fields.message.is_empty() && !fields.has_empty_message && (fields.code.is_empty() || !said.is_data) {
        fields.message = said.text;
    }
    fields.fault = fields.fault.take().or(said.fields.fault);
    fields.request_id = fields.request_id.take().or(said.fields.request_id);
    fields.host_id = fields.host_id.take().or(said.fields.host_id);
}

/// The message of a failure whose status says all but what the page in the body adds to it.
pub(super) fn add_text(message: &mut String, body: &[u8]) {
    let Said { fields, text, .. } = read(body);
    let text = if fields.message.is_empty() { text } else { fields.message };
    if text.is_empty() || message.is_empty() {
        message.push_str(&text);
        return;
    }
    // `503 Service Unavailable: nginx` begins with what is known.
    let known = text.trim_start_matches(|char: char| !char.is_alphabetic());
    if known.starts_with(&*message) {
        known.clone_into(message);
    } else if !text.ends_with(&*message) {
        message.push_str(": ");
        message.push_str(&text);
    }
}

/// What there is to see of a body that is no response of the service. Documents may hold secrets, in whatever format they come: of
/// their content only what they say of an error is shown.
pub(crate) fn glimpse(body: &[u8]) -> String {
    const MOST: usize = 120;
    let beginning = |text: &str| format!("{:?}", line(prefix(text, 4 * MOST), MOST));
    let text = decode(&body[..body.len().min(MAX_LOOK)]);
    let text = text.trim_ascii();
    let (what, said) = match (body, text.bytes().next()) {
        (_, None) => return "an empty body".to_owned(),
        ([0xa0..=0xbf, ..], _) => return "a map in CBOR".to_owned(),
        _ if is_html(body) => return format!("a page of HTML that begins with {}", beginning(text)),
        (_, Some(b'<')) => match markup::root(text) {
            Some(root) => {
                let fields = read_markup(text).fields;
                let is_error = root.eq_ignore_ascii_case("error") || !fields.code.is_empty();
                let what = format!("an XML document with the root element {:?}", line(root, MOST));
                (what, if is_error { fields } else { ErrorFields::default() })
            }
            None => return "XML that is not well-formed".to_owned(),
        },
        (_, Some(b'{' | b'[' | b'"')) => match json::read(text.as_bytes()) {
            Some(value) => (format!("the JSON {}", line(&json::outline(&value), MOST)), json::error_fields(&value)),
            None => return "something that looks like JSON".to_owned(),
        },
        _ if is_binary(text) => {
            return format!("bytes that begin with \"{}\"", body[..body.len().min(16)].escape_ascii());
        }
        _ => return format!("text that begins with {}", beginning(text)),
    };
    match (said.code, said.message) {
        // A code alone may be one of any kind.
        (_, message) if message.is_empty() => what,
        (code, message) if code.is_empty() => format!("{what} that says {:?}", cut(&message)),
        (code, message) => format!("{what} that says {:?}", cut(&format!("{code}: {message}"))),
    }
}

fn read(body: &[u8]) -> Said {
    if let [0xa0..=0xbf, ..] | [0xd9, 0xd9, 0xf7, ..] = body {
        return Said { fields: rpc_v2_cbor::error_fields(body), is_data: true, ..Said::default() };
    }
    let text = decode(body);
    let trimmed = text.trim_ascii();
    match trimmed.bytes().next() {
        None => Said::default(),
        Some(_) if trimmed == "null" => Said::default(),
        Some(b'<') => read_markup(trimmed),
        Some(b'{' | b'[' | b'"') => match json::read(trimmed.as_bytes()) {
            Some(value) => json::said(&value, trimmed),
            None => read_text(trimmed, body),
        },
        Some(_) => read_text(trimmed, body),
    }
}

fn read_markup(text: &str) -> Said {
    let mut said = markup::read(text);
    if !is_html(text.as_bytes()) {
        let of_aws = xml::error_document(text.as_bytes());
        let fields = &mut said.fields;
        if !of_aws.code.is_empty() {
            fields.code = of_aws.code;
        }
        if !of_aws.message.is_empty() {
            fields.message = of_aws.message;
        }
        fields.fault = of_aws.fault;
        fields.request_id = of_aws.request_id;
        fields.host_id = of_aws.host_id;
        said.is_data = true;
    }
    said
}

fn read_text(text: &str, body: &[u8]) -> Said {
    let look = prefix(text, MAX_LOOK);
    if let Some(at) = look.find("<html").or_else(|| look.find("<HTML")) {
        return markup::read(&text[at..]);
    }
    let text = if is_binary(look) {
        format!("a body of {} bytes that begins with \"{}\"", body.len(), body[..body.len().min(32)].escape_ascii())
    } else {
        cut(look)
    };
    Said { text, ..Said::default() }
}

/// Whether a text is none: a fourth of it are control characters, or could not be read.
fn is_binary(text: &str) -> bool {
    let is_odd = |char: &char| char.is_control() && !char.is_whitespace() || *char == char::REPLACEMENT_CHARACTER;
    let (odd, all) = text.chars().fold((0, 0), |(odd, all), char| (odd + usize::from(is_odd(&char)), all + 1));
    odd * 4 > all
}

/// Whether a body is a page of HTML. Looks at its beginning only.
pub(crate) fn is_html(body: &[u8]) -> bool {
    let mut rest = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body).trim_ascii_start();
    for (begin, end) in [(&b"<?"[..], &b"?>"[..]), (b"<!--", b"-->")] {
        if rest.starts_with(begin) {
            let look = &rest[..rest.len().min(1024)];
            let Some(at) = look.windows(end.len()).position(|window| window == end) else { return false };
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

/// A body as text: without its byte order mark, and with U+FFFD for what cannot be read.
pub(super) fn decode(body: &[u8]) -> Cow<'_, str> {
    let utf_16 = |from: fn([u8; 2]) -> u16| {
        let look = &body[2..body.len().min(MAX_LOOK)];
        let units = look.as_chunks().0.iter().map(|pair| from(*pair));
        char::decode_utf16(units).map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>()
    };
    match body {
        // Documents begin with ASCII; without it, these are two bytes of something else.
        [0xff, 0xfe, _, 0, ..] => Cow::Owned(utf_16(u16::from_le_bytes)),
        [0xfe, 0xff, 0, _, ..] => Cow::Owned(utf_16(u16::from_be_bytes)),
        _ => String::from_utf8_lossy(body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body)),
    }
}

/// Text as one line that can be printed, cut where it is too long.
pub(super) fn cut(text: &str) -> String {
    line(text, MAX_TEXT)
}

/// As [`cut`], with at most that many characters.
fn line(text: &str, most: usize) -> String {
    let mut out = String::new();
    let (mut count, mut blank) = (0, false);
    for char in text.chars() {
        if char.is_whitespace() {
            blank = !out.is_empty();
            continue;
        }
        if count >= most {
            out.push_str("...");
            return out;
        }
        if std::mem::take(&mut blank) {
            out.push(' ');
            count += 1;
        }
        count += 1;
        match char {
            // What turns the direction of writing makes a line read as something else.
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                out.extend(char.escape_unicode());
            }
            char if char.is_control() => out.extend(char.escape_unicode()),
            char => out.push(char),
        }
    }
    out
}

/// As much of a text as stays within that many bytes.
fn prefix(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_told_from_documents() {
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
    fn text_becomes_one_short_line() {
        assert_eq!(cut(" a\r\n\tb  c\u{1b}[31m\u{202e} "), "a b c\\u{1b}[31m\\u{202e}");
        assert_eq!(line("abcdef", 3), "abc...");
        assert_eq!(line("abc  ", 3), "abc");
        assert_eq!(cut(&"\u{e4}".repeat(5000)).chars().count(), MAX_TEXT + 3);
    }
}

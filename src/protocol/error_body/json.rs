//! Errors in JSON, whoever sends them.

use serde_json::{Map, Value};

use super::{MAX_LOOK, MAX_TEXT, Said, cut, prefix};
use crate::codec::json;
use crate::protocol::{ErrorFields, error_code};

/// The name of an error's shape, and so never a number.
const TYPE: &str = "__type";
const CODES: &[&str] =
    &[TYPE, "code", "Code", "errorCode", "ErrorCode", "error_code", "errorType", "ErrorType", "errorcode", "faultcode"];
/// Names of codes, where nothing better is found and the text looks like one.
const LESSER_CODES: &[&str] = &["Type", "type", "status", "Status", "reason"];
const MESSAGES: &[&str] = &[
    "message",
    "Message",
    "errorMessage",
    "ErrorMessage",
    "error_message",
    "error_description",
    "errorDescription",
    "description",
    "faultstring",
    "detail",
    "details",
    "title",
    "msg",
    "reason",
];
/// What stands around an error.
const WRAPPERS: &[&str] =
    &["Error", "error", "Errors", "errors", "ErrorResponse", "Response", "fault", "Fault", "detail", "details"];
const REQUEST_IDS: &[&str] = &["RequestId", "RequestID", "requestId", "request_id"];
/// Ends a text that goes no further.
const CUT: char = '\u{2026}';
/// How deep wrappers may stand in each other.
const MAX_DEPTH: usize = 6;

/// The JSON of a body. One that is cut off is read as far as it goes.
pub(in crate::protocol) fn read(body: &[u8]) -> Option<Value> {
    let text = super::decode(body);
    let parse = |text: &str| json::received(text.as_bytes()).ok();
    parse(&text).or_else(|| parse(&completed(text.trim_ascii())?))
}

/// Text of a member that may be a number.
pub(in crate::protocol) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// What the places say that are made for errors, and the document itself where they say nothing.
pub(super) fn said(value: &Value, text: &str) -> Said {
    let mut found = Found::default();
    found.value(value, MAX_DEPTH);
    let Found { mut fields, lesser_code, number } = found;
    if fields.code.is_empty() {
        fields.code = lesser_code.or(number).unwrap_or_default();
    }
    let is_empty = match value {
        Value::Object(members) => members.values().all(Value::is_null),
        Value::Array(items) => items.iter().all(Value::is_null),
        other => other.is_null(),
    };
    let text = match value {
        _ if is_empty => String::new(),
        Value::String(text) => cut(text),
        _ => cut(prefix(text, MAX_LOOK)),
    };
    Said { fields, text, is_data: !value.is_string() }
}

/// What the places say that are made for errors and for nothing else.
pub(super) fn error_fields(value: &Value) -> ErrorFields {
    let mut found = Found::default();
    if let Value::Object(members) = value {
        found.object(members, MAX_DEPTH);
    }
    found.fields
}

/// The names in a document, without what they stand for.
pub(super) fn outline(value: &Value) -> String {
    match value {
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        Value::Object(members) => {
            let names: Vec<_> = members.keys().take(8).map(|name| format!("{name:?}:\u{2026}")).collect();
            format!("{{{}}}", names.join(","))
        }
        Value::Array(items) if items.is_empty() => "[]".to_owned(),
        Value::Array(_) => "[\u{2026}]".to_owned(),
        Value::String(_) => "string".to_owned(),
        other => other.to_string(),
    }
}

#[derive(Default)]
struct Found {
    fields: ErrorFields,
    lesser_code: Option<String>,
    number: Option<String>,
}

impl Found {
    fn value(&mut self, value: &Value, depth: usize) {
        match value {
            _ if depth == 0 => {}
            Value::Object(members) => self.object(members, depth - 1),
            Value::Array(items) => {
                if let Some(first) = items.iter().find(|item| item.is_object()) {
                    self.value(first, depth - 1);
                } else if self.fields.message.is_empty() {
                    self.fields.message = texts(items);
                }
            }
            _ => {}
        }
    }

    fn object(&mut self, members: &Map<String, Value>, depth: usize) {
        let find = |names: &[&str]| names.iter().filter_map(|name| members.get(*name)).find_map(text_of);
        for (name, value) in CODES.iter().filter_map(|name| Some((*name, members.get(*name)?))) {
            match value {
                Value::String(code) => self.code(code),
                Value::Number(number) if name != TYPE => {
                    self.number = self.number.take().or_else(|| Some(number.to_string()));
                }
                _ => {}
            }
        }
        // A word is a code, a sentence is a message.
        let errors = ["error", "Error"].iter().filter_map(|name| members.get(*name)?.as_str());
        errors.clone().filter(|text| is_word(text)).for_each(|text| self.code(text));
        if self.fields.message.is_empty() {
            let sentence = || errors.clone().find(|text| !is_word(text)).map(str::to_owned);
            self.fields.message = find(MESSAGES).or_else(sentence).unwrap_or_default();
        }
        for text in LESSER_CODES.iter().filter_map(|name| members.get(*name)?.as_str()) {
            if matches!(text, "Sender" | "Receiver") {
                self.fields.fault = self.fields.fault.take().or_else(|| Some(text.to_owned()));
            } else if is_word(text) && self.lesser_code.is_none() {
                self.lesser_code = Some(text.to_owned());
            }
        }
        self.fields.request_id = self.fields.request_id.take().or_else(|| find(REQUEST_IDS));
        let is_nested = |value: &&Value| value.is_object() || value.is_array();
        for nested in WRAPPERS.iter().filter_map(|name| members.get(*name)).filter(is_nested) {
            if self.fields.code.is_empty() || self.fields.message.is_empty() {
                self.value(nested, depth);
            }
        }
        // `{"itemNotFound": {"code": 404, "message": ".."}}`
        if let (1, Some((name, Value::Object(inner)))) = (members.len(), members.iter().next())
            && !WRAPPERS.contains(&name.as_str())
        {
            self.object(inner, depth.saturating_sub(1));
            if self.fields.code.is_empty() && !self.fields.message.is_empty() && is_word(name) {
                name.clone_into(&mut self.fields.code);
            }
        }
    }

    fn code(&mut self, code: &str) {
        let code = error_code::trim_code(code.trim());
        if self.fields.code.is_empty() && code.len() <= MAX_TEXT && !code.ends_with(CUT) {
            code.clone_into(&mut self.fields.code);
        }
    }
}

fn texts(items: &[Value]) -> String {
    let texts = items.iter().filter_map(text_of).take(8).collect::<Vec<_>>();
    cut(&texts.join("; "))
}

/// Whether a text looks like a code.
fn is_word(text: &str) -> bool {
    (1..=80).contains(&text.len())
        && text.starts_with(|char: char| char.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

/// A code, unless it is cut off: half of one is another one.
pub(in crate::protocol) fn code_of(members: &Map<String, Value>, name: &str) -> Option<String> {
    let value = members.get(name).filter(|value| value.is_string() || name != TYPE)?;
    text_of(value).filter(|code| !code.ends_with(CUT))
}

/// A document that ends too early, with what it takes to end it. The text that the cut goes through is kept and ends with [`CUT`], a
/// name without a value and a number or word at the end are not.
fn completed(text: &str) -> Option<String> {
    #[derive(Clone, Copy, PartialEq)]
    enum Next {
        Name,
        Value,
        Done,
    }
    let mut open: Vec<(u8, Next)> = Vec::new();
    // Up to here the document is good, with so many open objects and arrays.
    let mut good = (0, 0);
    let mut string: Option<usize> = None;
    let mut escape = 0;
    for (at, byte) in text.bytes().enumerate() {
        if string.is_some() {
            match (escape, byte) {
                (0, b'\\') => escape = 1,
                (0, b'"') => {
                    string = None;
                    match open.last_mut() {
                        Some((_, next @ Next::Value)) => {
                            *next = Next::Done;
                            good = (at + 1, open.len());
                        }
                        Some((b'{', next @ Next::Name)) => *next = Next::Done,
                        _ => return None,
                    }
                }
                (0, _) => {}
                (1, b'u') => escape = 5,
                (left, _) => escape = left - 1,
            }
            continue;
        }
        match byte {
            b'"' if open.last().is_some_and(|(_, next)| *next != Next::Done) => string = Some(at),
            b'{' | b'[' => {
                // Deeper documents are refused by the reader.
                if open.len() > 512 {
                    return None;
                }
                open.push((byte, if byte == b'{' { Next::Name } else { Next::Value }));
                good = (at + 1, open.len());
            }
            b'}' | b']' => {
                open.pop()?;
                if let Some((_, next)) = open.last_mut() {
                    *next = Next::Done;
                }
                good = (at + 1, open.len());
            }
            b':' => open.last_mut()?.1 = Next::Value,
            b',' => {
                let (kind, next) = open.last_mut()?;
                // A number or a word before it has come to its end.
                if *next != Next::Name {
                    good = (at, good.1);
                }
                *next = if *kind == b'{' { Next::Name } else { Next::Value };
                good.1 = open.len();
            }
            byte if byte.is_ascii_whitespace() => {}
            // Of a number or a word. What is wrong elsewhere is not for want of an end.
            b'+' | b'-' | b'.' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z'
                if open.last().is_some_and(|(_, next)| *next == Next::Value) => {}
            _ => return None,
        }
    }
    let mut out = match (string, open.last()) {
        (Some(begin), Some((_, Next::Value))) => {
            let mut cut = text.len();
            if escape > 0 {
                cut = text[begin..].rfind('\\').map_or(cut, |at| begin + at);
            }
            format!("{}{CUT}\"", &text[..cut])
        }
        _ if good.0 > 1 => {
            open.truncate(good.1);
            text[..good.0].to_owned()
        }
        _ => return None,
    };
    if open.is_empty() {
        return None;
    }
    out.extend(open.iter().rev().map(|(kind, _)| if *kind == b'{' { '}' } else { ']' }));
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_that_are_cut_off_are_read_as_far_as_they_go() {
        for (text, expected) in [
            (r#"{"__type":"A","message":"Rate exc"#, r#"{"__type":"A","message":"Rate exc…"}"#),
            (r#"{"a":"x\"#, r#"{"a":"x…"}"#),
            (r#"{"a":"x\u00e"#, r#"{"a":"x…"}"#),
            (r#"{"a":"x\\"#, r#"{"a":"x\\…"}"#),
            (r#"{"a":"b","na"#, r#"{"a":"b"}"#),
            (r#"{"a":"b","name":"#, r#"{"a":"b"}"#),
            (r#"{"a":"b","#, r#"{"a":"b"}"#),
            (r#"{"a":1,"b":tr"#, r#"{"a":1}"#),
            (r#"{"a":{"b":["x",{"c":"#, r#"{"a":{"b":["x",{}]}}"#),
            (r#"["a","b"#, r#"["a","b…"]"#),
        ] {
            assert_eq!(read(text.as_bytes()), Some(serde_json::from_str(expected).unwrap()), "{text}");
        }
        for text in
            ["", "{", "{no", "}", "[}", "{]", "abc", "{\"a\" \"b\"}", "\"a", "{\"a\":1}}", "{\"a\":\"b\" c", "{\"a\":;"]
        {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
    }
}

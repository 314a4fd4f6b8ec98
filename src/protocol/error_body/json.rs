//! Errors in JSON, in any layout.

use serde_json::{Map, Value};

use super::truncated::{TRUNCATED, close_truncated};
use super::{BodyError, MAX_SCANNED, MAX_TEXT, prefix, truncate};
use crate::codec::json;
use crate::protocol::{ErrorFields, error_code};

/// The member with the name of the error's shape. It is never a number.
const TYPE: &str = "__type";
const CODES: &[&str] =
    &[TYPE, "code", "Code", "errorCode", "ErrorCode", "error_code", "errorType", "ErrorType", "errorcode", "faultcode"];
/// Members that are used as the code if there is no other and their text looks like a code.
const FALLBACK_CODES: &[&str] = &["Type", "type", "status", "Status", "reason"];
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
/// Members that may contain the error.
const WRAPPERS: &[&str] =
    &["Error", "error", "Errors", "errors", "ErrorResponse", "Response", "fault", "Fault", "detail", "details"];
const REQUEST_IDS: &[&str] = &["RequestId", "RequestID", "requestId", "request_id"];
/// The maximum depth of nested wrappers.
const MAX_DEPTH: usize = 6;

/// The JSON of a body. Truncated JSON is read as far as it goes.
pub(in crate::protocol) fn read(body: &[u8]) -> Option<Value> {
    let text = super::decode(body);
    let parse = |text: &str| json::received(text.as_bytes()).ok();
    parse(&text).or_else(|| parse(&close_truncated(text.trim_ascii())?))
}

/// The text of a string, number or boolean.
pub(in crate::protocol) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// The text of a message: also of a list or object, in which frameworks collect the faults of a request.
pub(in crate::protocol) fn message_of(value: &Value) -> Option<String> {
    match value {
        Value::Array(items) if !items.is_empty() && items.iter().all(Value::is_string) => Some(texts(items)),
        Value::Array(items) if !items.is_empty() => Some(truncate(&value.to_string())),
        Value::Object(members) if !members.is_empty() => Some(truncate(&value.to_string())),
        other => text_of(other),
    }
}

/// The error in a document. If no member is meant for errors, the text is the document itself.
pub(super) fn body_error(value: &Value, text: &str) -> BodyError {
    let mut search = ErrorSearch::default();
    search.value(value, MAX_DEPTH);
    let ErrorSearch { mut fields, fallback_code, number } = search;
    if fields.code.is_empty() {
        fields.code = fallback_code.or(number).unwrap_or_default();
    }
    let is_empty = match value {
        Value::Object(members) => members.values().all(Value::is_null),
        Value::Array(items) => items.iter().all(Value::is_null),
        other => other.is_null(),
    };
    let text = match value {
        _ if is_empty => String::new(),
        Value::String(text) => truncate(text),
        _ => truncate(prefix(text, MAX_SCANNED)),
    };
    BodyError { fields, text, is_data: !value.is_string() }
}

/// The error fields from members that are only meant for errors.
pub(super) fn error_fields(value: &Value) -> ErrorFields {
    let mut search = ErrorSearch::default();
    if let Value::Object(members) = value {
        search.object(members, MAX_DEPTH);
    }
    search.fields
}

/// The member names of a document, without their values.
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

/// The search for error fields in a document.
#[derive(Default)]
struct ErrorSearch {
    fields: ErrorFields,
    fallback_code: Option<String>,
    number: Option<String>,
}

impl ErrorSearch {
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
        // In `error`, a word is a code and a sentence is a message.
        let errors = ["error", "Error"].iter().filter_map(|name| members.get(*name)?.as_str());
        errors.clone().filter(|text| is_word(text)).for_each(|text| self.code(text));
        if self.fields.message.is_empty() {
            let sentence = || errors.clone().find(|text| !is_word(text)).map(str::to_owned);
            let other = || ["message", "Message"].iter().find_map(|name| message_of(members.get(*name)?));
            self.fields.message = find(MESSAGES).or_else(sentence).or_else(other).unwrap_or_default();
        }
        for text in FALLBACK_CODES.iter().filter_map(|name| members.get(*name)?.as_str()) {
            if matches!(text, "Sender" | "Receiver") {
                self.fields.fault = self.fields.fault.take().or_else(|| Some(text.to_owned()));
            } else if is_word(text) && self.fallback_code.is_none() {
                self.fallback_code = Some(text.to_owned());
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
        if self.fields.code.is_empty() && code.len() <= MAX_TEXT && !code.ends_with(TRUNCATED) {
            code.clone_into(&mut self.fields.code);
        }
    }
}

fn texts(items: &[Value]) -> String {
    let texts = items.iter().filter_map(text_of).take(8).collect::<Vec<_>>();
    truncate(&texts.join("; "))
}

/// Whether a text looks like a code.
fn is_word(text: &str) -> bool {
    (1..=80).contains(&text.len())
        && text.starts_with(|char: char| char.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

/// The code in a member, unless it is truncated: a part of a code may be another code.
pub(in crate::protocol) fn code_of(members: &Map<String, Value>, name: &str) -> Option<String> {
    let value = members.get(name).filter(|value| value.is_string() || name != TYPE)?;
    text_of(value).filter(|code| !code.ends_with(TRUNCATED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truncated_documents_are_read_as_far_as_they_go() {
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

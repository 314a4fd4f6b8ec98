//! Resume tokens in the format of botocore's `paginate.py: TokenEncoder`. boto3, the AWS CLI and this crate can resume each
//! other's listings.
//!
//! A token is a JSON object in base64. It has the input tokens of the page, and under `boto_truncate_amount` the number of its
//! items that were returned already. Bytes are base64 text in the object; `boto_encoded_keys` lists the paths to them.

use serde_json::{Map, Value};

use super::error::ListingError;
use crate::codec::json_text::{self, SPACED};
use crate::codec::{base64, json};
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::error::{Error, Result};
use crate::model::operation::Operation;
use crate::model::shape::{Kind, Ref, Shapes};
use crate::value;

const TRUNCATE_AMOUNT: &str = "boto_truncate_amount";
const ENCODED_KEYS: &str = "boto_encoded_keys";

/// Position from which a listing resumes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Position {
    /// Values of the input tokens, in order; `null` for those that are not sent.
    pub(super) tokens: Vec<Value>,
    /// Number of that page's items that were returned. `Some(0)` differs from `None`: with a number, the page's other results
    /// were returned too.
    pub(super) given: Option<usize>,
}

/// Encodes a position as a token.
pub(super) fn encode(position: &Position, names: &[String], operation: &Operation) -> String {
    let mut object = Map::new();
    let mut encoded_keys = Vec::new();
    for (name, token) in names.iter().zip(&position.tokens) {
        if let Some(input) = &operation.input
            && let Some((_, member)) = input.root_structure().and_then(|structure| structure.by_name(name))
        {
            let mut path = vec![Value::from(name.as_str())];
            collect_blobs(input, &member.target, token, &mut path, &mut encoded_keys);
        }
        object.insert(name.clone(), token.clone());
    }
    if let Some(given) = position.given {
        object.insert(TRUNCATE_AMOUNT.to_owned(), given.into());
    }
    if !encoded_keys.is_empty() {
        object.insert(ENCODED_KEYS.to_owned(), Value::Array(encoded_keys));
    }
    let mut text = String::new();
    json_text::write_value(&mut text, &Value::Object(object), SPACED);
    value::encode(text.as_bytes())
}

/// Collects the paths of all bytes in a value, in order. The parser has limited the depth of the value, and so of the recursion.
fn collect_blobs(shapes: &Shapes, target: &Ref, value: &Value, path: &mut Vec<Value>, found: &mut Vec<Value>) {
    let mut nested = |target: &Ref, step: Value, value: &Value| {
        path.push(step);
        collect_blobs(shapes, target, value, path, found);
        path.pop();
    };
    match (shapes.kind(target), value) {
        (Kind::Blob, Value::String(_)) => found.push(Value::Array(path.clone())),
        (Kind::Structure(structure), Value::Object(members)) => {
            for (name, value) in members {
                if let Some((_, member)) = structure.by_name(name) {
                    nested(&member.target, Value::from(name.as_str()), value);
                }
            }
        }
        (Kind::Map { value: target, .. }, Value::Object(entries)) => {
            for (key, value) in entries {
                nested(target, Value::from(key.as_str()), value);
            }
        }
        (Kind::List(target), Value::Array(items)) => {
            for (index, value) in items.iter().enumerate() {
                nested(target, Value::from(index), value);
            }
        }
        _ => {}
    }
}

/// Decodes a token to a position.
///
/// A text in another format is a token of the older format, `TOKEN___2`, or the service's own token. botocore accepts any JSON
/// object in base64 as a token of this format. But services use such objects too, so here its members must be input tokens.
///
/// # Errors
/// [`ErrorKind::Validation`] for more parts than there are input tokens, and for an invalid count.
pub(super) fn decode(text: &str, names: &[String]) -> Result<Position> {
    match decode_object(text).filter(|object| object.contains_key(TRUNCATE_AMOUNT) || has_only(object, names)) {
        Some(object) => from_object(object, names).map_err(|what| bad(text, &what)),
        None => from_older_format(text, names),
    }
}

fn decode_object(text: &str) -> Option<Map<String, Value>> {
    let bytes = value::decode(&base64::received(text)?)?;
    match json::given(&bytes) {
        Ok(Value::Object(object)) if !object.is_empty() => Some(object),
        _ => None,
    }
}

fn has_only(object: &Map<String, Value>, names: &[String]) -> bool {
    object.keys().all(|key| key == ENCODED_KEYS || names.contains(key))
}

fn from_object(mut object: Map<String, Value>, names: &[String]) -> Result<Position, String> {
    // Bytes are base64 text in this crate's values, so they need no decoding.
    object.shift_remove(ENCODED_KEYS);
    let given = match object.shift_remove(TRUNCATE_AMOUNT) {
        None => None,
        Some(amount) => {
            let count = amount.as_u64().and_then(|amount| usize::try_from(amount).ok());
            Some(count.ok_or_else(|| format!("{TRUNCATE_AMOUNT} is not a number of items"))?)
        }
    };
    if let Some(name) = object.keys().find(|name| !names.contains(name)) {
        return Err(format!("it has `{name}`, but the operation's tokens are {}", names.join(" and ")));
    }
    let tokens = names.iter().map(|name| object.get_mut(name).map(Value::take).unwrap_or_default()).collect();
    Ok(Position { tokens, given })
}

fn from_older_format(text: &str, names: &[String]) -> Result<Position> {
    let mut parts: Vec<&str> = text.split("___").collect();
    let mut given = None;
    if parts.len() == names.len() + 1 {
        given = parts.pop().and_then(|count| count.trim().parse().ok());
        if given.is_none() {
            // The service's own token contains the separator.
            parts = vec![text];
        }
    }
    if parts.len() > names.len() {
        let what = format!("it has {} parts, but the operation's tokens are {}", parts.len(), names.join(" and "));
        return Err(bad(text, &what));
    }
    let token = |part: &str| if part == "None" { Value::Null } else { Value::from(part) };
    let mut tokens: Vec<Value> = parts.into_iter().map(token).collect();
    tokens.resize(names.len(), Value::Null);
    Ok(Position { tokens, given })
}

fn bad(text: &str, what: &str) -> Error {
    ListingError::StartingToken { token: shortened(text).to_owned(), flaw: what.to_owned() }.into()
}

/// Truncates a text for an error message.
pub(super) fn shortened(text: &str) -> &str {
    const MAX_BYTES: usize = 200;
    &text[..text.floor_char_boundary(MAX_BYTES)]
}

//! Tokens to resume a listing by, in the form of botocore's `paginate.py: TokenEncoder`, so that boto3 and the AWS CLI go on
//! where this crate stopped, and the other way round.
//!
//! A token is base64 text of a JSON object: the parameters that ask for the page, and under `boto_truncate_amount` how many
//! of its items have been given already. Bytes are base64 text in the object; the paths to them are listed under
//! `boto_encoded_keys`.

use serde_json::{Map, Value};

use crate::codec::json_text::{self, SPACED};
use crate::codec::{base64, json};
use crate::error::{Error, ErrorKind, Result};
use crate::model::operation::Operation;
use crate::model::shape::{Kind, Ref, Shapes};
use crate::value;

const TRUNCATE_AMOUNT: &str = "boto_truncate_amount";
const ENCODED_KEYS: &str = "boto_encoded_keys";

/// Where a listing goes on.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Position {
    /// The values of the input tokens, in their order; `null` for those that are not sent.
    pub(super) tokens: Vec<Value>,
    /// How many items of that page have been given. `None` and zero differ: where there is a number, the other results of the
    /// page have been given too.
    pub(super) given: Option<usize>,
}

/// The text that stands for a position.
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

/// The paths of all bytes in a value, in its order. As deep as the value, whose depth its parser has limited.
fn collect_blobs(shapes: &Shapes, target: &Ref, value: &Value, path: &mut Vec<Value>, found: &mut Vec<Value>) {
    let mut below = |target: &Ref, step: Value, value: &Value| {
        path.push(step);
        collect_blobs(shapes, target, value, path, found);
        path.pop();
    };
    match (shapes.kind(target), value) {
        (Kind::Blob, Value::String(_)) => found.push(Value::Array(path.clone())),
        (Kind::Structure(structure), Value::Object(members)) => {
            for (name, value) in members {
                if let Some((_, member)) = structure.by_name(name) {
                    below(&member.target, Value::from(name.as_str()), value);
                }
            }
        }
        (Kind::Map { value: target, .. }, Value::Object(entries)) => {
            for (key, value) in entries {
                below(target, Value::from(key.as_str()), value);
            }
        }
        (Kind::List(target), Value::Array(items)) => {
            for (index, value) in items.iter().enumerate() {
                below(target, Value::from(index), value);
            }
        }
        _ => {}
    }
}

/// The position that a text stands for.
///
/// A text that is no token of this form is one of the older form, `TOKEN___2`, or the service's own token. botocore takes
/// every JSON object in base64 for a token of this form, with whatever members it has; but services make such tokens too, so
/// here its members must be the input tokens.
///
/// # Errors
/// [`ErrorKind::Validation`] for a text that has more parts than there are input tokens, and for a count that is none.
pub(super) fn decode(text: &str, names: &[String]) -> Result<Position> {
    match decode_object(text).filter(|object| object.contains_key(TRUNCATE_AMOUNT) || has_only(object, names)) {
        Some(object) => of_object(object, names).map_err(|what| bad(text, &what)),
        None => of_older_form(text, names),
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

fn of_object(mut object: Map<String, Value>, names: &[String]) -> Result<Position, String> {
    // Bytes are base64 text in this crate's values anyway.
    object.shift_remove(ENCODED_KEYS);
    let given = match object.shift_remove(TRUNCATE_AMOUNT) {
        None => None,
        Some(amount) => {
            let count = amount.as_u64().and_then(|amount| usize::try_from(amount).ok());
            Some(count.ok_or_else(|| format!("{TRUNCATE_AMOUNT} is no count of items"))?)
        }
    };
    if let Some(name) = object.keys().find(|name| !names.contains(name)) {
        return Err(format!("it has `{name}`, and the operation resumes by {}", names.join(" and ")));
    }
    let tokens = names.iter().map(|name| object.get_mut(name).map(Value::take).unwrap_or_default()).collect();
    Ok(Position { tokens, given })
}

fn of_older_form(text: &str, names: &[String]) -> Result<Position> {
    let mut parts: Vec<&str> = text.split("___").collect();
    let mut given = None;
    if parts.len() == names.len() + 1 {
        given = parts.pop().and_then(|count| count.trim().parse().ok());
        if given.is_none() {
            // The service's own token, with underscores in it.
            parts = vec![text];
        }
    }
    if parts.len() > names.len() {
        let what = format!("it has {} parts, and the operation resumes by {}", parts.len(), names.join(" and "));
        return Err(bad(text, &what));
    }
    let token = |part: &str| if part == "None" { Value::Null } else { Value::from(part) };
    let mut tokens: Vec<Value> = parts.into_iter().map(token).collect();
    tokens.resize(names.len(), Value::Null);
    Ok(Position { tokens, given })
}

fn bad(text: &str, what: &str) -> Error {
    Error::new(ErrorKind::Validation, format!("bad starting token \"{}\": {what}", shortened(text)))
}

/// As much of a text as fits into a message.
pub(super) fn shortened(text: &str) -> &str {
    const LONGEST: usize = 200;
    &text[..text.floor_char_boundary(LONGEST)]
}

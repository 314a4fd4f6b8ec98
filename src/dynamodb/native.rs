//! The rule between native values and DynamoDB's own JSON.
//!
//! | `AttributeValue` | native value |
//! |---|---|
//! | `S`, `BOOL`, `NULL`, `L`, `M` | string, boolean, null, array, object |
//! | `N` | number, if it is exactly that number; else `{"N": text}` |
//! | `B` | `{"B": base64 text}` |
//! | `SS`, `NS`, `BS` | `{"SS": [..]}`, `{"NS": [..]}`, `{"BS": [..]}` |
//! | an `M` whose only member has the name of a type | `{"M": object}` |
//!
//! So an object with one member that has the name of a type is a value of that type, and all others are maps. Nothing is lost either
//! way but the spelling of numbers.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::decimal::Decimal;
use super::error::NativeFault;
use crate::error::Result;
use crate::model::path::Path;
use crate::value::{decode, type_name};

/// The maximum depth of a value. DynamoDB's is 32.
const MAX_DEPTH: usize = 128;

/// The types of an `AttributeValue`.
const TYPES: [&str; 10] = ["S", "N", "B", "SS", "NS", "BS", "M", "L", "NULL", "BOOL"];

/// How values are converted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct NativeRule {
    /// Floats are refused, and numbers that are no integers of 64 bits stay text.
    pub(super) strict_numbers: bool,
}

impl NativeRule {
    /// Turns a native value into an `AttributeValue`.
    pub(super) fn encode_value(self, value: Value, path: &Path<'_>) -> Result<Value> {
        self.encode(value, path, 0)
    }

    /// Turns an `AttributeValue` into a native value.
    pub(super) fn decode_value(self, value: Value, path: &Path<'_>) -> Result<Value> {
        self.decode(value, path, 0)
    }

    /// Turns the members of an object into `AttributeValue`s. The object itself is an item and has no type.
    pub(super) fn encode_item(self, item: Value, path: &Path<'_>) -> Result<Value> {
        let members = item_members(item, path)?;
        let encode = |name: &str, value| self.encode(value, &path.entry(name), 0);
        each_member(members, encode)
    }

    /// Turns an object of `AttributeValue`s into one of native values.
    pub(super) fn decode_item(self, item: Value, path: &Path<'_>) -> Result<Value> {
        let members = item_members(item, path)?;
        let decode = |name: &str, value| self.decode(value, &path.entry(name), 0);
        each_member(members, decode)
    }

    fn encode(self, value: Value, path: &Path<'_>, depth: usize) -> Result<Value> {
        let inner = deeper(depth).map_err(|fault| fault.at(path))?;
        Ok(match value {
            Value::Null => single("NULL", true),
            Value::Bool(value) => single("BOOL", value),
            Value::String(text) => single("S", text),
            Value::Number(number) => {
                let text = number.to_string();
                if self.strict_numbers && number.is_f64() {
                    return Err(NativeFault::Float(text).at(path));
                }
                let number = Decimal::checked(&text).map_err(|fault| NativeFault::Number(fault).at(path))?;
                single("N", number.to_string())
            }
            Value::Array(items) => single("L", self.encode_items(items, path, inner)?),
            Value::Object(members) => match tagged(members) {
                Ok((tag, content)) => self.encode_tagged(tag, content, path, inner)?,
                Err(members) => single("M", self.encode_members(members, path, inner)?),
            },
        })
    }

    fn encode_items(self, items: Vec<Value>, path: &Path<'_>, depth: usize) -> Result<Vec<Value>> {
        items.into_iter().enumerate().map(|(index, item)| self.encode(item, &path.index(index), depth)).collect()
    }

    fn encode_members(self, members: Map<String, Value>, path: &Path<'_>, depth: usize) -> Result<Value> {
        let encode = |name: &str, value| self.encode(value, &path.entry(name), depth);
        each_member(members, encode)
    }

    /// A value whose type is given.
    fn encode_tagged(self, tag: &'static str, content: Value, path: &Path<'_>, depth: usize) -> Result<Value> {
        let path = &path.member(tag);
        let content = match (tag, content) {
            ("M", Value::Object(members)) => self.encode_members(members, path, depth)?,
            ("L", Value::Array(items)) => self.encode_items(items, path, depth)?.into(),
            ("NULL" | "BOOL", content @ Value::Bool(_)) => content,
            ("S", content @ Value::String(_)) => content,
            ("N", Value::String(text)) => number_text(text, path)?.into(),
            ("B", Value::String(text)) => binary_text(text, path)?.into(),
            ("SS", Value::Array(items)) => set(items, path, |text, _| Ok(text), |text| text.as_bytes().to_vec())?,
            ("BS", Value::Array(items)) => set(items, path, binary_text, |text| decode(text).unwrap_or_default())?,
            ("NS", Value::Array(items)) => {
                let items = items.into_iter().map(|item| self.number_item(item)).collect();
                let key =
                    |text: &str| Decimal::parse(text).map(|number| number.to_string()).unwrap_or_default().into_bytes();
                set(items, path, number_text, key)?
            }
            (_, found) => {
                return Err(NativeFault::Content { expected: content_of(tag), found: type_name(&found) }.at(path));
            }
        };
        Ok(single(tag, content))
    }

    /// The text of a number in a set, which may be a JSON number.
    fn number_item(self, item: Value) -> Value {
        match &item {
            Value::Number(number) if !(self.strict_numbers && number.is_f64()) => {
                Decimal::parse(&number.to_string()).map_or(item, |number| number.to_string().into())
            }
            _ => item,
        }
    }

    fn decode(self, value: Value, path: &Path<'_>, depth: usize) -> Result<Value> {
        let inner = deeper(depth).map_err(|fault| fault.received_at(path))?;
        let found = type_name(&value);
        let Value::Object(members) = value else { return Err(NativeFault::NoAttribute(found).received_at(path)) };
        let count = members.len();
        let Ok((tag, content)) = tagged(members) else { return Err(NativeFault::NoType(count).received_at(path)) };
        Ok(match (tag, content) {
            ("S", content @ Value::String(_)) | ("BOOL", content @ Value::Bool(_)) => content,
            ("NULL", Value::Bool(true)) => Value::Null,
            ("N", Value::String(text)) => self.decode_number(text),
            ("L", Value::Array(items)) => {
                let decode = |(index, item)| self.decode(item, &path.index(index), inner);
                items.into_iter().enumerate().map(decode).collect::<Result<Vec<_>>>()?.into()
            }
            ("M", Value::Object(members)) => {
                let is_ambiguous = only_member(&members).is_some();
                let decode = |name: &str, value| self.decode(value, &path.entry(name), inner);
                let members = each_member(members, decode)?;
                if is_ambiguous { single("M", members) } else { members }
            }
            ("SS" | "NS" | "BS", content @ Value::Array(_))
            | ("B", content @ Value::String(_))
            | ("NULL", content @ Value::Bool(_)) => single(tag, content),
            (_, found) => {
                let fault = NativeFault::Content { expected: content_of(tag), found: type_name(&found) };
                return Err(fault.received_at(&path.member(tag)));
            }
        })
    }

    /// A number, if it is exact, or its text.
    fn decode_number(self, text: String) -> Value {
        let number = Decimal::parse(&text);
        let exact = number.and_then(|number| match self.strict_numbers {
            true => number.to_json_integer(),
            false => number.to_json(),
        });
        exact.map_or_else(|| single("N", text), Value::Number)
    }
}

/// An object with one member.
pub(super) fn single(name: &str, value: impl Into<Value>) -> Value {
    Value::Object(Map::from_iter([(name.to_owned(), value.into())]))
}

/// The members of an item.
fn item_members(item: Value, path: &Path<'_>) -> Result<Map<String, Value>> {
    match item {
        Value::Object(members) => Ok(members),
        other => Err(NativeFault::NoItem(type_name(&other)).at(path)),
    }
}

fn each_member(members: Map<String, Value>, convert: impl Fn(&str, Value) -> Result<Value>) -> Result<Value> {
    let convert = |(name, value): (String, Value)| {
        let value = convert(&name, value)?;
        Ok((name, value))
    };
    members.into_iter().map(convert).collect::<Result<Map<_, _>>>().map(Value::Object)
}

/// The type and the content of an object whose only member has the name of a type, or the object.
fn tagged(members: Map<String, Value>) -> Result<(&'static str, Value), Map<String, Value>> {
    match only_member(&members) {
        Some(tag) => Ok((tag, members.into_iter().next().map(|(_, content)| content).unwrap_or_default())),
        None => Err(members),
    }
}

/// The type that an object's only member names.
pub(super) fn only_member(members: &Map<String, Value>) -> Option<&'static str> {
    let (name, _) = members.iter().next().filter(|_| members.len() == 1)?;
    TYPES.into_iter().find(|tag| tag == name)
}

fn deeper(depth: usize) -> Result<usize, NativeFault> {
    if depth >= MAX_DEPTH { Err(NativeFault::TooDeep(MAX_DEPTH)) } else { Ok(depth.saturating_add(1)) }
}

fn content_of(tag: &str) -> &'static str {
    match tag {
        "M" => "an object",
        "L" => "an array",
        "NULL" | "BOOL" => "a boolean",
        "S" => "a string",
        "N" => "a number as a string",
        "B" => "base64 text",
        _ => "an array of strings",
    }
}

/// The text of a number, in its own spelling.
fn number_text(text: String, path: &Path<'_>) -> Result<String> {
    match Decimal::checked(&text) {
        Ok(_) => Ok(text),
        Err(fault) => Err(NativeFault::Number(fault).at(path)),
    }
}

fn binary_text(text: String, path: &Path<'_>) -> Result<String> {
    if decode(&text).is_some() {
        return Ok(text);
    }
    Err(NativeFault::Content { expected: "base64 text", found: "other text" }.at(path))
}

/// The strings of a set, which has at least one, and none twice by their `key`.
fn set(
    items: Vec<Value>,
    path: &Path<'_>,
    check: impl Fn(String, &Path<'_>) -> Result<String>,
    key: impl Fn(&str) -> Vec<u8>,
) -> Result<Value> {
    if items.is_empty() {
        return Err(NativeFault::EmptySet.at(path));
    }
    let mut seen = HashSet::with_capacity(items.len());
    let mut texts = Vec::with_capacity(items.len());
    for (index, item) in items.into_iter().enumerate() {
        let path = &path.index(index);
        let text = match item {
            Value::String(text) => check(text, path)?,
            other => {
                return Err(NativeFault::Content { expected: "a string", found: type_name(&other) }.at(path));
            }
        };
        if !seen.insert(key(&text)) {
            return Err(NativeFault::Duplicate.at(path));
        }
        texts.push(Value::String(text));
    }
    Ok(Value::Array(texts))
}

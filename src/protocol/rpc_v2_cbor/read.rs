//! Parsing of values by their shapes.

use std::borrow::Cow;

use serde_json::{Map, Number, Value};

use crate::codec::budget::{Budget, Exceeded};
use crate::codec::cbor::{CborDecoder, CborItem, DecodeError, Length};
use crate::codec::timestamp::{EpochSeconds, Timestamp};
use crate::error::{Error, Result};
use crate::model::path::Path;
use crate::model::shape::{Kind, Modeled, Ref, Shapes, Structure};
use crate::protocol::MAX_MEMORY;
use crate::protocol::error::ProtocolError;
use crate::protocol::lenient::{self, Scalar};

/// Parses the structure in a body. An empty body is an empty structure.
pub(super) fn parse_body(shapes: &Shapes, body: Option<&[u8]>, max_memory: usize) -> Result<Map<String, Value>> {
    let body = body.unwrap_or_default();
    let Some(structure) = shapes.root_structure().filter(|_| !body.is_empty()) else { return Ok(Map::new()) };
    let mut parser = CborParser::new(shapes, body, max_memory);
    let path = Path::root("output");
    match parser.item(&path)? {
        CborItem::Map(length) => parser.structure(structure, length, &path),
        CborItem::Null => Ok(Map::new()),
        other => Err(unexpected(&path, "map", other.type_name())),
    }
}

/// Parses the document of an event; `None` for null.
pub(super) fn parse_event(shapes: &Shapes, target: &Ref, document: &[u8]) -> Result<Option<Value>> {
    let mut parser = CborParser::new(shapes, document, MAX_MEMORY);
    parser.value(target, &Path::root("event")).map(|value| (!value.is_null()).then_some(value))
}

/// Parses CBOR into values.
struct CborParser<'s, 'b> {
    shapes: &'s Shapes,
    decoder: CborDecoder<'b>,
    budget: Budget,
}

impl<'s, 'b> CborParser<'s, 'b> {
    fn new(shapes: &'s Shapes, body: &'b [u8], max_memory: usize) -> Self {
        CborParser { shapes, decoder: CborDecoder::new(body), budget: Budget::new(max_memory) }
    }

    fn structure(&mut self, structure: &Structure, mut length: Length, path: &Path<'_>) -> Result<Map<String, Value>> {
        let mut members = Map::with_capacity(length.capacity().min(structure.members.len()));
        let mut unknown = None;
        let mut expected = 0;
        while self.more(&mut length, path)? {
            let name = self.name(path)?;
            match structure.by_wire(&name, &mut expected) {
                Some(member) => {
                    let value = self.value(&member.target, &path.member(&member.name))?;
                    if !value.is_null() {
                        self.entry(members.len(), path)?;
                        members.insert(str::to_owned(&member.name), value);
                    } else if !members.is_empty() {
                        // The last one of duplicate names counts.
                        members.shift_remove(&*member.name);
                    }
                }
                None => {
                    if lenient::may_be_union_member(structure, &name) && !self.decoder.at_null() {
                        unknown = Some(name.into_owned());
                    }
                    self.decoder.skip().map_err(|error| malformed(path, error))?;
                }
            }
        }
        Ok(if structure.union { lenient::union_of(members, unknown) } else { members })
    }

    /// The value of a member, an item or an entry; null if the service sent null.
    fn value(&mut self, target: &Ref, path: &Path<'_>) -> Result<Value> {
        let item = self.item(path)?;
        Ok(match (self.shapes.kind(target), item) {
            (_, CborItem::Null) => Value::Null,
            (Kind::Structure(structure), CborItem::Map(length)) if !structure.document => {
                Value::Object(self.structure(structure, length, path)?)
            }
            (Kind::List(item), CborItem::Array(length)) => self.list(item, length, path)?,
            (Kind::Map { value: target, .. }, CborItem::Map(length)) => self.map(target, length, path)?,
            (_, item @ (CborItem::Array(_) | CborItem::Map(_))) => self.untyped(item, path)?,
            (_, CborItem::Timestamp(time)) if self.shapes.get(target.shape).modeled == Modeled::WireTimestamp => {
                epoch(time)
            }
            (kind, item) => scalar(item).map_or(Value::Null, |found| lenient::fit(kind, found)),
        })
    }

    fn list(&mut self, item: &Ref, mut length: Length, path: &Path<'_>) -> Result<Value> {
        let mut values = Vec::with_capacity(length.capacity());
        while self.more(&mut length, path)? {
            let value = self.value(item, &path.index(values.len()))?;
            self.list_item(values.len(), path)?;
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn map(&mut self, target: &Ref, mut length: Length, path: &Path<'_>) -> Result<Value> {
        let mut entries = Map::with_capacity(length.capacity());
        while self.more(&mut length, path)? {
            let key = self.name(path)?;
            let value = self.value(target, &path.entry(&key))?;
            // Entries without a value are dropped, as in botocore.
            if !value.is_null() {
                self.entry(entries.len(), path)?;
                entries.insert(key.into_owned(), value);
            }
        }
        Ok(Value::Object(entries))
    }

    /// The value of a document or an unmodeled member.
    fn untyped(&mut self, item: CborItem<'b>, path: &Path<'_>) -> Result<Value> {
        Ok(match item {
            CborItem::Null => Value::Null,
            CborItem::Array(mut length) => {
                let mut values = Vec::with_capacity(length.capacity());
                while self.more(&mut length, path)? {
                    let value = self.any(&path.index(values.len()))?;
                    self.list_item(values.len(), path)?;
                    values.push(value);
                }
                Value::Array(values)
            }
            CborItem::Map(mut length) => {
                let mut entries = Map::with_capacity(length.capacity());
                while self.more(&mut length, path)? {
                    let key = self.name(path)?;
                    let value = self.any(&path.entry(&key))?;
                    self.entry(entries.len(), path)?;
                    entries.insert(key.into_owned(), value);
                }
                Value::Object(entries)
            }
            other => scalar(other).map_or(Value::Null, lenient::as_sent),
        })
    }

    fn any(&mut self, path: &Path<'_>) -> Result<Value> {
        let item = self.item(path)?;
        self.untyped(item, path)
    }

    fn item(&mut self, path: &Path<'_>) -> Result<CborItem<'b>> {
        self.decoder.item().map_err(|error| malformed(path, error))
    }

    fn more(&mut self, length: &mut Length, path: &Path<'_>) -> Result<bool> {
        self.decoder.more(length).map_err(|error| malformed(path, error))
    }

    /// The name of a member or the key of an entry, of any scalar type.
    fn name(&mut self, path: &Path<'_>) -> Result<Cow<'b, str>> {
        match self.item(path)? {
            CborItem::Text(text) => Ok(text),
            item => match scalar(item.clone()) {
                Some(Scalar::Bytes(bytes)) => Ok(String::from_utf8_lossy(&bytes).into_owned().into()),
                Some(other) => {
                    let value = lenient::as_sent(other);
                    Ok(lenient::text_of(&value).unwrap_or_default().into_owned().into())
                }
                None => Err(unexpected(path, "string as the name of a member", item.type_name())),
            },
        }
    }

    fn list_item(&self, items: usize, path: &Path<'_>) -> Result<()> {
        self.budget.item(items).map_err(|exceeded| too_large(path, exceeded))
    }

    fn entry(&self, entries: usize, path: &Path<'_>) -> Result<()> {
        self.budget.entry(entries).map_err(|exceeded| too_large(path, exceeded))
    }
}

/// The scalar in an item; `None` for null, arrays and maps.
pub(super) fn scalar(item: CborItem<'_>) -> Option<Scalar<'_>> {
    Some(match item {
        CborItem::Null | CborItem::Array(_) | CborItem::Map(_) => return None,
        CborItem::Bool(value) => Scalar::Bool(value),
        CborItem::Integer(value) => integer(value),
        CborItem::Digits(digits) => Scalar::Text(digits.into()),
        CborItem::Float(value) => Scalar::Float(value),
        CborItem::Text(text) => Scalar::Text(text),
        CborItem::Bytes(bytes) => Scalar::Bytes(bytes),
        CborItem::Timestamp(time) => Scalar::Time(time),
    })
}

/// A time as the number that was sent.
fn epoch(time: Timestamp) -> Value {
    match time.to_epoch() {
        EpochSeconds::Whole(seconds) => Value::from(seconds),
        EpochSeconds::Fraction(seconds) => Value::from(seconds),
    }
}

/// An integer, or its digits as text if it is beyond 64 bits.
fn integer<'s>(value: i128) -> Scalar<'s> {
    let number = i64::try_from(value).map(Number::from).or_else(|_| u64::try_from(value).map(Number::from));
    number.map_or_else(|_| Scalar::Text(value.to_string().into()), Scalar::Integer)
}

#[cold]
fn too_large(path: &Path<'_>, exceeded: Exceeded) -> Error {
    ProtocolError::TooLarge { path: path.to_string(), exceeded }.into()
}

#[cold]
fn malformed(path: &Path<'_>, error: DecodeError) -> Error {
    ProtocolError::Cbor { path: path.to_string(), error }.into()
}

#[cold]
fn unexpected(path: &Path<'_>, expected: &'static str, found: &'static str) -> Error {
    ProtocolError::Type { path: path.to_string(), expected, found }.into()
}

//! JSON documents, both ways, directed by shapes. Shared by `json` and `rest-json`.

use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::codec::json_text::{self, SPACED, write_string, write_value};
use crate::codec::number::write_number;
use crate::codec::timestamp::{EpochSeconds, Timestamp};
use crate::codec::xml::shorten;
use crate::codec::{base64, number};
use crate::error::{Error, ErrorKind, Result};
use crate::model::shape::{Kind, Member, Ref, Shapes, Structure, TimestampFormat};
use crate::protocol::scalar;
use crate::value;

/// Appends the JSON text of a value. What does not fit its shape goes out as it is: that happens only where the user has turned
/// validation off, and then the user knows better.
pub(super) fn write(out: &mut String, shapes: &Shapes, target: &Ref, value: &Value) {
    match (shapes.kind(target), value) {
        (Kind::Structure(structure), Value::Object(members)) if !structure.document => {
            write_members(out, shapes, structure, members);
        }
        (Kind::List(member), Value::Array(items)) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push_str(SPACED.comma);
                }
                write(out, shapes, member, item);
            }
            out.push(']');
        }
        (Kind::Map { value: target, .. }, Value::Object(entries)) => {
            out.push('{');
            for (index, (key, value)) in entries.iter().enumerate() {
                if index > 0 {
                    out.push_str(SPACED.comma);
                }
                write_string(out, key);
                out.push_str(SPACED.colon);
                write(out, shapes, target, value);
            }
            out.push('}');
        }
        (Kind::Timestamp, _) => write_timestamp(out, target, value),
        (Kind::Blob, Value::String(text)) => match base64::given(text) {
            Some(text) => write_string(out, &text),
            None => write_string(out, text),
        },
        _ => write_value(out, value, SPACED),
    }
}

/// Appends an object of those members of a structure. A member that is null counts as absent.
pub(super) fn write_members<'v>(
    out: &mut String,
    shapes: &Shapes,
    structure: &Structure,
    members: impl IntoIterator<Item = (&'v String, &'v Value)>,
) {
    out.push('{');
    for (index, (name, value)) in members.into_iter().filter(|(_, value)| !value.is_null()).enumerate() {
        if index > 0 {
            out.push_str(SPACED.comma);
        }
        match structure.by_name(name) {
            Some((_, member)) => {
                write_string(out, &member.target.wire);
                out.push_str(SPACED.colon);
                write(out, shapes, &member.target, value);
            }
            None => {
                write_string(out, name);
                out.push_str(SPACED.colon);
                write_value(out, value, SPACED);
            }
        }
    }
    out.push('}');
}

fn write_timestamp(out: &mut String, target: &Ref, value: &Value) {
    let Some(time) = value::timestamp(value) else {
        return write_value(out, value, SPACED);
    };
    match target.timestamp_format.unwrap_or(TimestampFormat::UnixTimestamp) {
        TimestampFormat::Iso8601 => write_string(out, &time.to_iso8601()),
        TimestampFormat::Rfc822 => write_string(out, &time.to_http_date()),
        TimestampFormat::UnixTimestamp => match time.to_epoch() {
            EpochSeconds::Whole(seconds) => write_number(out, &seconds.into()),
            EpochSeconds::Fraction(seconds) => number::write_float(out, seconds),
        },
    }
}

/// How scalars that are not of the modeled type are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scalars {
    /// As they are (`json`).
    AsSent,
    /// Turned into the modeled type where that can be done (`rest-json`).
    Coerced,
}

/// Reads a document. `Ok(None)` is JSON's `null`.
pub(super) fn read(shapes: &Shapes, target: &Ref, bytes: &[u8], scalars: Scalars) -> Result<Option<Value>> {
    let context = Context { shapes, scalars, path: RefCell::new(Vec::new()) };
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Seed { context: &context, target }
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value))
        .map_err(|error| context.error(&error))?;
    Ok((!value.is_null()).then_some(value))
}

/// Reads a document that is an object; `null` counts as an empty one.
pub(super) fn read_object(shapes: &Shapes, target: &Ref, bytes: &[u8], scalars: Scalars) -> Result<Map<String, Value>> {
    match read(shapes, target, bytes, scalars)? {
        Some(Value::Object(members)) => Ok(members),
        None => Ok(Map::new()),
        Some(other) => Err(Error::new(
            ErrorKind::Response,
            format!("expected a JSON object, found {}", crate::value::type_name(&other)),
        )),
    }
}

struct Context<'c> {
    shapes: &'c Shapes,
    scalars: Scalars,
    /// Filled from the inside out when an error passes through.
    path: RefCell<Vec<String>>,
}

impl Context<'_> {
    fn error(&self, error: &serde_json::Error) -> Error {
        let mut path = String::new();
        for step in self.path.borrow().iter().rev() {
            if !path.is_empty() && !step.starts_with('[') {
                path.push('.');
            }
            path.push_str(step);
        }
        let place = if path.is_empty() { "the response" } else { path.as_str() };
        Error::new(ErrorKind::Response, format!("{place}: not the JSON that was expected: {error}"))
    }

    fn at<T, E>(&self, result: Result<T, E>, step: impl FnOnce() -> String) -> Result<T, E> {
        if result.is_err() {
            self.path.borrow_mut().push(step());
        }
        result
    }
}

#[derive(Clone, Copy)]
struct Seed<'s> {
    context: &'s Context<'s>,
    target: &'s Ref,
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        match self.context.shapes.kind(self.target) {
            Kind::Structure(structure) if structure.document => serde::Deserialize::deserialize(deserializer),
            Kind::Structure(structure) => deserializer.deserialize_any(StructureVisitor { seed: self, structure }),
            Kind::List(member) => deserializer.deserialize_any(ListVisitor { seed: self, member }),
            Kind::Map { value, .. } => deserializer.deserialize_any(MapVisitor { seed: self, value }),
            kind => deserializer.deserialize_any(ScalarVisitor { kind, scalars: self.context.scalars }),
        }
    }
}

struct StructureVisitor<'s> {
    seed: Seed<'s>,
    structure: &'s Structure,
}

impl<'de> Visitor<'de> for StructureVisitor<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let Seed { context, .. } = self.seed;
        let mut members = Map::new();
        let mut expected = 0;
        let mut unknown = None;
        loop {
            let found = access.next_key_seed(MemberKey { structure: self.structure, expected: &mut expected })?;
            match found {
                None => break,
                Some(Key::Member(member)) => {
                    let value = access.next_value_seed(Seed { context, target: &member.target });
                    let value = context.at(value, || member.name.to_string())?;
                    if !value.is_null() {
                        members.insert(member.name.to_string(), value);
                    }
                }
                Some(Key::Unknown(name)) => {
                    let is_null = access.next_value::<Option<IgnoredAny>>()?.is_none();
                    unknown = unknown.or(name.filter(|_| !is_null));
                }
            }
        }
        if self.structure.union {
            return crate::protocol::union_value(members, unknown).map_err(|what| {
                let name = &context.shapes.get(self.seed.target.shape).name;
                A::Error::custom(format_args!("{name} {what}"))
            });
        }
        Ok(Value::Object(members))
    }
}

/// A key of a JSON object, looked up without being copied.
struct MemberKey<'s, 'e> {
    structure: &'s Structure,
    expected: &'e mut usize,
}

enum Key<'s> {
    Member(&'s Member),
    /// The name is kept only where it matters: in unions.
    Unknown(Option<String>),
}

impl<'de, 's> DeserializeSeed<'de> for MemberKey<'s, '_> {
    type Value = Key<'s>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key<'s>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'s> Visitor<'_> for MemberKey<'s, '_> {
    type Value = Key<'s>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Key<'s>, E> {
        Ok(match self.structure.by_wire(name, self.expected) {
            Some(member) => Key::Member(member),
            None => Key::Unknown((self.structure.union && name != "__type").then(|| name.to_owned())),
        })
    }
}

struct ListVisitor<'s> {
    seed: Seed<'s>,
    member: &'s Ref,
}

impl<'de> Visitor<'de> for ListVisitor<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let Seed { context, .. } = self.seed;
        let mut items = Vec::new();
        loop {
            let item = access.next_element_seed(Seed { context, target: self.member });
            match context.at(item, || format!("[{}]", items.len()))? {
                Some(item) => items.push(item),
                None => return Ok(Value::Array(items)),
            }
        }
    }
}

struct MapVisitor<'s> {
    seed: Seed<'s>,
    value: &'s Ref,
}

impl<'de> Visitor<'de> for MapVisitor<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let Seed { context, .. } = self.seed;
        let keeps_nulls = match context.shapes.kind(self.value) {
            Kind::Structure(structure) => structure.document,
            Kind::List(_) | Kind::Map { .. } => false,
            _ => true,
        };
        let mut entries = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            let value = access.next_value_seed(Seed { context, target: self.value });
            let value = context.at(value, || key.clone())?;
            // A structure, list or map that is null is none.
            if value.is_null() && !keeps_nulls {
                continue;
            }
            entries.insert(key, value);
        }
        Ok(Value::Object(entries))
    }
}

struct ScalarVisitor<'s> {
    kind: &'s Kind,
    scalars: Scalars,
}

impl ScalarVisitor<'_> {
    fn coerced(&self) -> bool {
        self.scalars == Scalars::Coerced
    }

    fn time<E: serde::de::Error>(&self, time: Option<Timestamp>, found: fmt::Arguments<'_>) -> Result<Value, E> {
        time.map(|time| Value::String(time.to_rfc3339()))
            .ok_or_else(|| E::custom(format_args!("expected a time, found {found}")))
    }
}

impl<'de> Visitor<'de> for ScalarVisitor<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            Kind::Boolean => "a boolean",
            Kind::Integer | Kind::Float | Kind::Double => "a number",
            Kind::Timestamp => "a time",
            Kind::Blob => "base64 text",
            _ => "a string",
        })
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Value, E> {
        match self.kind {
            Kind::Timestamp | Kind::Blob => Err(E::invalid_type(serde::de::Unexpected::Bool(value), &self)),
            _ => Ok(Value::Bool(value)),
        }
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        match self.kind {
            Kind::Timestamp => self.time(Timestamp::new(value, 0), format_args!("{value}")),
            Kind::Blob => Err(E::invalid_type(serde::de::Unexpected::Signed(value), &self)),
            _ => Ok(value.into()),
        }
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        match (self.kind, i64::try_from(value)) {
            (Kind::Timestamp, Ok(seconds)) => self.visit_i64(seconds),
            (Kind::Timestamp | Kind::Blob, _) => Err(E::invalid_type(serde::de::Unexpected::Unsigned(value), &self)),
            _ => Ok(value.into()),
        }
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        match self.kind {
            Kind::Timestamp => self.time(Timestamp::from_epoch(value), format_args!("{value}")),
            Kind::Blob => Err(E::invalid_type(serde::de::Unexpected::Float(value), &self)),
            // Python's `int()`.
            Kind::Integer if self.coerced() && value.abs() < 9e15 => Ok((value.trunc() as i64).into()),
            _ => Ok(value.into()),
        }
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        match self.kind {
            Kind::Timestamp => self.time(Timestamp::parse(text), format_args!("{:?}", shorten(text))),
            Kind::Blob => match base64::received(text) {
                Some(text) => Ok(Value::String(text.into_owned())),
                None => Err(E::custom(format_args!("expected base64 text, found {:?}", shorten(text)))),
            },
            Kind::Integer | Kind::Float | Kind::Double | Kind::Boolean if self.coerced() => {
                scalar::received_text(self.kind, text).map_err(E::custom)
            }
            _ => Ok(Value::String(text.to_owned())),
        }
    }

    fn visit_string<E: serde::de::Error>(self, text: String) -> Result<Value, E> {
        match self.kind {
            Kind::String => Ok(Value::String(text)),
            _ => self.visit_str(&text),
        }
    }
}

/// Text of a document in a header, `jsonvalue`.
pub(super) fn compact_text(value: &Value) -> String {
    let mut text = String::new();
    write_value(&mut text, value, json_text::COMPACT);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::arbitrary::{Rng, random_shapes, random_value};

    /// What was written is read again; what was damaged gets an answer, be it an error, and never more values than bytes.
    #[test]
    fn any_bytes_get_an_answer() {
        let mut rng = Rng::new(11);
        let (mut read_again, mut refused) = (0, 0);
        for _ in 0..2000 {
            let shapes = random_shapes(&mut rng);
            let value = random_value(&mut rng, &shapes, shapes.root(), true);
            let mut text = String::new();
            write(&mut text, &shapes, shapes.root(), &value);
            let mut body = text.into_bytes();
            for scalars in [Scalars::AsSent, Scalars::Coerced] {
                read_again += usize::from(read_object(&shapes, shapes.root(), &body, scalars).is_ok());
            }
            for _ in 0..10 {
                if !body.is_empty() {
                    let at = rng.below(body.len());
                    body[at] = rng.next() as u8;
                    body.truncate(body.len().saturating_sub(rng.below(3)));
                }
                let noise = rng.bytes(60);
                for bytes in [&body, &noise] {
                    match read(&shapes, shapes.root(), bytes, Scalars::Coerced) {
                        Ok(value) => assert!(value.as_ref().map_or(0, count) <= bytes.len().max(1)),
                        Err(_) => refused += 1,
                    }
                }
            }
        }
        assert!(read_again > 1000 && refused > 10_000, "{read_again} read again, {refused} refused");
    }

    fn count(value: &Value) -> usize {
        match value {
            Value::Array(items) => 1 + items.iter().map(count).sum::<usize>(),
            Value::Object(members) => 1 + members.values().map(count).sum::<usize>(),
            _ => 1,
        }
    }

    #[test]
    fn nesting_is_limited() {
        let mut rng = Rng::new(1);
        let shapes = random_shapes(&mut rng);
        let deep = "[".repeat(100_000);
        assert!(read(&shapes, shapes.root(), deep.as_bytes(), Scalars::AsSent).is_err());
        let deep = "{\"x\":".repeat(100_000);
        assert!(read(&shapes, shapes.root(), deep.as_bytes(), Scalars::AsSent).is_err());
    }
}

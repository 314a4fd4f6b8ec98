//! Parsing of documents by their shapes, in one pass.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::codec::budget::Budget;
use crate::codec::json::{self, AnyJson, Dialect, Pass};
use crate::error::{Error, Result};
use crate::model::shape::{Kind, Member, Ref, Shapes, Structure};
use crate::protocol::error::ProtocolError;
use crate::protocol::lenient::{self, Scalar};

/// Parses a document. JSON's `null` is `Ok(None)`. `max_memory` is that of [`Received`](crate::protocol::Received).
pub(in crate::protocol) fn read(
    shapes: &Shapes,
    target: &Ref,
    bytes: &[u8],
    max_memory: usize,
) -> Result<Option<Value>> {
    let context = ReadContext { shapes, budget: Budget::new(max_memory), path: RefCell::new(Vec::new()) };
    let seed = |pass| {
        context.path.borrow_mut().clear();
        ShapeSeed { context: &context, target, pass }
    };
    let value =
        json::from_slice(bytes, Dialect::Received, &context.budget, seed).map_err(|error| context.error(&error))?;
    Ok((!value.is_null()).then_some(value))
}

/// Parses a document that is an object. An empty body and `null` count as an empty object.
pub(in crate::protocol) fn read_object(
    shapes: &Shapes,
    target: &Ref,
    bytes: &[u8],
    max_memory: usize,
) -> Result<Map<String, Value>> {
    if bytes.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    match read(shapes, target, bytes, max_memory)? {
        Some(Value::Object(members)) => Ok(members),
        None => Ok(Map::new()),
        Some(other) => Err(ProtocolError::NotAJsonObject(crate::value::type_name(&other)).into()),
    }
}

struct ReadContext<'c> {
    shapes: &'c Shapes,
    budget: Budget,
    /// The path of an error, from the innermost step to the outermost.
    path: RefCell<Vec<String>>,
}

impl ReadContext<'_> {
    fn error(&self, error: &json::JsonError) -> Error {
        let mut path = String::new();
        for step in self.path.borrow().iter().rev() {
            if !path.is_empty() && !step.starts_with('[') {
                path.push('.');
            }
            path.push_str(step);
        }
        if path.is_empty() {
            path.push_str("the response");
        }
        match self.budget.exceeded() {
            Some(exceeded) => ProtocolError::TooLarge { path, exceeded },
            None => ProtocolError::Json { path, error: error.to_string() },
        }
        .into()
    }

    fn at<T, E>(&self, result: Result<T, E>, step: impl FnOnce() -> String) -> Result<T, E> {
        if result.is_err() {
            self.path.borrow_mut().push(step());
        }
        result
    }
}

/// Builds the value of a shape. JSON of another type is accepted, too.
#[derive(Clone, Copy)]
struct ShapeSeed<'s> {
    context: &'s ReadContext<'s>,
    target: &'s Ref,
    pass: Pass,
}

impl<'s> ShapeSeed<'s> {
    fn kind(&self) -> &'s Kind {
        self.context.shapes.kind(self.target)
    }

    fn of(self, target: &'s Ref) -> Self {
        ShapeSeed { target, ..self }
    }

    fn document(&self) -> AnyJson<'s> {
        AnyJson { pass: self.pass, budget: &self.context.budget }
    }

    fn structure<'de, A: MapAccess<'de>>(self, structure: &'s Structure, mut access: A) -> Result<Value, A::Error> {
        let ShapeSeed { context, .. } = self;
        // A level of a structure, list or map takes about twice the stack of a level of a document. After an error
        // nothing more is read, so the level is not left.
        context.budget.enter();
        // A union has one member, and a map makes space for four.
        let mut members = Map::with_capacity(usize::from(structure.union));
        let mut expected = 0;
        let mut unknown = None;
        loop {
            let found = access.next_key_seed(MemberKey { structure, expected: &mut expected })?;
            match found {
                None => break,
                Some(FoundKey::Member(member)) => {
                    let value = access.next_value_seed(self.of(&member.target));
                    let value = context.at(value, || member.name.to_string())?;
                    if !value.is_null() {
                        context.budget.entry(members.len()).map_err(A::Error::custom)?;
                        members.insert(str::to_owned(&member.name), value);
                    } else if !members.is_empty() {
                        // The last one of duplicate names counts.
                        members.shift_remove(&*member.name);
                    }
                }
                Some(FoundKey::Unknown(name)) => {
                    let is_null = access.next_value::<Option<IgnoredAny>>()?.is_none();
                    unknown = unknown.or(name.filter(|_| !is_null));
                }
            }
        }
        context.budget.leave();
        Ok(Value::Object(if structure.union { lenient::union_of(members, unknown) } else { members }))
    }

    fn map<'de, A: MapAccess<'de>>(self, target: &'s Ref, mut access: A) -> Result<Value, A::Error> {
        let ShapeSeed { context, .. } = self;
        let keeps_nulls = match context.shapes.kind(target) {
            Kind::Structure(structure) => structure.document,
            Kind::List(_) | Kind::Map { .. } => false,
            _ => true,
        };
        context.budget.enter();
        let mut entries = Map::new();
        while let Some(key) = access.next_key::<String>()? {
            let value = access.next_value_seed(self.of(target));
            let value = context.at(value, || key.clone())?;
            // An entry for a structure, list or map is dropped if it is null.
            if value.is_null() && !keeps_nulls {
                continue;
            }
            context.budget.entry(entries.len()).map_err(A::Error::custom)?;
            entries.insert(key, value);
        }
        context.budget.leave();
        Ok(Value::Object(entries))
    }
}

impl<'de> DeserializeSeed<'de> for ShapeSeed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ShapeSeed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(lenient::fit(self.kind(), Scalar::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(lenient::fit(self.kind(), Scalar::Integer(value.into())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(lenient::fit(self.kind(), Scalar::Integer(value.into())))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        match self.kind() {
            Kind::Float | Kind::Double | Kind::Timestamp => {}
            // For an integer, zero and minus zero are the same.
            Kind::Integer if value == 0.0 => {}
            _ if self.pass == Pass::Fast && json::may_be_rounded(value) => {
                return Err(json::digits_needed(&self.context.budget));
            }
            _ => {}
        }
        Ok(lenient::fit(self.kind(), Scalar::Float(value)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(match self.kind() {
            // The most frequent case.
            Kind::String => Value::String(text.to_owned()),
            kind => lenient::fit(kind, Scalar::Text(Cow::Borrowed(text))),
        })
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(lenient::fit(self.kind(), Scalar::Text(Cow::Owned(text))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let ShapeSeed { context, .. } = self;
        let Kind::List(item) = self.kind() else { return self.document().visit_seq(access) };
        context.budget.enter();
        let mut items = Vec::new();
        loop {
            let value = access.next_element_seed(self.of(item));
            match context.at(value, || format!("[{}]", items.len()))? {
                Some(value) => {
                    context.budget.item(items.len()).map_err(A::Error::custom)?;
                    items.push(value);
                }
                None => break,
            }
        }
        context.budget.leave();
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, access: A) -> Result<Value, A::Error> {
        match self.kind() {
            Kind::Structure(structure) if !structure.document => self.structure(structure, access),
            Kind::Map { value, .. } => self.map(value, access),
            _ => self.document().visit_map(access),
        }
    }
}

/// Looks up the key of a JSON object without a copy.
struct MemberKey<'s, 'e> {
    structure: &'s Structure,
    expected: &'e mut usize,
}

enum FoundKey<'s> {
    Member(&'s Member),
    /// The name is kept only for unions, which need it.
    Unknown(Option<String>),
}

impl<'de, 's> DeserializeSeed<'de> for MemberKey<'s, '_> {
    type Value = FoundKey<'s>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<FoundKey<'s>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'s> Visitor<'_> for MemberKey<'s, '_> {
    type Value = FoundKey<'s>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<FoundKey<'s>, E> {
        Ok(match self.structure.by_wire(name, self.expected) {
            Some(member) => FoundKey::Member(member),
            None => FoundKey::Unknown(lenient::may_be_union_member(self.structure, name).then(|| name.to_owned())),
        })
    }
}

//! The members of a structure, and the entries of a map or of a document's object.

use std::borrow::Cow;
use std::rc::Rc;

use serde::de::{Deserialize, DeserializeSeed, EnumAccess, IgnoredAny, MapAccess, VariantAccess, Visitor};
use serde_json::{Value, json};

use super::deserialize::{TypedReader, VisitorSeed};
use super::name::NameDeserializer;
use super::source::NextMember;
use super::taps::{Tap, Taps};
use super::unlikely;
use super::value::ValueSource;
use crate::model::shape::{Kind, Member, Ref, Structure};
use crate::protocol::ReadingRule;
use crate::protocol::lenient;
use crate::protocol::located_error::{LocatedError, LocatedResult};

/// The name of a union's member that the model does not have, as in botocore.
pub(super) const UNKNOWN_MEMBER: &str = "SDK_UNKNOWN_MEMBER";

pub(super) struct FieldAccess<'x, 'r, 'b> {
    reader: &'x mut TypedReader<'r, 'b>,
    layout: FieldLayout<'r>,
    /// Of the current field, whose value comes next.
    field: Field<'r, 'b>,
    taps: Option<Rc<Taps>>,
    rule: Option<&'r ReadingRule<'r>>,
    given: usize,
    is_left: bool,
}

#[derive(Clone, Copy)]
enum FieldLayout<'r> {
    Structure { structure: &'r Structure, expected: usize, seen: u64 },
    Entries { target: Option<&'r Ref>, keeps_nulls: bool },
}

enum Field<'r, 'b> {
    Member(&'r Member),
    /// A member that was read first.
    Read(&'r Member, Value),
    Entry(Cow<'b, str>, Option<&'r Ref>),
    /// The member of a union that the model does not have.
    UnknownMember(String),
    None,
}

impl<'x, 'r, 'b> FieldAccess<'x, 'r, 'b> {
    pub(super) fn new(reader: &'x mut TypedReader<'r, 'b>, target: Option<&'r Ref>) -> Self {
        let layout = match reader.kind(target) {
            Some(Kind::Structure(structure)) if !structure.document => {
                FieldLayout::Structure { structure, expected: 0, seen: 0 }
            }
            Some(Kind::Map { value, .. }) => FieldLayout::Entries {
                target: Some(value),
                keeps_nulls: reader.source.keeps_null_entries() && keeps_nulls(reader.kind(Some(value))),
            },
            _ => FieldLayout::Entries { target: None, keeps_nulls: true },
        };
        let (taps, rule) = (reader.taps.take(), reader.rule.take());
        FieldAccess { reader, layout, field: Field::None, taps, rule, given: 0, is_left: false }
    }

    /// Moves to the next field, and returns its name.
    pub(super) fn next_field(&mut self) -> LocatedResult<Option<&str>> {
        if self.is_left {
            return Ok(None);
        }
        self.field = match self.layout {
            FieldLayout::Structure { structure, expected, seen } => self.next_member(structure, expected, seen)?,
            FieldLayout::Entries { target, keeps_nulls } => self.next_entry(target, keeps_nulls)?,
        };
        if self.taps.is_some() || self.rule.is_some() {
            self.read_first()?;
        }
        let name = match &self.field {
            Field::None => {
                self.is_left = true;
                return Ok(None);
            }
            Field::Member(member) | Field::Read(member, _) => &*member.name,
            Field::Entry(name, _) => &**name,
            Field::UnknownMember(_) => UNKNOWN_MEMBER,
        };
        self.reader.budget.entry(self.given)?;
        self.given += 1;
        Ok(Some(name))
    }

    fn next_member(
        &mut self,
        structure: &'r Structure,
        mut expected: usize,
        mut seen: u64,
    ) -> LocatedResult<Field<'r, 'b>> {
        // What a union has instead of its members; only asked for if it has none.
        let mut unknown = None;
        let source = &mut *self.reader.source;
        let field = loop {
            match source.next_member(structure, &mut expected)? {
                NextMember::Member(member) => {
                    let bit = 1_u64 << (expected % 64);
                    if !source.at_null() {
                        seen |= bit;
                        break Field::Member(member);
                    }
                    // The last one of duplicate names counts, but the type has got the first.
                    if seen & bit != 0 {
                        return Err(LocatedError::new("a duplicate name"));
                    }
                    source.skip()?;
                }
                NextMember::Unknown(name) => {
                    if lenient::may_be_union_member(structure, &name) && !source.at_null() {
                        unknown = Some(name.into_owned());
                    }
                    source.skip()?;
                }
                NextMember::Added(name) => break Field::Entry(name, None),
                NextMember::End => {
                    self.is_left = true;
                    break unknown.filter(|_| self.given == 0).map_or(Field::None, Field::UnknownMember);
                }
            }
        };
        self.layout = FieldLayout::Structure { structure, expected, seen };
        Ok(field)
    }

    fn next_entry(&mut self, target: Option<&'r Ref>, keeps_nulls: bool) -> LocatedResult<Field<'r, 'b>> {
        let source = &mut *self.reader.source;
        while let Some(name) = source.next_name()? {
            if keeps_nulls || !source.at_null() {
                return Ok(Field::Entry(name, target));
            }
            source.skip()?;
        }
        Ok(Field::None)
    }

    /// Reads the current member, if it is to be remembered or changed before the type gets it.
    fn read_first(&mut self) -> LocatedResult<()> {
        let Field::Member(member) = self.field else { return Ok(()) };
        let tap = self.taps.as_ref().and_then(|taps| taps.get(&member.name));
        let rule = self.rule.filter(|rule| rule.changed.contains(&&*member.name));
        self.reader.taps = match tap {
            Some(Tap::Members(members)) => Some(Rc::clone(members)),
            _ => None,
        };
        if rule.is_none() && !matches!(tap, Some(Tap::Value(_))) {
            return Ok(());
        }
        let mut value = Value::deserialize(self.reader.next_value(Some(&member.target)))?;
        if rule.is_some_and(|rule| !(rule.change)(&member.name, &mut value)) {
            return Err(unlikely());
        }
        if let Some(Tap::Value(found)) = tap {
            found.replace(Some(value.clone()));
        }
        self.field = Field::Read(member, value);
        Ok(())
    }

    fn value<'de, S: DeserializeSeed<'de>>(&mut self, seed: S) -> LocatedResult<S::Value> {
        let (value, name, target) = match &mut self.field {
            Field::Member(member) => {
                let value = seed.deserialize(self.reader.next_value(Some(&member.target)));
                (value, &*member.name, Some(&member.target))
            }
            Field::Read(member, value) => {
                let mut source = ValueSource::new(value.take());
                let mut reader = TypedReader::new(&mut source, self.reader.shapes, usize::MAX);
                let value = seed.deserialize(reader.next_value(Some(&member.target)));
                (value, &*member.name, Some(&member.target))
            }
            Field::Entry(name, target) => {
                let value = seed.deserialize(self.reader.next_value(*target));
                (value, &**name, *target)
            }
            Field::UnknownMember(name) => {
                let mut source = ValueSource::new(json!({ "name": name }));
                let mut reader = TypedReader::new(&mut source, None, usize::MAX);
                (seed.deserialize(reader.next_value(None)), UNKNOWN_MEMBER, None)
            }
            Field::None => return Err(LocatedError::new("a value without its name")),
        };
        value.map_err(|error| {
            let is_secret = target.is_some_and(|target| self.reader.is_secret(target));
            if is_secret { error.hidden() } else { error }.member(name)
        })
    }

    fn skip_value(&mut self) -> LocatedResult<()> {
        match self.field {
            Field::Member(member) => IgnoredAny::deserialize(self.reader.next_value(Some(&member.target))).map(drop),
            Field::Entry(_, target) => IgnoredAny::deserialize(self.reader.next_value(target)).map(drop),
            Field::Read(..) | Field::UnknownMember(_) | Field::None => Ok(()),
        }
    }

    /// Checks that the type has taken all fields.
    pub(super) fn finish(mut self) -> LocatedResult<()> {
        let given = self.given;
        match self.next_field()? {
            Some(_) => Err(LocatedError::new(format!("expected {given} members, found more"))),
            None => Ok(()),
        }
    }
}

/// Whether entries of this kind stay if they are null.
fn keeps_nulls(kind: Option<&Kind>) -> bool {
    match kind {
        Some(Kind::Structure(structure)) => structure.document,
        Some(Kind::List(_) | Kind::Map { .. }) => false,
        _ => true,
    }
}

impl<'de> MapAccess<'de> for FieldAccess<'_, '_, '_> {
    type Error = Box<LocatedError>;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> LocatedResult<Option<S::Value>> {
        match self.next_field()? {
            Some(name) => seed.deserialize(NameDeserializer(name)).map(Some).map_err(|error| error.about_a_name()),
            None => Ok(None),
        }
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> LocatedResult<S::Value> {
        self.value(seed)
    }
}

/// A union as an externally tagged enum.
impl<'de> EnumAccess<'de> for &mut FieldAccess<'_, '_, '_> {
    type Error = Box<LocatedError>;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> LocatedResult<(S::Value, Self)> {
        match self.next_key_seed(seed)? {
            Some(variant) => Ok((variant, self)),
            None => Err(LocatedError::new("expected a union with one member, found none")),
        }
    }
}

impl<'de> VariantAccess<'de> for &mut FieldAccess<'_, '_, '_> {
    type Error = Box<LocatedError>;

    /// A variant without content stands for a member whose content nobody reads.
    fn unit_variant(self) -> LocatedResult<()> {
        self.skip_value()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> LocatedResult<S::Value> {
        self.value(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> LocatedResult<V::Value> {
        self.value(VisitorSeed(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(self, _fields: &'static [&'static str], visitor: V) -> LocatedResult<V::Value> {
        self.value(VisitorSeed(visitor))
    }
}

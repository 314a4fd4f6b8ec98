//! [`ShapeDeserializer`]: serde's deserializer of a response, directed by shapes. There is one for all formats, so a
//! user's type is compiled once.

use std::rc::Rc;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, Visitor};

use super::fields::FieldAccess;
use super::items::ItemAccess;
use super::scalar::{PlainScalar, plain};
use super::source::{ShapeToken as Token, TokenSource as Source};
use super::taps::Taps;
use super::unlikely;
use crate::codec::budget::Budget;
use crate::model::shape::{Kind, Ref, Shapes};
use crate::protocol::ReadingRule;
use crate::protocol::located_error::{LocatedError, LocatedResult};

/// The maximum depth of a response that is read into a type. Each level takes as much stack as the type's `Deserialize`
/// wants.
const MAX_DEPTH: usize = 128;

/// The state of the reading of one response.
pub(in crate::protocol) struct TypedReader<'r, 'b> {
    pub(super) source: &'r mut dyn Source<'b>,
    pub(super) shapes: Option<&'r Shapes>,
    pub(super) budget: Budget,
    /// For the members of the next value.
    pub(super) taps: Option<Rc<Taps>>,
    /// For the members of the root.
    pub(super) rule: Option<&'r ReadingRule<'r>>,
    /// The root is only for enums.
    pub(super) is_variant: bool,
    depth: usize,
}

impl<'r, 'b> TypedReader<'r, 'b> {
    pub(in crate::protocol) fn new(
        source: &'r mut dyn Source<'b>,
        shapes: Option<&'r Shapes>,
        max_memory: usize,
    ) -> Self {
        TypedReader {
            source,
            shapes,
            budget: Budget::new(max_memory),
            taps: None,
            rule: None,
            is_variant: false,
            depth: 0,
        }
    }

    pub(super) fn kind(&self, target: Option<&'r Ref>) -> Option<&'r Kind> {
        Some(self.shapes?.kind(target?))
    }

    pub(super) fn is_secret(&self, target: &Ref) -> bool {
        self.shapes.is_some_and(|shapes| shapes.is_secret(target))
    }

    pub(super) fn enter(&mut self) -> LocatedResult<()> {
        if self.depth == MAX_DEPTH {
            return Err(LocatedError::new(format!("nested deeper than {MAX_DEPTH} levels")));
        }
        self.depth += 1;
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// The deserializer of the next value.
    pub(super) fn next_value(&mut self, target: Option<&'r Ref>) -> ShapeDeserializer<'_, 'r, 'b> {
        ShapeDeserializer { reader: self, target }
    }
}

/// Deserializes the next value of a source.
pub(crate) struct ShapeDeserializer<'x, 'r, 'b> {
    pub(super) reader: &'x mut TypedReader<'r, 'b>,
    /// `None` in documents, and in what does not match its shape.
    pub(super) target: Option<&'r Ref>,
}

impl<'r> ShapeDeserializer<'_, 'r, '_> {
    /// Remembers members of this value.
    pub(crate) fn tapping(self, taps: &Rc<Taps>) -> Self {
        self.reader.taps = Some(Rc::clone(taps));
        self
    }

    fn items<'de, V: Visitor<'de>>(self, visitor: V) -> LocatedResult<V::Value> {
        let target = match self.reader.kind(self.target) {
            Some(Kind::List(item)) => Some(item),
            _ => None,
        };
        self.reader.taps = None;
        self.reader.enter()?;
        let mut items = ItemAccess::new(self.reader, target);
        let value = visitor.visit_seq(&mut items)?;
        items.finish()?;
        self.reader.leave();
        Ok(value)
    }

    fn fields<'de, V: Visitor<'de>>(self, visitor: V) -> LocatedResult<V::Value> {
        if self.reader.is_variant {
            return Err(unlikely());
        }
        self.reader.enter()?;
        let mut fields = FieldAccess::new(self.reader, self.target);
        let value = visitor.visit_map(&mut fields)?;
        fields.finish()?;
        self.reader.leave();
        Ok(value)
    }

    fn variant<'de, V: Visitor<'de>>(self, visitor: V) -> LocatedResult<V::Value> {
        self.reader.is_variant = false;
        self.reader.enter()?;
        let mut fields = FieldAccess::new(self.reader, self.target);
        let value = visitor.visit_enum(&mut fields)?;
        if fields.next_field()?.is_some() {
            return Err(LocatedError::new("expected one member of a union, found several"));
        }
        self.reader.leave();
        Ok(value)
    }

    fn any<'de, V: Visitor<'de>>(self, visitor: V, wants_float: bool) -> LocatedResult<V::Value> {
        match self.reader.source.value(self.target)? {
            Token::Null => visitor.visit_unit(),
            Token::Scalar(found) => {
                let scalar = plain(self.reader.kind(self.target), found);
                if wants_float { scalar.or_float() } else { scalar }.visit(visitor)
            }
            Token::List => self.items(visitor),
            Token::Map => self.fields(visitor),
        }
    }

    fn nothing(self) -> LocatedResult<()> {
        if self.reader.is_variant {
            return Err(unlikely());
        }
        if self.reader.taps.is_some() && !self.reader.source.at_null() {
            return self.any(IgnoredAny, false).map(drop);
        }
        self.reader.source.skip()
    }
}

impl<'de> Deserializer<'de> for ShapeDeserializer<'_, '_, '_> {
    type Error = Box<LocatedError>;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> LocatedResult<V::Value> {
        self.any(visitor, false)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> LocatedResult<V::Value> {
        self.any(visitor, true)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> LocatedResult<V::Value> {
        self.any(visitor, true)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> LocatedResult<V::Value> {
        if self.reader.source.at_null() {
            self.nothing()?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> LocatedResult<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> LocatedResult<V::Value> {
        match self.reader.source.value(self.target)? {
            Token::Map => self.variant(visitor),
            Token::Scalar(found) => match plain(self.reader.kind(self.target), found) {
                PlainScalar::Text(text) => visitor.visit_enum(serde::de::value::StrDeserializer::new(&text)),
                other => Err(other.mismatch(&visitor)),
            },
            Token::Null => Err(PlainScalar::Null.mismatch(&visitor)),
            Token::List => Err(serde::de::Error::invalid_type(serde::de::Unexpected::Seq, &visitor)),
        }
    }

    /// Whatever came: `()` stands for an output that nobody reads.
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> LocatedResult<V::Value> {
        self.nothing()?;
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> LocatedResult<V::Value> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> LocatedResult<V::Value> {
        self.deserialize_unit(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 char str string bytes byte_buf seq tuple tuple_struct map struct
        identifier
    }
}

/// Passes the visitor of a variant's content on.
pub(super) struct VisitorSeed<V>(pub(super) V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for VisitorSeed<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        deserializer.deserialize_any(self.0)
    }
}

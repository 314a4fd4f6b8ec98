//! Reads native values into types of the caller.
//!
//! What a value is tagged with does not show: a set is a sequence, bytes are bytes, and a number that is no JSON number is read by the
//! type that asks for one.

use std::fmt;

use serde::de::value::StringDeserializer;
use serde::de::{
    self, Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value};

use super::decimal::Decimal;
use super::native::{only_member, single};
use super::ser::TypedFault;
use crate::error::{ErrorKind, Result};
use crate::value::{decode, type_name};

/// Reads a native value into a type. `root` begins the path in the error.
pub(super) fn from_native<T: DeserializeOwned>(value: Value, root: &str) -> Result<T> {
    T::deserialize(NativeReader(value)).map_err(|fault| fault.into_error(root, ErrorKind::Response))
}

/// Reads a type from a native value that comes from any deserializer.
pub(super) fn tagged<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    T::deserialize(NativeReader(value)).map_err(de::Error::custom)
}

/// Reads a number from a native value that comes from any deserializer, as text for types that take text.
pub(super) fn number<'de, T: DeserializeOwned, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let reader = NativeReader(Value::deserialize(deserializer)?);
    let text = match (reader.number(), &reader.0) {
        (_, Value::Null) => return T::deserialize(reader).map_err(de::Error::custom),
        (Some(text), _) => text.to_owned(),
        (None, Value::String(text)) => text.clone(),
        (None, Value::Number(number)) => number.to_string(),
        (None, other) => return Err(de::Error::custom(format!("expected a number, found {}", type_name(other)))),
    };
    let plain = Decimal::parse(&text).filter(|_| text.contains(['e', 'E'])).map(|number| number.plain());
    T::deserialize(TextReader(plain.unwrap_or(text))).map_err(de::Error::custom)
}

impl de::Error for TypedFault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        TypedFault::new(message)
    }
}

type Read<T> = std::result::Result<T, TypedFault>;

struct NativeReader(Value);

impl NativeReader {
    /// The content of an object with this tag only.
    fn tagged(&self, tags: &[&str]) -> Option<(&'static str, &Value)> {
        let members = self.0.as_object()?;
        let tag = only_member(members).filter(|tag| tags.contains(tag))?;
        members.iter().next().map(|(_, content)| (tag, content))
    }

    /// The text of a number that is no JSON number.
    fn number(&self) -> Option<&str> {
        self.tagged(&["N"])?.1.as_str()
    }

    /// The bytes of a binary.
    fn bytes(&self) -> Option<Vec<u8>> {
        decode(self.tagged(&["B"])?.1.as_str()?)
    }

    /// The members of a map, also of one whose only member has the name of a type.
    fn into_map(self) -> NativeReader {
        match self.tagged(&["M"]) {
            Some((_, Value::Object(members))) if only_member(members).is_some() => {
                NativeReader(Value::Object(members.clone()))
            }
            _ => self,
        }
    }

    /// The elements of a list or a set.
    fn into_items(self) -> std::result::Result<Vec<Value>, NativeReader> {
        if let Some(bytes) = self.bytes() {
            return Ok(bytes.into_iter().map(Value::from).collect());
        }
        let found = self.tagged(&["SS", "NS", "BS"]);
        if let Some((tag, Value::Array(items))) = found {
            let element = |item: &Value| match (tag, item) {
                ("NS", Value::String(text)) => number_value(text),
                ("BS", item) => single("B", item.clone()),
                (_, item) => item.clone(),
            };
            return Ok(items.iter().map(element).collect());
        }
        match self.0 {
            Value::Array(items) => Ok(items),
            _ => Err(self),
        }
    }
}

fn number_value(text: &str) -> Value {
    let exact = Decimal::parse(text).and_then(|number| number.to_json());
    exact.map_or_else(|| single("N", text), Value::Number)
}

/// The methods of a deserializer that read a number.
macro_rules! numbers {
    ($($method:ident $visit:ident $number:ty),+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
            let Some(number) = self.number().and_then(Decimal::parse) else { return self.deserialize_any(visitor) };
            match number.plain().parse::<$number>() {
                Ok(number) => visitor.$visit(number),
                Err(_) => Err(TypedFault::new(concat!("expected a number of the type ", stringify!($number)))),
            }
        }
    )+};
}

impl<'de> Deserializer<'de> for NativeReader {
    type Error = TypedFault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(value),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(number), ..) => visitor.visit_u64(number),
                (None, Some(number), _) => visitor.visit_i64(number),
                (None, None, number) => visitor.visit_f64(number.unwrap_or(f64::NAN)),
            },
            Value::String(text) => visitor.visit_string(text),
            Value::Array(items) => visitor.visit_seq(NativeSeq { items: items.into_iter(), index: 0 }),
            Value::Object(members) => visitor.visit_map(NativeMembers::new(members)),
        }
    }

    numbers! {
        deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16, deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64, deserialize_i128 visit_i128 i128, deserialize_u8 visit_u8 u8,
        deserialize_u16 visit_u16 u16, deserialize_u32 visit_u32 u32, deserialize_u64 visit_u64 u64,
        deserialize_u128 visit_u128 u128, deserialize_f32 visit_f32 f32, deserialize_f64 visit_f64 f64
    }

    /// Also the text of a number, for types that are decimals, and base64 text.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        match self.tagged(&["N", "B"]) {
            Some((_, Value::String(text))) => visitor.visit_str(text),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        match self.bytes() {
            Some(bytes) => visitor.visit_byte_buf(bytes),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Read<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        match self.into_items() {
            Ok(items) => visitor.visit_seq(NativeSeq { items: items.into_iter(), index: 0 }),
            Err(other) => other.deserialize_any(visitor),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Read<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Read<V::Value> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        self.into_map().deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Read<V::Value> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Read<V::Value> {
        let found = type_name(&self.0);
        let (variant, content) = match self.into_map().0 {
            Value::String(variant) => (variant, None),
            Value::Object(members) if members.len() == 1 => match members.into_iter().next() {
                Some((variant, content)) => (variant, Some(content)),
                None => return Err(de::Error::invalid_type(Unexpected::Map, &"an enum")),
            },
            _ => {
                return Err(TypedFault::new(format!(
                    "expected the name of a variant, or an object with it, found {found}"
                )));
            }
        };
        visitor.visit_enum(NativeVariant { variant, content })
    }

    forward_to_deserialize_any! { bool char unit unit_struct identifier ignored_any }
}

struct NativeSeq {
    items: std::vec::IntoIter<Value>,
    index: usize,
}

impl<'de> SeqAccess<'de> for NativeSeq {
    type Error = TypedFault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Read<Option<T::Value>> {
        let Some(item) = self.items.next() else { return Ok(None) };
        let index = self.index;
        self.index = index.saturating_add(1);
        seed.deserialize(NativeReader(item)).map(Some).map_err(|fault| fault.in_item(index))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len())
    }
}

struct NativeMembers {
    members: <Map<String, Value> as IntoIterator>::IntoIter,
    member: Option<(String, Value)>,
}

impl NativeMembers {
    fn new(members: Map<String, Value>) -> NativeMembers {
        NativeMembers { members: members.into_iter(), member: None }
    }
}

impl<'de> MapAccess<'de> for NativeMembers {
    type Error = TypedFault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Read<Option<K::Value>> {
        let Some((name, value)) = self.members.next() else { return Ok(None) };
        self.member = Some((name.clone(), value));
        seed.deserialize(TextReader(name)).map(Some)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Read<T::Value> {
        let (name, value) = self.member.take().unwrap_or_default();
        seed.deserialize(NativeReader(value)).map_err(|fault| fault.in_member(&name))
    }
}

/// A text that may be read as a number or a boolean: a key of a map, or a number.
struct TextReader(String);

macro_rules! keys {
    ($($method:ident $visit:ident $type:ty),+) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
            match self.0.parse::<$type>() {
                Ok(key) => visitor.$visit(key),
                Err(_) => visitor.visit_string(self.0),
            }
        }
    )+};
}

impl<'de> Deserializer<'de> for TextReader {
    type Error = TypedFault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        visitor.visit_string(self.0)
    }

    keys! {
        deserialize_i8 visit_i8 i8, deserialize_i16 visit_i16 i16, deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64, deserialize_i128 visit_i128 i128, deserialize_u8 visit_u8 u8,
        deserialize_u16 visit_u16 u16, deserialize_u32 visit_u32 u32, deserialize_u64 visit_u64 u64,
        deserialize_u128 visit_u128 u128, deserialize_f32 visit_f32 f32, deserialize_f64 visit_f64 f64,
        deserialize_bool visit_bool bool
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Read<V::Value> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Read<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Read<V::Value> {
        let key: StringDeserializer<TypedFault> = self.0.into_deserializer();
        key.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

struct NativeVariant {
    variant: String,
    content: Option<Value>,
}

impl<'de> EnumAccess<'de> for NativeVariant {
    type Error = TypedFault;
    type Variant = NativeVariant;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Read<(V::Value, NativeVariant)> {
        Ok((seed.deserialize(TextReader(self.variant.clone()))?, self))
    }
}

impl NativeVariant {
    fn content(self) -> NativeReader {
        NativeReader(self.content.unwrap_or_default())
    }

    fn read<T>(self, read: impl FnOnce(NativeReader) -> Read<T>) -> Read<T> {
        let name = self.variant.clone();
        read(self.content()).map_err(|fault| fault.in_member(&name))
    }
}

impl<'de> VariantAccess<'de> for NativeVariant {
    type Error = TypedFault;

    fn unit_variant(self) -> Read<()> {
        match self.content {
            None | Some(Value::Null) => Ok(()),
            Some(other) => {
                Err(TypedFault::new(format!("expected a variant without content, found {}", type_name(&other))))
            }
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Read<T::Value> {
        self.read(|content| seed.deserialize(content))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Read<V::Value> {
        self.read(|content| content.deserialize_seq(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(self, _fields: &'static [&'static str], visitor: V) -> Read<V::Value> {
        self.read(|content| content.deserialize_map(visitor))
    }
}

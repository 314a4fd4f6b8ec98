//! Turns types of the caller into native values.
//!
//! `serde_json` would lose NaN and infinities, numbers beyond 64 bits, and the difference between bytes and lists.

use std::fmt;

use serde::Serialize;
use serde::ser::{
    self, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple, SerializeTupleStruct,
    SerializeTupleVariant, Serializer,
};
use serde_json::{Map, Number, Value};

use super::error::NativeFault;
use super::native::{only_member, single};
use crate::error::{Error, ErrorKind, Result};
use crate::value::blob;

/// The native value of a type. `root` begins the path in the error.
pub(super) fn to_native<T: Serialize + ?Sized>(value: &T, root: &str) -> Result<Value> {
    value.serialize(NativeSerializer).map_err(|fault| fault.into_error(root, ErrorKind::Validation))
}

/// What is wrong at a path in a type of the caller.
#[derive(Debug)]
pub(super) struct TypedFault {
    /// `.member[0]`
    path: String,
    message: String,
}

impl TypedFault {
    pub(super) fn new(message: impl fmt::Display) -> TypedFault {
        TypedFault { path: String::new(), message: message.to_string() }
    }

    /// Puts a member's name before the path.
    pub(super) fn in_member(mut self, name: &str) -> TypedFault {
        self.path.insert_str(0, &format!(".{name}"));
        self
    }

    pub(super) fn in_item(mut self, index: usize) -> TypedFault {
        self.path.insert_str(0, &format!("[{index}]"));
        self
    }

    pub(super) fn into_error(self, root: &str, kind: ErrorKind) -> Error {
        Error::new(kind, format!("{root}{}: {}", self.path, self.message))
    }
}

impl fmt::Display for TypedFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TypedFault {}

impl ser::Error for TypedFault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        TypedFault::new(message)
    }
}

type SerResult = std::result::Result<Value, TypedFault>;

struct NativeSerializer;

/// A number beyond 64 bits, as text.
fn wide(number: impl fmt::Display) -> Value {
    single("N", number.to_string())
}

/// The value of an enum's variant. It is a map, also if the variant has the name of a type.
fn variant_value(variant: &str, content: Value) -> Value {
    let value = single(variant, content);
    let is_ambiguous = value.as_object().is_some_and(|members| only_member(members).is_some());
    if is_ambiguous { single("M", value) } else { value }
}

impl NativeSerializer {
    fn parts(variant: Option<&'static str>, is_list: bool) -> NativeParts {
        let value = if is_list { Value::Array(Vec::new()) } else { Value::Object(Map::new()) };
        NativeParts { value, key: String::new(), variant }
    }
}

/// The methods of a serializer that pass a number on.
macro_rules! numbers {
    ($($method:ident $number:ty),+) => {$(
        fn $method(self, value: $number) -> SerResult {
            Ok(value.into())
        }
    )+};
}

impl Serializer for NativeSerializer {
    type Ok = Value;
    type Error = TypedFault;
    type SerializeSeq = NativeParts;
    type SerializeTuple = NativeParts;
    type SerializeTupleStruct = NativeParts;
    type SerializeTupleVariant = NativeParts;
    type SerializeMap = NativeParts;
    type SerializeStruct = NativeParts;
    type SerializeStructVariant = NativeParts;

    numbers! {
        serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64,
        serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64, serialize_bool bool
    }

    fn serialize_i128(self, value: i128) -> SerResult {
        Ok(i64::try_from(value).map_or_else(|_| wide(value), Value::from))
    }

    fn serialize_u128(self, value: u128) -> SerResult {
        Ok(u64::try_from(value).map_or_else(|_| wide(value), Value::from))
    }

    /// The digits that a person would write, not those of the nearest `f64`.
    fn serialize_f32(self, value: f32) -> SerResult {
        self.serialize_f64(value.to_string().parse().unwrap_or_else(|_| f64::from(value)))
    }

    fn serialize_f64(self, value: f64) -> SerResult {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| TypedFault::new(NativeFault::NotFinite))
    }

    fn serialize_char(self, value: char) -> SerResult {
        Ok(value.to_string().into())
    }

    fn serialize_str(self, value: &str) -> SerResult {
        Ok(value.into())
    }

    fn serialize_bytes(self, value: &[u8]) -> SerResult {
        Ok(single("B", blob(value)))
    }

    fn serialize_none(self) -> SerResult {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> SerResult {
        value.serialize(self)
    }

    fn serialize_unit(self) -> SerResult {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> SerResult {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(self, _name: &'static str, _index: u32, variant: &'static str) -> SerResult {
        Ok(variant.into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _name: &'static str, value: &T) -> SerResult {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> SerResult {
        let content = value.serialize(self).map_err(|fault| fault.in_member(variant))?;
        Ok(variant_value(variant, content))
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<NativeParts, TypedFault> {
        Ok(NativeSerializer::parts(None, true))
    }

    fn serialize_tuple(self, _length: usize) -> Result<NativeParts, TypedFault> {
        Ok(NativeSerializer::parts(None, true))
    }

    fn serialize_tuple_struct(self, _name: &'static str, _length: usize) -> Result<NativeParts, TypedFault> {
        Ok(NativeSerializer::parts(None, true))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<NativeParts, TypedFault> {
        Ok(NativeSerializer::parts(Some(variant), true))
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<NativeParts, TypedFault> {
        Ok(NativeSerializer::parts(None, false))
    }

    fn serialize_struct(self, _name: &'static str, _length: usize) -> Result<NativeParts, TypedFault> {
        Ok(NativeSerializer::parts(None, false))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _length: usize,
    ) -> Result<NativeParts, TypedFault> {
        Ok(NativeSerializer::parts(Some(variant), false))
    }
}

/// A list or a map in the making.
struct NativeParts {
    value: Value,
    key: String,
    variant: Option<&'static str>,
}

impl NativeParts {
    fn item<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), TypedFault> {
        if let Value::Array(items) = &mut self.value {
            let item = item.serialize(NativeSerializer).map_err(|fault| fault.in_item(items.len()))?;
            items.push(item);
        }
        Ok(())
    }

    fn member<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), TypedFault> {
        if let Value::Object(members) = &mut self.value {
            let value = value.serialize(NativeSerializer).map_err(|fault| fault.in_member(key))?;
            members.insert(key.to_owned(), value);
        }
        Ok(())
    }

    fn finish(self) -> SerResult {
        Ok(match self.variant {
            Some(variant) => variant_value(variant, self.value),
            None => self.value,
        })
    }
}

impl SerializeSeq for NativeParts {
    type Ok = Value;
    type Error = TypedFault;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), TypedFault> {
        self.item(item)
    }

    fn end(self) -> SerResult {
        self.finish()
    }
}

impl SerializeTuple for NativeParts {
    type Ok = Value;
    type Error = TypedFault;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), TypedFault> {
        self.item(item)
    }

    fn end(self) -> SerResult {
        self.finish()
    }
}

impl SerializeTupleStruct for NativeParts {
    type Ok = Value;
    type Error = TypedFault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), TypedFault> {
        self.item(item)
    }

    fn end(self) -> SerResult {
        self.finish()
    }
}

impl SerializeTupleVariant for NativeParts {
    type Ok = Value;
    type Error = TypedFault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), TypedFault> {
        self.item(item)
    }

    fn end(self) -> SerResult {
        self.finish()
    }
}

impl SerializeStruct for NativeParts {
    type Ok = Value;
    type Error = TypedFault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), TypedFault> {
        self.member(key, value)
    }

    fn end(self) -> SerResult {
        self.finish()
    }
}

impl SerializeStructVariant for NativeParts {
    type Ok = Value;
    type Error = TypedFault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), TypedFault> {
        self.member(key, value)
    }

    fn end(self) -> SerResult {
        self.finish()
    }
}

impl SerializeMap for NativeParts {
    type Ok = Value;
    type Error = TypedFault;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), TypedFault> {
        self.key = match key.serialize(NativeSerializer)? {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(value) => value.to_string(),
            _ => return Err(TypedFault::new("the keys of a map must be texts, numbers or booleans")),
        };
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), TypedFault> {
        let key = std::mem::take(&mut self.key);
        self.member(&key, value)
    }

    fn end(self) -> SerResult {
        self.finish()
    }
}

//! Parameters from any type that implements `Serialize`, in the value convention of the crate.
//!
//! `serde_json` would lose NaN and infinities, and write bytes as a list of numbers.

use std::fmt;

use serde::Serialize;
use serde::ser::{
    self, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple, SerializeTupleStruct,
    SerializeTupleVariant, Serializer,
};
use serde_json::{Map, Value};

use crate::codec::base64;
use crate::codec::number::float_of;
use crate::error::{Error, ErrorKind, Result};

/// Turns parameters into a value. `None` is absent.
///
/// # Errors
/// [`ErrorKind::Validation`] with the path of what cannot be a parameter.
pub(crate) fn params_of(params: &(impl Serialize + ?Sized)) -> Result<Value> {
    params.serialize(ParamSerializer).map_err(|fault| {
        let path: String = fault.0.path.iter().rev().map(String::as_str).collect();
        Error::new(ErrorKind::Validation, format!("input{path}: {}", fault.0.message))
    })
}

/// What cannot be a parameter, and where it is.
#[derive(Debug)]
struct ParamFault(Box<ParamFaultParts>);

#[derive(Debug)]
struct ParamFaultParts {
    message: String,
    /// From the innermost step to the outermost.
    path: Vec<String>,
}

impl ParamFault {
    fn new(message: impl Into<String>) -> Self {
        ParamFault(Box::new(ParamFaultParts { message: message.into(), path: Vec::new() }))
    }

    fn within(mut self, step: String) -> Self {
        self.0.path.push(step);
        self
    }
}

impl fmt::Display for ParamFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for ParamFault {}

impl ser::Error for ParamFault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        ParamFault::new(message.to_string())
    }
}

type ParamResult = Result<Value, ParamFault>;

#[derive(Clone, Copy)]
struct ParamSerializer;

impl Serializer for ParamSerializer {
    type Ok = Value;
    type Error = ParamFault;
    type SerializeSeq = ParamList;
    type SerializeTuple = ParamList;
    type SerializeTupleStruct = ParamList;
    type SerializeTupleVariant = ParamList;
    type SerializeMap = ParamMap;
    type SerializeStruct = ParamMap;
    type SerializeStructVariant = ParamMap;

    fn serialize_bool(self, value: bool) -> ParamResult {
        Ok(value.into())
    }

    fn serialize_i8(self, value: i8) -> ParamResult {
        Ok(value.into())
    }

    fn serialize_i16(self, value: i16) -> ParamResult {
        Ok(value.into())
    }

    fn serialize_i32(self, value: i32) -> ParamResult {
        Ok(value.into())
    }

    fn serialize_i64(self, value: i64) -> ParamResult {
        Ok(value.into())
    }

    fn serialize_u8(self, value: u8) -> ParamResult {
        Ok(value.into())
    }

    fn serialize_u16(self, value: u16) -> ParamResult {
        Ok(value.into())
    }

    fn serialize_u32(self, value: u32) -> ParamResult {
        Ok(value.into())
    }

    fn serialize_u64(self, value: u64) -> ParamResult {
        Ok(value.into())
    }

    fn serialize_i128(self, value: i128) -> ParamResult {
        let number = i64::try_from(value).map(Value::from).or_else(|_| u64::try_from(value).map(Value::from));
        number.map_err(|_| ParamFault::new("expected an integer of 64 bits, found a larger one"))
    }

    fn serialize_u128(self, value: u128) -> ParamResult {
        let number = u64::try_from(value).map(Value::from);
        number.map_err(|_| ParamFault::new("expected an integer of 64 bits, found a larger one"))
    }

    /// The digits that a person would write, not those of the nearest `f64`.
    fn serialize_f32(self, value: f32) -> ParamResult {
        Ok(float_of(value.to_string().parse().unwrap_or_else(|_| f64::from(value))))
    }

    fn serialize_f64(self, value: f64) -> ParamResult {
        Ok(float_of(value))
    }

    fn serialize_char(self, value: char) -> ParamResult {
        Ok(value.to_string().into())
    }

    fn serialize_str(self, value: &str) -> ParamResult {
        Ok(value.into())
    }

    fn serialize_bytes(self, value: &[u8]) -> ParamResult {
        Ok(base64::encode(value).into())
    }

    fn serialize_none(self) -> ParamResult {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> ParamResult {
        value.serialize(self)
    }

    fn serialize_unit(self) -> ParamResult {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> ParamResult {
        Ok(Value::Object(Map::new()))
    }

    fn serialize_unit_variant(self, _name: &'static str, _index: u32, variant: &'static str) -> ParamResult {
        Ok(variant.into())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _name: &'static str, value: &T) -> ParamResult {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> ParamResult {
        let value = value.serialize(self).map_err(|fault| fault.within(format!(".{variant}")))?;
        Ok(tagged(Some(variant), value))
    }

    fn serialize_seq(self, len: Option<usize>) -> Result<ParamList, ParamFault> {
        // The length is a hint, which may be wrong.
        Ok(ParamList { items: Vec::with_capacity(len.unwrap_or(0).min(1024)), variant: None })
    }

    fn serialize_tuple(self, len: usize) -> Result<ParamList, ParamFault> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_struct(self, _name: &'static str, len: usize) -> Result<ParamList, ParamFault> {
        self.serialize_seq(Some(len))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<ParamList, ParamFault> {
        Ok(ParamList { items: Vec::new(), variant: Some(variant) })
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<ParamMap, ParamFault> {
        Ok(ParamMap::default())
    }

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<ParamMap, ParamFault> {
        Ok(ParamMap::default())
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<ParamMap, ParamFault> {
        Ok(ParamMap { variant: Some(variant), ..ParamMap::default() })
    }
}

/// The content of an enum's variant: a member of a union.
fn tagged(variant: Option<&str>, content: Value) -> Value {
    match variant {
        Some(variant) => Value::Object(Map::from_iter([(variant.to_owned(), content)])),
        None => content,
    }
}

struct ParamList {
    items: Vec<Value>,
    variant: Option<&'static str>,
}

impl ParamList {
    fn push(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), ParamFault> {
        let item = value.serialize(ParamSerializer).map_err(|fault| fault.within(format!("[{}]", self.items.len())))?;
        self.items.push(item);
        Ok(())
    }

    fn finish(self) -> Value {
        tagged(self.variant, Value::Array(self.items))
    }
}

#[derive(Default)]
struct ParamMap {
    members: Map<String, Value>,
    key: Option<String>,
    variant: Option<&'static str>,
}

impl ParamMap {
    /// Adds a member or an entry. A document may hold nulls, so they stay in maps; in structures they are absent.
    fn insert(&mut self, name: &str, value: &(impl Serialize + ?Sized), keeps_null: bool) -> Result<(), ParamFault> {
        let value = value.serialize(ParamSerializer).map_err(|fault| fault.within(format!(".{name}")))?;
        if keeps_null || !value.is_null() {
            self.members.insert(name.to_owned(), value);
        }
        Ok(())
    }

    fn finish(self) -> Value {
        tagged(self.variant, Value::Object(self.members))
    }
}

impl SerializeSeq for ParamList {
    type Ok = Value;
    type Error = ParamFault;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ParamFault> {
        self.push(value)
    }

    fn end(self) -> ParamResult {
        Ok(self.finish())
    }
}

impl SerializeTuple for ParamList {
    type Ok = Value;
    type Error = ParamFault;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ParamFault> {
        self.push(value)
    }

    fn end(self) -> ParamResult {
        Ok(self.finish())
    }
}

impl SerializeTupleStruct for ParamList {
    type Ok = Value;
    type Error = ParamFault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ParamFault> {
        self.push(value)
    }

    fn end(self) -> ParamResult {
        Ok(self.finish())
    }
}

impl SerializeTupleVariant for ParamList {
    type Ok = Value;
    type Error = ParamFault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ParamFault> {
        self.push(value)
    }

    fn end(self) -> ParamResult {
        Ok(self.finish())
    }
}

impl SerializeStruct for ParamMap {
    type Ok = Value;
    type Error = ParamFault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), ParamFault> {
        self.insert(name, value, false)
    }

    fn end(self) -> ParamResult {
        Ok(self.finish())
    }
}

impl SerializeStructVariant for ParamMap {
    type Ok = Value;
    type Error = ParamFault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), ParamFault> {
        self.insert(name, value, false)
    }

    fn end(self) -> ParamResult {
        Ok(self.finish())
    }
}

impl SerializeMap for ParamMap {
    type Ok = Value;
    type Error = ParamFault;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), ParamFault> {
        match key.serialize(ParamSerializer)? {
            Value::String(key) => {
                self.key = Some(key);
                Ok(())
            }
            other => {
                Err(ParamFault::new(format!("expected text as the key of a map, found {}", super::type_name(&other))))
            }
        }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ParamFault> {
        let key = self.key.take().ok_or_else(|| ParamFault::new("a value without its key"))?;
        self.insert(&key, value, true)
    }

    fn end(self) -> ParamResult {
        Ok(self.finish())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Given {
        largest: u64,
        smallest: i64,
        absent: Option<String>,
        rate: f64,
        ratio: f32,
        choice: Choice,
        tags: BTreeMap<&'static str, Option<u8>>,
    }

    #[derive(Serialize)]
    enum Choice {
        #[serde(rename = "S")]
        Text(&'static str),
        Both(u8, u8),
        Named {
            a: u8,
        },
        Plain,
    }

    #[test]
    fn parameters_have_the_value_convention() {
        let given = Given {
            largest: u64::MAX,
            smallest: i64::MIN,
            absent: None,
            rate: f64::NAN,
            ratio: 0.1,
            choice: Choice::Text("a"),
            tags: BTreeMap::from([("k", None)]),
        };
        let expected = json!({
            "Largest": u64::MAX, "Smallest": i64::MIN, "Rate": "NaN", "Ratio": 0.1, "Choice": {"S": "a"}, "Tags": {"k": null},
        });
        assert_eq!(params_of(&given).unwrap(), expected);
        let choices = [Choice::Both(1, 2), Choice::Named { a: 1 }, Choice::Plain];
        assert_eq!(params_of(&choices).unwrap(), json!([{"Both": [1, 2]}, {"Named": {"a": 1}}, "Plain"]));
        assert_eq!(params_of(&()).unwrap(), json!(null));
        let value = json!({"a": [1, null, {"b": 1.5}], "c": u64::MAX});
        assert_eq!(params_of(&value).unwrap(), value);
    }

    #[test]
    fn faults_name_their_path() {
        let keys = BTreeMap::from([("A", vec![BTreeMap::from([(1, 2)])])]);
        let error = params_of(&keys).unwrap_err();
        assert_eq!(error.to_string(), "input.A[0]: expected text as the key of a map, found number");
        let error = params_of(&BTreeMap::from([("A", u128::MAX)])).unwrap_err();
        assert_eq!(error.to_string(), "input.A: expected an integer of 64 bits, found a larger one");
    }
}

//! Parameters of any type that implements `Serialize`, in the value convention of the crate.
//!
//! `serde_json` would lose NaN and infinities, and write bytes as a list of numbers. Only what passes the parts of a type on
//! is compiled for each type.

use serde::Serialize;
use serde::ser::{
    self, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple, SerializeTupleStruct,
    SerializeTupleVariant, Serializer,
};
use serde_json::{Number, Value};

use super::builder::ValueBuilder;
use super::token::{FaultStep, ParamFault, ParamResult, ParamToken, Receiver};
use crate::codec::base64;
use crate::error::{Error, ErrorKind, Result};

/// Parameters of a call that have not become a value.
pub(crate) trait GivenParams {
    /// Sends the parameters. Members of structs that are `None` are not sent.
    fn send_to(&self, to: &mut dyn Receiver) -> ParamResult<()>;
}

impl<T: Serialize + ?Sized> GivenParams for T {
    fn send_to(&self, to: &mut dyn Receiver) -> ParamResult<()> {
        self.serialize(Sender { to, key: None })
    }
}

/// Turns parameters into a value, and tells whether anything in it is null. `None` in a struct is absent.
///
/// # Errors
/// [`ErrorKind::Validation`] with the path of what cannot be a parameter.
pub(crate) fn params_of(params: &(impl GivenParams + ?Sized)) -> Result<(Value, bool)> {
    let mut builder = ValueBuilder::default();
    params.send_to(&mut builder).map_err(|fault| input_error(&fault))?;
    Ok((builder.take().unwrap_or_default(), builder.has_null()))
}

fn input_error(fault: &ParamFault) -> Error {
    let mut path = String::from("input");
    for step in fault.path() {
        match step {
            FaultStep::Key(key) => path.extend([".", key]),
            FaultStep::Item(index) => path.push_str(&format!("[{index}]")),
        }
    }
    Error::new(ErrorKind::Validation, format!("{path}: {}", fault.message()))
}

impl ser::Error for ParamFault {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        ParamFault::new(message.to_string())
    }
}

/// Sends one value.
struct Sender<'s> {
    to: &'s mut dyn Receiver,
    /// The member of a struct that the value is. It is sent with the value, because it is not sent without one.
    key: Option<&'static str>,
}

impl<'s> Sender<'s> {
    fn token(self, token: &ParamToken<'_>) -> ParamResult<()> {
        self.begin(token).map(drop)
    }

    fn begin(self, token: &ParamToken<'_>) -> ParamResult<&'s mut dyn Receiver> {
        if let Some(key) = self.key {
            self.to.key(key)?;
        }
        self.to.token(token)?;
        Ok(self.to)
    }

    fn parts(self, token: &ParamToken<'_>, variant: Option<&'static str>) -> ParamResult<SentParts<'s>> {
        let to = match variant {
            Some(variant) => {
                let to = self.begin(&ParamToken::Object(1))?;
                to.key(variant)?;
                to.token(token)?;
                to
            }
            None => self.begin(token)?,
        };
        Ok(SentParts { to, index: 0, key: String::new(), is_variant: variant.is_some() })
    }
}

impl<'s> Serializer for Sender<'s> {
    type Ok = ();
    type Error = ParamFault;
    type SerializeSeq = SentParts<'s>;
    type SerializeTuple = SentParts<'s>;
    type SerializeTupleStruct = SentParts<'s>;
    type SerializeTupleVariant = SentParts<'s>;
    type SerializeMap = SentParts<'s>;
    type SerializeStruct = SentParts<'s>;
    type SerializeStructVariant = SentParts<'s>;

    fn serialize_bool(self, value: bool) -> ParamResult<()> {
        self.token(&ParamToken::Bool(value))
    }

    fn serialize_i8(self, value: i8) -> ParamResult<()> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> ParamResult<()> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> ParamResult<()> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> ParamResult<()> {
        self.token(&ParamToken::Number(value.into()))
    }

    fn serialize_u8(self, value: u8) -> ParamResult<()> {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> ParamResult<()> {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> ParamResult<()> {
        self.serialize_u64(value.into())
    }

    fn serialize_u64(self, value: u64) -> ParamResult<()> {
        self.token(&ParamToken::Number(value.into()))
    }

    fn serialize_i128(self, value: i128) -> ParamResult<()> {
        match i64::try_from(value) {
            Ok(value) => self.serialize_i64(value),
            Err(_) => self.serialize_u64(u64::try_from(value).map_err(|_| too_large())?),
        }
    }

    fn serialize_u128(self, value: u128) -> ParamResult<()> {
        self.serialize_u64(u64::try_from(value).map_err(|_| too_large())?)
    }

    /// The digits that a person would write, not those of the nearest `f64`.
    fn serialize_f32(self, value: f32) -> ParamResult<()> {
        self.serialize_f64(value.to_string().parse().unwrap_or_else(|_| f64::from(value)))
    }

    fn serialize_f64(self, value: f64) -> ParamResult<()> {
        self.token(&match Number::from_f64(value) {
            Some(number) => ParamToken::Number(number),
            None if value.is_nan() => ParamToken::Text("NaN"),
            None => ParamToken::Text(if value > 0.0 { "Infinity" } else { "-Infinity" }),
        })
    }

    fn serialize_char(self, value: char) -> ParamResult<()> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> ParamResult<()> {
        self.token(&ParamToken::Text(value))
    }

    fn serialize_bytes(self, value: &[u8]) -> ParamResult<()> {
        self.token(&ParamToken::Bytes(value))
    }

    fn serialize_none(self) -> ParamResult<()> {
        match self.key {
            Some(_) => Ok(()),
            None => self.token(&ParamToken::Null),
        }
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> ParamResult<()> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> ParamResult<()> {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, _name: &'static str) -> ParamResult<()> {
        self.begin(&ParamToken::Object(0))?.end()
    }

    fn serialize_unit_variant(self, _name: &'static str, _index: u32, variant: &'static str) -> ParamResult<()> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _name: &'static str, value: &T) -> ParamResult<()> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        value: &T,
    ) -> ParamResult<()> {
        let to = self.begin(&ParamToken::Object(1))?;
        to.key(variant)?;
        value.serialize(Sender { to: &mut *to, key: None }).map_err(|fault| fault.key(variant))?;
        to.end()
    }

    fn serialize_seq(self, len: Option<usize>) -> ParamResult<SentParts<'s>> {
        self.parts(&ParamToken::Array(len.unwrap_or(0)), None)
    }

    fn serialize_tuple(self, len: usize) -> ParamResult<SentParts<'s>> {
        self.parts(&ParamToken::Array(len), None)
    }

    fn serialize_tuple_struct(self, _name: &'static str, len: usize) -> ParamResult<SentParts<'s>> {
        self.parts(&ParamToken::Array(len), None)
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> ParamResult<SentParts<'s>> {
        self.parts(&ParamToken::Array(len), Some(variant))
    }

    fn serialize_map(self, len: Option<usize>) -> ParamResult<SentParts<'s>> {
        self.parts(&ParamToken::Object(len.unwrap_or(0)), None)
    }

    fn serialize_struct(self, _name: &'static str, len: usize) -> ParamResult<SentParts<'s>> {
        self.parts(&ParamToken::Object(len), None)
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        len: usize,
    ) -> ParamResult<SentParts<'s>> {
        self.parts(&ParamToken::Object(len), Some(variant))
    }
}

/// Sends the parts of a container.
struct SentParts<'s> {
    to: &'s mut dyn Receiver,
    index: usize,
    /// The key of the next entry, if it came without its value.
    key: String,
    /// The container is in an object with the name of an enum's variant, a union.
    is_variant: bool,
}

impl SentParts<'_> {
    fn item(&mut self, value: &(impl Serialize + ?Sized)) -> ParamResult<()> {
        let sent = value.serialize(Sender { to: &mut *self.to, key: None });
        sent.map_err(|fault| fault.item(self.index))?;
        self.index += 1;
        Ok(())
    }

    fn member(&mut self, name: &'static str, value: &(impl Serialize + ?Sized)) -> ParamResult<()> {
        value.serialize(Sender { to: &mut *self.to, key: Some(name) }).map_err(|fault| fault.key(name))
    }

    fn finish(self) -> ParamResult<()> {
        self.to.end()?;
        if self.is_variant { self.to.end() } else { Ok(()) }
    }
}

impl SerializeSeq for SentParts<'_> {
    type Ok = ();
    type Error = ParamFault;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> ParamResult<()> {
        self.item(value)
    }

    fn end(self) -> ParamResult<()> {
        self.finish()
    }
}

impl SerializeTuple for SentParts<'_> {
    type Ok = ();
    type Error = ParamFault;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> ParamResult<()> {
        self.item(value)
    }

    fn end(self) -> ParamResult<()> {
        self.finish()
    }
}

impl SerializeTupleStruct for SentParts<'_> {
    type Ok = ();
    type Error = ParamFault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> ParamResult<()> {
        self.item(value)
    }

    fn end(self) -> ParamResult<()> {
        self.finish()
    }
}

impl SerializeTupleVariant for SentParts<'_> {
    type Ok = ();
    type Error = ParamFault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> ParamResult<()> {
        self.item(value)
    }

    fn end(self) -> ParamResult<()> {
        self.finish()
    }
}

impl SerializeStruct for SentParts<'_> {
    type Ok = ();
    type Error = ParamFault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> ParamResult<()> {
        self.member(name, value)
    }

    fn end(self) -> ParamResult<()> {
        self.finish()
    }
}

impl SerializeStructVariant for SentParts<'_> {
    type Ok = ();
    type Error = ParamFault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> ParamResult<()> {
        self.member(name, value)
    }

    fn end(self) -> ParamResult<()> {
        self.finish()
    }
}

/// Nulls are sent: a document may hold them.
impl SerializeMap for SentParts<'_> {
    type Ok = ();
    type Error = ParamFault;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> ParamResult<()> {
        self.key.clear();
        let text = &mut self.key;
        send_key(key, &mut |key| {
            text.push_str(key);
            Ok(())
        })
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> ParamResult<()> {
        let sent = self.to.key(&self.key).and_then(|()| value.serialize(Sender { to: &mut *self.to, key: None }));
        sent.map_err(|fault| fault.key(&self.key))
    }

    fn serialize_entry<K, V>(&mut self, key: &K, value: &V) -> ParamResult<()>
    where
        K: Serialize + ?Sized,
        V: Serialize + ?Sized,
    {
        send_key(key, &mut |key| self.to.key(key))?;
        value.serialize(Sender { to: &mut *self.to, key: None }).map_err(|fault| {
            let mut text = String::new();
            // The key was sent before, so this does not fail.
            let _ = send_key(key, &mut |key| {
                key.clone_into(&mut text);
                Ok(())
            });
            fault.key(&text)
        })
    }

    fn end(self) -> ParamResult<()> {
        self.finish()
    }
}

fn too_large() -> ParamFault {
    ParamFault::new("expected an integer of 64 bits, found a larger one")
}

fn send_key(key: &(impl Serialize + ?Sized), then: &mut dyn FnMut(&str) -> ParamResult<()>) -> ParamResult<()> {
    key.serialize(Sender { to: &mut KeyReceiver(then), key: None })
}

/// Takes the key of a map.
struct KeyReceiver<'k>(&'k mut dyn FnMut(&str) -> ParamResult<()>);

impl Receiver for KeyReceiver<'_> {
    fn token(&mut self, token: &ParamToken<'_>) -> ParamResult<()> {
        match token {
            ParamToken::Text(key) => (self.0)(key),
            ParamToken::Bytes(bytes) => (self.0)(&base64::encode(bytes)),
            other => Err(ParamFault::mismatch("text as the key of a map", other)),
        }
    }

    fn key(&mut self, _key: &str) -> ParamResult<()> {
        Ok(())
    }

    fn end(&mut self) -> ParamResult<()> {
        Ok(())
    }
}
#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Story {
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
        let given = Story {
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
        assert_eq!(params_of(&given).unwrap(), (expected, true));
        let choices = [Choice::Both(1, 2), Choice::Named { a: 1 }, Choice::Plain];
        assert_eq!(params_of(&choices).unwrap().0, json!([{"Both": [1, 2]}, {"Named": {"a": 1}}, "Plain"]));
        assert_eq!(params_of(&()).unwrap().0, json!(null));
        let value = json!({"a": [1, null, {"b": 1.5}], "c": u64::MAX});
        assert_eq!(params_of(&value).unwrap().0, value);
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

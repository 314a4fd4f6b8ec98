//! CBOR (<https://www.rfc-editor.org/rfc/rfc8949>): a pull decoder and an encoder.
//!
//! The decoder returns one [`Item`] after another and borrows strings from the input if they are contiguous. It trusts
//! no input: a declared length is only compared with the rest of the input, nesting is bounded, and malformed or
//! truncated input is an error with its position. Bytes after the outermost item are ignored.
//!
//! Harmless errors are tolerated: bytes of a text that are not UTF-8 become U+FFFD, an integer beyond 64 bits becomes
//! its digits as text, and an unknown or misplaced tag is skipped.
//!
//! The encoder writes definite lengths and the shortest integers. Floats are not shortened, because their width follows
//! from the modeled type.

use std::borrow::Cow;
use std::fmt;

use minicbor::data::Type;

use crate::codec::timestamp::{EpochSeconds, Timestamp};

/// The maximum depth of containers that become values. Recursion over shapes takes some kilobytes of stack per level in
/// a debug build, and a thread has 2 MiB. The limit of botocore is similar.
pub(crate) const MAX_DEPTH: usize = 350;

/// The maximum depth of skipped containers, which take a few bytes of memory per level and no stack.
const MAX_SKIPPED_DEPTH: usize = 1 << 20;

/// An item of the input, or the head of a container.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item<'b> {
    /// `null` or `undefined`.
    Null,
    Bool(bool),
    /// Any integer of major types 0 and 1, or a bignum that is no larger than those.
    Integer(i128),
    /// The decimal digits of a larger bignum.
    Digits(String),
    /// A half, single or double float.
    Float(f64),
    Text(Cow<'b, str>),
    Bytes(Cow<'b, [u8]>),
    /// Tag 1 around an integer or a float.
    Timestamp(Timestamp),
    /// The items follow while [`Decoder::more`] returns true.
    Array(Length),
    /// Keys and values follow in turn. Call [`Decoder::more`] before each key.
    Map(Length),
}

/// The remaining length of a container that is being read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Length(Left);

#[derive(Debug, Clone, PartialEq)]
enum Left {
    Definite(u64),
    Indefinite,
}

/// The error for input that is not CBOR, or CBOR that is not supported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DecodeError {
    position: usize,
    what: Cow<'static, str>,
}

/// Reads items from bytes.
pub(crate) struct Decoder<'b> {
    inner: minicbor::Decoder<'b>,
    depth: usize,
    max_depth: usize,
}

impl<'b> Decoder<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Decoder { inner: minicbor::Decoder::new(bytes), depth: 0, max_depth: MAX_DEPTH }
    }

    /// The position of the next item, which is the end of the last one.
    pub(crate) fn position(&self) -> usize {
        self.inner.position()
    }

    /// Reads one item, or the head of an array or map.
    pub(crate) fn item(&mut self) -> Result<Item<'b>, DecodeError> {
        let start = self.position();
        Ok(match self.inner.datatype().map_err(|error| self.malformed(&error))? {
            Type::Tag => return self.tagged(),
            Type::Array | Type::ArrayIndef => {
                let declared = self.inner.array().map_err(|error| self.malformed(&error))?;
                Item::Array(self.open(start, declared, 1)?)
            }
            Type::Map | Type::MapIndef => {
                let declared = self.inner.map().map_err(|error| self.malformed(&error))?;
                Item::Map(self.open(start, declared, 2)?)
            }
            scalar => self.scalar(scalar)?,
        })
    }

    /// Whether a container has another item or pair. If not, the container is left.
    pub(crate) fn more(&mut self, length: &mut Length) -> Result<bool, DecodeError> {
        let more = match &mut length.0 {
            Left::Definite(0) => false,
            Left::Definite(left) => {
                *left -= 1;
                true
            }
            Left::Indefinite => !self.at_break()?,
        };
        if !more {
            self.depth = self.depth.saturating_sub(1);
        }
        Ok(more)
    }

    /// Whether the next item is `null` or `undefined`.
    pub(crate) fn at_null(&self) -> bool {
        matches!(self.inner.datatype(), Ok(Type::Null | Type::Undefined))
    }

    /// Skips one item with its content, which must be well-formed.
    pub(crate) fn skip(&mut self) -> Result<(), DecodeError> {
        let max_depth = std::mem::replace(&mut self.max_depth, MAX_SKIPPED_DEPTH);
        let skipped = self.skip_item();
        self.max_depth = max_depth;
        skipped
    }

    fn skip_item(&mut self) -> Result<(), DecodeError> {
        // The remaining lengths of the open containers; for a map, whether a value follows.
        let mut open: Vec<(Length, Option<bool>)> = Vec::new();
        loop {
            match self.item()? {
                Item::Array(length) => open.push((length, None)),
                Item::Map(length) => open.push((length, Some(false))),
                _ => {}
            }
            loop {
                let Some((length, value_follows)) = open.last_mut() else { return Ok(()) };
                if *value_follows == Some(true) {
                    *value_follows = Some(false);
                    break;
                }
                if self.more(length)? {
                    *value_follows = value_follows.map(|_| true);
                    break;
                }
                open.pop();
            }
        }
    }

    fn scalar(&mut self, kind: Type) -> Result<Item<'b>, DecodeError> {
        let start = self.position();
        let inner = &mut self.inner;
        let item = match kind {
            Type::U8 | Type::U16 | Type::U32 | Type::U64 => inner.u64().map(|value| Item::Integer(value.into())),
            Type::I8 | Type::I16 | Type::I32 | Type::I64 | Type::Int => {
                inner.int().map(|value| Item::Integer(value.into()))
            }
            Type::F16 | Type::F32 | Type::F64 => inner.f64().map(Item::Float),
            Type::Bool => inner.bool().map(Item::Bool),
            Type::Null => inner.null().map(|()| Item::Null),
            Type::Undefined => inner.undefined().map(|()| Item::Null),
            Type::Bytes => inner.bytes().map(|bytes| Item::Bytes(bytes.into())),
            Type::String => match inner.str() {
                Ok(text) => Ok(Item::Text(text.into())),
                Err(error) if error.is_end_of_input() => Err(error),
                Err(_) => {
                    inner.set_position(start);
                    return self.damaged_text().map(|text| Item::Text(text.into()));
                }
            },
            Type::BytesIndef => joined_bytes(inner).map(|bytes| Item::Bytes(bytes.into())),
            Type::StringIndef => {
                inner.set_position(start + 1);
                return self.joined_text().map(|text| Item::Text(text.into()));
            }
            Type::Break => return Err(DecodeError::new(start, "an unexpected \"break\"")),
            Type::Simple => return Err(DecodeError::new(start, "an unknown simple value")),
            Type::Unknown(byte) => return Err(DecodeError::new(start, format!("no item begins with {byte:#04x}"))),
            // `item` has handled containers and tags.
            other => return Err(DecodeError::new(start, format!("unexpected {other}"))),
        };
        item.map_err(|error| self.malformed(&error))
    }

    /// <https://www.rfc-editor.org/rfc/rfc8949#section-3.4>
    fn tagged(&mut self) -> Result<Item<'b>, DecodeError> {
        // The innermost of several tags describes the content.
        let mut tag = 0;
        let kind = loop {
            match self.inner.datatype().map_err(|error| self.malformed(&error))? {
                Type::Tag => tag = self.inner.tag().map_err(|error| self.malformed(&error))?.as_u64(),
                kind => break kind,
            }
        };
        // The content is not a tag, so this does not recurse further.
        let content = match kind {
            Type::Array | Type::ArrayIndef | Type::Map | Type::MapIndef => return self.item(),
            scalar => self.scalar(scalar)?,
        };
        let time = match (tag, &content) {
            (1, Item::Integer(seconds)) => i64::try_from(*seconds).ok().and_then(|seconds| Timestamp::new(seconds, 0)),
            (1, Item::Float(seconds)) => Timestamp::from_epoch(*seconds),
            (2 | 3, Item::Bytes(bytes)) => return Ok(bignum(bytes, tag == 3)),
            _ => None,
        };
        Ok(time.map_or(content, Item::Timestamp))
    }

    /// Reads a text with bytes that are not UTF-8.
    #[cold]
    fn damaged_text(&mut self) -> Result<String, DecodeError> {
        self.text_bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// Reads a text in chunks. A chunk may end within a character.
    fn joined_text(&mut self) -> Result<String, DecodeError> {
        let mut bytes = Vec::new();
        while !self.at_break()? {
            bytes.extend_from_slice(self.text_bytes()?);
        }
        Ok(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// Reads the bytes of a text of definite length.
    fn text_bytes(&mut self) -> Result<&'b [u8], DecodeError> {
        const TEXT: u8 = 3;
        let start = self.position();
        let input: &'b [u8] = self.inner.input();
        let truncated = || DecodeError::new(input.len(), TRUNCATED);
        let head = *input.get(start).ok_or_else(truncated)?;
        let (kind, short) = (head >> 5, head & 0x1f);
        let width = match short {
            0..=23 => 0,
            24..=27 => 1 << (short - 24),
            _ => return Err(DecodeError::new(start, "a text without its length")),
        };
        if kind != TEXT {
            return Err(DecodeError::new(start, "a chunk of a text that is not text"));
        }
        let begin = start + 1 + width;
        let announced = input.get(start + 1..begin).ok_or_else(truncated)?;
        let announced = announced.iter().fold(0_u64, |length, byte| length << 8 | u64::from(*byte));
        let length = if width == 0 { u64::from(short) } else { announced };
        let end = usize::try_from(length).ok().and_then(|length| begin.checked_add(length));
        let bytes = end.and_then(|end| input.get(begin..end)).ok_or_else(truncated)?;
        self.inner.set_position(begin + bytes.len());
        Ok(bytes)
    }

    fn open(&mut self, start: usize, declared: Option<u64>, items_each: u64) -> Result<Length, DecodeError> {
        if self.depth >= self.max_depth {
            return Err(DecodeError::new(start, format!("nested deeper than {} levels", self.max_depth)));
        }
        self.depth += 1;
        let Some(count) = declared else { return Ok(Length(Left::Indefinite)) };
        // Every item takes at least one byte.
        let left = self.inner.input().len() - self.position();
        if count.saturating_mul(items_each) > left as u64 {
            let what = format!("{count} items are announced, but only {left} bytes are left");
            return Err(DecodeError::new(start, what));
        }
        Ok(Length(Left::Definite(count)))
    }

    fn at_break(&mut self) -> Result<bool, DecodeError> {
        let position = self.position();
        match self.inner.input().get(position) {
            Some(0xff) => {
                self.inner.set_position(position + 1);
                Ok(true)
            }
            Some(_) => Ok(false),
            None => Err(DecodeError::new(position, TRUNCATED)),
        }
    }

    fn malformed(&self, error: &minicbor::decode::Error) -> DecodeError {
        if error.is_end_of_input() {
            return DecodeError::new(self.inner.input().len(), TRUNCATED);
        }
        let position = error.position().unwrap_or_else(|| self.position());
        // `DecodeError` adds the position.
        DecodeError::new(position, error.to_string().replace(&format!(" at position {position}"), ""))
    }
}

const TRUNCATED: &str = "it is truncated";

impl Length {
    /// The capacity to allocate: the declared length, within a limit.
    pub(crate) fn capacity(&self) -> usize {
        match self.0 {
            Left::Definite(count) => usize::try_from(count).unwrap_or(usize::MAX).min(256),
            Left::Indefinite => 0,
        }
    }
}

impl Item<'_> {
    /// The item's type, for messages.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Item::Null => "null",
            Item::Bool(_) => "boolean",
            Item::Integer(_) | Item::Digits(_) => "integer",
            Item::Float(_) => "float",
            Item::Text(_) => "string",
            Item::Bytes(_) => "byte string",
            Item::Timestamp(_) => "timestamp",
            Item::Array(_) => "array",
            Item::Map(_) => "map",
        }
    }
}

impl DecodeError {
    fn new(position: usize, what: impl Into<Cow<'static, str>>) -> Self {
        DecodeError { position, what: what.into() }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not valid CBOR at byte {}: {}", self.position, self.what)
    }
}

fn joined_bytes(decoder: &mut minicbor::Decoder<'_>) -> Result<Vec<u8>, minicbor::decode::Error> {
    let mut all = Vec::new();
    for chunk in decoder.bytes_iter()? {
        all.extend_from_slice(chunk?);
    }
    Ok(all)
}

/// Decodes a bignum as an integer if it fits, else as its digits. The time for the digits grows with the square of
/// their number, so a longer bignum stays bytes.
fn bignum<'b>(bytes: &[u8], is_negative: bool) -> Item<'b> {
    const MAX_BYTES: usize = 1024;
    let significant = bytes.iter().position(|byte| *byte != 0).map_or(&[][..], |start| &bytes[start..]);
    if significant.len() <= 8 {
        let value = significant.iter().fold(0_i128, |value, byte| value << 8 | i128::from(*byte));
        return Item::Integer(if is_negative { -1 - value } else { value });
    }
    if significant.len() > MAX_BYTES {
        return Item::Bytes(Cow::Owned(bytes.to_vec()));
    }
    // Least significant first, nine decimal digits each.
    let mut parts: Vec<u64> = Vec::new();
    const BASE: u64 = 1_000_000_000;
    for byte in significant {
        let mut carry = u64::from(*byte);
        for part in &mut parts {
            let value = (*part << 8) + carry;
            (*part, carry) = (value % BASE, value / BASE);
        }
        if carry > 0 {
            parts.push(carry);
        }
    }
    if is_negative {
        // -1 - n
        for part in &mut parts {
            *part += 1;
            if *part < BASE {
                break;
            }
            *part = 0;
        }
        if parts.last() == Some(&0) {
            parts.push(1);
        }
    }
    let mut digits = String::from(if is_negative { "-" } else { "" });
    for (index, part) in parts.iter().rev().enumerate() {
        digits.push_str(&if index == 0 { part.to_string() } else { format!("{part:09}") });
    }
    Item::Digits(digits)
}

/// Writes items to bytes.
pub(crate) struct Encoder(minicbor::Encoder<Vec<u8>>);

impl Encoder {
    pub(crate) fn new() -> Self {
        Encoder(minicbor::Encoder::new(Vec::new()))
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0.into_writer()
    }

    pub(crate) fn null(&mut self) {
        written(self.0.null());
    }

    pub(crate) fn bool(&mut self, value: bool) {
        written(self.0.bool(value));
    }

    pub(crate) fn i64(&mut self, value: i64) {
        written(self.0.i64(value));
    }

    pub(crate) fn u64(&mut self, value: u64) {
        written(self.0.u64(value));
    }

    /// A value that is not finite takes two bytes for any type.
    pub(crate) fn f32(&mut self, value: f32) {
        if value.is_finite() {
            written(self.0.f32(value));
        } else {
            written(self.0.f16(value));
        }
    }

    pub(crate) fn f64(&mut self, value: f64) {
        if value.is_finite() {
            written(self.0.f64(value));
        } else {
            // Infinities and NaN stay what they are.
            written(self.0.f16(value as f32));
        }
    }

    pub(crate) fn text(&mut self, text: &str) {
        written(self.0.str(text));
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        written(self.0.bytes(bytes));
    }

    /// Tag 1: whole seconds as an integer, else a double.
    pub(crate) fn timestamp(&mut self, timestamp: Timestamp) {
        written(self.0.tag(minicbor::data::Tag::new(1)));
        match timestamp.to_epoch() {
            EpochSeconds::Whole(seconds) => self.i64(seconds),
            EpochSeconds::Fraction(seconds) => self.f64(seconds),
        }
    }

    /// Writes the head of an array. Exactly `length` items must follow.
    pub(crate) fn array(&mut self, length: usize) {
        written(self.0.array(length as u64));
    }

    /// Writes the head of a map. Exactly `length` pairs must follow.
    pub(crate) fn map(&mut self, length: usize) {
        written(self.0.map(length as u64));
    }
}

/// Writing to a `Vec` cannot fail: its error type has no values.
fn written<T>(result: Result<T, minicbor::encode::Error<std::convert::Infallible>>) {
    if let Err(error) = result {
        debug_assert!(false, "{error}");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::*;

    /// Decodes the whole tree, in the notation of the vectors.
    fn tree(decoder: &mut Decoder<'_>) -> Result<Value, DecodeError> {
        Ok(match decoder.item()? {
            Item::Null => json!({"null": {}}),
            Item::Bool(value) => json!({ "bool": value }),
            Item::Integer(value) if value < 0 => json!({ "negint": value.to_string() }),
            Item::Integer(value) => json!({ "uint": value.to_string() }),
            Item::Digits(digits) => json!({ "digits": digits }),
            Item::Float(value) => json!({ "float": value.to_string() }),
            Item::Text(text) => json!({ "string": text }),
            Item::Bytes(bytes) => json!({ "bytestring": bytes.as_ref() }),
            Item::Timestamp(time) => json!({ "time": time.to_rfc3339() }),
            Item::Array(mut length) => {
                let mut items = Vec::new();
                while decoder.more(&mut length)? {
                    items.push(tree(decoder)?);
                }
                json!({ "list": items })
            }
            Item::Map(mut length) => {
                let mut items = Map::new();
                while decoder.more(&mut length)? {
                    let Item::Text(key) = decoder.item()? else { panic!("a key that is not text") };
                    items.insert(key.into_owned(), tree(decoder)?);
                }
                json!({ "map": items })
            }
        })
    }

    /// Converts the expectation of a vector to the notation of [`tree`]: numbers as text, floats from their bits.
    fn expected(value: &Value) -> Value {
        let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
        match kind.as_str() {
            "uint" => json!({ "uint": value.to_string() }),
            // Two of the vectors are below the range of JSON integers, so serde_json reads them as floats.
            "negint" if value.is_f64() => json!({ "negint": "-18446744073709551615" }),
            "negint" => json!({ "negint": value.to_string() }),
            "float32" => json!({ "float": f32::from_bits(value.as_u64().unwrap() as u32).to_string() }),
            "float64" => json!({ "float": f64::from_bits(value.as_u64().unwrap()).to_string() }),
            "undefined" => json!({"null": {}}),
            "list" => json!({ "list": value.as_array().unwrap().iter().map(expected).collect::<Vec<_>>() }),
            "map" => {
                let entries = value.as_object().unwrap().iter();
                json!({ "map": entries.map(|(key, value)| (key.clone(), expected(value))).collect::<Map<_, _>>() })
            }
            _ => json!({ kind: value }),
        }
    }

    fn vectors(text: &str) -> Vec<(String, Vec<u8>, Value)> {
        let cases: Vec<Value> = serde_json::from_str(text).unwrap();
        let case = |case: &Value| {
            let input = unhex(case["input"].as_str().unwrap());
            (case["description"].as_str().unwrap().to_owned(), input, case["expect"].clone())
        };
        cases.iter().map(case).collect()
    }

    fn unhex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    #[test]
    fn valid_vectors_decode() {
        let cases = vectors(include_str!("../../tests/data/cbor/decode-success-tests.json"));
        assert_eq!(cases.len(), 151);
        for (name, input, expect) in cases {
            let mut decoder = Decoder::new(&input);
            // Ten vectors have tags around the number 1. AWS uses none of these tags, so only their content counts.
            let expect = expect.get("tag").map_or(&expect, |tag| &tag["value"]);
            assert_eq!(tree(&mut decoder).unwrap(), expected(expect), "{name}");
            assert_eq!(decoder.position(), input.len(), "{name}");
            let mut decoder = Decoder::new(&input);
            decoder.skip().unwrap();
            assert_eq!((decoder.position(), decoder.depth), (input.len(), 0), "{name}");
        }
    }

    #[test]
    fn invalid_vectors_do_not_decode() {
        let cases = vectors(include_str!("../../tests/data/cbor/decode-error-tests.json"));
        assert_eq!(cases.len(), 56);
        for (name, input, _) in cases {
            assert!(tree(&mut Decoder::new(&input)).is_err(), "{name}");
            assert!(Decoder::new(&input).skip().is_err(), "{name}");
        }
    }

    #[test]
    fn items_are_decoded_by_type_and_tag() {
        for (input, expected) in [
            ("f7", json!({"null": {}})),
            ("f93e00", json!({"float": "1.5"})),
            ("f97c01", json!({"float": "NaN"})),
            ("c11a5d3a5a20", json!({"time": "2019-07-26T01:40:48Z"})),
            ("c1fb41cc37db380fbe77", json!({"time": "2000-01-02T20:34:56.123Z"})),
            ("c120", json!({"time": "1969-12-31T23:59:59Z"})),
            ("c249010000000000000000", json!({"digits": "18446744073709551616"})),
            ("c349010000000000000000", json!({"digits": "-18446744073709551617"})),
            ("c3493635c9adc5de9fffff", json!({"digits": "-1000000000000000000000"})),
            ("c24c1027e72f1f12813088000000", json!({"digits": "5000000000000000000000000000"})),
            ("c24a0000ffffffffffffffff", json!({"uint": "18446744073709551615"})),
            ("c348ffffffffffffffff", json!({"negint": "-18446744073709551616"})),
            ("c25f41014102ff", json!({"uint": "258"})),
            // Unknown and misplaced tags.
            ("c1c100", json!({"time": "1970-01-01T00:00:00Z"})),
            ("c1617a", json!({"string": "z"})),
            ("c11bffffffffffffffff", json!({"uint": "18446744073709551615"})),
            ("c1f97e00", json!({"float": "NaN"})),
            ("c2c240", json!({"uint": "0"})),
            ("c28101", json!({"list": [{"uint": "1"}]})),
            ("d9d9f7a16161d82000", json!({"map": {"a": {"uint": "0"}}})),
            ("e0", Value::Null),
            ("f814", Value::Null),
            ("62c328", json!({"string": "\u{fffd}("})),
            ("7f62c3a461ffff", json!({"string": "ä\u{fffd}"})),
            // A character in two chunks.
            ("7f61c361a4ff", json!({"string": "ä"})),
            ("01ffffff", json!({"uint": "1"})),
        ] {
            let actual = tree(&mut Decoder::new(&unhex(input))).ok();
            assert_eq!(actual.unwrap_or_default(), expected, "{input}");
        }
    }

    #[test]
    fn errors_name_their_position() {
        for (input, expected) in [
            ("8200", "not valid CBOR at byte 0: 2 items are announced, but only 1 bytes are left"),
            (
                "9bffffffffffffffff00",
                "not valid CBOR at byte 0: 18446744073709551615 items are announced, but only 1 bytes are left",
            ),
            (
                "bbffffffffffffffff00",
                "not valid CBOR at byte 0: 18446744073709551615 items are announced, but only 1 bytes are left",
            ),
            ("7bffffffffffffffff00", "not valid CBOR at byte 10: it is truncated"),
            ("9f0102", "not valid CBOR at byte 3: it is truncated"),
            ("820163c328", "not valid CBOR at byte 5: it is truncated"),
            ("82011c", "not valid CBOR at byte 2: no item begins with 0x1c"),
            ("81ff", "not valid CBOR at byte 1: an unexpected \"break\""),
        ] {
            assert_eq!(tree(&mut Decoder::new(&unhex(input))).unwrap_err().to_string(), expected, "{input}");
        }
        for head in [b"\x81".as_slice(), b"\x9f", b"\xa1\x60", b"\xbf\x60"] {
            let deep = head.repeat(1_100_000);
            let mut decoder = Decoder::new(&deep);
            let opened = std::iter::repeat_with(|| decoder.item()).find_map(Result::err);
            let skipped = Decoder::new(&deep).skip().err();
            for (error, depth) in [(opened, MAX_DEPTH), (skipped, MAX_SKIPPED_DEPTH)] {
                let error = error.unwrap().to_string();
                assert!(error.ends_with(&format!("nested deeper than {depth} levels")), "{error}");
            }
        }
        let deep = [b"\x81".repeat(200_000), b"\x01".to_vec()].concat();
        assert!(Decoder::new(&deep).skip().is_ok());
        // Tags are not containers: a chain of them is read in a loop.
        assert!(Decoder::new(&[0xc1].repeat(1_000_000)).skip().is_err());
        assert!(Decoder::new(&[0xc1].repeat(1_000_000)).item().is_err());
    }

    #[test]
    fn items_are_encoded_with_their_shortest_head() {
        let encoded = |write: &dyn Fn(&mut Encoder)| {
            let mut encoder = Encoder::new();
            write(&mut encoder);
            crate::codec::hex::encode(&encoder.into_bytes())
        };
        for (value, expected) in [
            (0, "00"),
            (23, "17"),
            (24, "1818"),
            (255, "18ff"),
            (256, "190100"),
            (65_536, "1a00010000"),
            (4_294_967_296, "1b0000000100000000"),
            (-1, "20"),
            (-24, "37"),
            (-25, "3818"),
            (i64::MIN, "3b7fffffffffffffff"),
        ] {
            assert_eq!(encoded(&|e| e.i64(value)), expected);
        }
        assert_eq!(encoded(&|e| e.u64(u64::MAX)), "1bffffffffffffffff");
        for (value, single, double) in [
            (1.5, "fa3fc00000", "fb3ff8000000000000"),
            (f64::NAN, "f97e00", "f97e00"),
            (f64::INFINITY, "f97c00", "f97c00"),
            (f64::NEG_INFINITY, "f9fc00", "f9fc00"),
        ] {
            assert_eq!(
                (encoded(&|e| e.f32(value as f32)).as_str(), encoded(&|e| e.f64(value)).as_str()),
                (single, double)
            );
        }
        let time = |seconds, nanos| Timestamp::new(seconds, nanos).unwrap();
        assert_eq!(encoded(&|e| e.timestamp(time(1_422_172_812, 0))), "c11a54c4a28c");
        assert_eq!(encoded(&|e| e.timestamp(time(946_845_296, 123_000_000))), "c1fb41cc37db380fbe77");
        assert_eq!(encoded(&|e| e.text("ä")), "62c3a4");
        assert_eq!(encoded(&|e| e.bytes(&[0; 24])), format!("5818{}", "00".repeat(24)));
        assert_eq!(encoded(&|e| (e.array(2), e.map(0), e.null()).2), "82a0f6");
        assert_eq!(encoded(&|e| (e.map(300), e.bool(true), e.bool(false)).2), "b9012cf5f4");
    }
}

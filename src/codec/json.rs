//! Lenient JSON parsing: everything that Python's `json` module reads, and repairs beyond that.
//!
//! [`from_slice`] is the entry point. It parses with `serde_json`. If that fails, it parses again with the tolerant
//! reader of this module:
//!
//! | in the text | in the value |
//! |---|---|
//! | an unpaired surrogate, `"\ud83d"` | U+FFFD, in values and in names |
//! | bytes that are not UTF-8 | U+FFFD each |
//! | control characters in a string | kept, except for [`Dialect::Python`] |
//! | `NaN`, `Infinity`, `-Infinity`, `1e999` | the float, which a `Value` holds as the text `"NaN"`, `"Infinity"`, `"-Infinity"` |
//! | an integer beyond 64 bits | its digits as text, or the nearest float ([`Dialect::Given`]) |
//! | `-0` | 0, because it is an integer |
//! | arrays and objects deeper than [`MAX_DEPTH`] | their JSON text |
//! | a byte order mark | ignored |
//! | duplicate names | the last value |
//!
//! Anything else, such as truncated text, is an error with line and column.

mod lenient;
mod tokens;

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::codec::budget::Budget;
use crate::codec::number::float_of;
use lenient::Lenient;

pub(crate) use tokens::{JsonToken, JsonTokens, NotPlain};

/// The maximum depth of a value.
///
/// Dropping, cloning, comparing and writing a `Value` take stack for each level, in any thread of the caller. With this
/// limit a debug build needs less than the 2 MiB of a thread. Python's limit is about the same. A reader that takes
/// more stack per level than a document accounts for it in the [`Budget`].
pub(crate) const MAX_DEPTH: usize = 1000;

/// The reader that calls a seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pass {
    /// `serde_json`. It rounds integers beyond 64 bits; a visitor that needs the digits returns [`digits_needed`].
    Fast,
    /// The tolerant reader.
    Tolerant,
}

/// The source of the text, which decides how it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// A service. No digit of a number may be lost.
    Received,
    /// A person, a file or a local program. A number stays a number, rounded if necessary.
    Given,
    /// Text that may not be JSON at all. Text that Python's `json` rejects is rejected, above all control characters in
    /// strings.
    Python,
}

/// Parses a document with the seed that `seed` makes. It may parse twice.
///
/// # Errors
/// A syntax error with line and column, or the error of the visitor.
pub(crate) fn from_slice<'de, S: DeserializeSeed<'de>>(
    bytes: &'de [u8],
    dialect: Dialect,
    budget: &Budget,
    seed: impl Fn(Pass) -> S,
) -> Result<S::Value, JsonError> {
    let mut fast = serde_json::Deserializer::from_slice(bytes);
    let read = seed(Pass::Fast).deserialize(&mut fast);
    match read.and_then(|value| fast.end().map(|()| value)) {
        Ok(value) => Ok(value),
        // The visitor rejected the content and would do so again.
        Err(error) if error.is_data() && !budget.needs_digits() => Err(JsonError::whole(error.to_string())),
        Err(_) => {
            budget.reset();
            Lenient::new(bytes, dialect, budget).read(seed(Pass::Tolerant))
        }
    }
}

/// Parses JSON that a service sent outside of an output, such as an error. No digit is lost.
pub(crate) fn received(bytes: &[u8]) -> Result<Value, JsonError> {
    /// No error response needs so much.
    const MAX_MEMORY: usize = 64 << 20;
    let budget = Budget::new(MAX_MEMORY);
    from_slice(bytes, Dialect::Received, &budget, |pass| AnyJson { pass, budget: &budget })
}

/// Parses JSON from a person or a file. Numbers stay numbers, rounded if necessary.
pub(crate) fn given(bytes: &[u8]) -> Result<Value, JsonError> {
    let budget = Budget::unlimited();
    from_slice(bytes, Dialect::Given, &budget, |pass| AnyJson { pass, budget: &budget })
}

/// Parses text that may be JSON; `None` if it is not.
pub(crate) fn if_json(text: &str) -> Option<Value> {
    let budget = Budget::unlimited();
    from_slice(text.as_bytes(), Dialect::Python, &budget, |pass| AnyJson { pass, budget: &budget }).ok()
}

/// The error of a visitor that received a rounded number in the fast pass.
pub(crate) fn digits_needed<E: serde::de::Error>(budget: &Budget) -> E {
    budget.need_digits();
    E::custom("the digits of a number are needed")
}

/// Whether this float may be a rounded integer: it is beyond 64 bits, or it is `-0`.
pub(crate) fn may_be_rounded(value: f64) -> bool {
    const BEYOND: f64 = 9e18;
    value.abs() >= BEYOND || (value == 0.0 && value.is_sign_negative())
}

/// Builds a `Value` from any JSON.
#[derive(Clone, Copy)]
pub(crate) struct AnyJson<'b> {
    pub(crate) pass: Pass,
    pub(crate) budget: &'b Budget,
}

impl<'de> DeserializeSeed<'de> for AnyJson<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for AnyJson<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        if self.pass == Pass::Fast && may_be_rounded(value) {
            return Err(digits_needed(self.budget));
        }
        Ok(float_of(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(self)? {
            self.budget.item(items.len()).map_err(serde::de::Error::custom)?;
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut entries = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            let value = access.next_value_seed(self)?;
            self.budget.entry(entries.len()).map_err(serde::de::Error::custom)?;
            entries.insert(name, value);
        }
        Ok(Value::Object(entries))
    }
}

/// The error for a text that is not the expected JSON.
#[derive(Debug)]
pub(crate) struct JsonError(Box<JsonFault>);

#[derive(Debug)]
struct JsonFault {
    message: String,
    /// Line and column, both from 1; `None` if the message contains them, or they are unknown.
    place: Option<(usize, usize)>,
}

impl JsonError {
    /// An error whose message contains the position.
    fn whole(message: String) -> Self {
        JsonError(Box::new(JsonFault { message, place: None }))
    }

    /// An error at a byte of the text.
    fn at(text: &[u8], position: usize, message: impl fmt::Display) -> Self {
        let before = &text[..position.min(text.len())];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        JsonError(Box::new(JsonFault { message: message.to_string(), place: Some((line, column)) }))
    }
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        match self.0.place {
            Some((line, column)) => write!(f, " at line {line} column {column}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for JsonError {}

impl serde::de::Error for JsonError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        JsonError::whole(message.to_string())
    }
}

#[cfg(test)]
mod tests;

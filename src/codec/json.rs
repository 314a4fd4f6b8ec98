//! JSON as services, tools and people write it: everything that Python's `json` module reads, and what can be saved of the rest.
//!
//! [`from_slice`] is the one way in. It reads with `serde_json`, and only where that refuses the text does it read again with
//! the tolerant reader of this module:
//!
//! | in the text | in the value |
//! |---|---|
//! | half of a surrogate pair, `"\ud83d"` | U+FFFD, in values and in names |
//! | bytes that are not UTF-8 | U+FFFD each |
//! | control characters in a string | themselves, but for [`Dialect::Python`] |
//! | `NaN`, `Infinity`, `-Infinity`, `1e999` | the float, which a `Value` has as the text `"NaN"`, `"Infinity"`, `"-Infinity"` |
//! | an integer beyond 64 bits | its digits as text, or the nearest float ([`Dialect::Given`]) |
//! | `-0` | 0, for it is an integer |
//! | arrays and objects deeper than [`MAX_DEPTH`] | their JSON text |
//! | a byte order mark | nothing |
//! | the same name twice | the last value |
//!
//! All else is an error that names line and column: text that is cut off, or not JSON.

mod lenient;

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::codec::budget::Budget;
use crate::codec::number::float_of;
use lenient::Lenient;

/// How deep a value may be. Dropping, copying, comparing and writing a `Value` take stack for each level, in whatever thread the
/// caller does that: with this limit a debug build needs less than the 2 MiB that a thread has. Python has about the same limit.
/// A reader that takes more for a level than that of documents does accounts for it in the [`Budget`].
pub(crate) const MAX_DEPTH: usize = 1000;

/// Which of the two readers asks a seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pass {
    /// `serde_json`. It rounds what is beyond 64 bits; a visitor that wants the digits says so with [`digits_needed`].
    Fast,
    /// The tolerant reader.
    Tolerant,
}

/// Who wrote the text, and how far to go for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// A service: no digit of it may be lost.
    Received,
    /// A person, a file or a program on this machine: a number stays a number, if a rounded one.
    Given,
    /// Something that may not be JSON at all. What Python's `json` refuses is refused, control characters in strings above all.
    Python,
}

/// Reads a document with the seed that `seed` makes, twice if need be.
///
/// # Errors
/// What is wrong, with line and column; or what the visitor found wrong.
pub(crate) fn from_slice<'de, S: DeserializeSeed<'de>>(
    bytes: &'de [u8],
    dialect: Dialect,
    budget: &Budget,
    seed: impl Fn(Pass) -> S,
) -> Result<S::Value, Error> {
    let mut fast = serde_json::Deserializer::from_slice(bytes);
    let read = seed(Pass::Fast).deserialize(&mut fast);
    match read.and_then(|value| fast.end().map(|()| value)) {
        Ok(value) => Ok(value),
        // The visitor has judged what it was given, and would do so again.
        Err(error) if error.is_data() && !error.to_string().starts_with(DIGITS_NEEDED) => {
            Err(Error::whole(error.to_string()))
        }
        Err(_) => {
            budget.reset();
            Lenient::new(bytes, dialect, budget).read(seed(Pass::Tolerant))
        }
    }
}

/// JSON that a service sent outside of an output, such as an error, as a value that loses no digit.
pub(crate) fn received(bytes: &[u8]) -> Result<Value, Error> {
    /// No error has so many values.
    const MAX_MEMORY: usize = 64 << 20;
    let budget = Budget::new(MAX_MEMORY);
    from_slice(bytes, Dialect::Received, &budget, |pass| Document { pass, budget: &budget })
}

/// JSON that a person or a file gave. Numbers are numbers, as far as they go.
pub(crate) fn given(bytes: &[u8]) -> Result<Value, Error> {
    let budget = Budget::unlimited();
    from_slice(bytes, Dialect::Given, &budget, |pass| Document { pass, budget: &budget })
}

/// Text that may be JSON, as a value, where it is.
pub(crate) fn if_json(text: &str) -> Option<Value> {
    let budget = Budget::unlimited();
    from_slice(text.as_bytes(), Dialect::Python, &budget, |pass| Document { pass, budget: &budget }).ok()
}

/// The error of a visitor that was given a rounded number in the fast pass.
pub(crate) fn digits_needed<E: serde::de::Error>() -> E {
    E::custom(DIGITS_NEEDED)
}

const DIGITS_NEEDED: &str = "the digits of a number are needed";

/// Whether an integer may have been rounded to this float: it has no fraction and is beyond 64 bits, or it is `-0`.
pub(crate) fn may_be_rounded(value: f64) -> bool {
    const BEYOND: f64 = 9e18;
    value.abs() >= BEYOND || (value == 0.0 && value.is_sign_negative())
}

/// Builds a `Value` of whatever comes.
#[derive(Clone, Copy)]
pub(crate) struct Document<'b> {
    pub(crate) pass: Pass,
    pub(crate) budget: &'b Budget,
}

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
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
            return Err(digits_needed());
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

/// Why a text is not the JSON that was expected.
#[derive(Debug)]
pub(crate) struct Error(Box<Reason>);

#[derive(Debug)]
struct Reason {
    message: String,
    /// Line and column, both from 1; `None` where the message tells it, or nobody knows.
    place: Option<(usize, usize)>,
}

impl Error {
    /// The message has its place.
    fn whole(message: String) -> Self {
        Error(Box::new(Reason { message, place: None }))
    }

    /// What is wrong at that byte of a text.
    fn at(text: &[u8], position: usize, message: impl fmt::Display) -> Self {
        let before = &text[..position.min(text.len())];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
        Error(Box::new(Reason { message: message.to_string(), place: Some((line, column)) }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        match self.0.place {
            Some((line, column)) => write!(f, " at line {line} column {column}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

impl serde::de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Error::whole(message.to_string())
    }
}

#[cfg(test)]
mod tests;

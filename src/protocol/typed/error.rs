//! [`LocatedError`] as the error of a type's `Deserialize`: it says what the type wanted, and what came instead.

use std::fmt;

use serde::de::{Error, Expected, Unexpected};

use crate::protocol::located_error::LocatedError;

impl std::error::Error for LocatedError {}

impl Error for Box<LocatedError> {
    fn custom<T: fmt::Display>(message: T) -> Self {
        LocatedError::new(message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        LocatedError::mismatch(expected.to_string(), shown(found))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        LocatedError::mismatch(expected.to_string(), shown(found))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        LocatedError::mismatch(format!("one of {}", expected.join(", ")), shown(Unexpected::Str(variant)))
    }

    fn missing_field(field: &'static str) -> Self {
        LocatedError::missing(field)
    }
}

fn shown(found: Unexpected<'_>) -> String {
    const MAX_CHARS: usize = 60;
    match found {
        Unexpected::Bool(value) => value.to_string(),
        Unexpected::Unsigned(value) => value.to_string(),
        Unexpected::Signed(value) => value.to_string(),
        Unexpected::Float(value) => value.to_string(),
        Unexpected::Str(text) if text.chars().nth(MAX_CHARS).is_some() => {
            format!("{:?}..", text.chars().take(MAX_CHARS).collect::<String>())
        }
        Unexpected::Str(text) => format!("{text:?}"),
        Unexpected::Unit | Unexpected::Option => "null".to_owned(),
        Unexpected::Seq => "list".to_owned(),
        Unexpected::Map => "object".to_owned(),
        other => other.to_string(),
    }
}

//! Texts of an option without shorthand syntax: JSON, numbers, lists, by the type of the option.

use tucuxi::shapes::{ShapeInfo, ShapeType};

use super::datum::Datum;
use super::error::{NumberType, Problem, ValueError};
use super::json;
use crate::aws::python;

/// What an option was given.
pub(crate) enum OptionText {
    /// One text, or the contents of a file.
    One(Datum),
    /// The words of a list.
    Words(Vec<String>),
}

/// The value of an option.
pub(crate) fn unpack(shape: ShapeInfo<'_>, given: OptionText, option: &str) -> Result<Datum, ValueError> {
    match given {
        OptionText::One(value) => one(shape, value, option),
        OptionText::Words(words) => list(shape, words, option),
    }
}

/// Whether the value is JSON of any type.
pub(crate) fn is_any_json(shape: ShapeInfo<'_>) -> bool {
    shape.is_json_value() || shape.shape_type() == ShapeType::Document
}

fn one(shape: ShapeInfo<'_>, value: Datum, option: &str) -> Result<Datum, ValueError> {
    if is_any_json(shape) {
        let text = as_text(value, option)?;
        return from_json(&text, option);
    }
    match shape.shape_type() {
        ShapeType::Integer => NumberType::Int.convert(&value).map_err(ValueError::Conversion),
        ShapeType::Float | ShapeType::Double => NumberType::Float.convert(&value).map_err(ValueError::Conversion),
        ShapeType::Boolean => Ok(Datum::Bool(match value {
            Datum::Text(text) => !text.is_empty() && text.to_lowercase() != "false",
            _ => true,
        })),
        ShapeType::Structure | ShapeType::Map => {
            let text = as_text(value, option)?;
            match first_char(&text) {
                Some('{') => from_json(&text, option),
                _ => Err(parameter(option, Problem::NoObject(text))),
            }
        }
        ShapeType::List => {
            let text = as_text(value, option)?;
            match first_char(&text) {
                Some('[') => from_json(&text, option),
                // The AWS CLI takes each character for an element.
                _ => Err(parameter(option, Problem::NoListInFile)),
            }
        }
        _ => Ok(value),
    }
}

fn list(shape: ShapeInfo<'_>, words: Vec<String>, option: &str) -> Result<Datum, ValueError> {
    if let [word] = &*words
        && first_char(word) == Some('[')
    {
        return from_json(word, option);
    }
    let Some(element) = shape.element() else { return Ok(Datum::List(Vec::new())) };
    let first = words.first().cloned().unwrap_or_default();
    let items = words.into_iter().map(|word| {
        one(element, Datum::Text(word), option).map_err(|error| match error {
            ValueError::Conversion(_) => parameter(option, Problem::Element(first.clone())),
            error => error,
        })
    });
    items.collect::<Result<_, _>>().map(Datum::List)
}

fn from_json(text: &str, option: &str) -> Result<Datum, ValueError> {
    json::parse(text).map_err(|error| parameter(option, Problem::Json { error, text: text.to_owned() }))
}

pub(crate) fn parameter(option: &str, problem: Problem) -> ValueError {
    ValueError::Parameter { option: option.to_owned(), problem }
}

/// The first character that is no blank.
pub(crate) fn first_char(text: &str) -> Option<char> {
    text.trim_start_matches(python::is_space).chars().next()
}

/// The text of an option that is read as text, even if it comes from a file of bytes.
pub(crate) fn as_text(value: Datum, option: &str) -> Result<String, ValueError> {
    match value {
        Datum::Text(text) => Ok(text),
        Datum::Bytes(bytes) => {
            let text = String::from_utf8(bytes).map_err(|_| parameter(option, Problem::NoTextInFile))?;
            Ok(text.trim_start_matches('\u{feff}').to_owned())
        }
        other => Ok(other.shown()),
    }
}

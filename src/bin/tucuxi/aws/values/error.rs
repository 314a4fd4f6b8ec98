//! Errors of option values, in the words of the AWS CLI.

use std::fmt;

use thiserror::Error;

use super::datum::Datum;
use super::json::NotJson;
use super::paramfile::FileError;
use super::shorthand::ShorthandError;
use crate::aws::python;

/// Why the texts of an option are no value.
#[derive(Debug, PartialEq, Error)]
pub(crate) enum ValueError {
    /// Text that the parser of command lines refuses before anything else is read; the usage goes with it.
    #[error("argument {option}: invalid {kind} value: {}", python::repr(.text))]
    Usage { option: String, kind: NumberType, text: String },
    #[error("Error parsing parameter '{option}': {problem}")]
    Parameter { option: String, problem: Problem },
    /// A value that no parameter can hold.
    #[error("Parameter validation failed:\n{0}")]
    Validation(Misfit),
    /// Errors that the AWS CLI does not expect, so that its message names no option.
    #[error("{0}")]
    Conversion(Conversion),
    #[error("Invalid base64: \"{0}\"")]
    Base64(String),
    #[error("string argument should contain only ASCII characters")]
    Base64NotAscii,
    #[error("{0}")]
    File(FileError),
}

impl ValueError {
    /// The exit code of the AWS CLI.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            ValueError::Usage { .. } | ValueError::Parameter { .. } | ValueError::Validation(_) => 252,
            _ => 255,
        }
    }

    /// Whether the AWS CLI finds the error before it looks at the value of any option.
    pub(crate) fn is_usage(&self) -> bool {
        matches!(self, ValueError::Usage { .. })
    }
}

/// What is wrong with the text of an option.
#[derive(Debug, PartialEq, Error)]
pub(crate) enum Problem {
    #[error("{0}")]
    Shorthand(ShorthandError),
    #[error(
        "Shorthand syntax does not support document types. Use JSON input for top-level argument to specify nested parameter: \
         {0}"
    )]
    ShorthandDocument(String),
    #[error("Invalid JSON: {error}\nJSON received: {text}")]
    Json { error: NotJson, text: String },
    /// Text that is no JSON object where one is wanted.
    #[error("Invalid JSON:\n{0}")]
    NoObject(String),
    /// The text of a list that has an element of a wrong type. The AWS CLI shows the first element.
    #[error("{0}")]
    Element(String),
    #[error("The file must contain a JSON list.")]
    NoListInFile,
    #[error("The file must contain text in UTF-8.")]
    NoTextInFile,
    #[error("{0}")]
    File(FileError),
    #[error("Blob values must be a path to a file.")]
    NoFile,
    #[error("Invalid JSON received.")]
    JsonDocument,
    #[error("Invalid YAML received.")]
    YamlDocument,
    #[error("Invalid type: expecting map, received <class '{0}'>")]
    NoMap(&'static str),
}

/// A conversion that Python refuses.
#[derive(Debug, PartialEq, Error)]
pub(crate) enum Conversion {
    /// Text as Python prints it in a message.
    #[error("{}", no_number(*.kind, .shown))]
    Text { kind: NumberType, shown: String },
    #[error("{kind}() argument must be a string{} or a real number, not '{found}'", if *.kind == NumberType::Int { ", a bytes-like object" } else { "" })]
    Type { kind: NumberType, found: &'static str },
    /// `lower()` of something else than text.
    #[error("'{found}' object has no attribute 'lower'")]
    NoLower { found: &'static str },
}

fn no_number(kind: NumberType, shown: &str) -> String {
    match kind {
        // Python prints at most 200 characters.
        NumberType::Int => {
            format!("invalid literal for int() with base 10: {}", shown.chars().take(200).collect::<String>())
        }
        NumberType::Float => format!("could not convert string to float: {shown}"),
    }
}

/// The number types of Python.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NumberType {
    Int,
    Float,
}

impl NumberType {
    /// `int(value)` or `float(value)`.
    pub(crate) fn convert(self, value: &Datum) -> Result<Datum, Conversion> {
        let (text, shown): (_, fn(&Datum) -> String) = match value {
            Datum::Text(text) => (Some(text.as_str()), |value| python::repr(&value.shown())),
            Datum::Bytes(bytes) => (std::str::from_utf8(bytes).ok(), Datum::shown),
            other => return Err(Conversion::Type { kind: self, found: other.type_name() }),
        };
        let number = text.and_then(|text| match self {
            NumberType::Int => python::int(text).map(Datum::Int),
            NumberType::Float => python::float(text).map(Datum::Float),
        });
        number.ok_or_else(|| Conversion::Text { kind: self, shown: shown(value) })
    }
}

impl fmt::Display for NumberType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NumberType::Int => "int",
            NumberType::Float => "float",
        })
    }
}

/// A value at a place that cannot have it.
#[derive(Debug, PartialEq, Error)]
pub(crate) enum Misfit {
    #[error("Invalid type for parameter {path}, value: {value}, type: <class '{found}'>, valid types: {expected}")]
    Type { path: String, value: String, found: &'static str, expected: &'static str },
    #[error("Invalid value for parameter {path}, value: {value}, valid range: 64-bit integers")]
    Range { path: String, value: String },
    #[error("Invalid value for parameter {path}: lists and maps are nested too deeply")]
    Depth { path: String },
}

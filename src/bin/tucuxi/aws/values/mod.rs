//! The values of options, from the texts of a command line to the parameters of a call, as in the AWS CLI.
//!
//! An option goes through these steps; each has its file:
//! 1. `file://..` and `fileb://..` become the contents of a file ([`paramfile`]).
//! 2. Text is parsed: shorthand syntax where the type has it ([`shorthand`]), otherwise by the type ([`unpack`], [`json`]).
//!    The result is a [`Datum`], in which text and bytes differ.
//! 3. The [`Datum`] becomes a parameter ([`params`]): text for a blob is base64, timestamps get a form that the library reads.
//!
//! Values of wrong types, unknown members and missing ones are left to the validation of the call.

mod base64;
mod datum;
mod error;
mod input;
mod json;
mod line;
mod option;
mod paramfile;
mod params;
mod shorthand;
#[cfg(test)]
mod tests;
mod timestamp;
mod unpack;
mod yaml;

pub(crate) use self::datum::Datum;
pub(crate) use self::json::parse as parse_json;
pub(crate) use self::line::{OptionContent, ValueSettings, bytes, path, text};
pub(crate) use self::option::has_shorthand;
pub(crate) use self::timestamp::normalize as normal_timestamp;
pub(crate) use self::yaml::parse_template;
use self::{
    error::ValueError,
    input::InputFormat,
    option::{OptionValue, ValueOption},
    paramfile::{Surroundings, ThisMachine},
    params::Converter,
};
use crate::output::format::str_of;

/// The text of a JSON value as Python prints the value, or the beginning of Python's error.
pub(crate) fn json_text(json: &str) -> Result<String, String> {
    match json::parse(json) {
        Ok(Datum::List(_) | Datum::Map(_)) => {
            Ok(tucuxi::parse_json(json).map_or_else(|_| json.to_owned(), |value| str_of(&value).into_owned()))
        }
        Ok(scalar) => Ok(scalar.shown()),
        Err(error) => Err(error.to_string().split(':').next().unwrap_or_default().to_owned()),
    }
}

/// What text for a blob is (`--cli-binary-format`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum BinaryFormat {
    #[default]
    Base64,
    /// `raw-in-base64-out`: the bytes themselves.
    Raw,
}

/// Reads the values of the options of one call.
pub(crate) struct OptionReader<'a> {
    around: &'a dyn Surroundings,
    converter: Converter,
}

impl<'a> OptionReader<'a> {
    pub(crate) fn new(format: BinaryFormat, around: &'a dyn Surroundings) -> Self {
        OptionReader { around, converter: Converter { format, refused_blob: None } }
    }

    /// The error of the first blob that is not base64. The AWS CLI decodes blobs when it has all parameters, a region and
    /// credentials, so that any other error comes first. Until then, such a blob is in the parameters as it was written.
    pub(crate) fn refused_blob(self) -> Option<ValueError> {
        self.converter.refused_blob
    }
}

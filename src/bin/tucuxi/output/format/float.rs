//! Floats that JSON has no number for.

use serde_json::Value;

/// NaN or an infinity. As a value it is marked, so that it differs from a string with the same letters: `--output json` writes `NaN`
/// without quotes, and `--output text` writes `nan`. A query reads it as a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SpecialFloat {
    NaN,
    Infinity,
    NegativeInfinity,
}

/// A noncharacter, which no text of a service begins with.
const MARK: char = '\u{10FFFF}';

impl SpecialFloat {
    const ALL: [SpecialFloat; 3] = [SpecialFloat::NaN, SpecialFloat::Infinity, SpecialFloat::NegativeInfinity];

    /// Reads the text that the library has in place of such a float: `NaN`, `Infinity` or `-Infinity`.
    pub(crate) fn from_text(text: &str) -> Option<SpecialFloat> {
        SpecialFloat::ALL.into_iter().find(|float| float.json() == text)
    }

    /// Makes the marked value.
    pub(crate) fn to_value(self) -> Value {
        Value::String(format!("{MARK}{}", self.json()))
    }

    /// Reads a marked value.
    pub(super) fn from_marked(text: &str) -> Option<SpecialFloat> {
        SpecialFloat::from_text(text.strip_prefix(MARK)?)
    }

    pub(super) fn json(self) -> &'static str {
        match self {
            SpecialFloat::NaN => "NaN",
            SpecialFloat::Infinity => "Infinity",
            SpecialFloat::NegativeInfinity => "-Infinity",
        }
    }

    /// The text that Python's `str` makes.
    pub(super) fn python(self) -> &'static str {
        match self {
            SpecialFloat::NaN => "nan",
            SpecialFloat::Infinity => "inf",
            SpecialFloat::NegativeInfinity => "-inf",
        }
    }

    pub(super) fn yaml(self) -> &'static str {
        match self {
            SpecialFloat::NaN => ".nan",
            SpecialFloat::Infinity => ".inf",
            SpecialFloat::NegativeInfinity => "-.inf",
        }
    }
}

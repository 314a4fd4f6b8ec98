//! The values of scalars of YAML.

use crate::aws::values::base64;
use crate::aws::values::datum::Datum;
use crate::yaml_types::{PlainType, is_timestamp, unsigned};

/// The types that a tag can name.
#[derive(Clone, Copy)]
pub(super) enum ScalarType {
    Null,
    Bool,
    Int,
    Float,
    Binary,
    Moment,
    Text,
}

impl ScalarType {
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "null" => ScalarType::Null,
            "bool" => ScalarType::Bool,
            "int" => ScalarType::Int,
            "float" => ScalarType::Float,
            "binary" => ScalarType::Binary,
            "timestamp" => ScalarType::Moment,
            "str" => ScalarType::Text,
            _ => return None,
        })
    }

    /// The value of a text with this type.
    pub(super) fn read(self, text: &str) -> Option<Datum> {
        match self {
            ScalarType::Null => Some(Datum::Null),
            ScalarType::Bool => match &*text.to_ascii_lowercase() {
                "yes" | "y" | "true" | "on" => Some(Datum::Bool(true)),
                "no" | "n" | "false" | "off" => Some(Datum::Bool(false)),
                _ => None,
            },
            ScalarType::Int => int(text),
            ScalarType::Float => float(text),
            ScalarType::Binary => text.is_ascii().then(|| base64::decode(text).map(Datum::Bytes))?,
            ScalarType::Moment => is_timestamp(text).then(|| Datum::Moment(text.to_owned())),
            ScalarType::Text => Some(Datum::text(text)),
        }
    }
}

/// The value of a plain scalar without a tag; `None` for what only has a meaning elsewhere.
pub(super) fn resolve(text: &str) -> Option<Datum> {
    match PlainType::of(text) {
        PlainType::Null => Some(Datum::Null),
        PlainType::Bool(flag) => Some(Datum::Bool(flag)),
        PlainType::Int => int(text),
        PlainType::Float => float(text),
        PlainType::Timestamp => Some(Datum::Moment(text.to_owned())),
        PlainType::Special => None,
        PlainType::Text => Some(Datum::text(text)),
    }
}

fn int(text: &str) -> Option<Datum> {
    let digits = text.replace('_', "");
    let negative = digits.starts_with('-');
    let digits = unsigned(&digits);
    let based = [("0b", 2), ("0o", 8), ("0x", 16)].into_iter().find_map(|(prefix, base)| {
        let digits = digits.strip_prefix(prefix)?;
        Some(u128::from_str_radix(digits, base).ok().map(|number| number.to_string()))
    });
    let digits = match based {
        Some(digits) => digits?,
        None if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.to_owned(),
        None => return None,
    };
    Some(Datum::Int(match digits.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits if negative => format!("-{digits}"),
        digits => digits.to_owned(),
    }))
}

fn float(text: &str) -> Option<Datum> {
    let text = text.replace('_', "").to_ascii_lowercase();
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    let number = match unsigned(&text) {
        ".inf" => f64::INFINITY,
        ".nan" => f64::NAN,
        digits => digits.parse().ok()?,
    };
    Some(Datum::Float(sign * number))
}

//! One rule for scalars of all formats: [`lenient`] decides what a scalar stands for, and a visitor gets it without a
//! `Value` in between where there is nothing to convert.

use std::borrow::Cow;

use serde::de::{Unexpected, Visitor};
use serde_json::{Number, Value};

use crate::model::shape::Kind;
use crate::protocol::lenient::{self, Scalar};
use crate::protocol::located_error::{LocatedError, LocatedResult};

/// A scalar in the value convention.
#[derive(Debug)]
pub(super) enum PlainScalar<'s> {
    Null,
    Bool(bool),
    Signed(i64),
    Unsigned(u64),
    Float(f64),
    Text(Cow<'s, str>),
}

/// The scalar as the `Value` of the member would have it.
pub(super) fn plain<'s>(kind: Option<&Kind>, found: Scalar<'s>) -> PlainScalar<'s> {
    match (kind, found) {
        // The most frequent cases.
        (Some(Kind::String) | None, Scalar::Text(text)) => PlainScalar::Text(text),
        (_, Scalar::Bool(value)) => PlainScalar::Bool(value),
        (Some(Kind::Timestamp), found) => of_value(lenient::fit(&Kind::Timestamp, found)),
        (_, Scalar::Integer(number)) => of_number(&number),
        (Some(kind), found) => of_value(lenient::fit(kind, found)),
        (None, found) => of_value(lenient::as_sent(found)),
    }
}

fn of_value(value: Value) -> PlainScalar<'static> {
    match value {
        Value::Bool(value) => PlainScalar::Bool(value),
        Value::Number(number) => of_number(&number),
        Value::String(text) => PlainScalar::Text(Cow::Owned(text)),
        // No scalar becomes one of these.
        Value::Null | Value::Array(_) | Value::Object(_) => PlainScalar::Null,
    }
}

fn of_number(number: &Number) -> PlainScalar<'static> {
    match (number.as_u64(), number.as_i64()) {
        (Some(value), _) => PlainScalar::Unsigned(value),
        (None, Some(value)) => PlainScalar::Signed(value),
        (None, None) => PlainScalar::Float(number.as_f64().unwrap_or(f64::NAN)),
    }
}

impl<'s> PlainScalar<'s> {
    /// The float that the text of a float stands for, for types that want floats.
    pub(super) fn or_float(self) -> PlainScalar<'s> {
        match &self {
            PlainScalar::Text(text) => match &**text {
                "NaN" => PlainScalar::Float(f64::NAN),
                "Infinity" => PlainScalar::Float(f64::INFINITY),
                "-Infinity" => PlainScalar::Float(f64::NEG_INFINITY),
                _ => self,
            },
            _ => self,
        }
    }

    pub(super) fn visit<'de, V: Visitor<'de>>(self, visitor: V) -> LocatedResult<V::Value> {
        match self {
            PlainScalar::Null => visitor.visit_unit(),
            PlainScalar::Bool(value) => visitor.visit_bool(value),
            PlainScalar::Signed(value) => visitor.visit_i64(value),
            PlainScalar::Unsigned(value) => visitor.visit_u64(value),
            PlainScalar::Float(value) => visitor.visit_f64(value),
            PlainScalar::Text(Cow::Borrowed(text)) => visitor.visit_str(text),
            PlainScalar::Text(Cow::Owned(text)) => visitor.visit_string(text),
        }
    }

    /// The error of a type that wants something else.
    pub(super) fn mismatch(&self, expected: &dyn serde::de::Expected) -> Box<LocatedError> {
        let unexpected = match self {
            PlainScalar::Null => Unexpected::Unit,
            PlainScalar::Bool(value) => Unexpected::Bool(*value),
            PlainScalar::Signed(value) => Unexpected::Signed(*value),
            PlainScalar::Unsigned(value) => Unexpected::Unsigned(*value),
            PlainScalar::Float(value) => Unexpected::Float(*value),
            PlainScalar::Text(text) => Unexpected::Str(text),
        };
        serde::de::Error::invalid_type(unexpected, expected)
    }
}

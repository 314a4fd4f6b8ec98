//! Endpoint parameters: declared by the rule set, set by the caller.

use std::borrow::Cow;

use serde_json::Value;

use super::error::EndpointError;
use crate::error::Result;

/// Declaration of an endpoint parameter.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) name: Box<str>,
    pub(crate) kind: ParamKind,
    /// Setting that is the parameter's value if nothing more specific sets it: `AWS::Region`, `SDK::Endpoint` …
    pub(crate) built_in: Option<Box<str>>,
    pub(crate) default: Option<ParamValue<'static>>,
    pub(crate) required: bool,
    /// Whether a rule reads it. An unread parameter (S3 declares `Key`) cannot change the endpoint.
    pub(crate) referenced: bool,
}

/// Type of an endpoint parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParamKind {
    String,
    Bool,
    StringArray,
}

/// Value of an endpoint parameter. It borrows, so that setting a call's parameters copies no text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum ParamValue<'a> {
    String(Cow<'a, str>),
    Bool(bool),
    StringArray(Vec<Cow<'a, str>>),
}

impl Parameter {
    /// Returns the value for the evaluation: the caller's, or else the default.
    pub(crate) fn pick<'a>(&'a self, given: Option<&'a ParamValue<'a>>) -> Result<Option<&'a ParamValue<'a>>> {
        let Some(value) = given else {
            return match &self.default {
                Some(default) => Ok(Some(default)),
                None if self.required => Err(EndpointError::MissingParameter(self.name.to_string()).into()),
                None => Ok(None),
            };
        };
        if value.kind() != self.kind {
            let (expected, found) = (self.kind.name(), value.kind().name());
            return Err(EndpointError::ParameterType { name: self.name.to_string(), expected, found }.into());
        }
        Ok(Some(value))
    }
}

impl ParamKind {
    /// Parses a type name, ignoring case: files have both `string` and `String`.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        [ParamKind::String, ParamKind::Bool, ParamKind::StringArray]
            .into_iter()
            .find(|kind| kind.name().eq_ignore_ascii_case(name))
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            ParamKind::String => "string",
            ParamKind::Bool => "boolean",
            ParamKind::StringArray => "stringArray",
        }
    }
}

impl<'a> ParamValue<'a> {
    /// Converts a JSON value; `None` for a type that no parameter has.
    pub(crate) fn of(value: &'a Value) -> Option<Self> {
        Some(match value {
            Value::String(text) => ParamValue::String(Cow::Borrowed(text)),
            Value::Bool(flag) => ParamValue::Bool(*flag),
            Value::Array(items) => {
                ParamValue::StringArray(items.iter().filter_map(Value::as_str).map(Cow::Borrowed).collect())
            }
            _ => return None,
        })
    }

    /// Borrows this value.
    pub(crate) fn borrowed(&'a self) -> Self {
        match self {
            ParamValue::String(text) => ParamValue::String(Cow::Borrowed(text)),
            ParamValue::Bool(flag) => ParamValue::Bool(*flag),
            ParamValue::StringArray(items) => {
                ParamValue::StringArray(items.iter().map(|item| Cow::Borrowed(&**item)).collect())
            }
        }
    }

    pub(crate) fn kind(&self) -> ParamKind {
        match self {
            ParamValue::String(_) => ParamKind::String,
            ParamValue::Bool(_) => ParamKind::Bool,
            ParamValue::StringArray(_) => ParamKind::StringArray,
        }
    }

    /// Converts to an owned value.
    pub(crate) fn into_owned(self) -> ParamValue<'static> {
        match self {
            ParamValue::String(text) => ParamValue::String(Cow::Owned(text.into_owned())),
            ParamValue::Bool(flag) => ParamValue::Bool(flag),
            ParamValue::StringArray(list) => {
                ParamValue::StringArray(list.into_iter().map(|text| Cow::Owned(text.into_owned())).collect())
            }
        }
    }
}

impl<'a> From<&'a str> for ParamValue<'a> {
    fn from(text: &'a str) -> Self {
        ParamValue::String(Cow::Borrowed(text))
    }
}

impl From<bool> for ParamValue<'_> {
    fn from(flag: bool) -> Self {
        ParamValue::Bool(flag)
    }
}

impl std::fmt::Display for ParamValue<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ParamValue::String(text) => f.write_str(text),
            ParamValue::Bool(flag) => write!(f, "{flag}"),
            ParamValue::StringArray(list) => write!(f, "{list:?}"),
        }
    }
}

//! The parameters of a rule set: declared by the file, filled in by the caller.

use std::borrow::Cow;

use serde_json::Value;

use crate::error::{Error, ErrorKind, Result};

/// A parameter as the rule set declares it.
#[derive(Debug, Clone)]
pub(crate) struct Parameter {
    pub(crate) name: Box<str>,
    pub(crate) kind: ParamKind,
    /// The setting that fills this parameter when nothing more specific does: `AWS::Region`, `SDK::Endpoint` …
    pub(crate) built_in: Option<Box<str>>,
    pub(crate) default: Option<ParamValue<'static>>,
    pub(crate) required: bool,
    /// Whether any rule reads it. A parameter that no rule reads (S3 declares `Key`) cannot change the endpoint.
    pub(crate) referenced: bool,
}

/// The type of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParamKind {
    String,
    Bool,
    StringArray,
}

/// The value of a parameter. It borrows what it can, so that filling the slots of a call copies no text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum ParamValue<'a> {
    String(Cow<'a, str>),
    Bool(bool),
    StringArray(Vec<Cow<'a, str>>),
}

impl Parameter {
    /// The value to evaluate the rules with: the caller's, or the default.
    pub(crate) fn pick<'a>(&'a self, given: Option<&'a ParamValue<'a>>) -> Result<Option<&'a ParamValue<'a>>> {
        let Some(value) = given else {
            return match &self.default {
                Some(default) => Ok(Some(default)),
                None if self.required => Err(Error::new(
                    ErrorKind::Endpoint,
                    format!("Cannot find value for required parameter {}", self.name),
                )),
                None => Ok(None),
            };
        };
        if value.kind() != self.kind {
            return Err(Error::new(
                ErrorKind::Endpoint,
                format!(
                    "Value ({}) is the wrong type. Must be {}, found {}",
                    self.name,
                    self.kind.name(),
                    value.kind().name()
                ),
            ));
        }
        Ok(Some(value))
    }
}

impl ParamKind {
    /// The name rule sets use, whatever its case: files write both `string` and `String`.
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
    /// A JSON value as a parameter; `None` for what no parameter can be.
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

    /// The same value, borrowed from this one.
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

    /// A copy that borrows nothing.
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

//! Generators: authentication tokens and browser upload forms that a client creates without a call. Each row matches a boto3
//! method named `generate_` and the row's name.

use http::{HeaderName, HeaderValue, Method};
use serde_json::{Map, Value};

use super::error::QuirkError;
use super::parameters::invalid;
use crate::error::Result;
use crate::value;

/// Something that a client of one service generates.
pub(crate) struct Generator {
    /// The method's name without `generate_`.
    pub(super) name: &'static str,
    pub(super) arguments: &'static [Argument],
    pub(super) make: fn(&Arguments<'_>) -> Result<Recipe>,
}

/// The request that a generator signs, and how its result is made from the signed URL.
pub(crate) enum Recipe {
    /// A presigned URL of a host that is not the service's endpoint, such as a database.
    Url {
        /// Includes the port, if any.
        host: String,
        query: Vec<(&'static str, String)>,
        signing_name: &'static str,
        /// Defaults to the client's region.
        region: Option<String>,
        /// In seconds.
        expires_in: u64,
        finish: fn(&str) -> Value,
    },
    /// The presigned URL of an operation.
    Operation {
        operation: &'static str,
        method: Method,
        headers: Vec<(HeaderName, HeaderValue)>,
        expires_in: u64,
        finish: fn(&str) -> Value,
    },
    /// A form that a browser posts to the URL of an operation.
    Form { operation: &'static str, params: Value, fields: Map<String, Value>, conditions: Vec<Value>, expires_in: u64 },
}

/// A parameter of a generator.
pub(super) struct Argument {
    name: &'static str,
    kind: ArgumentKind,
    is_required: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ArgumentKind {
    Text,
    Integer,
    List,
    Object,
}

/// The validated parameters of one use of a generator.
pub(crate) struct Arguments<'a>(&'a Map<String, Value>);

/// The URL without its scheme, which databases take as a password.
pub(super) fn without_scheme(url: &str) -> Value {
    Value::from(url.trim_start_matches("https://"))
}

impl Generator {
    /// Validates the parameters and returns the request to sign.
    pub(crate) fn recipe(&self, params: &Value) -> Result<Recipe> {
        let nothing = Map::new();
        let params = match params {
            Value::Object(params) => params,
            Value::Null => &nothing,
            other => return Err(QuirkError::NotAnObject(value::type_name(other)).into()),
        };
        if let Some(unknown) = params.keys().find(|name| self.arguments.iter().all(|known| known.name != **name)) {
            let known: Vec<&str> = self.arguments.iter().map(|argument| argument.name).collect();
            return Err(invalid(unknown, format_args!("unknown parameter; expected {}", known.join(", "))));
        }
        for Argument { name, kind, is_required } in self.arguments {
            match params.get(*name).filter(|value| !value.is_null()) {
                None if *is_required => return Err(invalid(name, "missing required parameter")),
                Some(value) if !kind.fits(value) => {
                    let expected = kind.name();
                    let found = value::type_name(value);
                    return Err(invalid(name, format_args!("expected {expected}, found {found}")));
                }
                _ => {}
            }
        }
        (self.make)(&Arguments(params))
    }
}

impl Argument {
    pub(super) const fn required(name: &'static str, kind: ArgumentKind) -> Self {
        Argument { name, kind, is_required: true }
    }

    pub(super) const fn optional(name: &'static str, kind: ArgumentKind) -> Self {
        Argument { name, kind, is_required: false }
    }
}

impl ArgumentKind {
    fn fits(self, value: &Value) -> bool {
        match self {
            ArgumentKind::Text => value.is_string(),
            ArgumentKind::Integer => value.is_u64(),
            ArgumentKind::List => value.is_array(),
            ArgumentKind::Object => value.is_object(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            ArgumentKind::Text => "string",
            ArgumentKind::Integer => "whole number",
            ArgumentKind::List => "array",
            ArgumentKind::Object => "object",
        }
    }
}

impl Arguments<'_> {
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    pub(super) fn owned(&self, name: &str) -> Option<String> {
        self.text(name).map(str::to_owned)
    }

    pub(super) fn integer(&self, name: &str) -> Option<u64> {
        self.0.get(name)?.as_u64()
    }

    pub(super) fn list(&self, name: &str) -> Vec<Value> {
        self.0.get(name).and_then(Value::as_array).cloned().unwrap_or_default()
    }

    pub(super) fn object(&self, name: &str) -> Map<String, Value> {
        self.0.get(name).and_then(Value::as_object).cloned().unwrap_or_default()
    }

    /// A lifetime in seconds.
    pub(super) fn seconds(&self, name: &str, default: u64) -> u64 {
        self.integer(name).unwrap_or(default)
    }
}

//! What clients generate without a call: tokens, and the forms by which browsers upload. boto3 has a method for each,
//! `generate_` and the name of the row here.

use http::{HeaderName, HeaderValue, Method};
use serde_json::{Map, Value};

use super::{dsql, hyphenated, invalid, rds, s3, sts};
use crate::error::{Error, ErrorKind, Result};
use crate::value;

/// All generators.
static GENERATORS: &[&[Generator]] = &[dsql::GENERATORS, rds::GENERATORS, s3::GENERATORS, sts::GENERATORS];

/// One thing that a client of one service generates.
pub(crate) struct Generator {
    /// As in a `Quirk`.
    pub(super) service: &'static str,
    /// Without `generate_`.
    pub(super) name: &'static str,
    pub(super) arguments: &'static [Argument],
    pub(super) make: fn(&Arguments<'_>) -> Result<Recipe>,
    #[allow(dead_code, reason = "it is there for people to read")]
    pub(super) why: &'static str,
}

/// What has to be signed, and what becomes of it.
pub(crate) enum Recipe {
    /// A URL of something that is not the service's own endpoint.
    Url {
        /// With its port, where it has one.
        host: String,
        query: Vec<(&'static str, String)>,
        signing_name: &'static str,
        /// The client's where there is none.
        region: Option<String>,
        /// In seconds.
        expires_in: u64,
        finish: fn(&str) -> Value,
    },
    /// The URL of an operation.
    Operation {
        operation: &'static str,
        method: Method,
        headers: Vec<(HeaderName, HeaderValue)>,
        expires_in: u64,
        finish: fn(&str) -> Value,
    },
    /// A form that is posted to the URL of an operation.
    Form { operation: &'static str, params: Value, fields: Map<String, Value>, conditions: Vec<Value>, expires_in: u64 },
}

/// A parameter of a generator.
pub(super) struct Argument {
    name: &'static str,
    kind: Kind,
    is_required: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Integer,
    List,
    Object,
}

/// The parameters of one call of a generator; each is of the kind it should be.
pub(crate) struct Arguments<'a>(&'a Map<String, Value>);

/// The generator of that name, with or without `generate_`.
pub(crate) fn generator(service_id: &str, name: &str) -> Result<&'static Generator> {
    let service = hyphenated(service_id);
    let plain = name.replace('-', "_");
    let plain = plain.strip_prefix("generate_").unwrap_or(&plain);
    let mine = || GENERATORS.iter().copied().flatten().filter(|generator| generator.service == service);
    mine().find(|generator| generator.name == plain).ok_or_else(|| {
        let names: Vec<&str> = mine().map(|generator| generator.name).collect();
        let known = match names.is_empty() {
            true => "a client of this service generates nothing".to_owned(),
            false => format!("a client of this service generates {}", names.join(", ")),
        };
        Error::new(ErrorKind::UnknownOperation, format!("cannot generate \"{name}\": {known}"))
    })
}

/// A URL that is a password.
pub(super) fn without_scheme(url: &str) -> Value {
    Value::from(url.trim_start_matches("https://"))
}

impl Generator {
    /// What has to be signed for these parameters.
    pub(crate) fn recipe(&self, params: &Value) -> Result<Recipe> {
        let nothing = Map::new();
        let params = match params {
            Value::Object(params) => params,
            Value::Null => &nothing,
            other => {
                let message = format!("input: expected object, found {}", value::type_name(other));
                return Err(Error::new(ErrorKind::Validation, message));
            }
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
    pub(super) const fn required(name: &'static str, kind: Kind) -> Self {
        Argument { name, kind, is_required: true }
    }

    pub(super) const fn optional(name: &'static str, kind: Kind) -> Self {
        Argument { name, kind, is_required: false }
    }
}

impl Kind {
    fn fits(self, value: &Value) -> bool {
        match self {
            Kind::Text => value.is_string(),
            Kind::Integer => value.is_u64(),
            Kind::List => value.is_array(),
            Kind::Object => value.is_object(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Kind::Text => "string",
            Kind::Integer => "whole number",
            Kind::List => "array",
            Kind::Object => "object",
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

    /// A time to live.
    pub(super) fn seconds(&self, name: &str, default: u64) -> u64 {
        self.integer(name).unwrap_or(default)
    }
}

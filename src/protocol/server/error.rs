//! [`ServedError`]: a service error that a server sends.

use std::sync::Arc;

use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value};

use super::ServedResponse;
use crate::error::{Error, ErrorKind, Result};
use crate::model::service::{ModeledError, ServiceModel};
use crate::model::shape::{Naming, RawShape, Shapes};
use crate::model::validate::validate_output;

/// A service error: its code, its members, and the status that it is sent with.
#[derive(Debug)]
pub(crate) struct ServedError {
    pub(crate) status: StatusCode,
    code: String,
    shape_name: String,
    shapes: Arc<Shapes>,
    members: Map<String, Value>,
    message: String,
    is_sender: bool,
    /// The code is not the name of the shape.
    has_own_code: bool,
}

/// The names of the member with the text of an error.
const MESSAGES: [&str; 4] = ["message", "Message", "errorMessage", "ErrorMessage"];

/// The statuses of codes that no model has, by a part of the code.
const STATUSES: &[(&str, u16)] = &[
    ("NotFound", 404),
    ("NoSuch", 404),
    ("AccessDenied", 403),
    ("Forbidden", 403),
    ("SignatureDoesNotMatch", 403),
    ("PreconditionFailed", 412),
    ("NotModified", 304),
    ("SlowDown", 503),
    ("ServiceUnavailable", 503),
    ("InternalError", 500),
    ("InternalFailure", 500),
    ("InternalServer", 500),
    ("TooManyRequests", 429),
];

impl ServedError {
    /// The error of a service with this code, or of this shape. The members are those of the shape, and any others if it is not
    /// modeled. The text may be in `message` or `Message`, whatever the shape calls it.
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] for members that do not fit the shape.
    pub(crate) fn new(service: &ServiceModel, code: &str, members: Map<String, Value>) -> Result<ServedError> {
        let found = service.modeled_error(code)?;
        let modeled = found.as_ref();
        let shapes = match modeled {
            Some(modeled) => Arc::clone(&modeled.shapes),
            None => Arc::new(without_members()?),
        };
        let mut members = with_message(&shapes, members);
        let message = MESSAGES.iter().find_map(|name| members.get(*name)?.as_str()).unwrap_or_default().to_owned();
        if let Some(structure) = shapes.root_structure().filter(|_| modeled.is_some()) {
            // A message is an element of all errors.
            let extra = members.iter().filter(|(name, _)| structure.by_name(name).is_none());
            let extra: Vec<String> =
                extra.map(|(name, _)| name.clone()).filter(|name| MESSAGES.contains(&&**name)).collect();
            let texts: Vec<_> = extra.iter().filter_map(|name| members.shift_remove_entry(name)).collect();
            validate_output(&shapes, &Value::Object(members.clone()), "error")?;
            members.extend(texts);
        }
        Ok(ServedError {
            status: modeled.and_then(|modeled| modeled.status).map_or_else(|| status_of(code, modeled), Ok)?,
            code: modeled.map_or(code, |modeled| &modeled.code).to_owned(),
            shape_name: modeled.map_or(code, |modeled| &modeled.shape_name).to_owned(),
            is_sender: modeled.map_or_else(|| true, |modeled| !modeled.is_fault),
            has_own_code: modeled.is_some_and(|modeled| modeled.code != modeled.shape_name),
            shapes,
            members,
            message,
        })
    }

    pub(super) fn code(&self) -> &str {
        &self.code
    }

    /// The name of its shape, or its code if it has none.
    pub(super) fn shape_name(&self) -> &str {
        &self.shape_name
    }

    pub(super) fn shapes(&self) -> &Shapes {
        &self.shapes
    }

    pub(super) fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// Whose fault it is, in the words of the services.
    pub(super) fn fault(&self) -> &'static str {
        if self.is_sender && self.status.as_u16() < 500 { "Sender" } else { "Receiver" }
    }

    /// Adds the header with the code that a service had before it moved from `query`.
    pub(super) fn add_query_error(&self, response: &mut ServedResponse, service: &ServiceModel) {
        if !service.metadata.query_compatible || !self.has_own_code {
            return;
        }
        if let Ok(value) = HeaderValue::try_from(format!("{};{}", self.code, self.fault())) {
            response.headers.insert(HeaderName::from_static("x-amzn-query-error"), value);
        }
    }
}

/// Gives the text of the error the name that the shape has for it.
fn with_message(shapes: &Shapes, mut members: Map<String, Value>) -> Map<String, Value> {
    let Some(structure) = shapes.root_structure() else { return members };
    let knows = |name: &str| structure.by_name(name).is_some();
    let Some(given) = MESSAGES.iter().find(|name| members.contains_key(**name)) else { return members };
    if !knows(given)
        && let Some(own) = MESSAGES.iter().find(|name| knows(name))
        && let Some(text) = members.shift_remove(*given)
    {
        members.insert((*own).to_owned(), text);
    }
    members
}

fn status_of(code: &str, modeled: Option<&ModeledError>) -> Result<StatusCode> {
    let by_name = STATUSES.iter().find(|(part, _)| code.contains(part)).map(|(_, status)| *status);
    let status = match (modeled, by_name) {
        (Some(modeled), _) if modeled.is_fault => 500,
        (Some(_), _) => 400,
        // An error of HTTP is called by its status where the body has none.
        (None, by_name) => code.parse().ok().filter(|status| (300..600).contains(status)).or(by_name).unwrap_or(400),
    };
    StatusCode::from_u16(status).map_err(|error| Error::new(ErrorKind::Validation, error.to_string()))
}

/// The shape of an error that is not modeled.
fn without_members() -> Result<Shapes> {
    Shapes::compile(&RawShape::reference_to("Error"), Naming::LocationName, &|_| Some(r#"{"type":"structure"}"#))
}

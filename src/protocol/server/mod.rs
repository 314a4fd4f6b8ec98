//! The server's side of the protocols: responses from values and modeled errors. They are what a service would send, so that
//! tests and fakes go through the same readers as real responses.
//!
//! A protocol is a row of [`SERVER_SIDES`]. Nothing in a program that has no test doubles refers to this module.

mod cbor;
mod error;
mod events;
mod json;
mod rest;
mod xml;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind, Result};
use crate::model::operation::Operation;
use crate::model::service::ServiceModel;
use crate::model::shape::{Location, Ref, Shapes};
use crate::protocol::Document;
use crate::value::{ParamFault, ParamToken, send, send_members};

pub(crate) use error::ServedError;

/// The server's sides, by the names of the protocols.
const SERVER_SIDES: &[(&str, &dyn ServerSide)] = &[
    ("json", &json::JsonServer),
    ("rest-json", &json::RestJsonServer),
    ("rest-xml", &xml::RestXmlServer),
    ("smithy-rpc-v2-cbor", &cbor::CborServer),
    ("query", &xml::QueryServer),
    ("ec2", &xml::Ec2Server),
];

/// What a response belongs to.
#[derive(Clone, Copy)]
pub(crate) struct ResponseTo<'r> {
    pub(crate) service: &'r ServiceModel,
    /// The name of the protocol.
    pub(crate) protocol: &'r str,
    pub(crate) operation: &'r Operation,
    /// Goes where the protocol sends request ids.
    pub(crate) request_id: &'r str,
}

impl ResponseTo<'_> {
    /// The status of a success.
    fn success(&self, server: &dyn ServerSide) -> StatusCode {
        let modeled = self.operation.response_code.filter(|_| server.has_bindings());
        let status = modeled.and_then(|status| StatusCode::from_u16(status).ok());
        status.filter(StatusCode::is_success).unwrap_or(StatusCode::OK)
    }
}

/// A response as a server sends it.
#[derive(Debug)]
pub(crate) struct ServedResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl ServedResponse {
    fn new(status: StatusCode) -> Self {
        ServedResponse { status, headers: HeaderMap::new(), body: Vec::new() }
    }

    fn with_body(status: StatusCode, content_type: HeaderValue, body: Vec<u8>) -> Self {
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, content_type)]);
        ServedResponse { status, headers, body }
    }
}

/// How a server writes the responses of a protocol.
trait ServerSide: Sync {
    /// The media type of documents.
    fn content_type(&self, service: &ServiceModel) -> HeaderValue;

    /// Whether members of outputs are bound to headers and the status.
    fn has_bindings(&self) -> bool {
        false
    }

    /// Writes a value as a document of its own: a payload, or what is in the frame of an event.
    fn document(&self, shapes: &Shapes, target: &Ref, value: &Value) -> Result<Vec<u8>>;

    /// The response with the members of an output.
    fn output(&self, to: &ResponseTo<'_>, shapes: &Shapes, members: &Map<String, Value>) -> Result<ServedResponse>;

    /// The response of an operation without output.
    fn without_output(&self, _to: &ResponseTo<'_>) -> ServedResponse {
        ServedResponse::new(StatusCode::OK)
    }

    fn error(&self, to: &ResponseTo<'_>, error: &ServedError) -> Result<ServedResponse>;
}

/// The response with an output, an object in the crate's value convention that fits the shape of the output. An event stream is
/// an array of its events.
///
/// # Errors
/// [`ErrorKind::Validation`] for what the protocol cannot carry.
pub(crate) fn output(to: &ResponseTo<'_>, value: &Map<String, Value>) -> Result<ServedResponse> {
    let server = side(to.protocol)?;
    let mut response = match &to.operation.output {
        None => ServedResponse { status: to.success(server), ..server.without_output(to) },
        Some(shapes) if to.operation.has_event_stream_output() => events::respond(server, to, shapes, value)?,
        Some(shapes) => server.output(to, shapes, value)?,
    };
    let shapes = to.operation.output.as_ref().filter(|_| server.has_bindings());
    let sets_status = shapes
        .and_then(Shapes::root_structure)
        .is_some_and(|structure| structure.members.iter().any(|member| member.target.location == Location::StatusCode));
    if response.status == StatusCode::NO_CONTENT && !response.body.is_empty() && !sets_status {
        response.status = StatusCode::OK;
    }
    add_ids(&mut response, to, shapes);
    Ok(response)
}

/// The response with a service error.
///
/// # Errors
/// [`ErrorKind::Validation`] for what the protocol cannot carry.
pub(crate) fn error(to: &ResponseTo<'_>, error: &ServedError) -> Result<ServedResponse> {
    let mut response = side(to.protocol)?.error(to, error)?;
    if to.operation.method == http::Method::HEAD {
        response.body.clear();
        response.headers.remove(CONTENT_TYPE);
    }
    add_ids(&mut response, to, None);
    Ok(response)
}

/// The headers with request ids. Services whose paths are signed as sent have a host id as well.
fn add_ids(response: &mut ServedResponse, to: &ResponseTo<'_>, shapes: Option<&Shapes>) {
    let Ok(id) = HeaderValue::from_str(to.request_id) else { return };
    // An output with all headers has no others.
    if shapes.is_some_and(|shapes| rest::is_bound(shapes, "")) {
        return;
    }
    let is_storage = to.service.metadata.signs_raw_paths();
    let name = if is_storage { "x-amz-request-id" } else { "x-amzn-requestid" };
    response.headers.entry(HeaderName::from_static(name)).or_insert(id.clone());
    if is_storage {
        response.headers.entry(HeaderName::from_static("x-amz-id-2")).or_insert(id);
    }
}

fn side(protocol: &str) -> Result<&'static dyn ServerSide> {
    let found = SERVER_SIDES.iter().find(|(name, _)| *name == protocol).map(|(_, side)| *side);
    found.ok_or_else(|| Error::new(ErrorKind::Unsupported, format!("no responses of the protocol {protocol}")))
}

/// Whether a member of an output is in the body: botocore's and this crate's readers know no other places.
fn in_body(target: &Ref) -> bool {
    !matches!(target.location, Location::Header | Location::Headers | Location::StatusCode)
}

/// Writes one value.
fn write(mut document: impl Document, value: &Value) -> Result<Vec<u8>> {
    send(value, &mut document).map(|()| document.finish()).map_err(|fault| unfit(&fault))
}

/// Writes an object of some members.
fn write_members<'v>(
    mut document: impl Document,
    members: impl IntoIterator<Item = (&'v String, &'v Value)>,
) -> Result<Vec<u8>> {
    let to = &mut document;
    let begun = to.token(&ParamToken::Object(0));
    let sent = begun.and_then(|()| send_members(members, to)).and_then(|()| to.end());
    sent.map(|()| document.finish()).map_err(|fault| unfit(&fault))
}

fn unfit(fault: &ParamFault) -> Error {
    let separator = if fault.path().next().is_some() { "." } else { ": " };
    Error::new(ErrorKind::Validation, format!("output{separator}{fault}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_protocol_has_a_server_side() {
        let names = |table: Vec<&'static str>| table;
        let clients = names(crate::protocol::PROTOCOLS.iter().map(|(name, _)| *name).collect());
        assert_eq!(names(SERVER_SIDES.iter().map(|(name, _)| *name).collect()), clients);
    }
}

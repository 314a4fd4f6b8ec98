//! Protocols: parameters to the parts of a request, the parts of a response to a value, both in one pass directed by shapes.
//!
//! A protocol is a file of this room and a row of [`PROTOCOLS`]. All of it is pure: no I/O, no clock, no endpoint, no signature.

mod ec2;
mod error_body;
mod error_code;
pub(crate) mod event_stream;
mod fault;
mod form;
mod json;
mod json_body;
mod lenient;
mod query;
mod rest;
mod rest_json;
mod rest_xml;
mod rpc_v2_cbor;
mod scalar;
mod xml;

use http::{HeaderMap, HeaderName, Method};
use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind, Result, ServiceError};
use crate::model::operation::Operation;
use crate::model::service::ServiceModel;
use crate::model::shape::{Naming, Ref, Shapes};

pub(crate) use error_body::{glimpse, is_html};
pub(crate) use rest_xml::is_unlike;
pub(crate) use xml::root_text;

/// The protocols in botocore's order of preference for services that offer several.
pub(crate) const PROTOCOLS: &[(&str, &dyn Protocol)] = &[
    ("json", &json::Json),
    ("rest-json", &rest_json::RestJson),
    ("rest-xml", &rest_xml::RestXml),
    ("smithy-rpc-v2-cbor", &rpc_v2_cbor::RpcV2Cbor),
    ("query", &query::Query),
    ("ec2", &ec2::Ec2),
];

/// One wire protocol, both directions.
pub(crate) trait Protocol: Sync {
    /// How members are named in requests.
    fn input_naming(&self) -> Naming {
        Naming::LocationName
    }

    /// How members are named in responses.
    fn output_naming(&self) -> Naming {
        Naming::LocationName
    }

    /// The parts of the request that carry `params` (an object; the value convention of the crate).
    ///
    /// Parameters have been validated unless the user turned that off, so a value of the wrong type is an error here too.
    fn serialize(
        &self,
        service: &ServiceModel,
        operation: &Operation,
        params: &Map<String, Value>,
    ) -> Result<Serialized>;

    /// The value of a successful response.
    fn parse(&self, operation: &Operation, response: &Received<'_>) -> Result<Parsed>;

    /// Code, message and ids of an error response. The body may be empty, HTML, cut off or of another protocol: there is always
    /// an answer, with the status as its code if need be.
    fn parse_error(&self, response: &Received<'_>) -> ErrorFields;

    /// The members of a modeled error, read from the same response by its shape.
    fn parse_error_members(&self, shapes: &Shapes, response: &Received<'_>) -> Result<Map<String, Value>>;

    /// Whether errors are named in the header `x-amzn-errortype`.
    fn names_errors_in_header(&self) -> bool {
        false
    }

    /// Whether a stream of events begins with a frame that has the other members of the output. Where headers have them, none is
    /// sent.
    fn has_initial_response(&self) -> bool {
        false
    }

    /// The value of a document in an event, which is not empty. The old protocols have no event streams.
    fn parse_event(&self, _shapes: &Shapes, _target: &Ref, _document: &[u8]) -> Result<Option<Value>> {
        Err(Error::new(ErrorKind::Model, "the protocol has no event streams"))
    }
}

/// A request before endpoint, host, signature and user agent.
#[derive(Debug, Default)]
pub(crate) struct Serialized {
    pub(crate) method: Method,
    /// The path and, after `?`, the query: percent-encoded, as it goes on the wire.
    pub(crate) path_and_query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// A response whose body, where the protocol needs it, has been read.
#[derive(Debug)]
pub(crate) struct Received<'r> {
    pub(crate) status: u16,
    pub(crate) headers: &'r HeaderMap,
    /// `None` where the body is a streaming payload that stays outside of the value.
    pub(crate) body: Option<&'r [u8]>,
    /// How many bytes of memory the values that are built from it may take.
    pub(crate) max_memory: usize,
}

/// [`Received::max_memory`] where a body has that limit. The values of an ordinary document take two to ten times its bytes, and no
/// ordinary document is nearly as long as the limit.
pub(crate) const fn max_memory(max_body: usize) -> usize {
    max_body.saturating_mul(4)
}

/// That of the default limit, and of what has a limit of its own: an event.
pub(crate) const MAX_MEMORY: usize = max_memory(128 << 20);

/// What a successful response says.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    pub(crate) value: Map<String, Value>,
    /// Where the body carries it; the ids in headers are read for all protocols alike.
    pub(crate) request_id: Option<String>,
}

/// What an error response says, whatever its model.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct ErrorFields {
    pub(crate) code: String,
    pub(crate) message: String,
    /// The message is a member that is not made for it, beside a code in its own place.
    pub(crate) has_borrowed_message: bool,
    /// The place of the message is there, beside a code, and has no text.
    pub(crate) has_empty_message: bool,
    /// `Sender` or `Receiver`.
    pub(crate) fault: Option<String>,
    /// The shape's name, where a query-compatible service answered with another code.
    pub(crate) query_code: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) host_id: Option<String>,
    /// What else stands beside the code, by name, where the protocol has room for that.
    pub(crate) details: Vec<(String, String)>,
}

/// Reads an error response: the generic fields, then the members of the modeled error of that code.
pub(crate) fn parse_error(service: &ServiceModel, response: &Received<'_>) -> Result<Error> {
    let mut fields =
        generic_error(service.protocol, response).unwrap_or_else(|| service.protocol.parse_error(response));
    // Servers that translate a query code still name the shape; whichever finds a model serves.
    let codes = [Some(fields.code.as_str()), fields.query_code.as_deref()];
    let mut body = Map::new();
    for code in codes.into_iter().flatten() {
        if let Some(shapes) = service.error_shape(code)? {
            // A modeled body that cannot be read must not hide the error itself.
            body = service.protocol.parse_error_members(shapes, response).unwrap_or_default();
            if fields.has_borrowed_message {
                // It is a member of the modeled error, and has its name in the error's body.
                fields.message.clear();
            }
            break;
        }
    }
    let ids = request_ids(response.headers);
    Ok(Error::from_service(ServiceError {
        code: fields.code,
        message: without_tokens(fields.message),
        status: response.status,
        request_id: fields.request_id.or(ids.0),
        host_id: fields.host_id.or(ids.1),
        kind: fields.fault,
        query_code: fields.query_code,
        details: fields.details,
        body: Value::Object(body),
        headers: Box::new(response.headers.clone()),
        in_event_stream: false,
        masked: None,
    }))
}

/// The error that a body is, although its status is that of a success and its protocol's parser could not read it.
pub(crate) fn error_in_success(service: &ServiceModel, response: &Received<'_>) -> Option<Error> {
    let is_error = response.body.is_some_and(xml::is_error);
    is_error.then(|| parse_error(service, response)).and_then(Result::ok)
}

/// Who refuses a signature may tell the text that should have been signed, with the session's token in it. Messages are printed
/// and logged.
fn without_tokens(mut message: String) -> String {
    for header in ["x-amz-security-token:", "x-amz-s3session-token:"] {
        if let Some(at) = message.find(header) {
            let begin = at + header.len();
            let end = message[begin..].find(|char: char| char.is_whitespace() || char == '\'');
            message.replace_range(begin..end.map_or(message.len(), |end| begin + end), "****");
        }
    }
    message
}

/// The header in which the JSON protocols name an error's shape.
const X_AMZN_ERRORTYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// Request id and host id from the headers that AWS services use.
pub(crate) fn request_ids(headers: &HeaderMap) -> (Option<String>, Option<String>) {
    let get = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    (get("x-amzn-requestid").or_else(|| get("x-amz-request-id")), get("x-amz-id-2"))
}

/// A server-side failure without a readable body (empty, or a proxy's HTML page): the status is the code, unless a header names
/// the error. botocore's `parsers.py: ResponseParser._is_generic_error_response`, which passes over the header and over what the
/// page says.
fn generic_error(protocol: &dyn Protocol, response: &Received<'_>) -> Option<ErrorFields> {
    if protocol.names_errors_in_header() && response.headers.contains_key(X_AMZN_ERRORTYPE) {
        return None;
    }
    let body = response.body.unwrap_or_default().trim_ascii();
    if response.status < 500 || !(body.is_empty() || body.starts_with(b"<html>")) {
        return None;
    }
    let mut fields = status_error(response);
    error_body::add_text(&mut fields.message, body);
    Some(fields)
}

/// The error that only its status describes: code `"404"`, message `Not Found`.
fn status_error(response: &Received<'_>) -> ErrorFields {
    let reason = http::StatusCode::from_u16(response.status).ok().and_then(|status| status.canonical_reason());
    ErrorFields {
        code: response.status.to_string(),
        message: reason.unwrap_or_default().to_owned(),
        ..ErrorFields::default()
    }
}

/// An error about parameters that cannot be serialised.
fn bad_parameter(name: &str, expected: &str, found: &Value) -> Error {
    Error::new(ErrorKind::Validation, format!("{name}: expected {expected}, found {}", crate::value::type_name(found)))
}

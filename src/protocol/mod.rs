//! Protocols: serialization of parameters into requests, and parsing of responses into values. Both work in one pass
//! over the shapes.
//!
//! A protocol is a file of this module and a row of [`PROTOCOLS`]. Protocols are pure: they use no I/O, no clock, no
//! endpoint and no signature.

mod document;
mod ec2;
mod error;
mod error_body;
mod error_code;
pub(crate) mod event_stream;
mod form;
mod json;
mod json_body;
mod lenient;
mod located_error;
mod query;
mod rest;
mod rest_json;
mod rest_xml;
mod rpc_v2_cbor;
mod scalar;
pub(crate) mod server;
pub(crate) mod typed;
mod xml;

use http::{HeaderMap, HeaderName, Method};
use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind, Result, ServiceError};
use crate::model::operation::Operation;
use crate::model::service::{ServiceMetadata, ServiceModel};
use crate::model::shape::{MemberNaming, Naming, Ref, Shapes};

use located_error::LocatedResult;
use typed::{Build, Source};

pub(crate) use document::{Document, DocumentRoot};
pub(crate) use error_body::{glimpse, is_html};
pub(crate) use rest_xml::is_unlike;
pub(crate) use xml::{is_in_xml, root_text};

/// The protocols in botocore's order of preference, for services that support several.
pub(crate) const PROTOCOLS: &[(&str, &dyn Protocol)] = &[
    ("json", &json::Json),
    ("rest-json", &rest_json::RestJson),
    ("rest-xml", &rest_xml::RestXml),
    ("smithy-rpc-v2-cbor", &rpc_v2_cbor::RpcV2Cbor),
    ("query", &query::Query),
    ("ec2", &ec2::Ec2),
];

/// Selects a protocol of the model in botocore's order of preference (`model.py: ServiceModel.resolved_protocol`), and
/// returns its name with it.
pub(crate) fn choose(metadata: &ServiceMetadata) -> Result<(&'static str, &'static dyn Protocol), String> {
    let is_offered = |name: &str| metadata.offered_protocols().any(|offered| offered == name);
    PROTOCOLS.iter().find(|(name, _)| is_offered(name)).copied().ok_or_else(|| {
        let known: Vec<&str> = PROTOCOLS.iter().map(|(name, _)| *name).collect();
        let offered: Vec<&str> = metadata.offered_protocols().collect();
        format!("metadata: unknown protocol {offered:?}, expected one of {}", known.join(", "))
    })
}

/// How the protocol of a service names members.
pub(crate) fn naming(metadata: &ServiceMetadata) -> Result<MemberNaming, String> {
    let (_, protocol) = choose(metadata)?;
    Ok(MemberNaming { input: protocol.input_naming(), output: protocol.output_naming() })
}

/// A wire protocol: serialization of requests and parsing of responses.
pub(crate) trait Protocol: Sync {
    /// The naming of members in requests.
    fn input_naming(&self) -> Naming {
        Naming::LocationName
    }

    /// The naming of members in responses.
    fn output_naming(&self) -> Naming {
        Naming::LocationName
    }

    /// Whether members of the input may be in the path, the query, headers, or be the body.
    fn has_bindings(&self) -> bool {
        false
    }

    /// Makes the writer of the document in the body. `None` if the operation has no input.
    fn document<'o>(&self, service: &ServiceModel, operation: &'o Operation) -> Option<Box<dyn Document + 'o>>;

    /// Writes the document of `params`; `None` if none of them belongs there.
    fn write_document(
        &self,
        service: &ServiceModel,
        operation: &Operation,
        params: &Map<String, Value>,
    ) -> Result<Option<Vec<u8>>>;

    /// Makes a request from a document and the members of `params` that are not in it. `document` is `None` if it would have no
    /// members.
    ///
    /// Parameters are validated before, unless the user turned validation off. A value of the wrong type is an error
    /// here too.
    fn request(
        &self,
        service: &ServiceModel,
        operation: &Operation,
        params: &Map<String, Value>,
        document: Option<Vec<u8>>,
    ) -> Result<Serialized>;

    /// Serializes `params`, an object in the crate's value convention, into the parts of a request.
    fn serialize(
        &self,
        service: &ServiceModel,
        operation: &Operation,
        params: &Map<String, Value>,
    ) -> Result<Serialized> {
        let document = self.write_document(service, operation, params)?;
        self.request(service, operation, params, document)
    }

    /// Parses a successful response.
    fn parse(&self, operation: &Operation, response: &Received<'_>) -> Result<Parsed>;

    /// Reads a successful response into the type that `build` makes, without a `Value` in between, and returns the request id
    /// if the body contains it. After any error the response is read by [`parse`](Self::parse) instead, so this may give up
    /// on whatever is unusual.
    fn parse_into(
        &self,
        _operation: &Operation,
        _response: &Received<'_>,
        _build: &mut Build<'_>,
    ) -> LocatedResult<Option<String>> {
        Err(typed::unlikely())
    }

    /// Parses code, message and ids of an error response. The body may be empty, HTML, truncated or of another
    /// protocol, so the status is the code if there is no other.
    fn parse_error(&self, response: &Received<'_>) -> ErrorFields;

    /// Parses the members of a modeled error from the same response by its shape.
    fn parse_error_members(&self, shapes: &Shapes, response: &Received<'_>) -> Result<Map<String, Value>>;

    /// Whether errors are named in the header `x-amzn-errortype`.
    fn names_errors_in_header(&self) -> bool {
        false
    }

    /// Whether an event stream begins with an `initial-response` frame that has the other members of the output. The
    /// REST protocols send these members in headers instead.
    fn has_initial_response(&self) -> bool {
        false
    }

    /// The reader of a non-empty document in an event, which may give up as that of [`parse_into`](Self::parse_into).
    fn event_source<'d>(
        &self,
        _shapes: &'d Shapes,
        _target: &'d Ref,
        _document: &'d [u8],
    ) -> LocatedResult<Box<dyn Source<'d> + 'd>> {
        Err(typed::unlikely())
    }

    /// Parses a non-empty document in an event. The older protocols have no event streams.
    fn parse_event(&self, _shapes: &Shapes, _target: &Ref, _document: &[u8]) -> Result<Option<Value>> {
        Err(Error::new(ErrorKind::Model, "the protocol has no event streams"))
    }
}

/// Room for the headers of most requests, those that signing and sending add included: a map that grows costs more than
/// its headers.
const USUAL_HEADERS: usize = 12;

/// The serialized parts of a request, before endpoint, host, signature and user agent are added.
#[derive(Debug, Default)]
pub(crate) struct Serialized {
    pub(crate) method: Method,
    /// The percent-encoded path and, after `?`, the percent-encoded query.
    pub(crate) path_and_query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// A response, with its body if the protocol needs it.
#[derive(Debug)]
pub(crate) struct Received<'r> {
    pub(crate) status: u16,
    pub(crate) headers: &'r HeaderMap,
    /// `None` if the body is a streaming payload.
    pub(crate) body: Option<&'r [u8]>,
    /// The memory limit in bytes for the values that are built from the response.
    pub(crate) max_memory: usize,
    pub(crate) rule: Option<&'r ReadingRule<'r>>,
}

/// How a customization has an output read.
pub(crate) struct ReadingRule<'c> {
    /// The strings that may be encoded are.
    pub(crate) is_encoded: bool,
    /// Members of the output that are changed before a type gets them.
    pub(crate) changed: &'static [&'static str],
    /// Changes one; `false` if that depends on more than the member.
    pub(crate) change: &'c dyn Fn(&str, &mut Value) -> bool,
}

impl std::fmt::Debug for ReadingRule<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReadingRule").field("is_encoded", &self.is_encoded).finish_non_exhaustive()
    }
}

/// [`Received::max_memory`] for a limit of the body size. The values of an ordinary document take two to ten times its
/// bytes, but ordinary documents are much smaller than the limit.
pub(crate) const fn max_memory(max_body: usize) -> usize {
    max_body.saturating_mul(4)
}

/// [`Received::max_memory`] for the default limit of the body size, and for events.
pub(crate) const MAX_MEMORY: usize = max_memory(128 << 20);

/// The content of a successful response.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    pub(crate) value: Map<String, Value>,
    /// The request id, if the body contains it. Ids in headers are read in the same way for all protocols.
    pub(crate) request_id: Option<String>,
}

/// The generic fields of an error response.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct ErrorFields {
    pub(crate) code: String,
    pub(crate) message: String,
    /// The message comes from a member that is not meant for messages, although the code was found in its own place.
    pub(crate) has_borrowed_message: bool,
    /// The member for the message is present and empty, although there is a code.
    pub(crate) has_empty_message: bool,
    /// `Sender` or `Receiver`.
    pub(crate) fault: Option<String>,
    /// The name of the shape, if a query-compatible service returned another code.
    pub(crate) query_code: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) host_id: Option<String>,
    /// Other fields by name, if the protocol supports them.
    pub(crate) details: Vec<(String, String)>,
}

/// Parses an error response: the generic fields, then the members of the modeled error with that code.
pub(crate) fn parse_error(protocol: &dyn Protocol, service: &ServiceModel, response: &Received<'_>) -> Result<Error> {
    let mut fields = generic_error(protocol, response).unwrap_or_else(|| protocol.parse_error(response));
    // Query-compatible servers send both codes; the first one that has a model counts.
    let codes = [Some(fields.code.as_str()), fields.query_code.as_deref()];
    let mut body = Map::new();
    for code in codes.into_iter().flatten() {
        if let Some(shapes) = service.error_shape(code)? {
            // A modeled body that cannot be parsed must not hide the error itself.
            body = protocol.parse_error_members(shapes, response).unwrap_or_default();
            if fields.has_borrowed_message {
                // The text is a member of the modeled error, so the error's body contains it.
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

/// The error in a body that has a success status and that the protocol could not parse.
pub(crate) fn error_in_success(
    protocol: &dyn Protocol,
    service: &ServiceModel,
    response: &Received<'_>,
) -> Option<Error> {
    let is_error = response.body.is_some_and(xml::is_error);
    is_error.then(|| parse_error(protocol, service, response)).and_then(Result::ok)
}

/// Masks session tokens in a message. A service that rejects a signature may return the string to sign, which contains
/// the session token, and messages are printed and logged.
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

/// The header with the name of an error's shape in the JSON protocols.
const X_AMZN_ERRORTYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// The request id and host id from the headers of a response.
pub(crate) fn request_ids(headers: &HeaderMap) -> (Option<String>, Option<String>) {
    let get = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    (get("x-amzn-requestid").or_else(|| get("x-amz-request-id")), get("x-amz-id-2"))
}

/// The error of a server failure without a readable body (empty, or an HTML page of a proxy). The status is the code,
/// unless a header names the error. It follows botocore's `parsers.py: ResponseParser._is_generic_error_response`,
/// which ignores the header and the text of the page.
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

/// An error with only a status: code `"404"`, message `Not Found`.
fn status_error(response: &Received<'_>) -> ErrorFields {
    let reason = http::StatusCode::from_u16(response.status).ok().and_then(|status| status.canonical_reason());
    ErrorFields {
        code: response.status.to_string(),
        message: reason.unwrap_or_default().to_owned(),
        ..ErrorFields::default()
    }
}

/// The error for a parameter that cannot be serialized.
fn bad_parameter(name: &str, expected: &str, found: &Value) -> Error {
    Error::new(ErrorKind::Validation, format!("{name}: expected {expected}, found {}", crate::value::type_name(found)))
}

//! `rest-json`: HTTP bindings, JSON documents. <https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html>

use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use crate::error::Result;
use crate::model::operation::Operation;
use crate::model::service::ServiceModel;
use crate::model::shape::{Kind, Location, Ref, Shapes};
use crate::protocol::json::{self, CodeIn};
use crate::protocol::json_body::{self, JsonSource, JsonWriter};
use crate::protocol::located_error::LocatedResult;
use crate::protocol::rest::{self, RestDocument};
use crate::protocol::typed::{self, Build, RestSource, Source, ValueSource, build_from};
use crate::protocol::{
    Document, DocumentRoot, ErrorFields, MAX_MEMORY, Parsed, Protocol, Received, Serialized, document, error_body,
    error_code,
};

pub(crate) struct RestJson;

impl Protocol for RestJson {
    fn has_bindings(&self) -> bool {
        true
    }

    fn document<'o>(&self, _service: &ServiceModel, operation: &'o Operation) -> Option<Box<dyn Document + 'o>> {
        Some(Box::new(writer(operation)?))
    }

    fn write_document(
        &self,
        _service: &ServiceModel,
        operation: &Operation,
        params: &Map<String, Value>,
    ) -> Result<Option<Vec<u8>>> {
        document::write(writer(operation), operation, true, params)
    }

    fn request(
        &self,
        service: &ServiceModel,
        operation: &Operation,
        params: &Map<String, Value>,
        document: Option<Vec<u8>>,
    ) -> Result<Serialized> {
        let mut request = rest::head(service, operation, params)?;
        let needs_object = match (&operation.input, DocumentRoot::of(operation, true)) {
            (_, DocumentRoot::Nothing) | (None, _) => return Ok(request),
            // An empty object is a valid structure, but not a valid union.
            (Some(shapes), DocumentRoot::Payload(payload)) => {
                !matches!(shapes.kind(&payload.target), Kind::Structure(structure) if structure.union)
            }
            // An operation with body members sends a document even if it is empty.
            (_, DocumentRoot::Unbound(structure)) => {
                structure.members.iter().any(|member| member.target.location == Location::Body)
            }
            (_, DocumentRoot::All) => true,
        };
        request.body = document.unwrap_or_else(|| if needs_object { b"{}".to_vec() } else { Vec::new() });
        if !request.body.is_empty() && !request.headers.contains_key(CONTENT_TYPE) {
            request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        Ok(request)
    }

    fn parse(&self, operation: &Operation, response: &Received<'_>) -> Result<Parsed> {
        operation.output.as_ref().map_or_else(|| Ok(Parsed::default()), |shapes| parse(shapes, response))
    }

    fn parse_into(
        &self,
        operation: &Operation,
        response: &Received<'_>,
        build: &mut Build<'_>,
    ) -> LocatedResult<Option<String>> {
        let Some(shapes) = &operation.output else { return Err(typed::unlikely()) };
        let (head, document) = rest::parse_head(shapes, response);
        let (payload, mut source) = match document {
            RestDocument::Nothing => {
                return build_from(&mut ValueSource::of(head), shapes, response, build).map(|()| None);
            }
            RestDocument::Members(body) => (None, JsonSource::object(body)?),
            // Whatever the payload is, only an object is read here.
            RestDocument::Payload(member, body) => (Some(member), JsonSource::object(body)?),
        };
        if head.is_empty() && payload.is_none() {
            build_from(&mut source, shapes, response, build)?;
            return source.end().map(|()| None);
        }
        let mut source = RestSource::new(head, payload, source);
        build_from(&mut source, shapes, response, build)?;
        source.into_body().end().map(|()| None)
    }

    fn names_errors_in_header(&self) -> bool {
        true
    }

    fn parse_error(&self, response: &Received<'_>) -> ErrorFields {
        let mut fields = json::error_fields(response, &[CodeIn::Header, CodeIn::Body("code"), CodeIn::Body("Code")]);
        let is_query_compatible = fields.code.is_empty();
        if is_query_compatible {
            fields = json::error_fields(response, &[CodeIn::Body("__type")]);
        }
        error_body::complete(&mut fields, response, error_body::Header::First);
        if is_query_compatible {
            error_code::apply_query_error(response.headers, &mut fields);
        }
        fields
    }

    fn parse_error_members(&self, shapes: &Shapes, response: &Received<'_>) -> Result<Map<String, Value>> {
        parse(shapes, response).map(|parsed| parsed.value)
    }

    fn event_source<'d>(
        &self,
        _shapes: &'d Shapes,
        _target: &'d Ref,
        document: &'d [u8],
    ) -> LocatedResult<Box<dyn Source<'d> + 'd>> {
        Ok(Box::new(JsonSource::object(document)?))
    }

    fn parse_event(&self, shapes: &Shapes, target: &Ref, document: &[u8]) -> Result<Option<Value>> {
        json_body::read(shapes, target, document, MAX_MEMORY)
    }
}

fn writer(operation: &Operation) -> Option<JsonWriter<'_>> {
    let shapes = operation.input.as_ref()?;
    Some(JsonWriter::new(shapes, DocumentRoot::target(operation, shapes)))
}

fn parse(shapes: &Shapes, response: &Received<'_>) -> Result<Parsed> {
    rest::parse(shapes, response, |shapes, target, body| {
        if body.trim_ascii().is_empty() {
            return Ok(None);
        }
        json_body::read(shapes, target, body, response.max_memory)
    })
}

//! `smithy-rpc-v2-cbor`: every operation is a POST of a CBOR map to a path that names it.
//! <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html>
//!
//! HTTP binding traits are ignored. As in botocore, requests name members by `locationName` if there is one, and
//! responses always by member name.

mod error;
mod read;
mod typed;
mod write;

use http::header::{ACCEPT, CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::{Map, Value};

pub(super) use self::error::error_fields;
use self::read::parse_body;
use self::typed::CborSource;
pub(super) use self::write::CborWriter;
use crate::codec::percent;
use crate::error::Result;
use crate::model::operation::Operation;
use crate::model::service::ServiceModel;
use crate::model::shape::{Naming, Ref, Shapes};
use crate::protocol::error::ProtocolError;
use crate::protocol::error_code::apply_query_error;
use crate::protocol::located_error::LocatedResult;
use crate::protocol::typed::{Build, Source, build_from, unlikely};
use crate::protocol::{Document, ErrorFields, Parsed, Protocol, Received, Serialized, document, error_body};

pub(crate) struct RpcV2Cbor;

impl Protocol for RpcV2Cbor {
    fn output_naming(&self) -> Naming {
        Naming::MemberName
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
        document::write(writer(operation), operation, false, params)
    }

    fn request(
        &self,
        service: &ServiceModel,
        operation: &Operation,
        _params: &Map<String, Value>,
        document: Option<Vec<u8>>,
    ) -> Result<Serialized> {
        let body = document.unwrap_or_default();
        let headers = request_headers(service, operation, !body.is_empty());
        Ok(Serialized { method: Method::POST, path_and_query: path(service, operation)?, headers, body })
    }

    fn parse(&self, operation: &Operation, response: &Received<'_>) -> Result<Parsed> {
        let value = match &operation.output {
            Some(shapes) => parse_body(shapes, response.body, response.max_memory)?,
            None => Map::new(),
        };
        Ok(Parsed { value, request_id: None })
    }

    fn parse_into(
        &self,
        operation: &Operation,
        response: &Received<'_>,
        build: &mut Build<'_>,
    ) -> LocatedResult<Option<String>> {
        let Some(shapes) = &operation.output else { return Err(unlikely()) };
        let mut source = CborSource::map(response.body.unwrap_or_default())?;
        build_from(&mut source, shapes, response, build)?;
        Ok(None)
    }

    fn parse_error(&self, response: &Received<'_>) -> ErrorFields {
        let mut fields = error_fields(response.body.unwrap_or_default());
        error_body::complete(&mut fields, response, error_body::Header::Last);
        apply_query_error(response.headers, &mut fields);
        fields
    }

    fn parse_error_members(&self, shapes: &Shapes, response: &Received<'_>) -> Result<Map<String, Value>> {
        parse_body(shapes, response.body, response.max_memory)
    }

    fn has_initial_response(&self) -> bool {
        true
    }

    fn event_source<'d>(
        &self,
        _shapes: &'d Shapes,
        _target: &'d Ref,
        document: &'d [u8],
    ) -> LocatedResult<Box<dyn Source<'d> + 'd>> {
        Ok(Box::new(CborSource::map(document)?))
    }

    fn parse_event(&self, shapes: &Shapes, target: &Ref, document: &[u8]) -> Result<Option<Value>> {
        read::parse_event(shapes, target, document)
    }
}

fn writer(operation: &Operation) -> Option<CborWriter<'_>> {
    operation.input.as_ref().map(CborWriter::new)
}

fn path(service: &ServiceModel, operation: &Operation) -> Result<String> {
    let prefix = service
        .metadata
        .target_prefix
        .as_deref()
        .ok_or_else(|| ProtocolError::NoServicePrefix { service: service.name.to_string() })?;
    let mut path = String::from("/service/");
    percent::push_encoded(&mut path, prefix);
    path.push_str("/operation/");
    percent::push_encoded(&mut path, &operation.name);
    Ok(path)
}

fn request_headers(service: &ServiceModel, operation: &Operation, has_body: bool) -> HeaderMap {
    let media_type = |is_stream| {
        HeaderValue::from_static(if is_stream { "application/vnd.amazon.eventstream" } else { "application/cbor" })
    };
    let mut headers = HeaderMap::new();
    headers.insert(HeaderName::from_static("smithy-protocol"), HeaderValue::from_static("rpc-v2-cbor"));
    headers.insert(ACCEPT, media_type(operation.has_event_stream_output()));
    if has_body {
        headers.insert(CONTENT_TYPE, media_type(operation.has_event_stream_input()));
    }
    if service.metadata.query_compatible {
        headers.insert(HeaderName::from_static("x-amzn-query-mode"), HeaderValue::from_static("true"));
    }
    headers
}

#[cfg(test)]
mod tests;

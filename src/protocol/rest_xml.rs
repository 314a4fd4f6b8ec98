//! `rest-xml`: HTTP bindings, XML documents. <https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html>

use serde_json::{Map, Value};

use crate::error::Result;
use crate::model::operation::Operation;
use crate::model::service::ServiceModel;
use crate::model::shape::{Ref, Shapes};
use crate::protocol::located_error::LocatedResult;
use crate::protocol::rest::{self, RestDocument};
use crate::protocol::typed::{Build, RestSource, Source, ValueSource, build_from, unlikely};
use crate::protocol::xml::{Expected, XmlDocument, XmlSource};
use crate::protocol::{
    Document, DocumentRoot, ErrorFields, MAX_MEMORY, Parsed, Protocol, Received, Serialized, document, xml,
};

pub(crate) struct RestXml;

impl Protocol for RestXml {
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
        // An empty document is not sent.
        if let Some(document) = document {
            request.body = document;
        }
        Ok(request)
    }

    fn parse(&self, operation: &Operation, response: &Received<'_>) -> Result<Parsed> {
        match &operation.output {
            Some(shapes) => parse(expected(operation, response), shapes, response),
            None => Ok(Parsed::default()),
        }
    }

    fn parse_into(
        &self,
        operation: &Operation,
        response: &Received<'_>,
        build: &mut Build<'_>,
    ) -> LocatedResult<Option<String>> {
        let Some(shapes) = &operation.output else { return Err(unlikely()) };
        let (head, document) = rest::parse_head(shapes, response);
        let (payload, target, body) = match document {
            RestDocument::Nothing => {
                return build_from(&mut ValueSource::of(head), shapes, response, build).map(|()| None);
            }
            RestDocument::Members(body) => (None, shapes.root(), body),
            RestDocument::Payload(member, body) => (Some(member), &member.target, body),
        };
        let mut source = XmlSource::document(expected(operation, response), shapes, target, body)?;
        if head.is_empty() && payload.is_none() {
            build_from(&mut source, shapes, response, build)?;
            return source.end().map(|()| None);
        }
        let mut source = RestSource::new(head, payload, source);
        build_from(&mut source, shapes, response, build)?;
        source.into_body().end().map(|()| None)
    }

    fn parse_error(&self, response: &Received<'_>) -> ErrorFields {
        xml::parse_xml_error(response)
    }

    fn parse_error_members(&self, shapes: &Shapes, response: &Received<'_>) -> Result<Map<String, Value>> {
        let headers = Received { body: None, ..*response };
        let mut members = parse(Expected::default(), shapes, &headers)?.value;
        members.extend(xml::parse_error_members(shapes, response)?);
        Ok(members)
    }

    fn event_source<'d>(
        &self,
        shapes: &'d Shapes,
        target: &'d Ref,
        document: &'d [u8],
    ) -> LocatedResult<Box<dyn Source<'d> + 'd>> {
        Ok(Box::new(XmlSource::document(Expected::default(), shapes, target, document)?))
    }

    fn parse_event(&self, shapes: &Shapes, target: &Ref, document: &[u8]) -> Result<Option<Value>> {
        let members = xml::parse_document(Expected::default(), shapes, target, document, MAX_MEMORY)?;
        Ok(Some(Value::Object(members)))
    }
}

fn writer(operation: &Operation) -> Option<XmlDocument<'_>> {
    let shapes = operation.input.as_ref()?;
    let target = DocumentRoot::target(operation, shapes);
    Some(XmlDocument::new(shapes, target, root_name(shapes, target)))
}

/// The name of the root element: the reference's `locationName`, else the shape's name.
pub(super) fn root_name<'s>(shapes: &'s Shapes, target: &'s Ref) -> &'s str {
    if target.named { &target.wire } else { &shapes.get(target.shape).name }
}

/// Whether a body that could not be parsed is not a response of this operation at all. Errors in single members do not
/// count.
pub(crate) fn is_unlike(operation: &Operation, body: &[u8]) -> bool {
    let output = operation.output.as_ref().and_then(|shapes| {
        let payload = shapes.root_structure()?.payload_member();
        Some((shapes, payload.map_or(shapes.root(), |payload| &payload.target)))
    });
    xml::is_unlike(Expected { operation: &operation.name, ..Expected::default() }, output, body)
}

fn expected<'o>(operation: &'o Operation, response: &Received<'_>) -> Expected<'o> {
    let is_encoded = response.rule.is_some_and(|rule| rule.is_encoded);
    Expected { operation: &operation.name, is_encoded, ..Expected::default() }
}

fn parse(expected: Expected<'_>, shapes: &Shapes, response: &Received<'_>) -> Result<Parsed> {
    rest::parse(shapes, response, |shapes, target, body| {
        if body.is_empty() {
            return Ok(None);
        }
        let members = xml::parse_document(expected, shapes, target, body, response.max_memory)?;
        Ok(Some(Value::Object(members)))
    })
}

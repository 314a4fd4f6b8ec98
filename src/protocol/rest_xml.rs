//! `rest-xml`: HTTP bindings, XML documents. <https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html>

use serde_json::{Map, Value};

use crate::error::Result;
use crate::model::operation::Operation;
use crate::model::service::ServiceModel;
use crate::model::shape::{Ref, Shapes};
use crate::protocol::rest::{self, Document};
use crate::protocol::{ErrorFields, MAX_MEMORY, Parsed, Protocol, Received, Serialized, xml};

pub(crate) struct RestXml;

impl Protocol for RestXml {
    fn serialize(&self, _: &ServiceModel, operation: &Operation, params: &Map<String, Value>) -> Result<Serialized> {
        let (mut request, document) = rest::serialize(operation, params)?;
        match document {
            Document::Payload { shapes, member, given: Some(value) } => {
                let root = root_name(shapes, &member.target);
                request.body = xml::serialize_document(shapes, &member.target, root, value)?;
            }
            Document::Members { shapes, given, .. } if !given.is_empty() => {
                let root = root_name(shapes, shapes.root());
                request.body = xml::serialize_members(shapes, shapes.root(), root, params)?;
            }
            // Without anything to say there is no document at all.
            Document::Finished | Document::Payload { given: None, .. } | Document::Members { .. } => {}
        }
        Ok(request)
    }

    fn parse(&self, operation: &Operation, response: &Received<'_>) -> Result<Parsed> {
        operation.output.as_ref().map_or_else(|| Ok(Parsed::default()), |shapes| parse(shapes, response))
    }

    fn parse_error(&self, response: &Received<'_>) -> ErrorFields {
        xml::parse_xml_error(response)
    }

    fn parse_error_members(&self, shapes: &Shapes, response: &Received<'_>) -> Result<Map<String, Value>> {
        let headers = Received { body: None, ..*response };
        let mut members = parse(shapes, &headers)?.value;
        members.extend(xml::parse_error_members(shapes, response)?);
        Ok(members)
    }

    fn parse_event(&self, shapes: &Shapes, target: &Ref, document: &[u8]) -> Result<Option<Value>> {
        xml::parse_document(shapes, target, document, MAX_MEMORY).map(|members| Some(Value::Object(members)))
    }
}

/// The root element is called by the reference's `locationName`, else by the shape.
fn root_name<'s>(shapes: &'s Shapes, target: &'s Ref) -> &'s str {
    if target.named { &target.wire } else { &shapes.get(target.shape).name }
}

fn parse(shapes: &Shapes, response: &Received<'_>) -> Result<Parsed> {
    rest::parse(shapes, response, |shapes, target, body| {
        if body.is_empty() {
            return Ok(None);
        }
        xml::parse_document(shapes, target, body, response.max_memory).map(|members| Some(Value::Object(members)))
    })
}

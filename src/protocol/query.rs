//! The `query` protocol: requests are forms, responses are XML.

use serde_json::{Map, Value};

use crate::error::Result;
use crate::model::operation::Operation;
use crate::model::service::ServiceModel;
use crate::model::shape::Shapes;
use crate::protocol::form::{self, FormStyle};
use crate::protocol::located_error::LocatedResult;
use crate::protocol::typed::Build;
use crate::protocol::xml::Expected;
use crate::protocol::{Document, ErrorFields, Parsed, Protocol, Received, Serialized, document, xml};

pub(crate) struct Query;

impl Protocol for Query {
    fn document<'o>(&self, service: &ServiceModel, operation: &'o Operation) -> Option<Box<dyn Document + 'o>> {
        Some(Box::new(form::writer(FormStyle::Query, service, operation)?))
    }

    fn write_document(
        &self,
        service: &ServiceModel,
        operation: &Operation,
        params: &Map<String, Value>,
    ) -> Result<Option<Vec<u8>>> {
        document::write(form::writer(FormStyle::Query, service, operation), operation, false, params)
    }

    fn request(
        &self,
        service: &ServiceModel,
        operation: &Operation,
        params: &Map<String, Value>,
        document: Option<Vec<u8>>,
    ) -> Result<Serialized> {
        form::request(service, operation, params, document)
    }

    fn parse(&self, operation: &Operation, response: &Received<'_>) -> Result<Parsed> {
        xml::parse_response(expected(operation), operation.output.as_ref(), response)
    }

    fn parse_into(
        &self,
        operation: &Operation,
        response: &Received<'_>,
        build: &mut Build<'_>,
    ) -> LocatedResult<Option<String>> {
        xml::read_response(expected(operation), operation.output.as_ref(), response, build)
    }

    fn parse_error(&self, response: &Received<'_>) -> ErrorFields {
        xml::parse_xml_error(response)
    }

    fn parse_error_members(&self, shapes: &Shapes, response: &Received<'_>) -> Result<Map<String, Value>> {
        xml::parse_error_members(shapes, response)
    }
}

fn expected(operation: &Operation) -> Expected<'_> {
    Expected {
        operation: &operation.name,
        wrapper: operation.result_wrapper.as_deref(),
        has_ids: true,
        is_encoded: false,
    }
}

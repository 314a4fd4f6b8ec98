//! `json` and `rest-json`.

use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value};

use super::rest::{self, GivenMembers};
use super::{ResponseTo, ServedError, ServedResponse, ServerSide, write, write_members};
use crate::error::Result;
use crate::model::service::ServiceModel;
use crate::model::shape::{Ref, Shapes};
use crate::protocol::X_AMZN_ERRORTYPE;
use crate::protocol::json_body::JsonWriter;

pub(super) struct JsonServer;

pub(super) struct RestJsonServer;

impl ServerSide for JsonServer {
    fn content_type(&self, service: &ServiceModel) -> HeaderValue {
        match service.metadata.json_version.as_deref() {
            Some("1.1") => HeaderValue::from_static("application/x-amz-json-1.1"),
            _ => HeaderValue::from_static("application/x-amz-json-1.0"),
        }
    }

    fn document(&self, shapes: &Shapes, target: &Ref, value: &Value) -> Result<Vec<u8>> {
        write(JsonWriter::new(shapes, target), value)
    }

    fn output(&self, to: &ResponseTo<'_>, shapes: &Shapes, members: &Map<String, Value>) -> Result<ServedResponse> {
        let body = write_members(JsonWriter::new(shapes, shapes.root()), members)?;
        Ok(ServedResponse::with_body(StatusCode::OK, self.content_type(to.service), body))
    }

    fn without_output(&self, to: &ResponseTo<'_>) -> ServedResponse {
        ServedResponse::with_body(StatusCode::OK, self.content_type(to.service), b"{}".to_vec())
    }

    fn error(&self, to: &ResponseTo<'_>, error: &ServedError) -> Result<ServedResponse> {
        let mut members = Map::from_iter([("__type".to_owned(), error.shape_name().into())]);
        members.extend(error.members().clone());
        let body = write_members(JsonWriter::new(error.shapes(), error.shapes().root()), &members)?;
        let mut response = ServedResponse::with_body(error.status, self.content_type(to.service), body);
        error.add_query_error(&mut response, to.service);
        Ok(response)
    }
}

impl ServerSide for RestJsonServer {
    fn content_type(&self, _service: &ServiceModel) -> HeaderValue {
        HeaderValue::from_static("application/json")
    }

    fn has_bindings(&self) -> bool {
        true
    }

    fn document(&self, shapes: &Shapes, target: &Ref, value: &Value) -> Result<Vec<u8>> {
        write(JsonWriter::new(shapes, target), value)
    }

    fn output(&self, to: &ResponseTo<'_>, shapes: &Shapes, members: &Map<String, Value>) -> Result<ServedResponse> {
        let document = |given: GivenMembers<'_>| write_members(JsonWriter::new(shapes, shapes.root()), given);
        rest::output(self, to, shapes, members, document)
    }

    fn without_output(&self, to: &ResponseTo<'_>) -> ServedResponse {
        ServedResponse::with_body(StatusCode::OK, self.content_type(to.service), b"{}".to_vec())
    }

    fn error(&self, to: &ResponseTo<'_>, error: &ServedError) -> Result<ServedResponse> {
        let shapes = error.shapes();
        let (mut response, _) = rest::head(shapes, error.status, error.members())?;
        let is_in_body = |name: &str| rest::is_in_body(shapes, name);
        let given = error.members().iter().filter(|(name, _)| is_in_body(name));
        response.body = write_members(JsonWriter::new(shapes, shapes.root()), given)?;
        if let Ok(code) = HeaderValue::from_str(error.shape_name()) {
            response.headers.insert(X_AMZN_ERRORTYPE, code);
        }
        rest::add_content_type(&mut response, shapes, || self.content_type(to.service));
        error.add_query_error(&mut response, to.service);
        Ok(response)
    }
}

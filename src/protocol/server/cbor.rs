//! `smithy-rpc-v2-cbor`.

use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value};

use super::{ResponseTo, ServedError, ServedResponse, ServerSide, write, write_members};
use crate::error::Result;
use crate::model::service::ServiceModel;
use crate::model::shape::{Ref, Shapes};
use crate::protocol::rpc_v2_cbor::CborWriter;

pub(super) struct CborServer;

impl ServerSide for CborServer {
    fn content_type(&self, _service: &ServiceModel) -> HeaderValue {
        HeaderValue::from_static("application/cbor")
    }

    fn document(&self, shapes: &Shapes, target: &Ref, value: &Value) -> Result<Vec<u8>> {
        write(CborWriter::of(shapes, target), value)
    }

    fn output(&self, to: &ResponseTo<'_>, shapes: &Shapes, members: &Map<String, Value>) -> Result<ServedResponse> {
        let body = write_members(CborWriter::new(shapes), members)?;
        Ok(marked(ServedResponse::with_body(StatusCode::OK, self.content_type(to.service), body)))
    }

    fn without_output(&self, _to: &ResponseTo<'_>) -> ServedResponse {
        marked(ServedResponse::new(StatusCode::OK))
    }

    fn error(&self, to: &ResponseTo<'_>, error: &ServedError) -> Result<ServedResponse> {
        let mut members = Map::from_iter([("__type".to_owned(), error.shape_name().into())]);
        members.extend(error.members().clone());
        let body = write_members(CborWriter::new(error.shapes()), &members)?;
        let mut response = marked(ServedResponse::with_body(error.status, self.content_type(to.service), body));
        error.add_query_error(&mut response, to.service);
        Ok(response)
    }
}

fn marked(mut response: ServedResponse) -> ServedResponse {
    response.headers.insert(HeaderName::from_static("smithy-protocol"), HeaderValue::from_static("rpc-v2-cbor"));
    response
}

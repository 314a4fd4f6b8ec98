//! rpc_v2_cbor

use http::Method;
use serde_json::{Map, Value};

use crate::error::Result;
use crate::model::operation::Operation;
use crate::model::service::ServiceModel;
use crate::model::shape::Shapes;
use crate::protocol::{ErrorFields, Parsed, Protocol, Received, Serialized};

pub(crate) struct RpcV2Cbor;

impl Protocol for RpcV2Cbor {
    fn serialize(
        &self,
        _service: &ServiceModel,
        _operation: &Operation,
        _params: &Map<String, Value>,
    ) -> Result<Serialized> {
        Ok(Serialized { method: Method::POST, ..Serialized::default() })
    }

    fn parse(&self, _operation: &Operation, _response: &Received<'_>) -> Result<Parsed> {
        Ok(Parsed::default())
    }

    fn parse_error(&self, _response: &Received<'_>) -> ErrorFields {
        ErrorFields::default()
    }

    fn parse_error_members(&self, _shapes: &Shapes, _response: &Received<'_>) -> Result<Map<String, Value>> {
        Ok(Map::new())
    }
}

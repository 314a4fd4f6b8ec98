//! Responses of a service, as bytes: from outputs and service errors in the value convention, by the server's side of the
//! protocol.

use serde_json::{Map, Value};

use crate::body::Body;
use crate::error::{Error, ErrorKind, Result};
use crate::model::validate::validate_output;
use crate::plan::{OperationPlan, ServicePlan};
use crate::protocol::server::{self, ResponseTo, ServedError, ServedResponse};
use crate::value;

/// The response with an output. The value is what a call returns, with the members that it should have; an event stream is an
/// array of events, a streaming payload base64 text.
///
/// # Errors
/// [`ErrorKind::Validation`] with the path of what does not fit the shape of the output.
pub(crate) fn output_response(
    service: &ServicePlan,
    plan: &OperationPlan,
    value: &Value,
    request_id: &str,
) -> Result<http::Response<Vec<u8>>> {
    let members = served_output(plan, value)?;
    let to = response_to(service, plan, request_id);
    let mut served = server::output(&to, &members)?;
    if let Some(document) = plan.quirks.served_document(&members) {
        served.body = document;
    }
    Ok(into_http(served))
}

/// Checks an output, and returns it as the service sends it.
fn served_output(plan: &OperationPlan, value: &Value) -> Result<Map<String, Value>> {
    let mut members = match value {
        Value::Object(members) => members.clone(),
        Value::Null => Map::new(),
        other => return Err(invalid(&format!("output: expected object, found {}", value::type_name(other)))),
    };
    plan.quirks.served(&mut members, &plan.operation);
    let Some(shapes) = &plan.operation.output else {
        return match members.keys().next() {
            Some(name) => Err(invalid(&format!("output.{name}: the operation has no output"))),
            None => Ok(members),
        };
    };
    let members = Value::Object(members);
    validate_output(shapes, &members, "output")?;
    let Value::Object(members) = members else { return Ok(Map::new()) };
    Ok(members)
}

/// The response with a service error: its code or the name of its shape, and its members.
///
/// # Errors
/// [`ErrorKind::Validation`] with the path of what does not fit the shape of the error.
pub(crate) fn error_response(
    service: &ServicePlan,
    plan: &OperationPlan,
    code: &str,
    members: &Value,
    request_id: &str,
) -> Result<http::Response<Vec<u8>>> {
    let error = served_error(service, code, members)?;
    Ok(into_http(server::error(&response_to(service, plan, request_id), &error)?))
}

/// Checks a service error.
fn served_error(service: &ServicePlan, code: &str, members: &Value) -> Result<ServedError> {
    let members = match members {
        Value::Object(members) => members.clone(),
        Value::Null => Map::new(),
        other => return Err(invalid(&format!("error: expected object, found {}", value::type_name(other)))),
    };
    ServedError::new(&service.model, code, members)
}

fn response_to<'r>(service: &'r ServicePlan, plan: &'r OperationPlan, request_id: &'r str) -> ResponseTo<'r> {
    ResponseTo { service: &service.model, protocol: service.protocol_name, operation: &plan.operation, request_id }
}

fn into_http(served: ServedResponse) -> http::Response<Vec<u8>> {
    let mut response = http::Response::new(served.body);
    *response.status_mut() = served.status;
    *response.headers_mut() = served.headers;
    response
}

/// With the body as the transport returns it.
pub(crate) fn received(response: http::Response<Vec<u8>>) -> http::Response<Body> {
    response.map(Body::from)
}

fn invalid(message: &str) -> Error {
    Error::new(ErrorKind::Validation, message)
}

//! `json`: AWS JSON 1.0 and 1.1. <https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html>

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind, Result};
use crate::model::operation::Operation;
use crate::model::service::ServiceModel;
use crate::model::shape::Shapes;
use crate::protocol::json_body::{self, Scalars};
use crate::protocol::{
    ErrorFields, Parsed, Protocol, Received, Serialized, X_AMZN_ERRORTYPE, error_code, status_error, xml,
};

pub(crate) struct Json;

const X_AMZ_TARGET: HeaderName = HeaderName::from_static("x-amz-target");
pub(super) const X_AMZN_QUERY_MODE: HeaderName = HeaderName::from_static("x-amzn-query-mode");

impl Protocol for Json {
    fn serialize(
        &self,
        service: &ServiceModel,
        operation: &Operation,
        params: &Map<String, Value>,
    ) -> Result<Serialized> {
        let mut body = String::with_capacity(128);
        match &operation.input {
            Some(shapes) => {
                if let Some(structure) = shapes.root_structure() {
                    json_body::write_members(&mut body, shapes, structure, params);
                }
            }
            None => body.push_str("{}"),
        }
        Ok(Serialized {
            method: Method::POST,
            path_and_query: "/".to_owned(),
            headers: headers(service, operation)?,
            body: body.into_bytes(),
        })
    }

    fn parse(&self, operation: &Operation, response: &Received<'_>) -> Result<Parsed> {
        let value = match (&operation.output, response.body) {
            (Some(shapes), Some(body)) if !body.is_empty() => {
                json_body::read_object(shapes, shapes.root(), body, Scalars::AsSent)?
            }
            _ => Map::new(),
        };
        Ok(Parsed { value, request_id: None })
    }

    fn parse_error(&self, response: &Received<'_>) -> ErrorFields {
        error_fields(response)
    }

    fn parse_error_members(&self, shapes: &Shapes, response: &Received<'_>) -> Result<Map<String, Value>> {
        match response.body {
            Some(body) if !body.is_empty() => json_body::read_object(shapes, shapes.root(), body, Scalars::AsSent),
            _ => Ok(Map::new()),
        }
    }
}

fn headers(service: &ServiceModel, operation: &Operation) -> Result<HeaderMap> {
    let metadata = &service.metadata;
    let header = |text: String| {
        HeaderValue::try_from(text)
            .map_err(|_| Error::new(ErrorKind::Model, "metadata: targetPrefix or jsonVersion cannot stand in a header"))
    };
    let prefix = metadata.target_prefix.as_deref();
    let prefix = prefix.ok_or_else(|| Error::new(ErrorKind::Model, "metadata: protocol json needs a targetPrefix"))?;
    let version = metadata.json_version.as_deref().unwrap_or("1.0");
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(X_AMZ_TARGET, header(format!("{prefix}.{}", operation.name))?);
    headers.insert(CONTENT_TYPE, header(format!("application/x-amz-json-{version}"))?);
    if metadata.query_compatible {
        headers.insert(X_AMZN_QUERY_MODE, HeaderValue::from_static("true"));
    }
    Ok(headers)
}

/// Code and message of an error in JSON: `__type` of the body, else the header `x-amzn-errortype`, else `code` of the body.
/// Proxies and some services answer in XML or not at all; the status then stands for the code.
pub(super) fn error_fields(response: &Received<'_>) -> ErrorFields {
    let body = response.body.unwrap_or_default().trim_ascii();
    if body.starts_with(b"<") {
        return xml::parse_xml_error(response);
    }
    let parsed = serde_json::from_slice(body);
    let members = match &parsed {
        Ok(Value::Object(members)) => Some(members),
        _ => None,
    };
    let text = |name: &str| members.and_then(|members| members.get(name)).and_then(Value::as_str);
    let header = response.headers.get(X_AMZN_ERRORTYPE).and_then(|value| value.to_str().ok());
    let code = text("__type").or(header).or_else(|| text("code")).or_else(|| text("Code"));
    let mut fields = match code.map(error_code::trim_code).filter(|code| !code.is_empty()) {
        Some(code) => ErrorFields { code: code.to_owned(), ..ErrorFields::default() },
        None => status_error(response),
    };
    if let Some(message) = text("message").or_else(|| text("Message")) {
        message.clone_into(&mut fields.message);
    }
    error_code::apply_query_error(response.headers, &mut fields);
    fields
}

//! `json`: AWS JSON 1.0 and 1.1. <https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html>

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Map, Value};

use crate::error::Result;
use crate::model::operation::Operation;
use crate::model::service::ServiceModel;
use crate::model::shape::{Ref, Shapes};
use crate::protocol::error::ProtocolError;
use crate::protocol::json_body::{self, JsonSource, JsonWriter};
use crate::protocol::located_error::LocatedResult;
use crate::protocol::typed::{self, Build, Source};
use crate::protocol::{
    Document, ErrorFields, MAX_MEMORY, Parsed, Protocol, Received, Serialized, X_AMZN_ERRORTYPE, document, error_body,
    error_code,
};

pub(crate) struct Json;

const X_AMZ_TARGET: HeaderName = HeaderName::from_static("x-amz-target");
pub(super) const X_AMZN_QUERY_MODE: HeaderName = HeaderName::from_static("x-amzn-query-mode");

impl Protocol for Json {
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
        Ok(Serialized {
            method: Method::POST,
            path_and_query: "/".to_owned(),
            headers: headers(service, operation)?,
            body: document.unwrap_or_else(|| b"{}".to_vec()),
        })
    }

    fn parse(&self, operation: &Operation, response: &Received<'_>) -> Result<Parsed> {
        let value = match &operation.output {
            Some(shapes) => read_members(shapes, response)?,
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
        let Some(shapes) = &operation.output else { return Err(typed::unlikely()) };
        let mut source = JsonSource::object(response.body.unwrap_or_default())?;
        typed::build_from(&mut source, shapes, response, build)?;
        source.end().map(|()| None)
    }

    fn names_errors_in_header(&self) -> bool {
        true
    }

    fn parse_error(&self, response: &Received<'_>) -> ErrorFields {
        let mut fields = error_fields(response, &[CodeIn::Body("__type")]);
        error_body::complete(&mut fields, response, error_body::Header::First);
        error_code::apply_query_error(response.headers, &mut fields);
        fields
    }

    fn parse_error_members(&self, shapes: &Shapes, response: &Received<'_>) -> Result<Map<String, Value>> {
        read_members(shapes, response)
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
        Ok(Box::new(JsonSource::object(document)?))
    }

    fn parse_event(&self, shapes: &Shapes, target: &Ref, document: &[u8]) -> Result<Option<Value>> {
        json_body::read(shapes, target, document, MAX_MEMORY)
    }
}

fn writer(operation: &Operation) -> Option<JsonWriter<'_>> {
    let shapes = operation.input.as_ref()?;
    Some(JsonWriter::new(shapes, shapes.root()))
}

fn read_members(shapes: &Shapes, response: &Received<'_>) -> Result<Map<String, Value>> {
    json_body::read_object(shapes, shapes.root(), response.body.unwrap_or_default(), response.max_memory)
}

fn headers(service: &ServiceModel, operation: &Operation) -> Result<HeaderMap> {
    let metadata = &service.metadata;
    let header = |text: String| HeaderValue::try_from(text).map_err(|_| ProtocolError::TargetNotAHeader);
    let prefix = metadata.target_prefix.as_deref();
    let prefix = prefix.ok_or(ProtocolError::NoTargetPrefix)?;
    let version = metadata.json_version.as_deref().unwrap_or("1.0");
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(X_AMZ_TARGET, header([prefix, ".", &*operation.name].concat())?);
    headers.insert(CONTENT_TYPE, header(["application/x-amz-json-", version].concat())?);
    if metadata.query_compatible {
        headers.insert(X_AMZN_QUERY_MODE, HeaderValue::from_static("true"));
    }
    Ok(headers)
}

/// A place of the error code in a response.
#[derive(Debug, Clone, Copy)]
pub(super) enum CodeIn {
    Header,
    Body(&'static str),
}

/// Code and message of a JSON error. `places` is in order of precedence.
///
/// Both are empty if the body has none: proxies and some services return XML, plain text or an empty body.
pub(super) fn error_fields(response: &Received<'_>, places: &[CodeIn]) -> ErrorFields {
    let body = response.body.unwrap_or_default();
    let header = response.headers.get(X_AMZN_ERRORTYPE).and_then(|value| value.to_str().ok());
    let members = match error_body::json::read(body) {
        Some(Value::Object(members)) => members,
        _ => Map::new(),
    };
    let code = places.iter().find_map(|place| {
        let code = match place {
            CodeIn::Header => header.map(str::to_owned),
            CodeIn::Body(name) => error_body::json::code_of(&members, name),
        };
        code.map(|code| error_code::trim_code(&code).to_owned()).filter(|code| !code.is_empty())
    });
    let message = members.get("message").and_then(error_body::json::message_of);
    let message = message.or_else(|| members.get("Message").and_then(error_body::json::message_of));
    let has_empty_message = code.is_some() && message.is_none() && members.get("message").is_some_and(Value::is_string);
    ErrorFields {
        code: code.unwrap_or_default(),
        message: message.unwrap_or_default(),
        has_empty_message,
        ..ErrorFields::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::rest_json::RestJson;

    #[test]
    fn error_code_comes_from_the_first_place_that_has_one() {
        let both = br#"{"__type": "ns#Typed:http://x/", "code": "Coded", "message": "text"}"#;
        let fallback = br#"{"__type": "Typed", "code": "", "Message": "text"}"#;
        // Protocol, header, body, expected code, expected message.
        type Case = (&'static dyn Protocol, Option<&'static str>, &'static [u8], &'static str, &'static str);
        let cases: [Case; 10] = [
            (&Json, None, both, "Typed", "text"),
            (&RestJson, None, both, "Coded", "text"),
            (&Json, Some("Named:http://x/"), both, "Typed", "text"),
            (&RestJson, Some("Named:http://x/"), both, "Named", "text"),
            (&RestJson, None, fallback, "Typed", "text"),
            (&Json, None, b"upstream is gone", "404", "upstream is gone"),
            (&RestJson, Some("Named"), b"<Error><Code>Odd</Code><Message>m</Message></Error>", "Named", "m"),
            (&Json, None, b"<Error><Code>Odd</Code><Message>m</Message></Error>", "Odd", "m"),
            (&Json, None, br#"{"code": "Coded", "message": 5}"#, "Coded", "5"),
            (&Json, None, b"[]", "404", "Not Found"),
        ];
        for (protocol, named, body, code, message) in cases {
            let header = named.map(|named| (X_AMZN_ERRORTYPE, HeaderValue::from_static(named)));
            let headers = HeaderMap::from_iter(header);
            let received =
                Received { status: 404, headers: &headers, body: Some(body), max_memory: MAX_MEMORY, rule: None };
            let fields = protocol.parse_error(&received);
            assert_eq!((fields.code.as_str(), fields.message.as_str()), (code, message), "{named:?} {body:?}");
        }
    }
}

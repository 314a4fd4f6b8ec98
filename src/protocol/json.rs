//! `json`: AWS JSON 1.0 and 1.1. <https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html>

use std::borrow::Cow;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind, Result};
use crate::model::operation::Operation;
use crate::model::service::ServiceModel;
use crate::model::shape::{Ref, Shapes};
use crate::protocol::{
    ErrorFields, MAX_MEMORY, Parsed, Protocol, Received, Serialized, X_AMZN_ERRORTYPE, error_code, status_error, xml,
};
use crate::protocol::{json_body, lenient};

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
        let value = match &operation.output {
            Some(shapes) => read_members(shapes, response)?,
            None => Map::new(),
        };
        Ok(Parsed { value, request_id: None })
    }

    fn parse_error(&self, response: &Received<'_>) -> ErrorFields {
        let places = [CodeIn::Body("__type"), CodeIn::Header, CodeIn::Body("code"), CodeIn::Body("Code")];
        let mut fields = error_fields(response, &places);
        error_code::apply_query_error(response.headers, &mut fields);
        fields
    }

    fn parse_error_members(&self, shapes: &Shapes, response: &Received<'_>) -> Result<Map<String, Value>> {
        read_members(shapes, response)
    }

    fn has_initial_response(&self) -> bool {
        true
    }

    fn parse_event(&self, shapes: &Shapes, target: &Ref, document: &[u8]) -> Result<Option<Value>> {
        json_body::read(shapes, target, document, MAX_MEMORY)
    }
}

fn read_members(shapes: &Shapes, response: &Received<'_>) -> Result<Map<String, Value>> {
    json_body::read_object(shapes, shapes.root(), response.body.unwrap_or_default(), response.max_memory)
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

/// Where the code of an error may stand, the place that counts most first.
#[derive(Debug, Clone, Copy)]
pub(super) enum CodeIn {
    Header,
    Body(&'static str),
}

/// Code and message of an error in JSON, the code from the first of these places that has one. Proxies and some services answer
/// in XML, in plain text or not at all: the status then stands for the code, and the text for the message.
pub(super) fn error_fields(response: &Received<'_>, places: &[CodeIn]) -> ErrorFields {
    let body = response.body.unwrap_or_default().trim_ascii();
    let header = response.headers.get(X_AMZN_ERRORTYPE).and_then(|value| value.to_str().ok());
    if body.starts_with(b"<") {
        let mut fields = xml::parse_xml_error(response);
        if let (Some(CodeIn::Header), Some(code)) = (places.first(), header) {
            error_code::trim_code(code).clone_into(&mut fields.code);
        }
        return fields;
    }
    let parsed = crate::codec::json::received(body);
    let members = match &parsed {
        Ok(Value::Object(members)) => Some(members),
        _ => None,
    };
    let text = |name: &str| members.and_then(|members| members.get(name)).and_then(lenient::text_of);
    let code = places.iter().find_map(|place| {
        let code = match place {
            CodeIn::Header => header.map(Cow::Borrowed),
            CodeIn::Body(name) => text(name),
        };
        code.map(|code| error_code::trim_code(&code).to_owned()).filter(|code| !code.is_empty())
    });
    let mut fields = match code {
        Some(code) => ErrorFields { code, ..ErrorFields::default() },
        None => status_error(response),
    };
    if let Some(message) = text("message").or_else(|| text("Message")) {
        fields.message = message.into_owned();
    } else if parsed.is_err() && !body.is_empty() {
        fields.message = String::from_utf8_lossy(body).into_owned();
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_messages_of_errors() {
        const JSON: &[CodeIn] = &[CodeIn::Body("__type"), CodeIn::Header, CodeIn::Body("code")];
        const REST: &[CodeIn] = &[CodeIn::Header, CodeIn::Body("code"), CodeIn::Body("__type")];
        let both: &'static [u8] = br#"{"__type": "ns#Typed:http://x/", "code": "Coded", "message": "told"}"#;
        // Places to look in, header, body; code and message.
        type Case = (&'static [CodeIn], Option<&'static str>, &'static [u8], &'static str, &'static str);
        let cases: [Case; 9] = [
            (JSON, None, both, "Typed", "told"),
            (REST, None, both, "Coded", "told"),
            (JSON, Some("Named:http://x/"), both, "Typed", "told"),
            (REST, Some("Named:http://x/"), both, "Named", "told"),
            (REST, None, br#"{"__type": "Typed", "code": "", "Message": "told"}"#, "Typed", "told"),
            (JSON, None, b"upstream is gone", "404", "upstream is gone"),
            (REST, Some("Named"), b"<Error><Code>Odd</Code><Message>m</Message></Error>", "Named", "m"),
            (JSON, Some("Named"), b"<Error><Code>Odd</Code><Message>m</Message></Error>", "Odd", "m"),
            (JSON, None, b"[]", "404", "Not Found"),
        ];
        for (places, named, body, code, message) in cases {
            let header = named.map(|named| (X_AMZN_ERRORTYPE, HeaderValue::from_static(named)));
            let headers = HeaderMap::from_iter(header);
            let fields = error_fields(
                &Received { status: 404, headers: &headers, body: Some(body), max_memory: MAX_MEMORY },
                places,
            );
            assert_eq!((fields.code.as_str(), fields.message.as_str()), (code, message), "{named:?} {body:?}");
        }
    }
}

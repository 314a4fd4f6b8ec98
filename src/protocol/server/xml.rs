//! `rest-xml`, `query` and `ec2`.

use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value};

use super::rest::{self, GivenMembers};
use super::{ResponseTo, ServedError, ServedResponse, ServerSide, write, write_members};
use crate::codec::json_text::compact_text;
use crate::codec::xml::XmlWriter;
use crate::error::{Error, ErrorKind, Result};
use crate::model::service::ServiceModel;
use crate::model::shape::{Ref, Shapes};
use crate::protocol::rest_xml::root_name;
use crate::protocol::xml::{XmlDocument, is_in_xml};

pub(super) struct RestXmlServer;

pub(super) struct QueryServer;

pub(super) struct Ec2Server;

/// Of all documents. Services send a declaration with a version only, or none.
const DECLARATION: &[u8] = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

const CONTENT_TYPE_XML: HeaderValue = HeaderValue::from_static("text/xml");

impl ServerSide for RestXmlServer {
    fn content_type(&self, _service: &ServiceModel) -> HeaderValue {
        HeaderValue::from_static("application/xml")
    }

    fn has_bindings(&self) -> bool {
        true
    }

    fn document(&self, shapes: &Shapes, target: &Ref, value: &Value) -> Result<Vec<u8>> {
        write(XmlDocument::received(shapes, target, root_name(shapes, target)), value)
            .map(|document| declared(&document))
    }

    fn output(&self, to: &ResponseTo<'_>, shapes: &Shapes, members: &Map<String, Value>) -> Result<ServedResponse> {
        let document = |given: GivenMembers<'_>| {
            let root = root_name(shapes, shapes.root());
            write_members(XmlDocument::received(shapes, shapes.root(), root), given).map(|document| declared(&document))
        };
        rest::output(self, to, shapes, members, document)
    }

    fn error(&self, to: &ResponseTo<'_>, error: &ServedError) -> Result<ServedResponse> {
        let (mut response, _) = rest::head(error.shapes(), error.status, error.members())?;
        // The services that sign paths as they are have errors without a wrapper.
        let is_bare = to.service.metadata.signs_raw_paths();
        let mut document = String::new();
        if is_bare {
            document.push_str("<Error>");
            document.push_str(&error_members(error, None)?);
            push_text(&mut document, "RequestId", to.request_id);
            push_text(&mut document, "HostId", to.request_id);
            document.push_str("</Error>");
        } else {
            document.push_str("<ErrorResponse><Error>");
            document.push_str(&error_members(error, Some(error.fault()))?);
            document.push_str("</Error>");
            push_text(&mut document, "RequestId", to.request_id);
            document.push_str("</ErrorResponse>");
        }
        response.body = declared(document.as_bytes());
        rest::add_content_type(&mut response, error.shapes(), || self.content_type(to.service));
        Ok(response)
    }
}

impl ServerSide for QueryServer {
    fn content_type(&self, _service: &ServiceModel) -> HeaderValue {
        CONTENT_TYPE_XML
    }

    fn document(&self, shapes: &Shapes, target: &Ref, value: &Value) -> Result<Vec<u8>> {
        RestXmlServer.document(shapes, target, value)
    }

    fn output(&self, to: &ResponseTo<'_>, shapes: &Shapes, members: &Map<String, Value>) -> Result<ServedResponse> {
        let wrapper = to.operation.result_wrapper.as_deref();
        let name = wrapper.unwrap_or("Result");
        let result = text_of(write_members(XmlDocument::received(shapes, shapes.root(), name), members)?);
        // Without a wrapper the members are in the root.
        let content = if wrapper.is_some() { &result } else { content_of(&result) };
        Ok(whole(to, StatusCode::OK, content))
    }

    fn without_output(&self, to: &ResponseTo<'_>) -> ServedResponse {
        whole(to, StatusCode::OK, "")
    }

    fn error(&self, to: &ResponseTo<'_>, error: &ServedError) -> Result<ServedResponse> {
        let mut document = String::from("<ErrorResponse><Error>");
        document.push_str(&error_members(error, Some(error.fault()))?);
        document.push_str("</Error>");
        push_text(&mut document, "RequestId", to.request_id);
        document.push_str("</ErrorResponse>");
        Ok(ServedResponse::with_body(error.status, CONTENT_TYPE_XML, declared(document.as_bytes())))
    }
}

/// A response of `query` around its result.
fn whole(to: &ResponseTo<'_>, status: StatusCode, result: &str) -> ServedResponse {
    let root = format!("{}Response", to.operation.name);
    let mut document = format!("<{root}>{result}<ResponseMetadata>");
    push_text(&mut document, "RequestId", to.request_id);
    document.push_str(&format!("</ResponseMetadata></{root}>"));
    ServedResponse::with_body(status, CONTENT_TYPE_XML, declared(document.as_bytes()))
}

impl ServerSide for Ec2Server {
    fn content_type(&self, _service: &ServiceModel) -> HeaderValue {
        CONTENT_TYPE_XML
    }

    fn document(&self, shapes: &Shapes, target: &Ref, value: &Value) -> Result<Vec<u8>> {
        RestXmlServer.document(shapes, target, value)
    }

    fn output(&self, to: &ResponseTo<'_>, shapes: &Shapes, members: &Map<String, Value>) -> Result<ServedResponse> {
        let document = write_members(XmlDocument::received(shapes, shapes.root(), "Response"), members)?;
        Ok(self.whole(to, content_of(&text_of(document))))
    }

    fn without_output(&self, to: &ResponseTo<'_>) -> ServedResponse {
        self.whole(to, "<return>true</return>")
    }

    fn error(&self, to: &ResponseTo<'_>, error: &ServedError) -> Result<ServedResponse> {
        let mut document = String::from("<Response><Errors><Error>");
        document.push_str(&error_members(error, None)?);
        document.push_str("</Error></Errors>");
        push_text(&mut document, "RequestID", to.request_id);
        document.push_str("</Response>");
        Ok(ServedResponse::with_body(error.status, CONTENT_TYPE_XML, declared(document.as_bytes())))
    }
}

impl Ec2Server {
    fn whole(&self, to: &ResponseTo<'_>, members: &str) -> ServedResponse {
        let root = format!("{}Response", to.operation.name);
        let mut document = format!("<{root}>");
        push_text(&mut document, "requestId", to.request_id);
        document.push_str(&format!("{members}</{root}>"));
        ServedResponse::with_body(StatusCode::OK, self.content_type(to.service), declared(document.as_bytes()))
    }
}

/// What is in the element of an error: its type, code and message, and the members by its shape.
fn error_members(error: &ServedError, fault: Option<&str>) -> Result<String> {
    let shapes = error.shapes();
    let root = shapes.root_structure();
    let is_modeled = |name: &str| root.is_some_and(|structure| structure.by_name(name).is_some());
    let in_body = |name: &str| is_modeled(name) && rest::is_in_body(shapes, name);
    let given = error.members().iter().filter(|(name, _)| in_body(name));
    let members = text_of(write_members(XmlDocument::received(shapes, shapes.root(), "Error"), given)?);
    let mut out = String::new();
    // Of two elements with the same name, the first one counts.
    if let Some(fault) = fault {
        push_text(&mut out, "Type", fault);
    }
    push_text(&mut out, "Code", error.code());
    let members = content_of(&members);
    // Whatever the model calls it, the services send it with this name, and clients read no other.
    if !members.contains("<Message>") && !error.message().is_empty() {
        check_text("message", error.message())?;
        push_text(&mut out, "Message", error.message());
    }
    out.push_str(members);
    // Services add elements that no model has, such as the name of a missing bucket.
    for (name, value) in error.members().iter().filter(|(name, _)| !is_modeled(name)) {
        if !name.eq_ignore_ascii_case("message") {
            let text = value.as_str().map_or_else(|| compact_text(value), str::to_owned);
            let is_name = name.starts_with(|char: char| char.is_ascii_alphabetic())
                && name.chars().all(|char| char.is_ascii_alphanumeric() || "_-.".contains(char));
            if !is_name {
                return Err(unfit(name, "not the name of an element"));
            }
            check_text(name, &text)?;
            push_text(&mut out, name, &text);
        }
    }
    Ok(out)
}

fn check_text(name: &str, text: &str) -> Result<()> {
    match text.chars().find(|char| !is_in_xml(*char)) {
        Some(char) => Err(unfit(name, &format!("XML cannot carry the character {}", char.escape_unicode()))),
        None => Ok(()),
    }
}

fn unfit(member: &str, what: &str) -> Error {
    Error::new(ErrorKind::Validation, format!("error.{member}: {what}"))
}

fn push_text(out: &mut String, name: &str, text: &str) {
    let mut writer = XmlWriter::keeping_returns();
    writer.start(name);
    writer.text(text);
    writer.end(name);
    out.push_str(&text_of(writer.finish()));
}

/// What is within the root element.
fn content_of(document: &str) -> &str {
    let begin = document.find('>').map_or(document.len(), |at| at + 1);
    let end = document.rfind("</").filter(|end| *end >= begin).unwrap_or(begin);
    &document[begin..end]
}

/// The writer writes UTF-8 only.
fn text_of(document: Vec<u8>) -> String {
    String::from_utf8(document).unwrap_or_default()
}

fn declared(document: &[u8]) -> Vec<u8> {
    [DECLARATION, document].concat()
}

//! Members of outputs in headers and in the status, for `rest-json` and `rest-xml`.

use std::borrow::Cow;

use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value};

use super::{ResponseTo, ServedResponse, ServerSide, in_body};
use crate::codec::base64;
use crate::codec::json_text::compact_text;
use crate::error::{Error, ErrorKind, Result};
use crate::model::shape::{Kind, Location, Member, Ref, Shapes};
use crate::protocol::scalar;
use crate::value::{self, ParamToken};

/// What is in the body.
pub(super) enum RestBody<'r> {
    /// Bytes or text.
    Complete(Vec<u8>),
    /// The document of one member.
    Payload(&'r Member, &'r Value),
    /// A document of the members that the closure names.
    Members(Box<dyn Fn(&str) -> bool + 'r>),
}

/// The members of a document.
pub(super) type GivenMembers<'v> = Vec<(&'v String, &'v Value)>;

/// The response with the members of an output. `document` writes those that are in no header and no payload.
pub(super) fn output(
    side: &dyn ServerSide,
    to: &ResponseTo<'_>,
    shapes: &Shapes,
    members: &Map<String, Value>,
    document: impl FnOnce(GivenMembers<'_>) -> Result<Vec<u8>>,
) -> Result<ServedResponse> {
    let (mut response, body) = head(shapes, to.success(side), members)?;
    response.body = match body {
        RestBody::Complete(body) => body,
        RestBody::Payload(member, value) => {
            side.document(shapes, &member.target, value).map_err(|error| error.within(&member.name))?
        }
        RestBody::Members(in_body) => document(members.iter().filter(|(name, _)| in_body(name)).collect())?,
    };
    add_content_type(&mut response, shapes, || side.content_type(to.service));
    Ok(response)
}

/// Makes the status and the headers, and says what is in the body.
pub(super) fn head<'r>(
    shapes: &'r Shapes,
    status: StatusCode,
    members: &'r Map<String, Value>,
) -> Result<(ServedResponse, RestBody<'r>)> {
    let mut response = ServedResponse::new(status);
    let Some(structure) = shapes.root_structure() else { return Ok((response, RestBody::Complete(Vec::new()))) };
    let given = |member: &Member| members.get(&*member.name).filter(|value| !value.is_null());
    for member in &structure.members {
        let Some(value) = given(member) else { continue };
        match member.target.location {
            Location::Header => push_header(&mut response, shapes, member, value)?,
            Location::Headers => push_headers(&mut response, member, value)?,
            Location::StatusCode => response.status = status_of(member, value)?,
            Location::Uri | Location::Query | Location::Body => {}
        }
    }
    let Some(payload) = structure.payload_member() else {
        // An empty body stands for no members, but only if the model has none.
        let has_members = structure.members.iter().any(|member| in_body(&member.target));
        return Ok(match has_members {
            true => (response, RestBody::Members(Box::new(move |name| is_in_body(shapes, name)))),
            false => (response, RestBody::Complete(Vec::new())),
        });
    };
    let body = match (shapes.kind(&payload.target), given(payload)) {
        (_, None) => RestBody::Complete(Vec::new()),
        (Kind::Blob, Some(blob)) => {
            RestBody::Complete(value::bytes(blob).map_err(|error| unfit(&payload.name, error))?)
        }
        (Kind::String, Some(Value::String(text))) => RestBody::Complete(text.as_bytes().to_vec()),
        (_, Some(value)) => RestBody::Payload(payload, value),
    };
    Ok((response, body))
}

/// Whether a member is in the document. One that the model does not know is.
pub(super) fn is_in_body(shapes: &Shapes, name: &str) -> bool {
    let member = shapes.root_structure().and_then(|structure| structure.by_name(name));
    member.is_none_or(|(_, member)| in_body(&member.target))
}

/// Whether a header belongs to a member, which may be absent: then the header must be, too.
pub(super) fn is_bound(shapes: &Shapes, header: &str) -> bool {
    let Some(structure) = shapes.root_structure() else { return false };
    structure.by_header(header).is_some()
        || structure
            .members
            .iter()
            .any(|member| member.target.location == Location::Headers && prefix(&member.target).is_empty())
}

/// Adds the media type of the body, unless a member has it.
pub(super) fn add_content_type(response: &mut ServedResponse, shapes: &Shapes, document: impl FnOnce() -> HeaderValue) {
    if response.body.is_empty() || is_bound(shapes, CONTENT_TYPE.as_str()) {
        return;
    }
    let payload = shapes.root_structure().and_then(|structure| structure.payload_member());
    let content_type = match payload.map(|payload| shapes.kind(&payload.target)) {
        Some(Kind::Blob) => HeaderValue::from_static("application/octet-stream"),
        Some(Kind::String) => HeaderValue::from_static("text/plain"),
        _ => document(),
    };
    response.headers.insert(CONTENT_TYPE, content_type);
}

fn status_of(member: &Member, value: &Value) -> Result<StatusCode> {
    let status = value.as_u64().and_then(|status| StatusCode::from_u16(u16::try_from(status).ok()?).ok());
    status.ok_or_else(|| unfit(&member.name, "expected an HTTP status"))
}

fn push_header(response: &mut ServedResponse, shapes: &Shapes, member: &Member, value: &Value) -> Result<()> {
    let target = &member.target;
    let text = match (shapes.kind(target), value) {
        _ if target.json_value => Cow::Owned(base64::encode(compact_text(value).as_bytes())),
        (Kind::List(item), Value::Array(items)) => {
            if items.is_empty() {
                return Ok(());
            }
            Cow::Owned(header_list(shapes, item, items).map_err(|what| unfit(&member.name, what))?)
        }
        _ => header_text(shapes, target, value).map_err(|what| unfit(&member.name, what))?,
    };
    insert(response, &member.name, &target.wire, &text)
}

/// List items joined by commas. Text that has one is quoted, and so is text that a reader would take as quoted.
fn header_list(shapes: &Shapes, item: &Ref, items: &[Value]) -> Result<String, String> {
    let quotes = matches!(shapes.kind(item), Kind::String);
    let mut out = String::new();
    for (index, value) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        let text = header_text(shapes, item, value).map_err(|what| format!("item {index}: {what}"))?;
        if quotes && text.contains([',', '"']) {
            out.push('"');
            out.push_str(&text.replace('\\', "\\\\").replace('"', "\\\""));
            out.push('"');
        } else {
            out.push_str(&text);
        }
    }
    Ok(out)
}

fn header_text<'v>(shapes: &Shapes, target: &Ref, value: &'v Value) -> Result<Cow<'v, str>, String> {
    scalar::to_header_text(shapes.kind(target), target, &ParamToken::of(value))
}

fn push_headers(response: &mut ServedResponse, member: &Member, value: &Value) -> Result<()> {
    let entries = value.as_object().ok_or_else(|| unfit(&member.name, "expected an object"))?;
    let prefix = prefix(&member.target);
    for (key, value) in entries {
        let text = value.as_str().ok_or_else(|| unfit(&member.name, format!("{key}: expected a string")))?;
        insert(response, &member.name, &format!("{prefix}{key}"), text)?;
    }
    Ok(())
}

/// The prefix of a map's header names. A map without a location name stands for all headers.
fn prefix(target: &Ref) -> &str {
    if target.named { &target.wire } else { "" }
}

fn insert(response: &mut ServedResponse, member: &str, name: &str, text: &str) -> Result<()> {
    if text.trim_matches([' ', '\t']).len() != text.len() {
        return Err(unfit(member, "a header cannot have white space at its ends"));
    }
    let name = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| unfit(member, format!("{name:?} cannot be the name of a header")))?;
    let value = HeaderValue::from_bytes(text.as_bytes())
        .map_err(|_| unfit(member, "a header cannot have line breaks or control characters"))?;
    response.headers.insert(name, value);
    Ok(())
}

fn unfit(member: &str, what: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Validation, format!("output.{member}: {what}"))
}

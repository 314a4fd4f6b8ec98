//! HTTP bindings for `rest-json` and `rest-xml`: members in the path, the query, headers and the status. Only top-level
//! members of an input or output are bound; the rest is a document in the body.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

use crate::codec::json_text::compact_text;
use crate::codec::percent::{push_encoded, push_encoded_path};
use crate::codec::{base64, json};
use crate::error::{Error, Result};
use crate::model::operation::{Operation, TemplatePart};
use crate::model::service::ServiceModel;
use crate::model::shape::{Kind, Location, Member, Ref, Shapes, Structure, TimestampFormat};
use crate::protocol::error::ProtocolError;
use crate::protocol::lenient::{self, Scalar};
use crate::protocol::{Parsed, Received, Serialized, USUAL_HEADERS, bad_parameter, scalar};
use crate::value::{self, ParamToken};

/// Makes everything but the document.
pub(super) fn head(service: &ServiceModel, operation: &Operation, params: &Map<String, Value>) -> Result<Serialized> {
    let headers = HeaderMap::with_capacity(USUAL_HEADERS);
    let mut request = Serialized { method: operation.method.clone(), headers, ..Serialized::default() };
    let (Some(shapes), Some(structure)) = (&operation.input, operation.input_structure()) else {
        push_path(&mut request.path_and_query, service, operation, None, params)?;
        return Ok(request);
    };
    push_path(&mut request.path_and_query, service, operation, Some((shapes, structure)), params)?;
    let mut query = QueryString::after(&mut request.path_and_query);
    for (name, value) in params.iter().filter(|(_, value)| !value.is_null()) {
        let Some((_, member)) = structure.by_name(name) else { continue };
        match member.target.location {
            Location::Query => {
                query.push_member(shapes, member, value, |key| is_given(shapes, structure, params, key))?;
            }
            Location::Header => push_header(&mut request.headers, shapes, member, value)?,
            Location::Headers => push_headers(&mut request.headers, shapes, member, value)?,
            Location::Uri | Location::StatusCode | Location::Body => {}
        }
    }
    let payload = operation.raw_input_payload();
    let given = payload.and_then(|payload| Some((payload, params.get(&*payload.name)?)));
    match given.filter(|(_, value)| !value.is_null()) {
        Some((payload, blob)) if matches!(shapes.kind(&payload.target), Kind::Blob) => {
            request.body = value::bytes(blob).map_err(|error| error.within(&payload.name))?;
        }
        Some((payload, text)) => {
            let text = text.as_str().ok_or_else(|| bad_parameter(&payload.name, "string", text))?;
            request.body = text.as_bytes().to_vec();
        }
        None => {}
    }
    Ok(request)
}

fn push_path(
    out: &mut String,
    service: &ServiceModel,
    operation: &Operation,
    input: Option<(&Shapes, &Structure)>,
    params: &Map<String, Value>,
) -> Result<()> {
    for part in &operation.uri.parts {
        let (name, greedy) = match part {
            TemplatePart::Literal(text) => {
                out.push_str(text);
                continue;
            }
            TemplatePart::Label { name, greedy } => (name, *greedy),
        };
        let Some((shapes, member)) =
            input.and_then(|(shapes, structure)| structure.located(Location::Uri, name).map(|member| (shapes, member)))
        else {
            return Err(ProtocolError::UnfilledLabel(name.to_owned()).into());
        };
        let given = params.get(&*member.name).filter(|value| !value.is_null());
        let given = given.ok_or_else(|| ProtocolError::MissingMember(member.name.to_string()))?;
        let text = scalar_text(shapes, &member.target, given, TimestampFormat::Iso8601)
            .map_err(|error| error.at(&member.name))?;
        check_label(&member.name, &text, greedy, service.metadata.signs_raw_paths())?;
        if greedy { push_encoded_path(out, &text) } else { push_encoded(out, &text) }
    }
    Ok(())
}

/// Rejects labels that would change the path to that of another resource: an empty label, which leaves the parent
/// resource, and the segments `.` and `..`, which signatures, servers and proxies resolve. If paths are signed
/// unnormalized, as in S3, `.` and `..` are parts of a key.
fn check_label(name: &str, text: &str, greedy: bool, signs_raw_paths: bool) -> Result<()> {
    let is_dots = |segment: &str| matches!(segment, "." | "..");
    let fault = match greedy {
        _ if text.is_empty() => "is empty",
        false if is_dots(text) => "is `.` or `..`",
        true if !signs_raw_paths && text.split('/').any(is_dots) => "has a segment `.` or `..`",
        _ => return Ok(()),
    };
    Err(ProtocolError::Label { member: name.to_owned(), fault }.into())
}

/// Whether a member is bound to that query parameter. It takes precedence over a map entry of the same name.
fn is_given(shapes: &Shapes, structure: &Structure, params: &Map<String, Value>, key: &str) -> bool {
    let member = structure.located(Location::Query, key);
    let member = member.filter(|member| !matches!(shapes.kind(&member.target), Kind::Map { .. }));
    member.is_some_and(|member| params.get(&*member.name).is_some_and(|value| !value.is_null()))
}

/// Appends parameters to the query of a path. The URI template may already have a query.
struct QueryString<'q> {
    out: &'q mut String,
    separator: char,
}

impl<'q> QueryString<'q> {
    fn after(out: &'q mut String) -> Self {
        let separator = if out.contains('?') { '&' } else { '?' };
        QueryString { out, separator }
    }

    fn push_member(
        &mut self,
        shapes: &Shapes,
        member: &Member,
        value: &Value,
        is_given: impl Fn(&str) -> bool,
    ) -> Result<()> {
        let target = &member.target;
        match (shapes.kind(target), value) {
            (Kind::Map { value: target, .. }, Value::Object(entries)) => entries
                .iter()
                .filter(|(key, _)| !is_given(key))
                .try_for_each(|(key, value)| self.push_values(shapes, target, key, value)),
            (Kind::List(item), Value::Array(_)) => self.push_values(shapes, item, &target.wire, value),
            _ => self.push_values(shapes, target, &target.wire, value),
        }
        .map_err(|error| error.at(&member.name))
    }

    fn push_values(&mut self, shapes: &Shapes, target: &Ref, key: &str, value: &Value) -> Result<()> {
        if let Value::Array(items) = value {
            let target = match shapes.kind(target) {
                Kind::List(item) => item,
                _ => target,
            };
            return items.iter().try_for_each(|item| self.push_values(shapes, target, key, item));
        }
        let text = scalar_text(shapes, target, value, TimestampFormat::Iso8601)
            .map_err(|error| if key == &*target.wire { error } else { error.at(key) })?;
        self.out.push(self.separator);
        self.separator = '&';
        push_encoded(self.out, key);
        self.out.push('=');
        push_encoded(self.out, &text);
        Ok(())
    }
}

fn push_header(headers: &mut HeaderMap, shapes: &Shapes, member: &Member, value: &Value) -> Result<()> {
    let target = &member.target;
    let text = match (shapes.kind(target), value) {
        _ if target.json_value => Cow::Owned(base64::encode(compact_text(value).as_bytes())),
        (Kind::List(item), Value::Array(items)) => {
            if items.is_empty() {
                return Ok(());
            }
            Cow::Owned(header_list(shapes, item, items).map_err(|error| error.at(&member.name))?)
        }
        _ => header_text(shapes, target, value).map_err(|error| error.at(&member.name))?,
    };
    insert_header(headers, &member.name, &target.wire, &text, shapes.is_secret(target))
}

/// List items joined by commas. Strings with a comma or a quote are quoted.
fn header_list(shapes: &Shapes, item: &Ref, items: &[Value]) -> Result<String> {
    let quotes = matches!(shapes.kind(item), Kind::String);
    let mut out = String::new();
    for (index, value) in items.iter().filter(|value| !value.is_null()).enumerate() {
        if index > 0 {
            out.push(',');
        }
        let text = header_text(shapes, item, value)?;
        if quotes && text.contains([',', '"']) {
            out.push('"');
            out.push_str(&text.replace('"', "\\\""));
            out.push('"');
        } else {
            out.push_str(&text);
        }
    }
    Ok(out)
}

fn push_headers(headers: &mut HeaderMap, shapes: &Shapes, member: &Member, value: &Value) -> Result<()> {
    let Value::Object(entries) = value else {
        return Err(bad_parameter(&member.name, "object", value));
    };
    let sensitive = shapes.is_secret(&member.target);
    for (key, value) in entries {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Null | Value::Array(_) | Value::Object(_) => return Err(bad_parameter(key, "string", value)),
            other => other.to_string(),
        };
        insert_header(headers, &member.name, &format!("{}{key}", prefix(&member.target)), &text, sensitive)?;
    }
    Ok(())
}

/// The prefix of a map's header names. A map without `locationName` stands for all headers.
fn prefix(target: &Ref) -> &str {
    if target.named { &target.wire } else { "" }
}

/// Inserts a header. A `sensitive` value is hidden in the request's `Debug` output.
fn insert_header(headers: &mut HeaderMap, member: &str, name: &str, text: &str, sensitive: bool) -> Result<()> {
    let bad = |what| ProtocolError::Header { member: member.to_owned(), what };
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad("a name"))?;
    // HTTP strips whitespace at the ends, which would invalidate the signature.
    let text = text.trim_matches([' ', '\t']);
    let mut text =
        HeaderValue::from_bytes(text.as_bytes()).map_err(|_| bad("characters (line breaks or control characters)"))?;
    text.set_sensitive(sensitive);
    headers.insert(name, text);
    Ok(())
}

/// The text of a scalar in a header.
fn header_text<'v>(shapes: &Shapes, target: &Ref, given: &'v Value) -> Result<Cow<'v, str>> {
    scalar::to_header_text(shapes.kind(target), target, &ParamToken::of(given))
        .map_err(|what| ProtocolError::Scalar(what).into())
}

/// The text of a scalar in a path or query.
fn scalar_text<'v>(shapes: &Shapes, target: &Ref, given: &'v Value, default: TimestampFormat) -> Result<Cow<'v, str>> {
    scalar::to_text(shapes.kind(target), target, &ParamToken::of(given), default)
        .map_err(|what| ProtocolError::Scalar(what).into())
}

/// What is left of a response to read after [`parse_head`].
pub(super) enum RestDocument<'r> {
    /// Nothing: the members are complete.
    Nothing,
    /// The document has the other members.
    Members(&'r [u8]),
    /// One member is the document.
    Payload(&'r Member, &'r [u8]),
}

/// Parses everything but the document: the members bound to status and headers, and a payload that is no document.
pub(super) fn parse_head<'r>(shapes: &'r Shapes, response: &Received<'r>) -> (Map<String, Value>, RestDocument<'r>) {
    let Some(structure) = shapes.root_structure() else { return (Map::new(), RestDocument::Nothing) };
    let mut members = Map::new();
    for name in response.headers.keys() {
        if let Some(member) = structure.by_header(name.as_str())
            && let Some(value) = header_value(shapes, member, response.headers, name)
        {
            members.insert(member.name.to_string(), value);
        }
    }
    for member in &structure.members {
        let value = match member.target.location {
            Location::StatusCode => response.status.into(),
            Location::Headers => Value::Object(prefixed_headers(prefix(&member.target), response.headers)),
            _ => continue,
        };
        members.insert(member.name.to_string(), value);
    }
    let Some(body) = response.body else { return (members, RestDocument::Nothing) };
    let Some(payload) = structure.payload_member() else { return (members, RestDocument::Members(body)) };
    let value = match shapes.kind(&payload.target) {
        Kind::Blob => value::blob(body),
        Kind::String => Value::String(String::from_utf8_lossy(body).into_owned()),
        // As in botocore, an empty body is an empty structure.
        Kind::Structure(target) if body.is_empty() && !target.union => Value::Object(Map::new()),
        _ => return (members, RestDocument::Payload(payload, body)),
    };
    members.insert(payload.name.to_string(), value);
    (members, RestDocument::Nothing)
}

/// Parses the members bound to status and headers, then the payload. `read` parses a document.
pub(super) fn parse(
    shapes: &Shapes,
    response: &Received<'_>,
    read: impl Fn(&Shapes, &Ref, &[u8]) -> Result<Option<Value>>,
) -> Result<Parsed> {
    let (mut members, document) = parse_head(shapes, response);
    match document {
        RestDocument::Nothing => {}
        RestDocument::Members(body) => match read(shapes, shapes.root(), body)? {
            Some(Value::Object(document)) => members.extend(document),
            Some(other) => return Err(not_an_object(&other)),
            None => {}
        },
        RestDocument::Payload(payload, body) => {
            let value = read(shapes, &payload.target, body).map_err(|error| error.within(&payload.name))?;
            let is_structure = matches!(shapes.kind(&payload.target), Kind::Structure(target) if !target.document);
            if let Some(other) = value.as_ref().filter(|value| is_structure && !value.is_object()) {
                return Err(not_an_object(other).within(&payload.name));
            }
            members.extend(value.map(|value| (payload.name.to_string(), value)));
        }
    }
    Ok(Parsed { value: members, request_id: None })
}

/// The error for a document that is not an object: it is not from this service.
fn not_an_object(found: &Value) -> Error {
    ProtocolError::NotAnObject(value::type_name(found)).into()
}

fn header_value(shapes: &Shapes, member: &Member, headers: &HeaderMap, name: &HeaderName) -> Option<Value> {
    let target = &member.target;
    let text = joined(headers, name)?;
    if target.json_value {
        let document = base64::received(&text).and_then(|text| base64::decode(&text));
        let document = document.and_then(|bytes| json::received(&bytes).ok());
        return Some(document.unwrap_or_else(|| Value::String(text)));
    }
    let fit = |kind, text| lenient::fit(kind, Scalar::Text(Cow::Owned(text)));
    Some(match shapes.kind(target) {
        Kind::List(item) => {
            let kind = shapes.kind(item);
            split_list(&text, kind).into_iter().map(|item| fit(kind, item)).collect()
        }
        kind => fit(kind, text),
    })
}

/// All values of a header, joined by `", "`. Bytes that are not UTF-8 are read as Latin-1, the old encoding of HTTP.
fn joined(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let mut values = headers.get_all(name).iter();
    let mut text = received_header(values.next()?);
    for value in values {
        text.push_str(", ");
        text.push_str(&received_header(value));
    }
    Some(text)
}

fn received_header(value: &HeaderValue) -> String {
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => text.to_owned(),
        Err(_) => value.as_bytes().iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// Splits a list at commas outside of quotes. HTTP dates contain a comma themselves.
fn split_list(text: &str, item: &Kind) -> Vec<String> {
    let dates = matches!(item, Kind::Timestamp) && text.contains("GMT");
    let mut items = vec![String::new()];
    let (mut quoted, mut escaped, mut commas) = (false, false, 0);
    for char in text.chars() {
        let item = items.len() - 1;
        match char {
            _ if escaped => {
                items[item].push(char);
                escaped = false;
            }
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => {
                commas += 1;
                if dates && commas % 2 == 1 {
                    items[item].push(char);
                } else {
                    items.push(String::new());
                }
            }
            _ => items[item].push(char),
        }
    }
    items.iter().map(|item| item.trim().to_owned()).collect()
}

fn prefixed_headers(prefix: &str, headers: &HeaderMap) -> Map<String, Value> {
    let mut entries = Map::new();
    let prefix = prefix.to_ascii_lowercase();
    for name in headers.keys() {
        if let Some(rest) = name.as_str().strip_prefix(prefix.as_str())
            && let Some(text) = joined(headers, name)
        {
            entries.insert(rest.to_owned(), Value::String(text));
        }
    }
    entries
}

//! `smithy-rpc-v2-cbor`: every operation is a POST of a CBOR map to a path that names it.
//! <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html>
//!
//! What the HTTP binding traits say does not count here. Requests name members by `locationName` where there is one and
//! responses never do, as in botocore.

use std::borrow::Cow;
use std::fmt;

use http::header::{ACCEPT, CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::{Map, Number, Value};

use crate::codec::cbor::{DecodeError, Decoder, Encoder, Item, Length, MAX_DEPTH};
use crate::codec::percent;
use crate::codec::timestamp::Timestamp;
use crate::error::{Error, ErrorKind, Result};
use crate::model::operation::Operation;
use crate::model::path::Path;
use crate::model::service::ServiceModel;
use crate::model::shape::{Kind, Naming, Ref, Shape, Shapes, Structure};
use crate::protocol::error_code::{apply_query_error, trim_code};
use crate::protocol::{
    ErrorFields, Parsed, Protocol, Received, Serialized, UNKNOWN_UNION_MEMBER, bad_parameter, error_body, float_of,
};
use crate::value;

pub(crate) struct RpcV2Cbor;

impl Protocol for RpcV2Cbor {
    fn output_naming(&self) -> Naming {
        Naming::MemberName
    }

    fn serialize(
        &self,
        service: &ServiceModel,
        operation: &Operation,
        params: &Map<String, Value>,
    ) -> Result<Serialized> {
        let body = match operation.input.as_ref().and_then(|shapes| Some((shapes, shapes.root_structure()?))) {
            Some((shapes, structure)) => {
                let mut writer = Writer { shapes, encoder: Encoder::new(), depth: 0 };
                writer.structure(structure, params, &Path::root("input"))?;
                writer.encoder.into_bytes()
            }
            None => Vec::new(),
        };
        let headers = request_headers(service, operation, !body.is_empty());
        Ok(Serialized { method: Method::POST, path_and_query: path(service, operation)?, headers, body })
    }

    fn parse(&self, operation: &Operation, response: &Received<'_>) -> Result<Parsed> {
        let value = match &operation.output {
            Some(shapes) => parse_body(shapes, response.body)?,
            None => Map::new(),
        };
        Ok(Parsed { value, request_id: None })
    }

    fn parse_error(&self, response: &Received<'_>) -> ErrorFields {
        let mut fields = error_fields(response.body.unwrap_or_default());
        error_body::complete(&mut fields, response, error_body::Header::Last);
        apply_query_error(response.headers, &mut fields);
        fields
    }

    fn parse_error_members(&self, shapes: &Shapes, response: &Received<'_>) -> Result<Map<String, Value>> {
        parse_body(shapes, response.body)
    }

    fn has_initial_response(&self) -> bool {
        true
    }

    fn parse_event(&self, shapes: &Shapes, target: &Ref, document: &[u8]) -> Result<Option<Value>> {
        let mut reader = Reader { shapes, decoder: Decoder::new(document) };
        reader.value(target, &Path::root("event")).map(|value| (!value.is_null()).then_some(value))
    }
}

fn path(service: &ServiceModel, operation: &Operation) -> Result<String> {
    let prefix = service.metadata.target_prefix.as_deref().ok_or_else(|| {
        Error::new(
            ErrorKind::Model,
            format!("{}: metadata has no \"targetPrefix\", which its protocol needs", service.name),
        )
    })?;
    let mut path = String::from("/service/");
    percent::push_encoded(&mut path, prefix);
    path.push_str("/operation/");
    percent::push_encoded(&mut path, &operation.name);
    Ok(path)
}

fn request_headers(service: &ServiceModel, operation: &Operation, has_body: bool) -> HeaderMap {
    let media_type = |is_stream| {
        HeaderValue::from_static(if is_stream { "application/vnd.amazon.eventstream" } else { "application/cbor" })
    };
    let mut headers = HeaderMap::new();
    headers.insert(HeaderName::from_static("smithy-protocol"), HeaderValue::from_static("rpc-v2-cbor"));
    headers.insert(ACCEPT, media_type(operation.has_event_stream_output()));
    if has_body {
        headers.insert(CONTENT_TYPE, media_type(operation.has_event_stream_input()));
    }
    if service.metadata.query_compatible {
        headers.insert(HeaderName::from_static("x-amzn-query-mode"), HeaderValue::from_static("true"));
    }
    headers
}

/// Values to CBOR.
struct Writer<'s> {
    shapes: &'s Shapes,
    encoder: Encoder,
    depth: usize,
}

impl Writer<'_> {
    fn structure(&mut self, structure: &Structure, members: &Map<String, Value>, path: &Path<'_>) -> Result<()> {
        self.encoder.map(members.values().filter(|value| !value.is_null()).count());
        for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
            match structure.by_name(name) {
                Some((_, member)) => {
                    self.encoder.text(&member.target.wire);
                    self.value(&member.target, value, &path.member(name))?;
                }
                // Validation has let it pass: something that is newer than the model.
                None => {
                    self.encoder.text(name);
                    self.untyped(value, &path.entry(name))?;
                }
            }
        }
        Ok(())
    }

    fn value(&mut self, target: &Ref, value: &Value, path: &Path<'_>) -> Result<()> {
        match (self.shapes.kind(target), value) {
            (Kind::Structure(structure), _) if structure.document => self.untyped(value, path)?,
            (Kind::Structure(structure), Value::Object(members)) => {
                self.nested(path, |writer| writer.structure(structure, members, path))?;
            }
            (Kind::List(item), Value::Array(values)) => self.nested(path, |writer| {
                writer.encoder.array(values.len());
                let mut values = values.iter().enumerate();
                values.try_for_each(|(index, value)| writer.value(item, value, &path.index(index)))
            })?,
            (Kind::Map { value: target, .. }, Value::Object(entries)) => self.nested(path, |writer| {
                writer.encoder.map(entries.len());
                entries.iter().try_for_each(|(key, value)| {
                    writer.encoder.text(key);
                    writer.value(target, value, &path.entry(key))
                })
            })?,
            // A hole in a list or map. In structures, and wherever parameters are validated, there is none.
            (_, Value::Null) => self.encoder.null(),
            (kind, _) => {
                self.scalar(kind, value).ok_or_else(|| bad_parameter(&path.to_string(), wanted(kind), value))?;
            }
        }
        Ok(())
    }

    /// `None` where the value is not of that kind.
    fn scalar(&mut self, kind: &Kind, value: &Value) -> Option<()> {
        match (kind, value) {
            (Kind::String, Value::String(text)) => self.encoder.text(text),
            (Kind::Boolean, Value::Bool(value)) => self.encoder.bool(*value),
            (Kind::Integer, Value::Number(number)) => self.integer(number)?,
            (Kind::Float, _) => {
                let wide = float(value)?;
                let single = wide as f32;
                // Too large for its type, and not an infinity that was asked for.
                if single.is_infinite() && wide.is_finite() {
                    return None;
                }
                self.encoder.f32(single);
            }
            (Kind::Double, _) => self.encoder.f64(float(value)?),
            (Kind::Timestamp, _) => self.encoder.timestamp(value::timestamp(value)?),
            (Kind::Blob, Value::String(text)) => self.encoder.bytes(&value::decode(text)?),
            _ => return None,
        }
        Some(())
    }

    fn integer(&mut self, number: &Number) -> Option<()> {
        match (number.as_i64(), number.as_u64()) {
            (Some(value), _) => self.encoder.i64(value),
            (_, Some(value)) => self.encoder.u64(value),
            _ => return None,
        }
        Some(())
    }

    /// A document, or what the model does not know: by the types that JSON has.
    fn untyped(&mut self, value: &Value, path: &Path<'_>) -> Result<()> {
        match value {
            Value::Null => self.encoder.null(),
            Value::Bool(value) => self.encoder.bool(*value),
            Value::String(text) => self.encoder.text(text),
            Value::Number(number) => {
                if self.integer(number).is_none() {
                    self.encoder.f64(number.as_f64().unwrap_or(f64::NAN));
                }
            }
            Value::Array(values) => self.nested(path, |writer| {
                writer.encoder.array(values.len());
                let mut values = values.iter().enumerate();
                values.try_for_each(|(index, value)| writer.untyped(value, &path.index(index)))
            })?,
            Value::Object(entries) => self.nested(path, |writer| {
                writer.encoder.map(entries.len());
                entries.iter().try_for_each(|(key, value)| {
                    writer.encoder.text(key);
                    writer.untyped(value, &path.entry(key))
                })
            })?,
        }
        Ok(())
    }

    fn nested(&mut self, path: &Path<'_>, write: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        if self.depth >= MAX_DEPTH {
            let message = format!("{path}: nested deeper than {MAX_DEPTH} levels");
            return Err(Error::new(ErrorKind::Validation, message));
        }
        self.depth += 1;
        write(self)?;
        self.depth -= 1;
        Ok(())
    }
}

fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    }
}

/// What a parameter, or a member of a response, should be.
fn wanted(kind: &Kind) -> &'static str {
    match kind {
        Kind::Structure(_) | Kind::Map { .. } => "object",
        Kind::List(_) => "array",
        Kind::String => "string",
        Kind::Boolean => "boolean",
        Kind::Integer => "64-bit integer",
        Kind::Float => "number within the range of a 32-bit float",
        Kind::Double => "number",
        Kind::Timestamp => "timestamp (RFC 3339 text or epoch seconds)",
        Kind::Blob => "base64 text",
    }
}

/// The structure in a body. None is as good as an empty one.
fn parse_body(shapes: &Shapes, body: Option<&[u8]>) -> Result<Map<String, Value>> {
    let body = body.unwrap_or_default();
    let Some(structure) = shapes.root_structure().filter(|_| !body.is_empty()) else { return Ok(Map::new()) };
    let mut reader = Reader { shapes, decoder: Decoder::new(body) };
    let path = Path::root("output");
    match reader.item(&path)? {
        Item::Map(length) => reader.structure(shapes.get(shapes.root().shape), structure, length, &path),
        Item::Null => Ok(Map::new()),
        other => Err(unexpected(&path, "map", other.type_name())),
    }
}

/// CBOR to values.
struct Reader<'s, 'b> {
    shapes: &'s Shapes,
    decoder: Decoder<'b>,
}

impl<'b> Reader<'_, 'b> {
    fn structure(
        &mut self,
        shape: &Shape,
        structure: &Structure,
        mut length: Length,
        path: &Path<'_>,
    ) -> Result<Map<String, Value>> {
        let mut members = Map::with_capacity(length.capacity().min(structure.members.len()));
        let mut unknown = Unknown::default();
        let mut expected = 0;
        while self.more(&mut length, path)? {
            let name = self.text(path)?;
            match structure.by_wire(&name, &mut expected) {
                Some(member) => {
                    let value = self.value(&member.target, &path.member(&member.name))?;
                    if !value.is_null() {
                        members.insert(member.name.to_string(), value);
                    }
                }
                None => {
                    if !self.decoder.at_null() && name != "__type" {
                        unknown.count += 1;
                        unknown.last = name;
                    }
                    self.decoder.skip().map_err(|error| malformed(path, &error))?;
                }
            }
        }
        if structure.union {
            return only_member(shape, members, &unknown, path);
        }
        Ok(members)
    }

    /// The value of a member, an item or an entry; null where the service sent that.
    fn value(&mut self, target: &Ref, path: &Path<'_>) -> Result<Value> {
        let shape = self.shapes.get(target.shape);
        let item = self.item(path)?;
        Ok(match (&shape.kind, item) {
            (_, Item::Null) => Value::Null,
            (Kind::Structure(structure), item) if structure.document => self.untyped(item, path)?,
            (Kind::Structure(structure), Item::Map(length)) => {
                Value::Object(self.structure(shape, structure, length, path)?)
            }
            (Kind::List(item), Item::Array(mut length)) => {
                let mut values = Vec::with_capacity(length.capacity());
                while self.more(&mut length, path)? {
                    let value = self.value(item, &path.index(values.len()))?;
                    values.push(value);
                }
                Value::Array(values)
            }
            (Kind::Map { value: target, .. }, Item::Map(mut length)) => {
                let mut entries = Map::with_capacity(length.capacity());
                while self.more(&mut length, path)? {
                    let key = self.text(path)?;
                    let value = self.value(target, &path.entry(&key))?;
                    // Entries without a value are dropped, as in botocore.
                    if !value.is_null() {
                        entries.insert(key.into_owned(), value);
                    }
                }
                Value::Object(entries)
            }
            (kind, item) => {
                let found = item.type_name();
                scalar(kind, item).ok_or_else(|| unexpected(path, wanted_of_service(kind), found))?
            }
        })
    }

    /// A document, or what the model does not know.
    fn untyped(&mut self, item: Item<'b>, path: &Path<'_>) -> Result<Value> {
        Ok(match item {
            Item::Null => Value::Null,
            Item::Array(mut length) => {
                let mut values = Vec::with_capacity(length.capacity());
                while self.more(&mut length, path)? {
                    let value = self.any(&path.index(values.len()))?;
                    values.push(value);
                }
                Value::Array(values)
            }
            Item::Map(mut length) => {
                let mut entries = Map::with_capacity(length.capacity());
                while self.more(&mut length, path)? {
                    let key = self.text(path)?;
                    let value = self.any(&path.entry(&key))?;
                    entries.insert(key.into_owned(), value);
                }
                Value::Object(entries)
            }
            Item::Text(text) => Value::String(text.into_owned()),
            Item::Bool(value) => Value::Bool(value),
            Item::Bytes(bytes) => Value::String(value::encode(&bytes)),
            Item::Timestamp(time) => Value::String(time.to_rfc3339()),
            Item::Float(value) => float_of(value),
            Item::Integer(value) => from_integer(value).unwrap_or_else(|| float_of(value as f64)),
        })
    }

    fn any(&mut self, path: &Path<'_>) -> Result<Value> {
        let item = self.item(path)?;
        self.untyped(item, path)
    }

    fn item(&mut self, path: &Path<'_>) -> Result<Item<'b>> {
        self.decoder.item().map_err(|error| malformed(path, &error))
    }

    fn more(&mut self, length: &mut Length, path: &Path<'_>) -> Result<bool> {
        self.decoder.more(length).map_err(|error| malformed(path, &error))
    }

    fn text(&mut self, path: &Path<'_>) -> Result<Cow<'b, str>> {
        match self.item(path)? {
            Item::Text(text) => Ok(text),
            other => Err(unexpected(path, "string as the name of a member", other.type_name())),
        }
    }
}

/// The members of a structure that the model does not know.
#[derive(Default)]
struct Unknown<'b> {
    count: usize,
    last: Cow<'b, str>,
}

/// Exactly one member of a union is set. One that the model does not know is told by its name, as botocore does.
fn only_member(
    shape: &Shape,
    members: Map<String, Value>,
    unknown: &Unknown<'_>,
    path: &Path<'_>,
) -> Result<Map<String, Value>> {
    match (members.len(), unknown.count) {
        (1, 0) => Ok(members),
        (0, 1) => {
            let name = Map::from_iter([("name".to_owned(), Value::from(&*unknown.last))]);
            Ok(Map::from_iter([(UNKNOWN_UNION_MEMBER.to_owned(), Value::Object(name))]))
        }
        (known, unknown) => {
            Err(unexpected(path, &format!("exactly one member of the union {}", shape.name), known + unknown))
        }
    }
}

/// `None` where the item is not of that kind.
fn scalar(kind: &Kind, item: Item<'_>) -> Option<Value> {
    Some(match (kind, item) {
        (Kind::String, Item::Text(text)) => Value::String(text.into_owned()),
        (Kind::Boolean, Item::Bool(value)) => Value::Bool(value),
        (Kind::Integer, Item::Integer(value)) => from_integer(value)?,
        (Kind::Float | Kind::Double, Item::Float(value)) => float_of(value),
        (Kind::Float | Kind::Double, Item::Integer(value)) => {
            from_integer(value).unwrap_or_else(|| float_of(value as f64))
        }
        (Kind::Blob, Item::Bytes(bytes)) => Value::String(value::encode(&bytes)),
        (Kind::Timestamp, Item::Timestamp(time)) => Value::String(time.to_rfc3339()),
        // Without the tag it is still clear what is meant.
        (Kind::Timestamp, Item::Integer(seconds)) => {
            Value::String(Timestamp::new(i64::try_from(seconds).ok()?, 0)?.to_rfc3339())
        }
        (Kind::Timestamp, Item::Float(seconds)) => Value::String(Timestamp::from_epoch(seconds)?.to_rfc3339()),
        _ => return None,
    })
}

fn wanted_of_service(kind: &Kind) -> &'static str {
    match kind {
        Kind::Structure(_) | Kind::Map { .. } => "map",
        Kind::Float | Kind::Double => "number",
        Kind::Timestamp => "timestamp within the years 1 to 9999",
        Kind::Blob => "byte string",
        other => wanted(other),
    }
}

fn from_integer(value: i128) -> Option<Value> {
    i64::try_from(value).map(Value::from).or_else(|_| u64::try_from(value).map(Value::from)).ok()
}

/// Code and message of an error, as far as the body is CBOR.
pub(super) fn error_fields(body: &[u8]) -> ErrorFields {
    let mut fields = ErrorFields::default();
    let _ = read_error(body, &mut fields);
    fields
}

fn read_error(body: &[u8], fields: &mut ErrorFields) -> Result<(), DecodeError> {
    let mut decoder = Decoder::new(body);
    let Item::Map(mut length) = decoder.item()? else { return Ok(()) };
    let mut has_lower_case = false;
    let mut has_type = false;
    while decoder.more(&mut length)? {
        let Item::Text(name) = decoder.item()? else { return Ok(()) };
        if !matches!(&*name, "__type" | "code" | "Code" | "message" | "Message") {
            decoder.skip()?;
            continue;
        }
        match (&*name, decoder.item()?) {
            ("__type", Item::Text(code)) => {
                has_type = true;
                fields.code = trim_code(&code).to_owned();
            }
            ("code" | "Code", Item::Text(code)) if !has_type => fields.code = trim_code(&code).to_owned(),
            ("code" | "Code", Item::Text(_)) => {}
            // Where a service sends both, the lower case one counts.
            ("Message", Item::Text(_)) if has_lower_case => {}
            (name, Item::Text(message)) => {
                has_lower_case = name == "message";
                fields.message = message.into_owned();
            }
            // Something else of that name: its content is not worth being taken apart.
            (_, Item::Array(_) | Item::Map(_)) => return Ok(()),
            _ => {}
        }
    }
    Ok(())
}

fn malformed(path: &Path<'_>, error: &DecodeError) -> Error {
    Error::new(ErrorKind::Response, format!("{path}: {error}"))
}

fn unexpected(path: &Path<'_>, expected: &str, found: impl fmt::Display) -> Error {
    Error::new(ErrorKind::Response, format!("{path}: expected {expected}, found {found}"))
}

#[cfg(test)]
mod tests;

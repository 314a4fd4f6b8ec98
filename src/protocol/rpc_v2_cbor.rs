//! `smithy-rpc-v2-cbor`: every operation is a POST of a CBOR map to a path that names it.
//! <https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html>
//!
//! HTTP binding traits are ignored. As in botocore, requests name members by `locationName` if there is one, and
//! responses always by member name.

use std::borrow::Cow;
use std::fmt;

use http::header::{ACCEPT, CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::{Map, Number, Value};

use crate::codec::budget::{Budget, Exceeded};
use crate::codec::cbor::{DecodeError, Decoder, Encoder, Item, Length, MAX_DEPTH};
use crate::codec::{base64, percent};
use crate::error::{Error, ErrorKind, Result};
use crate::model::operation::Operation;
use crate::model::path::Path;
use crate::model::service::ServiceModel;
use crate::model::shape::{Kind, Naming, Ref, Shapes, Structure};
use crate::protocol::error_code::{apply_query_error, trim_code};
use crate::protocol::lenient::{self, Scalar};
use crate::protocol::{ErrorFields, MAX_MEMORY, Parsed, Protocol, Received, Serialized, bad_parameter, error_body};
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
            Some(shapes) => parse_body(shapes, response.body, response.max_memory)?,
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
        parse_body(shapes, response.body, response.max_memory)
    }

    fn has_initial_response(&self) -> bool {
        true
    }

    fn parse_event(&self, shapes: &Shapes, target: &Ref, document: &[u8]) -> Result<Option<Value>> {
        let mut reader = Reader::new(shapes, document, MAX_MEMORY);
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

/// Serializes values to CBOR.
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
                // Validation accepted a member that is newer than the model.
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
            // A null in a list or map. Structures omit null members, and validation rejects other nulls.
            (_, Value::Null) => self.encoder.null(),
            (kind, _) => {
                self.scalar(kind, value).ok_or_else(|| bad_parameter(&path.to_string(), expected_type(kind), value))?;
            }
        }
        Ok(())
    }

    /// Writes a scalar; `None` if the value is not of that kind.
    fn scalar(&mut self, kind: &Kind, value: &Value) -> Option<()> {
        match (kind, value) {
            (Kind::String, Value::String(text)) => self.encoder.text(text),
            (Kind::Boolean, Value::Bool(value)) => self.encoder.bool(*value),
            (Kind::Integer, Value::Number(number)) => self.integer(number)?,
            (Kind::Float, _) => {
                let wide = float(value)?;
                let single = wide as f32;
                // A finite number that is too large for a 32-bit float.
                if single.is_infinite() && wide.is_finite() {
                    return None;
                }
                self.encoder.f32(single);
            }
            (Kind::Double, _) => self.encoder.f64(float(value)?),
            (Kind::Timestamp, _) => self.encoder.timestamp(value::timestamp(value)?),
            (Kind::Blob, Value::String(text)) => self.encoder.bytes(&base64::decode(text)?),
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

    /// Writes a document or an unmodeled value by its JSON type.
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

/// The expected type of a parameter, for error messages.
fn expected_type(kind: &Kind) -> &'static str {
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

/// Parses the structure in a body. An empty body is an empty structure.
fn parse_body(shapes: &Shapes, body: Option<&[u8]>, max_memory: usize) -> Result<Map<String, Value>> {
    let body = body.unwrap_or_default();
    let Some(structure) = shapes.root_structure().filter(|_| !body.is_empty()) else { return Ok(Map::new()) };
    let mut reader = Reader::new(shapes, body, max_memory);
    let path = Path::root("output");
    match reader.item(&path)? {
        Item::Map(length) => reader.structure(structure, length, &path),
        Item::Null => Ok(Map::new()),
        other => Err(unexpected(&path, "map", other.type_name())),
    }
}

/// Parses CBOR into values.
struct Reader<'s, 'b> {
    shapes: &'s Shapes,
    decoder: Decoder<'b>,
    budget: Budget,
}

impl<'s, 'b> Reader<'s, 'b> {
    fn new(shapes: &'s Shapes, body: &'b [u8], max_memory: usize) -> Self {
        Reader { shapes, decoder: Decoder::new(body), budget: Budget::new(max_memory) }
    }

    fn structure(&mut self, structure: &Structure, mut length: Length, path: &Path<'_>) -> Result<Map<String, Value>> {
        let mut members = Map::with_capacity(length.capacity().min(structure.members.len()));
        let mut unknown = None;
        let mut expected = 0;
        while self.more(&mut length, path)? {
            let name = self.name(path)?;
            match structure.by_wire(&name, &mut expected) {
                Some(member) => {
                    let value = self.value(&member.target, &path.member(&member.name))?;
                    if !value.is_null() {
                        self.entry(members.len(), path)?;
                        members.insert(member.name.to_string(), value);
                    } else if !members.is_empty() {
                        // The last one of duplicate names counts.
                        members.shift_remove(&*member.name);
                    }
                }
                None => {
                    if structure.union && name != "__type" && !self.decoder.at_null() {
                        unknown = Some(name.into_owned());
                    }
                    self.decoder.skip().map_err(|error| malformed(path, &error))?;
                }
            }
        }
        Ok(if structure.union { lenient::union_of(members, unknown) } else { members })
    }

    /// The value of a member, an item or an entry; null if the service sent null.
    fn value(&mut self, target: &Ref, path: &Path<'_>) -> Result<Value> {
        let item = self.item(path)?;
        Ok(match (self.shapes.kind(target), item) {
            (_, Item::Null) => Value::Null,
            (Kind::Structure(structure), Item::Map(length)) if !structure.document => {
                Value::Object(self.structure(structure, length, path)?)
            }
            (Kind::List(item), Item::Array(length)) => self.list(item, length, path)?,
            (Kind::Map { value: target, .. }, Item::Map(length)) => self.map(target, length, path)?,
            (_, item @ (Item::Array(_) | Item::Map(_))) => self.untyped(item, path)?,
            (kind, item) => scalar(item).map_or(Value::Null, |found| lenient::fit(kind, found)),
        })
    }

    fn list(&mut self, item: &Ref, mut length: Length, path: &Path<'_>) -> Result<Value> {
        let mut values = Vec::with_capacity(length.capacity());
        while self.more(&mut length, path)? {
            let value = self.value(item, &path.index(values.len()))?;
            self.list_item(values.len(), path)?;
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn map(&mut self, target: &Ref, mut length: Length, path: &Path<'_>) -> Result<Value> {
        let mut entries = Map::with_capacity(length.capacity());
        while self.more(&mut length, path)? {
            let key = self.name(path)?;
            let value = self.value(target, &path.entry(&key))?;
            // Entries without a value are dropped, as in botocore.
            if !value.is_null() {
                self.entry(entries.len(), path)?;
                entries.insert(key.into_owned(), value);
            }
        }
        Ok(Value::Object(entries))
    }

    /// The value of a document or an unmodeled member.
    fn untyped(&mut self, item: Item<'b>, path: &Path<'_>) -> Result<Value> {
        Ok(match item {
            Item::Null => Value::Null,
            Item::Array(mut length) => {
                let mut values = Vec::with_capacity(length.capacity());
                while self.more(&mut length, path)? {
                    let value = self.any(&path.index(values.len()))?;
                    self.list_item(values.len(), path)?;
                    values.push(value);
                }
                Value::Array(values)
            }
            Item::Map(mut length) => {
                let mut entries = Map::with_capacity(length.capacity());
                while self.more(&mut length, path)? {
                    let key = self.name(path)?;
                    let value = self.any(&path.entry(&key))?;
                    self.entry(entries.len(), path)?;
                    entries.insert(key.into_owned(), value);
                }
                Value::Object(entries)
            }
            other => scalar(other).map_or(Value::Null, lenient::as_sent),
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

    /// The name of a member or the key of an entry, of any scalar type.
    fn name(&mut self, path: &Path<'_>) -> Result<Cow<'b, str>> {
        match self.item(path)? {
            Item::Text(text) => Ok(text),
            item => match scalar(item.clone()) {
                Some(Scalar::Bytes(bytes)) => Ok(String::from_utf8_lossy(&bytes).into_owned().into()),
                Some(other) => {
                    let value = lenient::as_sent(other);
                    Ok(lenient::text_of(&value).unwrap_or_default().into_owned().into())
                }
                None => Err(unexpected(path, "string as the name of a member", item.type_name())),
            },
        }
    }

    fn list_item(&self, items: usize, path: &Path<'_>) -> Result<()> {
        self.budget.item(items).map_err(|exceeded| too_large(path, &exceeded))
    }

    fn entry(&self, entries: usize, path: &Path<'_>) -> Result<()> {
        self.budget.entry(entries).map_err(|exceeded| too_large(path, &exceeded))
    }
}

/// The scalar in an item; `None` for null, arrays and maps.
fn scalar(item: Item<'_>) -> Option<Scalar<'_>> {
    Some(match item {
        Item::Null | Item::Array(_) | Item::Map(_) => return None,
        Item::Bool(value) => Scalar::Bool(value),
        Item::Integer(value) => integer(value),
        Item::Digits(digits) => Scalar::Text(digits.into()),
        Item::Float(value) => Scalar::Float(value),
        Item::Text(text) => Scalar::Text(text),
        Item::Bytes(bytes) => Scalar::Bytes(bytes),
        Item::Timestamp(time) => Scalar::Time(time),
    })
}

/// An integer, or its digits as text if it is beyond 64 bits.
fn integer<'s>(value: i128) -> Scalar<'s> {
    let number = i64::try_from(value).map(Number::from).or_else(|_| u64::try_from(value).map(Number::from));
    number.map_or_else(|_| Scalar::Text(value.to_string().into()), Scalar::Integer)
}

/// Code and message of a CBOR error, read as far as the body is valid CBOR.
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
        let item = decoder.item()?;
        if matches!(item, Item::Array(_) | Item::Map(_)) {
            // A container of that name is not a code or message.
            return Ok(());
        }
        let Some(value) = scalar(item).map(lenient::as_sent) else { continue };
        let text = lenient::text_of(&value).unwrap_or_default();
        match &*name {
            "__type" => {
                has_type = true;
                fields.code = trim_code(&text).to_owned();
            }
            "code" | "Code" if has_type => {}
            "code" | "Code" => fields.code = trim_code(&text).to_owned(),
            // If a service sends both, the lower-case one counts.
            "Message" if has_lower_case => {}
            name => {
                has_lower_case = name == "message";
                fields.message = text.into_owned();
            }
        }
    }
    Ok(())
}

#[cold]
fn too_large(path: &Path<'_>, exceeded: &Exceeded) -> Error {
    Error::new(ErrorKind::Response, format!("{path}: {exceeded}"))
}

fn malformed(path: &Path<'_>, error: &DecodeError) -> Error {
    Error::new(ErrorKind::Response, format!("{path}: {error}"))
}

fn unexpected(path: &Path<'_>, expected: &str, found: impl fmt::Display) -> Error {
    Error::new(ErrorKind::Response, format!("{path}: expected {expected}, found {found}"))
}

#[cfg(test)]
mod tests;

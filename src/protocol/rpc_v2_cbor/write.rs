//! Serialization of values by their shapes.

use serde_json::{Map, Number, Value};

use crate::codec::base64;
use crate::codec::cbor::{CborEncoder, MAX_DEPTH};
use crate::error::Result;
use crate::model::path::Path;
use crate::model::shape::{Kind, Ref, Shapes, Structure};
use crate::protocol::bad_parameter;
use crate::protocol::error::ProtocolError;
use crate::value;

/// The bytes of an input.
pub(super) fn write(shapes: &Shapes, structure: &Structure, params: &Map<String, Value>) -> Result<Vec<u8>> {
    let mut serializer = CborSerializer { shapes, encoder: CborEncoder::new(), depth: 0 };
    serializer.structure(structure, params, &Path::root("input"))?;
    Ok(serializer.encoder.into_bytes())
}

/// Serializes values to CBOR.
struct CborSerializer<'s> {
    shapes: &'s Shapes,
    encoder: CborEncoder,
    depth: usize,
}

impl CborSerializer<'_> {
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
                self.nested(path, |serializer| serializer.structure(structure, members, path))?;
            }
            (Kind::List(item), Value::Array(values)) => self.nested(path, |serializer| {
                serializer.encoder.array(values.len());
                let mut values = values.iter().enumerate();
                values.try_for_each(|(index, value)| serializer.value(item, value, &path.index(index)))
            })?,
            (Kind::Map { value: target, .. }, Value::Object(entries)) => self.nested(path, |serializer| {
                serializer.encoder.map(entries.len());
                entries.iter().try_for_each(|(key, value)| {
                    serializer.encoder.text(key);
                    serializer.value(target, value, &path.entry(key))
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
            Value::Array(values) => self.nested(path, |serializer| {
                serializer.encoder.array(values.len());
                let mut values = values.iter().enumerate();
                values.try_for_each(|(index, value)| serializer.untyped(value, &path.index(index)))
            })?,
            Value::Object(entries) => self.nested(path, |serializer| {
                serializer.encoder.map(entries.len());
                entries.iter().try_for_each(|(key, value)| {
                    serializer.encoder.text(key);
                    serializer.untyped(value, &path.entry(key))
                })
            })?,
        }
        Ok(())
    }

    fn nested(&mut self, path: &Path<'_>, write: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        if self.depth >= MAX_DEPTH {
            return Err(ProtocolError::TooDeep { path: path.to_string(), max: MAX_DEPTH }.into());
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

//! Serialization of parameters by their shapes.

use serde_json::Number;

use crate::codec::base64;
use crate::codec::cbor::{CborEncoder, MAX_DEPTH};
use crate::error::{Error, ErrorKind};
use crate::model::path::Quoted;
use crate::model::shape::{Kind, Ref, Shapes, Structure};
use crate::protocol::Document;
use crate::value::{FaultStep, ParamFault, ParamResult, ParamToken, Receiver};

/// Writes CBOR.
pub(in crate::protocol) struct CborWriter<'w> {
    encoder: CborEncoder,
    shapes: &'w Shapes,
    /// The shape of the next value in the innermost map; `None` for a value without a shape.
    next: Option<&'w Ref>,
    open: Vec<OpenCbor<'w>>,
}

/// An open map or array. Its length stands before its items, so it is written again if it was not what had been announced.
struct OpenCbor<'w> {
    kind: OpenCborKind<'w>,
    /// Where its head begins.
    head: usize,
    announced: usize,
    count: usize,
}

enum OpenCborKind<'w> {
    /// With the number of bytes before the last key.
    Members(&'w Structure, usize),
    Entries(Option<&'w Ref>),
    Items(Option<&'w Ref>),
}

impl<'w> CborWriter<'w> {
    pub(in crate::protocol) fn new(shapes: &'w Shapes) -> Self {
        CborWriter::of(shapes, shapes.root())
    }

    /// A writer of a part of the shapes.
    pub(in crate::protocol) fn of(shapes: &'w Shapes, target: &'w Ref) -> Self {
        CborWriter { encoder: CborEncoder::new(), shapes, next: Some(target), open: Vec::new() }
    }

    /// Begins a value, and returns its shape. A null in a structure counts as missing, which is `Err`.
    fn begin(&mut self, token: &ParamToken<'_>) -> Result<Option<&'w Ref>, ()> {
        let Some(open) = self.open.last_mut() else { return Ok(self.next) };
        match open.kind {
            OpenCborKind::Members(_, mark) if matches!(token, ParamToken::Null) => {
                self.encoder.truncate(mark);
                return Err(());
            }
            OpenCborKind::Items(item) => self.next = item,
            OpenCborKind::Members(..) | OpenCborKind::Entries(_) => {}
        }
        open.count += 1;
        Ok(self.next)
    }

    fn open(&mut self, kind: OpenCborKind<'w>, announced: usize) -> ParamResult<()> {
        // The object of the parameters does not count.
        if self.open.len() > MAX_DEPTH {
            return Err(ParamFault::new(format!("nested deeper than {MAX_DEPTH} levels")));
        }
        let head = self.encoder.len();
        match kind {
            OpenCborKind::Items(_) => self.encoder.array(announced),
            _ => self.encoder.map(announced),
        }
        self.open.push(OpenCbor { kind, head, announced, count: 0 });
        Ok(())
    }

    /// Writes a scalar; `None` if the value is not of that kind.
    fn scalar(&mut self, kind: &Kind, token: &ParamToken<'_>) -> Option<()> {
        match (kind, token) {
            (Kind::String, ParamToken::Text(text)) => self.encoder.text(text),
            (Kind::Boolean, ParamToken::Bool(value)) => self.encoder.bool(*value),
            (Kind::Integer, ParamToken::Number(number)) => self.integer(number)?,
            (Kind::Float, _) => {
                let wide = float(token)?;
                let single = wide as f32;
                // A finite number that is too large for a 32-bit float.
                if single.is_infinite() && wide.is_finite() {
                    return None;
                }
                self.encoder.f32(single);
            }
            (Kind::Double, _) => self.encoder.f64(float(token)?),
            (Kind::Timestamp, _) => self.encoder.timestamp(token.timestamp()?),
            (Kind::Blob, ParamToken::Text(text)) => self.encoder.bytes(&base64::decode(text)?),
            (Kind::Blob, ParamToken::Bytes(bytes)) => self.encoder.bytes(bytes),
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

    /// Writes a document or an unmodeled value by its JSON type. Validation accepts members that are newer than the model.
    fn untyped(&mut self, token: &ParamToken<'_>) -> ParamResult<()> {
        match token {
            ParamToken::Null => self.encoder.null(),
            ParamToken::Bool(value) => self.encoder.bool(*value),
            ParamToken::Text(text) => self.encoder.text(text),
            ParamToken::Bytes(bytes) => self.encoder.text(&base64::encode(bytes)),
            ParamToken::Number(number) => {
                if self.integer(number).is_none() {
                    self.encoder.f64(number.as_f64().unwrap_or(f64::NAN));
                }
            }
            ParamToken::Array(len) => self.open(OpenCborKind::Items(None), *len)?,
            ParamToken::Object(len) => self.open(OpenCborKind::Entries(None), *len)?,
        }
        Ok(())
    }
}

impl Receiver for CborWriter<'_> {
    fn token(&mut self, token: &ParamToken<'_>) -> ParamResult<()> {
        let Ok(target) = self.begin(token) else { return Ok(()) };
        let Some(target) = target else { return self.untyped(token) };
        match (self.shapes.kind(target), token) {
            (Kind::Structure(structure), _) if structure.document => self.untyped(token),
            (Kind::Structure(structure), ParamToken::Object(len)) => {
                self.open(OpenCborKind::Members(structure, 0), *len)
            }
            (Kind::List(item), ParamToken::Array(len)) => self.open(OpenCborKind::Items(Some(item)), *len),
            (Kind::Map { value, .. }, ParamToken::Object(len)) => self.open(OpenCborKind::Entries(Some(value)), *len),
            // A null in a list or map. Structures omit null members, and validation rejects other nulls.
            (_, ParamToken::Null) => {
                self.encoder.null();
                Ok(())
            }
            (kind, _) => self.scalar(kind, token).ok_or_else(|| ParamFault::mismatch(expected_type(kind), token)),
        }
    }

    fn key(&mut self, key: &str) -> ParamResult<()> {
        let mut name = key;
        self.next = match self.open.last_mut().map(|open| &mut open.kind) {
            Some(OpenCborKind::Members(structure, mark)) => {
                *mark = self.encoder.len();
                let target = structure.by_name(key).map(|(_, member)| &member.target);
                name = target.map_or(key, |target| &target.wire);
                target
            }
            Some(OpenCborKind::Entries(value)) => *value,
            Some(OpenCborKind::Items(_)) | None => None,
        };
        self.encoder.text(name);
        Ok(())
    }

    fn end(&mut self) -> ParamResult<()> {
        let closed = self.open.pop();
        if let Some(OpenCbor { head, announced, count, .. }) = closed.filter(|open| open.count != open.announced) {
            self.encoder.change_length(head, announced, count);
        }
        Ok(())
    }
}

impl Document for CborWriter<'_> {
    fn finish(&mut self) -> Vec<u8> {
        std::mem::replace(&mut self.encoder, CborEncoder::new()).into_bytes()
    }

    fn error(&self, fault: &ParamFault) -> Error {
        let mut path = String::from("input");
        let mut target = Some(self.shapes.root());
        for step in fault.path() {
            let kind = target.map(|target| self.shapes.kind(target));
            match step {
                FaultStep::Item(index) => {
                    path.push_str(&format!("[{index}]"));
                    target = if let Some(Kind::List(item)) = kind { Some(item) } else { None };
                }
                FaultStep::Key(key) => {
                    let member = match kind {
                        Some(Kind::Structure(structure)) => structure.by_name(key),
                        _ => None,
                    };
                    match member {
                        Some(_) => path.extend([".", key]),
                        None => path.push_str(&format!("[{}]", Quoted(key))),
                    }
                    target = match kind {
                        Some(Kind::Map { value, .. }) => Some(value),
                        _ => member.map(|(_, member)| &member.target),
                    };
                }
            }
        }
        Error::new(ErrorKind::Validation, format!("{path}: {}", fault.message()))
    }
}

fn float(token: &ParamToken<'_>) -> Option<f64> {
    match token {
        ParamToken::Number(number) => number.as_f64(),
        ParamToken::Text("NaN") => Some(f64::NAN),
        ParamToken::Text("Infinity") => Some(f64::INFINITY),
        ParamToken::Text("-Infinity") => Some(f64::NEG_INFINITY),
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

//! Turns a [`Datum`] into a parameter of a call: blobs become base64 text, and so on.

use serde_json::{Map, Number, Value};
use tucuxi::shapes::{ShapeInfo, ShapeType};

use super::datum::{Datum, MAX_DEPTH, Members};
use super::error::{Misfit, ValueError};
use super::{BinaryFormat, base64, timestamp, unpack};

/// Makes parameters of data.
pub(crate) struct Converter {
    pub(crate) format: BinaryFormat,
    /// The first blob that is not base64, and stays as it is.
    pub(crate) refused_blob: Option<ValueError>,
}

/// A place in parameters, as botocore writes it: `Tags[0].Key`.
struct ParamPath<'a> {
    parent: Option<&'a ParamPath<'a>>,
    step: Step<'a>,
}

enum Step<'a> {
    Member(&'a str),
    Index(usize),
}

impl Converter {
    /// Converts a value; `shape` is unknown within documents and unknown members. `name` is the place of the value in messages.
    pub(crate) fn convert(
        &mut self,
        shape: Option<ShapeInfo<'_>>,
        datum: Datum,
        name: &str,
    ) -> Result<Value, ValueError> {
        self.value(shape, datum, &ParamPath { parent: None, step: Step::Member(name) }, 0)
    }

    fn value(
        &mut self,
        shape: Option<ShapeInfo<'_>>,
        datum: Datum,
        place: &ParamPath<'_>,
        depth: usize,
    ) -> Result<Value, ValueError> {
        let shape = shape.filter(|shape| !unpack::is_any_json(*shape));
        let kind = shape.map(ShapeInfo::shape_type);
        if depth > MAX_DEPTH {
            return Err(ValueError::Validation(Misfit::Depth { path: place.path() }));
        }
        Ok(match (kind, datum) {
            (Some(ShapeType::Blob), Datum::Text(text)) => self.blob(text),
            (Some(ShapeType::Blob), Datum::Bytes(bytes)) => tucuxi::blob(bytes),
            (Some(ShapeType::Timestamp), Datum::Text(text) | Datum::Moment(text)) => timestamp::normalize(text),
            (Some(ShapeType::Float | ShapeType::Double), Datum::Float(value)) if !value.is_finite() => {
                Value::String(float_word(value).to_owned())
            }
            (_, Datum::Int(text)) => integer(kind, text, place)?,
            (_, Datum::Null) => Value::Null,
            (_, Datum::Bool(value)) => Value::Bool(value),
            // The AWS CLI refuses a date of YAML where a text is wanted.
            (_, Datum::Text(text) | Datum::Moment(text)) => Value::String(text),
            (_, Datum::Float(value)) => match Number::from_f64(value) {
                Some(number) => Value::Number(number),
                None => return Err(misfit(kind, &Datum::Float(value), place)),
            },
            (_, datum @ Datum::Bytes(_)) => return Err(misfit(kind, &datum, place)),
            (_, Datum::List(items)) => {
                let element = shape.and_then(ShapeInfo::element);
                let items = items.into_iter().enumerate().map(|(index, item)| {
                    self.value(element, item, &ParamPath { parent: Some(place), step: Step::Index(index) }, depth + 1)
                });
                Value::Array(items.collect::<Result<_, _>>()?)
            }
            (_, Datum::Map(members)) => self.object(shape, members, place, depth)?,
        })
    }

    fn object(
        &mut self,
        shape: Option<ShapeInfo<'_>>,
        members: Members,
        place: &ParamPath<'_>,
        depth: usize,
    ) -> Result<Value, ValueError> {
        let mut object = Map::new();
        for (name, value) in members {
            let shape = shape.and_then(|shape| match shape.shape_type() {
                ShapeType::Map => shape.value(),
                _ => shape.member(&name).map(|member| member.shape()),
            });
            let place = ParamPath { parent: Some(place), step: Step::Member(&name) };
            let value = self.value(shape, value, &place, depth + 1)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }

    fn blob(&mut self, text: String) -> Value {
        let error = match self.format {
            BinaryFormat::Raw => return tucuxi::blob(text),
            BinaryFormat::Base64 if !text.is_ascii() => ValueError::Base64NotAscii,
            BinaryFormat::Base64 => match base64::decode(&text) {
                Some(bytes) => return tucuxi::blob(bytes),
                None => ValueError::Base64(text.clone()),
            },
        };
        self.refused_blob.get_or_insert(error);
        Value::String(text)
    }
}

fn integer(kind: Option<ShapeType>, text: String, place: &ParamPath<'_>) -> Result<Value, ValueError> {
    if let Ok(number) = text.parse::<i64>() {
        return Ok(number.into());
    }
    if let Ok(number) = text.parse::<u64>() {
        return Ok(number.into());
    }
    if let Some(ShapeType::Float | ShapeType::Double) = kind
        && let Some(number) = text.parse().ok().and_then(Number::from_f64)
    {
        return Ok(Value::Number(number));
    }
    Err(match kind {
        Some(ShapeType::Integer | ShapeType::Timestamp) | None => {
            ValueError::Validation(Misfit::Range { path: place.path(), value: text })
        }
        _ => misfit(kind, &Datum::Int(text), place),
    })
}

fn misfit(kind: Option<ShapeType>, datum: &Datum, place: &ParamPath<'_>) -> ValueError {
    ValueError::Validation(Misfit::Type {
        path: place.path(),
        value: datum.shown(),
        found: datum.type_name(),
        expected: kind.map_or("JSON", python_types),
    })
}

fn float_word(value: f64) -> &'static str {
    match value {
        value if value.is_nan() => "NaN",
        value if value > 0.0 => "Infinity",
        _ => "-Infinity",
    }
}

/// The types of Python that botocore accepts.
fn python_types(kind: ShapeType) -> &'static str {
    match kind {
        ShapeType::Structure | ShapeType::Map => "<class 'dict'>",
        ShapeType::List => "<class 'list'>, <class 'tuple'>",
        ShapeType::Boolean => "<class 'bool'>",
        ShapeType::Integer => "<class 'int'>",
        ShapeType::Float | ShapeType::Double => "<class 'float'>, <class 'decimal.Decimal'>, <class 'int'>",
        ShapeType::Timestamp => "<class 'datetime.datetime'>, timestamp-string",
        ShapeType::Blob => "<class 'bytes'>, <class 'bytearray'>, file-like object",
        _ => "<class 'str'>",
    }
}

impl ParamPath<'_> {
    fn path(&self) -> String {
        let parent = self.parent.map(ParamPath::path).unwrap_or_default();
        match self.step {
            Step::Member(name) if parent.is_empty() => name.to_owned(),
            Step::Member(name) => format!("{parent}.{name}"),
            Step::Index(index) => format!("{parent}[{index}]"),
        }
    }
}

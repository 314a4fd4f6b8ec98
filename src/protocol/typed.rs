//! Responses as the user's own types, in one pass from the bytes to the type, directed by the shapes.
//!
//! ```text
//! body -> Source (one for each format) -> ShapeDeserializer (one for all) -> T
//! ```
//!
//! Everything that is the same in all formats is here: the rules of [`lenient`](super::lenient), unions, members that the
//! model does not know, nulls, documents, limits, and errors with their paths. A format adds only a [`Source`]. Members
//! that the type does not have are skipped without being built.
//!
//! The pass over the bytes is the fast one, and gives up at the first oddity. Then the response is read as a `Value`, as
//! tolerantly as ever, and the value is read into the type by the same deserializer. So a type sees the same whichever way
//! it went, and every error is the error of that second reading, with the path of the value that does not fit.

mod deserialize;
mod error;
mod event;
mod fields;
mod items;
mod members;
mod name;
mod scalar;
mod source;
mod taps;
mod value;

use serde_json::{Map, Value, json};

use super::located_error::LocatedError;
pub(crate) use super::located_error::LocatedResult;
use super::{MAX_MEMORY, Parsed, Protocol, Received};
use crate::error::{ErrorKind, Result};
use crate::model::operation::Operation;
use crate::model::shape::{Ref, Shapes};

pub(crate) use self::deserialize::ShapeDeserializer;
pub(super) use self::event::FrameSource;
pub(super) use self::members::RestSource;
pub(super) use self::source::{NextMember, ShapeToken as Token, TokenSource as Source};
pub(crate) use self::taps::Taps;
pub(super) use self::value::ValueSource;

/// Makes the user's type from a deserializer, and keeps it. It is called once or twice for a response; the last one counts.
pub(crate) type Build<'f> = dyn FnMut(ShapeDeserializer<'_, '_, '_>) -> LocatedResult<()> + 'f;

/// As [`Build`], shared by the steps of a call. It keeps what it makes behind a shared reference.
pub(crate) type Sink<'f> = dyn Fn(ShapeDeserializer<'_, '_, '_>) -> LocatedResult<()> + 'f;

/// Reads a successful response into a type directly; `None` if it has to be read as a `Value` first.
pub(crate) fn read_directly(
    protocol: &dyn Protocol,
    operation: &Operation,
    response: &Received<'_>,
    sink: &Sink<'_>,
) -> Option<Parsed> {
    let request_id = protocol.parse_into(operation, response, &mut |root| sink(root)).ok()?;
    Some(Parsed { value: Map::new(), request_id })
}

/// Reads a value, which has the shape of `shapes` if it has one, into a type. Without a shape nothing says what is a secret, so errors do
/// not show values.
pub(crate) fn read_value(shapes: Option<&Shapes>, value: Value, sink: &Sink<'_>) -> Result<()> {
    let mut source = ValueSource::new(value);
    let mut reader = deserialize::TypedReader::new(&mut source, shapes, usize::MAX);
    sink(reader.next_value(shapes.map(Shapes::root))).map_err(|error| {
        let error = if shapes.is_none() { error.without_value() } else { error };
        error.into_error(ErrorKind::Response)
    })
}

/// Reads the member of a union that the model does not have into a type; `false` if the type has no variant for it.
pub(crate) fn read_unknown(name: &str, sink: &Sink<'_>) -> bool {
    let mut source = ValueSource::new(json!({ fields::UNKNOWN_MEMBER: {"name": name} }));
    let mut reader = deserialize::TypedReader::new(&mut source, None, usize::MAX);
    reader.is_variant = true;
    sink(reader.next_value(None)).is_ok()
}

/// Reads the value of a source, which has the shape of `target`, into a type.
pub(super) fn read_from<'b>(
    source: &mut dyn Source<'b>,
    shapes: &Shapes,
    target: &Ref,
    sink: &Sink<'_>,
) -> LocatedResult<()> {
    sink(deserialize::TypedReader::new(source, Some(shapes), MAX_MEMORY).next_value(Some(target)))
}

/// The error of a fast pass that leaves a response to the other reading.
#[cold]
pub(crate) fn unlikely() -> Box<LocatedError> {
    LocatedError::new("not the usual response")
}

/// Calls `build` with the output of a response, which `source` reads.
pub(super) fn build_from<'b>(
    source: &mut dyn Source<'b>,
    shapes: &Shapes,
    response: &Received<'_>,
    build: &mut Build<'_>,
) -> LocatedResult<()> {
    let mut reader = deserialize::TypedReader::new(source, Some(shapes), response.max_memory);
    reader.rule = response.rule;
    build(reader.next_value(Some(shapes.root())))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "it is never read, because it does not fit")]
    struct Login {
        user: String,
        password: u8,
    }

    #[test]
    fn error_of_a_value_without_a_shape_does_not_show_it() {
        let into = |root: ShapeDeserializer<'_, '_, '_>| Login::deserialize(root).map(drop);
        for (value, expected) in [
            (json!({"user": "me", "password": "hunter2"}), "password: expected u8, found another value"),
            (json!({"user": "me"}), "the member \"password\" is missing"),
            (json!("hunter2"), "expected struct Login, found another value"),
        ] {
            assert_eq!(read_value(None, value, &into).unwrap_err().to_string(), expected);
        }
    }
}

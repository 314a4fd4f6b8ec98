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
mod fields;
mod items;
mod members;
mod name;
mod scalar;
mod source;
mod value;

use serde_json::{Map, Value};

use super::located_error::LocatedError;
pub(crate) use super::located_error::LocatedResult;
use super::{Parsed, Protocol, Received};
use crate::error::{ErrorKind, Result};
use crate::model::operation::Operation;
use crate::model::shape::Shapes;

pub(crate) use self::deserialize::ShapeDeserializer;
pub(super) use self::members::RestSource;
pub(super) use self::source::{NextMember, ShapeToken as Token, TokenSource as Source};
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

/// Reads a value, which has the shape of `shapes` if it has one, into a type.
pub(crate) fn read_value(shapes: Option<&Shapes>, value: Value, sink: &Sink<'_>) -> Result<()> {
    build_from(&mut ValueSource::new(value), shapes, usize::MAX, &mut |root| sink(root))
        .map_err(|error| error.into_error(ErrorKind::Response))
}

/// The error of a fast pass that leaves a response to the other reading.
#[cold]
pub(super) fn unlikely() -> Box<LocatedError> {
    LocatedError::new("not the usual response")
}

/// Calls `build` with the root of a source.
pub(super) fn build_from<'b>(
    source: &mut dyn Source<'b>,
    shapes: Option<&Shapes>,
    max_memory: usize,
    build: &mut Build<'_>,
) -> LocatedResult<()> {
    let mut reader = deserialize::TypedReader::new(source, shapes, max_memory);
    let target = shapes.map(Shapes::root);
    build(reader.next_value(target))
}

//! Documents: what the bodies of requests have of the parameters.

use serde_json::{Map, Value};

use crate::error::{Error, ErrorKind, Result};
use crate::model::operation::Operation;
use crate::model::shape::{Kind, Location, Member, Ref, Shapes, Structure};
use crate::value::{ParamFault, ParamToken, Receiver, send, send_members};

/// The writer of a document. It receives an object with the members that are in the document, or one member, the payload.
pub(crate) trait Document: Receiver {
    /// The bytes of a complete document.
    fn finish(&mut self) -> Vec<u8>;

    /// The error for what it did not take.
    fn error(&self, fault: &ParamFault) -> Error {
        Error::new(ErrorKind::Validation, fault.to_string())
    }
}

/// What is in the document of an operation.
#[derive(Debug, Clone, Copy)]
pub(crate) enum DocumentRoot<'o> {
    /// All members of the input.
    All,
    /// The members that are not bound to another part of the request.
    Unbound(&'o Structure),
    Payload(&'o Member),
    /// The body is a payload of bytes or text.
    Nothing,
}

impl<'o> DocumentRoot<'o> {
    /// `has_bindings` is that of the protocol.
    pub(crate) fn of(operation: &'o Operation, has_bindings: bool) -> Self {
        match (&operation.input, operation.input_structure()) {
            (Some(shapes), Some(structure)) if has_bindings => match structure.payload_member() {
                None => DocumentRoot::Unbound(structure),
                Some(payload) if matches!(shapes.kind(&payload.target), Kind::Blob | Kind::String) => {
                    DocumentRoot::Nothing
                }
                Some(payload) => DocumentRoot::Payload(payload),
            },
            _ => DocumentRoot::All,
        }
    }

    /// The shape of the document, if the protocol has bindings.
    pub(super) fn target(operation: &'o Operation, shapes: &'o Shapes) -> &'o Ref {
        match DocumentRoot::of(operation, true) {
            DocumentRoot::Payload(payload) => &payload.target,
            _ => shapes.root(),
        }
    }
}

/// Writes the document of parameters; `None` if they have nothing for it.
pub(super) fn write(
    writer: Option<impl Document>,
    operation: &Operation,
    has_bindings: bool,
    params: &Map<String, Value>,
) -> Result<Option<Vec<u8>>> {
    let Some(mut document) = writer else { return Ok(None) };
    let to = &mut document;
    let sent = match DocumentRoot::of(operation, has_bindings) {
        DocumentRoot::All => {
            let begun = to.token(&ParamToken::Object(params.len()));
            begun.and_then(|()| send_members(params, to)).and_then(|()| to.end())
        }
        DocumentRoot::Unbound(structure) => {
            let is_in_body = |(name, value): &(&String, &Value)| match structure.by_name(name) {
                Some((_, member)) => member.target.location == Location::Body && !value.is_null(),
                None => true,
            };
            let mut given = params.iter().filter(is_in_body).peekable();
            if given.peek().is_none() {
                return Ok(None);
            }
            let begun = to.token(&ParamToken::Object(params.len()));
            begun.and_then(|()| send_members(given, to)).and_then(|()| to.end())
        }
        DocumentRoot::Payload(payload) => match params.get(&*payload.name) {
            None | Some(Value::Null) => return Ok(None),
            Some(value) => send(value, to),
        },
        DocumentRoot::Nothing => return Ok(None),
    };
    match sent {
        Ok(()) => Ok(Some(document.finish())),
        Err(fault) => Err(document.error(&fault)),
    }
}

//! Serialization of values into XML documents.

use serde_json::{Map, Value};

use crate::codec::xml::{MAX_DEPTH, XmlWriter};
use crate::error::{ErrorKind, Result};
use crate::model::shape::{Kind, Location, Ref, Shapes, Structure, TimestampFormat};
use crate::protocol::located_error::{LocatedError, LocatedResult};
use crate::protocol::scalar;

/// Serializes a payload member as a document with the root element `root_name`.
pub(crate) fn serialize_document(shapes: &Shapes, target: &Ref, root_name: &str, value: &Value) -> Result<Vec<u8>> {
    let mut serializer = Serializer { shapes, writer: XmlWriter::default(), depth: 0 };
    match serializer.element(target, root_name, value) {
        Ok(()) => Ok(serializer.writer.finish()),
        Err(error) => Err(error.into_error(ErrorKind::Validation)),
    }
}

/// Serializes the parameters in the body as a document with the root element `root_name`. `target` is the operation's
/// input.
pub(crate) fn serialize_members(
    shapes: &Shapes,
    target: &Ref,
    root_name: &str,
    params: &Map<String, Value>,
) -> Result<Vec<u8>> {
    let mut serializer = Serializer { shapes, writer: XmlWriter::default(), depth: 0 };
    let outcome = match shapes.structure(target.shape) {
        Some(structure) => serializer.structure(target, structure, root_name, params, true),
        None => Err(LocatedError::new("the input is not a structure")),
    };
    match outcome {
        Ok(()) => Ok(serializer.writer.finish()),
        Err(error) => Err(error.into_error(ErrorKind::Validation)),
    }
}

struct Serializer<'s> {
    shapes: &'s Shapes,
    writer: XmlWriter,
    depth: usize,
}

impl Serializer<'_> {
    fn element(&mut self, target: &Ref, name: &str, value: &Value) -> LocatedResult<()> {
        if self.depth >= MAX_DEPTH {
            return Err(LocatedError::new(format!("nested deeper than {MAX_DEPTH} levels")));
        }
        self.depth += 1;
        match (self.shapes.kind(target), value) {
            (Kind::Structure(structure), Value::Object(members)) => {
                self.structure(target, structure, name, members, false)?;
            }
            (Kind::List(item), Value::Array(items)) => self.list(target, item, name, items)?,
            (Kind::Map { key, value }, Value::Object(entries)) => self.map(target, key, value, name, entries)?,
            (Kind::Structure(_) | Kind::Map { .. }, _) => {
                return Err(LocatedError::new(scalar::mismatch("object", value)));
            }
            (Kind::List(_), _) => return Err(LocatedError::new(scalar::mismatch("array", value))),
            (kind, _) => {
                let text = scalar::to_text(kind, target, value, TimestampFormat::Iso8601).map_err(LocatedError::new)?;
                self.start(target, name);
                self.writer.text(&text);
                self.writer.end(name);
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Writes a structure. With `is_input`, members outside of the body are skipped.
    fn structure(
        &mut self,
        target: &Ref,
        structure: &Structure,
        name: &str,
        members: &Map<String, Value>,
        is_input: bool,
    ) -> LocatedResult<()> {
        self.start(target, name);
        // Attributes belong to the start tag, so they come first.
        if structure.members.iter().any(|member| member.target.xml_attribute) {
            self.attributes(structure, members)?;
        }
        for (key, value) in members.iter().filter(|(_, value)| !value.is_null()) {
            let Some((_, member)) = structure.by_name(key) else {
                return Err(LocatedError::new("unknown parameter").member(key));
            };
            let target = &member.target;
            if target.xml_attribute || is_input && target.location != Location::Body {
                continue;
            }
            self.element(target, &target.wire, value).map_err(|error| error.member(key))?;
        }
        self.writer.end(name);
        Ok(())
    }

    fn attributes(&mut self, structure: &Structure, members: &Map<String, Value>) -> LocatedResult<()> {
        for (key, value) in members.iter().filter(|(_, value)| !value.is_null()) {
            let Some((_, member)) = structure.by_name(key).filter(|(_, member)| member.target.xml_attribute) else {
                continue;
            };
            let target = &member.target;
            let text = scalar::to_text(self.shapes.kind(target), target, value, TimestampFormat::Iso8601)
                .map_err(|message| LocatedError::new(message).member(key))?;
            self.writer.attribute(&target.wire, &text);
        }
        Ok(())
    }

    fn list(&mut self, target: &Ref, item: &Ref, name: &str, items: &[Value]) -> LocatedResult<()> {
        // The items of a flattened list replace it and have its name.
        let item_name = if target.flattened { name } else { &item.wire };
        if !target.flattened {
            self.start(target, name);
        }
        for (index, value) in items.iter().enumerate() {
            self.element(item, item_name, value).map_err(|error| error.item(index))?;
        }
        if !target.flattened {
            self.writer.end(name);
        }
        Ok(())
    }

    fn map(
        &mut self,
        target: &Ref,
        key: &Ref,
        value: &Ref,
        name: &str,
        entries: &Map<String, Value>,
    ) -> LocatedResult<()> {
        let entry_name = if target.flattened { name } else { "entry" };
        if !target.flattened {
            self.start(target, name);
        }
        for (text, item) in entries {
            self.writer.start(entry_name);
            self.start(key, &key.wire);
            self.writer.text(text);
            self.writer.end(&key.wire);
            self.element(value, &value.wire, item).map_err(|error| error.member(text))?;
            self.writer.end(entry_name);
        }
        if !target.flattened {
            self.writer.end(name);
        }
        Ok(())
    }

    fn start(&mut self, target: &Ref, name: &str) {
        self.writer.start(name);
        if let Some(namespace) = &target.xml_namespace {
            match &namespace.prefix {
                Some(prefix) => self.writer.attribute(&format!("xmlns:{prefix}"), &namespace.uri),
                None => self.writer.attribute("xmlns", &namespace.uri),
            }
        }
    }
}

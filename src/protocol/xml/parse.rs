//! An XML document as a value, in one pass.

use serde_json::map::Entry;
use serde_json::{Map, Value};

use crate::codec::budget::Budget;
use crate::codec::xml::{Element, Reader};
use crate::error::{ErrorKind, Result};
use crate::model::shape::{Kind, Location, Member, Ref, ShapeId, Shapes, Structure};
use crate::protocol::fault::{Fault, Outcome};
use crate::protocol::lenient::{self, Scalar};
use crate::protocol::xml::root::Expected;
use crate::protocol::{Parsed, Received};

/// The members of the structure `target`, from a document whose root stands for it: see [`Expected`]. Members that travel in headers
/// or as the status are not looked for. An empty body has no members.
pub(crate) fn parse_document(
    expected: Expected<'_>,
    shapes: &Shapes,
    target: &Ref,
    body: &[u8],
    max_memory: usize,
) -> Result<Map<String, Value>> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    repaired(body, |body| document(expected, shapes, target, body, max_memory))
        .map_err(|fault| fault.into_error(ErrorKind::Response))
}

/// Reads a document, and one with bytes that are not UTF-8 with U+FFFD in their place.
pub(super) fn repaired<T>(body: &[u8], read: impl Fn(&[u8]) -> Outcome<T>) -> Outcome<T> {
    match read(body) {
        Err(_) if std::str::from_utf8(body).is_err() => read(String::from_utf8_lossy(body).as_bytes()),
        outcome => outcome,
    }
}

fn document(
    expected: Expected<'_>,
    shapes: &Shapes,
    target: &Ref,
    body: &[u8],
    max_memory: usize,
) -> Outcome<Map<String, Value>> {
    let mut parser = Parser::new(shapes, body, max_memory);
    let root = parser.reader.root()?;
    expected.check_name(root.local_name(), Some((shapes, target)))?;
    let members = parser.structure(target.shape, &root)?;
    parser.reader.finish()?;
    if members.is_empty() {
        expected.check_empty(body, Some((shapes, target)))?;
    }
    Ok(members)
}

/// A whole answer of the `query` and `ec2` protocols: the result in its wrapper or in the root itself, and the request id.
pub(crate) fn parse_response(
    expected: Expected<'_>,
    output: Option<&Shapes>,
    response: &Received<'_>,
) -> Result<Parsed> {
    let body = response.body.unwrap_or_default();
    let has_members = |shapes: &&Shapes| shapes.root_structure().is_some_and(|output| !output.members.is_empty());
    let output = output.filter(has_members);
    if output.is_none() && body.trim_ascii().is_empty() {
        return Ok(Parsed::default());
    }
    repaired(body, |body| whole(expected, output, body, response.max_memory))
        .map_err(|fault| fault.into_error(ErrorKind::Response))
}

fn whole(expected: Expected<'_>, output: Option<&Shapes>, body: &[u8], max_memory: usize) -> Outcome<Parsed> {
    if body.trim_ascii().is_empty() {
        return Err(Fault::whole("expected an XML document, found an empty body"));
    }
    let Some(shapes) = output else { return ids_only(expected, body) };
    let target = Some((shapes, shapes.root()));
    let mut parser = Parser::new(shapes, body, max_memory);
    let root = parser.reader.root()?;
    expected.check_name(root.local_name(), target)?;
    let value = match expected.wrapper {
        Some(wrapper) => parser.wrapped(wrapper, &root)?,
        None => parser.structure(shapes.root().shape, &root)?,
    };
    parser.reader.finish()?;
    if value.is_empty() && expected.wrapper.is_none() {
        expected.check_empty(body, target)?;
    }
    Ok(Parsed { value, request_id: parser.request_id })
}

/// An answer to an operation without output.
fn ids_only(expected: Expected<'_>, body: &[u8]) -> Outcome<Parsed> {
    let mut reader = Reader::new(body);
    let mut request_id = None;
    let root = reader.root()?;
    expected.check_name(root.local_name(), None)?;
    while let Some(child) = reader.child()? {
        read_request_id(&mut reader, &child, &mut request_id)?;
    }
    reader.finish()?;
    expected.check_empty(body, None)?;
    Ok(Parsed { value: Map::new(), request_id })
}

/// The text of the root element of a well-formed document.
pub(crate) fn root_text(body: &[u8]) -> Result<String> {
    let read = || -> Outcome<String> {
        let mut reader = Reader::new(body);
        reader.root()?;
        let text = reader.text()?.into_owned();
        reader.finish()?;
        Ok(text)
    };
    read().map_err(|fault| fault.into_error(ErrorKind::Response))
}

/// The request id among the children of the root: `RequestId` in the `ResponseMetadata` of `query`, `requestId` of `ec2`.
/// Consumes the element, whichever it is.
fn read_request_id(reader: &mut Reader<'_>, element: &Element<'_>, request_id: &mut Option<String>) -> Outcome<()> {
    match element.local_name() {
        "requestId" | "RequestId" => *request_id = Some(reader.text()?.into_owned()),
        "ResponseMetadata" => {
            while let Some(child) = reader.child()? {
                match child.local_name() {
                    "RequestId" => *request_id = Some(reader.text()?.into_owned()),
                    _ => reader.skip()?,
                }
            }
        }
        _ => reader.skip()?,
    }
    Ok(())
}

pub(super) struct Parser<'s, 'a> {
    shapes: &'s Shapes,
    pub(super) reader: Reader<'a>,
    request_id: Option<String>,
    budget: Budget,
    /// How the structures looked that were read last, one per shape.
    memories: Vec<(ShapeId, Memory)>,
}

/// Services send the members of a structure in the same order every time: where a member was found in the last structure of
/// a shape, it is looked for first in the next. The room that one needed is a guess for the next, too, and bounds what is
/// allocated by what was received.
#[derive(Default)]
struct Memory {
    /// The positions of members, in the order of their elements.
    order: Vec<u16>,
    /// How many of them the present structure has passed, and the last one of these.
    step: usize,
    last: Option<u16>,
    /// The number of members.
    length: usize,
}

impl<'s, 'a> Parser<'s, 'a> {
    pub(super) fn new(shapes: &'s Shapes, body: &'a [u8], max_memory: usize) -> Self {
        let budget = Budget::new(max_memory);
        Parser { shapes, reader: Reader::new(body), request_id: None, budget, memories: Vec::new() }
    }

    fn wrapped(&mut self, wrapper: &str, root: &Element<'a>) -> Outcome<Map<String, Value>> {
        let mut value = None;
        while let Some(child) = self.reader.child()? {
            if value.is_none() && child.local_name() == wrapper {
                value = Some(self.structure(self.shapes.root().shape, &child)?);
            } else {
                read_request_id(&mut self.reader, &child, &mut self.request_id)?;
            }
        }
        value.ok_or_else(|| {
            Fault::whole(format!("expected the element \"{wrapper}\" in \"{}\", found none", root.local_name()))
        })
    }

    /// The members of the open element, and closes it.
    pub(super) fn structure(&mut self, shape: ShapeId, element: &Element<'a>) -> Outcome<Map<String, Value>> {
        let Kind::Structure(structure) = &self.shapes.get(shape).kind else {
            return Err(Fault::new("the model expects a structure here and has none"));
        };
        if structure.union {
            return self.union(structure, element);
        }
        let mut members = Map::new();
        if element.has_attributes() {
            attributes(structure, element, &mut members);
        }
        let mut memory = self.recall(shape);
        while let Some(child) = self.reader.child()? {
            let Some(position) = self.find(structure, child.local_name(), &mut memory) else {
                self.unknown(&child)?;
                continue;
            };
            // Only now, so that many empty elements cost nothing.
            if members.is_empty() {
                members = Map::with_capacity(memory.length);
            }
            let member = &structure.members[position];
            self.member(member, &child, &mut members).map_err(|fault| fault.member(&member.name))?;
        }
        memory.length = members.len();
        self.remember(shape, memory);
        Ok(members)
    }

    /// Takes the memory of a shape, so that the same shape further inside begins with none.
    fn recall(&mut self, shape: ShapeId) -> Memory {
        let memory = self.memories.iter_mut().find(|(known, _)| *known == shape);
        let memory = memory.map(|(_, memory)| std::mem::take(memory)).unwrap_or_default();
        Memory { step: 0, last: None, ..memory }
    }

    fn remember(&mut self, shape: ShapeId, memory: Memory) {
        // Few shapes repeat within one answer; a long list would be slower than no memory.
        const LIMIT: usize = 32;
        if let Some((_, known)) = self.memories.iter_mut().find(|(known, _)| *known == shape) {
            *known = memory;
        } else if self.memories.len() < LIMIT {
            self.memories.push((shape, memory));
        }
    }

    /// A union has one member, which this version of the model may not know.
    fn union(&mut self, structure: &Structure, element: &Element<'a>) -> Outcome<Map<String, Value>> {
        let mut members = Map::new();
        let mut unknown: Option<String> = None;
        if element.has_attributes() {
            attributes(structure, element, &mut members);
        }
        while let Some(child) = self.reader.child()? {
            let name = child.local_name();
            match self.find_anywhere(structure, name) {
                Some(position) => {
                    let member = &structure.members[position];
                    self.member(member, &child, &mut members).map_err(|fault| fault.member(&member.name))?;
                }
                None => {
                    unknown = Some(name.to_owned());
                    self.reader.skip()?;
                }
            }
        }
        Ok(lenient::union_of(members, unknown))
    }

    /// The position of the member that a tag stands for: the one found last, whose element may repeat, or the one that followed
    /// it in the structure before, or any.
    fn find(&self, structure: &Structure, tag: &str, memory: &mut Memory) -> Option<usize> {
        let is_called = |position: &u16| is_called(&structure.members[usize::from(*position)].target, tag);
        let known = memory.last.filter(is_called);
        if let Some(position) = known {
            return Some(usize::from(position));
        }
        let expected = memory.order.get(memory.step).copied().filter(is_called);
        let position = match expected {
            Some(position) => position,
            None => self.find_anywhere(structure, tag)? as u16,
        };
        if let Some(slot) = memory.order.get_mut(memory.step) {
            *slot = position;
        } else if memory.order.len() < structure.members.len() {
            memory.order.push(position);
        }
        memory.step += 1;
        memory.last = Some(position);
        Some(usize::from(position))
    }

    fn find_anywhere(&self, structure: &Structure, tag: &str) -> Option<usize> {
        let members = &structure.members;
        match structure.position_by_wire(tag) {
            Some(position) if in_body(&members[position].target) => Some(position),
            // A header may have the same name as an element.
            Some(_) => members.iter().position(|member| is_called(&member.target, tag)),
            // The elements of a flattened list may be named by its items.
            None => members.iter().position(|member| {
                member.target.flattened
                    && in_body(&member.target)
                    && matches!(self.shapes.kind(&member.target), Kind::List(item) if item.named && *item.wire == *tag)
            }),
        }
    }

    fn member(&mut self, member: &Member, element: &Element<'a>, members: &mut Map<String, Value>) -> Outcome<()> {
        let target = &member.target;
        match self.shapes.kind(target) {
            Kind::List(item) if target.flattened => match members.get_mut(&*member.name) {
                Some(Value::Array(items)) => self.item(item, element, items),
                _ => {
                    let mut items = Vec::new();
                    self.item(item, element, &mut items)?;
                    self.budget.entry(members.len())?;
                    members.insert(member.name.as_ref().to_owned(), Value::Array(items));
                    Ok(())
                }
            },
            Kind::Map { key, value } if target.flattened => match members.get_mut(&*member.name) {
                Some(Value::Object(entries)) => self.entry(key, value, entries),
                _ => {
                    let mut entries = Map::new();
                    self.entry(key, value, &mut entries)?;
                    self.budget.entry(members.len())?;
                    members.insert(member.name.as_ref().to_owned(), Value::Object(entries));
                    Ok(())
                }
            },
            _ => {
                let count = members.len();
                match members.entry(member.name.as_ref()) {
                    Entry::Vacant(vacant) => {
                        self.budget.entry(count)?;
                        vacant.insert(self.value(target, element)?);
                    }
                    Entry::Occupied(mut occupied) => self.repeated(target, occupied.get_mut())?,
                }
                Ok(())
            }
        }
    }

    /// An element that should stand once: lists and maps go on, of others the first counts.
    fn repeated(&mut self, target: &Ref, value: &mut Value) -> Outcome<()> {
        match (self.shapes.kind(target), value) {
            (Kind::List(item), Value::Array(items)) => self.items(item, items),
            (Kind::Map { key, value }, Value::Object(entries)) => self.entries(key, value, entries),
            _ => Ok(self.reader.skip()?),
        }
    }

    fn value(&mut self, target: &Ref, element: &Element<'a>) -> Outcome<Value> {
        match self.shapes.kind(target) {
            Kind::Structure(_) => self.structure(target.shape, element).map(Value::Object),
            Kind::List(item) => {
                let mut items = Vec::new();
                self.items(item, &mut items)?;
                Ok(Value::Array(items))
            }
            Kind::Map { key, value } => {
                let mut entries = Map::new();
                self.entries(key, value, &mut entries)?;
                Ok(Value::Object(entries))
            }
            scalar => Ok(lenient::fit(scalar, Scalar::Text(self.reader.text()?))),
        }
    }

    /// The open element is a list: its children are the items, whatever their names.
    fn items(&mut self, item: &Ref, items: &mut Vec<Value>) -> Outcome<()> {
        while let Some(child) = self.reader.child()? {
            self.item(item, &child, items)?;
        }
        Ok(())
    }

    fn item(&mut self, item: &Ref, element: &Element<'a>, items: &mut Vec<Value>) -> Outcome<()> {
        let value = self.value(item, element).map_err(|fault| fault.item(items.len()))?;
        self.budget.item(items.len())?;
        items.push(value);
        Ok(())
    }

    /// The open element is a map: its children are the entries, whatever their names.
    fn entries(&mut self, key: &Ref, value: &Ref, entries: &mut Map<String, Value>) -> Outcome<()> {
        while self.reader.child()?.is_some() {
            self.entry(key, value, entries)?;
        }
        Ok(())
    }

    /// The open element is an entry of a map. One without a key or a value is no entry.
    fn entry(&mut self, key: &Ref, value: &Ref, entries: &mut Map<String, Value>) -> Outcome<()> {
        let mut entry_key = None;
        let mut entry_value = None;
        while let Some(child) = self.reader.child()? {
            let name = child.local_name();
            if entry_key.is_none() && *name == *key.wire {
                entry_key = Some(self.reader.text()?.into_owned());
            } else if entry_value.is_none() && *name == *value.wire {
                let parsed = self.value(value, &child);
                entry_value = Some(parsed.map_err(|fault| fault.member(entry_key.as_deref().unwrap_or("?")))?);
            } else {
                self.reader.skip()?;
            }
        }
        if let (Some(entry_key), Some(entry_value)) = (entry_key, entry_value) {
            self.budget.entry(entries.len())?;
            entries.insert(entry_key, entry_value);
        }
        Ok(())
    }

    /// An element that the model does not know. Below the root it may carry the request id.
    fn unknown(&mut self, element: &Element<'a>) -> Outcome<()> {
        const CHILD_OF_ROOT: usize = 2;
        if self.reader.depth() == CHILD_OF_ROOT {
            return read_request_id(&mut self.reader, element, &mut self.request_id);
        }
        Ok(self.reader.skip()?)
    }
}

fn attributes(structure: &Structure, element: &Element<'_>, members: &mut Map<String, Value>) {
    for member in structure.members.iter().filter(|member| member.target.xml_attribute) {
        if let Some(text) = element.attribute(&member.target.wire) {
            members.insert(member.name.as_ref().to_owned(), Value::String(text.into_owned()));
        }
    }
}

fn is_called(target: &Ref, tag: &str) -> bool {
    *target.wire == *tag && in_body(target)
}

/// Whether a member of an output is looked for in the body.
pub(super) fn in_body(target: &Ref) -> bool {
    !matches!(target.location, Location::Header | Location::Headers | Location::StatusCode)
}

//! Parsing of XML documents into values, in one pass.

use serde_json::map::Entry;
use serde_json::{Map, Value};

use crate::codec::budget::Budget;
use crate::codec::percent;
use crate::codec::xml::{Element, XmlReader};
use crate::error::{ErrorKind, Result};
use crate::model::shape::{Kind, Member, Ref, ShapeId, Shapes, Structure};
use crate::protocol::lenient::{self, Scalar};
use crate::protocol::located_error::{LocatedError, LocatedResult};
use crate::protocol::xml::find::{find, find_anywhere};
use crate::protocol::xml::root::Expected;
use crate::protocol::{Parsed, Received};

/// Parses the members of the structure `target` from a document whose root stands for it: see [`Expected`]. Members in
/// headers and the status are skipped. An empty body has no members.
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
    with_repaired_utf8(body, |body| document(expected, shapes, target, body, max_memory))
        .map_err(|error| error.into_error(ErrorKind::Response))
}

/// Parses a document. If it is not UTF-8, it is parsed again with U+FFFD for the invalid bytes.
pub(super) fn with_repaired_utf8<T>(body: &[u8], read: impl Fn(&[u8]) -> LocatedResult<T>) -> LocatedResult<T> {
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
) -> LocatedResult<Map<String, Value>> {
    let mut parser = XmlParser::new(shapes, body, max_memory);
    parser.is_encoded = expected.is_encoded;
    let root = parser.reader.root()?;
    expected.check_name(root.local_name(), Some((shapes, target)))?;
    let members = parser.structure(target.shape, &root)?;
    parser.reader.finish()?;
    if members.is_empty() {
        expected.check_empty(body, Some((shapes, target)))?;
    }
    Ok(members)
}

/// Parses a complete response of the `query` and `ec2` protocols: the result in its wrapper or in the root itself, and
/// the request id.
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
    with_repaired_utf8(body, |body| whole(expected, output, body, response.max_memory))
        .map_err(|error| error.into_error(ErrorKind::Response))
}

fn whole(expected: Expected<'_>, output: Option<&Shapes>, body: &[u8], max_memory: usize) -> LocatedResult<Parsed> {
    if body.trim_ascii().is_empty() {
        return Err(LocatedError::whole("expected an XML document, found an empty body"));
    }
    let Some(shapes) = output else { return ids_only(expected, body) };
    let target = Some((shapes, shapes.root()));
    let mut parser = XmlParser::new(shapes, body, max_memory);
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

/// Parses the response of an operation without output.
fn ids_only(expected: Expected<'_>, body: &[u8]) -> LocatedResult<Parsed> {
    let mut reader = XmlReader::new(body);
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

/// The text of the root element. The document must be well-formed.
pub(crate) fn root_text(body: &[u8]) -> Result<String> {
    let read = || -> LocatedResult<String> {
        let mut reader = XmlReader::new(body);
        reader.root()?;
        let text = reader.text()?.into_owned();
        reader.finish()?;
        Ok(text)
    };
    read().map_err(|error| error.into_error(ErrorKind::Response))
}

/// Reads the request id from a child of the root: `RequestId` in the `ResponseMetadata` of `query`, `requestId` of
/// `ec2`. Any other element is consumed.
pub(super) fn read_request_id(
    reader: &mut XmlReader<'_>,
    element: &Element<'_>,
    request_id: &mut Option<String>,
) -> LocatedResult<()> {
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

pub(super) struct XmlParser<'s, 'a> {
    shapes: &'s Shapes,
    pub(super) reader: XmlReader<'a>,
    request_id: Option<String>,
    budget: Budget,
    /// As [`Expected::is_encoded`].
    is_encoded: bool,
}

impl<'s, 'a> XmlParser<'s, 'a> {
    pub(super) fn new(shapes: &'s Shapes, body: &'a [u8], max_memory: usize) -> Self {
        let budget = Budget::new(max_memory);
        XmlParser { shapes, reader: XmlReader::new(body), request_id: None, budget, is_encoded: false }
    }

    fn wrapped(&mut self, wrapper: &str, root: &Element<'a>) -> LocatedResult<Map<String, Value>> {
        let mut value = None;
        while let Some(child) = self.reader.child()? {
            if value.is_none() && child.local_name() == wrapper {
                value = Some(self.structure(self.shapes.root().shape, &child)?);
            } else {
                read_request_id(&mut self.reader, &child, &mut self.request_id)?;
            }
        }
        value.ok_or_else(|| {
            LocatedError::whole(format!("expected the element \"{wrapper}\" in \"{}\", found none", root.local_name()))
        })
    }

    /// Reads the members of the open element and closes it.
    pub(super) fn structure(&mut self, shape: ShapeId, element: &Element<'a>) -> LocatedResult<Map<String, Value>> {
        let Kind::Structure(structure) = &self.shapes.get(shape).kind else {
            return Err(LocatedError::new("the shape in the model is not a structure"));
        };
        if structure.union {
            return self.union(structure, element);
        }
        let mut members = Map::new();
        if element.has_attributes() {
            attributes(structure, element, &mut members);
        }
        let mut last = None;
        let mut next = self.reader.child()?;
        while let Some(child) = next {
            let Some(position) = find(self.shapes, structure, child.local_name(), last) else {
                self.unknown(&child)?;
                next = self.reader.child()?;
                continue;
            };
            last = Some(position);
            // Allocated late, so that many empty elements cost nothing.
            if members.is_empty() {
                members = Map::with_capacity(structure.seen.count());
            }
            let member = &structure.members[usize::from(position)];
            next = self.member(member, child, &mut members).map_err(|error| error.member(&member.name))?;
        }
        structure.seen.note_count(members.len());
        Ok(members)
    }

    /// Reads a union. Its one member may be unknown to this version of the model.
    fn union(&mut self, structure: &Structure, element: &Element<'a>) -> LocatedResult<Map<String, Value>> {
        let mut members = Map::new();
        let mut unknown: Option<String> = None;
        if element.has_attributes() {
            attributes(structure, element, &mut members);
        }
        let mut next = self.reader.child()?;
        while let Some(child) = next {
            let name = child.local_name();
            next = match find_anywhere(self.shapes, structure, name) {
                Some(position) => {
                    let member = &structure.members[position];
                    self.member(member, child, &mut members).map_err(|error| error.member(&member.name))?
                }
                None => {
                    unknown = Some(name.to_owned());
                    self.reader.skip()?;
                    self.reader.child()?
                }
            };
        }
        Ok(lenient::union_of(members, unknown))
    }

    /// Reads a member, and with a flattened one the elements of the same name that follow. Returns the element after.
    fn member(
        &mut self,
        member: &Member,
        element: Element<'a>,
        members: &mut Map<String, Value>,
    ) -> LocatedResult<Option<Element<'a>>> {
        let target = &member.target;
        let count = members.len();
        match (self.shapes.kind(target), members.entry(member.name.as_ref())) {
            (Kind::List(item), entry) if target.flattened => {
                let items = match entry {
                    Entry::Occupied(occupied) => occupied.into_mut(),
                    Entry::Vacant(vacant) => {
                        self.budget.entry(count)?;
                        vacant.insert(Value::Array(Vec::new()))
                    }
                };
                let Value::Array(items) = items else { return self.skip_to_next() };
                return self.run(element, |parser, element| parser.item(item, element, items));
            }
            (Kind::Map { key, value }, entry) if target.flattened => {
                let entries = match entry {
                    Entry::Occupied(occupied) => occupied.into_mut(),
                    Entry::Vacant(vacant) => {
                        self.budget.entry(count)?;
                        vacant.insert(Value::Object(Map::new()))
                    }
                };
                let Value::Object(entries) = entries else { return self.skip_to_next() };
                return self.run(element, |parser, _| parser.entry(key, value, entries));
            }
            (_, Entry::Vacant(vacant)) => {
                self.budget.entry(count)?;
                vacant.insert(self.value(target, &element)?);
            }
            (_, Entry::Occupied(mut occupied)) => self.repeated(target, occupied.get_mut())?,
        }
        Ok(self.reader.child()?)
    }

    fn skip_to_next(&mut self) -> LocatedResult<Option<Element<'a>>> {
        self.reader.skip()?;
        Ok(self.reader.child()?)
    }

    /// Reads the open element and those of the same name that follow it. Returns the element after.
    fn run(
        &mut self,
        first: Element<'a>,
        mut read: impl FnMut(&mut Self, &Element<'a>) -> LocatedResult<()>,
    ) -> LocatedResult<Option<Element<'a>>> {
        let mut element = first;
        loop {
            read(self, &element)?;
            match self.reader.child()? {
                Some(next) if next.local_name() == first.local_name() => element = next,
                next => return Ok(next),
            }
        }
    }

    /// Reads a repeated element: lists and maps are extended, of other values the first one counts.
    fn repeated(&mut self, target: &Ref, value: &mut Value) -> LocatedResult<()> {
        match (self.shapes.kind(target), value) {
            (Kind::List(item), Value::Array(items)) => self.items(item, items),
            (Kind::Map { key, value }, Value::Object(entries)) => self.entries(key, value, entries),
            _ => Ok(self.reader.skip()?),
        }
    }

    fn value(&mut self, target: &Ref, element: &Element<'a>) -> LocatedResult<Value> {
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
            scalar => {
                let text = self.reader.text()?;
                let is_encoded = self.is_encoded && target.may_be_encoded;
                Ok(lenient::fit(scalar, Scalar::Text(if is_encoded { percent::form_decoded_text(text) } else { text })))
            }
        }
    }

    /// Reads the items of the open list element. The names of its children do not matter.
    fn items(&mut self, item: &Ref, items: &mut Vec<Value>) -> LocatedResult<()> {
        while let Some(child) = self.reader.child()? {
            self.item(item, &child, items)?;
        }
        Ok(())
    }

    fn item(&mut self, item: &Ref, element: &Element<'a>, items: &mut Vec<Value>) -> LocatedResult<()> {
        let value = self.value(item, element).map_err(|error| error.item(items.len()))?;
        self.budget.item(items.len())?;
        items.push(value);
        Ok(())
    }

    /// Reads the entries of the open map element. The names of its children do not matter.
    fn entries(&mut self, key: &Ref, value: &Ref, entries: &mut Map<String, Value>) -> LocatedResult<()> {
        while self.reader.child()?.is_some() {
            self.entry(key, value, entries)?;
        }
        Ok(())
    }

    /// Reads the open map entry. An entry without a key or a value is dropped.
    fn entry(&mut self, key: &Ref, value: &Ref, entries: &mut Map<String, Value>) -> LocatedResult<()> {
        let mut entry_key = None;
        let mut entry_value = None;
        while let Some(child) = self.reader.child()? {
            let name = child.local_name();
            if entry_key.is_none() && *name == *key.wire {
                entry_key = Some(self.reader.text()?.into_owned());
            } else if entry_value.is_none() && *name == *value.wire {
                let parsed = self.value(value, &child);
                entry_value = Some(parsed.map_err(|error| error.member(entry_key.as_deref().unwrap_or("?")))?);
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

    /// Reads an unmodeled element. A child of the root may be the request id.
    fn unknown(&mut self, element: &Element<'a>) -> LocatedResult<()> {
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
            members.insert(member.name.as_ref().to_owned(), Value::String(text));
        }
    }
}

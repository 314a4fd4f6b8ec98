//! Serialization of parameters into XML documents.

use crate::codec::xml::{MAX_DEPTH, XmlWriter};
use crate::model::shape::{Kind, Ref, Shapes, Structure, TimestampFormat};
use crate::protocol::{Document, scalar};
use crate::value::{ParamFault, ParamResult, ParamToken, Receiver};

/// Writes an XML document.
pub(crate) struct XmlDocument<'w> {
    writer: XmlWriter,
    shapes: &'w Shapes,
    next: NextElement<'w>,
    open: Vec<OpenXml<'w>>,
    /// The document is that of a response.
    is_response: bool,
}

/// The next value in the innermost structure or map.
#[derive(Clone, Copy)]
enum NextElement<'w> {
    /// With the name of its element.
    Element(&'w Ref, &'w str),
    Attribute(&'w Ref),
    Unknown,
}

/// An open container, with the name of its element.
enum OpenXml<'w> {
    /// With the place of its next attribute: attributes belong to the start tag, but may come after content.
    Structure(&'w Structure, &'w str, usize),
    /// With the next element; a flattened list has no element of its own.
    List(&'w Ref, &'w str, Option<&'w str>),
    Map {
        key: &'w Ref,
        value: &'w Ref,
        entry: &'w str,
        name: Option<&'w str>,
    },
}

impl<'w> XmlDocument<'w> {
    /// A document with the root element `name`.
    pub(crate) fn new(shapes: &'w Shapes, target: &'w Ref, name: &'w str) -> Self {
        let next = NextElement::Element(target, name);
        XmlDocument { writer: XmlWriter::default(), shapes, next, open: Vec::new(), is_response: false }
    }

    /// As [`new`](Self::new), for a response. Other names count for flattened lists, and text is checked: a client could not
    /// read what XML forbids.
    pub(in crate::protocol) fn received(shapes: &'w Shapes, target: &'w Ref, name: &'w str) -> Self {
        let writer = XmlWriter::keeping_returns();
        XmlDocument { writer, is_response: true, ..XmlDocument::new(shapes, target, name) }
    }

    /// Writes the value of an element.
    fn element(&mut self, target: &'w Ref, name: &'w str, token: &ParamToken<'_>) -> ParamResult<()> {
        if self.open.len() >= MAX_DEPTH {
            return Err(ParamFault::new(format!("nested deeper than {MAX_DEPTH} levels")));
        }
        match (self.shapes.kind(target), token) {
            (Kind::Structure(structure), ParamToken::Object(_)) => {
                self.start(target, name);
                self.open.push(OpenXml::Structure(structure, name, self.writer.attributes_end()));
            }
            (Kind::List(item), ParamToken::Array(_)) => {
                // The items of a flattened list replace it and have its name.
                let own = self.container(target, name);
                self.open.push(OpenXml::List(item, if target.flattened { name } else { &item.wire }, own));
            }
            (Kind::Map { key, value }, ParamToken::Object(_)) => {
                let own = self.container(target, name);
                let entry = if target.flattened { name } else { "entry" };
                self.open.push(OpenXml::Map { key, value, entry, name: own });
            }
            (Kind::Structure(_) | Kind::Map { .. }, _) => return Err(ParamFault::mismatch("object", token)),
            (Kind::List(_), _) => return Err(ParamFault::mismatch("array", token)),
            (kind, _) => {
                let text = scalar::to_text(kind, target, token, TimestampFormat::Iso8601).map_err(ParamFault::new)?;
                self.check_text(&text)?;
                self.start(target, name);
                self.writer.text(&text);
                self.writer.end(name);
                self.completed();
            }
        }
        Ok(())
    }

    /// Starts the element of a list or map, unless it is flattened.
    fn container(&mut self, target: &Ref, name: &'w str) -> Option<&'w str> {
        if target.flattened {
            return None;
        }
        self.start(target, name);
        Some(name)
    }

    fn attribute(&mut self, target: &Ref, token: &ParamToken<'_>) -> ParamResult<()> {
        let kind = self.shapes.kind(target);
        let text = scalar::to_text(kind, target, token, TimestampFormat::Iso8601).map_err(ParamFault::new)?;
        self.check_text(&text)?;
        if let Some(OpenXml::Structure(_, _, at)) = self.open.last_mut() {
            *at = self.writer.late_attribute(*at, &target.wire, &text);
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

    fn check_text(&self, text: &str) -> ParamResult<()> {
        match text.chars().find(|char| self.is_response && !is_in_xml(*char)) {
            Some(char) => Err(ParamFault::new(format!("XML cannot carry the character {}", char.escape_unicode()))),
            None => Ok(()),
        }
    }

    /// The name of the element of a member. In responses, the items of a flattened list have their own name if they have one
    /// (botocore's `parsers.py: BaseXMLResponseParser._member_key_name`), unless it is that of another member.
    fn member_name(&self, structure: &Structure, target: &'w Ref) -> &'w str {
        match self.shapes.kind(target) {
            Kind::List(item)
                if self.is_response
                    && target.flattened
                    && item.named
                    && structure.position_by_wire(&item.wire).is_none() =>
            {
                &item.wire
            }
            _ => &target.wire,
        }
    }

    /// Ends the entry whose value is complete, if it is one.
    fn completed(&mut self) {
        if let Some(OpenXml::Map { entry, .. }) = self.open.last() {
            self.writer.end(entry);
        }
    }
}

impl Receiver for XmlDocument<'_> {
    fn token(&mut self, token: &ParamToken<'_>) -> ParamResult<()> {
        let next = match self.open.last() {
            Some(OpenXml::Structure(..)) if matches!(token, ParamToken::Null) => return Ok(()),
            Some(OpenXml::List(item, name, _)) => NextElement::Element(item, name),
            _ => self.next,
        };
        match next {
            NextElement::Element(target, name) => self.element(target, name, token),
            NextElement::Attribute(target) => self.attribute(target, token),
            NextElement::Unknown => Err(ParamFault::new("unknown parameter")),
        }
    }

    fn key(&mut self, key: &str) -> ParamResult<()> {
        match self.open.last() {
            Some(OpenXml::Structure(structure, ..)) => {
                self.next = match structure.by_name(key) {
                    Some((_, member)) if member.target.xml_attribute => NextElement::Attribute(&member.target),
                    Some((_, member)) => {
                        NextElement::Element(&member.target, self.member_name(structure, &member.target))
                    }
                    None => NextElement::Unknown,
                };
            }
            Some(OpenXml::Map { key: target, value, entry, .. }) => {
                let (target, entry) = (*target, *entry);
                self.check_text(key)?;
                self.next = NextElement::Element(value, &value.wire);
                self.writer.start(entry);
                self.start(target, &target.wire);
                self.writer.text(key);
                self.writer.end(&target.wire);
            }
            Some(OpenXml::List(..)) | None => return Err(ParamFault::new("a key outside of an object")),
        }
        Ok(())
    }

    fn end(&mut self) -> ParamResult<()> {
        let name = match self.open.pop() {
            Some(OpenXml::Structure(_, name, _)) => Some(name),
            Some(OpenXml::List(_, _, name) | OpenXml::Map { name, .. }) => name,
            None => None,
        };
        if let Some(name) = name {
            self.writer.end(name);
        }
        self.completed();
        Ok(())
    }
}

/// Whether XML 1.0 allows a character: <https://www.w3.org/TR/xml/#charsets>.
pub(crate) fn is_in_xml(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\r' | '\u{20}'..='\u{fffd}' | '\u{10000}'..)
}

impl Document for XmlDocument<'_> {
    fn finish(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.writer).finish()
    }
}

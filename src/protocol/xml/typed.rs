//! XML documents as a [`Source`].

use std::borrow::Cow;

use crate::codec::percent;
use crate::codec::xml::{Element, XmlReader};
use crate::model::shape::{Kind, Ref, Shapes, Structure};
use crate::protocol::Received;
use crate::protocol::lenient::Scalar;
use crate::protocol::located_error::LocatedResult;
use crate::protocol::typed::{Build, NextMember, Source, Token, build_from, unlikely};
use crate::protocol::xml::find::{find, find_anywhere};
use crate::protocol::xml::parse::read_request_id;
use crate::protocol::xml::root::Expected;

/// Reads a document element by element. A flattened list or map is read as long as its elements follow each other.
pub(in crate::protocol) struct XmlSource<'s, 'b> {
    shapes: &'s Shapes,
    root: &'s Ref,
    reader: XmlReader<'b>,
    /// The open element, whose value comes next.
    element: Element<'b>,
    /// The element is that of a member.
    is_member: bool,
    /// The child after a flattened list or map, which ended there.
    ahead: Option<Option<Element<'b>>>,
    open: Vec<OpenElement<'s, 'b>>,
    /// The result is in an element of its own.
    is_wrapped: bool,
    /// As [`Expected::is_encoded`].
    is_encoded: bool,
    has_members: bool,
    request_id: Option<String>,
}

enum OpenElement<'s, 'b> {
    /// The members found, as bits, and the last one.
    Structure {
        found: u128,
        last: Option<u16>,
    },
    Items,
    /// The items of a flattened list, by the name of their elements.
    FlatItems {
        name: &'b str,
        is_first: bool,
    },
    Entries {
        names: [&'s str; 2],
        is_first: bool,
    },
    FlatEntries {
        names: [&'s str; 2],
        name: &'b str,
        is_first: bool,
    },
}

impl<'s, 'b> XmlSource<'s, 'b> {
    /// A document whose root stands for the structure `target`: see [`Expected`].
    pub(in crate::protocol) fn document(
        expected: Expected<'_>,
        shapes: &'s Shapes,
        target: &'s Ref,
        body: &'b [u8],
    ) -> LocatedResult<Self> {
        let is_structure = shapes.structure(target.shape).is_some_and(|structure| !structure.members.is_empty());
        if !is_structure {
            return Err(unlikely());
        }
        let mut reader = XmlReader::new(body);
        let mut element = reader.root()?;
        expected.check_name(element.local_name(), Some((shapes, target)))?;
        let mut request_id = None;
        if let Some(wrapper) = expected.wrapper {
            loop {
                element = reader.child()?.ok_or_else(unlikely)?;
                if element.local_name() == wrapper {
                    break;
                }
                read_request_id(&mut reader, &element, &mut request_id)?;
            }
        }
        Ok(XmlSource {
            shapes,
            root: target,
            reader,
            element,
            is_member: false,
            ahead: None,
            open: Vec::with_capacity(16),
            is_wrapped: expected.wrapper.is_some(),
            is_encoded: expected.is_encoded,
            has_members: false,
            request_id,
        })
    }

    /// Checks the end of the document, and returns the request id in it.
    pub(in crate::protocol) fn finish(&mut self) -> LocatedResult<Option<String>> {
        if self.is_wrapped {
            while let Some(child) = self.reader.child()? {
                read_request_id(&mut self.reader, &child, &mut self.request_id)?;
            }
        } else if !self.has_members {
            return Err(unlikely());
        }
        self.reader.finish()?;
        Ok(self.request_id.take())
    }

    fn child(&mut self) -> LocatedResult<Option<Element<'b>>> {
        match self.ahead.take() {
            Some(child) => Ok(child),
            None => Ok(self.reader.child()?),
        }
    }

    /// Opens the next element of a flattened list or map, or ends it.
    fn next_of_run(&mut self, name: &str) -> LocatedResult<bool> {
        match self.reader.child()? {
            Some(child) if child.local_name() == name => {
                self.element = child;
                Ok(true)
            }
            other => {
                self.ahead = Some(other);
                Ok(false)
            }
        }
    }

    fn enter_structure(&mut self, structure: &Structure) -> LocatedResult<Token<'b>> {
        let has_attributes = self.element.has_attributes();
        let is_unusual = structure.members.len() > 128
            || has_attributes && structure.members.iter().any(|member| member.target.xml_attribute);
        if is_unusual {
            return Err(unlikely());
        }
        self.open.push(OpenElement::Structure { found: 0, last: None });
        Ok(Token::Map)
    }

    /// The key of the open entry. Its value comes next.
    fn key(&mut self, names: [&str; 2]) -> LocatedResult<Cow<'b, str>> {
        let [key_name, value_name] = names;
        let is_called = |child: Option<Element<'b>>, name: &str| {
            child.filter(|child| child.local_name() == name).ok_or_else(unlikely)
        };
        is_called(self.reader.child()?, key_name)?;
        let key = self.reader.text()?;
        self.element = is_called(self.reader.child()?, value_name)?;
        self.is_member = false;
        Ok(key)
    }

    /// Closes the entry whose value was read.
    fn close_entry(&mut self) -> LocatedResult<()> {
        while self.reader.child()?.is_some() {
            self.reader.skip()?;
        }
        Ok(())
    }
}

impl<'b> Source<'b> for XmlSource<'_, 'b> {
    fn value(&mut self, target: Option<&Ref>) -> LocatedResult<Token<'b>> {
        let is_root = self.open.is_empty();
        let is_flattened = std::mem::take(&mut self.is_member) && target.is_some_and(|target| target.flattened);
        let Some(target) = target.or_else(|| is_root.then_some(self.root)) else { return Err(unlikely()) };
        let name = self.element.local_name();
        match self.shapes.kind(target) {
            Kind::Structure(structure) => self.enter_structure(structure),
            _ if is_root => Err(unlikely()),
            Kind::List(_) => {
                let flat = OpenElement::FlatItems { name, is_first: true };
                self.open.push(if is_flattened { flat } else { OpenElement::Items });
                Ok(Token::List)
            }
            Kind::Map { key, value } => {
                let (names, is_first) = ([&*key.wire, &*value.wire], true);
                self.open.push(match is_flattened {
                    true => OpenElement::FlatEntries { names, name, is_first },
                    false => OpenElement::Entries { names, is_first },
                });
                Ok(Token::Map)
            }
            _ => {
                let text = self.reader.text()?;
                let is_encoded = self.is_encoded && target.may_be_encoded;
                Ok(Token::Scalar(Scalar::Text(if is_encoded { percent::form_decoded_text(text) } else { text })))
            }
        }
    }

    fn next_item(&mut self) -> LocatedResult<bool> {
        let has_more = match self.open.last_mut() {
            Some(OpenElement::Items) => match self.reader.child()? {
                Some(child) => {
                    self.element = child;
                    true
                }
                None => false,
            },
            Some(OpenElement::FlatItems { name, is_first }) => {
                let name = *name;
                std::mem::take(is_first) || self.next_of_run(name)?
            }
            _ => return Err(unlikely()),
        };
        if !has_more {
            self.open.pop();
        }
        Ok(has_more)
    }

    fn next_name(&mut self) -> LocatedResult<Option<Cow<'b, str>>> {
        let (names, has_more) = match self.open.last_mut() {
            Some(OpenElement::Entries { names, is_first }) => {
                let names = *names;
                if !std::mem::take(is_first) {
                    self.close_entry()?;
                }
                (names, self.reader.child()?.is_some())
            }
            Some(OpenElement::FlatEntries { names, name, is_first }) => {
                let (names, name) = (*names, *name);
                let is_open = std::mem::take(is_first);
                if !is_open {
                    self.close_entry()?;
                }
                (names, is_open || self.next_of_run(name)?)
            }
            _ => return Err(unlikely()),
        };
        if !has_more {
            self.open.pop();
            return Ok(None);
        }
        self.key(names).map(Some)
    }

    fn next_member<'m>(&mut self, structure: &'m Structure, _: &mut usize) -> LocatedResult<NextMember<'m, 'b>> {
        const CHILD_OF_ROOT: usize = 2;
        loop {
            let child = self.child()?;
            let Some(OpenElement::Structure { found, last }) = self.open.last_mut() else { return Err(unlikely()) };
            let Some(child) = child else {
                self.open.pop();
                return Ok(NextMember::End);
            };
            let tag = child.local_name();
            let position = match structure.union {
                true => find_anywhere(self.shapes, structure, tag).map(|position| position as u16),
                false => find(self.shapes, structure, tag, *last),
            };
            self.element = child;
            let Some(position) = position else {
                if self.reader.depth() == CHILD_OF_ROOT && !structure.union {
                    read_request_id(&mut self.reader, &child, &mut self.request_id)?;
                    continue;
                }
                self.is_member = false;
                return Ok(NextMember::Unknown(Cow::Borrowed(tag)));
            };
            let bit = 1_u128 << position;
            // A list may go on, but the type has got its first part.
            if *found & bit != 0 {
                return Err(unlikely());
            }
            *found |= bit;
            *last = Some(position);
            self.is_member = true;
            self.has_members = true;
            return Ok(NextMember::Member(&structure.members[usize::from(position)]));
        }
    }

    fn skip(&mut self) -> LocatedResult<()> {
        self.reader.skip()?;
        // Nobody reads the member, so it does not matter where its other elements are.
        if std::mem::take(&mut self.is_member)
            && let Some(OpenElement::Structure { found, last: Some(last) }) = self.open.last_mut()
        {
            *found &= !(1_u128 << *last);
        }
        Ok(())
    }

    fn end(&mut self) -> LocatedResult<()> {
        self.finish().map(drop)
    }
}

/// Reads a complete response of the `query` and `ec2` protocols, and returns its request id.
pub(in crate::protocol) fn read_response(
    expected: Expected<'_>,
    output: Option<&Shapes>,
    response: &Received<'_>,
    build: &mut Build<'_>,
) -> LocatedResult<Option<String>> {
    let shapes = output.ok_or_else(unlikely)?;
    let body = response.body.unwrap_or_default();
    let mut source = XmlSource::document(expected, shapes, shapes.root(), body)?;
    build_from(&mut source, shapes, response, build)?;
    source.finish()
}

#[cfg(test)]
mod tests;

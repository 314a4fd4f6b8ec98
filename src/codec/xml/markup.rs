//! The markup of a document, piece by piece.
//!
//! Nearly all of a response is tags without attributes, and text. They are read here, as slices of a text that was
//! checked once. Comments, processing instructions, document types and everything that is malformed are read by
//! quick-xml.

use std::borrow::Cow;

use quick_xml::XmlVersion;
use quick_xml::errors::IllFormedError;
use quick_xml::events::{BytesRef, BytesStart, BytesText, Event};
use quick_xml::parser::{ElementParser, Parser as _};

/// A piece of a document.
pub(super) enum Markup<'a> {
    Start(Tag<'a>),
    /// An empty-element tag. No end follows.
    Empty(Tag<'a>),
    End,
    Text(&'a str),
    CData(Cow<'a, str>),
    /// The name of a reference.
    Reference(&'a str),
    /// A comment, a processing instruction or the declaration.
    Comment,
    Declaration,
    DocumentType,
    EndOfDocument,
}

/// A start tag or an empty-element tag: its name, and the attributes after it.
#[derive(Clone, Copy)]
pub(super) struct Tag<'a> {
    pub(super) content: &'a str,
    pub(super) name_length: usize,
    /// The length of the name's prefix with its colon.
    prefix_length: usize,
}

impl<'a> Tag<'a> {
    /// A tag whose content is a name and attributes.
    fn with_attributes(content: &'a str) -> Self {
        let name_end = content.bytes().position(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
        let name_length = name_end.unwrap_or(content.len());
        let colon = content[..name_length].find(':');
        Tag { content, name_length, prefix_length: colon.map_or(0, |colon| colon + 1) }
    }

    pub(super) fn local_name(self) -> &'a str {
        &self.content[self.prefix_length..self.name_length]
    }

    pub(super) fn name(self) -> &'a str {
        &self.content[..self.name_length]
    }

    /// The value of an attribute. A name with a prefix matches with any prefix.
    pub(super) fn attribute(self, name: &str) -> Option<String> {
        let local = name.split_once(':').map(|(_, local)| local);
        let start = BytesStart::from_content(self.content, self.name_length);
        let found = start.attributes().with_checks(false).flatten().find(|attribute| {
            let key = attribute.key.0;
            key == name || local.is_some_and(|local| key.split_once(':').is_some_and(|(_, key)| key == local))
        })?;
        found.normalized_value(XmlVersion::Implicit1_0).ok().map(Cow::into_owned)
    }
}

/// The position of an error, and its message.
pub(super) type Malformed = (usize, String);

pub(super) struct MarkupReader<'a> {
    document: &'a [u8],
    /// The document up to its first byte that is not UTF-8.
    text: &'a str,
    position: usize,
    /// The names of the open elements.
    open: Vec<&'a str>,
    /// The texts so far may have carriage returns.
    has_returns: bool,
}

impl<'a> MarkupReader<'a> {
    pub(super) fn new(document: &'a [u8]) -> Self {
        let text = std::str::from_utf8(document)
            .unwrap_or_else(|error| std::str::from_utf8(&document[..error.valid_up_to()]).unwrap_or_default());
        MarkupReader { document, text, position: 0, open: Vec::with_capacity(16), has_returns: false }
    }

    /// The position in bytes, after the last piece.
    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// The text with line ends as XML 1.0 reads them.
    pub(super) fn normalized(&self, text: &'a str) -> Cow<'a, str> {
        if self.has_returns { BytesText::from_escaped(text).xml10_content() } else { Cow::Borrowed(text) }
    }

    /// The number of bytes up to the next tag.
    pub(super) fn bytes_to_tag(&self) -> usize {
        let rest = self.rest().as_bytes();
        rest.iter().position(|byte| *byte == b'<').unwrap_or(rest.len())
    }

    fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    pub(super) fn next(&mut self) -> Result<Markup<'a>, Malformed> {
        let rest = self.rest();
        match rest.as_bytes() {
            [b'<', b'/', ..] => self.end_tag(rest),
            [b'<', b'!' | b'?', ..] => self.unusual(),
            [b'<', ..] => self.start_tag(rest),
            [b'&', ..] => self.reference(rest),
            _ => self.text(rest),
        }
    }

    fn text(&mut self, rest: &'a str) -> Result<Markup<'a>, Malformed> {
        let length = match find_markup(rest.as_bytes(), &mut self.has_returns) {
            Some(length) => length,
            None if self.text.len() < self.document.len() => return self.unusual(),
            None if rest.is_empty() => return Ok(Markup::EndOfDocument),
            None => rest.len(),
        };
        self.position += length;
        Ok(Markup::Text(&rest[..length]))
    }

    fn reference(&mut self, rest: &'a str) -> Result<Markup<'a>, Malformed> {
        let length = rest.bytes().skip(1).position(|byte| matches!(byte, b';' | b'&' | b'<'));
        match length {
            Some(length) if rest.as_bytes()[1 + length] == b';' => {
                self.position += length + 2;
                Ok(Markup::Reference(&rest[1..=length]))
            }
            _ => self.unusual(),
        }
    }

    fn start_tag(&mut self, rest: &'a str) -> Result<Markup<'a>, Malformed> {
        let bytes = rest.as_bytes();
        if let Some(length) = plain_tag_end(&bytes[1..]) {
            let content = &rest[1..=length];
            self.position += length + 2;
            self.open.push(content);
            return Ok(Markup::Start(Tag { content, name_length: length, prefix_length: 0 }));
        }
        let (mut name_end, mut prefix_length) = (1, 0);
        loop {
            match bytes.get(name_end) {
                Some(b'>' | b'"' | b'\'' | b' ' | b'\t' | b'\r' | b'\n') => break,
                Some(b':') if prefix_length == 0 => prefix_length = name_end,
                Some(_) => {}
                None => return self.unusual(),
            }
            name_end += 1;
        }
        if bytes[name_end] == b'>' {
            self.position += name_end + 1;
            if bytes[name_end - 1] == b'/' {
                let content = &rest[1..name_end - 1];
                return Ok(Markup::Empty(Tag { content, name_length: content.len(), prefix_length }));
            }
            let content = &rest[1..name_end];
            self.open.push(content);
            return Ok(Markup::Start(Tag { content, name_length: content.len(), prefix_length }));
        }
        let Some(end) = ElementParser::default().feed(bytes) else { return self.unusual() };
        self.position += end + 1;
        let content = &rest[1..end];
        if let Some(content) = content.strip_suffix('/') {
            return Ok(Markup::Empty(Tag::with_attributes(content)));
        }
        let tag = Tag::with_attributes(content);
        self.open.push(tag.name());
        Ok(Markup::Start(tag))
    }

    fn end_tag(&mut self, rest: &'a str) -> Result<Markup<'a>, Malformed> {
        if let Some(name) = self.open.last()
            && let Some(after) = rest[2..].strip_prefix(name)
            && after.starts_with('>')
        {
            self.position += name.len() + 3;
            self.open.pop();
            return Ok(Markup::End);
        }
        self.unusual()
    }

    /// Reads a piece with quick-xml.
    fn unusual(&mut self) -> Result<Markup<'a>, Malformed> {
        let start = self.position;
        let mut reader = quick_xml::Reader::from_reader(&self.document[start..]);
        reader.config_mut().allow_unmatched_ends = true;
        let event = reader.read_event().map_err(|error| {
            // Text that is not UTF-8 has no position of its own.
            let is_known = self.document[start] == b'<' || matches!(error, quick_xml::Error::IllFormed(_));
            let position = if is_known { reader.error_position() } else { reader.buffer_position() };
            (start + position as usize, error.to_string())
        })?;
        self.position += reader.buffer_position() as usize;
        Ok(match event {
            Event::End(end) => {
                self.close(end.name().0).map_err(|fault| (start, quick_xml::Error::IllFormed(fault).to_string()))?;
                Markup::End
            }
            Event::CData(text) => Markup::CData(text.xml10_content()),
            Event::Decl(_) => Markup::Declaration,
            Event::DocType(_) => Markup::DocumentType,
            Event::Comment(_) | Event::PI(_) => Markup::Comment,
            Event::Eof => Markup::EndOfDocument,
            // The pieces above are never left to quick-xml unless they are malformed.
            Event::Start(_) | Event::Empty(_) | Event::Text(_) | Event::GeneralRef(_) => {
                return Err((start, "unexpected markup".to_owned()));
            }
        })
    }

    fn close(&mut self, name: &str) -> Result<(), IllFormedError> {
        match self.open.pop() {
            Some(expected) if expected == name => Ok(()),
            Some(expected) => {
                Err(IllFormedError::MismatchedEndTag { expected: expected.to_owned(), found: name.to_owned() })
            }
            None => Err(IllFormedError::UnmatchedEndTag(name.to_owned())),
        }
    }
}

/// The character of a numeric reference.
pub(super) fn character(name: &str) -> Option<char> {
    BytesRef::new(name).resolve_char_ref().ok().flatten()
}

/// Bytes of a document that are looked at together. The results are bits of the bytes that match; only the lowest one is exact.
/// <https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord>
#[derive(Clone, Copy)]
struct Word(u64);

impl Word {
    const ONES: u64 = u64::from_le_bytes([0x01; 8]);
    const HIGH_BITS: u64 = u64::from_le_bytes([0x80; 8]);

    fn is(self, byte: u8) -> u64 {
        Word(self.0 ^ (Self::ONES * u64::from(byte))).is_below(1)
    }

    /// `limit` is at most 128.
    fn is_below(self, limit: u8) -> u64 {
        self.0.wrapping_sub(Self::ONES * u64::from(limit)) & !self.0 & Self::HIGH_BITS
    }
}

/// The index of the first byte that matches.
fn first(matches: u64) -> usize {
    matches.trailing_zeros() as usize / 8
}

/// The position of the first `<` or `&`. Notes in `has_returns` if a carriage return may be before it.
fn find_markup(bytes: &[u8], has_returns: &mut bool) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = Word(u64::from_le_bytes(*word));
        *has_returns |= word.is(b'\r') != 0;
        let matches = word.is(b'<') | word.is(b'&');
        if matches != 0 {
            return Some(index * 8 + first(matches));
        }
    }
    *has_returns |= rest.contains(&b'\r');
    let position = rest.iter().position(|byte| matches!(byte, b'<' | b'&'))?;
    Some(words.len() * 8 + position)
}

/// The end of a tag without attributes, prefix and slash, whose name has letters and digits.
fn plain_tag_end(tag: &[u8]) -> Option<usize> {
    let (words, _) = tag.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = Word(u64::from_le_bytes(*word));
        // Blanks, quotes, the slash and the colon, which end names or divide them, among others.
        let (end, special) = (word.is(b'>'), word.is_below(b'0') | word.is(b':'));
        if end | special != 0 {
            let at = first(end | special);
            return (tag[index * 8 + at] == b'>').then_some(index * 8 + at);
        }
    }
    None
}

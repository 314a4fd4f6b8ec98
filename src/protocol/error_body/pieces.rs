//! The tags of HTML and XML, and the texts after them. They are read in one pass, without regard for nesting, so truncated
//! or malformed input is read as far as it goes.

use std::borrow::Cow;

use super::prefix;
use crate::codec::xml::entity;

/// The tags of a text, each with the text up to the next tag.
pub(super) struct Pieces<'t> {
    rest: &'t str,
    /// The last opened tag, unless it is closed.
    tag: &'t str,
}

pub(super) struct Piece<'t> {
    /// The name without prefix; empty if the text follows the end of an element.
    pub(super) tag: &'t str,
    pub(super) attributes: &'t str,
    pub(super) text: &'t str,
}

impl<'t> Pieces<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Pieces { rest: text, tag: "" }
    }

    /// Whether the last piece was the end of the text.
    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }
}

impl<'t> Iterator for Pieces<'t> {
    type Item = Piece<'t>;

    fn next(&mut self) -> Option<Piece<'t>> {
        if self.rest.is_empty() {
            return None;
        }
        let mut attributes = "";
        if let Some(comment) = self.rest.strip_prefix("<!--") {
            self.rest = after(comment, "-->");
        } else if let Some(data) = self.rest.strip_prefix("<![CDATA[") {
            let text = data.split_once("]]>").map_or(data, |(text, _)| text);
            self.rest = after(data, "]]>");
            return Some(Piece { tag: self.tag, attributes, text });
        } else if self.rest.starts_with("<!") || self.rest.starts_with("<?") {
            self.rest = after(self.rest, ">");
            self.tag = "";
        } else if let Some(tag) = self.rest.strip_prefix('<') {
            let tag = tag.split_once('>').map_or(tag, |(tag, _)| tag);
            self.rest = after(self.rest, ">");
            let end = tag.find(|char: char| char.is_whitespace() || char == '/').unwrap_or(tag.len());
            // The name of a closing tag begins with the slash, and so is empty.
            let name = &tag[..end];
            self.tag = name.split_once(':').map_or(name, |(_, name)| name);
            attributes = &tag[end..];
            if let Some(hidden) = ["script", "style"].iter().find(|hidden| name.eq_ignore_ascii_case(hidden)) {
                self.skip_to_end_of(hidden);
            }
            if attributes.ends_with('/') {
                let tag = std::mem::take(&mut self.tag);
                return Some(Piece { tag, attributes, text: "" });
            }
        }
        let end = self.rest.find('<').unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(Piece { tag: self.tag, attributes, text })
    }
}

impl Pieces<'_> {
    /// Skips the content of an element that is not text.
    fn skip_to_end_of(&mut self, tag: &str) {
        while let Some(at) = self.rest.find("</") {
            let name = &self.rest.as_bytes()[at + 2..];
            self.rest = &self.rest[at..];
            if name.len() >= tag.len() && name[..tag.len()].eq_ignore_ascii_case(tag.as_bytes()) {
                return;
            }
            self.rest = &self.rest[2..];
        }
        self.rest = "";
    }
}

fn after<'t>(text: &'t str, end: &str) -> &'t str {
    text.split_once(end).map_or("", |(_, rest)| rest)
}

/// Replaces the most frequent character references.
pub(super) fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let found = prefix(after, 12).split_once(';').and_then(|(name, _)| Some((name, character(name)?)));
        rest = after;
        match found {
            Some((name, character)) => {
                out.push(character);
                rest = &after[name.len() + 1..];
            }
            None => out.push('&'),
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn character(name: &str) -> Option<char> {
    if name == "nbsp" {
        return Some(' ');
    }
    entity(name).or_else(|| {
        let number = name.strip_prefix('#')?;
        let code = match number.strip_prefix(['x', 'X']) {
            Some(digits) => u32::from_str_radix(digits, 16),
            None => number.parse(),
        };
        char::from_u32(code.ok()?)
    })
}

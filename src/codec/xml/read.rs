//! The pull reader.

use std::borrow::Cow;

use crate::codec::xml::markup::{self, Markup, MarkupReader, Tag};

/// The maximum depth of elements. The deepest model stays below 30, and a caller that recurses once per level fits on a
/// small stack.
pub(crate) const MAX_DEPTH: usize = 128;

/// The error of a document, with its position in bytes.
#[derive(Debug, thiserror::Error)]
#[error("at byte {position}: {fault}")]
pub(crate) struct XmlError {
    position: u64,
    fault: XmlFault,
}

#[derive(Debug, PartialEq, thiserror::Error)]
enum XmlFault {
    #[error("the document is empty")]
    Empty,
    #[error("text before the root element")]
    TextBeforeRoot,
    #[error("content after the root element")]
    ContentAfterRoot,
    #[error("the document ends within an element")]
    UnexpectedEnd,
    #[error("'<' without an element's name")]
    NoName,
    #[error("elements are nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    #[error("document types are not allowed")]
    DocumentType,
    #[error("unknown reference {0:?}")]
    UnknownReference(String),
    /// The message of the crate.
    #[error("{0}")]
    Malformed(String),
}

type XmlResult<T> = Result<T, Box<XmlError>>;

/// A pull reader. An element from [`root`](Self::root) or [`child`](Self::child) is open. The caller consumes it with
/// [`text`](Self::text), with [`skip`](Self::skip), or with [`child`](Self::child) until that returns `None`.
pub(crate) struct XmlReader<'a> {
    inner: MarkupReader<'a>,
    depth: usize,
    /// The open element is an empty-element tag, so there is no end event.
    empty: bool,
    /// The length of the byte order mark, which counts in positions.
    offset: usize,
}

/// The start of an element.
#[derive(Clone, Copy)]
pub(crate) struct Element<'a>(Tag<'a>);

impl<'a> Element<'a> {
    /// The name without its prefix.
    pub(crate) fn local_name(&self) -> &'a str {
        self.0.local_name()
    }

    pub(crate) fn has_attributes(&self) -> bool {
        self.0.content.len() > self.0.name_length + 1
    }

    /// The value of an attribute. `xsi:type` matches the attribute `type` with any prefix, because a document may bind
    /// the namespace to another prefix. A name without prefix matches only itself.
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        self.0.attribute(name)
    }
}

impl<'a> XmlReader<'a> {
    pub(crate) fn new(document: &'a [u8]) -> Self {
        const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
        let content = document.strip_prefix(BYTE_ORDER_MARK).unwrap_or(document);
        let offset = document.len() - content.len();
        XmlReader { inner: MarkupReader::new(content), depth: 0, empty: false, offset }
    }

    /// The root element.
    pub(crate) fn root(&mut self) -> XmlResult<Element<'a>> {
        loop {
            match self.piece()? {
                Markup::Start(tag) => return self.open(tag),
                Markup::Empty(tag) => return self.open_empty(tag),
                Markup::Text(text) if is_blank(text) => {}
                Markup::Declaration | Markup::Comment | Markup::DocumentType => {}
                Markup::EndOfDocument => return Err(self.error(XmlFault::Empty)),
                _ => return Err(self.error(XmlFault::TextBeforeRoot)),
            }
        }
    }

    /// Opens the next child of the open element. `None` closes the element. Text between children is skipped.
    pub(crate) fn child(&mut self) -> XmlResult<Option<Element<'a>>> {
        if self.close_empty() {
            return Ok(None);
        }
        loop {
            match self.piece()? {
                Markup::Start(tag) => return self.open(tag).map(Some),
                Markup::Empty(tag) => return self.open_empty(tag).map(Some),
                Markup::End => {
                    self.depth -= 1;
                    return Ok(None);
                }
                other => self.skip_piece(&other)?,
            }
        }
    }

    /// Reads the text of the open element up to its first child, and closes the element.
    pub(crate) fn text(&mut self) -> XmlResult<Cow<'a, str>> {
        let mut text = Cow::Borrowed("");
        if self.close_empty() {
            return Ok(text);
        }
        loop {
            match self.piece()? {
                Markup::Text(part) => append(&mut text, self.inner.normalized(part)),
                Markup::CData(part) => append(&mut text, part),
                Markup::Reference(name) => {
                    let character = self.resolve(name)?;
                    let text = text.to_mut();
                    if text.capacity() == 0 {
                        // Mostly the text has no other markup, so it fits.
                        text.reserve(self.inner.bytes_to_tag() + 1);
                    }
                    text.push(character);
                }
                Markup::End => {
                    self.depth -= 1;
                    return Ok(text);
                }
                Markup::Start(tag) => {
                    self.open(tag)?;
                    self.skip()?;
                    self.skip()?;
                    return Ok(text);
                }
                Markup::Empty(_) => {
                    self.skip()?;
                    return Ok(text);
                }
                other => self.skip_piece(&other)?,
            }
        }
    }

    /// Skips the rest of the open element and closes it.
    pub(crate) fn skip(&mut self) -> XmlResult<()> {
        if self.close_empty() {
            return Ok(());
        }
        let outside = self.depth - 1;
        loop {
            match self.piece()? {
                // Any depth is accepted, because skipping takes no memory and no stack.
                Markup::Start(tag) => {
                    self.check_name(tag)?;
                    self.depth += 1;
                }
                Markup::Empty(_) => {}
                Markup::End => {
                    self.depth -= 1;
                    if self.depth == outside {
                        return Ok(());
                    }
                }
                other => self.skip_piece(&other)?,
            }
        }
    }

    /// Checks that nothing follows the root element, which must have been consumed.
    pub(crate) fn finish(&mut self) -> XmlResult<()> {
        loop {
            match self.piece()? {
                Markup::EndOfDocument => return Ok(()),
                Markup::Text(text) if is_blank(text) => {}
                Markup::Comment => {}
                _ => return Err(self.error(XmlFault::ContentAfterRoot)),
            }
        }
    }

    /// The number of open elements.
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    fn piece(&mut self) -> XmlResult<Markup<'a>> {
        self.inner.next().map_err(|(position, message)| {
            let position = (position + self.offset) as u64;
            Box::new(XmlError { position, fault: XmlFault::Malformed(message) })
        })
    }

    /// Everything up to a space is read as a name, but "a < b" is not an element.
    fn check_name(&self, tag: Tag<'_>) -> XmlResult<()> {
        let first = tag.content.bytes().next();
        if first.is_some_and(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'_' | b':' | 0x80..)) {
            return Ok(());
        }
        Err(self.error(XmlFault::NoName))
    }

    fn open(&mut self, tag: Tag<'a>) -> XmlResult<Element<'a>> {
        self.check_name(tag)?;
        if self.depth >= MAX_DEPTH {
            return Err(self.error(XmlFault::TooDeep));
        }
        self.depth += 1;
        Ok(Element(tag))
    }

    fn open_empty(&mut self, tag: Tag<'a>) -> XmlResult<Element<'a>> {
        self.empty = true;
        self.open(tag)
    }

    fn close_empty(&mut self) -> bool {
        if !self.empty {
            return false;
        }
        self.empty = false;
        self.depth -= 1;
        true
    }

    /// Handles a piece without an element: unrequested text, comments and similar.
    fn skip_piece(&self, piece: &Markup<'a>) -> XmlResult<()> {
        match piece {
            Markup::Reference(name) => self.resolve(name).map(|_| ()),
            Markup::DocumentType => Err(self.error(XmlFault::DocumentType)),
            Markup::EndOfDocument => Err(self.error(XmlFault::UnexpectedEnd)),
            _ => Ok(()),
        }
    }

    fn resolve(&self, name: &str) -> XmlResult<char> {
        if let Some(character) = entity(name) {
            return Ok(character);
        }
        markup::character(name).ok_or_else(|| self.error(XmlFault::UnknownReference(shorten(name).into_owned())))
    }

    fn error(&self, fault: XmlFault) -> Box<XmlError> {
        Box::new(XmlError { position: (self.inner.position() + self.offset) as u64, fault })
    }
}

/// The five predefined entities. <https://www.w3.org/TR/xml/#sec-predefined-ent>
pub(crate) fn entity(name: &str) -> Option<char> {
    Some(match name {
        "quot" => '"',
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "apos" => '\'',
        _ => return None,
    })
}

fn append<'a>(text: &mut Cow<'a, str>, part: Cow<'a, str>) {
    if text.is_empty() {
        *text = part;
    } else {
        text.to_mut().push_str(&part);
    }
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
}

/// Shortens a text for an error message.
pub(crate) fn shorten(text: &str) -> Cow<'_, str> {
    const MAX_CHARS: usize = 80;
    match text.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => Cow::Owned(format!("{}...", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The structure of a document: `name[children]`.
    fn outline(document: &[u8]) -> XmlResult<String> {
        fn element(reader: &mut XmlReader<'_>, start: &Element<'_>, out: &mut String) -> XmlResult<()> {
            out.push_str(start.local_name());
            out.push('[');
            while let Some(child) = reader.child()? {
                element(reader, &child, out)?;
            }
            out.push(']');
            Ok(())
        }
        let mut reader = XmlReader::new(document);
        let root = reader.root()?;
        let mut out = String::new();
        element(&mut reader, &root, &mut out)?;
        reader.finish()?;
        Ok(out)
    }

    fn root_text(document: &[u8]) -> XmlResult<String> {
        let mut reader = XmlReader::new(document);
        reader.root()?;
        let text = reader.text()?.into_owned();
        reader.finish()?;
        Ok(text)
    }

    #[test]
    fn elements_are_read_by_local_name() {
        for (document, expected) in [
            ("<a/>", "a[]"),
            ("<a></a>", "a[]"),
            (
                "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- x --><a ><b/>t<n:c x='1'/></a >\n<!-- y -->",
                "a[b[]c[]]",
            ),
            ("<!DOCTYPE a SYSTEM \"a.dtd\">\n<a><b/></a>", "a[b[]]"),
            ("<!DOCTYPE a><a><b/></a>", "a[b[]]"),
            ("<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x \"y\">]>\n<a/>", "a[]"),
            (
                "<long-name><name.of_parts/><n0:abcdefghijkl>x</n0:abcdefghijkl></long-name>",
                "long-name[name.of_parts[]abcdefghijkl[]]",
            ),
            ("<abcdefg><abcdefgh></abcdefgh><abcdefghi></abcdefghi ></abcdefg>", "abcdefg[abcdefgh[]abcdefghi[]]"),
            ("<\u{e9}\u{e8}><b\u{ea}c\n></b\u{ea}c></\u{e9}\u{e8}>", "\u{e9}\u{e8}[b\u{ea}c[]]"),
            ("<p:a xmlns:p='u'><?pi?><p:b>x</p:b>&amp;<![CDATA[<z>]]></p:a>", "a[b[]]"),
        ] {
            assert_eq!(outline(document.as_bytes()).unwrap(), expected, "{document}");
        }
    }

    #[test]
    fn text_is_read() {
        for (document, expected) in [
            ("<a/>", ""),
            ("<a> x </a>", " x "),
            ("<a>&lt;&amp;&gt;&quot;&apos;&#65;&#x1F600;</a>", "<&>\"'A\u{1f600}"),
            ("<a>x<![CDATA[<&>]]>y<!-- no -->z</a>", "x<&>yz"),
            ("<a>one\r\ntwo\rthree&#13;</a>", "one\ntwo\nthree\r"),
            (
                "<a>a text of many bytes&lt;and another of so many\r\n</a>",
                "a text of many bytes<and another of so many\n",
            ),
            ("<a>caf\u{e9} \u{1f600}\r</a>", "caf\u{e9} \u{1f600}\n"),
            ("<a>before<b>inner<c/></b>after<b/></a>", "before"),
            ("<a>before<b/>after</a>", "before"),
        ] {
            assert_eq!(root_text(document.as_bytes()).unwrap(), expected, "{document}");
        }
    }

    #[test]
    fn malformed_documents_are_rejected_with_their_position() {
        let unknown = |name: &str| XmlFault::UnknownReference(name.to_owned());
        for (document, position, expected) in [
            (&b""[..], 0, Ok(XmlFault::Empty)),
            (b"hello", 5, Ok(XmlFault::TextBeforeRoot)),
            (b"{\"a\": 1}", 8, Ok(XmlFault::TextBeforeRoot)),
            (b"<a>", 3, Ok(XmlFault::UnexpectedEnd)),
            (b"<a><b></a>", 6, Err("expected `</b>`")),
            (b"<a></b>", 3, Err("expected `</a>`")),
            (b"<a><b", 3, Err("not closed")),
            (b"<a/><b/>", 8, Ok(XmlFault::ContentAfterRoot)),
            (b"<a/>x", 5, Ok(XmlFault::ContentAfterRoot)),
            (b"</a>", 0, Err("close tag")),
            (b"<a>&nbsp;</a>", 9, Ok(unknown("nbsp"))),
            (b"<a>&#0;</a>", 7, Ok(unknown("#0"))),
            (b"<a>&#xD800;</a>", 11, Ok(unknown("#xD800"))),
            (b"<a>x & y</a>", 5, Err("reference")),
            (b"<a>1 < 2</a>", 12, Ok(XmlFault::NoName)),
            (b"<a>1 < 2></a>", 9, Ok(XmlFault::NoName)),
            (b"\xef\xbb\xbf<a></b>", 6, Err("expected `</a>`")),
            (b"<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", 36, Ok(unknown("x"))),
            (b"<a><!DOCTYPE b></a>", 15, Ok(XmlFault::DocumentType)),
            (b"<a>\xff\xfe</a>", 5, Err("utf-8")),
        ] {
            let error = outline(document).unwrap_err();
            let shown = String::from_utf8_lossy(document);
            match (&error.fault, expected) {
                (XmlFault::Malformed(message), Err(part)) => {
                    assert!(message.to_lowercase().contains(&part.to_lowercase()), "{shown}: {error}");
                }
                (fault, expected) => assert_eq!(Ok(fault), expected.as_ref(), "{shown}"),
            }
            assert_eq!(error.position, position, "{shown}: {error}");
        }
    }

    #[test]
    fn depth_is_limited() {
        let nested = |depth: usize| format!("{}{}", "<a>".repeat(depth), "</a>".repeat(depth));
        assert!(outline(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert!(outline(nested(MAX_DEPTH + 1).as_bytes()).unwrap_err().fault == XmlFault::TooDeep);
        // Skipped elements may have any depth.
        assert_eq!(root_text(nested(100_000).as_bytes()).unwrap(), "");
    }

    #[test]
    fn attributes_are_found_with_any_prefix() {
        let read = |document: &str, name: &str| {
            let mut reader = XmlReader::new(document.as_bytes());
            let root = reader.root().unwrap();
            root.attribute(name)
        };
        let canonical = r#"<Grantee xmlns:xsi="u" xsi:type="A &amp; B"/>"#;
        assert_eq!(read(canonical, "xsi:type").as_deref(), Some("A & B"));
        assert_eq!(read(r#"<G xmlns:q="u" q:type='x'></G>"#, "xsi:type").as_deref(), Some("x"));
        assert_eq!(read(r#"<G type="x"/>"#, "xsi:type"), None);
        assert_eq!(read(r#"<G type="x"/>"#, "type").as_deref(), Some("x"));
        assert_eq!(read(r#"<G type=x/>"#, "type"), None);
    }
}

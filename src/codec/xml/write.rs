//! The writer.

/// A writer without white space between elements, as in botocore: `<A />` for an element without content.
#[derive(Debug, Default)]
pub(crate) struct XmlWriter {
    out: String,
    /// The start tag of the innermost element is not yet closed with `>`.
    in_tag: bool,
    /// Carriage returns in text are escaped: a reader would take them for line ends.
    escapes_returns: bool,
}

impl XmlWriter {
    /// A writer whose text is read as it was, with all line breaks.
    pub(crate) fn keeping_returns() -> Self {
        XmlWriter { escapes_returns: true, ..XmlWriter::default() }
    }

    pub(crate) fn start(&mut self, name: &str) {
        self.close_tag();
        self.out.push('<');
        self.out.push_str(name);
        self.in_tag = true;
    }

    /// Writes an attribute of the element just started.
    pub(crate) fn attribute(&mut self, name: &str, value: &str) {
        self.out.push(' ');
        self.out.push_str(name);
        self.out.push_str("=\"");
        escape(&mut self.out, value, attribute_escape);
        self.out.push('"');
    }

    /// Where the attributes of the element just started end.
    pub(crate) fn attributes_end(&self) -> usize {
        self.out.len()
    }

    /// Writes an attribute of an element whose content may have begun, and returns where its attributes end now.
    pub(crate) fn late_attribute(&mut self, at: usize, name: &str, value: &str) -> usize {
        let content = self.out.split_off(at);
        self.attribute(name, value);
        let end = self.out.len();
        self.out.push_str(&content);
        end
    }

    pub(crate) fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.close_tag();
            if self.escapes_returns {
                escape(&mut self.out, text, |byte| if byte == b'\r' { Some("&#13;") } else { text_escape(byte) });
            } else {
                escape(&mut self.out, text, text_escape);
            }
        }
    }

    /// Ends the innermost element, which has that name.
    pub(crate) fn end(&mut self, name: &str) {
        if self.in_tag {
            self.in_tag = false;
            self.out.push_str(" />");
        } else {
            self.out.push_str("</");
            self.out.push_str(name);
            self.out.push('>');
        }
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.out.into_bytes()
    }

    fn close_tag(&mut self) {
        if self.in_tag {
            self.in_tag = false;
            self.out.push('>');
        }
    }
}

fn escape(out: &mut String, text: &str, replacement: impl Fn(u8) -> Option<&'static str>) {
    let mut rest = text;
    while let Some((index, escaped)) =
        rest.bytes().enumerate().find_map(|(index, byte)| Some((index, replacement(byte)?)))
    {
        out.push_str(&rest[..index]);
        out.push_str(escaped);
        rest = &rest[index + 1..];
    }
    out.push_str(rest);
}

fn text_escape(byte: u8) -> Option<&'static str> {
    match byte {
        b'&' => Some("&amp;"),
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        _ => None,
    }
}

fn attribute_escape(byte: u8) -> Option<&'static str> {
    match byte {
        b'"' => Some("&quot;"),
        b'\r' => Some("&#13;"),
        b'\n' => Some("&#10;"),
        b'\t' => Some("&#09;"),
        _ => text_escape(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writer_escapes_and_closes() {
        let mut writer = XmlWriter::default();
        writer.start("A");
        writer.attribute("xmlns", "u\"<\r\n\t&>'");
        writer.start("B");
        writer.text("<&>\"'\r\n\u{e4}");
        writer.end("B");
        writer.start("C");
        writer.text("");
        writer.end("C");
        writer.end("A");
        let written = String::from_utf8(writer.finish()).unwrap();
        let expected = "<A xmlns=\"u&quot;&lt;&#13;&#10;&#09;&amp;&gt;'\"><B>&lt;&amp;&gt;\"'\r\n\u{e4}</B><C /></A>";
        assert_eq!(written, expected);
    }
}

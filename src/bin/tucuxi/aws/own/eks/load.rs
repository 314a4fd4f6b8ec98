//! Reads a kubeconfig: a YAML document of plain data, whose scalars keep their types and whose members keep their order.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput, Tag};

use crate::output::format::{YamlNode, YamlScalar};

/// Maximum depth of nested values.
const MAX_DEPTH: usize = 128;

/// Maximum size of a document in memory, roughly. Aliases can multiply a small text.
const MAX_SIZE: usize = 64 * 1024 * 1024;

/// The size of a node without its text.
const NODE_SIZE: usize = 64;

/// Parses a text with at most one document; `None` for an empty one.
pub(super) fn parse(text: &str) -> Result<Option<YamlNode>, LoadError> {
    let parser = Parser::new_from_str(text.trim_start_matches('\u{feff}'));
    NodeLoader { parser, anchors: HashMap::new(), line: 0, size: 0, depth: 0 }.document()
}

#[derive(Debug, thiserror::Error)]
pub(super) enum LoadError {
    #[error("{0}")]
    Syntax(String),
    #[error("line {1}: {0}")]
    Content(&'static str, usize),
    #[error("line {1}: the key {0:?} is there twice")]
    Twice(String, usize),
}

struct NodeLoader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    /// Values and their sizes.
    anchors: HashMap<usize, (YamlNode, usize)>,
    /// Of the last event.
    line: usize,
    size: usize,
    depth: usize,
}

impl<'a> NodeLoader<'a> {
    fn document(&mut self) -> Result<Option<YamlNode>, LoadError> {
        let mut document = None;
        loop {
            match self.event()? {
                Event::StreamEnd => return Ok(document),
                Event::StreamStart | Event::DocumentEnd | Event::Nothing => {}
                Event::DocumentStart(_) if document.is_none() => {
                    let first = self.event()?;
                    document = Some(self.node(first)?);
                }
                _ => return Err(self.error("expected a single document")),
            }
        }
    }

    fn event(&mut self) -> Result<Event<'a>, LoadError> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                self.line = span.start.line();
                Ok(event)
            }
            Some(Err(error)) => Err(LoadError::Syntax(error.to_string())),
            None => Err(self.error("the document is not complete")),
        }
    }

    fn error(&self, what: &'static str) -> LoadError {
        LoadError::Content(what, self.line)
    }

    fn node(&mut self, event: Event<'a>) -> Result<YamlNode, LoadError> {
        let before = self.size;
        self.grow(NODE_SIZE)?;
        let (anchor, value) = match event {
            Event::Alias(anchor) => {
                let size = self.anchors.get(&anchor).map_or(0, |(_, size)| *size);
                self.grow(size)?;
                let value = self.anchors.get(&anchor).map(|(value, _)| value.clone());
                return value.ok_or_else(|| self.error("an alias within its own anchor"));
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.grow(text.len())?;
                (anchor, YamlNode::Scalar(self.scalar(text.into_owned(), style, tag.as_deref())?))
            }
            Event::SequenceStart(anchor, tag) => {
                self.check_tag(tag.as_deref(), "seq")?;
                (anchor, self.nested(Self::sequence)?)
            }
            Event::MappingStart(anchor, tag) => {
                self.check_tag(tag.as_deref(), "map")?;
                (anchor, self.nested(Self::mapping)?)
            }
            _ => return Err(self.error("expected a value")),
        };
        if anchor > 0 {
            self.anchors.insert(anchor, (value.clone(), self.size.saturating_sub(before)));
        }
        Ok(value)
    }

    fn grow(&mut self, size: usize) -> Result<(), LoadError> {
        self.size = self.size.saturating_add(size);
        if self.size > MAX_SIZE { Err(self.error("the document is too large")) } else { Ok(()) }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<YamlNode, LoadError>) -> Result<YamlNode, LoadError> {
        if self.depth == MAX_DEPTH {
            return Err(self.error("values are nested too deep"));
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn sequence(&mut self) -> Result<YamlNode, LoadError> {
        let mut items = Vec::new();
        loop {
            match self.event()? {
                Event::SequenceEnd => return Ok(YamlNode::List(items)),
                event => items.push(self.node(event)?),
            }
        }
    }

    fn mapping(&mut self) -> Result<YamlNode, LoadError> {
        let mut members: Vec<(YamlScalar, YamlNode)> = Vec::new();
        let mut known: HashMap<String, bool> = HashMap::new();
        loop {
            let event = match self.event()? {
                Event::MappingEnd => return Ok(YamlNode::Map(members)),
                event => event,
            };
            let YamlNode::Scalar(key) = self.node(event)? else { return Err(self.error("expected a name as a key")) };
            if key.is_plain && key.text == "<<" {
                return Err(self.error("merge keys (`<<`) are not supported"));
            }
            if known.insert(key.text.clone(), key.is_plain).is_some() {
                return Err(LoadError::Twice(key.text, self.line));
            }
            let event = self.event()?;
            members.push((key, self.node(event)?));
        }
    }

    fn scalar(&self, text: String, style: ScalarStyle, tag: Option<&Tag>) -> Result<YamlScalar, LoadError> {
        let is_plain = style == ScalarStyle::Plain;
        match tag {
            None => Ok(YamlScalar { text, is_plain }),
            Some(tag) if is_core(tag, "str") => Ok(YamlScalar { text, is_plain: false }),
            Some(_) => Err(self.unknown_tag()),
        }
    }

    fn check_tag(&self, tag: Option<&Tag>, name: &str) -> Result<(), LoadError> {
        match tag {
            Some(tag) if !is_core(tag, name) => Err(self.unknown_tag()),
            _ => Ok(()),
        }
    }

    fn unknown_tag(&self) -> LoadError {
        self.error("tags (`!`) are not supported")
    }
}

/// Whether a tag is `!!str`, `!<tag:yaml.org,2002:str>` or a shorthand for it.
fn is_core(tag: &Tag, name: &str) -> bool {
    const CORE: &str = "tag:yaml.org,2002:";
    match &*tag.handle {
        CORE => tag.suffix == name,
        "" => tag.suffix.strip_prefix(CORE) == Some(name),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_written_as_they_were_read() {
        for text in [
            "b: 1.10\na: 010\nyes: 'yes'\nno: no\nn: null\nlist:\n- 'on'\n- 2020-01-02\n- '2020-01-02'\n- - x\n  - {}\n- []\n",
            "'1': '1:20'\n2: 1:20\n'': ''\n",
            "a: 'it''s: # x'\nb: \"\\e[0m\"\nc: 'one\n\n  two\n\n  '\n",
        ] {
            assert_eq!(parse(text).unwrap().unwrap().to_document(), text);
        }
        for (text, written) in [
            ("{\"a\": [\"b\", 1, true, null, {\"c\": \"~\"}]}", "a:\n- b\n- 1\n- true\n- null\n- c: '~'\n"),
            ("---\na: &x\n  b: |\n    c\nd: *x\n...\n", "a:\n  b: 'c\n\n    '\nd:\n  b: 'c\n\n    '\n"),
            ("a: !!str 1\nb: !!map {}\nc:\nd: ~ # e\n", "a: '1'\nb: {}\nc: null\nd: null\n"),
        ] {
            assert_eq!(parse(text).unwrap().unwrap().to_document(), written, "{text}");
        }
        assert_eq!(parse("").unwrap(), None);
        assert_eq!(parse("# nothing\n").unwrap(), None);
    }

    #[test]
    fn what_cannot_be_kept_or_is_too_large_is_refused() {
        let bomb: String =
            (1..20).map(|level| format!("a{level}: &a{level} [*a{0}, *a{0}, *a{0}]\n", level - 1)).collect();
        let long = "x".repeat(100_000);
        let aliases = "*a, ".repeat(2000);
        for (text, expected) in [
            (format!("a0: &a0 x\n{bomb}"), "the document is too large"),
            (format!("a: &a {long}\nb: [{aliases}]\n"), "the document is too large"),
            (format!("a: {}", "[".repeat(200)), "values are nested too deep"),
            ("a: &a [*a]".to_owned(), "an alias within its own anchor"),
            ("? [a]\n: b\n".to_owned(), "expected a name as a key"),
            ("a: 1\n'a': 2\n".to_owned(), "the key \"a\" is there twice"),
            ("a: !!binary QQ==\n".to_owned(), "tags (`!`) are not supported"),
            ("a: !!set {b}\n".to_owned(), "tags (`!`) are not supported"),
            ("a: [\n".to_owned(), "did not find expected"),
        ] {
            let error = parse(&text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}

//! Reads a kubeconfig: a YAML document of plain data, whose scalars keep their types and whose members keep their order.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput, Tag};

use crate::output::format::{YamlNode, YamlScalar};

/// Maximum depth of nested values.
const MAX_DEPTH: usize = 128;

/// Maximum number of nodes. Aliases can multiply a small text.
const MAX_NODES: usize = 1_000_000;

/// Parses a text with at most one document; `None` for an empty one.
pub(super) fn parse(text: &str) -> Result<Option<YamlNode>, LoadError> {
    let parser = Parser::new_from_str(text.trim_start_matches('\u{feff}'));
    NodeLoader { parser, anchors: HashMap::new(), line: 0, nodes: 0, depth: 0 }.document()
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
    /// Values and the numbers of their nodes.
    anchors: HashMap<usize, (YamlNode, usize)>,
    /// Of the last event.
    line: usize,
    nodes: usize,
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
        let before = self.nodes;
        self.grow(1)?;
        let (anchor, value) = match event {
            Event::Alias(anchor) => {
                let Some((value, nodes)) = self.anchors.get(&anchor) else {
                    return Err(self.error("an alias within its own anchor"));
                };
                let (value, nodes) = (value.clone(), *nodes);
                self.grow(nodes)?;
                return Ok(value);
            }
            Event::Scalar(text, style, anchor, tag) => {
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
            self.anchors.insert(anchor, (value.clone(), self.nodes - before));
        }
        Ok(value)
    }

    fn grow(&mut self, nodes: usize) -> Result<(), LoadError> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes > MAX_NODES { Err(self.error("too many values")) } else { Ok(()) }
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

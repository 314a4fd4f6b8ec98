//! YAML 1.2 documents of plain data, as the AWS CLI's loader reads them: anchors, merge keys and the tags of the core schema;
//! any other tag is an error, except in templates of CloudFormation.

mod scalar;

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput, Tag};

use self::scalar::{ScalarType, resolve};
use super::datum::{Datum, MAX_DEPTH, Members};

/// Maximum size of a document in memory, roughly. Aliases can multiply a small text.
const MAX_SIZE: usize = 64 * 1024 * 1024;

/// The size of a node without its text.
const NODE_SIZE: usize = 64;

/// Parses a text with at most one document; `None` if it is not valid.
pub(crate) fn parse(text: &str) -> Option<Datum> {
    load(text, YamlTags::Data)
}

/// Parses a template of CloudFormation; `None` if it is not valid. Functions such as `!Ref` are only their arguments.
pub(crate) fn parse_template(text: &str) -> Option<Datum> {
    load(text, YamlTags::Template)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum YamlTags {
    /// The tags of the core schema, and unique keys.
    Data,
    /// Local tags, too, and the last of equal keys counts.
    Template,
}

fn load(text: &str, tags: YamlTags) -> Option<Datum> {
    let mut loader = YamlLoader {
        parser: Parser::new_from_str(text.trim_start_matches('\u{feff}')),
        tags,
        anchors: HashMap::new(),
        size: 0,
        depth: 0,
    };
    loader.document().ok()
}

struct Invalid;

struct YamlLoader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    tags: YamlTags,
    /// Values and their sizes.
    anchors: HashMap<usize, (Datum, usize)>,
    size: usize,
    depth: usize,
}

/// What a node is as a key.
enum MappingKey {
    Name(String),
    Merge,
}

impl<'a> YamlLoader<'a> {
    fn document(&mut self) -> Result<Datum, Invalid> {
        let mut document = Datum::Null;
        let mut count = 0;
        loop {
            match self.event()? {
                Event::StreamEnd => return Ok(document),
                Event::StreamStart | Event::DocumentEnd | Event::Nothing => {}
                Event::DocumentStart(_) => {
                    count += 1;
                    if count > 1 {
                        return Err(Invalid);
                    }
                    let first = self.event()?;
                    document = self.node(first)?;
                }
                _ => return Err(Invalid),
            }
        }
    }

    fn event(&mut self) -> Result<Event<'a>, Invalid> {
        match self.parser.next_event() {
            Some(Ok((event, _))) => Ok(event),
            _ => Err(Invalid),
        }
    }

    fn node(&mut self, event: Event<'a>) -> Result<Datum, Invalid> {
        let before = self.size;
        self.grow(NODE_SIZE)?;
        let (anchor, value) = match event {
            Event::Alias(anchor) => {
                let (_, size) = self.anchors.get(&anchor).ok_or(Invalid)?;
                self.grow(*size)?;
                return self.anchors.get(&anchor).map(|(value, _)| value.clone()).ok_or(Invalid);
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.grow(text.len())?;
                (anchor, self.scalar(&text, style, tag.as_deref())?)
            }
            Event::SequenceStart(anchor, tag) => {
                self.check_tag(tag.as_deref(), "seq")?;
                (anchor, self.nested(Self::sequence)?)
            }
            Event::MappingStart(anchor, tag) => {
                self.check_tag(tag.as_deref(), "map")?;
                (anchor, self.nested(Self::mapping)?)
            }
            _ => return Err(Invalid),
        };
        if anchor > 0 {
            self.anchors.insert(anchor, (value.clone(), self.size - before));
        }
        Ok(value)
    }

    fn grow(&mut self, size: usize) -> Result<(), Invalid> {
        self.size = self.size.saturating_add(size);
        if self.size > MAX_SIZE { Err(Invalid) } else { Ok(()) }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Result<Datum, Invalid>) -> Result<Datum, Invalid> {
        if self.depth == MAX_DEPTH {
            return Err(Invalid);
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn sequence(&mut self) -> Result<Datum, Invalid> {
        let mut items = Vec::new();
        loop {
            match self.event()? {
                Event::SequenceEnd => return Ok(Datum::List(items)),
                event => items.push(self.node(event)?),
            }
        }
    }

    fn mapping(&mut self) -> Result<Datum, Invalid> {
        let mut own: Vec<(String, Datum)> = Vec::new();
        let mut merged = None;
        loop {
            let key = match self.event()? {
                Event::MappingEnd => break,
                event => self.key(event)?,
            };
            let event = self.event()?;
            let value = self.node(event)?;
            match key {
                MappingKey::Name(name) => own.push((name, value)),
                MappingKey::Merge if merged.is_none() => merged = Some(merge(value)?),
                MappingKey::Merge => return Err(Invalid),
            }
        }
        let is_merged = merged.is_some();
        let mut members = merged.unwrap_or_default();
        for (name, value) in own {
            // A merge allows keys to be repeated.
            if !is_merged && self.tags == YamlTags::Data && members.contains(&name) {
                return Err(Invalid);
            }
            members.insert(name, value);
        }
        Ok(Datum::Map(members))
    }

    /// Keys are texts for a call, so that a number is taken as it was written.
    fn key(&mut self, event: Event<'a>) -> Result<MappingKey, Invalid> {
        if let Event::Scalar(text, ScalarStyle::Plain, 0, None) = &event {
            return Ok(if text == "<<" { MappingKey::Merge } else { MappingKey::Name(text.to_string()) });
        }
        match self.node(event)? {
            Datum::Text(text) | Datum::Int(text) | Datum::Moment(text) => Ok(MappingKey::Name(text)),
            _ => Err(Invalid),
        }
    }

    fn scalar(&self, text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Datum, Invalid> {
        let is_plain = style == ScalarStyle::Plain;
        let kind = match tag {
            None if is_plain => return resolve(text).ok_or(Invalid),
            None => ScalarType::Text,
            Some(tag) => match (core_name(tag), tag.handle.as_str(), tag.suffix.as_str()) {
                (Some(name), ..) => ScalarType::named(name).ok_or(Invalid)?,
                // YAML makes this a text, the AWS CLI's loader does not.
                (None, "", "!") | (None, "!", "") if is_plain => return resolve(text).ok_or(Invalid),
                (None, "", "!") | (None, "!", "") => ScalarType::Text,
                (None, ..) if self.is_local(tag) => ScalarType::Text,
                _ => return Err(Invalid),
            },
        };
        kind.read(text).ok_or(Invalid)
    }

    fn check_tag(&self, tag: Option<&Tag>, name: &str) -> Result<(), Invalid> {
        match tag {
            None => Ok(()),
            Some(tag) if core_name(tag) == Some(name) => Ok(()),
            Some(tag) if tag.handle.is_empty() && tag.suffix == "!" || tag.handle == "!" && tag.suffix.is_empty() => {
                Ok(())
            }
            Some(tag) if self.is_local(tag) => Ok(()),
            Some(_) => Err(Invalid),
        }
    }

    /// Whether this is the tag of a function of a template.
    fn is_local(&self, tag: &Tag) -> bool {
        self.tags == YamlTags::Template && tag.handle == "!"
    }
}

/// `str` of `!!str`, `!<tag:yaml.org,2002:str>` or a shorthand for it.
fn core_name(tag: &Tag) -> Option<&str> {
    const CORE: &str = "tag:yaml.org,2002:";
    match &*tag.handle {
        CORE => Some(&tag.suffix),
        "" => tag.suffix.strip_prefix(CORE),
        _ => None,
    }
}

/// The members of a mapping, or of a list of them, of which the first one with a name counts.
fn merge(value: Datum) -> Result<Members, Invalid> {
    let sources = match value {
        Datum::Map(members) => vec![members],
        Datum::List(items) => {
            let maps = items.into_iter().rev().map(|item| match item {
                Datum::Map(members) => Ok(members),
                _ => Err(Invalid),
            });
            maps.collect::<Result<_, _>>()?
        }
        _ => return Err(Invalid),
    };
    Ok(sources.into_iter().flatten().collect())
}

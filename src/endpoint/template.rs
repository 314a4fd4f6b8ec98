//! Template strings: `https://{Region}.example.{PartitionResult#dnsSuffix}`, split into segments by the parser.
//!
//! <https://smithy.io/2.0/additional-specs/rules-engine/specification.html#template-string>

use std::borrow::Cow;

use super::attribute::{AttributePath, Type, Val};
use super::error::RuleError;
use super::scope::Scope;

/// Text with placeholders.
#[derive(Debug)]
pub(super) enum Template {
    /// Text without placeholders.
    Literal(Box<str>),
    /// Single placeholder, whose value needs no copy.
    Value(Placeholder),
    Segments(Box<[Segment]>),
}

#[derive(Debug)]
pub(super) enum Segment {
    Literal(Box<str>),
    Value(Placeholder),
}

/// Source of a value: a slot, or an attribute of the value in a slot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placeholder {
    pub(super) slot: u16,
    pub(super) path: Option<AttributePath>,
}

impl Template {
    /// Parses a template. `lookup` resolves a name to its slot and type. `{{` and `}}` are escaped braces.
    pub(super) fn parse(
        text: &str,
        mut lookup: impl FnMut(&str) -> Result<(u16, Type), String>,
    ) -> Result<Template, String> {
        if !text.contains(['{', '}']) {
            return Ok(Template::Literal(text.into()));
        }
        let mut segments = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            literal.push_str(&rest[..at]);
            let brace = &rest[at..=at];
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix(brace) {
                literal.push_str(brace);
                rest = after;
                continue;
            }
            let inner = if brace == "{" { rest.split_once('}') } else { None };
            let (reference, after) = inner.ok_or_else(|| format!("unbalanced braces in the template {text:?}"))?;
            if !literal.is_empty() {
                segments.push(Segment::Literal(std::mem::take(&mut literal).into()));
            }
            segments.push(Segment::Value(Placeholder::parse(reference, &mut lookup)?));
            rest = after;
        }
        literal.push_str(rest);
        if segments.is_empty() {
            return Ok(Template::Literal(literal.into()));
        }
        if !literal.is_empty() {
            segments.push(Segment::Literal(literal.into()));
        }
        if let [Segment::Value(placeholder)] = segments[..] {
            return Ok(Template::Value(placeholder));
        }
        Ok(Template::Segments(segments.into()))
    }

    /// Renders the template; no value if a placeholder has none.
    pub(super) fn render<'a>(&'a self, scope: &Scope<'a>) -> Result<Option<Cow<'a, str>>, RuleError> {
        match self {
            Template::Literal(text) => Ok(Some(Cow::Borrowed(text))),
            Template::Value(placeholder) => Ok(placeholder.text(scope)),
            Template::Segments(segments) => {
                let mut text = String::with_capacity(64);
                for segment in segments {
                    match segment {
                        Segment::Literal(literal) => text.push_str(literal),
                        Segment::Value(placeholder) => match placeholder.text(scope) {
                            Some(value) => {
                                scope.charge(value.len())?;
                                text.push_str(&value);
                            }
                            None => return Ok(None),
                        },
                    }
                }
                Ok(Some(Cow::Owned(text)))
            }
        }
    }
}

impl Placeholder {
    fn parse(text: &str, lookup: &mut impl FnMut(&str) -> Result<(u16, Type), String>) -> Result<Placeholder, String> {
        let (name, path) = text.split_once('#').map_or((text, None), |(name, path)| (name, Some(path)));
        let (slot, mut kind) = lookup(name)?;
        let path = match path {
            // `{a#b#c}` means the path `b.c`, but no record contains records.
            Some(_) if kind == Type::Any => None,
            Some(path) => {
                let (path, value_type) = AttributePath::parse(path, kind)?;
                kind = value_type;
                Some(path)
            }
            None => None,
        };
        if !Type::String.accepts(kind) {
            return Err(format!("{{{text}}} is {}, but a template takes only strings", kind.name()));
        }
        Ok(Placeholder { slot, path })
    }

    fn text<'a>(&self, scope: &Scope<'a>) -> Option<Cow<'a, str>> {
        let value = scope.get(self.slot);
        let value = self.path.map_or_else(|| value.clone(), |path| value.get(path));
        match value {
            Val::Text(text) => Some(text),
            _ => None,
        }
    }
}

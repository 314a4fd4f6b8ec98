//! Which operation of a service a path and a query belong to.

use std::borrow::Cow;
use std::cmp::Reverse;

use http::{HeaderMap, Method};

use crate::codec::percent;
use crate::model::operation::{Operation, TemplatePart};
use crate::model::shape::{Kind, Location};

/// The request of an operation, as its model has it.
#[derive(Debug)]
pub(super) struct PathTemplate {
    pub(super) operation: String,
    method: Method,
    segments: Vec<PathSegment>,
    /// Names and values that the query has to have.
    constants: Vec<(String, String)>,
    /// Names that the query has to have.
    required_query: Vec<String>,
    required_headers: Vec<String>,
    /// All names that the query may have.
    known_query: Vec<String>,
    takes_any_query: bool,
}

#[derive(Debug)]
enum PathSegment {
    Literal(String),
    Label,
    /// The rest of the path.
    Greedy,
    /// A label with text around it.
    Mixed(String, String),
}

/// A request, split for the comparison.
pub(super) struct RequestTarget<'t> {
    pub(super) method: &'t Method,
    pub(super) segments: Vec<&'t str>,
    pub(super) query: Vec<(Cow<'t, str>, Cow<'t, str>)>,
    pub(super) headers: &'t HeaderMap,
}

impl<'t> RequestTarget<'t> {
    pub(super) fn new(method: &'t Method, path_and_query: &'t str, headers: &'t HeaderMap) -> Self {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        let segments = path.trim_start_matches('/').split('/').collect();
        RequestTarget { method, segments, query: percent::form_pairs(query).collect(), headers }
    }
}

impl PathTemplate {
    pub(super) fn of(operation: &Operation) -> PathTemplate {
        let mut text = String::new();
        for part in &operation.uri.parts {
            match part {
                TemplatePart::Literal(literal) => text.push_str(literal),
                TemplatePart::Label { greedy: true, .. } => text.push_str("{+}"),
                TemplatePart::Label { .. } => text.push_str("{}"),
            }
        }
        let (path, query) = text.split_once('?').unwrap_or((&text, ""));
        let segments = path.trim_start_matches('/').split('/').map(PathSegment::parse).collect();
        let constants = percent::form_pairs(query);
        let mut template = PathTemplate {
            operation: operation.name.clone(),
            method: operation.method.clone(),
            segments,
            constants: constants.map(|(name, value)| (name.into_owned(), value.into_owned())).collect(),
            required_query: Vec::new(),
            required_headers: Vec::new(),
            known_query: Vec::new(),
            takes_any_query: false,
        };
        let Some(structure) = operation.input_structure() else { return template };
        for (index, member) in structure.members.iter().enumerate() {
            let wire = member.target.wire.to_string();
            let is_required = structure.required.iter().any(|required| usize::from(*required) == index);
            match member.target.location {
                Location::Query => {
                    let shapes = operation.input.as_ref();
                    let is_map = shapes.is_some_and(|shapes| matches!(shapes.kind(&member.target), Kind::Map { .. }));
                    template.takes_any_query |= is_map;
                    if is_required && !is_map {
                        template.required_query.push(wire.clone());
                    }
                    template.known_query.push(wire);
                }
                Location::Header if is_required => template.required_headers.push(wire),
                _ => {}
            }
        }
        template
    }

    /// How well a request fits; `None` if it does not. A more special template wins.
    pub(super) fn score(&self, target: &RequestTarget<'_>) -> Option<i64> {
        if *target.method != self.method {
            return None;
        }
        let mut score = self.path_score(&target.segments)?;
        let has = |name: &str| target.query.iter().any(|(other, _)| other == name);
        for (name, value) in &self.constants {
            if !target.query.iter().any(|(other, found)| other == name && found == value) {
                return None;
            }
            score += 100;
        }
        for name in &self.required_query {
            if !has(name) {
                return None;
            }
            score += 10;
        }
        for name in &self.required_headers {
            score += if target.headers.contains_key(name.as_str()) { 10 } else { -20 };
        }
        let is_known = |name: &str| {
            self.known_query.iter().any(|other| other == name)
                || self.constants.iter().any(|(other, _)| other == name)
                || name.to_ascii_lowercase().starts_with("x-amz-")
        };
        let unknown = target.query.iter().filter(|(name, _)| !is_known(name)).count();
        if !self.takes_any_query {
            score -= 5 * i64::try_from(unknown).unwrap_or(i64::MAX / 100);
        }
        Some(score)
    }

    fn path_score(&self, segments: &[&str]) -> Option<i64> {
        let mut score = 0;
        let mut rest = segments;
        // A slash at the end is no segment.
        if let Some(("", before)) = rest.split_last().map(|(last, before)| (*last, before)) {
            rest = before;
        }
        let mine = match self.segments.split_last() {
            Some((PathSegment::Literal(last), before)) if last.is_empty() => before,
            _ => &self.segments[..],
        };
        for (index, segment) in mine.iter().enumerate() {
            if let PathSegment::Greedy = segment {
                let after = mine.len() - index - 1;
                let taken = rest.len().checked_sub(after).filter(|taken| *taken > 0)?;
                rest = &rest[taken..];
                continue;
            }
            let (first, others) = rest.split_first()?;
            score += segment.score(first)?;
            rest = others;
        }
        rest.is_empty().then_some(score)
    }

    /// How many segments at the beginning are equal, whether the method is, and how many segments differ: to name what might be meant.
    pub(super) fn likeness(&self, target: &RequestTarget<'_>) -> (usize, bool, Reverse<usize>) {
        let mut pairs = self.segments.iter().zip(&target.segments);
        let equal = pairs.by_ref().take_while(|(mine, other)| mine.score(other).is_some()).count();
        let difference = self.segments.len().abs_diff(target.segments.len());
        (equal, *target.method == self.method, Reverse(difference))
    }
}

impl PathSegment {
    fn parse(text: &str) -> PathSegment {
        match text.split_once('{') {
            None => PathSegment::Literal(text.to_owned()),
            Some(("", "+}")) => PathSegment::Greedy,
            Some(("", "}")) => PathSegment::Label,
            Some((before, rest)) => {
                let after = rest.rsplit_once('}').map_or("", |(_, after)| after);
                PathSegment::Mixed(before.to_owned(), after.to_owned())
            }
        }
    }

    fn score(&self, text: &str) -> Option<i64> {
        match self {
            PathSegment::Literal(literal) => (percent::decoded(text) == literal.as_str()).then_some(3),
            PathSegment::Label | PathSegment::Greedy => (!text.is_empty()).then_some(0),
            PathSegment::Mixed(before, after) => {
                let is_long_enough = text.len() > before.len() + after.len();
                (is_long_enough && text.starts_with(before.as_str()) && text.ends_with(after.as_str())).then_some(2)
            }
        }
    }
}

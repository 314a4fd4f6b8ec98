//! Packed service models: gzip files whose members inflate one by one, with an index in the header of the first.
//!
//! `tucuxi models import` writes them. Inflated as a whole they are a `service-2.json` like any other, as every gzip program
//! reads it. The index says which member has which operations and shapes, so an operation inflates only what it reaches.
//!
//! The index is the subfield `TX` of the header's extra field (RFC 1952). Numbers are LEB128 unless stated:
//! ```text
//! format = 2
//! member count, count × { compressed length, text length }
//! span count, count × { kind, member, start, length, entries }      stretches of lines in a member
//! index + 1 of the endpoint discovery operation, or 0
//! operation count, count × { hash: u24, index: u16 }                fixed size, little-endian, sorted
//! shape count, count × { span: u8, hash: u24 }                      the same, by hash; none if there are few spans
//! ```
//! Each line of a span is an operation or a shape: `"name":{..}`, with a comma if another follows. No other text has line breaks.
//! A hash is that of the name, for operations of what all spellings share. The name in the text decides.

mod index;
mod scan;
#[cfg(test)]
mod tests;

use std::fmt;

use once_cell::sync::OnceCell;

use crate::codec::gzip;
use crate::model::names::same_spelling;
use index::{PackedIndex, PackedSpan, SpanKind, shape_hash, spelling_hash};
use scan::{TextEntry, scan_entries};

/// A packed model, whose members inflate on first use.
pub(crate) struct PackedModel {
    file: &'static [u8],
    index: PackedIndex,
    texts: Box<[OnceCell<String>]>,
    entries: Box<[OnceCell<Vec<TextEntry>>]>,
}

impl PackedModel {
    /// Opens a gzip file; `None` if it has no index.
    pub(crate) fn open(file: &'static [u8]) -> Option<PackedModel> {
        let header = gzip::extra_field(file, *b"TX")?;
        let index = PackedIndex::read(header, file.len())?;
        let texts = index.members.iter().map(|_| OnceCell::new()).collect();
        let entries = index.spans.iter().map(|_| OnceCell::new()).collect();
        Some(PackedModel { file, index, texts, entries })
    }

    /// The text before the first operation, closed to be a JSON object.
    pub(crate) fn head(&self) -> Option<String> {
        let first = self.index.spans.first()?;
        let head = self.text(0)?;
        let head = if first.member == 0 { head.get(..first.text.start)? } else { head };
        Some([head, "}}"].concat())
    }

    pub(crate) fn operation_count(&self) -> usize {
        self.index.operations.len()
    }

    /// Returns the index of an operation, by any spelling of its name.
    pub(crate) fn operation_index(&self, name: &str) -> Option<usize> {
        self.index.operations(spelling_hash(name)).find(|index| same_spelling(self.operation(*index).0, name))
    }

    /// Returns the name and the JSON text of an operation, empty if the file is damaged.
    pub(crate) fn operation(&self, index: usize) -> (&str, &str) {
        let mut first = 0;
        for (position, span) in self.spans(SpanKind::Operations) {
            if index < first + span.entries {
                return self.entry(position, index - first).unwrap_or_default();
            }
            first += span.entries;
        }
        Default::default()
    }

    /// Returns the name and the JSON text of a shape.
    pub(crate) fn shape(&self, name: &str) -> Option<(&str, &str)> {
        if self.index.has_shape_table() {
            return self.index.shapes(shape_hash(name)).find_map(|position| self.shape_in(position, name));
        }
        let mut spans = self.spans(SpanKind::Shapes).chain(self.spans(SpanKind::Errors));
        spans.find_map(|(position, _)| self.shape_in(position, name))
    }

    /// Returns all shapes that may be errors, in the order of the original model.
    pub(crate) fn error_shapes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.spans(SpanKind::Errors).flat_map(move |(position, _)| {
            (0..self.entries(position).map_or(0, <[_]>::len)).filter_map(move |at| self.entry(position, at))
        })
    }

    /// The names of all shapes.
    #[cfg(all(test, feature = "bundled-models"))]
    pub(crate) fn shape_names(&self) -> impl Iterator<Item = &str> {
        self.spans(SpanKind::Shapes).chain(self.spans(SpanKind::Errors)).flat_map(move |(position, _)| {
            (0..self.entries(position).map_or(0, <[_]>::len)).filter_map(move |at| Some(self.entry(position, at)?.0))
        })
    }

    /// The endpoint discovery operation.
    pub(crate) fn discovery(&self) -> Option<usize> {
        self.index.discovery
    }

    fn spans(&self, kind: SpanKind) -> impl Iterator<Item = (usize, &PackedSpan)> {
        self.index.spans.iter().enumerate().filter(move |(_, span)| span.kind == kind)
    }

    fn shape_in(&self, position: usize, name: &str) -> Option<(&str, &str)> {
        let text = self.text(self.index.spans.get(position)?.member)?;
        self.entry(position, self.entries(position)?.iter().position(|entry| entry.name(text) == name)?)
    }

    fn entry(&self, position: usize, at: usize) -> Option<(&str, &str)> {
        let entry = self.entries(position)?.get(at)?;
        let text = self.text(self.index.spans.get(position)?.member)?;
        Some((entry.name(text), entry.value(text)))
    }

    /// The entries of a span, in the order of the text.
    fn entries(&self, position: usize) -> Option<&[TextEntry]> {
        let span = self.index.spans.get(position)?;
        let text = self.text(span.member)?;
        Some(self.entries.get(position)?.get_or_init(|| scan_entries(text, span.text.clone())))
    }

    fn text(&self, member: usize) -> Option<&str> {
        let inflate = || self.inflate(member).ok_or(());
        self.texts.get(member)?.get_or_try_init(inflate).ok().map(String::as_str)
    }

    fn inflate(&self, member: usize) -> Option<String> {
        let place = self.index.members.get(member)?;
        let file = self.file.get(place.file.clone())?;
        String::from_utf8(gzip::inflate(file, place.text_size).ok()?).ok()
    }
}

impl fmt::Debug for PackedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PackedModel({} members)", self.index.members.len())
    }
}

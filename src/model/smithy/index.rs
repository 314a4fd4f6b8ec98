//! The places of a document's shapes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use super::ast::{AstTop, AstTraits, kind_of};
use super::error::SmithyError;

/// A document's text with the places of its shapes.
pub(super) struct AstIndex {
    text: String,
    /// Sorted by id. The models of AWS are sorted already, which makes this cheap.
    entries: Vec<AstEntry>,
    /// What `apply` statements add to a shape or a member, by its id.
    applied: HashMap<String, Vec<Range<u32>>>,
}

/// Byte ranges of a shape's id and definition in the text.
struct AstEntry {
    id: Range<u32>,
    definition: Range<u32>,
}

impl AstIndex {
    pub(super) fn new(text: String) -> Result<AstIndex, SmithyError> {
        if u32::try_from(text.len()).is_err() {
            return Err(SmithyError::TooLarge);
        }
        let top: AstTop<'_> = serde_json::from_str(&text).map_err(|error| SmithyError::Json(error.to_string()))?;
        if let Some(version) = top.smithy.as_deref().filter(|version| !matches!(*version, "1" | "1.0" | "2" | "2.0")) {
            return Err(SmithyError::Version(version.to_owned()));
        }
        let start = text.as_ptr() as usize;
        let range = |part: &str| {
            let from = (part.as_ptr() as usize - start) as u32;
            from..from + part.len() as u32
        };
        let mut entries = Vec::with_capacity(top.shapes.0.len());
        let mut applied: HashMap<String, Vec<Range<u32>>> = HashMap::new();
        for (id, definition) in &top.shapes.0 {
            // An id with escapes has no range in the text, and Smithy does not allow it.
            let Cow::Borrowed(id) = id else { return Err(SmithyError::Escapes(id.to_string())) };
            match &*kind_of(definition.get()) {
                "apply" => applied.entry((*id).to_owned()).or_default().push(range(definition.get())),
                _ => entries.push(AstEntry { id: range(id), definition: range(definition.get()) }),
            }
        }
        entries.sort_by(|a, b| slice(&text, &a.id).cmp(slice(&text, &b.id)));
        Ok(AstIndex { text, entries, applied })
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn id(&self, index: usize) -> &str {
        slice(&self.text, &self.entries[index].id)
    }

    pub(super) fn definition(&self, index: usize) -> &str {
        slice(&self.text, &self.entries[index].definition)
    }

    /// Returns the place of a shape's definition in the text.
    pub(super) fn place(&self, index: usize) -> u32 {
        self.entries[index].definition.start
    }

    /// Finds a shape by its id. The last of several with the same id wins.
    pub(super) fn find(&self, id: &str) -> Option<usize> {
        let after = self.entries.partition_point(|entry| slice(&self.text, &entry.id) <= id);
        let index = after.checked_sub(1)?;
        (self.id(index) == id).then_some(index)
    }

    pub(super) fn has_applied(&self) -> bool {
        !self.applied.is_empty()
    }

    /// Returns the traits that `apply` statements add to a shape or a member.
    pub(super) fn applied(&self, id: &str) -> Result<AstTraits<'_>, SmithyError> {
        let mut traits = AstTraits::default();
        for range in self.applied.get(id).into_iter().flatten() {
            let shape = super::ast::AstShape::parse(slice(&self.text, range)).map_err(|error| error.at(id))?;
            traits.extend(shape.traits);
        }
        Ok(traits)
    }
}

fn slice<'t>(text: &'t str, range: &Range<u32>) -> &'t str {
    &text[range.start as usize..range.end as usize]
}

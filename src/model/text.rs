//! The text of a service model: whole and indexed at first use, packed with its index, or converted from another format.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use serde_json::value::RawValue;

use crate::model::entries::Entries;
use crate::model::names::NameMap;
use crate::model::packed::PackedModel;
use crate::model::smithy::SmithyDocument;

pub(super) enum ModelText {
    Whole(WholeText),
    Packed(PackedModel),
    Smithy(Arc<SmithyDocument>),
}

/// A model's text with the places of its operations and shapes.
pub(super) struct WholeText {
    text: String,
    operations: Vec<OperationEntry>,
    by_name: NameMap,
    /// Sorted by name. Most models are sorted already, which makes this cheap.
    shapes: Vec<ShapeEntry>,
}

/// Byte ranges of a shape's name and definition in the text.
struct ShapeEntry {
    name: Range<u32>,
    definition: Range<u32>,
}

struct OperationEntry {
    name: String,
    range: Range<u32>,
}

impl ModelText {
    pub(super) fn operation_count(&self) -> usize {
        match self {
            ModelText::Whole(whole) => whole.operations.len(),
            ModelText::Packed(packed) => packed.operation_count(),
            ModelText::Smithy(document) => document.operation_count(),
        }
    }

    /// Returns the index of an operation, by any spelling of its name.
    pub(super) fn operation_index(&self, name: &str) -> Option<usize> {
        match self {
            ModelText::Whole(whole) => whole.by_name.get(name),
            ModelText::Packed(packed) => packed.operation_index(name),
            ModelText::Smithy(document) => document.operation_index(name),
        }
    }

    pub(super) fn operation_name(&self, index: usize) -> &str {
        match self {
            ModelText::Smithy(document) => document.operation_name(index),
            ModelText::Whole(_) | ModelText::Packed(_) => self.operation(index).0,
        }
    }

    /// Returns the name and the JSON text of an operation.
    pub(super) fn operation(&self, index: usize) -> (&str, &str) {
        match self {
            ModelText::Whole(whole) => {
                let entry = &whole.operations[index];
                (&entry.name, slice(&whole.text, &entry.range))
            }
            ModelText::Packed(packed) => packed.operation(index),
            ModelText::Smithy(document) => document.operation(index),
        }
    }

    pub(super) fn shape(&self, name: &str) -> Option<&str> {
        match self {
            ModelText::Whole(whole) => whole.shape(name),
            ModelText::Packed(packed) => packed.shape(name).map(|(_, text)| text),
            ModelText::Smithy(document) => document.shape(name),
        }
    }

    /// Returns the names and texts of all shapes that may be errors, in model order.
    pub(super) fn error_shapes(&self) -> Vec<(&str, &str)> {
        match self {
            ModelText::Whole(whole) => whole.error_shapes(),
            ModelText::Packed(packed) => packed.error_shapes().collect(),
            ModelText::Smithy(document) => document.error_shapes(),
        }
    }

    /// Returns the operations that may be the one for endpoint discovery. At most one is.
    pub(super) fn discovery_candidates(&self) -> Vec<usize> {
        match self {
            // A text search is cheaper than compiling.
            ModelText::Whole(whole) => {
                let text = |index: &usize| slice(&whole.text, &whole.operations[*index].range);
                (0..whole.operations.len()).filter(|index| text(index).contains("\"endpointoperation\"")).collect()
            }
            ModelText::Packed(packed) => packed.discovery().into_iter().collect(),
            ModelText::Smithy(document) => document.discovery_operation().into_iter().collect(),
        }
    }
}

impl WholeText {
    /// Indexes a text, of which `operations` and `shapes` are parts.
    pub(super) fn new(
        text: &str,
        operations: &Entries<'_, &RawValue>,
        shapes: &Entries<'_, &RawValue>,
    ) -> Result<WholeText, String> {
        if u32::try_from(text.len()).is_err() {
            return Err("larger than 4 GiB".to_owned());
        }
        let range = |part: &str| {
            let start = (part.as_ptr() as usize - text.as_ptr() as usize) as u32;
            start..start + part.len() as u32
        };
        let operations: Vec<OperationEntry> = operations
            .0
            .iter()
            .map(|(name, value)| OperationEntry { name: name.as_ref().to_owned(), range: range(value.get()) })
            .collect();
        let by_name = NameMap::new(operations.iter().map(|entry| entry.name.as_str()));
        let shapes = index_shapes(text, shapes, range)?;
        Ok(WholeText { text: String::new(), operations, by_name, shapes })
    }

    /// Adds the text that was indexed.
    pub(super) fn with_text(self, text: String) -> WholeText {
        WholeText { text, ..self }
    }

    fn shape(&self, name: &str) -> Option<&str> {
        let after = self.shapes.partition_point(|entry| slice(&self.text, &entry.name) <= name);
        let entry = &self.shapes[after.checked_sub(1)?];
        (slice(&self.text, &entry.name) == name).then(|| slice(&self.text, &entry.definition))
    }

    #[cfg(all(test, feature = "bundled-models"))]
    pub(super) fn shape_names(&self) -> impl Iterator<Item = &str> {
        self.shapes.iter().map(|entry| slice(&self.text, &entry.name))
    }

    fn error_shapes(&self) -> Vec<(&str, &str)> {
        let text = |entry: &ShapeEntry| slice(&self.text, &entry.definition);
        // A text search is cheaper than parsing, and most shapes are not errors.
        let mut shapes: Vec<_> = self.shapes.iter().filter(|entry| text(entry).contains("\"exception\"")).collect();
        shapes.sort_by_key(|entry| entry.name.start);
        shapes.into_iter().map(|entry| (slice(&self.text, &entry.name), text(entry))).collect()
    }
}

/// The shapes in the order of their names. The sort is stable, so the last of two shapes with the same name wins.
fn index_shapes(
    text: &str,
    shapes: &Entries<'_, &RawValue>,
    range: impl Fn(&str) -> Range<u32>,
) -> Result<Vec<ShapeEntry>, String> {
    let mut index = Vec::with_capacity(shapes.0.len());
    for (name, value) in &shapes.0 {
        // A name with escapes has no range in the text, and Smithy does not allow it.
        let Cow::Borrowed(name) = name else { return Err(format!("shape name {name:?} has escapes")) };
        index.push(ShapeEntry { name: range(name), definition: range(value.get()) });
    }
    index.sort_by(|a, b| slice(text, &a.name).cmp(slice(text, &b.name)));
    Ok(index)
}

fn slice<'t>(text: &'t str, range: &Range<u32>) -> &'t str {
    &text[range.start as usize..range.end as usize]
}

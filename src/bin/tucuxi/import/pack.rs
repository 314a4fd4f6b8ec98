//! Packs a service model: a gzip file whose members inflate one by one, with an index of operations and shapes in the header of
//! the first. `src/model/packed.rs` documents the format and reads it; every other program reads an ordinary gzip file.

mod layout;
mod table;

use serde_json::{Map, Value};

use super::gzip::{self, MAX_INDEX};
use super::{ImportError, ImportResult};
use layout::{ModelLayout, SectionKind};

const FORMAT: usize = 2;

/// A smaller model is one member, which inflates in a fifth of a millisecond. Members make files a quarter larger.
const MIN_SPLIT: usize = 128 << 10;

/// Packs a service model. One that is no service model or has too many shapes for the index is compressed without one.
pub(super) fn compress(model: &Value) -> ImportResult<Vec<u8>> {
    let whole = || gzip::compress(model.to_string().as_bytes());
    let Some(model) = model.as_object().filter(|model| is_packable(model)) else { return whole() };
    let layout = ModelLayout::of(model, MIN_SPLIT);
    let compressed = layout.members.iter().map(|text| gzip::compress(text.as_bytes()));
    let compressed = compressed.collect::<ImportResult<Vec<_>>>()?;
    match index(&layout, &compressed, model) {
        Some(index) if index.len() <= MAX_INDEX && !layout.spans.is_empty() => {
            gzip::with_index(&compressed, &index).ok_or_else(|| ImportError::new("gzip", "the index does not fit"))
        }
        _ => whole(),
    }
}

/// Whether all operations and shapes are objects under plain names.
fn is_packable(model: &Map<String, Value>) -> bool {
    ["operations", "shapes"].iter().all(|key| {
        let section = model.get(*key).and_then(Value::as_object);
        section.is_some_and(|section| {
            section.iter().all(|(name, value)| {
                value.is_object() && name.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'))
            })
        })
    })
}

fn index(layout: &ModelLayout<'_>, compressed: &[Vec<u8>], model: &Map<String, Value>) -> Option<Vec<u8>> {
    let mut index = Vec::new();
    let mut put = |number: usize| table::put(&mut index, number);
    put(FORMAT);
    put(layout.members.len());
    for (position, (file, text)) in compressed.iter().zip(&layout.members).enumerate() {
        // The length of the first header is that of this index.
        put(if position == 0 { file.len() - gzip::HEADER } else { file.len() });
        put(text.len());
    }
    put(layout.spans.len());
    for span in &layout.spans {
        [span.kind as usize, span.member, span.start, span.length, span.names.len()].into_iter().for_each(&mut put);
    }
    let operations = model.get("operations")?.as_object()?;
    let discovers = |operation: &Value| operation["endpointoperation"] == true;
    put(operations.values().position(discovers).map_or(0, |position| position + 1));
    table::put_operations(&mut index, operations.keys().map(String::as_str))?;
    let shape_spans = layout.spans.iter().filter(|span| span.kind != SectionKind::Operations).count();
    table::put_shapes(&mut index, if shape_spans > 2 { &layout.spans } else { &[] })?;
    Some(index)
}

//! Serialization and parsing of JSON documents by their shapes, for `json` and `rest-json`.

mod read;
mod typed;
mod write;

pub(super) use read::{read, read_object};
pub(super) use typed::JsonSource;
pub(super) use write::JsonWriter;

#[cfg(test)]
mod tests;

//! XML: a pull reader for a document in memory, and a writer.
//!
//! The reader returns elements by their local names, and the text of elements on request. Comments, processing
//! instructions and a document type before the root are skipped. Definitions in the document type are ignored, so only
//! the five predefined entities exist. Deep nesting and encodings other than UTF-8 are rejected. Namespaces are not
//! resolved.

mod markup;
mod read;
mod write;

pub(crate) use read::{Element, MAX_DEPTH, XmlError, XmlReader, entity, shorten};
pub(crate) use write::XmlWriter;

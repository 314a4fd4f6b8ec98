//! XML bodies, directed by shapes: what `rest-xml` sends, and what `rest-xml`, `query` and `ec2` receive.

mod error;
mod parse;
mod root;
mod serialize;

pub(crate) use error::{error_document, parse_error_members, parse_xml_error};
pub(crate) use parse::{parse_document, parse_response, root_text};
pub(crate) use root::{Expected, is_error, is_unlike};
pub(crate) use serialize::{serialize_document, serialize_members};

#[cfg(test)]
mod tests;

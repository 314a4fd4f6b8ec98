//! Serialization of XML bodies for `rest-xml`, and parsing for `rest-xml`, `query` and `ec2`, by their shapes.

mod error;
mod find;
mod parse;
mod root;
mod serialize;
mod typed;

pub(crate) use error::{error_document, parse_error_members, parse_xml_error};
pub(crate) use parse::{parse_document, parse_response, root_text};
pub(crate) use root::{Expected, is_error, is_unlike};
pub(crate) use serialize::{XmlDocument, is_in_xml};
pub(in crate::protocol) use typed::{XmlSource, read_response};

#[cfg(test)]
mod tests;

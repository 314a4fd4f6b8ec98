//! Errors in XML, in all formats of the services: `<Error>` alone (S3), `<ErrorResponse><Error>` (`query`, `rest-xml`),
//! `<Response><Errors><Error>` (`ec2`).

use serde_json::{Map, Value};

use crate::codec::xml::XmlReader;
use crate::error::{ErrorKind, Result};
use crate::model::shape::Shapes;
use crate::protocol::located_error::LocatedResult;
use crate::protocol::xml::parse::{XmlParser, with_repaired_utf8};
use crate::protocol::{ErrorFields, Received, error_body, request_ids};

/// Parses an error response in XML or any other format.
pub(crate) fn parse_xml_error(response: &Received<'_>) -> ErrorFields {
    let document = ErrorDocument::read(error_body::decode(response.body.unwrap_or_default()).as_bytes());
    let ids = request_ids(response.headers);
    let is_bare = document.is_bare;
    let mut fields = document.into_fields();
    // S3 repeats the ids of the headers in the body. Elsewhere the id in the body takes precedence, because a proxy may
    // add headers.
    let body_id = fields.request_id.take();
    fields.request_id = if is_bare { ids.0.or(body_id) } else { body_id.or(ids.0) };
    fields.host_id = ids.1.or(fields.host_id);
    error_body::complete(&mut fields, response, error_body::Header::Last);
    fields
}

/// The error fields of an XML document in the layouts of AWS. Code and message are empty if there are none.
pub(crate) fn error_document(body: &[u8]) -> ErrorFields {
    ErrorDocument::read(body).into_fields()
}

/// Parses the members of a modeled error from the error element.
pub(crate) fn parse_error_members(shapes: &Shapes, response: &Received<'_>) -> Result<Map<String, Value>> {
    let body = response.body.unwrap_or_default();
    if body.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    with_repaired_utf8(body, |body| error_members(shapes, body, response.max_memory))
        .map_err(|error| error.into_error(ErrorKind::Response))
}

fn error_members(shapes: &Shapes, body: &[u8], max_memory: usize) -> LocatedResult<Map<String, Value>> {
    let target = shapes.root().shape;
    let mut members = None;
    let mut parser = XmlParser::new(shapes, body, max_memory);
    let root = parser.reader.root()?;
    if root.local_name() != "Error" {
        while let Some(child) = parser.reader.child()? {
            match child.local_name() {
                "Error" if members.is_none() => {
                    members = Some(parser.structure(target, &child)?);
                }
                "Errors" => {
                    while let Some(error) = parser.reader.child()? {
                        if members.is_none() && error.local_name() == "Error" {
                            members = Some(parser.structure(target, &error)?);
                        } else {
                            parser.reader.skip()?;
                        }
                    }
                }
                _ => parser.reader.skip()?,
            }
        }
        parser.reader.finish()?;
    }
    match members {
        Some(members) => Ok(members),
        // The root is the error itself, so it is read again by its shape.
        None => {
            let mut parser = XmlParser::new(shapes, body, max_memory);
            let root = parser.reader.root()?;
            let members = parser.structure(target, &root)?;
            parser.reader.finish()?;
            Ok(members)
        }
    }
}

/// The maximum number of other fields, more than any service has. It limits the memory that a response takes.
const MAX_DETAILS: usize = 16;

#[derive(Default)]
struct ErrorDocument {
    /// The root element is the error.
    is_bare: bool,
    /// The fields in the first error element.
    error: FoundFields,
    /// The fields outside of it.
    around: FoundFields,
}

#[derive(Default)]
struct FoundFields {
    code: Option<String>,
    message: Option<String>,
    fault: Option<String>,
    request_id: Option<String>,
    host_id: Option<String>,
    /// Other fields by name.
    details: Vec<(String, String)>,
}

/// The place of an element.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Error,
    Around,
}

impl ErrorDocument {
    /// Reads the document as far as it is well-formed.
    fn read(body: &[u8]) -> ErrorDocument {
        let mut document = ErrorDocument::default();
        let _ = document.read_root(&mut XmlReader::new(body));
        document
    }

    fn read_root(&mut self, reader: &mut XmlReader<'_>) -> LocatedResult<()> {
        self.is_bare = reader.root()?.local_name() == "Error";
        self.read_element(reader, if self.is_bare { Place::Error } else { Place::Around })
    }

    /// Reads the open element. The first one of duplicate fields counts, and the first one of several errors.
    fn read_element(&mut self, reader: &mut XmlReader<'_>, place: Place) -> LocatedResult<()> {
        while let Some(child) = reader.child()? {
            let fields = if place == Place::Error { &mut self.error } else { &mut self.around };
            let field = match child.local_name() {
                // The reader's maximum depth bounds this recursion.
                inner @ ("Error" | "Errors") => {
                    let inner = if inner == "Error" { Place::Error } else { place };
                    match self.error.code {
                        None => self.read_element(reader, inner)?,
                        Some(_) => reader.skip()?,
                    }
                    continue;
                }
                "Code" => &mut fields.code,
                "Message" | "message" => &mut fields.message,
                "Type" => &mut fields.fault,
                "RequestId" | "RequestID" | "requestId" => &mut fields.request_id,
                "HostId" => &mut fields.host_id,
                _ if fields.details.len() >= MAX_DETAILS => {
                    reader.skip()?;
                    continue;
                }
                other => {
                    let name = other.to_owned();
                    fields.details.push((name, reader.text()?.into_owned()));
                    continue;
                }
            };
            let text = reader.text()?;
            if field.is_none() && !text.trim().is_empty() {
                *field = Some(text.into_owned());
            }
        }
        Ok(())
    }

    fn into_fields(self) -> ErrorFields {
        let ErrorDocument { error, around, .. } = self;
        // A message outside of the error element counts only if the code is outside, too.
        let message = if error.code.is_some() { error.message } else { error.message.or(around.message) };
        let code = error.code.or(around.code).unwrap_or_default();
        let details = if error.details.is_empty() { around.details } else { error.details };
        ErrorFields {
            has_borrowed_message: false,
            has_empty_message: false,
            // A document without a code is not an error.
            details: if code.is_empty() { Vec::new() } else { details },
            code,
            message: message.unwrap_or_default(),
            fault: error.fault.or(around.fault),
            query_code: None,
            request_id: error.request_id.or(around.request_id),
            host_id: error.host_id.or(around.host_id),
        }
    }
}

//! Errors in XML, in all the forms that services give them:
//! `<Error>` alone (S3), `<ErrorResponse><Error>` (`query`, `rest-xml`), `<Response><Errors><Error>` (`ec2`).

use serde_json::{Map, Value};

use crate::codec::xml::Reader;
use crate::error::{ErrorKind, Result};
use crate::model::shape::Shapes;
use crate::protocol::fault::Outcome;
use crate::protocol::xml::parse::{Parser, repaired};
use crate::protocol::{ErrorFields, Received, request_ids, status_error};

/// What an error response says. A body that is empty, no XML or without a code leaves the status to tell.
pub(crate) fn parse_xml_error(response: &Received<'_>) -> ErrorFields {
    let document = repaired(response.body.unwrap_or_default(), ErrorDocument::read).unwrap_or_default();
    let status = status_error(response);
    let ids = request_ids(response.headers);
    // S3 repeats its ids in the body; elsewhere the body's id is the better one, since a proxy may add headers.
    let request_id = if document.bare { ids.0.or(document.request_id) } else { document.request_id.or(ids.0) };
    let (code, message, details) = match document.code {
        Some(code) => (code, document.message.unwrap_or_default(), document.details),
        None => (status.code, document.message.unwrap_or(status.message), Vec::new()),
    };
    ErrorFields {
        code,
        message,
        fault: document.fault,
        query_code: None,
        request_id,
        host_id: ids.1.or(document.host_id),
        details,
    }
}

/// The members of a modeled error, from the error's element.
pub(crate) fn parse_error_members(shapes: &Shapes, response: &Received<'_>) -> Result<Map<String, Value>> {
    let body = response.body.unwrap_or_default();
    if body.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    repaired(body, |body| error_members(shapes, body, response.max_memory))
        .map_err(|fault| fault.into_error(ErrorKind::Response))
}

fn error_members(shapes: &Shapes, body: &[u8], max_memory: usize) -> Outcome<Map<String, Value>> {
    let target = shapes.root().shape;
    let mut members = None;
    let mut parser = Parser::new(shapes, body, max_memory);
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
        // The root is the error itself; what was read of it is read again by its shape.
        None => {
            let mut parser = Parser::new(shapes, body, max_memory);
            let root = parser.reader.root()?;
            let members = parser.structure(target, &root)?;
            parser.reader.finish()?;
            Ok(members)
        }
    }
}

/// More than any service has; an answer must not fill the memory.
const MOST_DETAILS: usize = 16;

#[derive(Default)]
struct ErrorDocument {
    /// The root is the error.
    bare: bool,
    code: Option<String>,
    message: Option<String>,
    fault: Option<String>,
    request_id: Option<String>,
    host_id: Option<String>,
    /// What else stands beside these.
    details: Vec<(String, String)>,
}

impl ErrorDocument {
    fn read(body: &[u8]) -> Outcome<ErrorDocument> {
        let mut document = ErrorDocument::default();
        let mut reader = Reader::new(body);
        document.bare = reader.root()?.local_name() == "Error";
        document.read_element(&mut reader)?;
        reader.finish()?;
        Ok(document)
    }

    /// Reads the open element. The first of each field counts, so that of several errors the first is told.
    fn read_element(&mut self, reader: &mut Reader<'_>) -> Outcome<()> {
        while let Some(child) = reader.child()? {
            let field = match child.local_name() {
                // Bounded by the depth that the reader allows.
                "Error" | "Errors" => {
                    self.read_element(reader)?;
                    continue;
                }
                "Code" => &mut self.code,
                "Message" | "message" => &mut self.message,
                "Type" => &mut self.fault,
                "RequestId" | "RequestID" | "requestId" => &mut self.request_id,
                "HostId" => &mut self.host_id,
                _ if self.details.len() >= MOST_DETAILS => {
                    reader.skip()?;
                    continue;
                }
                other => {
                    let name = other.to_owned();
                    self.details.push((name, reader.text()?.into_owned()));
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
}

//! Errors in responses with status 200, and the response of `GetBucketLocation`.

use serde_json::{Map, Value};

use crate::codec::xml::XmlWriter;
use crate::error::Result;
use crate::model::shape::Kind;
use crate::protocol::{is_unlike, root_text};
use crate::stage::{Context, RawResponse};

/// Turns a 200 whose body is an error, truncated or of another format into a 500, so that it is retried. Operations that take
/// minutes send the status 200 before they know the result, which is in the body.
pub(super) fn count_as_failure(response: &mut RawResponse, context: &Context<'_>) {
    let body = response.body.as_deref().filter(|body| response.status == 200 && !body.is_empty());
    if has_xml_output(context) && body.is_some_and(|body| is_unlike(context.operation, body)) {
        response.status = 500;
    }
}

/// Whether the output is parsed from XML: neither missing nor the raw body.
fn has_xml_output(context: &Context<'_>) -> bool {
    let (Some(shapes), Some(structure)) = (&context.operation.output, context.operation.output_structure()) else {
        return false;
    };
    let payload = structure.payload_member().map(|payload| shapes.kind(&payload.target));
    !matches!(payload, Some(Kind::Blob | Kind::String))
}

/// Reads the location from the root element; it is empty for a bucket in us-east-1.
pub(super) fn read_location(value: &mut Map<String, Value>, response: &RawResponse, _: &Context<'_>) -> Result<()> {
    let body = response.body.as_deref().unwrap_or_default();
    if body.is_empty() {
        return Ok(());
    }
    let text = root_text(body)?;
    if !text.is_empty() {
        value.insert("LocationConstraint".to_owned(), Value::String(text));
    }
    Ok(())
}

/// The document of a location.
pub(super) fn location_document(value: &Map<String, Value>) -> Vec<u8> {
    let mut writer = XmlWriter::default();
    writer.start("LocationConstraint");
    writer.attribute("xmlns", "http://s3.amazonaws.com/doc/2006-03-01/");
    writer.text(value.get("LocationConstraint").and_then(Value::as_str).unwrap_or_default());
    writer.end("LocationConstraint");
    writer.finish()
}

//! Answers that are not what they seem.

use serde_json::{Map, Value};

use crate::customize::{Context, RawResponse};
use crate::error::Result;
use crate::model::shape::Kind;
use crate::protocol::{is_unlike, root_text};

/// Gives the status 500 to a success whose body is an error, was cut off, or is something else altogether, so that it is retried.
/// Operations that work for minutes answer 200 at once, and what becomes of them stands in the body.
pub(super) fn count_as_failure(response: &mut RawResponse, context: &Context<'_>) {
    let body = response.body.as_deref().filter(|body| response.status == 200 && !body.is_empty());
    if answers_in_xml(context) && body.is_some_and(|body| is_unlike(context.operation, body)) {
        response.status = 500;
    }
}

/// Not the operations without output, nor those whose output is the body as it is.
fn answers_in_xml(context: &Context<'_>) -> bool {
    let (Some(shapes), Some(structure)) = (&context.operation.output, context.operation.output_structure()) else {
        return false;
    };
    let payload = structure.payload_member().map(|payload| shapes.kind(&payload.target));
    !matches!(payload, Some(Kind::Blob | Kind::String))
}

/// A bucket in us-east-1 has no location.
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

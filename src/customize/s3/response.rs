//! Answers that are not what they seem.

use serde_json::{Map, Value};

use crate::customize::{Context, RawResponse};
use crate::error::Result;
use crate::model::shape::Kind;
use crate::protocol::{root_name, root_text};

/// Gives the status 500 to a success whose body is an error, or was cut off. Operations that work for minutes answer 200 at
/// once, and what becomes of them stands in the body.
pub(super) fn find_error(response: &mut RawResponse, context: &Context<'_>) -> Result<()> {
    let Some(body) = response.body.as_deref().filter(|body| response.status == 200 && !body.is_empty()) else {
        return Ok(());
    };
    if answers_in_xml(context) && !is_whole_and_no_error(body) {
        response.status = 500;
    }
    Ok(())
}

/// Not the operations without output, nor those whose output is the body as it is.
fn answers_in_xml(context: &Context<'_>) -> bool {
    let (Some(shapes), Some(structure)) = (&context.operation.output, context.operation.output_structure()) else {
        return false;
    };
    let payload = structure.payload_member().map(|payload| shapes.kind(&payload.target));
    !matches!(payload, Some(Kind::Blob | Kind::String))
}

/// Looks at both ends only: the parser finds what is wrong between them.
fn is_whole_and_no_error(body: &[u8]) -> bool {
    let Some(root) = root_name(body) else { return false };
    if root == "Error" {
        return false;
    }
    let Some(last) = body.windows(2).rposition(|pair| pair == b"</") else {
        return body.trim_ascii_end().ends_with(b"/>");
    };
    let tag = &body[last + 2..];
    let Some(end) = tag.iter().position(|byte| *byte == b'>') else { return false };
    let name = tag[..end].trim_ascii_end();
    let local = name.iter().position(|byte| *byte == b':').map_or(name, |colon| &name[colon + 1..]);
    local == root.as_bytes()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_tell() {
        for good in [
            "<A/>",
            "<?xml version=\"1.0\"?>\n\n<A xmlns=\"x\"><B>1</B></A>",
            "<s:A xmlns:s='x'><B/></s:A >\n",
            "<A></A><!-- end -->",
        ] {
            assert!(is_whole_and_no_error(good.as_bytes()), "{good}");
        }
        for bad in
            ["<Error><Code>C</Code></Error>", "<A><B>1</B>", "<A><B>", "<A", " ", "{}", "<A><B>1</B></", "<A></B>"]
        {
            assert!(!is_whole_and_no_error(bad.as_bytes()), "{bad}");
        }
    }
}

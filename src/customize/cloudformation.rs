//! CloudFormation.

use serde_json::{Map, Value};

use crate::codec::json;
use crate::codec::json_text::compact_text;
use crate::customize::quirk::{Quirk, Stage};
use crate::error::Result;
use crate::model::operation::Operation;
use crate::stage::{Context, RawResponse};

pub(super) const QUIRKS: &[Quirk] = &[
    Quirk {
        service: "cloudformation",
        operations: &["GetTemplate"],
        stage: Stage::Output(parse_template),
        why: "botocore's handlers.py: json_decode_template_body; boto3 returns a JSON template as parsed JSON",
    },
    Quirk {
        service: "cloudformation",
        operations: &["GetTemplate"],
        stage: Stage::Served(write_template),
        why: "the reverse: the service sends text",
    },
];

fn write_template(value: &mut Map<String, Value>, _: &Operation) {
    if let Some(body) = value.get_mut("TemplateBody").filter(|body| !body.is_string()) {
        *body = Value::String(compact_text(body));
    }
}

/// Parses a JSON template; a YAML template stays text.
fn parse_template(value: &mut Map<String, Value>, _: &RawResponse, _: &Context<'_>) -> Result<()> {
    if let Some(body) = value.get_mut("TemplateBody")
        && let Some(template) = body.as_str().and_then(json::if_json)
    {
        *body = template;
    }
    Ok(())
}

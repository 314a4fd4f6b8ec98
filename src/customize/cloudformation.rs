//! CloudFormation.

use serde_json::{Map, Value};

use crate::codec::json;
use crate::customize::quirk::{Quirk, Stage};
use crate::error::Result;
use crate::stage::{Context, RawResponse};

pub(super) const QUIRKS: &[Quirk] = &[Quirk {
    service: "cloudformation",
    operations: &["GetTemplate"],
    stage: Stage::Output(parse_template),
    why: "botocore's handlers.py: json_decode_template_body; boto3 returns a JSON template as parsed JSON",
}];

/// Parses a JSON template; a YAML template stays text.
fn parse_template(value: &mut Map<String, Value>, _: &RawResponse, _: &Context<'_>) -> Result<()> {
    if let Some(body) = value.get_mut("TemplateBody")
        && let Some(template) = body.as_str().and_then(json::if_json)
    {
        *body = template;
    }
    Ok(())
}

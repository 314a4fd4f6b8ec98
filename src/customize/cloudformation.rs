//! CloudFormation.

use serde_json::{Map, Value};

use super::{Context, Quirk, RawResponse, Stage};
use crate::codec::json;
use crate::error::Result;

pub(super) const QUIRKS: &[Quirk] = &[Quirk {
    service: "cloudformation",
    operations: &["GetTemplate"],
    stage: Stage::Output(read_template),
    why: "botocore's handlers.py: json_decode_template_body; boto3 gives a JSON template as what it says",
}];

/// A template in JSON becomes its value; one in YAML stays text.
fn read_template(value: &mut Map<String, Value>, _: &RawResponse, _: &Context<'_>) -> Result<()> {
    if let Some(body) = value.get_mut("TemplateBody")
        && let Some(template) = body.as_str().and_then(json::if_json)
    {
        *body = template;
    }
    Ok(())
}

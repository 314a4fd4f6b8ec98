//! Route 53.

use serde_json::{Map, Value};

use crate::customize::quirk::{Quirk, Stage};
use crate::error::Result;
use crate::stage::Context;

pub(super) const QUIRKS: &[Quirk] = &[Quirk {
    service: "route-53",
    operations: &[],
    stage: Stage::Input(shorten_ids),
    why: "botocore's handlers.py: fix_route53_ids; ids in responses have a path, `/hostedzone/Z1`, which requests must not have",
}];

/// The shapes of ids that have a path in responses.
const IDS: &[&str] = &["ResourceId", "DelegationSetId", "ChangeId"];

fn shorten_ids(params: &mut Map<String, Value>, context: &mut Context<'_>) -> Result<()> {
    let (Some(shapes), Some(structure)) = (&context.operation.input, context.operation.input_structure()) else {
        return Ok(());
    };
    for (name, value) in params {
        if let Value::String(id) = value
            && let Some(slash) = id.rfind('/')
            && let Some((_, member)) = structure.by_name(name)
            && IDS.contains(&&*shapes.get(member.target.shape).name)
        {
            id.drain(..=slash);
        }
    }
    Ok(())
}

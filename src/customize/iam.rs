//! IAM.

use serde_json::{Map, Value};

use crate::codec::{json, percent};
use crate::customize::quirk::{Quirk, Stage};
use crate::error::Result;
use crate::model::shape::{Kind, Ref, Shapes, Structure};
use crate::stage::{Context, RawResponse};

pub(super) const QUIRKS: &[Quirk] = &[Quirk {
    service: "iam",
    operations: &[],
    stage: Stage::Output(read_policies),
    why: "botocore's handlers.py: json_decode_policies; boto3 returns policy documents as parsed JSON",
}];

/// The shape of policy documents: percent-encoded JSON.
const POLICY: &str = "policyDocumentType";

fn read_policies(value: &mut Map<String, Value>, _: &RawResponse, context: &Context<'_>) -> Result<()> {
    if let (Some(shapes), Some(structure)) = (&context.operation.output, context.operation.output_structure()) {
        read_members(shapes, structure, value);
    }
    Ok(())
}

fn read_members(shapes: &Shapes, structure: &Structure, members: &mut Map<String, Value>) {
    for (name, value) in members {
        if let Some((_, member)) = structure.by_name(name) {
            read_value(shapes, &member.target, value);
        }
    }
}

/// The recursion is bounded: the parser limits the depth of the value.
fn read_value(shapes: &Shapes, target: &Ref, value: &mut Value) {
    match (shapes.kind(target), &mut *value) {
        (Kind::Structure(structure), Value::Object(members)) => read_members(shapes, structure, members),
        (Kind::List(item), Value::Array(items)) => items.iter_mut().for_each(|value| read_value(shapes, item, value)),
        (Kind::String, Value::String(text)) if *shapes.get(target.shape).name == *POLICY => {
            // A document that cannot be parsed stays text.
            if let Some(document) = json::if_json(&percent::decoded(text)) {
                *value = document;
            }
        }
        _ => {}
    }
}

//! IAM.

use serde_json::{Map, Value};

use crate::codec::json_text::compact_text;
use crate::codec::{json, percent};
use crate::customize::quirk::{Quirk, Stage};
use crate::error::Result;
use crate::model::operation::Operation;
use crate::model::shape::{Kind, Ref, Shapes, Structure};
use crate::stage::{Context, RawResponse};

pub(super) const QUIRKS: &[Quirk] = &[
    Quirk {
        service: "iam",
        operations: &[],
        stage: Stage::Output(read_policies),
        why: "botocore's handlers.py: json_decode_policies; boto3 returns policy documents as parsed JSON",
    },
    Quirk {
        service: "iam",
        operations: &[],
        stage: Stage::Served(write_policies),
        why: "the reverse: the service sends encoded JSON",
    },
];

/// The shape of policy documents: percent-encoded JSON.
const POLICY: &str = "policyDocumentType";

fn read_policies(value: &mut Map<String, Value>, _: &RawResponse, context: &Context<'_>) -> Result<()> {
    change_policies(context.operation, value, |policy| {
        // A document that cannot be parsed stays text.
        if let Value::String(text) = policy
            && let Some(document) = json::if_json(&percent::decoded(text))
        {
            *policy = document;
        }
    });
    Ok(())
}

fn write_policies(value: &mut Map<String, Value>, operation: &Operation) {
    change_policies(operation, value, |policy| {
        if !policy.is_string() {
            let mut text = String::new();
            percent::push_encoded(&mut text, &compact_text(policy));
            *policy = Value::String(text);
        }
    });
}

fn change_policies(operation: &Operation, value: &mut Map<String, Value>, change: fn(&mut Value)) {
    if let (Some(shapes), Some(structure)) = (&operation.output, operation.output_structure()) {
        change_members(shapes, structure, value, change);
    }
}

fn change_members(shapes: &Shapes, structure: &Structure, members: &mut Map<String, Value>, change: fn(&mut Value)) {
    for (name, value) in members {
        if let Some((_, member)) = structure.by_name(name) {
            change_value(shapes, &member.target, value, change);
        }
    }
}

/// The recursion is bounded: the depth of the value is limited.
fn change_value(shapes: &Shapes, target: &Ref, value: &mut Value, change: fn(&mut Value)) {
    match (shapes.kind(target), &mut *value) {
        (Kind::Structure(structure), Value::Object(members)) => change_members(shapes, structure, members, change),
        (Kind::List(item), Value::Array(items)) => {
            items.iter_mut().for_each(|value| change_value(shapes, item, value, change));
        }
        (Kind::String, value) if *shapes.get(target.shape).name == *POLICY => change(value),
        _ => {}
    }
}

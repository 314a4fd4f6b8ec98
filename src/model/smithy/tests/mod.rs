//! Smithy models, against models in botocore's format.

// Clippy recognizes tests only by a plain `cfg(test)`.
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

mod documents;
#[cfg(feature = "bundled-models")]
mod round_trip;
#[cfg(feature = "bundled-models")]
mod writer;

use serde_json::{Value, json};

use super::*;
use crate::model::service::ServiceModel;
use crate::protocol;

/// A model with one service `x#Svc` of a protocol, and these shapes.
fn document(protocol: &str, service: &Value, mut shapes: Value) -> String {
    let mut svc = json!({"type": "service", "version": "2020-01-01", "traits": {
        protocol: {}, "aws.auth#sigv4": {"name": "svc"}, "aws.api#service": {"sdkId": "Svc"},
    }});
    for (key, value) in service.as_object().unwrap() {
        match key.as_str() {
            "traits" => svc["traits"].as_object_mut().unwrap().extend(value.as_object().unwrap().clone()),
            _ => svc[key] = value.clone(),
        }
    }
    shapes["x#Svc"] = svc;
    json!({"smithy": "2.0", "shapes": shapes}).to_string()
}

fn model(text: String) -> ServiceModel {
    ServiceModel::parse("svc", "", text, "svc.json", protocol::naming).unwrap()
}

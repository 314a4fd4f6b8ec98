//! Machine Learning.

use std::borrow::Cow;

use serde_json::Value;

use crate::customize::parameters::invalid;
use crate::customize::quirk::{Quirk, Stage};
use crate::endpoint;
use crate::error::Result;
use crate::stage::{Context, Draft};

pub(super) const QUIRKS: &[Quirk] = &[Quirk {
    service: "machine-learning",
    operations: &["Predict"],
    stage: Stage::Request(send_to_predict_endpoint),
    why: "botocore's handlers.py: switch_host_machinelearning; \
          https://docs.aws.amazon.com/machine-learning/latest/APIReference/API_Predict.html",
}];

/// Sends `Predict` to the endpoint of the model, which is a parameter. Only its host is used.
fn send_to_predict_endpoint(draft: &mut Draft<'_>, _: &Context<'_>) -> Result<()> {
    let body: Value = serde_json::from_slice(draft.body.as_bytes().unwrap_or_default()).unwrap_or_default();
    let given = body["PredictEndpoint"].as_str().unwrap_or_default();
    let url = endpoint::split(given).ok_or_else(|| {
        invalid("PredictEndpoint", "expected the URL of the model's endpoint, as GetMLModel returns it")
    })?;
    draft.endpoint = Cow::Owned(format!("{}://{}", url.scheme, url.authority));
    Ok(())
}

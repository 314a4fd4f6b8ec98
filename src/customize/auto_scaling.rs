//! Auto Scaling.

use serde_json::{Map, Value};

use crate::customize::parameters;
use crate::customize::quirk::{Quirk, Stage};
use crate::error::Result;
use crate::stage::Context;

pub(super) const QUIRKS: &[Quirk] = &[Quirk {
    service: "auto-scaling",
    operations: &["CreateLaunchConfiguration"],
    stage: Stage::Input(encode_user_data),
    why: "botocore's handlers.py: base64_encode_user_data; boto3 takes plain text and always encodes it",
}];

fn encode_user_data(params: &mut Map<String, Value>, _: &mut Context<'_>) -> Result<()> {
    parameters::encode_text(params, "UserData");
    Ok(())
}

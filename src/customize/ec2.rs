//! EC2.

use serde_json::{Map, Value};

use crate::codec::base64;
use crate::customize::parameters;
use crate::customize::quirk::{Quirk, SourceRegion, Stage};
use crate::error::Result;
use crate::model::operation::Operation;
use crate::stage::{Context, RawResponse};
use crate::value;

pub(super) const QUIRKS: &[Quirk] = &[
    Quirk {
        service: "ec2",
        operations: &[],
        stage: Stage::Input(rename_filters),
        why: "botocore's handlers.py: _add_parameter_aliases; five operations have `Filter` where all others have `Filters`",
    },
    Quirk {
        service: "ec2",
        operations: &["RunInstances"],
        stage: Stage::Input(encode_user_data),
        why: "botocore's handlers.py: base64_encode_user_data; boto3 takes plain text and always encodes it",
    },
    Quirk {
        service: "ec2",
        operations: &["CopySnapshot"],
        stage: Stage::SourceRegion(SourceRegion { url: "PresignedUrl", is_modeled: true }),
        why: "botocore's handlers.py: inject_presigned_url_ec2; \
              https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CopySnapshot.html",
    },
    Quirk {
        service: "ec2",
        operations: &["GetConsoleOutput"],
        stage: Stage::Output(decode_console_output),
        why: "botocore's handlers.py: decode_console_output",
    },
    Quirk {
        service: "ec2",
        operations: &["GetConsoleOutput"],
        stage: Stage::Served(encode_console_output),
        why: "the reverse: the service sends base64",
    },
];

fn rename_filters(params: &mut Map<String, Value>, context: &mut Context<'_>) -> Result<()> {
    let Some(structure) = context.operation.input_structure().filter(|_| params.contains_key("Filters")) else {
        return Ok(());
    };
    if structure.by_name("Filters").is_some() || structure.by_name("Filter").is_none() {
        return Ok(());
    }
    parameters::rename(params, "Filters", "Filter")
}

fn encode_user_data(params: &mut Map<String, Value>, _: &mut Context<'_>) -> Result<()> {
    parameters::encode_text(params, "UserData");
    Ok(())
}

fn encode_console_output(value: &mut Map<String, Value>, _: &Operation) {
    if let Some(Value::String(output)) = value.get_mut("Output") {
        *output = value::encode(output.as_bytes());
    }
}

/// Decodes base64; anything else stays unchanged.
fn decode_console_output(value: &mut Map<String, Value>, _: &RawResponse, _: &Context<'_>) -> Result<()> {
    if let Some(Value::String(output)) = value.get_mut("Output")
        && let Some(bytes) = base64::received(output).and_then(|text| value::decode(&text))
    {
        *output = String::from_utf8_lossy(&bytes).into_owned();
    }
    Ok(())
}

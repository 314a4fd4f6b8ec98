//! The token service. That two of its operations are not signed, its model says.

use super::{BuiltIn, Quirk, Repeats, Settings, Stage};
use crate::config::types::RegionalEndpoints;
use crate::error::Result;

pub(super) const BUILT_INS: &[BuiltIn] = &[BuiltIn {
    name: "AWS::STS::UseGlobalEndpoint",
    value: uses_global_endpoint,
    why: "https://docs.aws.amazon.com/sdkref/latest/guide/feature-sts-regionalized-endpoints.html",
}];

pub(super) const QUIRKS: &[Quirk] = &[Quirk {
    service: "sts",
    operations: &[],
    stage: Stage::Retry(Repeats { codes: &["IDPCommunicationError"], ..Repeats::AS_ALL }),
    why: "botocore's retries/special.py: RetryIDPCommunicationError; the model has the error without `retryable`",
}];

/// The regions that the global endpoint stands for (botocore's `args.py: LEGACY_GLOBAL_STS_REGIONS`).
const OLD_REGIONS: &[&str] = &[
    "ap-northeast-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "aws-global",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

fn uses_global_endpoint(settings: &Settings<'_>) -> Result<bool> {
    let endpoints = settings.config.sts_regional_endpoints()?.value;
    Ok(endpoints == RegionalEndpoints::Legacy && OLD_REGIONS.contains(&settings.region))
}

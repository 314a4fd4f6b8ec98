//! STS. Its two unsigned operations are marked in the model.

use http::{HeaderName, HeaderValue, Method};
use serde_json::Value;

use crate::config::types::RegionalEndpoints;
use crate::customize::generator::{Argument, ArgumentKind, Arguments, Generator, Recipe};
use crate::customize::parameters::invalid;
use crate::customize::quirk::{BuiltIn, Quirk, Settings, Stage};
use crate::error::Result;
use crate::retry::RetryPolicy;
use crate::value;

pub(super) const QUIRKS: &[Quirk] = &[
    Quirk {
        service: "sts",
        operations: &[],
        stage: Stage::Retry(RetryPolicy { codes: &["IDPCommunicationError"], ..RetryPolicy::DEFAULT }),
        why: "botocore's retries/special.py: RetryIDPCommunicationError; the model has the error without `retryable`",
    },
    Quirk {
        service: "sts",
        operations: &[],
        stage: Stage::BuiltIn(BuiltIn { name: "AWS::STS::UseGlobalEndpoint", value: uses_global_endpoint }),
        why: "https://docs.aws.amazon.com/sdkref/latest/guide/feature-sts-regionalized-endpoints.html",
    },
    Quirk {
        service: "sts",
        operations: &[],
        stage: Stage::Generate(Generator {
            name: "eks_token",
            arguments: &[Argument::required("ClusterName", ArgumentKind::Text)],
            make: eks_token,
        }),
        why: "https://github.com/kubernetes-sigs/aws-iam-authenticator#api-authorization-from-outside-a-cluster; \
          the AWS CLI's `aws eks get-token`",
    },
];

/// A token for an EKS cluster: a presigned `GetCallerIdentity`, with which the cluster finds out the caller's identity. The
/// cluster name is in a signed header, so another cluster cannot use the URL.
fn eks_token(arguments: &Arguments<'_>) -> Result<Recipe> {
    let cluster = arguments.text("ClusterName").unwrap_or_default();
    let cluster = HeaderValue::from_str(cluster)
        .map_err(|_| invalid("ClusterName", "expected a name that is valid in a header"))?;
    Ok(Recipe::Operation {
        operation: "GetCallerIdentity",
        method: Method::GET,
        headers: vec![(HeaderName::from_static("x-k8s-aws-id"), cluster)],
        expires_in: 60,
        finish: |url| Value::from(format!("k8s-aws-v1.{}", value::encode_for_url(url.as_bytes()))),
    })
}

/// The regions that use the global endpoint in legacy mode (botocore's `args.py: LEGACY_GLOBAL_STS_REGIONS`).
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

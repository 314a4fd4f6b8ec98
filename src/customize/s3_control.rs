//! S3 Control: ARNs instead of names, and the host prefix with the account.

use serde_json::{Map, Value};

use crate::customize::error::QuirkError;
use crate::customize::parameters::invalid;
use crate::customize::quirk::{BuiltIn, Quirk, Stage};
use crate::error::Result;
use crate::model::operation::{Operation, TemplatePart};
use crate::stage::{Context, Draft};

pub(super) const QUIRKS: &[Quirk] = &[
    Quirk {
        service: "s3-control",
        operations: &[],
        stage: Stage::Input(set_account_from_arn),
        why: "botocore's utils.py: S3ControlArnParamHandlerv2",
    },
    Quirk {
        service: "s3-control",
        operations: &[],
        stage: Stage::Request(drop_account_prefix),
        why: "botocore's handlers.py: remove_accid_host_prefix_from_model; the rule set also prefixes the host with the account",
    },
    Quirk { service: "s3-control", operations: &[], stage: Stage::Presign(drop_account_prefix), why: "as above" },
    Quirk {
        service: "s3-control",
        operations: &[],
        stage: Stage::BuiltIn(BuiltIn {
            name: "AWS::S3Control::UseArnRegion",
            value: |settings| Ok(settings.config.s3_use_arn_region()?.is_some_and(|setting| setting.value)),
        }),
        why: "https://docs.aws.amazon.com/sdkref/latest/guide/feature-s3-access-point.html",
    },
    Quirk {
        service: "s3-control",
        operations: &[],
        stage: Stage::DualStack(|config| Ok(config.s3_use_dualstack_endpoint()?)),
        why: "botocore's client.py: ClientEndpointBridge._is_s3_dualstack_mode",
    },
    Quirk {
        service: "s3-control",
        operations: &[],
        stage: Stage::PayloadSigning(|config| Ok(config.s3_payload_signing_enabled()?.map(|setting| setting.value))),
        why: "https://docs.aws.amazon.com/cli/latest/topic/s3-config.html#payload-signing-enabled",
    },
];

/// Sets `AccountId` from the ARN of an access point or a bucket on an Outpost.
fn set_account_from_arn(params: &mut Map<String, Value>, context: &mut Context<'_>) -> Result<()> {
    let operation = context.operation.name.as_str();
    if matches!(operation, "CreateBucket" | "ListRegionalBuckets") {
        return Ok(());
    }
    for (member, kind) in [("Name", "accesspoint"), ("Bucket", "bucket")] {
        if member == "Name" && operation == "CreateAccessPoint" {
            continue;
        }
        let Some(arn) = params.get(member).and_then(Value::as_str).and_then(ArnParts::parse) else { continue };
        check_arn(&arn, member, kind)?;
        if context.config.s3_use_accelerate_endpoint()?.is_some_and(|setting| setting.value) {
            return Err(QuirkError::NoAcceleratedEndpoint.into());
        }
        let account = arn.account.to_owned();
        match params.get("AccountId") {
            Some(given) if !given.is_null() && *given != account.as_str() => {
                return Err(invalid(
                    "AccountId",
                    format_args!("expected the account of the ARN in {member}, {account}"),
                ));
            }
            _ => params.insert("AccountId".to_owned(), Value::String(account)),
        };
    }
    Ok(())
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/S3OutpostsIAM.html>
fn check_arn(arn: &ArnParts<'_>, member: &str, kind: &str) -> Result<()> {
    if arn.region.starts_with("fips-") || arn.region.ends_with("-fips") {
        return Err(invalid(member, "expected an ARN with a region, found a FIPS pseudo-region"));
    }
    let resource: Vec<&str> = arn.resource.split(['/', ':']).collect();
    match resource[..] {
        ["outpost", _, found, _] if found == kind && arn.service == "s3-outposts" => Ok(()),
        _ => Err(invalid(
            member,
            format_args!(
                "expected a name, or an ARN arn:PARTITION:s3-outposts:REGION:ACCOUNT:outpost/OUTPOST/{kind}/NAME"
            ),
        )),
    }
}

/// The parts of an ARN that are used here.
struct ArnParts<'a> {
    service: &'a str,
    region: &'a str,
    account: &'a str,
    resource: &'a str,
}

impl<'a> ArnParts<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.strip_prefix("arn:")?.splitn(5, ':').skip(1);
        Some(ArnParts {
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        })
    }
}

fn drop_account_prefix(draft: &mut Draft<'_>, context: &Context<'_>) -> Result<()> {
    if context.has_rule_set && is_account_prefix(context.operation) {
        draft.host_prefix.clear();
    }
    Ok(())
}

/// Whether the host prefix is `{AccountId}.` and the rule set adds it (`RequiresAccountId`).
fn is_account_prefix(operation: &Operation) -> bool {
    let prefix = operation.host_prefix.as_ref().map(|prefix| prefix.parts.as_slice());
    let is_account = matches!(prefix, Some([TemplatePart::Label { name, .. }, TemplatePart::Literal(dot)])
        if name == "AccountId" && dot == ".");
    let params = operation.static_context_params.iter();
    is_account && params.into_iter().any(|(name, value)| name == "RequiresAccountId" && *value == true)
}

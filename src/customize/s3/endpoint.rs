//! Endpoint parameters of S3.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html>

use crate::config::types::RegionalEndpoints;
use crate::config::{AddressingStyle, Config, DefaultsMode};
use crate::customize::quirk::{BuiltIn, Quirk, Settings, Stage};
use crate::error::Result;
use crate::stage::{Context, EndpointParams};

/// The built-ins that only the rule set of S3 has.
pub(super) const QUIRKS: &[Quirk] = &[
    Quirk {
        service: "s3",
        operations: &[],
        stage: Stage::BuiltIn(BuiltIn { name: "AWS::S3::Accelerate", value: accelerates }),
        why: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/transfer-acceleration.html",
    },
    Quirk {
        service: "s3",
        operations: &[],
        stage: Stage::BuiltIn(BuiltIn {
            name: "AWS::S3::DisableMultiRegionAccessPoints",
            value: |settings| {
                Ok(settings.config.s3_disable_multiregion_access_points()?.is_some_and(|setting| setting.value))
            },
        }),
        why: "https://docs.aws.amazon.com/sdkref/latest/guide/feature-s3-mrap.html",
    },
    Quirk {
        service: "s3",
        operations: &[],
        stage: Stage::BuiltIn(BuiltIn { name: "AWS::S3::ForcePathStyle", value: forces_path_style }),
        why: "botocore's args.py: compute_endpoint_resolver_builtin_defaults",
    },
    Quirk {
        service: "s3",
        operations: &[],
        stage: Stage::BuiltIn(BuiltIn {
            name: "AWS::S3::UseArnRegion",
            value: |settings| Ok(settings.config.s3_use_arn_region()?.is_none_or(|setting| setting.value)),
        }),
        why: "https://docs.aws.amazon.com/sdkref/latest/guide/feature-s3-access-point.html",
    },
    Quirk {
        service: "s3",
        operations: &[],
        stage: Stage::BuiltIn(BuiltIn { name: "AWS::S3::UseGlobalEndpoint", value: uses_global_endpoint }),
        why: "botocore's args.py: _should_force_s3_global; \
              https://docs.aws.amazon.com/sdkref/latest/guide/feature-s3-regional-endpoint.html",
    },
    Quirk {
        service: "s3",
        operations: &[],
        stage: Stage::BuiltIn(BuiltIn {
            // A client context parameter of the model, not a built-in.
            name: "DisableS3ExpressSessionAuth",
            value: |settings| {
                Ok(settings.config.s3_disable_express_session_auth()?.is_some_and(|setting| setting.value))
            },
        }),
        why: "https://docs.aws.amazon.com/sdkref/latest/guide/feature-s3-express.html",
    },
];

fn accelerates(settings: &Settings<'_>) -> Result<bool> {
    Ok(settings.config.s3_use_accelerate_endpoint()?.is_some_and(|setting| setting.value))
}

/// S3-compatible servers rarely have a host name for each bucket, so a custom endpoint gets the bucket in the path.
pub(super) fn forces_path_style(settings: &Settings<'_>) -> Result<bool> {
    let style = settings.config.s3_addressing_style()?.map(|setting| setting.value);
    Ok(match settings.custom_endpoint {
        _ if accelerates(settings)? => false,
        Some(url) if !is_accelerated(url) => style != Some(AddressingStyle::Virtual),
        _ => style == Some(AddressingStyle::Path),
    })
}

/// Whether this is a URL of transfer acceleration.
fn is_accelerated(url: &str) -> bool {
    let host = crate::endpoint::split(url).map_or("", |parts| parts.host);
    matches!(host, "s3-accelerate.amazonaws.com" | "s3-accelerate.dualstack.amazonaws.com")
}

/// us-east-1 was the first region; the host without a region still belongs to it.
pub(super) fn uses_global_endpoint(settings: &Settings<'_>) -> Result<bool> {
    if settings.region != "us-east-1" {
        return Ok(false);
    }
    Ok(match settings.config.s3_us_east_1_regional_endpoint()? {
        Some(setting) => setting.value == RegionalEndpoints::Legacy,
        None => settings.config.defaults_mode()?.value == DefaultsMode::Legacy,
    })
}

/// Chooses path or virtual-host style. A bucket whose region is unknown needs its path; an ARN cannot be in a path.
pub(super) fn choose_style(params: &mut EndpointParams<'_>, context: &Context<'_>) -> Result<()> {
    if context.operation.name == "GetBucketLocation" {
        params.set("ForcePathStyle", true);
    } else if params.text("Bucket").is_some_and(|bucket| bucket.starts_with("arn:")) {
        params.set("ForcePathStyle", false);
    }
    Ok(())
}

/// The setting for signing payloads, if it is set.
pub(in crate::customize) fn signs_payload(config: &Config) -> Result<Option<bool>> {
    Ok(config.s3_payload_signing_enabled()?.map(|setting| setting.value))
}

//! Presigned URLs and forms. botocore uses the global endpoint for them where it can. This crate does too, but only if that
//! endpoint finds the bucket: it does not know buckets in newer regions, and serves requests without a bucket in us-east-1 only.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html#deprecated-global-endpoint>

use serde_json::{Map, Value};

use super::endpoint::{forces_path_style, uses_global_endpoint};
use crate::config::AddressingStyle;
use crate::customize::generator::{Arguments, Recipe};
use crate::customize::quirk::{Settings, effective};
use crate::endpoint::is_host_label;
use crate::error::Result;
use crate::sign::Auth;
use crate::stage::{Context, EndpointParams};

/// The regions launched before 20 March 2019: the global endpoint redirects or resolves to their buckets.
const OLD_REGIONS: &[&str] = &[
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
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

/// The form is posted to the URL of the bucket, which is the URL of `CreateBucket`.
pub(super) fn post(arguments: &Arguments<'_>) -> Result<Recipe> {
    const FILE_NAME: &str = "${filename}";
    let (bucket, key) = (arguments.text("Bucket").unwrap_or_default(), arguments.text("Key").unwrap_or_default());
    let mut fields = arguments.object("Fields");
    fields.insert("key".to_owned(), Value::from(key));
    let mut conditions = arguments.list("Conditions");
    conditions.push(serde_json::json!({ "bucket": bucket }));
    // The browser replaces `${filename}` in the key.
    conditions.push(match key.strip_suffix(FILE_NAME) {
        Some(prefix) => serde_json::json!(["starts-with", "$key", prefix]),
        None => serde_json::json!({ "key": key }),
    });
    Ok(Recipe::Form {
        operation: "CreateBucket",
        params: serde_json::json!({ "Bucket": bucket }),
        fields,
        conditions,
        expires_in: arguments.seconds("ExpiresIn", 3600),
    })
}

/// Decides whether a presigned URL uses the global endpoint.
pub(super) fn choose_endpoint(params: &mut Map<String, Value>, context: &mut Context<'_>) -> Result<()> {
    if context.presigns {
        context.is_global = is_global(params.get("Bucket").and_then(Value::as_str), context)?;
    }
    Ok(())
}

fn is_global(bucket: Option<&str>, context: &Context<'_>) -> Result<bool> {
    let (config, region) = (context.config, context.signing_region.unwrap_or_default());
    let settings = Settings { config, region, custom_endpoint: context.custom_endpoint };
    let has_global_host = match bucket {
        // The hosts of access points and directory buckets include a region.
        Some(bucket) => is_host_label(bucket) && !bucket.ends_with("--x-s3") && !bucket.ends_with("--xa-s3"),
        None => false,
    };
    let style = config.s3_addressing_style()?.map(|style| style.value);
    let has_other_variant = config.s3_use_dualstack_endpoint()?.and_then(effective) == Some(true)
        || config.use_dualstack_endpoint()?.is_some_and(|setting| setting.value)
        || config.client_region()?.is_some_and(|region| region.fips);
    Ok(has_global_host
        && OLD_REGIONS.contains(&region)
        && context.operation.name != "GetBucketLocation"
        && style != Some(AddressingStyle::Virtual)
        && !has_other_variant
        && !config.s3_presign_regional_endpoint()?.value
        && !forces_path_style(&settings)?
        && (region != "us-east-1" || uses_global_endpoint(&settings)?))
}

pub(super) fn use_global_endpoint(params: &mut EndpointParams<'_>, context: &Context<'_>) -> Result<()> {
    if uses_global(context) {
        params.set("Region", "aws-global");
        params.set("UseGlobalEndpoint", true);
    }
    Ok(())
}

/// Signs for the bucket's region: the rule set would sign for us-east-1, the region of the global endpoint.
pub(super) fn sign_for_own_region(auth: &mut Auth, context: &Context<'_>) -> Result<()> {
    if let Some(region) = context.signing_region.filter(|_| uses_global(context)) {
        region.clone_into(&mut auth.region);
    }
    Ok(())
}

/// Whether to use the global endpoint. After a redirect, the URL has the region of the bucket instead.
fn uses_global(context: &Context<'_>) -> bool {
    context.is_global && context.region.is_none()
}

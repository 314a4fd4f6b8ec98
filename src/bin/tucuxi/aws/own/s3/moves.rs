//! `mv` within the store: an object must not be moved onto itself, since its source is deleted afterwards.

use std::env;

use serde_json::json;
use tucuxi::Client;

use super::paths::{self, Underlying};
use super::results::Results;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::own::OwnLine;

/// The environment variable that does what `--validate-same-s3-paths` does.
const VARIABLE: &str = "AWS_CLI_S3_MV_VALIDATE_SAME_S3_PATHS";

/// Refuses a move of an object onto itself. Access points are resolved only if the user wants that; otherwise there is a warning
/// about them.
pub(super) fn check(line: &OwnLine<'_>, source: &str, destination: &str, results: &Results) -> AwsResult<()> {
    let refuse = || Err(AwsError::Validation(format!("Cannot mv a file onto itself: {source} - {destination}")));
    if is_same(source, destination) {
        return refuse();
    }
    let ((from, from_key), (to, to_key)) = (paths::bucket_and_key(source)?, paths::bucket_and_key(destination)?);
    if !is_same(&format!("/{from_key}"), &format!("/{to_key}")) {
        return Ok(());
    }
    let wanted = env::var(VARIABLE).is_ok_and(|value| value.eq_ignore_ascii_case("true"));
    if !wanted && !line.has("--validate-same-s3-paths") {
        if Underlying::of(from).is_some() || Underlying::of(to).is_some() {
            results.tell(&format!(
                "warning: Provided s3 paths may resolve to same underlying s3 object(s) and result in deletion instead of being \
                 moved. To resolve and validate underlying s3 paths are not the same, specify the --validate-same-s3-paths flag or \
                 set the {VARIABLE} environment variable to true. To resolve s3 outposts access point path, the arn must be used \
                 instead of the alias."
            ));
        }
        return Ok(());
    }
    let from_region = line.text("--source-region").or(line.globals.region.as_deref());
    let sources = buckets(line, from, from_region)?;
    let destinations = buckets(line, to, line.globals.region.as_deref())?;
    for from in &sources {
        for to in &destinations {
            if is_same(&format!("s3://{from}/{from_key}"), &format!("s3://{to}/{to_key}")) {
                return refuse();
            }
        }
    }
    Ok(())
}

/// Whether the destination is the source, or the folder that it is in.
fn is_same(source: &str, destination: &str) -> bool {
    let name = source.rsplit('/').next().unwrap_or_default();
    source == destination || destination.ends_with('/') && source == format!("{destination}{name}")
}

/// The buckets that a bucket of a path stands for.
fn buckets(line: &OwnLine<'_>, bucket: &str, region: Option<&str>) -> AwsResult<Vec<String>> {
    let Some(underlying) = Underlying::of(bucket) else { return Ok(vec![bucket.to_owned()]) };
    let client = |service: &str| -> AwsResult<Client> {
        let mut builder = line.session.client_builder(service);
        if let Some(region) = region.filter(|_| service != "sts") {
            builder = builder.region(region);
        }
        builder.build().map_err(AwsError::library)
    };
    let access_point = |account: &str, name: &str| -> AwsResult<Vec<String>> {
        let params = json!({"AccountId": account, "Name": name});
        let found = client("s3control")?.call("GetAccessPoint", params).map_err(AwsError::library)?;
        Ok(found["Bucket"].as_str().map(str::to_owned).into_iter().collect())
    };
    match underlying {
        Underlying::AccessPoint { account, name } => access_point(account, name),
        Underlying::Alias(alias) => {
            let identity = client("sts")?.call("GetCallerIdentity", json!({})).map_err(AwsError::library)?;
            access_point(identity["Account"].as_str().unwrap_or_default(), alias)
        }
        Underlying::MultiRegion { account, alias } => multi_region(&client("s3control")?, account, alias),
        Underlying::OutpostAlias => Err(AwsError::Validation(
            "Can't resolve underlying bucket name of s3 outposts access point alias. Use arn instead to resolve the bucket name and \
             validate the mv command."
                .to_owned(),
        )),
    }
}

fn multi_region(client: &Client, account: &str, alias: &str) -> AwsResult<Vec<String>> {
    let paginator = client.get_paginator("ListMultiRegionAccessPoints").map_err(AwsError::library)?;
    for page in paginator.paginate(json!({"AccountId": account})) {
        let page = page.map_err(AwsError::library)?;
        let points = page["AccessPoints"].as_array().into_iter().flatten();
        if let Some(point) = points.into_iter().find(|point| point["Alias"] == alias) {
            let regions = point["Regions"].as_array().into_iter().flatten();
            return Ok(regions.filter_map(|region| region["Bucket"].as_str().map(str::to_owned)).collect());
        }
    }
    Err(AwsError::Validation(format!(
        "Couldn't find multi-region access point with alias {alias} in account {account}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn object_and_its_folder_are_the_same_destination() {
        for (source, destination, expected) in [
            ("s3://b/k", "s3://b/k", true),
            ("s3://b/p/k", "s3://b/p/", true),
            ("s3://b/p/k", "s3://b/", false),
            ("s3://b/k", "s3://c/k", false),
            ("/k", "/", true),
        ] {
            assert_eq!(is_same(source, destination), expected, "{source} {destination}");
        }
    }
}

//! Buckets in other regions. Names of buckets are good for a whole partition, so that nothing but the answer tells where one is.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/RedirectRule.html>

use crate::customize::RedirectRule;
use crate::error::ServiceError;
use crate::model::operation::Operation;

const REGION: &str = "x-amz-bucket-region";

pub(super) const REDIRECTS: RedirectRule = RedirectRule {
    member: "Bucket",
    is_bound: |bucket| bucket.starts_with("arn:"),
    applies: is_elsewhere,
    region: |error| {
        let header = error.headers().get(REGION).and_then(|region| region.to_str().ok());
        header.or_else(|| error.detail("Region"))
    },
    header: REGION,
    probe: "HeadBucket",
};

/// The conditions of botocore's `S3RegionRedirectorv2.redirect_from_error`. Answers to `HEAD` have no body, so there the status
/// is all there is.
fn is_elsewhere(error: &ServiceError, operation: &Operation) -> bool {
    let is_vague = matches!(error.code(), "301" | "400");
    match operation.name.as_str() {
        "HeadObject" if is_vague => return true,
        "HeadBucket" if is_vague && error.headers().contains_key(REGION) => return true,
        _ => {}
    }
    match error.code() {
        "AuthorizationHeaderMalformed" => error.detail("Region").is_some(),
        "PermanentRedirect" => true,
        // A new bucket is refused because of what the caller wrote, which another region would not change.
        "IllegalLocationConstraintException" => operation.name != "CreateBucket",
        _ => matches!(error.status(), 301 | 302 | 307),
    }
}

//! Redirects to the region of a bucket. A bucket name is unique in its partition, so only a response reveals the region.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html>

use crate::customize::quirk::RedirectRule;
use crate::error::ServiceError;
use crate::model::operation::Operation;

const REGION: &str = "x-amz-bucket-region";

pub(super) const REDIRECTS: RedirectRule = RedirectRule {
    member: "Bucket",
    is_bound: |bucket| bucket.starts_with("arn:"),
    applies: is_redirect,
    region: |error| {
        let header = error.headers().get(REGION).and_then(|region| region.to_str().ok());
        header.or_else(|| error.detail("Region"))
    },
    header: REGION,
    probe: "HeadBucket",
};

/// Whether an error means that the bucket is in another region: the conditions of botocore's
/// `S3RegionRedirectorv2.redirect_from_error`. Responses to `HEAD` have no body, so their code is the status.
fn is_redirect(error: &ServiceError, operation: &Operation) -> bool {
    let is_vague = matches!(error.code(), "301" | "400");
    match operation.name.as_str() {
        "HeadObject" if is_vague => return true,
        "HeadBucket" if is_vague && error.headers().contains_key(REGION) => return true,
        _ => {}
    }
    match error.code() {
        "AuthorizationHeaderMalformed" => error.detail("Region").is_some(),
        "PermanentRedirect" => true,
        // The parameters of `CreateBucket` cause this error; another region would not change that.
        "IllegalLocationConstraintException" => operation.name != "CreateBucket",
        _ => matches!(error.status(), 301 | 302 | 307),
    }
}

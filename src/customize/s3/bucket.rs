//! Bucket names, and the ARNs that a `Bucket` parameter also takes.

use serde_json::{Map, Value};

use crate::customize::parameters::invalid;
use crate::error::Result;
use crate::model::operation::TemplatePart;
use crate::stage::{Context, Draft};

pub(super) fn check(params: &mut Map<String, Value>, _: &mut Context<'_>) -> Result<()> {
    let Some(Value::String(bucket)) = params.get("Bucket") else { return Ok(()) };
    if is_name(bucket) || is_access_point_arn(bucket) {
        return Ok(());
    }
    let expected = "expected a bucket's name (1 to 255 letters, digits and .-_) or the ARN of an access point";
    Err(invalid("Bucket", format_args!("{expected}, found {bucket:?}")))
}

/// Removes the bucket from `/{Bucket}/key`. Labels are encoded, so the bucket ends at the next slash.
pub(super) fn remove_from_path(draft: &mut Draft<'_>, context: &Context<'_>) -> Result<()> {
    let begins_with_bucket = matches!(
        context.operation.uri.parts.as_slice(),
        [TemplatePart::Literal(slash), TemplatePart::Label { name, .. }, ..] if slash == "/" && name == "Bucket"
    );
    if begins_with_bucket && context.has_rule_set {
        let path = &draft.path_and_query;
        let end = path.bytes().skip(1).position(|byte| matches!(byte, b'/' | b'?'));
        let end = end.map_or(path.len(), |end| end + 1);
        draft.path_and_query.drain(..end);
    }
    Ok(())
}

fn is_name(text: &str) -> bool {
    // Dot segments would change the path.
    !matches!(text, "." | "..") && is_made_of(text, 255, |byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
}

/// Whether this is the ARN of an access point of S3, S3 Object Lambda or S3 on Outposts.
pub(super) fn is_access_point_arn(text: &str) -> bool {
    let mut parts = text.splitn(6, ':');
    let mut part = || parts.next().unwrap_or_default();
    let (arn, partition, service, region, account, resource) = (part(), part(), part(), part(), part(), part());
    let resource: Vec<&str> = resource.split(['/', ':']).collect();
    let name = |text: &str, dots: bool| {
        is_made_of(text, 63, |byte| byte.is_ascii_alphanumeric() || byte == b'-' || dots && byte == b'.')
    };
    let is_region = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let has_resource = match (service, &resource[..]) {
        // The ARN of a multi-region access point has no region.
        ("s3" | "s3-object-lambda", ["accesspoint", point]) => name(point, true),
        ("s3-outposts", ["outpost", outpost, "accesspoint", point]) => {
            !region.is_empty() && name(outpost, false) && name(point, false)
        }
        _ => false,
    };
    arn == "arn"
        && partition.starts_with("aws")
        && region.bytes().all(is_region)
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && has_resource
}

fn is_made_of(text: &str, max_length: usize, allowed: impl Fn(u8) -> bool) -> bool {
    (1..=max_length).contains(&text.len()) && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let long = "a".repeat(255);
        for good in ["a", "my.bucket", "My_Bucket-1", &long] {
            assert!(is_name(good), "{good}");
        }
        for bad in ["", "a/b", "a b", "a?b", "..\n", "b\u{fc}", &format!("{long}a")] {
            assert!(!is_name(bad), "{bad}");
        }
    }

    #[test]
    fn arns() {
        for good in [
            "arn:aws:s3:us-west-2:123456789012:accesspoint/my.point",
            "arn:aws:s3:us-west-2:123456789012:accesspoint:point",
            "arn:aws-cn:s3-object-lambda:cn-north-1:123456789012:accesspoint/point",
            "arn:aws:s3::123456789012:accesspoint:mfzwi23gnjvgw.mrap",
            "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-01234567890123456/accesspoint/point",
            "arn:aws:s3-outposts:us-west-2:123456789012:outpost:op-1:accesspoint:point",
        ] {
            assert!(is_access_point_arn(good), "{good}");
        }
        for bad in [
            "",
            "arn:aws:s3:::bucket",
            "arn:aws:s3:us-west-2:12345678901:accesspoint/point",
            "arn:aws:s3:us_west-2:123456789012:accesspoint/point",
            "arn:aws:sns:us-west-2:123456789012:accesspoint/point",
            "arn:gcp:s3:us-west-2:123456789012:accesspoint/point",
            "arn:aws:s3:us-west-2:123456789012:accesspoint",
            "arn:aws:s3:us-west-2:123456789012:accesspoint/",
            "arn:aws:s3:us-west-2:123456789012:accesspoint/point/object",
            "arn:aws:s3-outposts::123456789012:outpost/op-1/accesspoint/point",
            "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/bucket/name",
        ] {
            assert!(!is_access_point_arn(bad), "{bad}");
        }
    }
}

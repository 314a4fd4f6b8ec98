//! The AWS CLI's own texts for a few errors of S3.

use serde_json::{Map, Value};
use tucuxi::Error;

use crate::error::one_line;

const REGION: &str = "You can fix this issue by explicitly providing the correct region location using the --region argument, the \
                      AWS_DEFAULT_REGION environment variable, or the region variable in the AWS CLI configuration file.  You can \
                      get the bucket's location by running \"aws s3api get-bucket-location --bucket BUCKET\".";
const SIGNATURE: &str = "You are attempting to operate on a bucket in a region that requires Signature Version 4.  ";
const KEYS: &str =
    " You can enable AWS Signature Version 4 by running the command: \naws configure set s3.signature_version s3v4";

/// The message of an error of S3 with advice, if there is some.
pub(crate) fn with_advice(error: &Error) -> Option<String> {
    let service = error.service().filter(|_| error.service_name() == Some("s3"))?;
    advice(service.code(), &one_line(service.message()), service.detail("Endpoint"))
}

fn advice(code: &str, message: &str, endpoint: Option<&str>) -> Option<String> {
    if message.contains("Please use AWS4-HMAC-SHA256") {
        return Some(format!("{SIGNATURE}{REGION}"));
    }
    if code == "PermanentRedirect" {
        let mut chars = message.chars();
        chars.next_back();
        return Some(format!("{}: {}\n{REGION}", chars.as_str(), one_line(endpoint?)));
    }
    message.contains("AWS KMS managed keys require AWS Signature Version 4").then(|| format!("{message}{KEYS}"))
}

/// What is wrong with the bucket of a call of S3; it is the only fault then.
pub(crate) fn bucket_fault(service: &str, params: &Map<String, Value>) -> Option<String> {
    let bucket = params.get("Bucket").and_then(Value::as_str).filter(|_| service == "s3")?;
    let is_name_char = |char: char| char.is_ascii_alphanumeric() || ".-_".contains(char);
    let is_name = (1..=255).contains(&bucket.len()) && bucket.chars().all(is_name_char);
    (!is_name && !is_bucket_arn(bucket)).then(|| {
        format!(
            "Invalid bucket name \"{bucket}\": Bucket name must match the regex \"{BUCKET_NAME}\" or be an ARN matching \
             the regex \"{BUCKET_ARN}\""
        )
    })
}

/// Whether the text fits [`BUCKET_ARN`].
fn is_bucket_arn(text: &str) -> bool {
    let is_name = |name: &str, more: &str| {
        let is_name_char = |char: char| char.is_ascii_alphanumeric() || char == '-' || more.contains(char);
        (1..=63).contains(&name.len()) && name.chars().all(is_name_char)
    };
    let matched = || {
        let (rest, name) = text.rsplit_once([':', '/'])?;
        let rest = rest.strip_suffix("accesspoint")?;
        if let Some(rest) = rest.strip_suffix(':')
            && let Some(("s3" | "s3-object-lambda", _)) = owner(rest)
        {
            return Some(is_name(name, "."));
        }
        let (rest, outpost) = rest.strip_suffix([':', '/'])?.rsplit_once([':', '/'])?;
        let (service, region) = owner(rest.strip_suffix(":outpost")?)?;
        Some(service == "s3-outposts" && !region.is_empty() && is_name(outpost, "") && is_name(name, ""))
    };
    matched().unwrap_or(false)
}

/// The service and the region at the end of the beginning of an ARN, `arn:aws:s3:eu-west-1:123456789012`.
fn owner(start: &str) -> Option<(&str, &str)> {
    let (rest, account) = start.rsplit_once(':')?;
    let (rest, region) = rest.rsplit_once(':')?;
    let (rest, service) = rest.rsplit_once(':')?;
    let is_region_char = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-';
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    (rest.starts_with("arn:aws") && is_account && region.chars().all(is_region_char)).then_some((service, region))
}

const BUCKET_NAME: &str = r"^[a-zA-Z0-9.\-_]{1,255}$";
const BUCKET_ARN: &str = r"^arn:(aws).*:(s3|s3-object-lambda):[a-z\-0-9]*:[0-9]{12}:accesspoint[/:][a-zA-Z0-9\-.]{1,63}$|^arn:(aws).*:s3-outposts:[a-z\-0-9]+:[0-9]{12}:outpost[/:][a-zA-Z0-9\-]{1,63}[/:]accesspoint[/:][a-zA-Z0-9\-]{1,63}$";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_names_or_arns_of_access_points() {
        let outpost = "arn:aws:s3-outposts:us-west-2:123456789012:outpost";
        for (bucket, is_valid) in [
            ("b", true),
            ("My_bucket.1", true),
            ("", false),
            ("a b", false),
            ("b/k", false),
            ("arn:aws:s3:us-west-2:123456789012:accesspoint/name", true),
            ("arn:aws-cn:s3::123456789012:accesspoint:abc.mrap", true),
            ("arn:aws:s3-object-lambda:us-west-2:123456789012:accesspoint/name", true),
            (&format!("{outpost}/op-1/accesspoint/name"), true),
            (&format!("{outpost}:op-1:accesspoint:name"), true),
            (&format!("{outpost}/op-1/accesspoint/na.me"), false),
            (&format!("{outpost}/op-1/bucket/name"), false),
            ("arn:aws:s3:us-west-2:123:accesspoint/name", false),
            ("arn:aws:s3:us-west-2:123456789012:accesspoint/name/key", false),
            ("arn:aws:s3:us-west-2:123456789012:accesspoint/", false),
            ("arn:aws:sns:us-west-2:123456789012:accesspoint/name", false),
            ("arn:aws:s3:::b", false),
        ] {
            let params = Map::from_iter([("Bucket".to_owned(), Value::from(bucket))]);
            assert_eq!(bucket_fault("s3", &params).is_none(), is_valid, "{bucket}");
            assert_eq!(bucket_fault("s3control", &params), None);
        }
    }

    #[test]
    fn advice_is_given_for_regions_and_signatures() {
        let kms =
            "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.";
        let cases = [
            ("InvalidRequest", "Please use AWS4-HMAC-SHA256.", Some(format!("{SIGNATURE}{REGION}"))),
            ("PermanentRedirect", "Use this endpoint.", Some(format!("Use this endpoint: b.s3.example\n{REGION}"))),
            ("InvalidArgument", kms, Some(format!("{kms}{KEYS}"))),
            ("AccessDenied", "Access Denied", None),
        ];
        for (code, message, expected) in cases {
            assert_eq!(advice(code, message, Some("b.s3.example")), expected, "{code}");
        }
        assert_eq!(advice("PermanentRedirect", "", None), None);
    }
}

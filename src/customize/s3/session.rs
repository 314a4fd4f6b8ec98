//! Directory buckets: requests are signed with keys that belong to the bucket, are made by `CreateSession` and last for minutes.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-create-session.html>

use std::time::Duration;

use serde_json::Value;

use crate::credentials::Credentials;
use crate::credentials::cache::RefreshWindows;
use crate::customize::SessionRule;
use crate::value;

/// The windows of botocore's `utils.py: S3ExpressIdentityCache`.
pub(super) const SESSIONS: SessionRule = SessionRule {
    operation: "CreateSession",
    member: "Bucket",
    windows: RefreshWindows { advisory: Duration::from_secs(45), mandatory: Duration::from_secs(10) },
    read,
};

fn read(answer: &Value) -> Option<Credentials> {
    let given = &answer["Credentials"];
    let text = |name: &str| given[name].as_str().filter(|text| !text.is_empty());
    let expiry = value::timestamp(&given["Expiration"])?.to_system_time()?;
    let keys = Credentials::new(text("AccessKeyId")?, text("SecretAccessKey")?);
    Some(keys.with_session_token(text("SessionToken")?).with_expiry(expiry))
}

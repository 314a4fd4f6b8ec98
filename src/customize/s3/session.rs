//! Session credentials of directory buckets (S3 Express): `CreateSession` creates them; they are valid for one bucket and for
//! minutes.
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-express-create-session.html>

use std::time::Duration;

use serde_json::Value;

use crate::credentials::Credentials;
use crate::credentials::cache::RefreshWindows;
use crate::customize::quirk::SessionRule;
use crate::value;

/// The refresh windows are those of botocore's `utils.py: S3ExpressIdentityCache`.
pub(super) const SESSIONS: SessionRule = SessionRule {
    operation: "CreateSession",
    member: "Bucket",
    windows: RefreshWindows { advisory: Duration::from_secs(45), mandatory: Duration::from_secs(10) },
    read,
};

fn read(output: &Value) -> Option<Credentials> {
    let given = &output["Credentials"];
    let text = |name: &str| given[name].as_str().filter(|text| !text.is_empty());
    let expiry = value::timestamp(&given["Expiration"])?.to_system_time()?;
    let credentials = Credentials::new(text("AccessKeyId")?, text("SecretAccessKey")?);
    Some(credentials.with_session_token(text("SessionToken")?).with_expiry(expiry))
}

//! Presigned POST: the policy of a browser upload form, and its signature.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html>

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::error::SignError;
use super::sigv4::{self, SigV4Parameters};
use crate::codec::json_text::{SPACED, write_value};
use crate::codec::timestamp::Timestamp;
use crate::credentials::Credentials;
use crate::value;

/// Adds the policy and its signature to the fields. The policy text equals botocore's byte for byte.
pub(super) fn sign(
    fields: &mut Map<String, Value>,
    mut conditions: Vec<Value>,
    credentials: &Credentials,
    parameters: &SigV4Parameters<'_>,
    token_name: &str,
    expires_in: Duration,
) -> Result<(), SignError> {
    let date = parameters.stamp.to_basic_iso8601();
    let credential = format!("{}/{}", credentials.access_key_id(), sigv4::scope(&date, parameters));
    let signed = [
        ("x-amz-algorithm", Some(sigv4::algorithm(parameters))),
        ("x-amz-credential", Some(&*credential)),
        ("x-amz-date", Some(&*date)),
        (token_name, credentials.session_token()),
    ];
    for (name, value) in signed {
        if let Some(value) = value {
            fields.insert(name.to_owned(), Value::from(value));
            conditions.push(json!({ name: value }));
        }
    }
    let policy = json!({"expiration": expiration(parameters, expires_in)?, "conditions": conditions});
    let mut text = String::new();
    write_value(&mut text, &policy, SPACED);
    let policy = value::encode(text.as_bytes());
    let signature = sigv4::signature(credentials, parameters, policy.as_bytes());
    fields.insert("policy".to_owned(), Value::from(policy));
    fields.insert("x-amz-signature".to_owned(), Value::from(signature));
    Ok(())
}

fn expiration(parameters: &SigV4Parameters<'_>, expires_in: Duration) -> Result<String, SignError> {
    let seconds = i64::try_from(expires_in.as_secs()).ok();
    let end = seconds.and_then(|seconds| parameters.stamp.seconds().checked_add(seconds));
    let end = end.and_then(|seconds| Timestamp::new(seconds, 0));
    let end = end.ok_or(SignError::EndOutOfRange)?;
    Ok(end.to_rfc3339())
}

//! Passwords of Windows instances, which EC2 encrypts with the public key of the instance.

use std::path::Path;

use serde_json::Value;

use super::rsa::PrivateKey;
use crate::aws::error::{AwsError, AwsResult};

const MEMBER: &str = "PasswordData";

/// Decrypts the password in a response, if there is one.
pub(super) fn decrypt(key: &Path, response: &mut Value) -> AwsResult<()> {
    let Some(Value::String(data)) = response.get_mut(MEMBER) else { return Ok(()) };
    if data.is_empty() {
        return Ok(());
    }
    let encrypted = Value::from(data.split_whitespace().collect::<String>());
    let key = std::fs::read_to_string(key).ok().and_then(|pem| PrivateKey::from_pem(&pem));
    let password = key.zip(tucuxi::bytes(&encrypted).ok()).and_then(|(key, data)| key.decrypt(&data));
    *data = password.and_then(|password| String::from_utf8(password).ok()).ok_or_else(|| {
        AwsError::General("Unable to decrypt password data using provided private key file.".to_owned())
    })?;
    Ok(())
}

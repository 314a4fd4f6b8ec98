//! The addresses of the pages on which the user signs in.

use serde_json::Value;
use tucuxi::Client;

use crate::aws::error::{AwsError, AwsResult};

/// Scheme and host of the service, where its pages are.
pub(super) fn base_url(client: &Client, operation: &str, params: Value) -> AwsResult<String> {
    let request = client.request(operation).params(params).prepare().map_err(AwsError::library)?;
    let uri = request.uri();
    let parts = uri.scheme_str().zip(uri.authority());
    let (scheme, authority) = parts.ok_or_else(|| AwsError::General("the service has no address".to_owned()))?;
    Ok(format!("{scheme}://{authority}"))
}

/// A query, percent-encoded as by botocore.
pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    let encoded = |text: &str| {
        let mut encoded = String::with_capacity(text.len());
        for byte in text.bytes() {
            match byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                true => encoded.push(char::from(byte)),
                false => encoded.push_str(&format!("%{byte:02X}")),
            }
        }
        encoded
    };
    pairs.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&")
}

//! The access token of IAM Identity Center: from the cache, or by a sign-in.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tucuxi::{Client, Session};

use super::registration::Registration;
use super::{authorization, cache, device};
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::{present, run};

/// What to sign in to, and how.
pub(crate) struct SignIn<'l> {
    pub(crate) session: &'l Session,
    pub(crate) region: String,
    pub(crate) start_url: String,
    /// The start URL after redirects.
    pub(crate) resolved_url: String,
    /// The section `sso-session`; none in profiles of the old form.
    pub(crate) session_name: Option<String>,
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) opens_browser: bool,
    pub(crate) uses_device_code: bool,
}

/// The content of the token's file. `is_forced` is whether the user signs in even if there is a valid token.
pub(crate) fn fetch_token(sign_in: &SignIn<'_>, is_forced: bool) -> AwsResult<Value> {
    let file = cache::token_file(sign_in)?;
    if !is_forced && let Some(cached) = cache::read_valid(&file).filter(|cached| cached["accessToken"].is_string()) {
        return Ok(cached);
    }
    let client = run::unsigned_client(sign_in.session, "sso-oidc", &sign_in.region)?;
    let token = match sign_in.session_name.is_some() && !sign_in.uses_device_code {
        true => authorization::sign_in(&client, sign_in)?,
        false => device::sign_in(&client, sign_in)?,
    };
    cache::write(&file, &token)?;
    Ok(token)
}

/// The content of the token's file from the response to `CreateToken`.
pub(super) fn document(sign_in: &SignIn<'_>, registration: &Registration, response: &Value) -> AwsResult<Value> {
    let seconds = response["expiresIn"].as_u64().map(Duration::from_secs);
    let expiry = seconds.and_then(|seconds| SystemTime::now().checked_add(seconds)).and_then(present::utc_seconds);
    let (Some(expiry), Some(token)) = (expiry, response["accessToken"].as_str()) else {
        return Err(AwsError::General("CreateToken returned no token with a lifetime".to_owned()));
    };
    let mut document = json!({
        "startUrl": sign_in.start_url,
        "region": sign_in.region,
        "accessToken": token,
        "expiresAt": expiry,
        "clientId": registration.id,
        "clientSecret": registration.secret,
        "registrationExpiresAt": registration.expiry,
    });
    if let Some(refresh_token) = response["refreshToken"].as_str() {
        document["refreshToken"] = refresh_token.into();
    }
    Ok(document)
}

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

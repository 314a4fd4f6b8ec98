//! The registration of this program as a client of IAM Identity Center. Programs with the same cache share it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tucuxi::Client;

use super::cache;
use super::callback::REDIRECT_URI;
use super::target::SignIn;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::present;

/// The scope if none is configured.
pub(super) const DEFAULT_SCOPE: &str = "sso:account:access";

const GRANT_TYPES: [&str; 2] = ["authorization_code", "refresh_token"];

/// A registered client.
pub(super) struct ClientRegistration {
    pub(super) id: String,
    pub(super) secret: String,
    /// When the registration ends, as the caches have it.
    pub(super) expiry: String,
}

impl ClientRegistration {
    /// The cached registration, or else a new one, for the sign-in with an authorization code or with a device code.
    pub(super) fn get(client: &Client, sign_in: &SignIn<'_>, has_redirect: bool) -> AwsResult<ClientRegistration> {
        let file = cache::registration_file(sign_in)?;
        if let Some(cached) = cache::read_valid(&file).filter(|cached| is_for(cached, has_redirect))
            && let Some(registration) = read(&cached)
        {
            return Ok(registration);
        }
        let fresh = register(client, sign_in, has_redirect)?;
        cache::write(&file, &fresh)?;
        read(&fresh).ok_or_else(|| AwsError::General("RegisterClient returned no client".to_owned()))
    }
}

/// Whether the registration is for the sign-in with an authorization code.
fn is_for(cached: &Value, has_redirect: bool) -> bool {
    let types = cached["grantTypes"].as_array();
    let is_for_code = types.is_some_and(|types| types.iter().any(|name| name == GRANT_TYPES[0]));
    is_for_code == has_redirect
}

fn read(content: &Value) -> Option<ClientRegistration> {
    let text = |name: &str| content[name].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    Some(ClientRegistration { id: text("clientId")?, secret: text("clientSecret")?, expiry: text("expiresAt")? })
}

fn register(client: &Client, sign_in: &SignIn<'_>, has_redirect: bool) -> AwsResult<Value> {
    let name = match &sign_in.session_name {
        Some(name) => name.clone(),
        None => SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs().to_string(),
    };
    let mut params = json!({"clientName": format!("botocore-client-{name}"), "clientType": "public"});
    let given = sign_in.scopes.clone().filter(|scopes| !scopes.is_empty());
    let scopes = if has_redirect { Some(given.unwrap_or_else(|| vec![DEFAULT_SCOPE.to_owned()])) } else { given };
    if has_redirect {
        params["grantTypes"] = json!(GRANT_TYPES);
        params["redirectUris"] = json!([REDIRECT_URI]);
        params["issuerUrl"] = sign_in.resolved_url.as_str().into();
    }
    if let Some(scopes) = &scopes {
        params["scopes"] = json!(scopes);
    }
    let response = client.call("register_client", params).map_err(AwsError::library)?;
    let seconds = response["clientSecretExpiresAt"].as_u64().unwrap_or_default();
    let expiry = UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).and_then(present::utc_seconds);
    let mut content = json!({
        "clientId": response["clientId"],
        "clientSecret": response["clientSecret"],
        "expiresAt": expiry,
    });
    if let Some(scopes) = scopes {
        content["scopes"] = json!(scopes);
    }
    if has_redirect {
        content["grantTypes"] = json!(GRANT_TYPES);
    }
    Ok(content)
}

/// The content of the token's file from the response to `CreateToken`.
pub(super) fn token_document(
    sign_in: &SignIn<'_>,
    registration: &ClientRegistration,
    response: &Value,
) -> AwsResult<Value> {
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

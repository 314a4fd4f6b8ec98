//! The sign-in with a code that the user types into a browser, perhaps on another device.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tucuxi::Client;

use super::announcement::Announcement;
use super::registration::{ClientRegistration, token_document};
use super::target::SignIn;
use super::too_late;
use crate::aws::error::{AwsError, AwsResult};

const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Both are of RFC 8628.
const DEFAULT_INTERVAL: Duration = Duration::from_secs(5);
const SLOW_DOWN: Duration = Duration::from_secs(5);

/// The pause between two requests, whatever the service says.
const MIN_INTERVAL: Duration = Duration::from_millis(200);

/// How long the code is valid if the service does not say.
const DEFAULT_LIFETIME: u64 = 10 * 60;

pub(super) fn sign_in(client: &Client, sign_in: &SignIn<'_>) -> AwsResult<Value> {
    let registration = ClientRegistration::get(client, sign_in, false)?;
    let params = json!({
        "clientId": registration.id,
        "clientSecret": registration.secret,
        "startUrl": sign_in.resolved_url,
    });
    let authorization = client.call("start_device_authorization", params).map_err(AwsError::library)?;
    let start = Instant::now();
    let lifetime = Duration::from_secs(authorization["expiresIn"].as_u64().unwrap_or(DEFAULT_LIFETIME));
    let text = |name: &str| authorization[name].as_str().unwrap_or_default();
    let mut interval = authorization["interval"].as_u64().map_or(DEFAULT_INTERVAL, Duration::from_secs);
    let params = json!({
        "grantType": GRANT_TYPE,
        "clientId": registration.id,
        "clientSecret": registration.secret,
        "deviceCode": text("deviceCode"),
    });
    // A client that is trusted already gets its token at once.
    if let Some(response) = create_token(client, &params, &mut interval)? {
        return token_document(sign_in, &registration, &response);
    }
    let announcement = Announcement {
        page: text("verificationUri"),
        page_with_code: text("verificationUriComplete"),
        code: Some(text("userCode")),
        elsewhere: "",
    };
    announcement.show(sign_in.opens_browser)?;
    while start.elapsed() <= lifetime {
        if let Some(response) = create_token(client, &params, &mut interval)? {
            return token_document(sign_in, &registration, &response);
        }
        thread::sleep(interval.clamp(MIN_INTERVAL, lifetime.max(MIN_INTERVAL)));
    }
    Err(too_late())
}

/// Asks for the token; `None` if the user has not signed in yet.
fn create_token(client: &Client, params: &Value, interval: &mut Duration) -> AwsResult<Option<Value>> {
    let error = match client.call("create_token", params.clone()) {
        Ok(response) => return Ok(Some(response)),
        Err(error) => error,
    };
    match error.service().map(|service| service.code()) {
        Some("AuthorizationPendingException") => Ok(None),
        Some("SlowDownException") => {
            *interval = interval.saturating_add(SLOW_DOWN);
            Ok(None)
        }
        Some("ExpiredTokenException") => Err(too_late()),
        _ => Err(AwsError::library(error)),
    }
}

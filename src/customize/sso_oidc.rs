//! SSO OIDC, the token service of IAM Identity Center.

use serde_json::Value;

use crate::codec::json;
use crate::customize::quirk::{Quirk, Stage};
use crate::error::Result;
use crate::stage::{Context, RawResponse};

pub(super) const QUIRKS: &[Quirk] = &[Quirk {
    service: "sso-oidc",
    operations: &[],
    stage: Stage::Response(describe_error),
    why: "botocore's handlers.py: _map_oauth2_errors; errors are those of https://www.rfc-editor.org/rfc/rfc6749#section-5.2",
}];

/// Uses `error_description` as the message of an error without one.
fn describe_error(response: &mut RawResponse, _: &Context<'_>) -> Result<()> {
    if response.status < 400 {
        return Ok(());
    }
    let body = response.body.as_deref().unwrap_or_default();
    let Ok(Value::Object(mut members)) = json::received(body) else { return Ok(()) };
    let has_text = |name: &str| members.get(name).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    if has_text("error_description")
        && !has_text("message")
        && !has_text("Message")
        && let Some(description) = members.get("error_description").cloned()
    {
        members.insert("message".to_owned(), description);
        response.body = Some(Value::Object(members).to_string().into_bytes());
    }
    Ok(())
}

//! The access token of IAM Identity Center: from the cache, or by a sign-in.

use serde_json::Value;

use super::target::SignIn;
use super::{authorization, cache, device};
use crate::aws::error::AwsResult;
use crate::aws::run;

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

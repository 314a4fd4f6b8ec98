//! Calls of AWS STS that assume roles, and the credentials in their responses.

use std::sync::Arc;
use std::time::SystemTime;

use serde_json::{Map, Value};

use super::cache::CachedCredentials;
use super::error::CredentialsError;
use super::role_cache::CachedRole;
use super::setup::{ServiceCall, Setup};
use super::{Credentials, ProvideCredentials};
use crate::deadline::Deadline;
use crate::error::{Error, Result};
use crate::features::Features;
use crate::moment::epoch_seconds;
use crate::value;

const SERVICE: &str = "sts";
/// The advice if a service rejects the credentials of a role as expired.
pub(super) const RENEWAL: &str =
    "retry the call, which assumes the role again; if that fails too, check the clock of this machine";

/// A role that is assumed with source credentials. Each [`provide`](ProvideCredentials::provide) assumes it again.
#[derive(Clone)]
pub(crate) struct Role {
    /// The subject of error messages: `/home/me/.aws/config:3 (profile dev): the role arn:..`.
    pub(crate) what: String,
    /// The input of `AssumeRole`, without the members for MFA.
    pub(crate) params: Map<String, Value>,
    pub(crate) mfa_serial: Option<String>,
    pub(crate) source: Arc<CachedCredentials>,
    /// How the role is configured, as the `User-Agent` header reports it.
    pub(crate) way: Features,
    pub(crate) setup: Setup,
    /// `None` if the credentials are not stored.
    pub(crate) cached: Option<CachedRole>,
}

impl ProvideCredentials for Role {
    fn provide(&self) -> Result<Credentials> {
        let assume = || self.assume();
        let credentials = self.cached.as_ref().map_or_else(assume, |cached| cached.get_or_call(assume))?;
        let credentials = credentials.with_source(self.way | Features::CREDENTIALS_ASSUME_ROLE);
        Ok(credentials.with_origin(&self.what, RENEWAL))
    }

    fn name(&self) -> &str {
        "assume-role"
    }
}

impl Role {
    fn assume(&self) -> Result<Credentials> {
        let what = &self.what;
        let source = self.source.get(Deadline::NONE);
        let source =
            source.map_err(|error| CredentialsError::NoSourceCredentials { what: what.clone() }.caused_by(error))?;
        let mut params = self.params.clone();
        if let Some(serial) = &self.mfa_serial {
            params.insert("SerialNumber".to_owned(), serial.as_str().into());
            params.insert("TokenCode".to_owned(), self.mfa_code(serial)?.into());
        }
        let call = ServiceCall {
            service: SERVICE,
            operation: "AssumeRole",
            params: Value::Object(params),
            region: None,
            credentials: Some(&source),
            before_send: None,
        };
        let not_assumed = |error| CredentialsError::RoleNotAssumed { what: what.clone() }.caused_by(error);
        let response = self.setup.services.call(call).map_err(not_assumed)?;
        let credentials = credentials(&response).map_err(Error::from).map_err(not_assumed)?;
        Ok(credentials.with_source(source.source()))
    }

    fn mfa_code(&self, serial: &str) -> Result<String> {
        let (what, serial) = (self.what.clone(), serial.to_owned());
        let Some(prompt) = &self.setup.mfa_prompt else {
            return Err(CredentialsError::NoMfaPrompt { what, serial }.into());
        };
        match prompt(&serial) {
            Ok(code) if !code.trim().is_empty() => Ok(code.trim().to_owned()),
            Ok(_) => Err(CredentialsError::NoMfaCode { what, serial }.into()),
            Err(error) => Err(Error::from(CredentialsError::NoMfaCode { what, serial }).with_source(error)),
        }
    }
}

/// Exchanges the token of another identity provider for the credentials of a role, in an unsigned request.
pub(super) fn assume_with_web_identity(setup: &Setup, params: Value) -> Result<Credentials> {
    let operation = "AssumeRoleWithWebIdentity";
    let call = ServiceCall { service: SERVICE, operation, params, region: None, credentials: None, before_send: None };
    Ok(credentials(&setup.services.call(call)?)?)
}

/// The role session name if none is set.
pub(crate) fn default_session_name(now: SystemTime) -> String {
    // A session's name cannot begin a number with a sign.
    format!("tucuxi-session-{}", epoch_seconds(now).max(0))
}

fn credentials(response: &Value) -> Result<Credentials, CredentialsError> {
    let given = &response["Credentials"];
    let text = |name: &str| {
        let missing = || CredentialsError::ResponseLacks(format!("Credentials.{name}"));
        given[name].as_str().filter(|text| !text.is_empty()).ok_or_else(missing)
    };
    let expiry = value::timestamp(&given["Expiration"]).and_then(|expiry| expiry.to_system_time());
    let expiry = expiry.ok_or_else(|| CredentialsError::ResponseLacks("Credentials.Expiration".to_owned()))?;
    let mut credentials = Credentials::new(text("AccessKeyId")?, text("SecretAccessKey")?)
        .with_session_token(text("SessionToken")?)
        .with_expiry(expiry);
    // arn:aws:sts::123456789012:assumed-role/name/session
    let account = response["AssumedRoleUser"]["Arn"].as_str().and_then(|arn| arn.split(':').nth(4));
    if let Some(account) = account.filter(|account| !account.is_empty()) {
        credentials = credentials.with_account_id(account);
    }
    Ok(credentials)
}

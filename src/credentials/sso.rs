//! Credentials of IAM Identity Center (SSO), after a sign-in with `aws sso login`.
//!
//! A profile names an account and a role, and either an `sso-session` section, whose token is renewed here, or its own start URL
//! and region, whose token is used until it expires. The rules are those of botocore's `credentials.py: SSOProvider`.

use std::time::{Duration, UNIX_EPOCH};

use once_cell::sync::OnceCell;
use serde_json::{Value, json};

use super::error::{CredentialsError, SettingProblem};
use super::provider::{ChainProvider, ChainResult};
use super::role_cache::{CachedKind, CachedRole};
use super::section::SectionReader;
use super::setup::{ServiceCall, Setup};
use super::sso_token::{REGION, SESSION, START_URL, SsoToken};
use super::{Credentials, Token};
use crate::error::{Error, Result};
use crate::features::Features;
use crate::moment::later;

const SERVICE: &str = "sso";
const ROLE_NAME: &str = "sso_role_name";
const ACCOUNT_ID: &str = "sso_account_id";

/// Provides the credentials of the profile's account and role.
pub(super) struct Sso {
    setup: Setup,
    role: OnceCell<SsoRole>,
}

/// The account and role, and the token that gives access to them.
struct SsoRole {
    /// For messages.
    what: String,
    account_id: String,
    name: String,
    region: String,
    token: SsoToken,
    /// The source of the token, as the `User-Agent` header reports it.
    source: Features,
    /// `None` if the credentials are not stored.
    cached: Option<CachedRole>,
}

impl Sso {
    pub(super) fn new(setup: &Setup) -> Self {
        Sso { setup: setup.clone(), role: OnceCell::new() }
    }
}

impl ChainProvider for Sso {
    fn load(&self) -> Result<ChainResult> {
        let name = &self.setup.config.profile()?.value;
        let Some(profile) = SectionReader::of_profile(&self.setup.config)? else {
            return Ok(ChainResult::NotConfigured(format!("there is no profile {name:?}")));
        };
        if !profile.has(ROLE_NAME) && !profile.has(ACCOUNT_ID) {
            return Ok(ChainResult::NotConfigured(format!("neither {ROLE_NAME} nor {ACCOUNT_ID} in profile {name:?}")));
        }
        let role = self.role.get_or_try_init(|| SsoRole::of(&self.setup, profile))?;
        let call = || role.credentials(&self.setup);
        let credentials = role.cached.as_ref().map_or_else(call, |cached| cached.get_or_call(call))?;
        let credentials = credentials.with_source(role.source).with_origin(&role.what, role.token.advice());
        Ok(ChainResult::Found(credentials))
    }
}

impl SsoRole {
    fn of(setup: &Setup, profile: SectionReader<'_>) -> Result<SsoRole> {
        let key = if profile.has(ROLE_NAME) { ROLE_NAME } else { ACCOUNT_ID };
        let required = |name: &str| {
            let missing = || profile.error(key, SettingProblem::MissingForSso(name.to_owned()));
            profile.text(name)?.map(str::to_owned).ok_or_else(missing)
        };
        let (account_id, name) = (required(ACCOUNT_ID)?, required(ROLE_NAME)?);
        let mut identity = json!({"roleName": name, "accountId": account_id});
        match profile.text(SESSION)? {
            Some(session) => identity["sessionName"] = session.into(),
            None => identity["startUrl"] = profile.text(START_URL)?.unwrap_or_default().into(),
        }
        let cached = CachedRole::of(setup, CachedKind::Sso, identity);
        let (token, source) = match SsoToken::of_session(setup, profile)? {
            Some(token) => (token, Features::CREDENTIALS_PROFILE_SSO | Features::CREDENTIALS_SSO),
            None => {
                let token = SsoToken::without_session(setup, profile, required(START_URL)?, required(REGION)?)?;
                (token, Features::CREDENTIALS_PROFILE_SSO_LEGACY | Features::CREDENTIALS_SSO_LEGACY)
            }
        };
        let what = format!("{}: the role {name} in the account {account_id}", profile.place(key));
        Ok(SsoRole { what, account_id, name, region: token.region().to_owned(), token, source, cached })
    }

    fn credentials(&self, setup: &Setup) -> Result<Credentials> {
        let what = &self.what;
        let no_token = |error| CredentialsError::NoSsoToken { what: what.clone() }.caused_by(error);
        let token = self.token.get().map_err(no_token)?;
        let response = self.request(setup, &token).or_else(|error| match is_unauthorized(&error) {
            // The token was revoked early, and the user may have signed in again. This service error is more useful than an
            // error of the replacement.
            true => self.token.replace(&token).ok().flatten().map_or(Err(error), |other| self.request(setup, &other)),
            false => Err(error),
        });
        let response = response.map_err(|error| {
            let what = what.clone();
            let failure = match is_unauthorized(&error) {
                true => CredentialsError::SsoTokenRejected { what, advice: self.token.advice().to_owned() },
                false => CredentialsError::NoSsoCredentials { what },
            };
            failure.caused_by(error)
        })?;
        read(&response["roleCredentials"], &self.account_id)
            .map_err(|error| CredentialsError::NoSsoCredentials { what: what.clone() }.caused_by(error.into()))
    }

    fn request(&self, setup: &Setup, token: &Token) -> Result<Value> {
        setup.services.call(ServiceCall {
            service: SERVICE,
            operation: "GetRoleCredentials",
            params: json!({"roleName": self.name, "accountId": self.account_id, "accessToken": token.token()}),
            region: Some(&self.region),
            credentials: None,
            before_send: None,
        })
    }
}

/// Whether the service rejects the token.
fn is_unauthorized(error: &Error) -> bool {
    error.service().is_some_and(|service| service.status() == 401)
}

fn read(given: &Value, account_id: &str) -> Result<Credentials, CredentialsError> {
    let missing = |name: &str| CredentialsError::ResponseLacks(format!("roleCredentials.{name}"));
    let text = |name: &str| given[name].as_str().filter(|text| !text.is_empty()).ok_or_else(|| missing(name));
    // In milliseconds, unlike other AWS timestamps.
    let expiry = given["expiration"].as_u64().map(|millis| later(UNIX_EPOCH, Duration::from_millis(millis)));
    Ok(Credentials::new(text("accessKeyId")?, text("secretAccessKey")?)
        .with_session_token(text("sessionToken")?)
        .with_account_id(account_id)
        .with_expiry(expiry.ok_or_else(|| missing("expiration"))?))
}

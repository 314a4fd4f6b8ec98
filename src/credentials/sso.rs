//! Credentials of IAM Identity Center, for those who have signed in with `aws sso login`.
//!
//! A profile names account and role, and either an `sso-session` section, whose token is renewed here, or start URL and region of
//! its own, whose token lasts until it expires. The rules are those of botocore's `credentials.py: SSOProvider`.

use std::time::{Duration, UNIX_EPOCH};

use once_cell::sync::OnceCell;
use serde_json::{Value, json};

use super::chain::{Answer, Link};
use super::keys::Keys;
use super::setup::{ServiceCall, Setup, failed};
use super::sso_token::{REGION, START_URL, SsoToken};
use super::{Credentials, Token};
use crate::error::{Error, ErrorKind, Result};
use crate::features::Features;
use crate::moment::later;

const SERVICE: &str = "sso";
const ROLE_NAME: &str = "sso_role_name";
const ACCOUNT_ID: &str = "sso_account_id";

/// The account and role of the session's profile.
pub(super) struct Sso {
    setup: Setup,
    role: OnceCell<Role>,
}

/// Who is asked for, and the token to ask with.
struct Role {
    /// For messages.
    what: String,
    account_id: String,
    name: String,
    region: String,
    token: SsoToken,
    /// How the token is come by, as the `User-Agent` header has it.
    source: Features,
}

impl Sso {
    pub(super) fn new(setup: &Setup) -> Self {
        Sso { setup: setup.clone(), role: OnceCell::new() }
    }
}

impl Link for Sso {
    fn load(&self) -> Result<Answer> {
        let name = &self.setup.config.profile()?.value;
        let Some(profile) = Keys::of(&self.setup.config)? else {
            return Ok(Answer::Nothing(format!("there is no profile {name:?}")));
        };
        if !profile.has(ROLE_NAME) && !profile.has(ACCOUNT_ID) {
            return Ok(Answer::Nothing(format!("neither {ROLE_NAME} nor {ACCOUNT_ID} in profile {name:?}")));
        }
        let role = self.role.get_or_try_init(|| Role::of(&self.setup, profile))?;
        role.credentials(&self.setup).map(Answer::Found)
    }
}

impl Role {
    fn of(setup: &Setup, profile: Keys<'_>) -> Result<Role> {
        let key = if profile.has(ROLE_NAME) { ROLE_NAME } else { ACCOUNT_ID };
        let required = |name: &str| {
            let missing = || profile.error(key, format_args!("credentials of SSO need {name}, which is not set"));
            profile.text(name)?.map(str::to_owned).ok_or_else(missing)
        };
        let (account_id, name) = (required(ACCOUNT_ID)?, required(ROLE_NAME)?);
        let (token, source) = match SsoToken::of_session(setup, profile)? {
            Some(token) => (token, Features::CREDENTIALS_PROFILE_SSO | Features::CREDENTIALS_SSO),
            None => {
                let token = SsoToken::without_session(setup, profile, required(START_URL)?, required(REGION)?)?;
                (token, Features::CREDENTIALS_PROFILE_SSO_LEGACY | Features::CREDENTIALS_SSO_LEGACY)
            }
        };
        let what = format!("{}: the role {name} of the account {account_id}", profile.place(key));
        Ok(Role { what, account_id, name, region: token.region().to_owned(), token, source })
    }

    fn credentials(&self, setup: &Setup) -> Result<Credentials> {
        let what = &self.what;
        let token = self.token.get().map_err(|error| failed(format!("{what} cannot be had"), error))?;
        let answer = self.ask(setup, &token).or_else(|error| match is_refusal(&error) {
            // Revoked before its time; somebody may have signed in anew. The refusal tells more than what else goes wrong.
            true => self.token.replace(&token).ok().flatten().map_or(Err(error), |other| self.ask(setup, &other)),
            false => Err(error),
        });
        let answer = answer.map_err(|error| {
            let hint = if is_refusal(&error) { format!("; {}", self.token.advice()) } else { String::new() };
            failed(format!("{what} was not given{hint}"), error)
        })?;
        read(&answer["roleCredentials"], &self.account_id)
            .map(|credentials| credentials.with_source(self.source).with_origin(what, self.token.advice()))
            .map_err(|error| failed(format!("{what} was not given"), error))
    }

    fn ask(&self, setup: &Setup, token: &Token) -> Result<Value> {
        setup.services.call(ServiceCall {
            service: SERVICE,
            operation: "GetRoleCredentials",
            params: json!({"roleName": self.name, "accountId": self.account_id, "accessToken": token.token()}),
            region: Some(&self.region),
            credentials: None,
            finish: None,
        })
    }
}

/// Whether the service does not take the token.
fn is_refusal(error: &Error) -> bool {
    error.service().is_some_and(|service| service.status() == 401)
}

fn read(given: &Value, account_id: &str) -> Result<Credentials> {
    let missing = |name: &str| Error::new(ErrorKind::Response, format!("the answer has no roleCredentials.{name}"));
    let text = |name: &str| given[name].as_str().filter(|text| !text.is_empty()).ok_or_else(|| missing(name));
    // In milliseconds, unlike all other times of AWS.
    let expiry = given["expiration"].as_u64().map(|millis| later(UNIX_EPOCH, Duration::from_millis(millis)));
    Ok(Credentials::new(text("accessKeyId")?, text("secretAccessKey")?)
        .with_session_token(text("sessionToken")?)
        .with_account_id(account_id)
        .with_expiry(expiry.ok_or_else(|| missing("expiration"))?))
}

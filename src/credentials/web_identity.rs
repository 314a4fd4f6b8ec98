//! Roles that are assumed with the token of another identity provider (web identity), as in the pods of a Kubernetes cluster.
//!
//! The rules are those of botocore's `credentials.py: AssumeRoleWithWebIdentityProvider`.

use std::borrow::Cow;
use std::path::Path;

use once_cell::sync::OnceCell;
use serde_json::{Map, Value, json};

use super::error::{CredentialsError, SettingProblem};
use super::provider::{ChainProvider, ChainResult};
use super::role_cache::{CachedKind, CachedRole};
use super::section::SectionReader;
use super::setup::Setup;
use super::{Credentials, sts};
use crate::config::Origin;
use crate::error::Result;
use crate::features::Features;
use crate::read_file::read_bounded;

/// The profile key that selects this provider for the profile's role.
pub(super) const TOKEN_FILE: &str = "web_identity_token_file";

/// A setting from the environment or the profile.
struct WebIdentitySetting {
    variable: &'static str,
    key: &'static str,
}

/// The value of a setting and its location.
struct SettingValue<'a> {
    value: Cow<'a, str>,
    place: String,
    /// The location, as the `User-Agent` header reports it.
    source: Features,
}

const FILE: WebIdentitySetting = WebIdentitySetting { variable: "AWS_WEB_IDENTITY_TOKEN_FILE", key: TOKEN_FILE };
const ROLE: WebIdentitySetting = WebIdentitySetting { variable: "AWS_ROLE_ARN", key: "role_arn" };
const SESSION_NAME: WebIdentitySetting =
    WebIdentitySetting { variable: "AWS_ROLE_SESSION_NAME", key: "role_session_name" };

/// The error codes of AWS STS for an expired token.
const EXPIRED_CODES: &[&str] = &["ExpiredTokenException", "ExpiredToken"];

/// The maximum size of a token file, far above the size of real tokens.
const MAX_BYTES: u64 = 1 << 20;

/// Provides the credentials of a role with a web identity.
pub(super) struct WebIdentity {
    setup: Setup,
    /// The default role session name, which stays the same for all renewals.
    session_name: String,
    cached: OnceCell<Option<CachedRole>>,
}

impl WebIdentity {
    pub(super) fn new(setup: &Setup) -> Self {
        let session_name = sts::default_session_name(setup.clock.now());
        WebIdentity { setup: setup.clone(), session_name, cached: OnceCell::new() }
    }

    fn look_up(&self, setting: &WebIdentitySetting) -> Result<Option<SettingValue<'_>>> {
        let config = &self.setup.config;
        // A profile named in code takes precedence over the environment.
        if config.profile()?.origin != Origin::Builder
            && let Some(value) = config.environment().non_empty(setting.variable)?
        {
            let place = format!("environment variable {}", setting.variable);
            if value.contains(char::is_control) {
                let flaw = "contains a line break or another control character; remove it";
                return Err(CredentialsError::FlawedVariable { name: setting.variable.to_owned(), flaw }.into());
            }
            return Ok(Some(SettingValue { value, place, source: Features::CREDENTIALS_ENVIRONMENT_WEB_IDENTITY }));
        }
        let Some(profile) = SectionReader::of_profile(config)? else { return Ok(None) };
        let source = Features::CREDENTIALS_PROFILE_WEB_IDENTITY;
        let found = |value| SettingValue { value: Cow::Borrowed(value), place: profile.place(setting.key), source };
        Ok(profile.text(setting.key)?.map(found))
    }

    fn assume(&self, file: &SettingValue<'_>) -> Result<Credentials> {
        let SettingValue { value: file, place, source } = file;
        let mut source = *source;
        let role = self.look_up(&ROLE)?.ok_or_else(|| {
            let problem = SettingProblem::NoRole { variable: ROLE.variable, key: ROLE.key };
            CredentialsError::Setting { place: place.clone(), problem }
        })?;
        source |= role.source;
        let role = role.value;
        let mut key = Map::from_iter([("RoleArn".to_owned(), Value::from(&*role))]);
        let session_name = match self.look_up(&SESSION_NAME)? {
            Some(name) => {
                source |= name.source;
                key.insert("RoleSessionName".to_owned(), Value::from(&*name.value));
                name.value
            }
            None => Cow::Borrowed(&*self.session_name),
        };
        let cached =
            self.cached.get_or_init(|| CachedRole::of(&self.setup, CachedKind::AssumedRole, Value::Object(key)));
        let call = || self.call(file, place, &role, &session_name);
        let credentials = cached.as_ref().map_or_else(call, |cached| cached.get_or_call(call))?;
        let place = format!("{place}: the role {role}, assumed with the token in {file}");
        Ok(credentials.with_source(source).with_origin(place, sts::RENEWAL))
    }

    fn call(&self, file: &str, place: &str, role: &str, session_name: &str) -> Result<Credentials> {
        let token = read_token(file).map_err(|error| {
            let problem = SettingProblem::UnreadableToken { file: file.to_string(), why: error.to_string() };
            CredentialsError::Setting { place: place.to_owned(), problem }
        })?;
        let params = json!({"RoleArn": role, "RoleSessionName": session_name, "WebIdentityToken": token});
        sts::assume_with_web_identity(&self.setup, params).map_err(|error| {
            let is_expired = error.service().is_some_and(|service| EXPIRED_CODES.contains(&service.code()));
            let (place, role, file) = (place.to_owned(), role.to_owned(), file.to_owned());
            CredentialsError::WebIdentityRejected { place, role, file, is_expired }.caused_by(error)
        })
    }
}

impl ChainProvider for WebIdentity {
    fn load(&self) -> Result<ChainResult> {
        match self.look_up(&FILE)? {
            Some(file) => self.assume(&file).map(ChainResult::Found),
            None => Ok(ChainResult::NotConfigured(format!("neither {} nor {TOKEN_FILE} is set", FILE.variable))),
        }
    }
}

/// Reads the token file. It is read for each renewal, because another program replaces the token before it expires.
fn read_token(file: &str) -> std::io::Result<String> {
    let invalid = |problem: &str| std::io::Error::new(std::io::ErrorKind::InvalidData, problem);
    let bytes = read_bounded(Path::new(file), MAX_BYTES)?;
    let text = String::from_utf8(bytes).map_err(|_| invalid("it is not UTF-8 text"))?;
    match text.trim() {
        "" => Err(invalid("it is empty")),
        token if token.contains(|next: char| !next.is_ascii_graphic()) => {
            Err(invalid("expected a token of visible ASCII characters, found others"))
        }
        token => Ok(token.to_owned()),
    }
}

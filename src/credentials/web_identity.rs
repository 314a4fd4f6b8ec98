//! Roles for those who have a token of another identity provider, as the pods of a Kubernetes cluster do.
//!
//! The rules are those of botocore's `credentials.py: AssumeRoleWithWebIdentityProvider`.

use std::borrow::Cow;
use std::path::Path;

use serde_json::json;

use super::chain::{Answer, Link};
use super::keys::Keys;
use super::setup::{Setup, failed};
use super::{Credentials, sts};
use crate::config::Origin;
use crate::error::{Error, ErrorKind, Result};
use crate::features::Features;
use crate::read_file::read_bounded;

/// The key of the profile that makes its role one of this provider.
pub(super) const TOKEN_FILE: &str = "web_identity_token_file";

/// A setting that may be in the environment or in the profile.
struct Setting {
    variable: &'static str,
    key: &'static str,
}

/// The value of a setting and where it is set.
struct Found<'a> {
    value: Cow<'a, str>,
    place: String,
    /// The place as the `User-Agent` header has it.
    source: Features,
}

const FILE: Setting = Setting { variable: "AWS_WEB_IDENTITY_TOKEN_FILE", key: TOKEN_FILE };
const ROLE: Setting = Setting { variable: "AWS_ROLE_ARN", key: "role_arn" };
const SESSION_NAME: Setting = Setting { variable: "AWS_ROLE_SESSION_NAME", key: "role_session_name" };

/// What the token service says of a token that is too old.
const EXPIRED_CODES: &[&str] = &["ExpiredTokenException", "ExpiredToken"];

/// Far above what any provider of identities hands out.
const MOST_BYTES: u64 = 1 << 20;

/// The role of a web identity.
pub(super) struct WebIdentity {
    setup: Setup,
    /// The session name of those who give none; the same for all refreshes.
    session_name: String,
}

impl WebIdentity {
    pub(super) fn new(setup: &Setup) -> Self {
        WebIdentity { setup: setup.clone(), session_name: sts::default_session_name(setup.clock.now()) }
    }

    fn look_up(&self, setting: &Setting) -> Result<Option<Found<'_>>> {
        let config = &self.setup.config;
        // Who names a profile in code wants that profile.
        if config.profile()?.origin != Origin::Builder
            && let Some(value) = config.environment().non_empty(setting.variable)?
        {
            let place = format!("environment variable {}", setting.variable);
            if value.contains(char::is_control) {
                let problem = "has a line break or another control character in it, which has to go";
                return Err(Error::new(ErrorKind::Credentials, format!("{place} {problem}")));
            }
            return Ok(Some(Found { value, place, source: Features::CREDENTIALS_ENVIRONMENT_WEB_IDENTITY }));
        }
        let Some(profile) = Keys::of(config)? else { return Ok(None) };
        let source = Features::CREDENTIALS_PROFILE_WEB_IDENTITY;
        let found = |value| Found { value: Cow::Borrowed(value), place: profile.place(setting.key), source };
        Ok(profile.text(setting.key)?.map(found))
    }

    fn assume(&self, file: &Found<'_>) -> Result<Credentials> {
        let Found { value: file, place, source } = file;
        let mut source = *source;
        let role = self.look_up(&ROLE)?.ok_or_else(|| {
            let problem = format!("a web identity needs a role: {} or {} in the profile", ROLE.variable, ROLE.key);
            Error::new(ErrorKind::Credentials, format!("{place}: {problem}"))
        })?;
        source |= role.source;
        let role = role.value;
        let session_name = match self.look_up(&SESSION_NAME)? {
            Some(name) => {
                source |= name.source;
                name.value
            }
            None => Cow::Borrowed(&*self.session_name),
        };
        let token = read_token(file).map_err(|error| {
            Error::new(ErrorKind::Credentials, format!("{place}: the token in {file} cannot be read: {error}"))
        })?;
        let params = json!({"RoleArn": role, "RoleSessionName": session_name, "WebIdentityToken": token});
        let credentials = sts::assume_with_web_identity(&self.setup, params).map_err(|error| {
            let is_over = error.service().is_some_and(|service| EXPIRED_CODES.contains(&service.code()));
            let hint = if is_over { "; the token has expired, and who writes that file has to renew it" } else { "" };
            failed(format!("{place}: the role {role} was not assumed with the token in {file}{hint}"), error)
        })?;
        let place = format!("{place}: the role {role}, assumed with the token in {file}");
        Ok(credentials.with_source(source).with_origin(place, sts::RENEWAL))
    }
}

impl Link for WebIdentity {
    fn load(&self) -> Result<Answer> {
        match self.look_up(&FILE)? {
            Some(file) => self.assume(&file).map(Answer::Found),
            None => Ok(Answer::Nothing(format!("neither {} nor {TOKEN_FILE} is set", FILE.variable))),
        }
    }
}

/// The file is read anew each time, as whoever wrote it replaces the token before it expires.
fn read_token(file: &str) -> std::io::Result<String> {
    let invalid = |problem: &str| std::io::Error::new(std::io::ErrorKind::InvalidData, problem);
    let bytes = read_bounded(Path::new(file), MOST_BYTES)?;
    let text = String::from_utf8(bytes).map_err(|_| invalid("it is not UTF-8 text"))?;
    match text.trim() {
        "" => Err(invalid("it is empty")),
        token if token.contains(|next: char| !next.is_ascii_graphic()) => {
            Err(invalid("expected a token of visible ASCII characters, found others in it"))
        }
        token => Ok(token.to_owned()),
    }
}

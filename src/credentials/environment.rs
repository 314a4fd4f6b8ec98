//! Static credentials in environment variables.

use std::borrow::Cow;
use std::time::SystemTime;

use super::Credentials;
use super::check::CredentialsPart;
use super::error::CredentialsError;
use super::provider::{ChainProvider, ChainResult};
use super::setup::Setup;
use crate::codec::timestamp::Timestamp;
use crate::config::{Config, Environment, Origin};
use crate::error::Result;

const ACCESS_KEY_ID: &str = "AWS_ACCESS_KEY_ID";
const SECRET_ACCESS_KEY: &str = "AWS_SECRET_ACCESS_KEY";
/// The first is the older name; it wins, as in botocore.
const SESSION_TOKENS: &[&str] = &["AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN"];
const EXPIRATION: &str = "AWS_CREDENTIAL_EXPIRATION";
const ACCOUNT_ID: &str = "AWS_ACCOUNT_ID";

/// Provides credentials from `AWS_ACCESS_KEY_ID` and related variables; empty variables count as missing.
pub(super) struct EnvironmentVariables {
    config: Config,
    by_name: bool,
}

impl EnvironmentVariables {
    pub(super) fn new(setup: &Setup) -> Self {
        EnvironmentVariables { config: setup.config.clone(), by_name: setup.by_name }
    }
}

impl ChainProvider for EnvironmentVariables {
    fn load(&self) -> Result<ChainResult> {
        let profile = self.config.profile()?;
        // A profile named in code takes precedence over these variables; one named in the environment does not.
        if profile.origin == Origin::Builder && !self.by_name {
            let name = &profile.value;
            return Ok(ChainResult::NotConfigured(format!("skipped because the profile {name:?} was chosen in code")));
        }
        let environment = self.config.environment();
        let Some(access_key_id) = usable(environment, ACCESS_KEY_ID, CredentialsPart::AccessKeyId)? else {
            return Ok(ChainResult::NotConfigured(format!("{ACCESS_KEY_ID} is not set")));
        };
        let secret = usable(environment, SECRET_ACCESS_KEY, CredentialsPart::SecretAccessKey)?
            .ok_or(CredentialsError::IncompleteVariables { set: ACCESS_KEY_ID, missing: SECRET_ACCESS_KEY })?;
        let mut credentials = Credentials::new(access_key_id, secret);
        let mut place = format!("environment variable {ACCESS_KEY_ID}");
        for name in SESSION_TOKENS {
            if let Some(token) = usable(environment, name, CredentialsPart::SessionToken)? {
                credentials = credentials.with_session_token(token);
                place = format!("environment variables {ACCESS_KEY_ID} and {name}");
                break;
            }
        }
        if let Some(account_id) = usable(environment, ACCOUNT_ID, CredentialsPart::AccountId)? {
            credentials = credentials.with_account_id(account_id);
        }
        if let Some(expiry) = expiry(environment)? {
            credentials = credentials.with_expiry(expiry);
        }
        Ok(ChainResult::Found(credentials.with_origin(place, "set new ones, or unset them to use a profile")))
    }
}

/// The value of a variable, if it is set and valid for that part of the credentials. Errors do not quote the value.
fn usable<'e>(environment: &'e Environment, name: &str, part: CredentialsPart) -> Result<Option<Cow<'e, str>>> {
    let value = environment.non_empty(name)?;
    match value.as_deref().and_then(|value| part.flaw(value)) {
        Some(flaw) => Err(CredentialsError::FlawedVariable { name: name.to_owned(), flaw }.into()),
        None => Ok(value),
    }
}

fn expiry(environment: &Environment) -> Result<Option<SystemTime>> {
    let Some(text) = environment.non_empty(EXPIRATION)? else {
        return Ok(None);
    };
    let parsed = Timestamp::parse(&text)
        .and_then(Timestamp::to_system_time)
        .ok_or_else(|| CredentialsError::InvalidExpiry { name: EXPIRATION, found: text.clone().into_owned() })?;
    Ok(Some(parsed))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::config::Overrides;
    use crate::error::ErrorKind;

    fn load(variables: &[(&str, &str)]) -> Result<ChainResult> {
        let keys = [(ACCESS_KEY_ID, "AKID"), (SECRET_ACCESS_KEY, "HUSH")];
        let environment = Environment::from_pairs(keys.iter().chain(variables).copied());
        EnvironmentVariables::new(&Setup::offline(&Config::new(environment, Overrides::default()))).load()
    }

    fn found(variables: &[(&str, &str)]) -> Credentials {
        match load(variables).unwrap() {
            ChainResult::Found(credentials) => credentials,
            ChainResult::NotConfigured(why) => panic!("{why}"),
        }
    }

    #[test]
    fn variables_become_credentials() {
        let credentials = Credentials::new("AKID", "HUSH");
        for (variables, expected) in [
            (&[][..], credentials.clone()),
            (&[("AWS_SESSION_TOKEN", "t")], credentials.clone().with_session_token("t")),
            (
                &[("AWS_SESSION_TOKEN", "t"), ("AWS_SECURITY_TOKEN", "old")],
                credentials.clone().with_session_token("old"),
            ),
            (&[("AWS_SESSION_TOKEN", "t"), ("AWS_SECURITY_TOKEN", "")], credentials.clone().with_session_token("t")),
            (&[("AWS_ACCOUNT_ID", "123")], credentials.clone().with_account_id("123")),
            (
                &[("AWS_CREDENTIAL_EXPIRATION", "1970-01-01T02:00:01+01:00")],
                credentials.clone().with_expiry(UNIX_EPOCH + Duration::from_secs(3601)),
            ),
        ] {
            assert_eq!(found(variables), expected);
        }
    }

    #[test]
    fn incomplete_credentials_are_errors() {
        let error = load(&[(SECRET_ACCESS_KEY, "")]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credentials);
        assert!(error.to_string().contains("AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is not"), "{error}");
        let error = load(&[(EXPIRATION, "tomorrow")]).unwrap_err();
        assert!(error.to_string().contains("AWS_CREDENTIAL_EXPIRATION: expected a time such as"), "{error}");
        assert!(matches!(load(&[(ACCESS_KEY_ID, "")]), Ok(ChainResult::NotConfigured(_))));
    }
}

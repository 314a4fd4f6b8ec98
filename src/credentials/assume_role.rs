//! Roles of profiles: `role_arn` with `source_profile` or `credential_source`.
//!
//! The rules are those of botocore's `credentials.py: AssumeRoleProvider`. A source profile may be a role itself; a profile may
//! name itself as the source if it has static credentials.

use std::sync::Arc;

use once_cell::sync::OnceCell;
use serde_json::{Map, Value};

use super::cache::{CachedCredentials, RefreshWindows};
use super::chain::Chain;
use super::error::SettingProblem;
use super::provider::{ChainProvider, ChainResult};
use super::role_cache::{CachedKind, CachedRole};
use super::section::SectionReader;
use super::setup::Setup;
use super::sts::{self, Role};
use super::{ProvideCredentials, web_identity};
use crate::error::Result;
use crate::features::Features;

const ROLE_ARN: &str = "role_arn";
const SOURCE_PROFILE: &str = "source_profile";
const CREDENTIAL_SOURCE: &str = "credential_source";
const DURATION: &str = "duration_seconds";

/// The values of `credential_source` and the chain provider that each selects.
const SOURCES: &[(&str, &str)] =
    &[("Environment", "env"), ("Ec2InstanceMetadata", "iam-role"), ("EcsContainer", "container-role")];

/// The maximum length of a chain of roles; each role takes a call.
const MAX_ROLES: usize = 32;

/// Provides the credentials of the profile's role.
pub(super) struct AssumeRole {
    setup: Setup,
    role: OnceCell<Role>,
}

impl AssumeRole {
    pub(super) fn new(setup: &Setup) -> Self {
        AssumeRole { setup: setup.clone(), role: OnceCell::new() }
    }
}

impl ChainProvider for AssumeRole {
    fn load(&self) -> Result<ChainResult> {
        let name = &self.setup.config.profile()?.value;
        let Some(profile) = SectionReader::of_profile(&self.setup.config)? else {
            return Ok(ChainResult::NotConfigured(format!("there is no profile {name:?}")));
        };
        if !profile.has(ROLE_ARN) {
            return Ok(ChainResult::NotConfigured(format!("no {ROLE_ARN} in profile {name:?}")));
        }
        if !is_role(profile) {
            return Ok(ChainResult::NotConfigured(format!("the role of profile {name:?} uses a web identity")));
        }
        let role = self.role.get_or_try_init(|| role(&self.setup, profile, &mut vec![name]))?;
        role.provide().map(ChainResult::Found)
    }
}

fn is_role(profile: SectionReader<'_>) -> bool {
    profile.has(ROLE_ARN) && !profile.has(web_identity::TOKEN_FILE)
}

fn has_static_credentials(profile: SectionReader<'_>) -> bool {
    profile.has("aws_access_key_id") || profile.has("aws_secret_access_key")
}

/// The role of a profile. `visited` lists the profiles on the path to it, this one last.
fn role<'a>(setup: &'a Setup, profile: SectionReader<'a>, visited: &mut Vec<&'a str>) -> Result<Role> {
    let role_arn = profile.required(ROLE_ARN, "a role")?;
    let mut params = Map::new();
    params.insert("RoleArn".to_owned(), role_arn.into());
    if let Some(id) = profile.text("external_id")? {
        params.insert("ExternalId".to_owned(), id.into());
    }
    if let Some(seconds) = profile.text(DURATION)? {
        params.insert("DurationSeconds".to_owned(), duration(profile, seconds)?);
    }
    let given_name = profile.text("role_session_name")?;
    if let Some(name) = given_name {
        params.insert("RoleSessionName".to_owned(), name.into());
    }
    let mfa_serial = profile.text("mfa_serial")?.map(str::to_owned);
    // The name is not part of the key if it is made up.
    let mut key = params.clone();
    key.extend(mfa_serial.iter().map(|serial| ("SerialNumber".to_owned(), serial.as_str().into())));
    let cached = CachedRole::of(setup, CachedKind::AssumedRole, Value::Object(key));
    if given_name.is_none() {
        params.insert("RoleSessionName".to_owned(), sts::default_session_name(setup.clock.now()).into());
    }
    Ok(Role {
        what: format!("{}: the role {role_arn}", profile.place(ROLE_ARN)),
        params,
        mfa_serial,
        source: source(setup, profile, visited)?,
        way: match profile.has(SOURCE_PROFILE) {
            // botocore reports a profile whatever the source profile contains.
            true => Features::CREDENTIALS_SOURCE_PROFILE | Features::CREDENTIALS_PROFILE,
            false => Features::CREDENTIALS_NAMED_SOURCE,
        },
        setup: setup.clone(),
        cached,
    })
}

/// Parses `duration_seconds`. botocore ignores an invalid number; here it is an error, like any other invalid setting.
fn duration(profile: SectionReader<'_>, seconds: &str) -> Result<Value> {
    let invalid = |_| profile.error(DURATION, SettingProblem::InvalidDuration(seconds.to_owned()));
    seconds.parse::<u32>().map(Value::from).map_err(invalid)
}

/// The credentials that assume the role.
fn source<'a>(
    setup: &'a Setup,
    profile: SectionReader<'a>,
    visited: &mut Vec<&'a str>,
) -> Result<Arc<CachedCredentials>> {
    let provider: Arc<dyn ProvideCredentials> = match (profile.text(SOURCE_PROFILE)?, profile.text(CREDENTIAL_SOURCE)?)
    {
        (Some(name), None) => from_profile(setup, profile, name, visited)?,
        (None, Some(name)) => Arc::new(from_named_source(setup, profile, name)?),
        (Some(_), Some(_)) => return Err(profile.error(SOURCE_PROFILE, SettingProblem::TwoSources)),
        (None, None) => return Err(profile.error(ROLE_ARN, SettingProblem::NoSource)),
    };
    Ok(Arc::new(CachedCredentials::new(provider, Arc::clone(&setup.clock), RefreshWindows::default())))
}

fn from_profile<'a>(
    setup: &'a Setup,
    parent: SectionReader<'a>,
    name: &'a str,
    visited: &mut Vec<&'a str>,
) -> Result<Arc<dyn ProvideCredentials>> {
    let files = setup.config.files()?;
    let place = parent.place(SOURCE_PROFILE);
    let profile = files
        .profile(name)
        .map(SectionReader::Profile)
        .ok_or_else(|| files.no_such_profile(name, &format_args!("{SOURCE_PROFILE} at {place}")))?;
    let is_itself = name == parent.name();
    if visited.contains(&name) && !(is_itself && has_static_credentials(profile)) {
        visited.push(name);
        return Err(parent.error(SOURCE_PROFILE, SettingProblem::Loop(visited.join(" -> "))));
    }
    visited.push(name);
    if visited.len() > MAX_ROLES {
        return Err(parent.error(SOURCE_PROFILE, SettingProblem::TooManyRoles(MAX_ROLES)));
    }
    if is_role(profile) && !has_static_credentials(profile) {
        return Ok(Arc::new(role(setup, profile, visited)?));
    }
    Ok(Arc::new(Chain::for_profile(&setup.with_profile(name))))
}

fn from_named_source(setup: &Setup, profile: SectionReader<'_>, source: &str) -> Result<Chain> {
    let setup = Setup { by_name: true, ..setup.clone() };
    let provider = SOURCES.iter().find(|(name, _)| *name == source);
    provider.and_then(|(_, provider)| Chain::only(provider, &setup)).ok_or_else(|| {
        let expected = SOURCES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
        profile.error(CREDENTIAL_SOURCE, SettingProblem::UnknownSource { expected, found: source.to_owned() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Environment, Overrides};

    #[test]
    fn every_credential_source_is_in_the_chain() {
        let config = Config::new(Environment::from_pairs([("", ""); 0]), Overrides::default());
        for (name, provider) in SOURCES {
            assert!(Chain::only(provider, &Setup::offline(&config)).is_some(), "{name}");
        }
    }
}

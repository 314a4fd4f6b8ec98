//! The order in which credentials are looked for when none are given in code: a new provider is a new row.
//!
//! Names and order are those of botocore's `credentials.py: create_credential_resolver`.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::assume_role::AssumeRole;
use super::container::Container;
use super::environment::EnvironmentVariables;
use super::imds::InstanceMetadata;
use super::legacy_files::{BotoConfig, Ec2CredentialsFile};
use super::login::Login;
use super::process::Process;
use super::setup::Setup;
use super::shared_file::SharedFile;
use super::sso::Sso;
use super::web_identity::WebIdentity;
use super::{Credentials, ProvideCredentials};
use crate::config::{Config, Origin};
use crate::error::{Error, ErrorKind, Result};
use crate::features::Features;
use crate::features::Features as F;

/// A provider's place in the chain: its name and how it is made from the settings of the session.
struct Row {
    name: &'static str,
    /// Whether it is asked for the credentials of a source profile too.
    of_profiles: bool,
    /// What the `User-Agent` header tells of credentials that come from it; some providers know more than that.
    source: Features,
    make: fn(&Setup) -> Box<dyn Link>,
}

#[rustfmt::skip]
const CHAIN: &[Row] = &[
    Row { name: "env", of_profiles: false, source: F::CREDENTIALS_ENVIRONMENT, make: |setup| Box::new(EnvironmentVariables::new(setup)) },
    Row { name: "assume-role", of_profiles: false, source: F::NONE, make: |setup| Box::new(AssumeRole::new(setup)) },
    Row { name: "assume-role-with-web-identity", of_profiles: true, source: F::CREDENTIALS_WEB_IDENTITY, make: |setup| Box::new(WebIdentity::new(setup)) },
    Row { name: "sso", of_profiles: true, source: F::NONE, make: |setup| Box::new(Sso::new(setup)) },
    Row { name: "shared-credentials-file", of_profiles: true, source: F::CREDENTIALS_PROFILE, make: |setup| Box::new(SharedFile::credentials(&setup.config)) },
    Row { name: "login", of_profiles: true, source: F::CREDENTIALS_PROFILE_LOGIN.and(F::CREDENTIALS_LOGIN), make: |setup| Box::new(Login::new(setup)) },
    Row { name: "custom-process", of_profiles: true, source: F::CREDENTIALS_PROFILE_PROCESS.and(F::CREDENTIALS_PROCESS), make: |setup| Box::new(Process::new(setup)) },
    Row { name: "config-file", of_profiles: true, source: F::CREDENTIALS_PROFILE, make: |setup| Box::new(SharedFile::config(&setup.config)) },
    Row { name: "ec2-credentials-file", of_profiles: false, source: F::NONE, make: |setup| Box::new(Ec2CredentialsFile::new(setup)) },
    Row { name: "boto-config", of_profiles: false, source: F::CREDENTIALS_BOTO_CONFIG, make: |setup| Box::new(BotoConfig::new(setup)) },
    Row { name: "container-role", of_profiles: false, source: F::CREDENTIALS_HTTP, make: |setup| Box::new(Container::new(setup)) },
    Row { name: "iam-role", of_profiles: false, source: F::CREDENTIALS_IMDS, make: |setup| Box::new(InstanceMetadata::new(setup)) },
];

/// A provider of the chain. Unlike others it may have nothing to give without that being an error.
pub(super) trait Link: Send + Sync {
    fn load(&self) -> Result<Answer>;
}

/// What a provider of the chain says.
#[derive(Debug)]
pub(super) enum Answer {
    Found(Credentials),
    /// It is not set up, and this is why; the next one is asked. The text holds nothing secret.
    Nothing(String),
}

/// All providers of the table. The one that gave the credentials is the one asked for new ones.
pub(crate) struct Chain {
    config: Config,
    links: Vec<(&'static str, Features, Box<dyn Link>)>,
    /// The index of the link that gave credentials; `usize::MAX` before one did.
    chosen: AtomicUsize,
    /// Only the profile is looked into, as the source of a role.
    is_source: bool,
}

impl Chain {
    /// The chain of a session. Nothing is looked up yet.
    pub(crate) fn new(setup: &Setup) -> Self {
        Chain::of(CHAIN.iter(), setup)
    }

    /// The providers that look into one profile, which is that of the setup and is no role.
    pub(super) fn of_profile(setup: &Setup) -> Self {
        Chain { is_source: true, ..Chain::of(CHAIN.iter().filter(|row| row.of_profiles), setup) }
    }

    /// The provider of that name alone, if there is one.
    pub(super) fn only(name: &str, setup: &Setup) -> Option<Self> {
        let row = CHAIN.iter().find(|row| row.name == name)?;
        Some(Chain::of([row], setup))
    }

    fn of<'a>(rows: impl IntoIterator<Item = &'a Row>, setup: &Setup) -> Self {
        let links = rows.into_iter().map(|row| (row.name, row.source, (row.make)(setup))).collect();
        Chain { config: setup.config.clone(), links, chosen: AtomicUsize::new(usize::MAX), is_source: false }
    }

    /// Says what to do in the first place. What each provider said is a detail, unless there is only one.
    fn nothing_found(&self, said: &[String]) -> Error {
        let said = said.join(", ");
        if self.links.len() == 1 || self.chosen.load(Ordering::Acquire) != usize::MAX {
            return Error::new(ErrorKind::Credentials, format!("no AWS credentials found: {said}"));
        }
        let sign_in = "`aws configure`, `aws sso login` or `aws login`";
        let message = match self.config.profile() {
            Ok(profile) if profile.origin != Origin::Default => {
                let other = if self.is_source { "" } else { ", or choose another profile" };
                format!(
                    "no AWS credentials found in the profile {:?}: add aws_access_key_id and aws_secret_access_key to it, \
                     run {sign_in} for it{other}",
                    profile.value
                )
            }
            _ => format!(
                "no AWS credentials found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, choose a profile that has some \
                 with AWS_PROFILE, or run {sign_in}"
            ),
        };
        let detail = Error::new(ErrorKind::Credentials, format!("tried {said}"));
        Error::new(ErrorKind::Credentials, message).with_detail(detail)
    }
}

impl ProvideCredentials for Chain {
    fn provide(&self) -> Result<Credentials> {
        let chosen = self.chosen.load(Ordering::Acquire);
        let mut said = Vec::new();
        for (index, (name, source, link)) in self.links.iter().enumerate() {
            if chosen != usize::MAX && chosen != index {
                continue;
            }
            match link.load()? {
                Answer::Found(credentials) => {
                    self.chosen.store(index, Ordering::Release);
                    return Ok(credentials.with_source(*source));
                }
                Answer::Nothing(why) => {
                    tracing::debug!(provider = name, why, "no credentials");
                    said.push(format!("{name} ({why})"));
                }
            }
        }
        Err(self.nothing_found(&said))
    }

    fn name(&self) -> &str {
        self.links.get(self.chosen.load(Ordering::Acquire)).map_or("chain", |(name, ..)| name)
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.links.iter().map(|(name, ..)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Environment, Overrides};

    fn setup(variables: &[(&str, &str)]) -> Setup {
        let none = [("BOTO_CONFIG", "/nowhere")].iter().chain(variables).copied();
        Setup::offline(&Config::new(Environment::from_pairs(none), Overrides::default()))
    }

    #[test]
    fn the_error_tells_what_to_do_and_its_source_what_was_tried() {
        let error = Chain::new(&setup(&[("AWS_SECRET_ACCESS_KEY", "HUSH")])).provide().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credentials);
        let nowhere = "no profile \"default\" in a file in the home directory (which is not known)";
        let line = "no AWS credentials found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, choose a profile that has some with \
                    AWS_PROFILE, or run `aws configure`, `aws sso login` or `aws login`";
        assert_eq!(error.to_string(), line);
        assert_eq!(
            std::error::Error::source(&error).unwrap().to_string(),
            format!(
                "tried env (AWS_ACCESS_KEY_ID is not set), \
                 assume-role (there is no profile \"default\"), \
                 assume-role-with-web-identity (neither AWS_WEB_IDENTITY_TOKEN_FILE nor web_identity_token_file is set), \
                 sso (there is no profile \"default\"), shared-credentials-file ({nowhere}), \
                 login (no login_session in profile \"default\"), \
                 custom-process (no credential_process in profile \"default\"), config-file ({nowhere}), \
                 ec2-credentials-file (AWS_CREDENTIAL_FILE is not set), \
                 boto-config (no aws_access_key_id in the section [Credentials] of /nowhere), \
                 container-role (neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor AWS_CONTAINER_CREDENTIALS_FULL_URI is set), \
                 iam-role (no answer from the metadata service at http://169.254.169.254: could not connect: offline)"
            )
        );
    }

    #[test]
    fn the_name_is_that_of_who_gave_credentials() {
        let keys = [("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "HUSH"), ("AWS_PROFILE", "default")];
        let chain = Chain::new(&setup(&keys));
        assert_eq!(chain.name(), "chain");
        assert_eq!(chain.provide().unwrap().access_key_id(), "AKID");
        assert_eq!(chain.name(), "env");
    }

    #[test]
    fn who_gave_credentials_is_asked_again_and_nobody_else() {
        struct Counted(AtomicUsize, fn(usize) -> Option<&'static str>);
        impl Link for Counted {
            fn load(&self) -> Result<Answer> {
                let key = (self.1)(self.0.fetch_add(1, Ordering::SeqCst));
                Ok(key.map_or(Answer::Nothing("empty".to_owned()), |key| Answer::Found(Credentials::new(key, "s"))))
            }
        }
        let link =
            |name, answer| (name, Features::NONE, Box::new(Counted(AtomicUsize::new(0), answer)) as Box<dyn Link>);
        let links = vec![
            link("first", |times| (times > 0).then_some("first")),
            link("second", |times| (times < 2).then_some("second")),
            link("third", |_| Some("third")),
        ];
        let config = setup(&[]).config;
        let chain = Chain { config, links, chosen: AtomicUsize::new(usize::MAX), is_source: false };
        assert_eq!(chain.provide().unwrap().access_key_id(), "second");
        assert_eq!(chain.provide().unwrap().access_key_id(), "second");
        assert_eq!(chain.provide().unwrap_err().to_string(), "no AWS credentials found: second (empty)");
    }
}

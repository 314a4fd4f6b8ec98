//! The default provider chain: the order of the providers if code sets no credentials. A new provider is a new row.
//!
//! Names and order are those of botocore's `credentials.py: create_credential_resolver`.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::assume_role::AssumeRole;
use super::container::Container;
use super::environment::EnvironmentVariables;
use super::error::CredentialsError;
use super::imds::InstanceMetadata;
use super::legacy_files::{BotoConfig, Ec2CredentialsFile};
use super::login::Login;
use super::process::Process;
use super::provider::{ChainProvider, ChainResult};
use super::setup::Setup;
use super::shared_file::SharedFile;
use super::sso::Sso;
use super::web_identity::WebIdentity;
use super::{Credentials, ProvideCredentials};
use crate::config::{Config, Origin};
use crate::error::{Error, Result};
use crate::features::Features;
use crate::features::Features as F;

/// A provider's row in the chain: its name and its constructor.
struct Row {
    name: &'static str,
    /// Whether it also provides the credentials of a source profile.
    for_profiles: bool,
    /// The features that the `User-Agent` header reports for its credentials; some providers add their own.
    source: Features,
    create: fn(&Setup) -> Box<dyn ChainProvider>,
}

#[rustfmt::skip]
const CHAIN: &[Row] = &[
    Row { name: "env", for_profiles: false, source: F::CREDENTIALS_ENVIRONMENT, create: |setup| Box::new(EnvironmentVariables::new(setup)) },
    Row { name: "assume-role", for_profiles: false, source: F::NONE, create: |setup| Box::new(AssumeRole::new(setup)) },
    Row { name: "assume-role-with-web-identity", for_profiles: true, source: F::CREDENTIALS_WEB_IDENTITY, create: |setup| Box::new(WebIdentity::new(setup)) },
    Row { name: "sso", for_profiles: true, source: F::NONE, create: |setup| Box::new(Sso::new(setup)) },
    Row { name: "shared-credentials-file", for_profiles: true, source: F::CREDENTIALS_PROFILE, create: |setup| Box::new(SharedFile::credentials(&setup.config)) },
    Row { name: "login", for_profiles: true, source: F::CREDENTIALS_PROFILE_LOGIN.and(F::CREDENTIALS_LOGIN), create: |setup| Box::new(Login::new(setup)) },
    Row { name: "custom-process", for_profiles: true, source: F::CREDENTIALS_PROFILE_PROCESS.and(F::CREDENTIALS_PROCESS), create: |setup| Box::new(Process::new(setup)) },
    Row { name: "config-file", for_profiles: true, source: F::CREDENTIALS_PROFILE, create: |setup| Box::new(SharedFile::config(&setup.config)) },
    Row { name: "ec2-credentials-file", for_profiles: false, source: F::NONE, create: |setup| Box::new(Ec2CredentialsFile::new(setup)) },
    Row { name: "boto-config", for_profiles: false, source: F::CREDENTIALS_BOTO_CONFIG, create: |setup| Box::new(BotoConfig::new(setup)) },
    Row { name: "container-role", for_profiles: false, source: F::CREDENTIALS_HTTP, create: |setup| Box::new(Container::new(setup)) },
    Row { name: "iam-role", for_profiles: false, source: F::CREDENTIALS_IMDS, create: |setup| Box::new(InstanceMetadata::new(setup)) },
];

/// Providers in order. The first one that provides credentials is also the one that renews them.
pub(crate) struct Chain {
    config: Config,
    providers: Vec<(&'static str, Features, Box<dyn ChainProvider>)>,
    /// The index of the provider that provided credentials; `usize::MAX` before one did.
    chosen: AtomicUsize,
    /// The chain is limited to one profile, the source of a role.
    is_source: bool,
}

impl Chain {
    /// The chain of a session. Looks nothing up yet.
    pub(crate) fn new(setup: &Setup) -> Self {
        Chain::of(CHAIN.iter(), setup)
    }

    /// The providers of the setup's profile, which is not a role.
    pub(super) fn for_profile(setup: &Setup) -> Self {
        Chain { is_source: true, ..Chain::of(CHAIN.iter().filter(|row| row.for_profiles), setup) }
    }

    /// A chain of one provider, by its name; `None` for an unknown name.
    pub(super) fn only(name: &str, setup: &Setup) -> Option<Self> {
        let row = CHAIN.iter().find(|row| row.name == name)?;
        Some(Chain::of([row], setup))
    }

    fn of<'a>(rows: impl IntoIterator<Item = &'a Row>, setup: &Setup) -> Self {
        let providers = rows.into_iter().map(|row| (row.name, row.source, (row.create)(setup))).collect();
        Chain { config: setup.config.clone(), providers, chosen: AtomicUsize::new(usize::MAX), is_source: false }
    }

    /// The error if no provider has credentials. It says what to do; the reasons of the providers are a detail unless there is
    /// only one provider.
    fn nothing_found(&self, reasons: &[String]) -> Error {
        let reasons = reasons.join(", ");
        if self.providers.len() == 1 || self.chosen.load(Ordering::Acquire) != usize::MAX {
            return CredentialsError::NoneFromOneProvider(reasons).into();
        }
        let error = match self.config.profile() {
            Ok(profile) if profile.origin != Origin::Default => {
                CredentialsError::NoneInProfile { profile: profile.value.clone(), is_source: self.is_source }
            }
            _ => CredentialsError::NoneFound,
        };
        Error::from(error).with_detail(CredentialsError::Tried(reasons).into())
    }
}

impl ProvideCredentials for Chain {
    fn provide(&self) -> Result<Credentials> {
        let chosen = self.chosen.load(Ordering::Acquire);
        let mut reasons = Vec::new();
        for (index, (name, source, provider)) in self.providers.iter().enumerate() {
            if chosen != usize::MAX && chosen != index {
                continue;
            }
            match provider.load()? {
                ChainResult::Found(credentials) => {
                    self.chosen.store(index, Ordering::Release);
                    return Ok(credentials.with_source(*source));
                }
                ChainResult::NotConfigured(reason) => {
                    tracing::debug!(provider = name, reason, "no credentials");
                    reasons.push(format!("{name} ({reason})"));
                }
            }
        }
        Err(self.nothing_found(&reasons))
    }

    fn name(&self) -> &str {
        self.providers.get(self.chosen.load(Ordering::Acquire)).map_or("chain", |(name, ..)| name)
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.providers.iter().map(|(name, ..)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Environment, Overrides};
    use crate::error::ErrorKind;

    fn setup(variables: &[(&str, &str)]) -> Setup {
        let none = [("BOTO_CONFIG", "/nowhere")].iter().chain(variables).copied();
        Setup::offline(&Config::new(Environment::from_pairs(none), Overrides::default()))
    }

    #[test]
    fn the_error_says_what_to_do_and_its_source_lists_the_providers() {
        let error = Chain::new(&setup(&[("AWS_SECRET_ACCESS_KEY", "HUSH")])).provide().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credentials);
        let nowhere = "no profile \"default\" in a file in the home directory (which is unknown)";
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
                 iam-role (no response from the metadata service at http://169.254.169.254: could not connect: offline)"
            )
        );
    }

    #[test]
    fn the_name_is_that_of_the_chosen_provider() {
        let keys = [("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "HUSH"), ("AWS_PROFILE", "default")];
        let chain = Chain::new(&setup(&keys));
        assert_eq!(chain.name(), "chain");
        assert_eq!(chain.provide().unwrap().access_key_id(), "AKID");
        assert_eq!(chain.name(), "env");
    }

    #[test]
    fn only_the_chosen_provider_renews_credentials() {
        struct Counted(AtomicUsize, fn(usize) -> Option<&'static str>);
        impl ChainProvider for Counted {
            fn load(&self) -> Result<ChainResult> {
                let key = (self.1)(self.0.fetch_add(1, Ordering::SeqCst));
                Ok(key.map_or(ChainResult::NotConfigured("empty".to_owned()), |key| {
                    ChainResult::Found(Credentials::new(key, "s"))
                }))
            }
        }
        let provider = |name, result| {
            (name, Features::NONE, Box::new(Counted(AtomicUsize::new(0), result)) as Box<dyn ChainProvider>)
        };
        let providers = vec![
            provider("first", |times| (times > 0).then_some("first")),
            provider("second", |times| (times < 2).then_some("second")),
            provider("third", |_| Some("third")),
        ];
        let config = setup(&[]).config;
        let chain = Chain { config, providers, chosen: AtomicUsize::new(usize::MAX), is_source: false };
        assert_eq!(chain.provide().unwrap().access_key_id(), "second");
        assert_eq!(chain.provide().unwrap().access_key_id(), "second");
        assert_eq!(chain.provide().unwrap_err().to_string(), "no AWS credentials found: second (empty)");
    }
}

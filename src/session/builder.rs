//! [`SessionBuilder`].

use std::fmt;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use once_cell::sync::OnceCell;
use serde_json::Value;

use super::Session;
use super::services::ProviderClients;
use super::setters::{code_setters, default_doc, source_doc, table_setter, table_setters};
use super::state::{CodeSettings, Models, SessionCore, SessionCredentials, TransportWrap};
use super::transport::LazyTransport;
use crate::body::Body;
use crate::clock::{Clock, SystemClock};
use crate::config::{
    AccountIdEndpointMode, AddressingStyle, ChecksumMode, Config, DefaultsMode, EndpointDiscovery, Environment,
    Overrides, RetryMode, with_settings,
};
use crate::credentials::cache::{CachedCredentials, RefreshWindows};
use crate::credentials::chain::Chain;
use crate::credentials::setup::{MfaPrompt, Setup};
use crate::credentials::token::BearerTokens;
use crate::credentials::{Credentials, ProvideCredentials};
use crate::error::{Error, Result};
use crate::hooks::Attempt;
use crate::model::loader::FileType;
use crate::model::validate::Validation;
use crate::plan::TimestampStyle;
use crate::transport::Transport;

/// Builder for a [`Session`]; created by [`Session::builder`].
#[derive(Clone, Default)]
#[must_use = "nothing happens before `build`"]
pub struct SessionBuilder {
    environment: Environment,
    overrides: Overrides,
    settings: CodeSettings,
    credentials: Option<Arc<dyn ProvideCredentials>>,
    mfa_prompt: Option<Arc<MfaPrompt>>,
    credential_cache: Option<Arc<Path>>,
    models: Models,
    transport: Option<Arc<dyn Transport>>,
    tells_calls: bool,
    wrap: Option<Arc<TransportWrap>>,
    clock: Option<Arc<dyn Clock>>,
}

impl SessionBuilder {
    with_settings! { table_setters! builders: }
    with_settings! { table_setters! session: }
    code_setters!();

    /// Sets credentials or a credential provider, instead of the default chain.
    pub fn credentials(mut self, provider: impl ProvideCredentials + 'static) -> Self {
        self.credentials = Some(Arc::new(provider));
        self
    }

    /// Sets the closure that asks the user for an MFA code, for roles with an MFA device (`mfa_serial`). It gets the
    /// device's serial number, and is called each time the role's credentials are renewed.
    ///
    /// ```
    /// use std::io::{BufRead, stdin};
    /// let session = tucuxi::Session::builder()
    ///     .mfa_prompt(|serial| {
    ///         eprint!("MFA code of {serial}: ");
    ///         stdin().lock().lines().next().unwrap_or_else(|| Ok(String::new()))
    ///     })
    ///     .build()?;
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    pub fn mfa_prompt(mut self, prompt: impl Fn(&str) -> std::io::Result<String> + Send + Sync + 'static) -> Self {
        self.mfa_prompt = Some(Arc::new(prompt));
        self
    }

    /// Sets the folder of a cache of the credentials of the profile's roles: assumed roles, also with a web identity, and roles of
    /// IAM Identity Center. Without it, each session assumes its roles.
    ///
    /// The files are those of the AWS CLI, whose folder is `~/.aws/cli/cache`: programs that use the same folder share the
    /// credentials until 15 minutes before they expire, and an MFA code is asked for once. Only the owner can read the files. One that
    /// is broken is written again.
    ///
    /// ```
    /// # let folder = std::env::temp_dir();
    /// let session = tucuxi::Session::builder().credential_cache(folder).build()?;
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    pub fn credential_cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.credential_cache = Some(folder.into().into());
        self
    }

    /// Sets the environment variables and home directory, instead of the process's own.
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// Adds a folder of models in botocore's layout, `FOLDER/SERVICE/API-VERSION/service-2.json`, or of Smithy models, also in the
    /// layout in which AWS publishes them; searched before
    /// `AWS_DATA_PATH`, `~/.aws/models` and the bundled models. Can be used several times.
    pub fn model_path(mut self, folder: impl Into<PathBuf>) -> Self {
        self.models.folders.push(folder.into());
        self
    }

    /// Adds a service model, searched before all folders: the content of a `service-2.json`, or a model in Smithy's JSON AST, which
    /// also has the rule set, the paginators and the waiters.
    pub fn model(self, service: impl Into<String>, model: impl Into<Value>) -> Self {
        self.add_model(service, FileType::Service, model)
    }

    /// Adds the endpoint rule set of a service (the content of an `endpoint-rule-set-1.json`).
    pub fn endpoint_rule_set(self, service: impl Into<String>, rules: impl Into<Value>) -> Self {
        self.add_model(service, FileType::EndpointRuleSet, rules)
    }

    /// Adds the paginators of a service (the content of a `paginators-1.json`).
    pub fn paginators(self, service: impl Into<String>, paginators: impl Into<Value>) -> Self {
        self.add_model(service, FileType::Paginators, paginators)
    }

    /// Adds the waiters of a service (the content of a `waiters-2.json`).
    pub fn waiters(self, service: impl Into<String>, waiters: impl Into<Value>) -> Self {
        self.add_model(service, FileType::Waiters, waiters)
    }

    /// Adds the definitions of a service's [resources](crate::Resource) (the content of a `resources-1.json`);
    /// [`Session::resource`] has an example.
    pub fn resources(self, service: impl Into<String>, resources: impl Into<Value>) -> Self {
        self.add_model(service, FileType::Resources, resources)
    }

    fn add_model(mut self, service: impl Into<String>, file: FileType, document: impl Into<Value>) -> Self {
        self.models.given.push((service.into(), file, document.into().to_string()));
        self
    }

    /// Sets the transport that sends requests, instead of the crate's own HTTP client: for tests, offline use, other
    /// networks.
    ///
    /// It also sends requests to the metadata services of containers and virtual machines, which carry tokens and
    /// return credentials. The crate's own client never sends these through a proxy.
    ///
    /// Sessions of a process that have equal connection settings share the connections of the crate's own client, and the
    /// limit of idle ones. A session that is given an [`HttpTransport`](crate::HttpTransport) has connections of its own.
    pub fn transport(mut self, transport: impl Transport + 'static) -> Self {
        self.transport = Some(Arc::new(transport));
        self.tells_calls = self.wrap.is_some();
        self
    }

    /// Sets what wraps the transports of clients, and is told the call of each request.
    pub(crate) fn wrap_transport(mut self, wrap: Arc<TransportWrap>) -> Self {
        (self.wrap, self.tells_calls) = (Some(wrap), true);
        self
    }

    /// Sets a test double, which is told the call of each request. What a session cannot do without gets a value that tells
    /// nothing, unless code sets one: credentials, a region, a clock that does not wait. The environment of the process and its
    /// files do not count.
    pub(crate) fn test_double(mut self, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        (self.transport, self.tells_calls) = (Some(transport), true);
        self.clock.get_or_insert(clock);
        self.credentials.get_or_insert_with(|| Arc::new(Credentials::new("AKIASTUBBEDSESSION00", "stubbed")));
        if self.environment.is_process() {
            self.environment = Environment::from_pairs([("", ""); 0]);
        }
        let config = Config::new(self.environment.clone(), self.overrides.clone());
        if matches!(config.client_region(), Ok(None)) {
            self.overrides.region = Some("us-east-1".to_owned());
        }
        self
    }

    /// Sets the clock, instead of the machine's.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Builds the session.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) for a profile that does not exist, a file that cannot be read, or
    /// a maximum of zero attempts.
    pub fn build(self) -> Result<Session> {
        let gives_attempts = self.overrides.max_attempts.is_some();
        let session = self.assemble();
        if gives_attempts {
            session.0.config.max_attempts()?;
        }
        session.0.config.profile_section()?;
        Ok(session)
    }

    /// Builds the session without reading files; the first client returns their errors.
    pub(super) fn assemble(self) -> Session {
        let config = Config::new(self.environment, self.overrides);
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock));
        let (own_transport, given_transport) = (self.transport.is_some(), self.transport.clone());
        // Invalid settings are reported by `client`, which reads them again.
        let transport = self.transport.unwrap_or_else(|| Arc::new(LazyTransport::new(&config)));
        let core = Arc::new(SessionCore {
            config: config.clone(),
            models: self.models,
            sources: OnceCell::new(),
            transport,
            own_transport,
            tells_calls: self.tells_calls,
            wrap: self.wrap,
            clock: Arc::clone(&clock),
            defaults: self.settings,
            first_region: OnceCell::new(),
            machine_region: OnceCell::new(),
        });
        let services = Arc::new(ProviderClients::new(&core));
        let setup = Setup {
            config,
            clock,
            services,
            transport: given_transport,
            mfa_prompt: self.mfa_prompt,
            credential_cache: self.credential_cache,
            by_name: false,
        };
        let given_in_code = self.credentials.is_some();
        let provider = self.credentials.unwrap_or_else(|| Arc::new(Chain::new(&setup)));
        let credentials = CachedCredentials::new(provider, Arc::clone(&setup.clock), RefreshWindows::default());
        let tokens = Arc::new(BearerTokens::new(&setup));
        Session(core, Arc::new(SessionCredentials { credentials: Arc::new(credentials), tokens, given_in_code, setup }))
    }
}

impl fmt::Debug for SessionBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionBuilder").field("overrides", &self.overrides).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn zero_attempts_are_an_error_of_build() {
        let session = Session::builder().environment(Environment::from_pairs([("AWS_REGION", "eu-west-1")]));
        let of_session = session.clone().max_attempts(0).build().unwrap_err();
        let of_client = session.build().unwrap().client_builder("sqs").max_attempts(0).build().unwrap_err();
        for error in [of_session, of_client] {
            assert_eq!(error.kind(), ErrorKind::Config);
            assert_eq!(error.to_string(), "max_attempts from the builder: expected a whole number from 1");
        }
    }
}

//! [`ClientBuilder`]: creates a client from settings and models.

use std::fmt;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use once_cell::sync::OnceCell;
use serde_json::Value;

use super::setters::{code_setters, default_doc, source_doc, table_setter, table_setters};
use super::state::{CodeSettings, SessionCore, SessionCredentials};
use super::target::ClientTarget;
use super::transport::LazyTransport;
use crate::body::Body;
use crate::checksum;
use crate::client::Client;
use crate::clock::Clock;
use crate::config::{
    AccountIdEndpointMode, AddressingStyle, ChecksumMode, Config, DefaultsMode, EndpointDiscovery, Overrides,
    RetryMode, with_settings,
};
use crate::credentials::cache::{CachedCredentials, RefreshWindows};
use crate::credentials::{Credentials, ProvideCredentials, token};
use crate::error::{Error, ErrorKind, Result};
use crate::features::Features;
use crate::hooks::Attempt;
use crate::model::loader::FileType;
use crate::model::service::ServiceModel;
use crate::model::validate::Validation;
use crate::plan::TimestampStyle;
use crate::resource::Resource;
use crate::retry::Retries;
use crate::runtime::{Memory, Outside, Runtime};
use crate::transport::Transport;
use crate::user_agent::UserAgent;

/// The signature version of unsigned requests.
const UNSIGNED: &str = "unsigned";

/// Builder for a [`Client`] that overrides settings of its session; created by
/// [`Session::client_builder`](crate::Session::client_builder).
#[derive(Clone)]
#[must_use = "nothing happens before `build`"]
pub struct ClientBuilder {
    core: Arc<SessionCore>,
    /// `None` for clients of credential providers, which get their credentials from the provider.
    identity: Option<Arc<SessionCredentials>>,
    service: String,
    api_version: Option<String>,
    overrides: Overrides,
    pub(super) settings: CodeSettings,
    credentials: Option<Arc<dyn ProvideCredentials>>,
}

impl ClientBuilder {
    pub(super) fn new(core: &Arc<SessionCore>, identity: Option<&Arc<SessionCredentials>>, service: &str) -> Self {
        ClientBuilder {
            core: Arc::clone(core),
            identity: identity.cloned(),
            service: service.to_owned(),
            api_version: None,
            overrides: Overrides::default(),
            settings: core.defaults.clone(),
            credentials: None,
        }
    }

    with_settings! { table_setters! builders: }
    code_setters!();

    /// Sets the API version of the model, `2012-11-05`; the newest by default.
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.api_version = Some(version.into());
        self
    }

    /// Sets credentials or a credential provider, instead of the session's.
    pub fn credentials(mut self, provider: impl ProvideCredentials + 'static) -> Self {
        self.credentials = Some(Arc::new(provider));
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    /// As for [`Session::client`](crate::Session::client).
    pub fn build(self) -> Result<Client> {
        let config = self.core.config.with(self.overrides.clone());
        let version = self.api_version.as_deref();
        let target = ClientTarget::find(&self.core, config, &self.service, version, &self.settings)?;
        if self.identity.is_some()
            && let Some(region) = target.config.region()?
        {
            self.core.first_region.get_or_init(|| region.value.clone());
        }
        Ok(Client::new(self.into_runtime(target)?))
    }

    /// Builds the [resource](Resource) of the service. Without an [`api_version`](Self::api_version) its client has that of the newest
    /// definitions of resources; `Resource` is in its user agent unless the settings have an extra of their own.
    ///
    /// ```
    /// # let session = tucuxi::Session::builder().region("us-east-1").build()?;
    /// let s3 = session.client_builder("s3").endpoint_url("http://localhost:9000").build_resource()?;
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Session::resource`](crate::Session::resource).
    pub fn build_resource(mut self) -> Result<Resource> {
        if self.api_version.is_none() {
            let name = self.core.service_name(&self.service)?;
            let definitions = self.core.sources()?.find(&name, None, FileType::Resources)?;
            // Those without a version fit every model.
            self.api_version = definitions.map(|found| found.version).filter(|version| !version.is_empty());
        }
        if self.core.config.with(self.overrides.clone()).user_agent_extra()?.is_none() {
            self = self.user_agent_extra("Resource");
        }
        Resource::new(&self.build()?)
    }

    fn into_runtime(self, target: ClientTarget) -> Result<Runtime> {
        let (credentials, transport) = (self.client_credentials(), self.client_transport(&target.config));
        let user_agent_features = self.features(&target)?;
        let ClientBuilder { core, identity, settings, .. } = self;
        let ClientTarget { config, service, region, custom_endpoint, is_aws, rules } = target;
        let validation = validation(&settings, &config)?;
        let version = signature_version(&config, &service.model)?;
        let checksums = checksum::Policy::new(&config, is_aws)?;
        Ok(Runtime {
            user_agent: UserAgent::new(&config, user_agent_features | checksums.features())?,
            outside: Outside {
                clock: Arc::clone(&core.clock),
                transport,
                tells_calls: core.tells_calls,
                credentials,
                token: token::from_environment(config.environment(), service.model.signing_name())?,
                tokens: identity.map(|identity| Arc::clone(&identity.tokens)),
            },
            unsigned: settings.unsigned || version.as_deref() == Some(UNSIGNED),
            account_id_mode: config.account_id_endpoint_mode()?.value,
            auth_scheme_preference: auth_scheme_preference(&config, version)?,
            region_set: config.sigv4a_signing_region_set()?.map(|set| set.value.clone()),
            propagates_trace: config.environment().get("AWS_LAMBDA_FUNCTION_NAME")?.is_some(),
            injects_host_prefix: !config.disable_host_prefix_injection()?.value,
            connect_timeout: core.connect_limit(&config)?,
            read_timeout: config.read_limit()?,
            endpoint_discovery: endpoint_discovery(&config)?,
            max_attempts: config.max_attempts()?.map(|count| count.value),
            deadline: settings.deadline,
            spool_limit: config.spool_limit()?.value,
            attempt_timeout: settings.attempt_timeout,
            retries: retries(&config, &*core.clock)?,
            hooks: settings.hooks,
            memory: Memory::default(),
            default_endpoint: OnceCell::new(),
            partitions: OnceCell::new(),
            region: Some(region.name).filter(|name| !name.is_empty()),
            signing_region: region.signing,
            plain_http: settings.plain_http,
            sources: core.sources()?.clone(),
            checksums,
            custom_endpoint,
            rules,
            service,
            validation,
            config,
        })
    }

    /// The credentials of this client: its own, otherwise the session's.
    fn client_credentials(&self) -> Arc<CachedCredentials> {
        let provider: Arc<dyn ProvideCredentials> = match (&self.credentials, &self.identity) {
            (None, Some(session)) => return Arc::clone(&session.credentials),
            (None, None) => Arc::new(no_credentials),
            (Some(given), _) => Arc::clone(given),
        };
        Arc::new(CachedCredentials::new(provider, Arc::clone(&self.core.clock), RefreshWindows::default()))
    }

    /// The session's transport, unless this client has connection settings of its own.
    fn client_transport(&self, config: &Config) -> Arc<dyn Transport> {
        let transport = if !self.core.own_transport && changes_connections(&self.overrides) {
            Arc::new(LazyTransport::new(config))
        } else {
            Arc::clone(&self.core.transport)
        };
        match &self.core.wrap {
            Some(wrap) => wrap(transport, self.identity.is_none()),
            None => transport,
        }
    }

    /// The features of the settings, for the `User-Agent` header.
    fn features(&self, target: &ClientTarget) -> Result<Features> {
        let ClientTarget { config, service, rules, custom_endpoint, .. } = target;
        let given_in_code =
            self.identity.as_ref().is_some_and(|session| self.credentials.is_some() || session.given_in_code);
        let retries = match config.retry_mode()?.value {
            RetryMode::Adaptive => Features::RETRY_ADAPTIVE,
            _ => Features::RETRY_STANDARD,
        };
        let has_mode = rules.as_ref().is_some_and(|rules| {
            let mut built_ins = rules.set.parameters().iter().filter_map(|parameter| parameter.built_in.as_deref());
            built_ins.any(|name| name == "AWS::Auth::AccountIdEndpointMode")
        });
        let account_id = match config.account_id_endpoint_mode()?.value {
            _ if self.settings.unsigned => Features::ACCOUNT_ID_DISABLED,
            AccountIdEndpointMode::Preferred => Features::ACCOUNT_ID_PREFERRED,
            AccountIdEndpointMode::Disabled => Features::ACCOUNT_ID_DISABLED,
            AccountIdEndpointMode::Required => Features::ACCOUNT_ID_REQUIRED,
        };
        Ok(retries
            | account_id.when(has_mode)
            | Features::CBOR.when(service.protocol_name == "smithy-rpc-v2-cbor")
            | Features::ENDPOINT_OVERRIDE.when(custom_endpoint.is_some())
            | Features::CREDENTIALS_CODE.when(given_in_code))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("service", &self.service)
            .field("overrides", &self.overrides)
            .finish_non_exhaustive()
    }
}

fn no_credentials() -> Result<Credentials> {
    Err(Error::new(ErrorKind::Credentials, "this request has no credentials"))
}

/// Whether the overrides require a connection pool of their own.
fn changes_connections(overrides: &Overrides) -> bool {
    overrides.verify_tls.is_some()
        || overrides.ca_bundle.is_some()
        || overrides.client_cert.is_some()
        || overrides.proxies.is_some()
        || overrides.proxy_ca_bundle.is_some()
        || overrides.proxy_client_cert.is_some()
        || overrides.proxy_use_forwarding_for_https.is_some()
        || overrides.tcp_keepalive.is_some()
        || overrides.max_pool_connections.is_some()
}

fn validation(settings: &CodeSettings, config: &Config) -> Result<Validation> {
    Ok(match settings.validation {
        Some(validation) => validation,
        None if config.parameter_validation()?.value => Validation::Standard,
        None => Validation::Off,
    })
}

/// A signature version that is set is the only scheme.
fn auth_scheme_preference(config: &Config, signature_version: Option<String>) -> Result<Vec<String>> {
    Ok(match signature_version {
        Some(version) if version != UNSIGNED => vec![version],
        _ => config.auth_scheme_preference()?.map(|list| list.value.clone()).unwrap_or_default(),
    })
}

/// `None` if the endpoint is set in code, which disables endpoint discovery.
fn endpoint_discovery(config: &Config) -> Result<Option<EndpointDiscovery>> {
    Ok(match config.endpoint_url()? {
        Some(_) => None,
        None => Some(config.endpoint_discovery_enabled()?.value),
    })
}

fn retries(config: &Config, clock: &dyn Clock) -> Result<Retries> {
    let corrects_skew = !config.disable_clock_skew_correction()?.value;
    Ok(Retries::new(config.retry_mode()?.value, corrects_skew, clock.now()))
}

/// The signature version set in code, or in the profile's section of the service.
fn signature_version(config: &Config, service: &ServiceModel) -> Result<Option<String>> {
    if let Some(version) = config.signature_version()? {
        return Ok(Some(version.value.clone()));
    }
    let configured = config.in_block(&service.metadata.endpoint_prefix, "signature_version")?;
    Ok(configured.map(|version| version.value.to_owned()))
}

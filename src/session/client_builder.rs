//! [`ClientBuilder`]: creates a client from settings and models.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use once_cell::sync::OnceCell;
use serde_json::Value;

use super::builder::common_settings;
use super::transport::LazyTransport;
use super::{ClientSettings, Identity, Inner, rule_set};
use crate::body::Body;
use crate::checksum;
use crate::client::Client;
use crate::config::{
    AccountIdEndpointMode, AddressingStyle, ChecksumMode, Config, DefaultsMode, EndpointDiscovery, Overrides, ProxyMap,
    RetryMode,
};
use crate::credentials::cache::{CachedCredentials, RefreshWindows};
use crate::credentials::{Credentials, ProvideCredentials, token};
use crate::customize;
use crate::endpoint::{self, EndpointCache, ParamValue, Parameter, RuleSet};
use crate::error::{Error, ErrorKind, Result};
use crate::features::Features;
use crate::hooks::Attempt;
use crate::model::loader::{Sources, TopLevel};
use crate::model::service::ServiceModel;
use crate::model::validate::Validation;
use crate::retry::Retries;
use crate::runtime::Memory;
use crate::runtime::{Rules, Runtime, legacy_service, partitions};
use crate::transport::Transport;
use crate::user_agent::UserAgent;

/// Builder for a [`Client`] that overrides settings of its session; created by
/// [`Session::client_builder`](crate::Session::client_builder).
#[must_use = "nothing happens before `build`"]
pub struct ClientBuilder {
    inner: Arc<Inner>,
    /// `None` for clients of credential providers, which get their credentials from the provider.
    identity: Option<Arc<Identity>>,
    service: String,
    api_version: Option<String>,
    overrides: Overrides,
    pub(super) settings: ClientSettings,
    credentials: Option<Arc<dyn ProvideCredentials>>,
}

impl ClientBuilder {
    pub(super) fn new(inner: &Arc<Inner>, identity: Option<&Arc<Identity>>, service: &str) -> Self {
        ClientBuilder {
            inner: Arc::clone(inner),
            identity: identity.cloned(),
            service: service.to_owned(),
            api_version: None,
            overrides: Overrides::default(),
            settings: inner.defaults.clone(),
            credentials: None,
        }
    }

    common_settings!();

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
        let ClientBuilder { inner, identity, overrides, settings, .. } = self;
        let needs_own_transport = !inner.own_transport && changes_connections(&overrides);
        let config = inner.config.with(overrides);
        let sources = inner.sources()?;
        let service = inner.model(&self.service, self.api_version.as_deref())?;
        let custom_endpoint = config.endpoint_url_for(&service.metadata.service_id)?.map(|url| url.value);
        let region = Region::find(&config, sources, &service)?;
        let rules = rule_set(sources, &service)?
            .map(|set| rules(set, &service, &config, &region, custom_endpoint.as_deref(), &settings))
            .transpose()?;
        let transport: Arc<dyn Transport> =
            if needs_own_transport { Arc::new(LazyTransport::new(&config)) } else { Arc::clone(&inner.transport) };
        if identity.is_some()
            && let Some(region) = config.region()?
        {
            inner.first_region.get_or_init(|| region.value.clone());
        }
        let given_in_code =
            identity.as_ref().is_some_and(|session| self.credentials.is_some() || session.given_in_code);
        let credentials = match (self.credentials, &identity) {
            (None, Some(identity)) => Arc::clone(&identity.credentials),
            (given, _) => {
                let provider = given.unwrap_or_else(|| Arc::new(no_credentials));
                Arc::new(CachedCredentials::new(provider, Arc::clone(&inner.clock), RefreshWindows::default()))
            }
        };
        let validation = match settings.validation {
            Some(validation) => validation,
            None if config.parameter_validation()?.value => Validation::Standard,
            None => Validation::Off,
        };
        let is_aws = match &custom_endpoint {
            Some(url) => is_aws(url, sources)?,
            None => true,
        };
        let signature_version = signature_version(&config, &service)?;
        let checksums = checksum::Policy::new(&config, is_aws)?;
        let features = features(&config, &service, rules.as_ref(), settings.unsigned)?
            | checksums.features()
            | Features::ENDPOINT_OVERRIDE.when(custom_endpoint.is_some())
            | Features::CREDENTIALS_CODE.when(given_in_code);
        let user_agent = UserAgent::new(&config, features)?;
        Ok(Client::new(Runtime {
            token: token::from_environment(config.environment(), service.signing_name())?,
            tokens: identity.map(|identity| Arc::clone(&identity.tokens)),
            unsigned: settings.unsigned || signature_version.as_deref() == Some("unsigned"),
            account_id_mode: config.account_id_endpoint_mode()?.value,
            auth_scheme_preference: match signature_version {
                Some(version) if version != "unsigned" => vec![version],
                _ => config.auth_scheme_preference()?.map(|list| list.value.clone()).unwrap_or_default(),
            },
            region_set: config.sigv4a_signing_region_set()?.map(|set| set.value.clone()),
            propagates_trace: customize::trace::applies(config.environment())?,
            injects_host_prefix: !config.disable_host_prefix_injection()?.value,
            connect_timeout: inner.connect_limit(&config)?,
            read_timeout: config.read_limit()?,
            endpoint_discovery: match config.endpoint_url()? {
                // An endpoint set in code disables endpoint discovery.
                Some(_) => None,
                None => Some(config.endpoint_discovery_enabled()?.value),
            },
            max_attempts: config.max_attempts()?.map(|count| count.value),
            deadline: settings.deadline,
            spool_limit: config.spool_limit()?.value,
            attempt_timeout: settings.attempt_timeout,
            retries: Retries::new(
                config.retry_mode()?.value,
                !config.disable_clock_skew_correction()?.value,
                inner.clock.now(),
            ),
            hooks: settings.hooks,
            memory: Memory::default(),
            checksums,
            default_endpoint: OnceCell::new(),
            partitions: OnceCell::new(),
            region: Some(region.name).filter(|name| !name.is_empty()),
            signing_region: region.signing,
            custom_endpoint,
            plain_http: settings.plain_http,
            sources: sources.clone(),
            clock: Arc::clone(&inner.clock),
            rules,
            service,
            credentials,
            validation,
            user_agent,
            transport,
            config,
        }))
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

/// Whether a configured endpoint belongs to AWS: a VPC endpoint, another region, FIPS.
fn is_aws(url: &str, sources: &Sources) -> Result<bool> {
    // Without the list of partitions this is unknown.
    if sources.top_level(TopLevel::Partitions).is_none() {
        return Ok(false);
    }
    let partitions = partitions(sources)?;
    Ok(endpoint::split(url).is_some_and(|url| partitions.own(url.host)))
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

/// The region of a client.
struct Region {
    /// The region for the rule set; empty for a service without a rule set that has no region.
    name: String,
    fips: bool,
    /// The signing region; for the global pseudo-regions, one of the real regions.
    signing: Option<String>,
}

impl Region {
    fn find(config: &Config, sources: &Sources, service: &ServiceModel) -> Result<Region> {
        let Some(region) = config.client_region()? else {
            return Region::global(sources, service);
        };
        let signing = if region.name.ends_with("-global") {
            let partitions = partitions(sources)?;
            partitions.of_region(&region.name)?.implicit_global_region.as_deref().map(str::to_owned)
        } else {
            None
        };
        Ok(Region { signing: signing.or_else(|| Some(region.name.clone())), name: region.name, fips: region.fips })
    }

    /// The region of a global service, which works without a configured region.
    fn global(sources: &Sources, service: &ServiceModel) -> Result<Region> {
        let no_region = || {
            let message = "no region: set one in code, in AWS_REGION or as `region` of the profile";
            Error::new(ErrorKind::Config, format!("{}: {message}", service.name))
        };
        let legacy = legacy_service(sources, &service.metadata.endpoint_prefix)?;
        let name = legacy.partition_endpoint("aws").ok_or_else(no_region)?.to_owned();
        let endpoint = legacy.resolve(None, endpoint::Variant::default())?;
        Ok(Region { name, fips: false, signing: Some(endpoint.signing_region.unwrap_or(endpoint.region)) })
    }
}

/// Fills the endpoint parameters that are the same for all calls: built-ins, and the client context parameters of the
/// model.
fn rules(
    set: Arc<RuleSet>,
    service: &ServiceModel,
    config: &Config,
    region: &Region,
    custom_endpoint: Option<&str>,
    settings: &ClientSettings,
) -> Result<Rules> {
    let flag = |setting: Option<&crate::config::Resolved<bool>>| setting.is_some_and(|setting| setting.value);
    // Rule sets reject FIPS and dual-stack together with a configured endpoint, which is used as it is.
    let fips = custom_endpoint.is_none() && (region.fips || flag(config.use_fips_endpoint()?));
    let dual_stack = match customize::dual_stack(&service.metadata.service_id, config)? {
        Some(own) => own,
        None => flag(config.use_dualstack_endpoint()?),
    };
    let dual_stack = dual_stack && custom_endpoint.is_none();
    let mode = config.account_id_endpoint_mode()?.value;
    let mode = if settings.unsigned { AccountIdEndpointMode::Disabled } else { mode };
    let text = |text: &str| Some(ParamValue::from(text).into_owned());
    let others = customize::Settings { config, region: &region.name, custom_endpoint };
    let built_in = |name: &str| {
        Ok(match name {
            "AWS::Region" => text(&region.name).filter(|_| !region.name.is_empty()),
            "AWS::UseFIPS" => Some(ParamValue::Bool(fips)),
            "AWS::UseDualStack" => Some(ParamValue::Bool(dual_stack)),
            "AWS::Auth::AccountIdEndpointMode" => text(mode.as_str()),
            "SDK::Endpoint" => custom_endpoint.and_then(text),
            other => customize::built_in(other, &others)?.map(ParamValue::Bool),
        })
    };
    let context = |name: &str| {
        let declared = service.client_context_params.iter().find(|param| *param.name == *name)?;
        ParamValue::of(settings.context_params.get(&declared.snake_name)?).map(ParamValue::into_owned)
    };
    let is_setting = |name: &str| service.client_context_params.iter().any(|param| *param.name == *name);
    let value = |parameter: &Parameter| match (context(&parameter.name), parameter.built_in.as_deref()) {
        (None, Some(name)) => built_in(name),
        (None, None) if is_setting(&parameter.name) => built_in(&parameter.name),
        (given, _) => Ok(given),
    };
    let client_values = set.parameters().iter().map(value).collect::<Result<Vec<_>>>()?;
    let cache = EndpointCache::new(set.parameters(), 100, |_| true);
    let account_id = set.parameters().iter().position(|parameter| *parameter.name == *"AccountId");
    Ok(Rules { set, client_values, account_id, cache })
}

/// The features of the settings, for the `User-Agent` header.
fn features(config: &Config, service: &ServiceModel, rules: Option<&Rules>, unsigned: bool) -> Result<Features> {
    let retries = match config.retry_mode()?.value {
        RetryMode::Adaptive => Features::RETRY_ADAPTIVE,
        _ => Features::RETRY_STANDARD,
    };
    let has_mode = rules.is_some_and(|rules| {
        let mut built_ins = rules.set.parameters().iter().filter_map(|parameter| parameter.built_in.as_deref());
        built_ins.any(|name| name == "AWS::Auth::AccountIdEndpointMode")
    });
    let account_id = match config.account_id_endpoint_mode()?.value {
        _ if unsigned => Features::ACCOUNT_ID_DISABLED,
        AccountIdEndpointMode::Preferred => Features::ACCOUNT_ID_PREFERRED,
        AccountIdEndpointMode::Disabled => Features::ACCOUNT_ID_DISABLED,
        AccountIdEndpointMode::Required => Features::ACCOUNT_ID_REQUIRED,
    };
    let cbor = Features::CBOR.when(service.protocol_name == "smithy-rpc-v2-cbor");
    Ok(retries | account_id.when(has_mode) | cbor)
}

/// The signature version set in code, or in the profile's section of the service.
fn signature_version(config: &Config, service: &ServiceModel) -> Result<Option<String>> {
    if let Some(version) = config.signature_version()? {
        return Ok(Some(version.value.clone()));
    }
    let configured = config.in_block(&service.metadata.endpoint_prefix, "signature_version")?;
    Ok(configured.map(|version| version.value.to_owned()))
}

//! [`Session`]: settings, credentials, models and connections that clients share.

use std::env::split_paths;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use once_cell::sync::{Lazy, OnceCell};
use serde_json::{Map, Value};

use crate::client::{Client, Rules, Shared, legacy_endpoints, legacy_service, partitions};
use crate::clock::{Clock, SystemClock};
use crate::config::{
    AccountIdEndpointMode, AddressingStyle, ChecksumMode, Config, DefaultsMode, EndpointDiscovery, Environment,
    Overrides, ProxyMap, RetryMode,
};
use crate::credentials::cache::{CachedCredentials, RefreshWindows};
use crate::credentials::chain::Chain;
use crate::credentials::{ProvideCredentials, token};
use crate::customize;
use crate::endpoint::{self, EndpointCache, ParamValue, Parameter, RuleSet};
use crate::error::{Error, ErrorKind, Result};
use crate::model::loader::{FileType, Found, Given, Sources};
use crate::model::service::ServiceModel;
use crate::model::validate::Validation;
use crate::transport::{HttpTransport, ProxyUrl, Transport, TransportConfig};
use crate::user_agent;

/// A client of the default session: settings and credentials come from the environment and the files of the AWS CLI.
///
/// # Errors
/// [`ErrorKind::UnknownService`] for a service that has no model; [`ErrorKind::Config`] for settings that are missing or wrong.
pub fn client(service: &str) -> Result<Client> {
    static DEFAULT: Lazy<Session> = Lazy::new(|| Session::builder().assemble());
    DEFAULT.client(service)
}

/// Settings, credentials, models and connections that clients share. Cheap to clone.
///
/// ```
/// use tucuxi::{Credentials, Session};
/// let session = Session::builder().region("eu-west-1").credentials(Credentials::new("AKID", "secret")).build()?;
/// let s3 = session.client("s3")?;
/// assert_eq!(s3.region(), Some("eu-west-1"));
/// # Ok::<(), tucuxi::Error>(())
/// ```
#[derive(Clone)]
pub struct Session(Arc<Inner>);

struct Inner {
    config: Config,
    models: Models,
    sources: OnceCell<Sources>,
    credentials: Arc<CachedCredentials>,
    transport: Arc<dyn Transport>,
    /// The transport is the user's own, so settings of connections do not apply to it.
    own_transport: bool,
    clock: Arc<dyn Clock>,
    defaults: ClientSettings,
}

/// Models added at run time, until the search path is known.
#[derive(Default)]
struct Models {
    given: Vec<(String, FileType, String)>,
    folders: Vec<PathBuf>,
}

/// What a client has besides the settings of the table in `config/sources.rs`.
#[derive(Clone, Default)]
struct ClientSettings {
    unsigned: bool,
    plain_http: bool,
    validation: Option<Validation>,
    context_params: Map<String, Value>,
}

impl Session {
    /// A session that takes everything from the environment and the files of the AWS CLI.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where a profile is named that does not exist, or a file cannot be read.
    pub fn new() -> Result<Session> {
        Session::builder().build()
    }

    /// Begins a session with settings of its own.
    pub fn builder() -> SessionBuilder {
        SessionBuilder::default()
    }

    /// A client of a service, by the name of its folder in botocore's data: `"sqs"`, `"dynamodb"`, `"ec2"`.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownService`] for a service that has no model; [`ErrorKind::Config`] for settings that are missing or
    /// wrong, the region above all; [`ErrorKind::Model`] for a broken model. Credentials are not looked for before a call.
    pub fn client(&self, service: &str) -> Result<Client> {
        self.client_builder(service).build()
    }

    /// Begins a client with settings that differ from the session's.
    pub fn client_builder(&self, service: &str) -> ClientBuilder {
        ClientBuilder {
            session: self.clone(),
            service: service.to_owned(),
            api_version: None,
            overrides: Overrides::default(),
            settings: self.0.defaults.clone(),
            credentials: None,
        }
    }

    /// The names of all services that have a model, sorted.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] where a model folder cannot be read.
    pub fn available_services(&self) -> Result<Vec<String>> {
        self.sources()?.services()
    }

    /// The API versions of a service's models, oldest first.
    ///
    /// # Errors
    /// As for [`available_services`](Self::available_services).
    pub fn available_versions(&self, service: &str) -> Result<Vec<String>> {
        self.sources()?.versions(service)
    }

    /// The regions that a service is known to have in the partition `aws`, as of the release of the models.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownService`] for a service that has no model.
    pub fn available_regions(&self, service: &str) -> Result<Vec<String>> {
        self.available_regions_in(service, "aws")
    }

    /// The regions that a service is known to have in a partition (`aws`, `aws-cn`, `aws-us-gov`, ..).
    ///
    /// # Errors
    /// As for [`available_regions`](Self::available_regions).
    pub fn available_regions_in(&self, service: &str, partition: &str) -> Result<Vec<String>> {
        let model = self.model(service, None)?;
        let legacy = legacy_service(self.sources()?, &model.metadata.endpoint_prefix)?;
        let mut regions = legacy.available_regions(partition, false);
        regions.sort_unstable();
        Ok(regions)
    }

    /// The names of all partitions: `aws`, `aws-cn`, ..
    ///
    /// # Errors
    /// [`ErrorKind::Model`] where `endpoints.json` is missing or broken.
    pub fn available_partitions(&self) -> Result<Vec<String>> {
        let found = legacy_endpoints(self.sources()?)?;
        endpoint::available_partitions(&found.read()?, &found.origin())
    }

    /// The partition that a region belongs to; `None` for a region that fits none.
    ///
    /// # Errors
    /// As for [`available_partitions`](Self::available_partitions).
    pub fn partition_of(&self, region: &str) -> Result<Option<String>> {
        let found = legacy_endpoints(self.sources()?)?;
        endpoint::partition_of_region(&found.read()?, &found.origin(), region)
    }

    /// Evaluates a service's endpoint rule set for parameters that are given by name, and answers with `url`, `headers` and
    /// `properties` as the rule set has them. Nothing of the session but its models takes part.
    ///
    /// ```
    /// let session = tucuxi::Session::builder().build()?;
    /// let endpoint = session.resolve_endpoint("sqs", &serde_json::json!({"Region": "eu-west-1", "UseFIPS": true}))?;
    /// assert_eq!(endpoint["url"], "https://sqs-fips.eu-west-1.amazonaws.com");
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Endpoint`] with the rule set's own text where it has no endpoint for these parameters;
    /// [`ErrorKind::Model`] for a service that has no rule set.
    pub fn resolve_endpoint(&self, service: &str, params: &Value) -> Result<Value> {
        let model = self.model(service, None)?;
        let sources = self.sources()?;
        let set = rule_set(sources, &model)?
            .ok_or_else(|| Error::new(ErrorKind::Model, format!("{service} has no endpoint rule set")))?;
        let values = set.parameters().iter().map(|parameter| ParamValue::of(params.get(&*parameter.name)?));
        let values: Vec<_> = values.collect();
        Ok(set.resolve(&values, &*partitions(sources)?)?.to_value())
    }

    fn sources(&self) -> Result<&Sources> {
        self.0.sources.get_or_try_init(|| {
            let models = &self.0.models;
            let given = models.given.iter();
            let given = given.map(|(service, file, text)| Given::new(service, *file, text.as_str())).collect();
            let environment = self.0.config.environment();
            let mut folders = models.folders.clone();
            if let Some(path) = self.0.config.data_path()? {
                folders.extend(split_paths(&path.value).map(|folder| environment.expand(&folder.to_string_lossy())));
            }
            folders.extend(environment.home().map(|home| home.join(".aws").join("models")));
            Ok(Sources::new(given, folders, cfg!(feature = "bundled-models")))
        })
    }

    fn model(&self, service: &str, api_version: Option<&str>) -> Result<Arc<ServiceModel>> {
        let service = customize::service_alias(service);
        let configured = match api_version {
            Some(_) => None,
            None => self.0.config.in_block("api_versions", service)?.map(|version| version.value.to_owned()),
        };
        let found = self.sources()?.service(service, api_version.or(configured.as_deref()))?;
        found.get_or_parse(|text, origin| ServiceModel::parse(service, &found.version, text.into_owned(), origin))
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("models", &self.0.models.given.len()).finish_non_exhaustive()
    }
}

/// The setters that sessions and clients have in common, each the builder's side of a row in `config/sources.rs`.
macro_rules! common_settings {
    ($($(#[$doc:meta])* $name:ident: $type:ty => $field:ident = $convert:expr;)+) => {
        $($(#[$doc])* pub fn $name(mut self, value: $type) -> Self {
            #[allow(clippy::redundant_closure_call, reason = "the table is easier to read with closures in it")]
            { self.overrides.$field = Some(($convert)(value)); }
            self
        })+
    };
    () => {
        common_settings! {
            /// The region, `eu-west-1`. Else `AWS_REGION`, `AWS_DEFAULT_REGION`, or `region` of the profile.
            region: impl Into<String> => region = Into::into;
            /// The URL that requests go to, in place of what the rule set says. A path in it is kept.
            endpoint_url: impl Into<String> => endpoint_url = |value| crate::config::Url(Into::<String>::into(value));
            /// Whether endpoint URLs of the environment and the files are passed over.
            ignore_configured_endpoint_urls: bool => ignore_configured_endpoint_urls = |value| value;
            /// Whether endpoints with validated cryptography are used.
            use_fips_endpoint: bool => use_fips_endpoint = |value| value;
            /// Whether endpoints that speak IPv6 too are used.
            use_dualstack_endpoint: bool => use_dualstack_endpoint = |value| value;
            /// Whether the account id may become part of the host.
            account_id_endpoint_mode: AccountIdEndpointMode => account_id_endpoint_mode = |value| value;
            /// Whether operations may put a prefix before the host (they do by default).
            inject_host_prefix: bool => disable_host_prefix_injection = |value: bool| !value;
            /// Whether services are asked for the endpoints to use.
            endpoint_discovery: EndpointDiscovery => endpoint_discovery_enabled = |value| value;
            /// Which set of defaults a client starts from.
            defaults_mode: DefaultsMode => defaults_mode = |value| value;
            /// How failed calls are repeated.
            retry_mode: RetryMode => retry_mode = |value| value;
            /// The most time to connect, TLS included; 60 seconds by default, [`Duration::MAX`] for no limit.
            connect_timeout: Duration => connect_timeout = |value| value;
            /// The most time between two bytes of an answer; 60 seconds by default, [`Duration::MAX`] for no limit.
            read_timeout: Duration => read_timeout = |value| value;
            /// Whether the server's certificate is verified. Without that, anyone on the way can read and change everything.
            verify_tls: bool => verify_tls = |value| value;
            /// A file of PEM certificates to trust in place of the built-in ones.
            ca_bundle: impl Into<PathBuf> => ca_bundle = Into::into;
            /// A PEM file with the certificate and private key to show to servers.
            client_certificate: impl Into<PathBuf> => client_cert = Into::into;
            /// The application's name in the `User-Agent` header.
            app_id: impl Into<String> => user_agent_appid = Into::into;
            /// Text after the `User-Agent` header's own.
            user_agent_extra: impl Into<String> => user_agent_extra = Into::into;
            /// When checksums of requests are computed.
            request_checksum_calculation: ChecksumMode => request_checksum_calculation = |value| value;
            /// When checksums of answers are checked.
            response_checksum_validation: ChecksumMode => response_checksum_validation = |value| value;
            /// Where a bucket's name goes in a URL.
            s3_addressing_style: AddressingStyle => s3_addressing_style = |value| value;
            /// Whether S3's transfer acceleration is used.
            s3_use_accelerate_endpoint: bool => s3_use_accelerate_endpoint = |value| value;
            /// Whether the region in an ARN goes before the client's.
            s3_use_arn_region: bool => s3_use_arn_region = |value| value;
        }

        /// How often a request is sent at most, the first time included.
        pub fn max_attempts(mut self, count: std::num::NonZeroU32) -> Self {
            self.overrides.max_attempts = Some(count);
            self
        }

        /// How many idle connections to one host are kept; 10 by default.
        pub fn max_pool_connections(mut self, count: std::num::NonZeroU32) -> Self {
            self.overrides.max_pool_connections = Some(count);
            self
        }

        /// The proxy for each scheme: `[("https", "http://proxy.example:3128")]`. The environment's proxies then do not count.
        pub fn proxies<S: Into<String>, U: Into<String>>(mut self, proxies: impl IntoIterator<Item = (S, U)>) -> Self {
            self.overrides.proxies = Some(ProxyMap::from_pairs(proxies));
            self
        }

        /// The auth schemes to use if a service offers them, the preferred first: `["sigv4a", "sigv4"]`.
        pub fn auth_scheme_preference<S: Into<String>>(mut self, schemes: impl IntoIterator<Item = S>) -> Self {
            self.overrides.auth_scheme_preference = Some(schemes.into_iter().map(Into::into).collect());
            self
        }

        /// Sends requests without a signature and without looking for credentials: for public buckets and the like.
        pub fn no_sign_request(mut self) -> Self {
            self.settings.unsigned = true;
            self
        }

        /// Whether requests go over TLS (they do by default). An endpoint URL says itself what it is.
        pub fn use_ssl(mut self, use_ssl: bool) -> Self {
            self.settings.plain_http = !use_ssl;
            self
        }

        /// How parameters are checked before anything is sent.
        pub fn validation(mut self, validation: Validation) -> Self {
            self.settings.validation = Some(validation);
            self
        }

        /// A setting that the rule set of a service asks for (`clientContextParams` in its model), by its name in snake case.
        pub fn client_context_param(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
            self.settings.context_params.insert(name.into(), value.into());
            self
        }
    };
}

/// Puts a [`Session`] together; made by [`Session::builder`].
#[derive(Default)]
#[must_use = "nothing happens before `build`"]
pub struct SessionBuilder {
    environment: Environment,
    overrides: Overrides,
    settings: ClientSettings,
    credentials: Option<Arc<dyn ProvideCredentials>>,
    models: Models,
    transport: Option<Arc<dyn Transport>>,
    clock: Option<Arc<dyn Clock>>,
}

impl SessionBuilder {
    common_settings!();

    /// The profile to take settings and credentials from. Else `AWS_PROFILE`, `AWS_DEFAULT_PROFILE`, or `default`.
    pub fn profile(mut self, name: impl Into<String>) -> Self {
        self.overrides.profile = Some(name.into());
        self
    }

    /// The config file, in place of `AWS_CONFIG_FILE` or `~/.aws/config`.
    pub fn config_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.overrides.config_file = Some(path.into());
        self
    }

    /// The shared credentials file, in place of `AWS_SHARED_CREDENTIALS_FILE` or `~/.aws/credentials`.
    pub fn credentials_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.overrides.credentials_file = Some(path.into());
        self
    }

    /// Credentials, or what provides them, in place of the chain.
    pub fn credentials(mut self, provider: impl ProvideCredentials + 'static) -> Self {
        self.credentials = Some(Arc::new(provider));
        self
    }

    /// Environment variables and home directory to use in place of the process's own.
    pub fn environment(mut self, environment: Environment) -> Self {
        self.environment = environment;
        self
    }

    /// A folder of models in botocore's layout, `FOLDER/SERVICE/API-VERSION/service-2.json`; searched before `AWS_DATA_PATH`,
    /// `~/.aws/models` and the bundled models. May be given several times.
    pub fn model_path(mut self, folder: impl Into<PathBuf>) -> Self {
        self.models.folders.push(folder.into());
        self
    }

    /// A service model (the content of a `service-2.json`), searched before all folders.
    pub fn model(self, service: impl Into<String>, model: impl Into<Value>) -> Self {
        self.given(service, FileType::Service, model)
    }

    /// The endpoint rule set of a service (the content of an `endpoint-rule-set-1.json`).
    pub fn endpoint_rule_set(self, service: impl Into<String>, rules: impl Into<Value>) -> Self {
        self.given(service, FileType::EndpointRuleSet, rules)
    }

    /// The paginators of a service (the content of a `paginators-1.json`).
    pub fn paginators(self, service: impl Into<String>, paginators: impl Into<Value>) -> Self {
        self.given(service, FileType::Paginators, paginators)
    }

    /// The waiters of a service (the content of a `waiters-2.json`).
    pub fn waiters(self, service: impl Into<String>, waiters: impl Into<Value>) -> Self {
        self.given(service, FileType::Waiters, waiters)
    }

    fn given(mut self, service: impl Into<String>, file: FileType, document: impl Into<Value>) -> Self {
        self.models.given.push((service.into(), file, document.into().to_string()));
        self
    }

    /// What sends the requests, in place of the crate's own HTTP client: for offline use, tests, other networks.
    pub fn transport(mut self, transport: impl Transport + 'static) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Where the time comes from, in place of the machine's clock.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// The session.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where a profile is named that does not exist, or a file cannot be read.
    pub fn build(self) -> Result<Session> {
        let session = self.assemble();
        session.0.config.profile_section()?;
        Ok(session)
    }

    /// Without a look at the files; what is wrong with them is told by the first client.
    fn assemble(self) -> Session {
        let config = Config::new(self.environment, self.overrides);
        let clock = self.clock.unwrap_or_else(|| Arc::new(SystemClock));
        let provider = self.credentials.unwrap_or_else(|| Arc::new(Chain::new(&config)));
        let own_transport = self.transport.is_some();
        // Settings that are wrong are told of by `client`, which asks for them again.
        let transport = self.transport.unwrap_or_else(|| Arc::new(LazyTransport::new(&config)));
        Session(Arc::new(Inner {
            credentials: Arc::new(CachedCredentials::new(provider, Arc::clone(&clock), RefreshWindows::default())),
            config,
            models: self.models,
            sources: OnceCell::new(),
            transport,
            own_transport,
            clock,
            defaults: self.settings,
        }))
    }
}

impl fmt::Debug for SessionBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionBuilder").field("overrides", &self.overrides).finish_non_exhaustive()
    }
}

/// Puts a [`Client`] together whose settings differ from its session's; made by [`Session::client_builder`].
#[must_use = "nothing happens before `build`"]
pub struct ClientBuilder {
    session: Session,
    service: String,
    api_version: Option<String>,
    overrides: Overrides,
    settings: ClientSettings,
    credentials: Option<Arc<dyn ProvideCredentials>>,
}

impl ClientBuilder {
    common_settings!();

    /// The API version of the model, `2012-11-05`; the newest by default.
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.api_version = Some(version.into());
        self
    }

    /// Credentials, or what provides them, in place of the session's.
    pub fn credentials(mut self, provider: impl ProvideCredentials + 'static) -> Self {
        self.credentials = Some(Arc::new(provider));
        self
    }

    /// The client.
    ///
    /// # Errors
    /// As for [`Session::client`].
    pub fn build(self) -> Result<Client> {
        let ClientBuilder { session, overrides, settings, .. } = self;
        let inner = &session.0;
        let needs_own_transport = !inner.own_transport && changes_connections(&overrides);
        let config = inner.config.with(overrides);
        let sources = session.sources()?;
        let service = session.model(&self.service, self.api_version.as_deref())?;
        let custom_endpoint = config.endpoint_url_for(&service.metadata.service_id)?.map(|url| url.value);
        let region = Region::find(&config, sources, &service)?;
        let rules = rule_set(sources, &service)?
            .map(|set| rules(set, &service, &config, &region, custom_endpoint.as_deref(), &settings))
            .transpose()?;
        let transport: Arc<dyn Transport> =
            if needs_own_transport { Arc::new(LazyTransport::new(&config)) } else { Arc::clone(&inner.transport) };
        let credentials = match self.credentials {
            Some(provider) => {
                Arc::new(CachedCredentials::new(provider, Arc::clone(&inner.clock), RefreshWindows::default()))
            }
            None => Arc::clone(&inner.credentials),
        };
        let validation = match settings.validation {
            Some(validation) => validation,
            None if config.parameter_validation()?.value => Validation::Standard,
            None => Validation::Off,
        };
        let signature_version = signature_version(&config, &service)?;
        let user_agent = user_agent::header(&config)?;
        Ok(Client::new(Shared {
            token: token::from_environment(config.environment(), service.signing_name())?,
            unsigned: settings.unsigned || signature_version.as_deref() == Some("unsigned"),
            account_id_mode: config.account_id_endpoint_mode()?.value,
            auth_scheme_preference: match signature_version {
                Some(version) if version != "unsigned" => vec![version],
                _ => config.auth_scheme_preference()?.map(|list| list.value.clone()).unwrap_or_default(),
            },
            region_set: config.sigv4a_signing_region_set()?.map(|set| set.value.clone()),
            passes_trace_on: customize::trace::applies(config.environment())?,
            injects_host_prefix: !config.disable_host_prefix_injection()?.value,
            connect_timeout: config.connect_limit()?,
            read_timeout: config.read_limit()?,
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

/// Settings that an existing pool of connections cannot follow.
fn changes_connections(overrides: &Overrides) -> bool {
    overrides.verify_tls.is_some()
        || overrides.ca_bundle.is_some()
        || overrides.client_cert.is_some()
        || overrides.proxies.is_some()
        || overrides.max_pool_connections.is_some()
}

/// The region of a client.
struct Region {
    /// As the rule set wants it; empty where a service without a rule set has none.
    name: String,
    fips: bool,
    /// The region that signs; the global pseudo-regions have one of the real ones.
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

    /// Services of one endpoint for all regions need none to be configured.
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

fn rule_set(sources: &Sources, service: &ServiceModel) -> Result<Option<Arc<RuleSet>>> {
    let found = sources.find(&service.name, Some(&service.version), FileType::EndpointRuleSet)?;
    found.map(|found: Found| found.get_or_parse(|text, origin| RuleSet::parse(&text, origin))).transpose()
}

/// Fills the parameters that are the same for all calls: built-ins, and the settings of the client that the model asks for.
fn rules(
    set: Arc<RuleSet>,
    service: &ServiceModel,
    config: &Config,
    region: &Region,
    custom_endpoint: Option<&str>,
    settings: &ClientSettings,
) -> Result<Rules> {
    let flag = |setting: Option<&crate::config::Resolved<bool>>| setting.is_some_and(|setting| setting.value);
    // A configured endpoint is taken as it is; the rule sets refuse it together with these.
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
    let value = |parameter: &Parameter| match (context(&parameter.name), parameter.built_in.as_deref()) {
        (None, Some(name)) => built_in(name),
        (given, _) => Ok(given),
    };
    let client_values = set.parameters().iter().map(value).collect::<Result<Vec<_>>>()?;
    let cache = EndpointCache::new(set.parameters(), 100, |_| true);
    Ok(Rules { set, client_values, cache })
}

/// Set in code, or in the profile's block of the service.
fn signature_version(config: &Config, service: &ServiceModel) -> Result<Option<String>> {
    if let Some(version) = config.signature_version()? {
        return Ok(Some(version.value.clone()));
    }
    let configured = config.in_block(&service.metadata.endpoint_prefix, "signature_version")?;
    Ok(configured.map(|version| version.value.to_owned()))
}

/// The crate's own HTTP client, made when the first request is sent: settings that are wrong are then an error of that request,
/// and a session that sends nothing costs nothing.
struct LazyTransport {
    config: Config,
    transport: OnceCell<HttpTransport>,
}

impl LazyTransport {
    fn new(config: &Config) -> Self {
        LazyTransport { config: config.clone(), transport: OnceCell::new() }
    }

    fn make(config: &Config) -> Result<HttpTransport> {
        let mut settings = TransportConfig::new()
            .verify(config.verify_tls()?.value)
            .max_idle_per_host(config.max_pool_connections()?.value.get() as usize);
        if let Some(bundle) = config.ca_bundle()? {
            settings = settings.ca_bundle(&bundle.value);
        }
        if let Some(certificate) = config.client_cert()? {
            settings = settings.client_certificate(&certificate.value, &certificate.value);
        }
        let proxies = config.clone();
        settings = settings.proxy_for(move |uri| {
            let proxy = proxies.proxy_for(&uri.to_string()).ok()??;
            ProxyUrl::parse(proxy.url()).ok()
        });
        Ok(HttpTransport::with_config(settings))
    }
}

impl Transport for LazyTransport {
    fn send(
        &self,
        request: http::Request<crate::Body>,
        options: &crate::SendOptions,
    ) -> Result<http::Response<crate::Body>, crate::TransportError> {
        let transport = self
            .transport
            .get_or_try_init(|| LazyTransport::make(&self.config))
            .map_err(|error| crate::TransportError::new(crate::TransportErrorKind::Request, error))?;
        transport.send(request, options)
    }
}

//! [`Session`]: settings, credentials, models and connections that clients share.

mod assumed_role;
mod builder;
mod client_builder;
mod report;
mod services;
mod transport;

use std::borrow::Cow;
use std::env::split_paths;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use once_cell::sync::{Lazy, OnceCell};
use serde_json::{Map, Value};

pub use assumed_role::AssumedRole;
pub use builder::SessionBuilder;
pub use client_builder::ClientBuilder;

use crate::body::Body;
use crate::call;
use crate::client::{Client, legacy_endpoints, legacy_service, partitions};
use crate::clock::Clock;
use crate::config::Config;
use crate::credentials::cache::CachedCredentials;
use crate::credentials::imds;
use crate::credentials::setup::Setup;
use crate::credentials::token::BearerTokens;
use crate::customize;
use crate::endpoint::{self, ParamValue, RuleSet};
use crate::error::{Error, ErrorKind, Result};
use crate::hooks::Hooks;
use crate::model::loader::{FileType, Found, Given, Sources};
use crate::model::service::ServiceModel;
use crate::model::validate::Validation;
use crate::transport::Transport;

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
pub struct Session(Arc<Inner>, Arc<Identity>);

/// Who the session is.
struct Identity {
    credentials: Arc<CachedCredentials>,
    tokens: Arc<BearerTokens>,
    /// The credentials are not those of the chain.
    given_in_code: bool,
    /// What providers are made from.
    setup: Setup,
}

/// All but the identity, which needs clients itself.
struct Inner {
    config: Config,
    models: Models,
    sources: OnceCell<Sources>,
    transport: Arc<dyn Transport>,
    /// The transport is the user's own, so settings of connections do not apply to it.
    own_transport: bool,
    clock: Arc<dyn Clock>,
    defaults: ClientSettings,
    /// The region of the first client, which is the one that roles are assumed in, as in botocore.
    first_region: OnceCell<String>,
    /// Where this program runs, as far as the machine tells.
    machine_region: OnceCell<Option<String>>,
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
    attempt_timeout: Option<Duration>,
    deadline: Option<Duration>,
    hooks: Hooks,
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
    /// Other names are found too: the service id (`"EventBridge"`), the full name (`"Amazon Simple Queue Service"`, with or without
    /// `Amazon`), the abbreviation, the endpoint prefix, the signing name and the AWS CLI's `s3api`, in any case and with any
    /// separators. The name of a folder goes before all of these, and a name that several services have is an error that lists them.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownService`] for a service that has no model; [`ErrorKind::Config`] for settings that are missing or
    /// wrong, the region above all; [`ErrorKind::Model`] for a broken model. Credentials are not looked for before a call.
    pub fn client(&self, service: &str) -> Result<Client> {
        self.client_builder(service).build()
    }

    /// Begins a client with settings that differ from the session's.
    pub fn client_builder(&self, service: &str) -> ClientBuilder {
        ClientBuilder::new(&self.0, Some(&self.1), service)
    }

    /// The credentials of a role, assumed with those of this session and renewed before they expire. Nothing is called before
    /// they are needed.
    ///
    /// ```no_run
    /// # let session = tucuxi::Session::new()?;
    /// let auditor = session.assume_role("arn:aws:iam::123456789012:role/auditor").session_name("nightly");
    /// let s3 = session.client_builder("s3").credentials(auditor).build()?;
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    pub fn assume_role(&self, role_arn: impl Into<String>) -> AssumedRole {
        let Identity { credentials, setup, .. } = &*self.1;
        AssumedRole::new(setup, credentials, role_arn.into())
    }

    /// Signs a request that no model describes, with the credentials and for the region of this session: for endpoints of a program's
    /// own (`execute-api` of API Gateway, `lambda` of function URLs, `es` of OpenSearch domains, `aoss` of serverless ones, ..).
    ///
    /// ```
    /// # let keys = tucuxi::Credentials::new("AKID", "secret");
    /// # let session = tucuxi::Session::builder().region("eu-west-1").credentials(keys).build()?;
    /// let request = http::Request::post("https://abc123.execute-api.eu-west-1.amazonaws.com/orders")
    ///     .header("content-type", "application/json")
    ///     .body(r#"{"item": 7}"#)
    ///     .unwrap();
    /// let signed = session.sign_request("execute-api", request)?;
    /// assert!(signed.headers()["authorization"].to_str().unwrap().contains("/eu-west-1/execute-api/aws4_request"));
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// All headers that the request has are signed, but for those that proxies change; the host is the URL's. The signature covers
    /// the body, which is read for that; a header `x-amz-content-sha256` says that it has been (its SHA-256), or that it is not to
    /// be (`UNSIGNED-PAYLOAD`). A session that [does not sign](crate::SessionBuilder::no_sign_request) gives the request back as it is.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] without a region; [`ErrorKind::Credentials`]; [`ErrorKind::Signing`]; [`ErrorKind::Body`] for a body that
    /// cannot be read twice.
    pub fn sign_request<B: Into<Body>>(&self, service: &str, request: http::Request<B>) -> Result<http::Request<Body>> {
        let request = request.map(Into::into);
        if self.0.defaults.unsigned {
            return Ok(request);
        }
        let region = self.0.config.client_region()?.ok_or_else(|| {
            let message = "no region: set one in code, in AWS_REGION or as `region` of the profile";
            Error::new(ErrorKind::Config, message)
        })?;
        let credentials = self.1.credentials.get_until(call::deadline_after(self.0.defaults.deadline))?;
        call::sign_for(service, &region.name, &credentials, request, self.0.clock.now())
    }

    /// The names of all services that have a model, sorted. What is wrong with a broken model or model folder is told by
    /// [`client`](Self::client).
    pub fn available_services(&self) -> Vec<String> {
        listed(self.sources().and_then(Sources::services))
    }

    /// The API versions of a service's models, oldest first; empty for a service that has none.
    pub fn available_versions(&self, service: &str) -> Vec<String> {
        listed(self.0.service_name(service).and_then(|service| self.sources()?.versions(&service)))
    }

    /// The regions that a service is known to have in the partition `aws`, as of the release of the models, sorted; empty for a
    /// service that has no model.
    ///
    /// ```
    /// let session = tucuxi::Session::builder().build()?;
    /// assert!(session.available_regions("sqs").contains(&"eu-west-1".to_owned()));
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    pub fn available_regions(&self, service: &str) -> Vec<String> {
        self.available_regions_in(service, "aws")
    }

    /// The regions that a service is known to have in a partition (`aws`, `aws-cn`, `aws-us-gov`, ..), sorted.
    pub fn available_regions_in(&self, service: &str, partition: &str) -> Vec<String> {
        let find = || {
            let model = self.model(service, None)?;
            let legacy = legacy_service(self.sources()?, &model.metadata.endpoint_prefix)?;
            Ok(legacy.available_regions(partition, false))
        };
        let mut regions = listed(find());
        regions.sort_unstable();
        regions
    }

    /// The names of all partitions: `aws`, `aws-cn`, ..
    pub fn available_partitions(&self) -> Vec<String> {
        let find = || {
            let found = legacy_endpoints(self.sources()?)?;
            endpoint::available_partitions(&found.read()?, &found.origin())
        };
        listed(find())
    }

    /// The partition that a region belongs to; `None` for a region that fits none.
    pub fn partition_of(&self, region: &str) -> Option<String> {
        let find = || {
            let found = legacy_endpoints(self.sources()?)?;
            endpoint::partition_of_region(&found.read()?, &found.origin(), region)
        };
        listed(find())
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
        self.0.sources()
    }

    fn model(&self, service: &str, api_version: Option<&str>) -> Result<Arc<ServiceModel>> {
        self.0.model(service, api_version)
    }
}

impl Inner {
    /// The most time to connect, for a client of this configuration. The machine is asked for its region once at most.
    fn connect_limit(&self, config: &Config) -> Result<Option<Duration>> {
        config.connect_limit(|| {
            let own = self.own_transport.then(|| Arc::clone(&self.transport));
            self.machine_region.get_or_init(|| imds::region(&self.config, own)).clone()
        })
    }

    fn sources(&self) -> Result<&Sources> {
        self.sources.get_or_try_init(|| {
            let models = &self.models;
            let given = models.given.iter();
            let given = given.map(|(service, file, text)| Given::new(service, *file, text.as_str())).collect();
            let environment = self.config.environment();
            let mut folders = models.folders.clone();
            if let Some(path) = self.config.data_path()? {
                folders.extend(split_paths(&path.value).map(|folder| environment.expand(&folder.to_string_lossy())));
            }
            folders.extend(environment.home().map(|home| home.join(".aws").join("models")));
            Ok(Sources::new(given, folders, cfg!(feature = "bundled-models")))
        })
    }

    /// The name of a service's folder. That name always wins; only a name that no folder has is looked for among the other names.
    fn service_name<'s>(&self, name: &'s str) -> Result<Cow<'s, str>> {
        let sources = self.sources()?;
        if sources.has_service(name) {
            return Ok(Cow::Borrowed(name));
        }
        sources.service_by_other_name(name, customize::service_alias).map(Cow::Owned)
    }

    fn model(&self, service: &str, api_version: Option<&str>) -> Result<Arc<ServiceModel>> {
        let (sources, version) = (self.sources()?, self.model_version(service, api_version)?);
        if let Some(found) = sources.find(service, version, FileType::Service)? {
            return parse_model(service, &found);
        }
        let service = &*self.service_name(service)?;
        parse_model(service, &sources.service(service, self.model_version(service, api_version)?)?)
    }

    /// The version given in code, else that of the profile.
    fn model_version<'v>(&'v self, service: &str, given: Option<&'v str>) -> Result<Option<&'v str>> {
        match given {
            Some(_) => Ok(given),
            None => Ok(self.config.in_block("api_versions", service)?.map(|version| version.value)),
        }
    }
}

fn parse_model(service: &str, found: &Found) -> Result<Arc<ServiceModel>> {
    found.get_or_parse(|text, origin| ServiceModel::parse(service, &found.version, text.into_owned(), origin))
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("models", &self.0.models.given.len()).finish_non_exhaustive()
    }
}

/// A list is empty where nothing can be listed; why is for the log, and for whoever uses what is broken.
fn listed<T: Default>(found: Result<T>) -> T {
    found.unwrap_or_else(|error| {
        tracing::warn!(%error, "not listed");
        T::default()
    })
}

fn rule_set(sources: &Sources, service: &ServiceModel) -> Result<Option<Arc<RuleSet>>> {
    let found = sources.find(&service.name, Some(&service.version), FileType::EndpointRuleSet)?;
    found.map(|found: Found| found.get_or_parse(|text, origin| RuleSet::parse(&text, origin))).transpose()
}

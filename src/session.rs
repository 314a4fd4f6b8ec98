//! [`Session`]: settings, credentials, models and connections shared by clients.

mod assumed_role;
mod builder;
mod client_builder;
mod endpoint_rules;
mod report;
mod resources;
mod service_info;
mod services;
mod setters;
mod state;
mod target;
mod transport;
mod unwind;

use std::fmt;
use std::sync::Arc;

use once_cell::sync::Lazy;
use serde_json::Value;

pub use assumed_role::AssumedRole;
pub use builder::SessionBuilder;
pub use client_builder::ClientBuilder;
pub use service_info::ServiceInfo;

use crate::body::Body;
use crate::call;
use crate::client::Client;
use crate::credentials::Credentials;
use crate::deadline::Deadline;
use crate::endpoint::{self, ParamValue};
use crate::error::{Error, ErrorKind, NotConfigured, Result};
use crate::model::loader::Sources;
use crate::plan::TimestampStyle;
use crate::resource::Resource;
use crate::runtime::{legacy_endpoints, legacy_service, partitions};
use state::{SessionCore, SessionCredentials, rule_set};

/// Creates a client of the default session, whose settings and credentials come from the environment and the AWS CLI's
/// files.
///
/// # Errors
/// [`ErrorKind::UnknownService`] for a service without a model; [`ErrorKind::Config`] for missing or invalid settings.
pub fn client(service: &str) -> Result<Client> {
    default_session().client(service)
}

/// Creates the resource of a service of the default session, as [`client()`] creates a client.
///
/// # Errors
/// As for [`Session::resource`].
pub fn resource(service: &str) -> Result<Resource> {
    default_session().resource(service)
}

fn default_session() -> &'static Session {
    static DEFAULT: Lazy<Session> = Lazy::new(|| Session::builder().assemble());
    &DEFAULT
}

/// Settings, credentials, models and connections shared by clients. Cheap to clone.
///
/// ```
/// use tucuxi::{Credentials, Session};
/// let session = Session::builder().region("eu-west-1").credentials(Credentials::new("AKID", "secret")).build()?;
/// let s3 = session.client("s3")?;
/// assert_eq!(s3.region(), Some("eu-west-1"));
/// # Ok::<(), tucuxi::Error>(())
/// ```
#[derive(Clone)]
pub struct Session(Arc<SessionCore>, Arc<SessionCredentials>);

impl Session {
    /// Creates a session from the environment and the AWS CLI's files.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] for a profile that does not exist, or a file that cannot be read.
    pub fn new() -> Result<Session> {
        Session::builder().build()
    }

    /// Starts building a session with its own settings.
    pub fn builder() -> SessionBuilder {
        SessionBuilder::default()
    }

    /// Creates a client of a service, by the service's folder name in botocore's data: `"sqs"`, `"dynamodb"`, `"ec2"`.
    ///
    /// Other names work too, in any case and with any separators: the service id (`"EventBridge"`), the full name
    /// (`"Amazon Simple Queue Service"`, with or without `Amazon`), the abbreviation, the endpoint prefix, the signing
    /// name and the AWS CLI's `s3api`. A folder name takes precedence. A name shared by several services is an error
    /// that lists them.
    ///
    /// # Errors
    /// [`ErrorKind::UnknownService`] for a service without a model; [`ErrorKind::Config`] for missing or invalid
    /// settings, above all the region; [`ErrorKind::Model`] for a broken model. Credentials are resolved by the first
    /// call, not here.
    pub fn client(&self, service: &str) -> Result<Client> {
        self.client_builder(service).build()
    }

    /// Starts building a client that overrides settings of the session.
    pub fn client_builder(&self, service: &str) -> ClientBuilder {
        ClientBuilder::new(&self.0, Some(&self.1), service)
    }

    /// The credentials of a role, assumed with the session's credentials and renewed before they expire. The first call
    /// is made when they are needed.
    ///
    /// ```no_run
    /// # let session = tucuxi::Session::new()?;
    /// let auditor = session.assume_role("arn:aws:iam::123456789012:role/auditor").session_name("nightly");
    /// let s3 = session.client_builder("s3").credentials(auditor).build()?;
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    pub fn assume_role(&self, role_arn: impl Into<String>) -> AssumedRole {
        let SessionCredentials { credentials, setup, .. } = &*self.1;
        AssumedRole::new(setup, credentials, role_arn.into())
    }

    /// The session's credentials, from its provider or the default chain; renewed if they expire soon.
    ///
    /// Clients ask for them themselves. This is for programs that hand them on, as `aws configure export-credentials` does.
    ///
    /// ```
    /// # let session = tucuxi::Session::builder().credentials(tucuxi::Credentials::new("AKID", "secret")).build()?;
    /// let credentials = session.get_credentials()?;
    /// assert_eq!(credentials.access_key_id(), "AKID");
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Credentials`] if there are none, or a provider fails.
    pub fn get_credentials(&self) -> Result<Credentials> {
        self.1.credentials.get(Deadline::after(self.0.defaults.deadline))
    }

    /// Signs a request that no model describes, with the session's credentials and region: for custom endpoints, such
    /// as API Gateway (`execute-api`), function URLs (`lambda`), OpenSearch domains (`es`) and serverless collections
    /// (`aoss`).
    ///
    /// ```
    /// # let credentials = tucuxi::Credentials::new("AKID", "secret");
    /// # let session = tucuxi::Session::builder().region("eu-west-1").credentials(credentials).build()?;
    /// let request = http::Request::post("https://abc123.execute-api.eu-west-1.amazonaws.com/orders")
    ///     .header("content-type", "application/json")
    ///     .body(r#"{"item": 7}"#)
    ///     .unwrap();
    /// let signed = session.sign_request("execute-api", request)?;
    /// assert!(signed.headers()["authorization"].to_str().unwrap().contains("/eu-west-1/execute-api/aws4_request"));
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// The signature covers all headers of the request except those that proxies change, the host of the URL, and the
    /// body, which is read to hash it. A header `x-amz-content-sha256` gives the body's SHA-256 instead, or
    /// `UNSIGNED-PAYLOAD` to leave the body out. A session that [does not sign](crate::SessionBuilder::no_sign_request)
    /// returns the request unchanged.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] without a region; [`ErrorKind::Credentials`]; [`ErrorKind::Signing`]; [`ErrorKind::Body`]
    /// for a body that cannot be read twice.
    pub fn sign_request<B: Into<Body>>(&self, service: &str, request: http::Request<B>) -> Result<http::Request<Body>> {
        let request = request.map(Into::into);
        if self.0.defaults.unsigned {
            return Ok(request);
        }
        let region = self.0.config.client_region()?.ok_or_else(|| {
            let message = "no region: set one in code, in AWS_REGION or as `region` of the profile";
            Error::new(ErrorKind::Config, message).lacking(NotConfigured::Region)
        })?;
        let credentials = self.1.credentials.get(Deadline::after(self.0.defaults.deadline))?;
        call::sign_for(service, &region.name, &credentials, request, self.0.clock.now())
    }

    /// The names of all services with a model, sorted. A broken model or model folder is only logged;
    /// [`client`](Self::client) returns the error.
    pub fn available_services(&self) -> Vec<String> {
        or_empty(self.sources().and_then(Sources::services))
    }

    /// The API versions of a service's models, oldest first; empty for a service without a model.
    pub fn available_versions(&self, service: &str) -> Vec<String> {
        or_empty(self.0.service_name(service).and_then(|service| self.sources()?.versions(&service)))
    }

    /// The known regions of a service in the partition `aws`, as of the release of the models, sorted; empty for a
    /// service without a model.
    ///
    /// ```
    /// let session = tucuxi::Session::builder().build()?;
    /// assert!(session.available_regions("sqs").contains(&"eu-west-1".to_owned()));
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    pub fn available_regions(&self, service: &str) -> Vec<String> {
        self.available_regions_in(service, "aws")
    }

    /// The known regions of a service in a partition (`aws`, `aws-cn`, `aws-us-gov`, ..), sorted.
    pub fn available_regions_in(&self, service: &str, partition: &str) -> Vec<String> {
        let find = || {
            let model = &self.0.service(service, None, TimestampStyle::default())?.model;
            let legacy = legacy_service(self.sources()?, &model.metadata.endpoint_prefix)?;
            Ok(legacy.available_regions(partition, false))
        };
        let mut regions = or_empty(find());
        regions.sort_unstable();
        regions
    }

    /// The names of all partitions: `aws`, `aws-cn`, ..
    pub fn available_partitions(&self) -> Vec<String> {
        let find = || {
            let found = legacy_endpoints(self.sources()?)?;
            endpoint::available_partitions(&found.read()?, &found.origin())
        };
        or_empty(find())
    }

    /// The partition of a region; `None` for a region that matches none.
    pub fn partition_of(&self, region: &str) -> Option<String> {
        let find = || {
            let found = legacy_endpoints(self.sources()?)?;
            endpoint::partition_of_region(&found.read()?, &found.origin(), region)
        };
        or_empty(find())
    }

    /// Evaluates a service's endpoint rule set with the given endpoint parameters, and returns `url`, `headers` and
    /// `properties` from the rule set. Of the session, only the models are used.
    ///
    /// ```
    /// let session = tucuxi::Session::builder().build()?;
    /// let endpoint = session.resolve_endpoint("sqs", &serde_json::json!({"Region": "eu-west-1", "UseFIPS": true}))?;
    /// assert_eq!(endpoint["url"], "https://sqs-fips.eu-west-1.amazonaws.com");
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Endpoint`] with the rule set's message if it has no endpoint for these parameters;
    /// [`ErrorKind::Model`] for a service without a rule set.
    pub fn resolve_endpoint(&self, service: &str, params: &Value) -> Result<Value> {
        let model = &self.0.service(service, None, TimestampStyle::default())?.model;
        let sources = self.sources()?;
        let set = rule_set(sources, model)?
            .ok_or_else(|| Error::new(ErrorKind::Model, format!("{service} has no endpoint rule set")))?;
        let values = set.parameters().iter().map(|parameter| ParamValue::of(params.get(&*parameter.name)?));
        let values: Vec<_> = values.collect();
        Ok(set.resolve(&values, &*partitions(sources)?)?.to_value())
    }

    /// A setting of the profile that this crate does not know, by its name in the files: a program's own settings. `None` if the
    /// profile does not have it, or has a block of that name. `BLOCK.NAME` is a setting in a block.
    ///
    /// ```
    /// let session = tucuxi::Session::builder().build()?;
    /// let output = session.profile_setting("output")?.unwrap_or_else(|| "json".to_owned());
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Config`] for a profile that does not exist, or a file that cannot be read.
    pub fn profile_setting(&self, name: &str) -> Result<Option<String>> {
        let profile = self.0.config.profile_section()?;
        Ok(profile.and_then(|profile| profile.setting(name).map(str::to_owned)))
    }

    fn sources(&self) -> Result<&Sources> {
        self.0.sources()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("models", &self.0.models.given.len()).finish_non_exhaustive()
    }
}

/// Logs an error and returns an empty list. Using the broken item returns the error.
fn or_empty<T: Default>(found: Result<T>) -> T {
    found.unwrap_or_else(|error| {
        tracing::warn!(%error, "nothing can be listed");
        T::default()
    })
}

//! What a session consists of: settings, models, connections; and its credentials.

use std::borrow::Cow;
use std::env::split_paths;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use once_cell::sync::OnceCell;
use serde_json::{Map, Value};

use crate::clock::Clock;
use crate::config::Config;
use crate::credentials::cache::CachedCredentials;
use crate::credentials::imds;
use crate::credentials::setup::Setup;
use crate::credentials::token::BearerTokens;
use crate::customize;
use crate::endpoint::RuleSet;
use crate::error::Result;
use crate::hooks::Hooks;
use crate::model::loader::{FileType, Found, Given, Sources};
use crate::model::service::ServiceModel;
use crate::model::validate::Validation;
use crate::plan::{ServicePlan, TimestampStyle};
use crate::transport::Transport;

/// The session's credentials and tokens.
pub(super) struct SessionCredentials {
    pub(super) credentials: Arc<CachedCredentials>,
    pub(super) tokens: Arc<BearerTokens>,
    /// The credentials are set in code and not found by the chain.
    pub(super) given_in_code: bool,
    /// What credential providers are created from.
    pub(super) setup: Setup,
}

/// Everything but the credentials, whose providers need clients themselves.
pub(super) struct SessionCore {
    pub(super) config: Config,
    pub(super) models: Models,
    pub(super) sources: OnceCell<Sources>,
    pub(super) transport: Arc<dyn Transport>,
    /// The transport is the user's, so connection settings do not apply to it.
    pub(super) own_transport: bool,
    /// The transport is a test double: see [`Outside`](crate::runtime::Outside).
    pub(super) tells_calls: bool,
    /// Wraps the transports of clients.
    pub(super) wrap: Option<Arc<TransportWrap>>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) defaults: CodeSettings,
    /// The region of the first client, in which roles are assumed, as in botocore.
    pub(super) first_region: OnceCell<String>,
    /// The region of the machine, from its metadata service.
    pub(super) machine_region: OnceCell<Option<String>>,
}

/// Makes the transport of a client from another one. The flag says that the client is a credential provider's.
pub(crate) type TransportWrap = dyn Fn(Arc<dyn Transport>, bool) -> Arc<dyn Transport> + Send + Sync;

/// Models added in code.
#[derive(Clone, Default)]
pub(super) struct Models {
    pub(super) given: Vec<(String, FileType, String)>,
    pub(super) folders: Vec<PathBuf>,
}

/// Client settings that exist only in code, in addition to the table in `config/sources.rs`.
#[derive(Clone, Default)]
pub(super) struct CodeSettings {
    pub(super) unsigned: bool,
    pub(super) plain_http: bool,
    pub(super) validation: Option<Validation>,
    pub(super) timestamps: TimestampStyle,
    pub(super) context_params: Map<String, Value>,
    pub(super) attempt_timeout: Option<Duration>,
    pub(super) deadline: Option<Duration>,
    pub(super) hooks: Hooks,
}

impl SessionCore {
    /// The connect timeout of a client with this configuration. The machine's region is requested at most once.
    pub(super) fn connect_limit(&self, config: &Config) -> Result<Option<Duration>> {
        Ok(config.connect_limit(|| {
            let own = self.own_transport.then(|| Arc::clone(&self.transport));
            self.machine_region.get_or_init(|| imds::region(&self.config, own)).clone()
        })?)
    }

    pub(super) fn sources(&self) -> Result<&Sources> {
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

    /// Resolves a service name to the name of its folder. A folder name takes precedence over all other names.
    pub(super) fn service_name<'s>(&self, name: &'s str) -> Result<Cow<'s, str>> {
        let sources = self.sources()?;
        if sources.has_service(name) {
            return Ok(Cow::Borrowed(name));
        }
        sources.service_by_other_name(name, customize::service_alias).map(Cow::Owned)
    }

    pub(super) fn service(
        &self,
        service: &str,
        api_version: Option<&str>,
        timestamps: TimestampStyle,
    ) -> Result<Arc<ServicePlan>> {
        let (sources, version) = (self.sources()?, self.model_version(service, api_version)?);
        if let Some(found) = sources.find(service, version, FileType::Service)? {
            return parse_service(service, &found, timestamps);
        }
        let service = &*self.service_name(service)?;
        parse_service(service, &sources.service(service, self.model_version(service, api_version)?)?, timestamps)
    }

    /// The version set in code, or that of the profile.
    pub(super) fn model_version<'v>(&'v self, service: &str, given: Option<&'v str>) -> Result<Option<&'v str>> {
        match given {
            Some(_) => Ok(given),
            None => Ok(self.config.in_block("api_versions", service)?.map(|version| version.value)),
        }
    }
}

/// The plan of a service whose timestamps are read as they were sent, which is another one in the cache of files.
struct WirePlan(Arc<ServicePlan>);

fn parse_service(service: &str, found: &Found, timestamps: TimestampStyle) -> Result<Arc<ServicePlan>> {
    let parse = || match (found.packed(), found.smithy()?) {
        (Some(packed), _) => ServicePlan::unpack(service, &found.version, packed, &found.origin()),
        (None, Some(document)) => ServicePlan::of_smithy(service, &found.version, document, &found.origin()),
        (None, None) => ServicePlan::parse(service, &found.version, found.read()?.into_owned(), &found.origin()),
    };
    match timestamps {
        TimestampStyle::Rfc3339 => found.get_or_try_init(parse),
        TimestampStyle::Wire => {
            let init = || Ok(WirePlan(Arc::new(parse()?.with_timestamps(timestamps))));
            Ok(Arc::clone(&found.get_or_try_init(init)?.0))
        }
    }
}

pub(super) fn rule_set(sources: &Sources, service: &ServiceModel) -> Result<Option<Arc<RuleSet>>> {
    let found = sources.find(&service.name, Some(&service.version), FileType::EndpointRuleSet)?;
    let parse = |found: Found| {
        found.get_or_parse(|text, origin| match found.is_bundled() {
            true => RuleSet::open(text.into_owned(), origin),
            false => RuleSet::parse(&text, origin),
        })
    };
    found.map(parse).transpose()
}

//! What the clones of a client share: its resolved settings, and what its calls learn.

mod discovered;
mod made_call;
mod memory;
mod outside;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use once_cell::sync::OnceCell;

use crate::checksum;
use crate::config::{AccountIdEndpointMode, Config, EndpointDiscovery};
use crate::deadline::Deadline;
use crate::endpoint::{AuthScheme, Endpoint, EndpointCache, LegacyService, ParamValue, Partitions, RuleSet, Variant};
use crate::error::{Error, ErrorKind, Result};
use crate::hooks::Hooks;
use crate::model::loader::{FileType, Found, Sources, TopLevel};
use crate::model::operation::Operation;
use crate::model::validate::Validation;
use crate::plan::ServicePlan;
use crate::retry::Retries;
use crate::sign;
use crate::stage::Context;
use crate::user_agent::UserAgent;

pub(crate) use discovered::{DiscoveredEndpoints, KnownEndpoint};
pub(crate) use made_call::MadeCall;
pub(crate) use memory::Memory;
pub(crate) use outside::Outside;

/// The state shared by all clones of a client: resolved settings and caches.
pub(crate) struct Runtime {
    pub(crate) service: Arc<ServicePlan>,
    pub(crate) config: Config,
    pub(crate) sources: Sources,
    /// `None` for a model without a rule set, which uses `default_endpoint`.
    pub(crate) rules: Option<Rules>,
    pub(crate) default_endpoint: OnceCell<Arc<Endpoint>>,
    pub(crate) partitions: OnceCell<Arc<Partitions>>,
    /// The configured region.
    pub(crate) region: Option<String>,
    /// The signing region for endpoints that do not name one.
    pub(crate) signing_region: Option<String>,
    pub(crate) custom_endpoint: Option<String>,
    pub(crate) plain_http: bool,
    /// Requests are not signed.
    pub(crate) unsigned: bool,
    pub(crate) account_id_mode: AccountIdEndpointMode,
    /// Whether endpoints are discovered; `None` if the endpoint is set in code.
    pub(crate) endpoint_discovery: Option<EndpointDiscovery>,
    pub(crate) auth_scheme_preference: Vec<String>,
    pub(crate) region_set: Option<String>,
    pub(crate) injects_host_prefix: bool,
    /// Whether requests carry the trace header of this process's environment.
    pub(crate) propagates_trace: bool,
    pub(crate) validation: Validation,
    pub(crate) checksums: checksum::Policy,
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) read_timeout: Option<Duration>,
    /// The configured number; `None` for the service's default.
    pub(crate) max_attempts: Option<u32>,
    /// The time limit of an attempt.
    pub(crate) attempt_timeout: Option<Duration>,
    /// The time limit of a call.
    pub(crate) deadline: Option<Duration>,
    /// The maximum size in bytes of a copied body.
    pub(crate) spool_limit: u64,
    pub(crate) retries: Retries,
    /// Caches that calls fill.
    pub(crate) memory: Memory,
    pub(crate) hooks: Hooks,
    pub(crate) user_agent: UserAgent,
    pub(crate) outside: Outside,
}

/// The endpoint rule set, with the parameters that do not depend on a call.
pub(crate) struct Rules {
    pub(crate) set: Arc<RuleSet>,
    pub(crate) client_values: Vec<Option<ParamValue<'static>>>,
    /// The index of the parameter `AccountId`.
    pub(crate) account_id: Option<usize>,
    pub(crate) cache: EndpointCache,
}

impl Rules {
    /// The client's endpoint parameters, which a call overrides with its own.
    pub(crate) fn client_values(&self) -> Vec<Option<ParamValue<'_>>> {
        self.client_values.iter().map(|value| value.as_ref().map(ParamValue::borrowed)).collect()
    }
}

impl Runtime {
    pub(crate) fn context<'c>(&'c self, operation: &'c Operation) -> Context<'c> {
        let custom_endpoint = self.custom_endpoint.as_deref();
        let mut context = Context::new(
            &self.service.model,
            operation,
            &self.config,
            custom_endpoint,
            self.rules.is_some(),
            self.signing_region.as_deref(),
        );
        context.checks_response = checksum::checks_by_default(&self.checksums);
        context
    }

    /// What the authentication scheme of an operation, or of requests without one, is chosen from.
    pub(crate) fn auth_options<'o>(
        &'o self,
        operation: Option<&'o Operation>,
        endpoint_schemes: &'o [AuthScheme],
    ) -> sign::AuthOptions<'o> {
        sign::AuthOptions {
            service: &self.service.model,
            operation,
            endpoint_schemes,
            region: self.signing_region.as_deref(),
            unsigned: self.unsigned,
            preference: &self.auth_scheme_preference,
            prefers_bearer: self.outside.token.is_some(),
            region_set: self.region_set.as_deref(),
        }
    }

    pub(crate) fn find(&self, file: FileType) -> Result<Option<Found>> {
        self.sources.find(&self.service.model.name, Some(&self.service.model.version), file)
    }

    /// The endpoint of a service without a rule set: the configured one, or the one in `endpoints.json`.
    pub(crate) fn default_endpoint(&self) -> Result<Arc<Endpoint>> {
        let endpoint = self.default_endpoint.get_or_try_init(|| default_endpoint(self).map(Arc::new))?;
        Ok(Arc::clone(endpoint))
    }

    pub(crate) fn partitions(&self) -> Result<&Partitions> {
        let partitions = self.partitions.get_or_try_init(|| partitions(&self.sources))?;
        Ok(partitions)
    }

    /// Replaces `https` by `http` if TLS is off. A configured URL keeps its scheme.
    pub(crate) fn apply_scheme(&self, url: &mut String) {
        if self.plain_http && self.custom_endpoint.is_none() && url.starts_with("https://") {
            url.replace_range(..8, "http://");
        }
    }

    /// The current time, corrected by the known offset of the service's clock.
    pub(crate) fn service_time(&self) -> SystemTime {
        self.retries.skew.known().apply(self.outside.now())
    }

    /// The account id of the credentials, if the rule set uses it for the host.
    ///
    /// # Errors
    /// Missing credentials fail here if the signature needs them too: asking the provider again would call, or prompt,
    /// twice.
    pub(crate) fn account_id(
        &self,
        set: &RuleSet,
        operation: &Operation,
        deadline: Deadline,
    ) -> Result<Option<String>> {
        let references = |built_in: &str| {
            set.parameters()
                .iter()
                .any(|parameter| parameter.referenced && parameter.built_in.as_deref() == Some(built_in))
        };
        if self.unsigned
            || self.account_id_mode == AccountIdEndpointMode::Disabled
            || !references("AWS::Auth::AccountId")
        {
            return Ok(None);
        }
        let is_optional = self.outside.token.is_some()
            || operation.auth_type.as_deref() == Some("none")
            || operation.auth.iter().any(|scheme| scheme == "smithy.api#noAuth");
        match self.outside.credentials(deadline) {
            Ok(credentials) => Ok(credentials.account_id().map(str::to_owned)),
            Err(_) if is_optional => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The partitions, parsed once per process.
pub(crate) fn partitions(sources: &Sources) -> Result<Arc<Partitions>> {
    match sources.top_level(TopLevel::Partitions) {
        Some(found) => found.get_or_parse(|text, origin| Partitions::parse(&text, origin)),
        None => Err(Error::new(
            ErrorKind::Model,
            "partitions.json is missing: without bundled models, a model folder must contain it",
        )),
    }
}

fn default_endpoint(client: &Runtime) -> Result<Endpoint> {
    let endpoint = |url| Endpoint {
        url,
        headers: Vec::new(),
        auth_schemes: Vec::new(),
        properties: serde_json::Map::new(),
        rule: Vec::new(),
    };
    if let Some(url) = &client.custom_endpoint {
        return Ok(endpoint(url.clone()));
    }
    let flag = |setting: Option<&crate::config::Resolved<bool>>| setting.is_some_and(|setting| setting.value);
    let variant = Variant {
        fips: flag(client.config.use_fips_endpoint()?)
            || client.config.client_region()?.is_some_and(|region| region.fips),
        dual_stack: flag(client.config.use_dualstack_endpoint()?),
    };
    let service = legacy_service(&client.sources, &client.service.model.metadata.endpoint_prefix)?;
    let found = service.resolve(client.region.as_deref(), variant)?;
    let mut resolved = endpoint(found.url(!client.plain_http));
    if found.signing_region.is_some() || found.signing_name.is_some() {
        resolved.auth_schemes.push(AuthScheme {
            name: "sigv4".to_owned(),
            signing_name: found.signing_name,
            signing_region: found.signing_region,
            ..AuthScheme::default()
        });
    }
    Ok(resolved)
}

/// The entry of a service in the older `endpoints.json`.
pub(crate) fn legacy_service(sources: &Sources, endpoint_prefix: &str) -> Result<LegacyService> {
    let found = legacy_endpoints(sources)?;
    LegacyService::find(&found.read()?, &found.origin(), endpoint_prefix)
}

pub(crate) fn legacy_endpoints(sources: &Sources) -> Result<Found> {
    sources.top_level(TopLevel::Endpoints).ok_or_else(|| {
        Error::new(
            ErrorKind::Model,
            "endpoints.json is missing: without bundled models, a model folder must contain it",
        )
    })
}

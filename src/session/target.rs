//! What a client calls: its service, region and endpoint.

use std::sync::Arc;

use super::endpoint_rules::EndpointSettings;
use super::state::{CodeSettings, SessionCore, rule_set};
use crate::config::Config;
use crate::endpoint;
use crate::error::{Error, ErrorKind, NotConfigured, Result};
use crate::model::loader::{Sources, TopLevel};
use crate::model::service::ServiceModel;
use crate::plan::ServicePlan;
use crate::runtime::{Rules, legacy_service, partitions};

/// The service of a client and where it is, with the client's settings.
pub(super) struct ClientTarget {
    pub(super) config: Config,
    pub(super) service: Arc<ServicePlan>,
    pub(super) region: TargetRegion,
    pub(super) custom_endpoint: Option<String>,
    /// The endpoint belongs to AWS.
    pub(super) is_aws: bool,
    pub(super) rules: Option<Rules>,
}

impl ClientTarget {
    pub(super) fn find(
        core: &SessionCore,
        config: Config,
        service: &str,
        api_version: Option<&str>,
        settings: &CodeSettings,
    ) -> Result<ClientTarget> {
        let sources = core.sources()?;
        let service = core.service(service, api_version, settings.timestamps)?;
        let model = &service.model;
        let custom_endpoint = config.endpoint_url_for(&model.metadata.service_id)?.map(|url| url.value);
        let region = TargetRegion::find(&config, sources, model)?;
        let parameters = EndpointSettings {
            config: &config,
            service: model,
            region: &region.name,
            fips_region: region.fips,
            custom_endpoint: custom_endpoint.as_deref(),
            settings,
        };
        let rules = rule_set(sources, model)?.map(|set| parameters.rules(set)).transpose()?;
        let is_aws = custom_endpoint.as_deref().map_or(Ok(true), |url| is_aws(url, sources))?;
        Ok(ClientTarget { config, service, region, custom_endpoint, is_aws, rules })
    }
}

/// Whether a configured endpoint belongs to AWS: a VPC endpoint, another region, FIPS.
fn is_aws(url: &str, sources: &Sources) -> Result<bool> {
    // Without the list of partitions this is unknown.
    let Some(found) = sources.top_level(TopLevel::Partitions) else { return Ok(false) };
    let suffixes = found.get_or_parse(|text, origin| endpoint::DnsSuffixes::parse(&text, origin))?;
    Ok(endpoint::split(url).is_some_and(|url| suffixes.own(url.host)))
}

/// The region of a client.
pub(super) struct TargetRegion {
    /// The region for the rule set; empty for a service without a rule set that has no region.
    pub(super) name: String,
    pub(super) fips: bool,
    /// The signing region; for the global pseudo-regions, one of the real regions.
    pub(super) signing: Option<String>,
}

impl TargetRegion {
    pub(super) fn find(config: &Config, sources: &Sources, service: &ServiceModel) -> Result<TargetRegion> {
        let Some(region) = config.client_region()? else {
            return TargetRegion::global(sources, service);
        };
        let signing = if region.name.ends_with("-global") {
            let partitions = partitions(sources)?;
            partitions.of_region(&region.name)?.implicit_global_region.as_deref().map(str::to_owned)
        } else {
            None
        };
        Ok(TargetRegion {
            signing: signing.or_else(|| Some(region.name.clone())),
            name: region.name,
            fips: region.fips,
        })
    }

    /// The region of a global service, which works without a configured region.
    fn global(sources: &Sources, service: &ServiceModel) -> Result<TargetRegion> {
        let no_region = || {
            let message = "no region: set one in code, in AWS_REGION or as `region` of the profile";
            Error::new(ErrorKind::Config, format!("{}: {message}", service.name)).lacking(NotConfigured::Region)
        };
        let legacy = legacy_service(sources, &service.metadata.endpoint_prefix)?;
        let name = legacy.partition_endpoint("aws").ok_or_else(no_region)?.to_owned();
        let endpoint = legacy.resolve(None, endpoint::Variant::default())?;
        Ok(TargetRegion { name, fips: false, signing: Some(endpoint.signing_region.unwrap_or(endpoint.region)) })
    }
}

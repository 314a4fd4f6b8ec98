//! The endpoint parameters that are the same for all calls of a client: built-ins, and the client context parameters of
//! the model.

use std::sync::Arc;

use super::state::CodeSettings;
use crate::config::{AccountIdEndpointMode, Config, Resolved};
use crate::customize;
use crate::endpoint::{EndpointCache, ParamValue, Parameter, RuleSet};
use crate::error::Result;
use crate::model::service::ServiceModel;
use crate::runtime::Rules;

/// The number of endpoints that a client remembers.
const MAX_CACHED: usize = 100;

/// What endpoint parameters come from.
pub(super) struct EndpointSettings<'s> {
    pub(super) config: &'s Config,
    pub(super) service: &'s ServiceModel,
    pub(super) region: &'s str,
    /// The name of the region selects FIPS endpoints.
    pub(super) fips_region: bool,
    pub(super) custom_endpoint: Option<&'s str>,
    pub(super) settings: &'s CodeSettings,
}

impl EndpointSettings<'_> {
    pub(super) fn rules(&self, set: Arc<RuleSet>) -> Result<Rules> {
        let parameters = set.parameters();
        let client_values = parameters.iter().map(|parameter| self.value(parameter)).collect::<Result<Vec<_>>>()?;
        let cache = EndpointCache::new(parameters, MAX_CACHED, |_| true);
        let account_id = parameters.iter().position(|parameter| *parameter.name == *"AccountId");
        Ok(Rules { set, client_values, account_id, cache })
    }

    fn value(&self, parameter: &Parameter) -> Result<Option<ParamValue<'static>>> {
        let is_setting = || self.service.client_context_params.iter().any(|param| *param.name == *parameter.name);
        match (self.context_param(&parameter.name), parameter.built_in.as_deref()) {
            (None, Some(name)) => self.built_in(name),
            (None, None) if is_setting() => self.built_in(&parameter.name),
            (given, _) => Ok(given),
        }
    }

    /// A client context parameter set in code.
    fn context_param(&self, name: &str) -> Option<ParamValue<'static>> {
        let declared = self.service.client_context_params.iter().find(|param| *param.name == *name)?;
        ParamValue::of(self.settings.context_params.get(&declared.snake_name)?).map(ParamValue::into_owned)
    }

    fn built_in(&self, name: &str) -> Result<Option<ParamValue<'static>>> {
        let text = |text: &str| Some(ParamValue::from(text).into_owned());
        Ok(match name {
            "AWS::Region" => text(self.region).filter(|_| !self.region.is_empty()),
            "AWS::UseFIPS" => Some(ParamValue::Bool(self.uses_fips()?)),
            "AWS::UseDualStack" => Some(ParamValue::Bool(self.uses_dual_stack()?)),
            "AWS::Auth::AccountIdEndpointMode" => text(self.account_id_mode()?.as_str()),
            "SDK::Endpoint" => self.custom_endpoint.and_then(text),
            other => {
                let EndpointSettings { config, region, custom_endpoint, .. } = *self;
                let settings = customize::Settings { config, region, custom_endpoint };
                customize::built_in(other, &settings)?.map(ParamValue::Bool)
            }
        })
    }

    // Rule sets reject FIPS and dual-stack together with a configured endpoint, which is used as it is.

    fn uses_fips(&self) -> Result<bool> {
        Ok(self.custom_endpoint.is_none() && (self.fips_region || is_on(self.config.use_fips_endpoint()?)))
    }

    fn uses_dual_stack(&self) -> Result<bool> {
        let dual_stack = match customize::dual_stack(&self.service.metadata.service_id, self.config)? {
            Some(own) => own,
            None => is_on(self.config.use_dualstack_endpoint()?),
        };
        Ok(dual_stack && self.custom_endpoint.is_none())
    }

    fn account_id_mode(&self) -> Result<AccountIdEndpointMode> {
        if self.settings.unsigned {
            return Ok(AccountIdEndpointMode::Disabled);
        }
        Ok(self.config.account_id_endpoint_mode()?.value)
    }
}

fn is_on(setting: Option<&Resolved<bool>>) -> bool {
    setting.is_some_and(|setting| setting.value)
}

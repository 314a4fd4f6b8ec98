//! Resolves the endpoint of a request by the rule set of its service.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::Call;
use super::error::CallError;
use crate::config::proxy::without_secrets;
use crate::endpoint::{Endpoint, ParamValue};
use crate::error::Result;
use crate::features::Features;
use crate::model::operation::{Operation, TemplatePart};
use crate::runtime::{Rules, Runtime};
use crate::stage::EndpointParams;

impl Call<'_> {
    /// Resolves the endpoint by the rule set, from a cache if the parameters are those of an earlier call.
    pub(super) fn resolve_endpoint(&self, params: &Value) -> Result<(Arc<Endpoint>, Features)> {
        let client = self.client;
        let Some(rules) = &client.rules else {
            return Ok((client.default_endpoint()?, Features::NONE));
        };
        self.with_endpoint_params(rules, params, |endpoint_params| {
            let account_id = rules.account_id.is_some_and(|index| endpoint_params.values[index].is_some());
            let endpoint = rules.cache.get_or_resolve(&endpoint_params.values, || {
                let mut endpoint =
                    rules.set.resolve(&endpoint_params.values, client.partitions()?).map_err(|error| {
                        // Some rules quote the configured URL in their error, and it may contain a password or a token.
                        let custom = client.custom_endpoint.as_deref().filter(|url| url.contains(['@', '?', '#']));
                        custom.into_iter().fold(error, |error, url| error.showing(&without_secrets(url), url))
                    })?;
                client.apply_scheme(&mut endpoint.url);
                Ok(endpoint)
            })?;
            Ok((endpoint, Features::RESOLVED_ACCOUNT_ID.when(account_id)))
        })
    }

    /// Fills the endpoint parameters. Later sources override earlier ones: client, operation context parameters, context
    /// parameters, static context parameters, quirks, the region of a redirect.
    pub(super) fn with_endpoint_params<T>(
        &self,
        rules: &Rules,
        params: &Value,
        use_params: impl FnOnce(&EndpointParams<'_>) -> Result<T>,
    ) -> Result<T> {
        let Call { client, plan, context, .. } = self;
        let operation = &plan.operation;
        let mut endpoint_params = EndpointParams { parameters: rules.set.parameters(), values: rules.client_values() };
        let account_id = client.account_id(&rules.set, operation, context.deadline)?;
        if let Some(account_id) = &account_id {
            endpoint_params.set_built_in("AWS::Auth::AccountId", account_id.as_str());
        }
        for (name, path) in &operation.operation_context_params {
            let found = path.search(params)?;
            if let Some(value) = ParamValue::of(&found) {
                endpoint_params.set(name, value.into_owned());
            }
        }
        for (name, member) in &operation.context_params {
            if let Some(value) = params.get(member).and_then(ParamValue::of) {
                endpoint_params.set(name, value);
            }
        }
        for (name, value) in &operation.static_context_params {
            if let Some(value) = ParamValue::of(value) {
                endpoint_params.set(name, value);
            }
        }
        plan.quirks.params(&mut endpoint_params, context)?;
        if let Some(region) = &context.region {
            endpoint_params.replace_built_in("AWS::Region", &**region);
        }
        use_params(&endpoint_params)
    }
}

/// Expands the host prefix template of an operation.
pub(super) fn host_prefix(client: &Runtime, operation: &Operation, params: &Map<String, Value>) -> Result<String> {
    let Some(template) = operation.host_prefix.as_ref().filter(|_| client.injects_host_prefix) else {
        return Ok(String::new());
    };
    let mut prefix = String::new();
    for part in &template.parts {
        match part {
            TemplatePart::Literal(text) => prefix.push_str(text),
            TemplatePart::Label { name, .. } => {
                let label = params.get(name).and_then(Value::as_str).unwrap_or_default();
                let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
                if label.is_empty() || !label.bytes().all(allowed) {
                    return Err(CallError::HostLabel(name.clone()).into());
                }
                prefix.push_str(label);
            }
        }
    }
    Ok(prefix)
}

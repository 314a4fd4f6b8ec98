//! The quirk room: what services do that neither their model nor their rule set says.
//!
//! A quirk is a row of [`QUIRKS`] and a function in the file of its service. It hooks into one of the stages of a call, and
//! `why` tells where the behaviour is known from. Nothing outside of this room knows a service by its name.

use http::HeaderMap;
use serde_json::{Map, Value};

use crate::config::Config;
use crate::endpoint::{ParamValue, Parameter};
use crate::error::Result;
use crate::model::operation::Operation;
use crate::model::service::ServiceModel;
use crate::protocol::Serialized;
use crate::sign::Auth;

/// One deviation of one service.
pub(crate) struct Quirk {
    /// The service's id in lower case with hyphens, as botocore's events have it: `s3`, `cloudwatch-logs`.
    service: &'static str,
    /// In the model's spelling; empty means all.
    operations: &'static [&'static str],
    pub(crate) stage: Stage,
    /// Where this is known from.
    #[allow(dead_code, reason = "it is there for people to read")]
    why: &'static str,
}

/// Where in a call a quirk takes effect.
pub(crate) enum Stage {
    /// When the operation is compiled.
    Model(fn(&mut Operation)),
    /// The caller's parameters, before they are validated.
    Input(fn(&mut Map<String, Value>, &mut Context<'_>) -> Result<()>),
    /// The parameters of the endpoint's rule set, before it is resolved.
    Params(for<'p> fn(&mut EndpointParams<'p>, &Context<'_>) -> Result<()>),
    /// The serialised request, before it has a URL.
    Request(fn(&mut Serialized, &Context<'_>) -> Result<()>),
    /// How the request is going to be signed.
    Auth(fn(&mut Auth, &Context<'_>) -> Result<()>),
    /// The response, before it is parsed.
    Response(fn(&mut RawResponse, &Context<'_>) -> Result<()>),
    /// The value of a successful response.
    Output(fn(&mut Map<String, Value>, &RawResponse, &Context<'_>) -> Result<()>),
}

/// What a quirk may know of the call.
pub(crate) struct Context<'c> {
    #[allow(dead_code, reason = "for quirks to look at")]
    pub(crate) service: &'c ServiceModel,
    pub(crate) operation: &'c Operation,
    #[allow(dead_code, reason = "for quirks to look at")]
    pub(crate) config: &'c Config,
    /// The endpoint is one the user configured.
    #[allow(dead_code, reason = "for quirks to look at")]
    pub(crate) custom_endpoint: Option<&'c str>,
    marks: Vec<&'static str>,
}

/// A response whose body is in memory.
pub(crate) struct RawResponse {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// `None` for a payload that stays a stream.
    pub(crate) body: Option<Vec<u8>>,
}

/// The values for the parameters of a rule set, by name.
pub(crate) struct EndpointParams<'p> {
    pub(crate) parameters: &'p [Parameter],
    pub(crate) values: Vec<Option<ParamValue<'p>>>,
}

/// All quirks.
static QUIRKS: &[&[Quirk]] = &[];

/// The name of the service that an older name stands for (botocore's `utils.py: SERVICE_NAME_ALIASES`).
pub(crate) fn service_alias(name: &str) -> &str {
    match name {
        "runtime.sagemaker" => "sagemaker-runtime",
        other => other,
    }
}

/// The quirks of an operation, in the order of the table.
pub(crate) fn quirks_of(service_id: &str, operation: &str) -> Vec<&'static Quirk> {
    let service = service_id.to_ascii_lowercase().replace(' ', "-");
    QUIRKS
        .iter()
        .copied()
        .flatten()
        .filter(|quirk| quirk.service == service)
        .filter(|quirk| quirk.operations.is_empty() || quirk.operations.contains(&operation))
        .collect()
}

impl std::fmt::Debug for Quirk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Quirk({}, {:?})", self.service, self.operations)
    }
}

impl<'c> Context<'c> {
    pub(crate) fn new(
        service: &'c ServiceModel,
        operation: &'c Operation,
        config: &'c Config,
        custom_endpoint: Option<&'c str>,
    ) -> Self {
        Context { service, operation, config, custom_endpoint, marks: Vec::new() }
    }

    /// Leaves word for a later stage of the same call.
    #[allow(dead_code, reason = "for quirks to use")]
    pub(crate) fn mark(&mut self, mark: &'static str) {
        self.marks.push(mark);
    }

    #[allow(dead_code, reason = "for quirks to use")]
    pub(crate) fn is_marked(&self, mark: &str) -> bool {
        self.marks.contains(&mark)
    }
}

impl<'p> EndpointParams<'p> {
    /// Sets a parameter, where the rule set has one of that name.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<ParamValue<'p>>) {
        if let Some(index) = self.parameters.iter().position(|parameter| *parameter.name == *name) {
            self.values[index] = Some(value.into());
        }
    }

    /// Sets a parameter that a setting fills, unless something more specific did.
    #[allow(dead_code, reason = "for quirks to use")]
    pub(crate) fn set_built_in(&mut self, built_in: &str, value: impl Into<ParamValue<'p>>) {
        let index = self.parameters.iter().position(|parameter| parameter.built_in.as_deref() == Some(built_in));
        if let Some(slot) = index.map(|index| &mut self.values[index]).filter(|slot| slot.is_none()) {
            *slot = Some(value.into());
        }
    }

    #[allow(dead_code, reason = "for quirks to use")]
    pub(crate) fn get(&self, name: &str) -> Option<&ParamValue<'p>> {
        let index = self.parameters.iter().position(|parameter| *parameter.name == *name)?;
        self.values[index].as_ref()
    }
}

//! Endpoint discovery: asks a service for the endpoint of a request by one of its operations, and caches it.
//!
//! Reference: botocore's `discovery.py`.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};

use super::Call;
use super::error::{CallError, DiscoveryFlaw};
use crate::config::{EndpointDiscovery, Url};
use crate::endpoint;
use crate::error::{Error, ErrorKind, Result};
use crate::model::operation::Operation;
use crate::model::shape::{Shapes, Structure};
use crate::plan::OperationPlan;
use crate::runtime::{KnownEndpoint, Runtime};

/// The pause between discovery calls after one that failed.
const RETRY_INTERVAL: Duration = Duration::from_secs(60);

/// The code and the status of a response from an endpoint that is no longer valid.
const INVALID_ENDPOINT: &str = "InvalidEndpointException";
const MISDIRECTED: u16 = 421;

impl Call<'_> {
    /// The discovered URL for this request; `None` to use the endpoint of the rule set.
    pub(super) fn discover(&self, params: &Map<String, Value>) -> Result<Option<Arc<str>>> {
        let Call { client, context, .. } = self;
        let Some(lookup) = DiscoveryCall::new(client, context.operation, params)? else { return Ok(None) };
        let endpoints = client.memory.endpoints.get_or_insert_with(&lookup.key, Arc::default);
        let failures = endpoints.failures.count();
        let mut known = endpoints.known.lock(context.deadline).map_err(CallError::from)?;
        let now = client.outside.now();
        if let Some((url, _)) = known.current.as_ref().filter(|(_, expires)| now < *expires) {
            return Ok(Some(Arc::clone(url)));
        }
        let stale = known.current.as_ref().map(|(url, _)| Arc::clone(url));
        if let Some(failure) = &known.failure {
            let has_fallback = stale.is_some() || !lookup.required;
            if has_fallback && now.duration_since(failure.at).is_ok_and(|since| since < RETRY_INTERVAL) {
                return Ok(stale);
            }
            if !has_fallback && failure.is_after(failures) {
                return Err(failure.to_error());
            }
        }
        match lookup.send(self, now) {
            Ok((url, expires)) => {
                *known = KnownEndpoint { current: Some((Arc::clone(&url), expires)), failure: None };
                Ok(Some(url))
            }
            Err(error) => {
                let has_fallback = stale.is_some() || !lookup.required && error.is_connection_failure();
                let error = discovery_error(error);
                // A discovery call that this caller's deadline or token ended does not count as a failure of the service.
                if !error.ended_by_deadline() && !error.is_cancelled() {
                    known.failure = Some(endpoints.failures.note(&error, client.outside.now(), context.deadline));
                }
                if !has_fallback {
                    return Err(error);
                }
                tracing::warn!(%error, stale = stale.is_some(), "endpoint discovery failed; using the stale endpoint or the one of the rule set");
                Ok(stale)
            }
        }
    }

    /// Drops the cached endpoint if the error means that it is no longer valid, and returns whether it did.
    pub(super) fn forget_endpoint(&self, params: &Value, error: &Error) -> bool {
        let Call { client, context, .. } = self;
        let is_invalid = |code: Option<&str>| code == Some(INVALID_ENDPOINT);
        let has_moved = error.service().is_some_and(|service| {
            service.status() == MISDIRECTED || is_invalid(Some(service.code())) || is_invalid(service.shape_code())
        });
        let (true, Some(params)) = (has_moved, params.as_object()) else { return false };
        let Ok(Some(lookup)) = DiscoveryCall::new(client, context.operation, params) else { return false };
        client.memory.endpoints.insert(&lookup.key, Arc::default());
        true
    }
}

/// A discovery call.
struct DiscoveryCall<'c> {
    plan: &'c Arc<OperationPlan>,
    params: Value,
    /// The parameters as text: the cache key.
    key: String,
    /// The operation cannot fall back to the endpoint of the rule set.
    required: bool,
}

impl<'c> DiscoveryCall<'c> {
    /// `None` if the operation or the settings do without discovery.
    fn new(client: &'c Runtime, operation: &Operation, params: &Map<String, Value>) -> Result<Option<Self>> {
        let (Some(discovery), Some(setting)) = (operation.endpoint_discovery, client.endpoint_discovery) else {
            return Ok(None);
        };
        // The discovery operation itself uses the rule set's endpoint, even if the model declares discovery for it.
        if operation.discovers_endpoints {
            return Ok(None);
        }
        match setting {
            EndpointDiscovery::Disabled if discovery.required => {
                return Err(CallError::DiscoveryDisabled.into());
            }
            EndpointDiscovery::Disabled => return Ok(None),
            EndpointDiscovery::Auto if !discovery.required => return Ok(None),
            EndpointDiscovery::Auto | EndpointDiscovery::Enabled => {}
        }
        let Some(plan) = client.service.discovery_operation()? else { return Ok(None) };
        let mut identifiers = Map::new();
        if let (Some(shapes), Some(structure)) = (&operation.input, operation.input_structure()) {
            collect_identifiers(shapes, structure, params, &mut identifiers, 0);
        }
        let has_member =
            |name: &str| plan.operation.input_structure().is_some_and(|input| input.by_name(name).is_some());
        let mut params = Map::new();
        // The operation's name is sent only with identifiers, as in botocore.
        if !identifiers.is_empty() {
            for (name, value) in [("Operation", json!(operation.name)), ("Identifiers", Value::Object(identifiers))] {
                if has_member(name) {
                    params.insert(name.to_owned(), value);
                }
            }
        }
        let params = Value::Object(params);
        Ok(Some(DiscoveryCall { plan, key: params.to_string(), params, required: discovery.required }))
    }

    fn send(&self, call: &Call<'_>, now: SystemTime) -> Result<(Arc<str>, SystemTime)> {
        let output = call.inner(self.plan, self.params.clone(), call.context.time_left())?.value;
        let first = &output["Endpoints"][0];
        let operation = &self.plan.operation.name;
        let unusable = |flaw| CallError::DiscoveryResponse { operation: operation.clone(), flaw };
        let address = first["Address"].as_str().ok_or_else(|| unusable(DiscoveryFlaw::NoAddress))?;
        let url = endpoint::https_url(address).ok_or_else(|| unusable(DiscoveryFlaw::Address(address.to_owned())))?;
        let minutes = first["CachePeriodInMinutes"].as_u64().unwrap_or(0);
        let expires = now.checked_add(Duration::from_secs(minutes.saturating_mul(60)));
        let expires = expires.ok_or_else(|| unusable(DiscoveryFlaw::CachePeriod))?;
        tracing::debug!(url = ?Url(url.clone()), minutes, "discovered the endpoint");
        Ok((url.into(), expires))
    }
}

/// Collects the members marked as endpoint discovery ids, also those in nested structures.
fn collect_identifiers(
    shapes: &Shapes,
    structure: &Structure,
    params: &Map<String, Value>,
    found: &mut Map<String, Value>,
    depth: usize,
) {
    const MAX_DEPTH: usize = 32;
    for member in &structure.members {
        let Some(value) = params.get(&*member.name) else { continue };
        if member.target.endpoint_id {
            found.insert(member.name.to_string(), value.clone());
        } else if let (Some(inner), Value::Object(params)) = (shapes.structure(member.target.shape), value)
            && depth < MAX_DEPTH
        {
            collect_identifiers(shapes, inner, params, found, depth + 1);
        }
    }
}

/// The error of the call, caused by that of the discovery call.
fn discovery_error(error: Error) -> Error {
    let message = "endpoint discovery failed for this operation";
    Error::caused_by(error, ErrorKind::Endpoint, message)
}

//! Endpoints that a service has to be asked for: one of its operations tells them, and how long they are good.
//!
//! Reference: botocore's `discovery.py`.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::{Map, Value, json};

use super::CallOptions;
use crate::client::Shared;
use crate::config::{EndpointDiscovery, Url};
use crate::customize::Context;
use crate::endpoint;
use crate::error::{Error, ErrorKind, Result};
use crate::model::operation::Operation;
use crate::model::shape::{Shapes, Structure};
use crate::timed_mutex::{Failure, Failures, LockFailure, TimedMutex};

/// How long the service is left alone when it could not be options.
const BETWEEN_FAILURES: Duration = Duration::from_secs(60);

/// The codes and the status of an endpoint that is not the right one any more.
const WRONG_ENDPOINT: &str = "InvalidEndpointException";
const MISDIRECTED: u16 = 421;

/// What the service answered to one question.
#[derive(Debug, Default)]
pub(crate) struct Endpoints {
    /// LockFailure while the service is options: of many threads one asks.
    known: TimedMutex<Known>,
    failures: Failures,
}

#[derive(Debug, Default)]
struct Known {
    /// Until when it is good. It serves beyond that while the service cannot be options.
    current: Option<(Arc<str>, SystemTime)>,
    failure: Option<Failure>,
}

/// The URL that the service tells for this request; `None` for the one of the rule set.
pub(super) fn discover(
    client: &Shared,
    context: &Context<'_>,
    params: &Map<String, Value>,
) -> Result<Option<Arc<str>>> {
    let Some(question) = Question::of(client, context.operation, params)? else { return Ok(None) };
    let endpoints = client.memory.endpoints.get_or_insert_with(&question.key, Arc::default);
    let failures = endpoints.failures.count();
    let mut known = endpoints.known.lock_until(context.until).map_err(no_way)?;
    let now = client.clock.now();
    if let Some((url, _)) = known.current.as_ref().filter(|(_, end)| now < *end) {
        return Ok(Some(Arc::clone(url)));
    }
    let stale = known.current.as_ref().map(|(url, _)| Arc::clone(url));
    if let Some(failure) = &known.failure {
        let may_go_on = stale.is_some() || !question.required;
        if may_go_on && now.duration_since(failure.at).is_ok_and(|since| since < BETWEEN_FAILURES) {
            return Ok(stale);
        }
        if !may_go_on && failure.is_behind(failures) {
            return Err(failure.to_error());
        }
    }
    match question.ask(client, context, now) {
        Ok((url, end)) => {
            *known = Known { current: Some((Arc::clone(&url), end)), failure: None };
            Ok(Some(url))
        }
        Err(error) => {
            let may_go_on = stale.is_some() || !question.required && error.is_connection_failure();
            let error = told(error);
            // A question that was broken off for want of time says nothing of the service.
            if !error.ended_by_deadline() {
                known.failure = Some(endpoints.failures.note(&error, client.clock.now(), context.until.is_some()));
            }
            if !may_go_on {
                return Err(error);
            }
            tracing::warn!(%error, stale = stale.is_some(), "the endpoint that was known serves on, or the one of the rule set");
            Ok(stale)
        }
    }
}

/// Whether the answer means that the endpoint is not the right one any more; it is forgotten then.
pub(super) fn forget(client: &Shared, context: &Context<'_>, params: &Value, error: &Error) -> bool {
    let is_wrong = |code: Option<&str>| code == Some(WRONG_ENDPOINT);
    let refused = error.service().is_some_and(|service| {
        service.status() == MISDIRECTED || is_wrong(Some(service.code())) || is_wrong(service.shape_code())
    });
    let (true, Some(params)) = (refused, params.as_object()) else { return false };
    let Ok(Some(question)) = Question::of(client, context.operation, params) else { return false };
    client.memory.endpoints.insert(&question.key, Arc::default());
    true
}

/// What the service is options.
struct Question<'c> {
    operation: &'c Arc<Operation>,
    params: Value,
    /// The question as text.
    key: String,
    /// There is no endpoint without an answer.
    required: bool,
}

impl<'c> Question<'c> {
    /// `None` where the service is not options.
    fn of(client: &'c Shared, operation: &Operation, params: &Map<String, Value>) -> Result<Option<Self>> {
        let (Some(wanted), Some(setting)) = (operation.endpoint_discovery, client.endpoint_discovery) else {
            return Ok(None);
        };
        // Whatever a model says: the question itself goes to the endpoint that is known.
        if operation.discovers_endpoints {
            return Ok(None);
        }
        match setting {
            EndpointDiscovery::Disabled if wanted.required => {
                let message = "this operation goes to an endpoint that the service has to be asked for, and \
                               endpoint_discovery_enabled is false";
                return Err(Error::new(ErrorKind::Endpoint, message));
            }
            EndpointDiscovery::Disabled => return Ok(None),
            EndpointDiscovery::Auto if !wanted.required => return Ok(None),
            EndpointDiscovery::Auto | EndpointDiscovery::Enabled => {}
        }
        let Some(discovery) = client.service.discovery_operation()? else { return Ok(None) };
        let mut identifiers = Map::new();
        if let (Some(shapes), Some(structure)) = (&operation.input, operation.input_structure()) {
            gather(shapes, structure, params, &mut identifiers, 0);
        }
        let takes = |name: &str| discovery.input_structure().is_some_and(|input| input.by_name(name).is_some());
        let mut params = Map::new();
        // The name of the operation counts only beside identifiers.
        if !identifiers.is_empty() {
            for (name, value) in [("Operation", json!(operation.name)), ("Identifiers", Value::Object(identifiers))] {
                if takes(name) {
                    params.insert(name.to_owned(), value);
                }
            }
        }
        let params = Value::Object(params);
        Ok(Some(Question { operation: discovery, key: params.to_string(), params, required: wanted.required }))
    }

    fn ask(&self, client: &Shared, context: &Context<'_>, now: SystemTime) -> Result<(Arc<str>, SystemTime)> {
        let options = CallOptions { deadline: context.time_left(), ..CallOptions::new(self.params.clone()) };
        let answer = super::call(client, self.operation, options)?.value;
        let first = &answer["Endpoints"][0];
        let unusable = |what: &str| Error::new(ErrorKind::Response, format!("{}: {what}", self.operation.name));
        let address = first["Address"].as_str().ok_or_else(|| unusable("the answer has no Endpoints[0].Address"))?;
        let url = endpoint::https_url(address).ok_or_else(|| {
            unusable(&format!("Endpoints[0].Address: expected a host that is reached over https, found {address:?}"))
        })?;
        let minutes = first["CachePeriodInMinutes"].as_u64().unwrap_or(0);
        let end = now.checked_add(Duration::from_secs(minutes.saturating_mul(60)));
        let end = end.ok_or_else(|| unusable("Endpoints[0].CachePeriodInMinutes: too large"))?;
        tracing::debug!(url = ?Url(url.clone()), minutes, "the service told its endpoint");
        Ok((url.into(), end))
    }
}

/// Collects the members that identify what the request is about, those of structures in it too.
fn gather(
    shapes: &Shapes,
    structure: &Structure,
    params: &Map<String, Value>,
    found: &mut Map<String, Value>,
    depth: usize,
) {
    const DEEPEST: usize = 32;
    for member in &structure.members {
        let Some(value) = params.get(&*member.name) else { continue };
        if member.target.endpoint_id {
            found.insert(member.name.to_string(), value.clone());
        } else if let (Some(inner), Value::Object(params)) = (shapes.structure(member.target.shape), value)
            && depth < DEEPEST
        {
            gather(shapes, inner, params, found, depth + 1);
        }
    }
}

/// What keeps a call from asking.
fn no_way(shut: LockFailure) -> Error {
    match shut {
        LockFailure::TooLate => {
            Error::new(ErrorKind::Timeout, "another thread has not learned the endpoint before the deadline")
        }
        LockFailure::Reentered => {
            let message =
                "a closure that is called while the service is asked for an endpoint makes a call that goes to it";
            Error::new(ErrorKind::Endpoint, message)
        }
    }
}

/// The call that failed is told as the cause of this one's failure.
fn told(error: Error) -> Error {
    let message = "the service did not tell the endpoint that this operation goes to";
    Error::caused_by(error, ErrorKind::Endpoint, message)
}

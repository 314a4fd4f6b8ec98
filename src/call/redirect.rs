//! Requests that came to the wrong region: how that is noticed, and where they go from then on.
//!
//! Nothing but the name of a region is taken from an answer. The rule set makes the endpoint from it, so that no answer can
//! send a request, and with it a signature, to a host of its choice.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::CallOptions;
use crate::client::Shared;
use crate::customize::{Context, RedirectRule};
use crate::endpoint::is_region;
use crate::error::{Error, ErrorKind, Result};

/// The region that an earlier answer named for what these parameters are about.
pub(super) fn known_region(client: &Shared, context: &Context<'_>, params: &Value) -> Option<Arc<str>> {
    let redirects = context.operation.quirks.redirects()?;
    client.memory.regions.get(subject(redirects, params.as_object()?)?)
}

/// Whether the request belongs into another region, which is remembered then, for this call too.
///
/// # Errors
/// The answer names a region that is no name of one.
pub(super) fn learn_region(client: &Shared, context: &mut Context<'_>, params: &Value, error: &Error) -> Result<bool> {
    let Some(redirects) = context.operation.quirks.redirects() else { return Ok(false) };
    let Some(service) = error.service().filter(|service| (redirects.applies)(service, context.operation)) else {
        return Ok(false);
    };
    let Some(subject) = params.as_object().and_then(|params| subject(redirects, params)) else { return Ok(false) };
    if client.rules.is_none() {
        return Ok(false);
    }
    let found = match (redirects.region)(service) {
        Some(region) => Some(region.to_owned()),
        None => probe(client, context, redirects, subject),
    };
    let Some(region) = found else { return Ok(false) };
    if !is_region(&region) {
        let message = format!("the answer sends the request on to the region {region:?}, which is no name of one");
        return Err(Error::new(ErrorKind::Endpoint, message));
    }
    if context.region.as_deref().or(client.region.as_deref()) == Some(&*region) {
        // The request was in that region, and would be refused there again.
        return Ok(false);
    }
    tracing::warn!(
        operation = context.operation.name,
        client_region = client.region,
        region,
        "sent on to another region; a client of that region saves the way"
    );
    let region: Arc<str> = region.into();
    client.memory.regions.insert(subject, Arc::clone(&region));
    context.region = Some(region);
    Ok(true)
}

/// Asks where the thing is. What is wrong with that is not told: the refusal at hand is what the caller has to know of.
fn probe(client: &Shared, context: &Context<'_>, redirects: &RedirectRule, subject: &str) -> Option<String> {
    if context.operation.name == redirects.probe {
        return None;
    }
    let operation = client.service.operation(redirects.probe).ok()?;
    let options = CallOptions {
        deadline: context.time_left(),
        stays: true,
        ..CallOptions::new(json!({ redirects.member: subject }))
    };
    let answer = super::call(client, operation, options);
    let headers = match &answer {
        Ok(output) => &output.metadata.headers,
        Err(error) => error.service()?.headers(),
    };
    headers.get(redirects.header)?.to_str().ok().map(str::to_owned)
}

fn subject<'p>(redirects: &RedirectRule, params: &'p Map<String, Value>) -> Option<&'p str> {
    let name = params.get(redirects.member)?.as_str()?;
    Some(name).filter(|name| !(redirects.is_bound)(name))
}

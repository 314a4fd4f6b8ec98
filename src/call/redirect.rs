//! Region redirects: notices that a request reached the wrong region, and remembers the right one.
//!
//! Only the name of a region is taken from a response. The rule set makes the endpoint from it, so a response cannot
//! send a request, and with it a signature, to a host of its choice.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::CallOptions;
use crate::customize::{Context, RedirectRule};
use crate::endpoint::is_region;
use crate::error::{Error, ErrorKind, Result};
use crate::runtime::Runtime;

/// The region that an earlier response named for the subject (bucket) of these parameters.
pub(super) fn known_region(client: &Runtime, context: &Context<'_>, params: &Value) -> Option<Arc<str>> {
    let redirects = context.operation.quirks.redirects()?;
    client.memory.regions.get(subject(redirects, params.as_object()?)?)
}

/// Returns whether the request belongs to another region, and remembers that region in `context` and in the client.
///
/// # Errors
/// [`ErrorKind::Endpoint`] if the response names something that is not a region.
pub(super) fn learn_region(client: &Runtime, context: &mut Context<'_>, params: &Value, error: &Error) -> Result<bool> {
    let Some(redirects) = context.operation.quirks.redirects() else { return Ok(false) };
    let Some(service) = error.service().filter(|service| (redirects.applies)(service, context.operation)) else {
        return Ok(false);
    };
    let Some(subject) = params.as_object().and_then(|params| subject(redirects, params)) else { return Ok(false) };
    if client.rules.is_none() {
        return Ok(false);
    }
    let region = match (redirects.region)(service) {
        Some(region) => Some(region.to_owned()),
        None => probe(client, context, redirects, subject),
    };
    let Some(region) = region else { return Ok(false) };
    if !is_region(&region) {
        let message =
            format!("the response redirects the request to the region {region:?}, which is not the name of a region");
        return Err(Error::new(ErrorKind::Endpoint, message));
    }
    if context.region.as_deref().or(client.region.as_deref()) == Some(&*region) {
        // The request already went to that region, and would fail there again.
        return Ok(false);
    }
    tracing::warn!(
        operation = context.operation.name,
        client_region = client.region,
        region,
        "redirected to another region; a client of that region avoids the redirect"
    );
    let region: Arc<str> = region.into();
    client.memory.regions.insert(subject, Arc::clone(&region));
    context.region = Some(region);
    Ok(true)
}

/// Asks the service for the region of the subject. Its own failure is ignored: the caller needs the service error at
/// hand.
fn probe(client: &Runtime, context: &Context<'_>, redirects: &RedirectRule, subject: &str) -> Option<String> {
    if context.operation.name == redirects.probe {
        return None;
    }
    let operation = client.service.operation(redirects.probe).ok()?;
    let options = CallOptions {
        deadline: context.time_left(),
        ignore_redirects: true,
        ..CallOptions::new(json!({ redirects.member: subject }))
    };
    let response = super::call(client, operation, options);
    let headers = match &response {
        Ok(output) => &output.metadata.headers,
        Err(error) => error.service()?.headers(),
    };
    headers.get(redirects.header)?.to_str().ok().map(str::to_owned)
}

fn subject<'p>(redirects: &RedirectRule, params: &'p Map<String, Value>) -> Option<&'p str> {
    let name = params.get(redirects.member)?.as_str()?;
    Some(name).filter(|name| !(redirects.is_bound)(name))
}

//! Region redirects: notices that a request reached the wrong region, and remembers the right one.
//!
//! Only the name of a region is taken from a response. The rule set makes the endpoint from it, so a response cannot
//! send a request, and with it a signature, to a host of its choice.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::error::CallError;
use super::{Call, CallOptions};
use crate::customize::RedirectRule;
use crate::endpoint::is_region;
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::error::{Error, Result};

impl Call<'_> {
    /// The region that an earlier response named for the subject (bucket) of these parameters.
    pub(super) fn known_region(&self, params: &Value) -> Option<Arc<str>> {
        let redirects = self.plan.quirks.redirects()?;
        self.client.memory.regions.get(subject(redirects, params.as_object()?)?)
    }

    /// Returns whether the request belongs to another region, and remembers that region in the context and in the client.
    ///
    /// # Errors
    /// [`ErrorKind::Endpoint`] if the response names something that is not a region.
    pub(super) fn learn_region(&mut self, params: &Value, error: &Error) -> Result<bool> {
        let (client, plan) = (self.client, self.plan);
        let Some(redirects) = plan.quirks.redirects() else { return Ok(false) };
        let Some(service) = error.service().filter(|service| (redirects.applies)(service, &plan.operation)) else {
            return Ok(false);
        };
        let Some(subject) = params.as_object().and_then(|params| subject(redirects, params)) else { return Ok(false) };
        if client.rules.is_none() {
            return Ok(false);
        }
        let region = match (redirects.region)(service) {
            Some(region) => Some(region.to_owned()),
            None => self.probe(redirects, subject),
        };
        let Some(region) = region else { return Ok(false) };
        if !is_region(&region) {
            return Err(CallError::RedirectRegion(region).into());
        }
        if self.context.region.as_deref().or(client.region.as_deref()) == Some(&*region) {
            // The request already went to that region, and would fail there again.
            return Ok(false);
        }
        tracing::warn!(
            operation = plan.operation.name,
            client_region = client.region,
            region,
            "redirected to another region; a client of that region avoids the redirect"
        );
        let region: Arc<str> = region.into();
        client.memory.regions.insert(subject, Arc::clone(&region));
        self.context.region = Some(region);
        Ok(true)
    }

    /// Asks the service for the region of the subject. Its own failure is ignored: the caller needs the service error at
    /// hand.
    fn probe(&self, redirects: &RedirectRule, subject: &str) -> Option<String> {
        if self.plan.operation.name == redirects.probe {
            return None;
        }
        let plan = self.client.service.operation(redirects.probe).ok()?;
        let params = json!({ redirects.member: subject });
        let options = CallOptions { ignore_redirects: true, ..self.inner_options(params, self.context.time_left()) };
        let response = super::call(self.client, plan, options);
        let headers = match &response {
            Ok(output) => &output.metadata.headers,
            Err(error) => error.service()?.headers(),
        };
        headers.get(redirects.header)?.to_str().ok().map(str::to_owned)
    }
}

fn subject<'p>(redirects: &RedirectRule, params: &'p Map<String, Value>) -> Option<&'p str> {
    let name = params.get(redirects.member)?.as_str()?;
    Some(name).filter(|name| !(redirects.is_bound)(name))
}

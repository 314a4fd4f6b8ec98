//! Generates authentication tokens and presigned forms without a call.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::Call;
use super::build::Unsigned;
use super::error::CallError;
use super::presign::{sign_url, url_parts};
use super::unmodeled::{service_auth, service_identity};
use crate::codec::percent::push_pair;
use crate::customize::{Recipe, generator};
use crate::deadline::Deadline;
use crate::error::Result;
use crate::runtime::Runtime;
use crate::sign;

/// Implements [`Client::generate`](crate::Client::generate).
pub(crate) fn generate(client: &Runtime, name: &str, params: &Value) -> Result<Value> {
    match generator(&client.service.model.metadata.service_id, name)?.recipe(params)? {
        Recipe::Url { host, query, signing_name, region, expires_in, finish } => {
            let mut encoded = String::new();
            for (name, value) in &query {
                push_pair(&mut encoded, name, value);
            }
            let url = format!("https://{host}/?{encoded}");
            require_signing(client)?;
            let mut auth = service_auth(client)?;
            signing_name.clone_into(&mut auth.service);
            if let Some(region) = region {
                auth.region = region;
            }
            let mut parts = url_parts(&url, "host name")?;
            if parts.uri.authority().is_none_or(|authority| authority.as_str() != host || host.contains('@')) {
                return Err(CallError::NotAHost.into());
            }
            let identity = service_identity(client, &auth)?;
            sign_url(client, &mut parts, &auth, &identity, Duration::from_secs(expires_in))?;
            Ok(finish(&parts.uri.to_string()))
        }
        Recipe::Operation { operation, method, headers, expires_in, finish } => {
            require_signing(client)?;
            let mut call = url_call(client, operation)?;
            call.context.method = Some(method);
            let params = call.accept(json!({}), false)?;
            let mut unsigned = call.build_for_url(&params)?;
            unsigned.request.headers_mut().extend(headers);
            let request = call.sign_url(unsigned, &params, Duration::from_secs(expires_in))?;
            Ok(finish(&request.uri().to_string()))
        }
        Recipe::Form { operation, params, fields, conditions, expires_in } => {
            let call = url_call(client, operation)?;
            sign_form(call, params, (fields, conditions), Duration::from_secs(expires_in))
        }
    }
}

/// A call of an operation whose request is signed for somebody else to send.
fn url_call<'c>(client: &'c Runtime, operation: &str) -> Result<Call<'c>> {
    let mut call = Call::new(client, client.service.operation(operation)?);
    (call.context.presigns, call.context.deadline) = (true, Deadline::after(client.deadline));
    Ok(call)
}

fn require_signing(client: &Runtime) -> Result<()> {
    match client.unsigned {
        true => Err(CallError::UnsignedToken.into()),
        false => Ok(()),
    }
}

/// Signs a form; returns an object with `url` and `fields`.
fn sign_form(
    mut call: Call<'_>,
    params: Value,
    (mut fields, conditions): (Map<String, Value>, Vec<Value>),
    expires_in: Duration,
) -> Result<Value> {
    let params = call.accept(params, false)?;
    let Unsigned { request, auth, .. } = call.build_for_url(&params)?;
    if let Some(credentials) = call.identity(&auth, &params)?.credentials() {
        sign::sign_post(&mut fields, conditions, &auth, credentials, call.client.service_time(), expires_in)?;
    }
    Ok(json!({"url": request.uri().to_string(), "fields": fields}))
}

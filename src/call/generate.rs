//! Generates authentication tokens and presigned forms without a call.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::presign::{move_form_into_query, sign_draft, sign_url, url_parts};
use super::request::{assemble, draft, resolve_endpoint};
use super::sign::{choose_auth, identity};
use super::unmodeled::{service_auth, service_identity};
use super::{accept, deadline_after};
use crate::codec::percent::push_pair;
use crate::customize::{Context, Recipe, generator};
use crate::error::{Error, ErrorKind, Result};
use crate::runtime::Runtime;
use crate::sign;

/// Implements [`Client::generate`](crate::Client::generate).
pub(crate) fn generate(client: &Runtime, name: &str, params: &Value) -> Result<Value> {
    match generator(&client.service.metadata.service_id, name)?.recipe(params)? {
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
                let message = "input: expected a host name, found other text";
                return Err(Error::new(ErrorKind::Validation, message));
            }
            let identity = service_identity(client, &auth)?;
            sign_url(client, &mut parts, &auth, &identity, Duration::from_secs(expires_in))?;
            Ok(finish(&parts.uri.to_string()))
        }
        Recipe::Operation { operation, method, headers, expires_in, finish } => {
            require_signing(client)?;
            let operation = client.service.operation(operation)?;
            let mut context = client.context(operation);
            (context.presigns, context.method, context.until) = (true, Some(method), deadline_after(client.deadline));
            let params = accept(client, &mut context, json!({}), false)?;
            let (endpoint, _) = resolve_endpoint(client, &context, &params)?;
            let mut draft = draft(client, &context, &params, None, &endpoint)?;
            move_form_into_query(&mut draft);
            draft.headers.extend(headers);
            let request = sign_draft(client, &context, &params, draft, &endpoint, Duration::from_secs(expires_in))?;
            Ok(finish(&request.uri().to_string()))
        }
        Recipe::Form { operation, params, fields, conditions, expires_in } => {
            let operation = client.service.operation(operation)?;
            let mut context = client.context(operation);
            (context.presigns, context.until) = (true, deadline_after(client.deadline));
            sign_form(client, &mut context, params, (fields, conditions), Duration::from_secs(expires_in))
        }
    }
}

fn require_signing(client: &Runtime) -> Result<()> {
    match client.unsigned {
        true => Err(Error::new(ErrorKind::Signing, "a token is a signature, and this client does not sign")),
        false => Ok(()),
    }
}

/// Signs a form; returns an object with `url` and `fields`.
fn sign_form(
    client: &Runtime,
    context: &mut Context<'_>,
    params: Value,
    (mut fields, conditions): (Map<String, Value>, Vec<Value>),
    expires_in: Duration,
) -> Result<Value> {
    let params = accept(client, context, params, false)?;
    let (endpoint, _) = resolve_endpoint(client, context, &params)?;
    let mut draft = draft(client, context, &params, None, &endpoint)?;
    context.operation.quirks.presign(&mut draft, context)?;
    let auth = choose_auth(client, context, &endpoint)?;
    let url = assemble(draft, &endpoint)?.uri().to_string();
    if let Some(credentials) = identity(client, context, &auth, &params)?.credentials() {
        sign::sign_post(&mut fields, conditions, &auth, credentials, client.service_time(), expires_in)?;
    }
    Ok(json!({"url": url, "fields": fields}))
}

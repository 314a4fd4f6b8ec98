//! Presigned URLs: requests for others to send, with the signature in the URL.
//!
//! A URL passes the stages of a call up to the signature, without what only requests sent by this crate have: user
//! agent, checksums, compression, trace header.

use std::time::Duration;

use http::header::CONTENT_TYPE;
use serde_json::Value;

use super::masked::masking;
use super::request::{assemble, draft, resolve_endpoint};
use super::sign::{Identity, choose_auth, identity};
use super::{CallOptions, accept, deadline_after};
use crate::body::Body;
use crate::codec::percent::{form_pairs, push_encoded};
use crate::customize::{Context, Draft};
use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind, Result};
use crate::model::operation::Operation;
use crate::runtime::Runtime;
use crate::sign::{self, Auth, Scheme};

/// Presigns the request of an operation. Anyone who has the URL can use it until it expires.
pub(crate) fn presign(
    client: &Runtime,
    context: &mut Context<'_>,
    options: CallOptions,
    expires_in: Duration,
) -> Result<http::Request<()>> {
    sign::check_expiry(expires_in)?;
    if options.body.is_some() {
        let message = "input: a body was given, but the user of the URL sends the body";
        return Err(Error::new(ErrorKind::Validation, message));
    }
    context.presigns = true;
    context.until = deadline_after(options.deadline.or(client.deadline));
    context.method = options.method;
    let params = accept(client, context, options.params, false)?;
    presign_accepted(client, context, &params, expires_in)
        .map_err(|error| masking(error, client, context.operation, &params, None))
}

fn presign_accepted(
    client: &Runtime,
    context: &Context<'_>,
    params: &Value,
    expires_in: Duration,
) -> Result<http::Request<()>> {
    let (endpoint, _) = resolve_endpoint(client, context, params)?;
    let mut draft = draft(client, context, params, None, &endpoint)?;
    context.operation.quirks.presign(&mut draft, context)?;
    move_form_into_query(&mut draft);
    if !draft.body.is_empty() || context.operation.has_event_stream_input() {
        return Err(needs_body(context.operation));
    }
    sign_draft(client, context, params, draft, &endpoint, expires_in)
}

pub(super) fn sign_draft(
    client: &Runtime,
    context: &Context<'_>,
    params: &Value,
    draft: Draft<'_>,
    endpoint: &Endpoint,
    expires_in: Duration,
) -> Result<http::Request<()>> {
    let mut request = assemble(draft, endpoint)?;
    let auth = choose_auth(client, context, endpoint)?;
    if auth.scheme == Scheme::Bearer {
        let message = "presign: the operation is called with a bearer token, which never stands in a URL";
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    client.hooks.before_sign(&mut request)?;
    let identity = identity(client, context, &auth, params)?;
    let (mut parts, _) = request.into_parts();
    sign_url(client, &mut parts, &auth, &identity, expires_in)?;
    Ok(http::Request::from_parts(parts, ()))
}

/// Signs a URL. The time is read after the identity is resolved, since fetching credentials may have taken long. A
/// client that does not sign requests does not sign URLs either.
pub(super) fn sign_url(
    client: &Runtime,
    parts: &mut http::request::Parts,
    auth: &Auth,
    identity: &Identity,
    expires_in: Duration,
) -> Result<()> {
    match identity.credentials() {
        Some(credentials) => sign::presign(parts, auth, credentials, client.service_time(), expires_in),
        None => Ok(()),
    }
}

/// Moves a form body into the query, where services accept it as well. An empty JSON object is dropped.
pub(super) fn move_form_into_query(draft: &mut Draft<'_>) {
    const FORM: &[u8] = b"application/x-www-form-urlencoded";
    let bytes = draft.body.as_bytes().unwrap_or_default();
    let is_form = draft.headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(FORM));
    if bytes == b"{}" {
        draft.body = Body::empty();
    } else if is_form && let Ok(form) = std::str::from_utf8(bytes) {
        push_form(&mut draft.path_and_query, form);
        draft.body = Body::empty();
        draft.headers.remove(CONTENT_TYPE);
    }
}

/// Adds the pairs of a form to the query of a URL or path.
pub(super) fn push_form(url: &mut String, form: &str) {
    let mut separator = if url.contains('?') { '&' } else { '?' };
    for (name, value) in form_pairs(form) {
        url.push(separator);
        push_encoded(url, &name);
        url.push('=');
        push_encoded(url, &value);
        separator = '&';
    }
}

/// The error for parameters that need a body. botocore puts the members of a JSON object into the query, where only one
/// service reads them, and crashes on XML.
fn needs_body(operation: &Operation) -> Error {
    let mut message = "presign: these parameters go into the body, which a URL has no room for".to_owned();
    if let Some(member) = operation.raw_input_payload() {
        message.push_str(&format!("; leave out input.{}: the user of the URL sends it", member.name));
    }
    Error::new(ErrorKind::Unsupported, message)
}

/// The parts of a GET request to a URL that contains parameters.
///
/// # Errors
/// [`ErrorKind::Validation`], which names `parameter`, if the URL is malformed.
pub(super) fn url_parts(url: &str, parameter: &str) -> Result<http::request::Parts> {
    let request = http::Request::get(url).body(());
    let request = request.map_err(|_| {
        let message = format!("input.{parameter}: expected something that can be part of a URL, found other text");
        Error::new(ErrorKind::Validation, message)
    })?;
    Ok(request.into_parts().0)
}

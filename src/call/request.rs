//! The request of one attempt: parameters, endpoint and body put together, and signed.

use std::borrow::Cow;
use std::sync::Arc;

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Map, Value};

use super::cross_region::add_cross_region_url;
use super::sign::{Signed, choose_auth, identity, sign};
use super::{discovery, not_an_object};
use crate::body::Body;
use crate::checksum;
use crate::client::Shared;
use crate::compression;
use crate::config::Url;
use crate::customize::{Context, Draft, EndpointParams, trace};
use crate::endpoint::{self, Endpoint, ParamValue};
use crate::error::{Error, ErrorKind, Result};
use crate::features::Features;
use crate::model::operation::{Operation, TemplatePart};
use crate::user_agent::features_of;

/// The request, signed with the time of now.
pub(super) fn build(client: &Shared, context: &Context<'_>, params: &Value, body: Option<Body>) -> Result<Signed> {
    let operation = context.operation;
    let (endpoint, mut features) = resolve_endpoint(client, context, params)?;
    let mut draft = draft(client, context, params, body, &endpoint)?;
    if let Some(url) = discovery::discover(client, context, params_object(params)?)? {
        // In place of all of the host, whatever would go before it.
        draft.endpoint = Cow::Owned(url.to_string());
        draft.host_prefix.clear();
    }
    operation.quirks.request(&mut draft, context)?;
    if let Some(told) = operation.quirks.source_region() {
        add_cross_region_url(client, context, params, &mut draft, &endpoint, told)?;
    }
    features |= Features::GZIP_REQUEST.when(compression::apply(&mut draft, operation, &client.config)?);
    settle_length(&mut draft)?;
    let checksum = checksum::add(&mut draft, operation, params_object(params)?, &client.checksums)?;
    let mut request = assemble(draft, &endpoint)?;
    add_headers(client, operation, request.headers_mut())?;
    let auth = choose_auth(client, context, &endpoint)?;
    client.hooks.before_sign(&mut request)?;
    let identity = identity(client, context, &auth, params)?;
    let mut signed = sign(client, operation, request, &auth, identity, &checksum)?;
    features |= Features::REGION_REDIRECT.when(context.region.is_some());
    features |= context.features | signed.identity.features(client, auth.scheme);
    set_user_agent(client, &mut signed.request, features);
    set_content_length(&mut signed.request);
    Ok(signed)
}

/// The request as the protocol makes it.
pub(super) fn draft<'e>(
    client: &Shared,
    context: &Context<'_>,
    params: &Value,
    body: Option<Body>,
    endpoint: &'e Endpoint,
) -> Result<Draft<'e>> {
    let operation = context.operation;
    let members = params_object(params)?;
    let request = client.service.protocol.serialize(&client.service, operation, members)?;
    let host_prefix = host_prefix(client, operation, members)?;
    let has_payload = body.is_some() || gives_payload(operation, members);
    let mut draft = Draft::new(request, &endpoint.url, host_prefix, body, has_payload);
    if let Some(method) = &context.method {
        draft.method.clone_from(method);
    }
    Ok(draft)
}

fn params_object(params: &Value) -> Result<&Map<String, Value>> {
    params.as_object().ok_or_else(|| not_an_object(params))
}

/// Added behind the signature, which does not cover it, since only now all is known that it tells of. One of the program's own
/// (`before_sign`) stays.
fn set_user_agent(client: &Shared, request: &mut http::Request<Body>, features: Features) {
    let features = features | features_of(request.headers());
    request.headers_mut().entry(USER_AGENT).or_insert_with(|| client.user_agent.header(features));
}

/// Whether the parameters have the payload that is the body as it is.
fn gives_payload(operation: &Operation, params: &Map<String, Value>) -> bool {
    let payload = operation.raw_input_payload().and_then(|member| params.get(&*member.name));
    payload.is_some_and(|value| !value.is_null())
}

/// A length that is given as a parameter counts for a body that has none of its own.
fn settle_length(draft: &mut Draft<'_>) -> Result<()> {
    let Some(announced) = draft.headers.get(CONTENT_LENGTH) else { return Ok(()) };
    let announced = announced.to_str().ok().and_then(|text| text.parse::<u64>().ok());
    match (announced, draft.body.len()) {
        (Some(announced), None) => {
            let body = std::mem::take(&mut draft.body);
            draft.body = Body::from_reader_with_length(body, announced);
            Ok(())
        }
        (Some(announced), Some(length)) if announced != length => {
            let message = format!("the body has {length} bytes, the parameter for its length says {announced}");
            Err(Error::new(ErrorKind::Body, message))
        }
        _ => Ok(()),
    }
}

/// Fills the parameters of the rule set, the most specific source first, and resolves it.
pub(super) fn resolve_endpoint(
    client: &Shared,
    context: &Context<'_>,
    params: &Value,
) -> Result<(Arc<Endpoint>, Features)> {
    let Some(rules) = &client.rules else {
        return Ok((client.default_endpoint()?, Features::NONE));
    };
    let operation = context.operation;
    let mut filled = EndpointParams { parameters: rules.set.parameters(), values: rules.client_values() };
    let account_id = client.account_id(&rules.set, operation, context.until)?;
    if let Some(account_id) = &account_id {
        filled.set_built_in("AWS::Auth::AccountId", account_id.as_str());
    }
    for (name, path) in &operation.operation_context_params {
        let found = path.search(params)?;
        if let Some(value) = ParamValue::of(&found) {
            filled.set(name, value.into_owned());
        }
    }
    for (name, member) in &operation.context_params {
        if let Some(value) = params.get(member).and_then(ParamValue::of) {
            filled.set(name, value);
        }
    }
    for (name, value) in &operation.static_context_params {
        if let Some(value) = ParamValue::of(value) {
            filled.set(name, value);
        }
    }
    operation.quirks.params(&mut filled, context)?;
    if let Some(region) = &context.region {
        filled.replace_built_in("AWS::Region", &**region);
    }
    let account_id = rules.account_id.is_some_and(|index| filled.values[index].is_some());
    let endpoint = rules.cache.get_or_resolve(&filled.values, || {
        let mut endpoint = rules.set.resolve(&filled.values, client.partitions()?)?;
        client.apply_scheme(&mut endpoint.url);
        Ok(endpoint)
    })?;
    Ok((endpoint, Features::RESOLVED_ACCOUNT_ID.when(account_id)))
}

/// The text before the host, labels filled in.
fn host_prefix(client: &Shared, operation: &Operation, params: &Map<String, Value>) -> Result<String> {
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
                    let message = format!(
                        "input.{name}: becomes part of the host name and must contain only alphanumeric characters, \
                         hyphens and periods, and at least one"
                    );
                    return Err(Error::new(ErrorKind::Validation, message));
                }
                prefix.push_str(label);
            }
        }
    }
    Ok(prefix)
}

/// Puts URL, headers and body together.
pub(super) fn assemble(draft: Draft<'_>, endpoint: &Endpoint) -> Result<http::Request<Body>> {
    let (path, query) = draft.path_and_query.split_once('?').unwrap_or((&draft.path_and_query, ""));
    let url = endpoint::join(&draft.endpoint, &draft.host_prefix, path, query);
    let uri: http::Uri = url.parse().map_err(|error| {
        let endpoint = Url(draft.endpoint.to_string());
        Error::new(ErrorKind::Endpoint, format!("{endpoint:?}: not a usable URL: {error}"))
    })?;
    let mut whole = http::Request::new(draft.body);
    *whole.method_mut() = draft.method;
    *whole.uri_mut() = uri;
    *whole.headers_mut() = draft.headers;
    let headers = whole.headers_mut();
    for (name, value) in endpoint.headers.iter().rev() {
        // In reverse, so that the first of several values stays, which is the one that botocore sends.
        let bad = || Error::new(ErrorKind::Endpoint, format!("the endpoint's header {name} cannot be sent"));
        let value = HeaderValue::try_from(value).map_err(|_| bad())?;
        headers.insert(HeaderName::try_from(name).map_err(|_| bad())?, value);
    }
    Ok(whole)
}

/// What only requests have that this crate sends itself.
fn add_headers(client: &Shared, operation: &Operation, headers: &mut HeaderMap) -> Result<()> {
    if operation.discovers_endpoints {
        let version = HeaderValue::try_from(&client.service.metadata.api_version)
            .map_err(|_| Error::new(ErrorKind::Model, "metadata: apiVersion cannot stand in a header"))?;
        headers.insert("x-amz-api-version", version);
    }
    if client.passes_trace_on {
        trace::add(headers, client.config.environment())?;
    }
    Ok(())
}

/// Added behind the signature, which does not cover it: proxies may change it.
fn set_content_length(request: &mut http::Request<Body>) {
    let Some(length) = request.body().len() else { return };
    let bodiless = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) && length == 0;
    let headers = request.headers_mut();
    if !bodiless && !headers.contains_key(CONTENT_LENGTH) && !headers.contains_key(TRANSFER_ENCODING) {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
}

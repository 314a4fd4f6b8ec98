//! Builds the signed request of one attempt from parameters, endpoint and body.

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
use crate::compression;
use crate::config::Url;
use crate::config::proxy::without_secrets;
use crate::customize::{Context, Draft, EndpointParams, trace};
use crate::endpoint::{self, Endpoint, ParamValue};
use crate::error::{Error, ErrorKind, Result};
use crate::features::Features;
use crate::model::operation::{Operation, TemplatePart};
use crate::retry::Offset;
use crate::runtime::Runtime;
use crate::sign::Auth;
use crate::transport::SecretTarget;
use crate::user_agent::features_of;

/// Builds and signs the request. `offset`: how far the service's clock is ahead of the client's.
pub(super) fn build(
    client: &Runtime,
    context: &Context<'_>,
    params: &Value,
    body: Option<Body>,
    offset: Offset,
) -> Result<Signed> {
    let operation = context.operation;
    let (endpoint, mut features) = resolve_endpoint(client, context, params)?;
    let mut draft = draft(client, context, params, body, &endpoint)?;
    draft.body.limit_spool(client.spool_limit);
    if let Some(url) = discovery::discover(client, context, params_object(params)?)? {
        // The discovered endpoint replaces the whole host, prefix included.
        draft.endpoint = Cow::Owned(url.to_string());
        draft.host_prefix.clear();
    }
    operation.quirks.request(&mut draft, context)?;
    if let Some(rule) = operation.quirks.source_region() {
        add_cross_region_url(client, context, params, &mut draft, &endpoint, rule)?;
    }
    features |= Features::GZIP_REQUEST.when(compression::apply(&mut draft, operation, &client.config)?);
    apply_content_length(&mut draft)?;
    let auth = choose_auth(client, context, &endpoint)?;
    measure_if_required(&mut draft, operation, &auth)?;
    let checksum = checksum::add(&mut draft, operation, params_object(params)?, &client.checksums)?;
    let mut request = assemble(draft, &endpoint)?;
    if operation.has_secret_target {
        request.extensions_mut().insert(SecretTarget(operation.uri.to_string()));
    }
    add_headers(client, operation, request.headers_mut())?;
    client.hooks.before_sign(&mut request)?;
    let identity = identity(client, context, &auth, params)?;
    let mut signed = sign(client, operation, request, &auth, identity, &checksum, offset)?;
    features |= Features::REGION_REDIRECT.when(context.region.is_some());
    features |= context.features | signed.identity.features(client, auth.scheme);
    set_user_agent(client, &mut signed.request, features);
    set_content_length(&mut signed.request);
    Ok(signed)
}

/// The request as the protocol serializes it.
pub(super) fn draft<'e>(
    client: &Runtime,
    context: &Context<'_>,
    params: &Value,
    body: Option<Body>,
    endpoint: &'e Endpoint,
) -> Result<Draft<'e>> {
    let operation = context.operation;
    let members = params_object(params)?;
    let request = client.service.protocol.serialize(&client.service, operation, members)?;
    let host_prefix = host_prefix(client, operation, members)?;
    let has_payload = body.is_some() || has_payload_param(operation, members);
    let mut draft = Draft::new(request, &endpoint.url, host_prefix, body, has_payload);
    if let Some(method) = &context.method {
        draft.method.clone_from(method);
    }
    Ok(draft)
}

fn params_object(params: &Value) -> Result<&Map<String, Value>> {
    params.as_object().ok_or_else(|| not_an_object(params))
}

/// Adds `User-Agent` after signing, since only then are all features known. One that a `before_sign` hook has set
/// stays.
fn set_user_agent(client: &Runtime, request: &mut http::Request<Body>, features: Features) {
    let features = features | features_of(request.headers());
    request.headers_mut().entry(USER_AGENT).or_insert_with(|| client.user_agent.header(features));
}

/// Whether the parameters contain the raw payload, the member that is the body itself.
fn has_payload_param(operation: &Operation, params: &Map<String, Value>) -> bool {
    let payload = operation.raw_input_payload().and_then(|member| params.get(&*member.name));
    payload.is_some_and(|value| !value.is_null())
}

/// Applies the length given as a parameter to a body that does not know its own.
///
/// # Errors
/// [`ErrorKind::Body`] if the two lengths differ.
fn apply_content_length(draft: &mut Draft<'_>) -> Result<()> {
    let Some(declared) = draft.headers.get(CONTENT_LENGTH) else { return Ok(()) };
    let declared = declared.to_str().ok().and_then(|text| text.parse::<u64>().ok());
    match (declared, draft.body.len()) {
        (Some(declared), None) => {
            draft.body.announce(declared);
            Ok(())
        }
        (Some(declared), Some(length)) if declared != length => {
            let message = format!("the body has {length} bytes, the parameter for its length says {declared}");
            Err(Error::new(ErrorKind::Body, message))
        }
        _ => Ok(()),
    }
}

/// Determines the body's length where it is required: S3 and similar services refuse chunked bodies, and so do
/// operations whose model has `requiresLength`.
fn measure_if_required(draft: &mut Draft<'_>, operation: &Operation, auth: &Auth) -> Result<()> {
    let is_required = operation.streaming_input().is_some_and(|payload| payload.target.requires_length)
        || auth.raw_path && !auth.unsigned_payload;
    if !is_required {
        return Ok(());
    }
    draft.body.measure().map_err(|error| {
        Error::new(ErrorKind::Body, "the body could not be read for its length, which the service requires")
            .with_source(error)
    })
}

/// Fills the endpoint parameters and resolves the rule set. Later sources override earlier ones: client, operation
/// context parameters, context parameters, static context parameters, quirks, the region of a redirect.
pub(super) fn resolve_endpoint(
    client: &Runtime,
    context: &Context<'_>,
    params: &Value,
) -> Result<(Arc<Endpoint>, Features)> {
    let Some(rules) = &client.rules else {
        return Ok((client.default_endpoint()?, Features::NONE));
    };
    let operation = context.operation;
    let mut endpoint_params = EndpointParams { parameters: rules.set.parameters(), values: rules.client_values() };
    let account_id = client.account_id(&rules.set, operation, context.until)?;
    if let Some(account_id) = &account_id {
        endpoint_params.set_built_in("AWS::Auth::AccountId", account_id.as_str());
    }
    for (name, path) in &operation.operation_context_params {
        let found = path.search(params)?;
        if let Some(value) = ParamValue::of(&found) {
            endpoint_params.set(name, value.into_owned());
        }
    }
    for (name, member) in &operation.context_params {
        if let Some(value) = params.get(member).and_then(ParamValue::of) {
            endpoint_params.set(name, value);
        }
    }
    for (name, value) in &operation.static_context_params {
        if let Some(value) = ParamValue::of(value) {
            endpoint_params.set(name, value);
        }
    }
    operation.quirks.params(&mut endpoint_params, context)?;
    if let Some(region) = &context.region {
        endpoint_params.replace_built_in("AWS::Region", &**region);
    }
    let account_id = rules.account_id.is_some_and(|index| endpoint_params.values[index].is_some());
    let endpoint = rules.cache.get_or_resolve(&endpoint_params.values, || {
        let mut endpoint = rules.set.resolve(&endpoint_params.values, client.partitions()?).map_err(|error| {
            // Some rules quote the configured URL in their error, and it may contain a password or a token.
            let custom = client.custom_endpoint.as_deref().filter(|url| url.contains(['@', '?', '#']));
            custom.into_iter().fold(error, |error, url| error.showing(&without_secrets(url), url))
        })?;
        client.apply_scheme(&mut endpoint.url);
        Ok(endpoint)
    })?;
    Ok((endpoint, Features::RESOLVED_ACCOUNT_ID.when(account_id)))
}

/// Expands the host prefix template of an operation.
fn host_prefix(client: &Runtime, operation: &Operation, params: &Map<String, Value>) -> Result<String> {
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

/// Assembles URL, headers and body into a request.
pub(super) fn assemble(draft: Draft<'_>, endpoint: &Endpoint) -> Result<http::Request<Body>> {
    let (path, query) = draft.path_and_query.split_once('?').unwrap_or((&draft.path_and_query, ""));
    let url = endpoint::join(&draft.endpoint, &draft.host_prefix, path, query);
    let uri: http::Uri = url.parse().map_err(|error| {
        let endpoint = Url(draft.endpoint.to_string());
        Error::new(ErrorKind::Endpoint, format!("{endpoint:?}: not a usable URL: {error}"))
    })?;
    let mut request = http::Request::new(draft.body);
    *request.method_mut() = draft.method;
    *request.uri_mut() = uri;
    *request.headers_mut() = draft.headers;
    let headers = request.headers_mut();
    for (name, value) in endpoint.headers.iter().rev() {
        // In reverse, so that the first of several values wins, as in botocore.
        let invalid = || Error::new(ErrorKind::Endpoint, format!("the endpoint's header {name} cannot be sent"));
        let value = HeaderValue::try_from(value).map_err(|_| invalid())?;
        headers.insert(HeaderName::try_from(name).map_err(|_| invalid())?, value);
    }
    Ok(request)
}

/// Adds the headers that presigned URLs do not have.
fn add_headers(client: &Runtime, operation: &Operation, headers: &mut HeaderMap) -> Result<()> {
    if operation.discovers_endpoints {
        let version = HeaderValue::try_from(&client.service.metadata.api_version)
            .map_err(|_| Error::new(ErrorKind::Model, "metadata: apiVersion cannot stand in a header"))?;
        headers.insert("x-amz-api-version", version);
    }
    if client.propagates_trace {
        trace::add(headers, client.config.environment())?;
    }
    Ok(())
}

/// Adds `Content-Length` after signing: proxies may change it, so the signature must not cover it.
fn set_content_length(request: &mut http::Request<Body>) {
    let Some(length) = request.body().len() else { return };
    let has_no_body = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) && length == 0;
    let headers = request.headers_mut();
    if !has_no_body && !headers.contains_key(CONTENT_LENGTH) && !headers.contains_key(TRANSFER_ENCODING) {
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
}

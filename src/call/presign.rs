//! Requests that somebody else sends: URLs with the signature in them, forms, tokens, and requests that no model describes.
//!
//! A URL is made by the stages of a call up to the signature, less what only a request of this crate has: user agent, checksums,
//! compression, trace.

use std::time::Duration;

use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use serde_json::{Map, Value, json};

use super::request::{assemble, draft, resolve_endpoint};
use super::sign::{choose_auth, hash, keys};
use super::{Asked, accept};
use crate::body::Body;
use crate::client::Shared;
use crate::codec::percent::{form_decoded, push_encoded};
use crate::credentials::{Credentials, Token};
use crate::customize::{self, Context, Draft, Recipe, SourceRegion, generator};
use crate::endpoint::{self, Endpoint};
use crate::error::{Error, ErrorKind, Result};
use crate::model::operation::Operation;
use crate::sign::{self, Auth, Payload, Scheme, Signer};

/// How long the URLs are good for by which a service gets something from another region.
const CROSS_REGION_LIFE: Duration = Duration::from_secs(3600);

/// The request of an operation, its signature in the URL. Whoever has it may send it until it expires.
pub(crate) fn presign(
    client: &Shared,
    context: &mut Context<'_>,
    asked: Asked,
    expires_in: Duration,
) -> Result<http::Request<()>> {
    sign::check_expiry(expires_in)?;
    if asked.body.is_some() {
        let message = "input: a body was given, but whoever sends the request to the URL sends the body too";
        return Err(Error::new(ErrorKind::Validation, message));
    }
    context.presigns = true;
    context.method = asked.method;
    let params = accept(client, context, asked.params, false)?;
    let endpoint = resolve_endpoint(client, context, &params)?;
    let mut draft = draft(client, context, &params, None, &endpoint)?;
    context.operation.quirks.presign(&mut draft, context)?;
    move_form_into_query(&mut draft);
    if !draft.body.is_empty() {
        return Err(needs_body(context.operation));
    }
    sign_draft(client, context, draft, &endpoint, expires_in)
}

fn sign_draft(
    client: &Shared,
    context: &Context<'_>,
    draft: Draft<'_>,
    endpoint: &Endpoint,
    expires_in: Duration,
) -> Result<http::Request<()>> {
    let mut request = assemble(draft, endpoint)?;
    let auth = choose_auth(client, context, endpoint)?;
    client.hooks.before_sign(&mut request)?;
    let (mut parts, _) = request.into_parts();
    if auth.scheme != Scheme::None {
        sign_url(client, &mut parts, &auth, expires_in)?;
    }
    Ok(http::Request::from_parts(parts, ()))
}

fn sign_url(client: &Shared, parts: &mut http::request::Parts, auth: &Auth, expires_in: Duration) -> Result<()> {
    if auth.scheme == Scheme::Bearer {
        let message = "presign: the operation is called with a bearer token, which never stands in a URL";
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    let keys = keys(client, auth)?;
    // Behind the credentials, which may have been fetched only now.
    sign::presign(parts, auth, &keys, client.service_time(), expires_in)
}

/// A form is as good in the query. A JSON object without members says nothing.
fn move_form_into_query(draft: &mut Draft<'_>) {
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
fn push_form(url: &mut String, form: &str) {
    let mut separator = if url.contains('?') { '&' } else { '?' };
    for pair in form.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        url.push(separator);
        push_encoded(url, &form_decoded(name));
        url.push('=');
        push_encoded(url, &form_decoded(value));
        separator = '&';
    }
}

/// botocore puts the members of a JSON object into the query, where no service but one looks for them, and crashes over XML.
fn needs_body(operation: &Operation) -> Error {
    let mut message = "presign: these parameters go into the body, which a URL has no room for".to_owned();
    if let Some(member) = operation.raw_input_payload() {
        message.push_str(&format!("; leave out input.{}: whoever sends the request to the URL sends it", member.name));
    }
    Error::new(ErrorKind::Unsupported, message)
}

/// Adds the URL by which the service may get something from the region in `SourceRegion`, if that is given
/// (botocore's `handlers.py: inject_presigned_url_ec2`, `inject_presigned_url_rds`).
pub(super) fn add_cross_region_url(
    client: &Shared,
    context: &Context<'_>,
    draft: &mut Draft<'_>,
    endpoint: &Endpoint,
    told: SourceRegion,
) -> Result<()> {
    let form = draft.body.as_bytes().and_then(|form| std::str::from_utf8(form).ok()).unwrap_or_default();
    let mut pairs: Vec<(String, String)> = Vec::new();
    for pair in form.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        pairs.push((form_decoded(name).into_owned(), form_decoded(value).into_owned()));
    }
    let at = pairs.iter().position(|(name, _)| name == "SourceRegion");
    let (Some(at), Some(here)) = (at, context.region) else { return Ok(()) };
    let source = if told.is_modeled { pairs[at].1.clone() } else { pairs.remove(at).1 };
    if pairs.iter().all(|(name, _)| name != told.url) {
        let mut copy = pairs.clone();
        set(&mut copy, "DestinationRegion", here);
        let url = cross_region_url(client, context, draft, endpoint, &copy, (here, &source))?;
        pairs.extend(url.map(|url| (told.url.to_owned(), url)));
        if told.is_modeled {
            set(&mut pairs, "DestinationRegion", here);
        }
    }
    draft.body = Body::from(to_form(&pairs));
    Ok(())
}

/// `None` where requests are not signed.
fn cross_region_url(
    client: &Shared,
    context: &Context<'_>,
    draft: &Draft<'_>,
    endpoint: &Endpoint,
    pairs: &[(String, String)],
    (here, source): (&str, &str),
) -> Result<Option<String>> {
    let mut auth = choose_auth(client, context, endpoint)?;
    if auth.scheme == Scheme::None {
        return Ok(None);
    }
    source.clone_into(&mut auth.region);
    let (path, query) = draft.path_and_query.split_once('?').unwrap_or((&draft.path_and_query, ""));
    let mut url = endpoint::join(&draft.endpoint, &draft.host_prefix, path, query).replace(here, source);
    push_form(&mut url, &to_form(pairs));
    let mut parts = get(&url, "SourceRegion")?;
    sign_url(client, &mut parts, &auth, CROSS_REGION_LIFE)?;
    Ok(Some(parts.uri.to_string()))
}

fn set(pairs: &mut Vec<(String, String)>, name: &str, value: &str) {
    match pairs.iter_mut().find(|(known, _)| known == name) {
        Some((_, found)) => value.clone_into(found),
        None => pairs.push((name.to_owned(), value.to_owned())),
    }
}

fn to_form(pairs: &[(String, String)]) -> String {
    let mut form = String::new();
    for (name, value) in pairs {
        if !form.is_empty() {
            form.push('&');
        }
        crate::codec::percent::push_form_encoded(&mut form, name);
        form.push('=');
        crate::codec::percent::push_form_encoded(&mut form, value);
    }
    form
}

/// A request to a URL that parameters are a part of.
fn get(url: &str, parameter: &str) -> Result<http::request::Parts> {
    let request = http::Request::get(url).body(());
    let request = request.map_err(|_| {
        let message = format!("input.{parameter}: expected something that can be part of a URL, found other text");
        Error::new(ErrorKind::Validation, message)
    })?;
    Ok(request.into_parts().0)
}

/// What [`Client::generate`](crate::Client::generate) gives.
pub(crate) fn generate(client: &Shared, name: &str, params: &Value) -> Result<Value> {
    match generator(&client.service.metadata.service_id, name)?.recipe(params)? {
        Recipe::Url { host, query, signing_name, region, expires_in, finish } => {
            let mut url = format!("https://{host}/");
            for (index, (name, value)) in query.iter().enumerate() {
                url.push(if index == 0 { '?' } else { '&' });
                url.extend([name, "="]);
                push_encoded(&mut url, value);
            }
            let mut auth = service_auth(client)?;
            signing_name.clone_into(&mut auth.service);
            if let Some(region) = region {
                auth.region = region;
            }
            let mut parts = get(&url, "host name")?;
            if auth.scheme == Scheme::None {
                let message = "a token is a signature, and this client does not sign";
                return Err(Error::new(ErrorKind::Signing, message));
            }
            sign_url(client, &mut parts, &auth, Duration::from_secs(expires_in))?;
            Ok(finish(&parts.uri.to_string()))
        }
        Recipe::Operation { operation, method, headers, expires_in, finish } => {
            let operation = client.service.operation(operation)?;
            let mut context = client.context(operation);
            (context.presigns, context.method) = (true, Some(method));
            let params = accept(client, &mut context, json!({}), false)?;
            let endpoint = resolve_endpoint(client, &context, &params)?;
            let mut draft = draft(client, &context, &params, None, &endpoint)?;
            move_form_into_query(&mut draft);
            draft.headers.extend(headers);
            let request = sign_draft(client, &context, draft, &endpoint, Duration::from_secs(expires_in))?;
            Ok(finish(&request.uri().to_string()))
        }
        Recipe::Form { operation, params, fields, conditions, expires_in } => {
            let operation = client.service.operation(operation)?;
            let mut context = client.context(operation);
            context.presigns = true;
            sign_form(client, &mut context, params, (fields, conditions), Duration::from_secs(expires_in))
        }
    }
}

/// `url` and `fields` of a form.
fn sign_form(
    client: &Shared,
    context: &mut Context<'_>,
    params: Value,
    (mut fields, conditions): (Map<String, Value>, Vec<Value>),
    expires_in: Duration,
) -> Result<Value> {
    let params = accept(client, context, params, false)?;
    let endpoint = resolve_endpoint(client, context, &params)?;
    let mut draft = draft(client, context, &params, None, &endpoint)?;
    context.operation.quirks.presign(&mut draft, context)?;
    let auth = choose_auth(client, context, &endpoint)?;
    let url = assemble(draft, &endpoint)?.uri().to_string();
    if auth.scheme != Scheme::None {
        let keys = keys(client, &auth)?;
        sign::sign_post(&mut fields, conditions, &auth, &keys, client.service_time(), expires_in)?;
    }
    Ok(json!({"url": url, "fields": fields}))
}

/// How a client signs what no operation describes.
fn service_auth(client: &Shared) -> Result<Auth> {
    sign::choose(&sign::Options {
        service: &client.service,
        operation: None,
        endpoint_schemes: &[],
        region: client.signing_region.as_deref(),
        unsigned: client.unsigned,
        preference: &client.auth_scheme_preference,
        prefers_bearer: client.token.is_some(),
        region_set: client.region_set.as_deref(),
    })
}

/// Signs a request that no model describes, as the client signs its own.
pub(crate) fn sign_foreign(client: &Shared, request: http::Request<Body>) -> Result<http::Request<Body>> {
    enum Identity {
        Keys(Credentials),
        Token(Token),
    }
    let mut auth = service_auth(client)?;
    auth.raw_path = auth.raw_path || customize::peculiarities(&auth.service).raw_path;
    let identity = match auth.scheme {
        Scheme::None => return Ok(request),
        Scheme::Bearer => Identity::Token(client.bearer_token()?),
        _ => Identity::Keys(keys(client, &auth)?),
    };
    let signer = match &identity {
        Identity::Keys(keys) => Signer::Keys(keys),
        Identity::Token(token) => Signer::Token(token),
    };
    sign_whole(request, &auth, &signer, client.service_time())
}

/// Signs a request that neither a model nor a client describes.
pub(crate) fn sign_for(
    service: &str,
    region: &str,
    keys: &Credentials,
    request: http::Request<Body>,
    time: std::time::SystemTime,
) -> Result<http::Request<Body>> {
    let auth = Auth {
        scheme: Scheme::SigV4,
        service: service.to_owned(),
        region: region.to_owned(),
        raw_path: customize::peculiarities(service).raw_path,
        unsigned_payload: false,
    };
    sign_whole(request, &auth, &Signer::Keys(keys), time)
}

fn sign_whole(
    request: http::Request<Body>,
    auth: &Auth,
    signer: &Signer<'_>,
    time: std::time::SystemTime,
) -> Result<http::Request<Body>> {
    const HASH: &str = "x-amz-content-sha256";
    const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
    let (mut parts, mut body) = request.into_parts();
    if auth.scheme == Scheme::SigV2 {
        let form = body.as_bytes().unwrap_or_default();
        let signed = sign::sign_form(&parts, form, signer, time)?;
        return Ok(http::Request::from_parts(parts, Body::from(signed)));
    }
    let given = parts.headers.get(HASH).and_then(|hash| hash.to_str().ok()).map(str::to_owned);
    let payload = match given {
        _ if auth.scheme == Scheme::Bearer => Payload::Unsigned,
        Some(given) if given == UNSIGNED => Payload::Unsigned,
        Some(given) => Payload::Hash(given),
        None => Payload::Hash(hash(&mut body)?),
    };
    if let Payload::Hash(hash) = &payload
        && customize::peculiarities(&auth.service).hash_in_header
        && let Ok(value) = http::HeaderValue::from_str(hash)
    {
        parts.headers.insert(HASH, value);
    }
    // As with requests of this crate, no signature covers what the transport may write anew.
    let length = parts.headers.remove(CONTENT_LENGTH);
    sign::sign(&mut parts, auth, signer, payload, time)?;
    parts.headers.extend(length.map(|length| (CONTENT_LENGTH, length)));
    Ok(http::Request::from_parts(parts, body))
}

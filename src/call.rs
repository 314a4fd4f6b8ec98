//! One call from parameters to output: the drawing of the flow, as code.
//!
//! ```text
//! plan -> [Input] -> validate                                                                         (accept)
//!   each attempt:
//!      -> serialize -> [Params] -> endpoint -> [Request] -> [Auth] -> sign                            (build)
//!      -> transport                                                                                   (Attempts::send)
//!      -> [Response] -> parse -> [Output]                                                             (receive)
//!      -> classify / [Retry] -> back off                                                              (Attempts::judge)
//! ```
//!
//! An attempt begins with the parameters, and not with a copy of the request before: so a call that succeeds at once, as nearly
//! all do, pays nothing for those that do not. Serialisation is a function of the parameters, tokens among them, so all attempts
//! send the same.

mod attempts;

use std::io::Read;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use http::header::{CONTENT_LENGTH, TRANSFER_ENCODING, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::body::{Body, Loan};
use crate::checksum;
use crate::client::Shared;
use crate::compression;
use crate::credentials::{Credentials, Token};
use crate::customize::{Context, Draft, EndpointParams, RawResponse, trace};
use crate::endpoint::{self, Endpoint, ParamValue};
use crate::error::{Error, ErrorKind, History, Result};
use crate::model::operation::{Operation, TemplatePart};
use crate::model::validate::{Validation, validate};
use crate::output::{Metadata, Output};
use crate::protocol::{self, Received};
use crate::sign::{self, Auth, Payload, Scheme, Signer};
use crate::value;
use attempts::{Attempts, Signed, Verdict};

/// What the caller asked for.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) params: Value,
    /// A payload given outside of the parameters.
    pub(crate) body: Option<Body>,
    /// In place of the client's.
    pub(crate) max_attempts: Option<NonZeroU32>,
    /// In place of the client's.
    pub(crate) deadline: Option<Duration>,
    /// The payload of the answer is going to be read by this crate.
    pub(crate) reads_payload: bool,
}

impl Asked {
    pub(crate) fn new(params: Value) -> Self {
        Asked { params, body: None, max_attempts: None, deadline: None, reads_payload: false }
    }
}

/// A whole call.
pub(crate) fn call(client: &Shared, operation: &Arc<Operation>, asked: Asked) -> Result<Output> {
    let mut context = client.context(operation);
    let mut attempts = Attempts::new(client, operation, &asked);
    run(client, &mut context, asked, &mut attempts)
        .map_err(|error| attempts.tell(error).in_call(&client.service.name, &operation.name))
}

fn run(client: &Shared, context: &mut Context<'_>, asked: Asked, attempts: &mut Attempts<'_>) -> Result<Output> {
    let params = accept(client, context, asked.params, asked.body.is_some())?;
    let body = asked.body.map(Loan::new);
    attempts.allow_long_poll(&params);
    loop {
        attempts.await_permit()?;
        let signed = build(client, context, &params, body.as_ref().map(lend).transpose()?)?;
        let answer = attempts.send(signed);
        let result = answer.and_then(|response| receive(context, response, attempts.number));
        match attempts.judge(result, body.as_ref().is_none_or(Loan::is_whole)) {
            Verdict::Done(result) => return result,
            Verdict::AgainAfter(delay) => attempts.repeat_after(delay),
        }
    }
}

/// The signed request. Nothing is sent.
pub(crate) fn prepare(client: &Shared, context: &mut Context<'_>, asked: Asked) -> Result<http::Request<Body>> {
    let params = accept(client, context, asked.params, asked.body.is_some())?;
    Ok(build(client, context, &params, asked.body)?.request)
}

/// The parameters as all attempts send them.
fn accept(client: &Shared, context: &mut Context<'_>, params: Value, has_body: bool) -> Result<Value> {
    let operation = context.operation;
    refuse_event_streams(operation)?;
    let mut params = match params {
        Value::Object(params) => params,
        Value::Null => Map::new(),
        other => return Err(not_an_object(&other)),
    };
    add_idempotency_tokens(operation, &mut params);
    operation.quirks.input(&mut params, context)?;
    let params = Value::Object(params);
    check(client, operation, &params, has_body)?;
    Ok(params)
}

/// The request, signed with the time of now.
fn build(client: &Shared, context: &Context<'_>, params: &Value, body: Option<Body>) -> Result<Signed> {
    let operation = context.operation;
    let Value::Object(members) = params else { return Err(not_an_object(params)) };
    let request = client.service.protocol.serialize(&client.service, operation, members)?;
    let endpoint = resolve_endpoint(client, context, params)?;
    let host_prefix = host_prefix(client, operation, members)?;
    let has_payload = body.is_some() || gives_payload(operation, members);
    let mut draft = Draft::new(request, &endpoint.url, host_prefix, body, has_payload);
    operation.quirks.request(&mut draft, context)?;
    compression::apply(&mut draft, operation, &client.config)?;
    checksum::add(&mut draft, operation, members)?;
    let mut request = assemble(client, operation, draft, &endpoint)?;
    let auth = choose_auth(client, context, &endpoint)?;
    client.hooks.before_sign(&mut request)?;
    let mut signed = sign(client, operation, request, &auth)?;
    set_content_length(&mut signed.request);
    Ok(signed)
}

/// Reads a response by the operation's model. `attempts` goes into the metadata.
pub(crate) fn receive(context: &Context<'_>, response: http::Response<Body>, attempts: u32) -> Result<Output> {
    let (parts, mut body) = response.into_parts();
    let operation = context.operation;
    let status = parts.status.as_u16();
    if status < 300 {
        refuse_event_streams(operation)?;
    }
    let is_stream = status < 300 && operation.streaming_output().is_some();
    let buffered = if is_stream { None } else { Some(read_body(&mut body, status)?) };
    let mut response = RawResponse { status, headers: parts.headers, withheld: HeaderMap::new(), body: buffered };
    operation.quirks.response(&mut response, context)?;
    let received = Received { status: response.status, headers: &response.headers, body: response.body.as_deref() };
    if received.status >= 300 {
        return Err(protocol::parse_error(context.service, &received)?);
    }
    let mut parsed = context.service.protocol.parse(operation, &received)?;
    operation.quirks.output(&mut parsed.value, &response, context)?;
    response.headers.extend(response.withheld);
    let (request_id, host_id) = protocol::request_ids(&response.headers);
    Ok(Output {
        value: Value::Object(parsed.value),
        body: if is_stream { body } else { Body::empty() },
        metadata: Metadata {
            request_id: parsed.request_id.or(request_id),
            host_id,
            status: response.status,
            headers: response.headers,
            attempts,
        },
    })
}

/// Puts a streamed payload into the value, as the plain `call` gives it.
pub(crate) fn into_value(operation: &Operation, output: Output) -> Result<Value> {
    let Output { mut value, body, metadata } = output;
    if let (Some(member), Value::Object(members)) = (operation.streaming_output(), &mut value) {
        let bytes = body.into_bytes().map_err(|error| {
            let history = History { may_have_been_processed: true, ..History::default() };
            broken_body(error).after(metadata.attempts, history)
        })?;
        members.insert(member.name.to_string(), value::blob(bytes));
    }
    Ok(value)
}

fn refuse_event_streams(operation: &Operation) -> Result<()> {
    let direction = match (operation.has_event_stream_input(), operation.has_event_stream_output()) {
        (true, _) => "takes",
        (_, true) => "answers with",
        _ => return Ok(()),
    };
    let message = format!("this operation {direction} an event stream, which is not supported yet");
    Err(Error::new(ErrorKind::Unsupported, message))
}

fn add_idempotency_tokens(operation: &Operation, params: &mut Map<String, Value>) {
    let Some(structure) = operation.input_structure() else { return };
    for index in &operation.idempotency_members {
        let name = &*structure.members[usize::from(*index)].name;
        if !params.contains_key(name) {
            params.insert(name.to_owned(), Value::String(uuid::Uuid::new_v4().to_string()));
        }
    }
}

fn not_an_object(params: &Value) -> Error {
    Error::new(ErrorKind::Validation, format!("input: expected object, found {}", value::type_name(params)))
}

fn check(client: &Shared, operation: &Operation, params: &Value, has_body: bool) -> Result<()> {
    let payload = operation.raw_input_payload().filter(|_| has_body).map(|member| &*member.name);
    if has_body && payload.is_none() {
        let message = "input: a body was given, but the operation has no payload of bytes";
        return Err(Error::new(ErrorKind::Validation, message));
    }
    if let Some(name) = payload.filter(|name| params.get(*name).is_some()) {
        let message = format!("input.{name}: given twice, as a parameter and as the body");
        return Err(Error::new(ErrorKind::Validation, message));
    }
    match &operation.input {
        Some(input) if client.validation != Validation::Off => validate(input, params, client.validation, payload),
        _ => Ok(()),
    }
}

/// Whether the parameters have the payload that is the body as it is.
fn gives_payload(operation: &Operation, params: &Map<String, Value>) -> bool {
    let payload = operation.raw_input_payload().and_then(|member| params.get(&*member.name));
    payload.is_some_and(|value| !value.is_null())
}

/// Fills the parameters of the rule set, the most specific source first, and resolves it.
fn resolve_endpoint(client: &Shared, context: &Context<'_>, params: &Value) -> Result<Arc<Endpoint>> {
    let Some(rules) = &client.rules else {
        return client.default_endpoint();
    };
    let operation = context.operation;
    let mut filled = EndpointParams { parameters: rules.set.parameters(), values: rules.client_values() };
    let account_id = client.account_id(&rules.set, operation)?;
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
    rules.cache.get_or_resolve(&filled.values, || {
        let mut endpoint = rules.set.resolve(&filled.values, client.partitions()?)?;
        client.apply_scheme(&mut endpoint.url);
        Ok(endpoint)
    })
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
fn assemble(
    client: &Shared,
    operation: &Operation,
    draft: Draft<'_>,
    endpoint: &Endpoint,
) -> Result<http::Request<Body>> {
    let (path, query) = draft.path_and_query.split_once('?').unwrap_or((&draft.path_and_query, ""));
    let url = endpoint::join(&draft.endpoint, &draft.host_prefix, path, query);
    let uri: http::Uri = url
        .parse()
        .map_err(|error| Error::new(ErrorKind::Endpoint, format!("{}: not a usable URL: {error}", draft.endpoint)))?;
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
    headers.insert(USER_AGENT, client.user_agent.clone());
    if operation.discovers_endpoints {
        let version = HeaderValue::try_from(&client.service.metadata.api_version)
            .map_err(|_| Error::new(ErrorKind::Model, "metadata: apiVersion cannot stand in a header"))?;
        headers.insert("x-amz-api-version", version);
    }
    if client.passes_trace_on {
        trace::add(headers, client.config.environment())?;
    }
    Ok(whole)
}

fn choose_auth(client: &Shared, context: &Context<'_>, endpoint: &Endpoint) -> Result<Auth> {
    let operation = context.operation;
    let mut auth = sign::choose(&sign::Options {
        service: &client.service,
        operation,
        endpoint_schemes: &endpoint.auth_schemes,
        region: client.signing_region.as_deref(),
        unsigned: client.unsigned,
        preference: &client.auth_scheme_preference,
        prefers_bearer: client.token.is_some(),
        region_set: client.region_set.as_deref(),
    })?;
    operation.quirks.auth(&mut auth, context)?;
    Ok(auth)
}

fn sign(client: &Shared, operation: &Operation, request: http::Request<Body>, auth: &Auth) -> Result<Signed> {
    enum Identity {
        Keys(Credentials),
        Token(Token),
    }
    let identity = match auth.scheme {
        Scheme::None => return Ok(Signed { request, signed_at: client.service_time(), credentials: None }),
        Scheme::Bearer => Identity::Token(client.bearer_token()?),
        _ => Identity::Keys(client.credentials()?),
    };
    let signer = match &identity {
        Identity::Keys(keys) => Signer::Keys(keys),
        Identity::Token(token) => Signer::Token(token),
    };
    // Behind the credentials, which may have been fetched only now.
    let signed_at = client.service_time();
    let (mut parts, mut body) = request.into_parts();
    if auth.scheme == Scheme::SigV2 {
        let form = body.as_bytes().unwrap_or_default();
        body = Body::from(sign::sign_form(&parts, form, &signer, signed_at)?);
    } else {
        let payload = payload(auth, operation, &parts, &mut body)?;
        sign::sign(&mut parts, auth, &signer, payload, signed_at)?;
    }
    let credentials = match identity {
        Identity::Keys(keys) => Some(keys),
        Identity::Token(_) => None,
    };
    Ok(Signed { request: http::Request::from_parts(parts, body), signed_at, credentials })
}

/// What the signature says of the body (botocore's `auth.py: S3SigV4Auth` and `SigV4Auth.payload`).
fn payload<'b>(
    auth: &Auth,
    operation: &Operation,
    request: &http::request::Parts,
    body: &'b mut Body,
) -> Result<Payload<'b>> {
    if !auth.scheme.uses_keys() {
        return Ok(Payload::Unsigned);
    }
    let is_encrypted = request.uri.scheme_str() == Some("https");
    // Where the hash has a header of its own, as S3 wants it, it is only left out when something else protects the body.
    let is_checked = |name: &HeaderName| name.as_str().starts_with("x-amz-checksum-") || name == "content-md5";
    let may_be_unsigned = match auth.raw_path {
        true => operation.streaming_input().is_some() && request.headers.keys().any(is_checked),
        false => auth.unsigned_payload,
    };
    if may_be_unsigned && is_encrypted {
        return Ok(Payload::Unsigned);
    }
    if let Some(hash) = request.headers.get("x-amz-content-sha256").and_then(|hash| hash.to_str().ok()) {
        return Ok(if hash == "UNSIGNED-PAYLOAD" { Payload::Unsigned } else { Payload::Hash(hash.to_owned()) });
    }
    if body.as_bytes().is_none() && !body.is_rewindable() {
        if is_encrypted && auth.raw_path {
            return Ok(Payload::Unsigned);
        }
        let message = "the signature covers the body, which can be read only once: give bytes, a file or a source that \
                       can be rewound (Body::from_seekable)";
        return Err(Error::new(ErrorKind::Body, message));
    }
    if body.as_bytes().is_none() {
        return hash(body).map(Payload::Hash);
    }
    Ok(Payload::Bytes(body.as_bytes().unwrap_or_default()))
}

/// Reads a body through and rewinds it.
fn hash(body: &mut Body) -> Result<String> {
    let failed = |error| Error::new(ErrorKind::Body, "the body could not be read to sign it").with_source(error);
    let mut digest = Sha256::new();
    body.scan(|bytes| digest.update(bytes)).map_err(failed)?;
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
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

fn lend(body: &Loan) -> Result<Body> {
    body.lend().map_err(|error| Error::new(ErrorKind::Body, "the body cannot be sent").with_source(error))
}

/// What is the same for all attempts of a call, and different for all calls.
fn invocation_id() -> HeaderValue {
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    let text: &str = uuid::Uuid::new_v4().hyphenated().encode_lower(&mut text);
    // Digits, letters and hyphens are always a header's value.
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

/// At random from 0 to 1.
fn random() -> f64 {
    // The first 48 bits of a version 4 UUID are random.
    let bits = uuid::Uuid::new_v4().as_u128() >> 80;
    bits as f64 / (1u64 << 48) as f64
}

/// Reads a body that is no stream. The limits are far above what any service answers; they keep a broken or hostile server
/// from filling the memory.
fn read_body(body: &mut Body, status: u16) -> Result<Vec<u8>> {
    const MOST: u64 = 1 << 30;
    const MOST_OF_AN_ERROR: u64 = 8 << 20;
    let is_error = status >= 300;
    let limit = if is_error { MOST_OF_AN_ERROR } else { MOST };
    let expected = body.len().unwrap_or(0).min(limit).min(16 << 20);
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
    body.take(limit + 1).read_to_end(&mut bytes).map_err(broken_body)?;
    if bytes.len() as u64 > limit && !is_error {
        return Err(Error::new(ErrorKind::Response, format!("the answer is larger than {limit} bytes")));
    }
    Ok(bytes)
}

fn broken_body(error: std::io::Error) -> Error {
    let kind = match error.kind() {
        std::io::ErrorKind::TimedOut | std::io::ErrorKind::WouldBlock => ErrorKind::Timeout,
        _ => ErrorKind::Connection,
    };
    Error::new(kind, "the answer broke off").with_source(error)
}

//! One call, from parameters to output.
//!
//! ```text
//! plan -> [Input] -> validate                                                                        (accept)
//!   each attempt:
//!      -> serialize -> [Params] -> endpoint -> [Request] -> checksum -> [Auth] -> [Session] -> sign  (build)
//!      -> transport                                                                                  (Attempts::send)
//!      -> [Response] -> parse -> [Output]                                                            (receive, begin)
//!      -> does the request belong to another endpoint? [Redirect]                                    (check_redirect)
//!      -> classify / [Retry] -> back off                                                             (Attempts::judge)
//! ```
//!
//! Each attempt starts from the parameters and not from a copy of the previous request, so a call that succeeds at
//! once, as nearly all do, does not pay for retries. Serialization depends on the parameters alone, idempotency tokens
//! included, so all attempts send the same request.

mod attempts;
mod cross_region;
mod discovery;
mod events;
mod generate;
mod masked;
mod presign;
mod redirect;
mod request;
mod response;
mod session;
mod sign;
mod unmodeled;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use serde_json::{Map, Value};

use crate::body::{Body, ReplayableBody};
use crate::cancel::CancelToken;
use crate::checksum;
use crate::customize::Context;
use crate::deadline::Deadline;
use crate::error::{Error, ErrorKind, Result};
use crate::features::Features;
use crate::model::operation::Operation;
use crate::model::validate::{Validation, validate};
use crate::output::Output;
use crate::runtime::Runtime;
use crate::transport::reading_until;
use crate::value;
use attempts::{Attempts, Verdict};
use masked::{masking, masking_result};
use request::build;

pub(crate) use generate::generate;
pub(crate) use masked::prepare_masked;
pub(crate) use presign::presign;
pub(crate) use response::into_value;
pub(crate) use unmodeled::{sign_for, sign_unmodeled};

/// Parameters of one call and its overrides of the client's settings.
pub(crate) struct CallOptions {
    pub(crate) params: Value,
    /// A payload given outside the parameters.
    pub(crate) body: Option<Body>,
    /// Overrides the model's HTTP method.
    pub(crate) method: Option<http::Method>,
    /// Overrides the client's setting.
    pub(crate) max_attempts: Option<NonZeroU32>,
    /// Overrides the client's setting.
    pub(crate) deadline: Option<Duration>,
    /// Interrupts the pauses between attempts.
    pub(crate) cancel: Option<CancelToken>,
    /// This crate reads the response's payload into memory, so the time limits of an attempt cover it.
    pub(crate) buffer_payload: bool,
    /// Features of the caller (a waiter, a paginator), for the `User-Agent` header.
    pub(crate) features: Features,
    /// Return a response that names another region instead of following it.
    pub(crate) ignore_redirects: bool,
}

impl CallOptions {
    pub(crate) fn new(params: Value) -> Self {
        CallOptions {
            params,
            body: None,
            method: None,
            max_attempts: None,
            deadline: None,
            cancel: None,
            buffer_payload: false,
            features: Features::NONE,
            ignore_redirects: false,
        }
    }
}

/// Calls an operation: all attempts, from parameters to output.
pub(crate) fn call(client: &Runtime, operation: &Arc<Operation>, options: CallOptions) -> Result<Output> {
    let mut context = client.context(operation);
    context.features |= options.features;
    let mut attempts = Attempts::new(client, operation, &options);
    run(client, operation, &mut context, options, &mut attempts)
        .map_err(|error| attempts.annotate(error).in_call(&client.service.name, &operation.name))
}

fn run(
    client: &Runtime,
    operation: &Arc<Operation>,
    context: &mut Context<'_>,
    options: CallOptions,
    attempts: &mut Attempts<'_>,
) -> Result<Output> {
    context.method = options.method;
    let params = accept(client, context, options.params, options.body.is_some())?;
    let body = options.body.map(ReplayableBody::new);
    attempts.allow_long_poll(&params);
    loop {
        attempts.await_permit()?;
        context.until = attempts.deadline();
        let signed = build(client, context, &params, body.as_ref().map(lend).transpose()?, attempts.clock_offset())
            .map_err(|error| masking(error, client, operation, &params, None))?;
        let response = attempts.send(signed);
        let (number, deadline, url) = (attempts.number, attempts.attempt_deadline(), attempts.url());
        // The caller reads a stream without a time limit. What is read here, error bodies above all, is part of the
        // attempt.
        let result = reading_until(deadline.at(), || {
            let output = response.and_then(|response| response::receive(context, response, number, url))?;
            events::begin(client, operation, output, deadline, url)
        });
        let result = masking_result(result, client, operation, &params, attempts.token());
        let (result, redirect) = check_redirect(client, context, &params, result, attempts.may_redirect());
        match attempts.judge(result, redirect, body.as_ref().is_none_or(ReplayableBody::is_whole)) {
            Verdict::Done(result) => return result,
            Verdict::RetryAfter(delay) => attempts.wait_before_retry(delay)?,
        }
    }
}

/// Returns `true` with the result if the request must be sent again to another endpoint or region, which is remembered,
/// and `may_redirect` allows it. A response that names an impossible region is an error.
fn check_redirect(
    client: &Runtime,
    context: &mut Context<'_>,
    params: &Value,
    result: Result<Output>,
    may_redirect: bool,
) -> (Result<Output>, bool) {
    let Err(error) = result else { return (result, false) };
    if discovery::forget(client, context, params, &error) || !may_redirect {
        return (Err(error), may_redirect);
    }
    match redirect::learn_region(client, context, params, &error) {
        Ok(redirect) => (Err(error), redirect),
        Err(invalid_region) => (Err(invalid_region.with_earlier_failure(error)), false),
    }
}

/// Reads a response that this crate did not receive itself.
pub(crate) fn receive(client: &Runtime, operation: &Arc<Operation>, response: http::Response<Body>) -> Result<Output> {
    let output = response::receive(&client.context(operation), response, 0, None);
    output
        .and_then(|output| events::begin(client, operation, output, Deadline::NONE, None))
        .map_err(|error| error.in_call(&client.service.name, &operation.name))
}

/// Builds and signs the request without sending it.
pub(crate) fn prepare(
    client: &Runtime,
    context: &mut Context<'_>,
    options: CallOptions,
) -> Result<http::Request<Body>> {
    context.until = deadline_after(options.deadline.or(client.deadline));
    context.method = options.method;
    let params = accept(client, context, options.params, options.body.is_some())?;
    let signed = build(client, context, &params, options.body, client.retries.skew.known());
    Ok(signed.map_err(|error| masking(error, client, context.operation, &params, None))?.request)
}

/// The instant at which a time limit that starts now ends, for work that sends no request of its own: signing,
/// presigning.
pub(crate) fn deadline_after(limit: Option<Duration>) -> Deadline {
    Deadline::after(limit)
}

/// Completes and validates the parameters. All attempts send the result.
fn accept(client: &Runtime, context: &mut Context<'_>, params: Value, has_body: bool) -> Result<Value> {
    let operation = context.operation;
    refuse_event_stream_input(operation)?;
    let mut params = match params {
        Value::Object(params) => params,
        Value::Null => Map::new(),
        other => return Err(not_an_object(&other)),
    };
    add_idempotency_tokens(operation, &mut params);
    operation.quirks.input(&mut params, context)?;
    if !context.presigns {
        context.checks_answer = checksum::ask(operation, &mut params, &client.checksums);
    }
    let params = Value::Object(params);
    check(client, operation, &params, has_body)?;
    context.region = redirect::known_region(client, context, &params);
    Ok(params)
}

/// Sending events needs both directions of the connection at once (HTTP/2) and a signature for each event.
fn refuse_event_stream_input(operation: &Operation) -> Result<()> {
    if operation.has_event_stream_input() {
        let message = "this operation takes a stream of events, which needs HTTP/2 and a signature for every event; \
                       this version sends neither";
        return Err(Error::new(ErrorKind::Unsupported, message));
    }
    Ok(())
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

fn check(client: &Runtime, operation: &Operation, params: &Value, has_body: bool) -> Result<()> {
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

fn lend(body: &ReplayableBody) -> Result<Body> {
    body.lend().map_err(|error| Error::new(ErrorKind::Body, "the body cannot be sent").with_source(error))
}

/// The `amz-sdk-invocation-id` header: the same for all attempts of a call, unique to each call.
fn invocation_id() -> HeaderValue {
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    let text: &str = uuid::Uuid::new_v4().hyphenated().encode_lower(&mut text);
    // Digits, letters and hyphens are always a valid header value.
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static(""))
}

/// A random number from 0 (inclusive) to 1 (exclusive).
fn random() -> f64 {
    // The first 48 bits of a version 4 UUID are random.
    let bits = uuid::Uuid::new_v4().as_u128() >> 80;
    bits as f64 / (1u64 << 48) as f64
}

//! One call: a row of steps from parameters to output.
//!
//! ```text
//!            accept -> build -> sign -> send -> read -> judge -> (again | done)
//! ```
//!
//! | step | what it does |
//! |---|---|
//! | accept | [Input] quirks, idempotency tokens, validation |
//! | build | serialization, [Params] quirks, endpoint, [Request] quirks, compression, checksum, [Auth] quirks |
//! | sign | credentials or a session, signature |
//! | send | headers of the attempt, time limits, the transport |
//! | read | body, checksum, [Response] quirks, parsing, [Output] quirks |
//! | judge | [Redirect] and [Retry] rules, classification, repairs, the pause before the next attempt |
//!
//! Whatever else can be done with an operation is the same row, stopped early or with one step replaced: [`prepare`] and
//! [`explain`] stop before *send*, [`presign`] and [`generate`] put the signature elsewhere, [`receive`] begins at *read*.
//!
//! Each attempt starts from the parameters and not from a copy of the previous request, so a call that succeeds at
//! once, as nearly all do, does not pay for retries. Serialization depends on the parameters alone, idempotency tokens
//! included, so all attempts send the same request. *accept* writes the document of parameters of a user's type, which become
//! no value that could be serialized later.

mod accept;
mod attempts;
mod build;
mod cross_region;
mod direct;
mod discovery;
mod endpoint;
mod error;
mod events;
mod explain;
mod generate;
mod masked;
mod presign;
mod read;
mod redirect;
mod secrets;
mod session;
mod sign;
mod trace;
mod typed;
mod typed_iter;
mod unmodeled;

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::body::{Body, ReplayableBody};
use crate::cancel::CancelToken;
use crate::checksum::Added;
use crate::deadline::Deadline;
use crate::endpoint::Endpoint;
use crate::error::{Error, Result};
use crate::features::Features;
use crate::output::Output;
use crate::plan::OperationPlan;
use crate::protocol::typed::Sink;
use crate::runtime::{MadeCall, Runtime};
use crate::sign::Auth;
use crate::stage::Context;
use crate::transport::reading_until;
use crate::value::{self, GivenParams};
use attempts::{Attempts, Verdict};
use direct::{Accepted, WrittenDocument};
use error::CallError;
use secrets::{masking, masking_result};
use sign::Identity;

pub(crate) use direct::given_params;
pub(crate) use explain::explain;
pub(crate) use generate::generate;
pub(crate) use masked::prepare_masked;
pub(crate) use presign::presign;
pub(crate) use read::{broken_body, into_value};
pub(crate) use typed::{call_as, into_type, receive_as, whole_as};
pub use typed_iter::Typed;
pub(crate) use unmodeled::{sign_for, sign_unmodeled};

/// Parameters of one call and its overrides of the client's settings.
pub(crate) struct CallOptions {
    pub(crate) params: Value,
    /// A payload given outside the parameters.
    pub(crate) body: Option<Body>,
    /// Overrides the model's HTTP method.
    pub(crate) method: Option<http::Method>,
    /// Overrides the client's setting.
    pub(crate) max_attempts: Option<u32>,
    /// Overrides the client's setting.
    pub(crate) deadline: Option<Duration>,
    /// Ends the call from another thread.
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

    fn check(&self) -> Result<()> {
        match self.max_attempts {
            Some(0) => Err(CallError::NoAttempts.into()),
            _ => Ok(()),
        }
    }
}

/// Opens the span of a step, below the span of its call.
fn step(name: &'static str) -> tracing::span::EnteredSpan {
    tracing::debug_span!("step", name).entered()
}

/// A call: the client and the plan that it is made with, and the state that its steps share.
pub(crate) struct Call<'c> {
    pub(crate) client: &'c Runtime,
    pub(crate) plan: &'c Arc<OperationPlan>,
    pub(crate) context: Context<'c>,
    /// The document of parameters of a user's type, which *accept* wrote.
    written: Option<WrittenDocument>,
    /// What a test double is told of the call.
    made: Option<MadeCall>,
}

impl<'c> Call<'c> {
    pub(crate) fn new(client: &'c Runtime, plan: &'c Arc<OperationPlan>) -> Self {
        Call { client, plan, context: client.context(&plan.operation), written: None, made: None }
    }

    /// Takes over the options of a call that stops before it is sent.
    fn begin(&mut self, options: &CallOptions) {
        self.context.deadline = Deadline::after(options.deadline.or(self.client.deadline));
        self.context.method.clone_from(&options.method);
        self.context.cancel.clone_from(&options.cancel);
    }

    /// Makes another call that this one depends on, within `limit`.
    fn inner(&self, plan: &Arc<OperationPlan>, params: Value, limit: Option<Duration>) -> Result<Output> {
        call(self.client, plan, self.inner_options(params, limit))
    }

    fn inner_options(&self, params: Value, limit: Option<Duration>) -> CallOptions {
        CallOptions { deadline: limit, cancel: self.context.cancel.clone(), ..CallOptions::new(params) }
    }
}

/// Calls an operation: all attempts, from parameters to output.
pub(crate) fn call(client: &Runtime, plan: &Arc<OperationPlan>, options: CallOptions) -> Result<Output> {
    call_into(client, plan, options, None, None)
}

/// As [`call`]. `given` replaces the parameters in `options`. If `sink` has taken the output, the value is null.
pub(crate) fn call_into(
    client: &Runtime,
    plan: &Arc<OperationPlan>,
    options: CallOptions,
    given: Option<&dyn GivenParams>,
    sink: Option<&Sink<'_>>,
) -> Result<Output> {
    let (service, operation) = (&client.service.model.name, &plan.operation.name);
    let _span = tracing::info_span!("call", service, operation).entered();
    let mut attempts = Attempts::new(client, plan, &options, sink);
    let mut call = Call::new(client, plan);
    call.context.features |= options.features;
    run(&mut call, options, given, &mut attempts).map_err(|error| attempts.annotate(error).in_call(service, operation))
}

fn run(
    call: &mut Call<'_>,
    options: CallOptions,
    given: Option<&dyn GivenParams>,
    attempts: &mut Attempts<'_>,
) -> Result<Output> {
    options.check()?;
    (call.context.method, call.context.cancel) = (options.method, options.cancel);
    call.made = made_call(call, &options.params, given)?;
    let accepted = match given {
        Some(given) => call.accept_given(given)?,
        None => Accepted::all(call.accept(options.params, options.body.is_some())?),
    };
    let body = options.body.map(ReplayableBody::new);
    attempts.allow_long_poll(&accepted.params);
    loop {
        attempts.await_permit()?;
        match attempt(call, &accepted, body.as_ref(), attempts)? {
            Verdict::Done(result) => return result,
            Verdict::RetryAfter(delay) => attempts.wait_before_retry(delay)?,
        }
    }
}

/// The call for a test double. Without one it costs nothing.
fn made_call(call: &Call<'_>, params: &Value, given: Option<&dyn GivenParams>) -> Result<Option<MadeCall>> {
    if !call.client.outside.tells_calls {
        return Ok(None);
    }
    let params = match given {
        Some(given) => given_params(&call.plan.operation, given)?,
        None => params.clone(),
    };
    let (service, plan) = (Arc::clone(&call.client.service), Arc::clone(call.plan));
    Ok(Some(MadeCall { service, plan, params: Arc::new(params) }))
}

/// One attempt: all steps after *accept*.
fn attempt(
    call: &mut Call<'_>,
    accepted: &Accepted<'_>,
    body: Option<&ReplayableBody>,
    attempts: &mut Attempts<'_>,
) -> Result<Verdict> {
    let _span = tracing::debug_span!("attempt", number = attempts.number + 1).entered();
    call.context.deadline = attempts.deadline();
    let (params, operation) = (&accepted.params, &call.plan.operation);
    let signed = call
        .build(params, body.map(lend).transpose()?)
        .and_then(|unsigned| call.sign(unsigned, params, attempts.clock_offset()))
        .map_err(|error| masking(error, call, &accepted.whole(operation), None))?;
    let response = attempts.send(signed);
    let result = read(call, response, attempts);
    let result = masking_result(result, call, || accepted.whole(operation), attempts.token());
    let (result, redirect) = check_redirect(call, params, result, attempts.may_redirect());
    Ok(attempts.judge(result, redirect, body.is_none_or(ReplayableBody::is_whole)))
}

/// Reads the response to the current attempt. The caller reads a stream without a time limit; what is read here, error
/// bodies above all, is part of the attempt.
fn read(call: &Call<'_>, response: Result<http::Response<Body>>, attempts: &Attempts<'_>) -> Result<Output> {
    let _span = step("read");
    let (number, deadline, url) = (attempts.number, attempts.attempt_deadline(), attempts.url());
    reading_until(deadline.at(), || {
        let output = response.and_then(|response| read::read(call, response, number, url, attempts.sink))?;
        events::begin(call, output, deadline, url)
    })
}

/// Returns `true` with the result if the request must be sent again to another endpoint or region, which is remembered,
/// and `may_redirect` allows it. A response that names an impossible region is an error.
fn check_redirect(
    call: &mut Call<'_>,
    params: &Value,
    result: Result<Output>,
    may_redirect: bool,
) -> (Result<Output>, bool) {
    let Err(error) = result else { return (result, false) };
    if call.forget_endpoint(params, &error) || !may_redirect {
        return (Err(error), may_redirect);
    }
    match call.learn_region(params, &error) {
        Ok(redirect) => (Err(error), redirect),
        Err(invalid_region) => (Err(invalid_region.with_earlier_failure(error)), false),
    }
}

/// Reads a response that this crate did not receive itself.
pub(crate) fn receive(call: &Call<'_>, response: http::Response<Body>, sink: Option<&Sink<'_>>) -> Result<Output> {
    let output = read::read(call, response, 0, None, sink)?;
    events::begin(call, output, Deadline::NONE, None)
}

/// A request that is built and signed, with the decisions that led to it.
pub(crate) struct Prepared {
    pub(crate) request: http::Request<Body>,
    pub(crate) params: Value,
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) auth: Auth,
    pub(crate) checksum: Added,
    pub(crate) identity: Identity,
}

/// Builds and signs the request without sending it.
pub(crate) fn prepare(call: &mut Call<'_>, options: CallOptions) -> Result<Prepared> {
    call.begin(&options);
    let params = call.accept(options.params, options.body.is_some())?;
    let prepare = || {
        let unsigned = call.build(&params, options.body)?;
        let (endpoint, auth) = (Arc::clone(&unsigned.endpoint), unsigned.auth.clone());
        let checksum = unsigned.checksum.clone();
        let signed = call.sign(unsigned, &params, call.client.retries.skew.known())?;
        Ok((signed, endpoint, auth, checksum))
    };
    let (signed, endpoint, auth, checksum) = prepare().map_err(|error| masking(error, call, &params, None))?;
    Ok(Prepared { request: signed.request, params, endpoint, auth, checksum, identity: signed.identity })
}

fn not_an_object(params: &Value) -> Error {
    CallError::NotAnObject(value::type_name(params)).into()
}

fn lend(body: &ReplayableBody) -> Result<Body> {
    body.lend().map_err(|error| CallError::BodyNotSendable.caused_by(error))
}

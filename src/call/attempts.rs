//! The attempts of one call: the step *send*, with its time limits and headers, and the pauses between attempts.

mod judge;

use std::time::{Duration, Instant, SystemTime};

use http::{HeaderName, HeaderValue, Uri};
use serde_json::{Value, json};

use super::error::CallError;
use super::sign::{Identity, Signed};
use super::{CallOptions, step};
use crate::body::Body;
use crate::cancel::CancelToken;
use crate::codec::timestamp::Timestamp;
use crate::deadline::Deadline;
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::error::{Error, History, Result};
use crate::plan::OperationPlan;
use crate::protocol::typed::Sink;
use crate::retry::RetryPolicy;
use crate::retry::{self, Offset, Reading};
use crate::runtime::Runtime;
use crate::transport::{SendOptions, no_response};

const INVOCATION_ID: HeaderName = HeaderName::from_static("amz-sdk-invocation-id");
const REQUEST: HeaderName = HeaderName::from_static("amz-sdk-request");

/// Added to the wait time of a long-polling operation to get the client's read timeout.
const LONG_POLL_MARGIN: Duration = Duration::from_secs(5);

pub(super) use judge::Verdict;

pub(super) struct Attempts<'c> {
    client: &'c Runtime,
    plan: &'c OperationPlan,
    retry_policy: &'static RetryPolicy,
    /// How many were sent.
    pub(super) number: u32,
    max_attempts: u32,
    read_timeout: Option<Duration>,
    /// The caller reads the response's payload, without a time limit.
    leaves_stream: bool,
    /// Takes the output, if the caller wants it as a type of its own.
    pub(super) sink: Option<&'c Sink<'c>>,
    deadline: Option<TimeLimit>,
    cancel: Option<CancelToken>,
    invocation_id: Option<HeaderValue>,
    current: Option<Current>,
    /// The service's clock according to the last service error.
    reading: Option<Reading>,
    /// A clock correction on trial: the client adopts it if it helps.
    trial: Option<Offset>,
    /// Tokens that the last retry took from the quota.
    spent: Option<u32>,
    clock_was_corrected: bool,
    identity_was_replaced: bool,
    was_redirected: bool,
    /// The error of the previous attempt, until the next one is sent.
    last: Option<Error>,
    history: History,
}

/// The attempt in progress.
struct Current {
    endpoint: Uri,
    /// The time in the signature.
    signed_at: SystemTime,
    identity: Identity,
    started: Instant,
    deadline: Deadline,
    /// By the client's clock: when the request was sent, and when the head of an error response arrived.
    sent: SystemTime,
    received: Option<SystemTime>,
}

/// The time limit of a call. It counts the time on the machine's clock, and the pauses requested of the session's
/// clock, which may not really sleep.
struct TimeLimit {
    limit: Duration,
    started: Instant,
    paused: Duration,
}

impl<'c> Attempts<'c> {
    pub(super) fn new(
        client: &'c Runtime,
        plan: &'c OperationPlan,
        options: &CallOptions,
        sink: Option<&'c Sink<'c>>,
    ) -> Self {
        let retry_policy = plan.quirks.retry_policy();
        let max_attempts = options.max_attempts.or(client.max_attempts);
        let deadline = options.deadline.or(client.deadline);
        Attempts {
            client,
            plan,
            retry_policy,
            number: 0,
            max_attempts: max_attempts.or(retry_policy.max_attempts).unwrap_or(retry::MAX_ATTEMPTS),
            read_timeout: client.read_timeout,
            leaves_stream: plan.operation.streams_response() && !options.buffer_payload,
            sink,
            deadline: deadline.map(|limit| TimeLimit {
                limit,
                started: client.outside.instant(),
                paused: Duration::ZERO,
            }),
            cancel: options.cancel.clone(),
            invocation_id: None,
            current: None,
            reading: None,
            trial: None,
            spent: None,
            clock_was_corrected: false,
            identity_was_replaced: false,
            was_redirected: options.ignore_redirects,
            last: None,
            history: History::default(),
        }
    }

    /// Extends the read timeout of an operation that waits for something before it responds.
    pub(super) fn allow_long_poll(&mut self, params: &Value) {
        if let (Some(wait), Some(params)) = (self.retry_policy.long_poll, params.as_object()) {
            self.read_timeout = self.read_timeout.map(|limit| limit.max(wait(params).saturating_add(LONG_POLL_MARGIN)));
        }
    }

    /// Waits for a permit of the rate limiter, if the retry mode has one.
    pub(super) fn await_permit(&mut self) -> Result<()> {
        self.check_cancelled()?;
        let Some(limiter) = &self.client.retries.limiter else { return Ok(()) };
        let wait = limiter.acquire(self.client.outside.now());
        if wait.is_zero() {
            return Ok(());
        }
        if self.time_left().is_some_and(|left| wait >= left) {
            limiter.cancel();
            return Err(self.too_late("the client's rate limit leaves no permit before"));
        }
        tracing::debug!(operation = self.plan.operation.name, ?wait, "the rate limit delays the request");
        self.pause(wait);
        self.check_cancelled().inspect_err(|_| limiter.cancel())
    }

    /// # Errors
    /// [`ErrorKind::Cancelled`] if the call is cancelled.
    fn check_cancelled(&self) -> Result<()> {
        match self.is_cancelled() {
            true => Err(CallError::Cancelled.into()),
            false => Ok(()),
        }
    }

    /// Sends the request and waits for the head of the response.
    pub(super) fn send(&mut self, signed: Signed) -> Result<http::Response<Body>> {
        let _span = step("send");
        let Signed { mut request, signed_at, identity } = signed;
        self.add_headers(&mut request)?;
        self.client.hooks.before_send(&mut request)?;
        let options = self.next_send_options()?;
        let endpoint = request.uri().clone();
        self.number += 1;
        self.last = None;
        let started = self.client.outside.instant();
        let limit = options.total_timeout.or(options.response_timeout);
        let deadline = Deadline::after(limit);
        let sent = self.client.outside.now();
        self.current = Some(Current { endpoint, signed_at, identity, started, deadline, sent, received: None });
        let mut response =
            self.client.outside.send(request, &options).map_err(|error| self.no_response_error(error))?;
        if let Some(current) = self.current.as_mut().filter(|_| !response.status().is_success()) {
            current.received = Some(self.client.outside.now());
        }
        self.client.hooks.after_response(&mut response)?;
        Ok(response)
    }

    /// The session token or bearer token that signed the current attempt.
    pub(super) fn token(&self) -> Option<&str> {
        self.current.as_ref()?.identity.token()
    }

    /// Waits before the next attempt.
    ///
    /// # Errors
    /// [`ErrorKind::Cancelled`] if the call is cancelled.
    pub(super) fn wait_before_retry(&mut self, delay: Duration) -> Result<()> {
        self.history.delays.push(delay);
        self.pause(delay);
        self.check_cancelled()
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.as_ref().is_some_and(CancelToken::is_cancelled)
    }

    /// Adds the history of the attempts to the error. An error between two attempts also mentions the failure before
    /// it.
    pub(super) fn annotate(mut self, error: Error) -> Error {
        self.history.out_of_time = self.time_left() == Some(Duration::ZERO);
        self.history.exhausted = self.number >= self.max_attempts;
        let error = match self.last {
            Some(last) => error.with_earlier_failure(last),
            None => error,
        };
        error.after(self.number, self.history)
    }

    /// Whether the request may still be redirected. Once per call, so that redirects cannot loop.
    pub(super) fn may_redirect(&self) -> bool {
        !self.was_redirected
    }

    /// Adds the retry headers. They are not signed, since they describe the attempt and not the request (botocore's
    /// `handlers.py: add_retry_headers`).
    fn add_headers(&mut self, request: &mut http::Request<Body>) -> Result<()> {
        let id = self.invocation_id.get_or_insert_with(|| self.client.outside.invocation_id()).clone();
        let attempt = self.number + 1;
        let value = match (attempt, self.max_attempts) {
            (1, retry::MAX_ATTEMPTS) => HeaderValue::from_static("attempt=1; max=3"),
            (attempt, max_attempts) => {
                let ttl = self.ttl().map(|ttl| format!("ttl={ttl}; ")).unwrap_or_default();
                HeaderValue::try_from(format!("{ttl}attempt={attempt}; max={max_attempts}"))
                    .map_err(|error| CallError::AttemptHeader.caused_by(error))?
            }
        };
        request.headers_mut().insert(INVOCATION_ID, id);
        request.headers_mut().insert(REQUEST, value);
        Ok(())
    }

    /// When this client stops waiting, by the service's clock.
    fn ttl(&self) -> Option<String> {
        let reading = self.reading.filter(|_| self.plan.operation.streaming_input().is_none())?;
        let deadline = self.client.outside.now().checked_add(self.read_timeout?)?;
        Timestamp::at(reading.offset()?.apply(deadline)).map(Timestamp::to_basic_iso8601)
    }

    /// The time limits of the next attempt.
    fn next_send_options(&self) -> Result<SendOptions> {
        let left = self.time_left();
        if left == Some(Duration::ZERO) {
            return Err(self.too_late("nothing more is sent after"));
        }
        let total = self.client.attempt_timeout.into_iter().chain(left).min();
        Ok(SendOptions {
            connect_timeout: self.client.connect_timeout.into_iter().chain(total).min(),
            read_timeout: self.read_timeout,
            total_timeout: total.filter(|_| !self.leaves_stream),
            response_timeout: total.filter(|_| self.leaves_stream),
            cancel: self.cancel.clone(),
        })
    }

    fn no_response_error(&self, error: crate::transport::TransportError) -> Error {
        match self.current.as_ref().map(|current| &current.endpoint) {
            Some(endpoint) => no_response(error, endpoint).with_url(endpoint.to_string()),
            None => no_response(error, &Uri::default()),
        }
    }

    fn too_late(&self, what: &'static str) -> Error {
        let limit = self.deadline.as_ref().map(|deadline| deadline.limit).unwrap_or_default();
        CallError::TooLate { what, limit }.into()
    }

    /// The time limits of an attempt and of the call, in seconds.
    pub(super) fn explain_limits(&self) -> Value {
        let seconds = |limit: Option<Duration>| limit.map(|limit| limit.as_secs_f64());
        json!({
            "connect_timeout": seconds(self.client.connect_timeout),
            "read_timeout": seconds(self.read_timeout),
            "attempt_timeout": seconds(self.client.attempt_timeout),
            "deadline": seconds(self.deadline.as_ref().map(|deadline| deadline.limit)),
        })
    }

    /// The retry policy of the call.
    pub(super) fn explain_retries(&self) -> Value {
        json!({
            "mode": if self.client.retries.limiter.is_some() { "adaptive" } else { "standard" },
            "max_attempts": self.max_attempts,
            "additional_codes": self.retry_policy.codes,
            "is_long_poll": self.retry_policy.long_poll.is_some(),
            "follows_redirects": self.plan.quirks.redirects().is_some() && !self.was_redirected,
        })
    }

    /// The offset between the clocks that the next attempt signs with.
    pub(super) fn clock_offset(&self) -> Offset {
        self.trial.unwrap_or_else(|| self.client.retries.skew.known())
    }

    /// The deadline of the call, by the machine's clock.
    pub(super) fn deadline(&self) -> Deadline {
        Deadline::after(self.time_left())
    }

    /// The deadline of the current attempt: its own time limit or the call's deadline, whichever is earlier.
    pub(super) fn attempt_deadline(&self) -> Deadline {
        self.current.as_ref().map_or(Deadline::NONE, |current| current.deadline)
    }

    /// The URL of the current attempt.
    pub(super) fn url(&self) -> Option<&Uri> {
        self.current.as_ref().map(|current| &current.endpoint)
    }

    /// The time until the call's deadline; zero after it.
    fn time_left(&self) -> Option<Duration> {
        let deadline = self.deadline.as_ref()?;
        let elapsed = self.client.outside.instant().saturating_duration_since(deadline.started);
        Some(deadline.limit.saturating_sub(elapsed.max(deadline.paused)))
    }

    fn pause(&mut self, duration: Duration) {
        if duration.is_zero() {
            return;
        }
        self.client.outside.pause(duration, self.cancel.as_ref());
        if let Some(deadline) = &mut self.deadline {
            deadline.paused = deadline.paused.saturating_add(duration);
        }
    }
}

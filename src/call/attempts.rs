//! The attempts of one call: time limits, retry headers, and the decision whether to retry.

use std::time::{Duration, Instant, SystemTime};

use http::{HeaderName, HeaderValue, Uri};

use super::sign::{Identity, Signed};
use super::{CallOptions, invocation_id, random};
use crate::body::Body;
use crate::cancel::CancelToken;
use crate::codec::host::shown_host;
use crate::codec::timestamp::Timestamp;
use crate::customize::RetryPolicy;
use crate::error::{Error, ErrorKind, History, Result, ServiceError, StopReason};
use crate::hooks::Attempt;
use crate::model::operation::Operation;
use crate::output::Output;
use crate::retry::{self, Backoff, Class, DeclaredRetry, Offset, Reading};
use crate::runtime::Runtime;
use crate::transport::{SendOptions, no_response};

const INVOCATION_ID: HeaderName = HeaderName::from_static("amz-sdk-invocation-id");
const REQUEST: HeaderName = HeaderName::from_static("amz-sdk-request");

/// Added to the wait time of a long-polling operation to get the client's read timeout.
const LONG_POLL_MARGIN: Duration = Duration::from_secs(5);

pub(super) struct Attempts<'c> {
    client: &'c Runtime,
    operation: &'c Operation,
    retry_policy: &'static RetryPolicy,
    /// How many were sent.
    pub(super) number: u32,
    max_attempts: u32,
    read_timeout: Option<Duration>,
    /// The caller reads the response's payload, without a time limit.
    leaves_stream: bool,
    deadline: Option<Deadline>,
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
    deadline: Option<Instant>,
    /// By the client's clock: when the request was sent, and when the head of an error response arrived.
    sent: SystemTime,
    received: Option<SystemTime>,
}

/// The time limit of a call. It counts the time on the machine's clock, and the pauses requested of the session's
/// clock, which may not really sleep.
struct Deadline {
    limit: Duration,
    started: Instant,
    paused: Duration,
}

/// The decision after an attempt.
#[allow(clippy::large_enum_variant, reason = "it is matched at once and never stored")]
pub(super) enum Verdict {
    Done(Result<Output>),
    RetryAfter(Duration),
}

impl<'c> Attempts<'c> {
    pub(super) fn new(client: &'c Runtime, operation: &'c Operation, options: &CallOptions) -> Self {
        let retry_policy = operation.quirks.retry_policy();
        let max_attempts = options.max_attempts.or(client.max_attempts).map(u32::from);
        let deadline = options.deadline.or(client.deadline);
        Attempts {
            client,
            operation,
            retry_policy,
            number: 0,
            max_attempts: max_attempts.or(retry_policy.max_attempts).unwrap_or(retry::MAX_ATTEMPTS),
            read_timeout: client.read_timeout,
            leaves_stream: operation.answers_with_stream() && !options.buffer_payload,
            deadline: deadline.map(|limit| Deadline { limit, started: Instant::now(), paused: Duration::ZERO }),
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
    pub(super) fn allow_long_poll(&mut self, params: &serde_json::Value) {
        if let (Some(wait), Some(params)) = (self.retry_policy.long_poll, params.as_object()) {
            self.read_timeout = self.read_timeout.map(|limit| limit.max(wait(params).saturating_add(LONG_POLL_MARGIN)));
        }
    }

    /// Waits for a permit of the rate limiter, if the retry mode has one.
    pub(super) fn await_permit(&mut self) -> Result<()> {
        let Some(limiter) = &self.client.retries.limiter else { return Ok(()) };
        let wait = limiter.acquire(self.client.clock.now());
        if wait.is_zero() {
            return Ok(());
        }
        if self.time_left().is_some_and(|left| wait >= left) {
            limiter.cancel();
            return Err(self.too_late("the client's rate limit leaves no permit before"));
        }
        tracing::debug!(operation = self.operation.name, ?wait, "the rate limit delays the request");
        self.pause(wait);
        if self.is_cancelled() {
            limiter.cancel();
            self.history.stop_reason = Some(StopReason::Cancelled);
            let unsent = || Error::new(ErrorKind::Waiter, "cancelled before the rate limit gave a permit");
            return Err(self.last.take().unwrap_or_else(unsent));
        }
        Ok(())
    }

    /// Sends the request and waits for the head of the response.
    pub(super) fn send(&mut self, signed: Signed) -> Result<http::Response<Body>> {
        let Signed { mut request, signed_at, identity } = signed;
        self.add_headers(&mut request)?;
        self.client.hooks.before_send(&mut request)?;
        let options = self.next_send_options()?;
        let endpoint = request.uri().clone();
        self.number += 1;
        self.last = None;
        let started = Instant::now();
        let limit = options.total_timeout.or(options.response_timeout);
        let deadline = limit.and_then(|limit| started.checked_add(limit));
        let sent = self.client.clock.now();
        self.current = Some(Current { endpoint, signed_at, identity, started, deadline, sent, received: None });
        let mut response =
            self.client.transport.send(request, &options).map_err(|error| self.no_response_error(error))?;
        if let Some(current) = self.current.as_mut().filter(|_| !response.status().is_success()) {
            current.received = Some(self.client.clock.now());
        }
        self.client.hooks.after_response(&mut response)?;
        Ok(response)
    }

    /// The session token or bearer token that signed the current attempt.
    pub(super) fn token(&self) -> Option<&str> {
        self.current.as_ref()?.identity.token()
    }

    /// Decides whether to send the request again. `redirect`: it must go to another region or endpoint. `replayable`:
    /// its body can be sent again.
    pub(super) fn judge(&mut self, result: Result<Output>, redirect: bool, replayable: bool) -> Verdict {
        let Some(current) = self.current.take() else { return Verdict::Done(result) };
        self.settle_clock_correction(&result);
        let learn = |limiter: &retry::RateLimiter, throttled| limiter.learn(throttled, self.client.clock.now());
        let error = match result {
            Ok(output) => {
                self.client.retries.quota.release(self.spent);
                self.client.retries.limiter.iter().for_each(|limiter| learn(limiter, false));
                self.report(&current, Some(output.metadata.status), None, None);
                return Verdict::Done(Ok(output));
            }
            Err(error) => error,
        };
        self.record_service_date(&error, &current);
        let class = retry::classify(&error, self.retry_policy, |service| self.declared(service));
        self.client.retries.limiter.iter().for_each(|limiter| learn(limiter, class == Some(Class::Throttling)));
        self.history.may_have_been_processed |= retry::may_have_been_processed(&error);
        let delay = match redirect {
            true => self.redirect(replayable),
            false => self.retry_delay(&error, class, replayable, &current),
        };
        self.report(&current, error.service().map(ServiceError::status), Some(&error), delay);
        match delay {
            Some(delay) => {
                self.last = Some(error);
                Verdict::RetryAfter(delay)
            }
            None => Verdict::Done(Err(self.with_advice(error, &current.identity))),
        }
    }

    /// Adds to an error about expired credentials where they came from and how to renew them.
    fn with_advice(&self, error: Error, identity: &Identity) -> Error {
        let is_expired = error.service().is_some_and(|service| match identity {
            Identity::Token(_) => service.status() == 401 || retry::tells_of_expiry(service),
            Identity::Credentials(credentials) | Identity::Session(credentials, _) => {
                let is_clock = service.code() == retry::REQUEST_EXPIRED && credentials.session_token().is_none();
                retry::tells_of_expiry(service) && !is_clock
            }
            Identity::Anonymous => false,
        });
        match is_expired.then(|| identity.advice(self.client)).flatten() {
            Some(advice) => error.advising(advice),
            None => error,
        }
    }

    /// Waits before the next attempt.
    ///
    /// # Errors
    /// The error of the previous attempt if the wait is cancelled.
    pub(super) fn wait_before_retry(&mut self, delay: Duration) -> Result<()> {
        self.history.delays.push(delay);
        self.pause(delay);
        let is_cancelled = self.is_cancelled();
        match self.last.take_if(|_| is_cancelled) {
            Some(last) => {
                self.history.stop_reason = Some(StopReason::Cancelled);
                Err(last)
            }
            None => Ok(()),
        }
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.as_ref().is_some_and(CancelToken::is_cancelled)
    }

    /// Adds the history of the attempts to the error. An error between two attempts also mentions the failure before
    /// it.
    pub(super) fn annotate(mut self, error: Error) -> Error {
        self.history.out_of_time = self.time_left() == Some(Duration::ZERO);
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

    /// Redirects at once, even after the last attempt: a redirect is not a retry and takes nothing from the quota. It
    /// counts as an attempt, as in botocore.
    fn redirect(&mut self, replayable: bool) -> Option<Duration> {
        self.was_redirected = true;
        if !replayable {
            self.history.stop_reason = Some(StopReason::Body);
            return None;
        }
        Some(Duration::ZERO)
    }

    /// The pause before a retry; `None` if there is no retry.
    fn retry_delay(
        &mut self,
        error: &Error,
        class: Option<Class>,
        replayable: bool,
        current: &Current,
    ) -> Option<Duration> {
        if self.number >= self.max_attempts {
            return None;
        }
        let rule = self.client.hooks.retry_if.as_ref().and_then(|rule| rule(error));
        if rule == Some(false) {
            return None;
        }
        let is_repaired = self.repair(error, current);
        if !is_repaired && class.is_none() && rule.is_none() {
            return None;
        }
        if !replayable {
            self.history.stop_reason = Some(StopReason::Body);
            return None;
        }
        let throttled = class == Some(Class::Throttling);
        let delay = if is_repaired { Duration::ZERO } else { self.backoff(error, throttled) };
        if self.time_left().is_some_and(|left| delay >= left) {
            self.history.stop_reason = Some(StopReason::Deadline);
            return None;
        }
        if is_repaired {
            return Some(delay);
        }
        self.spent = self.client.retries.quota.acquire(throttled).or_else(|| {
            self.history.stop_reason = Some(StopReason::Quota);
            None
        });
        if self.spent.is_none() {
            // A caller that polls calls again at once, so this pause is the only back-off that the service gets.
            if self.retry_policy.long_poll.is_some() {
                self.pause(delay);
            }
            return None;
        }
        Some(delay)
    }

    /// The offset between the clocks that the next attempt signs with.
    pub(super) fn clock_offset(&self) -> Offset {
        self.trial.unwrap_or_else(|| self.client.retries.skew.known())
    }

    /// Adopts the clock correction on trial if it helped, and drops it if the service still reports skew. Any other
    /// outcome leaves the decision to the next attempt.
    fn settle_clock_correction(&mut self, result: &Result<Output>) {
        let Some(trial) = self.trial else { return };
        // A service checks the signature before the request, so an error about the request means that the time is
        // right.
        let is_about_request = |service: &ServiceError| matches!(service.status(), 400 | 404 | 409 | 412 | 416 | 422);
        match result {
            Ok(_) => self.client.retries.skew.keep(trial),
            Err(error) => match error.service() {
                Some(service) if retry::may_be_skew(service.code()) => self.trial = None,
                Some(service) if is_about_request(service) && !error.is_throttling() => {
                    self.client.retries.skew.keep(trial);
                }
                _ => {}
            },
        }
    }

    /// Records the service's clock. A failure without a response leaves the last reading.
    fn record_service_date(&mut self, error: &Error, current: &Current) {
        let Some(service) = error.service() else { return };
        let (date, received) = (retry::date(service.headers()), current.received);
        self.reading = date.zip(received).map(|(date, received)| Reading {
            date,
            sent: current.sent,
            received,
            is_encrypted: current.endpoint.scheme_str() == Some("https"),
        });
    }

    /// Fixes what caused the service error, and returns whether it did: corrects a wrong clock, or replaces expired
    /// credentials or an expired token. Each at most once per call.
    fn repair(&mut self, error: &Error, current: &Current) -> bool {
        let Some(service) = error.service() else { return false };
        if let Some(reading) =
            self.reading.filter(|_| !self.clock_was_corrected && current.identity.credentials().is_some())
            && let Some(offset) = self.client.retries.skew.suspect(service.code(), current.signed_at, &reading)
        {
            tracing::warn!(
                code = service.code(),
                "the clock differs from the service's; retrying with a corrected time"
            );
            (self.clock_was_corrected, self.trial) = (true, Some(offset));
            return true;
        }
        let is_expired = match &current.identity {
            Identity::Credentials(_) | Identity::Session(..) => retry::is_expired(service),
            // https://www.rfc-editor.org/rfc/rfc6750#section-3.1: expired, revoked or malformed.
            Identity::Token(_) => service.status() == 401 || retry::is_expired(service),
            Identity::Anonymous => false,
        };
        is_expired
            && !std::mem::replace(&mut self.identity_was_replaced, true)
            && current.identity.replace(self.client, self.deadline())
    }

    fn backoff(&self, error: &Error, throttled: bool) -> Duration {
        let retry_after = error.service().and_then(|service| service.headers().get("x-amz-retry-after"));
        let retry_after = retry_after.and_then(|value| retry::retry_after(value.to_str().ok()?));
        Backoff { attempt: self.number, throttled, base: self.retry_policy.base_delay, retry_after }.delay(random())
    }

    fn declared(&self, service: &ServiceError) -> Option<DeclaredRetry> {
        let codes = [service.code(), service.shape_code().unwrap_or_default()];
        let retryable = self.client.service.declared_error(self.operation, codes)?;
        let class = |throttling| if throttling { Class::Throttling } else { Class::Transient };
        Some(DeclaredRetry { retryable: retryable.map(class) })
    }

    /// Adds the retry headers. They are not signed, since they describe the attempt and not the request (botocore's
    /// `handlers.py: add_retry_headers`).
    fn add_headers(&mut self, request: &mut http::Request<Body>) -> Result<()> {
        let id = self.invocation_id.get_or_insert_with(invocation_id).clone();
        let attempt = self.number + 1;
        let value = match (attempt, self.max_attempts) {
            (1, retry::MAX_ATTEMPTS) => HeaderValue::from_static("attempt=1; max=3"),
            (attempt, max_attempts) => {
                let ttl = self.ttl().map(|ttl| format!("ttl={ttl}; ")).unwrap_or_default();
                HeaderValue::try_from(format!("{ttl}attempt={attempt}; max={max_attempts}"))
                    .map_err(|error| Error::new(ErrorKind::Signing, "amz-sdk-request").with_source(error))?
            }
        };
        request.headers_mut().insert(INVOCATION_ID, id);
        request.headers_mut().insert(REQUEST, value);
        Ok(())
    }

    /// When this client stops waiting, by the service's clock.
    fn ttl(&self) -> Option<String> {
        let reading = self.reading.filter(|_| self.operation.streaming_input().is_none())?;
        let deadline = self.client.clock.now().checked_add(self.read_timeout?)?;
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
            cancel: None,
        })
    }

    fn no_response_error(&self, error: crate::transport::TransportError) -> Error {
        let endpoint = self.current.as_ref().map(|current| &current.endpoint);
        no_response(error, endpoint.unwrap_or(&Uri::default()))
    }

    fn too_late(&self, what: &str) -> Error {
        let limit = self.deadline.as_ref().map(|deadline| deadline.limit).unwrap_or_default();
        Error::new(ErrorKind::Timeout, format!("{what} the deadline of {limit:?}"))
    }

    /// The deadline of the call, by the machine's clock.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.time_left().and_then(|left| Instant::now().checked_add(left))
    }

    /// The deadline of the current attempt: its own time limit or the call's deadline, whichever is earlier.
    pub(super) fn attempt_deadline(&self) -> Option<Instant> {
        self.current.as_ref()?.deadline
    }

    /// The URL of the current attempt.
    pub(super) fn url(&self) -> Option<&Uri> {
        self.current.as_ref().map(|current| &current.endpoint)
    }

    /// The time until the call's deadline; zero after it.
    fn time_left(&self) -> Option<Duration> {
        let deadline = self.deadline.as_ref()?;
        Some(deadline.limit.saturating_sub(deadline.started.elapsed().max(deadline.paused)))
    }

    fn pause(&mut self, duration: Duration) {
        if duration.is_zero() {
            return;
        }
        match &self.cancel {
            Some(token) => self.client.clock.sleep_unless_cancelled(duration, token),
            None => self.client.clock.sleep(duration),
        }
        if let Some(deadline) = &mut self.deadline {
            deadline.paused = deadline.paused.saturating_add(duration);
        }
    }

    /// Reports the attempt to the log and to the user's `on_attempt` hooks.
    fn report(&self, current: &Current, status: Option<u16>, error: Option<&Error>, delay: Option<Duration>) {
        let (hooks, is_logged) = (&self.client.hooks.on_attempt, tracing::enabled!(tracing::Level::DEBUG));
        if hooks.is_empty() && !is_logged {
            return;
        }
        let attempt = Attempt {
            service: &self.client.service.name,
            operation: &self.operation.name,
            number: self.number,
            max_attempts: self.max_attempts,
            host: shown_host(&current.endpoint),
            status,
            error,
            duration: current.started.elapsed(),
            delay,
        };
        tracing::debug!(
            service = attempt.service, operation = attempt.operation, attempt = attempt.number, host = attempt.host,
            status, error = error.map(tracing::field::display), duration = ?attempt.duration, ?delay, "attempt"
        );
        hooks.iter().for_each(|hook| hook(&attempt));
    }
}

//! The attempts of one call: what each may take, what it says of itself, and what follows from how it ended.

use std::time::{Duration, Instant, SystemTime};

use http::{HeaderName, HeaderValue, Uri};

use super::sign::{Identity, Signed};
use super::{CallOptions, invocation_id, random};
use crate::body::Body;
use crate::cancel::CancelToken;
use crate::client::Shared;
use crate::codec::timestamp::Timestamp;
use crate::customize::RetryPolicy;
use crate::error::{Error, ErrorKind, History, Result, ServiceError, StopReason};
use crate::hooks::Attempt;
use crate::model::operation::Operation;
use crate::output::Output;
use crate::retry::{self, Backoff, Class, DeclaredRetry, Offset, Reading};
use crate::transport::{SendOptions, no_response};

const INVOCATION_ID: HeaderName = HeaderName::from_static("amz-sdk-invocation-id");
const REQUEST: HeaderName = HeaderName::from_static("amz-sdk-request");

/// How much longer than an operation that waits for something the client waits for its answer.
const LONG_POLL_MARGIN: Duration = Duration::from_secs(5);

pub(super) struct Attempts<'c> {
    client: &'c Shared,
    operation: &'c Operation,
    retry_policy: &'static RetryPolicy,
    /// Those that were sent.
    pub(super) number: u32,
    most: u32,
    read_timeout: Option<Duration>,
    /// The answer's payload is left to the caller, who may take his time.
    streams: bool,
    deadline: Option<Deadline>,
    cancel: Option<CancelToken>,
    invocation_id: Option<HeaderValue>,
    current: Option<Current>,
    /// What the last service error told of the service's clock.
    reading: Option<Reading>,
    /// A correction of the clock that has to prove itself: the client keeps it when it has helped.
    trial: Option<Offset>,
    /// What the last repeat took from the quota.
    spent: Option<u32>,
    clock_was_corrected: bool,
    identity_was_replaced: bool,
    was_redirected: bool,
    /// What went wrong before the attempt that is being prepared.
    last: Option<Error>,
    history: History,
}

/// The attempt that is under way.
struct Current {
    endpoint: Uri,
    /// The time in the signature, and what made it.
    signed_at: SystemTime,
    identity: Identity,
    begun: Instant,
    /// When it has to be over.
    ends: Option<Instant>,
    /// By the client's clock: when the request left, and when the head of an error was there.
    sent: SystemTime,
    received: Option<SystemTime>,
}

/// Counts both what went by on the machine's clock and what the session's was told to wait.
struct Deadline {
    limit: Duration,
    begun: Instant,
    paused: Duration,
}

/// What follows an attempt.
#[allow(clippy::large_enum_variant, reason = "it is taken apart at once")]
pub(super) enum Verdict {
    Done(Result<Output>),
    RetryAfter(Duration),
}

impl<'c> Attempts<'c> {
    pub(super) fn new(client: &'c Shared, operation: &'c Operation, options: &CallOptions) -> Self {
        let retry_policy = operation.quirks.retry_policy();
        let most = options.max_attempts.or(client.max_attempts).map(u32::from);
        let deadline = options.deadline.or(client.deadline);
        Attempts {
            client,
            operation,
            retry_policy,
            number: 0,
            most: most.or(retry_policy.max_attempts).unwrap_or(retry::MAX_ATTEMPTS),
            read_timeout: client.read_timeout,
            streams: operation.answers_with_stream() && !options.reads_payload,
            deadline: deadline.map(|limit| Deadline { limit, begun: Instant::now(), paused: Duration::ZERO }),
            cancel: options.cancel.clone(),
            invocation_id: None,
            current: None,
            reading: None,
            trial: None,
            spent: None,
            clock_was_corrected: false,
            identity_was_replaced: false,
            was_redirected: options.stays,
            last: None,
            history: History::default(),
        }
    }

    /// An operation whose answer waits for something gets the time to wait for it.
    pub(super) fn allow_long_poll(&mut self, params: &serde_json::Value) {
        if let (Some(wait), Some(params)) = (self.retry_policy.long_poll, params.as_object()) {
            self.read_timeout = self.read_timeout.map(|limit| limit.max(wait(params).saturating_add(LONG_POLL_MARGIN)));
        }
    }

    /// Waits for the permit of the rate limiter, where there is one.
    pub(super) fn await_permit(&mut self) -> Result<()> {
        let Some(limiter) = &self.client.retries.limiter else { return Ok(()) };
        let wait = limiter.acquire(self.client.clock.now());
        if wait.is_zero() {
            return Ok(());
        }
        if self.left().is_some_and(|left| wait >= left) {
            limiter.cancel();
            return Err(self.too_late("the client's rate limit leaves no permit before"));
        }
        tracing::debug!(operation = self.operation.name, ?wait, "the rate limit holds the request back");
        self.pause(wait);
        if self.is_cancelled() {
            limiter.cancel();
            self.history.stop_reason = Some(StopReason::Cancelled);
            let unsent = || Error::new(ErrorKind::Waiter, "cancelled before the rate limit gave a permit");
            return Err(self.last.take().unwrap_or_else(unsent));
        }
        Ok(())
    }

    /// Sends the request and waits for the head of the answer.
    pub(super) fn send(&mut self, signed: Signed) -> Result<http::Response<Body>> {
        let Signed { mut request, signed_at, identity } = signed;
        self.add_headers(&mut request)?;
        self.client.hooks.before_send(&mut request)?;
        let options = self.options()?;
        let endpoint = request.uri().clone();
        self.number += 1;
        self.last = None;
        let begun = Instant::now();
        let limit = options.total_timeout.or(options.response_timeout);
        let ends = limit.and_then(|limit| begun.checked_add(limit));
        let sent = self.client.clock.now();
        self.current = Some(Current { endpoint, signed_at, identity, begun, ends, sent, received: None });
        let mut response =
            self.client.transport.send(request, &options).map_err(|error| self.no_response_error(error))?;
        if let Some(current) = self.current.as_mut().filter(|_| !response.status().is_success()) {
            current.received = Some(self.client.clock.now());
        }
        self.client.hooks.after_response(&mut response)?;
        Ok(response)
    }

    /// The token that the attempt under way was signed with, where it has one.
    pub(super) fn token(&self) -> Option<&str> {
        self.current.as_ref()?.identity.token()
    }

    /// What follows from how the attempt ended. `elsewhere` tells that the request has to go to another place, and `replayable`
    /// whether the body can be sent again.
    pub(super) fn judge(&mut self, result: Result<Output>, elsewhere: bool, replayable: bool) -> Verdict {
        let Some(current) = self.current.take() else { return Verdict::Done(result) };
        self.prove_clock(&result);
        let now = |limiter: &retry::RateLimiter, throttled| limiter.learn(throttled, self.client.clock.now());
        let error = match result {
            Ok(output) => {
                self.client.retries.quota.release(self.spent);
                self.client.retries.limiter.iter().for_each(|limiter| now(limiter, false));
                self.report(&current, Some(output.metadata.status), None, None);
                return Verdict::Done(Ok(output));
            }
            Err(error) => error,
        };
        self.note_date(&error, &current);
        let class = retry::classify(&error, self.retry_policy, |service| self.declared(service));
        self.client.retries.limiter.iter().for_each(|limiter| now(limiter, class == Some(Class::Throttling)));
        self.history.may_have_been_processed |= retry::may_have_been_processed(&error);
        let delay = match elsewhere {
            true => self.redirect(replayable),
            false => self.next(&error, class, replayable, &current),
        };
        self.report(&current, error.service().map(ServiceError::status), Some(&error), delay);
        match delay {
            Some(delay) => {
                self.last = Some(error);
                Verdict::RetryAfter(delay)
            }
            None => Verdict::Done(Err(self.advising(error, &current.identity))),
        }
    }

    /// Tells where expired credentials came from, and how to renew them.
    fn advising(&self, error: Error, identity: &Identity) -> Error {
        let is_over = error.service().is_some_and(|service| match identity {
            Identity::Token(_) => service.status() == 401 || retry::tells_of_expiry(service),
            Identity::Keys(keys) | Identity::Session(keys, _) => {
                let is_clock = service.code() == retry::REQUEST_EXPIRED && keys.session_token().is_none();
                retry::tells_of_expiry(service) && !is_clock
            }
            Identity::Nobody => false,
        });
        match is_over.then(|| identity.advice(self.client)).flatten() {
            Some(advice) => error.advising(advice),
            None => error,
        }
    }

    /// Waits before the next attempt. Who cancels the wait has the error of the attempt before.
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

    /// Puts into the error how it went. One that came up between two attempts tells of the failure before.
    pub(super) fn tell(mut self, error: Error) -> Error {
        self.history.out_of_time = self.left() == Some(Duration::ZERO);
        let error = match self.last {
            Some(last) => error.with_earlier_failure(last),
            None => error,
        };
        error.after(self.number, self.history)
    }

    /// Whether the request may still be sent to another place than the first one. Whoever is sent in circles gives up.
    pub(super) fn may_redirect(&self) -> bool {
        !self.was_redirected
    }

    /// Sends the request to another place, at once, also behind the last attempt: that is no repeat, and the quota has nothing to do
    /// with it. It counts as an attempt all the same, as in botocore.
    fn redirect(&mut self, replayable: bool) -> Option<Duration> {
        self.was_redirected = true;
        if !replayable {
            self.history.stop_reason = Some(StopReason::Body);
            return None;
        }
        Some(Duration::ZERO)
    }

    /// The pause before another attempt; `None` for no other attempt.
    fn next(&mut self, error: &Error, class: Option<Class>, replayable: bool, current: &Current) -> Option<Duration> {
        if self.number >= self.most {
            return None;
        }
        let rule = self.client.hooks.retry_if.as_ref().and_then(|rule| rule(error));
        if rule == Some(false) {
            return None;
        }
        let repaired = self.repairs(error, current);
        if !repaired && class.is_none() && rule.is_none() {
            return None;
        }
        if !replayable {
            self.history.stop_reason = Some(StopReason::Body);
            return None;
        }
        let throttled = class == Some(Class::Throttling);
        let delay = if repaired { Duration::ZERO } else { self.backoff(error, throttled) };
        if self.left().is_some_and(|left| delay >= left) {
            self.history.stop_reason = Some(StopReason::Deadline);
            return None;
        }
        if repaired {
            return Some(delay);
        }
        self.spent = self.client.retries.quota.acquire(throttled).or_else(|| {
            self.history.stop_reason = Some(StopReason::Quota);
            None
        });
        if self.spent.is_none() {
            // Whoever polls asks again at once, and the service would get no rest.
            if self.retry_policy.long_poll.is_some() {
                self.pause(delay);
            }
            return None;
        }
        Some(delay)
    }

    /// The difference between the clocks that the next attempt counts with.
    pub(super) fn clock_offset(&self) -> Offset {
        self.trial.unwrap_or_else(|| self.client.retries.skew.known())
    }

    /// Keeps the correction that was tried where it has helped, and takes it back where the service still complains. An outcome
    /// that tells neither leaves it to the next attempt.
    fn prove_clock(&mut self, result: &Result<Output>) {
        let Some(trial) = self.trial else { return };
        // A service looks at the signature before it finds a fault with what was options.
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

    /// A failure without a response leaves what was known before.
    fn note_date(&mut self, error: &Error, current: &Current) {
        let Some(service) = error.service() else { return };
        let (date, received) = (retry::date(service.headers()), current.received);
        self.reading = date.zip(received).map(|(date, received)| Reading {
            date,
            sent: current.sent,
            received,
            is_encrypted: current.endpoint.scheme_str() == Some("https"),
        });
    }

    /// Whether the reason of the refusal is out of the way: a clock that was wrong, credentials or a token that were over. Each
    /// once.
    fn repairs(&mut self, error: &Error, current: &Current) -> bool {
        let Some(service) = error.service() else { return false };
        if let Some(reading) = self.reading.filter(|_| !self.clock_was_corrected && current.identity.keys().is_some())
            && let Some(offset) = self.client.retries.skew.suspect(service.code(), current.signed_at, &reading)
        {
            tracing::warn!(code = service.code(), "the clock differs from the service's, which is tried");
            (self.clock_was_corrected, self.trial) = (true, Some(offset));
            return true;
        }
        let is_over = match &current.identity {
            Identity::Keys(_) | Identity::Session(..) => retry::is_expired(service),
            // https://www.rfc-editor.org/rfc/rfc6750#section-3.1: expired, revoked or malformed.
            Identity::Token(_) => service.status() == 401 || retry::is_expired(service),
            Identity::Nobody => false,
        };
        is_over
            && !std::mem::replace(&mut self.identity_was_replaced, true)
            && current.identity.replace(self.client, self.ends())
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

    /// Not signed, since they say something of the attempt and not of the request (botocore's `handlers.py: add_retry_headers`).
    fn add_headers(&mut self, request: &mut http::Request<Body>) -> Result<()> {
        let id = self.invocation_id.get_or_insert_with(invocation_id).clone();
        let attempt = self.number + 1;
        let value = match (attempt, self.most) {
            (1, retry::MAX_ATTEMPTS) => HeaderValue::from_static("attempt=1; max=3"),
            (attempt, most) => {
                let ttl = self.ttl().map(|ttl| format!("ttl={ttl}; ")).unwrap_or_default();
                HeaderValue::try_from(format!("{ttl}attempt={attempt}; max={most}"))
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
        let ends = self.client.clock.now().checked_add(self.read_timeout?)?;
        Timestamp::at(reading.offset()?.apply(ends)).map(Timestamp::to_basic_iso8601)
    }

    /// The limits of the next attempt.
    fn options(&self) -> Result<SendOptions> {
        let left = self.left();
        if left == Some(Duration::ZERO) {
            return Err(self.too_late("nothing more is sent after"));
        }
        let whole = self.client.attempt_timeout.into_iter().chain(left).min();
        Ok(SendOptions {
            connect_timeout: self.client.connect_timeout.into_iter().chain(whole).min(),
            read_timeout: self.read_timeout,
            total_timeout: whole.filter(|_| !self.streams),
            response_timeout: whole.filter(|_| self.streams),
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

    /// When the deadline is over, by the machine's clock.
    pub(super) fn ends(&self) -> Option<Instant> {
        self.left().and_then(|left| Instant::now().checked_add(left))
    }

    /// When the attempt that is under way has to be over: by its own limit or by the deadline.
    pub(super) fn attempt_ends(&self) -> Option<Instant> {
        self.current.as_ref()?.ends
    }

    /// Where the attempt that is under way went.
    pub(super) fn url(&self) -> Option<&Uri> {
        self.current.as_ref().map(|current| &current.endpoint)
    }

    /// What is left of the time that the call may take.
    fn left(&self) -> Option<Duration> {
        let deadline = self.deadline.as_ref()?;
        Some(deadline.limit.saturating_sub(deadline.begun.elapsed().max(deadline.paused)))
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

    /// Tells the log and the program's closures of the attempt.
    fn report(&self, current: &Current, status: Option<u16>, error: Option<&Error>, delay: Option<Duration>) {
        let (hooks, is_logged) = (&self.client.hooks.on_attempt, tracing::enabled!(tracing::Level::DEBUG));
        if hooks.is_empty() && !is_logged {
            return;
        }
        let authority = current.endpoint.authority().map_or("", |authority| authority.as_str());
        let attempt = Attempt {
            service: &self.client.service.name,
            operation: &self.operation.name,
            number: self.number,
            max_attempts: self.most,
            host: authority.rsplit('@').next().unwrap_or_default(),
            status,
            error,
            duration: current.begun.elapsed(),
            delay,
        };
        tracing::debug!(
            service = attempt.service, operation = attempt.operation, attempt = attempt.number, host = attempt.host,
            status, error = error.map(tracing::field::display), duration = ?attempt.duration, ?delay, "attempt"
        );
        hooks.iter().for_each(|hook| hook(&attempt));
    }
}

//! The step *judge*: decides after an attempt whether the call is done, and repairs what a retry needs.

use std::time::Duration;

use super::{Attempts, Current};
use crate::call::error::CallError;
use crate::call::sign::Identity;
use crate::codec::host::shown_host;
use crate::error::{Error, Result, ServiceError, StopReason};
use crate::hooks::Attempt;
use crate::output::Output;
use crate::retry::{self, Backoff, Class, DeclaredRetry, Reading};

/// The decision after an attempt.
#[allow(clippy::large_enum_variant, reason = "it is matched at once and never stored")]
pub(crate) enum Verdict {
    Done(Result<Output>),
    RetryAfter(Duration),
}

impl Attempts<'_> {
    /// Decides whether to send the request again. `redirect`: it must go to another region or endpoint. `replayable`:
    /// its body can be sent again.
    pub(crate) fn judge(&mut self, result: Result<Output>, redirect: bool, replayable: bool) -> Verdict {
        let Some(current) = self.current.take() else { return Verdict::Done(result) };
        self.settle_clock_correction(&result);
        let learn = |limiter: &retry::RateLimiter, throttled| limiter.learn(throttled, self.client.outside.now());
        let error = match result {
            Ok(output) => {
                self.client.retries.quota.release(self.spent);
                self.client.retries.limiter.iter().for_each(|limiter| learn(limiter, false));
                self.report(&current, Some(output.metadata.status), None, None);
                return Verdict::Done(Ok(output));
            }
            Err(error) => error,
        };
        if self.is_cancelled() && error.service().is_none() {
            self.history.may_have_been_processed |= retry::may_have_been_processed(&error);
            self.report(&current, None, Some(&error), None);
            let error = if error.is_cancelled() {
                error
            } else {
                Error::from(CallError::Cancelled).with_earlier_failure(error)
            };
            return Verdict::Done(Err(error));
        }
        self.record_service_date(&error, &current);
        let class = retry::classify(&error, self.retry_policy.codes, |service| self.declared(service));
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
        Backoff { attempt: self.number, throttled, base: self.retry_policy.base_delay, retry_after }
            .delay(self.client.outside.random())
    }

    fn declared(&self, service: &ServiceError) -> Option<DeclaredRetry> {
        let codes = [service.code(), service.shape_code().unwrap_or_default()];
        let retryable = self.client.service.model.declared_error(&self.plan.operation, codes)?;
        let class = |throttling| if throttling { Class::Throttling } else { Class::Transient };
        Some(DeclaredRetry { retryable: retryable.map(class) })
    }

    /// Reports the attempt to the log and to the user's `on_attempt` hooks.
    fn report(&self, current: &Current, status: Option<u16>, error: Option<&Error>, delay: Option<Duration>) {
        let (hooks, is_logged) = (&self.client.hooks.on_attempt, tracing::enabled!(tracing::Level::DEBUG));
        if hooks.is_empty() && !is_logged {
            return;
        }
        let attempt = Attempt {
            service: &self.client.service.model.name,
            operation: &self.plan.operation.name,
            number: self.number,
            max_attempts: self.max_attempts,
            host: shown_host(&current.endpoint),
            status,
            error,
            duration: self.client.outside.instant().saturating_duration_since(current.started),
            delay,
        };
        tracing::debug!(
            service = attempt.service, operation = attempt.operation, attempt = attempt.number, host = attempt.host,
            status, error = error.map(tracing::field::display), duration = ?attempt.duration, ?delay, "attempt"
        );
        hooks.iter().for_each(|hook| hook(&attempt));
    }
}

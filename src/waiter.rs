//! [`Waiter`]: polls an operation until a condition holds.

mod progress;
mod typed;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use crate::call::{self, CallOptions};
use crate::cancel::CancelToken;
use crate::error::{Error, ErrorKind, Result, ServiceError, WaiterFailure, WaiterReason, WaiterState};
use crate::features::Features;
use crate::model::names;
use crate::model::waiters::{Decision, WaiterModel, Waiters};
use crate::output::Output;
use crate::plan::OperationPlan;
use crate::runtime::Runtime;
use crate::spelling;
use crate::value;

use progress::{LastCall, Progress};

/// Polls an operation until a response means success or failure, or until a limit is reached.
///
/// [`Client::get_waiter`](crate::Client::get_waiter) returns a waiter of the models,
/// [`Client::waiter_from_json`](crate::Client::waiter_from_json) compiles one from JSON, and
/// [`Client::waiter_with`](crate::Client::waiter_with) makes one from a closure. A waiter can be used any number of times.
///
/// ```no_run
/// use std::time::Duration;
/// use serde_json::json;
/// let s3 = tucuxi::client("s3")?;
/// s3.get_waiter("bucket_exists")?
///     .delay(Duration::from_secs(2))
///     .deadline(Duration::from_secs(60))
///     .on_attempt(|attempt| println!("{}: {}", attempt.number, attempt.state))
///     .wait(json!({"Bucket": "mybucket"}))?;
/// # Ok::<(), tucuxi::Error>(())
/// ```
#[must_use = "nothing happens before `wait`"]
pub struct Waiter<'a> {
    client: Arc<Runtime>,
    plan: Arc<OperationPlan>,
    name: String,
    rules: WaiterRules<'a>,
    delay: Duration,
    max_attempts: u32,
    deadline: Option<Duration>,
    cancel: Option<CancelToken>,
    on_attempt: Option<Callback<'a>>,
}

/// WaiterRules that decide on a response.
enum WaiterRules<'a> {
    Model(Arc<WaiterModel>),
    Closure(DecideFn<'a>),
}

// The locks let a shared waiter call an `FnMut`.
type DecideFn<'a> = Mutex<Box<dyn FnMut(Result<&Value, &ServiceError>) -> WaiterState + Send + 'a>>;
type Callback<'a> = Mutex<Box<dyn FnMut(&WaiterAttempt<'_>) + Send + 'a>>;

/// Result of a successful wait.
#[derive(Clone)]
#[non_exhaustive]
pub struct Waited {
    /// Output of the last call, in the crate's value convention. It is `null` if a service error meant success, and has no
    /// payload of bytes (S3's `Body`), because the waiter does not read it.
    pub value: Value,
    /// Service error that meant success: `bucket_not_exists` succeeds with one.
    pub service_error: Option<ServiceError>,
    /// Index of the acceptor that matched; `None` for waiters made from a closure.
    pub acceptor: Option<usize>,
    /// Number of calls.
    pub attempts: u32,
    /// Duration of the wait on the session's clock.
    pub elapsed: Duration,
    /// State after each attempt, in order.
    pub history: Vec<WaiterState>,
}

/// Report of one attempt to the callback of [`Waiter::on_attempt`].
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct WaiterAttempt<'r> {
    /// Number of the attempt, counted from 1.
    pub number: u32,
    /// State that the response means. A service error that no acceptor expects is a [`Failure`](WaiterState::Failure) too.
    pub state: WaiterState,
    /// Index of the acceptor that matched, if any.
    pub acceptor: Option<usize>,
    /// Output of the call, or the service error.
    pub response: Result<&'r Value, &'r ServiceError>,
    /// Time since the start of the wait.
    pub elapsed: Duration,
}

impl<'a> Waiter<'a> {
    /// Finds a waiter in the service's model.
    pub(crate) fn find(client: &Arc<Runtime>, waiters: Option<&Waiters>, name: &str) -> Result<Self> {
        match waiters.map(|waiters| waiters.get(name)).transpose()?.flatten() {
            Some(model) => Waiter::from_model(client, model),
            None => Err(unknown_waiter(&client.service.model.name, waiters, name)),
        }
    }

    pub(crate) fn from_json(client: &Arc<Runtime>, name: &str, definition: Value) -> Result<Self> {
        let origin = format!("waiter_from_json for {}", client.service.model.name);
        Waiter::from_model(client, Arc::new(WaiterModel::compile(name, definition, &origin)?))
    }

    fn from_model(client: &Arc<Runtime>, model: Arc<WaiterModel>) -> Result<Self> {
        let plan = client
            .service
            .operation(&model.operation)
            .map_err(|error| Error::new(ErrorKind::Model, format!("{}: operation: {error}", model.origin)))?;
        let (name, delay, max_attempts) = (model.name.clone(), model.delay, model.max_attempts);
        Ok(Waiter::new(client, plan, name, WaiterRules::Model(model), delay, max_attempts))
    }

    pub(crate) fn from_closure(
        client: &Arc<Runtime>,
        operation: &str,
        decide: impl FnMut(Result<&Value, &ServiceError>) -> WaiterState + Send + 'a,
    ) -> Result<Self> {
        let plan = client.service.operation(operation)?;
        let rules = WaiterRules::Closure(Mutex::new(Box::new(decide)));
        Ok(Waiter::new(client, plan, plan.operation.snake_name(), rules, Duration::from_secs(5), 60))
    }

    fn new(
        client: &Arc<Runtime>,
        plan: &Arc<OperationPlan>,
        name: String,
        rules: WaiterRules<'a>,
        delay: Duration,
        max_attempts: u32,
    ) -> Self {
        let (client, plan) = (Arc::clone(client), Arc::clone(plan));
        Waiter { client, plan, name, rules, delay, max_attempts, deadline: None, cancel: None, on_attempt: None }
    }

    /// Overrides the pause between two attempts. There is no pause before the first attempt.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Overrides the maximum number of attempts. The waiter always makes at least one.
    pub fn max_attempts(mut self, count: u32) -> Self {
        self.max_attempts = count;
        self
    }

    /// Limits the duration of the whole wait. The default is no limit.
    ///
    /// The deadline applies to pauses, calls and their retries. The waiter shortens the last pause to make a final attempt at
    /// the deadline. That attempt may take as long as one pause of the waiter, and at least a second.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Calls a closure after each attempt, with its number, state and response.
    pub fn on_attempt(mut self, callback: impl FnMut(&WaiterAttempt<'_>) + Send + 'a) -> Self {
        self.on_attempt = Some(Mutex::new(Box::new(callback)));
        self
    }

    /// Sets a token that cancels the wait, even during a pause of the waiter or a pause before a retry.
    ///
    /// A request in flight is not interrupted: if its response means success or failure, the wait ends with that.
    pub fn cancel(mut self, token: &CancelToken) -> Self {
        self.cancel = Some(token.clone());
        self
    }

    /// Name of the waiter in snake case, `bucket_exists`. A waiter made from a closure has its operation's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Name of the operation that the waiter calls, as spelled in the model: `HeadBucket`.
    pub fn operation(&self) -> &str {
        &self.plan.operation.name
    }

    /// Waits until the condition holds. Each call has the same parameters `params`.
    ///
    /// # Errors
    /// - [`ErrorKind::Waiter`] if the wait ends without success: failure, attempts exhausted, deadline passed, or cancelled.
    /// - [`ErrorKind::Service`] immediately after a service error that no acceptor expects, such as denied access.
    /// - [`ErrorKind::Model`] if an acceptor's expression cannot be evaluated for a response.
    /// - Any other error of a call (parameters, credentials, connection) ends the wait immediately.
    ///
    /// For the first two kinds, [`Error::waiter`] has the details, and [`Error::service`] the service error if the last call
    /// failed with one.
    #[allow(clippy::needless_pass_by_value, reason = "same signature as `Client::call`")]
    pub fn wait(&self, params: impl Into<Value>) -> Result<Waited> {
        self.wait_for(&params.into())
    }

    fn wait_for(&self, params: &Value) -> Result<Waited> {
        self.poll(|limit| {
            let features = Features::WAITER;
            let deadline = limit.into_iter().chain(self.client.deadline).min();
            let options =
                CallOptions { deadline, cancel: self.cancel.clone(), features, ..CallOptions::new(params.clone()) };
            call::call(&self.client, &self.plan, options)
        })
    }

    /// Runs the polling loop. `attempt` makes one call.
    fn poll(&self, mut attempt: impl FnMut(Option<Duration>) -> Result<Output>) -> Result<Waited> {
        let outside = &self.client.outside;
        let mut progress = Progress::begin(outside.now());
        loop {
            if self.is_cancelled() {
                return Err(self.fail(WaiterReason::Cancelled, progress));
            }
            // Free the previous response before the next one arrives: both can be large.
            progress.last = None;
            let limit = self.limit(progress.timer.elapsed);
            let last = LastCall::from_result(attempt(limit));
            progress.timer.advance(outside.now(), Duration::ZERO);
            let last = match last {
                Ok(last) => last,
                Err(_) if self.is_cancelled() => return Err(self.fail(WaiterReason::Cancelled, progress)),
                // The wait, not the client, set the deadline of this call.
                Err(error) if error.deadline_expired() && self.is_tighter(limit) => {
                    return Err(self.fail(WaiterReason::Deadline, progress).with_earlier_failure(error));
                }
                Err(error) => return Err(error),
            };
            let decision = self.decide(&last)?;
            progress.record(decision, last);
            tracing::debug!(waiter = self.name, attempt = progress.attempts, state = %decision.state, "waiting");
            self.report(&progress, decision);
            let pause = match self.next(decision, progress.attempts, progress.timer.elapsed) {
                NextStep::Succeed => return Ok(progress.succeed(decision)),
                NextStep::Fail(reason) => return Err(self.fail(reason, progress)),
                NextStep::Pause(pause) => pause,
            };
            outside.pause(pause, self.cancel.as_ref());
            progress.timer.advance(outside.now(), pause);
        }
    }

    /// Time limit of a call: the rest of the wait. The final attempt gets the time of a pause instead, and at least a second.
    fn limit(&self, elapsed: Duration) -> Option<Duration> {
        let remaining = match self.deadline?.saturating_sub(elapsed) {
            Duration::ZERO => self.delay.max(Duration::from_secs(1)),
            remaining => remaining,
        };
        Some(remaining)
    }

    /// Whether the wait limits a call more than the client's own deadline.
    fn is_tighter(&self, limit: Option<Duration>) -> bool {
        limit.is_some_and(|limit| self.client.deadline.is_none_or(|own| limit <= own))
    }

    fn decide(&self, last: &LastCall) -> Result<Decision> {
        match &self.rules {
            WaiterRules::Model(model) => model
                .decide(last.as_outcome())
                .map_err(|error| error.in_call(&self.client.service.model.name, &self.plan.operation.name)),
            WaiterRules::Closure(decide) => {
                let mut decide = decide.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(Decision { state: decide(last.as_result()), acceptor: None })
            }
        }
    }

    fn report(&self, progress: &Progress, decision: Decision) {
        let (Some(callback), Some(last)) = (&self.on_attempt, &progress.last) else { return };
        let mut callback = callback.lock().unwrap_or_else(PoisonError::into_inner);
        callback(&WaiterAttempt {
            number: progress.attempts,
            state: decision.state,
            acceptor: decision.acceptor,
            response: last.as_result(),
            elapsed: progress.timer.elapsed,
        });
    }

    /// Decides what follows an attempt.
    fn next(&self, decision: Decision, attempts: u32, elapsed: Duration) -> NextStep {
        match decision.state {
            WaiterState::Success => return NextStep::Succeed,
            // The cancellation may have caused the error.
            WaiterState::Failure if decision.acceptor.is_none() && self.is_cancelled() => {
                return NextStep::Fail(WaiterReason::Cancelled);
            }
            WaiterState::Failure if decision.acceptor.is_none() && matches!(self.rules, WaiterRules::Model(_)) => {
                return NextStep::Fail(WaiterReason::UnexpectedError);
            }
            WaiterState::Failure => return NextStep::Fail(WaiterReason::Failure),
            WaiterState::Retry => {}
        }
        if attempts >= self.max_attempts {
            return NextStep::Fail(WaiterReason::MaxAttempts);
        }
        match self.deadline.map(|deadline| deadline.saturating_sub(elapsed)) {
            Some(Duration::ZERO) => NextStep::Fail(WaiterReason::Deadline),
            Some(remaining) => NextStep::Pause(self.delay.min(remaining)),
            None => NextStep::Pause(self.delay),
        }
    }

    fn fail(&self, reason: WaiterReason, progress: Progress) -> Error {
        let kind = match reason {
            WaiterReason::UnexpectedError => ErrorKind::Service,
            _ => ErrorKind::Waiter,
        };
        let (error, last_response) = match progress.last {
            Some(LastCall::ServiceError { error, service }) => (error.with_service(service), None),
            Some(LastCall::Response { value, .. }) => (Error::new(kind, ""), Some(value)),
            None => (Error::new(kind, ""), None),
        };
        let rule = |index: usize| match &self.rules {
            WaiterRules::Model(model) => model.acceptors.get(index).map(|acceptor| (index, acceptor.to_string())),
            WaiterRules::Closure(_) => None,
        };
        let failure = WaiterFailure {
            waiter: self.name.clone(),
            reason,
            deadline: self.deadline,
            acceptor: progress.acceptor.and_then(rule),
            attempts: progress.attempts,
            elapsed: progress.timer.elapsed,
            last_response,
            history: progress.history,
        };
        error.in_call(&self.client.service.model.name, &self.plan.operation.name).in_wait(
            kind,
            failure,
            progress.requests,
        )
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.as_ref().is_some_and(CancelToken::is_cancelled)
    }
}

impl fmt::Debug for Waited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waited")
            .field("value", &value::outline(&self.value))
            .field("service_error", &self.service_error)
            .field("acceptor", &self.acceptor)
            .field("attempts", &self.attempts)
            .field("elapsed", &self.elapsed)
            .field("history", &self.history)
            .finish()
    }
}

impl fmt::Debug for WaiterAttempt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WaiterAttempt")
            .field("number", &self.number)
            .field("state", &self.state)
            .field("acceptor", &self.acceptor)
            .field("response", &self.response.map(value::outline))
            .field("elapsed", &self.elapsed)
            .finish()
    }
}

impl fmt::Debug for Waiter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiter")
            .field("name", &self.name)
            .field("operation", &self.plan.operation.name)
            .field("delay", &self.delay)
            .field("max_attempts", &self.max_attempts)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

enum NextStep {
    Succeed,
    Fail(WaiterReason),
    Pause(Duration),
}

fn unknown_waiter(service: &str, waiters: Option<&Waiters>, name: &str) -> Error {
    let known = waiters.map(Waiters::names).unwrap_or_default();
    let message = if known.is_empty() {
        format!("{service} has no waiters, so no waiter \"{name}\"")
    } else {
        let near = spelling::nearest(&names::snake_case(name), known.iter().map(String::as_str));
        format!("{service} has no waiter \"{name}\"{}", spelling::did_you_mean(&near))
    };
    Error::new(ErrorKind::UnknownWaiter, message).in_service(service)
}

#[cfg(all(test, feature = "bundled-models"))]
mod tests;

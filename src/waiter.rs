//! [`Waiter`]: calls an operation again and again until what is waited for is there.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::call::{self, CallOptions};
use crate::cancel::CancelToken;
use crate::client::Shared;
use crate::error::{Error, ErrorKind, Result, ServiceError, WaiterFailure, WaiterReason, WaiterState};
use crate::features::Features;
use crate::model::names;
use crate::model::operation::Operation;
use crate::model::waiters::{Answer, Decision, WaiterModel, Waiters};
use crate::output::Output;
use crate::spelling;
use crate::value;

/// Waits for something: calls an operation until its answer means success or failure, or until a limit is reached.
///
/// Waiters come from [`Client::get_waiter`](crate::Client::get_waiter), from JSON by
/// [`Client::waiter_from_json`](crate::Client::waiter_from_json), or from a closure by
/// [`Client::waiter_with`](crate::Client::waiter_with). One waiter may wait any number of times.
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
    client: Arc<Shared>,
    operation: Arc<Operation>,
    name: String,
    rules: Rules<'a>,
    delay: Duration,
    max_attempts: u32,
    deadline: Option<Duration>,
    cancel: Option<CancelToken>,
    on_attempt: Option<Callback<'a>>,
}

/// What decides on an answer.
enum Rules<'a> {
    Model(Arc<WaiterModel>),
    Closure(Judge<'a>),
}

// Behind locks, so that a shared waiter can call what may change its captures.
type Judge<'a> = Mutex<Box<dyn FnMut(Result<&Value, &ServiceError>) -> WaiterState + Send + 'a>>;
type Callback<'a> = Mutex<Box<dyn FnMut(&WaiterAttempt<'_>) + Send + 'a>>;

/// A wait that came to success.
#[derive(Clone)]
#[non_exhaustive]
pub struct Waited {
    /// The output of the last call, in the value convention of the crate; `null` where success was an error of the service. A
    /// payload of bytes (S3's `Body`) is not read and not part of it.
    pub value: Value,
    /// The error that was the success: a bucket that no longer exists answers with one.
    pub service_error: Option<ServiceError>,
    /// The position of the acceptor that matched, counted from 0; `None` for waiters made from a closure.
    pub acceptor: Option<usize>,
    /// How many times the operation was called.
    pub attempts: u32,
    /// The time from the beginning to the end, by the session's clock.
    pub elapsed: Duration,
    /// What each attempt came to, the first one first.
    pub history: Vec<WaiterState>,
}

/// What a callback is told of an attempt; see [`Waiter::on_attempt`].
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct WaiterAttempt<'r> {
    /// Counted from 1.
    pub number: u32,
    /// What the attempt came to; [`Failure`](WaiterState::Failure) too for an error that no acceptor expects.
    pub state: WaiterState,
    /// The position of the acceptor that matched, counted from 0, where one did.
    pub acceptor: Option<usize>,
    /// The output of the call, or the error that the service answered with.
    pub answer: Result<&'r Value, &'r ServiceError>,
    /// The time since the wait began.
    pub elapsed: Duration,
}

impl<'a> Waiter<'a> {
    /// A waiter of the service's file.
    pub(crate) fn find(client: &Arc<Shared>, waiters: Option<&Waiters>, name: &str) -> Result<Self> {
        match waiters.map(|waiters| waiters.get(name)).transpose()?.flatten() {
            Some(model) => Waiter::from_model(client, model),
            None => Err(unknown(&client.service.name, waiters, name)),
        }
    }

    pub(crate) fn from_json(client: &Arc<Shared>, name: &str, definition: Value) -> Result<Self> {
        let origin = format!("waiter_from_json for {}", client.service.name);
        Waiter::from_model(client, Arc::new(WaiterModel::compile(name, definition, &origin)?))
    }

    fn from_model(client: &Arc<Shared>, model: Arc<WaiterModel>) -> Result<Self> {
        let operation = client
            .service
            .operation(&model.operation)
            .map_err(|error| Error::new(ErrorKind::Model, format!("{}: operation: {error}", model.origin)))?;
        let (name, delay, max_attempts) = (model.name.clone(), model.delay, model.max_attempts);
        Ok(Waiter::new(client, operation, name, Rules::Model(model), delay, max_attempts))
    }

    pub(crate) fn from_closure(
        client: &Arc<Shared>,
        operation: &str,
        judge: impl FnMut(Result<&Value, &ServiceError>) -> WaiterState + Send + 'a,
    ) -> Result<Self> {
        let operation = client.service.operation(operation)?;
        let rules = Rules::Closure(Mutex::new(Box::new(judge)));
        Ok(Waiter::new(client, operation, operation.snake_name(), rules, Duration::from_secs(5), 60))
    }

    fn new(
        client: &Arc<Shared>,
        operation: &Arc<Operation>,
        name: String,
        rules: Rules<'a>,
        delay: Duration,
        max_attempts: u32,
    ) -> Self {
        let (client, operation) = (Arc::clone(client), Arc::clone(operation));
        Waiter { client, operation, name, rules, delay, max_attempts, deadline: None, cancel: None, on_attempt: None }
    }

    /// The time from the end of an attempt to the next one, in place of the waiter's own. The first attempt is made at once.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// How many attempts are made at most, in place of the waiter's own; one at least is made always.
    pub fn max_attempts(mut self, count: u32) -> Self {
        self.max_attempts = count;
        self
    }

    /// The most time for the whole wait; there is no such limit otherwise. The last pause is cut short so that one more attempt
    /// is made when the time is up; no pause goes beyond it. Calls end when the wait does, their repeats and the pauses between these
    /// too. The attempt at the very end may take as long as a pause of the waiter, and a second at least.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = Some(deadline);
        self
    }

    /// Calls a closure behind every attempt, with its number, state and answer.
    pub fn on_attempt(mut self, callback: impl FnMut(&WaiterAttempt<'_>) + Send + 'a) -> Self {
        self.on_attempt = Some(Mutex::new(Box::new(callback)));
        self
    }

    /// A token that ends the wait when it is cancelled, in the midst of a pause too, be it the waiter's or one between two repeats of
    /// a call. A request that was sent is not broken off; if it brings success or failure, that counts.
    pub fn cancel(mut self, token: &CancelToken) -> Self {
        self.cancel = Some(token.clone());
        self
    }

    /// The waiter's name in snake case, `bucket_exists`; for one made from a closure the operation's.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The operation that is called, in the model's spelling: `HeadBucket`.
    pub fn operation(&self) -> &str {
        &self.operation.name
    }

    /// Waits. `params` are the parameters of the operation, the same for every call.
    ///
    /// # Errors
    /// [`ErrorKind::Waiter`] where the wait ended without success: failure, no attempts left, deadline, cancelled.
    /// [`ErrorKind::Service`] at once for an error of the service that no acceptor expects, such as a denied access. Of both
    /// kinds [`Error::waiter`] tells more, and [`Error::service`] has the service's error where the last call ended with one.
    /// Whatever else keeps a call from being answered (parameters, credentials, connection) ends the wait at once with the error
    /// of that call; [`ErrorKind::Model`] where an acceptor's expression cannot be evaluated for a response.
    #[allow(clippy::needless_pass_by_value, reason = "parameters are given as to `Client::call`")]
    pub fn wait(&self, params: impl Into<Value>) -> Result<Waited> {
        self.wait_for(&params.into())
    }

    fn wait_for(&self, params: &Value) -> Result<Waited> {
        self.poll(|limit| {
            let features = Features::WAITER;
            let deadline = limit.into_iter().chain(self.client.deadline).min();
            let options =
                CallOptions { deadline, cancel: self.cancel.clone(), features, ..CallOptions::new(params.clone()) };
            call::call(&self.client, &self.operation, options)
        })
    }

    /// The loop; `attempt` makes one call.
    fn poll(&self, mut attempt: impl FnMut(Option<Duration>) -> Result<Output>) -> Result<Waited> {
        let clock = &*self.client.clock;
        let mut progress = Progress::begin(clock.now());
        loop {
            if self.is_cancelled() {
                return Err(self.fail(WaiterReason::Cancelled, progress));
            }
            // The answer before is not needed any more; two large ones at the same time would be a waste.
            progress.last = None;
            let limit = self.limit(progress.timer.elapsed);
            let last = Last::of(attempt(limit));
            progress.timer.advance(clock.now(), Duration::ZERO);
            let last = match last {
                Ok(last) => last,
                Err(_) if self.is_cancelled() => return Err(self.fail(WaiterReason::Cancelled, progress)),
                // The call had no more time than the wait.
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
                Next::Succeed => return Ok(progress.succeed(decision)),
                Next::Fail(reason) => return Err(self.fail(reason, progress)),
                Next::Pause(pause) => pause,
            };
            match &self.cancel {
                Some(token) => clock.sleep_unless_cancelled(pause, token),
                None => clock.sleep(pause),
            }
            progress.timer.advance(clock.now(), pause);
        }
    }

    /// The most time for a call: what is left of the wait, and for the one at its very end as much as for a pause, but a second at
    /// least.
    fn limit(&self, elapsed: Duration) -> Option<Duration> {
        let left = match self.deadline?.saturating_sub(elapsed) {
            Duration::ZERO => self.delay.max(Duration::from_secs(1)),
            left => left,
        };
        Some(left)
    }

    /// Whether the wait leaves a call less time than the client does.
    fn is_tighter(&self, limit: Option<Duration>) -> bool {
        limit.is_some_and(|limit| self.client.deadline.is_none_or(|own| limit <= own))
    }

    fn decide(&self, last: &Last) -> Result<Decision> {
        match &self.rules {
            Rules::Model(model) => model
                .decide(last.as_answer())
                .map_err(|error| error.in_call(&self.client.service.name, &self.operation.name)),
            Rules::Closure(judge) => {
                let mut judge = judge.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(Decision { state: judge(last.as_result()), acceptor: None })
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
            answer: last.as_result(),
            elapsed: progress.timer.elapsed,
        });
    }

    /// What follows an attempt.
    fn next(&self, decision: Decision, attempts: u32, elapsed: Duration) -> Next {
        match decision.state {
            WaiterState::Success => return Next::Succeed,
            // The call may have been broken off for that.
            WaiterState::Failure if decision.acceptor.is_none() && self.is_cancelled() => {
                return Next::Fail(WaiterReason::Cancelled);
            }
            WaiterState::Failure if decision.acceptor.is_none() && matches!(self.rules, Rules::Model(_)) => {
                return Next::Fail(WaiterReason::UnexpectedError);
            }
            WaiterState::Failure => return Next::Fail(WaiterReason::Failure),
            WaiterState::Retry => {}
        }
        if attempts >= self.max_attempts {
            return Next::Fail(WaiterReason::MaxAttempts);
        }
        match self.deadline.map(|deadline| deadline.saturating_sub(elapsed)) {
            Some(Duration::ZERO) => Next::Fail(WaiterReason::Deadline),
            Some(left) => Next::Pause(self.delay.min(left)),
            None => Next::Pause(self.delay),
        }
    }

    fn fail(&self, reason: WaiterReason, progress: Progress) -> Error {
        let kind = match reason {
            WaiterReason::UnexpectedError => ErrorKind::Service,
            _ => ErrorKind::Waiter,
        };
        let (error, last_response) = match progress.last {
            Some(Last::Refused { error, service }) => (error.with_service(service), None),
            Some(Last::Response { value, .. }) => (Error::new(kind, ""), Some(value)),
            None => (Error::new(kind, ""), None),
        };
        let rule = |index: usize| match &self.rules {
            Rules::Model(model) => model.acceptors.get(index).map(|acceptor| (index, acceptor.to_string())),
            Rules::Closure(_) => None,
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
        error.in_call(&self.client.service.name, &self.operation.name).in_wait(kind, failure, progress.requests)
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
            .field("answer", &self.answer.map(value::outline))
            .field("elapsed", &self.elapsed)
            .finish()
    }
}

impl fmt::Debug for Waiter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiter")
            .field("name", &self.name)
            .field("operation", &self.operation.name)
            .field("delay", &self.delay)
            .field("max_attempts", &self.max_attempts)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

enum Next {
    Succeed,
    Fail(WaiterReason),
    Pause(Duration),
}

/// How far a wait has come.
struct Progress {
    timer: Timer,
    attempts: u32,
    /// Those of all attempts together: a call may send several.
    requests: u32,
    /// The last one that matched.
    acceptor: Option<usize>,
    history: Vec<WaiterState>,
    last: Option<Last>,
}

impl Progress {
    fn begin(now: SystemTime) -> Self {
        let timer = Timer { seen: now, elapsed: Duration::ZERO };
        Progress { timer, attempts: 0, requests: 0, acceptor: None, history: Vec::new(), last: None }
    }

    fn record(&mut self, decision: Decision, last: Last) {
        self.attempts = self.attempts.saturating_add(1);
        self.requests = self.requests.saturating_add(last.requests());
        self.acceptor = decision.acceptor.or(self.acceptor);
        self.history.push(decision.state);
        self.last = Some(last);
    }

    fn succeed(self, decision: Decision) -> Waited {
        let (value, service_error) = match self.last {
            Some(Last::Response { value, .. }) => (value, None),
            Some(Last::Refused { service, .. }) => (Value::Null, Some(service)),
            None => (Value::Null, None),
        };
        let Progress { attempts, history, timer, .. } = self;
        Waited { value, service_error, acceptor: decision.acceptor, attempts, elapsed: timer.elapsed, history }
    }
}

/// What the last attempt brought.
enum Last {
    Response {
        status: u16,
        value: Value,
        requests: u32,
    },
    /// `error` is what is left of the call's error without `service`.
    Refused {
        error: Error,
        service: ServiceError,
    },
}

impl Last {
    /// Errors that no service answered with are none of a waiter's business.
    fn of(result: Result<Output>) -> Result<Last> {
        match result {
            Ok(Output { value, metadata, .. }) => {
                Ok(Last::Response { status: metadata.status, value, requests: metadata.attempts })
            }
            Err(mut error) => match error.take_service() {
                Some(service) => Ok(Last::Refused { error, service }),
                None => Err(error),
            },
        }
    }

    fn as_answer(&self) -> Answer<'_> {
        match self {
            Last::Response { status, value, .. } => Answer::Response { status: *status, value },
            Last::Refused { service, .. } => Answer::Error(service),
        }
    }

    fn as_result(&self) -> Result<&Value, &ServiceError> {
        match self {
            Last::Response { value, .. } => Ok(value),
            Last::Refused { service, .. } => Err(service),
        }
    }

    fn requests(&self) -> u32 {
        match self {
            Last::Response { requests, .. } => *requests,
            Last::Refused { error, .. } => error.attempts(),
        }
    }
}

/// Adds up the time that has passed. A clock that is set back takes nothing away, and one that stands still while it sleeps
/// cannot keep a deadline from coming.
struct Timer {
    seen: SystemTime,
    elapsed: Duration,
}

impl Timer {
    /// `at_least` was slept since the last time.
    fn advance(&mut self, now: SystemTime, at_least: Duration) {
        let passed = now.duration_since(self.seen).unwrap_or_default().max(at_least);
        self.elapsed = self.elapsed.saturating_add(passed);
        self.seen = now;
    }
}

fn unknown(service: &str, waiters: Option<&Waiters>, name: &str) -> Error {
    let known = waiters.map(Waiters::names).unwrap_or_default();
    let message = if known.is_empty() {
        format!("{service} has no waiters, so none of the name \"{name}\"")
    } else {
        let near = spelling::nearest(&names::snake_case(name), known.iter().map(String::as_str));
        format!("{service} has no waiter \"{name}\"{}", spelling::did_you_mean(&near))
    };
    Error::new(ErrorKind::UnknownWaiter, message)
}

#[cfg(all(test, feature = "bundled-models"))]
mod tests;

//! [`Stub`]: rules that reply to calls.

use std::fmt;
use std::panic::Location;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::clock::UnpausedClock;
use super::rule::{RuleState, StubRule};
use super::transport::StubTransport;
use super::{fake, models, waiters};
use crate::error::{Error, ErrorKind, Result};
use crate::model::names::snake_case;
use crate::session::{Session, SessionBuilder};

/// Replies to the calls of a session by rules, instead of AWS: for tests, without a network, credentials or a region.
///
/// Everything else of a call is real. Its parameters are validated, its request is built and signed, the reply is encoded as the
/// service would do it, and read, checked and retried like every response. Pauses take no time.
///
/// ```
/// use serde_json::json;
/// use tucuxi::testing::Stub;
///
/// let stub = Stub::new();
/// stub.on("s3", "head_object").with(json!({"Bucket": "photos"})).reply(json!({"ContentLength": 3}));
/// stub.on("sqs", "send_message").reply_http(503, "").times(2).reply(json!({"MessageId": "1"}));
/// stub.on("s3", "get_object").reply_error("NoSuchKey", json!({"message": "no"}));
///
/// let session = stub.session_builder().build()?;
/// let head = session.client("s3")?.call("head_object", json!({"Bucket": "photos", "Key": "a"}))?;
/// assert_eq!(head["ContentLength"], 3);
/// let sent = session.client("sqs")?.call("send_message", json!({"QueueUrl": "https://q", "MessageBody": "hi"}))?;
/// assert_eq!(sent["MessageId"], "1");
/// let error = session.client("s3")?.call("get_object", json!({"Bucket": "b", "Key": "k"})).unwrap_err();
/// assert_eq!(error.service().unwrap().code(), "NoSuchKey");
///
/// assert_eq!(stub.calls("sqs", "send_message").len(), 3);
/// stub.verify()?;
/// # Ok::<(), tucuxi::Error>(())
/// ```
///
/// Of several rules that match a call, the first one that is not used up replies. A call that no rule matches fails with
/// [`ErrorKind::Stub`], and the error says for each rule why. Threads can share a stub, and make calls in any order, unless the
/// stub is [in order](Self::in_order).
///
/// When a stub is dropped, it [verifies](Self::verify) and panics with what is wrong, unless the thread panics already.
pub struct Stub {
    core: Arc<StubCore>,
    /// The problems are known to the caller.
    is_reported: AtomicBool,
}

/// A request that a stub got. Its `Debug` shows nothing that may be secret.
#[derive(Clone)]
#[non_exhaustive]
pub struct StubCall {
    /// The name of the service, `"sqs"`.
    pub service: String,
    /// The operation in the model's spelling, `"SendMessage"`.
    pub operation: String,
    /// The parameters as the caller gave them, without idempotency tokens and other additions.
    pub params: Value,
    /// The signed request.
    pub request: Arc<http::Request<Vec<u8>>>,
}

impl fmt::Debug for StubCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let StubCall { service, operation, .. } = self;
        f.debug_struct("StubCall").field("service", service).field("operation", operation).finish_non_exhaustive()
    }
}

/// What a stub shares with its sessions.
#[derive(Default)]
pub(super) struct StubCore {
    book: Mutex<RuleBook>,
    pub(super) is_faking: bool,
}

#[derive(Default)]
pub(super) struct RuleBook {
    pub(super) rules: Vec<RuleState>,
    pub(super) calls: Vec<StubCall>,
    /// The errors of calls without a reply.
    pub(super) failures: Vec<String>,
    pub(super) is_in_order: bool,
}

impl StubCore {
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut RuleBook) -> T) -> T {
        change(&mut self.book.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for StubCore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StubCore").field("is_faking", &self.is_faking).finish_non_exhaustive()
    }
}

impl Default for Stub {
    fn default() -> Self {
        Stub::new()
    }
}

impl Stub {
    /// A stub without rules, so that every call fails.
    pub fn new() -> Stub {
        Stub { core: Arc::default(), is_reported: AtomicBool::new(false) }
    }

    /// A stub that replies to every call: by its rules, or else with a plausible output that it makes from the model. Paginations
    /// have one page.
    ///
    /// ```
    /// let stub = tucuxi::testing::Stub::faking();
    /// let ec2 = stub.session_builder().build()?.client("ec2")?;
    /// let instances = ec2.call("describe_instances", ())?;
    /// assert!(instances["Reservations"][0]["Instances"][0]["InstanceId"].is_string());
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    pub fn faking() -> Stub {
        let core = StubCore { is_faking: true, ..StubCore::default() };
        Stub { core: Arc::new(core), is_reported: AtomicBool::new(false) }
    }

    /// Makes the order of the rules the order of the calls: each call has to match the first rule that is not used up.
    #[must_use]
    pub fn in_order(self) -> Stub {
        self.core.change(|book| book.is_in_order = true);
        self
    }

    /// Adds a rule for an operation, by its name in any spelling.
    #[track_caller]
    pub fn on(&self, service: &str, operation: &str) -> StubRule {
        let rule = RuleState::new(service, operation, Location::caller());
        let index = self.core.change(|book| {
            book.rules.push(rule);
            book.rules.len() - 1
        });
        StubRule { core: Arc::clone(&self.core), index }
    }

    /// Starts building a session whose calls this stub replies to. It does not depend on the machine: neither on the environment
    /// nor on files. Its region is `us-east-1` unless one is set.
    pub fn session_builder(&self) -> SessionBuilder {
        Session::builder().stub(self)
    }

    /// The requests for an operation so far, in their order. A retry is another request.
    pub fn calls(&self, service: &str, operation: &str) -> Vec<StubCall> {
        let service = models::service(service).map_or_else(|_| service.to_owned(), |info| info.name().to_owned());
        let operation = models::operation(&service, operation)
            .map_or_else(|_| operation.replace('-', "_"), |(_, plan)| plan.operation.name.clone());
        let is_asked =
            |call: &&StubCall| call.service == service && snake_case(&call.operation) == snake_case(&operation);
        self.core.change(|book| book.calls.iter().filter(is_asked).cloned().collect())
    }

    /// All requests so far, in their order.
    pub fn all_calls(&self) -> Vec<StubCall> {
        self.core.change(|book| book.calls.clone())
    }

    /// A plausible output of an operation, made from the model: to edit, and to reply with.
    ///
    /// ```
    /// use tucuxi::testing::Stub;
    /// let stub = Stub::new();
    /// let mut instances = stub.fake("ec2", "describe_instances")?;
    /// instances["Reservations"][0]["Instances"][0]["State"]["Name"] = "stopped".into();
    /// stub.on("ec2", "describe_instances").reply(instances).repeating();
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UnknownService`]; [`ErrorKind::UnknownOperation`].
    pub fn fake(&self, service: &str, operation: &str) -> Result<Value> {
        let info = models::service(service)?;
        let plan = info.plan().operation(operation)?;
        let pagination = info.paginator(&plan.operation)?;
        Ok(fake::output(info.plan(), plan, pagination.as_deref()))
    }

    /// Adds a rule that ends a waiter with success: it replies to the waiter's operation, as often as it is called.
    ///
    /// ```
    /// use serde_json::json;
    /// use tucuxi::testing::Stub;
    /// let stub = Stub::new();
    /// stub.satisfy_waiter("ec2", "instance_running")?;
    /// let ec2 = stub.session_builder().build()?.client("ec2")?;
    /// ec2.get_waiter("instance_running")?.wait(json!({"InstanceIds": ["i-1"]}))?;
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::UnknownWaiter`]; [`ErrorKind::Unsupported`] if no reply is found that the waiter accepts.
    #[track_caller]
    pub fn satisfy_waiter(&self, service: &str, waiter: &str) -> Result<StubRule> {
        let (operation, reply) = waiters::success(service, waiter)?;
        Ok(self.on(service, &operation).reply(reply).repeating())
    }

    /// Checks that every reply was used as often as its rule says, that every call got a reply, and that the rules fit the model.
    ///
    /// # Errors
    /// [`ErrorKind::Stub`] with all that is wrong.
    pub fn verify(&self) -> Result<()> {
        let problems: Vec<String> = self.core.change(|book| {
            let rules = book.rules.iter().filter_map(RuleState::problem);
            rules.chain(book.failures.iter().map(|failure| format!("a call had no reply: {failure}"))).collect()
        });
        if problems.is_empty() {
            return Ok(());
        }
        self.is_reported.store(true, Ordering::Relaxed);
        Err(Error::new(ErrorKind::Stub, format!("the stub is not satisfied: {}", problems.join("; "))))
    }
}

impl fmt::Debug for Stub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.core.change(|book| {
            f.debug_struct("Stub").field("rules", &book.rules.len()).field("calls", &book.calls.len()).finish()
        })
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        if self.is_reported.load(Ordering::Relaxed) || std::thread::panicking() {
            return;
        }
        if let Err(error) = self.verify() {
            panic!("{error}");
        }
    }
}

impl SessionBuilder {
    /// Lets a [`Stub`] reply to all calls of the session, instead of AWS. Nothing is sent, and pauses take no time.
    ///
    /// Neither credentials nor a region are needed. The environment of the process and its files have no effect; an
    /// [`Environment`](crate::Environment) that is set here has.
    pub fn stub(self, stub: &Stub) -> Self {
        self.test_double(Arc::new(StubTransport(Arc::clone(&stub.core))), Arc::<UnpausedClock>::default())
    }
}

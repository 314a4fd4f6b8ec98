//! [`StubRule`]: a rule of a stub, and its state.

use std::panic::Location;
use std::sync::Arc;

use serde_json::Value;

use super::matching::{Wanted, shown};
use super::models;
use super::replies::Reply;
use super::stub::StubCore;
use crate::error::{Result, TransportErrorKind};
use crate::runtime::MadeCall;

/// A rule of a [`Stub`](super::Stub) for one operation, made by [`Stub::on`](super::Stub::on): which calls it matches, and its
/// replies.
///
/// The replies are used in their order, each of them once. After the last one the rule is used up, and does not match any more.
/// [`times`](Self::times) and [`repeating`](Self::repeating) change that.
///
/// What a rule says is checked when it is said. As its methods have nothing to return an error with, a fault is the error of each
/// call that meets the rule and of [`Stub::verify`](super::Stub::verify), with the line of the test.
#[derive(Debug, Clone)]
pub struct StubRule {
    pub(super) core: Arc<StubCore>,
    pub(super) index: usize,
}

impl StubRule {
    /// Matches only calls with these parameters. Others may be there, too, at any depth; a null is a parameter that must not be
    /// there, and [`any`](super::any) a value that is not looked at. The items of lists must be equal, one by one.
    pub fn with(self, params: impl Into<Value>) -> Self {
        self.wanting(Wanted::Partly(params.into()))
    }

    /// Matches only calls with exactly these parameters, except [`any`](super::any) in them.
    pub fn with_exactly(self, params: impl Into<Value>) -> Self {
        self.wanting(Wanted::Exactly(params.into()))
    }

    /// Matches only calls whose parameters the closure accepts.
    pub fn with_fn(self, accepts: impl Fn(&Value) -> bool + Send + Sync + 'static) -> Self {
        self.wanting(Wanted::Closure(Box::new(accepts)))
    }

    /// Replies with an output, or with any other [`Reply`].
    ///
    /// An output has the value convention of the crate, and the members that it should have: required ones may be missing. It is
    /// checked against the model, sent as the service would send it, and read as every response.
    #[track_caller]
    pub fn reply(self, reply: impl Into<Reply>) -> Self {
        self.replying(Planned::Given(reply.into()), Location::caller())
    }

    /// Replies with what the closure makes of the parameters: an output, or another [`Reply`] as the error.
    ///
    /// ```
    /// use serde_json::json;
    /// use tucuxi::testing::{Reply, Stub};
    ///
    /// let stub = Stub::new();
    /// stub.on("dynamodb", "get_item").repeating().reply_with(|params| match params["Key"]["id"]["S"].as_str() {
    ///     Some("1") => Ok(json!({"Item": {"id": {"S": "1"}}})),
    ///     _ => Err(Reply::error("ResourceNotFoundException", json!({"message": "no such table"}))),
    /// });
    /// let dynamodb = stub.session_builder().build()?.client("dynamodb")?;
    /// let item = dynamodb.call("get_item", json!({"TableName": "t", "Key": {"id": {"S": "1"}}}))?;
    /// assert_eq!(item["Item"]["id"]["S"], "1");
    /// let error = dynamodb.call("get_item", json!({"TableName": "t", "Key": {"id": {"S": "2"}}})).unwrap_err();
    /// assert_eq!(error.service().unwrap().code(), "ResourceNotFoundException");
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    #[track_caller]
    pub fn reply_with(self, make: impl Fn(&Value) -> Result<Value, Reply> + Send + Sync + 'static) -> Self {
        self.replying(Planned::Computed(Box::new(make)), Location::caller())
    }

    /// Replies with a service error: see [`Reply::error`].
    #[track_caller]
    pub fn reply_error(self, code: &str, members: impl Into<Value>) -> Self {
        self.replying(Planned::Given(Reply::error(code, members)), Location::caller())
    }

    /// Replies with an HTTP response: see [`Reply::http`]. A status from 500 is retried, as from a service.
    #[track_caller]
    pub fn reply_http(self, status: u16, body: impl Into<Vec<u8>>) -> Self {
        self.replying(Planned::Given(Reply::http(status, body)), Location::caller())
    }

    /// Replies with a streaming payload: see [`Reply::body`].
    #[track_caller]
    pub fn reply_body(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.replying(Planned::Given(Reply::body(bytes)), Location::caller())
    }

    /// Fails without a response: see [`Reply::io_error`].
    #[track_caller]
    pub fn reply_io_error(self, kind: TransportErrorKind) -> Self {
        self.replying(Planned::Given(Reply::io_error(kind)), Location::caller())
    }

    /// Uses the last reply this number of times.
    pub fn times(self, count: usize) -> Self {
        self.change(|rule| match rule.replies.last_mut() {
            Some(last) => last.times = count,
            None => rule.fault("`times` before a reply"),
        })
    }

    /// Repeats the last reply without end. It need not be used at all.
    pub fn repeating(self) -> Self {
        self.change(|rule| rule.is_repeating = true)
    }

    fn wanting(self, wanted: Wanted) -> Self {
        self.change(|rule| rule.wanted.push(Arc::new(wanted)))
    }

    fn replying(self, planned: Planned, location: &'static Location<'static>) -> Self {
        self.change(|rule| {
            if let (Planned::Given(reply), Ok((service, plan))) =
                (&planned, models::operation(&rule.service, &rule.operation))
                && let Err(error) = reply.check(&service, &plan)
            {
                rule.fault(&format!("{}:{}: {error}", location.file(), location.line()));
            }
            rule.replies.push(PlannedReply { reply: Arc::new(planned), times: 1, used: 0 });
        })
    }

    fn change(self, change: impl FnOnce(&mut RuleState)) -> Self {
        self.core.change(|book| book.rules.get_mut(self.index).map(change));
        self
    }
}

type MakeReply = dyn Fn(&Value) -> Result<Value, Reply> + Send + Sync;

/// A reply before its call.
pub(super) enum Planned {
    Given(Reply),
    Computed(Box<MakeReply>),
}

impl Planned {
    pub(super) fn reply(&self, params: &Value) -> Reply {
        match self {
            Planned::Given(reply) => reply.clone(),
            Planned::Computed(make) => make(params).map_or_else(|reply| reply, Reply::output),
        }
    }
}

struct PlannedReply {
    reply: Arc<Planned>,
    times: usize,
    used: usize,
}

/// A rule as it stands.
pub(super) struct RuleState {
    pub(super) service: String,
    pub(super) operation: String,
    location: &'static Location<'static>,
    /// Why the service or the operation is not known. A session may know it nevertheless.
    unknown: Option<String>,
    pub(super) wanted: Vec<Arc<Wanted>>,
    replies: Vec<PlannedReply>,
    is_repeating: bool,
    fault: Option<String>,
}

impl RuleState {
    pub(super) fn new(service: &str, operation: &str, location: &'static Location<'static>) -> Self {
        let found = models::service(service);
        let unknown = found.as_ref().err().map(ToString::to_string);
        let unknown = unknown.or_else(|| models::operation(service, operation).err().map(|error| error.to_string()));
        RuleState {
            service: found.map_or_else(|_| service.to_owned(), |info| info.name().to_owned()),
            operation: operation.to_owned(),
            location,
            unknown,
            wanted: Vec::new(),
            replies: Vec::new(),
            is_repeating: false,
            fault: None,
        }
    }

    /// Whether the rule is for the operation.
    pub(super) fn is_for(&self, call: &MadeCall) -> bool {
        self.service == call.service.model.name
            && call.service.operation(&self.operation).is_ok_and(|plan| Arc::ptr_eq(plan, &call.plan))
    }

    /// The differences of a call from what the rule wants.
    pub(super) fn differences(wanted: &[Arc<Wanted>], call: &MadeCall) -> Vec<String> {
        let input = call.plan.operation.input.as_ref();
        wanted.iter().flat_map(|wanted| wanted.differences(input, &call.params)).collect()
    }

    /// Whether there is another reply.
    pub(super) fn is_open(&self) -> bool {
        self.is_repeating && !self.replies.is_empty() || self.replies.iter().any(|reply| reply.used < reply.times)
    }

    /// Whether calls of other rules may come before the next one of this one.
    pub(super) fn may_be_skipped(&self) -> bool {
        self.unused() == 0
    }

    /// Takes the next reply.
    pub(super) fn next(&mut self) -> Option<Arc<Planned>> {
        self.unknown = None;
        let open = self.replies.iter_mut().find(|reply| reply.used < reply.times);
        if let Some(open) = open {
            open.used += 1;
            return Some(Arc::clone(&open.reply));
        }
        self.replies.last().filter(|_| self.is_repeating).map(|last| Arc::clone(&last.reply))
    }

    /// How many replies have to be used yet.
    fn unused(&self) -> usize {
        let last = self.replies.len().saturating_sub(1);
        let needed = self.replies.iter().enumerate().filter(|(index, _)| !(self.is_repeating && *index == last));
        needed.map(|(_, reply)| reply.times.saturating_sub(reply.used)).sum()
    }

    pub(super) fn fault(&mut self, what: &str) {
        self.fault.get_or_insert_with(|| what.to_owned());
    }

    /// What is wrong with the rule itself.
    pub(super) fn fault_text(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// What is wrong at the end of a test.
    pub(super) fn problem(&self) -> Option<String> {
        let replies: usize = self.replies.iter().map(|reply| reply.times).sum();
        match (&self.unknown, &self.fault, self.unused()) {
            (Some(unknown), _, _) => Some(format!("{}: {unknown}", self.name())),
            (None, Some(fault), _) => Some(format!("{}: {fault}", self.name())),
            (None, None, _) if self.replies.is_empty() => Some(format!("{} has no reply", self.name())),
            (None, None, 0) => None,
            (None, None, unused) => Some(format!("{}: {unused} of {replies} replies were not used", self.name())),
        }
    }

    /// Why the rule does not match.
    pub(super) fn refusal(&self, differences: &[String]) -> String {
        match (&self.fault, differences) {
            (Some(fault), _) => format!("{}: {fault}", self.name()),
            (None, _) if self.replies.is_empty() => format!("{} has no reply", self.name()),
            (None, []) => format!("{} is used up", self.name()),
            (None, differences) => format!("{}: {}", self.name(), shown(differences)),
        }
    }

    pub(super) fn name(&self) -> String {
        format!("the rule for {} {} at {}:{}", self.service, self.operation, self.location.file(), self.location.line())
    }
}

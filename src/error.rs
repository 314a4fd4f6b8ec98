//! The one error type of the crate.
//!
//! [`Error`] is opaque: what went wrong is told by [`Error::kind`], by [`Error::service`] when the service itself refused
//! the call, and by a `Display` of one readable line that names the call, the field, what was expected and what was found.
//! Nothing secret is ever put into a message, so an error can be logged as it is; and whatever a message is made of, its line is
//! one line.

mod advice;
mod classify;
mod location;
mod mask;
mod text;
mod waiter;

use std::fmt;
use std::time::Duration;

use http::HeaderMap;
use serde_json::Value;

pub(crate) use location::shown_location;
use location::shown_place;
pub(crate) use mask::{MASK, Secrets};
pub(crate) use text::{Cut, write_one_line};
pub use waiter::{WaiterFailure, WaiterReason, WaiterState};

/// What every fallible function of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn std::error::Error + Send + Sync + 'static>;

/// Why a call, or the preparation of one, failed.
///
/// ```
/// let error = tucuxi::client("sqss").unwrap_err();
/// assert_eq!(error.kind(), tucuxi::ErrorKind::UnknownService);
/// assert!(error.to_string().contains("sqs"));
/// ```
pub struct Error(Box<Inner>);

#[derive(thiserror::Error)]
#[error("{}", Line(self))]
struct Inner {
    kind: ErrorKind,
    call: Option<Call>,
    message: String,
    service: Option<ServiceError>,
    waiter: Option<Box<WaiterFailure>>,
    attempts: Option<u32>,
    history: Option<Box<History>>,
    source: Option<Source>,
    /// The line does without the source, which is for those who ask for it.
    source_is_detail: bool,
    /// What the user can do, at the end of the line.
    /// What came in place of a response; part of the message, but never a secret of it.
    note: Option<String>,
    advice: Option<String>,
}

#[derive(Debug, Clone)]
struct Call {
    service: String,
    operation: String,
}

/// What went before the last attempt of a call.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// The pauses between the attempts.
    pub(crate) delays: Vec<Duration>,
    /// Why there was no other attempt, where one would have been worth it.
    pub(crate) stop_reason: Option<StopReason>,
    pub(crate) may_have_been_processed: bool,
    /// The deadline of the call was over.
    pub(crate) out_of_time: bool,
}

/// Why a failure that is worth a repeat was not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StopReason {
    Quota,
    Deadline,
    Body,
    Cancelled,
}

impl StopReason {
    fn text(self) -> &'static str {
        match self {
            StopReason::Quota => "not sent again, since the client's retry quota is used up",
            StopReason::Deadline => "not sent again, since the deadline leaves no time for it",
            StopReason::Cancelled => "not sent again, since the wait was cancelled",
            StopReason::Body => "not sent again, since the body can be read only once",
        }
    }
}

/// The broad class of an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No model of that service is bundled, given to the builder or in a model folder. The message names the nearest ones.
    UnknownService,
    /// The service has no operation of that name. The message names the nearest ones.
    UnknownOperation,
    /// The service has no waiter of that name. The message names the nearest ones.
    UnknownWaiter,
    /// A model, rule set or other data file is broken; the message names file, operation and shape.
    Model,
    /// A setting is missing or has a bad value: builder, environment variable or profile.
    Config,
    /// No credentials or token could be found, or those found could not be used.
    Credentials,
    /// The parameters do not fit the model. Nothing was sent.
    Validation,
    /// No endpoint could be resolved for these parameters. Nothing was sent.
    Endpoint,
    /// The request could not be signed. Nothing was sent.
    Signing,
    /// The connection failed: name resolution, connect, TLS, reset, a broken or truncated answer.
    Connection,
    /// A time limit ran out.
    Timeout,
    /// Reading the request's body from its source failed.
    Body,
    /// An interceptor of the program refused the request or its answer.
    Refused,
    /// The answer could not be understood: the message tells what was received and what was expected.
    Response,
    /// The service answered with an error; [`Error::service`] has it.
    Service,
    /// A wait ended without success; [`Error::waiter`] tells why.
    Waiter,
    /// The operation needs something that this version does not do; nothing was sent.
    Unsupported,
    /// A program's own error, made by [`Error::other`]; its source tells more.
    Other,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error(Box::new(Inner {
            kind,
            call: None,
            message: message.into(),
            service: None,
            waiter: None,
            attempts: None,
            history: None,
            source: None,
            source_is_detail: false,
            note: None,
            advice: None,
        }))
    }

    pub(crate) fn from_service(service: ServiceError) -> Self {
        Error::new(ErrorKind::Service, "").with_service(service)
    }

    /// The failure of something that a call needs. That no answer came stays what it is; all else is `otherwise`.
    pub(crate) fn caused_by(cause: Error, otherwise: ErrorKind, message: impl Into<String>) -> Self {
        let kind = if cause.is_connection_failure() { cause.kind() } else { otherwise };
        Error::new(kind, message).with_source(cause)
    }

    /// No answer, or a part of one.
    pub(crate) fn is_connection_failure(&self) -> bool {
        matches!(self.kind(), ErrorKind::Connection | ErrorKind::Timeout)
    }

    pub(crate) fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Names the call this error belongs to, unless an inner call has already put its own name there.
    pub(crate) fn in_call(mut self, service: &str, operation: &str) -> Self {
        if self.0.call.is_none() {
            self.0.call = Some(Call { service: service.to_owned(), operation: operation.to_owned() });
        }
        self
    }

    /// Puts a step of a path (`Tags`, `[2]`) before a message that begins with the path so far: `[2].Key: expected ..`.
    pub(crate) fn at(mut self, step: impl fmt::Display) -> Self {
        let message = &mut self.0.message;
        let dot = if message.starts_with(['[', ':']) { "" } else { "." };
        *message = format!("{step}{dot}{message}");
        self
    }

    /// Names the part of a whole that the message is about: `Body: not the JSON that was expected`.
    pub(crate) fn within(mut self, part: &str) -> Self {
        self.0.message = format!("{part}: {}", self.0.message);
        self
    }

    /// Adds to the message what else is known.
    pub(crate) fn with_note(mut self, note: &str) -> Self {
        self.0.note = Some(note.to_owned());
        self
    }

    /// With other text in place of some that must not show.
    pub(crate) fn showing(mut self, shown: &str, in_place_of: &str) -> Self {
        self.0.message = self.0.message.replace(in_place_of, shown);
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = Some(attempts);
        self
    }

    /// Tells how the call went up to here. Attempts of an inner call (for credentials) are not those of this one.
    pub(crate) fn after(mut self, attempts: u32, history: History) -> Self {
        if attempts > 0 {
            self.0.attempts = Some(attempts);
        }
        if attempts > 0 || history.out_of_time {
            self.0.history = Some(Box::new(history));
        }
        self
    }

    /// Whether the call ended since its deadline was over.
    pub(crate) fn deadline_expired(&self) -> bool {
        self.is_timeout() && self.0.history.as_ref().is_some_and(|history| history.out_of_time)
    }

    /// Whether a deadline ended the call, or one that it needed, before all was tried: with more time it might have succeeded.
    pub(crate) fn ended_by_deadline(&self) -> bool {
        let history = self.0.history.as_ref();
        history.is_some_and(|history| history.out_of_time || history.stop_reason == Some(StopReason::Deadline))
            || self.0.source.as_ref().and_then(|source| source.downcast_ref()).is_some_and(Error::ended_by_deadline)
    }

    /// Adds an earlier failure as the source, unless there is a nearer one.
    pub(crate) fn with_earlier_failure(mut self, earlier: Error) -> Self {
        self.0.source.get_or_insert_with(|| earlier.into());
        self
    }

    /// Makes this the error of a wait. What the service said last stays in it. `requests` counts those of all attempts.
    pub(crate) fn in_wait(mut self, kind: ErrorKind, failure: WaiterFailure, requests: u32) -> Self {
        self.0.kind = kind;
        self.0.waiter = Some(Box::new(failure));
        self.with_attempts(requests)
    }

    /// Takes out what the service said, to be put back by [`with_service`](Self::with_service).
    pub(crate) fn take_service(&mut self) -> Option<ServiceError> {
        self.0.service.take()
    }

    pub(crate) fn with_service(mut self, service: ServiceError) -> Self {
        self.0.service = Some(service);
        self
    }

    /// The broad class of this error.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What the service answered, when this is an error of the service.
    pub fn service(&self) -> Option<&ServiceError> {
        self.0.service.as_ref()
    }

    /// How a wait ended, when this is the error of one.
    pub fn waiter(&self) -> Option<&WaiterFailure> {
        self.0.waiter.as_deref()
    }

    /// The name of the service this call was made to, where a call had begun.
    pub fn service_name(&self) -> Option<&str> {
        self.0.call.as_ref().map(|call| call.service.as_str())
    }

    /// The operation (in the model's spelling, `SendMessage`), where a call had begun.
    pub fn operation(&self) -> Option<&str> {
        self.0.call.as_ref().map(|call| call.operation.as_str())
    }

    /// How many requests were sent; 0 when the call failed before that.
    pub fn attempts(&self) -> u32 {
        self.0.attempts.unwrap_or(0)
    }

    /// The pauses after failed attempts, in their order; empty where there was no second attempt.
    pub fn delays(&self) -> &[Duration] {
        self.0.history.as_ref().map_or(&[], |history| &history.delays)
    }

    /// Whether the service may have done what it was asked for, although the call failed: at least one attempt was answered
    /// with a failure of the server, or got no (whole) answer after it was sent. Without an idempotency token, look before you
    /// call again.
    pub fn may_have_been_processed(&self) -> bool {
        self.0.history.as_ref().is_some_and(|history| history.may_have_been_processed)
    }

    /// Whether the service asked for fewer requests: by error code or by status 429.
    pub fn is_throttling(&self) -> bool {
        self.service().is_some_and(|service| service.status == 429 || THROTTLING_CODES.contains(&service.code.as_str()))
    }

    /// Whether a time limit ran out.
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Timeout
    }
}

/// The codes of botocore's `retries/standard.py: ThrottledRetryableChecker`.
pub(crate) const THROTTLING_CODES: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "RequestThrottled",
    "SlowDown",
    "PriorRequestNotComplete",
    "EC2ThrottledException",
];

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The line of `Display`, and below it those of its causes that the line does not name: what `fn main() -> tucuxi::Result<()>` ends
/// with is for people.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said = self.0.to_string();
        f.write_str(&said)?;
        let mut cause = std::error::Error::source(self);
        let mut is_first = true;
        // A cause may be its own cause, since anybody can write one.
        for _ in 0..MAX_CAUSES {
            let Some(error) = cause else { break };
            let line = Cause(error).to_string();
            if !said.contains(&line) {
                write!(f, "{}{line}", if is_first { "\n\nCaused by:\n    " } else { "\n    " })?;
                is_first = false;
                said.push_str(&line);
            }
            cause = error.source();
        }
        Ok(())
    }
}

/// The most causes that `Debug` looks at.
const MAX_CAUSES: usize = 32;

/// A cause as a part of one line. Only those of this crate have a length of their own.
struct Cause<'e>(&'e (dyn std::error::Error + 'static));

impl fmt::Display for Cause<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.downcast_ref::<Error>() {
            Some(error) => error.fmt(f),
            None => Cut(&self.0.to_string(), text::MAX_MESSAGE).fmt(f),
        }
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// The `Display` line: call, message or service error, attempts, then the chain of sources that say something new.
struct Line<'a>(&'a Inner);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.without_advice(f)?;
        self.0.advice.iter().try_for_each(|advice| write!(f, "; {}", Cut(advice, text::MAX_LINE)))
    }
}

impl Line<'_> {
    fn without_advice(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = self.0;
        if let Some(waiter) = &inner.waiter {
            return wait_line(inner, waiter, f);
        }
        if let Some(call) = &inner.call {
            write_one_line(f, format_args!("{} {}: ", call.service, call.operation))?;
        }
        match &inner.service {
            Some(service) => write!(f, "{service}")?,
            None => write!(f, "{}", Cut(&inner.message, text::MAX_LINE))?,
        }
        if let Some(note) = &inner.note {
            write!(f, "; {}", Cut(note, text::MAX_LINE))?;
        }
        if let Some(source) = inner.source.as_ref().filter(|_| !inner.source_is_detail) {
            let source = Cause(source.as_ref()).to_string();
            if inner.message.is_empty() && inner.service.is_none() {
                f.write_str(&source)?;
            } else if !inner.message.contains(&source) {
                write!(f, ": {source}")?;
            }
        }
        match inner.attempts {
            // A response that was not received by a call of this crate.
            None | Some(0) => return Ok(()),
            Some(1) => f.write_str(" (1 attempt")?,
            Some(attempts) => write!(f, " ({attempts} attempts")?,
        }
        if let Some(history) = &inner.history {
            history_line(history, f)?;
        }
        f.write_str(")")
    }
}

/// Behind the number of attempts: the pauses, why it was given up, and whether the request may have had its effect.
fn history_line(history: &History, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, delay) in history.delays.iter().enumerate() {
        let before = if index == 0 { " with pauses of " } else { ", " };
        write!(f, "{before}{} ms", delay.as_millis())?;
    }
    if let Some(stop_reason) = history.stop_reason {
        write!(f, "; {}", stop_reason.text())?;
    }
    if history.may_have_been_processed {
        f.write_str("; it may have been processed")?;
    }
    Ok(())
}

/// The waiter, how it ended, and what the service said last where that was an error.
fn wait_line(inner: &Inner, waiter: &WaiterFailure, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if let Some(call) = &inner.call {
        write_one_line(f, format_args!("{} ", call.service))?;
    }
    write!(f, "waiter {}: {waiter}", Cut(&waiter.waiter, text::MAX_NAME))?;
    match &inner.service {
        Some(service) => write!(f, "; {service}"),
        None => Ok(()),
    }
}

/// What a service said when it refused a call.
#[derive(Clone)]
pub struct ServiceError {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) status: u16,
    pub(crate) request_id: Option<String>,
    pub(crate) host_id: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) query_code: Option<String>,
    /// What else the answer says beside the code, by name.
    pub(crate) details: Vec<(String, String)>,
    pub(crate) body: Value,
    /// Boxed, for most look at the rest only.
    pub(crate) headers: Box<HeaderMap>,
    pub(crate) in_event_stream: bool,
    /// The message for `Display` and `Debug` where it repeats what must not show.
    #[allow(clippy::box_collection, reason = "it is rare, and the rest is passed by value")]
    pub(crate) masked: Option<Box<String>>,
}

#[cfg(test)]
impl ServiceError {
    /// A refusal that says nothing but its code.
    pub(crate) fn bare(status: u16, code: &str) -> Self {
        ServiceError {
            code: code.to_owned(),
            message: String::new(),
            status,
            request_id: None,
            host_id: None,
            kind: None,
            query_code: None,
            details: Vec::new(),
            body: Value::Object(serde_json::Map::new()),
            headers: Box::default(),
            in_event_stream: false,
            masked: None,
        }
    }
}

impl ServiceError {
    /// The error code, as botocore finds it: `NoSuchBucket`, `AWS.SimpleQueueService.NonExistentQueue`. Where it finds none, the code
    /// that a gateway or emulator gives in another format, or the HTTP status as text (`"404"`) where the response has no code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The message for people: the response's own, whole and as the service sent it, or what else its body says (the title of a page,
    /// plain text), or the standard phrase for the status. Empty where the service sent a code and no message. `Display` cuts it at
    /// 1,000 characters, and masks what it repeats of the secrets in the request.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The HTTP status of the answer.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The request id to quote to AWS support.
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// S3's second id (`x-amz-id-2`).
    pub fn host_id(&self) -> Option<&str> {
        self.host_id.as_deref()
    }

    /// Whose fault it was (`Sender`, `Receiver`), where the protocol says so.
    pub fn fault(&self) -> Option<&str> {
        self.kind.as_deref()
    }

    /// The name of the error's shape where it differs from [`code`](Self::code): query-compatible services answer with the
    /// code of their older protocol and keep the shape's name (`QueueDoesNotExist`) here.
    pub fn shape_code(&self) -> Option<&str> {
        self.query_code.as_deref()
    }

    /// What the answer says beside the code, without a model of it.
    pub(crate) fn detail(&self, name: &str) -> Option<&str> {
        self.details.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str())
    }

    /// All headers of the answer.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Whether the error came within a stream of events, in an answer that had begun as a success: its [`status`](Self::status)
    /// is that of the success then.
    pub fn is_in_event_stream(&self) -> bool {
        self.in_event_stream
    }

    /// The members of the modeled error, in the value convention of the crate; an empty object where the error is not modeled.
    pub fn body(&self) -> &Value {
        &self.body
    }
}

impl ServiceError {
    /// The message as it may be shown.
    fn shown_message(&self) -> Cut<'_> {
        Cut(self.masked.as_deref().unwrap_or(&self.message).trim(), text::MAX_MESSAGE)
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Cut(&self.code, text::MAX_NAME))?;
        let message = self.shown_message();
        if !message.0.is_empty() {
            write!(f, ": {message}")?;
        }
        f.write_str(if self.in_event_stream { " (in the event stream, HTTP " } else { " (HTTP " })?;
        write!(f, "{}", self.status)?;
        if let Some(id) = &self.request_id {
            write!(f, ", request id {}", Cut(id, text::MAX_NAME))?;
        }
        if matches!(self.status, 300..400) {
            match (shown_location(&self.headers), self.detail("Endpoint").and_then(shown_place)) {
                (Some(location), _) => write!(f, ", Location {location}")?,
                // S3 names a host in the body.
                (None, Some(endpoint)) => write!(f, ", Endpoint {endpoint}")?,
                (None, None) => {}
            }
        }
        f.write_str(")")
    }
}

impl std::error::Error for ServiceError {}

impl fmt::Debug for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The modeled body may carry what the caller considers secret; `body()` gives it to those who ask.
        let id = |id: &Option<String>| id.as_deref().map(|id| Cut(id, text::MAX_NAME).to_string());
        f.debug_struct("ServiceError")
            .field("code", &Cut(&self.code, text::MAX_NAME).to_string())
            .field("message", &self.shown_message().to_string())
            .field("status", &self.status)
            .field("request_id", &id(&self.request_id))
            .field("host_id", &id(&self.host_id))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::{TransportError, TransportErrorKind};

    fn service(code: &str, message: &str) -> ServiceError {
        ServiceError { message: message.to_owned(), ..ServiceError::bare(400, code) }
    }

    #[test]
    fn display_is_one_line_whatever_it_is_made_of() {
        let hostile = "a\r\nb\u{1b}[31m\u{0}\u{9b}\u{202e}\u{2028}c";
        let shown = "a\\r\\nb\\u{1b}[31m\\u{0}\\u{9b}\\u{202e}\\u{2028}c";
        let io = std::io::Error::other(hostile);
        let transport = TransportError::new(TransportErrorKind::Broken, hostile);
        for (error, expected) in [
            (Error::new(ErrorKind::Config, hostile), shown.to_owned()),
            (Error::new(ErrorKind::Config, "x").with_source(io), format!("x: {shown}")),
            (Error::new(ErrorKind::Config, "x").with_source(transport), format!("x: the connection broke: {shown}")),
            (Error::from_service(service(hostile, hostile)), format!("{shown}: {shown} (HTTP 400)")),
            (Error::new(ErrorKind::Config, "x").in_call(hostile, hostile), format!("{shown} {shown}: x")),
        ] {
            assert_eq!(error.to_string(), expected);
            let lines: Vec<String> = format!("{error:?}").lines().map(str::to_owned).collect();
            assert_eq!(lines.first(), Some(&expected));
            assert!(!lines.concat().contains(char::is_control), "{lines:?}");
        }
    }

    #[test]
    fn messages_of_services_are_cut_and_stay_whole_in_their_accessor() {
        let long = "ä".repeat(5000);
        let error = Error::from_service(service(&long, &long));
        let text = error.to_string();
        assert_eq!(text, format!("{}…: {}… (HTTP 400)", "ä".repeat(200), "ä".repeat(1000)));
        let service = error.service().map(|service| (service.code(), service.message()));
        assert_eq!(service, Some((long.as_str(), long.as_str())));
    }

    #[test]
    fn debug_is_the_line_and_the_causes_that_it_does_not_name() {
        #[derive(Debug)]
        struct Outer(std::io::Error);
        impl fmt::Display for Outer {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("outer")
            }
        }
        impl std::error::Error for Outer {
            fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
                Some(&self.0)
            }
        }
        let plain = Error::new(ErrorKind::Config, "what");
        assert_eq!(format!("{plain:?}"), "what");
        let error = Error::new(ErrorKind::Config, "what").with_source(Outer(std::io::Error::other("inner\nreason")));
        assert_eq!(format!("{error:?}"), "what: outer\n\nCaused by:\n    inner\\nreason");
    }
}

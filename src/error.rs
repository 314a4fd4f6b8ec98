//! The error type of the crate.
//!
//! [`Error`] is opaque. [`Error::kind`] gives its class, [`Error::service`] the service error, if the service returned
//! one. `Display` writes one readable line with the call, the field, the expected value and the value found. Messages
//! never contain secrets, so an error can be logged as it is. Control characters and line breaks in them are escaped.

mod advice;
mod classify;
mod location;
mod mask;
mod text;
mod transport;
mod waiter;

use std::fmt;
use std::time::Duration;

use http::HeaderMap;
use serde_json::Value;

pub(crate) use location::shown_location;
use location::shown_place;
pub(crate) use mask::{MASK, Secrets};
pub(crate) use text::{Cut, write_one_line};
pub(crate) use transport::Cancelled;
pub use transport::{TransportError, TransportErrorKind};
pub use waiter::{WaiterFailure, WaiterReason, WaiterState};

/// The result type of all fallible functions in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn std::error::Error + Send + Sync + 'static>;

/// The error of a call, or of its preparation.
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
    /// `Display` leaves out the source.
    source_is_detail: bool,
    /// What was received instead of a response. It is shown after the message and never contains a secret.
    note: Option<String>,
    /// What the user can do, at the end of the line.
    advice: Option<String>,
}

#[derive(Debug, Clone)]
struct Call {
    service: String,
    operation: String,
}

/// The history of a call up to its last attempt.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// The delays between the attempts.
    pub(crate) delays: Vec<Duration>,
    /// Why a retryable failure was not retried.
    pub(crate) stop_reason: Option<StopReason>,
    pub(crate) may_have_been_processed: bool,
    /// The deadline of the call had passed.
    pub(crate) out_of_time: bool,
}

/// Why a retryable failure was not retried.
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
    /// No model of that service is bundled, passed to the builder or found in a model folder. The message names similar
    /// services.
    UnknownService,
    /// The service has no operation of that name. The message names similar operations.
    UnknownOperation,
    /// The service has no waiter of that name. The message names similar waiters.
    UnknownWaiter,
    /// A model, rule set or other data file is invalid. The message names file, operation and shape.
    Model,
    /// A setting in the builder, an environment variable or a profile is missing or invalid.
    Config,
    /// No credentials or token were found, or they could not be used.
    Credentials,
    /// The parameters do not match the model. Nothing was sent.
    Validation,
    /// No endpoint could be resolved for these parameters. Nothing was sent.
    Endpoint,
    /// The request could not be signed. Nothing was sent.
    Signing,
    /// The connection failed: name resolution, connect, TLS, a reset, or a malformed or truncated response.
    Connection,
    /// A timeout or deadline expired.
    Timeout,
    /// The request body could not be read from its source.
    Body,
    /// An interceptor rejected the request or its response.
    Refused,
    /// The response could not be parsed. The message describes what was expected and what was received.
    Response,
    /// The service returned an error: see [`Error::service`].
    Service,
    /// A wait ended without success: see [`Error::waiter`].
    Waiter,
    /// The operation needs a feature that this version does not support. Nothing was sent.
    Unsupported,
    /// An error of the calling program, made by [`Error::other`]. Its source has the details.
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

    /// An error of a step that a call depends on. A connection error or timeout keeps its kind; any other error gets
    /// `otherwise`.
    pub(crate) fn caused_by(cause: Error, otherwise: ErrorKind, message: impl Into<String>) -> Self {
        let kind = if cause.is_connection_failure() { cause.kind() } else { otherwise };
        Error::new(kind, message).with_source(cause)
    }

    /// Whether no response, or only a part of one, was received.
    pub(crate) fn is_connection_failure(&self) -> bool {
        matches!(self.kind(), ErrorKind::Connection | ErrorKind::Timeout)
    }

    pub(crate) fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Adds the name of the call, unless an inner call has already added its own.
    pub(crate) fn in_call(mut self, service: &str, operation: &str) -> Self {
        if self.0.call.is_none() {
            self.0.call = Some(Call { service: service.to_owned(), operation: operation.to_owned() });
        }
        self
    }

    /// Prepends a path step (`Tags`, `[2]`) to a message that begins with a path: `[2].Key: expected ..`.
    pub(crate) fn at(mut self, step: impl fmt::Display) -> Self {
        let message = &mut self.0.message;
        let dot = if message.starts_with(['[', ':']) { "" } else { "." };
        *message = format!("{step}{dot}{message}");
        self
    }

    /// Prepends the name of the part that the message is about: `Body: not the JSON that was expected`.
    pub(crate) fn within(mut self, part: &str) -> Self {
        self.0.message = format!("{part}: {}", self.0.message);
        self
    }

    /// Adds a note after the message.
    pub(crate) fn with_note(mut self, note: &str) -> Self {
        self.0.note = Some(note.to_owned());
        self
    }

    /// Replaces text of the message that must not be shown.
    pub(crate) fn showing(mut self, shown: &str, hidden: &str) -> Self {
        self.0.message = self.0.message.replace(hidden, shown);
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = Some(attempts);
        self
    }

    /// Adds the number of attempts and the history of the call. The attempts of an inner call (for credentials) are not
    /// those of this one.
    pub(crate) fn after(mut self, attempts: u32, history: History) -> Self {
        if attempts > 0 {
            self.0.attempts = Some(attempts);
        }
        if attempts > 0 || history.out_of_time {
            self.0.history = Some(Box::new(history));
        }
        self
    }

    /// Whether the call ended because its deadline had passed.
    pub(crate) fn deadline_expired(&self) -> bool {
        self.is_timeout() && self.0.history.as_ref().is_some_and(|history| history.out_of_time)
    }

    /// Whether a deadline ended this call, or an inner call that it depends on, before all attempts were made. With
    /// more time it might have succeeded.
    pub(crate) fn ended_by_deadline(&self) -> bool {
        let history = self.0.history.as_ref();
        history.is_some_and(|history| history.out_of_time || history.stop_reason == Some(StopReason::Deadline))
            || self.0.source.as_ref().and_then(|source| source.downcast_ref()).is_some_and(Error::ended_by_deadline)
    }

    /// Adds an earlier error as the source, unless there already is a source.
    pub(crate) fn with_earlier_failure(mut self, earlier: Error) -> Self {
        self.0.source.get_or_insert_with(|| earlier.into());
        self
    }

    /// Turns this into the error of a wait. The last service error stays in it. `requests` counts the requests of all
    /// attempts.
    pub(crate) fn in_wait(mut self, kind: ErrorKind, failure: WaiterFailure, requests: u32) -> Self {
        self.0.kind = kind;
        self.0.waiter = Some(Box::new(failure));
        self.with_attempts(requests)
    }

    /// Removes the service error, to be put back by [`with_service`](Self::with_service).
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

    /// The service error, if the service returned one.
    pub fn service(&self) -> Option<&ServiceError> {
        self.0.service.as_ref()
    }

    /// How a wait ended, if this is the error of a wait.
    pub fn waiter(&self) -> Option<&WaiterFailure> {
        self.0.waiter.as_deref()
    }

    /// The name of the called service, if a call had begun.
    pub fn service_name(&self) -> Option<&str> {
        self.0.call.as_ref().map(|call| call.service.as_str())
    }

    /// The name of the operation as in the model (`SendMessage`), if a call had begun.
    pub fn operation(&self) -> Option<&str> {
        self.0.call.as_ref().map(|call| call.operation.as_str())
    }

    /// The number of requests sent; 0 if the call failed before the first one.
    pub fn attempts(&self) -> u32 {
        self.0.attempts.unwrap_or(0)
    }

    /// The delays after failed attempts, in order. Empty if there was only one attempt.
    pub fn delays(&self) -> &[Duration] {
        self.0.history.as_ref().map_or(&[], |history| &history.delays)
    }

    /// Whether the service may have processed the request although the call failed.
    ///
    /// It is true if at least one attempt got a server error, or no complete response after the request was sent.
    /// Without an idempotency token, check before you call again.
    pub fn may_have_been_processed(&self) -> bool {
        self.0.history.as_ref().is_some_and(|history| history.may_have_been_processed)
    }

    /// Whether the service throttled the call: by error code or by status 429.
    pub fn is_throttling(&self) -> bool {
        self.service().is_some_and(|service| service.status == 429 || THROTTLING_CODES.contains(&service.code.as_str()))
    }

    /// Whether a timeout or deadline expired.
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Timeout
    }
}

/// The throttling error codes, from botocore's `retries/standard.py: ThrottledRetryableChecker`.
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

/// The line of `Display`, followed by the causes that the line does not contain: `fn main() -> tucuxi::Result<()>`
/// prints this to the user.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut written = self.0.to_string();
        f.write_str(&written)?;
        let mut cause = std::error::Error::source(self);
        let mut is_first = true;
        // An error from another crate may return itself as its source.
        for _ in 0..MAX_CAUSES {
            let Some(error) = cause else { break };
            let line = Cause(error).to_string();
            if !written.contains(&line) {
                write!(f, "{}{line}", if is_first { "\n\nCaused by:\n    " } else { "\n    " })?;
                is_first = false;
                written.push_str(&line);
            }
            cause = error.source();
        }
        Ok(())
    }
}

/// The maximum number of causes in `Debug`.
const MAX_CAUSES: usize = 32;

/// A cause as part of one line. Errors of this crate limit their own length; all others are cut.
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

/// The `Display` line: call, message or service error, source, attempts, advice.
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
            // The response was not received in a call of this crate.
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

/// What follows the number of attempts: the delays, why there was no further retry, and whether the request may have
/// been processed.
fn history_line(history: &History, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, delay) in history.delays.iter().enumerate() {
        let separator = if index == 0 { " with pauses of " } else { ", " };
        write!(f, "{separator}{} ms", delay.as_millis())?;
    }
    if let Some(stop_reason) = history.stop_reason {
        write!(f, "; {}", stop_reason.text())?;
    }
    if history.may_have_been_processed {
        f.write_str("; it may have been processed")?;
    }
    Ok(())
}

/// The `Display` line of a wait: the waiter, how it ended, and the last service error.
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

/// An error returned by a service.
///
/// It has the error code, the message, the HTTP status and headers, the request id and the members of the modeled
/// error.
#[derive(Clone)]
pub struct ServiceError {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) status: u16,
    pub(crate) request_id: Option<String>,
    pub(crate) host_id: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) query_code: Option<String>,
    /// Other fields of the error response by name.
    pub(crate) details: Vec<(String, String)>,
    pub(crate) body: Value,
    /// Boxed, because most callers do not read them.
    pub(crate) headers: Box<HeaderMap>,
    pub(crate) in_event_stream: bool,
    /// The message for `Display` and `Debug`, if the original one repeats secrets.
    #[allow(clippy::box_collection, reason = "it is rare, and the rest is passed by value")]
    pub(crate) masked: Option<Box<String>>,
}

#[cfg(test)]
impl ServiceError {
    /// A service error with a status and a code only.
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
    /// The error code: `NoSuchBucket`, `AWS.SimpleQueueService.NonExistentQueue`.
    ///
    /// It is read as in botocore. If botocore finds none, it is the code that a gateway or emulator gives in another
    /// format, or the HTTP status as text (`"404"`) if the response has no code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The error message, complete and as the service sent it.
    ///
    /// If there is none, it is other text of the body (the title of an HTML page, plain text), or the reason phrase of
    /// the status. It is empty if the service sent a code and no message. `Display` cuts it at 1,000 characters and
    /// masks secrets of the request in it.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The HTTP status of the response.
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

    /// The party that caused the error (`Sender` or `Receiver`), if the protocol reports it.
    pub fn fault(&self) -> Option<&str> {
        self.kind.as_deref()
    }

    /// The name of the error's shape, if it differs from [`code`](Self::code).
    ///
    /// Query-compatible services return the code of their older protocol; the name of the shape (`QueueDoesNotExist`)
    /// is here.
    pub fn shape_code(&self) -> Option<&str> {
        self.query_code.as_deref()
    }

    /// Another field of the error response, read without a model.
    pub(crate) fn detail(&self, name: &str) -> Option<&str> {
        self.details.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str())
    }

    /// The headers of the response.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Whether the error arrived in an event stream, after the response had begun as a success.
    /// [`status`](Self::status) is then that of the success.
    pub fn is_in_event_stream(&self) -> bool {
        self.in_event_stream
    }

    /// The members of the modeled error, in the crate's value convention. An empty object if the error is not modeled.
    pub fn body(&self) -> &Value {
        &self.body
    }
}

impl ServiceError {
    /// The message with secrets masked and its length limited.
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
                // S3 returns a host in the body.
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
        // The modeled body may contain secrets, so only `body()` returns it.
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

    fn service(code: &str, message: &str) -> ServiceError {
        ServiceError { message: message.to_owned(), ..ServiceError::bare(400, code) }
    }

    #[test]
    fn display_is_one_line() {
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
    fn display_cuts_service_messages_and_accessors_do_not() {
        let long = "ä".repeat(5000);
        let error = Error::from_service(service(&long, &long));
        let text = error.to_string();
        assert_eq!(text, format!("{}…: {}… (HTTP 400)", "ä".repeat(200), "ä".repeat(1000)));
        let service = error.service().map(|service| (service.code(), service.message()));
        assert_eq!(service, Some((long.as_str(), long.as_str())));
    }

    #[test]
    fn debug_adds_the_causes_that_display_does_not_contain() {
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

//! The error type of the crate.
//!
//! [`Error`] is opaque. [`Error::kind`] gives its class, [`Error::service`] the service error, if the service returned
//! one. `Display` writes one readable line with the call, the field, the expected value and the value found. Messages
//! never contain secrets, so an error can be logged as it is. Control characters and line breaks in them are escaped.

mod advice;
mod classify;
mod display;
mod history;
mod kind;
mod location;
mod mask;
mod not_configured;
mod service;
mod text;
mod transport;
mod waiter;

use std::fmt;
use std::time::Duration;

use serde_json::Value;

pub(crate) use classify::THROTTLING_CODES;
pub(crate) use history::{History, StopReason};
pub use kind::ErrorKind;
pub(crate) use location::shown_location;
pub(crate) use mask::{MASK, Secrets};
pub use not_configured::NotConfigured;
pub use service::ServiceError;
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
pub struct Error(Box<ErrorData>);

#[derive(thiserror::Error)]
#[error("{}", display::ErrorLine(self))]
struct ErrorData {
    kind: ErrorKind,
    call: Option<CallName>,
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
    /// An upload whose parts remain in the store.
    upload_id: Option<String>,
    /// The part of a batch that was not carried out.
    unprocessed: Vec<Value>,
    missing: Option<NotConfigured>,
    url: Option<String>,
}

#[derive(Debug, Clone)]
struct CallName {
    service: String,
    /// `None` if no operation was found.
    operation: Option<String>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error(Box::new(ErrorData {
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
            upload_id: None,
            unprocessed: Vec::new(),
            missing: None,
            url: None,
        }))
    }

    pub(crate) fn from_service(service: ServiceError) -> Self {
        Error::new(ErrorKind::Service, "").with_service(service)
    }

    /// An error of a step that a call depends on. A connection error, a timeout and a cancellation keep their kind; any
    /// other error gets `otherwise`.
    pub(crate) fn caused_by(cause: Error, otherwise: ErrorKind, message: impl Into<String>) -> Self {
        let keeps_kind = cause.is_connection_failure() || cause.is_cancelled();
        let kind = if keeps_kind { cause.kind() } else { otherwise };
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
        if self.operation().is_none() {
            self.0.call = Some(CallName { service: service.to_owned(), operation: Some(operation.to_owned()) });
        }
        self
    }

    /// Adds the name of the service to an error whose message has it already.
    pub(crate) fn in_service(mut self, service: &str) -> Self {
        self.0.call = Some(CallName { service: service.to_owned(), operation: None });
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

    /// Adds the id of an upload whose parts remain in the store.
    pub(crate) fn with_upload_id(mut self, id: &str) -> Self {
        self.0.upload_id = Some(id.to_owned());
        self
    }

    /// Adds the part of a batch that was not carried out.
    pub(crate) fn with_unprocessed(mut self, unprocessed: Vec<Value>) -> Self {
        self.0.unprocessed = unprocessed;
        self
    }

    /// Replaces text of the message that must not be shown.
    pub(crate) fn showing(mut self, shown: &str, hidden: &str) -> Self {
        self.0.message = self.0.message.replace(hidden, shown);
        self
    }

    /// Adds the URL of the request that got no response.
    pub(crate) fn with_url(mut self, url: String) -> Self {
        self.0.url = Some(url);
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

    /// The name of the service, if a call had begun or its operation or waiter is unknown.
    pub fn service_name(&self) -> Option<&str> {
        self.0.call.as_ref().map(|call| call.service.as_str())
    }

    /// The name of the operation as in the model (`SendMessage`), if a call had begun.
    pub fn operation(&self) -> Option<&str> {
        self.0.call.as_ref()?.operation.as_deref()
    }

    /// The number of requests sent; 0 if the call failed before the first one.
    pub fn attempts(&self) -> u32 {
        self.0.attempts.unwrap_or(0)
    }

    /// The id of the upload that a transfer has left in the store, because it was to be kept or because it could not be aborted:
    /// see [`s3::Upload::resume`](crate::s3::Upload::resume).
    pub fn upload_id(&self) -> Option<&str> {
        self.0.upload_id.as_deref()
    }

    /// The part of a batch that was not carried out: requests of a [`dynamodb::BatchWriter`](crate::dynamodb::BatchWriter), keys of a
    /// [`dynamodb::BatchGet`](crate::dynamodb::BatchGet), entries of an [`EntryBatch`](crate::EntryBatch). Empty for other errors. The
    /// text of the error does not have it.
    pub fn unprocessed(&self) -> &[Value] {
        &self.0.unprocessed
    }

    /// Whether the last attempt that the retry settings allow was made. Retries end earlier if another attempt would not help.
    pub fn attempts_exhausted(&self) -> bool {
        self.0.history.as_ref().is_some_and(|history| history.exhausted)
    }

    /// The URL of the last request, if it got no response. It may have parameters in its path and query, which the text of the
    /// error leaves out.
    pub fn url(&self) -> Option<&str> {
        self.0.url.as_deref()
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
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

//! [`ServiceError`]: an error that a service returned.

use std::fmt;

use http::HeaderMap;
use serde_json::Value;

use super::location::shown_place;
use super::{Cut, shown_location, text};

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

    /// Another field of an error response in XML, read without a model: the `Endpoint` of a redirect by S3.
    pub fn detail(&self, name: &str) -> Option<&str> {
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

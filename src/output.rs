//! [`Output`]: the result of a call.

use std::fmt;
use std::iter::FusedIterator;

use http::{HeaderMap, HeaderName};
use serde_json::Value;

use crate::body::Body;
use crate::error::Result;
use crate::protocol::typed::Sink;
use crate::value;

/// The response of an operation, from [`Request::send`](crate::Request::send) or
/// [`Client::parse_response`](crate::Client::parse_response).
///
/// Its `Debug` shows the names of the value's members without their contents, which may be credentials.
#[non_exhaustive]
pub struct Output {
    /// The members of the operation's output: an object, in the value convention of the crate.
    pub value: Value,
    /// The streaming payload of operations that return bytes (`GetObject`'s `Body`, `Invoke`'s `Payload`); not part of
    /// `value`. Empty for all other operations.
    pub body: Body,
    /// The events of operations that return an event stream (`SelectObjectContent`, `ConverseStream`,
    /// `SubscribeToShard`); not part of `value`. `None` for all other operations.
    pub events: Option<EventStream>,
    /// Status, headers and ids of the response.
    pub metadata: Metadata,
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output")
            .field("value", &value::outline(&self.value))
            .field("body", &self.body)
            .field("events", &self.events)
            .field("metadata", &self.metadata)
            .finish()
    }
}

/// As [`Output`], with the members as a type of the caller: from [`Request::send_as`](crate::Request::send_as).
///
/// Its `Debug` shows nothing of the value.
#[non_exhaustive]
pub struct TypedOutput<T> {
    /// The members of the operation's output.
    pub value: T,
    /// As [`Output::body`].
    pub body: Body,
    /// As [`Output::events`]. [`EventStream::events_as`] reads them into a type.
    pub events: Option<EventStream>,
    /// Status, headers and ids of the response.
    pub metadata: Metadata,
}

impl<T> fmt::Debug for TypedOutput<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedOutput")
            .field("body", &self.body)
            .field("events", &self.events)
            .field("metadata", &self.metadata)
            .finish_non_exhaustive()
    }
}

/// An iterator of events, which reads them from the connection on demand.
///
/// Each event is an object with one member: the name is the event's type, the value has the event's members in the
/// value convention of the crate. Events of types unknown to the model are logged and skipped. Dropping the stream
/// closes its connection.
///
/// ```no_run
/// use serde_json::json;
/// let bedrock = tucuxi::client("bedrock-runtime")?;
/// let response = bedrock.request("converse_stream").params(json!({
///     "modelId": "amazon.nova-lite-v1:0",
///     "messages": [{"role": "user", "content": [{"text": "What is a tucuxi?"}]}],
/// })).send()?;
/// for event in response.events.into_iter().flatten() {
///     if let Some(text) = event?["contentBlockDelta"]["delta"]["text"].as_str() {
///         print!("{text}");
///     }
/// }
/// # Ok::<(), tucuxi::Error>(())
/// ```
///
/// # Errors
/// An error is the last item, and is never retried:
///
/// - [`ErrorKind::Service`](crate::ErrorKind::Service): the service sent an error in the stream.
/// - [`Connection`](crate::ErrorKind::Connection): the stream broke off, possibly in the middle of an event.
/// - [`Timeout`](crate::ErrorKind::Timeout): nothing arrived within the client's read timeout.
/// - [`Response`](crate::ErrorKind::Response): the data is not an event stream, does not match the model, or ends
///   without the event that is documented as the last (S3's `End`, Lambda's `InvokeComplete`).
pub struct EventStream {
    events: Box<dyn NextEvent>,
    pub(crate) service: String,
    pub(crate) operation: String,
}

/// The events of a stream. They end after the first error.
pub(crate) trait NextEvent: Send {
    /// The next event. If `sink` has taken it, the value is null.
    fn next_event(&mut self, sink: Option<&Sink<'_>>) -> Option<Result<Value>>;
}

impl EventStream {
    pub(crate) fn new(events: impl NextEvent + 'static, service: &str, operation: &str) -> Self {
        EventStream { events: Box::new(events), service: service.to_owned(), operation: operation.to_owned() }
    }
}

impl NextEvent for EventStream {
    fn next_event(&mut self, sink: Option<&Sink<'_>>) -> Option<Result<Value>> {
        self.events.next_event(sink)
    }
}

impl Iterator for EventStream {
    type Item = Result<Value>;

    fn next(&mut self) -> Option<Result<Value>> {
        self.next_event(None)
    }
}

impl FusedIterator for EventStream {}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Events may be confidential, so none are shown.
        f.write_str("EventStream(..)")
    }
}

/// Status, headers and ids of a response. Its `Debug` shows the names of the headers without their values.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Metadata {
    /// The request id, to quote to AWS support.
    pub request_id: Option<String>,
    /// S3's second request id (`x-amz-id-2`).
    pub host_id: Option<String>,
    /// The HTTP status.
    pub status: u16,
    /// All headers of the response.
    pub headers: HeaderMap,
    /// The algorithm of the checksum that validates the body, in lower case. A stream in [`Output::body`] is validated
    /// while it is read.
    pub checksum_algorithm: Option<&'static str>,
    /// The number of requests sent for it; 0 for a response given to
    /// [`Client::parse_response`](crate::Client::parse_response).
    pub attempts: u32,
}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.keys().map(HeaderName::as_str).collect();
        f.debug_struct("Metadata")
            .field("request_id", &self.request_id)
            .field("host_id", &self.host_id)
            .field("status", &self.status)
            .field("headers", &names)
            .field("checksum_algorithm", &self.checksum_algorithm)
            .field("attempts", &self.attempts)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use serde_json::json;

    use super::*;

    #[test]
    fn debug_hides_values() {
        let value = json!({"Credentials": {"SecretAccessKey": "hush"}});
        let mut metadata = Metadata::default();
        metadata.headers.insert("set-cookie", HeaderValue::from_static("hush"));
        let output = Output { value, body: Body::from("hush"), events: None, metadata };
        let shown = format!("{output:?}");
        assert!(shown.contains("Credentials") && shown.contains("set-cookie") && !shown.contains("hush"), "{shown}");
    }
}

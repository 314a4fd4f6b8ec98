//! What a call gives back.

use std::fmt;
use std::iter::FusedIterator;

use http::{HeaderMap, HeaderName};
use serde_json::Value;

use crate::body::Body;
use crate::error::Result;
use crate::value;

/// The answer to a request that was sent with [`Request::send`](crate::Request::send), or that
/// [`Client::parse_response`](crate::Client::parse_response) has read.
///
/// Its `Debug` names the members of the value and not what they hold: credentials come as values, too.
#[non_exhaustive]
pub struct Output {
    /// The members of the operation's output, in the value convention of the crate; an object.
    pub value: Value,
    /// The payload of operations that answer with bytes (`GetObject`'s `Body`, `Invoke`'s `Payload`): a stream, not part of
    /// `value`. Empty for all other operations.
    pub body: Body,
    /// The events of operations that answer with a stream of them (`SelectObjectContent`, `ConverseStream`,
    /// `SubscribeToShard`); not part of `value`. `None` for all other operations.
    pub events: Option<EventStream>,
    /// What is known of the answer besides.
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

/// Events, read from the connection as they are asked for.
///
/// Each is an object with one member: its type, and in it the event's members in the value convention of the crate. Events
/// of types that the model does not know are passed over, with a word in the log. To drop the stream is to close its
/// connection.
///
/// ```no_run
/// use serde_json::json;
/// let bedrock = tucuxi::client("bedrock-runtime")?;
/// let answer = bedrock.request("converse_stream").params(json!({
///     "modelId": "amazon.nova-lite-v1:0",
///     "messages": [{"role": "user", "content": [{"text": "What is a tucuxi?"}]}],
/// })).send()?;
/// for event in answer.events.into_iter().flatten() {
///     if let Some(text) = event?["contentBlockDelta"]["delta"]["text"].as_str() {
///         print!("{text}");
///     }
/// }
/// # Ok::<(), tucuxi::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::Service`](crate::ErrorKind::Service) for an error that the service sends in the stream;
/// [`Connection`](crate::ErrorKind::Connection) for a stream that breaks off, also in the middle of an event;
/// [`Timeout`](crate::ErrorKind::Timeout) where nothing comes for as long as the client's read time-out;
/// [`Response`](crate::ErrorKind::Response) for what is no event stream, does not fit the model, or ends without the event that
/// is documented as the last (S3's `End`, Lambda's `InvokeComplete`). An error is the last item. Nothing is sent again for it.
pub struct EventStream(Box<dyn Iterator<Item = Result<Value>> + Send>);

impl EventStream {
    /// `events` ends behind its first error.
    pub(crate) fn new(events: impl Iterator<Item = Result<Value>> + Send + 'static) -> Self {
        EventStream(Box::new(events))
    }
}

impl Iterator for EventStream {
    type Item = Result<Value>;

    fn next(&mut self) -> Option<Result<Value>> {
        self.0.next()
    }
}

impl FusedIterator for EventStream {}

impl fmt::Debug for EventStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Nothing of its events: they may be confidential.
        f.write_str("EventStream(..)")
    }
}

/// What is known of an answer besides its members. Its `Debug` names the headers and not what they hold.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Metadata {
    /// The id to quote to AWS support.
    pub request_id: Option<String>,
    /// S3's second id.
    pub host_id: Option<String>,
    /// The HTTP status.
    pub status: u16,
    /// All headers of the answer.
    pub headers: HeaderMap,
    /// The algorithm of the checksum that the body was checked by, in lower case; a stream in [`Output::body`] is checked while it
    /// is read.
    pub checksum_algorithm: Option<&'static str>,
    /// How many requests were sent for it; 0 for an answer that came from elsewhere.
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
    fn values_do_not_show() {
        let value = json!({"Credentials": {"SecretAccessKey": "hush"}});
        let mut metadata = Metadata::default();
        metadata.headers.insert("set-cookie", HeaderValue::from_static("hush"));
        let output = Output { value, body: Body::from("hush"), events: None, metadata };
        let shown = format!("{output:?}");
        assert!(shown.contains("Credentials") && shown.contains("set-cookie") && !shown.contains("hush"), "{shown}");
    }
}

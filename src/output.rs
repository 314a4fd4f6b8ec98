//! What a call gives back.

use http::HeaderMap;
use serde_json::Value;

use crate::body::Body;

/// The answer to a request that was sent with [`Request::send`](crate::Request::send), or that
/// [`Client::parse_response`](crate::Client::parse_response) has read.
#[derive(Debug)]
#[non_exhaustive]
pub struct Output {
    /// The members of the operation's output, in the value convention of the crate; an object.
    pub value: Value,
    /// The payload of operations that answer with bytes (`GetObject`'s `Body`, `Invoke`'s `Payload`): a stream, not part of
    /// `value`. Empty for all other operations.
    pub body: Body,
    /// What is known of the answer besides.
    pub metadata: Metadata,
}

/// What is known of an answer besides its members.
#[derive(Debug, Clone, Default)]
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

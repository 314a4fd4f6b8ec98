//! [`Draft`]: the request before its URL is assembled.

use std::borrow::Cow;

use http::{HeaderMap, Method};

use crate::body::Body;
use crate::protocol::Serialized;

/// A serialized request before its URL is assembled.
pub(crate) struct Draft<'e> {
    /// The endpoint URL.
    pub(crate) endpoint: Cow<'e, str>,
    /// The prefix of the endpoint's host.
    pub(crate) host_prefix: String,
    pub(crate) method: Method,
    /// The percent-encoded path and, after `?`, the query.
    pub(crate) path_and_query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    /// Whether the caller gave a blob payload, even an empty one.
    pub(crate) has_payload: bool,
}

impl<'e> Draft<'e> {
    /// `body` overrides the serialized body: the payload that the caller gave separately from the parameters.
    pub(crate) fn new(
        request: Serialized,
        endpoint: &'e str,
        host_prefix: String,
        body: Option<Body>,
        has_payload: bool,
    ) -> Self {
        Draft {
            endpoint: Cow::Borrowed(endpoint),
            host_prefix,
            method: request.method,
            path_and_query: request.path_and_query,
            headers: request.headers,
            body: body.unwrap_or_else(|| Body::from(request.body)),
            has_payload,
        }
    }
}

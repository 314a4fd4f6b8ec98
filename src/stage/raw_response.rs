//! [`RawResponse`]: the response before it is parsed.

use http::HeaderMap;

/// A response before it is parsed; its body is in memory unless it is streamed.
pub(crate) struct RawResponse {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// Headers that are hidden from the parser; the output has them.
    pub(crate) withheld: HeaderMap,
    /// `None` for a streamed payload.
    pub(crate) body: Option<Vec<u8>>,
}

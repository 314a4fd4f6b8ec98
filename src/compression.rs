//! Request compression for operations with the `requestcompression` trait.
//! <https://smithy.io/2.0/spec/behavior-traits.html#smithy-api-requestcompression-trait>

use http::HeaderValue;
use http::header::CONTENT_ENCODING;

use crate::body::Body;
use crate::codec::gzip;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::model::operation::Operation;
use crate::stage::Draft;

/// Compresses an in-memory body of at least the configured size, and returns whether it did. Streams stay uncompressed:
/// their compressed length is unknown before sending, and some services require the length.
pub(crate) fn apply(draft: &mut Draft<'_>, operation: &Operation, config: &Config) -> Result<bool> {
    if !operation.request_compression.iter().any(|encoding| encoding == "gzip")
        || config.disable_request_compression()?.value
    {
        return Ok(false);
    }
    let min_size = config.request_min_compression_size_bytes()?.value as usize;
    let Some(body) = draft.body.as_bytes().filter(|body| body.len() >= min_size) else { return Ok(false) };
    let compressed = gzip::deflate(body)
        .map_err(|error| Error::new(ErrorKind::Body, "the body could not be compressed").with_source(error))?;
    draft.body = Body::from(compressed);
    let encoding = match draft.headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok()) {
        Some(before) => format!("{before},gzip"),
        None => "gzip".to_owned(),
    };
    let encoding = HeaderValue::try_from(encoding)
        .map_err(|_| Error::new(ErrorKind::Body, "the content encoding is not a valid header value"))?;
    draft.headers.insert(CONTENT_ENCODING, encoding);
    Ok(true)
}

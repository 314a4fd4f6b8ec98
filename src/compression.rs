//! Compression of requests, for the operations that the model says it of (`requestcompression`).
//! <https://smithy.io/2.0/spec/behavior-traits.html#smithy-api-requestcompression-trait>

use http::HeaderValue;
use http::header::CONTENT_ENCODING;

use crate::body::Body;
use crate::codec::gzip;
use crate::config::Config;
use crate::customize::Draft;
use crate::error::{Error, ErrorKind, Result};
use crate::model::operation::Operation;

/// Compresses the body where it is large enough to be worth it and held in memory. Streams go as they are: what they become
/// is not known before they are sent, and services that want the length would refuse them. Gives whether it did.
pub(crate) fn apply(draft: &mut Draft<'_>, operation: &Operation, config: &Config) -> Result<bool> {
    if !operation.request_compression.iter().any(|encoding| encoding == "gzip")
        || config.disable_request_compression()?.value
    {
        return Ok(false);
    }
    let least = config.request_min_compression_size_bytes()?.value as usize;
    let Some(body) = draft.body.as_bytes().filter(|body| body.len() >= least) else { return Ok(false) };
    let compressed = gzip::deflate(body)
        .map_err(|error| Error::new(ErrorKind::Body, "the body could not be compressed").with_source(error))?;
    draft.body = Body::from(compressed);
    let encoding = match draft.headers.get(CONTENT_ENCODING).and_then(|value| value.to_str().ok()) {
        Some(before) => format!("{before},gzip"),
        None => "gzip".to_owned(),
    };
    let encoding = HeaderValue::try_from(encoding)
        .map_err(|_| Error::new(ErrorKind::Body, "the content encoding cannot stand in a header"))?;
    draft.headers.insert(CONTENT_ENCODING, encoding);
    Ok(true)
}

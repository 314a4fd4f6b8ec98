//! The trace header with which Lambda detects functions that call themselves recursively.
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html>

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::codec::percent;
use crate::config::Environment;
use crate::error::Result;

const HEADER: HeaderName = HeaderName::from_static("x-amzn-trace-id");

/// Adds the trace of the current event (botocore's `handlers.py: add_recursion_detection_header`).
pub(super) fn add(headers: &mut HeaderMap, environment: &Environment) -> Result<()> {
    let Some(trace) = environment.non_empty("_X_AMZN_TRACE_ID")? else { return Ok(()) };
    if headers.contains_key(HEADER) {
        return Ok(());
    }
    let mut text = String::with_capacity(trace.len());
    percent::push_encoded_trace(&mut text, &trace);
    // The encoding leaves only characters that are valid in a header.
    if let Ok(value) = HeaderValue::try_from(text) {
        headers.insert(HEADER, value);
    }
    Ok(())
}

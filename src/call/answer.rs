//! The answer to a request, read by the operation's model.

use std::io::Read;

use http::HeaderMap;
use serde_json::Value;

use crate::body::Body;
use crate::checksum::{self, Announced, Mismatch};
use crate::customize::{Context, RawResponse};
use crate::error::{Error, ErrorKind, History, Result};
use crate::model::operation::Operation;
use crate::output::{Metadata, Output};
use crate::protocol::{self, Received};
use crate::value;

/// Reads a response by the operation's model. `attempts` goes into the metadata. A stream of events is left in the body.
pub(crate) fn receive(context: &Context<'_>, response: http::Response<Body>, attempts: u32) -> Result<Output> {
    let (parts, mut body) = response.into_parts();
    let operation = context.operation;
    let status = parts.status.as_u16();
    let is_stream = status < 300 && operation.answers_with_stream();
    let is_checked = status < 300 && context.checks_answer;
    let announced = if is_checked { checksum::announced(operation, &parts.headers) } else { None };
    let checksum_algorithm = announced.as_ref().map(Announced::algorithm);
    let buffered = if is_stream {
        if let Some(announced) = announced {
            body = checksum::verified(body, announced);
        }
        None
    } else {
        let bytes = read_body(&mut body, status)?;
        announced.map_or(Ok(()), |announced| announced.check(&bytes)).map_err(|mismatch| garbled(&mismatch))?;
        Some(bytes)
    };
    let mut response = RawResponse { status, headers: parts.headers, withheld: HeaderMap::new(), body: buffered };
    operation.quirks.response(&mut response, context)?;
    let received = Received {
        status: response.status,
        headers: &response.headers,
        body: response.body.as_deref(),
        max_memory: protocol::MAX_MEMORY,
    };
    if received.status >= 300 {
        return Err(protocol::parse_error(context.service, &received)?);
    }
    let mut parsed = context.service.protocol.parse(operation, &received)?;
    operation.quirks.output(&mut parsed.value, &response, context)?;
    response.headers.extend(response.withheld);
    let (request_id, host_id) = protocol::request_ids(&response.headers);
    Ok(Output {
        value: Value::Object(parsed.value),
        body: if is_stream { body } else { Body::empty() },
        events: None,
        metadata: Metadata {
            request_id: parsed.request_id.or(request_id),
            host_id,
            status: response.status,
            headers: response.headers,
            checksum_algorithm,
            attempts,
        },
    })
}

/// Puts a streamed payload, or all events of a stream, into the value, as the plain `call` gives it.
pub(crate) fn into_value(operation: &Operation, output: Output) -> Result<Value> {
    let Output { mut value, body, events, metadata } = output;
    if let (Some(member), Value::Object(members), Some(events)) = (operation.event_stream_output(), &mut value, events)
    {
        members.insert(member.name.to_string(), events.collect::<Result<_>>()?);
    }
    if let (Some(member), Value::Object(members)) = (operation.streaming_output(), &mut value) {
        let bytes = body.into_bytes().map_err(|error| {
            let history = History { may_have_been_processed: true, ..History::default() };
            broken_body(error).after(metadata.attempts, history)
        })?;
        members.insert(member.name.to_string(), value::blob(bytes));
    }
    Ok(value)
}

/// Reads a body that is no stream. The limits are far above what any service answers; they keep a broken or hostile server
/// from filling the memory.
fn read_body(body: &mut Body, status: u16) -> Result<Vec<u8>> {
    const MOST: u64 = 1 << 30;
    const MOST_OF_AN_ERROR: u64 = 8 << 20;
    let is_error = status >= 300;
    let limit = if is_error { MOST_OF_AN_ERROR } else { MOST };
    let expected = body.len().unwrap_or(0).min(limit).min(16 << 20);
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0));
    body.take(limit + 1).read_to_end(&mut bytes).map_err(broken_body)?;
    if bytes.len() as u64 > limit && !is_error {
        return Err(Error::new(ErrorKind::Response, format!("the answer is larger than {limit} bytes")));
    }
    Ok(bytes)
}

/// Not to be repeated, as in botocore: whoever serves a garbled object serves it again.
fn garbled(mismatch: &Mismatch) -> Error {
    Error::new(ErrorKind::Response, mismatch.to_string())
}

pub(super) fn broken_body(error: std::io::Error) -> Error {
    if let Some(mismatch) = error.get_ref().and_then(|inner| inner.downcast_ref::<Mismatch>()) {
        return garbled(mismatch);
    }
    let kind = match error.kind() {
        std::io::ErrorKind::TimedOut | std::io::ErrorKind::WouldBlock => ErrorKind::Timeout,
        _ => ErrorKind::Connection,
    };
    Error::new(kind, "the answer broke off").with_source(error)
}

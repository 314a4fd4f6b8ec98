//! The step *read*: makes the output or the service error from a response.

mod output;

use std::io::Read;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, Uri};
use serde_json::Value;

use super::Call;
use super::error::CallError;
use crate::body::Body;
use crate::checksum::{self, Announced, Mismatch};
use crate::error::{Cancelled, Error, ErrorKind, History, Result};
use crate::model::operation::Operation;
use crate::output::{Metadata, Output};
use crate::protocol::typed::Sink;
use crate::protocol::{self, Received};
use crate::stage::RawResponse;
use crate::transport::{SecretTarget, redacted};
use crate::value;

/// Reads a response by the operation's model. `attempts` goes into the metadata, `url` into the error of an unreadable
/// response. An event stream stays in the body. If `sink` has taken the output, the value is null.
pub(super) fn read(
    call: &Call<'_>,
    response: http::Response<Body>,
    attempts: u32,
    url: Option<&Uri>,
    sink: Option<&Sink<'_>>,
) -> Result<Output> {
    let Call { plan, context, .. } = call;
    let (parts, body) = response.into_parts();
    let operation = &plan.operation;
    let (status, limit) = (parts.status.as_u16(), context.config.max_response_size()?.value);
    let max_memory = max_memory(limit);
    let is_stream = is_success(status) && operation.streams_response();
    let is_checked = is_success(status) && context.checks_response;
    let announced = if is_checked { checksum::announced(operation, status, &parts.headers) } else { None };
    let checksum_algorithm = announced.as_ref().map(Announced::algorithm);
    let (body, buffered) = match (is_stream, announced) {
        (true, Some(announced)) => (checksum::verified(body, announced), None),
        (true, None) => (body, None),
        (false, announced) => {
            let bytes = buffer(call, body, &parts, limit)?;
            announced
                .map_or(Ok(()), |announced| announced.check(&bytes))
                .map_err(|mismatch| checksum_error(&mismatch))?;
            (Body::empty(), Some(bytes))
        }
    };
    let mut response = RawResponse { status, headers: parts.headers, withheld: HeaderMap::new(), body: buffered };
    plan.quirks.response(&mut response, context)?;
    let (status, headers, body_read) = (response.status, &response.headers, response.body.as_deref());
    let received = Received { status, headers, body: body_read, max_memory, rule: None };
    if !is_success(received.status) {
        return Err(call.service_error(&received)?);
    }
    let (request_id_in_body, value) = match sink.and_then(|sink| output::read_into(sink, call, &received)) {
        Some(parsed) => (parsed.request_id, Value::Null),
        None => {
            let mut parsed = match output::parse(call, &received) {
                Ok(parsed) => parsed,
                Err(error) => return Err(unreadable_error(call, error, response, url)),
            };
            plan.quirks.output(&mut parsed.value, &response, context)?;
            (parsed.request_id, Value::Object(parsed.value))
        }
    };
    let metadata = metadata(response, request_id_in_body, checksum_algorithm, attempts);
    Ok(Output { value, body, events: None, metadata })
}

fn metadata(
    mut response: RawResponse,
    request_id_in_body: Option<String>,
    checksum_algorithm: Option<&'static str>,
    attempts: u32,
) -> Metadata {
    response.headers.extend(response.withheld);
    let (request_id, host_id) = protocol::request_ids(&response.headers);
    Metadata {
        request_id: request_id_in_body.or(request_id),
        host_id,
        status: response.status,
        headers: response.headers,
        checksum_algorithm,
        attempts,
    }
}

/// Reads the body into memory.
fn buffer(call: &Call<'_>, mut body: Body, head: &http::response::Parts, limit: u64) -> Result<Vec<u8>> {
    let status = head.status.as_u16();
    if is_success(status) && body.as_bytes().is_some_and(|bytes| bytes.len() as u64 <= limit) {
        return body.into_bytes().map_err(broken_body);
    }
    let mut bytes = Vec::new();
    read_body(&mut body, status, limit, &mut bytes).map_err(|error| {
        let max_memory = max_memory(limit);
        add_partial_error(
            call,
            error,
            &Received { status, headers: &head.headers, body: Some(&bytes), max_memory, rule: None },
        )
    })?;
    Ok(bytes)
}

fn max_memory(limit: u64) -> usize {
    protocol::max_memory(usize::try_from(limit).unwrap_or(usize::MAX))
}

impl Call<'_> {
    fn service_error(&self, received: &Received<'_>) -> Result<Error> {
        let service = &self.client.service;
        protocol::parse_error(service.protocol, &service.model, received)
    }
}

/// 1xx is not a success: it is either not final, or a response to a request that was not sent.
fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

/// The error of a success that could not be parsed: the service error in its body, or a description of what came
/// instead.
fn unreadable_error(call: &Call<'_>, error: Error, mut response: RawResponse, url: Option<&Uri>) -> Error {
    if error.kind() != ErrorKind::Response {
        return error;
    }
    let (status, service) = (response.status, &call.client.service);
    call.plan.quirks.unreadable(&mut response, &call.context);
    let received = Received {
        status: response.status,
        headers: &response.headers,
        body: response.body.as_deref(),
        max_memory: protocol::MAX_MEMORY,
        rule: None,
    };
    if !is_success(received.status) {
        let error = call.service_error(&received).unwrap_or(error);
        // A document that is no error says nothing itself.
        let is_unexplained = error.service().is_some_and(|service| service.code() == received.status.to_string());
        let sent = Received { status, ..received };
        return if is_unexplained { error.with_note(&unexpected(&call.plan.operation, url, &sent)) } else { error };
    }
    if let Some(error) = protocol::error_in_success(service.protocol, &service.model, &received) {
        return error;
    }
    error.with_note(&unexpected(&call.plan.operation, url, &received))
}

/// Describes an unexpected response: status, type, URL and the beginning of the body.
pub(super) fn unexpected(operation: &Operation, url: Option<&Uri>, received: &Received<'_>) -> String {
    let mut note = format!("received HTTP {}", received.status);
    if let Some(media_type) = received.headers.get(CONTENT_TYPE) {
        note.push_str(&format!(" with the type {media_type:?}"));
    }
    if let Some(url) = url {
        let secret = operation.has_secret_target.then(|| SecretTarget(operation.uri.to_string()));
        note.push_str(&format!(" from {}", redacted(url, secret.as_ref())));
    }
    let body = received.body.unwrap_or_default();
    // A glimpse of a JSON document shows names only, and a web page holds no secrets of the user.
    let may_hold_secrets = operation.output.as_ref().is_some_and(|output| output.have_secret_body());
    if !may_hold_secrets || protocol::is_html(body) || body.trim_ascii_start().starts_with(b"{") {
        note.push_str(", ");
        note.push_str(&protocol::glimpse(body));
    }
    note
}

/// Reads a streamed payload, or all events of a stream, into the value, as `Client::call` returns it.
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

/// Reads a buffered body. The limits are far above what any service sends and protect the memory from a broken or
/// hostile server. A longer error body is cut off, since its beginning says what went wrong.
fn read_body(body: &mut Body, status: u16, max_size: u64, bytes: &mut Vec<u8>) -> Result<()> {
    const MAX_ERROR_SIZE: u64 = 8 << 20;
    let is_error = !is_success(status);
    let limit = if is_error { max_size.min(MAX_ERROR_SIZE) } else { max_size };
    let announced = body.len().unwrap_or(0);
    if announced > limit && !is_error {
        return Err(too_large(format_args!("{announced} bytes, more"), limit));
    }
    bytes.reserve_exact(usize::try_from(announced.min(limit).min(16 << 20)).unwrap_or(0));
    // Read one byte beyond the limit to notice a longer body.
    let read = body.take(limit.saturating_add((!is_error).into())).read_to_end(bytes).map_err(broken_body)?;
    if read as u64 > limit {
        return Err(too_large(format_args!("more bytes"), limit));
    }
    Ok(())
}

/// Adds to the error of a truncated body the service error that its beginning describes. The note does not affect
/// retries, as in botocore.
fn add_partial_error(call: &Call<'_>, error: Error, received: &Received<'_>) -> Error {
    if is_success(received.status) || !error.is_connection_failure() {
        return error;
    }
    match call.service_error(received) {
        Ok(partial) => error.with_note(&format!("it began as {partial}")),
        Err(_) => error,
    }
}

/// Not retried: the service would send as much again.
fn too_large(what: std::fmt::Arguments<'_>, limit: u64) -> Error {
    CallError::TooLarge { size: what.to_string(), limit }.into()
}

/// Not retried, as in botocore: a retry would most likely read the same damaged object.
fn checksum_error(mismatch: &Mismatch) -> Error {
    CallError::Checksum(mismatch.clone()).into()
}

pub(crate) fn broken_body(error: std::io::Error) -> Error {
    if let Some(mismatch) = error.get_ref().and_then(|inner| inner.downcast_ref::<Mismatch>()) {
        return checksum_error(mismatch);
    }
    if Cancelled::is_cause_of(&error) {
        return CallError::Cancelled.into();
    }
    let kind = match error.kind() {
        std::io::ErrorKind::TimedOut | std::io::ErrorKind::WouldBlock => ErrorKind::Timeout,
        // Malformed chunks: a retry would read the same.
        std::io::ErrorKind::InvalidData => ErrorKind::Response,
        _ => ErrorKind::Connection,
    };
    CallError::Incomplete(kind).caused_by(error)
}

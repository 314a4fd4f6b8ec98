//! Event streams in responses: reads frames from the body when the next event is requested.

use std::sync::Arc;

use http::Uri;
use serde_json::Value;

use super::Call;
use super::error::CallError;
use super::read::{broken_body, unexpected};
use crate::body::{Body, read_uninterrupted};
use crate::codec::event_stream::{Decoder, Frame, FrameError};
use crate::deadline::Deadline;
use crate::error::{Error, ErrorKind, History, Result};
use crate::output::{EventStream, Metadata, NextEvent, Output};
use crate::plan::{OperationPlan, ServicePlan};
use crate::protocol::event_stream::{self, Head, Message};
use crate::protocol::typed::{Sink, read_unknown};
use crate::protocol::{MAX_MEMORY, Received};

/// Bytes requested from the body at once; a read returns what has arrived.
const CHUNK_SIZE: usize = 16 << 10;

/// Turns the body into an event stream if the operation has one. Protocols that cannot put the other members of the
/// output into headers send them in the first frame: the call waits for it until `deadline`, and an error instead of it
/// is the call's error.
pub(super) fn begin(call: &Call<'_>, mut output: Output, deadline: Deadline, url: Option<&Uri>) -> Result<Output> {
    let Call { client, plan, .. } = call;
    if !plan.operation.has_event_stream_output() {
        return Ok(output);
    }
    let mut events = Events {
        service: Arc::clone(&client.service),
        plan: Arc::clone(plan),
        body: Some(std::mem::take(&mut output.body)),
        decoder: Decoder::default(),
        chunk: vec![0; CHUNK_SIZE].into(),
        metadata: output.metadata.clone(),
        first: None,
        awaited: plan.quirks.last_event(),
        deadline,
        url: url.cloned(),
    };
    if client.service.protocol.has_initial_response() {
        match events.next_message(None)? {
            Some(Message::InitialResponse(members)) => {
                if let Value::Object(value) = &mut output.value {
                    value.extend(members);
                }
            }
            // Servers that imitate AWS leave out the initial response.
            Some(other) => events.first = Some(other),
            None => {
                return Err(CallError::NoInitialResponse.into());
            }
        }
    }
    // The caller reads the events without a time limit.
    events.deadline = Deadline::NONE;
    output.events = Some(EventStream::new(events, &client.service.model.name, &plan.operation.name));
    Ok(output)
}

struct Events {
    service: Arc<ServicePlan>,
    plan: Arc<OperationPlan>,
    /// `None` after the end and after an error; the connection is then free or closed.
    body: Option<Body>,
    decoder: Decoder,
    chunk: Box<[u8]>,
    metadata: Metadata,
    /// An event that came instead of the initial response.
    first: Option<Message>,
    /// The event without which the stream is incomplete; `None` once it came.
    awaited: Option<&'static str>,
    /// The deadline of the attempt, until the stream has begun.
    deadline: Deadline,
    /// The URL of the stream, for errors.
    url: Option<Uri>,
}

impl NextEvent for Events {
    fn next_event(&mut self, sink: Option<&Sink<'_>>) -> Option<Result<Value>> {
        loop {
            let message = match self.first.take() {
                Some(first) => Ok(Some(first)),
                None => self.next_message(sink),
            };
            match message {
                Ok(Some(Message::Event(event))) => {
                    self.awaited.take_if(|name| event.get(*name).is_some());
                    return Some(Ok(event));
                }
                Ok(Some(Message::Taken(name))) => {
                    self.awaited.take_if(|awaited| *awaited == name);
                    return Some(Ok(Value::Null));
                }
                Ok(Some(Message::Unknown(name))) => {
                    if sink.is_some_and(|sink| read_unknown(&name, sink)) {
                        return Some(Ok(Value::Null));
                    }
                    tracing::debug!(
                        operation = self.plan.operation.name,
                        event = name,
                        "the model does not know this event"
                    );
                }
                Ok(Some(Message::InitialResponse(_))) => {
                    tracing::debug!(operation = self.plan.operation.name, "an initial response after events");
                }
                Ok(None) => {
                    let name = self.awaited.take()?;
                    return Some(Err(self.annotate(CallError::NoFinalEvent(name.to_string()).into())));
                }
                Err(error) => {
                    self.awaited = None;
                    return Some(Err(self.annotate(error)));
                }
            }
        }
    }
}

impl Events {
    /// Reads the next message; `None` at the end, and always after an error.
    fn next_message(&mut self, sink: Option<&Sink<'_>>) -> Result<Option<Message>> {
        let head = Head { status: self.metadata.status, headers: &self.metadata.headers };
        let frame = read_frame(&mut self.body, &mut self.decoder, &mut self.chunk, self.deadline);
        let frame = frame.map_err(|error| self.describe(error));
        let (protocol, model, operation) = (self.service.protocol, &self.service.model, &self.plan.operation);
        let parse = |frame| event_stream::parse(protocol, model, operation, &frame, &head, sink);
        let read = frame.and_then(|frame| frame.map(parse).transpose());
        if !matches!(read, Ok(Some(_))) {
            self.body = None;
        }
        read
    }

    /// Adds to the error what came instead of the first frame. A frame begins with a zero byte, the highest of its
    /// length's four.
    fn describe(&self, error: Error) -> Error {
        let Some(body) = self.decoder.beginning().filter(|body| body.first().is_some_and(|byte| *byte != 0)) else {
            return error;
        };
        let Metadata { status, headers, .. } = &self.metadata;
        error.with_note(&unexpected(
            &self.plan.operation,
            self.url.as_ref(),
            &Received { status: *status, headers, body: Some(body), max_memory: MAX_MEMORY, rule: None },
        ))
    }

    /// Adds service, operation and history to an error: the call that would add them has already returned.
    fn annotate(&self, error: Error) -> Error {
        let history = History { may_have_been_processed: true, ..History::default() };
        error.after(self.metadata.attempts, history).in_call(&self.service.model.name, &self.plan.operation.name)
    }
}

fn read_frame(
    body: &mut Option<Body>,
    decoder: &mut Decoder,
    chunk: &mut [u8],
    deadline: Deadline,
) -> Result<Option<Frame>> {
    let Some(body) = body else { return Ok(None) };
    let damaged = |error: FrameError| Error::new(ErrorKind::Response, error.to_string());
    let cut_off = |error: FrameError| Error::new(ErrorKind::Connection, error.to_string());
    loop {
        if let Some(frame) = decoder.frame().map_err(damaged)? {
            return Ok(Some(frame));
        }
        if deadline.has_passed() {
            return Err(CallError::EventsTooLate.into());
        }
        match read_uninterrupted(body, chunk).map_err(broken_body)? {
            0 => return decoder.finish().map(|()| None).map_err(cut_off),
            read => decoder.push(&chunk[..read]),
        }
    }
}

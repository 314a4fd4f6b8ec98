//! Answers that are streams of events: frames read from the body when somebody asks for the next event.

use std::sync::Arc;
use std::time::Instant;

use http::Uri;
use serde_json::Value;

use super::answer::{broken_body, unexpected};
use crate::body::{Body, read_uninterrupted};
use crate::client::Shared;
use crate::codec::event_stream::{Decoder, Frame, FrameError};
use crate::error::{Error, ErrorKind, History, Result};
use crate::model::operation::Operation;
use crate::model::service::ServiceModel;
use crate::output::{EventStream, Metadata, Output};
use crate::protocol::event_stream::{self, Head, Message};
use crate::protocol::{MAX_MEMORY, Received};

/// How much is asked of the body at once; it gives what has arrived.
const CHUNK: usize = 16 << 10;

/// Makes the events of the body, where the operation answers with events. Protocols that cannot put the other members of the
/// output into headers send them in the first frame: it is waited for until the attempt `ends`, and an error in its place is the
/// error of the call.
pub(super) fn begin(
    client: &Shared,
    operation: &Arc<Operation>,
    mut output: Output,
    ends: Option<Instant>,
    url: Option<&Uri>,
) -> Result<Output> {
    if !operation.has_event_stream_output() {
        return Ok(output);
    }
    let mut events = Events {
        service: Arc::clone(&client.service),
        operation: Arc::clone(operation),
        body: Some(std::mem::take(&mut output.body)),
        decoder: Decoder::default(),
        chunk: vec![0; CHUNK].into(),
        metadata: output.metadata.clone(),
        first: None,
        awaited: operation.quirks.last_event(),
        ends,
        url: url.cloned(),
    };
    if client.service.protocol.has_initial_response() {
        match events.message()? {
            Some(Message::InitialResponse(members)) => {
                if let Value::Object(value) = &mut output.value {
                    value.extend(members);
                }
            }
            // Servers that pass for AWS leave it out.
            Some(other) => events.first = Some(other),
            None => {
                return Err(Error::new(ErrorKind::Response, "the event stream ended before its initial-response"));
            }
        }
    }
    // From here on the time is the caller's.
    events.ends = None;
    output.events = Some(EventStream::new(events));
    Ok(output)
}

struct Events {
    service: Arc<ServiceModel>,
    operation: Arc<Operation>,
    /// `None` behind the end and behind an error; the connection is free or closed then.
    body: Option<Body>,
    decoder: Decoder,
    chunk: Box<[u8]>,
    metadata: Metadata,
    /// An event that came where the initial response was expected.
    first: Option<Message>,
    /// The event without which the stream is not whole; `None` once it came.
    awaited: Option<&'static str>,
    /// When the attempt has to be over.
    ends: Option<Instant>,
    /// Where the stream comes from.
    url: Option<Uri>,
}

impl Iterator for Events {
    type Item = Result<Value>;

    fn next(&mut self) -> Option<Result<Value>> {
        loop {
            let message = match self.first.take() {
                Some(first) => Ok(Some(first)),
                None => self.message(),
            };
            match message {
                Ok(Some(Message::Event(event))) => {
                    self.awaited.take_if(|name| event.get(*name).is_some());
                    return Some(Ok(event));
                }
                Ok(Some(Message::Unknown(name))) => {
                    tracing::debug!(
                        operation = self.operation.name,
                        event = name,
                        "the model does not know this event"
                    );
                }
                Ok(Some(Message::InitialResponse(_))) => {
                    tracing::debug!(operation = self.operation.name, "an initial response after events");
                }
                Ok(None) => {
                    let name = self.awaited.take()?;
                    let message = format!("the event stream ended without its `{name}` event, so it is not whole");
                    return Some(Err(self.tell(Error::new(ErrorKind::Response, message))));
                }
                Err(error) => {
                    self.awaited = None;
                    return Some(Err(self.tell(error)));
                }
            }
        }
    }
}

impl Events {
    /// The next message; `None` at the end, and forever behind an error.
    fn message(&mut self) -> Result<Option<Message>> {
        let head = Head { status: self.metadata.status, headers: &self.metadata.headers };
        let frame = read_frame(&mut self.body, &mut self.decoder, &mut self.chunk, self.ends);
        let frame = frame.map_err(|error| self.describe(error));
        let read = frame.and_then(|frame| {
            frame.map(|frame| event_stream::parse(&self.service, &self.operation, &frame, &head)).transpose()
        });
        if !matches!(read, Ok(Some(_))) {
            self.body = None;
        }
        read
    }

    /// Adds what came in place of the first frame. Frames begin with a zero, for their length has four bytes.
    fn describe(&self, error: Error) -> Error {
        let Some(body) = self.decoder.beginning().filter(|body| body.first().is_some_and(|byte| *byte != 0)) else {
            return error;
        };
        let Metadata { status, headers, .. } = &self.metadata;
        error.with_note(&unexpected(
            &self.operation,
            self.url.as_ref(),
            &Received { status: *status, headers, body: Some(body), max_memory: MAX_MEMORY },
        ))
    }

    /// The call has long returned, so the error has to say itself whose it is.
    fn tell(&self, error: Error) -> Error {
        let history = History { may_have_been_processed: true, ..History::default() };
        error.after(self.metadata.attempts, history).in_call(&self.service.name, &self.operation.name)
    }
}

fn read_frame(
    body: &mut Option<Body>,
    decoder: &mut Decoder,
    chunk: &mut [u8],
    ends: Option<Instant>,
) -> Result<Option<Frame>> {
    let Some(body) = body else { return Ok(None) };
    let damaged = |error: FrameError| Error::new(ErrorKind::Response, error.to_string());
    let cut_off = |error: FrameError| Error::new(ErrorKind::Connection, error.to_string());
    loop {
        if let Some(frame) = decoder.frame().map_err(damaged)? {
            return Ok(Some(frame));
        }
        if ends.is_some_and(|ends| Instant::now() >= ends) {
            return Err(Error::new(ErrorKind::Timeout, "the event stream has not begun in time"));
        }
        match read_uninterrupted(body, chunk).map_err(broken_body)? {
            0 => return decoder.finish().map(|()| None).map_err(cut_off),
            read => decoder.push(&chunk[..read]),
        }
    }
}

//! Parsing of event stream frames: events into values, exceptions into errors, and the initial response.
//!
//! The header `:message-type` gives the kind of a frame. An event becomes an object with one member, named by its type,
//! as in botocore (`parsers.py: BaseEventStreamParser`). <https://smithy.io/2.0/aws/amazon-eventstream.html>

use http::HeaderMap;
use serde_json::{Map, Value, json};

use crate::codec::event_stream::{Frame, HeaderValue};
use crate::codec::timestamp::Timestamp;
use crate::error::{Error, Result, ServiceError};
use crate::model::operation::Operation;
use crate::model::service::ServiceModel;
use crate::model::shape::{Kind, Member, Ref, Shapes, Structure};
use crate::protocol::error::ProtocolError;
use crate::protocol::lenient::{self, Scalar};
use crate::protocol::located_error::LocatedResult;
use crate::protocol::typed::{FrameSource, Sink, Source, ValueSource, read_from, unlikely};
use crate::protocol::{ErrorFields, MAX_MEMORY, Protocol, Received, request_ids};
use crate::value;

/// The content of a frame that is not an error.
#[derive(Debug, PartialEq)]
pub(crate) enum Message {
    /// `{EventType: {members}}`.
    Event(Value),
    /// An event of this type, which the sink has taken.
    Taken(String),
    /// The members of the output other than the stream.
    InitialResponse(Map<String, Value>),
    /// An event that is not in the model, because the service is newer.
    Unknown(String),
}

/// The head of the response that contains the frames.
pub(crate) struct Head<'h> {
    pub(crate) status: u16,
    pub(crate) headers: &'h HeaderMap,
}

/// Parses one frame of the operation's stream. A frame with an error is returned as that error. An event goes into `sink`, if it
/// can be read directly.
pub(crate) fn parse(
    protocol: &dyn Protocol,
    service: &ServiceModel,
    operation: &Operation,
    frame: &Frame,
    head: &Head<'_>,
    sink: Option<&Sink<'_>>,
) -> Result<Message> {
    let (Some(shapes), Some((stream, events))) = (&operation.output, events(operation)) else {
        return Err(ProtocolError::NoEventStream.into());
    };
    let reader = FrameReader { protocol, service, shapes, frame };
    match frame.text(":message-type") {
        Some("event") => reader.message(stream, events, sink).map_err(|error| error.within(&stream.name)),
        Some("exception") => Err(reader.exception(events, head)),
        Some("error") => Err(reader.error(head)),
        other => {
            let found = other.map_or_else(|| "none".to_owned(), |other| format!("{other:?}"));
            Err(reader.frame_error(&format!(
                "expected the :message-type \"event\", \"exception\" or \"error\", found {found}"
            )))
        }
    }
}

/// The stream member of the output, and the union of its events.
fn events(operation: &Operation) -> Option<(&Member, &Structure)> {
    let member = operation.event_stream_output()?;
    Some((member, operation.output.as_ref()?.structure(member.target.shape)?))
}

struct FrameReader<'r> {
    protocol: &'r dyn Protocol,
    service: &'r ServiceModel,
    shapes: &'r Shapes,
    frame: &'r Frame,
}

/// What is left of an event to read after [`FrameReader::head`].
enum EventDocument<'f> {
    Nothing,
    /// The document has the other members.
    Members(&'f [u8]),
    /// One member is the document.
    Payload(&'f Member, &'f [u8]),
}

impl FrameReader<'_> {
    fn message(&self, stream: &Member, events: &Structure, sink: Option<&Sink<'_>>) -> Result<Message> {
        let name =
            self.frame.text(":event-type").ok_or_else(|| self.frame_error("an event without its :event-type"))?;
        if let Some((_, member)) = events.by_name(name) {
            if sink.is_some_and(|sink| self.event_into(stream, member, sink).is_ok()) {
                return Ok(Message::Taken(name.to_owned()));
            }
            let members = self.event(&member.target).map_err(|error| error.within(name))?;
            return Ok(Message::Event(json!({name: members})));
        }
        if name == "initial-response" && self.protocol.has_initial_response() {
            let members = self.structure(self.shapes.root()).map_err(|error| error.within(name))?;
            return Ok(Message::InitialResponse(members));
        }
        Ok(Message::Unknown(name.to_owned()))
    }

    /// The members of an event: those in headers, and either the payload member or all other members from the payload.
    fn event(&self, target: &Ref) -> Result<Map<String, Value>> {
        let Some(structure) = self.shapes.structure(target.shape) else { return Ok(Map::new()) };
        let (head, document) = self.head(structure);
        let mut members = match document {
            EventDocument::Nothing => return Ok(head),
            EventDocument::Members(document) => self.structure_of(target, document)?,
            EventDocument::Payload(payload, document) => {
                let value = self.protocol.parse_event(self.shapes, &payload.target, document);
                let value = value.map_err(|error| error.within(&payload.name))?;
                value.into_iter().map(|value| (payload.name.to_string(), value)).collect()
            }
        };
        members.extend(head);
        Ok(members)
    }

    /// Reads an event into the type of a sink.
    fn event_into(&self, stream: &Member, event: &Member, sink: &Sink<'_>) -> LocatedResult<()> {
        let structure = self.shapes.structure(event.target.shape).ok_or_else(unlikely)?;
        let (head, document) = self.head(structure);
        let document_of = |target, document| self.protocol.event_source(self.shapes, target, document);
        let (payload, body) = match document {
            EventDocument::Nothing => (None, Box::new(ValueSource::of(Map::new())) as Box<dyn Source<'_>>),
            EventDocument::Members(document) => (None, document_of(&event.target, document)?),
            EventDocument::Payload(payload, document) => (Some(payload), document_of(&payload.target, document)?),
        };
        let mut source = FrameSource::new(event, head, payload, body);
        read_from(&mut source, self.shapes, &stream.target, sink)?;
        source.into_body().end()
    }

    /// Reads what is not in the event's document: members in headers, and a payload that is no document.
    fn head<'f>(&'f self, structure: &'f Structure) -> (Map<String, Value>, EventDocument<'f>) {
        let (mut members, payload) = (Map::new(), self.frame.payload());
        let document = match structure.members.iter().find(|member| member.target.event_payload) {
            None if payload.is_empty() => EventDocument::Nothing,
            None => EventDocument::Members(payload),
            Some(member) => {
                let value = match self.shapes.kind(&member.target) {
                    Kind::Blob => Some(value::blob(payload)),
                    Kind::String => Some(Value::String(String::from_utf8_lossy(payload).into_owned())),
                    Kind::Structure(_) if payload.is_empty() => Some(Value::Object(Map::new())),
                    _ => None,
                };
                let is_read = value.is_some() || payload.is_empty();
                members.extend(value.map(|value| (member.name.to_string(), value)));
                if is_read { EventDocument::Nothing } else { EventDocument::Payload(member, payload) }
            }
        };
        for member in structure.members.iter().filter(|member| member.target.event_header) {
            if let Some(found) = self.frame.header(&member.name) {
                let value = header_value(self.shapes.kind(&member.target), found);
                members.insert(member.name.to_string(), value);
            }
        }
        (members, document)
    }

    /// The payload as a structure; an empty payload is an empty structure.
    fn structure(&self, target: &Ref) -> Result<Map<String, Value>> {
        match self.frame.payload() {
            [] => Ok(Map::new()),
            document => self.structure_of(target, document),
        }
    }

    fn structure_of(&self, target: &Ref, document: &[u8]) -> Result<Map<String, Value>> {
        match self.protocol.parse_event(self.shapes, target, document)? {
            Some(Value::Object(members)) => Ok(members),
            None => Ok(Map::new()),
            Some(other) => Err(self.frame_error(&format!("expected an object, found {}", value::type_name(&other)))),
        }
    }

    /// A modeled exception. If the stream does not model it, it still has its code, and a message if the payload is an
    /// error in the format of the protocol.
    fn exception(&self, events: &Structure, head: &Head<'_>) -> Error {
        let Some(code) = self.frame.text(":exception-type") else {
            return self.frame_error("an exception without its :exception-type");
        };
        // A body that cannot be parsed must not hide the error itself.
        let members = self.exception_members(events, code).unwrap_or_default();
        let message = ["message", "Message"].iter().find_map(|name| members.get(*name)).and_then(Value::as_str);
        let message = message.map_or_else(|| self.generic_fields().message, str::to_owned);
        service_error(code, &message, members, head)
    }

    fn exception_members(&self, events: &Structure, code: &str) -> Result<Map<String, Value>> {
        if let Some((_, member)) = events.by_name(code) {
            return self.structure(&member.target);
        }
        match self.service.error_shape(code)? {
            Some(shapes) => FrameReader { shapes, ..*self }.structure(shapes.root()),
            None => Ok(Map::new()),
        }
    }

    /// An unmodeled error.
    fn error(&self, head: &Head<'_>) -> Error {
        let text = |name| self.frame.text(name).filter(|text| !text.is_empty());
        let (code, message) = (text(":error-code"), text(":error-message"));
        if let (Some(code), Some(message)) = (code, message) {
            return service_error(code, message, Map::new(), head);
        }
        let fields = self.generic_fields();
        service_error(code.unwrap_or(&fields.code), message.unwrap_or(&fields.message), Map::new(), head)
    }

    fn generic_fields(&self) -> ErrorFields {
        if self.frame.payload().is_empty() {
            return ErrorFields::default();
        }
        let headers = HeaderMap::new();
        // Without a status, so that no reason phrase is used as the message.
        let response = Received {
            status: 0,
            headers: &headers,
            body: Some(self.frame.payload()),
            max_memory: MAX_MEMORY,
            rule: None,
        };
        self.protocol.parse_error(&response)
    }

    fn frame_error(&self, what: &str) -> Error {
        ProtocolError::Frame { offset: self.frame.offset, what: what.to_owned() }.into()
    }
}

fn service_error(code: &str, message: &str, body: Map<String, Value>, head: &Head<'_>) -> Error {
    let (request_id, host_id) = request_ids(head.headers);
    Error::from_service(ServiceError {
        code: code.to_owned(),
        message: message.to_owned(),
        status: head.status,
        request_id,
        host_id,
        kind: None,
        query_code: None,
        details: Vec::new(),
        body: Value::Object(body),
        headers: Box::new(head.headers.clone()),
        in_event_stream: true,
        masked: None,
    })
}

/// Converts the value of a frame header to the crate's value convention.
fn header_value(kind: &Kind, found: HeaderValue<'_>) -> Value {
    let scalar = match found {
        HeaderValue::Bool(value) => Scalar::Bool(value),
        HeaderValue::Integer(value) => Scalar::Integer(value.into()),
        HeaderValue::Bytes(bytes) => Scalar::Bytes(bytes.into()),
        HeaderValue::Text(text) => Scalar::Text(text.into()),
        HeaderValue::Uuid(value) => Scalar::Text(uuid_text(value).into()),
        HeaderValue::Time(seconds, nanos) => match Timestamp::new(seconds, nanos) {
            Some(time) => Scalar::Time(time),
            None => Scalar::Integer(seconds.into()),
        },
    };
    lenient::fit(kind, scalar)
}

/// `12345678-1234-1234-1234-123456789abc`.
fn uuid_text(value: u128) -> String {
    let digits = format!("{value:032x}");
    let (a, rest) = digits.split_at(8);
    let (b, rest) = rest.split_at(4);
    let (c, rest) = rest.split_at(4);
    let (d, e) = rest.split_at(4);
    format!("{a}-{b}-{c}-{d}-{e}")
}

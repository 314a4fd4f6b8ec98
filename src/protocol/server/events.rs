//! Event streams: the frames of a response.

use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value};

use super::{ResponseTo, ServedResponse, ServerSide, in_body, rest};
use crate::codec::event_stream::{FrameHeader, encode_frame};
use crate::codec::timestamp::Timestamp;
use crate::error::{Error, ErrorKind, Result};
use crate::model::shape::{Kind, Member, Modeled, Ref, Shapes, Structure};
use crate::value::{self, ParamToken};

/// The response with an event stream: the other members in headers or in the first frame, then the events.
pub(super) fn respond(
    server: &dyn ServerSide,
    to: &ResponseTo<'_>,
    shapes: &Shapes,
    members: &Map<String, Value>,
) -> Result<ServedResponse> {
    let Some(stream) = to.operation.event_stream_output() else { return server.output(to, shapes, members) };
    let others: Map<String, Value> = members.iter().filter(|(name, _)| **name != *stream.name).map(clone).collect();
    let writer = FrameWriter { server, to, shapes };
    let mut response = ServedResponse::new(StatusCode::OK);
    if server.has_bindings() {
        response = rest::head(shapes, StatusCode::OK, &others)?.0;
        response.body.clear();
    } else {
        response.body.extend(writer.initial(others)?);
    }
    let media_type = HeaderValue::from_static("application/vnd.amazon.eventstream");
    response.headers.entry(CONTENT_TYPE).or_insert(media_type);
    let events = shapes.structure(stream.target.shape).ok_or_else(|| unfit(stream, "the model has no events"))?;
    match members.get(&*stream.name) {
        None | Some(Value::Null) => {}
        Some(Value::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                let frame = writer.event(events, item);
                response.body.extend(frame.map_err(|error| error.within(&format!("{}[{index}]", stream.name)))?);
            }
        }
        Some(_) => return Err(unfit(stream, "expected an array of events")),
    }
    Ok(response)
}

fn clone((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

/// What an event is sent as.
struct EventContent<'e> {
    headers: Vec<(&'e str, FrameHeader<'e>)>,
    media_type: &'e str,
    payload: Vec<u8>,
}

struct FrameWriter<'w> {
    server: &'w dyn ServerSide,
    to: &'w ResponseTo<'w>,
    shapes: &'w Shapes,
}

impl FrameWriter<'_> {
    /// The frame with the members that are no events.
    fn initial(&self, members: Map<String, Value>) -> Result<Vec<u8>> {
        let payload = self.server.document(self.shapes, self.shapes.root(), &Value::Object(members))?;
        let content = EventContent { headers: Vec::new(), media_type: self.media_type(), payload };
        self.frame("event", (":event-type", "initial-response"), content)
    }

    fn event(&self, events: &Structure, item: &Value) -> Result<Vec<u8>> {
        let entry = item.as_object().and_then(|object| object.iter().find(|(_, value)| !value.is_null()));
        let (name, value) = entry.ok_or_else(|| invalid("expected an object with one event"))?;
        let (_, event) = events.by_name(name).ok_or_else(|| invalid(&format!("unknown event {name:?}")))?;
        let none = Map::new();
        let members = value.as_object().unwrap_or(&none);
        let content = self.content(&event.target, members)?;
        let is_error = self.to.service.is_error(&self.shapes.get(event.target.shape).name);
        let (kind, header) = if is_error { ("exception", ":exception-type") } else { ("event", ":event-type") };
        self.frame(kind, (header, name), content)
    }

    /// Headers, media type and payload of an event.
    fn content<'e>(&'e self, target: &'e Ref, members: &'e Map<String, Value>) -> Result<EventContent<'e>> {
        let none = || invalid("the event is no structure");
        let structure = self.shapes.structure(target.shape).ok_or_else(none)?;
        let mut headers = Vec::new();
        for member in structure.members.iter().filter(|member| member.target.event_header) {
            if let Some(value) = members.get(&*member.name).filter(|value| !value.is_null()) {
                let header = self.header(member, value).ok_or_else(|| unfit(member, "not a value of a header"))?;
                headers.push((&*member.name, header));
            }
        }
        if let Some(payload) = structure.members.iter().find(|member| member.target.event_payload) {
            let given = members.get(&*payload.name).filter(|value| !value.is_null());
            let (media_type, payload) = self.payload(payload, given)?;
            return Ok(EventContent { headers, media_type, payload });
        }
        let is_in_body = |name: &str| {
            structure.by_name(name).is_none_or(|(_, member)| !member.target.event_header && in_body(&member.target))
        };
        let rest: Map<String, Value> = members.iter().filter(|(name, _)| is_in_body(name)).map(clone).collect();
        let has_document = structure.members.iter().any(|member| is_in_body(&member.name));
        if !has_document {
            return Ok(EventContent { headers, media_type: "", payload: Vec::new() });
        }
        let payload = self.server.document(self.shapes, target, &Value::Object(rest))?;
        Ok(EventContent { headers, media_type: self.media_type(), payload })
    }

    fn payload(&self, member: &Member, given: Option<&Value>) -> Result<(&str, Vec<u8>)> {
        Ok(match (self.shapes.kind(&member.target), given) {
            (_, None) => ("", Vec::new()),
            (Kind::Blob, Some(blob)) => ("application/octet-stream", value::bytes(blob)?),
            (Kind::String, Some(Value::String(text))) => ("text/plain", text.as_bytes().to_vec()),
            (_, Some(value)) => (self.media_type(), self.server.document(self.shapes, &member.target, value)?),
        })
    }

    fn header<'v>(&self, member: &Member, value: &'v Value) -> Option<FrameHeader<'v>> {
        let shape = self.shapes.get(member.target.shape);
        Some(match (&shape.kind, value) {
            (Kind::Boolean, Value::Bool(value)) => FrameHeader::Bool(*value),
            (Kind::Integer, Value::Number(number)) => match i32::try_from(number.as_i64()?) {
                Ok(value) if shape.modeled != Modeled::Long => FrameHeader::Int(value),
                _ => FrameHeader::Long(number.as_i64()?),
            },
            (Kind::Timestamp, value) => FrameHeader::Time(millis(value::timestamp(value)?)?),
            (Kind::Blob, value) => FrameHeader::Bytes(value::bytes(value).ok()?),
            (Kind::String, Value::String(text)) => FrameHeader::Text(text),
            (_, value) => match ParamToken::of(value) {
                ParamToken::Text(text) => FrameHeader::Text(text),
                _ => return None,
            },
        })
    }

    fn media_type(&self) -> &str {
        match self.server.content_type(self.to.service).as_bytes() {
            b"application/xml" | b"text/xml" => "application/xml",
            b"application/cbor" => "application/cbor",
            _ => "application/json",
        }
    }

    /// `kind` is that of the message, and `name` the header with the name of the event.
    fn frame(&self, kind: &str, name: (&str, &str), content: EventContent<'_>) -> Result<Vec<u8>> {
        let mut headers = vec![(":message-type", FrameHeader::Text(kind)), (name.0, FrameHeader::Text(name.1))];
        if !content.media_type.is_empty() {
            headers.push((":content-type", FrameHeader::Text(content.media_type)));
        }
        headers.extend(content.headers);
        encode_frame(&headers, content.payload).map_err(|what| invalid(&what))
    }
}

fn millis(time: Timestamp) -> Option<i64> {
    let time = time.to_system_time()?;
    let (sign, span) = match time.duration_since(std::time::UNIX_EPOCH) {
        Ok(since) => (1, since),
        Err(before) => (-1, before.duration()),
    };
    i64::try_from(span.as_millis()).ok().and_then(|millis| millis.checked_mul(sign))
}

fn invalid(what: &str) -> Error {
    Error::new(ErrorKind::Validation, what)
}

fn unfit(member: &Member, what: &str) -> Error {
    Error::new(ErrorKind::Validation, format!("output.{}: {what}", member.name))
}

//! Writers of frames.

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use serde_json::Value;

pub(crate) fn frame(headers: &[(&str, &str)], payload: impl AsRef<[u8]>) -> Vec<u8> {
    let headers = headers.iter().map(|(name, value)| {
        let value = HeaderValue::String((*value).to_owned().into());
        Header::new((*name).to_owned(), value)
    });
    frame_of(headers, payload)
}

pub(crate) fn frame_of(headers: impl IntoIterator<Item = Header>, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let message = Message::new(payload.as_ref().to_vec());
    let message = headers.into_iter().fold(message, Message::add_header);
    let mut bytes = Vec::new();
    write_message_to(&message, &mut bytes).unwrap();
    bytes
}

pub(crate) fn event(name: &str, payload: impl AsRef<[u8]>) -> Vec<u8> {
    frame(&[(":message-type", "event"), (":event-type", name), (":content-type", "application/json")], payload)
}

pub(crate) fn exception(name: &str, payload: impl AsRef<[u8]>) -> Vec<u8> {
    frame(&[(":message-type", "exception"), (":exception-type", name)], payload)
}

pub(crate) fn initial_response(payload: impl AsRef<[u8]>) -> Vec<u8> {
    event("initial-response", payload)
}

/// The only member of an object: name and value.
pub(crate) fn only(event: &Value) -> (&String, &Value) {
    let members = event.as_object().unwrap();
    assert_eq!(members.len(), 1, "{event}");
    members.iter().next().unwrap()
}

//! Event streams without secrets: frames that have none stay as they were received.

use serde_json::{Value, json};

use super::clean::{Cleaning, have_secrets};
use crate::codec::event_stream::{Decoder, Frame};
use crate::protocol::event_stream::{Head, Message, parse};

/// The frames of a stream; `None` if one of them cannot be cleaned. A part of a frame at the end of a broken stream is left out.
pub(super) fn clean(cleaning: &Cleaning<'_>, body: &[u8]) -> Option<Vec<u8>> {
    let mut cleaned = Vec::with_capacity(body.len());
    for (frame, raw) in frames(body)? {
        match clean_frame(cleaning, &frame, raw)? {
            Some(frame) => cleaned.extend(frame),
            None => cleaned.extend_from_slice(raw),
        }
    }
    Some(cleaned)
}

/// The frames with their bytes.
fn frames(body: &[u8]) -> Option<Vec<(Frame, &[u8])>> {
    let (mut decoder, mut frames) = (Decoder::default(), Vec::new());
    decoder.push(body);
    while let Some(frame) = decoder.frame().ok()? {
        frames.push(frame);
    }
    let starts: Vec<usize> = frames.iter().map(|frame| usize::try_from(frame.offset).unwrap_or(usize::MAX)).collect();
    let length = |start: usize| {
        let prefix = body.get(start..start.checked_add(4)?)?;
        Some(u32::from_be_bytes(prefix.try_into().ok()?) as usize)
    };
    let raw = starts.iter().map(|start| body.get(*start..start.checked_add(length(*start)?)?));
    frames.into_iter().zip(raw).map(|(frame, raw)| Some((frame, raw?))).collect()
}

/// The cleaned frame; `Some(None)` if it is clean already, and `None` if it cannot be cleaned.
fn clean_frame(cleaning: &Cleaning<'_>, frame: &Frame, raw: &[u8]) -> Option<Option<Vec<u8>>> {
    let Cleaning { service, plan, redactor, status, received } = cleaning;
    let shapes = plan.operation.output.as_ref()?;
    let head = Head { status: status.as_u16(), headers: received };
    let mut changed = raw.to_vec();
    let is_known_secret = redactor.blank_secrets(&mut changed) | redactor.replace_patterns(&mut changed);
    if !is_known_secret && !have_secrets(shapes) && !redactor.has_rules() {
        return Some(None);
    }
    let stream = plan.operation.event_stream_output()?;
    let may_stay = || (!is_known_secret).then_some(None);
    let cleaned = match parse(service.protocol, &service.model, &plan.operation, frame, &head, None) {
        Ok(Message::Event(event)) => {
            // Along the shapes, one event is a member of the union of all.
            let event = json!({&*stream.name: event});
            let cleaned = redactor.value(Some(shapes), event.clone());
            if cleaned == event {
                return may_stay();
            }
            json!({&*stream.name: [&cleaned[&*stream.name]]})
        }
        Ok(Message::InitialResponse(members)) => {
            let members = Value::Object(members);
            let cleaned = redactor.value(Some(shapes), members.clone());
            if cleaned == members {
                return may_stay();
            }
            cleaned
        }
        // Exceptions have a message for people, and what the model does not know is not called sensitive by it.
        Ok(Message::Taken(_) | Message::Unknown(_)) => return may_stay(),
        Err(_) if frame.text(":message-type") != Some("event") => return may_stay(),
        Err(_) => return None,
    };
    let (_, encoded) = cleaning.encode(&cleaned).ok()?;
    let is_first = frame.text(":event-type") == Some("initial-response");
    let mut encoded = frames(&encoded)?.into_iter();
    let is_wanted = |frame: &Frame| (frame.text(":event-type") == Some("initial-response")) == is_first;
    let found = encoded.find(|(frame, _)| is_wanted(frame))?;
    Some(Some(found.1.to_vec()))
}

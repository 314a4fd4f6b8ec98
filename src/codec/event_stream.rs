//! Frames of `application/vnd.amazon.eventstream`: bytes as they arrive, cut into frames.
//!
//! A frame is its length, the length of its headers, a CRC of these two, headers, payload, and a CRC of all that. The frame
//! that is incomplete waits here; what it may hold is bounded, so a stream cannot fill the memory.
//! <https://smithy.io/2.0/aws/amazon-eventstream.html>

use std::fmt;

use aws_smithy_eventstream::frame::read_message_from;
use aws_smithy_types::event_stream::{HeaderValue as WireValue, Message};

/// Lengths and their CRC.
const PRELUDE: usize = 12;
/// The CRC behind the payload.
const TRAILER: usize = 4;
/// The limits that AWS states, and botocore checks (`eventstream.py`).
const MOST_OF_HEADERS: usize = 128 << 10;
const MOST_OF_PAYLOAD: usize = 24 << 20;

/// Takes bytes, gives frames.
#[derive(Default)]
pub(crate) struct Decoder {
    buffer: Vec<u8>,
    /// How many bytes at the beginning of the buffer have been given out as frames.
    used: usize,
    /// Where in the stream the buffer begins.
    offset: u64,
}

/// One frame, with both its CRCs checked.
pub(crate) struct Frame {
    message: Message,
    /// Where in the stream it begins.
    pub(crate) offset: u64,
}

/// The value of a frame's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeaderValue<'f> {
    Bool(bool),
    /// Of any of the four widths.
    Integer(i64),
    Bytes(&'f [u8]),
    Text(&'f str),
    /// Seconds since 1970, and nanoseconds.
    Time(i64, u32),
    Uuid(u128),
}

/// What is wrong with a frame, and where in the stream it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FrameError {
    pub(crate) offset: u64,
    pub(crate) reason: String,
}

impl Decoder {
    /// Takes the next bytes of the stream.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.used);
        self.offset += self.used as u64;
        self.used = 0;
        // Room comes with the bytes, never with a length that was only announced.
        self.buffer.extend_from_slice(bytes);
    }

    /// The next frame; `None` as long as it is incomplete. Behind an error nothing more can be read.
    pub(crate) fn frame(&mut self) -> Result<Option<Frame>, FrameError> {
        let offset = self.offset + self.used as u64;
        let fault = |reason: String| FrameError { offset, reason };
        let waiting = &self.buffer[self.used..];
        let Some((prelude, _)) = waiting.split_first_chunk::<PRELUDE>() else { return Ok(None) };
        // Before it is waited for as many bytes as a broken length says.
        let length = frame_length(prelude).map_err(fault)?;
        let Some(mut bytes) = waiting.get(..length) else { return Ok(None) };
        let message = read_message_from(&mut bytes).map_err(|error| fault(error.to_string()))?;
        refuse_duplicates(&message).map_err(fault)?;
        self.used += length;
        Ok(Some(Frame { message, offset }))
    }

    /// The stream has ended: an error unless it ended between two frames.
    pub(crate) fn finish(&self) -> Result<(), FrameError> {
        let left = self.buffer.len() - self.used;
        if left == 0 {
            return Ok(());
        }
        let reason = format!("the stream ends after {left} bytes of it");
        Err(FrameError { offset: self.offset + self.used as u64, reason })
    }
}

/// The length of the whole frame by its prelude.
fn frame_length(prelude: &[u8; PRELUDE]) -> Result<usize, String> {
    let number = |at: usize| u32::from_be_bytes([prelude[at], prelude[at + 1], prelude[at + 2], prelude[at + 3]]);
    let (total, headers) = (number(0) as usize, number(4) as usize);
    let (announced, calculated) = (number(8), crc32fast::hash(&prelude[..8]));
    if announced != calculated {
        return Err(format!("the CRC of its lengths is {calculated:08x}, but {announced:08x} was sent"));
    }
    if headers > MOST_OF_HEADERS {
        return Err(format!("{headers} bytes of headers, {MOST_OF_HEADERS} are allowed"));
    }
    let Some(payload) = total.checked_sub(PRELUDE + headers + TRAILER) else {
        return Err(format!("{total} bytes cannot hold {headers} bytes of headers"));
    };
    if payload > MOST_OF_PAYLOAD {
        return Err(format!("{payload} bytes of payload, {MOST_OF_PAYLOAD} are allowed"));
    }
    Ok(total)
}

fn refuse_duplicates(message: &Message) -> Result<(), String> {
    let mut names: Vec<&str> = message.headers().iter().map(|header| header.name().as_str()).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(format!("its header {:?} is there twice", pair[0])),
        None => Ok(()),
    }
}

impl Frame {
    pub(crate) fn payload(&self) -> &[u8] {
        self.message.payload()
    }

    pub(crate) fn header(&self, name: &str) -> Option<HeaderValue<'_>> {
        let header = self.message.headers().iter().find(|header| header.name().as_str() == name)?;
        Some(match header.value() {
            WireValue::Bool(value) => HeaderValue::Bool(*value),
            WireValue::Byte(value) => HeaderValue::Integer((*value).into()),
            WireValue::Int16(value) => HeaderValue::Integer((*value).into()),
            WireValue::Int32(value) => HeaderValue::Integer((*value).into()),
            WireValue::Int64(value) => HeaderValue::Integer(*value),
            WireValue::ByteArray(bytes) => HeaderValue::Bytes(bytes),
            WireValue::String(text) => HeaderValue::Text(text.as_str()),
            WireValue::Timestamp(time) => HeaderValue::Time(time.secs(), time.subsec_nanos()),
            WireValue::Uuid(value) => HeaderValue::Uuid(*value),
            // The type is open to growth; the format has no more than these ten.
            _ => return None,
        })
    }

    /// A header that is text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.header(name)? {
            HeaderValue::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "broken frame at byte {} of the event stream: {}", self.offset, self.reason)
    }
}

impl std::error::Error for FrameError {}

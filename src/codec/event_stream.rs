//! Decoder and encoder for the frames of `application/vnd.amazon.eventstream`.
//!
//! A frame has its length, the length of its headers, a CRC of these two, the headers, the payload, and a CRC of all
//! that. The decoder buffers an incomplete frame. The size of a frame is limited, so a stream cannot fill the memory.

use aws_smithy_eventstream::frame::{read_message_from, write_message_to};
use aws_smithy_types::DateTime;
use aws_smithy_types::event_stream::{Header, HeaderValue as WireValue, Message};

/// The size of the lengths and their CRC.
const PRELUDE: usize = 12;
/// The size of the CRC after the payload.
const TRAILER: usize = 4;
/// The limits that AWS documents and botocore checks (`eventstream.py`).
const MAX_HEADERS: usize = 128 << 10;
const MAX_PAYLOAD: usize = 24 << 20;

/// An incremental decoder: it takes bytes and returns frames.
#[derive(Default)]
pub(crate) struct Decoder {
    buffer: Vec<u8>,
    /// The number of bytes at the beginning of the buffer that were returned as frames.
    used: usize,
    /// The offset of the buffer in the stream.
    offset: u64,
}

/// A frame with valid CRCs.
pub(crate) struct Frame {
    message: Message,
    /// The offset of the frame in the stream.
    pub(crate) offset: u64,
}

/// The value of a frame's header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeaderValue<'f> {
    Bool(bool),
    /// An integer of any of the four widths.
    Integer(i64),
    Bytes(&'f [u8]),
    Text(&'f str),
    /// Seconds since 1970, and nanoseconds.
    Time(i64, u32),
    Uuid(u128),
}

/// The error of a frame, with its offset in the stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("broken frame at byte {offset} of the event stream: {fault}")]
pub(crate) struct FrameError {
    offset: u64,
    fault: FrameFault,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum FrameFault {
    #[error("the CRC of its lengths is {calculated:08x}, but {announced:08x} was sent")]
    Crc { calculated: u32, announced: u32 },
    #[error("{0} bytes of headers, {MAX_HEADERS} are allowed")]
    Headers(usize),
    #[error("{0} bytes of payload, {MAX_PAYLOAD} are allowed")]
    Payload(usize),
    #[error("{total} bytes cannot hold {headers} bytes of headers")]
    Total { total: usize, headers: usize },
    #[error("duplicate header {0:?}")]
    DuplicateHeader(String),
    #[error("the stream ends after {0} bytes of the frame")]
    Incomplete(usize),
    /// The message of the crate.
    #[error("{0}")]
    Malformed(String),
}

impl Decoder {
    /// Adds the next bytes of the stream.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.used);
        self.offset += self.used as u64;
        self.used = 0;
        // Memory is allocated for received bytes, never for an announced length.
        self.buffer.extend_from_slice(bytes);
    }

    /// The next frame; `None` while it is incomplete. Nothing more can be read after an error.
    pub(crate) fn frame(&mut self) -> Result<Option<Frame>, FrameError> {
        let offset = self.offset + self.used as u64;
        let error = |fault| FrameError { offset, fault };
        let pending = &self.buffer[self.used..];
        let Some((prelude, _)) = pending.split_first_chunk::<PRELUDE>() else { return Ok(None) };
        // The length is checked before the decoder waits for that many bytes.
        let length = frame_length(prelude).map_err(error)?;
        let Some(mut bytes) = pending.get(..length) else { return Ok(None) };
        let message = read_message_from(&mut bytes).map_err(|cause| error(FrameFault::Malformed(cause.to_string())))?;
        reject_duplicates(&message).map_err(error)?;
        self.used += length;
        Ok(Some(Frame { message, offset }))
    }

    /// The bytes received so far, if no frame was read yet.
    pub(crate) fn beginning(&self) -> Option<&[u8]> {
        (self.offset == 0 && self.used == 0).then_some(&*self.buffer)
    }

    /// Ends the stream. It is an error if the last frame is incomplete.
    pub(crate) fn finish(&self) -> Result<(), FrameError> {
        let left = self.buffer.len() - self.used;
        if left == 0 {
            return Ok(());
        }
        Err(FrameError { offset: self.offset + self.used as u64, fault: FrameFault::Incomplete(left) })
    }
}

/// The length of the whole frame from its prelude.
fn frame_length(prelude: &[u8; PRELUDE]) -> Result<usize, FrameFault> {
    let number = |at: usize| u32::from_be_bytes([prelude[at], prelude[at + 1], prelude[at + 2], prelude[at + 3]]);
    let (total, headers) = (number(0) as usize, number(4) as usize);
    let (announced, calculated) = (number(8), crc32fast::hash(&prelude[..8]));
    if announced != calculated {
        return Err(FrameFault::Crc { calculated, announced });
    }
    if headers > MAX_HEADERS {
        return Err(FrameFault::Headers(headers));
    }
    let Some(payload) = total.checked_sub(PRELUDE + headers + TRAILER) else {
        return Err(FrameFault::Total { total, headers });
    };
    if payload > MAX_PAYLOAD {
        return Err(FrameFault::Payload(payload));
    }
    Ok(total)
}

fn reject_duplicates(message: &Message) -> Result<(), FrameFault> {
    let mut names: Vec<&str> = message.headers().iter().map(|header| header.name().as_str()).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(FrameFault::DuplicateHeader(pair[0].to_owned())),
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
            // The enum is non-exhaustive, but the format has only these ten types.
            _ => return None,
        })
    }

    /// The text of a header of type text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        match self.header(name)? {
            HeaderValue::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// The value of a header of a frame to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FrameHeader<'f> {
    Bool(bool),
    Int(i32),
    Long(i64),
    Bytes(Vec<u8>),
    Text(&'f str),
    /// Milliseconds since 1970.
    Time(i64),
}

/// Encodes a frame, with its CRCs. The error says which limit of the format it exceeds.
pub(crate) fn encode_frame(headers: &[(&str, FrameHeader<'_>)], payload: Vec<u8>) -> Result<Vec<u8>, String> {
    let message = headers.iter().fold(Message::new(payload), |message, (name, value)| {
        let value = match value {
            FrameHeader::Bool(value) => WireValue::Bool(*value),
            FrameHeader::Int(value) => WireValue::Int32(*value),
            FrameHeader::Long(value) => WireValue::Int64(*value),
            FrameHeader::Bytes(bytes) => WireValue::ByteArray(bytes.clone().into()),
            FrameHeader::Text(text) => WireValue::String((*text).to_owned().into()),
            FrameHeader::Time(millis) => WireValue::Timestamp(DateTime::from_millis(*millis)),
        };
        message.add_header(Header::new((*name).to_owned(), value))
    });
    let mut bytes = Vec::new();
    write_message_to(&message, &mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame from the writer of AWS's own SDK.
    fn frame(headers: &[(&'static str, WireValue)], payload: &'static [u8]) -> Vec<u8> {
        let message = headers.iter().fold(Message::new(payload), |message, (name, value)| {
            message.add_header(Header::new(*name, value.clone()))
        });
        let mut bytes = Vec::new();
        write_message_to(&message, &mut bytes).unwrap();
        bytes
    }

    fn two_frames() -> Vec<u8> {
        let mut bytes = frame(&[(":event-type", WireValue::String("Records".into()))], b"a,b\n1,2\n");
        bytes.extend(frame(&[("n", WireValue::Int32(7)), ("yes", WireValue::Bool(true))], b""));
        bytes
    }

    /// A frame with arbitrary headers and payload, and valid CRCs.
    fn around(headers: &[u8], payload: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        let total = PRELUDE + headers.len() + payload.len() + TRAILER;
        bytes.extend((total as u32).to_be_bytes());
        bytes.extend((headers.len() as u32).to_be_bytes());
        bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
        bytes.extend(headers);
        bytes.extend(payload);
        bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
        bytes
    }

    type Decoded = (Vec<(u64, Vec<u8>)>, Result<(), FrameError>);

    /// Offsets and payloads of the frames, and the result at the end.
    fn decode(bytes: &[u8], step: usize) -> Decoded {
        let (mut decoder, mut frames) = (Decoder::default(), Vec::new());
        for chunk in bytes.chunks(step) {
            decoder.push(chunk);
            loop {
                match decoder.frame() {
                    Ok(Some(frame)) => frames.push((frame.offset, frame.payload().to_vec())),
                    Ok(None) => break,
                    Err(error) => return (frames, Err(error)),
                }
            }
        }
        (frames, decoder.finish())
    }

    #[test]
    fn headers_of_all_types_are_read() {
        let bytes = frame(
            &[
                ("true", WireValue::Bool(true)),
                ("false", WireValue::Bool(false)),
                ("byte", WireValue::Byte(-5)),
                ("short", WireValue::Int16(-20_000)),
                ("int", WireValue::Int32(500_000)),
                ("long", WireValue::Int64(i64::MIN)),
                ("bytes", WireValue::ByteArray(b"\x00\xff"[..].into())),
                ("text", WireValue::String("Grüße".into())),
                ("time", WireValue::Timestamp(DateTime::from_millis(-1_500))),
                ("uuid", WireValue::Uuid(1)),
            ],
            b"payload",
        );
        let mut decoder = Decoder::default();
        decoder.push(&bytes);
        let frame = decoder.frame().unwrap().unwrap();
        for (name, expected) in [
            ("true", HeaderValue::Bool(true)),
            ("false", HeaderValue::Bool(false)),
            ("byte", HeaderValue::Integer(-5)),
            ("short", HeaderValue::Integer(-20_000)),
            ("int", HeaderValue::Integer(500_000)),
            ("long", HeaderValue::Integer(i64::MIN)),
            ("bytes", HeaderValue::Bytes(b"\x00\xff")),
            ("text", HeaderValue::Text("Grüße")),
            ("time", HeaderValue::Time(-2, 500_000_000)),
            ("uuid", HeaderValue::Uuid(1)),
        ] {
            assert_eq!(frame.header(name), Some(expected), "{name}");
        }
        assert_eq!((frame.header("absent"), frame.text("int"), frame.payload()), (None, None, &b"payload"[..]));
        assert!(decoder.frame().unwrap().is_none());
        assert_eq!(decoder.finish(), Ok(()));
    }

    #[test]
    fn frames_are_independent_of_chunks() {
        let bytes = two_frames();
        let whole = decode(&bytes, bytes.len());
        assert_eq!((whole.0.len(), &whole.1), (2, &Ok(())));
        for step in 1..bytes.len() {
            assert_eq!(decode(&bytes, step), whole, "{step} bytes at a time");
        }
    }

    #[test]
    fn every_flipped_bit_is_detected() {
        let good = two_frames();
        let frames = decode(&good, good.len()).0;
        for position in 0..good.len() {
            for bit in 0..8 {
                let mut bytes = good.clone();
                bytes[position] ^= 1 << bit;
                let (found, end) = decode(&bytes, bytes.len());
                assert!(frames.starts_with(&found), "bit {bit} of byte {position} gives wrong data");
                let error = end.expect_err("a broken frame goes through");
                let begin = if position < frames[1].0 as usize { 0 } else { frames[1].0 };
                assert_eq!(error.offset, begin, "bit {bit} of byte {position}: {error}");
            }
        }
    }

    #[test]
    fn every_truncation_is_detected() {
        let good = two_frames();
        let frames = decode(&good, good.len()).0;
        let boundary = frames[1].0 as usize;
        for length in 0..good.len() {
            let (found, end) = decode(&good[..length], 3);
            assert_eq!(found, frames[..usize::from(length >= boundary)], "{length} bytes");
            assert_eq!(end.is_ok(), length == 0 || length == boundary, "{length} bytes: {end:?}");
        }
    }

    #[test]
    fn invalid_lengths_are_rejected() {
        let prelude = |total: u32, headers: u32| {
            let mut bytes = [total.to_be_bytes(), headers.to_be_bytes()].concat();
            bytes.extend(crc32fast::hash(&bytes).to_be_bytes());
            bytes
        };
        let headers = MAX_HEADERS as u32;
        let payload = MAX_PAYLOAD as u32;
        for (bytes, expected) in [
            (prelude(u32::MAX, headers + 1), Some("131073 bytes of headers, 131072 are allowed")),
            (prelude(u32::MAX, u32::MAX), Some("4294967295 bytes of headers, 131072 are allowed")),
            (prelude(16 + headers + payload + 1, headers), Some("25165825 bytes of payload, 25165824 are allowed")),
            (prelude(0, 0), Some("0 bytes cannot hold 0 bytes of headers")),
            (prelude(15, 0), Some("15 bytes cannot hold 0 bytes of headers")),
            (prelude(20, 5), Some("20 bytes cannot hold 5 bytes of headers")),
            // The maximum size is accepted.
            (prelude(16 + headers + payload, headers), None),
            (vec![0; 12], Some("the CRC of its lengths is")),
            (b"<html><body>Bad Gateway".to_vec(), Some("the CRC of its lengths is")),
        ] {
            let mut decoder = Decoder::default();
            decoder.push(&bytes);
            match (decoder.frame(), expected) {
                (Ok(None), None) => {
                    assert!(decoder.buffer.capacity() < 100, "memory allocated for an announced length");
                }
                (Err(error), Some(expected)) => assert!(error.fault.to_string().contains(expected), "{error}"),
                (_, expected) => panic!("expected {expected:?} of {bytes:?}"),
            }
        }
    }

    #[test]
    fn invalid_headers_are_rejected() {
        let twice =
            frame(&[("a", WireValue::Bool(true)), ("b", WireValue::Bool(true)), ("a", WireValue::Byte(1))], b"");
        let error = decode(&twice, 100).1.unwrap_err();
        assert_eq!(error.to_string(), "broken frame at byte 0 of the event stream: duplicate header \"a\"");
        // An unknown type, values and names longer than the headers, text that is not UTF-8, a single byte.
        for headers in [
            &b"\x01a\x0a"[..],
            b"\x01a\x07\x00\xffabc",
            b"\xffa\x00",
            b"\x01a\x07\x00\x01\xff",
            b"\x01\xff\x00",
            b"\x00",
        ] {
            assert!(decode(&around(headers, b""), 100).1.is_err(), "{headers:?}");
        }
    }

    /// Random bytes, and frames around random bytes, do not panic and give only whole frames.
    #[test]
    fn random_bytes_never_panic() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = move |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as usize % below
        };
        let (mut good, mut bad) = (0, 0);
        for _ in 0..20_000 {
            let length = random(40);
            let noise: Vec<u8> = (0..length).map(|_| random(256) as u8).collect();
            assert!(decode(&noise, 7).0.is_empty(), "{noise:?}");
            // Small numbers make lengths and types that exist.
            let headers: Vec<u8> = (0..length).map(|_| random(12) as u8).collect();
            let payload = &noise[..random(length + 1)];
            let bytes = around(&headers, payload);
            match decode(&bytes, bytes.len()) {
                (frames, Ok(())) => {
                    assert_eq!(frames, [(0, payload.to_vec())], "{headers:?}");
                    good += 1;
                }
                (frames, Err(_)) => {
                    assert!(frames.is_empty(), "{headers:?}");
                    bad += 1;
                }
            }
        }
        assert!(good > 500 && bad > 500, "{good} good ones, {bad} bad ones");
    }
}

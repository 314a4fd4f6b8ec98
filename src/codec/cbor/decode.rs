//! The pull decoder.

use minicbor::data::Type;

use super::bignum::bignum;
use super::half;
use super::item::{CborItem, Length, Remaining};
use crate::codec::timestamp::Timestamp;

/// The maximum depth of containers that become values. Recursion over shapes takes some kilobytes of stack per level in
/// a debug build, and a thread has 2 MiB. The limit of botocore is similar.
pub(crate) const MAX_DEPTH: usize = 350;

/// The maximum depth of skipped containers, which take a few bytes of memory per level and no stack.
const MAX_SKIPPED_DEPTH: usize = 1 << 20;

/// The error for input that is not CBOR, or CBOR that is not supported.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not valid CBOR at byte {position}: {fault}")]
pub(crate) struct DecodeError {
    position: usize,
    fault: CborFault,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum CborFault {
    #[error("it is truncated")]
    Truncated,
    #[error("an unexpected \"break\"")]
    Break,
    #[error("an unknown simple value")]
    SimpleValue,
    #[error("no item begins with {0:#04x}")]
    NoItem(u8),
    #[error("unexpected {0}")]
    Unexpected(String),
    #[error("a text without its length")]
    TextWithoutLength,
    #[error("a chunk of a text that is not text")]
    ChunkOfText,
    #[error("nested deeper than {max} levels")]
    TooDeep { max: usize },
    #[error("{count} items are announced, but only {left} bytes are left")]
    Announced { count: u64, left: usize },
    /// The message of the crate.
    #[error("{0}")]
    Malformed(String),
}

/// Reads items from bytes.
pub(crate) struct CborDecoder<'b> {
    inner: minicbor::Decoder<'b>,
    depth: usize,
    max_depth: usize,
}

impl<'b> CborDecoder<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        CborDecoder { inner: minicbor::Decoder::new(bytes), depth: 0, max_depth: MAX_DEPTH }
    }

    /// The position of the next item, which is the end of the last one.
    pub(crate) fn position(&self) -> usize {
        self.inner.position()
    }

    /// Reads one item, or the head of an array or map.
    pub(crate) fn item(&mut self) -> Result<CborItem<'b>, DecodeError> {
        let start = self.position();
        Ok(match self.inner.datatype().map_err(|error| self.malformed(&error))? {
            Type::Tag => return self.tagged(),
            Type::Array | Type::ArrayIndef => {
                let declared = self.inner.array().map_err(|error| self.malformed(&error))?;
                CborItem::Array(self.open(start, declared, 1)?)
            }
            Type::Map | Type::MapIndef => {
                let declared = self.inner.map().map_err(|error| self.malformed(&error))?;
                CborItem::Map(self.open(start, declared, 2)?)
            }
            scalar => self.scalar(scalar)?,
        })
    }

    /// Whether a container has another item or pair. If not, the container is left.
    pub(crate) fn more(&mut self, length: &mut Length) -> Result<bool, DecodeError> {
        let more = match &mut length.0 {
            Remaining::Definite(0) => false,
            Remaining::Definite(left) => {
                *left -= 1;
                true
            }
            Remaining::Indefinite => !self.at_break()?,
        };
        if !more {
            self.depth = self.depth.saturating_sub(1);
        }
        Ok(more)
    }

    /// Whether the next item is `null` or `undefined`.
    pub(crate) fn at_null(&self) -> bool {
        matches!(self.inner.datatype(), Ok(Type::Null | Type::Undefined))
    }

    /// Skips one item with its content, which must be well-formed.
    pub(crate) fn skip(&mut self) -> Result<(), DecodeError> {
        let max_depth = std::mem::replace(&mut self.max_depth, MAX_SKIPPED_DEPTH);
        let skipped = self.skip_item();
        self.max_depth = max_depth;
        skipped
    }

    fn skip_item(&mut self) -> Result<(), DecodeError> {
        // The remaining lengths of the open containers; for a map, whether a value follows.
        let mut open: Vec<(Length, Option<bool>)> = Vec::new();
        loop {
            match self.item()? {
                CborItem::Array(length) => open.push((length, None)),
                CborItem::Map(length) => open.push((length, Some(false))),
                _ => {}
            }
            loop {
                let Some((length, value_follows)) = open.last_mut() else { return Ok(()) };
                if *value_follows == Some(true) {
                    *value_follows = Some(false);
                    break;
                }
                if self.more(length)? {
                    *value_follows = value_follows.map(|_| true);
                    break;
                }
                open.pop();
            }
        }
    }

    fn scalar(&mut self, kind: Type) -> Result<CborItem<'b>, DecodeError> {
        let start = self.position();
        let inner = &mut self.inner;
        let item = match kind {
            Type::U8 | Type::U16 | Type::U32 | Type::U64 => inner.u64().map(|value| CborItem::Integer(value.into())),
            Type::I8 | Type::I16 | Type::I32 | Type::I64 | Type::Int => {
                inner.int().map(|value| CborItem::Integer(value.into()))
            }
            Type::F16 => half_float(inner).map(CborItem::Float),
            Type::F32 | Type::F64 => inner.f64().map(CborItem::Float),
            Type::Bool => inner.bool().map(CborItem::Bool),
            Type::Null => inner.null().map(|()| CborItem::Null),
            Type::Undefined => inner.undefined().map(|()| CborItem::Null),
            Type::Bytes => inner.bytes().map(|bytes| CborItem::Bytes(bytes.into())),
            Type::String => match inner.str() {
                Ok(text) => Ok(CborItem::Text(text.into())),
                Err(error) if error.is_end_of_input() => Err(error),
                Err(_) => {
                    inner.set_position(start);
                    return self.damaged_text().map(|text| CborItem::Text(text.into()));
                }
            },
            Type::BytesIndef => joined_bytes(inner).map(|bytes| CborItem::Bytes(bytes.into())),
            Type::StringIndef => {
                inner.set_position(start + 1);
                return self.joined_text().map(|text| CborItem::Text(text.into()));
            }
            Type::Break => return Err(DecodeError::new(start, CborFault::Break)),
            Type::Simple => return Err(DecodeError::new(start, CborFault::SimpleValue)),
            Type::Unknown(byte) => return Err(DecodeError::new(start, CborFault::NoItem(byte))),
            // `item` has handled containers and tags.
            other => return Err(DecodeError::new(start, CborFault::Unexpected(other.to_string()))),
        };
        item.map_err(|error| self.malformed(&error))
    }

    /// <https://www.rfc-editor.org/rfc/rfc8949#section-3.4>
    fn tagged(&mut self) -> Result<CborItem<'b>, DecodeError> {
        // The innermost of several tags describes the content.
        let mut tag = 0;
        let kind = loop {
            match self.inner.datatype().map_err(|error| self.malformed(&error))? {
                Type::Tag => tag = self.inner.tag().map_err(|error| self.malformed(&error))?.as_u64(),
                kind => break kind,
            }
        };
        // The content is not a tag, so this does not recurse further.
        let content = match kind {
            Type::Array | Type::ArrayIndef | Type::Map | Type::MapIndef => return self.item(),
            scalar => self.scalar(scalar)?,
        };
        let time = match (tag, &content) {
            (1, CborItem::Integer(seconds)) => {
                i64::try_from(*seconds).ok().and_then(|seconds| Timestamp::new(seconds, 0))
            }
            (1, CborItem::Float(seconds)) => Timestamp::from_epoch(*seconds),
            (2 | 3, CborItem::Bytes(bytes)) => return Ok(bignum(bytes, tag == 3)),
            _ => None,
        };
        Ok(time.map_or(content, CborItem::Timestamp))
    }

    /// Reads a text with bytes that are not UTF-8.
    #[cold]
    fn damaged_text(&mut self) -> Result<String, DecodeError> {
        self.text_bytes().map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// Reads a text in chunks. A chunk may end within a character.
    fn joined_text(&mut self) -> Result<String, DecodeError> {
        let mut bytes = Vec::new();
        while !self.at_break()? {
            bytes.extend_from_slice(self.text_bytes()?);
        }
        Ok(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// Reads the bytes of a text of definite length.
    fn text_bytes(&mut self) -> Result<&'b [u8], DecodeError> {
        const TEXT: u8 = 3;
        let start = self.position();
        let input: &'b [u8] = self.inner.input();
        let truncated = || DecodeError::new(input.len(), CborFault::Truncated);
        let head = *input.get(start).ok_or_else(truncated)?;
        let (kind, short) = (head >> 5, head & 0x1f);
        let width = match short {
            0..=23 => 0,
            24..=27 => 1 << (short - 24),
            _ => return Err(DecodeError::new(start, CborFault::TextWithoutLength)),
        };
        if kind != TEXT {
            return Err(DecodeError::new(start, CborFault::ChunkOfText));
        }
        let begin = start + 1 + width;
        let announced = input.get(start + 1..begin).ok_or_else(truncated)?;
        let announced = announced.iter().fold(0_u64, |length, byte| length << 8 | u64::from(*byte));
        let length = if width == 0 { u64::from(short) } else { announced };
        let end = usize::try_from(length).ok().and_then(|length| begin.checked_add(length));
        let bytes = end.and_then(|end| input.get(begin..end)).ok_or_else(truncated)?;
        self.inner.set_position(begin + bytes.len());
        Ok(bytes)
    }

    fn open(&mut self, start: usize, declared: Option<u64>, items_each: u64) -> Result<Length, DecodeError> {
        if self.depth >= self.max_depth {
            return Err(DecodeError::new(start, CborFault::TooDeep { max: self.max_depth }));
        }
        self.depth += 1;
        let Some(count) = declared else { return Ok(Length(Remaining::Indefinite)) };
        // Every item takes at least one byte.
        let left = self.inner.input().len() - self.position();
        if count.saturating_mul(items_each) > left as u64 {
            return Err(DecodeError::new(start, CborFault::Announced { count, left }));
        }
        Ok(Length(Remaining::Definite(count)))
    }

    fn at_break(&mut self) -> Result<bool, DecodeError> {
        let position = self.position();
        match self.inner.input().get(position) {
            Some(0xff) => {
                self.inner.set_position(position + 1);
                Ok(true)
            }
            Some(_) => Ok(false),
            None => Err(DecodeError::new(position, CborFault::Truncated)),
        }
    }

    fn malformed(&self, error: &minicbor::decode::Error) -> DecodeError {
        if error.is_end_of_input() {
            return DecodeError::new(self.inner.input().len(), CborFault::Truncated);
        }
        let position = error.position().unwrap_or_else(|| self.position());
        // `DecodeError` adds the position.
        let message = error.to_string().replace(&format!(" at position {position}"), "");
        DecodeError::new(position, CborFault::Malformed(message))
    }
}

impl DecodeError {
    fn new(position: usize, fault: CborFault) -> Self {
        DecodeError { position, fault }
    }
}

fn half_float(decoder: &mut minicbor::Decoder<'_>) -> Result<f64, minicbor::decode::Error> {
    let start = decoder.position();
    match decoder.input().get(start..).and_then(<[u8]>::first_chunk) {
        Some(&[_, high, low]) => {
            decoder.set_position(start + 3);
            Ok(half::value(u16::from_be_bytes([high, low])))
        }
        None => Err(minicbor::decode::Error::end_of_input()),
    }
}

fn joined_bytes(decoder: &mut minicbor::Decoder<'_>) -> Result<Vec<u8>, minicbor::decode::Error> {
    let mut all = Vec::new();
    for chunk in decoder.bytes_iter()? {
        all.extend_from_slice(chunk?);
    }
    Ok(all)
}

#[cfg(test)]
mod tests;

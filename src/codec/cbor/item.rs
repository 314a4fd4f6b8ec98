//! The items of a CBOR document.

use std::borrow::Cow;

use crate::codec::timestamp::Timestamp;

/// An item of the input, or the head of a container.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum CborItem<'b> {
    /// `null` or `undefined`.
    Null,
    Bool(bool),
    /// Any integer of major types 0 and 1, or a bignum that is no larger than those.
    Integer(i128),
    /// The decimal digits of a larger bignum.
    Digits(String),
    /// A half, single or double float.
    Float(f64),
    Text(Cow<'b, str>),
    Bytes(Cow<'b, [u8]>),
    /// Tag 1 around an integer or a float.
    Timestamp(Timestamp),
    /// The items follow while [`CborDecoder::more`](super::Decoder::more) returns true.
    Array(Length),
    /// Keys and values follow in turn. Call [`CborDecoder::more`](super::Decoder::more) before each key.
    Map(Length),
}

/// The remaining length of a container that is being read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Length(pub(super) Remaining);

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Remaining {
    Definite(u64),
    Indefinite,
}

impl Length {
    /// The capacity to allocate: the declared length, within a limit.
    #[inline]
    pub(crate) fn capacity(&self) -> usize {
        match self.0 {
            Remaining::Definite(count) => usize::try_from(count).unwrap_or(usize::MAX).min(256),
            Remaining::Indefinite => 0,
        }
    }
}

impl CborItem<'_> {
    /// The item's type, for messages.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            CborItem::Null => "null",
            CborItem::Bool(_) => "boolean",
            CborItem::Integer(_) | CborItem::Digits(_) => "integer",
            CborItem::Float(_) => "float",
            CborItem::Text(_) => "string",
            CborItem::Bytes(_) => "byte string",
            CborItem::Timestamp(_) => "timestamp",
            CborItem::Array(_) => "array",
            CborItem::Map(_) => "map",
        }
    }
}

//! CBOR (<https://www.rfc-editor.org/rfc/rfc8949>): a pull decoder and an encoder.
//!
//! The decoder returns one [`CborItem`] after another and borrows strings from the input if they are contiguous. It trusts
//! no input: a declared length is only compared with the rest of the input, nesting is bounded, and malformed or
//! truncated input is an error with its position. Bytes after the outermost item are ignored.
//!
//! Harmless errors are tolerated: bytes of a text that are not UTF-8 become U+FFFD, an integer beyond 64 bits becomes
//! its digits as text, and an unknown or misplaced tag is skipped.
//!
//! The encoder writes definite lengths and the shortest integers. Floats are not shortened, because their width follows
//! from the modeled type.

mod bignum;
mod decode;
mod encode;
mod half;
mod item;

pub(crate) use decode::{CborDecoder, DecodeError, MAX_DEPTH};
pub(crate) use encode::CborEncoder;
pub(crate) use item::{CborItem, Length};

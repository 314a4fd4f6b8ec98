//! Bytes to trees and back. Nothing here knows AWS.

pub(crate) mod cbor;
pub(crate) mod number;
pub(crate) mod percent;
pub(crate) mod timestamp;

//! Parsers and serializers of general formats. Nothing here is specific to AWS.

pub(crate) mod base64;
pub(crate) mod budget;
pub(crate) mod cbor;
pub(crate) mod event_stream;
pub(crate) mod gzip;
pub(crate) mod hex;
pub(crate) mod host;
pub(crate) mod json;
pub(crate) mod json_text;
pub(crate) mod number;
pub(crate) mod percent;
pub(crate) mod regex;
pub(crate) mod timestamp;
pub(crate) mod xml;

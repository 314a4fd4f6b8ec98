//! Hexadecimal digits, in lower case.

pub(crate) use ::hex::encode;

//! Hexadecimal digits, in lower case.

/// Encodes each byte as two digits.
pub(crate) fn encode(bytes: &[u8]) -> String {
    ::hex::encode(bytes)
}

//! MalformedResponse HTTP/1.1 responses.

use std::error::Error as StdError;
use std::fmt;

/// Maximum number of response bytes in an error message.
const MAX_EXCERPT: usize = 60;

/// Reason why a response is malformed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum MalformedResponse {
    /// The first bytes are not those of a status line.
    NotHttp(String),
    /// The first bytes are those of a TLS record.
    Tls,
    StatusLine(String),
    /// A header field that determines the end of the body.
    Field(&'static str, String),
    HeadTooLarge(usize),
    /// More interim (1xx) responses than this.
    Interim(usize),
    ChunkSize(String),
    ChunkEnd,
    /// Chunk extensions or trailers of more bytes than this.
    ChunkOverhead(usize),
}

impl MalformedResponse {
    pub(super) fn not_http(input: &[u8]) -> Self {
        match input {
            // An alert or a handshake of any TLS version: https://www.rfc-editor.org/rfc/rfc8446#section-5.1
            [0x15 | 0x16, 0x03, ..] => MalformedResponse::Tls,
            _ => MalformedResponse::NotHttp(excerpt(input)),
        }
    }

    /// Whether a retry may succeed: the bytes are not from an HTTP server, but from something temporary in its place or
    /// left over from another exchange.
    pub(super) fn is_transient(&self) -> bool {
        matches!(self, MalformedResponse::NotHttp(_))
    }
}

/// Start of the first line, with control characters escaped.
pub(super) fn excerpt(bytes: &[u8]) -> String {
    let line = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match line.get(..MAX_EXCERPT) {
        Some(cut) if line.len() > MAX_EXCERPT => format!("{}...", cut.escape_ascii()),
        _ => line.escape_ascii().to_string(),
    }
}

impl fmt::Display for MalformedResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MalformedResponse::NotHttp(begin) => write!(f, "the response is not HTTP/1.1, it begins with `{begin}`"),
            MalformedResponse::Tls => {
                f.write_str("the server speaks TLS on this port and not plain HTTP: use an https:// URL")
            }
            MalformedResponse::StatusLine(line) => write!(f, "the response's status line cannot be read: `{line}`"),
            MalformedResponse::Field(name, problem) => {
                write!(f, "the response's header {name} cannot be used: {problem}")
            }
            MalformedResponse::HeadTooLarge(limit) => write!(f, "the response's head has more than {limit} bytes"),
            MalformedResponse::Interim(limit) => {
                write!(f, "more than {limit} interim responses came before the final one")
            }
            MalformedResponse::ChunkSize(line) => {
                write!(f, "the size of a chunk of the response is not a hexadecimal number of 64 bits: `{line}`")
            }
            MalformedResponse::ChunkEnd => f.write_str("a chunk of the response does not end where its size says"),
            MalformedResponse::ChunkOverhead(limit) => {
                write!(f, "the response's chunk extensions or trailers have more than {limit} bytes")
            }
        }
    }
}

impl StdError for MalformedResponse {}

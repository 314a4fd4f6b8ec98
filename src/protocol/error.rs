//! Errors of the protocols: each message is written here. What is wrong with a parameter has its path in a
//! [`ParamFault`](crate::value::ParamFault), what is wrong with a value of a response in a
//! [`LocatedError`](super::located_error::LocatedError).

use crate::codec::budget::Exceeded;
use crate::codec::cbor::DecodeError;
use crate::error::{Error, ErrorKind};

/// Why there is no request, or no value of a response.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProtocolError {
    #[error("no member of the input fills the label {{{0}}}")]
    UnfilledLabel(String),
    #[error("metadata: targetPrefix or jsonVersion cannot stand in a header")]
    TargetNotAHeader,
    #[error("metadata: protocol json needs a targetPrefix")]
    NoTargetPrefix,
    #[error("{service}: metadata has no \"targetPrefix\", which its protocol needs")]
    NoServicePrefix { service: String },
    #[error("the output has no event stream")]
    NoEventStream,

    #[error("input: missing required member \"{0}\"")]
    MissingMember(String),
    #[error(
        "input.{member}: the value becomes a part of the URL's path and {fault}, so the request would be for another \
         resource"
    )]
    Label { member: String, fault: &'static str },
    #[error("{member}: {what} that cannot stand in an HTTP header")]
    Header { member: String, what: &'static str },
    /// The caller adds the member before the colon.
    #[error(": {0}")]
    Scalar(String),

    #[error("expected an object, found {0}")]
    NotAnObject(&'static str),
    #[error("expected a JSON object, found {0}")]
    NotAJsonObject(&'static str),
    #[error("{path}: not the JSON that was expected: {error}")]
    Json { path: String, error: String },
    #[error("{path}: {exceeded}")]
    TooLarge { path: String, exceeded: Exceeded },
    #[error("{path}: {error}")]
    Cbor { path: String, error: DecodeError },
    #[error("{path}: expected {expected}, found {found}")]
    Type { path: String, expected: &'static str, found: &'static str },
    #[error("frame at byte {offset} of the event stream: {what}")]
    Frame { offset: u64, what: String },
}

impl ProtocolError {
    fn kind(&self) -> ErrorKind {
        match self {
            ProtocolError::UnfilledLabel(_)
            | ProtocolError::TargetNotAHeader
            | ProtocolError::NoTargetPrefix
            | ProtocolError::NoServicePrefix { .. }
            | ProtocolError::NoEventStream => ErrorKind::Model,
            ProtocolError::MissingMember(_)
            | ProtocolError::Label { .. }
            | ProtocolError::Header { .. }
            | ProtocolError::Scalar(_) => ErrorKind::Validation,
            ProtocolError::NotAnObject(_)
            | ProtocolError::NotAJsonObject(_)
            | ProtocolError::Json { .. }
            | ProtocolError::TooLarge { .. }
            | ProtocolError::Cbor { .. }
            | ProtocolError::Type { .. }
            | ProtocolError::Frame { .. } => ErrorKind::Response,
        }
    }
}

impl From<ProtocolError> for Error {
    fn from(error: ProtocolError) -> Self {
        Error::new(error.kind(), error.to_string())
    }
}

//! Messages of tapes.

use std::path::PathBuf;

use crate::error::{Error, ErrorKind};

/// What can be wrong with a tape.
#[derive(Debug, thiserror::Error)]
pub(in crate::testing) enum TapeError {
    #[error("{}: cannot read the tape: {what}", .path.display())]
    Unreadable { path: PathBuf, what: String },
    #[error("{}: the tape has the version {found}, expected {expected}", .path.display())]
    Version { path: PathBuf, found: u32, expected: u32 },
    #[error("{}: interaction {index} of the tape: {what}", .path.display())]
    Interaction { path: PathBuf, index: usize, what: &'static str },
    #[error("{}: cannot write the tape: {what}", .path.display())]
    Unwritable { path: PathBuf, what: String },
    #[error("{}: the tape is incomplete, so it is not written: {what}", .path.display())]
    Incomplete { path: PathBuf, what: String },
    #[error("{}: the tape has no interaction for this call: {why}", .path.display())]
    NotFound { path: PathBuf, why: String },
    #[error(
        "{}: the tape has no requests that are no calls, such as {method} to {host}",
        .path.display()
    )]
    NoCall { path: PathBuf, method: http::Method, host: String },
    #[error("{}: {count} interactions of the tape were not replayed: {names}", .path.display())]
    Unused { path: PathBuf, count: usize, names: String },
    #[error(
        "{}: the response of {service} {operation} could not be cleared of secrets, so the tape does not have it",
        .path.display()
    )]
    Withheld { path: PathBuf, service: String, operation: String },
}

impl From<TapeError> for Error {
    fn from(error: TapeError) -> Self {
        Error::new(ErrorKind::Stub, error.to_string())
    }
}

//! Errors of listings: each message is written here.

use crate::error::{Error, ErrorKind};

/// Why a listing cannot start or continue.
#[derive(Debug, thiserror::Error)]
pub(super) enum ListingError {
    #[error("input: expected object, found {0}")]
    NotAnObject(&'static str),
    #[error("PaginationConfig: expected object, found {0}")]
    ConfigNotAnObject(&'static str),
    #[error("PaginationConfig.{name}: expected {expected}, found {found}")]
    ConfigValue { name: String, expected: &'static str, found: &'static str },
    #[error("PaginationConfig: expected MaxItems, PageSize or StartingToken, found `{0}`")]
    ConfigName(String),
    #[error("this operation has no parameter for the size of a page")]
    NoPageSize,
    /// `token` is cut.
    #[error("bad starting token \"{token}\": {flaw}")]
    StartingToken { token: String, flaw: String },
    #[error(
        "no paginator: the models have none for this operation, and its input and output do not look like a listing with \
         one token and one list (Client::paginator_from_json accepts one)"
    )]
    NotPageable,
    #[error(
        "the result key `{0}` is not a plain path, so pages cannot be truncated (max items, starting token) or merged"
    )]
    ResultKey(String),
    #[error(
        "the listing is incomplete: `{expression}` of the response says that more results follow, but it has no {tokens} \
         for the next page"
    )]
    MissingToken { expression: String, tokens: String },
    /// `tokens` hides what the model marks as sensitive.
    #[error("{what}: {tokens}")]
    Repeated { what: String, tokens: String },
}

impl ListingError {
    fn kind(&self) -> ErrorKind {
        match self {
            ListingError::NotAnObject(_)
            | ListingError::ConfigNotAnObject(_)
            | ListingError::ConfigValue { .. }
            | ListingError::ConfigName(_)
            | ListingError::NoPageSize
            | ListingError::StartingToken { .. } => ErrorKind::Validation,
            ListingError::NotPageable | ListingError::ResultKey(_) => ErrorKind::Unsupported,
            ListingError::MissingToken { .. } | ListingError::Repeated { .. } => ErrorKind::Response,
        }
    }
}

impl From<ListingError> for Error {
    fn from(error: ListingError) -> Self {
        Error::new(error.kind(), error.to_string())
    }
}

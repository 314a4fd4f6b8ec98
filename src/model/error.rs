//! Errors of models: each message is written here.

use crate::error::{Error, ErrorKind};

/// Why shapes cannot be compiled.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum ShapeError {
    #[error("shape \"{name}\": {error}")]
    Within { name: String, error: Box<ShapeError> },
    #[error("shape \"{0}\" is missing")]
    Missing(String),
    #[error("shape \"{0}\" requires itself without end")]
    Endless(String),
    #[error("{0}")]
    Json(String),
    #[error("a reference has no \"shape\"")]
    NoTarget,
    #[error("it has no \"type\"")]
    NoType,
    #[error("unknown type \"{0}\"")]
    UnknownType(String),
    #[error("a list without \"member\"")]
    ListWithoutMember,
    #[error("a map without \"key\" and \"value\"")]
    MapWithoutKeyAndValue,
    #[error("it names a member \"{0}\" that it does not have")]
    NoSuchMember(String),
    #[error("unknown location \"{0}\"")]
    UnknownLocation(String),
    #[error("unknown timestampFormat \"{0}\"")]
    UnknownTimestampFormat(String),
    #[error("too many members")]
    TooManyMembers,
    #[error("more than {max} shapes in one operation")]
    TooManyShapes { max: usize },
    #[error("shapes are nested deeper than {max} levels")]
    TooDeep { max: usize },
}

impl ShapeError {
    /// Adds the shape or member that contains the error. One step is enough to locate it. A recursive shape would
    /// repeat the name at every level.
    pub(super) fn within(self, name: &str) -> ShapeError {
        match self {
            located @ (ShapeError::Within { .. } | ShapeError::Missing(_) | ShapeError::Endless(_)) => located,
            error => ShapeError::Within { name: name.to_owned(), error: Box::new(error) },
        }
    }
}

impl From<ShapeError> for Error {
    fn from(error: ShapeError) -> Self {
        Error::new(ErrorKind::Model, error.to_string())
    }
}

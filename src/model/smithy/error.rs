//! Errors of Smithy models. Each names the shape.

use crate::error::{Error, ErrorKind};

/// Why a Smithy model, or a part of it, cannot be read.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum SmithyError {
    #[error("{0}")]
    Json(String),
    #[error("Smithy version \"{0}\" is unknown, expected 1.0 or 2.0")]
    Version(String),
    #[error("larger than 4 GiB")]
    TooLarge,
    #[error("the Smithy model has no service shape")]
    NoService,
    #[error("the Smithy model has several services ({0}), expected one")]
    SeveralServices(String),
    #[error("shape name {0:?} has escapes")]
    Escapes(String),
    #[error("{file}: {error}")]
    In { file: String, error: Box<SmithyError> },
    #[error("{id}: {error}")]
    At { id: String, error: Box<SmithyError> },
    #[error("there is no shape {0}")]
    Missing(String),
    #[error("expected a shape of type {expected}, found {found}")]
    Kind { expected: &'static str, found: String },
    #[error("shapes of type {0} cannot be values")]
    NotData(String),
    #[error("a {0} without its member")]
    NoElement(&'static str),
    #[error("its mixins are nested without end")]
    EndlessMixins,
    #[error("none of its protocols is known ({0})")]
    Protocols(String),
    #[error("it has no protocol trait")]
    NoProtocol,
    #[error("the trait {0} is missing")]
    NoTrait(&'static str),
    #[error("trait {name}: {error}")]
    Trait { name: String, error: String },
    #[error("unknown timestampFormat \"{0}\"")]
    TimestampFormat(String),
}

impl SmithyError {
    /// Adds the name of the file.
    pub(crate) fn in_file(self, file: &str) -> SmithyError {
        SmithyError::In { file: file.to_owned(), error: Box::new(self) }
    }

    /// Adds the id of the shape that has the error, unless it has one.
    pub(super) fn at(self, id: &str) -> SmithyError {
        match self {
            located @ SmithyError::At { .. } => located,
            error => SmithyError::At { id: id.to_owned(), error: Box::new(error) },
        }
    }
}

impl From<SmithyError> for Error {
    fn from(error: SmithyError) -> Self {
        Error::new(ErrorKind::Model, error.to_string())
    }
}

//! Errors of models: each message is written here.

use serde_json::Value;

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
    /// The reason, with the shape's id in its own format.
    #[error("{0}")]
    Unreadable(String),
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
            located @ (ShapeError::Within { .. }
            | ShapeError::Missing(_)
            | ShapeError::Endless(_)
            | ShapeError::Unreadable(_)) => located,
            error => ShapeError::Within { name: name.to_owned(), error: Box::new(error) },
        }
    }
}

impl From<ShapeError> for Error {
    fn from(error: ShapeError) -> Self {
        Error::new(ErrorKind::Model, error.to_string())
    }
}

/// Why a waiter or a paginator is not valid.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum DefinitionError {
    #[error("{place}: {error}")]
    At { place: String, error: Box<DefinitionError> },
    #[error("{0}")]
    Json(String),
    /// The message of an expression that is not valid, or that cannot be evaluated.
    #[error("{0}")]
    Expression(String),
    #[error("missing")]
    Missing,
    #[error("missing, expected 2")]
    MissingVersion,
    #[error("expected 2, found {0}")]
    Version(Value),
    #[error("expected {expected}, found {found}")]
    Type { expected: &'static str, found: &'static str },
    #[error("expected at least one")]
    Empty,
    #[error("expected success, failure or retry, found \"{0}\"")]
    State(String),
    #[error("expected path, pathAll, pathAny, status or error, found \"{0}\"")]
    Matcher(String),
    #[error("an HTTP status is a number from 100 to 599, found {0}")]
    Status(Value),
    #[error("an error is a code, true or false, found {0}")]
    ErrorCode(&'static str),
    #[error("expected seconds, a number from 0 to {max}, found {found}")]
    Delay { max: f64, found: Value },
    #[error("expected a number from 1 to {max}, found {found}")]
    MaxAttempts { max: u32, found: Value },
    #[error("expected as many as there are of input_token ({inputs}), found {outputs}")]
    TokenCount { inputs: usize, outputs: usize },
    #[error("expected a member's path (`A.B`), found `{0}`")]
    NotAPath(String),
    #[error("the operation has no parameter `{0}`")]
    NoParameter(String),
    #[error("the operation's output has no `{0}`")]
    NoOutput(String),
    #[error("the service has no such operation")]
    NoOperation,
    #[error("the model has no shape `{0}`")]
    NoShape(String),
    #[error("there is no type of resource `{0}`")]
    NoType(String),
    #[error("the resource has no identifier `{0}`")]
    NoIdentifier(String),
    #[error("expected a parameter's path (`A.B`, `A[0]`, `A[].B`, at most {max} names), found `{text}`")]
    Target { text: String, max: usize },
    #[error("expected one of {expected}, found `{found}`")]
    Source { expected: &'static str, found: String },
    #[error("two parts have the name `{0}`")]
    Collision(String),
    #[error("only actions and collections make resources")]
    MakesResource,
}

impl DefinitionError {
    /// Adds the file, the entry or the key that contains the error.
    pub(super) fn at(self, place: impl Into<String>) -> DefinitionError {
        DefinitionError::At { place: place.into(), error: Box::new(self) }
    }
}

impl From<DefinitionError> for Error {
    fn from(error: DefinitionError) -> Self {
        Error::new(ErrorKind::Model, error.to_string())
    }
}

/// Why no service has a name.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum LookupError {
    /// `hint` has similar names, or the places that were searched.
    #[error("unknown service `{name}`; {hint}")]
    UnknownService { name: String, hint: String },
    #[error("several services are called `{name}`: {services}")]
    Ambiguous { name: String, services: String },
    #[error("service `{service}` has no API version `{version}`, only {known}")]
    UnknownVersion { service: String, version: String, known: String },
}

impl From<LookupError> for Error {
    fn from(error: LookupError) -> Self {
        Error::new(ErrorKind::UnknownService, error.to_string())
    }
}

/// The error for a file that cannot be read or parsed. The source says why.
pub(super) fn invalid_file(origin: &str, source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::new(ErrorKind::Model, origin).with_source(source)
}

//! Errors of resources: each message is written here.

use crate::error::{Error, ErrorKind};

#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum ResourceError {
    #[error("{service} has no resources in the models, only {known}; use a client")]
    NoResources { service: String, known: String },
    #[error("{resource} has no {category} `{name}`{hint}")]
    Unknown { resource: String, category: &'static str, name: String, hint: String },
    #[error("`{name}` of {resource} is {found}, not {expected}: use `{verb}`")]
    WrongVerb { resource: String, name: String, found: &'static str, expected: &'static str, verb: String },
    #[error("{resource}: expected a text or a number for the identifier `{name}`, found {found}")]
    Identifier { resource: String, name: String, found: &'static str },
    #[error("{resource}: the identifier `{name}` is missing")]
    MissingIdentifier { resource: String, name: String },
    #[error("{resource} has no identifier `{name}`, only {known}")]
    UnknownIdentifier { resource: String, name: String, known: String },
    #[error("{resource} has {expected} identifiers ({known}), found {found}")]
    TooManyIdentifiers { resource: String, expected: usize, known: String, found: usize },
    #[error("expected parameters as an object, found {0}")]
    Params(&'static str),
    #[error("expected {expected} for the parameter `{name}`, found {found}")]
    Param { name: String, expected: &'static str, found: &'static str },
    #[error("the parameter `{0}` is missing")]
    MissingParam(String),
    #[error("there is no parameter `{0}`")]
    UnknownParam(String),
    #[error("`{0}` is nothing that JSON can say: `Transfer` has settings, progress and copies from another client")]
    TransferParam(String),
    #[error("{0} has no data and cannot load any")]
    NoLoad(String),
    #[error("{0} was not found")]
    NotFound(String),
    #[error("expected {expected}, found {found}")]
    Answer { expected: &'static str, found: &'static str },
    #[error("the response has {found} of the identifier `{name}` for {expected} resources `{resource}`")]
    Uneven { resource: String, name: String, expected: usize, found: usize },
}

impl From<ResourceError> for Error {
    fn from(error: ResourceError) -> Self {
        let kind = match error {
            ResourceError::NoResources { .. } | ResourceError::Unknown { .. } | ResourceError::WrongVerb { .. } => {
                ErrorKind::UnknownResource
            }
            ResourceError::Uneven { .. } | ResourceError::NotFound(_) | ResourceError::Answer { .. } => {
                ErrorKind::Response
            }
            ResourceError::NoLoad(_) => ErrorKind::Unsupported,
            _ => ErrorKind::Validation,
        };
        Error::new(kind, error.to_string())
    }
}

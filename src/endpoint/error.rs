//! Errors of rule sets and endpoint files: each message is written here.

use crate::error::{Error, ErrorKind};

/// Why there is no endpoint.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum EndpointError {
    #[error("{origin}: not a partitions file")]
    NotAPartitionsFile { origin: String },
    #[error("{origin}: not an endpoints file of format 3")]
    NotAnEndpointsFile { origin: String },
    #[error("{origin}: not a usable endpoint rule set: {path}{error}")]
    NotARuleSet { origin: String, path: String, error: String },
    #[error("{origin}: expected at least one partition, found none")]
    EmptyFile { origin: String },
    #[error("{origin}: no partitions")]
    NoPartitions { origin: String },
    #[error("{origin}: regionRegex {pattern:?} is not a regular expression")]
    RegionPattern { origin: String, pattern: String },
    #[error("{origin}: service {service}, endpoint {endpoint}")]
    InvalidEntry { origin: String, service: String, endpoint: String },
    #[error("You must specify a region.")]
    NoRegion,
    #[error("{service}: no {variant} endpoint is known in region {region}")]
    UnknownVariant { service: String, variant: String, region: String },
    /// The message of an error rule.
    #[error("{0}")]
    Rule(String),
    #[error("{origin}: {part}: {error}")]
    Evaluation { origin: String, part: String, error: String },
    #[error("No endpoint found for parameters:{0}")]
    NoMatch(String),
    #[error("Cannot find value for required parameter {0}")]
    MissingParameter(String),
    #[error("Value ({name}) is the wrong type. Must be {expected}, found {found}")]
    ParameterType { name: String, expected: &'static str, found: &'static str },
}

impl EndpointError {
    fn kind(&self) -> ErrorKind {
        match self {
            EndpointError::NotAPartitionsFile { .. }
            | EndpointError::NotAnEndpointsFile { .. }
            | EndpointError::NotARuleSet { .. }
            | EndpointError::EmptyFile { .. }
            | EndpointError::NoPartitions { .. }
            | EndpointError::RegionPattern { .. }
            | EndpointError::InvalidEntry { .. } => ErrorKind::Model,
            EndpointError::NoRegion => ErrorKind::Config,
            EndpointError::UnknownVariant { .. }
            | EndpointError::Rule(_)
            | EndpointError::Evaluation { .. }
            | EndpointError::NoMatch(_)
            | EndpointError::MissingParameter(_)
            | EndpointError::ParameterType { .. } => ErrorKind::Endpoint,
        }
    }
}

impl From<EndpointError> for Error {
    fn from(error: EndpointError) -> Self {
        Error::new(error.kind(), error.to_string())
    }
}

/// Why a part of a rule cannot be evaluated.
#[derive(Debug, thiserror::Error)]
pub(super) enum RuleError {
    #[error("the rules call {0:?}, a function that this version does not know")]
    UnknownFunction(String),
    #[error("both values must be booleans, but one is not set")]
    BooleanUnset,
    #[error("both values must be strings, but one is not set")]
    StringUnset,
    #[error("the input must be a string, but it is not set")]
    InputUnset,
    #[error("the condition must be a boolean, but it is not set")]
    ConditionUnset,
    #[error("the delimiter must not be empty")]
    EmptyDelimiter,
    #[error("it needs a value that is not set")]
    Unset,
    #[error("the rules built more than {max} bytes of text")]
    TooMuchText { max: usize },
    /// A data file is invalid.
    #[error(transparent)]
    Data(Error),
}

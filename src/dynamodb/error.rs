//! Errors of native values and conditions: each message is written here.

use super::decimal::NumberFault;
use crate::error::{Error, ErrorKind, ServiceError};
use crate::model::path::Path;

/// What is wrong at a path in a value.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum NativeFault {
    #[error("{}", number_fault(*.0))]
    Number(NumberFault),
    #[error("expected a number without a fraction, or {{\"N\": \"{0}\"}}, since numbers are strict")]
    Float(String),
    #[error("NaN and infinity are no numbers of DynamoDB")]
    NotFinite,
    #[error("expected {expected}, found {found}")]
    Content { expected: &'static str, found: &'static str },
    #[error("a set cannot be empty; leave out the attribute")]
    EmptySet,
    #[error("the set has this element twice")]
    Duplicate,
    #[error("nested more than {0} levels deep")]
    TooDeep(usize),
    #[error("expected an item as an object, found {0}")]
    NoItem(&'static str),
    #[error("expected an attribute value as an object, found {0}")]
    NoAttribute(&'static str),
    #[error("expected an attribute value with one type, found an object with {0} members, or of an unknown type")]
    NoType(usize),
    #[error("expected a condition of `key(..)` or `attr(..)`, or a string")]
    Condition,
    #[error("the condition has `attr({0:?})`, but conditions of keys are made with `key(..)`")]
    NotAKey(String),
    #[error("the attribute name {0:?} has no name in it")]
    NoName(String),
    #[error("expected an object, found {0}, so that the names and values of the condition cannot be added")]
    Placeholders(&'static str),
    #[error("expected parameters as an object, found {0}")]
    Params(&'static str),
    #[error("the key attribute {0:?} is missing")]
    MissingKey(String),
}

fn number_fault(fault: NumberFault) -> &'static str {
    match fault {
        NumberFault::NotANumber => "expected a decimal number, found other text",
        NumberFault::TooManyDigits => "the number has more than 38 significant digits",
        NumberFault::OutOfRange => "the number is beyond DynamoDB's range of 1E-130 to 9.99E+125",
    }
}

impl NativeFault {
    pub(super) fn at(self, path: &Path<'_>) -> Error {
        Error::new(ErrorKind::Validation, format!("{path}: {self}"))
    }

    /// The same in something that the service sent.
    pub(super) fn received_at(self, path: &Path<'_>) -> Error {
        Error::new(ErrorKind::Response, format!("{path}: {self}"))
    }
}

/// The table processes nothing of a batch any more. `code` is the member of the response that says so.
pub(super) fn unprocessed(code: &str) -> Error {
    let message = "the table repeatedly processed nothing of the batch; its capacity may be exceeded".to_owned();
    Error::from_service(ServiceError { message, ..ServiceError::bare(200, code) })
}

pub(super) fn no_native_values(service: &str) -> Error {
    let message = format!("{service} has no native values of DynamoDB; use the client itself");
    Error::new(ErrorKind::Unsupported, message)
}

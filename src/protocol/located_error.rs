//! An error with the path to its place in a value. The path is built while the error is returned, so a call without
//! errors does not pay for it.

use std::fmt;

use crate::codec::budget::Exceeded;
use crate::codec::xml::XmlError;
use crate::error::{Error, ErrorKind};

pub(crate) type LocatedResult<T> = Result<T, Box<LocatedError>>;

#[derive(Debug)]
pub(crate) struct LocatedError {
    /// From the innermost step to the outermost.
    path: Vec<ErrorStep>,
    message: String,
    /// What came instead of what was expected.
    found: Option<String>,
    /// The whole document is invalid, so a path adds nothing.
    whole: bool,
    /// The message shows nothing of the value.
    is_about_names: bool,
}

#[derive(Debug)]
enum ErrorStep {
    Member(String),
    Item(usize),
}

impl LocatedError {
    pub(super) fn new(message: impl Into<String>) -> Box<LocatedError> {
        Box::new(LocatedError {
            path: Vec::new(),
            message: message.into(),
            found: None,
            whole: false,
            is_about_names: false,
        })
    }

    /// An error of a type that wants something else.
    pub(super) fn mismatch(expected: impl fmt::Display, found: String) -> Box<LocatedError> {
        Box::new(LocatedError { found: Some(found), ..*LocatedError::new(format!("expected {expected}")) })
    }

    /// An error of a type that wants a member.
    pub(super) fn missing(member: &str) -> Box<LocatedError> {
        let message = format!("the member {member:?} is missing");
        Box::new(LocatedError { is_about_names: true, ..*LocatedError::new(message) })
    }

    /// An error of the whole document.
    pub(super) fn whole(message: impl Into<String>) -> Box<LocatedError> {
        Box::new(LocatedError { whole: true, ..*LocatedError::new(message) })
    }

    /// Adds the member of a structure or the key of a map that contains the error.
    pub(super) fn member(mut self: Box<Self>, name: &str) -> Box<Self> {
        self.path.push(ErrorStep::Member(name.to_owned()));
        self
    }

    /// Adds the index of the list item that contains the error.
    pub(super) fn item(mut self: Box<Self>, index: usize) -> Box<Self> {
        self.path.push(ErrorStep::Item(index));
        self
    }

    /// Hides what was found, which is a secret. The message of a user's type may show it, too.
    pub(super) fn hidden(mut self: Box<Self>) -> Box<Self> {
        match &mut self.found {
            Some(found) => *found = "****".to_owned(),
            None => self.message = "the value, which is a secret, does not fit its type".to_owned(),
        }
        self
    }

    /// Takes note that the error is about a name in a document, such as that of a variant, and not about a value.
    pub(super) fn about_a_name(mut self: Box<Self>) -> Box<Self> {
        self.is_about_names = true;
        self
    }

    /// Leaves out what was found, because it is not known whether it is a secret.
    pub(super) fn without_value(mut self: Box<Self>) -> Box<Self> {
        match &mut self.found {
            _ if self.is_about_names => {}
            Some(found) => *found = "another value".to_owned(),
            None => self.message = "the value does not fit its type".to_owned(),
        }
        self
    }

    /// `Contents[3].Size: expected integer, found "abc"`.
    pub(super) fn into_error(self, kind: ErrorKind) -> Error {
        Error::new(kind, self.to_string())
    }
}

impl fmt::Display for LocatedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.whole && !self.path.is_empty() {
            for (index, step) in self.path.iter().rev().enumerate() {
                match step {
                    ErrorStep::Member(name) if index > 0 => write!(f, ".{name}")?,
                    ErrorStep::Member(name) => f.write_str(name)?,
                    ErrorStep::Item(index) => write!(f, "[{index}]")?,
                }
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.message)?;
        match &self.found {
            Some(found) => write!(f, ", found {found}"),
            None => Ok(()),
        }
    }
}

impl From<Box<XmlError>> for Box<LocatedError> {
    fn from(error: Box<XmlError>) -> Self {
        LocatedError::whole(format!("the body is not well-formed XML {error}"))
    }
}

impl From<Exceeded> for Box<LocatedError> {
    fn from(exceeded: Exceeded) -> Self {
        LocatedError::new(exceeded.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_begins_with_the_outermost_step() {
        let error = LocatedError::new("expected integer").member("Size").item(3).member("Contents").member("Result");
        assert_eq!(error.into_error(ErrorKind::Response).to_string(), "Result.Contents[3].Size: expected integer");
        let error = LocatedError::whole("not XML").member("Size");
        assert_eq!(error.into_error(ErrorKind::Response).to_string(), "not XML");
    }
}

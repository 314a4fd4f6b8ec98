//! An error with the path to its place in a value. The path is built while the error is returned, so a call without
//! errors does not pay for it.

use crate::codec::budget::Exceeded;
use crate::codec::xml::XmlError;
use crate::error::{Error, ErrorKind};

pub(super) type LocatedResult<T> = Result<T, Box<LocatedError>>;

#[derive(Debug)]
pub(super) struct LocatedError {
    /// From the innermost step to the outermost.
    path: Vec<ErrorStep>,
    message: String,
    /// The whole document is invalid, so a path adds nothing.
    whole: bool,
}

#[derive(Debug)]
enum ErrorStep {
    Member(String),
    Item(usize),
}

impl LocatedError {
    pub(super) fn new(message: impl Into<String>) -> Box<LocatedError> {
        Box::new(LocatedError { path: Vec::new(), message: message.into(), whole: false })
    }

    /// An error of the whole document.
    pub(super) fn whole(message: impl Into<String>) -> Box<LocatedError> {
        Box::new(LocatedError { path: Vec::new(), message: message.into(), whole: true })
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

    /// `Contents[3].Size: expected integer, found "abc"`.
    pub(super) fn into_error(self, kind: ErrorKind) -> Error {
        if self.whole || self.path.is_empty() {
            return Error::new(kind, self.message);
        }
        let mut text = String::new();
        for step in self.path.iter().rev() {
            match step {
                ErrorStep::Member(name) => {
                    if !text.is_empty() {
                        text.push('.');
                    }
                    text.push_str(name);
                }
                ErrorStep::Item(index) => text.push_str(&format!("[{index}]")),
            }
        }
        text.push_str(": ");
        text.push_str(&self.message);
        Error::new(kind, text)
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

//! What is wrong somewhere within a value. The path to the place is put together on the way out, so that a call without
//! faults pays nothing for it.

use crate::codec::budget::Exceeded;
use crate::codec::xml::XmlError;
use crate::error::{Error, ErrorKind};

pub(super) type Outcome<T> = Result<T, Box<Fault>>;

#[derive(Debug)]
pub(super) struct Fault {
    /// From the inside out.
    path: Vec<Step>,
    message: String,
    /// The whole document is broken: a path into it would tell nothing more.
    whole: bool,
}

#[derive(Debug)]
enum Step {
    Member(String),
    Item(usize),
}

impl Fault {
    pub(super) fn new(message: impl Into<String>) -> Box<Fault> {
        Box::new(Fault { path: Vec::new(), message: message.into(), whole: false })
    }

    /// A fault of the whole document.
    pub(super) fn whole(message: impl Into<String>) -> Box<Fault> {
        Box::new(Fault { path: Vec::new(), message: message.into(), whole: true })
    }

    /// The fault lies in a member of a structure or under a key of a map.
    pub(super) fn member(mut self: Box<Self>, name: &str) -> Box<Self> {
        self.path.push(Step::Member(name.to_owned()));
        self
    }

    /// The fault lies in an item of a list; the first is 0.
    pub(super) fn item(mut self: Box<Self>, index: usize) -> Box<Self> {
        self.path.push(Step::Item(index));
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
                Step::Member(name) => {
                    if !text.is_empty() {
                        text.push('.');
                    }
                    text.push_str(name);
                }
                Step::Item(index) => text.push_str(&format!("[{index}]")),
            }
        }
        text.push_str(": ");
        text.push_str(&self.message);
        Error::new(kind, text)
    }
}

impl From<Box<XmlError>> for Box<Fault> {
    fn from(error: Box<XmlError>) -> Self {
        Fault::whole(format!("the body is not well-formed XML {error}"))
    }
}

impl From<Exceeded> for Box<Fault> {
    fn from(exceeded: Exceeded) -> Self {
        Fault::new(exceeded.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_is_told_from_the_outside_in() {
        let fault = Fault::new("expected integer").member("Size").item(3).member("Contents").member("Result");
        assert_eq!(fault.into_error(ErrorKind::Response).to_string(), "Result.Contents[3].Size: expected integer");
        let fault = Fault::whole("not XML").member("Size");
        assert_eq!(fault.into_error(ErrorKind::Response).to_string(), "not XML");
    }
}

//! A resolved value and its origin.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// A value and its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resolved<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

/// The origin of a setting's value; `Display` is for messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    Builder,
    Environment(String),
    File { file: Arc<Path>, line: u32, section: Box<str>, key: Box<str> },
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Builder => f.write_str("the builder"),
            Origin::Environment(name) => write!(f, "environment variable {name}"),
            Origin::File { file, line, section, key } => write!(f, "{}:{line} ({section}, key {key})", file.display()),
            Origin::Default => f.write_str("the default"),
        }
    }
}

impl<T> std::ops::Deref for Resolved<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

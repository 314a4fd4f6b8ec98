//! The error message of a validation: the violations found, and how values and names are shown in it.

use std::fmt::{self, Write as _};

use serde_json::{Number, Value};

use crate::error::{Error, ErrorKind, Result};
use crate::model::path::{Path, Quoted};
use crate::model::shape::Structure;
use crate::value;

/// Collected errors: the text of the first ones, and the number of further ones.
#[derive(Default)]
pub(super) struct Violations {
    text: String,
    shown: usize,
    more: usize,
}

impl Violations {
    /// Bounds the message: a list of a million wrong items must not become a message of 100 MB.
    const MAX_SHOWN: usize = 50;

    pub(super) fn add(&mut self, path: &Path<'_>, what: fmt::Arguments<'_>) {
        if self.is_full() {
            self.more += 1;
            return;
        }
        self.shown += 1;
        // Writing to a String cannot fail.
        let _ = write!(self.text, "{}{path}: {what}", if self.shown == 1 { "" } else { "; " });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.shown == 0
    }

    pub(super) fn is_full(&self) -> bool {
        self.shown >= Self::MAX_SHOWN
    }

    pub(super) fn into_result(mut self, what: &str) -> Result<()> {
        match (self.shown, self.more) {
            (0, _) => return Ok(()),
            (_, 0) => {}
            (_, more) => {
                let _ = write!(self.text, "; and {more} more");
            }
        }
        Err(Error::new(ErrorKind::Validation, format!("{what}: {}", self.text)))
    }
}

/// Describes a value of the wrong type: its type, and the value itself if `show`.
pub(super) struct FoundValue<'v> {
    pub(super) value: &'v Value,
    pub(super) show: bool,
}

impl fmt::Display for FoundValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.value {
            Value::Bool(value) if self.show => write!(f, "boolean {value}"),
            Value::Number(number) if self.show => write!(f, "number {number}"),
            Value::String(text) if self.show => write!(f, "string {}", Quoted(text)),
            Value::Number(_) => f.write_str("number"),
            other => f.write_str(value::type_name(other)),
        }
    }
}

/// Value of the right type that violates a constraint.
pub(super) struct FoundText<'t, T: ?Sized> {
    pub(super) text: &'t T,
    pub(super) show: bool,
}

impl fmt::Display for FoundText<'_, str> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.show { Quoted(self.text).fmt(f) } else { f.write_str("another") }
    }
}

impl fmt::Display for FoundText<'_, Number> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.show { self.text.fmt(f) } else { f.write_str("another") }
    }
}

/// Regular expression without the escapes of [`Quoted`], which would make it unreadable.
pub(super) struct Plain<'t>(pub(super) &'t str);

impl fmt::Display for Plain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MAX_CHARS: usize = 100;
        self.0.chars().take(MAX_CHARS).filter(|c| !c.is_control()).try_for_each(|c| f.write_char(c))?;
        if self.0.chars().nth(MAX_CHARS).is_some() { f.write_str("..") } else { Ok(()) }
    }
}

/// Names of a structure's members, or the first ones.
pub(super) struct Names<'s>(pub(super) &'s Structure);

impl Names<'_> {
    pub(super) const MAX_NAMES: usize = 12;
}

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members = &self.0.members;
        if members.is_empty() {
            return f.write_str("no members");
        }
        for (index, member) in members.iter().take(Self::MAX_NAMES).enumerate() {
            write!(f, "{}{}", if index == 0 { "" } else { ", " }, member.name)?;
        }
        match members.len().saturating_sub(Self::MAX_NAMES) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

/// Values of an enum, or the first ones.
pub(super) struct OneOf<'v>(pub(super) &'v [Box<str>]);

impl fmt::Display for OneOf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MAX_VALUES: usize = 12;
        f.write_str("one of ")?;
        for (index, value) in self.0.iter().take(MAX_VALUES).enumerate() {
            write!(f, "{}{}", if index == 0 { "" } else { ", " }, Quoted(value))?;
        }
        match self.0.len().saturating_sub(MAX_VALUES) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

//! How much one evaluation may build.

use std::cell::Cell;

use serde_json::{Map, Value};

/// What may be built of a document of any size.
const MAX_BUILT: u64 = 1 << 20;
/// How much text weighs as much as a value.
const TEXT: usize = 16;

/// Counts the values that an evaluation builds and the steps it makes.
///
/// An expression without repetitions builds no more than each of its parts for each value of the document; one like
/// `[@, @] | [@, @] | ..` builds twice as much with each part.
pub(super) struct Work<'v> {
    left: Cell<u64>,
    allowed: Cell<u64>,
    /// Not looked at as long as little is built.
    document: Cell<Option<&'v Value>>,
    /// How many parts the expression has.
    parts: u64,
}

impl<'v> Work<'v> {
    pub(super) fn new(document: &'v Value, parts: u64) -> Work<'v> {
        Work { left: Cell::new(MAX_BUILT), allowed: Cell::new(MAX_BUILT), document: Cell::new(Some(document)), parts }
    }

    /// # Errors
    /// The expression builds too much.
    pub(super) fn charge(&self, amount: usize) -> Result<(), String> {
        let amount = amount as u64;
        match self.left.get().checked_sub(amount) {
            Some(left) => self.left.set(left),
            None => self.allow_more(amount)?,
        }
        Ok(())
    }

    pub(super) fn charge_text(&self, length: usize) -> Result<(), String> {
        self.charge(length / TEXT)
    }

    /// What it takes to copy a value.
    pub(super) fn charge_copy(&self, value: &Value) -> Result<(), String> {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => self.charge(1),
            Value::String(text) => self.charge(1 + text.len() / TEXT),
            Value::Array(items) => {
                self.charge(1)?;
                items.iter().try_for_each(|item| self.charge_copy(item))
            }
            Value::Object(members) => {
                self.charge(1)?;
                members.iter().try_for_each(|(name, value)| {
                    self.charge_text(name.len())?;
                    self.charge_copy(value)
                })
            }
        }
    }

    #[cold]
    fn allow_more(&self, amount: u64) -> Result<(), String> {
        if let Some(document) = self.document.take() {
            let more = weight(document).saturating_mul(self.parts);
            self.left.set(self.left.get().saturating_add(more));
            self.allowed.set(self.allowed.get().saturating_add(more));
        }
        match self.left.get().checked_sub(amount) {
            Some(left) => self.left.set(left),
            None => {
                return Err(format!(
                    "it builds more than {} values from this document: parts of it like `[@, @]` multiply what they find",
                    self.allowed.get()
                ));
            }
        }
        Ok(())
    }
}

/// How much a value is to build.
pub(super) fn weight(value: &Value) -> u64 {
    let members = |members: &Map<String, Value>| {
        members.iter().map(|(name, value)| (name.len() / TEXT) as u64 + weight(value)).sum::<u64>()
    };
    1 + match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => (text.len() / TEXT) as u64,
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(object) => members(object),
    }
}

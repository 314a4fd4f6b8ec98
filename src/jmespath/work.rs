//! Size limit of an evaluation.

use std::cell::Cell;

use serde_json::{Map, Value};

use super::error::{EvaluationError, EvaluationResult};

/// Number of values that an evaluation may build from a document of any size.
const MAX_BUILT: u64 = 1 << 20;
/// Bytes of text that count as one value.
const TEXT_UNIT: usize = 16;

/// Budget of an evaluation: counts the values that it builds and its steps.
///
/// A normal expression builds at most one value per part of the expression and value of the document. An expression like
/// `[@, @] | [@, @] | ..` builds twice as many with each part.
pub(super) struct Work<'v> {
    remaining: Cell<u64>,
    allowed: Cell<u64>,
    /// Measured only when the initial budget is spent.
    document: Cell<Option<&'v Value>>,
    /// Number of parts in the expression.
    parts: u64,
}

impl<'v> Work<'v> {
    pub(super) fn new(document: &'v Value, parts: u64) -> Work<'v> {
        Work {
            remaining: Cell::new(MAX_BUILT),
            allowed: Cell::new(MAX_BUILT),
            document: Cell::new(Some(document)),
            parts,
        }
    }

    /// Takes an amount from the budget.
    ///
    /// # Errors
    /// A message if the budget is exceeded.
    pub(super) fn charge(&self, amount: usize) -> EvaluationResult<()> {
        let amount = amount as u64;
        match self.remaining.get().checked_sub(amount) {
            Some(remaining) => self.remaining.set(remaining),
            None => self.allow_more(amount)?,
        }
        Ok(())
    }

    pub(super) fn charge_text(&self, length: usize) -> EvaluationResult<()> {
        self.charge(length / TEXT_UNIT)
    }

    /// Takes the cost of copying a value.
    pub(super) fn charge_copy(&self, value: &Value) -> EvaluationResult<()> {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => self.charge(1),
            Value::String(text) => self.charge(1 + text.len() / TEXT_UNIT),
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
    fn allow_more(&self, amount: u64) -> EvaluationResult<()> {
        if let Some(document) = self.document.take() {
            let more = weight(document).saturating_mul(self.parts);
            self.remaining.set(self.remaining.get().saturating_add(more));
            self.allowed.set(self.allowed.get().saturating_add(more));
        }
        match self.remaining.get().checked_sub(amount) {
            Some(remaining) => self.remaining.set(remaining),
            None => {
                return Err(EvaluationError::TooMuchWork { max: self.allowed.get() }.into());
            }
        }
        Ok(())
    }
}

/// Returns the cost of building a value.
pub(super) fn weight(value: &Value) -> u64 {
    let members = |members: &Map<String, Value>| {
        members.iter().map(|(name, value)| (name.len() / TEXT_UNIT) as u64 + weight(value)).sum::<u64>()
    };
    1 + match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => (text.len() / TEXT_UNIT) as u64,
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(object) => members(object),
    }
}

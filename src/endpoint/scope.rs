//! What an evaluation of rules reads, and the text that it may build.

use std::cell::Cell;

use super::attribute::Val;
use super::error::RuleError;
use super::params::ParamValue;
use super::partitions::Partitions;

/// Values that rules read during evaluation.
pub(super) struct Scope<'a> {
    pub(super) values: Vec<Val<'a>>,
    partitions: &'a Partitions,
    /// Remaining bytes of text that rules may build.
    budget: Cell<usize>,
}

/// Maximum bytes of text that one evaluation may build. Rules can double a text repeatedly; real rule sets stay far below the
/// limit.
const MAX_TEXT: usize = 1 << 18;

impl<'a> Scope<'a> {
    pub(super) fn new(slots: usize, partitions: &'a Partitions) -> Self {
        Scope { values: Vec::with_capacity(slots), partitions, budget: Cell::new(MAX_TEXT) }
    }

    #[inline]
    pub(super) fn get(&self, slot: u16) -> &Val<'a> {
        self.values.get(usize::from(slot)).unwrap_or(&Val::Null)
    }

    pub(super) fn set(&mut self, slot: u16, value: Val<'a>) {
        let slot = usize::from(slot);
        // Only rules that were deferred have slots beyond `RuleSet::slots`.
        if slot >= self.values.len() {
            self.values.resize(slot + 1, Val::Null);
        }
        self.values[slot] = value;
    }

    pub(super) fn partitions(&self) -> &'a Partitions {
        self.partitions
    }

    /// Charges text to the budget before it is built.
    pub(super) fn charge(&self, bytes: usize) -> Result<(), RuleError> {
        let remaining = self.budget.get().checked_sub(bytes);
        self.budget.set(remaining.ok_or(RuleError::TooMuchText { max: MAX_TEXT })?);
        Ok(())
    }
}

impl<'a> From<&'a ParamValue<'a>> for Val<'a> {
    fn from(value: &'a ParamValue<'a>) -> Self {
        use std::borrow::Cow::Borrowed;
        match value {
            ParamValue::String(text) => Val::Text(Borrowed(text)),
            ParamValue::Bool(flag) => Val::Bool(*flag),
            ParamValue::StringArray(list) => Val::Strings(list.iter().map(|text| Borrowed(&**text)).collect()),
        }
    }
}

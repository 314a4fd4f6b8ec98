//! The words before the cursor. Unlike the parser this accepts everything.

use crate::aws::args::{ArgArity, ArgRule};
use crate::aws::globals;
use crate::aws::options::OperationOption;
use crate::aws::start::OWN_OPTIONS;

/// What the words up to the operation or the waiter say.
#[derive(Default)]
pub(super) struct Level<'w> {
    pub(super) command: Option<&'w str>,
    pub(super) operation: Option<&'w str>,
    pub(super) waiter: Option<&'w str>,
    pub(super) profile: Option<&'w str>,
    /// The global option whose value comes next, before the operation.
    pub(super) pending: Option<&'static str>,
    /// The words after the operation or the waiter.
    pub(super) rest: &'w [String],
}

impl<'w> Level<'w> {
    pub(super) fn read(words: &'w [String]) -> Self {
        let mut level = Level::default();
        let mut left = words;
        while let Some((word, rest)) = left.split_first() {
            left = rest;
            match level.pending.take() {
                Some(option) => level.store(option, word),
                None if word.starts_with('-') => level.read_option(word),
                None => level.read_word(word),
            }
            if level.is_complete() {
                level.rest = left;
                break;
            }
        }
        // It may also stand after the operation.
        for (option, value) in level.rest.iter().zip(level.rest.iter().skip(1)) {
            level.profile = if option == "--profile" { Some(value) } else { level.profile };
        }
        level
    }

    fn is_complete(&self) -> bool {
        self.operation.is_some_and(|operation| operation != super::WAIT) || self.waiter.is_some()
    }

    fn read_word(&mut self, word: &'w str) {
        if self.command.is_none() {
            self.command = Some(word);
        } else if self.operation.is_none() {
            self.operation = Some(word);
        } else {
            self.waiter = Some(word);
        }
    }

    fn read_option(&mut self, word: &'w str) {
        let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
        match (option_name(name), value) {
            (Some(option), Some(value)) => self.store(option, value),
            (option, _) => self.pending = option.filter(|option| takes_value(option)),
        }
    }

    fn store(&mut self, option: &'static str, value: &'w str) {
        if option == "--profile" {
            self.profile = Some(value);
        }
    }
}

/// An option whose value comes next.
#[derive(Clone, Copy)]
pub(super) enum Pending<'o, 'm> {
    /// A global one.
    Global(&'static str),
    /// One of the operation.
    Own(&'o OperationOption<'m>),
}

impl Pending<'_, '_> {
    pub(super) fn arity(self) -> ArgArity {
        match self {
            Pending::Global(name) if takes_value(name) => ArgArity::One,
            Pending::Global(_) => ArgArity::Flag,
            Pending::Own(option) => option.arity,
        }
    }
}

/// The global option with this name, or with a name that only it begins with.
pub(super) fn option_name(typed: &str) -> Option<&'static str> {
    let names = || globals::rules().into_iter().map(|rule| rule.name).chain(OWN_OPTIONS.iter().copied());
    let mut alike = names().filter(|name| name.starts_with(typed) && typed.len() > 2);
    names().find(|name| *name == typed).or_else(|| alike.next().filter(|_| alike.next().is_none()))
}

fn takes_value(name: &str) -> bool {
    let is_flag = |rule: &ArgRule<'_>| rule.name == name && rule.arity == ArgArity::Flag;
    !globals::rules().iter().any(is_flag)
}

//! The arguments of a command that are not options.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::PathBuf;

use super::ValueKind;
use crate::error::CliResult;
use crate::usage::UsageError;

/// An argument of a command, by its position.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Positional {
    /// `SERVICE`
    pub(crate) name: &'static str,
    pub(crate) kind: ValueKind,
    pub(crate) arity: Arity,
}

/// How often an argument may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arity {
    Required,
    Optional,
    /// Any number of times; only for the last argument.
    Repeated,
}

impl Positional {
    pub(crate) const SERVICE: Positional = Positional::required("SERVICE", ValueKind::Service);
    pub(crate) const OPERATION: Positional = Positional::required("OPERATION", ValueKind::Operation);
    pub(crate) const PARAMS: Positional = Positional::optional("'JSON' | @FILE | -", ValueKind::Params);

    pub(crate) const fn required(name: &'static str, kind: ValueKind) -> Self {
        Positional { name, kind, arity: Arity::Required }
    }

    pub(crate) const fn optional(name: &'static str, kind: ValueKind) -> Self {
        Positional { name, kind, arity: Arity::Optional }
    }

    pub(crate) const fn repeated(name: &'static str, kind: ValueKind) -> Self {
        Positional { name, kind, arity: Arity::Repeated }
    }
}

/// The arguments of a command line, checked against the command's [`Positional`]s.
#[derive(Debug)]
pub(crate) struct ArgumentList(VecDeque<OsString>);

impl ArgumentList {
    pub(crate) fn check(command: &str, arguments: Vec<OsString>, expected: &[Positional]) -> Result<Self, UsageError> {
        for (position, positional) in expected.iter().enumerate() {
            let Some(argument) = arguments.get(position) else {
                if positional.arity == Arity::Required {
                    return Err(UsageError::MissingArgument { name: positional.name });
                }
                break;
            };
            if let ValueKind::OneOf(words) = positional.kind
                && !words.iter().any(|word| argument == word)
            {
                let found = argument.to_string_lossy().into_owned();
                return Err(UsageError::UnknownWord { command: command.to_owned(), found, words });
            }
        }
        let takes_all = expected.last().is_some_and(|last| last.arity == Arity::Repeated);
        match arguments.get(expected.len()) {
            Some(argument) if !takes_all => Err(UsageError::unexpected_argument(argument)),
            _ => Ok(ArgumentList(arguments.into())),
        }
    }

    /// The next argument; empty only if the command did not declare it as required.
    pub(crate) fn text(&mut self) -> CliResult<String> {
        Ok(self.optional()?.unwrap_or_default())
    }

    pub(crate) fn optional(&mut self) -> CliResult<Option<String>> {
        let not_unicode = |_| UsageError::NotUnicode { place: "an argument".to_owned() };
        Ok(self.0.pop_front().map(|argument| argument.into_string().map_err(not_unicode)).transpose()?)
    }

    /// All arguments that are left; those that are no Unicode text with replacement characters.
    pub(crate) fn rest(self) -> Vec<String> {
        self.0.into_iter().map(|argument| argument.to_string_lossy().into_owned()).collect()
    }

    pub(crate) fn path(&mut self) -> PathBuf {
        self.0.pop_front().unwrap_or_default().into()
    }
}

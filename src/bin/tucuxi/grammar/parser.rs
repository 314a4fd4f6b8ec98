//! Reads a command line by the tables of options.

use std::ffi::OsString;

use lexopt::Arg::{Long, Short, Value};

use super::globals::GLOBAL_FLAGS;
use super::{ArgumentList, Flag, FlagInfo, FlagValue, Positional};
use crate::error::CliResult;
use crate::session::GlobalOptions;
use crate::usage::UsageError;

/// The words of a command line that have not been read yet.
pub(crate) struct CommandLine(lexopt::Parser);

impl CommandLine {
    pub(crate) fn from_env() -> Self {
        CommandLine(lexopt::Parser::from_env())
    }

    /// Reads options up to the next word that is none. Stops early at an option that asks for information, such as `--help`.
    pub(crate) fn next_word<A>(
        &mut self,
        flags: &[&dyn Flag<A>],
        arguments: &mut A,
        globals: &mut GlobalOptions,
    ) -> CliResult<Option<OsString>> {
        while globals.notice.is_none() {
            // The text of an option does not borrow from the parser.
            let option = match self.0.next().map_err(|error| UsageError::Unreadable { problem: error.to_string() })? {
                None => break,
                Some(Value(word)) => return Ok(Some(word)),
                Some(Long(name)) => format!("--{name}"),
                Some(Short(letter)) => format!("-{letter}"),
            };
            if let Some(flag) = find(flags, &option) {
                flag.update(self.value(option, FlagInfo::of(flag))?, arguments)?;
            } else if let Some(flag) = find(GLOBAL_FLAGS, &option) {
                flag.update(self.value(option, FlagInfo::of(flag))?, globals)?;
            } else {
                let known = FlagInfo::all(flags).into_iter().chain(FlagInfo::all(GLOBAL_FLAGS));
                return Err(UsageError::unknown_option(option, known.map(|flag| flag.long)).into());
            }
        }
        Ok(None)
    }

    /// Reads the rest of the command line; `None` if an option asks for information instead.
    pub(crate) fn rest<A>(
        &mut self,
        command: &str,
        (positionals, flags): (&[Positional], &[&dyn Flag<A>]),
        arguments: &mut A,
        globals: &mut GlobalOptions,
    ) -> CliResult<Option<ArgumentList>> {
        let mut words = Vec::new();
        while let Some(word) = self.next_word(flags, arguments, globals)? {
            words.push(word);
        }
        if globals.notice.is_some() {
            return Ok(None);
        }
        Ok(Some(ArgumentList::check(command, words, positionals)?))
    }

    fn value(&mut self, option: String, flag: FlagInfo) -> Result<FlagValue, UsageError> {
        let Some((name, _)) = flag.value else {
            return match self.0.optional_value() {
                None => Ok(FlagValue::new(option, OsString::new())),
                Some(_) => Err(UsageError::UnexpectedValue { option }),
            };
        };
        match self.0.value() {
            Ok(value) => Ok(FlagValue::new(option, value)),
            Err(_) => Err(UsageError::MissingValue { option, name }),
        }
    }
}

fn find<'f, A>(flags: &[&'f dyn Flag<A>], option: &str) -> Option<&'f dyn Flag<A>> {
    flags.iter().copied().find(|flag| FlagInfo::of(*flag).is(option))
}

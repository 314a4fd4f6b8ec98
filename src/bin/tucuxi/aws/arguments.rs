//! The options of a command line that an operation has.

use super::args::ParsedArgs;
use super::options::{OptionRole, OptionTable};
use super::values::ValueSettings;

/// The options of the line, by name.
pub(crate) struct LineOptions<'t, 'm> {
    pub(crate) table: &'t OptionTable<'m>,
    /// Reads the values of members.
    pub(crate) values: &'t ValueSettings,
    parsed: ParsedArgs,
}

impl<'t, 'm> LineOptions<'t, 'm> {
    pub(crate) fn new(table: &'t OptionTable<'m>, values: &'t ValueSettings, parsed: ParsedArgs) -> Self {
        LineOptions { table, values, parsed }
    }

    /// The values of the last use of an option, by its name without dashes.
    pub(crate) fn get(&self, name: &str) -> Option<&[String]> {
        let rule = self.table.options.iter().position(|option| option.name == name)?;
        self.parsed.last(rule)
    }

    /// Whether the option was used.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The only value of an option.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.first().map(String::as_str)
    }

    /// Of the options that set this member, the one that was used last.
    pub(crate) fn last_flag(&self, member: &str) -> Option<bool> {
        self.parsed.given.iter().rev().find_map(|given| match self.table.options.get(given.rule)?.role {
            OptionRole::Flag(flag, value) if flag.name() == member => Some(value),
            _ => None,
        })
    }
}

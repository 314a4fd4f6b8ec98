//! What an option is.

use super::value::FlagValue;
use crate::error::CliResult;

/// What a value is, for completion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueKind {
    /// Text that cannot be completed: a URL, a number, a token.
    Text,
    File,
    Folder,
    Profile,
    Region,
    Service,
    /// An API version of the service on the command line.
    ApiVersion,
    /// An operation of the service on the command line.
    Operation,
    /// A waiter of the service on the command line.
    Waiter,
    /// A part of the resource that the words before name.
    ResourcePart,
    /// Parameters: JSON, `@FILE` or `-`.
    Params,
    /// A command of this program.
    Command,
    /// One of these words.
    OneOf(&'static [&'static str]),
}

/// An option of the program or of a command. `A` is what its value goes into: `GlobalOptions`, or the arguments of a command.
pub(crate) trait Flag<A>: Sync {
    /// The name without dashes.
    fn long(&self) -> &'static str;

    fn short(&self) -> Option<char> {
        None
    }

    /// The name of the value in the help and what it is; `None` for an option without a value.
    fn value(&self) -> Option<(&'static str, ValueKind)> {
        None
    }

    /// A phrase without a full stop: for `-h` and for completion.
    fn summary(&self) -> &'static str;

    /// The text for `--help`.
    fn help(&self) -> &'static str {
        self.summary()
    }

    /// A heading of its own in the help.
    fn heading(&self) -> Option<&'static str> {
        None
    }

    /// Stores the value. If an option is repeated, the last value wins, unless the option collects its values.
    fn update(&self, value: FlagValue, arguments: &mut A) -> CliResult<()>;
}

/// An option without its action.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FlagInfo {
    pub(crate) long: &'static str,
    pub(crate) short: Option<char>,
    pub(crate) value: Option<(&'static str, ValueKind)>,
    pub(crate) summary: &'static str,
    pub(crate) help: &'static str,
    pub(crate) heading: Option<&'static str>,
}

impl FlagInfo {
    pub(crate) fn of<A>(flag: &dyn Flag<A>) -> FlagInfo {
        FlagInfo {
            long: flag.long(),
            short: flag.short(),
            value: flag.value(),
            summary: flag.summary(),
            help: flag.help(),
            heading: flag.heading(),
        }
    }

    pub(crate) fn all<A>(flags: &[&dyn Flag<A>]) -> Vec<FlagInfo> {
        flags.iter().map(|flag| FlagInfo::of(*flag)).collect()
    }

    /// Whether this is the option `--name` or `-n`.
    pub(crate) fn is(&self, option: &str) -> bool {
        match option.strip_prefix("--") {
            Some(name) => name == self.long,
            None => self.short.is_some_and(|short| option.chars().eq(['-', short])),
        }
    }
}

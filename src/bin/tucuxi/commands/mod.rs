//! The commands of the program. A command is a file with one `impl` of [`Command`] and a row in [`COMMANDS`].

mod call;
mod complete;
mod completion;
mod demo;
mod describe;
mod generate;
mod help;
mod models;
mod operations;
mod presign;
pub(crate) mod resource;
mod serve;
mod services;
pub(crate) mod version;
mod wait;
mod waiters;

use crate::error::CliResult;
use crate::grammar::help::{HelpLength, of_command};
use crate::grammar::{ArgumentList, CommandLine, Flag, FlagInfo, Positional};
use crate::output;
use crate::session::{GlobalOptions, Notice};
use crate::usage::UsageError;

/// All commands, in the order of the help.
const COMMANDS: &[&dyn AnyCommand] = &[
    &call::CallCommand,
    &presign::PresignCommand,
    &generate::GenerateCommand,
    &resource::ResourceCommand,
    &services::ServicesCommand,
    &operations::OperationsCommand,
    &describe::DescribeCommand,
    &waiters::WaitersCommand,
    &wait::WaitCommand,
    &models::ModelsCommand,
    &completion::CompletionCommand,
    &complete::CompleteCommand,
    &serve::ServeCommand,
    &demo::DemoCommand,
    &version::VersionCommand,
    &help::HelpCommand,
];

/// A command of the program.
pub(crate) trait Command: Sync {
    /// What the command's own options go into.
    type Arguments: Default + 'static;

    fn name(&self) -> &'static str;

    /// A phrase without a full stop, for the list of commands.
    fn summary(&self) -> &'static str;

    /// The beginning of `tucuxi NAME --help`.
    fn description(&self) -> &'static str;

    /// More about the command, after the usage: how to write the arguments, and examples.
    fn notes(&self) -> Option<&'static str> {
        None
    }

    fn positionals(&self) -> &'static [Positional] {
        &[]
    }

    fn flags(&self) -> &'static [&'static dyn Flag<Self::Arguments>] {
        &[]
    }

    /// Whether the command is only for other programs, so that help and completion do not list it.
    fn is_hidden(&self) -> bool {
        false
    }

    fn run(&self, invocation: Invocation<Self::Arguments>) -> CliResult<()>;
}

/// A command with all that the command line says.
pub(crate) struct Invocation<A> {
    pub(crate) globals: GlobalOptions,
    /// The command's own options.
    pub(crate) arguments: A,
    pub(crate) positionals: ArgumentList,
}

/// A command without its action.
pub(crate) struct CommandInfo {
    pub(crate) name: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) description: &'static str,
    pub(crate) notes: Option<&'static str>,
    pub(crate) positionals: &'static [Positional],
    pub(crate) flags: Vec<FlagInfo>,
    pub(crate) is_hidden: bool,
}

/// A command whatever its arguments are.
pub(crate) trait AnyCommand: Sync {
    fn info(&self) -> CommandInfo;

    /// Reads the rest of the command line and runs the command. `globals` has the options before the command's name.
    fn start(&self, globals: GlobalOptions, line: &mut CommandLine) -> CliResult<()>;
}

impl<C: Command> AnyCommand for C {
    fn info(&self) -> CommandInfo {
        CommandInfo {
            name: self.name(),
            summary: self.summary(),
            description: self.description(),
            notes: self.notes(),
            positionals: self.positionals(),
            flags: FlagInfo::all(self.flags()),
            is_hidden: self.is_hidden(),
        }
    }

    fn start(&self, mut globals: GlobalOptions, line: &mut CommandLine) -> CliResult<()> {
        let mut arguments = C::Arguments::default();
        let tables = (self.positionals(), self.flags());
        let positionals = line.rest(self.name(), tables, &mut arguments, &mut globals)?;
        match (globals.notice, positionals) {
            (None, Some(positionals)) => self.run(Invocation { globals, arguments, positionals }),
            (Some(Notice::Version), _) => version::print(),
            (Some(Notice::Summary), _) => output::print(&of_command(&self.info(), HelpLength::Short)),
            (Some(Notice::Help) | None, _) => output::print(&of_command(&self.info(), HelpLength::Long)),
        }
    }
}

/// The commands for people.
pub(crate) fn visible() -> impl Iterator<Item = CommandInfo> {
    COMMANDS.iter().map(|command| command.info()).filter(|command| !command.is_hidden)
}

/// The command with this name.
pub(crate) fn find(name: &str) -> Result<&'static dyn AnyCommand, UsageError> {
    let found = COMMANDS.iter().copied().find(|command| command.info().name == name);
    found.ok_or_else(|| UsageError::unknown_command(name, visible().map(|command| command.name).collect()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::grammar::Arity;
    use crate::grammar::globals::GLOBAL_FLAGS;

    #[test]
    fn options_of_a_command_line_have_different_names() {
        for command in COMMANDS.iter().map(|command| command.info()) {
            let flags = || command.flags.iter().copied().chain(FlagInfo::all(GLOBAL_FLAGS));
            let long: BTreeSet<&str> = flags().map(|flag| flag.long).collect();
            assert_eq!(long.len(), flags().count(), "{}", command.name);
            let letters = || flags().filter_map(|flag| flag.short);
            assert_eq!(letters().collect::<BTreeSet<_>>().len(), letters().count(), "{}", command.name);
        }
    }

    #[test]
    fn required_arguments_come_first() {
        for command in COMMANDS.iter().map(|command| command.info()) {
            let order = [Arity::Required, Arity::Optional, Arity::Repeated];
            let rank = |arity: Arity| order.iter().position(|other| *other == arity);
            assert!(command.positionals.is_sorted_by_key(|positional| rank(positional.arity)), "{}", command.name);
        }
    }

    #[test]
    fn summaries_are_phrases() {
        let commands = COMMANDS.iter().map(|command| command.info());
        let summaries = commands.flat_map(|command| {
            let options: Vec<&str> = command.flags.iter().map(|flag| flag.summary).collect();
            [command.summary].into_iter().chain(options)
        });
        for summary in summaries.chain(GLOBAL_FLAGS.iter().map(|flag| flag.summary())) {
            assert!(!summary.is_empty() && !summary.ends_with('.') && !summary.contains('\n'), "{summary}");
            assert!(summary.starts_with(|first: char| first.is_ascii_uppercase()), "{summary}");
        }
    }
}

//! `tucuxi help`: describes a command, or a topic.

use super::{Command, Invocation, find};
use crate::aws::topic_page;
use crate::error::CliResult;
use crate::grammar::help::{self, HelpLength};
use crate::grammar::{Positional, ValueKind};
use crate::output;

pub(crate) struct HelpCommand;

impl Command for HelpCommand {
    type Arguments = ();

    fn name(&self) -> &'static str {
        "help"
    }

    fn summary(&self) -> &'static str {
        "Describes a command: `tucuxi help call`"
    }

    fn description(&self) -> &'static str {
        "Describes a command, as `tucuxi COMMAND --help` does, or a topic (`tucuxi help topics`), or lists all commands."
    }

    fn positionals(&self) -> &'static [Positional] {
        const { &[Positional::optional("COMMAND", ValueKind::Command)] }
    }

    fn run(&self, mut invocation: Invocation<()>) -> CliResult<()> {
        output::print(&match invocation.positionals.optional()? {
            Some(name) => match topic_page("tucuxi", &name) {
                Some(page) => page,
                None => help::of_command(&find(&name)?.info(), HelpLength::Long),
            },
            None => help::overview(HelpLength::Long),
        })
    }
}

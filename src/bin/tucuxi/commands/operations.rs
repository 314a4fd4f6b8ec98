//! `tucuxi operations`: the names of a service's operations, one a line.

use super::{Command, Invocation};
use crate::error::CliResult;
use crate::grammar::Positional;
use crate::output;

pub(crate) struct OperationsCommand;

impl Command for OperationsCommand {
    type Arguments = ();

    fn name(&self) -> &'static str {
        "operations"
    }

    fn summary(&self) -> &'static str {
        "Lists the operations of a service"
    }

    fn description(&self) -> &'static str {
        "Lists the operations of a service."
    }

    fn positionals(&self) -> &'static [Positional] {
        &[Positional::SERVICE]
    }

    fn run(&self, Invocation { globals, mut positionals, .. }: Invocation<()>) -> CliResult<()> {
        let service = positionals.text()?;
        output::print_lines(&globals.describing_client(&service)?.operation_names())
    }
}

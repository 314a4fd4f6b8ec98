//! `tucuxi waiters`: the names of a service's waiters, one a line.

use super::{Command, Invocation};
use crate::error::CliResult;
use crate::grammar::Positional;
use crate::output;

pub(crate) struct WaitersCommand;

impl Command for WaitersCommand {
    type Arguments = ();

    fn name(&self) -> &'static str {
        "waiters"
    }

    fn summary(&self) -> &'static str {
        "Lists the waiters of a service"
    }

    fn description(&self) -> &'static str {
        "Lists the waiters of a service; prints nothing if it has none."
    }

    fn positionals(&self) -> &'static [Positional] {
        &[Positional::SERVICE]
    }

    fn run(&self, Invocation { globals, mut positionals, .. }: Invocation<()>) -> CliResult<()> {
        let service = positionals.text()?;
        output::print_lines(&globals.describing_client(&service)?.waiter_names())
    }
}

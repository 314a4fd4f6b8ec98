//! `tucuxi services`: the names of the services, one a line.

use super::{Command, Invocation};
use crate::error::CliResult;
use crate::output;

pub(crate) struct ServicesCommand;

impl Command for ServicesCommand {
    type Arguments = ();

    fn name(&self) -> &'static str {
        "services"
    }

    fn summary(&self) -> &'static str {
        "Lists the services that have a model"
    }

    fn description(&self) -> &'static str {
        "Lists the services that have a model, bundled or in a folder of models."
    }

    fn run(&self, invocation: Invocation<()>) -> CliResult<()> {
        output::print_lines(&invocation.globals.session()?.available_services())
    }
}

//! `tucuxi version`: prints the version of the program and of its models.

use super::{Command, Invocation};
use crate::error::CliResult;
use crate::output;

pub(crate) struct VersionCommand;

impl Command for VersionCommand {
    type Arguments = ();

    fn name(&self) -> &'static str {
        "version"
    }

    fn summary(&self) -> &'static str {
        "Prints the version of the program and of its models"
    }

    fn description(&self) -> &'static str {
        "Prints the version of the program and of its bundled models."
    }

    fn run(&self, _: Invocation<()>) -> CliResult<()> {
        print()
    }
}

pub(crate) fn print() -> CliResult<()> {
    output::print(&format!("tucuxi {} ({})\n", env!("CARGO_PKG_VERSION"), models()))
}

fn models() -> &'static str {
    const PROVENANCE: &str = include_str!("../../../../data/PROVENANCE.md");
    match (cfg!(feature = "bundled-models"), PROVENANCE.lines().next()) {
        (true, Some(title)) => title.trim_start_matches("# "),
        _ => "no bundled models",
    }
}

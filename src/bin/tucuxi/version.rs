//! `tucuxi version`: prints the version of the program and of its models.

use crate::error::Result;
use crate::options::Positionals;
use crate::{Command, output};

pub(crate) const COMMAND: Command = Command {
    name: "version",
    about: "Prints the version of the program and of its models",
    help: "Prints the version of the program and of its bundled models.\n\nUsage: tucuxi version",
    run: |mut options, parser| {
        Positionals::plain(parser, &mut options)?.end()?;
        print()
    },
};

pub(crate) fn print() -> Result<()> {
    output::print(&format!("tucuxi {} ({})\n", env!("CARGO_PKG_VERSION"), models()))
}

fn models() -> &'static str {
    const PROVENANCE: &str = include_str!("../../../data/PROVENANCE.md");
    match (cfg!(feature = "bundled-models"), PROVENANCE.lines().next()) {
        (true, Some(title)) => title.trim_start_matches("# "),
        _ => "no bundled models",
    }
}

//! `tucuxi version`: the version of the program and of the models in it.

use crate::failure::Result;
use crate::options::Words;
use crate::{Command, output};

pub(crate) const COMMAND: Command = Command {
    name: "version",
    about: "Prints the version of the program and of its models",
    help: "Prints the version of the program and of the models in it.\n\nUsage: tucuxi version",
    run: |mut options, parser| {
        Words::plain(parser, &mut options)?.end()?;
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

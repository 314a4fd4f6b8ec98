//! The command line program: finds the command and runs it. It uses only the public API of the crate.
//!
//! A new command is a file in `commands/` and a row in its table. Other words may later be services, as in the AWS CLI
//! (`tucuxi sqs send-message --queue-url ..`); [`run`] is the place for that.

// All output goes through `output`, which handles closed pipes.
#![warn(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod commands;
mod completion;
mod error;
mod grammar;
mod import;
mod output;
mod session;
mod signals;
/// A private module of the library.
#[path = "../../spelling.rs"]
mod spelling;
mod usage;

use std::process::ExitCode;

use error::CliResult;
use grammar::CommandLine;
use grammar::help::{self, HelpLength};
use session::{GlobalOptions, Notice};
use usage::UsageError;

fn main() -> ExitCode {
    match run(&mut CommandLine::from_env()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => error.report(),
    }
}

/// Reads options up to the name of the command, and runs the command.
fn run(line: &mut CommandLine) -> CliResult<()> {
    let mut globals = GlobalOptions::default();
    let word = line.next_word::<()>(&[], &mut (), &mut globals)?;
    match (globals.notice, word) {
        (Some(Notice::Summary), _) => output::print(&help::overview(HelpLength::Short)),
        (Some(Notice::Help), _) => output::print(&help::overview(HelpLength::Long)),
        (Some(Notice::Version), _) => commands::version::print(),
        (None, Some(word)) => commands::find(&word.to_string_lossy())?.start(globals, line),
        (None, None) => Err(UsageError::NoCommand.into()),
    }
}

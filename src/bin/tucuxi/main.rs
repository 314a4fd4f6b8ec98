//! The command line program: finds the command and runs it. It uses only the public API of the crate.
//!
//! A new command is a file in `commands/` and a row in its table. Other words are services, as in the AWS CLI
//! (`tucuxi sqs send-message --queue-url ..`): those lines go to `aws/`.

// All output goes through `output`, which handles closed pipes.
#![warn(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod aws;
mod commands;
mod completion;
/// A private module of the library.
#[path = "../../draft.rs"]
mod draft;
mod error;
mod grammar;
mod import;
/// A private module of the library.
#[path = "../../codec/json_text.rs"]
#[expect(dead_code, reason = "the program needs no text without blanks")]
mod json_text;
/// A private module of the library.
#[path = "../../codec/number.rs"]
#[expect(dead_code, reason = "only the output formats use it, and only its writers")]
mod number;
mod output;
mod session;
mod signals;
/// A private module of the library.
#[path = "../../spelling.rs"]
mod spelling;
mod usage;
mod yaml_types;

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use completion::protocol;
use error::CliResult;
use grammar::CommandLine;
use grammar::help::{self, HelpLength};
use session::{GlobalOptions, Notice};
use usage::UsageError;

fn main() -> ExitCode {
    signals::clean_up_after_panics();
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    if let Some(shell_words) = protocol::arguments(env::args_os().next().as_deref(), &arguments) {
        return exit_code(protocol::answer(shell_words));
    }
    if let Some(line) = aws::AwsLine::read(arguments, |word| commands::find(word).is_ok()) {
        return aws::main(line);
    }
    exit_code(run(&mut CommandLine::from_env()))
}

fn exit_code(result: CliResult<()>) -> ExitCode {
    match result {
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

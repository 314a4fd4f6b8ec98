//! The command line program.

mod import;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Calls any operation of any AWS service by name.
#[derive(Parser)]
#[command(name = "tucuxi", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Works with service models.
    #[command(subcommand)]
    Models(Models),
}

#[derive(Subcommand)]
enum Models {
    /// Takes models out of a botocore release.
    Import(import::ImportArgs),
}

fn main() -> ExitCode {
    let Command::Models(Models::Import(arguments)) = Arguments::parse().command;
    let (line, code) = match import::run(&arguments) {
        Ok(summary) => (summary.to_string(), ExitCode::SUCCESS),
        Err(error) => (format!("error: {error}"), ExitCode::FAILURE),
    };
    // There is nobody left to tell when the terminal is gone.
    _ = match code == ExitCode::SUCCESS {
        true => writeln!(std::io::stdout(), "{line}"),
        false => writeln!(std::io::stderr(), "{line}"),
    };
    code
}

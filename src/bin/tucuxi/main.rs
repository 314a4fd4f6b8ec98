//! The command line program: finds the subcommand and runs it. It uses only the public API of the crate.
//!
//! A new subcommand is a file and a row in [`COMMANDS`]. Other words may later be services, as in the AWS CLI
//! (`tucuxi sqs send-message --queue-url ..`); [`run`] is the place for that.

// All output goes through `output`, which handles closed pipes.
#![warn(clippy::print_stdout, clippy::print_stderr)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod call;
mod configure;
mod demo;
mod describe;
mod dry_run;
mod error;
mod import;
mod log;
mod models;
mod names;
mod options;
mod output;
mod payload;
mod presign;
mod signals;
/// A private module of the library.
#[path = "../../spelling.rs"]
mod spelling;
mod version;
mod wait;

use std::process::ExitCode;

use lexopt::Arg::{Long, Short, Value};
use lexopt::Parser;

use error::{CliError, Result};
use options::{Options, Positionals};

/// A subcommand.
struct Command {
    name: &'static str,
    /// One line, for the list of commands.
    about: &'static str,
    /// The text that `tucuxi NAME --help` prints before the shared options.
    help: &'static str,
    /// Reads the rest of the command line and runs the command. `Options` has the options before the command's name.
    run: fn(Options, &mut Parser) -> Result<()>,
}

/// All subcommands, in the order of the help.
const COMMANDS: &[Command] = &[
    call::COMMAND,
    presign::COMMAND,
    presign::GENERATE,
    names::SERVICES,
    names::OPERATIONS,
    describe::COMMAND,
    names::WAITERS,
    wait::COMMAND,
    models::COMMAND,
    configure::COMMAND,
    demo::COMMAND,
    version::COMMAND,
];

fn main() -> ExitCode {
    match run(&mut Parser::from_env()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => error.report(),
    }
}

fn run(parser: &mut Parser) -> Result<()> {
    let mut options = Options::default();
    while let Some(argument) = parser.next()? {
        match argument {
            Value(word) => {
                let word = word.to_string_lossy();
                return match find(&word) {
                    Some(command) => run_command(command, options, parser),
                    None if word == "help" => help(parser),
                    None => Err(unknown_command(&word)),
                };
            }
            Short('h') | Long("help") => return output::print(&overview()),
            Short('V') | Long("version") => return version::print(),
            other => match options.accept(&options::option_text(&other), parser) {
                Err(CliError::UnknownOption(option)) => return Err(options::unknown_option(&option, "")),
                accepted => accepted?,
            },
        }
    }
    Err(CliError::Usage("no command is given; `tucuxi --help` lists them".to_owned()))
}

fn run_command(command: &Command, options: Options, parser: &mut Parser) -> Result<()> {
    match (command.run)(options, parser) {
        Err(CliError::HelpRequested) => print_help(command),
        Err(CliError::UnknownOption(option)) => Err(options::unknown_option(&option, command.help)),
        result => result,
    }
}

fn find(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.name == name)
}

fn help(parser: &mut Parser) -> Result<()> {
    let mut positionals = Positionals::plain(parser, &mut Options::default())?;
    match positionals.optional()? {
        Some(name) => print_help(find(&name).ok_or_else(|| unknown_command(&name))?),
        None => output::print(&overview()),
    }
}

/// Prints the help of a command.
fn print_help(command: &Command) -> Result<()> {
    output::print(&format!("{}\n\n{}", command.help.trim_end(), options::HELP))
}

fn overview() -> String {
    let mut text = String::from(
        "Calls any operation of any AWS service by name.\n\nUsage: tucuxi COMMAND [ARGUMENTS] [OPTIONS]\n\nCommands:\n",
    );
    for command in COMMANDS {
        text.push_str(&format!("  {:<12}{}\n", command.name, command.about));
    }
    text.push_str("  help        Describes a command: `tucuxi help call`\n\n");
    text.push_str(options::HELP);
    text.push_str(error::HELP);
    text
}

fn unknown_command(word: &str) -> CliError {
    let names: Vec<&str> = COMMANDS.iter().map(|command| command.name).chain(["help"]).collect();
    let near = spelling::nearest(word, names.iter().copied());
    let hint = match near.is_empty() {
        true => {
            let names = names.join(", ");
            format!("; the commands are {names}; an operation is called by `tucuxi call SERVICE OPERATION`")
        }
        false => spelling::did_you_mean(&near),
    };
    CliError::Usage(format!("unknown command `{word}`{hint}"))
}

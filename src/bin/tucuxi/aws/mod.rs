//! Command lines in the AWS CLI's language: `tucuxi sqs send-message --queue-url ..`.

mod advice;
mod after;
mod alias;
pub(crate) mod args;
mod arguments;
mod command;
pub(crate) mod complete;
mod custom;
mod error;
mod explain;
mod failure;
mod faults;
mod globals;
mod help;
mod levels;
mod options;
mod own;
mod paging;
mod present;
mod python;
mod query;
mod renames;
mod request;
mod run;
mod service;
mod settings;
mod skeleton;
#[cfg(test)]
mod tests;
mod values;

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use tucuxi::{Environment, ErrorKind, NotConfigured, Session};

use crate::commands;
use crate::output;
use alias::Expanded;
use args::{ArgArity, ArgParser, ArgRule, Choices};
use error::{AwsError, AwsResult, Reporter};
use globals::Globals;
use own::{OwnCommand, OwnRequest};
use request::LineRequest;
use values::ValueSettings;

use crate::output::terminal::{self, OutputStream};

/// The word before a command line that is to be explained.
const EXPLAIN: &str = "explain";

/// The word for help, instead of a command, an operation or options.
const HELP: &str = "help";

/// The command for the waiters of a service.
const WAIT: &str = "wait";

/// The name of the program in messages: `aws` if that is what it was called by.
fn program() -> &'static str {
    let called = env::args_os().next();
    let name = called.as_deref().and_then(|path| Path::new(path).file_stem()).unwrap_or_default();
    if name == "aws" { "aws" } else { "tucuxi" }
}

/// Whether a line is in the AWS CLI's language: its first word is not one of the program's own commands.
pub(crate) fn is_aws_line(arguments: &[OsString], is_own: impl Fn(&str) -> bool) -> bool {
    if program() == "aws" {
        // The scripts of the completion call the program by the name that the user typed.
        return arguments.first().is_none_or(|word| !COMPLETION.iter().any(|command| word == *command));
    }
    let arguments: Vec<String> = arguments.iter().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let mut rules = globals::rules();
    let command = rules.len();
    rules.push(ArgRule::new("command", ArgArity::One));
    rules.extend(OWN_OPTIONS.iter().map(|name| ArgRule::new(name, ArgArity::One)));
    match ArgParser::new(rules).parse_known(arguments.clone()) {
        Ok(parsed) => parsed.last(command).and_then(|words| words.first()).is_some_and(|word| !is_own(word)),
        // The language whose command comes first reports what is wrong.
        Err(_) => !arguments.iter().find(|word| !word.starts_with('-')).is_some_and(|word| is_own(word)),
    }
}

/// The program's own commands that work by the name `aws`, too.
const COMPLETION: &[&str] = &["complete", "completion"];

/// Options with a value that only the program's own commands have.
const OWN_OPTIONS: &[&str] = &["--model-path", "--api-version", "--connect-timeout", "--read-timeout"];

/// Runs a command line without the program's name, and reports its error.
pub(crate) fn main(arguments: Vec<OsString>) -> ExitCode {
    let mut reporter = Reporter::default();
    match run(arguments, &mut reporter) {
        Ok(code) => code,
        Err(error) => reporter.report(&error, program()),
    }
}

fn run(arguments: Vec<OsString>, reporter: &mut Reporter) -> AwsResult<ExitCode> {
    let mut arguments = arguments.into_iter().map(text).collect::<AwsResult<Vec<String>>>()?;
    let explains = arguments.first().is_some_and(|word| word == EXPLAIN);
    if explains {
        arguments.remove(0);
    }
    let arguments = match alias::expand(arguments)? {
        Expanded::Line(line) => line,
        Expanded::Shell(command) if explains => {
            return Err(AwsError::Validation(format!("an alias for the shell: {command}")));
        }
        Expanded::Shell(command) => return alias::run_shell(&command),
    };
    let (early, word) = early_globals(&arguments);
    if early.version {
        commands::version::print()?;
        return Ok(ExitCode::SUCCESS);
    }
    reporter.profile = settings::profile(early.profile.clone());
    reporter.style = terminal::table_style(early.color.as_deref(), OutputStream::Error);
    let session = open_session(&early, explains).or_else(|error| new_profile(error, &early, word.as_deref()))?;
    reporter.format = settings::errors(Some(&session), early.error_format.as_deref());
    let (globals, command, rest) = first_level(&session, arguments)?;
    if command == HELP {
        return print_help(&help::of_program(program(), &session), rest).map(|()| ExitCode::SUCCESS);
    }
    let (target, rest) = match levels::named(&session, command, rest, globals.help)? {
        levels::Named::Operation(target, rest) => (*target, rest),
        levels::Named::Own(command, rest) => return run_own(command, &session, &globals, rest, explains),
        levels::Named::Help(page, rest) => return print_help(&page, rest).map(|()| ExitCode::SUCCESS),
    };
    let protocol = target.operation.protocol();
    reporter.message_first = protocol.contains("json") || protocol.contains("cbor");
    let format = settings::binary_format(&session, &globals)?;
    let values = ValueSettings::new(&target.service.command, &target.command, format);
    let done = match target.read(rest, &globals, &values)? {
        LineRequest::Help => Ok(output::print(&help::of_operation(program(), &target))?),
        LineRequest::Skeleton(kind) => skeleton::print(&target, &kind),
        LineRequest::Call(request) if explains => explain::print(&session, &target, *request, values, &globals),
        LineRequest::Call(request) => match values.refused_blob() {
            Some(refused) => Err(refused),
            None => run::call(&session, &target, *request, &globals),
        },
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// Runs a command that is not an operation.
fn run_own(
    command: &OwnCommand,
    session: &Session,
    globals: &Globals,
    arguments: Vec<String>,
    explains: bool,
) -> AwsResult<ExitCode> {
    match command.read(session, globals, arguments)? {
        OwnRequest::Help => {
            output::print(&help::of_own(program(), command))?;
            Ok(ExitCode::SUCCESS)
        }
        OwnRequest::Run(_) if explains => {
            let words = command.words();
            Err(AwsError::Validation(format!("{words} is not one operation, which is what `explain` explains")))
        }
        OwnRequest::Run(line) => command.run(&line),
    }
}

/// Prints a page of help, after which nothing can follow.
fn print_help(page: &str, rest: Vec<String>) -> AwsResult<()> {
    match rest.is_empty() {
        true => Ok(output::print(page)?),
        false => Err(AwsError::UnknownOptions(rest)),
    }
}

fn text(argument: OsString) -> AwsResult<String> {
    argument
        .into_string()
        .map_err(|argument| AwsError::Validation(format!("{}: expected Unicode text", argument.to_string_lossy())))
}

/// The profile that the line names. It is looked for before anything else, as in the AWS CLI, because it may be what makes the
/// settings right.
fn chosen_profile(arguments: &[String]) -> Option<String> {
    let parsed = ArgParser::new(vec![ArgRule::new("--profile", ArgArity::One)]).parse_known(arguments.to_vec());
    parsed.ok().and_then(|parsed| parsed.last(0)?.first().cloned())
}

/// The global options and the command, before the services are known. If something is wrong with the line, that is reported later.
fn early_globals(arguments: &[String]) -> (Globals, Option<String>) {
    let mut rules = globals::rules();
    let command = rules.len();
    rules.push(ArgRule::new("command", ArgArity::One));
    let parsed = ArgParser::new(rules).parse_known(arguments.to_vec()).ok();
    let word = parsed.as_ref().and_then(|parsed| parsed.last(command)?.first().cloned());
    let globals = parsed.and_then(|parsed| Globals::collect(&parsed).ok());
    (globals.unwrap_or_else(|| Globals { profile: chosen_profile(arguments), ..Globals::default() }), word)
}

/// The session of a line.
fn open_session(globals: &Globals, explains: bool) -> AwsResult<Session> {
    match run::open_session(globals) {
        // What a line means does not depend on settings.
        Err(_) if explains => {
            let none = Environment::from_pairs::<&str, &str>([]);
            Session::builder().environment(none).build().map_err(AwsError::library)
        }
        result => result,
    }
}

/// A session without the profile that is missing, for commands that make one or report it themselves.
fn new_profile(error: AwsError, globals: &Globals, command: Option<&str>) -> AwsResult<Session> {
    match &error {
        AwsError::Library(cause)
            if cause.missing() == Some(NotConfigured::Profile) && command.is_some_and(own::may_lack_profile) =>
        {
            run::open_new_profile(globals)
        }
        _ => Err(error),
    }
}

/// Reads the global options and the command, and returns the rest.
fn first_level(session: &Session, arguments: Vec<String>) -> AwsResult<(Globals, String, Vec<String>)> {
    let contains = |word: &str| {
        if word == HELP || custom::is_elsewhere(word, None) || own::in_group(word).next().is_some() {
            return true;
        }
        let Some(folder) = service::folder(word) else { return false };
        match session.service_info(folder) {
            Ok(info) => info.name() == folder,
            Err(error) => error.kind() != ErrorKind::UnknownService,
        }
    };
    let all = || {
        let own = commands::visible().filter(|_| program() != "aws").map(|command| command.name.to_owned());
        let own = own.chain(own::groups().map(str::to_owned));
        own.chain(service::commands(session)).collect()
    };
    let mut rules = globals::rules();
    let command = rules.len();
    let choices = Choices::Words { contains: &contains, all: &all };
    let wants_help = arguments.iter().any(|argument| argument == "--help");
    rules.push(ArgRule { choices, required: !wants_help, ..ArgRule::new("command", ArgArity::One) });
    let parsed = ArgParser::new(rules).parse_known(arguments)?;
    let globals = Globals::collect(&parsed)?;
    let command = parsed.last(command).and_then(|words| words.first().cloned()).unwrap_or_else(|| HELP.to_owned());
    Ok((globals, command, parsed.rest))
}

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
mod hidden;
mod levels;
mod login_expiry;
mod options;
mod own;
mod paging;
mod present;
mod private_file;
mod python;
mod query;
mod renames;
mod request;
mod run;
mod service;
mod settings;
mod skeleton;
mod start;
#[cfg(test)]
mod tests;
mod values;
mod zone;

use std::env;
use std::path::Path;
use std::process::ExitCode;

use tucuxi::{Environment, NotConfigured, Session};

use crate::commands;
use crate::output;
use alias::Expanded;
use error::{AwsError, AwsResult, Reporter};
use globals::Globals;
pub(crate) use help::of_topic as topic_page;
use own::{OwnCommand, OwnRequest};
use request::LineRequest;
pub(crate) use start::AwsLine;
use start::EarlyLine;
use values::{BinaryFormat, ValueSettings};

use crate::output::format::ErrorFormat;
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

/// Runs a command line without the program's name, and reports its error.
pub(crate) fn main(line: AwsLine) -> ExitCode {
    let mut reporter = Reporter::default();
    match run(line, &mut reporter) {
        Ok(code) => code,
        Err(error) => reporter.report(&error, program()),
    }
}

fn run(line: AwsLine, reporter: &mut Reporter) -> AwsResult<ExitCode> {
    let AwsLine { arguments, mut start } = line;
    let mut arguments = arguments?;
    let explains = arguments.first().is_some_and(|word| word == EXPLAIN);
    if explains {
        arguments.remove(0);
        start = None;
    }
    match alias::expand(&arguments)? {
        None => {}
        Some(Expanded::Line(line)) => (arguments, start) = (line, None),
        Some(Expanded::Shell(command)) if explains => {
            return Err(AwsError::Validation(format!("an alias for the shell: {command}")));
        }
        Some(Expanded::Shell(command)) => return alias::run_shell(&command),
    }
    let early = EarlyLine::new(arguments, start);
    if early.globals.version {
        return print_version(early, explains, reporter);
    }
    reporter.profile = settings::profile(early.globals.profile.clone());
    reporter.style = terminal::table_style(early.globals.color.as_deref(), OutputStream::Error);
    let session = match open_session(&early.globals, explains) {
        Ok(session) => session,
        Err(error) if makes_profile(&error, early.command()) => run::open_new_profile(&early.globals)?,
        Err(error) => return Err(wrong_line(early, reporter).unwrap_or(error)),
    };
    reporter.format = settings::errors(Some(&session), early.globals.error_format.as_deref());
    let (globals, command, rest) = early.finish(&session, reporter)?;
    call(&session, &globals, &command, rest, explains, reporter)
}

/// Prints the version, unless it stands for an option of the operation that the line names.
fn print_version(early: EarlyLine, explains: bool, reporter: &mut Reporter) -> AwsResult<ExitCode> {
    if early.command().is_some() {
        let session = open_session(&Globals::default(), explains);
        let line = session.and_then(|session| early.finish(&session, reporter).map(|line| (session, line)));
        let named = line.and_then(|(session, (_, command, rest))| levels::named(&session, &command, rest, false));
        if let Ok(levels::Named::Operation(target, _)) = named {
            hidden::refuse_version(&target.table())?;
        }
    }
    commands::version::print()?;
    Ok(ExitCode::SUCCESS)
}

/// Does what the command of a line and the rest of it say.
fn call(
    session: &Session,
    globals: &Globals,
    command: &str,
    rest: Vec<String>,
    explains: bool,
    reporter: &mut Reporter,
) -> AwsResult<ExitCode> {
    if command == HELP {
        let topic = match &rest[..] {
            [topic] => help::of_topic(program(), topic),
            _ => None,
        };
        let printed = match topic {
            Some(page) => print_help(&page, Vec::new()),
            None => print_help(&help::of_program(program(), session), rest),
        };
        return printed.map(|()| ExitCode::SUCCESS);
    }
    let (target, rest) = match levels::named(session, command, rest, globals.help)? {
        levels::Named::Operation(target, rest) => (*target, rest),
        levels::Named::Own(command, rest) => return run_own(command, session, globals, rest, explains),
        levels::Named::Help(page, rest) => return print_help(&page, rest).map(|()| ExitCode::SUCCESS),
    };
    let protocol = target.operation.protocol();
    reporter.message_first = protocol.contains("json") || protocol.contains("cbor");
    let format = settings::binary_format(session, globals)?;
    let values = ValueSettings::new(&target.service.command, &target.command, format);
    let done = match target.read(rest, globals, &values)? {
        LineRequest::Help => Ok(output::print(&help::of_operation(program(), &target))?),
        LineRequest::Skeleton(kind) => skeleton::print(&target, &kind),
        LineRequest::Call(request) if explains => explain::print(session, &target, *request, values, globals),
        LineRequest::Call(request) => match values.refused_blob() {
            Some(refused) => Err(refused),
            None => run::call(session, &target, *request, globals),
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

/// What is wrong with a line whose settings are wrong, too: the AWS CLI reports that first. Settings are not known.
fn wrong_line(early: EarlyLine, reporter: &mut Reporter) -> Option<AwsError> {
    let format = early.globals.error_format.as_deref().and_then(ErrorFormat::from_name);
    reporter.format = format.unwrap_or(ErrorFormat::Legacy);
    let models = env::var("AWS_DATA_PATH").ok().map(|folders| ("AWS_DATA_PATH", folders));
    let session = Session::builder().environment(Environment::from_pairs(models)).build().ok()?;
    let read = |(globals, command, rest): (Globals, String, Vec<String>)| {
        if let levels::Named::Operation(target, rest) = levels::named(&session, &command, rest, globals.help)? {
            let values = ValueSettings::new(&target.service.command, &target.command, BinaryFormat::default());
            target.read(rest, &globals, &values)?;
        }
        Ok(())
    };
    early.finish(&session, reporter).and_then(read).err()
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

/// Whether the profile is missing, and the command makes one or reports that itself.
fn makes_profile(error: &AwsError, command: Option<&str>) -> bool {
    let is_missing = matches!(error, AwsError::Library(cause) if cause.missing() == Some(NotConfigured::Profile));
    is_missing && command.is_some_and(own::may_lack_profile)
}

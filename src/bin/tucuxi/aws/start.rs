//! The first level of a command line: the global options, which may stand anywhere, and the command.

use std::ffi::OsString;

use tucuxi::{ErrorKind, Session};

use super::args::{ArgArity, ArgError, ArgParser, ArgRule, Choices, ParsedArgs};
use super::error::{AwsError, AwsResult, Reporter};
use super::globals::{self, Globals};
use super::{HELP, custom, own, program, service, settings};
use crate::commands;

/// The program's own commands that work by the name `aws`, too.
const COMPLETION: &[&str] = &["complete", "completion"];

/// Options with a value that only the program's own commands have.
pub(super) const OWN_OPTIONS: &[&str] = &["--model-path", "--api-version", "--connect-timeout", "--read-timeout"];

/// A command line in the AWS CLI's language.
pub(crate) struct AwsLine {
    pub(super) arguments: AwsResult<Vec<String>>,
    /// What the first level says, if nothing is wrong with it.
    pub(super) start: Option<LineStart>,
}

impl AwsLine {
    /// A line whose first word is not one of the program's own commands.
    pub(crate) fn read(arguments: Vec<OsString>, is_own: impl Fn(&str) -> bool) -> Option<AwsLine> {
        let words: Vec<String> = arguments.iter().map(|argument| argument.to_string_lossy().into_owned()).collect();
        let start = LineStart::of(&words);
        let is_aws_line = match &start {
            // The scripts of the completion call the program by the name that the user typed.
            _ if program() == "aws" => words.first().is_none_or(|word| !COMPLETION.contains(&word.as_str())),
            Ok(_) if has_own_options(&words) => command_among_own_options(&words).is_some_and(|word| !is_own(&word)),
            Ok(start) => start.command.as_ref().is_some_and(|word| !is_own(word)),
            // The language whose command comes first reports what is wrong.
            Err(_) => !words.iter().find(|word| !word.starts_with('-')).is_some_and(|word| is_own(word)),
        };
        let arguments = arguments.into_iter().map(text).collect();
        is_aws_line.then(|| AwsLine { arguments, start: start.ok() })
    }
}

fn text(argument: OsString) -> AwsResult<String> {
    argument
        .into_string()
        .map_err(|argument| AwsError::Validation(format!("{}: expected Unicode text", argument.to_string_lossy())))
}

fn has_own_options(words: &[String]) -> bool {
    words.iter().any(|word| OWN_OPTIONS.iter().any(|name| word.starts_with(name)))
}

/// The command of a line with options that only the program's own commands have.
fn command_among_own_options(words: &[String]) -> Option<String> {
    let mut rules = globals::rules();
    let command = rules.len();
    rules.push(ArgRule::new("command", ArgArity::One));
    rules.extend(OWN_OPTIONS.iter().map(|name| ArgRule::new(name, ArgArity::One)));
    ArgParser::new(rules).parse_known(words.to_vec()).ok()?.last(command)?.first().cloned()
}

/// What the first level of a line says.
pub(super) struct LineStart {
    globals: Globals,
    /// Whether all global options have right values.
    is_right: bool,
    command: Option<String>,
    rest: Vec<String>,
}

impl LineStart {
    /// Reads the first level before the commands are known.
    pub(super) fn of(arguments: &[String]) -> Result<LineStart, ArgError> {
        let mut rules = globals::rules();
        let command = rules.len();
        rules.push(ArgRule::new("command", ArgArity::One));
        let parsed = ArgParser::new(rules).parse_known(arguments.to_vec())?;
        let command = parsed.last(command).and_then(|words| words.first().cloned());
        let (globals, error) = Globals::collect_all(&parsed);
        Ok(LineStart { globals, is_right: error.is_none(), command, rest: parsed.rest })
    }
}

/// A line before its command is looked for.
pub(super) struct EarlyLine {
    pub(super) globals: Globals,
    /// `None` if it is not known, or if something is wrong with the line.
    command: Option<String>,
    rest: Vec<String>,
    arguments: Vec<String>,
}

impl EarlyLine {
    /// What is known of a line before the session is open. If something is wrong with the line, that is reported later.
    pub(super) fn new(arguments: Vec<String>, start: Option<LineStart>) -> Self {
        match start.or_else(|| LineStart::of(&arguments).ok()) {
            Some(LineStart { globals, is_right, command, rest }) => {
                EarlyLine { globals, command: command.filter(|_| is_right), rest, arguments }
            }
            None => {
                let globals = Globals { profile: chosen_profile(&arguments), ..Globals::default() };
                EarlyLine { globals, command: None, rest: Vec::new(), arguments }
            }
        }
    }

    pub(super) fn command(&self) -> Option<&str> {
        self.command.as_deref()
    }

    /// The global options, the command and the rest. Errors of the parser have the format of the settings, as in the AWS CLI: what the
    /// line says is not known.
    pub(super) fn finish(
        self,
        session: &Session,
        reporter: &mut Reporter,
    ) -> AwsResult<(Globals, String, Vec<String>)> {
        match self.command {
            Some(command) if is_command(session, &command) => Ok((self.globals, command, self.rest)),
            // The other parse reports what is wrong, in the right order.
            _ => match parse(session, self.arguments) {
                Ok(parsed) => read(parsed),
                Err(error) => {
                    reporter.format = settings::errors(Some(session), None);
                    Err(error.into())
                }
            },
        }
    }
}

/// The profile that the line names. It is looked for before anything else, as in the AWS CLI, because it may be what makes the
/// settings right.
fn chosen_profile(arguments: &[String]) -> Option<String> {
    let parsed = ArgParser::new(vec![ArgRule::new("--profile", ArgArity::One)]).parse_known(arguments.to_vec());
    parsed.ok().and_then(|parsed| parsed.last(0)?.first().cloned())
}

fn is_command(session: &Session, word: &str) -> bool {
    if word == HELP || custom::is_elsewhere(word, None) || own::in_group(word).next().is_some() {
        return true;
    }
    let Some(folder) = service::folder(word) else { return false };
    match session.service_info(folder) {
        Ok(info) => info.name() == folder,
        Err(error) => error.kind() != ErrorKind::UnknownService,
    }
}

/// Reads the global options and the command, and returns the rest.
#[cfg(test)]
pub(super) fn first_level(session: &Session, arguments: Vec<String>) -> AwsResult<(Globals, String, Vec<String>)> {
    read(parse(session, arguments)?)
}

fn read(parsed: ParsedArgs) -> AwsResult<(Globals, String, Vec<String>)> {
    let globals = Globals::collect(&parsed)?;
    let command = parsed.last(globals::rules().len()).and_then(|words| words.first().cloned());
    Ok((globals, command.unwrap_or_else(|| HELP.to_owned()), parsed.rest))
}

/// Parses the first level; the rule of the command is the last one.
fn parse(session: &Session, arguments: Vec<String>) -> Result<ParsedArgs, ArgError> {
    let contains = |word: &str| is_command(session, word);
    let all = || {
        let own = commands::visible().filter(|_| program() != "aws").map(|command| command.name.to_owned());
        let own = own.chain(own::groups().map(str::to_owned));
        own.chain(service::commands(session)).collect()
    };
    let mut rules = globals::rules();
    let choices = Choices::Words { contains: &contains, all: &all };
    let wants_help = arguments.iter().any(|argument| argument == "--help");
    rules.push(ArgRule { choices, required: !wants_help, ..ArgRule::new("command", ArgArity::One) });
    ArgParser::new(rules).parse_known(arguments)
}

//! Errors of the command line, which nothing was sent for.

use std::ffi::OsStr;
use std::io;

use crate::spelling;

/// The command line is wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UsageError {
    #[error("no command is given; `tucuxi --help` lists them")]
    NoCommand,
    #[error("unknown command `{found}`{}", command_hint(.near, .names))]
    UnknownCommand { found: String, near: Vec<&'static str>, names: Vec<&'static str> },
    #[error("unknown command `{command} {found}`{}", word_hint(.command, .found, .words))]
    UnknownWord { command: String, found: String, words: &'static [&'static str] },
    #[error("unknown option `{option}`{}", option_hint(.near))]
    UnknownOption { option: String, near: Vec<String> },
    #[error("{option} needs a value: {option} {name}")]
    MissingValue { option: String, name: &'static str },
    /// The value may be a secret.
    #[error("{option} takes no value")]
    UnexpectedValue { option: String },
    #[error("{option}: expected {expected}, found `{found}`")]
    BadValue { option: String, expected: &'static str, found: String },
    #[error("{place}: expected Unicode text")]
    NotUnicode { place: String },
    #[error("{name} is missing; add --help to see what the command takes")]
    MissingArgument { name: &'static str },
    #[error("unexpected argument `{found}`")]
    UnexpectedArgument { found: String },
    /// Parameters may hold secrets, so the argument is not shown.
    #[error("unexpected JSON argument: a command takes at most one")]
    UnexpectedJson,
    #[error("`tucuxi serve` has only fakes: add --fake")]
    OnlyFakes,
    #[error("standard input cannot be both the parameters and the body")]
    StandardInputTwice,
    #[error("{option} is for a single call, but another option asks for a listing")]
    NotForListings { option: &'static str },
    #[error("--query needs the whole output as JSON, which --dry-run and --output-file do not print")]
    QueryWithoutOutput,
    #[error("--output-file: the output of {service} {operation} has no payload of bytes; nothing was sent")]
    NoPayload { service: String, operation: String },
    #[error("parameters: {place}: expected a JSON object: {source}")]
    UnreadableParams { place: String, source: io::Error },
    #[error("parameters: {place}: expected a JSON object: {source}")]
    BadParams { place: String, source: tucuxi::Error },
    /// The text of the source names the path.
    #[error("--body {source}")]
    BadBody { source: io::Error },
    #[error("{resource} has no part `{word}`{}", part_hint(.near))]
    UnknownPart { resource: String, word: String, near: Vec<String> },
    #[error("the identifier `{name}` of `{part}` is missing; write it after `{part}`")]
    MissingIdentifier { part: String, name: String },
    #[error("`{word}` cannot follow `{part}`, which is {kind}")]
    NothingFollows { word: String, part: String, kind: &'static str },
    #[error("--filter, --limit and --page-size are for a collection, but `{part}` is {kind}")]
    OnlyForCollections { part: String, kind: &'static str },
    /// The operation has no paginator.
    #[error("{0}")]
    NoListing(tucuxi::Error),
    #[error("{problem}; `tucuxi --help` lists commands and options")]
    Unreadable { problem: String },
}

impl UsageError {
    /// `known` are the names of all options, without dashes.
    pub(crate) fn unknown_option(option: String, known: impl Iterator<Item = &'static str>) -> Self {
        let known: Vec<String> = known.map(|name| format!("--{name}")).collect();
        let near = spelling::nearest(&option, known.iter().map(String::as_str));
        let near = near.into_iter().map(str::to_owned).collect();
        UsageError::UnknownOption { option, near }
    }

    pub(crate) fn unknown_command(found: &str, names: Vec<&'static str>) -> Self {
        let near = spelling::nearest(found, names.iter().copied());
        UsageError::UnknownCommand { found: found.to_owned(), near, names }
    }

    pub(crate) fn unexpected_argument(argument: &OsStr) -> Self {
        let found = argument.to_string_lossy().into_owned();
        match found.trim_start().starts_with(['{', '[', '"']) {
            true => UsageError::UnexpectedJson,
            false => UsageError::UnexpectedArgument { found },
        }
    }
}

fn command_hint(near: &[&str], names: &[&str]) -> String {
    match near.is_empty() {
        true => {
            let names = names.join(", ");
            format!("; the commands are {names}; an operation is called by `tucuxi call SERVICE OPERATION`")
        }
        false => spelling::did_you_mean(near),
    }
}

fn part_hint(near: &[String]) -> String {
    match near.is_empty() {
        true => "; without further words the command lists the parts".to_owned(),
        false => spelling::did_you_mean(&near.iter().map(String::as_str).collect::<Vec<_>>()),
    }
}

fn option_hint(near: &[String]) -> String {
    match near.is_empty() {
        true => "; --help lists the options".to_owned(),
        false => spelling::did_you_mean(&near.iter().map(String::as_str).collect::<Vec<_>>()),
    }
}

fn word_hint(command: &str, found: &str, words: &[&str]) -> String {
    let near = match words {
        [only] => Some(*only),
        _ => spelling::nearest(found, words.iter().copied()).first().copied(),
    };
    match near {
        Some(word) => format!(", did you mean `{command} {word}`?"),
        None => format!("; expected {}", words.join(", ")),
    }
}

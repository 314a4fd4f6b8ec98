//! Completes what follows one of the AWS CLI's own commands.

use tucuxi::Session;

use super::words::option_name;
use super::{attached, global_options, plain, values, with_prefix};
use crate::aws::args::ArgArity;
use crate::aws::globals;
use crate::aws::own::{OwnCommand, OwnOption, OwnValues};
use crate::completion::candidate::Candidate;
use crate::completion::files;

/// Completes the last word; `rest` are the words between the command and it.
pub(super) fn complete(session: &Session, command: &OwnCommand, rest: &[String], word: &str) -> Vec<Candidate> {
    if let Some((name, value)) = attached(word) {
        return with_prefix(name, of_name(session, command, name, value), value);
    }
    let (pending, used) = read(command, rest);
    let positional = || command.all_options().find(|option| option.is_positional());
    match (pending, positional()) {
        _ if word.starts_with('-') => options(command, &used, word),
        (Some(name), _) => plain(of_name(session, command, name, word), word),
        (None, Some(option)) => plain(of_option(option, word), word),
        (None, None) => options(command, &used, word),
    }
}

/// The option whose value comes next, and the options that the line has.
fn read<'w>(command: &OwnCommand, words: &'w [String]) -> (Option<&'w str>, Vec<&'w str>) {
    let (mut pending, mut used) = (None, Vec::new());
    for word in words {
        let name = attached(word).map_or(word.as_str(), |(name, _)| name);
        pending =
            (word == name && arity(command, name) != Some(ArgArity::Flag) && word.starts_with("--")).then_some(name);
        if word.starts_with("--") {
            used.push(name);
        }
    }
    (pending, used)
}

fn arity(command: &OwnCommand, name: &str) -> Option<ArgArity> {
    match (find(command, name), option_name(name)) {
        (Some(option), _) => Some(option.arity),
        (None, Some(name)) => globals::rules().iter().find(|rule| rule.name == name).map(|rule| rule.arity),
        (None, None) => None,
    }
}

/// The option of the command with this name, or with a name that only it begins with.
fn find(command: &OwnCommand, name: &str) -> Option<&'static OwnOption> {
    let mut alike = command.all_options().filter(|option| option.name.starts_with(name));
    let exact = command.all_options().find(|option| option.name == name);
    exact.or_else(|| alike.next().filter(|_| alike.next().is_none()))
}

/// The values of an option of the command or of all commands.
fn of_name(session: &Session, command: &OwnCommand, name: &str, typed: &str) -> Vec<String> {
    match (find(command, name), option_name(name)) {
        (Some(option), _) => of_option(option, typed),
        (None, Some(global)) => values::of_global(session, None, global, typed),
        (None, None) => Vec::new(),
    }
}

fn of_option(option: &OwnOption, typed: &str) -> Vec<String> {
    match option.values {
        OwnValues::Choices(choices) => choices.iter().map(|choice| (*choice).to_owned()).collect(),
        OwnValues::Paths => files::complete(typed, |_| true),
        OwnValues::Text | OwnValues::Verbatim => Vec::new(),
    }
}

/// The options that the line does not have yet, required ones first.
fn options(command: &OwnCommand, used: &[&str], word: &str) -> Vec<Candidate> {
    let is_open =
        |option: &&OwnOption| !option.is_positional() && option.name.starts_with(word) && !used.contains(&option.name);
    let mut options: Vec<&OwnOption> = command.all_options().filter(is_open).collect();
    options.sort_by_key(|option| !option.required);
    let candidate = |option: &OwnOption| Candidate { text: option.name.to_owned(), summary: option.summary };
    options.into_iter().map(candidate).chain(global_options(used, word)).collect()
}

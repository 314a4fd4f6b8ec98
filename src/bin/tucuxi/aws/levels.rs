//! The words of a line after its first one: the operation of a service, a waiter, or one of the AWS CLI's own commands.

use tucuxi::Session;
use tucuxi::shapes::kebab_name;

use super::args::{ArgArity, ArgParser, ArgRule, Choices};
use super::command::Target;
use super::error::{AwsError, AwsResult};
use super::own::OwnCommand;
use super::service::{self, Service};
use super::{HELP, WAIT, custom, help, own, program};

/// The service that a command names; `None` if it is no service but has own commands. The library knows more names of services
/// than the AWS CLI.
pub(super) fn named_service(session: &Session, command: &str) -> AwsResult<Option<Service>> {
    let has_own = own::in_group(command).next().is_some();
    let folder = match service::folder(command) {
        None if has_own => return Ok(None),
        folder => folder.unwrap_or(command),
    };
    match session.service_info(folder) {
        Ok(info) if info.name() == folder => Ok(Some(Service { command: command.to_owned(), info })),
        _ if has_own => Ok(None),
        _ if custom::is_elsewhere(command, None) => Err(custom::refuse(command, None)),
        Ok(info) => Ok(Some(Service { command: command.to_owned(), info })),
        Err(error) => Err(AwsError::library(error)),
    }
}

/// What the words after the service name, and the rest of the line.
pub(super) enum Named {
    /// A page of help.
    Help(String, Vec<String>),
    Operation(Box<Target>, Vec<String>),
    Own(&'static OwnCommand, Vec<String>),
}

/// Reads what the words after the first one name. `wants_help` is whether the line has `--help`.
pub(super) fn named(session: &Session, command: String, arguments: Vec<String>, wants_help: bool) -> AwsResult<Named> {
    match named_service(session, &command)? {
        Some(service) => second_level(service, arguments, wants_help),
        None => own_level(&command, arguments, wants_help),
    }
}

/// Reads the own command of a group that is no service.
fn own_level(group: &str, arguments: Vec<String>, wants_help: bool) -> AwsResult<Named> {
    let is_subcommand = |word: &str| !word.is_empty() && own::find(group, word).is_some();
    let contains = |word: &str| word == HELP || is_subcommand(word) || custom::is_elsewhere(group, Some(word));
    let all = || own::in_group(group).map(|command| command.name.to_owned()).filter(|name| !name.is_empty()).collect();
    let alone = own::find(group, "");
    // Without a second word the arguments belong to the group's command, if there is one.
    let is_alone = match arguments.first() {
        Some(word) => {
            own::in_group(group).all(|command| command.name.is_empty()) || word.starts_with('-') && !wants_help
        }
        None => !wants_help,
    };
    if let Some(command) = alone.filter(|_| is_alone) {
        return Ok(Named::Own(command, arguments));
    }
    let choices = Choices::Words { contains: &contains, all: &all };
    let (word, rest) =
        next_word("subcommand", arguments, choices, wants_help).map_err(|error| missing_subcommand(error, group))?;
    match own::find(group, &word) {
        Some(command) => Ok(Named::Own(command, rest)),
        None if word == HELP => Ok(Named::Help(help::of_own_group(program(), group), rest)),
        None => Err(custom::refuse(group, Some(&word))),
    }
}

/// Reads the operation or own command of a service, or `wait` and the waiter.
fn second_level(service: Service, arguments: Vec<String>, wants_help: bool) -> AwsResult<Named> {
    let has_waiters = || service.info.waiters().is_ok_and(|waiters| !waiters.is_empty());
    let own = |word: &str| own::find(&service.command, word);
    let contains = |word: &str| match service.operation(word) {
        Ok(None) => {
            let is_waiters = word == WAIT && has_waiters();
            let is_known = word == HELP || is_waiters || own(word).is_some();
            is_known || custom::is_elsewhere(&service.command, Some(word))
        }
        // A broken model is reported when the operation is used.
        Ok(Some(_)) | Err(_) => true,
    };
    let all = || {
        let mut all = service.operation_commands();
        all.extend(own::in_group(&service.command).map(|command| command.name.to_owned()));
        all.extend(has_waiters().then(|| WAIT.to_owned()));
        all
    };
    let choices = Choices::Words { contains: &contains, all: &all };
    let (word, rest) = next_word("operation", arguments, choices, wants_help)?;
    if let Some(command) = own(&word) {
        return Ok(Named::Own(command, rest));
    }
    match service.operation(&word).map_err(AwsError::library)? {
        Some(operation) => {
            let pagination = service.info.pagination(operation.name()).map_err(AwsError::library)?;
            let target = Target { service, command: word, operation, pagination, waiter: None };
            Ok(Named::Operation(Box::new(target), rest))
        }
        None if custom::is_elsewhere(&service.command, Some(&word)) => {
            Err(custom::refuse(&service.command, Some(&word)))
        }
        None if word == HELP => Ok(Named::Help(help::of_service(program(), &service), rest)),
        None => third_level(service, rest, wants_help),
    }
}

/// Reads the waiter of `SERVICE wait WAITER`.
fn third_level(service: Service, arguments: Vec<String>, wants_help: bool) -> AwsResult<Named> {
    let waiters = service.info.waiters().map_err(AwsError::library)?;
    let named = |word: &str| waiters.iter().find(|(name, _)| kebab_name(name) == word);
    let contains = |word: &str| word == HELP || named(word).is_some();
    let all = || waiters.iter().map(|(name, _)| kebab_name(name)).collect();
    let choices = Choices::Words { contains: &contains, all: &all };
    let (word, rest) = next_word("subcommand", arguments, choices, wants_help)
        .map_err(|error| missing_subcommand(error, &format!("{} wait", service.command)))?;
    if word == HELP {
        return Ok(Named::Help(help::of_waiters(program(), &service), rest));
    }
    let (name, operation) = named(&word).cloned().unwrap_or_default();
    let operation = service.info.operation(&operation).map_err(AwsError::library)?;
    let pagination = service.info.pagination(operation.name()).map_err(AwsError::library)?;
    let target = Target { service, command: word, operation, pagination, waiter: Some(name) };
    Ok(Named::Operation(Box::new(target), rest))
}

/// The error for a line that ends before its subcommand.
fn missing_subcommand(error: AwsError, words: &str) -> AwsError {
    match error {
        AwsError::Validation(text) if text.starts_with("the following") => AwsError::Validation(format!(
            "usage: aws [options] {words} <subcommand> [parameters]\naws: [ERROR]: too few arguments"
        )),
        other => other,
    }
}

/// Takes the next word off a line; `help` if there is none and the line has `--help`.
fn next_word(
    name: &str,
    arguments: Vec<String>,
    choices: Choices<'_>,
    wants_help: bool,
) -> AwsResult<(String, Vec<String>)> {
    let rule = ArgRule { choices, required: !wants_help, ..ArgRule::new(name, ArgArity::One) };
    let parsed = ArgParser::new(vec![rule]).parse_known(arguments)?;
    let word = parsed.last(0).and_then(|words| words.first().cloned()).unwrap_or_else(|| HELP.to_owned());
    Ok((word, parsed.rest))
}

//! Completes command lines in the AWS CLI's language: services, operations, waiters, options and their values.
//!
//! What cannot be found out, because a profile or a model is broken, is not offered.

mod own;
mod shorthand;
#[cfg(test)]
mod tests;
mod values;
mod words;

use tucuxi::shapes::kebab_name;
use tucuxi::{Environment, Session};

use super::args::ArgArity;
use super::command::Target;
use super::globals;
use super::help::global_texts::{HIDDEN, summary};
use super::options::{OperationOption, OptionRole, OptionTable};
use super::own::{self as commands, OwnCommand};
use super::service::{self, Service};
use crate::completion::candidate::Candidate;
use words::{Level, Pending, option_name};

/// The command on an unfinished line, without its options; `None` if it is not there yet.
pub(crate) fn command(before: &[String]) -> Option<&str> {
    Level::read(before).command
}

/// Completes the last word of a command line; `before` are the words after the name of the program.
pub(crate) fn complete(before: &[String], word: &str) -> Vec<Candidate> {
    let level = Level::read(before);
    let Some(session) = session(level.profile) else { return Vec::new() };
    if let Some((command, rest)) = own_command(&level) {
        return own::complete(&session, command, rest, word);
    }
    let service = level.command.and_then(|command| service_of(&session, command));
    let target = service.and_then(|service| target(service, &level));
    match target {
        Some(Ok(target)) => {
            Completer { session: &session, target: &target, table: target.table() }.complete(&level, word)
        }
        found => {
            let service = match &found {
                Some(Err(service)) => Some(service),
                _ => None,
            };
            // Nothing is known of what follows an unknown word.
            if level.command.is_some_and(|word| !is_own_group(word)) && service.is_none()
                || service.is_some() && level.operation.is_some_and(|word| word != WAIT)
            {
                return Vec::new();
            }
            upper_levels(&session, service, &level, word)
        }
    }
}

/// The own command that the words name, and the words after it.
fn own_command<'w>(level: &Level<'w>) -> Option<(&'static OwnCommand, &'w [String])> {
    let group = level.command?;
    let has_others = level.operation.is_none() && commands::in_group(group).any(|command| !command.name.is_empty());
    let found = commands::find(group, level.operation.unwrap_or_default())?;
    Some((found, level.rest)).filter(|_| level.pending.is_none() && !has_others)
}

/// The command for the waiters of a service.
const WAIT: &str = "wait";

/// A session for models and regions. A broken setting is reported when the command runs.
fn session(profile: Option<&str>) -> Option<Session> {
    let builder = profile.iter().fold(Session::builder(), |builder, profile| builder.profile(*profile));
    let without_settings = || Session::builder().environment(Environment::from_pairs::<&str, &str>([])).build().ok();
    builder.build().ok().or_else(without_settings)
}

fn service_of(session: &Session, command: &str) -> Option<Service> {
    let folder = service::folder(command)?;
    let info = session.service_info(folder).ok().filter(|info| info.name() == folder)?;
    Some(Service { command: command.to_owned(), info })
}

/// Whether own commands begin with this word.
fn is_own_group(word: &str) -> bool {
    commands::in_group(word).next().is_some()
}

/// Whether a word begins a line in the AWS CLI's language.
pub(crate) fn is_command(before: &[String], command: &str) -> bool {
    is_own_group(command)
        || session(Level::read(before).profile).is_some_and(|session| service_of(&session, command).is_some())
}

/// What the words name; the service if that is all.
fn target(service: Service, level: &Level<'_>) -> Option<Result<Target, Service>> {
    let (operation, waiter) = match (level.operation, level.waiter) {
        (Some(WAIT), Some(waiter)) => {
            let waiters = service.info.waiters().ok()?;
            let (name, operation) = waiters.into_iter().find(|(name, _)| kebab_name(name) == waiter)?;
            (service.info.operation(&operation).ok(), Some(name))
        }
        (Some(command), _) => (service.operation(command).ok().flatten(), None),
        (None, _) => (None, None),
    };
    let Some(operation) = operation else { return Some(Err(service)) };
    let pagination = service.info.pagination(operation.name()).ok().flatten();
    let command = level.waiter.or(level.operation)?.to_owned();
    Some(Ok(Target { service, command, operation, pagination, waiter }))
}

/// Completes a line without an operation.
fn upper_levels(session: &Session, service: Option<&Service>, level: &Level<'_>, word: &str) -> Vec<Candidate> {
    let folder = service.map(|service| service.info.name());
    if let Some(option) = level.pending {
        return plain(values::of_global(session, folder, option, word), word);
    }
    if let Some((name, value)) = attached(word) {
        let Some(option) = option_name(name) else { return Vec::new() };
        return with_prefix(name, values::of_global(session, folder, option, value), value);
    }
    if word.starts_with('-') {
        return global_options(&[], word);
    }
    let own = |group| commands::in_group(group).map(|command| command.name.to_owned()).filter(|name| !name.is_empty());
    let names = match service {
        None if let Some(group) = level.command => own(group).collect(),
        None => service::commands(session).into_iter().chain(commands::groups().map(str::to_owned)).collect(),
        Some(service) if level.operation.is_some() => {
            let waiters = service.info.waiters().unwrap_or_default();
            waiters.iter().map(|(name, _)| kebab_name(name)).collect()
        }
        Some(service) => {
            let mut names = service.operation_commands();
            names.extend(own(&service.command));
            names.extend(service.info.waiters().is_ok_and(|waiters| !waiters.is_empty()).then(|| WAIT.to_owned()));
            names
        }
    };
    let mut found = plain(names, word);
    found.sort_by(|one, other| one.text.cmp(&other.text));
    found.dedup_by(|one, other| one.text == other.text);
    found
}

/// Completes what follows an operation or a waiter.
struct Completer<'s, 't> {
    session: &'s Session,
    target: &'t Target,
    table: OptionTable<'t>,
}

impl<'t> Completer<'_, 't> {
    fn complete(&self, level: &Level<'_>, word: &str) -> Vec<Candidate> {
        let (pending, used) = self.read(level.rest);
        if let Some((name, value)) = attached(word) {
            return self
                .find(name)
                .map_or_else(Vec::new, |option| with_prefix(name, self.values(option, value), value));
        }
        if word.starts_with('-') {
            return self.options(&used, word);
        }
        let Some(pending) = pending else {
            let outfile = self.table.options.iter().find(|option| matches!(option.role, OptionRole::OutFile));
            let files = outfile.map(|option| plain(values::of_option(option, word), word)).unwrap_or_default();
            return if files.is_empty() { self.options(&used, word) } else { files };
        };
        let found = plain(self.values(pending, word), word);
        match found.is_empty() && pending.arity() == ArgArity::Any {
            true => self.options(&used, word),
            false => found,
        }
    }

    /// The option whose value comes next, and the options that the line has.
    fn read<'w>(&self, words: &'w [String]) -> (Option<Pending<'_, 't>>, Vec<&'w str>) {
        let (mut pending, mut used) = (None, Vec::new());
        for word in words {
            if word.starts_with("--") {
                let (name, value) = attached(word).map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
                used.push(name);
                pending = match value {
                    Some(_) => None,
                    None => self.find(name).filter(|option| option.arity() != ArgArity::Flag),
                };
            } else if pending.is_some_and(|option: Pending<'_, '_>| option.arity() != ArgArity::Any) {
                pending = None;
            }
        }
        (pending, used)
    }

    /// The option with this name, or with a name that only it begins with; those of the operation come second, as in the parser.
    fn find(&self, typed: &str) -> Option<Pending<'_, 't>> {
        if let Some(name) = option_name(typed) {
            return Some(Pending::Global(name));
        }
        let name = typed.strip_prefix("--")?;
        let mut alike = self.table.options.iter().filter(|option| option.name.starts_with(name));
        let exact = self.table.find(name);
        let option = exact.or_else(|| alike.next().filter(|_| alike.next().is_none()))?;
        Some(Pending::Own(option))
    }

    fn values(&self, pending: Pending<'_, '_>, word: &str) -> Vec<String> {
        match pending {
            Pending::Global(name) => values::of_global(self.session, Some(self.target.service.info.name()), name, word),
            Pending::Own(option) => values::of_option(option, word),
        }
    }

    /// The options that the line does not have yet: those of the operation, required ones first.
    fn options(&self, used: &[&str], word: &str) -> Vec<Candidate> {
        let is_open = |option: &&OperationOption<'_>| {
            let name = option.typed_name();
            !option.hidden
                && !matches!(option.role, OptionRole::OutFile)
                && name.starts_with(word)
                && !used.contains(&&*name)
        };
        let mut options: Vec<&OperationOption<'_>> = self.table.options.iter().filter(is_open).collect();
        options.sort_by_key(|option| !option.required);
        let candidate =
            |option: &OperationOption<'_>| Candidate { text: option.typed_name(), summary: values::kind(option) };
        options.into_iter().map(candidate).chain(global_options(used, word)).collect()
    }
}

fn global_options(used: &[&str], word: &str) -> Vec<Candidate> {
    let rules = globals::rules();
    let names = rules.iter().map(|rule| rule.name);
    let open = names.filter(|name| name.starts_with(word) && !used.contains(name) && !HIDDEN.contains(name));
    open.map(|name| Candidate { text: name.to_owned(), summary: summary(name) }).collect()
}

/// `--option=value`
fn attached(word: &str) -> Option<(&str, &str)> {
    word.split_once('=').filter(|_| word.starts_with("--"))
}

/// The names that start with what is typed.
fn plain(names: Vec<String>, word: &str) -> Vec<Candidate> {
    names.into_iter().filter(|name| name.starts_with(word)).map(Candidate::plain).collect()
}

fn with_prefix(option: &str, names: Vec<String>, value: &str) -> Vec<Candidate> {
    let wanted = names.into_iter().filter(|name| name.starts_with(value));
    wanted.map(|name| Candidate::plain(format!("{option}={name}"))).collect()
}

//! Completes a command line that is not finished: commands, options and values, from the tables that the parser works by.
//!
//! A shell asks by `tucuxi complete`, see [`crate::commands`]; the scripts that make it do so are in `scripts/`. What cannot be
//! found out, because a profile or a model is broken, is not offered: there is no place for an error message.

pub(crate) mod candidate;
pub(crate) mod files;
pub(crate) mod profiles;
pub(crate) mod protocol;
pub(crate) mod regions;
pub(crate) mod shell;
mod values;

use crate::aws::complete as aws;
use crate::commands::{self, CommandInfo};
use crate::grammar::globals::GLOBAL_FLAGS;
use crate::grammar::{Arity, FlagInfo, FlagValue, ValueKind};
use crate::session::GlobalOptions;
use candidate::Candidate;

/// The word before a line in the AWS CLI's language that is to be explained, and what it does.
const EXPLAIN: (&str, &str) = ("explain", "Shows what a line in the AWS CLI's language would call");

/// Completes the last word of a command line; the words follow the name of the program. `is_aws` is whether that is the AWS CLI's,
/// which has no commands of this program.
pub(crate) fn complete(words: &[String], is_aws: bool) -> Vec<Candidate> {
    let Some((last, before)) = words.split_last() else { return Vec::new() };
    match before.split_first() {
        Some((first, rest)) if first == EXPLAIN.0 => return aws::complete(rest, last),
        _ if is_aws => return aws::complete(before, last),
        _ => {}
    }
    let mut line = PartialLine::default();
    before.iter().for_each(|word| line.read(word));
    match aws::command(before) {
        Some(word) if commands::find(word).is_err() && aws::is_command(before, word) => aws::complete(before, last),
        _ if line.command.is_some() || line.pending.is_some() => line.complete(last),
        // A word that is no command does not count.
        Some(_) => both(line.complete(last), aws::complete(&[], last), last),
        None => both(line.complete(last), aws::complete(before, last), last),
    }
}

/// The candidates of both languages where the line has no command yet; the program's own come first.
fn both(mut own: Vec<Candidate>, aws: Vec<Candidate>, typed: &str) -> Vec<Candidate> {
    let explain = Candidate { text: EXPLAIN.0.to_owned(), summary: EXPLAIN.1 };
    for candidate in Some(explain).filter(|explain| explain.text.starts_with(typed)).into_iter().chain(aws) {
        if own.iter().all(|other| other.text != candidate.text) {
            own.push(candidate);
        }
    }
    own
}

/// The words before the cursor. Unlike the parser it accepts everything.
#[derive(Default)]
struct PartialLine {
    globals: GlobalOptions,
    command: Option<CommandInfo>,
    positionals: Vec<String>,
    /// The option whose value comes next.
    pending: Option<FlagInfo>,
    /// Whether `--` has ended the options.
    options_ended: bool,
}

impl PartialLine {
    fn read(&mut self, word: &str) {
        if let Some(flag) = self.pending.take() {
            self.store(flag, word);
        } else if self.options_ended || word == "-" || !word.starts_with('-') {
            self.read_positional(word);
        } else if word == "--" {
            self.options_ended = true;
        } else {
            let (option, value) = word.split_once('=').map_or((word, None), |(option, value)| (option, Some(value)));
            match (self.flag(option).filter(|flag| flag.value.is_some()), value) {
                (Some(flag), Some(value)) => self.store(flag, value),
                (flag, _) => self.pending = flag,
            }
        }
    }

    fn read_positional(&mut self, word: &str) {
        match self.command {
            Some(_) => self.positionals.push(word.to_owned()),
            None => self.command = commands::find(word).ok().map(|command| command.info()),
        }
    }

    /// Stores the value of an option of all commands: completion uses the models and the profile that it names.
    fn store(&mut self, flag: FlagInfo, value: &str) {
        if let Some(global) = GLOBAL_FLAGS.iter().find(|global| global.long() == flag.long) {
            // A value that is wrong is reported when the command runs.
            _ = global.update(FlagValue::new(format!("--{}", flag.long), value.into()), &mut self.globals);
        }
    }

    /// The command's own options, then those of all commands.
    fn flags(&self) -> impl Iterator<Item = FlagInfo> {
        let own = self.command.iter().flat_map(|command| command.flags.iter().copied());
        own.chain(FlagInfo::all(GLOBAL_FLAGS))
    }

    fn flag(&self, option: &str) -> Option<FlagInfo> {
        self.flags().find(|flag| flag.is(option))
    }

    fn complete(&self, word: &str) -> Vec<Candidate> {
        if let Some((_, kind)) = self.pending.and_then(|flag| flag.value) {
            return self.values(kind, word);
        }
        if word.starts_with('-') && !self.options_ended {
            return match word.split_once('=') {
                Some((option, value)) => self.attached_values(option, value),
                None => self.options(word),
            };
        }
        let Some(command) = &self.command else { return self.values(ValueKind::Command, word) };
        let repeated = command.positionals.last().filter(|last| last.arity == Arity::Repeated);
        match command.positionals.get(self.positionals.len()).or(repeated) {
            Some(positional) => self.values(positional.kind, word),
            // Nothing but options can follow.
            None => self.options(word),
        }
    }

    fn options(&self, word: &str) -> Vec<Candidate> {
        let options = self.flags().map(|flag| Candidate { text: format!("--{}", flag.long), summary: flag.summary });
        options.filter(|option| option.text.starts_with(word)).collect()
    }

    /// `--option=value`
    fn attached_values(&self, option: &str, value: &str) -> Vec<Candidate> {
        let Some((_, kind)) = self.flag(option).and_then(|flag| flag.value) else { return Vec::new() };
        let mut candidates = self.values(kind, value);
        for candidate in &mut candidates {
            candidate.text = format!("{option}={}", candidate.text);
        }
        candidates
    }

    /// The service among the arguments before the cursor.
    fn service(&self) -> Option<&str> {
        let positionals = self.command.as_ref()?.positionals;
        let position = positionals.iter().position(|positional| positional.kind == ValueKind::Service)?;
        self.positionals.get(position).map(String::as_str)
    }
}

//! `tucuxi complete`: completes a command line, for the scripts of `tucuxi completion`.

use super::{Command, Invocation};
use crate::completion::candidate::Candidate;
use crate::completion::protocol::is_aws;
use crate::completion::{self, shell};
use crate::error::CliResult;
use crate::grammar::{Flag, FlagValue, Positional, ValueKind};
use crate::output;

pub(crate) struct CompleteCommand;

impl Command for CompleteCommand {
    type Arguments = CompleteArguments;

    fn name(&self) -> &'static str {
        "complete"
    }

    fn summary(&self) -> &'static str {
        "Completes a command line"
    }

    fn description(&self) -> &'static str {
        "Prints the words that can stand in place of the last WORD, one a line. The line in the environment variable COMP_LINE, if \
         there is one, takes the place of the words."
    }

    fn positionals(&self) -> &'static [Positional] {
        const { &[Positional::repeated("-- WORD", ValueKind::Text)] }
    }

    fn flags(&self) -> &'static [&'static dyn Flag<CompleteArguments>] {
        &[&DescriptionsFlag, &WordBreaksFlag]
    }

    fn is_hidden(&self) -> bool {
        true
    }

    fn run(&self, Invocation { arguments, positionals, .. }: Invocation<CompleteArguments>) -> CliResult<()> {
        let (words, is_aws) = match shell::line_in_environment() {
            Some(line) => {
                let mut words = shell::words(&line);
                let program = words.remove(0);
                (words, is_aws(&program))
            }
            None => (positionals.rest(), std::env::args().next().is_some_and(|program| is_aws(&program))),
        };
        let typed = words.last().map_or("", String::as_str);
        let lines = completion::complete(&words, is_aws).into_iter().map(|candidate| arguments.line(&candidate, typed));
        output::print(&lines.collect::<String>())
    }
}

/// The options of the command.
#[derive(Default)]
pub(crate) struct CompleteArguments {
    descriptions: bool,
    word_breaks: String,
}

impl CompleteArguments {
    fn line(&self, candidate: &Candidate, typed: &str) -> String {
        let text = shell::after_word_break(&candidate.text, typed, &self.word_breaks);
        match self.descriptions && !candidate.summary.is_empty() {
            true => format!("{text}\t{}\n", candidate.summary),
            false => format!("{text}\n"),
        }
    }
}

struct DescriptionsFlag;

impl Flag<CompleteArguments> for DescriptionsFlag {
    fn long(&self) -> &'static str {
        "descriptions"
    }

    fn summary(&self) -> &'static str {
        "Add a tab and a description to options and commands"
    }

    fn update(&self, _: FlagValue, arguments: &mut CompleteArguments) -> CliResult<()> {
        arguments.descriptions = true;
        Ok(())
    }
}

struct WordBreaksFlag;

impl Flag<CompleteArguments> for WordBreaksFlag {
    fn long(&self) -> &'static str {
        "word-breaks"
    }

    fn value(&self) -> Option<(&'static str, ValueKind)> {
        Some(("CHARACTERS", ValueKind::Text))
    }

    fn summary(&self) -> &'static str {
        "The characters after which the shell sees a new word"
    }

    fn update(&self, value: FlagValue, arguments: &mut CompleteArguments) -> CliResult<()> {
        arguments.word_breaks = value.text()?;
        Ok(())
    }
}

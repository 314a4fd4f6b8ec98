//! The help, made from the tables of commands and options.

use super::globals::GLOBAL_FLAGS;
use super::{Arity, FlagInfo, Positional};
use crate::commands::{self, CommandInfo};
use crate::error;

/// The width of the text: that of the narrowest terminals.
const WIDTH: usize = 80;
/// The column of the descriptions of options.
const COLUMN: usize = 29;

/// The help of the AWS CLI's language.
const AWS_HELP: &str = "
In the AWS CLI's language:
  tucuxi sqs help                  The operations of a service
  tucuxi sqs send-message help     An operation, its options and its output
  tucuxi sqs send-message ..       Calls it, as `aws sqs send-message ..` does
  tucuxi explain sqs send-message ..
                                   Shows what it would call, and sends nothing
";

/// How much a help says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HelpLength {
    Short,
    Long,
}

/// The help of the program.
pub(crate) fn overview(length: HelpLength) -> String {
    let mut text = String::from(
        "Calls any operation of any AWS service by name.\n\nUsage: tucuxi COMMAND [ARGUMENTS] [OPTIONS]\n       tucuxi SERVICE \
         OPERATION [OPTIONS], as in the AWS CLI\n\nCommands:\n",
    );
    for command in commands::visible() {
        push_row(&mut text, command.name, 14, command.summary);
    }
    push_options(&mut text, "Options of all commands", &FlagInfo::all(GLOBAL_FLAGS), length);
    text.push_str(AWS_HELP);
    text.push_str(error::HELP);
    text
}

/// The help of a command.
pub(crate) fn of_command(command: &CommandInfo, length: HelpLength) -> String {
    let mut text = match length {
        HelpLength::Short => format!("{}.\n", command.summary),
        HelpLength::Long => wrap(command.description, WIDTH, 0) + "\n",
    };
    text.push_str(&format!("\nUsage: tucuxi {}", command.name));
    for positional in command.positionals {
        text.push_str(&format!(" {}", placeholder(positional)));
    }
    text.push_str(" [OPTIONS]\n");
    if let (Some(notes), HelpLength::Long) = (command.notes, length) {
        text.push_str(&format!("\n{}\n", wrap(notes, WIDTH, 0)));
    }
    push_options(&mut text, "Options", &command.flags, length);
    push_options(&mut text, "Options of all commands", &FlagInfo::all(GLOBAL_FLAGS), length);
    text
}

fn placeholder(positional: &Positional) -> String {
    match positional.arity {
        Arity::Required => positional.name.to_owned(),
        Arity::Optional => format!("[{}]", positional.name),
        Arity::Repeated => format!("[{}]..", positional.name),
    }
}

/// Adds a table of options. `title` is the heading of those that have none of their own.
fn push_options(text: &mut String, title: &str, flags: &[FlagInfo], length: HelpLength) {
    let mut heading = "";
    for flag in flags {
        let wanted = flag.heading.unwrap_or(title);
        if wanted != heading {
            heading = wanted;
            text.push_str(&format!("\n{heading}:\n"));
        }
        let mut names = format!("--{}", flag.long);
        if let Some(short) = flag.short {
            names.push_str(&format!(", -{short}"));
        }
        if let Some((value, _)) = flag.value {
            names.push_str(&format!(" {value}"));
        }
        push_row(text, &names, COLUMN, if length == HelpLength::Long { flag.help } else { flag.summary });
    }
}

/// Adds a row of two columns; the second starts at `column`.
fn push_row(text: &mut String, first: &str, column: usize, second: &str) {
    let second = wrap(second, WIDTH, column);
    text.push_str(&format!("  {first:<width$}{second}\n", width = column - 2));
}

/// Breaks lines at `width`. The first line starts at the column `indent`, and so do the others, after blanks. Lines that start with
/// a blank, which are examples, stay as they are.
pub(crate) fn wrap(text: &str, width: usize, indent: usize) -> String {
    let mut wrapped = String::new();
    for (position, line) in text.trim_end().lines().enumerate() {
        if position > 0 {
            wrapped.push('\n');
        }
        if line.starts_with(' ') {
            wrapped.push_str(line);
            continue;
        }
        let mut column = indent;
        for word in line.split(' ') {
            let length = word.chars().count();
            if column > indent && column + 1 + length > width {
                wrapped.push_str(&format!("\n{:indent$}", ""));
                column = indent;
            } else if column > indent {
                wrapped.push(' ');
                column += 1;
            } else if position > 0 {
                wrapped.push_str(&format!("{:indent$}", ""));
            }
            wrapped.push_str(word);
            column += length;
        }
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_wrapped_below_its_column() {
        assert_eq!(wrap("one two three four", 9, 0), "one two\nthree\nfour");
        assert_eq!(wrap("one two three", 12, 4), "one two\n    three");
        assert_eq!(wrap("one\n    an example that is long\ntwo", 9, 0), "one\n    an example that is long\ntwo");
    }
}

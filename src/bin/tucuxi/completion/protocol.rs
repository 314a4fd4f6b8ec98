//! The protocol of bash's `complete -C PROGRAM aws`: the command line is in `COMP_LINE`, and the arguments are the program that it
//! calls, the word to complete and the word before it.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::{complete, shell};
use crate::error::CliResult;
use crate::output;

/// The names by which the program is only a completer.
const NAMES: &[&str] = &["aws_completer", "tucuxi_completer"];

/// The command that makes it one.
const COMMAND: &str = "completer";

/// The arguments of the protocol, if that is what the program was called for.
pub(crate) fn arguments<'a>(program: Option<&OsStr>, arguments: &'a [OsString]) -> Option<&'a [OsString]> {
    let name = program.and_then(|program| Path::new(program).file_stem());
    if name.is_some_and(|name| NAMES.iter().any(|completer| name == *completer)) {
        return Some(arguments);
    }
    arguments.split_first().filter(|(first, _)| *first == COMMAND).map(|(_, rest)| rest)
}

/// Prints what can stand in place of the last word.
pub(crate) fn answer(arguments: &[OsString]) -> CliResult<()> {
    let Some(line) = shell::line_in_environment() else { return Ok(()) };
    let Some((program, words)) =
        shell::words(&line).split_first().map(|(first, words)| (first.clone(), words.to_vec()))
    else {
        return Ok(());
    };
    // Bash sees a new word after `=` and `:`.
    let typed = words.last().map_or("", String::as_str);
    let shell_word = arguments.get(1).map(|word| word.to_string_lossy());
    let done = shell_word.and_then(|word| typed.strip_suffix(&*word)).unwrap_or_default();
    // A word that is not quoted stays so.
    let is_plain = line.ends_with(typed);
    let lines = complete(&words, is_aws(&program)).into_iter().map(|candidate| {
        let text = candidate.text.strip_prefix(done).unwrap_or(&candidate.text);
        if is_plain { format!("{}\n", quoted(text)) } else { format!("{text}\n") }
    });
    output::print(&lines.collect::<String>())
}

/// The text with a backslash before each character that a shell would read.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for char in text.chars() {
        if matches!(char, ' ' | '\'' | '"' | '$' | '&' | ';' | '(' | ')' | '<' | '>' | '|' | '*' | '?' | '\\' | '`') {
            quoted.push('\\');
        }
        quoted.push(char);
    }
    quoted
}

/// Whether the program on a command line is the AWS CLI's name.
pub(crate) fn is_aws(program: &str) -> bool {
    Path::new(program).file_stem().is_some_and(|name| name == "aws")
}

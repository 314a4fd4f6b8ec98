//! Standard output.

use std::io::{self, Write};

use serde::Serialize as _;
use serde_json::Value;
use serde_json::ser::{PrettyFormatter, Serializer};

use crate::error::{CliError, CliResult, one_line};

pub(crate) mod dry_run;
pub(crate) mod format;
pub(crate) mod log;
pub(crate) mod pager;
pub(crate) mod payload;
pub(crate) mod terminal;

/// Prints text with a single write.
pub(crate) fn print(text: &str) -> CliResult<()> {
    write(text.as_bytes())
}

/// Prints lines; escapes control characters, because the text may come from files and the environment.
pub(crate) fn print_lines(lines: &[String]) -> CliResult<()> {
    let lines: Vec<String> = lines.iter().map(|line| one_line(line)).collect();
    let mut text = lines.join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    print(&text)
}

/// Prints a value as JSON with an indent of four spaces, as the AWS CLI does.
pub(crate) fn print_json(value: &Value) -> CliResult<()> {
    let mut text = Vec::with_capacity(1024);
    value
        .serialize(&mut Serializer::with_formatter(&mut text, PrettyFormatter::with_indent(b"    ")))
        .map_err(|error| CliError::io("the output cannot be written as JSON")(error.into()))?;
    text.push(b'\n');
    write(&text)
}

/// Prints a value as one line of JSON and flushes it.
pub(crate) fn print_json_line(value: &Value) -> CliResult<()> {
    print(&format!("{value}\n"))
}

fn write(bytes: &[u8]) -> CliResult<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(failed)
}

/// The error for a failed write to standard output.
pub(crate) fn failed(error: io::Error) -> CliError {
    match error.kind() {
        io::ErrorKind::BrokenPipe => CliError::BrokenPipe,
        _ => CliError::io("standard output")(error),
    }
}

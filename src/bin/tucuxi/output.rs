//! Standard output.

use std::io::{self, Write};

use serde::Serialize as _;
use serde_json::Value;
use serde_json::ser::{PrettyFormatter, Serializer};

use crate::failure::{Failure, Result, one_line};

/// Prints text, all of it at once.
pub(crate) fn print(text: &str) -> Result<()> {
    write(text.as_bytes())
}

/// Prints lines. What they say may come from files and the environment.
pub(crate) fn print_lines(lines: &[String]) -> Result<()> {
    let lines: Vec<String> = lines.iter().map(|line| one_line(line)).collect();
    let mut text = lines.join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    print(&text)
}

/// Prints a value as the AWS CLI does: four spaces a level.
pub(crate) fn print_json(value: &Value) -> Result<()> {
    let mut text = Vec::with_capacity(1024);
    value
        .serialize(&mut Serializer::with_formatter(&mut text, PrettyFormatter::with_indent(b"    ")))
        .map_err(|error| Failure::Other(format!("the output cannot be written as JSON: {error}")))?;
    text.push(b'\n');
    write(&text)
}

/// Prints a value as one line, which is there at once.
pub(crate) fn print_json_line(value: &Value) -> Result<()> {
    print(&format!("{value}\n"))
}

fn write(bytes: &[u8]) -> Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes).and_then(|()| stdout.flush()).map_err(|error| failed(&error))
}

/// An error of writing to standard output.
pub(crate) fn failed(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::BrokenPipe,
        _ => Failure::Other(format!("standard output: {error}")),
    }
}

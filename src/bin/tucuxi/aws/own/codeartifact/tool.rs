//! Runs the tools that keep their own settings.

use std::io;
use std::process::{Command, Output};

use super::RepositoryLogin;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::python;
use crate::output;

/// Stands for the token in messages.
const MASK: &str = "******";

/// Why a command of a tool did not succeed.
pub(super) enum ToolError {
    Missing,
    Failed(AwsError),
}

impl ToolError {
    /// The error to report. `tool` is the name to show.
    pub(super) fn report(self, tool: &str) -> AwsError {
        match self {
            ToolError::Missing => AwsError::General(format!("{tool} was not found. Please verify installation.")),
            ToolError::Failed(error) => error,
        }
    }
}

/// Runs a command, whose output is only shown if it fails, without the token.
pub(super) fn run(words: &[&str], token: &str) -> Result<Output, ToolError> {
    let Some((program, arguments)) = words.split_first() else { return Err(ToolError::Missing) };
    let output = Command::new(program).args(arguments).output().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => ToolError::Missing,
        _ => ToolError::Failed(AwsError::General(python::os_error(&error, program))),
    })?;
    if output.status.success() {
        return Ok(output);
    }
    let how = match output.status.code() {
        Some(code) => format!("returned non-zero exit status {code}."),
        None => "was ended by a signal.".to_owned(),
    };
    let shown: Vec<String> = words.iter().map(|word| python::repr(word)).collect();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let text = format!("Command '[{}]' {how} Stderr from command:\n{stderr}", shown.join(", "));
    Err(ToolError::Failed(AwsError::General(masked(&text, token))))
}

fn masked(text: &str, token: &str) -> String {
    if token.is_empty() { text.to_owned() } else { text.replace(token, MASK) }
}

/// Runs commands, or prints them for a dry run. Commands that `is_optional` may fail.
pub(super) fn run_all(
    login: &RepositoryLogin<'_>,
    commands: &[Vec<&str>],
    is_optional: impl Fn(&[&str]) -> bool,
) -> AwsResult<()> {
    if login.is_dry_run {
        let lines: Vec<String> = commands.iter().map(|words| format!("{}\n\n", words.join(" "))).collect();
        return Ok(output::print(&lines.concat())?);
    }
    for words in commands {
        match run(words, &login.token) {
            Err(ToolError::Failed(_)) if is_optional(words) => {}
            result => _ = result.map_err(|error| error.report(login.tool))?,
        }
    }
    login.report(login.tool)
}

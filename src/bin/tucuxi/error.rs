//! Errors of the program: one line on standard error and an exit code.

use std::error::Error as _;
use std::process::ExitCode;
use std::{fmt, io};

use tucuxi::ErrorKind;

use crate::import::ImportError;
use crate::usage::UsageError;

pub(crate) type CliResult<T, E = CliError> = Result<T, E>;

/// The end of `tucuxi --help`.
pub(crate) const HELP: &str = "
Exit codes, as the AWS CLI has them:
  0    The call succeeded
  252  The command line or the parameters are wrong; nothing was sent
  253  A setting or the credentials are missing or wrong; nothing was sent
  254  The service answered with an error
  255  Any other error: no connection, an incomplete response, a wait without
       success, a file that cannot be written
  128  plus the number of the signal that ended a download: 130 for an interrupt
";

/// The origin of a setting from an option, which the library calls the builder.
pub(crate) const COMMAND_LINE: &str = "the command line";

#[derive(Debug)]
pub(crate) enum CliError {
    /// The command line is wrong.
    Usage(UsageError),
    /// An error of the library.
    Library(tucuxi::Error),
    /// `--query` failed after the call, so it is not an error of the command line.
    Query(tucuxi::Error),
    /// A file or stream failed; the first part names it.
    Io(String, io::Error),
    /// A model import failed.
    Import(ImportError),
    /// The demo received something else than it sent.
    Demo(String),
    /// The reader of standard output has closed it, which is not an error (`tucuxi services | head`).
    BrokenPipe,
}

impl CliError {
    /// An I/O error; `place` names the file or stream.
    pub(crate) fn io(place: impl fmt::Display) -> impl FnOnce(io::Error) -> Self {
        move |error| CliError::Io(place.to_string(), error)
    }

    /// Prints the error and returns the exit code.
    pub(crate) fn report(self) -> ExitCode {
        if !matches!(self, CliError::BrokenPipe) {
            eprint(&format!("error: {}{}", one_line(&self.to_string()), self.hint()));
        }
        self.exit_code()
    }

    /// The options that help if no credentials were found; the library does not know them.
    fn hint(&self) -> &'static str {
        match self {
            CliError::Library(error) if error.kind() == ErrorKind::Credentials && has_details(error) => {
                "; --profile NAME chooses a profile, --no-sign-request sends no signature, --debug shows where credentials were \
                 looked for"
            }
            _ => "",
        }
    }

    /// The exit codes that [`HELP`] documents.
    fn exit_code(&self) -> ExitCode {
        match self {
            CliError::BrokenPipe => ExitCode::SUCCESS,
            CliError::Usage(_) => ExitCode::from(252),
            CliError::Query(_) | CliError::Io(..) | CliError::Import(_) | CliError::Demo(_) => ExitCode::from(255),
            CliError::Library(error) => ExitCode::from(match error.kind() {
                ErrorKind::UnknownService
                | ErrorKind::UnknownOperation
                | ErrorKind::UnknownWaiter
                | ErrorKind::UnknownResource
                | ErrorKind::Validation => 252,
                ErrorKind::Config | ErrorKind::Credentials => 253,
                ErrorKind::Service => 254,
                _ => 255,
            }),
        }
    }
}

/// Whether a cause adds text that the error does not have.
fn has_details(error: &tucuxi::Error) -> bool {
    let line = error.to_string();
    let mut cause = error.source();
    while let Some(found) = cause {
        if !line.contains(&found.to_string()) {
            return true;
        }
        cause = found.source();
    }
    false
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CliError::Usage(error) => error.fmt(f),
            // Settings that the library has from its builder come from the command line.
            CliError::Library(error) if error.kind() == ErrorKind::Config => {
                f.write_str(&error.to_string().replace("the builder", COMMAND_LINE))
            }
            CliError::Library(error) => error.fmt(f),
            CliError::Query(error) => write!(f, "the call succeeded, but --query failed: {error}"),
            CliError::Io(place, error) => write!(f, "{place}: {error}"),
            CliError::Import(error) => error.fmt(f),
            CliError::Demo(problem) => f.write_str(problem),
            CliError::BrokenPipe => f.write_str("broken pipe"),
        }
    }
}

impl From<tucuxi::Error> for CliError {
    fn from(error: tucuxi::Error) -> Self {
        CliError::Library(error)
    }
}

impl From<UsageError> for CliError {
    fn from(error: UsageError) -> Self {
        CliError::Usage(error)
    }
}

impl From<ImportError> for CliError {
    fn from(error: ImportError) -> Self {
        CliError::Import(error)
    }
}

/// Prints text on standard error; a failure to do so cannot be reported.
pub(crate) fn eprint_text(text: &str) {
    use io::Write as _;
    _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Prints a line on standard error; a failure to do so cannot be reported.
pub(crate) fn eprint(line: &str) {
    use io::Write as _;
    _ = io::stderr().lock().write_all(format!("{line}\n").as_bytes());
}

/// Makes untrusted text safe for one line of a terminal: escapes control characters and invisible ones that change the writing
/// direction, as the library does in its errors.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for char in text.trim_end().chars() {
        match char {
            '\n' | '\r' | '\t' => line.extend(char.escape_default()),
            _ if char.is_control() || is_invisible(char) => line.extend(char.escape_unicode()),
            _ => line.push(char),
        }
    }
    line
}

fn is_invisible(char: char) -> bool {
    matches!(char, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(char, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_has_no_control_characters() {
        assert_eq!(one_line("a\r\n\tb\u{1b}[31mc\u{202e}\n"), "a\\r\\n\\tb\\u{1b}[31mc\\u{202e}");
    }
}

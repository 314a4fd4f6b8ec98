//! Errors of the program: one line on standard error and an exit code.

use std::error::Error as _;
use std::process::ExitCode;
use std::{fmt, io};

use tucuxi::ErrorKind;

pub(crate) type Result<T, E = CliError> = std::result::Result<T, E>;

/// The end of `tucuxi --help`.
pub(crate) const HELP: &str = "
Exit codes, as the AWS CLI has them:
  0    The call succeeded
  252  The command line or the parameters are wrong; nothing was sent
  253  A setting or the credentials are missing or wrong; nothing was sent
  254  The service answered with an error
  255  Any other error: no connection, an incomplete response, a wait without success, a file that cannot be written
  128  plus the number of the signal that ended a download: 130 for an interrupt
";

/// The origin of a setting from an option, which the library calls the builder.
pub(crate) const COMMAND_LINE: &str = "the command line";

#[derive(Debug)]
pub(crate) enum CliError {
    /// The command line is wrong.
    Usage(String),
    /// An unknown option; the help of its command has the similar names.
    UnknownOption(String),
    /// An error of the library.
    Library(tucuxi::Error),
    /// Any other error, such as one of a file.
    Other(String),
    /// The reader of standard output has closed it, which is not an error (`tucuxi services | head`).
    BrokenPipe,
    /// Not an error: the command prints its help instead of running.
    HelpRequested,
}

impl CliError {
    /// An I/O error; `place` names the file or stream.
    pub(crate) fn io(place: impl fmt::Display) -> impl FnOnce(io::Error) -> Self {
        move |error| CliError::Other(format!("{place}: {error}"))
    }

    /// Prints the error and returns the exit code.
    pub(crate) fn report(self) -> ExitCode {
        if !matches!(self, CliError::BrokenPipe | CliError::HelpRequested) {
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
            CliError::BrokenPipe | CliError::HelpRequested => ExitCode::SUCCESS,
            CliError::Usage(_) | CliError::UnknownOption(_) => ExitCode::from(252),
            CliError::Other(_) => ExitCode::from(255),
            CliError::Library(error) => ExitCode::from(match error.kind() {
                ErrorKind::UnknownService
                | ErrorKind::UnknownOperation
                | ErrorKind::UnknownWaiter
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
            CliError::Usage(line) | CliError::Other(line) => f.write_str(line),
            // Settings that the library has from its builder come from the command line.
            CliError::Library(error) if error.kind() == ErrorKind::Config => {
                f.write_str(&error.to_string().replace("the builder", COMMAND_LINE))
            }
            CliError::Library(error) => error.fmt(f),
            CliError::UnknownOption(option) => write!(f, "unknown option `{option}`"),
            CliError::BrokenPipe => f.write_str("broken pipe"),
            CliError::HelpRequested => f.write_str("help"),
        }
    }
}

impl From<tucuxi::Error> for CliError {
    fn from(error: tucuxi::Error) -> Self {
        CliError::Library(error)
    }
}

impl From<lexopt::Error> for CliError {
    fn from(error: lexopt::Error) -> Self {
        CliError::Usage(format!("{error}; `tucuxi --help` lists commands and options"))
    }
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

//! Why the program failed: one line on standard error and an exit code.

use std::process::ExitCode;
use std::{fmt, io};

use tucuxi::ErrorKind;

pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// The end of `tucuxi --help`.
pub(crate) const HELP: &str = "
Exit codes, as the AWS CLI has them:
  0    The call succeeded
  252  The command line or the parameters are wrong; nothing was sent
  253  A setting or the credentials are missing or wrong; nothing was sent
  254  The service answered with an error
  255  Anything else: no connection, a broken answer, a wait without success, a file that cannot be written
  128  and the number of the signal that ended a download: 130 for an interrupt
";

#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line is wrong.
    Usage(String),
    /// The library's own error.
    Library(tucuxi::Error),
    /// Files and the like.
    Other(String),
    /// Whoever read our output has gone: that is no error (`tucuxi services | head`).
    BrokenPipe,
    /// Not a failure: there is help to be printed instead of what the command does.
    HelpAsked,
}

impl Failure {
    /// An error of reading or writing; `place` says of what.
    pub(crate) fn io(place: impl fmt::Display) -> impl FnOnce(io::Error) -> Self {
        move |error| Failure::Other(format!("{place}: {error}"))
    }

    /// Tells the user, and gives the exit code to end with.
    pub(crate) fn report(self) -> ExitCode {
        if !matches!(self, Failure::BrokenPipe | Failure::HelpAsked) {
            eprint(&format!("error: {}", one_line(&self.to_string())));
        }
        self.exit_code()
    }

    /// [`HELP`] tells what they mean.
    fn exit_code(&self) -> ExitCode {
        match self {
            Failure::BrokenPipe | Failure::HelpAsked => ExitCode::SUCCESS,
            Failure::Usage(_) => ExitCode::from(252),
            Failure::Other(_) => ExitCode::from(255),
            Failure::Library(error) => ExitCode::from(match error.kind() {
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

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Usage(line) | Failure::Other(line) => f.write_str(line),
            // Every fault has a line of its own there.
            Failure::Library(error) if error.kind() == ErrorKind::Validation => {
                f.write_str(&error.to_string().replace(":\n", ": ").replace('\n', "; "))
            }
            Failure::Library(error) => error.fmt(f),
            Failure::BrokenPipe => f.write_str("broken pipe"),
            Failure::HelpAsked => f.write_str("help"),
        }
    }
}

impl From<tucuxi::Error> for Failure {
    fn from(error: tucuxi::Error) -> Self {
        Failure::Library(error)
    }
}

impl From<lexopt::Error> for Failure {
    fn from(error: lexopt::Error) -> Self {
        Failure::Usage(format!("{error}; `tucuxi --help` lists commands and options"))
    }
}

/// A line on standard error. There is nobody left to tell when that fails.
pub(crate) fn eprint(line: &str) {
    use io::Write as _;
    _ = io::stderr().lock().write_all(format!("{line}\n").as_bytes());
}

/// Text of a server or a file that is to stand in one line of a terminal: control characters become spaces, which also
/// keeps escape sequences from reaching the terminal.
pub(crate) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for char in text.trim_end().chars() {
        match char.is_control() {
            true if line.ends_with(' ') => {}
            true => line.push(' '),
            false => line.push(char),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_has_no_control_characters() {
        assert_eq!(one_line("a\r\n\tb\u{1b}[31mc\n"), "a b [31mc");
    }
}

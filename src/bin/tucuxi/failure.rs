//! Why the program failed: one line on standard error and an exit code.

use std::error::Error as _;
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

/// Where a setting comes from that the library has from its builder.
pub(crate) const COMMAND_LINE: &str = "the command line";

#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line is wrong.
    Usage(String),
    /// An option that nobody knows. The command that it was given to has names that are near.
    UnknownOption(String),
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
            eprint(&format!("error: {}{}", one_line(&self.to_string()), self.hint()));
        }
        self.exit_code()
    }

    /// The options of this program that help where no credentials were found, which the library does not know of.
    fn hint(&self) -> &'static str {
        match self {
            Failure::Library(error) if error.kind() == ErrorKind::Credentials && has_details(error) => {
                "; --profile NAME chooses a profile, --no-sign-request sends no signature, --debug tells where credentials were \
                 looked for"
            }
            _ => "",
        }
    }

    /// [`HELP`] tells what they mean.
    fn exit_code(&self) -> ExitCode {
        match self {
            Failure::BrokenPipe | Failure::HelpAsked => ExitCode::SUCCESS,
            Failure::Usage(_) | Failure::UnknownOption(_) => ExitCode::from(252),
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

/// Whether a cause says what the error itself does not.
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

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Usage(line) | Failure::Other(line) => f.write_str(line),
            // What the library calls its builder is the command line here.
            Failure::Library(error) if error.kind() == ErrorKind::Config => {
                f.write_str(&error.to_string().replace("the builder", COMMAND_LINE))
            }
            Failure::Library(error) => error.fmt(f),
            Failure::UnknownOption(option) => write!(f, "unknown option `{option}`"),
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

/// Text of others that is to stand in one line of a terminal: characters that nobody sees, but that move the cursor or turn the
/// direction of writing, are escaped as the library does it in its errors.
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

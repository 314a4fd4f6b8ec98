//! Errors of command lines in the AWS CLI's language, with its texts and exit codes.

use std::io::{self, Write as _};
use std::process::ExitCode;

use serde_json::{Map, Value};

use tucuxi::ErrorKind;
use tucuxi::http::StatusCode;

use super::args::ArgError;
use super::failure;
use super::query;
use crate::error::CliError;
use crate::output::format::{ErrorFormat, ErrorReport, FormatError, TableStyle};

/// The usage text that the AWS CLI prints with errors of the command line.
pub(crate) const USAGE: &str = "\
usage: aws [options] <command> <subcommand> [<subcommand> ...] [parameters]
To see help text, you can run:

  aws help
  aws <command> help
  aws <command> <subcommand> help
";

#[derive(Debug)]
pub(crate) enum AwsError {
    /// The command line or a parameter is wrong: 252.
    Validation(String),
    /// Options that nothing takes: 252.
    UnknownOptions(Vec<String>),
    /// A setting is missing or wrong: 253. The first part is the AWS CLI's word for the kind.
    Setting(&'static str, String),
    /// Anything else: 255.
    General(String),
    /// An error of the library.
    Library(tucuxi::Error),
    /// An error of the rest of the program.
    Program(CliError),
}

/// Prints errors in a format.
pub(crate) struct Reporter {
    pub(crate) format: ErrorFormat,
    /// The profile that the line or the environment chose.
    pub(crate) profile: Option<String>,
    /// Whether errors of the service come with their message before their code, as in the protocols with JSON and CBOR.
    pub(crate) message_first: bool,
    pub(crate) style: TableStyle,
}

impl Default for Reporter {
    fn default() -> Self {
        Reporter { format: ErrorFormat::Enhanced, profile: None, message_first: false, style: TableStyle::PLAIN }
    }
}

impl Reporter {
    /// Prints the error and returns the exit code. `program` is the name to show.
    pub(crate) fn report(&self, error: &AwsError, program: &str) -> ExitCode {
        let mut stderr = io::stderr().lock();
        // A failure to write to standard error cannot be reported.
        let message = error.message(self.profile.as_deref());
        match error {
            // Nobody reads the output any more.
            AwsError::Program(CliError::BrokenPipe) => return ExitCode::SUCCESS,
            AwsError::UnknownOptions(_) => {
                _ = write!(stderr, "\n{USAGE}\n\n{program}: [ERROR]: {}\n", message.trim());
            }
            _ => match self.members(error, &message) {
                Some(members) => {
                    let text = match error.code() {
                        Some(code) => format!("An error occurred ({code}): {message}"),
                        None => message.clone(),
                    };
                    let report = ErrorReport { members: &members, text: &text, legacy: &message };
                    _ = report.write(self.format, program, self.style, &mut stderr);
                }
                None => _ = write!(stderr, "\n{program}: [ERROR]: {}\n", message.trim()),
            },
        }
        ExitCode::from(error.exit_code())
    }

    /// The code, the message and the modeled members of an error that has a code.
    fn members(&self, error: &AwsError, message: &str) -> Option<Map<String, Value>> {
        let text = |name: &str, text: &str| (name.to_owned(), Value::from(text));
        let AwsError::Library(library) = error else {
            return Some(Map::from_iter([text("Code", error.code()?), text("Message", message)]));
        };
        let Some(service) = library.service() else {
            return Some(Map::from_iter([text("Code", error.code()?), text("Message", message)]));
        };
        let mut first = [text("Code", service.code()), text("Message", service.message())];
        if self.message_first && !is_generic(service.code(), service.message()) {
            first.reverse();
        }
        let mut members = Map::from_iter(first);
        for (name, value) in service.body().as_object().into_iter().flatten() {
            // The AWS CLI shows the message twice if the model has it in lower case.
            if !members.contains_key(name) {
                members.insert(name.clone(), value.clone());
            }
        }
        Some(members)
    }
}

/// Whether an error is made of nothing but the status of a broken server.
fn is_generic(code: &str, message: &str) -> bool {
    let status = code.parse().ok().filter(|status| *status >= 500);
    let reason = status.and_then(|status| StatusCode::from_u16(status).ok()?.canonical_reason());
    reason == Some(message)
}

pub(crate) type AwsResult<T> = Result<T, AwsError>;

impl AwsError {
    /// A wrong command line, with the usage.
    pub(crate) fn usage(text: &str) -> Self {
        AwsError::Validation(format!("{text}\n\n{USAGE}"))
    }

    pub(crate) fn library(error: tucuxi::Error) -> Self {
        AwsError::Library(error)
    }

    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            AwsError::Validation(_) | AwsError::UnknownOptions(_) => 252,
            AwsError::Setting(..) => 253,
            AwsError::General(_) | AwsError::Program(_) => 255,
            AwsError::Library(error) => failure::exit_code(error),
        }
    }

    /// The AWS CLI's word for the kind of error.
    fn code(&self) -> Option<&str> {
        match self {
            AwsError::Validation(_) => Some("ParamValidation"),
            AwsError::Setting(code, _) => Some(code),
            AwsError::Library(error) => failure::code(error),
            _ => None,
        }
    }

    pub(crate) fn message(&self, profile: Option<&str>) -> String {
        match self {
            AwsError::Validation(message) | AwsError::Setting(_, message) | AwsError::General(message) => {
                message.clone()
            }
            AwsError::UnknownOptions(options) => format!("Unknown options: {}", options.join(", ")),
            AwsError::Library(error) => failure::message(error, profile),
            AwsError::Program(error) => error.to_string(),
        }
    }
}

impl From<ArgError> for AwsError {
    fn from(error: ArgError) -> Self {
        AwsError::usage(&error.to_string())
    }
}

impl From<FormatError> for AwsError {
    fn from(error: FormatError) -> Self {
        match error {
            // A query that fails after the call, which is no fault of the command line any more.
            FormatError::Library(error) if error.kind() == ErrorKind::Validation && error.operation().is_none() => {
                AwsError::General(query::evaluation_failure(&error.to_string()))
            }
            FormatError::Library(error) => AwsError::Library(error),
            other => AwsError::General(other.to_string()),
        }
    }
}

impl From<CliError> for AwsError {
    fn from(error: CliError) -> Self {
        match error {
            CliError::Library(error) => AwsError::Library(error),
            other => AwsError::Program(other),
        }
    }
}

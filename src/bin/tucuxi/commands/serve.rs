//! `tucuxi serve`: fakes and tapes for programs in any language.

use std::path::PathBuf;

use tucuxi::testing::FakeServer;

use super::{Command, Invocation};
use crate::error::CliResult;
use crate::grammar::{Flag, FlagValue, ValueKind};
use crate::output;
use crate::usage::UsageError;

pub(crate) struct ServeCommand;

impl Command for ServeCommand {
    type Arguments = ServeArguments;

    fn name(&self) -> &'static str {
        "serve"
    }

    fn summary(&self) -> &'static str {
        "Answers as AWS services do, with made-up outputs, for tests"
    }

    fn description(&self) -> &'static str {
        "Answers all operations of all services on this machine, with outputs made from the models or from a tape, for tests of \
         programs in any language."
    }

    fn notes(&self) -> Option<&'static str> {
        Some(NOTES)
    }

    fn flags(&self) -> &'static [&'static dyn Flag<ServeArguments>] {
        &[&FakeFlag, &FromFlag, &PortFlag]
    }

    fn run(&self, Invocation { globals, arguments, .. }: Invocation<ServeArguments>) -> CliResult<()> {
        if !arguments.is_fake {
            return Err(UsageError::OnlyFakes.into());
        }
        let mut server = FakeServer::bind(arguments.port)?.session(&globals.session()?);
        if let Some(path) = arguments.from {
            server = server.from_tape(path)?;
        }
        let url = server.url();
        output::print(&format!(
            "Fake AWS services listen at {url}. Nothing is real: every response has the header x-tucuxi-fake.\n\
             Set AWS_ENDPOINT_URL={url} in the program to test, and any credentials. Ctrl-C ends the server.\n"
        ))?;
        Ok(server.run()?)
    }
}

const NOTES: &str = "\
The server listens on the loopback interface only. It finds the operation of a request by its host, signature, target, action or path, \
and verifies neither signatures nor parameters. What it does not know it answers with status 501 and a text.

    tucuxi serve --fake --port 4566 &
    AWS_ENDPOINT_URL=http://127.0.0.1:4566 python3 my_script.py

A tape (--from) is a file that the library's `testing::Tape` has recorded. A request with the parameters of an interaction gets the \
response of that one, another request the next response of its operation.";

/// The options of the command.
#[derive(Default)]
pub(crate) struct ServeArguments {
    is_fake: bool,
    from: Option<PathBuf>,
    port: u16,
}

struct FakeFlag;

impl Flag<ServeArguments> for FakeFlag {
    fn long(&self) -> &'static str {
        "fake"
    }

    fn summary(&self) -> &'static str {
        "Says that the responses may be made up; required"
    }

    fn update(&self, _: FlagValue, arguments: &mut ServeArguments) -> CliResult<()> {
        arguments.is_fake = true;
        Ok(())
    }
}

struct FromFlag;

impl Flag<ServeArguments> for FromFlag {
    fn long(&self) -> &'static str {
        "from"
    }

    fn value(&self) -> Option<(&'static str, ValueKind)> {
        Some(("TAPE", ValueKind::File))
    }

    fn summary(&self) -> &'static str {
        "Answers from a tape instead of the models"
    }

    fn update(&self, value: FlagValue, arguments: &mut ServeArguments) -> CliResult<()> {
        arguments.from = Some(value.path());
        Ok(())
    }
}

struct PortFlag;

impl Flag<ServeArguments> for PortFlag {
    fn long(&self) -> &'static str {
        "port"
    }

    fn value(&self) -> Option<(&'static str, ValueKind)> {
        Some(("PORT", ValueKind::Text))
    }

    fn summary(&self) -> &'static str {
        "The port; any free one by default"
    }

    fn update(&self, value: FlagValue, arguments: &mut ServeArguments) -> CliResult<()> {
        arguments.port = value.parse("a port", |text| text.parse().ok())?;
        Ok(())
    }
}

//! `tucuxi wait`: runs a waiter of the service.

use std::time::Duration;

use lexopt::{Parser, ValueExt};

use crate::Command;
use crate::call::params;
use crate::error::{CliError, Result};
use crate::options::{Options, Positionals, duration};

pub(crate) const COMMAND: Command = Command {
    name: "wait",
    about: "Waits until a resource reaches a state, as a waiter defines it",
    help: "\
Calls an operation until its response means success or failure, as a waiter of the service defines it.

Usage: tucuxi wait SERVICE WAITER ['JSON' | @FILE | -] [OPTIONS]

The parameters are those of the waiter's operation: a JSON object as an argument, in a file, or on standard input. `tucuxi waiters
SERVICE` lists the waiters. Nothing is printed; --debug logs every attempt.

    tucuxi wait s3 bucket_exists '{\"Bucket\": \"photos\"}'
    tucuxi wait dynamodb table_exists '{\"TableName\": \"music\"}' --delay 2 --timeout 60

Exit codes: 255 if the wait ends without success, 254 for a service error that the waiter does not expect.

Options:
  --delay SECONDS            The time between two calls; overrides the waiter's
  --max-attempts COUNT       The largest number of calls; overrides the waiter's
  --timeout SECONDS          The longest time for the whole wait
",
    run,
};

/// The arguments of the command.
#[derive(Default)]
struct WaitArguments {
    service: String,
    waiter: String,
    params: Option<String>,
    delay: Option<Duration>,
    max_attempts: Option<u32>,
    timeout: Option<Duration>,
}

fn run(mut options: Options, parser: &mut Parser) -> Result<()> {
    let arguments = WaitArguments::read(&mut options, parser)?;
    let client = options.client(&arguments.service)?;
    let mut waiter = client.get_waiter(&arguments.waiter)?;
    if let Some(delay) = arguments.delay {
        waiter = waiter.delay(delay);
    }
    if let Some(count) = arguments.max_attempts {
        waiter = waiter.max_attempts(count);
    }
    if let Some(timeout) = arguments.timeout {
        waiter = waiter.deadline(timeout);
    }
    waiter.wait(params(arguments.params.as_deref())?)?;
    Ok(())
}

impl WaitArguments {
    fn read(options: &mut Options, parser: &mut Parser) -> Result<WaitArguments> {
        let mut arguments = WaitArguments::default();
        let mut positionals = Positionals::read(parser, options, |option, parser| {
            match option {
                "--delay" => arguments.delay = Some(duration(option, &parser.value()?.string()?)?),
                "--max-attempts" => arguments.max_attempts = Some(count(option, &parser.value()?.string()?)?),
                "--timeout" => arguments.timeout = Some(duration(option, &parser.value()?.string()?)?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        arguments.service = positionals.required("SERVICE")?;
        arguments.waiter = positionals.required("WAITER")?;
        arguments.params = positionals.optional()?;
        positionals.end()?;
        Ok(arguments)
    }
}

fn count(option: &str, text: &str) -> Result<u32> {
    let expected = || CliError::Usage(format!("{option}: expected a whole number from 1, found `{text}`"));
    text.parse().ok().filter(|count| *count > 0).ok_or_else(expected)
}

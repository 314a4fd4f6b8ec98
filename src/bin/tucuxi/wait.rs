//! `tucuxi wait`: waits by a waiter of the service.

use std::time::Duration;

use lexopt::{Parser, ValueExt};

use crate::Command;
use crate::call::params;
use crate::failure::{Failure, Result};
use crate::options::{Options, Words, duration};

pub(crate) const COMMAND: Command = Command {
    name: "wait",
    about: "Waits until something is there, or gone",
    help: "\
Calls an operation until its answer means success or failure, as a waiter of the service says.

Usage: tucuxi wait SERVICE WAITER ['JSON' | @FILE | -] [OPTIONS]

The parameters are those of the waiter's operation: a JSON object as an argument, in a file, or on standard input. `tucuxi waiters
SERVICE` lists the waiters. Nothing is printed; with --debug every attempt is logged.

    tucuxi wait s3 bucket_exists '{\"Bucket\": \"photos\"}'
    tucuxi wait dynamodb table_exists '{\"TableName\": \"music\"}' --delay 2 --timeout 60

Exit codes: 255 where the wait ended without success, 254 for an error of the service that the waiter does not expect.

Options:
  --delay SECONDS            The time between two calls, in place of the waiter's own
  --max-attempts COUNT       How many calls are made at most, in place of the waiter's own
  --timeout SECONDS          The most time for all of it
",
    run,
};

/// What the command line asks for.
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
        let mut words = Words::read(parser, options, |option, parser| {
            match option {
                "--delay" => arguments.delay = Some(duration(option, &parser.value()?.string()?)?),
                "--max-attempts" => arguments.max_attempts = Some(count(option, &parser.value()?.string()?)?),
                "--timeout" => arguments.timeout = Some(duration(option, &parser.value()?.string()?)?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        arguments.service = words.required("SERVICE")?;
        arguments.waiter = words.required("WAITER")?;
        arguments.params = words.optional()?;
        words.end()?;
        Ok(arguments)
    }
}

fn count(option: &str, text: &str) -> Result<u32> {
    let expected = || Failure::Usage(format!("{option}: expected a whole number from 1, found `{text}`"));
    text.parse().ok().filter(|count| *count > 0).ok_or_else(expected)
}

//! `tucuxi wait`: runs a waiter of the service.

use std::time::Duration;

use super::call::NamedOperation;
use super::{Command, Invocation};
use crate::error::CliResult;
use crate::grammar::{Flag, FlagValue, Positional, ValueKind, params};

pub(crate) struct WaitCommand;

impl Command for WaitCommand {
    type Arguments = WaitArguments;

    fn name(&self) -> &'static str {
        "wait"
    }

    fn summary(&self) -> &'static str {
        "Waits until a resource reaches a state, as a waiter defines it"
    }

    fn description(&self) -> &'static str {
        "Calls an operation until its response means success or failure, as a waiter of the service defines it."
    }

    fn notes(&self) -> Option<&'static str> {
        Some(NOTES)
    }

    fn positionals(&self) -> &'static [Positional] {
        const { &[Positional::SERVICE, Positional::required("WAITER", ValueKind::Waiter), Positional::PARAMS] }
    }

    fn flags(&self) -> &'static [&'static dyn Flag<WaitArguments>] {
        &[&DelayFlag, &MaxAttemptsFlag, &TimeoutFlag]
    }

    fn run(&self, Invocation { globals, arguments, positionals }: Invocation<WaitArguments>) -> CliResult<()> {
        let NamedOperation { service, name, params } = NamedOperation::take(positionals)?;
        let client = globals.client(&service)?;
        let mut waiter = client.get_waiter(&name)?;
        if let Some(delay) = arguments.delay {
            waiter = waiter.delay(delay);
        }
        if let Some(count) = arguments.max_attempts {
            waiter = waiter.max_attempts(count);
        }
        if let Some(timeout) = arguments.timeout {
            waiter = waiter.deadline(timeout);
        }
        waiter.wait(params::read(params.as_deref())?)?;
        Ok(())
    }
}

const NOTES: &str = "\
The parameters are those of the waiter's operation: a JSON object as an argument, in a file, or on standard input. `tucuxi waiters \
SERVICE` lists the waiters. Nothing is printed; --debug logs every attempt.

    tucuxi wait s3 bucket_exists '{\"Bucket\": \"photos\"}'
    tucuxi wait dynamodb table_exists '{\"TableName\": \"music\"}' --delay 2 --timeout 60

Exit codes: 255 if the wait ends without success, 254 for a service error that the waiter does not expect.";

/// The options of the command.
#[derive(Default)]
pub(crate) struct WaitArguments {
    delay: Option<Duration>,
    max_attempts: Option<u32>,
    timeout: Option<Duration>,
}

struct DelayFlag;

impl Flag<WaitArguments> for DelayFlag {
    fn long(&self) -> &'static str {
        "delay"
    }

    fn value(&self) -> Option<(&'static str, ValueKind)> {
        Some(("SECONDS", ValueKind::Text))
    }

    fn summary(&self) -> &'static str {
        "The time between two calls; overrides the waiter's"
    }

    fn update(&self, value: FlagValue, arguments: &mut WaitArguments) -> CliResult<()> {
        arguments.delay = Some(value.seconds()?);
        Ok(())
    }
}

struct MaxAttemptsFlag;

impl Flag<WaitArguments> for MaxAttemptsFlag {
    fn long(&self) -> &'static str {
        "max-attempts"
    }

    fn value(&self) -> Option<(&'static str, ValueKind)> {
        Some(("COUNT", ValueKind::Text))
    }

    fn summary(&self) -> &'static str {
        "The largest number of calls; overrides the waiter's"
    }

    fn update(&self, value: FlagValue, arguments: &mut WaitArguments) -> CliResult<()> {
        arguments.max_attempts = Some(value.positive_number()?);
        Ok(())
    }
}

struct TimeoutFlag;

impl Flag<WaitArguments> for TimeoutFlag {
    fn long(&self) -> &'static str {
        "timeout"
    }

    fn value(&self) -> Option<(&'static str, ValueKind)> {
        Some(("SECONDS", ValueKind::Text))
    }

    fn summary(&self) -> &'static str {
        "The longest time for the whole wait"
    }

    fn update(&self, value: FlagValue, arguments: &mut WaitArguments) -> CliResult<()> {
        arguments.timeout = Some(value.seconds()?);
        Ok(())
    }
}

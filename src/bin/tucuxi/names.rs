//! `tucuxi services`, `operations`, `waiters`: lists of names, one a line.

use lexopt::Parser;

use crate::error::Result;
use crate::options::{Options, Positionals};
use crate::{Command, output};

pub(crate) const SERVICES: Command = Command {
    name: "services",
    about: "Lists the services that have a model",
    help: "Lists the services that have a model, bundled or in a folder of models.\n\nUsage: tucuxi services [OPTIONS]",
    run: |mut options, parser| {
        Positionals::plain(parser, &mut options)?.end()?;
        output::print_lines(&options.session()?.available_services())
    },
};

pub(crate) const OPERATIONS: Command = Command {
    name: "operations",
    about: "Lists the operations of a service",
    help: "Lists the operations of a service.\n\nUsage: tucuxi operations SERVICE [OPTIONS]",
    run: |mut options, parser| {
        let service = service(&mut options, parser)?;
        output::print_lines(&options.describing_client(&service)?.operation_names())
    },
};

pub(crate) const WAITERS: Command = Command {
    name: "waiters",
    about: "Lists the waiters of a service",
    help: "Lists the waiters of a service; prints nothing if it has none.\n\nUsage: tucuxi waiters SERVICE [OPTIONS]",
    run: |mut options, parser| {
        let service = service(&mut options, parser)?;
        output::print_lines(&options.describing_client(&service)?.waiter_names())
    },
};

fn service(options: &mut Options, parser: &mut Parser) -> Result<String> {
    let mut positionals = Positionals::plain(parser, options)?;
    let service = positionals.required("SERVICE")?;
    positionals.end()?;
    Ok(service)
}

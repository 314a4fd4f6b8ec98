//! `tucuxi call`: calls an operation and prints its output.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use lexopt::{Parser, ValueExt};
use serde_json::{Map, Value};
use tucuxi::{Body, Client, ErrorKind, JmesPath, Output, Request};

use crate::error::{CliError, Result};
use crate::options::{Options, Positionals};
use crate::payload::{self, Target};
use crate::{Command, dry_run, output};

pub(crate) const COMMAND: Command = Command {
    name: "call",
    about: "Calls an operation and prints its output as JSON",
    help: "\
Calls an operation and prints its output as JSON.

Usage: tucuxi call SERVICE OPERATION ['JSON' | @FILE | -] [OPTIONS]

The parameters are a JSON object: an argument, a file, or standard input; the default is an empty object.
Blobs are base64 text, timestamps are RFC 3339 text. The operation can be written send_message, send-message or SendMessage.

An operation with an event stream prints each event as a line of JSON when it arrives; other output members are the first line.

    tucuxi call sqs list_queues
    tucuxi call sqs send_message '{\"QueueUrl\": \"https://..\", \"MessageBody\": \"hello\"}'
    tucuxi call s3 get_object '{\"Bucket\": \"photos\", \"Key\": \"cat.jpg\"}' --output-file cat.jpg
    tucuxi call s3 list_objects_v2 '{\"Bucket\": \"photos\"}' --paginate --query 'Contents[].Key'
    tucuxi call logs start_live_tail '{\"logGroupIdentifiers\": [\"arn:aws:logs:..\"]}'

Options:
  --body FILE|-              The blob payload of the request: a file, or standard input. A pipe is copied to a temporary file
                             if the service needs its length or hash first
  --output-file FILE|-       Write the blob payload of the response unchanged: to a file, with the other output as JSON on
                             standard output; or to standard output, and nothing else.
                             Without this option the payload is base64 text in the JSON
  --dry-run                  Print the signed request with its secrets masked, and send nothing
  --query JMESPATH           Print the result of the expression for the output

Listings:
  --paginate                 Get all pages, and print them as one output
  --max-items COUNT          Stop after COUNT items (with --paginate or without); `NextToken` in the output is the value for
                             --starting-token
  --page-size COUNT          Ask the service for COUNT items per page
  --starting-token TOKEN     Continue a listing of this program, boto3 or the AWS CLI
",
    run,
};

/// The arguments of the command.
#[derive(Default)]
struct CallArguments {
    service: String,
    operation: String,
    params: Option<String>,
    body: Option<PathBuf>,
    output_file: Option<PathBuf>,
    dry_run: bool,
    query: Option<JmesPath>,
    listing: Listing,
}

/// The pagination options. Each of them turns pagination on.
#[derive(Default, PartialEq)]
struct Listing {
    paginate: bool,
    max_items: Option<usize>,
    page_size: Option<u32>,
    starting_token: Option<String>,
}

fn run(mut options: Options, parser: &mut Parser) -> Result<()> {
    let arguments = CallArguments::read(&mut options, parser)?;
    let client = options.client(&arguments.service)?;
    let params = params(arguments.params.as_deref())?;
    tracing::debug!(
        service = arguments.service,
        operation = arguments.operation,
        region = client.region(),
        api_version = client.api_version(),
        "calling"
    );
    if arguments.listing.is_requested() {
        return arguments.print(&arguments.listing.run(&client, &arguments.operation, params)?);
    }
    if arguments.dry_run {
        return dry_run::print(arguments.request(&client, params)?.prepare_masked()?);
    }
    if let Some(path) = &arguments.output_file {
        payload::expect_in_output(&client, &arguments.operation)?;
        let request = arguments.request(&client, params)?;
        let target = Target::open(path)?;
        return target.receive(request.send()?);
    }
    if payload::is_event_stream(&client, &arguments.operation)? {
        return arguments.print_events(arguments.request(&client, params)?.send()?);
    }
    if arguments.body.is_some() {
        let response = arguments.request(&client, params)?.send()?;
        return arguments.print(&payload::into_value(&client, &arguments.operation, response)?);
    }
    arguments.print(&client.call(&arguments.operation, params)?)
}

/// The call has been made by now, so a failed expression is not an error of the command line.
fn search(query: &JmesPath, value: &Value) -> Result<Value> {
    query.search(value).map_err(|error| CliError::Other(format!("the call succeeded, but --query failed: {error}")))
}

impl CallArguments {
    fn read(options: &mut Options, parser: &mut Parser) -> Result<CallArguments> {
        let mut arguments = CallArguments::default();
        let mut positionals = Positionals::read(parser, options, |option, parser| {
            match option {
                "--body" => arguments.body = Some(parser.value()?.into()),
                "--output-file" => arguments.output_file = Some(parser.value()?.into()),
                "--dry-run" => arguments.dry_run = true,
                "--query" => arguments.query = Some(JmesPath::parse(&parser.value()?.string()?)?),
                "--paginate" => arguments.listing.paginate = true,
                "--max-items" => arguments.listing.max_items = Some(count(option, &parser.value()?.string()?)?),
                "--page-size" => arguments.listing.page_size = Some(count(option, &parser.value()?.string()?)?),
                "--starting-token" => arguments.listing.starting_token = Some(parser.value()?.string()?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        arguments.service = positionals.required("SERVICE")?;
        arguments.operation = positionals.required("OPERATION")?;
        arguments.params = positionals.optional()?;
        positionals.end()?;
        if arguments.params.as_deref() == Some("-") && arguments.body.as_deref().is_some_and(is_standard_input) {
            let message = "standard input cannot be both the parameters and the body";
            return Err(CliError::Usage(message.to_owned()));
        }
        arguments.check_combinations()?;
        Ok(arguments)
    }

    fn check_combinations(&self) -> Result<()> {
        let one_call = [
            ("--body", self.body.is_some()),
            ("--output-file", self.output_file.is_some()),
            ("--dry-run", self.dry_run),
        ];
        if let Some((option, _)) = one_call.iter().find(|(_, given)| *given && self.listing.is_requested()) {
            return Err(CliError::Usage(format!(
                "{option} is for a single call, but another option asks for a listing"
            )));
        }
        if self.query.is_some() && (self.dry_run || self.output_file.is_some()) {
            let message = "--query needs the whole output as JSON, which --dry-run and --output-file do not print";
            return Err(CliError::Usage(message.to_owned()));
        }
        Ok(())
    }

    fn print(&self, value: &Value) -> Result<()> {
        match &self.query {
            Some(query) => output::print_json(&search(query, value)?),
            None => output::print_json(value),
        }
    }

    /// Prints the other members of the output, if any, and each event when it arrives, a line each.
    fn print_events(&self, response: Output) -> Result<()> {
        let Output { value, events, .. } = response;
        let has_members = value.as_object().is_some_and(|members| !members.is_empty());
        let members = has_members.then_some(Ok(value));
        for value in members.into_iter().chain(events.into_iter().flatten()) {
            match &self.query {
                Some(query) => output::print_json_line(&search(query, &value?)?)?,
                None => output::print_json_line(&value?)?,
            }
        }
        Ok(())
    }

    fn request<'c>(&self, client: &'c Client, params: Value) -> Result<Request<'c>> {
        let request = client.request(&self.operation).params(params);
        Ok(match &self.body {
            Some(path) => request.body(body(path)?),
            None => request,
        })
    }
}

impl Listing {
    fn is_requested(&self) -> bool {
        *self != Listing::default()
    }

    fn run(&self, client: &Client, operation: &str, params: Value) -> Result<Value> {
        let paginator = client.get_paginator(operation).map_err(|error| match error.kind() {
            ErrorKind::Unsupported => CliError::Usage(error.to_string()),
            _ => error.into(),
        });
        let mut paginator = paginator?;
        if let Some(items) = self.max_items {
            paginator = paginator.max_items(items);
        }
        if let Some(size) = self.page_size {
            paginator = paginator.page_size(size);
        }
        if let Some(token) = &self.starting_token {
            paginator = paginator.starting_token(token);
        }
        Ok(paginator.paginate(params).build_full_result()?)
    }
}

fn count<N: FromStr>(option: &str, text: &str) -> Result<N> {
    text.parse().map_err(|_| CliError::Usage(format!("{option}: expected a whole number, found `{text}`")))
}

/// `-` is standard input or output.
pub(crate) fn is_standard_stream(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Whether the path names standard input.
fn is_standard_input(path: &Path) -> bool {
    const NAMES: &[&str] = &["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];
    is_standard_stream(path) || NAMES.iter().any(|name| path.as_os_str() == *name)
}

/// Reads the parameters: a JSON argument, `@FILE`, or `-` for standard input.
pub(crate) fn params(argument: Option<&str>) -> Result<Value> {
    let unreadable = |place: &str| {
        let place = place.to_owned();
        move |error: io::Error| CliError::Usage(format!("parameters: {place}: expected a JSON object: {error}"))
    };
    let (text, place) = match argument {
        None => return Ok(Value::Object(Map::new())),
        Some("-") => {
            let mut text = String::new();
            io::stdin().lock().read_to_string(&mut text).map_err(unreadable("standard input"))?;
            (text, "standard input".to_owned())
        }
        Some(argument) => match argument.strip_prefix('@') {
            Some(path) => (fs::read_to_string(path).map_err(unreadable(path))?, path.to_owned()),
            None => (argument.to_owned(), "the argument".to_owned()),
        },
    };
    tucuxi::parse_json(text)
        .map_err(|error| CliError::Usage(format!("parameters: {place}: expected a JSON object: {error}")))
}

/// The request body: a path that can be opened, or `-` for standard input, which is a file if the shell redirected one.
fn body(path: &Path) -> Result<Body> {
    let body = match is_standard_stream(path) {
        true => standard_input().map_err(|error| format!("standard input: {error}")),
        // The error names the path.
        false => Body::from_path(path).map_err(|error| error.to_string()),
    };
    body.map_err(|problem| CliError::Usage(format!("--body {problem}")))
}

#[cfg(unix)]
fn standard_input() -> io::Result<Body> {
    use std::os::fd::AsFd as _;
    Body::from_file(io::stdin().as_fd().try_clone_to_owned()?.into())
}

#[cfg(windows)]
fn standard_input() -> io::Result<Body> {
    use std::os::windows::io::AsHandle as _;
    Body::from_file(io::stdin().as_handle().try_clone_to_owned()?.into())
}

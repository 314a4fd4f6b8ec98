//! `tucuxi call`: calls an operation and prints what it gives back.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use lexopt::{Parser, ValueExt};
use serde_json::{Map, Value};
use tucuxi::{Body, Client, ErrorKind, JmesPath, Output, Request};

use crate::failure::{Failure, Result};
use crate::options::{Options, Words};
use crate::payload::{self, Target};
use crate::{Command, dry_run, output};

pub(crate) const COMMAND: Command = Command {
    name: "call",
    about: "Calls an operation and prints its output as JSON",
    help: "\
Calls an operation and prints its output as JSON.

Usage: tucuxi call SERVICE OPERATION ['JSON' | @FILE | -] [OPTIONS]

The parameters are a JSON object: as an argument, in a file, or on standard input; without them, an empty object.
Blobs are base64 text, timestamps are RFC 3339 text. The name of the operation may be written send_message, send-message or
SendMessage.

An operation that answers with a stream of events prints a line of JSON for each of them as it arrives; members beside the
stream, where there are any, are the first line.

    tucuxi call sqs list_queues
    tucuxi call sqs send_message '{\"QueueUrl\": \"https://..\", \"MessageBody\": \"hello\"}'
    tucuxi call s3 get_object '{\"Bucket\": \"photos\", \"Key\": \"cat.jpg\"}' --output-file cat.jpg
    tucuxi call s3 list_objects_v2 '{\"Bucket\": \"photos\"}' --paginate --query 'Contents[].Key'
    tucuxi call logs start_live_tail '{\"logGroupIdentifiers\": [\"arn:aws:logs:..\"]}'

Options:
  --body FILE|-              The payload of an operation that takes bytes: a file, or standard input. A pipe is copied into a
                             temporary file where the service wants to know its length or its hash first
  --output-file FILE|-       Write the payload of an operation that answers with bytes there as it is: to a file, and the rest
                             of the output as JSON to standard output; or to standard output, and nothing else.
                             Without this option the payload stands in the JSON as base64 text
  --dry-run                  Print the signed request with its secrets masked, and send nothing
  --query JMESPATH           Print what the expression finds in the output

Listings:
  --paginate                 Turn all pages, and print them as one output
  --max-items COUNT          Stop after so many items (with --paginate or without); `NextToken` in the output is the token for
                             --starting-token
  --page-size COUNT          Ask the service for so many items on a page
  --starting-token TOKEN     Go on where an earlier listing stopped, be it of this program, boto3 or the AWS CLI
",
    run,
};

/// What the command line asks for.
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

/// How the pages of a listing are turned. Each of these options asks for it.
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
    if arguments.listing.is_wanted() {
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
        let answer = arguments.request(&client, params)?.send()?;
        return arguments.print(&payload::into_value(&client, &arguments.operation, answer)?);
    }
    arguments.print(&client.call(&arguments.operation, params)?)
}

impl CallArguments {
    fn read(options: &mut Options, parser: &mut Parser) -> Result<CallArguments> {
        let mut arguments = CallArguments::default();
        let mut words = Words::read(parser, options, |option, parser| {
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
        arguments.service = words.required("SERVICE")?;
        arguments.operation = words.required("OPERATION")?;
        arguments.params = words.optional()?;
        words.end()?;
        if arguments.params.as_deref() == Some("-") && arguments.body.as_deref().is_some_and(is_standard_input) {
            let message = "standard input cannot give both the parameters and the body";
            return Err(Failure::Usage(message.to_owned()));
        }
        arguments.refuse_what_does_not_fit()?;
        Ok(arguments)
    }

    fn refuse_what_does_not_fit(&self) -> Result<()> {
        let one_call = [
            ("--body", self.body.is_some()),
            ("--output-file", self.output_file.is_some()),
            ("--dry-run", self.dry_run),
        ];
        if let Some((option, _)) = one_call.iter().find(|(_, given)| *given && self.listing.is_wanted()) {
            return Err(Failure::Usage(format!(
                "{option} is for a single call, and the other options ask for a listing"
            )));
        }
        if self.query.is_some() && (self.dry_run || self.output_file.is_some()) {
            let message = "--query looks into the output as JSON, which --dry-run and --output-file do not print whole";
            return Err(Failure::Usage(message.to_owned()));
        }
        Ok(())
    }

    fn print(&self, value: &Value) -> Result<()> {
        match &self.query {
            Some(query) => output::print_json(&query.search(value)?),
            None => output::print_json(value),
        }
    }

    /// The other members of the output, where there are any, and each event as it arrives: a line each.
    fn print_events(&self, answer: Output) -> Result<()> {
        let Output { value, events, .. } = answer;
        let has_members = value.as_object().is_some_and(|members| !members.is_empty());
        let members = has_members.then_some(Ok(value));
        for value in members.into_iter().chain(events.into_iter().flatten()) {
            match &self.query {
                Some(query) => output::print_json_line(&query.search(&value?)?)?,
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
    fn is_wanted(&self) -> bool {
        *self != Listing::default()
    }

    fn run(&self, client: &Client, operation: &str, params: Value) -> Result<Value> {
        let paginator = client.get_paginator(operation).map_err(|error| match error.kind() {
            ErrorKind::Unsupported => Failure::Usage(error.to_string()),
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
    text.parse().map_err(|_| Failure::Usage(format!("{option}: expected a whole number, found `{text}`")))
}

/// `-` is standard input or output.
pub(crate) fn is_standard_stream(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// A name of standard input.
fn is_standard_input(path: &Path) -> bool {
    const NAMES: &[&str] = &["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"];
    is_standard_stream(path) || NAMES.iter().any(|name| path.as_os_str() == *name)
}

/// The parameters: an argument, `@FILE`, or `-` for standard input.
pub(crate) fn params(argument: Option<&str>) -> Result<Value> {
    let unreadable = |place: &str| {
        let place = place.to_owned();
        move |error: io::Error| Failure::Usage(format!("parameters: {place}: expected a JSON object: {error}"))
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
        .map_err(|error| Failure::Usage(format!("parameters: {place}: expected a JSON object: {error}")))
}

/// A file, or whatever else can be opened; `-` is standard input, which is a file where a shell has redirected one into it.
fn body(path: &Path) -> Result<Body> {
    let body = match is_standard_stream(path) {
        true => standard_input().map_err(|error| format!("standard input: {error}")),
        // The error names the path.
        false => Body::from_path(path).map_err(|error| error.to_string()),
    };
    body.map_err(|problem| Failure::Usage(format!("--body {problem}")))
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

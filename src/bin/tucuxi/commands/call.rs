//! `tucuxi call`: calls an operation and prints its output.

use std::path::PathBuf;

use serde_json::Value;
use tucuxi::{Client, ErrorKind, JmesPath, Output, Request};

use super::{Command, Invocation};
use crate::error::{CliError, CliResult};
use crate::grammar::{ArgumentList, Flag, Positional, params};
use crate::output::payload::{self, PayloadTarget};
use crate::output::{self, dry_run};
use crate::usage::UsageError;

mod flags;

pub(crate) struct CallCommand;

impl Command for CallCommand {
    type Arguments = CallArguments;

    fn name(&self) -> &'static str {
        "call"
    }

    fn summary(&self) -> &'static str {
        "Calls an operation and prints its output as JSON"
    }

    fn description(&self) -> &'static str {
        "Calls an operation and prints its output as JSON."
    }

    fn notes(&self) -> Option<&'static str> {
        Some(NOTES)
    }

    fn positionals(&self) -> &'static [Positional] {
        &[Positional::SERVICE, Positional::OPERATION, Positional::PARAMS]
    }

    fn flags(&self) -> &'static [&'static dyn Flag<CallArguments>] {
        flags::FLAGS
    }

    fn run(&self, Invocation { globals, arguments, positionals }: Invocation<CallArguments>) -> CliResult<()> {
        let operation = NamedOperation::take(positionals)?;
        arguments.check(&operation)?;
        let client = globals.client(&operation.service)?;
        arguments.call(&client, &operation)
    }
}

const NOTES: &str = "\
The parameters are a JSON object: an argument, a file, or standard input; the default is an empty object. Blobs are base64 text, \
timestamps are RFC 3339 text. The operation can be written send_message, send-message or SendMessage.

An operation with an event stream prints each event as a line of JSON when it arrives; other output members are the first line.

    tucuxi call sqs list_queues
    tucuxi call sqs send_message '{\"QueueUrl\": \"https://..\", \"MessageBody\": \"hello\"}'
    tucuxi call s3 get_object '{\"Bucket\": \"photos\", \"Key\": \"cat.jpg\"}' --output-file cat.jpg
    tucuxi call s3 list_objects_v2 '{\"Bucket\": \"photos\"}' --paginate --query 'Contents[].Key'
    tucuxi call logs start_live_tail '{\"logGroupIdentifiers\": [\"arn:aws:logs:..\"]}'";

/// The operation on the command line and its parameters, which are still text.
pub(super) struct NamedOperation {
    pub(super) service: String,
    pub(super) name: String,
    pub(super) params: Option<String>,
}

impl NamedOperation {
    pub(super) fn take(mut positionals: ArgumentList) -> CliResult<Self> {
        let (service, name) = (positionals.text()?, positionals.text()?);
        Ok(NamedOperation { service, name, params: positionals.optional()? })
    }
}

/// The options of the command.
#[derive(Default)]
pub(crate) struct CallArguments {
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

impl CallArguments {
    /// Checks combinations of options.
    fn check(&self, operation: &NamedOperation) -> Result<(), UsageError> {
        let body_is_standard_input = self.body.as_deref().is_some_and(params::is_standard_input);
        if operation.params.as_deref() == Some("-") && body_is_standard_input {
            return Err(UsageError::StandardInputTwice);
        }
        let one_call = [
            ("--body", self.body.is_some()),
            ("--output-file", self.output_file.is_some()),
            ("--dry-run", self.dry_run),
        ];
        if let Some((option, _)) = one_call.iter().find(|(_, given)| *given && self.listing.is_requested()) {
            return Err(UsageError::NotForListings { option });
        }
        if self.query.is_some() && (self.dry_run || self.output_file.is_some()) {
            return Err(UsageError::QueryWithoutOutput);
        }
        Ok(())
    }

    fn call(&self, client: &Client, operation: &NamedOperation) -> CliResult<()> {
        let name = operation.name.as_str();
        let params = params::read(operation.params.as_deref())?;
        tracing::debug!(
            target: "tucuxi::call",
            service = operation.service,
            operation = name,
            region = client.region(),
            api_version = client.api_version(),
            "calling"
        );
        if self.listing.is_requested() {
            return self.print(&self.listing.run(client, name, params)?);
        }
        if self.dry_run {
            return dry_run::print(self.request(client, name, params)?.prepare_masked()?);
        }
        if let Some(path) = &self.output_file {
            payload::expect_in_output(client, name)?;
            let request = self.request(client, name, params)?;
            let target = PayloadTarget::open(path)?;
            return target.receive(request.send()?);
        }
        if payload::is_event_stream(client, name)? {
            return self.print_events(self.request(client, name, params)?.send()?);
        }
        if self.body.is_some() {
            let response = self.request(client, name, params)?.send()?;
            return self.print(&payload::into_value(client, name, response)?);
        }
        self.print(&client.call(name, params)?)
    }

    fn print(&self, value: &Value) -> CliResult<()> {
        match &self.query {
            Some(query) => output::print_json(&query.search(value).map_err(CliError::Query)?),
            None => output::print_json(value),
        }
    }

    /// Prints the other members of the output, if any, and each event when it arrives, a line each.
    fn print_events(&self, response: Output) -> CliResult<()> {
        let Output { value, events, .. } = response;
        let has_members = value.as_object().is_some_and(|members| !members.is_empty());
        let members = has_members.then_some(Ok(value));
        for value in members.into_iter().chain(events.into_iter().flatten()) {
            match &self.query {
                Some(query) => output::print_json_line(&query.search(&value?).map_err(CliError::Query)?)?,
                None => output::print_json_line(&value?)?,
            }
        }
        Ok(())
    }

    fn request<'c>(&self, client: &'c Client, operation: &str, params: Value) -> CliResult<Request<'c>> {
        let request = client.request(operation).params(params);
        Ok(match &self.body {
            Some(path) => request.body(params::body(path)?),
            None => request,
        })
    }
}

impl Listing {
    fn is_requested(&self) -> bool {
        *self != Listing::default()
    }

    fn run(&self, client: &Client, operation: &str, params: Value) -> CliResult<Value> {
        let paginator = client.get_paginator(operation).map_err(|error| match error.kind() {
            ErrorKind::Unsupported => UsageError::NoListing(error).into(),
            _ => CliError::Library(error),
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

//! Runs the call or the wait that a command line asks for.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value};
use tucuxi::{Body, Client, ClientBuilder, ErrorKind, Pages, Session, TimestampStyle};

use super::advice;
use super::command::Target;
use super::custom;
use super::error::{AwsError, AwsResult};
use super::failure;
use super::faults;
use super::globals::Globals;
use super::paging::Paging;
use super::present::{Presenter, ProtocolForms};
use super::request::CallRequest;
use super::settings;
use crate::error::CliError;
use crate::output;
use crate::output::format::{Formatter, PageSource, PagedResponse, Response};
use crate::output::pager::Pager;
use crate::output::terminal::{self, OutputStream};
use crate::session::GlobalOptions;
use crate::signals;

/// A client with the options of the line, and the AWS CLI's defaults where they differ from the library's.
pub(crate) fn client(session: &Session, service: &str, globals: &Globals) -> AwsResult<Client> {
    client_builder(session, service, globals.endpoint_url.as_deref())?.build().map_err(AwsError::library)
}

/// As [`client`], for more settings.
pub(crate) fn client_builder(session: &Session, service: &str, endpoint_url: Option<&str>) -> AwsResult<ClientBuilder> {
    let mut builder = session.client_builder(service);
    if let Some(url) = endpoint_url {
        builder = builder.endpoint_url(url);
    }
    if let Some(attempts) = settings::default_attempts(session)? {
        builder = builder.max_attempts(attempts);
    }
    if settings::uses_regional_buckets(session)? {
        builder = builder.s3_us_east_1_regional_endpoint(true);
    }
    Ok(builder.default_checksum_algorithm("CRC64NVME"))
}

/// The session that all of a line uses.
pub(crate) fn open_session(globals: &Globals) -> AwsResult<Session> {
    Ok(options(globals).session()?)
}

fn options(globals: &Globals) -> GlobalOptions {
    let seconds = |limit: Option<u64>| limit.filter(|seconds| *seconds > 0).map(Duration::from_secs);
    GlobalOptions {
        region: globals.region.clone(),
        profile: globals.profile.clone(),
        no_sign_request: !globals.sign_request,
        no_verify_ssl: !globals.verify_ssl,
        ca_bundle: globals.ca_bundle.as_ref().map(PathBuf::from),
        connect_timeout: seconds(globals.connect_timeout),
        read_timeout: seconds(globals.read_timeout),
        debug: globals.debug,
        timestamps: TimestampStyle::Wire,
        ..GlobalOptions::default()
    }
}

/// Whether calls can be signed: without a region or credentials nothing is known of how a call would end.
fn can_sign(session: &Session) -> bool {
    let sign = || {
        let request = tucuxi::http::Request::get("https://localhost/").body(Body::empty()).ok()?;
        session.sign_request("execute-api", request).ok()
    };
    sign().is_some()
}

/// The library's explanation of the call; `None` without a region or credentials, or if another call must come first.
pub(crate) fn explanation(
    session: &Session,
    target: &Target,
    request: CallRequest,
    globals: &Globals,
) -> AwsResult<Option<Value>> {
    if request.first.is_some() {
        return Ok(None);
    }
    let unknown = |error: &tucuxi::Error| matches!(error.kind(), ErrorKind::Config | ErrorKind::Credentials);
    let client = match client(session, target.service.info.name(), globals) {
        Ok(client) => client,
        Err(AwsError::Library(error)) if unknown(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut params = request.params;
    target.customizations().for_each(|customization| customization.send(&mut params));
    let mut call = client.request(target.operation.name()).params(Value::Object(params));
    if let Some((_, path)) = &request.body {
        call = call.body(open(path)?);
    }
    match call.explain() {
        Ok(explanation) => Ok(Some(explanation)),
        Err(error) if unknown(&error) || !can_sign(session) => Ok(None),
        Err(error) => Err(AwsError::library(error)),
    }
}

/// Calls the operation or waits, and prints the output.
pub(crate) fn call(session: &Session, target: &Target, request: CallRequest, globals: &Globals) -> AwsResult<()> {
    signals::end_as_the_aws_cli();
    let client = client(session, target.service.info.name(), globals)?;
    let CallRequest { mut params, body, outfile, paging, first, after } = request;
    if let Some(first) = first {
        let response = client.call(first.operation, Value::Object(first.params(&params))).map_err(AwsError::library)?;
        custom::complete(first.complete, &response, &mut params);
    }
    target.customizations().for_each(|customization| customization.send(&mut params));
    if settings::validates(session)? {
        let given = body.as_ref().map(|(member, _)| member.as_str());
        if let Some(fault) = advice::bucket_fault(target.service.info.name(), &params) {
            return Err(faults::refuse(&[fault]));
        }
        faults::check(target.operation.input(), &params, given)?;
    }
    if let Some(waiter) = &target.waiter {
        return wait(&client, waiter, params);
    }
    let printer = Printer::new(session, target, globals)?;
    if let Some(paging) = paging {
        return printer.pages(&client, &paging, params);
    }
    let mut call = client.request(target.operation.name()).params(Value::Object(params));
    if let Some((_, path)) = &body {
        call = call.body(open(path)?);
    }
    let mut output = call.send().map_err(AwsError::library)?;
    match (output.events.take(), outfile) {
        (Some(events), Some(file)) => return custom::write_records(events, &file),
        (Some(events), None) => return printer.events(output.value, events),
        (None, Some(file)) => save(output.body, &file)?,
        (None, None) => {}
    }
    let result = after.apply(&mut output.value);
    printer.single(output.value)?;
    result
}

fn wait(client: &Client, name: &str, params: Map<String, Value>) -> AwsResult<()> {
    let waiter = client.get_waiter(name).map_err(AwsError::library)?;
    match waiter.wait(Value::Object(params)) {
        Ok(_) => Ok(()),
        Err(error) => Err(failure::of_waiter(name, &error).map_or(AwsError::Library(error), AwsError::General)),
    }
}

fn open(path: &Path) -> AwsResult<Body> {
    Body::from_path(path).map_err(|error| AwsError::Program(CliError::Io(path.display().to_string(), error)))
}

/// Writes the payload of a response to a file, which keeps its content until the payload is complete.
fn save(body: Body, file: &str) -> AwsResult<()> {
    // Standard output may be redirected to a file, which must not be written from its start.
    let is_stdout = cfg!(unix) && ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"].contains(&file);
    let written = match is_stdout {
        true => copy(body),
        false => body.save_to(Path::new(".").join(file)).map(drop),
    };
    written.map_err(|error| match is_stdout {
        true => AwsError::Program(output::failed(error)),
        false => AwsError::Program(CliError::Io(file.to_owned(), error)),
    })
}

fn copy(mut body: Body) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    io::copy(&mut body, &mut stdout)?;
    stdout.flush()
}

/// Prints outputs of an operation in the format that the line, the environment or the profile asks for.
struct Printer<'r> {
    target: &'r Target,
    formatter: Formatter<'r>,
    presenter: Presenter,
    /// The command of the pager.
    pager: Option<String>,
}

impl<'r> Printer<'r> {
    fn new(session: &Session, target: &'r Target, globals: &'r Globals) -> AwsResult<Self> {
        let formatter = Formatter {
            format: settings::output(session, globals)?,
            query: globals.query.as_ref().map(|query| &query.expression),
            title: target.operation.name(),
            style: terminal::table_style(globals.color.as_deref(), OutputStream::Output),
        };
        let pager = if globals.pager { settings::pager(session)? } else { None };
        let protocol = ProtocolForms::named(target.operation.protocol());
        let presenter = Presenter::new(settings::timestamps(session)?, protocol);
        Ok(Printer { target, formatter, pager, presenter })
    }

    fn present(&self, value: Value) -> Value {
        match self.target.operation.output() {
            Some(shape) => self.presenter.output(shape, value),
            None => value,
        }
    }

    fn single(&self, value: Value) -> AwsResult<()> {
        self.write(Response::Single(self.present(value)))
    }

    fn pages(&self, client: &Client, paging: &Paging, params: Map<String, Value>) -> AwsResult<()> {
        let paginator = client.get_paginator(self.target.operation.name()).map_err(AwsError::library)?;
        let pages = paging.apply(paginator)?.paginate(Value::Object(params));
        let mut source = Presented { pages, printer: self };
        let keys = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect::<Vec<String>>();
        let (results, whole) = match &self.target.pagination {
            Some(pagination) => {
                (keys(pagination.result_keys().collect()), keys(pagination.non_aggregate_keys().collect()))
            }
            None => (Vec::new(), Vec::new()),
        };
        self.write(Response::Paged(PagedResponse::new(&mut source, results, whole)))
    }

    /// Prints the members of the output, if any, and each event when it arrives, a line each.
    fn events(&self, value: Value, events: tucuxi::EventStream) -> AwsResult<()> {
        if value.as_object().is_some_and(|members| !members.is_empty()) {
            output::print_json_line(&self.present(value))?;
        }
        for event in events {
            output::print_json_line(&event.map_err(AwsError::library)?)?;
        }
        Ok(())
    }

    fn write(&self, response: Response<'_>) -> AwsResult<()> {
        match self.pager.as_deref().filter(|_| io::stdout().is_terminal()) {
            Some(command) => {
                let mut pager = Pager::new(command);
                let written = self.formatter.write(response, &mut pager);
                pager.finish().map_err(|error| settings::broken_pager(&error))?;
                Ok(written?)
            }
            None => Ok(self.formatter.write(response, &mut io::stdout().lock())?),
        }
    }
}

/// Pages in the form that is shown.
struct Presented<'p, 'r> {
    pages: Pages,
    printer: &'p Printer<'r>,
}

impl PageSource for Presented<'_, '_> {
    fn next_page(&mut self) -> Option<tucuxi::Result<Value>> {
        let page = self.pages.next()?;
        Some(page.map(|page| self.printer.present(page)))
    }

    fn resume_token(&self) -> Option<String> {
        self.pages.resume_token()
    }
}

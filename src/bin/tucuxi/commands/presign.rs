//! `tucuxi presign`: presigned URLs.

use std::time::Duration;

use http::Method;

use super::call::NamedOperation;
use super::{Command, Invocation};
use crate::error::{self, CliResult};
use crate::grammar::{Flag, FlagValue, Positional, ValueKind, params};
use crate::output;

pub(crate) struct PresignCommand;

impl Command for PresignCommand {
    type Arguments = PresignArguments;

    fn name(&self) -> &'static str {
        "presign"
    }

    fn summary(&self) -> &'static str {
        "Prints a URL that anyone can use until it expires"
    }

    fn description(&self) -> &'static str {
        "Prints a URL with which anyone can call the operation until it expires. Nothing is sent."
    }

    fn notes(&self) -> Option<&'static str> {
        Some(NOTES)
    }

    fn positionals(&self) -> &'static [Positional] {
        &[Positional::SERVICE, Positional::OPERATION, Positional::PARAMS]
    }

    fn flags(&self) -> &'static [&'static dyn Flag<PresignArguments>] {
        &[&ExpiresInFlag, &HttpMethodFlag]
    }

    fn run(&self, Invocation { globals, arguments, positionals }: Invocation<PresignArguments>) -> CliResult<()> {
        let operation = NamedOperation::take(positionals)?;
        let client = globals.client(&operation.service)?;
        let mut request = client.request(&operation.name).params(params::read(operation.params.as_deref())?);
        if let Some(method) = arguments.method {
            request = request.method(method);
        }
        let request = request.presign(arguments.expires_in.unwrap_or(DEFAULT_EXPIRY))?;
        let mut required = Vec::new();
        if request.method() != Method::GET {
            required.push(request.method().to_string());
        }
        for (name, value) in request.headers() {
            required.push(format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())));
        }
        output::print(&format!("{}\n", request.uri()))?;
        required.iter().for_each(|line| error::eprint(line));
        Ok(())
    }
}

const DEFAULT_EXPIRY: Duration = Duration::from_secs(3600);

const NOTES: &str = "\
    tucuxi presign s3 get_object '{\"Bucket\": \"photos\", \"Key\": \"cat.jpg\"}'
    tucuxi presign s3 put_object '{\"Bucket\": \"photos\", \"Key\": \"dog.jpg\"}' --expires-in 900
    tucuxi presign sts get_caller_identity --method GET

The URL must be used with the operation's method and with all signed headers. Standard error lists a method other than GET and \
the signed headers, a line each: `PUT`, then `content-type: image/jpeg`.";

/// The options of the command.
#[derive(Default)]
pub(crate) struct PresignArguments {
    expires_in: Option<Duration>,
    method: Option<Method>,
}

struct ExpiresInFlag;

impl Flag<PresignArguments> for ExpiresInFlag {
    fn long(&self) -> &'static str {
        "expires-in"
    }

    fn value(&self) -> Option<(&'static str, ValueKind)> {
        Some(("SECONDS", ValueKind::Text))
    }

    fn summary(&self) -> &'static str {
        "The time until the URL expires"
    }

    fn help(&self) -> &'static str {
        "3600 by default, 604800 (7 days) at most"
    }

    fn update(&self, value: FlagValue, arguments: &mut PresignArguments) -> CliResult<()> {
        arguments.expires_in = Some(value.seconds()?);
        Ok(())
    }
}

struct HttpMethodFlag;

impl Flag<PresignArguments> for HttpMethodFlag {
    fn long(&self) -> &'static str {
        "method"
    }

    fn value(&self) -> Option<(&'static str, ValueKind)> {
        Some(("METHOD", ValueKind::OneOf(&["GET", "PUT", "POST", "HEAD", "DELETE"])))
    }

    fn summary(&self) -> &'static str {
        "Override the operation's method"
    }

    fn update(&self, value: FlagValue, arguments: &mut PresignArguments) -> CliResult<()> {
        arguments.method = Some(value.parse("an HTTP method", |text| text.to_ascii_uppercase().parse().ok())?);
        Ok(())
    }
}

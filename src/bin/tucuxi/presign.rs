//! `tucuxi presign` and `tucuxi generate`: presigned URLs, tokens and forms.

use std::time::Duration;

use http::Method;
use lexopt::{Parser, ValueExt};
use serde_json::Value;

use crate::call;
use crate::error::{self, CliError, Result};
use crate::options::{self, Options, Positionals};
use crate::{Command, output};

pub(crate) const COMMAND: Command = Command {
    name: "presign",
    about: "Prints a URL that anyone can use until it expires",
    help: "\
Prints a URL with which anyone can call the operation until it expires. Nothing is sent.

Usage: tucuxi presign SERVICE OPERATION ['JSON' | @FILE | -] [OPTIONS]

    tucuxi presign s3 get_object '{\"Bucket\": \"photos\", \"Key\": \"cat.jpg\"}'
    tucuxi presign s3 put_object '{\"Bucket\": \"photos\", \"Key\": \"dog.jpg\"}' --expires-in 900
    tucuxi presign sts get_caller_identity --method GET

The URL must be used with the operation's method and with all signed headers. Standard error lists a method other than GET and
the signed headers, a line each: `PUT`, then `content-type: image/jpeg`.

Options:
  --expires-in SECONDS       3600 by default, 604800 (7 days) at most
  --method METHOD            Override the operation's method
",
    run: presign,
};

pub(crate) const GENERATE: Command = Command {
    name: "generate",
    about: "Prints a token, or the fields of an upload form",
    help: "\
Prints a token, or the fields of a form by which a browser uploads to S3. Nothing is sent.

Usage: tucuxi generate SERVICE WHAT ['JSON' | @FILE | -] [OPTIONS]

    tucuxi generate rds db_auth_token '{\"DBHostname\": \"db.example.com\", \"Port\": 5432, \"DBUsername\": \"app\"}'
    tucuxi generate dsql db_connect_auth_token '{\"Hostname\": \"cluster.dsql.eu-west-1.on.aws\"}'
    tucuxi generate sts eks_token '{\"ClusterName\": \"my-cluster\"}'
    tucuxi generate s3 presigned_post '{\"Bucket\": \"photos\", \"Key\": \"in/${filename}\", \"ExpiresIn\": 900}'
",
    run: generate,
};

fn presign(mut options: Options, parser: &mut Parser) -> Result<()> {
    let (mut expires_in, mut method) = (Duration::from_secs(3600), None);
    let mut positionals = Positionals::read(parser, &mut options, |option, parser| {
        match option {
            "--expires-in" => expires_in = options::duration(option, &parser.value()?.string()?)?,
            "--method" => method = Some(parse_method(&parser.value()?.string()?)?),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    let (service, operation) = (positionals.required("SERVICE")?, positionals.required("OPERATION")?);
    let params = positionals.optional()?;
    positionals.end()?;
    let client = options.client(&service)?;
    let mut request = client.request(&operation).params(call::params(params.as_deref())?);
    if let Some(method) = method {
        request = request.method(method);
    }
    let request = request.presign(expires_in)?;
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

fn parse_method(text: &str) -> Result<Method> {
    let method = text.to_ascii_uppercase().parse();
    method.map_err(|_| CliError::Usage(format!("--method: expected an HTTP method, found `{text}`")))
}

fn generate(mut options: Options, parser: &mut Parser) -> Result<()> {
    let mut positionals = Positionals::plain(parser, &mut options)?;
    let (service, what) = (positionals.required("SERVICE")?, positionals.required("WHAT")?);
    let params = positionals.optional()?;
    positionals.end()?;
    match options.client(&service)?.generate(&what, call::params(params.as_deref())?)? {
        // Without quotes, for the shell: `PGPASSWORD=$(tucuxi generate ..)`.
        Value::String(token) => output::print(&format!("{token}\n")),
        fields => output::print_json(&fields),
    }
}

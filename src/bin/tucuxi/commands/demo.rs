//! `tucuxi demo`: runs the README's example against a local server, so that no account is needed.

mod server;

use serde_json::{Value, json};
use tucuxi::{Client, Credentials, Environment, Session};

use super::{Command, Invocation};
use crate::error::{CliError, CliResult, one_line};
use crate::output;

pub(crate) struct DemoCommand;

impl Command for DemoCommand {
    type Arguments = ();

    fn name(&self) -> &'static str {
        "demo"
    }

    fn summary(&self) -> &'static str {
        "Runs an example against a local server; no AWS account needed"
    }

    fn description(&self) -> &'static str {
        "Runs an example against a small local server; no AWS account is needed and nothing leaves the machine."
    }

    fn notes(&self) -> Option<&'static str> {
        Some(NOTES)
    }

    fn run(&self, _: Invocation<()>) -> CliResult<()> {
        demo()
    }
}

const NOTES: &str = "\
The server is a stand-in for Amazon SQS in this process. It has seven operations, keeps queues in memory, and does not check \
signatures.";

fn demo() -> CliResult<()> {
    let url = server::start().map_err(CliError::io("the local server cannot start"))?;
    output::print(&format!(
        "A small stand-in for Amazon SQS listens at {url}, in this process.\n\
         It keeps queues in memory and does not check signatures. Nothing is sent to AWS, and no account is needed.\n"
    ))?;
    // An empty environment, so that settings and proxies of this machine have no effect.
    let session = Session::builder()
        .environment(Environment::from_pairs::<&str, &str>([]))
        .region("eu-west-1")
        .credentials(Credentials::new("demo", "demo"))
        .endpoint_url(url)
        .build()?;
    let body = example(&session.client("sqs")?)?;
    match body == "hello" {
        true => output::print("\nThe message came back as it was sent: all is well.\n"),
        false => Err(CliError::Demo(format!("expected the message \"hello\" to come back, found {body}"))),
    }
}

/// Runs the README's example and prints each step. Returns the body of the received message.
fn example(sqs: &Client) -> CliResult<Value> {
    let queue = step(sqs, "create_queue", json!({"QueueName": "jobs"}))?;
    let url = &queue["QueueUrl"];
    step(sqs, "send_message", json!({"QueueUrl": url, "MessageBody": "hello"}))?;
    let received = step(sqs, "receive_message", json!({"QueueUrl": url}))?;
    let message = &received["Messages"][0];
    step(sqs, "delete_message", json!({"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}))?;
    step(sqs, "delete_queue", json!({"QueueUrl": url}))?;
    failing_step(sqs, "send_message", json!({"QueueUrl": url, "MessageBody": "too late"}))?;
    Ok(message["Body"].clone())
}

fn step(sqs: &Client, operation: &str, params: Value) -> CliResult<Value> {
    output::print(&format!("\nsqs.call(\"{operation}\", {params})\n"))?;
    let output = sqs.call(operation, params)?;
    output::print(&format!("  -> {output}\n"))?;
    Ok(output)
}

/// A call that must fail with a service error.
fn failing_step(sqs: &Client, operation: &str, params: Value) -> CliResult<()> {
    output::print(&format!("\nsqs.call(\"{operation}\", {params})\n"))?;
    match sqs.call(operation, params) {
        Err(error) if error.service().is_some() => {
            output::print(&format!("  -> Err: {}\n", one_line(&error.to_string())))
        }
        Err(error) => Err(error.into()),
        Ok(output) => Err(CliError::Demo(format!("expected an error for a deleted queue, found {output}"))),
    }
}

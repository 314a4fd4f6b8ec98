//! `tucuxi demo`: the example of the README against a server of its own, so that anyone can see a call without an account.

mod server;

use serde_json::{Value, json};
use tucuxi::{Client, Credentials, Environment, Session};

use crate::failure::{Failure, Result, one_line};
use crate::options::Words;
use crate::{Command, output};

pub(crate) const COMMAND: Command = Command {
    name: "demo",
    about: "Runs an example against a small local server; no AWS account needed",
    help: "\
Runs an example against a small local server; no AWS account is needed and nothing leaves the machine.

The server is a stand-in for Amazon SQS inside this process. It knows seven operations, keeps queues in memory, and checks no
signatures.

Usage: tucuxi demo",
    run: |mut options, parser| {
        Words::plain(parser, &mut options)?.end()?;
        run()
    },
};

fn run() -> Result<()> {
    let url = server::start().map_err(Failure::io("the local server cannot start"))?;
    output::print(&format!(
        "A small stand-in for Amazon SQS listens at {url}, inside this process.\n\
         It keeps queues in memory and checks no signatures. AWS is not asked, and no account is needed.\n"
    ))?;
    // Neither settings nor proxies of this machine shall play a part.
    let session = Session::builder()
        .environment(Environment::from_pairs::<&str, &str>([]))
        .region("eu-west-1")
        .credentials(Credentials::new("demo", "demo"))
        .endpoint_url(url)
        .build()?;
    let body = example(&session.client("sqs")?)?;
    match body == "hello" {
        true => output::print("\nThe message came back as it was sent: all is well.\n"),
        false => Err(Failure::Other(format!("expected the message \"hello\" to come back, found {body}"))),
    }
}

/// What the README shows, every step printed; gives back the body of the message that was received.
fn example(sqs: &Client) -> Result<Value> {
    let queue = step(sqs, "create_queue", json!({"QueueName": "jobs"}))?;
    let url = &queue["QueueUrl"];
    step(sqs, "send_message", json!({"QueueUrl": url, "MessageBody": "hello"}))?;
    let received = step(sqs, "receive_message", json!({"QueueUrl": url}))?;
    let message = &received["Messages"][0];
    step(sqs, "delete_message", json!({"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}))?;
    step(sqs, "delete_queue", json!({"QueueUrl": url}))?;
    refused_step(sqs, "send_message", json!({"QueueUrl": url, "MessageBody": "too late"}))?;
    Ok(message["Body"].clone())
}

fn step(sqs: &Client, operation: &str, params: Value) -> Result<Value> {
    output::print(&format!("\nsqs.call(\"{operation}\", {params})\n"))?;
    let answer = sqs.call(operation, params)?;
    output::print(&format!("  -> {answer}\n"))?;
    Ok(answer)
}

/// A call that the service has to refuse.
fn refused_step(sqs: &Client, operation: &str, params: Value) -> Result<()> {
    output::print(&format!("\nsqs.call(\"{operation}\", {params})\n"))?;
    match sqs.call(operation, params) {
        Err(error) if error.service().is_some() => {
            output::print(&format!("  -> Err: {}\n", one_line(&error.to_string())))
        }
        Err(error) => Err(error.into()),
        Ok(answer) => Err(Failure::Other(format!("expected an error for a queue that is gone, found {answer}"))),
    }
}

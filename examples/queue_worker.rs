//! A worker that receives messages from an SQS queue, handles them and deletes them.
//!
//! ```text
//! cargo run --example queue_worker -- jobs
//! ```
//!
//! It creates the queue if there is none, sends three messages to itself, and stops when no more messages arrive.

use serde_json::{Value, json};
use tucuxi::Client;

fn main() -> tucuxi::Result<()> {
    let name = std::env::args().nth(1).unwrap_or_else(|| "jobs".to_owned());
    let sqs = tucuxi::client("sqs")?;
    let queue = sqs.call("create_queue", json!({"QueueName": name}))?["QueueUrl"].clone();
    for number in 1..=3 {
        sqs.call("send_message", json!({"QueueUrl": queue, "MessageBody": format!("job {number}")}))?;
    }
    let handled = work(&sqs, &queue)?;
    println!("handled {handled} messages");
    Ok(())
}

/// Handles messages until none arrives for two seconds.
fn work(sqs: &Client, queue: &Value) -> tucuxi::Result<usize> {
    let mut handled = 0;
    loop {
        // A long poll: the service responds as soon as there is a message.
        let received =
            sqs.call("receive_message", json!({"QueueUrl": queue, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 2}))?;
        let Some(messages) = received["Messages"].as_array() else { return Ok(handled) };
        for message in messages {
            println!("{}", message["Body"].as_str().unwrap_or_default());
            // A message that is not deleted comes back after its visibility timeout.
            sqs.call("delete_message", json!({"QueueUrl": queue, "ReceiptHandle": message["ReceiptHandle"]}))?;
            handled += 1;
        }
    }
}

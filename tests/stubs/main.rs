//! Stubs: rules, replies, refusals, and everything else of the crate over them.

// A panic fails the test.
#![allow(clippy::unwrap_used)]
#![cfg(feature = "bundled-models")]

mod over_stubs;
mod protocols;
mod refusals;
mod replies;

use serde_json::{Value, json};
use tucuxi::testing::Stub;
use tucuxi::{Client, Error};

fn client(stub: &Stub, service: &str) -> Client {
    stub.session_builder().build().unwrap().client(service).unwrap()
}

fn send(client: &Client, text: &str) -> Result<Value, Error> {
    client.call("send_message", json!({"QueueUrl": "https://sqs.us-east-1.amazonaws.com/1/q", "MessageBody": text}))
}

/// A stub that is not satisfied is dropped without a panic after this.
fn forget(stub: &Stub) {
    assert!(stub.verify().is_err());
}

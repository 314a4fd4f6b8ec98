//! DynamoDB's native values, conditions and batches, and batches of other services.

#![allow(clippy::unwrap_used)]

mod batches;
mod calls;
mod conditions;
#[path = "../support/mod.rs"]
mod support;
mod values;

use serde_json::Value;
use support::clock::VirtualClock;
use support::script::{Script, ScriptedResponse};
use support::session;
use tucuxi::dynamodb::Table;
use tucuxi::{Client, Resource, Session};

/// A session whose responses are these, and what it sent.
fn session(responses: Vec<Value>) -> (Session, Script, VirtualClock) {
    let responses = responses.into_iter().map(|response| ScriptedResponse::new(200, response)).collect();
    let (script, clock) = (Script::new(responses), VirtualClock::default());
    let session = session::session("us-east-1").transport(script.clone()).clock(clock.clone()).build().unwrap();
    (session, script, clock)
}

fn client(service: &str, responses: Vec<Value>) -> (Client, Script) {
    let (session, script, _) = session(responses);
    (session.client(service).unwrap(), script)
}

fn table(responses: Vec<Value>) -> (Table, Script) {
    let (client, script) = client("dynamodb", responses);
    (client.table("users"), script)
}

fn table_resource(responses: Vec<Value>) -> (Resource, Script) {
    let (session, script, _) = session(responses);
    (session.resource("dynamodb").unwrap().child("Table", "users").unwrap(), script)
}

fn bodies(script: &Script) -> Vec<Value> {
    script.sent().iter().map(|sent| serde_json::from_slice(&sent.body).unwrap()).collect()
}

//! `tucuxi serve`.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use super::{bare, tucuxi};

#[test]
fn fakes_have_to_be_asked_for() {
    bare("serve").fails(252, &["`tucuxi serve` has only fakes: add --fake"]);
}

#[test]
fn a_tape_that_is_not_there_is_an_error() {
    bare("serve --fake --from /nonexistent/tape.json").fails(255, &["/nonexistent/tape.json: cannot read the tape"]);
}

#[test]
fn fakes_are_served() {
    let mut server = Command::new(env!("CARGO_BIN_EXE_tucuxi"));
    server.args(["serve", "--fake"]).env_clear().env("HOME", "/nonexistent").stdout(Stdio::piped());
    let mut server = server.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.split("listen at ").nth(1).unwrap_or_default().split(". ").next().unwrap_or_default().to_owned();
    assert!(url.starts_with("http://127.0.0.1:"), "{line}");
    let ran = tucuxi(&format!("call sqs list_queues --endpoint-url {url}")).succeeds();
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(ran.json()["QueueUrls"][0].is_string());
}

//! Runs the programs in `examples/`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::json;

use crate::server::Server;
use crate::support::{call, client};

/// Runs an example with the server as its endpoint and returns its output.
#[track_caller]
fn run(server: &Server, credentials: (&str, &str), name: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(program(name));
    command.args(arguments).current_dir(&server.folder).env_clear().env("HOME", &server.folder);
    command.env("AWS_ACCESS_KEY_ID", credentials.0).env("AWS_SECRET_ACCESS_KEY", credentials.1);
    command.env("AWS_REGION", "us-east-1").env("AWS_ENDPOINT_URL", &server.url);
    let output = command.output().unwrap_or_else(|error| panic!("{name}: {error}; `cargo build --examples` makes it"));
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{name}: {}\n{stdout}\n{stderr}", output.status);
    stdout.into_owned()
}

/// The path of an example, in `target/debug/examples` next to the tests' folder.
fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(|deps| deps.parent()).unwrap();
    profile.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

const ANY: (&str, &str) = ("test", "test");

pub(crate) fn queue_worker(server: &Server) {
    assert_eq!(run(server, ANY, "queue_worker", &["jobs"]), "job 1\njob 2\njob 3\nhandled 3 messages\n");
}

pub(crate) fn s3_sync(server: &Server) {
    let folder = server.folder.join("to-sync");
    fs::create_dir_all(folder.join("sub")).unwrap();
    fs::write(folder.join("a.txt"), "a").unwrap();
    fs::write(folder.join("sub/b.txt"), "b").unwrap();
    call(&client(server, "s3"), "create_bucket", json!({"Bucket": "to-sync"}));
    let sync = || run(server, ANY, "s3_sync", &[&folder.to_string_lossy(), "to-sync"]);
    assert_eq!(sync(), "uploaded a.txt\nuploaded sub/b.txt\n");
    fs::write(folder.join("a.txt"), "another").unwrap();
    assert!(sync().starts_with("uploaded a.txt\n"));
}

pub(crate) fn big_file(server: &Server) {
    let file = server.folder.join("big.bin");
    let bytes: Vec<u8> = (0..9_000_000_u32).map(|number| (number % 251) as u8).collect();
    fs::write(&file, &bytes).unwrap();
    call(&client(server, "s3"), "create_bucket", json!({"Bucket": "big-files"}));
    let printed = run(server, ANY, "big_file", &[&file.to_string_lossy(), "big-files"]);
    assert_eq!(printed, "uploaded 9000000 bytes\ndownloaded 9000000 bytes\ndeleted 2 objects\n");
    assert!(fs::read(file.with_extension("copy")).unwrap() == bytes);
}

pub(crate) fn inventory(server: &Server) {
    let image = json!({"ImageId": "ami-12c6146b", "InstanceType": "t3.nano", "MinCount": 2, "MaxCount": 2});
    let launched = call(&client(server, "ec2"), "run_instances", image);
    // No other test has instances in the second region.
    let printed = run(server, ANY, "inventory", &["us-east-1", "ca-west-1"]);
    assert!(printed.contains("us-east-1: {") && printed.contains("\"t3.nano\": "), "{printed}");
    assert!(printed.contains("ca-west-1: {}"), "{printed}");
    let ids: Vec<_> = launched["Instances"].as_array().unwrap().iter().map(|found| &found["InstanceId"]).collect();
    call(&client(server, "ec2"), "terminate_instances", json!({"InstanceIds": ids}));
}

pub(crate) fn waiter_and_paginator(server: &Server) {
    let printed = run(server, ANY, "waiter_and_paginator", &["example"]);
    assert!(printed.starts_with("active after 1 attempts\n"), "{printed}");
    assert_eq!(printed.lines().count(), 6, "{printed}");
}

pub(crate) fn credential_provider(server: &Server) {
    fs::write(server.folder.join("vault.json"), r#"{"id": "test", "secret": "test", "good_for_seconds": 60}"#).unwrap();
    assert!(run(server, ANY, "credential_provider", &["vault.json"]).contains("arn:aws:"));
}

pub(crate) fn presigned_upload(server: &Server) {
    let printed = run(server, ANY, "presigned_upload", &["photos", "cat.jpg"]);
    assert!(printed.starts_with(&format!("PUT {}/photos/cat.jpg?X-Amz-Algorithm=", server.url)), "{printed}");
    assert!(printed.contains("key = \"cat.jpg\""), "{printed}");
}

pub(crate) fn cross_account(server: &Server) {
    let role = "arn:aws:iam::123456789012:role/auditor";
    let printed = run(server, ANY, "cross_account", &[role]);
    assert!(printed.contains("assumed-role/auditor/nightly-audit"), "{printed}");
}

/// Examples that need no server.
pub(crate) fn without_a_server(server: &Server) {
    let printed = run(server, ANY, "custom_model", &[]);
    assert_eq!(printed, "operations: [\"say_hello\"]\n\"Hello, dolphin!\"\n");
    assert_eq!(run(server, ANY, "transport_for_tests", &[]), "the newest version is Some(\"2\")\n");
}

pub(crate) fn typed(server: &Server) {
    let printed = run(server, ANY, "typed", &["typed-people"]);
    assert_eq!(printed, "1 item\nid = S(\"ada\")\nvisits = N(\"3\")\n");
}

pub(crate) fn event_stream(server: &Server) {
    let printed = run(server, ANY, "event_stream", &["amazon.nova-lite-v1:0", "What is a tucuxi?"]);
    assert!(printed.contains("inputTokens"), "{printed}");
}

//! Streaming bodies and event streams.

use std::io::Read as _;

use serde_json::{Value, json};
use tucuxi::testing::{Reply, Stub, Tape};
use tucuxi::{Client, ErrorKind};

use super::{Folder, client, record, replay};

fn object() -> Value {
    json!({"Bucket": "b", "Key": "k"})
}

#[test]
fn bodies_are_recorded_while_they_are_read() {
    let folder = Folder::new("bodies");
    let bytes: Vec<u8> = (0..200_000_u32).map(|number| (number % 251) as u8).collect();
    let stub = Stub::new();
    let reply = Reply::output(json!({"ETag": "\"e\"", "Metadata": {"a": "b"}})).with_body(bytes.clone());
    stub.on("s3", "get_object").reply(reply);
    let read = |s3: &Client| {
        let output = s3.request("get_object").params(object()).send().unwrap();
        (output.value.clone(), output.body.into_bytes().unwrap())
    };
    let recorded = record(&folder, &stub, "s3", read);
    assert_eq!(recorded.1, bytes);
    assert_eq!(replay(&folder, "s3", read), recorded);
}

#[test]
fn a_body_that_breaks_breaks_again() {
    let folder = Folder::new("breaks");
    let stub = Stub::new();
    stub.on("s3", "get_object").reply(Reply::body(vec![7; 90_000]).breaking_after(50_000));
    let read = |s3: &Client| {
        let mut output = s3.request("get_object").params(object()).send().unwrap();
        let mut bytes = Vec::new();
        let error = output.body.read_to_end(&mut bytes).unwrap_err();
        (bytes, error.kind())
    };
    let recorded = record(&folder, &stub, "s3", read);
    assert_eq!(replay(&folder, "s3", read), recorded);
}

#[test]
fn a_body_is_replayed_as_far_as_it_was_read() {
    let folder = Folder::new("cut");
    let stub = Stub::new();
    // A body that is not in memory.
    stub.on("s3", "get_object").reply(Reply::body(vec![7; 90_000]).breaking_after(90_000));
    record(&folder, &stub, "s3", |s3| {
        let mut body = s3.request("get_object").params(object()).send().unwrap().body;
        body.read_exact(&mut [0; 1000]).unwrap();
    });
    let (bytes, error) = replay(&folder, "s3", |s3| {
        let mut body = s3.request("get_object").params(object()).send().unwrap().body;
        let mut bytes = Vec::new();
        let error = body.read_to_end(&mut bytes).unwrap_err();
        (bytes, error)
    });
    assert!(bytes.len() >= 1000 && bytes.len() < 90_000);
    assert!(error.to_string().contains("did not read more of the body"), "{error}");
}

#[test]
fn the_limit_of_bodies_is_an_error() {
    let folder = Folder::new("limit");
    let stub = Stub::new();
    stub.on("s3", "get_object").reply(Reply::body(vec![7; 90_000])).reply(Reply::body(vec![7; 10]));
    let tape = Tape::record(folder.tape()).body_limit(1000);
    let s3 = client(stub.session_builder().tape(&tape), "s3");
    let error = s3.call("get_object", object()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Response);
    let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    assert!(format!("{error} {cause}").contains("has more than 1000 bytes, the limit of the tape"), "{error}: {cause}");
    s3.call("get_object", object()).unwrap();
    let error = tape.finish().unwrap_err().to_string();
    assert!(error.contains("the tape is incomplete") && error.contains("s3 GetObject"), "{error}");
    assert!(!folder.tape().exists());
    // So that the tape does not fail once more.
    std::mem::forget((tape, s3));
}

#[test]
fn event_streams_are_recorded_and_cleaned() {
    let folder = Folder::new("events");
    let stub = Stub::faking();
    let events = |client: &Client| client.call("subscribe_to_shard", subscription()).unwrap();
    let recorded = record(&folder, &stub, "kinesis", events);
    assert!(!recorded["EventStream"].as_array().unwrap().is_empty());
    assert_eq!(replay(&folder, "kinesis", events), recorded);
    // Chunks of this stream are sensitive.
    let secret = json!({"body": [{"chunk": {"bytes": tucuxi::blob("hush-chunk")}}]});
    stub.on("bedrock-runtime", "invoke_model_with_response_stream").reply(secret);
    let params = json!({"modelId": "m", "body": tucuxi::blob("hush-prompt")});
    let invoke = |client: &Client| client.call("invoke_model_with_response_stream", params.clone()).unwrap();
    record(&folder, &stub, "bedrock-runtime", invoke);
    let text = folder.text();
    for secret in ["hush", tucuxi::blob("hush-chunk").as_str().unwrap(), tucuxi::blob("hush-prompt").as_str().unwrap()]
    {
        assert!(!text.contains(secret), "{text}");
    }
    let replayed = replay(&folder, "bedrock-runtime", invoke);
    assert_eq!(replayed["body"], json!([{"chunk": {"bytes": tucuxi::blob("****")}}]));
}

fn subscription() -> Value {
    json!({"ConsumerARN": "arn:aws:kinesis:us-east-1:123456789012:stream/s/consumer/c:1", "ShardId": "1",
           "StartingPosition": {"Type": "LATEST"}})
}

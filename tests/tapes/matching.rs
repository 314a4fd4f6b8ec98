//! Which interaction is replayed.

use serde_json::{Value, json};
use tucuxi::testing::{Stub, Tape};
use tucuxi::{Client, Error, ErrorKind, TransportErrorKind};

use super::{Folder, client, record, replay};

fn send(client: &Client, text: &str) -> Result<Value, Error> {
    client.call("send_message", json!({"QueueUrl": "https://sqs.us-east-1.amazonaws.com/1/q", "MessageBody": text}))
}

fn stub() -> Stub {
    let stub = Stub::new();
    let rule = stub.on("sqs", "send_message").with(json!({"MessageBody": "a"}));
    rule.reply(json!({"MessageId": "1"})).reply(json!({"MessageId": "2"}));
    stub.on("sqs", "send_message").with(json!({"MessageBody": "b"})).reply(json!({"MessageId": "3"}));
    stub
}

#[test]
fn parameters_choose_and_equal_ones_come_in_order() {
    let folder = Folder::new("order");
    record(&folder, &stub(), "sqs", |sqs| ["a", "b", "a"].map(|text| send(sqs, text).unwrap()));
    let tape = Tape::replay(folder.tape()).unwrap();
    // Neither the region nor the credentials matter.
    let sqs = client(tape.session_builder().region("eu-west-3"), "sqs");
    let id = |text: &str| send(&sqs, text).unwrap()["MessageId"].clone();
    assert_eq!(["b", "a", "a"].map(id), ["3", "1", "2"]);
    let error = send(&sqs, "a").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Stub);
    assert!(error.to_string().contains("2 interactions with these parameters were replayed"), "{error}");
}

#[test]
fn a_lenient_tape_repeats_the_last_one() {
    let folder = Folder::new("lenient");
    record(&folder, &stub(), "sqs", |sqs| ["a", "b", "a"].map(|text| send(sqs, text).unwrap()));
    let tape = Tape::replay(folder.tape()).unwrap().lenient();
    let sqs = client(tape.session_builder(), "sqs");
    let ids: Vec<Value> = (0..4).map(|_| send(&sqs, "a").unwrap()["MessageId"].clone()).collect();
    assert_eq!(ids, ["1", "2", "2", "2"]);
}

#[test]
fn the_error_of_an_unknown_call_shows_the_nearest() {
    let folder = Folder::new("nearest");
    record(&folder, &stub(), "sqs", |sqs| ["a", "b", "a"].map(|text| send(sqs, text).unwrap()));
    let tape = Tape::replay(folder.tape()).unwrap();
    let sqs = client(tape.session_builder(), "sqs");
    let error = send(&sqs, "c").unwrap_err().to_string();
    assert!(error.contains("the nearest one differs: MessageBody: expected \"a\", found \"c\""), "{error}");
    let error = sqs.call("list_queues", ()).unwrap_err().to_string();
    assert!(error.contains("it has sqs SendMessage"), "{error}");
    let error = tape.verify().unwrap_err().to_string();
    assert!(error.contains("3 interactions of the tape were not replayed: sqs SendMessage"), "{error}");
}

#[test]
fn idempotency_tokens_do_not_matter() {
    let folder = Folder::new("tokens");
    let params = json!({"ImageId": "ami-1", "MinCount": 1, "MaxCount": 1});
    let with_token = |token: &str| {
        let mut params = params.clone();
        params["ClientToken"] = token.into();
        params
    };
    let stub = Stub::faking();
    record(&folder, &stub, "ec2", |ec2| {
        ec2.call("run_instances", params.clone()).unwrap();
        ec2.call("run_instances", with_token("first")).unwrap();
    });
    assert!(!folder.text().contains("first"));
    replay(&folder, "ec2", |ec2| {
        ec2.call("run_instances", with_token("second")).unwrap();
        ec2.call("run_instances", params.clone()).unwrap();
    });
}

#[test]
fn retries_and_failures_are_replayed() {
    let folder = Folder::new("retries");
    let stub = Stub::new();
    let rule = stub.on("sqs", "send_message").reply_http(503, "").reply_io_error(TransportErrorKind::Broken);
    rule.reply(json!({"MessageId": "1"}));
    let attempts = |sqs: &Client| {
        let params = json!({"QueueUrl": "https://sqs.us-east-1.amazonaws.com/1/q", "MessageBody": "a"});
        sqs.request("send_message").params(params).send().unwrap().metadata.attempts
    };
    assert_eq!(record(&folder, &stub, "sqs", attempts), 3);
    assert_eq!(replay(&folder, "sqs", attempts), 3);
}

#[test]
fn auto_records_once() {
    let folder = Folder::new("auto");
    let tape = Tape::auto(folder.tape()).unwrap();
    assert!(tape.is_recording());
    let stub = stub();
    send(&client(stub.session_builder().tape(&tape), "sqs"), "b").unwrap();
    // Without `finish`, the last one writes it.
    drop(tape);
    let tape = Tape::auto(folder.tape()).unwrap();
    assert!(!tape.is_recording());
    assert_eq!(send(&client(tape.session_builder(), "sqs"), "b").unwrap()["MessageId"], "3");
    let _left = stub.verify();
}

#[test]
fn what_is_no_tape_is_refused() {
    let folder = Folder::new("refused");
    let path = folder.0.join("tape.json");
    let interaction = r#"{"at_ms": 0, "operation": "A", "params": {}, "request": {"headers": {}, "method": "GET", "path": "/"}, "service": "s""#;
    for (text, expected) in [
        ("", "cannot read the tape"),
        ("{}", "missing field"),
        (r#"{"interactions": [], "recorded_at": "", "version": 7}"#, "version 7, expected 1"),
        (
            &format!(r#"{{"interactions": [{interaction}}}], "recorded_at": "", "version": 1}}"#),
            "either an error or a response",
        ),
        (
            &format!(
                r#"{{"interactions": [{interaction}, "response": {{"status": 99999, "headers": {{}}}}}}], "recorded_at": "", "version": 1}}"#
            ),
            "cannot read the tape",
        ),
        (
            &format!(
                r#"{{"interactions": [{interaction}, "response": {{"status": 20, "headers": {{}}}}}}], "recorded_at": "", "version": 1}}"#
            ),
            "interaction 0 of the tape: the response is not one",
        ),
        (
            &format!(r#"{{"interactions": [{interaction}, "error": "boom"}}], "recorded_at": "", "version": 1}}"#),
            "interaction 0 of the tape: the error is unknown",
        ),
    ] {
        std::fs::write(&path, text).unwrap();
        let error = Tape::replay(&path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Stub);
        assert!(error.to_string().contains(expected), "{error}");
    }
    assert!(Tape::replay(folder.0.join("none.json")).is_err());
}

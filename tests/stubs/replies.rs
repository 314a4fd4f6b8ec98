//! The kinds of replies, their sequences, and what a stub records.

use std::io::Cursor;
use std::time::{Duration, Instant};

use serde_json::json;
use tucuxi::testing::{Reply, Stub};
use tucuxi::{Body, Credentials, ErrorKind, TransportErrorKind, blob};

use super::{client, forget, send};

#[test]
fn failures_are_retried_without_pauses() {
    let stub = Stub::new();
    let rule = stub.on("sqs", "send_message");
    rule.reply_http(503, "").reply_io_error(TransportErrorKind::Broken).reply(json!({"MessageId": "1"}));
    let began = Instant::now();
    let sqs = stub.session_builder().max_attempts(10).build().unwrap().client("sqs").unwrap();
    assert_eq!(send(&sqs, "a").unwrap()["MessageId"], "1");
    assert_eq!(stub.calls("sqs", "send_message").len(), 3);
    stub.on("sqs", "send_message")
        .reply_error("ThrottlingException", json!({"message": "slow"}))
        .times(9)
        .reply(json!({}));
    send(&sqs, "b").unwrap();
    assert!(began.elapsed() < Duration::from_secs(20));
    stub.verify().unwrap();
}

#[test]
fn exhausted_retries_are_the_error_of_the_service() {
    let stub = Stub::new();
    stub.on("sqs", "list_queues").reply_http(500, "").times(3);
    let error = client(&stub, "sqs").call("list_queues", ()).unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Service, 3));
    stub.on("sqs", "list_queues").reply_io_error(TransportErrorKind::ReadTimeout).times(3);
    assert_eq!(client(&stub, "sqs").call("list_queues", ()).unwrap_err().kind(), ErrorKind::Timeout);
}

#[test]
fn replies_are_a_sequence_and_the_last_one_may_repeat() {
    let stub = Stub::new();
    stub.on("sqs", "send_message")
        .reply(json!({"MessageId": "1"}))
        .times(2)
        .reply(json!({"MessageId": "2"}))
        .repeating();
    let sqs = client(&stub, "sqs");
    let ids: Vec<_> = (0..5).map(|_| send(&sqs, "a").unwrap()["MessageId"].clone()).collect();
    assert_eq!(ids, ["1", "1", "2", "2", "2"]);
}

#[test]
fn the_first_matching_rule_replies() {
    let stub = Stub::new();
    stub.on("sqs", "send_message").with(json!({"MessageBody": "a"})).reply(json!({"MessageId": "a"}));
    stub.on("sqs", "send_message").with_fn(|params| params["MessageBody"] == "b").reply(json!({"MessageId": "b"}));
    stub.on("sqs", "SendMessage").reply(json!({"MessageId": "other"})).repeating();
    let sqs = client(&stub, "sqs");
    let ids: Vec<_> = ["b", "a", "a", "c"].map(|text| send(&sqs, text).unwrap()["MessageId"].clone()).into();
    assert_eq!(ids, ["b", "a", "other", "other"]);
}

#[test]
fn replies_can_be_computed() {
    let stub = Stub::new();
    let rule = stub.on("sqs", "send_message").reply_with(|params| match params["MessageBody"].as_str() {
        Some("bad") => Err(Reply::error("InvalidMessageContents", json!({"message": "bad"}))),
        Some("gone") => Err(Reply::io_error(TransportErrorKind::Connect)),
        other => Ok(json!({"MessageId": other})),
    });
    let _ = rule.repeating();
    let sqs = client(&stub, "sqs");
    assert_eq!(send(&sqs, "a").unwrap()["MessageId"], "a");
    assert_eq!(send(&sqs, "bad").unwrap_err().service().unwrap().code(), "InvalidMessageContents");
    assert_eq!(send(&sqs, "gone").unwrap_err().kind(), ErrorKind::Connection);
}

#[test]
fn computed_replies_have_to_fit_the_model() {
    let stub = Stub::new();
    stub.on("sqs", "send_message").reply_with(|_| Ok(json!({"Id": 1})));
    let error = send(&client(&stub, "sqs"), "a").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Stub);
    assert!(
        error
            .to_string()
            .contains("the reply is not one of this operation: response not valid: output: unknown member \"Id\""),
        "{error}"
    );
    forget(&stub);
}

#[test]
fn http_responses_are_replied_as_they_are() {
    let stub = Stub::new();
    let response = Reply::http(200, r#"{"QueueUrls": ["u"]}"#).header("x-amzn-requestid", "mine");
    stub.on("sqs", "list_queues").reply(response).reply(Reply::http(200, "<html>"));
    let sqs = client(&stub, "sqs");
    let output = sqs.request("list_queues").send().unwrap();
    assert_eq!((output.metadata.request_id.as_deref(), &output.value["QueueUrls"][0]), (Some("mine"), &json!("u")));
    assert_eq!(sqs.call("list_queues", ()).unwrap_err().kind(), ErrorKind::Response);
}

#[test]
fn calls_are_recorded_with_parameters_and_signed_request() {
    let stub = Stub::new();
    stub.on("s3", "put_object").reply(json!({"ETag": "\"1\""}));
    let session = stub.session_builder().region("eu-west-1").build().unwrap();
    let put = session.client("s3").unwrap();
    put.request("put_object").params(json!({"Bucket": "photos", "Key": "k"})).body("hello").send().unwrap();
    let calls = stub.calls("s3", "PutObject");
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].params, json!({"Bucket": "photos", "Key": "k"}));
    let request = &calls[0].request;
    assert_eq!(request.uri().to_string(), "https://photos.s3.eu-west-1.amazonaws.com/k");
    assert!(request.headers()["authorization"].to_str().unwrap().starts_with("AWS4-HMAC-SHA256 "));
    assert!(String::from_utf8_lossy(request.body()).contains("hello"));
}

#[test]
fn payloads_match_however_they_are_given() {
    let stub = Stub::new();
    let rule = stub.on("s3", "put_object").with_exactly(json!({"Bucket": "photos", "Key": "k", "Body": blob("hello")}));
    let _ = rule.reply(json!({})).times(3);
    let s3 = client(&stub, "s3");
    let put = |body: Body| s3.request("put_object").params(json!({"Bucket": "photos", "Key": "k"})).body(body).send();
    put("hello".into()).unwrap();
    put(Body::from_reader(Cursor::new("hello"))).unwrap();
    s3.call("put_object", json!({"Bucket": "photos", "Key": "k", "Body": blob("hello")})).unwrap();
    let text = put("other".into()).unwrap_err().to_string();
    assert!(text.contains("is used up") || text.contains("Body: expected"), "{text}");
    forget(&stub);
}

#[test]
fn roles_are_assumed_over_the_stub() {
    let stub = Stub::new();
    let keys = json!({"AccessKeyId": "ASIAROLE", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": "2099-01-01T00:00:00Z"});
    stub.on("sts", "assume_role").with(json!({"RoleArn": "arn:aws:iam::1:role/r"})).reply(json!({"Credentials": keys}));
    stub.on("sqs", "list_queues").reply(json!({}));
    let session = stub.session_builder().build().unwrap();
    let role = session.assume_role("arn:aws:iam::1:role/r");
    session.client_builder("sqs").credentials(role).build().unwrap().call("list_queues", ()).unwrap();
    let calls = stub.calls("sqs", "list_queues");
    assert!(calls[0].request.headers()["authorization"].to_str().unwrap().contains("Credential=ASIAROLE/"));
    stub.verify().unwrap();
}

#[test]
fn credentials_and_region_can_be_set() {
    let stub = Stub::new();
    stub.on("sts", "get_caller_identity").reply(json!({"Account": "1"})).times(2);
    let builder =
        tucuxi::Session::builder().region("eu-north-1").credentials(Credentials::new("AKIDMINE", "x")).stub(&stub);
    builder.build().unwrap().client("sts").unwrap().call("get_caller_identity", ()).unwrap();
    let session = stub.session_builder().region("ap-south-1").build().unwrap();
    session.client("sts").unwrap().call("get_caller_identity", ()).unwrap();
    let calls = stub.calls("sts", "get_caller_identity");
    let signature = |index: usize| calls[index].request.headers()["authorization"].to_str().unwrap().to_owned();
    assert!(signature(0).contains("Credential=AKIDMINE/") && signature(0).contains("/eu-north-1/"), "{}", signature(0));
    assert!(signature(1).contains("/ap-south-1/"), "{}", signature(1));
}

#[test]
fn payloads_can_be_given_beside_the_output() {
    let stub = Stub::new();
    stub.on("s3", "get_object")
        .reply_body(b"bytes")
        .reply(Reply::output(json!({"ContentType": "text/plain", "Metadata": {"a": "b"}})).with_body("more"))
        .reply(json!({"Body": blob("base64")}));
    let s3 = client(&stub, "s3");
    let get = || s3.call("get_object", json!({"Bucket": "b", "Key": "k"})).unwrap();
    let first = get();
    assert_eq!((&first["Body"], &first["ContentLength"]), (&blob("bytes"), &json!(5)));
    let second = get();
    assert_eq!(
        (&second["Body"], &second["ContentType"], &second["Metadata"]["a"]),
        (&blob("more"), &json!("text/plain"), &json!("b"))
    );
    assert_eq!(get()["Body"], blob("base64"));
}

#[test]
fn ranges_of_payloads_are_honoured() {
    let stub = Stub::new();
    stub.on("s3", "get_object").reply_body(b"0123456789").repeating();
    let s3 = client(&stub, "s3");
    let get = |range: &str| s3.call("get_object", json!({"Bucket": "b", "Key": "k", "Range": range}));
    let part = get("bytes=2-4").unwrap();
    assert_eq!(
        (&part["Body"], &part["ContentRange"], &part["ContentLength"]),
        (&blob("234"), &json!("bytes 2-4/10"), &json!(3))
    );
    assert_eq!(get("bytes=-2").unwrap()["Body"], blob("89"));
    let error = get("bytes=10-").unwrap_err();
    assert_eq!((error.service().unwrap().code(), error.service().unwrap().status()), ("InvalidRange", 416));
}

#[test]
fn payloads_can_break() {
    let stub = Stub::new();
    stub.on("s3", "get_object").reply(Reply::body(b"0123456789").breaking_after(4));
    let output = client(&stub, "s3").request("get_object").params(json!({"Bucket": "b", "Key": "k"})).send().unwrap();
    assert!(output.body.into_bytes().is_err());
}

#[test]
fn events_are_replied_as_an_array() {
    let stub = Stub::new();
    let events =
        json!([{"Records": {"Payload": blob("a,b\n")}}, {"Stats": {"Details": {"BytesScanned": 4}}}, {"End": {}}]);
    stub.on("s3", "select_object_content").reply(json!({"Payload": events}));
    let params = json!({
        "Bucket": "b", "Key": "k", "Expression": "select *", "ExpressionType": "SQL",
        "InputSerialization": {"CSV": {}}, "OutputSerialization": {"CSV": {}},
    });
    assert_eq!(client(&stub, "s3").call("select_object_content", params).unwrap()["Payload"], events);
}

#[test]
fn errors_can_end_a_stream_of_events() {
    let stub = Stub::new();
    stub.on("bedrock-runtime", "converse_stream").reply(json!({"stream": [
        {"messageStart": {"role": "assistant"}},
        {"throttlingException": {"message": "slow down"}},
    ]}));
    let bedrock = client(&stub, "bedrock-runtime");
    let messages = json!([{"role": "user", "content": [{"text": "hi"}]}]);
    let params = json!({"modelId": "m", "messages": messages});
    let mut events = bedrock.request("converse_stream").params(params).send().unwrap().events.unwrap();
    assert_eq!(events.next().unwrap().unwrap(), json!({"messageStart": {"role": "assistant"}}));
    let error = events.next().unwrap().unwrap_err();
    assert_eq!(
        (error.service().unwrap().code(), error.service().unwrap().message()),
        ("throttlingException", "slow down")
    );
}

#[test]
fn threads_can_share_a_stub() {
    let stub = Stub::new();
    stub.on("sqs", "send_message").reply(json!({"MessageId": "1"})).times(40);
    let sqs = client(&stub, "sqs");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..5).for_each(|_| drop(send(&sqs, "a").unwrap())));
        }
    });
    assert_eq!(stub.calls("sqs", "send_message").len(), 40);
    stub.verify().unwrap();
}

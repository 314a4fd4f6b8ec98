//! Waiters, paginators, transfers, typed calls and what clients call by themselves, over stubs.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use tucuxi::s3::Transfer;
use tucuxi::testing::{Stub, any};
use tucuxi::{Body, ErrorKind, TimestampStyle};

use super::client;

#[test]
fn waiters_do_not_wait() {
    let stub = Stub::new();
    let state = |name: &str| json!({"Reservations": [{"Instances": [{"State": {"Name": name}}]}]});
    stub.on("ec2", "describe_instances").reply(state("pending")).times(20).reply(state("running"));
    let ec2 = client(&stub, "ec2");
    let waited = ec2.get_waiter("instance_running").unwrap().wait(json!({"InstanceIds": ["i-1"]})).unwrap();
    assert_eq!(waited.attempts, 21);
    assert!(waited.elapsed >= Duration::from_secs(300));
    stub.verify().unwrap();
}

#[test]
fn waiters_can_be_satisfied() {
    for (service, waiter, params) in [
        ("ec2", "instance_running", json!({"InstanceIds": ["i-1"]})),
        ("ec2", "instance_terminated", json!({"InstanceIds": ["i-1"]})),
        ("s3", "bucket_not_exists", json!({"Bucket": "b"})),
        ("dynamodb", "table_not_exists", json!({"TableName": "t"})),
        ("ecs", "services_stable", json!({"services": ["s"]})),
        ("acm", "certificate_validated", json!({"CertificateArn": "arn:aws:acm:us-east-1:1:certificate/c"})),
    ] {
        let stub = Stub::new();
        stub.satisfy_waiter(service, waiter).unwrap();
        client(&stub, service).get_waiter(waiter).unwrap().wait(params).unwrap();
    }
    let error = Stub::new().satisfy_waiter("ec2", "instance_flying").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownWaiter);
}

#[test]
fn paginators_follow_the_tokens_of_replies() {
    let stub = Stub::new();
    let page = |names: [&str; 2], next: Option<&str>| json!({"TableNames": names, "LastEvaluatedTableName": next});
    stub.on("dynamodb", "list_tables").with_exactly(json!({})).reply(page(["aaa", "bbb"], Some("bbb")));
    stub.on("dynamodb", "list_tables")
        .with(json!({"ExclusiveStartTableName": "bbb"}))
        .reply(page(["ccc", "ddd"], None));
    let paginator = client(&stub, "dynamodb").get_paginator("list_tables").unwrap();
    let names: Vec<_> = paginator.paginate(json!({})).items().map(Result::unwrap).collect();
    assert_eq!(names, ["aaa", "bbb", "ccc", "ddd"]);
    stub.verify().unwrap();
}

#[test]
fn typed_calls_match_by_their_parameters() {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Send {
        queue_url: &'static str,
        message_body: &'static str,
        delay_seconds: Option<u32>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Sent {
        message_id: String,
    }
    let stub = Stub::new();
    stub.on("sqs", "send_message")
        .with_exactly(json!({"QueueUrl": any(), "MessageBody": "a"}))
        .reply(json!({"MessageId": "1"}));
    let params = Send { queue_url: "https://q", message_body: "a", delay_seconds: None };
    let sent: Sent = client(&stub, "sqs").call_as("send_message", &params).unwrap();
    assert_eq!(sent.message_id, "1");
}

#[test]
fn transfers_run_over_stubs() {
    const PART: usize = 5 << 20;
    let content: Vec<u8> = (0..2 * PART + 1000).map(|index| (index % 251) as u8).collect();
    let stub = Stub::new();
    stub.on("s3", "create_multipart_upload").reply(json!({"UploadId": "u"}));
    stub.on("s3", "upload_part")
        .with(json!({"UploadId": "u"}))
        .reply_with(|params| Ok(json!({"ETag": format!("\"{}\"", params["PartNumber"])})))
        .times(3);
    stub.on("s3", "complete_multipart_upload")
        .with_fn(|params| params["MultipartUpload"]["Parts"].as_array().is_some_and(|parts| parts.len() == 3))
        .reply(json!({"ETag": "\"whole\""}));
    // Downloads ask for the checksum of the whole object.
    stub.on("s3", "head_object").reply(json!({}));
    stub.on("s3", "get_object").reply_body(content.clone()).repeating();
    let s3 = client(&stub, "s3");
    let transfer = Transfer::new(&s3).part_size(PART as u64).threshold(PART as u64);
    let uploaded = transfer.upload(Body::from(content.clone()), "b", "k").send().unwrap();
    assert_eq!(uploaded.value["ETag"], "\"whole\"");
    let mut downloaded = Vec::new();
    transfer.download("b", "k").write_to(&mut downloaded).unwrap();
    assert!(downloaded == content);
    assert_eq!(stub.calls("s3", "get_object").len(), 3);
    stub.verify().unwrap();
}

#[test]
fn presigning_needs_no_rule() {
    let stub = Stub::new();
    let s3 = client(&stub, "s3");
    let request = s3.request("get_object").params(json!({"Bucket": "b", "Key": "k"}));
    let url = request.presign(Duration::from_secs(60)).unwrap().uri().to_string();
    assert!(url.contains("X-Amz-Signature="), "{url}");
    assert!(stub.all_calls().is_empty());
}

/// Endpoint discovery and the sessions of directory buckets are calls inside of calls.
#[test]
fn calls_that_clients_make_by_themselves_need_no_rule() {
    let stub = Stub::new();
    stub.on("timestream-query", "cancel_query").reply(json!({"CancellationMessage": "done"}));
    let cancelled = client(&stub, "timestream-query").call("cancel_query", json!({"QueryId": "q"})).unwrap();
    assert_eq!(cancelled["CancellationMessage"], "done");
    stub.on("s3", "head_object").reply(json!({"ContentLength": 1}));
    let params = json!({"Bucket": "mine--use1-az4--x-s3", "Key": "k"});
    assert_eq!(client(&stub, "s3").call("head_object", params).unwrap()["ContentLength"], 1);
}

#[test]
fn timestamps_are_replied_in_the_format_of_the_protocol() {
    let stub = Stub::new();
    stub.on("dynamodb", "describe_table")
        .reply(json!({"Table": {"CreationDateTime": "2024-05-01T00:00:00Z"}}))
        .repeating();
    let session = stub.session_builder().timestamp_style(TimestampStyle::Wire).build().unwrap();
    let table = session.client("dynamodb").unwrap().call("describe_table", json!({"TableName": "t"})).unwrap();
    assert_eq!(table["Table"]["CreationDateTime"], 1_714_521_600);
}

#[test]
fn fakes_reply_to_what_has_no_rule() {
    let stub = Stub::faking();
    stub.on("sqs", "send_message").reply(json!({"MessageId": "mine"}));
    let sqs = client(&stub, "sqs");
    let send = || super::send(&sqs, "a").unwrap()["MessageId"].clone();
    assert_eq!(send(), "mine");
    assert_eq!(send(), "MessageId");
    let pages = client(&stub, "s3").get_paginator("list_objects_v2").unwrap().paginate(json!({"Bucket": "b"})).count();
    assert_eq!(pages, 1);
    let object = client(&stub, "s3").call("get_object", json!({"Bucket": "b", "Key": "k"})).unwrap();
    assert_eq!(object["Body"], tucuxi::blob("Body"));
}

#[test]
fn fakes_can_be_edited() {
    let stub = Stub::new();
    let mut instances = stub.fake("ec2", "describe_instances").unwrap();
    instances["Reservations"][0]["Instances"][0]["State"]["Name"] = "stopped".into();
    stub.on("ec2", "describe_instances").reply(instances.clone());
    assert_eq!(client(&stub, "ec2").call("describe_instances", ()).unwrap(), instances);
    assert_eq!(stub.fake("ec2", "fly").unwrap_err().kind(), ErrorKind::UnknownOperation);
}

#[test]
fn models_of_the_session_are_stubbed_too() {
    let model = json!({
        "metadata": {"apiVersion": "2024-01-01", "endpointPrefix": "toy", "protocol": "rest-json", "serviceId": "Toy", "signatureVersion": "v4"},
        "operations": {"Play": {"name": "Play", "http": {"method": "POST", "requestUri": "/play"}, "output": {"shape": "Played"}}},
        "shapes": {"Played": {"type": "structure", "members": {"Score": {"shape": "Int"}}}, "Int": {"type": "integer"}},
    });
    let stub = Stub::new();
    stub.on("toy", "play").reply(json!({"Score": 3}));
    let session = stub.session_builder().model("toy", model).endpoint_url("http://toy.invalid").build().unwrap();
    assert_eq!(session.client("toy").unwrap().call("play", ()).unwrap(), json!({"Score": 3}));
    stub.verify().unwrap();
}

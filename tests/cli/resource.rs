//! `tucuxi resource`.

use serde_json::{Value, json};

use super::{Folder, Server, bare, ok, tucuxi};

/// Completes the last word of a command line; each blank separates two words.
fn complete(line: &str) -> Vec<String> {
    let ran = line.split(' ').fold(bare("complete --"), super::Run::arg).succeeds();
    ran.lines().into_iter().map(str::to_owned).collect()
}

#[test]
fn without_a_verb_the_parts_are_listed() {
    // No region, no credentials.
    let service = bare("resource s3").succeeds().json();
    assert_eq!(service["children"]["Object"], json!(["bucket_name", "key"]));
    let bucket = tucuxi("resource s3 Bucket photos").succeeds().json();
    assert_eq!((&bucket["type"], &bucket["identifiers"]), (&json!("Bucket"), &json!(["name"])));
    assert_eq!(bucket["collections"]["objects"]["batch_actions"], json!(["delete"]));
}

#[test]
fn actions_take_parameters() {
    let file = Folder::new();
    let params = json!({"MessageBody": "hello"});
    let path = file.write("params.json", params.to_string());
    for run in [
        tucuxi("resource sqs Queue https://queue send_message").json(&params),
        tucuxi("resource sqs queue https://queue SendMessage").arg(format!("@{}", path.display())),
        tucuxi("resource sqs Queue https://queue send-message -").input(params.to_string().as_bytes()),
    ] {
        let server = Server::with_response(ok(r#"{"MessageId": "m-1"}"#));
        assert_eq!(run.endpoint(&server).succeeds().json(), json!({"MessageId": "m-1"}));
        let request = server.request();
        assert_eq!(request.json(), json!({"QueueUrl": "https://queue", "MessageBody": "hello"}));
        assert!(request.header("user-agent").ends_with(" Resource"), "{request:?}");
    }
}

#[test]
fn a_line_goes_on_at_the_resource_that_an_action_gives() {
    let server = Server::with_responses([
        ok(r#"{"QueueUrl": "https://queue"}"#),
        ok(r#"{"Attributes": {"DelaySeconds": "5"}}"#),
    ]);
    let run = tucuxi("resource sqs get_queue_by_name").arg(r#"{"QueueName": "jobs"}"#).args("attributes");
    assert_eq!(run.endpoint(&server).succeeds().json(), json!({"DelaySeconds": "5"}));
    let server = Server::with_response(ok(r#"{"QueueUrl": "https://queue"}"#));
    let ran = tucuxi("resource sqs get_queue_by_name").arg(r#"{"QueueName": "jobs"}"#).endpoint(&server).succeeds();
    assert_eq!(ran.json(), json!({"type": "Queue", "identifiers": {"url": "https://queue"}, "data": null}));
}

#[test]
fn collections_are_lists_of_resources() {
    let server = Server::with_response(ok(r#"{"QueueUrls": ["https://a", "https://b", "https://c"]}"#));
    let run = tucuxi("resource sqs queues --limit 2 --page-size 5 --filter").arg(r#"{"QueueNamePrefix": "x"}"#);
    let urls: Vec<Value> = run
        .endpoint(&server)
        .succeeds()
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|queue| queue["identifiers"]["url"].clone())
        .collect();
    assert_eq!(urls, ["https://a", "https://b"]);
    assert_eq!(server.request().json(), json!({"QueueNamePrefix": "x", "MaxResults": 5}));
}

#[test]
fn batch_actions_follow_a_collection() {
    let listing =
        "<ListBucketResult><Contents><Key>a</Key></Contents><Contents><Key>b</Key></Contents></ListBucketResult>";
    let deleted = "<DeleteResult><Deleted><Key>a</Key></Deleted><Deleted><Key>b</Key></Deleted></DeleteResult>";
    let server = Server::with_responses([ok(listing), ok(deleted)]);
    let ran = tucuxi("resource s3 Bucket photos objects delete").arg(r#"{"BypassGovernanceRetention": true}"#);
    let ran = ran.endpoint(&server).succeeds();
    assert_eq!(ran.json(), json!([{"Deleted": [{"Key": "a"}, {"Key": "b"}]}]));
    let requests = server.received.lock().unwrap().clone();
    assert!(requests[1].line.starts_with("POST /photos?delete "), "{requests:?}");
    assert_eq!(requests[1].header("x-amz-bypass-governance-retention"), "true");
    let body = String::from_utf8_lossy(&requests[1].body).into_owned();
    assert!(body.contains("<Key>a</Key>") && body.contains("<Key>b</Key>"), "{body}");
}

#[test]
fn identifiers_and_loaded_data_are_printed() {
    assert_eq!(tucuxi("resource s3 Bucket photos Object cat.jpg key").succeeds().json(), json!("cat.jpg"));
    let server = Server::with_response(ok(r#"{"Attributes": {"DelaySeconds": "5"}}"#));
    let ran = tucuxi("resource sqs Queue https://queue load").endpoint(&server).succeeds();
    assert_eq!(ran.json()["data"], json!({"Attributes": {"DelaySeconds": "5"}}));
}

#[test]
fn wrong_lines_send_nothing() {
    let server = Server::with_response(ok("{}"));
    for (line, expected) in [
        ("polly", "polly has no resources in the models"),
        ("s3 Buckett photos", "has no part `Buckett`, did you mean \"Bucket\""),
        ("s3 Bucket", "the identifier `name` of `Bucket` is missing; write it after `Bucket`"),
        ("s3 Object photos", "the identifier `key` of `Object` is missing"),
        ("s3 Bucket photos objects delet", "the collection `objects` has no part `delet`, did you mean \"delete\"?"),
        ("s3 Bucket photos objects delete {} twice", "`twice` cannot follow `delete`, which is a batch action"),
        ("s3 Bucket photos delete creation_date", "`creation_date` cannot follow `delete`, which is an action"),
        ("s3 Bucket photos delete --limit 3", "are for a collection, but `delete` is an action"),
        ("s3 Bucket photos --page-size 3", "are for a collection, but `s3.Bucket(name=\"photos\")` is a resource"),
        ("s3 Bucket photos objects --limit x", "--limit: expected a whole number, found `x`"),
        ("s3 Bucket photos creation_date {}", "`{}` cannot follow `creation_date`, which is an attribute"),
        ("sqs Queue https://queue send_message {", "parameters: the argument: expected a JSON object"),
        ("sqs Queue https://queue send_message", "parameters not valid"),
    ] {
        tucuxi("resource").args(line).endpoint(&server).fails(252, &[expected]);
    }
    bare("resource").fails(252, &["SERVICE is missing"]);
    server.assert_untouched();
}

#[test]
fn completion_offers_types_parts_and_batch_actions() {
    assert_eq!(complete("resour"), ["resource", "resource-explorer-2", "resource-groups", "resourcegroupstaggingapi"]);
    assert_eq!(complete("resource s3 BucketA"), ["BucketAcl"]);
    assert_eq!(complete("resource s3 Bucket photos obj"), ["object_versions", "objects"]);
    assert_eq!(complete("resource s3 Bucket photos wait"), ["wait_until_exists", "wait_until_not_exists"]);
    assert_eq!(complete("resource s3 Bucket photos objects "), ["delete"]);
    // Identifiers, and what only a call can tell.
    assert_eq!(complete("resource s3 Bucket "), [""; 0]);
    assert_eq!(complete("resource sqs get_queue_by_name {} "), [""; 0]);
    assert_eq!(complete("resource s3 Bucket photos objects --li"), ["--limit"]);
}

//! Batches, and what they do not process.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use serde_json::{Value, json};
use tucuxi::dynamodb::BatchWriter;
use tucuxi::{CancelToken, ErrorKind, blob};

use crate::support::script::{Script, ScriptedResponse};
use crate::support::session::session as support_session;
use crate::{bodies, client, session, table};

fn put(id: u64) -> Value {
    json!({"PutRequest": {"Item": {"id": {"N": id.to_string()}}}})
}

fn unprocessed(ids: impl IntoIterator<Item = u64>) -> Value {
    json!({"UnprocessedItems": {"users": ids.into_iter().map(put).collect::<Vec<_>>()}})
}

fn fill(batch: &mut BatchWriter, ids: std::ops::Range<u64>) {
    ids.for_each(|id| batch.put(json!({"id": id})).unwrap());
}

/// The ids of the puts of each call.
fn ids(bodies: &[Value]) -> Vec<Vec<u64>> {
    let id = |request: &Value| request["PutRequest"]["Item"]["id"]["N"].as_str().unwrap().parse().unwrap();
    let call = |body: &Value| body["RequestItems"]["users"].as_array().unwrap().iter().map(id).collect();
    bodies.iter().map(call).collect()
}

#[test]
fn items_are_written_in_batches_of_25() {
    let (table, script) = table(vec![json!({"UnprocessedItems": {}})]);
    let mut batch = table.batch_writer();
    fill(&mut batch, 0..60);
    assert_eq!((script.sent().len(), batch.waiting()), (2, 10));
    batch.delete(json!({"id": 99})).unwrap();
    assert_eq!(batch.finish().unwrap(), 61);
    let sent = bodies(&script);
    assert_eq!(sent.len(), 3);
    assert_eq!(ids(&sent[..2]), [(0..25).collect::<Vec<_>>(), (25..50).collect()]);
    let last = sent[2]["RequestItems"]["users"].as_array().unwrap();
    assert_eq!(last.len(), 11);
    assert_eq!(last[10], json!({"DeleteRequest": {"Key": {"id": {"N": "99"}}}}));
    assert_eq!(batch.finish().unwrap(), 61, "nothing is left");
    assert_eq!(script.sent().len(), 3);
}

#[test]
fn unprocessed_items_are_sent_again_after_a_pause() {
    let responses = vec![unprocessed([3, 7]), unprocessed([7]), json!({})];
    let (session, script, clock) = session(responses);
    let table = session.client("dynamodb").unwrap().table("users");
    let mut batch = table.batch_writer();
    fill(&mut batch, 0..30);
    assert_eq!(batch.finish().unwrap(), 30);
    let expected: [Vec<u64>; 3] = [(0..25).collect(), [3, 7].into_iter().chain(25..30).collect(), vec![7]];
    assert_eq!(ids(&bodies(&script)), expected, "those left are sent first");
    let pauses = clock.pauses();
    assert_eq!(pauses.len(), 2);
    assert!(pauses[0] <= Duration::from_millis(50) && pauses[1] <= Duration::from_millis(100), "{pauses:?}");
}

#[test]
fn a_table_that_processes_nothing_is_an_error_with_the_requests() {
    let (session, script, _) = session(vec![unprocessed([0, 1])]);
    let table = session.client("dynamodb").unwrap().table("users");
    let mut batch = table.batch_writer();
    fill(&mut batch, 0..2);
    let error = batch.finish().unwrap_err();
    assert_eq!(
        (error.kind(), error.code(), error.operation()),
        (ErrorKind::Service, Some("UnprocessedItems"), Some("BatchWriteItem"))
    );
    assert!(error.to_string().contains("2 of 2 requests of the batch were not carried out"), "{error}");
    assert_eq!(script.sent().len(), 10);
    let put = |id: u64| json!({"PutRequest": {"Item": {"id": id}}});
    assert_eq!(error.unprocessed(), [put(0), put(1)]);
    assert!(!error.to_string().contains("PutRequest") && !format!("{error:?}").contains("PutRequest"));
    assert_eq!(batch.waiting(), 2, "the writer keeps them");
}

#[test]
fn an_error_of_the_service_gives_back_what_was_not_written() {
    let failed = ScriptedResponse::new(400, json!({"__type": "x#ValidationException", "message": "no"}));
    let script = Script::new(vec![failed]);
    let session = support_session("us-east-1").transport(script).build().unwrap();
    let mut batch = session.client("dynamodb").unwrap().table("users").batch_writer();
    fill(&mut batch, 0..24);
    let error = batch.put(json!({"id": {"NS": [1, 2]}})).unwrap_err();
    assert_eq!((error.code(), error.unprocessed().len()), (Some("ValidationException"), 25));
    assert_eq!(error.unprocessed()[24], json!({"PutRequest": {"Item": {"id": {"NS": ["1", "2"]}}}}));
    assert!(error.to_string().contains("25 of 25 requests of the batch were not carried out"), "{error}");
}

#[test]
fn the_last_request_for_a_key_is_kept() {
    let (table, script) = table(vec![json!({})]);
    let mut batch = table.batch_writer().dedupe(["id", "at"]);
    batch.put(json!({"id": "a", "at": 1, "n": 1})).unwrap();
    batch.put(json!({"id": "a", "at": 2})).unwrap();
    batch.put(json!({"id": "b", "at": 1})).unwrap();
    batch.put(json!({"id": "a", "at": {"N": "1.0"}, "n": 2})).unwrap();
    batch.delete(json!({"id": "b", "at": 1})).unwrap();
    let error = batch.put(json!({"id": "a"})).unwrap_err();
    assert!(error.to_string().contains("item: the key attribute \"at\" is missing"), "{error}");
    assert_eq!(batch.waiting(), 3);
    batch.finish().unwrap();
    let expected = json!([
        {"PutRequest": {"Item": {"id": {"S": "a"}, "at": {"N": "2"}}}},
        {"PutRequest": {"Item": {"id": {"S": "a"}, "at": {"N": "1.0"}, "n": {"N": "2"}}}},
        {"DeleteRequest": {"Key": {"id": {"S": "b"}, "at": {"N": "1"}}}},
    ]);
    assert_eq!(bodies(&script)[0]["RequestItems"]["users"], expected);
}

#[test]
fn nothing_is_sent_by_a_drop_unless_asked() {
    let (table, script) = table(vec![json!({})]);
    let panics = |batch: BatchWriter| {
        let run = AssertUnwindSafe(move || {
            let mut batch = batch;
            batch.put(json!({"id": 1})).unwrap();
            // Unwinds without the message of a panic.
            std::panic::resume_unwind(Box::new(()));
        });
        assert!(catch_unwind(run).is_err());
    };
    panics(table.batch_writer());
    let mut batch = table.batch_writer();
    batch.put(json!({"id": 1})).unwrap();
    drop(batch);
    assert_eq!(script.sent().len(), 0);
    panics(table.batch_writer().flush_on_drop());
    assert_eq!(script.sent().len(), 1);
}

#[test]
fn a_batch_can_be_cancelled() {
    let (table, script) = table(vec![unprocessed([0])]);
    let token = CancelToken::new();
    let mut batch = table.batch_writer().cancel(&token);
    batch.put(json!({"id": 0})).unwrap();
    token.cancel();
    let error = batch.finish().unwrap_err();
    assert!(error.is_cancelled(), "{error}");
    assert_eq!((error.unprocessed().len(), script.sent().len()), (1, 0));
}

#[test]
fn items_are_got_in_batches_of_100() {
    let item = |id: u64| json!({"id": {"N": id.to_string()}});
    let left = json!({"users": {"Keys": [item(5), item(6)], "ConsistentRead": true}});
    let responses = vec![
        json!({"Responses": {"users": [item(1), item(2)]}, "UnprocessedKeys": left}),
        json!({"Responses": {"users": [item(5), item(6), item(100)]}, "UnprocessedKeys": {}}),
    ];
    let (session, script, clock) = session(responses);
    let table = session.client("dynamodb").unwrap().table("users");
    let keys = (0..150).chain([3, 4]).map(|id| json!({"id": id})).chain([json!({"id": {"N": "7.0"}})]);
    let got: Vec<Value> =
        table.batch_get(keys).params(json!({"ConsistentRead": true})).map(|item| item.unwrap()["id"].clone()).collect();
    assert_eq!(got, [1, 2, 5, 6, 100]);
    let sent = bodies(&script);
    let keys = |index: usize| sent[index]["RequestItems"]["users"]["Keys"].as_array().unwrap().clone();
    assert_eq!((sent.len(), keys(0).len(), keys(1).len()), (2, 100, 52), "each key once");
    assert_eq!(keys(1)[..3], [item(5), item(6), item(100)]);
    assert_eq!(sent[1]["RequestItems"]["users"]["ConsistentRead"], true);
    assert_eq!(clock.pauses().len(), 1);

    let left = json!({"UnprocessedKeys": {"users": {"Keys": [item(1)]}}});
    let (stuck, _) = crate::table(vec![left]);
    let results: Vec<_> = stuck.batch_get([json!({"id": 1})]).collect();
    let error = results.into_iter().next().unwrap().unwrap_err();
    assert_eq!((error.code(), error.unprocessed()), (Some("UnprocessedKeys"), &[json!({"id": 1})][..]));
    let (wrong, script) = crate::table(vec![json!({})]);
    let error = wrong.batch_get([json!({"id": f64::MAX})]).next().unwrap().unwrap_err();
    assert!(error.to_string().contains("keys[0][\"id\"]: the number is beyond"), "{error}");
    assert_eq!(script.sent().len(), 0);
}

fn messages(count: usize, length: usize) -> impl Iterator<Item = Value> {
    (0..count).map(move |_| json!({"MessageBody": "x".repeat(length)}))
}

fn successes(count: usize) -> Value {
    json!({"Successful": (0..count).map(|id| json!({"Id": id.to_string(), "MessageId": "m", "MD5OfMessageBody": "d"})).collect::<Vec<_>>()})
}

#[test]
fn entries_are_split_by_number_and_size() {
    for (count, length, expected) in [
        (0, 1, &[][..]),
        (23, 1, &[10, 10, 3]),
        (5, 400 << 10, &[2, 2, 1]),
        (2, 1 << 19, &[2]),
        (2, (1 << 19) + 1, &[1, 1]),
        (2, 2 << 20, &[1, 1]),
    ] {
        let (sqs, script) = client("sqs", vec![successes(1)]);
        let batch = sqs.batch("send_message_batch").params(json!({"QueueUrl": "https://sqs/1/q"}));
        let sent = batch.entries(messages(count, length)).send().unwrap();
        assert_eq!(sent.successful.len(), expected.len());
        let entries: Vec<Vec<Value>> =
            bodies(&script).iter().map(|body| body["Entries"].as_array().unwrap().clone()).collect();
        assert_eq!(entries.iter().map(Vec::len).collect::<Vec<_>>(), expected, "{count} {length}");
        let ids: Vec<String> = entries.concat().iter().map(|entry| entry["Id"].as_str().unwrap().to_owned()).collect();
        assert_eq!(ids, (0..count).map(|id| id.to_string()).collect::<Vec<_>>());
    }
    // Attributes are a part of the size.
    let (sqs, script) = client("sqs", vec![successes(1)]);
    let attribute = json!({"big": {"DataType": "Binary", "BinaryValue": blob(vec![0; 1 << 19])}});
    let entries =
        [json!({"MessageBody": "x", "MessageAttributes": attribute}), json!({"MessageBody": "x".repeat(1 << 19)})];
    sqs.batch("SendMessageBatch").params(json!({"QueueUrl": "https://sqs/1/q"})).entries(entries).send().unwrap();
    assert_eq!(script.sent().len(), 2);
}

#[test]
fn single_failures_are_errors_unless_allowed() {
    let failed = json!({
        "Successful": [{"Id": "0"}],
        "Failed": [{"Id": "mine", "Code": "ReceiptHandleIsInvalid", "Message": "bad", "SenderFault": true}],
    });
    let entries = || [json!({"ReceiptHandle": "a"}), json!({"Id": "mine", "ReceiptHandle": "b"})];
    let (sqs, _) = client("sqs", vec![failed.clone()]);
    let batch = || sqs.batch("delete_message_batch").params(json!({"QueueUrl": "https://sqs/1/q"})).entries(entries());
    let error = batch().send().unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Service, Some("ReceiptHandleIsInvalid")));
    assert!(
        error.to_string().contains("1 of 2 entries of the batch failed: \"mine\" (ReceiptHandleIsInvalid: bad)"),
        "{error}"
    );
    assert_eq!(error.unprocessed(), [json!({"Id": "mine", "ReceiptHandle": "b"})]);
    let sent = batch().allow_failures().send().unwrap();
    assert_eq!((sent.successful.len(), sent.failed), (1, vec![failed["Failed"][0].clone()]));
}

#[test]
fn messages_of_topics_are_sent_in_batches() {
    let response = "<PublishBatchResponse><PublishBatchResult><Successful><member><MessageId>m</MessageId><Id>0</Id></member>\
                    </Successful><Failed><member><Id>1</Id><Code>InternalError</Code><SenderFault>false</SenderFault></member></Failed>\
                    </PublishBatchResult></PublishBatchResponse>";
    let script = Script::new(vec![ScriptedResponse { text: Some(response.to_owned()), ..ScriptedResponse::ok() }]);
    let sns = support_session("us-east-1").transport(script.clone()).build().unwrap().client("sns").unwrap();
    let topic = json!({"TopicArn": "arn:aws:sns:us-east-1:123456789012:t"});
    let messages = (0..3).map(|_| json!({"Message": "x".repeat(100 << 10)}));
    let error = sns.batch("publish_batch").params(topic).entries(messages).send().unwrap_err();
    assert_eq!((error.code(), script.sent().len()), (Some("InternalError"), 2), "{error}");
    assert_eq!(error.unprocessed()[0]["Id"], "1");
}

#[test]
fn batches_that_cannot_be_sent_are_refused() {
    let (sqs, script) = client("sqs", vec![json!({})]);
    let send =
        |params: Value, entries: Vec<Value>| sqs.batch("send_message_batch").params(params).entries(entries).send();
    for (params, entries, expected) in [
        (json!(1), vec![json!({})], "expected parameters as an object, found number"),
        (json!({"Entries": []}), vec![], "`Entries` is added; give the entries with `entries(..)`"),
        (json!({}), vec![json!("x")], "entries[0]: expected an object, found string"),
        (json!({}), vec![json!({"Id": "1"}), json!({"Id": "1"})], "entries[1]: another entry has the same Id \"1\""),
    ] {
        let error = send(params, entries).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation);
        assert!(error.to_string().contains(expected), "{error}");
    }
    let error = sqs.batch("send_message").send().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(
        error.to_string().contains("SendMessageBatch, DeleteMessageBatch, ChangeMessageVisibilityBatch"),
        "{error}"
    );
    assert_eq!(script.sent().len(), 0);
    let error = send(json!({}), vec![json!({"MessageBody": "a"})]).unwrap_err();
    assert_eq!(error.unprocessed(), [json!({"MessageBody": "a", "Id": "0"})], "the QueueUrl is missing");
    let error = send(json!({}), vec![json!({"Id": "1"}), json!({})]).unwrap_err();
    assert_eq!(error.unprocessed()[1], json!({"Id": "1-"}), "an id that no other entry has");
}

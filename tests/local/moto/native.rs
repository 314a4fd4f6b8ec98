//! Native values of DynamoDB: items of boto3 and of this crate, each read by the other; batches.

use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tucuxi::dynamodb::{attr, key};
use tucuxi::{Client, blob};

use crate::server::Server;
use crate::support::{all_bytes, call, client};

fn create(dynamodb: &Client, table: &str) {
    let params = json!({
        "TableName": table, "BillingMode": "PAY_PER_REQUEST", "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    });
    call(dynamodb, "create_table", params);
}

/// The item of `native.py`.
fn everything(id: &str) -> Value {
    json!({
        "id": id,
        "text": "Grüße 🐬",
        "empty": "",
        "int": 42,
        "long": i64::MAX,
        "unsigned": u64::MAX,
        "digits": {"N": "12345678901234567890.123456789012345678"},
        "fraction": 0.1,
        "small": 1e-100,
        "large": 1e100,
        "flag": true,
        "nothing": null,
        "bytes": {"B": blob(all_bytes())},
        "texts": {"SS": ["a", "b"]},
        "numbers": {"NS": ["1", "2.5", "1E+30"]},
        "binaries": {"BS": [blob([0]), blob([255, 254])]},
        "list": [1, "x", [], {}, null, {"deep": [-0.5]}],
        "map": {"a.b": 1, "M": {"M": {"S": "not a type"}}},
        "ambiguous": {"M": {"S": "text"}},
        "empty_map": {},
    })
}

/// Sorts sets, which have no order.
fn sorted(mut item: Value) -> Value {
    for (_, value) in item.as_object_mut().unwrap() {
        for tag in ["SS", "NS", "BS"] {
            if let Some(Value::Array(items)) = value.get_mut(tag) {
                items.sort_by_key(Value::to_string);
            }
        }
    }
    item
}

pub(crate) fn items_of_boto3(server: &Server) {
    let dynamodb = client(server, "dynamodb");
    create(&dynamodb, "native");
    let table = dynamodb.table("native");
    table
        .call("put_item", json!({"Item": everything("tucuxi"), "ConditionExpression": attr("id").not_exists()}))
        .unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join(".venv-servers/bin/python");
    let script = root.join("tests/local/moto/native.py");
    let output =
        Command::new(python).arg(script).arg(&server.url).arg("native").env_remove("AWS_PROFILE").output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "same", "{text}");
    for id in ["tucuxi", "boto3"] {
        let read = table.call("get_item", json!({"Key": {"id": id}, "ConsistentRead": true})).unwrap();
        let in_moto = |mut item: Value| {
            // The set of numbers has boto3's spelling or ours.
            let numbers = item["numbers"]["NS"].as_array_mut().unwrap();
            numbers.iter_mut().for_each(|number| {
                *number = number.as_str().unwrap().replace("1E+30", &format!("1{}", "0".repeat(30))).into();
            });
            sorted(item)
        };
        assert_eq!(in_moto(read["Item"].clone()), in_moto(everything(id)), "{id}");
    }
    let wrong =
        table.call("put_item", json!({"Item": {"id": "tucuxi"}, "ConditionExpression": attr("id").not_exists()}));
    assert_eq!(wrong.unwrap_err().code(), Some("ConditionalCheckFailedException"));
}

pub(crate) fn batches(server: &Server) {
    #[derive(Debug, Serialize, Deserialize)]
    struct User {
        id: String,
        logins: u64,
        #[serde(with = "tucuxi::dynamodb::string_set")]
        roles: Vec<String>,
    }
    let dynamodb = client(server, "dynamodb");
    create(&dynamodb, "native-batches");
    let table = dynamodb.table("native-batches");
    let mut batch = table.batch_writer().dedupe(["id"]);
    for number in 0..230 {
        let id = format!("user-{}", number % 115);
        batch.put_as(&User { id, logins: number, roles: vec!["a".into(), "b".into()] }).unwrap();
    }
    batch.delete(json!({"id": "user-0"})).unwrap();
    batch.finish().unwrap();
    let listed: Vec<User> = table
        .paginate("scan", json!({"PaginationConfig": {"PageSize": 7}}))
        .unwrap()
        .items()
        .items_as()
        .map(Result::unwrap)
        .collect();
    assert_eq!(listed.len(), 114);
    assert!(listed.iter().all(|user| user.logins >= 115 && user.roles.len() == 2), "{listed:?}");
    let filter = json!({"FilterExpression": attr("logins").is_in([116, 117, 1]) | attr("roles").size().gt(2)});
    let found = table.paginate("scan", filter).unwrap().items().count();
    assert_eq!(found, 2);
    let keys = (0..120).map(|number| json!({"id": format!("user-{number}")}));
    let got: Vec<User> = table.batch_get(keys).items_as().map(Result::unwrap).collect();
    assert_eq!(got.len(), 114);
    let query = json!({"KeyConditionExpression": key("id").eq("user-7"), "ProjectionExpression": "logins"});
    let page = table.call("query", query).unwrap();
    assert_eq!(page["Items"], json!([{"logins": 122}]));
}

pub(crate) fn messages(server: &Server) {
    let sqs = client(server, "sqs");
    let queue = call(&sqs, "create_queue", json!({"QueueName": "batches"}))["QueueUrl"].clone();
    let entries = (0..25).map(|number| json!({"MessageBody": format!("job {number}")}));
    let sent = sqs.batch("send_message_batch").params(json!({"QueueUrl": queue})).entries(entries).send().unwrap();
    assert_eq!(sent.successful.len(), 25);
    let received = call(&sqs, "receive_message", json!({"QueueUrl": queue, "MaxNumberOfMessages": 10}));
    let mut entries: Vec<Value> = received["Messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|message| json!({"ReceiptHandle": message["ReceiptHandle"]}))
        .collect();
    let deleted = entries.len();
    entries.push(json!({"Id": "wrong", "ReceiptHandle": "no handle"}));
    let batch = sqs.batch("delete_message_batch").params(json!({"QueueUrl": queue})).entries(entries);
    let error = batch.send().unwrap_err();
    assert_eq!(error.unprocessed(), [json!({"Id": "wrong", "ReceiptHandle": "no handle"})], "{error}");
    assert!(error.to_string().contains(&format!("1 of {} entries of the batch failed", deleted + 1)), "{error}");
}

//! The JSON protocols 1.0 and 1.1.

use serde_json::{Value, json};
use tucuxi::{blob, bytes};

use crate::server::Server;
use crate::support::{ODD_TEXT, all_bytes, call, client, column, expect_service_error, is_timestamp, pages};

pub(crate) fn dynamodb(server: &Server) {
    let dynamodb = client(server, "dynamodb");
    let table = "odd-values";
    let made = call(
        &dynamodb,
        "create_table",
        json!({
            "TableName": table,
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "n", "KeyType": "RANGE"}],
            "AttributeDefinitions": [
                {"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "n", "AttributeType": "N"}
            ],
            "BillingMode": "PAY_PER_REQUEST",
        }),
    );
    assert!(is_timestamp(&made["TableDescription"]["CreationDateTime"]), "{made}");

    let item = json!({
        "id": {"S": ODD_TEXT},
        "n": {"N": "12345678901234567890123456789012345678"},
        "binary": {"B": blob(all_bytes())},
        "binaries": {"BS": [blob([0]), blob([255, 254])]},
        "numbers": {"NS": ["-1", "0.000001"]},
        "nested": {"M": {" odd.key": {"L": [{"NULL": true}, {"BOOL": false}, {"S": ""}, {"M": {}}, {"L": []}]}}},
    });
    call(&dynamodb, "put_item", json!({"TableName": table, "Item": item}));
    let key = json!({"id": item["id"], "n": item["n"]});
    let read = call(&dynamodb, "get_item", json!({"TableName": table, "Key": key, "ConsistentRead": true}));
    assert_eq!(read["Item"], item);
    let absent = json!({"id": {"S": "absent"}, "n": {"N": "0"}});
    let nothing = call(&dynamodb, "get_item", json!({"TableName": table, "Key": absent}));
    assert!(nothing.get("Item").is_none(), "absent members stay absent: {nothing}");

    let updated = call(
        &dynamodb,
        "update_item",
        json!({
            "TableName": table, "Key": key, "UpdateExpression": "SET #b = :b REMOVE nested",
            "ExpressionAttributeNames": {"#b": "binary"}, "ExpressionAttributeValues": {":b": {"B": blob(b"")}},
            "ReturnValues": "ALL_NEW",
        }),
    );
    assert_eq!(updated["Attributes"]["binary"]["B"], blob(b""));
    assert!(updated["Attributes"].get("nested").is_none());

    let requests: Vec<Value> =
        (0..24).map(|n| json!({"PutRequest": {"Item": {"id": {"S": "page"}, "n": {"N": n.to_string()}}}})).collect();
    call(&dynamodb, "batch_write_item", json!({"RequestItems": {table: requests}}));
    let query = json!({
        "TableName": table, "Limit": 7, "KeyConditionExpression": "id = :id",
        "ExpressionAttributeValues": {":id": {"S": "page"}},
    });
    let (items, count) = pages(&dynamodb, "query", &query, ("LastEvaluatedKey", "ExclusiveStartKey"), "Items");
    assert_eq!((items.len(), count), (24, 4));

    let condition = dynamodb.call(
        "put_item",
        json!({
            "TableName": table, "Item": key, "ConditionExpression": "attribute_not_exists(id)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }),
    );
    let error = expect_service_error(condition, "ConditionalCheckFailedException");
    assert_eq!(error.status(), 400);
    assert_eq!(error.body()["Item"]["id"]["S"], ODD_TEXT, "members of modeled errors: {}", error.body());

    call(&dynamodb, "delete_table", json!({"TableName": table}));
    let error =
        expect_service_error(dynamodb.call("describe_table", json!({"TableName": table})), "ResourceNotFoundException");
    assert!(!error.message().is_empty());
    println!("dynamodb: items written and read, 24 in {count} pages, a failed condition");
}

pub(crate) fn sqs(server: &Server) {
    let sqs = client(server, "sqs");
    for n in 0..5 {
        call(&sqs, "create_queue", json!({"QueueName": format!("listed-{n}")}));
    }
    let (urls, count) = pages(
        &sqs,
        "list_queues",
        &json!({"QueueNamePrefix": "listed-", "MaxResults": 2}),
        ("NextToken", "NextToken"),
        "QueueUrls",
    );
    assert_eq!((urls.len(), count), (5, 3));

    let queue = call(
        &sqs,
        "create_queue",
        json!({"QueueName": "odd.fifo", "Attributes": {"FifoQueue": "true"}, "tags": {"who?": ODD_TEXT}}),
    );
    let url = &queue["QueueUrl"];
    let sent = call(
        &sqs,
        "send_message",
        json!({
            "QueueUrl": url, "MessageBody": ODD_TEXT, "MessageGroupId": "g", "MessageDeduplicationId": "d",
            "MessageAttributes": {
                "binary": {"DataType": "Binary", "BinaryValue": blob(all_bytes())},
                "text": {"DataType": "String.odd", "StringValue": ODD_TEXT},
                "number": {"DataType": "Number", "StringValue": "18446744073709551615"},
            },
        }),
    );
    let received = call(
        &sqs,
        "receive_message",
        json!({"QueueUrl": url, "MessageAttributeNames": ["All"], "MessageSystemAttributeNames": ["All"]}),
    );
    let message = &received["Messages"][0];
    assert_eq!(message["Body"], ODD_TEXT);
    assert_eq!(message["MessageId"], sent["MessageId"]);
    assert_eq!(bytes(&message["MessageAttributes"]["binary"]["BinaryValue"]).unwrap(), all_bytes());
    assert_eq!(message["MessageAttributes"]["text"]["StringValue"], ODD_TEXT);
    assert_eq!(call(&sqs, "list_queue_tags", json!({"QueueUrl": url}))["Tags"]["who?"], ODD_TEXT);

    let batch = json!({"QueueUrl": url, "Entries": [
        {"Id": "good", "ReceiptHandle": message["ReceiptHandle"]}, {"Id": "bad", "ReceiptHandle": "no such handle"},
    ]});
    let deleted = call(&sqs, "delete_message_batch", batch);
    assert_eq!(column(deleted["Successful"].as_array().unwrap(), "Id"), ["good"], "{deleted}");

    // The service keeps the error codes of its former query protocol.
    let absent = sqs.call("get_queue_url", json!({"QueueName": "absent"}));
    let error = expect_service_error(absent, "AWS.SimpleQueueService.NonExistentQueue");
    assert_eq!(error.shape_code(), Some("QueueDoesNotExist"));
    assert_eq!(error.fault(), Some("Sender"));
    println!("sqs: queues in {count} pages, a message with attributes, query-compatible errors");
}

pub(crate) fn kms(server: &Server) {
    let kms = client(server, "kms");
    let key = call(&kms, "create_key", json!({"Description": ODD_TEXT, "Tags": [{"TagKey": "empty", "TagValue": ""}]}));
    let id = &key["KeyMetadata"]["KeyId"];
    let described = call(&kms, "describe_key", json!({"KeyId": id}));
    assert_eq!(described["KeyMetadata"]["Description"], ODD_TEXT);
    assert_eq!(described["KeyMetadata"]["Enabled"], json!(true));
    assert!(is_timestamp(&described["KeyMetadata"]["CreationDate"]));

    let context = json!({ODD_TEXT: "value"});
    let sealed =
        call(&kms, "encrypt", json!({"KeyId": id, "Plaintext": blob(all_bytes()), "EncryptionContext": context}));
    let ciphertext = &sealed["CiphertextBlob"];
    let opened = call(&kms, "decrypt", json!({"CiphertextBlob": ciphertext, "EncryptionContext": context}));
    assert_eq!(bytes(&opened["Plaintext"]).unwrap(), all_bytes());
    expect_service_error(kms.call("decrypt", json!({"CiphertextBlob": ciphertext})), "InvalidCiphertextException");

    let keys = call(&kms, "list_keys", json!({}));
    assert!(keys["Keys"].as_array().unwrap().iter().any(|key| key["KeyId"] == *id), "{keys}");
    expect_service_error(
        kms.call("describe_key", json!({"KeyId": "00000000-0000-0000-0000-000000000000"})),
        "NotFoundException",
    );
    println!("kms: bytes encrypted and decrypted with an unusual context");
}

pub(crate) fn logs(server: &Server) {
    let logs = client(server, "logs");
    let names: Vec<String> = (0..7).map(|n| format!("/odd/group.{n}-#_x")).collect();
    for name in &names {
        call(&logs, "create_log_group", json!({"logGroupName": name}));
    }
    let ask = json!({"logGroupNamePrefix": "/odd/", "limit": 3});
    let (groups, count) = pages(&logs, "describe_log_groups", &ask, ("nextToken", "nextToken"), "logGroups");
    assert_eq!((column(&groups, "logGroupName"), count), (names.clone(), 3));

    let group = &names[0];
    call(&logs, "create_log_stream", json!({"logGroupName": group, "logStreamName": "s"}));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let now = i64::try_from(now.as_millis()).unwrap();
    let events = json!([
        {"timestamp": now - 1, "message": ODD_TEXT}, {"timestamp": now, "message": "{\"json\": \"\\u0001\\n\"}"},
    ]);
    call(&logs, "put_log_events", json!({"logGroupName": group, "logStreamName": "s", "logEvents": events}));
    let read =
        call(&logs, "get_log_events", json!({"logGroupName": group, "logStreamName": "s", "startFromHead": true}));
    assert_eq!(read["events"][0]["message"], ODD_TEXT);
    assert_eq!(read["events"][1]["message"], events[1]["message"]);
    assert_eq!(read["events"][1]["timestamp"], json!(now), "64-bit integers are exact");
    expect_service_error(
        logs.call("create_log_group", json!({"logGroupName": group})),
        "ResourceAlreadyExistsException",
    );
    for name in &names {
        call(&logs, "delete_log_group", json!({"logGroupName": name}));
    }
    println!("logs: {} groups in {count} pages, events written and read", names.len());
}

pub(crate) fn secretsmanager(server: &Server) {
    let secrets = client(server, "secretsmanager");
    // The idempotency token is generated.
    let made = call(&secrets, "create_secret", json!({"Name": "odd/secret", "SecretBinary": blob(all_bytes())}));
    let read = call(&secrets, "get_secret_value", json!({"SecretId": made["ARN"]}));
    assert_eq!(bytes(&read["SecretBinary"]).unwrap(), all_bytes());
    assert!(made["VersionId"].as_str().is_some_and(|id| id.len() == 36), "{made}");
    call(&secrets, "update_secret", json!({"SecretId": "odd/secret", "SecretString": ODD_TEXT}));
    let read = call(&secrets, "get_secret_value", json!({"SecretId": "odd/secret"}));
    assert_eq!(read["SecretString"], ODD_TEXT);
    assert!(is_timestamp(&read["CreatedDate"]), "{read}");
    call(&secrets, "delete_secret", json!({"SecretId": "odd/secret", "ForceDeleteWithoutRecovery": true}));
    expect_service_error(
        secrets.call("get_secret_value", json!({"SecretId": "odd/secret"})),
        "ResourceNotFoundException",
    );
    println!("secretsmanager: binary and text, a generated token");
}

pub(crate) fn unmodeled_error(server: &Server) {
    let dynamodb = client(server, "dynamodb");
    // DynamoDB's model has no ValidationException.
    let error = expect_service_error(
        dynamodb.call("get_item", json!({"TableName": "no such table", "Key": {"id": {"S": "x"}}})),
        "ResourceNotFoundException",
    );
    assert_eq!(error.status(), 400);
    let error = expect_service_error(
        dynamodb.call(
            "create_table",
            json!({"TableName": "bad", "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                   "AttributeDefinitions": [{"AttributeName": "other", "AttributeType": "S"}],
                   "BillingMode": "PAY_PER_REQUEST"}),
        ),
        "ValidationException",
    );
    assert_eq!(error.body(), &json!({}));
    assert!(!error.message().is_empty(), "{error}");
    println!("unmodeled error: {error}");
}

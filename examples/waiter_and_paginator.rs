//! A custom waiter and a custom paginator: both are JSON, in botocore's format.
//!
//! ```text
//! cargo run --example waiter_and_paginator -- my-table
//! ```
//!
//! It creates a DynamoDB table, waits until it is active, puts and lists items, and deletes the table.

use serde_json::json;

fn main() -> tucuxi::Result<()> {
    let table = std::env::args().nth(1).unwrap_or_else(|| "tucuxi-example".to_owned());
    let dynamodb = tucuxi::client("dynamodb")?;
    dynamodb.call(
        "create_table",
        json!({
            "TableName": table, "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        }),
    )?;

    let active = dynamodb.waiter_from_json(
        "table_active",
        json!({
            "operation": "DescribeTable", "delay": 1, "maxAttempts": 60,
            "acceptors": [
                {"state": "success", "matcher": "path", "argument": "Table.TableStatus", "expected": "ACTIVE"},
                {"state": "retry", "matcher": "error", "expected": "ResourceNotFoundException"},
            ],
        }),
    )?;
    let waited = active.wait(json!({"TableName": table}))?;
    println!("active after {} attempts", waited.attempts);

    for number in 0..5 {
        let item = json!({"id": {"S": number.to_string()}});
        dynamodb.call("put_item", json!({"TableName": table, "Item": item}))?;
    }
    let scan = dynamodb.paginator_from_json(
        "scan",
        json!({
            "input_token": "ExclusiveStartKey", "output_token": "LastEvaluatedKey", "limit_key": "Limit",
            "result_key": "Items",
        }),
    )?;
    for item in scan.page_size(2).paginate(json!({"TableName": table})).items() {
        println!("{}", item?["id"]["S"]);
    }
    dynamodb.call("delete_table", json!({"TableName": table}))?;
    Ok(())
}

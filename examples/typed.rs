//! Parameters and outputs as types of one's own, here with DynamoDB.
//!
//! ```text
//! cargo run --example typed -- people
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

/// An attribute of an item: a union of the model, so an enum.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Attribute {
    S(String),
    N(String),
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PutItem<'a> {
    table_name: &'a str,
    item: BTreeMap<&'a str, Attribute>,
    /// `None` is absent.
    condition_expression: Option<&'a str>,
}

/// Members that are not here are skipped.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    items: Vec<BTreeMap<String, Attribute>>,
    count: u32,
}

fn main() -> tucuxi::Result<()> {
    let table = std::env::args().nth(1).unwrap_or_else(|| "people".to_owned());
    let dynamodb = tucuxi::client("dynamodb")?;
    dynamodb.call_as::<()>(
        "create_table",
        json!({
            "TableName": table, "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        }),
    )?;
    dynamodb.get_waiter("table_exists")?.wait(json!({"TableName": table}))?;
    let item = BTreeMap::from([("id", Attribute::S("ada".to_owned())), ("visits", Attribute::N("3".to_owned()))]);
    dynamodb.call_as::<()>("put_item", PutItem { table_name: &table, item, condition_expression: None })?;
    let found: Found = dynamodb.call_as("scan", json!({"TableName": table}))?;
    println!("{} item", found.count);
    for item in &found.items {
        for (name, value) in item {
            println!("{name} = {value:?}");
        }
    }
    Ok(())
}

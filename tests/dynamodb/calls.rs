//! Calls with native values.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tucuxi::ErrorKind;
use tucuxi::dynamodb::{attr, from_item, key};

use crate::support::script::{Script, ScriptedResponse};
use crate::support::session;
use crate::{bodies, client, table, table_resource};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct User {
    id: String,
    logins: u64,
    nick: Option<String>,
}

fn user(id: &str, logins: u64) -> User {
    User { id: id.into(), logins, nick: None }
}

#[test]
fn values_are_native_both_ways_at_any_depth() {
    let (table, script) = table(vec![json!({
        "Attributes": {"n": {"N": "1"}},
        "ItemCollectionMetrics": {"ItemCollectionKey": {"id": {"S": "a"}}, "SizeEstimateRangeGB": [1.5]},
    })]);
    let params = json!({
        "Item": {"id": "a", "n": 2.5, "tags": {"SS": ["x"]}},
        "Expected": {"n": {"AttributeValueList": [1, "x"], "ComparisonOperator": "EQ"}},
        "ReturnValues": "ALL_OLD",
    });
    let output = table.call("put_item", params).unwrap();
    assert_eq!(output["Attributes"], json!({"n": 1}));
    assert_eq!(
        output["ItemCollectionMetrics"],
        json!({"ItemCollectionKey": {"id": "a"}, "SizeEstimateRangeGB": [1.5]})
    );
    let expected = json!({
        "TableName": "users",
        "Item": {"id": {"S": "a"}, "n": {"N": "2.5"}, "tags": {"SS": ["x"]}},
        "Expected": {"n": {"AttributeValueList": [{"N": "1"}, {"S": "x"}], "ComparisonOperator": "EQ"}},
        "ReturnValues": "ALL_OLD",
    });
    assert_eq!(bodies(&script), [expected]);
}

#[test]
fn the_client_itself_stays_raw() {
    let (client, script) = client("dynamodb", vec![json!({"Item": {"id": {"S": "a"}}})]);
    let (native, raw) = (json!({"id": "a"}), json!({"id": {"S": "a"}}));
    let table = client.table("users");
    assert_eq!(table.call("get_item", json!({"Key": native})).unwrap()["Item"], native);
    assert_eq!(client.call("get_item", json!({"TableName": "users", "Key": raw})).unwrap()["Item"], raw);
    assert_eq!(table.client().call("get_item", json!({"TableName": "users", "Key": raw})).unwrap()["Item"], raw);
    let sent = bodies(&script);
    assert!(sent.iter().all(|body| *body == sent[0]), "{sent:?}");
}

#[test]
fn the_name_of_the_table_is_added_where_it_belongs() {
    let (table, script) = table(vec![json!({})]);
    table.call("describe_table", ()).unwrap();
    table.call("get_item", json!({"TableName": "other", "Key": {"id": 1}})).unwrap();
    table.call("list_tables", ()).unwrap();
    let error = table.call("get_item", json!(["id"])).unwrap_err();
    assert!(error.to_string().contains("array"), "{error}");
    let expected = [json!({"TableName": "users"}), json!({"TableName": "other", "Key": {"id": {"N": "1"}}}), json!({})];
    assert_eq!(bodies(&script), expected);
}

#[test]
fn typed_calls_read_and_write_items() {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Put<'a> {
        item: &'a User,
        return_values: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        condition_expression: Option<tucuxi::dynamodb::Condition>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Found {
        item: Option<User>,
    }
    let stored = json!({"id": {"S": "a"}, "logins": {"N": "3"}, "nick": {"NULL": true}});
    let (table, script) = table(vec![json!({}), json!({"Item": stored}), json!({})]);
    let condition = Some(attr("id").not_exists());
    let item = user("a", 3);
    let params = Put { item: &item, return_values: None, condition_expression: condition };
    let _: Value = table.call_as("put_item", &params).unwrap();
    let found: Found = table.call_as("get_item", json!({"Key": {"id": "a"}})).unwrap();
    assert_eq!(found.item, Some(item));
    let found: Found = table.call_as("get_item", json!({"Key": {"id": "b"}})).unwrap();
    assert_eq!(found.item, None);
    let expected = json!({
        "TableName": "users", "Item": stored, "ConditionExpression": "attribute_not_exists(#n0)",
        "ExpressionAttributeNames": {"#n0": "id"},
    });
    assert_eq!(bodies(&script)[0], expected);
}

#[test]
fn listings_have_native_items_and_raw_tokens() {
    let page = |ids: &[&str], last: Option<&str>| {
        let items: Vec<Value> = ids.iter().map(|id| json!({"id": {"S": id}, "logins": {"N": "1"}})).collect();
        let mut page = json!({"Items": items, "Count": ids.len()});
        if let Some(last) = last {
            page["LastEvaluatedKey"] = json!({"id": {"S": last}});
        }
        page
    };
    let pages = || vec![page(&["a", "b"], Some("b")), page(&[], Some("c")), page(&["d"], None)];
    let (users, script) = table(pages());
    let query = || json!({"KeyConditionExpression": key("id").gt("0"), "PaginationConfig": {"PageSize": 2}});
    let ids: Vec<Value> =
        users.paginate("query", query()).unwrap().items().map(|item| item.unwrap()["id"].clone()).collect();
    assert_eq!(ids, ["a", "b", "d"]);
    let sent = bodies(&script);
    assert_eq!(sent[0]["ExpressionAttributeValues"], json!({":v0": {"S": "0"}}));
    assert_eq!(sent[0]["Limit"], 2);
    assert_eq!(sent[1]["ExclusiveStartKey"], json!({"id": {"S": "b"}}));

    let (users, _) = table(pages());
    let typed: Vec<User> = users.paginate("scan", ()).unwrap().items().items_as().collect::<Result<_, _>>().unwrap();
    assert_eq!(typed, [user("a", 1), user("b", 1), user("d", 1)]);

    let (users, script) = table(pages());
    let mut items = users.paginate("scan", ()).unwrap().items();
    items.next().unwrap().unwrap();
    let token = items.resume_token().unwrap();
    let (rest, _) = table(pages());
    let mut rest = rest.paginate("scan", json!({"PaginationConfig": {"StartingToken": token}})).unwrap().items();
    assert_eq!(rest.next().unwrap().unwrap()["id"], "b");
    assert_eq!(script.sent().len(), 1);

    let (users, _) = table(pages());
    let page = users.paginate("scan", ()).unwrap().next().unwrap().unwrap();
    assert_eq!(page["LastEvaluatedKey"], json!({"id": "b"}));
    let error = users.paginate("query", json!({"ExclusiveStartKey": {"id": {"SS": []}}})).unwrap_err();
    assert!(error.to_string().contains("input.ExclusiveStartKey[\"id\"].SS: a set cannot be empty"), "{error}");
}

#[test]
fn statements_and_streams_have_native_values() {
    let (client, script) = client("dynamodb", vec![json!({"Items": [{"n": {"N": "1"}}]})]);
    let output =
        client.native().call("execute_statement", json!({"Statement": "..", "Parameters": [1, {"SS": ["a"]}]}));
    assert_eq!(output.unwrap()["Items"], json!([{"n": 1}]));
    assert_eq!(bodies(&script)[0]["Parameters"], json!([{"N": "1"}, {"SS": ["a"]}]));

    let record = json!({"dynamodb": {"Keys": {"id": {"S": "a"}}, "NewImage": {"id": {"S": "a"}, "n": {"N": "1E+2"}}}});
    let (streams, _) = crate::client("dynamodbstreams", vec![json!({"Records": [record]})]);
    let output = streams.native().call("get_records", json!({"ShardIterator": "x"})).unwrap();
    assert_eq!(output["Records"], json!([{"dynamodb": {"Keys": {"id": "a"}, "NewImage": {"id": "a", "n": 100}}}]));

    let (sqs, _) = crate::client("sqs", vec![]);
    let error = sqs.table("users").call("list_queues", ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("sqs has no native values of DynamoDB; use the client itself"), "{error}");
}

#[test]
fn strict_numbers_are_integers_or_text() {
    let (table, script) = table(vec![json!({"Item": {"a": {"N": "1.5"}, "b": {"N": "1E+1"}, "c": {"N": "1E+20"}}})]);
    let table = table.strict_numbers();
    let error = table.call("get_item", json!({"Key": {"id": 1.5}})).unwrap_err();
    assert!(
        error.to_string().contains("input.Key[\"id\"]: expected a number without a fraction, or {\"N\": \"1.5\"}"),
        "{error}"
    );
    let error = table.call("get_item", json!({"Key": {"id": {"NS": [1, 1.5]}}})).unwrap_err();
    assert!(error.to_string().contains(".NS[1]: expected a string, found number with a fraction"), "{error}");
    let item = table.call("get_item", json!({"Key": {"id": {"N": "1.5"}}})).unwrap();
    assert_eq!(item["Item"], json!({"a": {"N": "1.5"}, "b": 10, "c": {"N": "1E+20"}}));
    assert_eq!(script.sent().len(), 1);
}

#[test]
fn values_that_are_none_are_errors_with_the_call() {
    let (table, script) = table(vec![json!({"Item": {"a": {"N": "1"}, "b": {}}})]);
    let error = table.call("put_item", json!({"Item": {"a": [{"NS": ["x"]}]}})).unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Validation, Some("PutItem")));
    assert!(error.to_string().contains("input.Item[\"a\"][0].NS[0]: expected a decimal number"), "{error}");
    assert_eq!(script.sent().len(), 0);
    let error = table.call("get_item", json!({"Key": {"id": 1}})).unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Response, Some("GetItem")));
    assert!(error.to_string().contains("output.Item[\"b\"]: expected an attribute value"), "{error}");
}

#[test]
fn the_resource_has_native_values_and_a_raw_client() {
    let (table, script) = table_resource(vec![json!({"Items": [{"n": {"N": "1"}}]})]);
    let query = json!({"KeyConditionExpression": key("id").eq("a"), "FilterExpression": attr("n").gt(0)});
    let output = table.action("query", query).unwrap().into_value().unwrap();
    assert_eq!(output["Items"], json!([{"n": 1}]));
    let sent = &bodies(&script)[0];
    assert_eq!(sent["TableName"], "users");
    assert_eq!(
        (&sent["FilterExpression"], &sent["KeyConditionExpression"]),
        (&json!("#n0 > :v0"), &json!("#n1 = :v1"))
    );
    assert_eq!(sent["ExpressionAttributeValues"], json!({":v0": {"N": "0"}, ":v1": {"S": "a"}}));
    let raw = table.client().call("scan", json!({"TableName": "users"})).unwrap();
    assert_eq!(raw["Items"], json!([{"n": {"N": "1"}}]));
    let error = table.action("batch_writer", ()).unwrap_err();
    assert!(error.to_string().contains("use `.client().table(name).batch_writer()`"), "{error}");
}

#[test]
fn tables_and_conditions_can_be_shared_by_threads() {
    fn is_shared<T: Clone + Send + Sync + 'static>() {}
    is_shared::<tucuxi::dynamodb::Table>();
    is_shared::<tucuxi::dynamodb::NativeView>();
    is_shared::<tucuxi::dynamodb::Condition>();
}

#[test]
fn an_item_in_an_error_can_be_read() {
    let error = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException", "message": "no",
        "Item": {"id": {"S": "a"}, "logins": {"N": "3"}, "nick": {"NULL": true}},
    });
    let script = Script::new(vec![ScriptedResponse::new(400, error)]);
    let session = session::session("us-east-1").transport(script).build().unwrap();
    let users = session.client("dynamodb").unwrap().table("users");
    let params = json!({"Item": user("a", 1), "ReturnValuesOnConditionCheckFailure": "ALL_OLD"});
    let error = users.call("put_item", params).unwrap_err();
    let item = error.service().unwrap().body()["Item"].clone();
    assert_eq!(from_item::<User>(item).unwrap(), user("a", 3));
}

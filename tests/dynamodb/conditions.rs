//! Conditions.

use std::collections::BTreeMap;
use std::{env, fs};

use serde_json::{Value, json};
use tucuxi::ErrorKind;
use tucuxi::dynamodb::{Condition, Operand, attr, key};

use crate::{bodies, table};

/// A condition of `conditions.json`, made with the public methods.
fn condition(given: &Value) -> Condition {
    let parts = given.as_array().unwrap();
    let operand = |index: usize| operand(&parts[index]);
    match parts[0].as_str().unwrap() {
        "and" => condition(&parts[1]) & condition(&parts[2]),
        "or" => condition(&parts[1]) | condition(&parts[2]),
        "not" => !condition(&parts[1]),
        method => {
            let (kind, name) = parts[1].as_object().unwrap().iter().next().unwrap();
            let name = name.as_str().unwrap();
            macro_rules! common {
                ($subject:expr, $other:expr) => {
                    match method {
                        "eq" => $subject.eq(operand(2)),
                        "lt" => $subject.lt(operand(2)),
                        "lte" => $subject.lte(operand(2)),
                        "gt" => $subject.gt(operand(2)),
                        "gte" => $subject.gte(operand(2)),
                        "begins_with" => $subject.begins_with(operand(2)),
                        "between" => $subject.between(operand(2), operand(3)),
                        _ => $other,
                    }
                };
            }
            match kind.as_str() {
                "key" => common!(key(name), unreachable!()),
                "size" => common!(attr(name).size(), unreachable!()),
                _ => common!(
                    attr(name),
                    match method {
                        "ne" => attr(name).ne(operand(2)),
                        "is_in" => attr(name).is_in(parts[2]["values"].as_array().unwrap().clone()),
                        "exists" => attr(name).exists(),
                        "not_exists" => attr(name).not_exists(),
                        "contains" => attr(name).contains(operand(2)),
                        "attribute_type" => attr(name).attribute_type(operand(2)),
                        other => panic!("{other}"),
                    }
                ),
            }
        }
    }
}

fn operand(given: &Value) -> Operand {
    let (kind, value) = given.as_object().unwrap().iter().next().unwrap();
    match (kind.as_str(), value.as_str()) {
        ("attr", Some(name)) => attr(name).into(),
        ("size", Some(name)) => attr(name).size().into(),
        _ => value.clone().into(),
    }
}

#[test]
fn conditions_are_those_of_boto3() {
    let stored = include_str!("../data/dynamodb/conditions.json").to_owned();
    let cases = env::var_os("TUCUXI_CONDITIONS").map_or(stored, |path| fs::read_to_string(path).unwrap());
    let cases: Vec<Value> = serde_json::from_str(&cases).unwrap();
    assert!(cases.len() >= 400);
    for case in cases {
        let (table, script) = table(vec![json!({})]);
        let mut params = case["given"].clone();
        for (name, value) in params.as_object_mut().unwrap() {
            if name.ends_with("Expression") && value.is_array() {
                *value = condition(value).into();
            }
        }
        table.call("query", params).unwrap();
        let mut sent = bodies(&script).remove(0);
        sent.as_object_mut().unwrap().remove("TableName");
        let in_order = |value: &Value| {
            let members: BTreeMap<_, _> = value.as_object().unwrap().iter().collect();
            serde_json::to_string(&members).unwrap()
        };
        assert_eq!(in_order(&sent), in_order(&case["expected"]), "{}", case["given"]);
    }
}

#[test]
fn conditions_are_written_where_they_are() {
    let (table, script) = table(vec![json!({})]);
    table
        .call(
            "transact_write_items",
            json!({"TransactItems": [
                {"Put": {"TableName": "a", "Item": {"id": 1}, "ConditionExpression": attr("id").not_exists()}},
                {"Delete": {"TableName": "a", "Key": {"id": 2}, "ConditionExpression": attr("n").eq(5)}},
                {"Delete": {"TableName": "a", "Key": {"id": 3}, "ConditionExpression": "n > 5"}},
            ]}),
        )
        .unwrap();
    let expected = json!({"TransactItems": [
        {"Put": {
            "TableName": "a", "Item": {"id": {"N": "1"}}, "ConditionExpression": "attribute_not_exists(#n0)",
            "ExpressionAttributeNames": {"#n0": "id"},
        }},
        {"Delete": {
            "TableName": "a", "Key": {"id": {"N": "2"}}, "ConditionExpression": "#n0 = :v0",
            "ExpressionAttributeNames": {"#n0": "n"}, "ExpressionAttributeValues": {":v0": {"N": "5"}},
        }},
        {"Delete": {"TableName": "a", "Key": {"id": {"N": "3"}}, "ConditionExpression": "n > 5"}},
    ]});
    let mut sent = bodies(&script).remove(0);
    sent.as_object_mut().unwrap().remove("ClientRequestToken");
    assert_eq!(sent, expected);
}

#[test]
fn wrong_conditions_are_refused_before_anything_is_sent() {
    let (table, script) = table(vec![json!({})]);
    let many = (0..600).fold(attr("a").exists(), |all, _| all & attr("a").exists());
    let names = json!({"FilterExpression": attr("a").eq(1), "ExpressionAttributeNames": ["a"]});
    for (params, expected) in [
        (
            json!({"KeyConditionExpression": attr("a").eq(1)}),
            "input.KeyConditionExpression: the condition has `attr(\"a\")`",
        ),
        (json!({"KeyConditionExpression": key("a").eq(attr("b").size())}), "the condition has `attr(\"b\")`"),
        (
            json!({"FilterExpression": {"a": 1}}),
            "input.FilterExpression: expected a condition of `key(..)` or `attr(..)`, or a string",
        ),
        (json!({"FilterExpression": {"$condition": ["=", {"value": 1}]}}), "expected a condition"),
        (json!({"FilterExpression": {"$condition": ["; DROP", {"attr": "a"}, {"value": 1}]}}), "expected a condition"),
        (json!({"FilterExpression": attr("[0]").exists()}), "the attribute name \"[0]\" has no name in it"),
        (json!({"FilterExpression": many}), "nested more than 512 levels deep"),
        (names, "input.ExpressionAttributeNames: expected an object, found array"),
    ] {
        let error = table.call("query", params).unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Validation, Some("Query")));
        assert!(error.to_string().contains(expected), "{error}");
    }
    assert_eq!(script.sent().len(), 0);
    // A value of an item that looks like a part of a condition is a value.
    table.call("query", json!({"FilterExpression": attr("a").eq(json!({"attr": "secret"}))})).unwrap();
    let sent = bodies(&script).remove(0);
    assert_eq!(sent["ExpressionAttributeValues"], json!({":v0": {"M": {"attr": {"S": "secret"}}}}));
}

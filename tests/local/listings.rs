//! Paginators over listings of thousands of entries. boto3 resumes a listing of this crate, and this crate one of boto3.

use std::path::Path;
use std::process::Command;
use std::thread;

use serde_json::{Value, json};
use tucuxi::{Credentials, Paginator, blob};

use crate::server::{S3S_CREDENTIALS, Server};
use crate::support::{call, client, session_of};

pub(crate) fn s3(server: &Server) {
    const COUNT: usize = 2500;
    let s3 = session_of(server, Credentials::new(S3S_CREDENTIALS.0, S3S_CREDENTIALS.1))
        .build()
        .unwrap()
        .client("s3")
        .unwrap();
    call(&s3, "create_bucket", json!({"Bucket": "listed"}));
    // Without `+` and `%`: this server does not encode them although its response says so.
    let key = |n: usize| format!("key {n:04} é&<>");
    in_four_threads(COUNT, |n| drop(call(&s3, "put_object", json!({"Bucket": "listed", "Key": key(n)}))));
    let all: Vec<String> = (0..COUNT).map(key).collect();

    let listing = || s3.get_paginator("list_objects_v2").unwrap();
    let params = json!({"Bucket": "listed"});
    for (paginator, expected) in [(listing(), 3), (listing().page_size(400), 7), (listing().page_size(500), 5)] {
        let pages: Vec<Value> = paginator.paginate(params.clone()).map(Result::unwrap).collect();
        assert_eq!(pages.len(), expected);
        let found: Vec<Value> = pages.iter().flat_map(|page| page["Contents"].as_array().unwrap().clone()).collect();
        assert!(
            keys(&found, "Key") == all,
            "{} keys, {:?}",
            found.len(),
            keys(&found, "Key").iter().zip(&all).find(|(a, b)| a != b)
        );
    }
    let found: Vec<Value> =
        listing().paginate(params.clone()).search("Contents[].Key").unwrap().map(Result::unwrap).collect();
    assert!(found == all, "{} keys", found.len());

    let resumed = |paginator: &Paginator, most| in_parts(paginator, &params, most, "Contents", "Key");
    for most in [1, 400, 1001, 2500] {
        // A few parts of one item are enough.
        let parts = resumed(&listing().page_size(400), most);
        let expected = if most == 1 { &all[..FEW] } else { &all[..] };
        assert!(parts == expected, "{} keys in parts of {most}", parts.len());
    }
    // The older listing returns a next marker only with a delimiter; otherwise the paginator's expression takes the last key.
    let older = s3.get_paginator("list_objects").unwrap().page_size(700);
    let found: Vec<Value> = older.paginate(params.clone()).items().map(Result::unwrap).collect();
    assert!(keys(&found, "Key") == all, "{} keys", found.len());

    let whole = listing().max_items(1234).page_size(400).paginate(params.clone()).build_full_result().unwrap();
    assert_eq!(whole["Contents"].as_array().unwrap().len(), 1234);
    assert_eq!(whole["Name"], Value::Null, "{}", whole["Name"]);
    let token = whole["NextToken"].as_str().unwrap();
    let boto = Boto { server, keys: S3S_CREDENTIALS, service: "s3", operation: "list_objects_v2" };
    let config =
        json!({"Bucket": "listed", "PaginationConfig": {"PageSize": 400, "MaxItems": 500, "StartingToken": token}});
    let theirs = boto.build_full_result(&config);
    assert!(keys(theirs["Contents"].as_array().unwrap(), "Key") == all[1234..1734], "{theirs}");
    let rest = listing().starting_token(theirs["NextToken"].as_str().unwrap());
    let rest = rest.paginate(params).build_full_result().unwrap();
    assert!(keys(rest["Contents"].as_array().unwrap(), "Key") == all[1734..]);
    println!("s3: {COUNT} keys in pages and in parts, the middle one by boto3");
}

pub(crate) fn dynamodb(server: &Server) {
    const COUNT: usize = 3000;
    let dynamodb = client(server, "dynamodb");
    let table = "listed";
    call(
        &dynamodb,
        "create_table",
        json!({
            "TableName": table, "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
            "AttributeDefinitions": [
                {"AttributeName": "id", "AttributeType": "S"}, {"AttributeName": "at", "AttributeType": "B"}
            ],
        }),
    );
    // Bytes that are not UTF-8, in ascending order.
    let at = |n: usize| blob([0xFF, (n >> 8) as u8, n as u8]);
    let item = |n: usize| json!({"id": {"S": "é"}, "at": {"B": at(n)}, "n": {"N": n.to_string()}});
    in_four_threads(COUNT / 25, |batch| {
        let requests: Vec<Value> =
            (batch * 25..batch * 25 + 25).map(|n| json!({"PutRequest": {"Item": item(n)}})).collect();
        call(&dynamodb, "batch_write_item", json!({"RequestItems": {table: requests}}));
    });
    let all: Vec<String> = (0..COUNT).map(|n| at(n).as_str().unwrap().to_owned()).collect();

    let listing = || dynamodb.get_paginator("query").unwrap();
    let params = json!({
        "TableName": table, "KeyConditionExpression": "id = :id", "ExpressionAttributeValues": {":id": {"S": "é"}},
    });
    let whole = listing().page_size(700).paginate(params.clone()).build_full_result().unwrap();
    assert!(keys(whole["Items"].as_array().unwrap(), "at") == all);
    assert_eq!((&whole["Count"], &whole["ScannedCount"]), (&json!(COUNT), &json!(COUNT)), "numbers are added");
    for most in [1, 699, 700, 701, 1400, 3000] {
        let parts = in_parts(&listing().page_size(700), &params, most, "Items", "at");
        let expected = if most == 1 { &all[..FEW] } else { &all[..] };
        assert!(parts == expected, "{} items in parts of {most}", parts.len());
    }

    let first = listing().max_items(1000).page_size(300).paginate(params.clone()).build_full_result().unwrap();
    let boto = Boto { server, keys: ("AKIDEXAMPLE", "secret"), service: "dynamodb", operation: "query" };
    let mut config = params.clone();
    config["PaginationConfig"] = json!({"PageSize": 300, "MaxItems": 1100, "StartingToken": first["NextToken"]});
    let theirs = boto.build_full_result(&config);
    assert!(keys(theirs["Items"].as_array().unwrap(), "at") == all[1000..2100], "boto3 reads the bytes in the token");
    let rest = listing().starting_token(theirs["NextToken"].as_str().unwrap());
    let rest: Vec<Value> = rest.paginate(params).items().map(Result::unwrap).collect();
    assert!(keys(&rest, "at") == all[2100..], "boto3's bytes are read here");
    println!("dynamodb: {COUNT} items by keys of bytes in pages and in parts, the middle one by boto3");
}

/// The number of parts of one item.
const FEW: usize = 10;

/// The whole listing (or [`FEW`] parts of one item) in parts of `most` items, each with the token of the part before. Parts end
/// alternately at the limit and by dropping the iterator.
fn in_parts(paginator: &Paginator, params: &Value, most: usize, list: &str, member: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut token = None;
    for part in 0.. {
        let mut paginator = paginator.clone();
        if let Some(token) = token.take() {
            paginator = paginator.starting_token(token);
        }
        token = if part % 2 == 0 {
            let whole = paginator.max_items(most).paginate(params.clone()).build_full_result().unwrap();
            found.extend(keys(whole[list].as_array().unwrap(), member));
            whole.get("NextToken").map(|token| token.as_str().unwrap().to_owned())
        } else {
            let mut items = paginator.paginate(params.clone()).items();
            let part: Vec<Value> = items.by_ref().take(most).map(Result::unwrap).collect();
            found.extend(keys(&part, member));
            items.resume_token()
        };
        if token.is_none() || most == 1 && part + 1 == FEW {
            break;
        }
    }
    found
}

/// One member of all items: text, or bytes in an attribute of DynamoDB.
fn keys(items: &[Value], member: &str) -> Vec<String> {
    let text = |item: &Value| item[member].as_str().or(item[member]["B"].as_str()).unwrap().to_owned();
    items.iter().map(text).collect()
}

fn in_four_threads(count: usize, run: impl Fn(usize) + Sync) {
    thread::scope(|scope| {
        for start in 0..4 {
            let run = &run;
            scope.spawn(move || (start..count).step_by(4).for_each(run));
        }
    });
}

/// boto3 from the servers' virtual environment.
struct Boto<'s> {
    server: &'s Server,
    keys: (&'s str, &'s str),
    service: &'s str,
    operation: &'s str,
}

const SCRIPT: &str = r#"
import base64, boto3, json, sys
url, key, secret, service, operation, params = sys.argv[1:]
client = boto3.client(
    service, endpoint_url=url, region_name="us-east-1", aws_access_key_id=key, aws_secret_access_key=secret)
result = client.get_paginator(operation).paginate(**json.loads(params)).build_full_result()
plain = lambda value: base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
print(json.dumps(result, default=plain))
"#;

impl Boto<'_> {
    fn build_full_result(&self, params: &Value) -> Value {
        let python = Path::new(env!("CARGO_MANIFEST_DIR")).join(".venv-servers/bin/python");
        let (key, secret) = self.keys;
        let mut command = Command::new(python);
        command.env_clear().args(["-c", SCRIPT, &self.server.url, key, secret, self.service, self.operation]);
        let output = command.arg(params.to_string()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

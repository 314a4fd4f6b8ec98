//! S3 Select against hadro.

use std::fs;

use serde_json::{Value, json};
use tucuxi::{Client, Credentials, bytes};

use crate::server::{S3S_CREDENTIALS, Server};
use crate::support::{call, expect_service_error, session_of};

fn s3(server: &Server) -> Client {
    let session = session_of(server, Credentials::new(S3S_CREDENTIALS.0, S3S_CREDENTIALS.1));
    session.build().unwrap().client("s3").unwrap()
}

/// Writes an object to the server's folder; the server has no uploads.
fn put(server: &Server, bucket: &str, key: &str, content: &str) {
    let folder = server.folder.join("data").join(bucket);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(key), content).unwrap();
}

fn query(bucket: &str, expression: &str) -> Value {
    json!({"Bucket": bucket, "Key": "people.csv", "ExpressionType": "SQL", "Expression": expression,
           "InputSerialization": {"CSV": {"FileHeaderInfo": "USE"}}, "OutputSerialization": {"JSON": {}}})
}

/// The concatenated records of all events.
fn records(events: &[Value]) -> Vec<u8> {
    let payloads = events.iter().filter_map(|event| event.get("Records"));
    payloads.flat_map(|records| bytes(&records["Payload"]).unwrap()).collect()
}

pub(crate) fn select(server: &Server) {
    let rows: String = (0..20_000).map(|n| format!("name {n},{n}\n")).collect();
    put(server, "select", "people.csv", &format!("name,age\n{rows}"));
    let s3 = s3(server);
    let ask = query("select", "SELECT * FROM S3Object s WHERE s.age >= 10000");
    let response = s3.request("select_object_content").params(ask.clone()).send().unwrap();
    assert_eq!((response.value, response.metadata.status), (json!({}), 200));
    let events: Vec<Value> = response.events.unwrap().map(|event| event.unwrap()).collect();
    let text = String::from_utf8(records(&events)).unwrap();
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        (rows.len(), &rows[0]["name"], &rows[9_999]["name"]),
        (10_000, &json!("name 10000"), &json!("name 19999"))
    );
    let stats = events.iter().find_map(|event| event.get("Stats")).unwrap();
    assert!(stats["Details"]["BytesReturned"].as_u64().unwrap() == text.len() as u64, "{stats}");
    assert_eq!(events.last(), Some(&json!({"End": {}})));

    let whole = call(&s3, "select_object_content", ask);
    assert_eq!(records(whole["Payload"].as_array().unwrap()), text.as_bytes());
    println!("s3: {} events, {} bytes of records, then {stats}", events.len(), text.len());
}

pub(crate) fn query_errors(server: &Server) {
    put(server, "refused", "people.csv", "name,age\na,1\n");
    let s3 = s3(server);
    let request = |ask: Value| s3.request("select_object_content").params(ask).send();
    let mut absent = query("refused", "SELECT * FROM S3Object");
    absent["Key"] = json!("absent");
    expect_service_error(request(absent), "NoSuchKey");
    let error = expect_service_error(request(query("refused", "SELEKT")), "ParseUnexpectedToken");
    let session = session_of(server, Credentials::new(S3S_CREDENTIALS.0, "another secret"));
    let stranger = session.build().unwrap().client("s3").unwrap();
    let unsigned = stranger.call("select_object_content", query("refused", "SELECT * FROM S3Object"));
    expect_service_error(unsigned, "SignatureDoesNotMatch");
    println!("s3: an invalid query is {error}");
}

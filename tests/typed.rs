//! Calls with types of the caller on both sides, over all protocols.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use http::Response;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tucuxi::{Body, Client, Credentials, ErrorKind, Session};

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    text: String,
    count: u8,
    ratio: f64,
    flag: bool,
    #[serde(with = "tucuxi::serde::rfc3339")]
    time: SystemTime,
    #[serde(with = "tucuxi::serde::bytes")]
    blob: Vec<u8>,
    list: Vec<String>,
    choice: Choice,
    color: Color,
    absent: Option<String>,
    #[serde(default, with = "tucuxi::serde::timestamp_seconds")]
    never: Option<SystemTime>,
}

#[derive(Debug, PartialEq, Deserialize)]
enum Choice {
    Left(String),
    Right(u32),
    #[serde(other)]
    Other,
}

#[derive(Debug, PartialEq, Deserialize)]
enum Color {
    #[serde(rename = "red")]
    Red,
    #[serde(other)]
    New,
}

fn client(protocol: &str) -> Client {
    let member = |shape: &str| json!({"shape": shape});
    let names =
        ["Text", "Count", "Ratio", "Flag", "Time", "Blob", "List", "Choice", "Color", "Absent", "Never", "Unread"];
    let shapes = ["Text", "Count", "Ratio", "Flag", "Time", "Blob", "List", "Choice", "Text", "Text", "Time", "List"];
    let members: BTreeMap<&str, Value> = names.into_iter().zip(shapes.map(member)).collect();
    let mut model = json!({
        "version": "2.0",
        "metadata": {
            "apiVersion": "2020-01-01", "endpointPrefix": "typed", "jsonVersion": "1.1", "protocol": protocol, "protocols": [protocol],
            "serviceFullName": "Typed", "serviceId": "Typed", "signatureVersion": "v4", "targetPrefix": "Typed", "uid": "typed",
            "xmlNamespace": "https://typed.example/"
        },
        "operations": {"Ask": {
            "name": "Ask", "http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "Answer"}, "output": {"shape": "Answer"}
        }},
        "shapes": {
            "Answer": {"type": "structure", "members": members},
            "Choice": {"type": "structure", "union": true, "members": {"Left": {"shape": "Text"}, "Right": {"shape": "Count"}}},
            "List": {"type": "list", "member": {"shape": "Text"}},
            "Text": {"type": "string"}, "Count": {"type": "long"}, "Ratio": {"type": "double"}, "Flag": {"type": "boolean"},
            "Time": {"type": "timestamp"}, "Blob": {"type": "blob"}
        }
    });
    if protocol == "query" {
        model["operations"]["Ask"]["output"]["resultWrapper"] = json!("AskResult");
    }
    let session = Session::builder().region("eu-west-1").credentials(Credentials::new("AKID", "secret"));
    let session = session.endpoint_url("https://typed.example").model("typed", model).build().unwrap();
    session.client("typed").unwrap()
}

const PROTOCOLS: [&str; 6] = ["json", "rest-json", "rest-xml", "smithy-rpc-v2-cbor", "query", "ec2"];

/// The body of a response with members of scalars, lists of text, and unions.
fn body(protocol: &str, members: &Value) -> Vec<u8> {
    match protocol {
        "json" | "rest-json" => members.to_string().into_bytes(),
        "smithy-rpc-v2-cbor" => {
            let mut out = Vec::new();
            cbor(&mut out, members);
            out
        }
        "query" => format!("<AskResponse><AskResult>{}</AskResult></AskResponse>", xml(members)).into_bytes(),
        "ec2" => format!("<AskResponse>{}</AskResponse>", xml(members)).into_bytes(),
        _ => format!("<Answer>{}</Answer>", xml(members)).into_bytes(),
    }
}

fn xml(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            members.iter().map(|(name, value)| format!("<{name}>{}</{name}>", xml(value))).collect()
        }
        Value::Array(items) => items.iter().map(|item| format!("<member>{}</member>", xml(item))).collect(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn cbor(out: &mut Vec<u8>, value: &Value) {
    let head = |out: &mut Vec<u8>, kind: u8, count: usize| {
        out.push(kind << 5 | 27);
        out.extend((count as u64).to_be_bytes());
    };
    match value {
        Value::Object(members) => {
            head(out, 5, members.len());
            for (name, value) in members {
                cbor(out, &json!(name));
                cbor(out, value);
            }
        }
        Value::Array(items) => {
            head(out, 4, items.len());
            items.iter().for_each(|item| cbor(out, item));
        }
        Value::String(text) => {
            head(out, 3, text.len());
            out.extend(text.bytes());
        }
        Value::Bool(value) => out.push(if *value { 0xf5 } else { 0xf4 }),
        Value::Number(number) if number.is_f64() => {
            out.push(0xfb);
            out.extend(number.as_f64().unwrap().to_be_bytes());
        }
        Value::Number(number) => head(out, 0, number.as_u64().unwrap() as usize),
        Value::Null => out.push(0xf6),
    }
}

fn ask<T: serde::de::DeserializeOwned>(protocol: &str, members: &Value) -> tucuxi::Result<T> {
    let response = Response::builder().status(200).body(Body::from(body(protocol, members))).unwrap();
    client(protocol).parse_response_as("ask", response).map(|output| output.value)
}

fn full() -> Value {
    json!({
        "Text": "caf\u{e9} \"a\" \\ b", "Count": 200, "Ratio": 0.5, "Flag": true, "Time": "2015-01-25T08:00:12Z", "Blob": "aGVsbG8=",
        "Unread": ["x", "y"], "New": "z", "List": ["a", "b"], "Choice": {"Right": 7}, "Color": "red"
    })
}

#[test]
fn structs_come_out_of_all_protocols() {
    for protocol in PROTOCOLS {
        let expected = Answer {
            text: "caf\u{e9} \"a\" \\ b".to_owned(),
            count: 200,
            ratio: 0.5,
            flag: true,
            time: SystemTime::UNIX_EPOCH + Duration::from_secs(1_422_172_812),
            blob: b"hello".to_vec(),
            list: vec!["a".to_owned(), "b".to_owned()],
            choice: Choice::Right(7),
            color: Color::Red,
            absent: None,
            never: None,
        };
        assert_eq!(ask::<Answer>(protocol, &full()).unwrap(), expected, "{protocol}");
    }
}

#[test]
fn unknown_variants_are_the_catch_all() {
    for protocol in PROTOCOLS {
        let mut members = full();
        (members["Choice"], members["Color"]) = (json!({"Newer": "x"}), json!("mauve"));
        let answer = ask::<Answer>(protocol, &members).unwrap();
        assert_eq!((answer.choice, answer.color), (Choice::Other, Color::New), "{protocol}");
    }
}

#[test]
fn errors_name_service_operation_path_and_both_types() {
    for protocol in PROTOCOLS {
        for (name, sent, fault) in [
            ("Count", json!(300), "Count: expected u8, found 300"),
            ("Choice", json!({"Right": 5_000_000_000_u64}), "Choice.Right: expected u32, found 5000000000"),
            ("Text", json!(null), "the member \"Text\" is missing"),
            ("Time", json!("soon"), "Time: expected a time, found \"soon\""),
        ] {
            let mut members = full();
            if sent.is_null() {
                members.as_object_mut().unwrap().remove(name);
            } else {
                members[name] = sent;
            }
            let error = ask::<Answer>(protocol, &members).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Response);
            assert!(error.to_string().contains(fault), "{protocol}: {error}");
            assert!(error.to_string().contains("typed Ask"), "{protocol}: {error}");
        }
    }
}

/// A value and a type see the same, whatever came.
#[test]
fn values_are_equal_whichever_way_they_are_read() {
    let odd = [
        json!({"Count": "5", "Ratio": "NaN", "Flag": "True", "Time": 1_422_172_812, "Text": 5, "List": [null, "a"]}),
        json!({"Count": 5.7, "Ratio": 1e300, "Flag": "yes", "Time": "soon", "Text": true, "List": "none", "Choice": "x"}),
        json!({"Choice": {}, "Text": null, "Blob": "no base64!", "Count": u64::MAX, "List": []}),
        json!({"Choice": {"New": 1, "Right": null}, "Color": {"a": [1, null]}}),
        json!({}),
        json!([]),
        json!(null),
    ];
    for members in odd {
        for protocol in ["json", "rest-json", "smithy-rpc-v2-cbor"] {
            let response = || Response::builder().status(200).body(Body::from(body(protocol, &members))).unwrap();
            let value = client(protocol).parse_response("ask", response()).map(|output| output.value);
            let typed = client(protocol).parse_response_as::<Value>("ask", response()).map(|output| output.value);
            let shown = |result: tucuxi::Result<Value>| result.map_err(|error| error.to_string());
            assert_eq!(shown(value), shown(typed), "{protocol} {members}");
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Question<'a> {
    text: &'a str,
    count: Option<u64>,
    absent: Option<&'a str>,
    #[serde(with = "tucuxi::serde::bytes")]
    blob: Vec<u8>,
    #[serde(with = "tucuxi::serde::timestamp_seconds")]
    time: SystemTime,
    ratio: f64,
}

#[test]
fn parameters_are_structs_too_and_validated_like_values() {
    let client = client("json");
    let question = Question {
        text: "a",
        count: Some(u64::MAX / 4),
        absent: None,
        blob: b"hello".to_vec(),
        time: SystemTime::UNIX_EPOCH + Duration::from_secs(5),
        ratio: f64::INFINITY,
    };
    let request = client.request("ask").params_from(&question).unwrap().prepare().unwrap();
    let sent = String::from_utf8(request.into_body().into_bytes().unwrap()).unwrap();
    let expected = r#"{"Text": "a", "Count": 4611686018427387903, "Blob": "aGVsbG8=", "Time": 5, "Ratio": "Infinity"}"#;
    assert_eq!(sent, expected);

    let wrong = BTreeMap::from([("Text", 5), ("Flag", 6)]);
    let error = client.call_as::<()>("ask", &wrong).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(error.to_string().contains("Text") && error.to_string().contains("Flag"), "{error}");
    let error = client.call_as::<()>("ask", BTreeMap::from([(1, 2)])).unwrap_err();
    assert!(error.to_string().contains("expected text as the key of a map"), "{error}");
}

/// `Events` of S3's notifications, and the older `Event`, are both read from elements `Event`.
#[test]
fn of_members_with_one_name_the_list_has_all_elements() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Queue {
        event: Option<String>,
        events: Vec<String>,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Notification {
        queue_configuration: Queue,
    }
    let session =
        Session::builder().region("us-east-1").credentials(Credentials::new("AKID", "secret")).build().unwrap();
    let s3 = session.client("s3").unwrap();
    let layouts = [
        "<Id>q</Id><Event>a</Event><Event>b</Event><Queue>arn</Queue>",
        "<Event>a</Event><Event>b</Event><Id>q</Id>",
        "<Event>a</Event><Queue>arn</Queue><Id>q</Id><Event>b</Event>",
    ];
    // The order of an earlier response is only a hint.
    for members in layouts.into_iter().chain(layouts) {
        let body = format!(
            "<NotificationConfiguration><QueueConfiguration>{members}</QueueConfiguration></NotificationConfiguration>"
        );
        let response = || Response::builder().status(200).body(Body::from(body.clone())).unwrap();
        let value = s3.parse_response("get_bucket_notification", response()).unwrap().value;
        let queue = &value["QueueConfiguration"];
        assert_eq!((&queue["Events"], &queue["Event"]), (&json!(["a", "b"]), &Value::Null), "{members}");
        let typed = s3.parse_response_as::<Notification>("get_bucket_notification", response()).unwrap().value;
        let expected = Queue { event: None, events: vec!["a".to_owned(), "b".to_owned()] };
        assert_eq!(typed.queue_configuration, expected, "{members}");
    }
}

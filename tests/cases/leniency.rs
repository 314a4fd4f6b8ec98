//! The policy for values that do not have their modeled type: the same cases in all protocols, through
//! `parse_response`.

use std::sync::Arc;

use http::Response;
use serde_json::{Value, json};
use tucuxi::{Body, Client, Credentials, Session};

use crate::support::suite::{Suite, cases, tests};

const PROTOCOLS: [&str; 6] = ["json", "rest-json", "smithy-rpc-v2-cbor", "rest-xml", "query", "ec2"];
const VALUES: &str = "leniency/values.json";

pub(crate) fn suite() -> Suite {
    let mut suite = Suite::new("leniency").at_least(360).tests(&tests![
        headers_are_read_by_the_same_policy,
        invalid_characters_do_not_fail_the_response,
        invalid_characters_do_not_hide_the_error_code,
    ]);
    for protocol in PROTOCOLS {
        let client = Arc::new(client(protocol));
        for case in cases(VALUES) {
            let Some(body) = body(protocol, &case) else { continue };
            let name = format!("{} ({protocol})", case["rule"].as_str().unwrap());
            let client = Arc::clone(&client);
            suite = suite.case(VALUES, &name, move || is_read_by_the_policy(&client, protocol, body, &case));
        }
    }
    suite
}

/// A model with one operation. Its output has a member of each kind, and the scalars a second time in headers.
fn model(protocol: &str) -> Value {
    let mut members = json!({
        "Text": {"shape": "Text"}, "Count": {"shape": "Count"}, "Ratio": {"shape": "Ratio"}, "Flag": {"shape": "Flag"},
        "Time": {"shape": "Time"}, "Date": {"shape": "Date"}, "Day": {"shape": "Day"}, "Data": {"shape": "Data"},
        "List": {"shape": "List"}, "Map": {"shape": "Map"}, "Trees": {"shape": "Trees"}, "Tree": {"shape": "Tree"},
        "Choice": {"shape": "Choice"}, "Document": {"shape": "Document"}, "Kept": {"shape": "Text"}
    });
    if protocol.starts_with("rest") {
        for name in ["Text", "Count", "Ratio", "Flag", "Time", "Date", "Day", "Data"] {
            members[format!("{name}InHeader")] =
                json!({"shape": name, "location": "header", "locationName": format!("x-{name}")});
        }
        members["Policy"] = json!({"shape": "Json", "location": "header", "locationName": "x-policy"});
    }
    json!({
        "metadata": {
            "protocol": protocol, "protocols": [protocol], "endpointPrefix": "things", "signatureVersion": "v4",
            "serviceId": "Things", "targetPrefix": "Things", "jsonVersion": "1.0", "apiVersion": "2020-01-01"
        },
        "operations": {"Do": {
            "name": "Do", "http": {"method": "POST", "requestUri": "/"},
            "output": {"shape": "Output", "resultWrapper": "DoResult"}, "errors": [{"shape": "Broken"}]
        }},
        "shapes": {
            "Output": {"type": "structure", "members": members},
            "Broken": {"type": "structure", "exception": true, "members": {"message": {"shape": "Text"}}},
            "Tree": {"type": "structure", "members": {"Tree": {"shape": "Tree"}, "Text": {"shape": "Text"}}},
            "List": {"type": "list", "member": {"shape": "Count"}},
            "Map": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Count"}},
            "Trees": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Tree"}},
            "Choice": {"type": "structure", "union": true, "members": {"Left": {"shape": "Text"}, "Right": {"shape": "Text"}}},
            "Document": {"type": "structure", "document": true, "members": {}},
            "Text": {"type": "string"}, "Json": {"type": "string", "jsonvalue": true}, "Count": {"type": "long"},
            "Ratio": {"type": "double"}, "Flag": {"type": "boolean"}, "Time": {"type": "timestamp"},
            "Date": {"type": "timestamp", "timestampFormat": "rfc822"},
            "Day": {"type": "timestamp", "timestampFormat": "iso8601"}, "Data": {"type": "blob"}
        }
    })
}

fn client(protocol: &str) -> Client {
    let session = Session::builder()
        .region("eu-west-1")
        .credentials(Credentials::new("AKIDEXAMPLE", "SECRET"))
        .model("things", model(protocol))
        .endpoint_url("https://things.example");
    session.build().unwrap().client("things").unwrap()
}

fn read(client: &Client, headers: &[(&str, &str)], body: Vec<u8>) -> tucuxi::Result<Value> {
    let response = headers.iter().fold(Response::builder(), |response, (name, value)| response.header(*name, *value));
    client.parse_response("Do", response.body(Body::from(body)).unwrap()).map(|output| output.value)
}

/// A body with that member, followed by another one, which must not be lost.
fn body(protocol: &str, case: &Value) -> Option<Vec<u8>> {
    let member = case["member"].as_str().unwrap();
    let text = case["json"].as_str().unwrap();
    Some(match protocol {
        "json" | "rest-json" => format!("{{\"{member}\": {text}, \"Kept\": \"kept\"}}").into_bytes(),
        "smithy-rpc-v2-cbor" => {
            let mut body = vec![0xa2];
            cbor(&json!(member), &mut body);
            match case["cbor"].as_str() {
                Some(bytes) => body.extend(unhex(bytes)),
                None => cbor(&serde_json::from_str(text).unwrap(), &mut body),
            }
            cbor(&json!("Kept"), &mut body);
            cbor(&json!("kept"), &mut body);
            body
        }
        _ => {
            let content = match (case.get("xml"), text.strip_prefix('"')) {
                (Some(Value::Null), _) => return None,
                (Some(content), _) => content.as_str().unwrap().to_owned(),
                (None, Some(_)) => serde_json::from_str::<String>(text).unwrap(),
                (None, None) => text.to_owned(),
            };
            let members = format!("<{member}>{content}</{member}><Kept>kept</Kept>");
            match protocol {
                "query" => format!("<DoResponse><DoResult>{members}</DoResult></DoResponse>"),
                _ => format!("<!DOCTYPE Output>\n<Output>{members}</Output>"),
            }
            .into_bytes()
        }
    })
}

fn cbor(value: &Value, out: &mut Vec<u8>) {
    let mut head = |kind: u8, argument: u64| {
        out.push(kind << 5 | 27);
        out.extend(argument.to_be_bytes());
    };
    match value {
        Value::Null => out.push(0xf6),
        Value::Bool(value) => out.push(0xf4 + u8::from(*value)),
        Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
            (Some(value), _, _) => head(0, value),
            (_, Some(value), _) => head(1, value.unsigned_abs() - 1),
            (_, _, value) => {
                out.push(0xfb);
                out.extend(value.unwrap().to_be_bytes());
            }
        },
        Value::String(text) => {
            head(3, text.len() as u64);
            out.extend(text.bytes());
        }
        Value::Array(items) => {
            head(4, items.len() as u64);
            items.iter().for_each(|item| cbor(item, out));
        }
        Value::Object(entries) => {
            head(5, entries.len() as u64);
            for (key, value) in entries {
                cbor(&json!(key), out);
                cbor(value, out);
            }
        }
    }
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// Values of another type are read alike in all protocols.
fn is_read_by_the_policy(client: &Client, protocol: &str, body: Vec<u8>, case: &Value) -> Result<(), String> {
    let special = match protocol {
        "json" | "rest-json" => None,
        "smithy-rpc-v2-cbor" => case.get("delivered_of_cbor"),
        _ => case.get("delivered_of_xml"),
    };
    let delivered = special.unwrap_or(&case["delivered"]);
    let mut expected = json!({"Kept": "kept"});
    let member = case["member"].as_str().unwrap();
    if !delivered.is_null() {
        expected[member] = delivered.clone();
    }
    match read(client, &[], body) {
        Ok(found) if found == expected => Ok(()),
        found => Err(format!("expected {expected}, found {found:?}")),
    }
}

fn headers_are_read_by_the_same_policy() {
    for protocol in ["rest-json", "rest-xml"] {
        let client = client(protocol);
        for case in cases(VALUES).iter().filter(|case| case["header"] == true) {
            let name = case["member"].as_str().unwrap();
            let text: String = serde_json::from_str(case["json"].as_str().unwrap()).unwrap();
            let found = read(&client, &[(&format!("x-{name}"), &text)], Vec::new()).unwrap();
            assert_eq!(found[format!("{name}InHeader")], case["delivered"], "{protocol}: {}", case["rule"]);
        }
        for (document, expected) in [
            (r#"{"a": "\ud83d", "b": NaN}"#, json!({"a": "\u{fffd}", "b": "NaN"})),
            (r#"{"a": 18446744073709551616}"#, json!({"a": "18446744073709551616"})),
        ] {
            let header = tucuxi::blob(document);
            let found = read(&client, &[("x-policy", header.as_str().unwrap())], Vec::new()).unwrap();
            assert_eq!(found["Policy"], expected, "{protocol}: {document}");
        }
        let found = read(&client, &[("x-policy", "no JSON")], Vec::new()).unwrap();
        assert_eq!(found["Policy"], "no JSON", "{protocol}");
    }
}

/// Invalid characters are replaced, and the rest of the response is read.
fn invalid_characters_do_not_fail_the_response() {
    for protocol in ["json", "rest-json"] {
        let client = client(protocol);
        let deep = |depth: usize| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        for (body, expected) in [
            (r#"{"Text": "a", "Unknown": ["\udc00", {"\ud83d": NaN}]}"#.to_owned(), json!({"Text": "a"})),
            (format!(r#"{{"Text": "a", "Unknown": {}}}"#, deep(100_000)), json!({"Text": "a"})),
            (
                r#"{"Document": {"\ud83d": [1e999, -Infinity, 123456789012345678901, -0]}}"#.to_owned(),
                json!({"Document": {"\u{fffd}": ["Infinity", "-Infinity", "123456789012345678901", 0]}}),
            ),
            (r#"{"Map": {"\ud83d": "1"}, "Text": "a"}"#.to_owned(), json!({"Map": {"\u{fffd}": 1}, "Text": "a"})),
            ("\u{feff}{\"Text\": \"one\ntwo\"} \n".to_owned(), json!({"Text": "one\ntwo"})),
        ] {
            assert_eq!(read(&client, &[], body.clone().into_bytes()).unwrap(), expected, "{protocol}: {body:.100}");
        }
        let found = read(&client, &[], b"{\"Text\": \"caf\xe9\", \"Count\": 1}".to_vec()).unwrap();
        assert_eq!(found, json!({"Text": "caf\u{fffd}", "Count": 1}), "{protocol}");
        // Up to Python's depth limit, and beyond.
        for depth in [127, 128, 500, 900] {
            let found = read(&client, &[], format!("{{\"Document\": {}}}", deep(depth)).into_bytes()).unwrap();
            assert_eq!(found["Document"].to_string(), deep(depth), "{protocol}");
        }
        let found = read(&client, &[], format!("{{\"Document\": {}, \"Count\": 1}}", deep(5000)).into_bytes()).unwrap();
        assert_eq!(found["Count"], 1, "{protocol}");
        for broken in [r#"{"Text": "\ud83d", "Count": "#, r#"{"Text": NaN"#, "{\"Text\": \"a\"} x", "{'Text': 1}"] {
            let error = read(&client, &[], broken.as_bytes().to_vec()).unwrap_err();
            assert_eq!(error.kind(), tucuxi::ErrorKind::Response, "{broken}");
            assert!(error.to_string().contains("line 1 column"), "{broken}: {error}");
        }
    }
    for protocol in ["rest-xml", "query", "ec2"] {
        let mut body = body(protocol, &json!({"member": "Text", "json": "\"caf?\""})).unwrap();
        let at = body.iter().position(|byte| *byte == b'?').unwrap();
        body[at] = 0xe9;
        let found = read(&client(protocol), &[], body).unwrap();
        assert_eq!(found, json!({"Text": "caf\u{fffd}", "Kept": "kept"}), "{protocol}");
    }
}

/// The error code decides whether the call is retried.
fn invalid_characters_do_not_hide_the_error_code() {
    let parse_error = |protocol: &str, body: &[u8]| {
        let response = Response::builder().status(400).body(Body::from(body.to_vec())).unwrap();
        let error = client(protocol).parse_response("Do", response).unwrap_err();
        let service = error.service().unwrap();
        (service.code().to_owned(), service.message().to_owned())
    };
    for protocol in ["json", "rest-json"] {
        for (body, message) in [
            (&br#"{"__type": "ThrottlingException", "message": "slow \ud83d"}"#[..], "slow \u{fffd}"),
            (br#"{"message": "slow", "limit": NaN, "__type": "x#ThrottlingException"}"#, "slow"),
            (b"{\"__type\": \"ThrottlingException\", \"message\": \"slo\xff\"}", "slo\u{fffd}"),
            (br#"{"__type": "ThrottlingException", "message": 503}"#, "503"),
            (br#"{"__type": "ThrottlingException", "Message": true}"#, "true"),
            (b"\xef\xbb\xbf{\"__type\": \"ThrottlingException\", \"message\": \"slow\"}", "slow"),
        ] {
            let expected = ("ThrottlingException".to_owned(), message.to_owned());
            assert_eq!(parse_error(protocol, body), expected, "{protocol}: {}", String::from_utf8_lossy(body));
        }
        // The name of a shape is never a number.
        assert_eq!(parse_error(protocol, br#"{"__type": 42, "message": "m"}"#), ("400".to_owned(), "m".to_owned()));
    }
    for protocol in ["query", "ec2", "rest-xml"] {
        let body = b"<!DOCTYPE ErrorResponse><ErrorResponse><Error><Code>Throttling</Code><Message>slo\xff</Message></Error></ErrorResponse>";
        assert_eq!(parse_error(protocol, body), ("Throttling".to_owned(), "slo\u{fffd}".to_owned()), "{protocol}");
    }
}

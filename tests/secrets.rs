//! Secrets are hidden: members that a model marks as sensitive, credentials, and secrets in configured URLs. Every
//! operation of some services of each protocol is prepared and called with a marker in each secret place. Then
//! everything that a program could print is searched for the marker in every encoding.

#![cfg(feature = "bundled-models")]
// Tests panic on unexpected results.
#![allow(clippy::unwrap_used)]

mod captured;

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};
use tucuxi::{Body, Client, Credentials, Environment, ErrorKind, Session, TransportError, Validation};

/// The marker in every secret text. The text also has characters that encodings change.
const MARKER: &str = "HUSH";
const SECRET: &str = "HUSH-pa55 w0rd/+=ä";
const NUMBER: u64 = 48_573_928;
const TOKEN: &str = "HUSH-session/token+==";
const SECRET_KEY: &str = "HUSH-secret-key";

/// Services of each protocol, with secrets in bodies, headers, queries and paths.
const SERVICES: &[&str] = &[
    "chime-sdk-messaging",
    "cognito-idp",
    "connect",
    "docdb",
    "ec2",
    "emr",
    "iam",
    "iot",
    "lambda",
    "lex-runtime",
    "mq",
    "organizations",
    "rds",
    "s3",
    "s3control",
    "secretsmanager",
    "sns",
    "ssm",
    "sso",
    "sso-oidc",
    "sts",
    "transcribe",
    "wickr",
];

// --- The search for markers ------------------------------------------------------------------------------------------

/// Fails if a marker is found: plain, in percent-encoding or JSON (which keep its letters), in base64 or in hexadecimal
/// digits.
fn assert_hidden(what: &str, shown: &[u8]) {
    let text = String::from_utf8_lossy(shown);
    let leak = find(shown).or_else(|| decoded_runs(&text).iter().find_map(|bytes| find(bytes)));
    assert!(leak.is_none(), "{what}: {} in {text}", leak.unwrap_or_default());
}

fn find(bytes: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(bytes);
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let lower = text.to_ascii_lowercase();
    [MARKER.to_ascii_lowercase(), NUMBER.to_string(), hex(MARKER)].into_iter().find(|marker| lower.contains(marker))
}

/// All decodings of the base64 in a text, from each of the four possible beginnings of a group.
fn decoded_runs(text: &str) -> Vec<Vec<u8>> {
    let is_digit = |char: char| char.is_ascii_alphanumeric() || matches!(char, '+' | '/' | '-' | '_');
    let runs = text.split(|char| !is_digit(char)).filter(|run| run.len() >= 6);
    let decoded = runs.flat_map(|run| {
        let run = run.replace('-', "+").replace('_', "/");
        (0..4).filter_map(move |start| {
            let part = run.get(start..)?;
            let decode = |part: &str| tucuxi::bytes(&Value::from(part)).ok();
            decode(part).or_else(|| decode(&part[..part.len() / 4 * 4]))
        })
    });
    decoded.collect()
}

#[test]
fn markers_are_found_in_every_encoding() {
    let base64 = |text: &str| tucuxi::blob(text).as_str().unwrap().to_owned();
    for text in [
        "xHUSHx".to_owned(),
        "%48USH hush".to_owned(),
        base64("HUSH"),
        format!("k={}", base64("x HUSH y")),
        format!("k={}", base64("xy HUSH")),
        "x48555348x".to_owned(),
        "48573928".to_owned(),
    ] {
        assert!(std::panic::catch_unwind(|| assert_hidden("", text.as_bytes())).is_err(), "{text}");
    }
    assert_hidden("", b"nothing here, but long enough for base64: aGVsbG8gd29ybGQ=");
}

// --- Parameters with markers -----------------------------------------------------------------------------------------

struct Model(Value);

impl Model {
    fn read(service: &str) -> Model {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(service);
        let mut versions: Vec<PathBuf> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        versions.sort();
        let file = std::fs::File::open(versions.last().unwrap().join("service-2.json.gz")).unwrap();
        let mut text = String::new();
        flate2::read::MultiGzDecoder::new(file).read_to_string(&mut text).unwrap();
        Model(serde_json::from_str(&text).unwrap())
    }

    /// The operations with secrets in their input, and parameters with all members.
    fn operations(&self) -> Vec<(String, Value)> {
        let operations = self.0["operations"].as_object().unwrap().iter();
        let with_secrets = operations.filter_map(|(name, operation)| {
            let mut secrets = 0;
            let params = self.value(operation["input"]["shape"].as_str()?, false, 0, &mut secrets)?;
            (secrets > 0).then(|| (name.clone(), params))
        });
        with_secrets.collect()
    }

    /// A value of a shape; `None` for event streams and beyond the maximum depth.
    fn value(&self, name: &str, hidden: bool, depth: usize, secrets: &mut usize) -> Option<Value> {
        let shape = &self.0["shapes"][name];
        let hidden = hidden || shape["sensitive"] == true;
        if depth > 6 || shape["eventstream"] == true {
            return None;
        }
        let inner = |name: &Value, secrets: &mut usize| self.value(name.as_str()?, hidden, depth + 1, secrets);
        let kind = shape["type"].as_str().unwrap();
        if hidden && matches!(kind, "string" | "blob" | "integer" | "long" | "double" | "float") {
            *secrets += 1;
        }
        let min = shape["min"].as_f64().unwrap_or(0.0);
        Some(match kind {
            "structure" => {
                let required = shape["required"].as_array().cloned().unwrap_or_default();
                let mut members = Map::new();
                for (name, member) in shape["members"].as_object().unwrap() {
                    if shape["union"] == true && !members.is_empty() {
                        break;
                    }
                    // It has to match the payload.
                    if name == "ContentLength" {
                        continue;
                    }
                    match inner(&member["shape"], secrets) {
                        Some(value) => drop(members.insert(name.clone(), value)),
                        None if required.contains(&Value::from(name.as_str())) => return None,
                        None => {}
                    }
                }
                if shape["union"] == true && members.is_empty() {
                    return None;
                }
                members.into()
            }
            "list" => vec![inner(&shape["member"]["shape"], secrets)?; min.max(1.0) as usize].into(),
            "map" => {
                let key = match inner(&shape["key"]["shape"], secrets)? {
                    Value::String(key) => key,
                    other => other.to_string(),
                };
                json!({ key: inner(&shape["value"]["shape"], secrets)? })
            }
            "string" => match (&shape["enum"][0], hidden) {
                (_, true) => format!("{SECRET}{}", "x".repeat(min as usize)).into(),
                (Value::String(value), _) => value.as_str().into(),
                _ => "o".repeat((min as usize).max(3)).into(),
            },
            "blob" => tucuxi::blob(if hidden { SECRET } else { "open" }),
            "boolean" => true.into(),
            "timestamp" => "2025-01-02T03:04:05Z".into(),
            "float" | "double" => if hidden { NUMBER as f64 } else { min }.into(),
            _ => if hidden { NUMBER } else { min as u64 }.into(),
        })
    }
}

fn session() -> tucuxi::SessionBuilder {
    let credentials =
        Credentials::new("AKIDEXAMPLE", SECRET_KEY).with_session_token(TOKEN).with_account_id("123456789012");
    Session::builder()
        .environment(Environment::from_pairs([("AWS_REGION", "us-east-1"), ("AWS_BEARER_TOKEN", TOKEN)]))
        .credentials(credentials)
        .endpoint_url("https://user:HUSH-password@localhost/base?token=HUSH-query&HUSH-bare")
}

// --- Previews --------------------------------------------------------------------------------------------------------

fn shown(request: &http::Request<Body>) -> Vec<u8> {
    let mut text = format!("{} {}\n", request.method(), request.uri());
    for (name, value) in request.headers() {
        writeln!(text, "{name}: {}", String::from_utf8_lossy(value.as_bytes())).unwrap();
    }
    let mut shown = text.into_bytes();
    shown.extend_from_slice(request.body().as_bytes().unwrap_or_default());
    shown
}

#[test]
fn previews_hide_sensitive_members() {
    let session = session().build().unwrap();
    // The rule sets of S3 reject endpoints with a query.
    let without_query = self::session().endpoint_url("https://user:HUSH-password@localhost/base").build().unwrap();
    let (mut count, mut failures) = (0, Vec::new());
    for service in SERVICES {
        let session = if service.starts_with("s3") { &without_query } else { &session };
        let client = session.client(service).unwrap();
        for (operation, params) in Model::read(service).operations() {
            let place = format!("{service} {operation}");
            match client.request(&operation).params(params.clone()).prepare_masked() {
                Ok(request) => {
                    count += 1;
                    assert_hidden(&place, &shown(&request));
                    assert_hidden(&place, format!("{request:?}").as_bytes());
                }
                Err(error) => {
                    assert_hidden(&place, format!("{error} {error:?}").as_bytes());
                    failures.push(format!("{place}: {error}"));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(count > 200, "{count} operations");
}

#[test]
fn previews_show_everything_else() {
    let session = session().endpoint_url("http://localhost").build().unwrap();
    let preview = |service: &str, operation: &str, params: Value| {
        let client = session.client(service).unwrap();
        let request = client.request(operation).params(params).prepare_masked().unwrap();
        String::from_utf8(shown(&request)).unwrap()
    };
    let cases = [
        (
            preview("sts", "get_session_token", json!({"SerialNumber": "arn:device", "TokenCode": "123456"})),
            "\nAction=GetSessionToken&Version=2011-06-15&SerialNumber=arn%3Adevice&TokenCode=****",
            "123456",
        ),
        (
            preview(
                "rds",
                "create_db_instance",
                json!({"DBInstanceIdentifier": "d", "DBInstanceClass": "c", "Engine": "e",
                "MasterUserPassword": "pa55word"}),
            ),
            "&Engine=e&MasterUserPassword=****",
            "pa55word",
        ),
        (
            preview(
                "s3",
                "put_object",
                json!({"Bucket": "b", "Key": "k", "Body": tucuxi::blob("text"),
                "SSECustomerAlgorithm": "AES256", "SSECustomerKey": "0123456789abcdef0123456789abcdef"}),
            ),
            "x-amz-server-side-encryption-customer-key-md5: ****",
            "hRasmdxgYDKV3nvbahU1MA",
        ),
        (
            preview("ssm", "put_parameter", json!({"Name": "n", "Value": "hunter2", "Type": "String"})),
            r#"{"Name": "n", "Value": "****", "Type": "String"}"#,
            "hunter2",
        ),
        (
            preview("ssm", "put_parameter", json!({"Name": "n", "Value": "hunter2"})),
            "\nx-amz-target: AmazonSSM.PutParameter\n",
            "hunter2",
        ),
        (
            preview("lambda", "invoke", json!({"FunctionName": "f", "Payload": tucuxi::blob("{\"pin\": 1234}")})),
            "/2015-03-31/functions/f/invocations",
            "1234}",
        ),
        (
            preview("sqs", "send_message", json!({"QueueUrl": "https://q", "MessageBody": "hello"})),
            r#"{"QueueUrl": "https://q", "MessageBody": "hello"}"#,
            "HUSH",
        ),
    ];
    for (text, part, secret) in cases {
        assert!(text.contains(part), "no {part} in {text}");
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    // Requests without secrets are shown unchanged, including hashes.
    let sqs = session.client("sqs").unwrap();
    let request = || sqs.request("send_message").params(json!({"QueueUrl": "https://q", "MessageBody": "hello"}));
    let (masked, whole) = (request().prepare_masked().unwrap(), request().prepare().unwrap());
    assert_eq!(masked.body().as_bytes(), whole.body().as_bytes());
    assert_eq!(masked.headers()["content-length"], whole.headers()["content-length"]);
}

#[test]
fn secret_payload_of_the_body_setter_is_masked() {
    let session = session().build().unwrap();
    let lambda = session.client("lambda").unwrap();
    let request = lambda.request("invoke").params(json!({"FunctionName": "f"})).body(SECRET).prepare_masked().unwrap();
    assert_eq!(request.body().as_bytes(), Some(&b"****"[..]));
    let session = self::session().endpoint_url("http://localhost").build().unwrap();
    let s3 = session.client("s3").unwrap();
    let params = json!({"Bucket": "b", "Key": "k"});
    let request = s3.request("put_object").params(params).body("open").prepare_masked().unwrap();
    assert_eq!(request.body().as_bytes(), Some(&b"open"[..]));
}

#[test]
fn unknown_members_are_masked() {
    let session = session().validation(Validation::AllowUnknown).build().unwrap();
    let ssm = session.client("ssm").unwrap();
    let params = json!({"Name": "n", "NewSecret": {"Deep": [SECRET]}});
    let request = ssm.request("get_parameter").params(params).prepare_masked().unwrap();
    assert_eq!(request.body().as_bytes(), Some(&br#"{"Name": "n", "NewSecret": "****"}"#[..]));
}

// --- Calls -----------------------------------------------------------------------------------------------------------

/// A service that returns an error for every request, with the request and control characters in its message.
fn echo(request: &http::Request<Body>) -> http::Response<Body> {
    let body = String::from_utf8_lossy(request.body().as_bytes().unwrap_or_default());
    let mut message = format!("\u{1b}[31m{} {} ", request.uri(), body);
    for (name, value) in request.headers() {
        if name != "authorization" {
            write!(message, "{name}: {}\r\n", String::from_utf8_lossy(value.as_bytes())).unwrap();
        }
    }
    let body = json!({"__type": "Refused", "message": message});
    http::Response::builder().status(400).body(Body::from(body.to_string())).unwrap()
}

fn calling(session: &Session, service: &str, text: &Arc<Mutex<String>>) -> Client {
    let client = session.client_builder(service);
    let client = client.build().unwrap();
    writeln!(text.lock().unwrap(), "{session:?} {client:?}").unwrap();
    client
}

/// Logs of all levels and crates, errors and their causes, `Debug` output and reports.
#[test]
fn failed_calls_show_no_secrets() {
    captured::begin();
    let text = Arc::new(Mutex::new(String::new()));
    let attempts = Arc::clone(&text);
    let session = session()
        .endpoint_url("https://localhost?token=HUSH-query")
        .transport(|request: http::Request<Body>| Ok::<_, TransportError>(echo(&request)))
        .on_attempt(move |attempt| writeln!(attempts.lock().unwrap(), "{attempt:?}").unwrap())
        .build()
        .unwrap();
    let mut service_errors = 0;
    for service in ["ssm", "secretsmanager", "sso", "lambda", "cognito-idp", "lex-runtime"] {
        let client = calling(&session, service, &text);
        for (operation, params) in Model::read(service).operations() {
            let request = client.request(&operation).params(params.clone());
            let before = format!("{request:?}");
            let error = request.send().unwrap_err();
            service_errors += usize::from(error.kind() == ErrorKind::Service);
            let service = error.service();
            writeln!(text.lock().unwrap(), "{before}\n{error}\n{error:?}\n{service:?}").unwrap();
            if let Some(service) = service {
                assert!(service.message().contains(MARKER), "{service:?}");
                writeln!(text.lock().unwrap(), "{service}").unwrap();
            }
            assert_eq!(error.to_string().lines().count(), 1, "{error}");
        }
    }
    assert!(service_errors > 100, "{service_errors}");
    writeln!(text.lock().unwrap(), "{}", session.config_report()).unwrap();
    let shown = text.lock().unwrap().clone() + &captured::log();
    assert!(shown.contains("Attempt {") && shown.contains("\\u{1b}[31mhttps://localhost"), "{shown}");
    for line in shown.lines() {
        assert_hidden("a line", line.as_bytes());
    }
}

/// An unexpected value in a response may be a secret.
#[test]
fn errors_do_not_quote_responses_with_secrets() {
    for (service, operation, params, body) in [
        ("ssm", "get_parameter", json!({"Name": "n"}), r#"{"Parameter": {"Value": "HUSH"#),
        ("ssm", "get_parameter", json!({"Name": "n"}), r#""HUSH-x""#),
        (
            "sso",
            "get_role_credentials",
            json!({"roleName": "r", "accountId": "1", "accessToken": "HUSH"}),
            r#"{"roleCredentials": {"secretAccessKey": "HUSH"#,
        ),
        (
            "sts",
            "get_session_token",
            json!({}),
            "<GetSessionTokenResponse><GetSessionTokenResult><Credentials><SecretAccessKey>HUSH",
        ),
    ] {
        let session = session()
            .endpoint_url("https://localhost")
            .transport(move |_: http::Request<Body>| Ok::<_, TransportError>(http::Response::new(Body::from(body))))
            .build()
            .unwrap();
        let error = session.client(service).unwrap().call(operation, params).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Response, "{error}");
        assert_hidden(service, format!("{error} {error:?}").as_bytes());
    }
}

#[test]
fn sensitive_tokens_of_listings_are_masked() {
    let body = r#"{"investigationGroups": [], "nextToken": "HUSH-token"}"#;
    let session = session()
        .endpoint_url("https://localhost")
        .transport(move |_: http::Request<Body>| Ok::<_, TransportError>(http::Response::new(Body::from(body))))
        .build()
        .unwrap();
    let pages =
        session.client("aiops").unwrap().get_paginator("list_investigation_groups").unwrap().paginate(json!({}));
    let error = pages.last().unwrap().unwrap_err();
    assert!(error.to_string().contains("same next token twice: ****"), "{error}");
}

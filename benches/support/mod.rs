//! Shared by the benchmarks: a loopback server, and the floor: the same calls written by hand with ureq, aws-sigv4 and
//! serde_json.
#![allow(dead_code, reason = "each bench uses a part of it")]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, UriPathNormalizationMode,
    sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use serde_json::{Value, json};

pub(crate) const KEY: (&str, &str) = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");

/// A call to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Case {
    SqsSendMessage,
    DynamoDbGetItem,
    S3GetObject,
    StsGetCallerIdentity,
}

impl Case {
    pub(crate) const ALL: [Case; 4] =
        [Case::SqsSendMessage, Case::DynamoDbGetItem, Case::S3GetObject, Case::StsGetCallerIdentity];

    pub(crate) fn service(self) -> &'static str {
        match self {
            Case::SqsSendMessage => "sqs",
            Case::DynamoDbGetItem => "dynamodb",
            Case::S3GetObject => "s3",
            Case::StsGetCallerIdentity => "sts",
        }
    }

    pub(crate) fn operation(self) -> &'static str {
        match self {
            Case::SqsSendMessage => "send_message",
            Case::DynamoDbGetItem => "get_item",
            Case::S3GetObject => "get_object",
            Case::StsGetCallerIdentity => "get_caller_identity",
        }
    }

    pub(crate) fn params(self) -> Value {
        match self {
            Case::SqsSendMessage => json!({
                "QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs",
                "MessageBody": "The quick brown fox jumps over the lazy dog",
                "MessageAttributes": {"kind": {"DataType": "String", "StringValue": "greeting"}},
            }),
            Case::DynamoDbGetItem => json!({"TableName": "people", "Key": {"id": {"S": "42"}}, "ConsistentRead": true}),
            Case::S3GetObject => json!({"Bucket": "photos", "Key": "2024/cat.jpg"}),
            Case::StsGetCallerIdentity => json!({}),
        }
    }

    pub(crate) fn response_body(self) -> Vec<u8> {
        match self {
            Case::SqsSendMessage => br#"{"MessageId":"219f8380-5770-4cc2-8c3e-5c715e145f5e","MD5OfMessageBody":"9e107d9d372bb6826bd81d3542a419d6","MD5OfMessageAttributes":"8a5b7b1f2c1c4f1d9d6a5a1d7e9e2b11"}"#.to_vec(),
            Case::DynamoDbGetItem => br#"{"Item":{"id":{"S":"42"},"name":{"S":"Ada Lovelace"},"born":{"N":"1815"},"tags":{"SS":["math","engine"]},"address":{"M":{"city":{"S":"London"},"zip":{"S":"W1"}}},"active":{"BOOL":true}}}"#.to_vec(),
            Case::S3GetObject => vec![b'x'; 1024],
            Case::StsGetCallerIdentity => br#"<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/ada</Arn><UserId>AIDAEXAMPLE</UserId><Account>123456789012</Account></GetCallerIdentityResult><ResponseMetadata><RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId></ResponseMetadata></GetCallerIdentityResponse>"#.to_vec(),
        }
    }
}

/// Starts a server that sends the same response to every request, and returns its URL.
pub(crate) fn serve(body: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let address = listener.local_addr().expect("bound");
    let mut response = format!(
        "HTTP/1.1 200 OK\r\nx-amzn-RequestId: 01234567-89ab-cdef-0123-456789abcdef\r\nContent-Type: application/x-amz-json-1.0\r\n\
         Date: Sun, 25 Jan 2015 08:00:00 GMT\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    response.extend(body);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let response = response.clone();
            std::thread::spawn(move || serve_connection(stream, &response));
        }
    });
    format!("http://{address}")
}

fn serve_connection(mut stream: TcpStream, response: &[u8]) {
    let _ = stream.set_nodelay(true);
    let mut received = Vec::new();
    let mut buffer = [0; 64 * 1024];
    loop {
        while let Some(length) = request_length(&received) {
            received.drain(..length);
            if stream.write_all(response).is_err() {
                return;
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(count) => received.extend_from_slice(&buffer[..count]),
        }
    }
}

/// The length of the first request in the bytes, if it is complete.
fn request_length(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..head]).ok()?.to_ascii_lowercase();
    let length = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .map_or(0, |value| value.trim().parse().expect("a number"));
    (bytes.len() >= head + length).then_some(head + length)
}

/// The calls written by hand for these four operations only.
pub(crate) struct Floor {
    agent: ureq::Agent,
    identity: Identity,
    endpoint: String,
}

impl Floor {
    pub(crate) fn new(endpoint: &str) -> Floor {
        let agent = ureq::Agent::config_builder().http_status_as_error(false).build().new_agent();
        let identity = Credentials::new(KEY.0, KEY.1, None, None, "bench").into();
        Floor { agent, identity, endpoint: endpoint.to_owned() }
    }

    pub(crate) fn call(&self, case: Case, params: &Value) -> Value {
        let (parts, body) = self.prepare(case, params).into_parts();
        let request = http::Request::from_parts(parts, body);
        let mut response = if case == Case::S3GetObject {
            let (parts, _) = request.into_parts();
            self.agent.run(http::Request::from_parts(parts, ())).expect("a response")
        } else {
            self.agent.run(request).expect("a response")
        };
        let bytes = response.body_mut().read_to_vec().expect("a body");
        parse(case, &bytes)
    }

    pub(crate) fn prepare(&self, case: Case, params: &Value) -> http::Request<Vec<u8>> {
        let mut uri = format!("{}/", self.endpoint);
        let (method, body, headers): (_, Vec<u8>, &[(&str, &str)]) = match case {
            Case::SqsSendMessage => {
                let headers: &[_] =
                    &[("content-type", "application/x-amz-json-1.0"), ("x-amz-target", "AmazonSQS.SendMessage")];
                ("POST", serde_json::to_vec(params).expect("JSON"), headers)
            }
            Case::DynamoDbGetItem => {
                let headers: &[_] =
                    &[("content-type", "application/x-amz-json-1.0"), ("x-amz-target", "DynamoDB_20120810.GetItem")];
                ("POST", serde_json::to_vec(params).expect("JSON"), headers)
            }
            Case::S3GetObject => {
                let text = |name: &str| params[name].as_str().expect("text");
                uri.push_str(&format!("{}/{}", text("Bucket"), text("Key")));
                ("GET", Vec::new(), &[("x-amz-checksum-mode", "ENABLED")])
            }
            Case::StsGetCallerIdentity => (
                "POST",
                b"Action=GetCallerIdentity&Version=2011-06-15".to_vec(),
                &[("content-type", "application/x-www-form-urlencoded; charset=utf-8")],
            ),
        };
        let mut settings = SigningSettings::default();
        if case == Case::S3GetObject {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        let params = v4::SigningParams::builder()
            .identity(&self.identity)
            .region("eu-west-1")
            .name(case.service())
            .time(SystemTime::now())
            .settings(settings)
            .build()
            .expect("complete")
            .into();
        let signable = SignableRequest::new(method, uri.as_str(), headers.iter().copied(), SignableBody::Bytes(&body))
            .expect("signable");
        let (instructions, _) = sign(signable, &params).expect("signed").into_parts();
        let mut request = http::Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(body).expect("a request");
        instructions.apply_to_request_http1x(&mut request);
        request
    }
}

/// Parses a response into the value that tucuxi returns.
fn parse(case: Case, bytes: &[u8]) -> Value {
    match case {
        Case::SqsSendMessage | Case::DynamoDbGetItem => serde_json::from_slice(bytes).expect("JSON"),
        Case::S3GetObject => {
            use base64::Engine as _;
            json!({"Body": base64::engine::general_purpose::STANDARD.encode(bytes)})
        }
        Case::StsGetCallerIdentity => {
            let mut reader = quick_xml::Reader::from_reader(bytes);
            let mut value = serde_json::Map::new();
            let mut name = None;
            loop {
                match reader.read_event().expect("XML") {
                    quick_xml::events::Event::Start(start) => {
                        name = ["Arn", "UserId", "Account"].into_iter().find(|known| *known == start.name().as_ref());
                    }
                    quick_xml::events::Event::Text(text) => {
                        if let Some(name) = name.take() {
                            value.insert(name.to_owned(), text.to_string().into());
                        }
                    }
                    quick_xml::events::Event::Eof => return Value::Object(value),
                    _ => {}
                }
            }
        }
    }
}

/// A one-pass XML parser that ignores attributes. Elements become objects; `flattened` selects those that are items of a list,
/// and `wrapped` those that contain items. Numbers, booleans and times are recognized by their text.
pub(crate) fn xml_by_hand(bytes: &[u8], flattened: &dyn Fn(&str) -> bool, wrapped: &dyn Fn(&str) -> bool) -> Value {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_reader(bytes);
    let mut stack: Vec<(String, Value, String)> =
        vec![(String::new(), Value::Object(serde_json::Map::new()), String::new())];
    loop {
        match reader.read_event().expect("XML") {
            Event::Start(start) => {
                let name = start.name().as_ref().to_owned();
                let value = if wrapped(&name) { Value::Array(Vec::new()) } else { Value::Null };
                stack.push((name, value, String::new()));
            }
            Event::Empty(start) => {
                let name = start.name().as_ref().to_owned();
                let value = if wrapped(&name) { Value::Array(Vec::new()) } else { Value::String(String::new()) };
                attach(&mut stack.last_mut().expect("a parent").1, name, value, flattened);
            }
            Event::Text(text) => stack.last_mut().expect("an element").2.push_str(&text),
            Event::GeneralRef(reference) => {
                stack.last_mut().expect("an element").2.push(match &*reference {
                    "quot" => '"',
                    "amp" => '&',
                    "lt" => '<',
                    _ => '>',
                });
            }
            Event::End(_) => {
                let (name, value, text) = stack.pop().expect("an element");
                let value = if value.is_null() { scalar(text) } else { value };
                attach(&mut stack.last_mut().expect("a parent").1, name, value, flattened);
            }
            Event::Eof => return stack.pop().expect("the root").1,
            _ => {}
        }
    }
}

fn attach(parent: &mut Value, name: String, value: Value, flattened: &dyn Fn(&str) -> bool) {
    if parent.is_null() {
        *parent = Value::Object(serde_json::Map::new());
    }
    match parent {
        Value::Array(items) => items.push(value),
        Value::Object(members) if flattened(&name) => {
            match members.entry(name).or_insert_with(|| Value::Array(Vec::new())) {
                Value::Array(items) => items.push(value),
                _ => unreachable!(),
            }
        }
        Value::Object(members) => {
            members.insert(name, value);
        }
        _ => unreachable!(),
    }
}

fn scalar(text: String) -> Value {
    match text.as_bytes() {
        b"true" => Value::Bool(true),
        b"false" => Value::Bool(false),
        [b'0'..=b'9', ..] if text.len() < 10 => text.parse::<i64>().map_or(Value::String(text), Value::from),
        _ => Value::String(text),
    }
}

//! Event streams, each in the protocol of its service.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tucuxi::{Client, ErrorKind, EventStream, bytes};

use super::{client_of, fresh_credentials};
use crate::server::Server;
use crate::support::{ODD_TEXT, call, expect_service_error, is_timestamp, session_of};

fn events(client: &Client, operation: &str, params: Value) -> EventStream {
    let output = client.request(operation).params(params).send();
    output.unwrap_or_else(|error| panic!("{error}")).events.unwrap()
}

/// Creates a stream with one shard; returns the parameters to subscribe to it.
fn subscription(kinesis: &Client, name: &str) -> Value {
    call(kinesis, "create_stream", json!({"StreamName": name, "ShardCount": 1}));
    kinesis.get_waiter("stream_exists").unwrap().wait(json!({"StreamName": name})).unwrap();
    let summary = call(kinesis, "describe_stream_summary", json!({"StreamName": name}));
    let stream = &summary["StreamDescriptionSummary"]["StreamARN"];
    let consumer = call(kinesis, "register_stream_consumer", json!({"StreamARN": stream, "ConsumerName": "c"}));
    let arn = &consumer["Consumer"]["ConsumerARN"];
    let begun = Instant::now();
    let status = || call(kinesis, "describe_stream_consumer", json!({"ConsumerARN": arn}));
    while status()["ConsumerDescription"]["ConsumerStatus"] != "ACTIVE" {
        assert!(begun.elapsed() < Duration::from_secs(30), "the consumer does not become active");
        thread::sleep(Duration::from_millis(50));
    }
    let shards = call(kinesis, "list_shards", json!({"StreamName": name}));
    json!({"ConsumerARN": arn, "ShardId": shards["Shards"][0]["ShardId"], "StartingPosition": {"Type": "TRIM_HORIZON"}})
}

fn put(kinesis: &Client, stream: &str, data: impl AsRef<[u8]>) {
    let record = json!({"StreamName": stream, "PartitionKey": "k é", "Data": tucuxi::blob(data)});
    call(kinesis, "put_record", record);
}

/// The next records; skips keep-alive events without records.
fn next_records(events: &mut EventStream) -> Vec<Value> {
    for event in events {
        let records = &event.unwrap()["SubscribeToShardEvent"]["Records"];
        if records.as_array().is_some_and(|records| !records.is_empty()) {
            return records.as_array().unwrap().clone();
        }
    }
    panic!("the stream ended");
}

pub(crate) fn kinesis(server: &Server) {
    let kinesis = client_of(server, &fresh_credentials(server, "events-kinesis"), "kinesis");
    let params = subscription(&kinesis, "events");
    put(&kinesis, "events", [0, 255]);
    let mut stream = events(&kinesis, "subscribe_to_shard", params.clone());
    let first = next_records(&mut stream);
    assert_eq!((bytes(&first[0]["Data"]).unwrap(), &first[0]["PartitionKey"]), (vec![0, 255], &json!("k é")));
    assert!(is_timestamp(&first[0]["ApproximateArrivalTimestamp"]), "{first:?}");
    // An open stream delivers new records at once.
    put(&kinesis, "events", ODD_TEXT);
    assert_eq!(bytes(&next_records(&mut stream)[0]["Data"]).unwrap(), ODD_TEXT.as_bytes());
    expect_service_error(kinesis.request("subscribe_to_shard").params(params).send(), "ResourceInUseException");

    // The server ends the stream with an error event.
    call(&kinesis, "delete_stream", json!({"StreamName": "events", "EnforceConsumerDeletion": true}));
    let error = stream.find_map(Result::err).unwrap();
    let service = error.service().unwrap_or_else(|| panic!("{error}"));
    assert_eq!((service.code(), service.is_in_event_stream()), ("ResourceNotFoundException", true));
    assert!(service.message().contains("not found") && service.body()["message"] == service.message());
    assert!(stream.next().is_none());
    println!("kinesis: records arrive at once, then {error}");
}

/// A TCP proxy that forwards bytes both ways until it receives a message.
fn proxy(server: &Server) -> (String, mpsc::Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let target = server.url.trim_start_matches("http://").to_owned();
    let (hang_up, hung_up) = mpsc::channel();
    thread::spawn(move || {
        let near = listener.accept().unwrap().0;
        let far = TcpStream::connect(target).unwrap();
        for (from, to) in [(&near, &far), (&far, &near)] {
            let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
            thread::spawn(move || {
                let mut buffer = [0; 4096];
                while let Ok(read @ 1..) = from.read(&mut buffer) {
                    if to.write_all(&buffer[..read]).is_err() {
                        return;
                    }
                }
            });
        }
        let _closed = hung_up.recv();
        let _gone: [io::Result<()>; 2] = [near.shutdown(Shutdown::Both), far.shutdown(Shutdown::Both)];
    });
    (url, hang_up)
}

pub(crate) fn cut(server: &Server) {
    let keys = fresh_credentials(server, "events-cut");
    let kinesis = client_of(server, &keys, "kinesis");
    let params = subscription(&kinesis, "cut");
    put(&kinesis, "cut", "before");
    let (url, hang_up) = proxy(server);
    let through = session_of(server, keys).endpoint_url(url).build().unwrap().client("kinesis").unwrap();
    let mut stream = events(&through, "subscribe_to_shard", params);
    assert_eq!(bytes(&next_records(&mut stream)[0]["Data"]).unwrap(), b"before");
    hang_up.send(()).unwrap();
    let error = stream.find_map(Result::err).expect("a broken connection is not a regular end");
    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
    assert!(stream.next().is_none());
    println!("kinesis through a proxy that closes the connection: {error}");
}

/// A zip archive with one uncompressed file.
fn zipped(name: &str, content: &str) -> Vec<u8> {
    let (crc, size) = (crc32fast::hash(content.as_bytes()).to_le_bytes(), (content.len() as u32).to_le_bytes());
    // Version, flags, method, time, date; CRC, both sizes; lengths of the name and of the extra field.
    let lengths = [name.len() as u8, 0, 0, 0];
    let about = [&[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0][..], &crc, &size, &size, &lengths].concat();
    let file = [b"PK\x03\x04", &about[..], name.as_bytes(), content.as_bytes()].concat();
    let entry = [b"PK\x01\x02\x14\0", &about[..], &[0; 14], name.as_bytes()].concat();
    let (length, begin) = ((entry.len() as u32).to_le_bytes(), (file.len() as u32).to_le_bytes());
    [&file[..], &entry, b"PK\x05\x06\0\0\0\0\x01\0\x01\0", &length, &begin, &[0, 0]].concat()
}

pub(crate) fn lambda(server: &Server) {
    let keys = fresh_credentials(server, "events-lambda");
    let lambda = client_of(server, &keys, "lambda");
    let code = "def handler(event, context):\n    if event.get('fail'):\n        raise ValueError('it failed')\n    \
                return {'said': event['say'], 'size': 'x' * 50000}\n";
    let iam = client_of(server, &keys, "iam");
    let role = call(&iam, "create_role", json!({"RoleName": "streams", "AssumeRolePolicyDocument": "{}"}));
    call(
        &lambda,
        "create_function",
        json!({"FunctionName": "streams", "Runtime": "python3.12", "Role": role["Role"]["Arn"], "Handler": "m.handler",
               "Code": {"ZipFile": tucuxi::blob(zipped("m.py", code))}}),
    );
    lambda.get_waiter("function_active_v2").unwrap().wait(json!({"FunctionName": "streams"})).unwrap();
    let ask = |payload: Value| json!({"FunctionName": "streams", "Payload": tucuxi::blob(payload.to_string())});
    let output = lambda.request("invoke_with_response_stream").params(ask(json!({"say": ODD_TEXT}))).send().unwrap();
    assert_eq!(output.value["StatusCode"], 200, "{}", output.value);
    let (mut payload, mut complete) = (Vec::new(), false);
    for event in output.events.unwrap() {
        let event = event.unwrap();
        assert!(!complete, "nothing follows the end");
        if let Some(chunk) = event.get("PayloadChunk") {
            payload.extend(bytes(&chunk["Payload"]).unwrap());
        }
        complete = event.get("InvokeComplete").is_some();
    }
    let said: Value = serde_json::from_slice(&payload).unwrap();
    assert!(complete && said["said"] == ODD_TEXT, "{said}");

    let failed = call(&lambda, "invoke_with_response_stream", ask(json!({"fail": true})));
    // This server writes the members of the last event in lower case, so they are unknown members.
    let failure = bytes(&failed["EventStream"][0]["PayloadChunk"]["Payload"]).unwrap();
    let failure: Value = serde_json::from_slice(&failure).unwrap();
    assert_eq!(
        (&failure["errorMessage"], &failed["EventStream"][1]),
        (&json!("it failed"), &json!({"InvokeComplete": {}}))
    );
    let absent = json!({"FunctionName": "absent"});
    expect_service_error(
        lambda.request("invoke_with_response_stream").params(absent).send(),
        "ResourceNotFoundException",
    );
    println!("lambda: {} bytes of payload in a stream, and a failure {failure}", payload.len());
}

pub(crate) fn bedrock(server: &Server) {
    let bedrock = client_of(server, &fresh_credentials(server, "events-bedrock"), "bedrock-runtime");
    let model = "anthropic.claude-3-haiku-20240307-v1:0";
    let ask = json!({"modelId": model, "messages": [{"role": "user", "content": [{"text": ODD_TEXT}]}]});
    let all: Vec<Value> = events(&bedrock, "converse_stream", ask.clone()).map(Result::unwrap).collect();
    let names: Vec<&String> = all.iter().flat_map(|event| event.as_object().unwrap().keys()).collect();
    assert_eq!((names[0], names[names.len() - 1]), (&"messageStart".to_owned(), &"metadata".to_owned()));
    let text: String = all.iter().filter_map(|event| event["contentBlockDelta"]["delta"]["text"].as_str()).collect();
    let whole = call(&bedrock, "converse", ask);
    assert_eq!(text, whole["output"]["message"]["content"][0]["text"]);
    assert!(all[all.len() - 1]["metadata"]["usage"]["totalTokens"].is_u64());

    let body = json!({"anthropic_version": "bedrock-2023-05-31", "max_tokens": 100,
                      "messages": [{"role": "user", "content": "hi"}]});
    let request = bedrock.request("invoke_model_with_response_stream").params(json!({"modelId": model}));
    let output = request.body(body.to_string()).send().unwrap();
    let mut count = 0;
    for event in output.events.unwrap() {
        let chunk: Value = serde_json::from_slice(&bytes(&event.unwrap()["chunk"]["bytes"]).unwrap()).unwrap();
        assert!(chunk.is_object());
        count += 1;
    }
    assert!(count > 1);
    println!("bedrock: {} and {count} events, {text:?}", all.len());
}

pub(crate) fn logs(server: &Server) {
    let keys = fresh_credentials(server, "events-logs");
    // The operation has the host prefix `stream-`.
    let session = session_of(server, keys).inject_host_prefix(false).build().unwrap();
    let logs = session.client("logs").unwrap();
    call(&logs, "create_log_group", json!({"logGroupName": "tail"}));
    call(&logs, "create_log_stream", json!({"logGroupName": "tail", "logStreamName": "s"}));
    let groups = call(&logs, "describe_log_groups", json!({"logGroupNamePrefix": "tail"}));
    let arn = groups["logGroups"][0]["logGroupArn"].as_str().map_or_else(
        || groups["logGroups"][0]["arn"].as_str().unwrap().trim_end_matches(":*").to_owned(),
        str::to_owned,
    );
    let mut tail = events(&logs, "start_live_tail", json!({"logGroupIdentifiers": [arn]}));
    let start = tail.next().unwrap().unwrap();
    assert_eq!(start["sessionStart"]["logGroupIdentifiers"], json!([arn]), "{start}");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as u64;
    let line = json!({"timestamp": now, "message": ODD_TEXT});
    call(&logs, "put_log_events", json!({"logGroupName": "tail", "logStreamName": "s", "logEvents": [line]}));
    let found = tail.map(Result::unwrap).find_map(|event| event["sessionUpdate"]["sessionResults"].get(0).cloned());
    let found = found.unwrap();
    assert_eq!((&found["message"], &found["timestamp"]), (&json!(ODD_TEXT), &json!(now)), "{found}");

    // The stream does not end, so the plain call needs a deadline.
    let session = session_of(server, fresh_credentials(server, "events-logs-2")).inject_host_prefix(false);
    let impatient = session.deadline(Duration::from_secs(2)).build().unwrap().client("logs").unwrap();
    let error = impatient.call("start_live_tail", json!({"logGroupIdentifiers": [arn]})).unwrap_err();
    assert!(error.is_timeout(), "{error}");
    println!("logs: log events arrive at once; the plain call ends with {error}");
}

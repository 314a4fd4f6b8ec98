//! Tests of the command line program against a stub server on loopback.

// Tests panic on failure, and so do the server's threads.
#![allow(clippy::unwrap_used)]

#[allow(dead_code, reason = "other tests use the rest")]
#[path = "event_streams/frames.rs"]
mod frames;

#[path = "cli/aws_aliases.rs"]
mod aws_aliases;

#[cfg(unix)]
#[path = "cli/aws_codeartifact.rs"]
mod aws_codeartifact;

#[path = "cli/aws_configure.rs"]
mod aws_configure;

#[path = "cli/aws_deploy.rs"]
mod aws_deploy;

#[path = "cli/aws_eks.rs"]
mod aws_eks;

#[path = "cli/aws_errors.rs"]
mod aws_errors;

#[path = "cli/aws_lines.rs"]
mod aws_lines;

#[path = "cli/aws_logs.rs"]
mod aws_logs;

#[path = "cli/aws_s3.rs"]
mod aws_s3;

#[path = "cli/aws_s3_buckets.rs"]
mod aws_s3_buckets;

#[cfg(unix)]
#[path = "cli/aws_sessions.rs"]
mod aws_sessions;

#[path = "cli/aws_settings.rs"]
mod aws_settings;

#[path = "cli/aws_small.rs"]
mod aws_small;

#[path = "cli/aws_sso.rs"]
mod aws_sso;

#[path = "cli/completion.rs"]
mod completion;

#[path = "cli/resource.rs"]
mod resource;

#[path = "cli/s3_store.rs"]
mod s3_store;

#[path = "cli/serve.rs"]
mod serve;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};

const SECRET_KEY: &str = "wJalrXUtnFEMIexampleSECRETkey";
const SESSION_TOKEN: &str = "IQoJb3JpZ2luexampleTOKEN";

// --- The program --------------------------------------------------------------------------------------------------------

/// A run of the program in an isolated environment.
struct Run {
    command: Command,
    home: Folder,
    input: Vec<u8>,
}

struct Ran {
    code: i32,
    stdout: Vec<u8>,
    stderr: String,
}

/// The program with credentials and a region. Spaces separate the arguments.
fn tucuxi(arguments: &str) -> Run {
    bare(arguments)
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("AWS_REGION", "eu-west-1")
}

/// The program without settings.
fn bare(arguments: &str) -> Run {
    let home = Folder::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tucuxi"));
    // Prevents requests to the instance metadata service.
    command
        .env_clear()
        .env("HOME", &home.0)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .args(arguments.split_whitespace());
    Run { command, home, input: Vec::new() }
}

impl Run {
    fn arg(mut self, argument: impl AsRef<std::ffi::OsStr>) -> Run {
        self.command.arg(argument);
        self
    }

    /// Spaces separate the arguments.
    fn args(mut self, arguments: &str) -> Run {
        self.command.args(arguments.split_whitespace());
        self
    }

    fn json(self, params: &Value) -> Run {
        self.arg(params.to_string())
    }

    fn endpoint(self, server: &Server) -> Run {
        self.arg("--endpoint-url").arg(&server.url)
    }

    fn env(mut self, name: &str, value: &str) -> Run {
        self.command.env(name, value);
        self
    }

    fn input(mut self, bytes: &[u8]) -> Run {
        self.input = bytes.to_vec();
        self
    }

    fn run(mut self) -> Ran {
        let mut child =
            self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // The write fails if the program does not read its input.
        _ = child.stdin.take().unwrap().write_all(&self.input);
        let output = child.wait_with_output().unwrap();
        drop(self.home);
        Ran {
            code: output.status.code().unwrap(),
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn succeeds(self) -> Ran {
        let ran = self.run();
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        ran
    }

    /// Expects one line with all of these parts on standard error, and no standard output.
    fn fails(self, code: i32, parts: &[&str]) {
        let ran = self.run();
        assert_eq!(ran.code, code, "{}", ran.stderr);
        assert_eq!(ran.text(), "");
        assert!(ran.stderr.starts_with("error: "), "{}", ran.stderr);
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
        for part in parts {
            assert!(ran.stderr.contains(part), "no {part:?} in {}", ran.stderr);
        }
    }
}

impl Ran {
    fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_str(self.text()).unwrap()
    }

    fn lines(&self) -> Vec<&str> {
        self.text().lines().collect()
    }
}

/// A temporary folder that is removed when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("tucuxi-cli-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// A program. Another process writes it: one that is open for writing here, or in a child that is just being started, cannot run.
    #[cfg(unix)]
    fn script(&self, name: &str, lines: &str) -> PathBuf {
        let path = self.path(name);
        let mut writer = Command::new("sh");
        writer.args(["-c", "cat > \"$0\" && chmod 755 \"$0\""]).arg(&path).stdin(Stdio::piped());
        let mut writer = writer.spawn().unwrap();
        writer.stdin.take().unwrap().write_all(format!("#!/bin/sh\n{lines}\n").as_bytes()).unwrap();
        assert!(writer.wait().unwrap().success());
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = fs::remove_dir_all(&self.0);
    }
}

// --- The server ---------------------------------------------------------------------------------------------------------

#[derive(Clone, Debug)]
struct Received {
    line: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Received {
    fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// Sends the given responses and records the requests.
struct Server {
    url: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Server {
    fn with_response(response: impl AsRef<[u8]>) -> Server {
        Server::with_responses([response])
    }

    /// Sends the last response to all further requests.
    fn with_responses<A: AsRef<[u8]>>(responses: impl IntoIterator<Item = A>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Server { url: format!("http://{}", listener.local_addr().unwrap()), received: Arc::default() };
        let responses: Arc<[Vec<u8>]> = responses.into_iter().map(|response| response.as_ref().to_vec()).collect();
        let received = Arc::clone(&server.received);
        thread::spawn(move || {
            for connection in listener.incoming() {
                let (received, responses) = (Arc::clone(&received), Arc::clone(&responses));
                thread::spawn(move || serve(&connection.unwrap(), &received, &responses));
            }
        });
        server
    }

    /// The only request that was sent.
    fn request(&self) -> Received {
        let received = self.received.lock().unwrap();
        assert_eq!(received.len(), 1, "{received:?}");
        received[0].clone()
    }

    fn assert_untouched(&self) {
        assert_eq!(self.received.lock().unwrap().len(), 0);
    }
}

fn serve(mut connection: &TcpStream, received: &Mutex<Vec<Received>>, responses: &[Vec<u8>]) {
    let mut reader = BufReader::new(connection);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        match line.trim_end() {
            "" => break,
            line => head.push(line.to_owned()),
        }
    }
    let line = head.remove(0);
    let header =
        |line: &String| line.split_once(": ").map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    let headers: Vec<_> = head.iter().filter_map(header).collect();
    let mut request = Received { line, headers, body: Vec::new() };
    if request.header("expect") == "100-continue" {
        connection.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").unwrap();
    }
    let length = request.header("content-length").parse().unwrap_or(0);
    request.body.resize(length, 0);
    reader.read_exact(&mut request.body).unwrap();
    let mut received = received.lock().unwrap();
    let response = responses.get(received.len()).or(responses.last()).unwrap();
    received.push(request);
    drop(received);
    if response.is_empty() {
        // No response: waits until the client gives up and closes the connection.
        _ = reader.read(&mut [0]);
        return;
    }
    connection.write_all(response).unwrap();
}

fn ok(body: impl AsRef<[u8]>) -> Vec<u8> {
    response("200 OK", body.as_ref())
}

fn response(status: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nConnection: close\r\nx-amzn-RequestId: request-1\r\nContent-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

// --- call ---------------------------------------------------------------------------------------------------------------

#[test]
fn call_takes_parameters_from_argument_file_and_standard_input() {
    let params = json!({"QueueUrl": "https://queue", "MessageBody": "hé\nllo"});
    let file = Folder::new();
    let path = file.write("params.json", params.to_string());
    for run in [
        tucuxi("call sqs send_message").json(&params),
        tucuxi("call sqs SendMessage").arg(format!("@{}", path.display())),
        tucuxi("call sqs send-message -").input(params.to_string().as_bytes()),
        // With a byte order mark, as some editors write files.
        tucuxi("call sqs send_message -").input(format!("\u{feff}{params}\n").as_bytes()),
    ] {
        let server = Server::with_response(ok(r#"{"MessageId": "m-1"}"#));
        let ran = run.endpoint(&server).succeeds();
        assert_eq!(ran.text(), "{\n    \"MessageId\": \"m-1\"\n}\n");
        let request = server.request();
        assert_eq!(request.json(), params);
        assert_eq!(request.header("x-amz-target"), "AmazonSQS.SendMessage");
        assert!(request.header("authorization").contains("/eu-west-1/sqs/aws4_request"), "{request:?}");
    }
}

#[test]
fn call_without_parameters_sends_an_empty_object() {
    let server = Server::with_response(ok("{}"));
    let ran = tucuxi("call sqs list_queues").endpoint(&server).succeeds();
    assert_eq!((server.request().json(), ran.json()), (json!({}), json!({})));
}

#[test]
fn options_are_accepted_before_and_after_the_command() {
    for arguments in [
        "--region us-east-2 call sqs list_queues",
        "call --region=us-east-2 sqs list_queues",
        "call sqs list_queues --region us-east-2",
    ] {
        let server = Server::with_response(ok("{}"));
        tucuxi(arguments).endpoint(&server).succeeds();
        assert!(server.request().header("authorization").contains("/us-east-2/"));
    }
}

#[test]
fn unsigned_requests_need_no_credentials() {
    let server = Server::with_response(ok("{}"));
    bare("call sqs list_queues --region x-y-1 --no-sign-request").endpoint(&server).succeeds();
    assert_eq!(server.request().header("authorization"), "");
}

#[test]
fn profiles_are_read_from_the_home_directory() {
    let server = Server::with_response(ok("{}"));
    let run = bare("call sqs list_queues --profile dev").endpoint(&server);
    run.home.write(".aws/config", "[profile dev]\nregion = ap-south-1\n");
    run.home.write(".aws/credentials", "[dev]\naws_access_key_id = AKIDDEV\naws_secret_access_key = s\n");
    run.succeeds();
    assert!(server.request().header("authorization").contains("Credential=AKIDDEV/"));
}

#[test]
fn model_in_a_folder_is_callable() {
    let models = Folder::new();
    let model = json!({
        "metadata": {"apiVersion": "2030-01-01", "endpointPrefix": "brandnew", "protocol": "json", "jsonVersion": "1.1",
            "serviceId": "BrandNew", "signatureVersion": "v4", "targetPrefix": "BrandNew"},
        "operations": {"Greet": {"name": "Greet", "http": {"method": "POST", "requestUri": "/"},
            "input": {"shape": "Greeting"}, "output": {"shape": "Greeting"}}},
        "shapes": {"Greeting": {"type": "structure", "members": {"Name": {"shape": "Text"}}}, "Text": {"type": "string"}}
    });
    models.write("brandnew/2030-01-01/service-2.json", model.to_string());
    let with_models = |arguments: &str| tucuxi(arguments).arg("--model-path").arg(&models.0);

    let server = Server::with_response(ok(r#"{"Name": "you"}"#));
    let ran = with_models("call brandnew greet").json(&json!({"Name": "me"})).endpoint(&server).succeeds();
    assert_eq!(ran.json(), json!({"Name": "you"}));
    assert_eq!(server.request().header("x-amz-target"), "BrandNew.Greet");
    assert!(with_models("services").succeeds().lines().contains(&"brandnew"));
    assert_eq!(with_models("operations brandnew").succeeds().lines(), ["greet"]);
    with_models("call brandnew greet --api-version 1999-01-01").fails(252, &["brandnew", "1999-01-01", "2030-01-01"]);
}

// --- Payloads -----------------------------------------------------------------------------------------------------------

const PAYLOAD: &[u8] = b"\x00\x9f\x92\x96 no text\n";

#[test]
fn payloads_are_base64_text_unless_an_output_file_is_named() {
    let folder = Folder::new();
    let params = json!({"Bucket": "bucket", "Key": "a key"});
    let get = || tucuxi("call s3 get_object").json(&params);

    let server = Server::with_response(ok(PAYLOAD));
    let ran = get().endpoint(&server).succeeds();
    assert_eq!(ran.json()["Body"], tucuxi::blob(PAYLOAD));
    assert!(server.request().line.ends_with("/bucket/a%20key HTTP/1.1"), "{}", server.request().line);

    let path = folder.write("photo", "a longer content that was there before");
    let server = Server::with_response(ok(PAYLOAD));
    let ran = get().arg("--output-file").arg(&path).endpoint(&server).succeeds();
    assert_eq!(fs::read(&path).unwrap(), PAYLOAD);
    let rest = ran.json();
    assert_eq!((&rest["Body"], &rest["ContentLength"]), (&Value::Null, &json!(PAYLOAD.len())));

    let server = Server::with_response(ok(PAYLOAD));
    let ran = get().arg("--output-file").arg("-").endpoint(&server).succeeds();
    assert_eq!(ran.stdout, PAYLOAD);
}

#[test]
fn output_file_is_untouched_without_a_payload() {
    let folder = Folder::new();
    let (old, new) = (folder.write("old", "content"), folder.path("new"));
    let no_such_key = b"<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>";
    for path in [&old, &new] {
        let server = Server::with_response(response("404 Not Found", no_such_key));
        tucuxi(r#"call s3 get_object {"Bucket":"b","Key":"k"} --output-file"#)
            .arg(path)
            .endpoint(&server)
            .fails(254, &["NoSuchKey"]);
    }
    assert_eq!(fs::read(old).unwrap(), b"content");
    assert!(!new.exists());

    let server = Server::with_response(ok("{}"));
    tucuxi("call sqs list_queues --output-file").arg(&new).endpoint(&server).fails(252, &["no payload"]);
    tucuxi(r#"call s3 get_object {"Bucket":"b","Key":"k"} --output-file"#)
        .arg(folder.path("no/such/folder"))
        .endpoint(&server)
        .fails(255, &["no/such/folder", "nothing was sent"]);
    server.assert_untouched();
}

#[test]
fn truncated_payload_is_an_error() {
    let folder = Folder::new();
    let server = Server::with_response(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 100\r\n\r\nshort");
    let old = folder.write("old", "content");
    for path in [folder.path("new"), old.clone()] {
        tucuxi(r#"call s3 get_object {"Bucket":"b","Key":"k"} --output-file"#)
            .arg(&path)
            .endpoint(&server)
            .fails(255, &["the payload is not in ", "broke off after 5 of 100 bytes"]);
    }
    // Neither file looks complete.
    assert_eq!(fs::read_dir(old.parent().unwrap()).unwrap().count(), 1);
    assert_eq!(fs::read(old).unwrap(), b"content");
}

/// A Lambda response with an event stream.
fn events(frames: &[Vec<u8>]) -> Vec<u8> {
    let frames = frames.concat();
    let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nX-Amz-Executed-Version: 7";
    [format!("{head}\r\nContent-Length: {}\r\n\r\n", frames.len()).as_bytes(), &frames].concat()
}

const STREAM: &str = r#"call lambda invoke_with_response_stream {"FunctionName":"f"}"#;

#[test]
fn each_event_is_one_line() {
    let chunk = |text: &str| frames::event("PayloadChunk", text);
    let complete = frames::event("InvokeComplete", r#"{"LogResult": "x"}"#);
    let server = Server::with_response(events(&[chunk("hi"), chunk(""), complete]));
    let first = r#"{"ExecutedVersion":"7","StatusCode":200}"#;
    let ran = tucuxi(STREAM).endpoint(&server).succeeds();
    let lines: Vec<Value> = ran.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let expected = [
        serde_json::from_str(first).unwrap(),
        json!({"PayloadChunk": {"Payload": "aGk="}}),
        json!({"PayloadChunk": {"Payload": ""}}),
        json!({"InvokeComplete": {"LogResult": "x"}}),
    ];
    assert_eq!(lines, expected);
    let ran = tucuxi(STREAM).args("--query PayloadChunk.Payload").endpoint(&server).succeeds();
    assert_eq!(ran.text(), "null\n\"aGk=\"\n\"\"\nnull\n");
    tucuxi(STREAM).args("--output-file x").endpoint(&server).fails(252, &["no payload of bytes", "nothing was sent"]);
}

#[test]
fn errors_in_event_streams_follow_the_events() {
    let chunk = frames::event("PayloadChunk", "hi");
    let broken = frames::frame(&[(":message-type", "error"), (":error-code", "Oops"), (":error-message", "broke")], "");
    for (frames, code, error) in [
        (vec![chunk.clone(), broken], 254, "Oops: broke (in the event stream, HTTP 200)"),
        (vec![chunk.clone(), chunk[..20].to_vec()], 255, "the stream ends after 20 bytes of the frame"),
    ] {
        let ran = tucuxi(STREAM).args("--query PayloadChunk").endpoint(&Server::with_response(events(&frames))).run();
        assert_eq!((ran.code, ran.text()), (code, "null\n{\"Payload\":\"aGk=\"}\n"), "{}", ran.stderr);
        assert!(ran.stderr.contains(error) && ran.stderr.lines().count() == 1, "{}", ran.stderr);
    }
}

/// The server sends the second event only after the program has printed the first.
#[test]
fn events_are_printed_as_they_arrive() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (printed, next) = std::sync::mpsc::channel::<()>();
    let server = thread::spawn(move || {
        let mut connection = listener.accept().unwrap().0;
        BufReader::new(&connection).lines().find(|line| line.as_ref().unwrap().is_empty());
        connection.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").unwrap();
        for _ in 0..3 {
            connection.write_all(&frames::event("PayloadChunk", "hi")).unwrap();
            next.recv_timeout(std::time::Duration::from_secs(20)).unwrap();
        }
        connection.write_all(&frames::event("InvokeComplete", "{}")).unwrap();
    });
    let mut run = tucuxi(STREAM).args("--query PayloadChunk.Payload --endpoint-url").arg(url);
    let mut child = run.command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "null");
    for _ in 0..3 {
        assert_eq!(lines.next().unwrap().unwrap(), "\"aGk=\"");
        printed.send(()).unwrap();
    }
    assert_eq!(lines.next().unwrap().unwrap(), "null");
    assert!(child.wait().unwrap().success() && lines.next().is_none());
    server.join().unwrap();
}

#[test]
fn body_is_read_from_a_file() {
    let folder = Folder::new();
    let server = Server::with_response(ok(""));
    let put = || tucuxi(r#"call s3 put_object {"Bucket":"bucket","Key":"k"} --body"#);
    put().arg(folder.write("photo", PAYLOAD)).endpoint(&server).succeeds();
    let request = server.request();
    assert!(request.line.starts_with("PUT /bucket/"), "{}", request.line);
    assert_eq!(request.body, PAYLOAD);

    put().arg(folder.path("missing")).fails(252, &["--body", "missing"]);
    put().arg(&folder.0).fails(252, &["expected a file"]);
    tucuxi("call s3 put_object - --body -").fails(252, &["standard input"]);
    tucuxi("call sqs list_queues --body").arg(folder.path("photo")).fails(252, &["no payload of bytes"]);
}

#[test]
fn call_takes_a_body_and_returns_a_payload() {
    let server = Server::with_response(ok(PAYLOAD));
    let folder = Folder::new();
    let path = folder.write("event", "{}");
    let ran = tucuxi(r#"call lambda invoke {"FunctionName":"f"} --body"#).arg(path).endpoint(&server).succeeds();
    assert_eq!(ran.json()["Payload"], tucuxi::blob(PAYLOAD));
    assert_eq!(server.request().body, b"{}");
}

// --- wait ---------------------------------------------------------------------------------------------------------------

#[test]
fn wait_ends_with_success_or_with_a_reason() {
    let wait = |server: &Server, arguments: &str| {
        tucuxi("wait dynamodb table_exists")
            .json(&json!({"TableName": "music"}))
            .arg("--delay")
            .arg("0.01")
            .endpoint(server)
            .args(arguments)
    };
    let server = Server::with_response(ok(r#"{"Table": {"TableStatus": "ACTIVE"}}"#));
    assert_eq!(wait(&server, "").succeeds().text(), "");
    assert_eq!(server.request().json(), json!({"TableName": "music"}));

    let creating = ok(r#"{"Table": {"TableStatus": "CREATING"}}"#);
    let server = Server::with_response(&creating);
    wait(&server, "--max-attempts 3")
        .fails(255, &["dynamodb waiter table_exists: no success and no attempts left after 3"]);
    assert_eq!(server.received.lock().unwrap().len(), 3);
    let server = Server::with_response(&creating);
    wait(&server, "--timeout 0").fails(255, &["no success by the deadline of 0s after 1 attempt"]);

    let server = Server::with_response(response("400 Bad Request", br#"{"__type": "AccessDeniedException"}"#));
    wait(&server, "").fails(254, &["no acceptor expects", "AccessDeniedException"]);
    server.request();
}

// --- Errors -------------------------------------------------------------------------------------------------------------

const TABLES: [&str; 2] =
    [r#"{"TableNames": ["albums", "artists"], "LastEvaluatedTableName": "artists"}"#, r#"{"TableNames": ["songs"]}"#];

#[test]
fn pagination_stops_and_resumes() {
    let server = Server::with_responses(TABLES.map(ok));
    let all = tucuxi("call dynamodb list_tables --paginate --page-size 2").endpoint(&server).succeeds();
    assert_eq!(all.json(), json!({"TableNames": ["albums", "artists", "songs"]}));
    let requests: Vec<Value> = server.received.lock().unwrap().iter().map(Received::json).collect();
    assert_eq!(requests, [json!({"Limit": 2}), json!({"Limit": 2, "ExclusiveStartTableName": "artists"})]);

    let first =
        tucuxi("call dynamodb list_tables --max-items 1").endpoint(&Server::with_response(ok(TABLES[0]))).succeeds();
    assert_eq!(first.json()["TableNames"], json!(["albums"]));
    let token = first.json()["NextToken"].as_str().unwrap().to_owned();
    let server = Server::with_responses(TABLES.map(ok));
    let rest = tucuxi("call dynamodb list_tables --starting-token").arg(token).endpoint(&server).succeeds();
    assert_eq!(rest.json(), json!({"TableNames": ["artists", "songs"]}));
}

#[test]
fn query_applies_to_the_output() {
    let server = Server::with_response(ok(TABLES[0]));
    let one = tucuxi("call dynamodb list_tables --query TableNames[0]").endpoint(&server).succeeds();
    assert_eq!(one.text(), "\"albums\"\n");
    let server = Server::with_responses(TABLES.map(ok));
    let all = tucuxi("call dynamodb list_tables --paginate --query length(TableNames)").endpoint(&server).succeeds();
    assert_eq!(all.json(), 3);
}

#[test]
fn query_orders_strings_as_the_aws_cli_does() {
    for (query, expected) in [
        ("TableNames[?@ >= 'artists']", json!(["artists", "songs"])),
        ("TableNames[?@ == `songs`] | [0]", json!("songs")),
        ("TableNames[-99999999999:] | length(@)", json!(3)),
        ("sort_by(TableNames, &@)[::-1] | [0]", json!("songs")),
    ] {
        let server = Server::with_responses(TABLES.map(ok));
        let found = tucuxi("call dynamodb list_tables --paginate --query").arg(query).endpoint(&server).succeeds();
        assert_eq!(found.json(), expected, "{query}");
    }
    let query = ["[@,@]"; 40].join("|");
    let found = tucuxi("call dynamodb list_tables --query").arg(query).endpoint(&Server::with_response(ok(TABLES[0])));
    found.fails(255, &["the call succeeded, but --query failed", "it builds more than"]);
}

/// 252 means that nothing was sent.
#[test]
fn query_that_fails_after_the_call_exits_with_255() {
    for query in ["lenght(TableNames)", "abs(TableNames)"] {
        let server = Server::with_response(ok(TABLES[0]));
        let run = tucuxi("call dynamodb list_tables --query").arg(query).endpoint(&server);
        run.fails(255, &["the call succeeded, but --query failed"]);
        assert_eq!(server.received.lock().unwrap().len(), 1);
    }
}

/// The token of a web identity must not go to the endpoint of the service that is called.
#[test]
fn endpoint_url_is_not_for_credential_providers() {
    let assumed = "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>\
        <AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
        <Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>\
        </AssumeRoleWithWebIdentityResponse>";
    let (sts, service) = (Server::with_response(ok(assumed)), Server::with_response(ok(TABLES[0])));
    let folder = Folder::new();
    let token = folder.write("token", "HUSH-token");
    let run = bare("call dynamodb list_tables --region eu-west-1")
        .env("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap())
        .env("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/r")
        .env("AWS_ENDPOINT_URL_STS", &sts.url)
        .endpoint(&service);
    run.succeeds();
    assert!(String::from_utf8_lossy(&sts.request().body).contains("HUSH-token"));
    assert!(service.request().header("authorization").contains("Credential=ASIA/"));
}

#[test]
fn invalid_listing_options_fail_before_anything_is_sent() {
    let server = Server::with_response(ok("{}"));
    for (arguments, parts) in [
        ("call dynamodb list_tables --query TableNames[", &["JMESPath \"TableNames[\""][..]),
        ("call dynamodb list_tables --query a --dry-run", &["--query"]),
        ("call dynamodb list_tables --paginate --dry-run", &["--dry-run is for a single call"]),
        ("call s3 get_object --paginate --output-file x", &["--output-file is for a single call"]),
        ("call s3 put_object --max-items 1 --body x", &["--body is for a single call"]),
        ("call dynamodb list_tables --max-items many", &["--max-items", "`many`"]),
        ("call dynamodb list_tables --page-size -1", &["--page-size", "`-1`"]),
        ("call dynamodb put_item --paginate", &["dynamodb PutItem: no paginator"]),
        ("call dynamodb list_tables --starting-token a___b___c", &["bad starting token"]),
    ] {
        tucuxi(arguments).endpoint(&server).fails(252, parts);
    }
    server.assert_untouched();
}

#[test]
fn service_errors_exit_with_254() {
    let body = br#"{"__type": "com.amazonaws.sqs#OverLimit", "message": "too\nmany \u001b[31m"}"#;
    let server = Server::with_response(response("403 Forbidden", body));
    let parts = ["sqs SendMessage", "OverLimit", "too\\nmany \\u{1b}[31m", "HTTP 403", "request-1"];
    tucuxi("call sqs send_message")
        .json(&json!({"QueueUrl": "u", "MessageBody": "b"}))
        .endpoint(&server)
        .fails(254, &parts);
}

#[test]
fn wrong_command_lines_exit_with_252() {
    for (arguments, parts) in [
        ("", &["no command"][..]),
        ("call", &["SERVICE"]),
        ("call sqs", &["OPERATION"]),
        ("call sqs list_queues {} more", &["unexpected argument `more`"]),
        ("call sqs list_queues --regoin x", &["--regoin"]),
        ("call sqs list_queues --region", &["--region"]),
        ("call sqs list_queues --dry-run=yes", &["--dry-run"]),
        ("call sqs list_queues --read-timeout soon", &["--read-timeout", "soon"]),
        ("call sqs list_queues --read-timeout -1", &["--read-timeout", "-1"]),
        ("call sqs list_queues {", &["the argument", "expected a JSON object", "line 1"]),
        ("call sqs list_queues @/no/such/file", &["/no/such/file"]),
        ("call sqs list_queues []", &["expected object"]),
        ("call sqss list_queues", &["sqss", "`sqs`"]),
        ("call sqs list_queue", &["list_queue", "list_queues"]),
        ("describe sqs send_mesage", &["send_message"]),
        ("operations dynamo", &["dynamodb"]),
        ("waiters", &["SERVICE"]),
        ("wait s3", &["WAITER"]),
        ("wait s3 bucket_exist", &["bucket_exist", "bucket_exists"]),
        ("wait sts done", &["sts has no waiters"]),
        ("wait s3 bucket_exists --delay soon", &["--delay", "soon"]),
        ("wait s3 bucket_exists --timeout -1", &["--timeout", "-1"]),
        ("wait s3 bucket_exists --max-attempts 0", &["--max-attempts", "from 1"]),
        ("wait s3 bucket_exists {}", &["Bucket"]),
        ("models", &["import"]),
        ("models export x", &["models export"]),
        ("models import", &["PATH"]),
        ("help frobnicate", &["frobnicate"]),
    ] {
        tucuxi(arguments).fails(252, parts);
    }
    tucuxi(r#"call sqs send_message {"QueueUrl":1}"#)
        .fails(252, &["missing required member \"MessageBody\"; input.QueueUrl: expected string, found number 1"]);
    tucuxi("call sqs list_queues -").input(b"\xff").fails(252, &["standard input", "UTF-8"]);
}

#[test]
fn no_validate_turns_validation_off() {
    let server = Server::with_response(ok("{}"));
    let wrong = || tucuxi(r#"call sqs send_message {"Unknown":1}"#).endpoint(&server);
    wrong().fails(252, &["Unknown"]);
    server.assert_untouched();
    wrong().arg("--no-validate").succeeds();
}

#[test]
fn missing_settings_exit_with_253() {
    bare("call sqs list_queues").env("AWS_ACCESS_KEY_ID", "AKID").fails(253, &["no region"]);
    bare("call sqs list_queues --region eu-west-1").fails(
        253,
        &["no AWS credentials found: set AWS_ACCESS_KEY_ID", "; --profile NAME", "--no-sign-request", "--debug"],
    );
    tucuxi("call sqs list_queues --profile nobody").fails(253, &["nobody"]);
}

#[test]
fn debug_log_has_reasons_for_missing_credentials() {
    let ran = bare("call sqs list_queues --region eu-west-1 --debug").run();
    assert_eq!(ran.code, 253);
    for provider in ["env", "assume-role", "shared-credentials-file", "custom-process", "container-role", "iam-role"] {
        assert!(ran.stderr.contains(&format!("provider=\"{provider}\"")), "{provider}: {}", ran.stderr);
    }
    assert!(!ran.stderr.lines().last().unwrap().contains("tried"), "{}", ran.stderr);
}

#[test]
fn credentials_with_a_line_break_exit_with_253_and_name_the_variable() {
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE\r"),
        ("AWS_SECRET_ACCESS_KEY", "HUSH\r\n"),
        ("AWS_SESSION_TOKEN", "HUSH\n"),
        ("AWS_SECURITY_TOKEN", "HUSH\nHUSH"),
        ("AWS_ACCOUNT_ID", "HUSH\n"),
        ("AWS_SECRET_ACCESS_KEY", " HUSH"),
        ("AWS_BEARER_TOKEN_SQS", "HUSH\n"),
    ] {
        let server = Server::with_response(ok("{}"));
        let ran = tucuxi("call sqs list_queues").env(name, value).endpoint(&server).run();
        assert_eq!(ran.code, 253, "{name}: {}", ran.stderr);
        assert!(ran.stderr.contains(&format!("environment variable {name}")), "{}", ran.stderr);
        assert!(!ran.stderr.contains("HUSH") && ran.stderr.lines().count() == 1, "{}", ran.stderr);
        server.assert_untouched();
    }
}

/// The variables of other providers; the first variable has the line break.
#[test]
fn credential_settings_with_a_line_break_exit_with_253_and_name_the_variable() {
    let file = ("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere");
    let endpoint = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/x");
    for variables in [
        &[("AWS_WEB_IDENTITY_TOKEN_FILE", "/HUSH\r\n")][..],
        &[("AWS_ROLE_ARN", "arn:aws:iam::222222222222:role/HUSH\n"), file],
        &[("AWS_CONTAINER_AUTHORIZATION_TOKEN", "HUSH\n"), endpoint],
    ] {
        let run = bare("call sqs list_queues --region eu-west-1");
        let ran = variables.iter().fold(run, |run, (name, value)| run.env(name, value)).run();
        assert_eq!(ran.code, 253, "{}", ran.stderr);
        assert!(ran.stderr.contains(&format!("environment variable {}", variables[0].0)), "{}", ran.stderr);
        assert!(!ran.stderr.contains("HUSH") && ran.stderr.lines().count() == 1, "{}", ran.stderr);
    }
}

/// Lines that no command of the program begins are in the AWS CLI's language, whose errors have several lines.
#[test]
fn unknown_commands_get_suggestions() {
    for (arguments, expected) in [
        ("frobnicate", "argument command: Found invalid choice 'frobnicate'"),
        ("cal sqs list_queues", "Found invalid choice 'cal'\n\nMaybe you meant:\n\n  * call"),
        ("servces", "Maybe you meant:\n\n  * services"),
        ("sqs list_queues", "Maybe you meant:\n\n  * list-queues"),
    ] {
        let ran = tucuxi(arguments).run();
        assert_eq!((ran.code, ran.stderr.contains(expected)), (252, true), "{}", ran.stderr);
    }
}

#[test]
fn unknown_names_get_suggestions() {
    for (arguments, expected) in [
        ("help presgn", "did you mean \"presign\"?"),
        ("call sqs list_queues --quary x", "unknown option `--quary`, did you mean \"--query\"?"),
        ("call sqs list_queues --output-fil=HUSH", "unknown option `--output-fil`, did you mean \"--output-file\"?"),
        ("call sqs list_queues --regoin x", "did you mean \"--region\"?"),
        ("--profil x services", "did you mean \"--profile\"?"),
        ("presign s3 get_object --expires", "did you mean \"--expires-in\"?"),
        ("services --nothing-like-it", "unknown option `--nothing-like-it`; --help lists the options"),
        ("operations sqss", "did you mean `sqs`?"),
        ("operations evntbridge", "did you mean `events`"),
        ("describe sqs send_mesage", "did you mean \"send_message\"?"),
        ("call sqs lst_queues", "did you mean \"list_queues\"?"),
        ("call sqs lst_queues --paginate", "did you mean \"list_queues\"?"),
        ("wait dynamodb table_exist {}", "did you mean \"table_exists\"?"),
        (r#"call sqs list_queues {"QueueNamePrefx":"x"}"#, "did you mean \"QueueNamePrefix\"?"),
    ] {
        tucuxi(arguments).fails(252, &[expected]);
    }
    let server = Server::with_response(ok("{}"));
    let run = tucuxi("call sqs list_queues --profile dve").endpoint(&server);
    run.home.write(".aws/config", "[profile dev]\n");
    run.fails(253, &["did you mean \"dev\"?"]);
    server.assert_untouched();
}

#[test]
fn services_are_found_by_aliases() {
    let server = Server::with_response(ok("{}"));
    tucuxi("call").args("Simple-Queue-Service list_queues").endpoint(&server).succeeds();
    assert_eq!(server.request().header("x-amz-target"), "AmazonSQS.ListQueues");
    assert!(tucuxi("operations s3api").succeeds().lines().contains(&"list_objects_v2"));
    assert_eq!(tucuxi("waiters cloudwatch-logs").succeeds().lines(), tucuxi("waiters logs").succeeds().lines());
    tucuxi("operations email").fails(252, &["several services are called `email`: `pinpoint-email`, `ses` or `sesv2`"]);
}

#[test]
fn connection_errors_exit_with_255() {
    tucuxi("call sqs list_queues --endpoint-url http://127.0.0.1:1").fails(255, &["could not connect", "127.0.0.1:1"]);
    let server = Server::with_response("");
    tucuxi("call sqs list_queues --read-timeout 0.1").endpoint(&server).fails(255, &["too long"]);
}

#[test]
#[cfg(unix)]
fn broken_pipe_is_not_an_error() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = bare("services").command.stdout(writer).stderr(Stdio::piped()).output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

#[test]
#[cfg(target_os = "linux")]
fn full_disk_is_an_error() {
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = bare("services").command.stdout(full).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(255));
    assert!(String::from_utf8(output.stderr).unwrap().contains("standard output"));
}

// --- Secrets and text ---------------------------------------------------------------------------------------------------

fn assert_no_secrets(text: &str) {
    for secret in [SECRET_KEY, SESSION_TOKEN, "AKIDEXAMPLE"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    // A signature is 64 hexadecimal digits.
    let signature = text.split("Signature=").nth(1).unwrap_or("****");
    assert!(signature.starts_with("****"), "{text}");
}

#[test]
fn dry_run_masks_secrets_and_sends_nothing() {
    let server = Server::with_response(ok("{}"));
    let params = json!({"QueueUrl": "https://queue", "MessageBody": "hello"});
    let ran = tucuxi("call sqs send_message --dry-run")
        .json(&params)
        .env("AWS_SESSION_TOKEN", SESSION_TOKEN)
        .endpoint(&server)
        .succeeds();
    server.assert_untouched();
    assert_no_secrets(ran.text());
    let (head, body) = ran.text().split_once("\n\n").unwrap();
    assert_eq!(head.lines().next().unwrap(), format!("POST {}/", server.url));
    assert!(head.contains("authorization: AWS4-HMAC-SHA256 Credential=****/"), "{head}");
    assert!(head.contains("x-amz-security-token: ****"), "{head}");
    assert!(head.contains("x-amz-target: AmazonSQS.SendMessage"), "{head}");
    assert_eq!(serde_json::from_str::<Value>(body).unwrap(), params);
}

#[test]
fn dry_run_masks_sensitive_members_and_signatures() {
    let key = "0123456789HUSH789abcdef012345678";
    for (call, params, shown) in [
        ("sso list_accounts", json!({"accessToken": "HUSH-token"}), "\nx-amz-sso_bearer_token: ****\n"),
        ("sts get_session_token", json!({"SerialNumber": "arn:device", "TokenCode": "HUSH06"}), "&TokenCode=****\n"),
        (
            "rds create_db_cluster",
            json!({"DBClusterIdentifier": "c", "Engine": "e", "MasterUserPassword": "HUSH/1 2"}),
            "&MasterUserPassword=****\n",
        ),
        (
            "secretsmanager create_secret",
            json!({"Name": "n", "SecretString": "HUSH", "SecretBinary": "SFVTSA=="}),
            "\"SecretString\": \"****\", \"SecretBinary\": \"****\"",
        ),
        (
            "s3 get_object",
            json!({"Bucket": "b", "Key": "k", "SSECustomerAlgorithm": "AES256", "SSECustomerKey": key}),
            "\nx-amz-server-side-encryption-customer-key: ****\n",
        ),
        ("lambda invoke", json!({"FunctionName": "f", "Payload": "SFVTSC1IVVNI"}), "\n\n****\n"),
    ] {
        let ran = tucuxi(&format!("call {call} --dry-run --debug"))
            .json(&params)
            .env("AWS_SESSION_TOKEN", "HUSH-session")
            .args("--endpoint-url https://me:HUSH@localhost:1/base")
            .run();
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.text().contains(shown), "no {shown:?} in {}", ran.text());
        for secret in ["HUSH", "SFVTS", "hRasmdxg", "48555348"] {
            assert!(
                !format!("{}{}", ran.text(), ran.stderr).contains(secret),
                "{secret} in {}{}",
                ran.text(),
                ran.stderr
            );
        }
    }
}

#[test]
fn control_characters_in_errors_are_escaped() {
    for (run, parts) in [
        (tucuxi("call sqs list_queues --profile").arg("x\u{1b}[31m\ny"), "x\\u{1b}[31m\\ny"),
        (tucuxi("call s3 put_object {} --body").arg("no\u{202e}file"), "no\\u{202e}file"),
        (tucuxi("call sqs list_queues --endpoint-url").arg("http://h\u{9b}/"), "\\u{9b}"),
        (tucuxi("call sqs").arg("list\u{2028}queues"), "list\\u{2028}queues"),
        (tucuxi("call sqs list_queues").arg("@no\tfile"), "no\\tfile"),
    ] {
        let ran = run.run();
        assert_ne!(ran.code, 0);
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
        assert!(ran.stderr.contains(parts), "no {parts} in {}", ran.stderr);
        assert!(!ran.stderr.trim_end().contains(char::is_control), "{:?}", ran.stderr);
    }
}

#[test]
fn errors_suggest_the_right_form_of_parameters() {
    for (call, params, hint) in [
        ("dynamodb get_item", json!({"TableName": "ooo", "Key": {"id": "a"}}), r#"did you mean {"S": "a"}?"#),
        ("dynamodb get_item", json!({"TableName": "ooo", "Key": {"id": 5}}), r#"did you mean {"N": "5"}?"#),
        ("dynamodb put_item", json!({"TableName": "ooo", "Item": {"id": {"N": 5}}}), r#"did you mean "5"?"#),
        (
            "dynamodb put_item",
            json!({"TableName": "ooo", "Item": {"a": {"b": {"S": "x"}}}}),
            r#"did you mean {"M": {..}}?"#,
        ),
        ("ec2 describe_instances", json!({"InstanceIds": "i-1"}), r#"did you mean ["i-1"]?"#),
    ] {
        tucuxi(&format!("call {call}")).json(&params).fails(252, &[hint]);
    }
    // The value of a sensitive member is not shown.
    let params = json!({"Name": "n", "Value": 12_345_678});
    let ran = tucuxi("call ssm put_parameter").json(&params).run();
    assert!(ran.stderr.contains("expected string") && !ran.stderr.contains("12345678"), "{}", ran.stderr);
}

#[test]
fn parameters_are_read_as_the_aws_cli_reads_them() {
    let params = "\u{feff}{\"QueueUrl\": \"https://queue\", \"MessageBody\": \"cut \\ud83d\", \"DelaySeconds\": -0}";
    let ran = tucuxi("call sqs send_message --dry-run").arg(params).succeeds();
    let (_, body) = ran.text().split_once("\n\n").unwrap();
    let expected = json!({"QueueUrl": "https://queue", "MessageBody": "cut \u{fffd}", "DelaySeconds": 0});
    assert_eq!(serde_json::from_str::<Value>(body).unwrap(), expected);
}

#[test]
fn presign_prints_url_method_and_signed_headers() {
    let params = json!({"Bucket": "photos", "Key": "cat 1.jpg"});
    let ran = tucuxi("presign s3 get-object").json(&params).succeeds();
    let url = ran.text().trim_end();
    assert!(url.starts_with("https://photos.s3.amazonaws.com/cat%201.jpg?X-Amz-Algorithm=AWS4-HMAC-SHA256&"), "{url}");
    assert!(url.contains("&X-Amz-Expires=3600&") && !url.contains(char::is_whitespace), "{url}");
    assert_eq!(ran.stderr, "");

    let params = json!({"Bucket": "photos", "Key": "k", "ContentType": "image/jpeg"});
    let ran = tucuxi("presign s3 put_object --expires-in 60").json(&params).run();
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.text().contains("&X-Amz-Expires=60&"), "{}", ran.text());
    assert_eq!(ran.stderr, "PUT\ncontent-type: image/jpeg\n");
    let ran = tucuxi("presign sts get_caller_identity --method get").succeeds();
    assert!(ran.text().contains("?Action=GetCallerIdentity&"), "{}", ran.text());
    assert_eq!(ran.stderr, "");

    tucuxi("presign s3 get_object --expires-in 604801").json(&params).fails(252, &["1 second to 7 days"]);
    tucuxi("presign s3 get_object --method a/b").json(&params).fails(252, &["--method"]);
}

#[test]
fn generate_prints_tokens_and_forms() {
    let ran = tucuxi("generate rds db_auth_token")
        .json(&json!({"DBHostname": "db.example.com", "Port": 5432, "DBUsername": "app"}))
        .succeeds();
    assert!(
        ran.text().starts_with("db.example.com:5432/?Action=connect&DBUser=app&X-Amz-Algorithm="),
        "{}",
        ran.text()
    );
    assert_eq!(ran.lines().len(), 1);
    let form = tucuxi("generate s3 presigned_post").json(&json!({"Bucket": "photos", "Key": "k"})).succeeds().json();
    assert_eq!(form["url"], "https://photos.s3.amazonaws.com/");
    assert_eq!(form["fields"]["key"], "k");
    tucuxi("generate sqs token").fails(252, &["generates nothing"]);
}

#[test]
fn debug_logs_to_stderr_without_secrets() {
    let server = Server::with_response(ok(r#"{"QueueUrls": ["https://queue"]}"#));
    let ran = tucuxi("call sqs list_queues --debug").env("AWS_SESSION_TOKEN", SESSION_TOKEN).endpoint(&server).run();
    assert_eq!((ran.code, ran.json()), (0, json!({"QueueUrls": ["https://queue"]})));
    assert_eq!(server.request().header("x-amz-security-token"), SESSION_TOKEN);
    assert_no_secrets(&ran.stderr);
    for part in [
        "DEBUG tucuxi::call",
        "DEBUG tucuxi::transport::http received response",
        "status=200",
        "operation=\"list_queues\"",
    ] {
        assert!(ran.stderr.contains(part), "no {part:?} in {}", ran.stderr);
    }
    for line in ran.stderr.lines() {
        assert!(line.contains("ms DEBUG tucuxi"), "{line}");
    }
}

// --- Model information --------------------------------------------------------------------------------------------------

#[test]
fn services_operations_and_waiters_are_listed() {
    let services = bare("services").succeeds();
    let services = services.lines();
    assert!(services.len() > 400, "{}", services.len());
    assert!(services.is_sorted());
    for service in ["dynamodb", "ec2", "s3", "sqs", "sts"] {
        assert!(services.contains(&service));
    }
    let operations = bare("operations sts").succeeds();
    assert!(operations.lines().is_sorted());
    assert!(operations.lines().contains(&"get_caller_identity"));
    let waiters = ["bucket_exists", "bucket_not_exists", "object_exists", "object_not_exists"];
    assert_eq!(bare("waiters s3").succeeds().lines(), waiters);
    assert_eq!(bare("waiters sqs").succeeds().text(), "");
}

#[test]
fn describe_prints_text_or_json() {
    let text = bare("describe sqs SendMessage").succeeds();
    let squeezed: Vec<String> =
        text.lines().iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for line in [
        "sqs SendMessage (send_message)",
        "POST /, protocol json",
        "QueueUrl string required",
        "MessageAttributes map of string to MessageAttributeValue",
        "BinaryListValues list of blob",
        "QueueDoesNotExist",
    ] {
        assert!(squeezed.iter().any(|found| found == line), "no {line:?} in {squeezed:#?}");
    }
    let nothing = bare("describe sqs delete_queue").succeeds();
    assert!(nothing.lines().contains(&"Output: nothing"), "{}", nothing.text());
    let places = bare("describe s3 get_object").succeeds();
    assert!(places.text().contains("required, in the path"), "{}", places.text());

    let session = tucuxi::Session::builder().region("eu-west-1").build().unwrap();
    let about = session.client("sqs").unwrap().describe("send_message").unwrap();
    assert_eq!(bare("describe sqs send_message --json").succeeds().json(), about);
}

#[test]
fn every_operation_of_large_services_can_be_described() {
    // DynamoDB's attribute values are recursive; S3 has unions and every kind of location.
    for operation in ["dynamodb put_item", "s3 select_object_content", "s3 put_object", "ec2 run_instances"] {
        assert!(bare(&format!("describe {operation}")).succeeds().text().contains("\nInput\n"), "{operation}");
    }
}

#[test]
fn version_and_help_are_consistent() {
    let version = bare("version").succeeds();
    assert!(version.text().starts_with(concat!("tucuxi ", env!("CARGO_PKG_VERSION"))));
    assert!(version.text().contains("botocore 1."), "{}", version.text());
    assert_eq!(bare("--version").succeeds().text(), version.text());

    let overview = bare("--help").succeeds();
    assert_eq!(bare("help").succeeds().text(), overview.text());
    let commands = overview.text().split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    for command in commands.lines().map(|line| line.split_whitespace().next().unwrap()).filter(|name| *name != "help") {
        let help = bare(command).arg("--help").succeeds();
        assert!(help.text().contains(&format!("Usage: tucuxi {command}")), "{command}");
        assert!(help.text().contains("--endpoint-url"), "{command}");
        assert_eq!(bare("help").arg(command).succeeds().text(), help.text());
    }
}

#[test]
fn help_has_two_lengths() {
    let options = |arguments: &str| {
        let help = bare(arguments).succeeds();
        let rows = help.text().lines().filter(|line| line.starts_with("  --"));
        rows.map(|row| row.split_whitespace().next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(options("call -h"), options("call --help"));
    let (short, long) = (bare("call -h").succeeds(), bare("call --help").succeeds());
    assert!(short.lines().len() < long.lines().len());
    for part in
        ["Usage: tucuxi call SERVICE OPERATION ['JSON' | @FILE | -] [OPTIONS]", "\nListings:\n", "--region REGION"]
    {
        assert!(short.text().contains(part) && long.text().contains(part), "no {part:?} in {}", short.text());
    }
    assert!(long.lines().iter().all(|line| line.starts_with("    ") || line.chars().count() <= 80), "{}", long.text());
    assert!(bare("-h").succeeds().lines().len() < bare("--help").succeeds().lines().len() + 1);
    assert_eq!(bare("call --version").succeeds().text(), bare("version").succeeds().text());
}

#[test]
fn wrong_values_of_options_name_the_option() {
    for (arguments, expected) in [
        ("call sqs list_queues --region", "--region needs a value: --region REGION"),
        ("call sqs list_queues --dry-run=HUSH", "--dry-run takes no value"),
        ("presign s3 get_object --method a/b", "--method: expected an HTTP method, found `a/b`"),
        ("completion {} {}", "`completion {}`"),
        ("call sqs list_queues {} {\"HUSH\":1}", "unexpected JSON argument"),
    ] {
        let ran = tucuxi(arguments).run();
        assert_eq!((ran.code, ran.stderr.contains(expected)), (252, true), "{}", ran.stderr);
        assert!(!ran.stderr.contains("HUSH"), "{}", ran.stderr);
    }
}

#[test]
fn last_of_repeated_options_wins() {
    let ran = tucuxi("configure report --json --region x-y-1 --region us-west-2 --region=eu-west-3").succeeds();
    assert_eq!(ran.json()["region"]["value"], "eu-west-3");
}

#[test]
fn demo_receives_its_message() {
    // The demo ignores the machine's settings and sends nothing to other hosts.
    let demo = bare("demo").env("AWS_PROFILE", "nobody").env("http_proxy", "http://127.0.0.1:1").succeeds();
    for part in [
        "stand-in",
        "\"Body\":\"hello\"",
        "Err: sqs SendMessage: AWS.SimpleQueueService.NonExistentQueue",
        "The specified queue does not exist. (HTTP 400",
        "all is well",
    ] {
        assert!(demo.text().contains(part), "no {part:?} in {}", demo.text());
    }
}

#[test]
fn models_are_imported_from_a_folder() {
    let (source, target) = (Folder::new(), Folder::new());
    let model = json!({"metadata": {"apiVersion": "2030-01-01", "endpointPrefix": "tiny", "protocol": "json",
        "jsonVersion": "1.1", "serviceId": "Tiny", "signatureVersion": "v4", "targetPrefix": "Tiny"},
        "documentation": "prose", "operations": {}, "shapes": {}});
    for service in ["tiny", "other"] {
        source.write(&format!("data/{service}/2030-01-01/service-2.json"), model.to_string());
    }
    let import = |path: &Path| bare("models import").arg(path).arg("--to").arg(&target.0).arg("--services=tiny");
    let ran = import(&source.path("data")).succeeds();
    assert!(ran.text().contains("1 services"), "{}", ran.text());
    assert!(target.path("tiny/2030-01-01/service-2.json.gz").exists());
    assert!(!target.path("other").exists());
    import(&source.path("nowhere")).fails(255, &["nowhere"]);
}

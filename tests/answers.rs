//! What the program prints for the same lines and responses as the AWS CLI (`tests/data/awscli/answers.jsonl`): standard output to the
//! byte, the exit code, and errors but for the name of the program.
//!
//! Each case is a test: `cargo test --features cli --test answers -- --exact 'sqs queues as text'`.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use libtest_mimic::{Arguments, Trial};
use serde::Deserialize;

/// A command line, the responses to it, and what the AWS CLI did.
#[derive(Deserialize)]
struct Answer {
    name: String,
    argv: Vec<String>,
    /// The last one is for all further requests.
    #[serde(default)]
    responses: Vec<Reply>,
    /// The config file.
    #[serde(default)]
    config: String,
    #[serde(default)]
    zone: String,
    code: i32,
    #[serde(default)]
    stdout: String,
    #[serde(default)]
    stderr: String,
}

#[derive(Deserialize, Clone)]
struct Reply {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

fn main() {
    let reasons: BTreeMap<String, String> = serde_json::from_str(&data("answer_departures.json")).unwrap();
    let text = data("answers.jsonl");
    let answers: Vec<Answer> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let count = answers.len();
    let unknown: Vec<String> =
        reasons.keys().filter(|name| answers.iter().all(|answer| answer.name != **name)).cloned().collect();
    let mut trials = vec![Trial::test("cases_are_complete", move || match (count > 600, unknown.is_empty()) {
        (true, true) => Ok(()),
        _ => Err(format!("{count} cases; departures of no case: {unknown:?}").into()),
    })];
    for answer in answers {
        let departs = reasons.contains_key(&answer.name);
        let name = answer.name.clone();
        trials.push(Trial::test(name, move || match (check(&answer), departs) {
            (Err(_), true) => Ok(()),
            (Ok(()), true) => Err("no longer different".into()),
            (result, false) => result.map_err(Into::into),
        }));
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn data(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/awscli").join(file)).unwrap()
}

fn check(answer: &Answer) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    fs::write(&config, &answer.config).unwrap();
    let endpoint = format!("http://{}", serve(answer.responses.clone()));
    let mut command = Command::new(env!("CARGO_BIN_EXE_tucuxi"));
    #[cfg(unix)]
    std::os::unix::process::CommandExt::arg0(&mut command, "aws");
    command.env_clear().env("HOME", folder.path()).env("AWS_CONFIG_FILE", config).env("AWS_ENDPOINT_URL", endpoint);
    for (name, value) in [
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_MAX_ATTEMPTS", "1"),
        ("TZ", if answer.zone.is_empty() { "UTC" } else { &answer.zone }),
    ] {
        command.env(name, value);
    }
    let ran = command.args(&answer.argv).current_dir(folder.path()).stdin(Stdio::null()).output().unwrap();
    let stdout = String::from_utf8_lossy(&ran.stdout);
    let stderr = String::from_utf8_lossy(&ran.stderr).replace("tucuxi: [ERROR]", "aws: [ERROR]");
    for (what, found, expected) in
        [("standard output", &*stdout, &answer.stdout), ("standard error", &stderr, &answer.stderr)]
    {
        if found != expected {
            return Err(format!("{what}:\n{found}instead of\n{expected}{:?}\n{found:?}\n{expected:?}", answer.argv));
        }
    }
    match ran.status.code() {
        Some(code) if code == answer.code => Ok(()),
        code => Err(format!("exit code {code:?} instead of {}: {:?}", answer.code, answer.argv)),
    }
}

/// Sends the responses in order.
fn serve(replies: Vec<Reply>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for (index, stream) in listener.incoming().enumerate() {
            let reply = replies.get(index).or(replies.last());
            // A program that gives up closes its connection.
            _ = reply.map(|reply| respond(&stream.unwrap(), reply));
        }
    });
    address
}

fn respond(mut stream: &TcpStream, reply: &Reply) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length, mut is_head) = (String::new(), 0, None);
    while head != "\r\n" {
        head.clear();
        reader.read_line(&mut head)?;
        is_head = is_head.or(Some(head.starts_with("HEAD ")));
        if let Some((name, value)) = head.split_once(": ")
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
    }
    reader.read_exact(&mut vec![0; length])?;
    let mut response =
        format!("HTTP/1.1 {} x\r\nx-amzn-RequestId: request-1\r\nConnection: close\r\n", reply.status).into_bytes();
    for (name, value) in &reply.headers {
        // Values are Latin-1.
        response.extend(format!("{name}: ").bytes().chain(value.chars().map(|char| char as u8)).chain(*b"\r\n"));
    }
    response.extend(format!("Content-Length: {}\r\n\r\n", reply.body.len()).bytes());
    if is_head != Some(true) {
        response.extend(reply.body.bytes());
    }
    stream.write_all(&response)
}

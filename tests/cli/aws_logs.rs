//! `logs tail` and `logs start-live-tail`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::{Ran, Run, Server, frames, ok, response, tucuxi};

/// A page of events, which are ids, times and messages.
fn page(events: &[(&str, i64, &str)], token: Option<&str>) -> Vec<u8> {
    let event = |(id, time, message): &(&str, i64, &str)| json!({"eventId": id, "timestamp": time, "message": message, "logStreamName": "s", "ingestionTime": time});
    let mut page = json!({"events": events.iter().map(event).collect::<Vec<Value>>()});
    if let Some(token) = token {
        page["nextToken"] = token.into();
    }
    ok(page.to_string())
}

const TIME: i64 = 1_577_836_800_123;

#[test]
fn events_of_all_pages_are_printed_in_each_format() {
    for (options, expected) in [
        ("", "2020-01-01T00:00:00.123000+00:00 s {\"a\":1}\n2020-01-01T00:00:01.000000+00:00 s b  c\n"),
        ("--format short", "2020-01-01T00:00:00 {\"a\":1}\n2020-01-01T00:00:01 b  c\n"),
        (
            "--format json",
            "2020-01-01T00:00:00.123000+00:00 s \n{\n    \"a\": 1\n}\n2020-01-01T00:00:01+00:00 s b  c\n",
        ),
        (
            "--format short --color on",
            "\u{1b}[32m2020-01-01T00:00:00\u{1b}[0m {\"a\":1}\n\u{1b}[32m2020-01-01T00:00:01\u{1b}[0m b  c\n",
        ),
    ] {
        let pages = [page(&[("a", TIME, "{\"a\":1}\n")], Some("t")), page(&[("b", TIME + 877, "b  c \n\n")], None)];
        let server = Server::with_responses(pages);
        let line = format!("logs tail g --since 2020-01-01T00:00:00.5 {options}");
        let ran = tucuxi(&line).endpoint(&server).succeeds();
        assert_eq!(ran.text(), expected);
        let received = server.received.lock().unwrap();
        let first = json!({"logGroupName": "g", "interleaved": true, "startTime": 1_577_836_800_500_i64});
        assert_eq!(received[0].json(), first);
        assert_eq!(received[1].json()["nextToken"], "t");
    }
}

#[test]
fn options_limit_the_events() {
    let server = Server::with_response(page(&[], None));
    let line = "logs tail --log-stream-names a b --filter-pattern ERROR --since 0 g --log-stream-name-prefix p";
    assert_eq!(tucuxi(line).endpoint(&server).succeeds().text(), "");
    let expected = json!({
        "logGroupName": "g", "interleaved": true, "startTime": 0, "logStreamNames": ["a", "b"], "filterPattern": "ERROR",
        "logStreamNamePrefix": "p",
    });
    assert_eq!(server.request().json(), expected);
}

#[test]
fn wrong_times_send_nothing() {
    let server = Server::with_response(page(&[], None));
    let ran = tucuxi("logs tail g --since 5h30m").endpoint(&server).run();
    let expected = "\ntucuxi: [ERROR]: Invalid timestamp \"5h30m\": Unknown string format: 5h30m\n";
    assert_eq!((ran.code, ran.stderr.as_str()), (255, expected));
    server.assert_untouched();
}

#[test]
fn following_ends_with_an_error_of_the_service() {
    let failure = response("400 Bad Request", br#"{"__type": "ResourceNotFoundException", "message": "gone"}"#);
    let server = Server::with_responses([page(&[("a", TIME, "a")], Some("t")), failure]);
    let ran = tucuxi("logs tail g --since 1d --follow --format short").endpoint(&server).run();
    assert_eq!((ran.code, ran.text()), (254, "2020-01-01T00:00:00 a\n"));
}

/// Runs a line, and sends a signal when the server is ready and has had time to be read.
#[cfg(unix)]
fn interrupted(mut run: Run, signal: &str, ready: impl FnOnce()) -> Ran {
    use std::process::{Command, Stdio};
    let child = run.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    ready();
    thread::sleep(Duration::from_millis(500));
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    Ran { code: output.status.code().unwrap(), stdout: output.stdout, stderr }
}

/// Waits for a request.
fn await_request(server: &Server) {
    while server.received.lock().unwrap().is_empty() {
        thread::sleep(Duration::from_millis(5));
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_following_with_success() {
    let server = Server::with_response(page(&[("a", TIME, "a")], None));
    let run = tucuxi("logs tail g --since 1d --follow --format short").endpoint(&server);
    let ran = interrupted(run, "-INT", || await_request(&server));
    assert_eq!((ran.code, ran.text(), ran.stderr.as_str()), (0, "2020-01-01T00:00:00 a\n", ""));
}

#[cfg(unix)]
#[test]
fn an_interrupt_of_a_listing_is_a_failure() {
    // No response.
    let server = Server::with_response("");
    let ran = interrupted(tucuxi("logs tail g").endpoint(&server), "-INT", || await_request(&server));
    assert_eq!((ran.code, ran.text(), ran.stderr.as_str()), (130, "\n", ""));
}

/// Runs a line by way of a proxy, because the host of the operation has a prefix that no name of the loopback interface has.
fn live(line: &str, proxy: &str) -> Run {
    tucuxi(line).env("http_proxy", proxy).args("--endpoint-url http://logs.example")
}

fn update(messages: &[&str]) -> Vec<u8> {
    let results: Vec<Value> = messages.iter().map(|message| json!({"message": message})).collect();
    frames::event(
        "sessionUpdate",
        json!({"sessionMetadata": {"sampled": false}, "sessionResults": results}).to_string(),
    )
}

const LIVE: &str = "logs start-live-tail --log-group-identifiers arn:g";

#[test]
fn messages_are_printed_as_they_arrive() {
    let end = frames::exception("SessionTimeoutException", r#"{"message": "three hours"}"#);
    let stream = [frames::initial_response("{}"), update(&["a \n", "b"]), update(&[]), update(&["c"]), end].concat();
    let server = Server::with_response(ok(stream));
    let line = format!("{LIVE} arn:h --log-event-filter-pattern x --mode print-only");
    let ran = live(&line, &server.url).succeeds();
    let end = "An error occurred (SessionTimeoutException) when calling the StartLiveTail operation: three hours";
    assert_eq!(ran.text(), format!("a \n\nb\nc\n{end}\n"));
    let request = server.request();
    assert_eq!(request.line, "POST http://stream-logs.example/ HTTP/1.1");
    assert_eq!(request.json(), json!({"logGroupIdentifiers": ["arn:g", "arn:h"], "logEventFilterPattern": "x"}));
}

#[cfg(unix)]
#[test]
fn signals_end_live_messages_with_success() {
    for signal in ["-INT", "-TERM"] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sent, is_sent) = mpsc::channel::<()>();
        // The stream stays open until the program has ended.
        let server = thread::spawn(move || {
            let mut connection = listener.accept().unwrap().0;
            BufReader::new(&connection).lines().find(|line| line.as_ref().unwrap().is_empty());
            let stream = [frames::initial_response("{}"), update(&["a"])].concat();
            connection.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").unwrap();
            connection.write_all(&stream).unwrap();
            sent.send(()).unwrap();
            _ = std::io::copy(&mut connection, &mut std::io::sink());
        });
        let ran = interrupted(live(LIVE, &url), signal, || is_sent.recv().unwrap());
        server.join().unwrap();
        assert_eq!((ran.code, ran.text(), ran.stderr.as_str()), (0, "a\n", ""));
    }
}

#[test]
fn the_interactive_mode_is_refused() {
    let server = Server::with_response(ok(""));
    let ran = live(&format!("{LIVE} --mode interactive"), &server.url).run();
    assert_eq!(ran.code, 252);
    assert!(ran.stderr.contains("--mode interactive is not in tucuxi; use aws"), "{}", ran.stderr);
    server.assert_untouched();
}

//! Retries, deadlines and limits: which failed calls are retried and when, and which are never sent twice.
//!
//! `cargo test --release --test cases -- --ignored soak` runs the long soak test, with and without TLS. It takes six
//! minutes and prints statistics.

use std::io::{self};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tucuxi::{Body, Client, Credentials, Environment, Error, ErrorKind, RetryMode, SessionBuilder};

use crate::support::clock::VirtualClock;
use crate::support::script::{Script, ScriptedResponse, Sent};
use crate::support::session::session;
use crate::support::suite::{Suite, tests};

mod dripping;
mod faults;
mod limits;
mod user_agent;

pub(crate) fn suite() -> Suite {
    Suite::new("retry")
        .needs_models()
        .at_least(70)
        .cases("retry/calls.json", run)
        .cases("retry/user_agent.json", user_agent::features_match_botocore)
        .tests(&tests![
            attempts_differ_in_date_and_number_only,
            retries_send_the_whole_body_again,
            consumed_body_is_not_sent_again,
            quota_is_shared_by_clones,
            long_polls_pause_when_quota_is_exhausted,
            long_polls_extend_the_read_timeout,
            clock_correction_is_kept,
            expired_credentials_are_refreshed_once,
            adaptive_mode_slows_down,
            error_between_attempts_has_the_first_failure,
            retry_rule_of_the_program_wins,
            every_attempt_is_reported,
            interceptors_modify_and_reject_requests,
            user_agent::user_agent_of_the_program_is_kept,
        ])
        .tests(&dripping::tests())
        .tests(&limits::tests())
        .tests(&faults::tests())
        // They take minutes.
        .ignored_tests(&tests![faults::soak_in_full])
        .needs(cfg!(feature = "rustls"), "needs the feature rustls")
        .tests(&faults::tests_over_tls())
        .ignored_tests(&tests![faults::soak_in_full_over_tls])
}

// --- Setup --------------------------------------------------------------------------------------------------------------

fn builder() -> SessionBuilder {
    session("us-east-1")
}

fn client(builder: SessionBuilder, service: &str, script: &Script) -> (Client, VirtualClock) {
    let clock = VirtualClock::default();
    let session = builder.transport(script.clone()).clock(clock.clone()).build().unwrap();
    (session.client(service).unwrap(), clock)
}

fn message() -> Value {
    json!({"QueueUrl": "https://sqs.us-east-1.amazonaws.com/1/q", "MessageBody": "hello"})
}

// --- The vectors --------------------------------------------------------------------------------------------------------

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[expect(dead_code, reason = "it names the test")]
    name: String,
    #[serde(default = "sqs")]
    service: String,
    #[serde(default = "send_message")]
    operation: String,
    params: Option<Value>,
    #[serde(default)]
    environment: Map<String, Value>,
    max_attempts: Option<u32>,
    /// Milliseconds.
    deadline: Option<u64>,
    responses: Vec<ScriptedResponse>,
    attempts: u32,
    /// Minimum and maximum of each pause, in milliseconds.
    pauses: Vec<(u64, u64)>,
    error: Option<Expected>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    kind: String,
    code: Option<String>,
    processed: bool,
    #[serde(default)]
    says: Vec<String>,
}

fn sqs() -> String {
    "sqs".to_owned()
}

fn send_message() -> String {
    "send_message".to_owned()
}

fn run(case: &Case) -> Result<(), String> {
    let script = Script::new(case.responses.clone());
    let mut builder = builder();
    builder = builder.environment(Environment::from_pairs(
        case.environment.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())),
    ));
    if let Some(count) = case.max_attempts {
        builder = builder.max_attempts(count);
    }
    if let Some(millis) = case.deadline {
        builder = builder.deadline(Duration::from_millis(millis));
    }
    let (client, clock) = client(builder, &case.service, &script);
    let result = client.request(&case.operation).params(case.params.clone().unwrap_or_else(message)).send();

    let expect = |what: &str, holds: bool, found: &dyn std::fmt::Debug| {
        if holds { Ok(()) } else { Err(format!("{what}, found {found:?}")) }
    };
    let sent = script.sent();
    expect("attempts", sent.len() == case.attempts as usize, &sent.len())?;
    let attempts = match (&result, &case.error) {
        (Ok(output), None) => output.metadata.attempts,
        (Err(error), Some(_)) => error.attempts(),
        _ => return Err(format!("unexpected result: {result:?}")),
    };
    expect("the reported attempts", attempts == case.attempts, &attempts)?;
    let waits: Vec<_> = case.pauses.iter().filter(|(_, most)| *most > 0).collect();
    let pauses = clock.pauses();
    let within =
        |(pause, (least, most)): (&Duration, &&(u64, u64))| (*least..=*most).contains(&(pause.as_millis() as u64));
    expect("pauses", pauses.len() == waits.len() && pauses.iter().zip(&waits).all(within), &pauses)?;
    check_headers(&sent)?;
    let (Err(error), Some(expected)) = (&result, &case.error) else { return Ok(()) };
    expect("kind", format!("{:?}", error.kind()) == expected.kind, error)?;
    expect("code", error.service().map(|service| service.code()) == expected.code.as_deref(), error)?;
    expect("whether it may have been processed", error.may_have_been_processed() == expected.processed, error)?;
    let delays = error.delays();
    expect(
        "reported delays",
        delays.len() == case.pauses.len() && delays.iter().copied().filter(|delay| !delay.is_zero()).eq(pauses),
        &delays,
    )?;
    let line = error.to_string();
    expect("the message", expected.says.iter().all(|part| line.contains(part)), &line)
}

/// Checks that all attempts have the same id, and their own numbers.
fn check_headers(sent: &[Sent]) -> Result<(), String> {
    let id = sent[0].header("amz-sdk-invocation-id");
    for (index, request) in sent.iter().enumerate() {
        let attempt = request.header("amz-sdk-request");
        let attempt = attempt.rsplit_once("ttl=").map_or(attempt, |(_, rest)| rest.split_once("; ").unwrap().1);
        let signed = request.header("authorization");
        if id.len() != 36
            || request.header("amz-sdk-invocation-id") != id
            || !attempt.starts_with(&format!("attempt={}; max=", index + 1))
            || signed.contains("amz-sdk")
        {
            return Err(format!("headers of attempt {}: {:?}", index + 1, request.headers));
        }
    }
    Ok(())
}

// --- Requests -----------------------------------------------------------------------------------------------------------

fn attempts_differ_in_date_and_number_only() {
    let mut slow = ScriptedResponse::failed();
    slow.headers.insert("x-amz-retry-after".to_owned(), "2000".to_owned());
    slow.headers.insert("date".to_owned(), "Tue, 14 Nov 2023 22:13:50 GMT".to_owned());
    let script = Script::new(vec![slow.clone(), slow, ScriptedResponse::ok()]);
    // The operation's input has an idempotency token.
    let (client, _) = client(builder(), "dynamodb", &script);
    let put = json!({"Put": {"TableName": "music", "Item": {"a": {"S": "b"}}}});
    client.call("transact_write_items", json!({"TransactItems": [put]})).unwrap();
    let sent = script.sent();
    assert_eq!(sent.len(), 3);
    let body: Value = serde_json::from_slice(&sent[0].body).unwrap();
    assert_eq!(body["ClientRequestToken"].as_str().unwrap().len(), 36);
    assert!(sent.iter().all(|request| request.body == sent[0].body));
    let dates: Vec<_> = sent.iter().map(|request| request.header("x-amz-date")).collect();
    assert_eq!(dates, ["20231114T221320Z", "20231114T221322Z", "20231114T221324Z"]);
    assert_ne!(sent[0].header("authorization"), sent[1].header("authorization"));
    let numbers: Vec<_> = sent.iter().map(|request| request.header("amz-sdk-request")).collect();
    // The client's clock is 30 seconds behind the service's at the first response, 22:13:20.
    assert_eq!(
        numbers,
        ["attempt=1; max=4", "ttl=20231114T221452Z; attempt=2; max=4", "ttl=20231114T221452Z; attempt=3; max=4"]
    );
}

fn retries_send_the_whole_body_again() {
    let bodies: [fn() -> Body; 2] =
        [|| Body::from("a cat"), || Body::from_seekable(io::Cursor::new(b"a cat".to_vec())).unwrap()];
    for body in bodies {
        let script =
            Script::new(vec![ScriptedResponse::empty(500), ScriptedResponse::empty(500), ScriptedResponse::empty(200)]);
        let (client, _) = client(builder(), "s3", &script);
        let params = json!({"Bucket": "photos", "Key": "cat"});
        let output = client.request("put_object").params(params).body(body()).send().unwrap();
        assert_eq!(output.metadata.attempts, 3);
        // Each attempt has the checksum of the whole body.
        let expected = b"5\r\na cat\r\n0\r\nx-amz-checksum-crc32:o12cZA==\r\n\r\n";
        assert!(script.sent().iter().all(|request| request.body == expected));
    }
}

fn consumed_body_is_not_sent_again() {
    let upload = |script: &Script| {
        let (client, _) = client(builder(), "s3", script);
        let body = Body::from_reader_with_length(&b"a cat"[..], 5);
        let params = json!({"Bucket": "photos", "Key": "cat"});
        client.request("put_object").params(params).body(body).send()
    };
    let script = Script::new(vec![ScriptedResponse::empty(500), ScriptedResponse::empty(200)]);
    let error = upload(&script).unwrap_err();
    assert_eq!((error.attempts(), script.sent().len()), (1, 1));
    assert!(error.to_string().contains("not sent again, since the body can be read only once"), "{error}");
    // An unread body can be sent again.
    let untouched = Script::new(vec![ScriptedResponse::empty(500), ScriptedResponse::empty(200)]).without_reading();
    assert_eq!(upload(&untouched).unwrap().metadata.attempts, 2);
}

// --- Client state -------------------------------------------------------------------------------------------------------

fn quota_is_shared_by_clones() {
    let script = Script::new(vec![ScriptedResponse::failed()]);
    let (first, clock) = client(builder(), "sqs", &script);
    let second = first.clone();
    let calls: Vec<Error> = (0..20)
        .map(|call| if call % 2 == 0 { &first } else { &second }.call("send_message", message()).unwrap_err())
        .collect();
    // The quota of 500 covers 35 retries at a cost of 14.
    assert_eq!(clock.pauses().len(), 35);
    assert_eq!(script.sent().len(), 20 + 35);
    let attempts: Vec<u32> = calls.iter().map(Error::attempts).collect();
    assert_eq!(attempts, [vec![3; 17], vec![2], vec![1; 2]].concat());
    assert!(calls[19].to_string().contains("the client's retry quota is used up"), "{}", calls[19]);
    assert!(!calls[0].to_string().contains("quota"));
}

fn long_polls_pause_when_quota_is_exhausted() {
    let script = Script::new(vec![ScriptedResponse::failed()]);
    let (client, clock) = client(builder(), "sqs", &script);
    let params = json!({"QueueUrl": "https://sqs.us-east-1.amazonaws.com/1/q"});
    (0..18).for_each(|_| drop(client.call("receive_message", params.clone()).unwrap_err()));
    let (pauses, sent) = (clock.pauses().len(), script.sent().len());
    client.call("receive_message", params).unwrap_err();
    assert_eq!((clock.pauses().len(), script.sent().len()), (pauses + 1, sent + 1), "one pause, no retry");
}

fn long_polls_extend_the_read_timeout() {
    let script = Script::new(vec![ScriptedResponse::ok()]);
    let (client, _) = client(builder().read_timeout(Duration::from_secs(3)), "sqs", &script);
    let queue = "https://sqs.us-east-1.amazonaws.com/1/q";
    for (params, seconds) in [
        (json!({"QueueUrl": queue}), 25),
        (json!({"QueueUrl": queue, "WaitTimeSeconds": 7}), 12),
        (json!({"QueueUrl": queue, "WaitTimeSeconds": 0}), 5),
    ] {
        client.call("receive_message", params).unwrap();
        assert_eq!(script.sent().last().unwrap().options.read_timeout, Some(Duration::from_secs(seconds)));
    }
    client.call("list_queues", json!({})).unwrap();
    assert_eq!(script.sent().last().unwrap().options.read_timeout, Some(Duration::from_secs(3)));
}

fn clock_correction_is_kept() {
    let mut skewed = ScriptedResponse::new(403, json!({"__type": "SignatureDoesNotMatch"}));
    skewed.headers.insert("date".to_owned(), "Tue, 14 Nov 2023 21:13:20 GMT".to_owned());
    let script = Script::new(vec![skewed, ScriptedResponse::ok()]);
    let (client, _) = client(builder(), "sqs", &script);
    client.call("send_message", message()).unwrap();
    client.clone().call("send_message", message()).unwrap();
    let dates: Vec<_> = script.sent().iter().map(|request| request.header("x-amz-date").to_owned()).collect();
    assert_eq!(dates, ["20231114T221320Z", "20231114T211320Z", "20231114T211320Z"]);
}

fn expired_credentials_are_refreshed_once() {
    let provided = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&provided);
    let provider = move || Ok(Credentials::new(format!("AKID{}", count.fetch_add(1, Ordering::SeqCst)), "secret"));
    let script = Script::new(vec![
        ScriptedResponse::new(400, json!({"__type": "ExpiredTokenException"})),
        ScriptedResponse::ok(),
    ]);
    let (client, clock) = client(builder().credentials(provider), "sqs", &script);
    client.call("send_message", message()).unwrap();
    client.call("send_message", message()).unwrap();
    let keys: Vec<bool> = script.sent().iter().map(|sent| sent.header("authorization").contains("AKID1/")).collect();
    assert_eq!((keys, provided.load(Ordering::SeqCst)), (vec![false, true, true], 2));
    assert!(clock.pauses().is_empty());
    // Refreshed credentials that are rejected are not refreshed again.
    let provider = {
        let count = AtomicU32::new(0);
        move || Ok(Credentials::new(format!("AKID{}", count.fetch_add(1, Ordering::SeqCst)), "secret"))
    };
    let script = Script::new(vec![ScriptedResponse::new(400, json!({"__type": "ExpiredTokenException"}))]);
    let (client, _) = self::client(builder().credentials(provider), "sqs", &script);
    assert_eq!(client.call("send_message", message()).unwrap_err().attempts(), 2);
}

fn adaptive_mode_slows_down() {
    let throttled = ScriptedResponse::new(400, json!({"__type": "ThrottlingException"}));
    let script = Script::new([vec![throttled; 2], vec![ScriptedResponse::ok()]].concat());
    let (client, clock) = client(builder().retry_mode(RetryMode::Adaptive), "sqs", &script);
    for _ in 0..10 {
        client.call("send_message", message()).unwrap();
    }
    let pauses = clock.pauses();
    // Two pauses are back-offs; all others are the limiter's.
    assert!(pauses.len() > 5 && pauses.iter().all(|pause| *pause <= Duration::from_secs(5)), "{pauses:?}");
    let limited = client.request("send_message").params(message()).deadline(Duration::from_millis(1)).send();
    let standard = Script::new(vec![ScriptedResponse::ok()]);
    let (unlimited, clock) = self::client(builder(), "sqs", &standard);
    (0..10).for_each(|_| drop(unlimited.call("send_message", message()).unwrap()));
    assert!(clock.pauses().is_empty());
    let error = limited.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 0), "{error}");
    assert!(error.to_string().contains("deadline"), "{error}");
}

fn error_between_attempts_has_the_first_failure() {
    let provided = AtomicU32::new(0);
    let provider = move || match provided.fetch_add(1, Ordering::SeqCst) {
        // It expires during the pause.
        0 => Ok(Credentials::new("AKID", "secret").with_expiry(UNIX_EPOCH + Duration::from_secs(1_700_000_002))),
        _ => Err(unavailable()),
    };
    let mut slow = ScriptedResponse::failed();
    slow.headers.insert("x-amz-retry-after".to_owned(), "4000".to_owned());
    let script = Script::new(vec![slow, ScriptedResponse::ok()]);
    let (client, _) = client(builder().credentials(provider), "sqs", &script);
    let error = client.call("send_message", message()).unwrap_err();
    assert_eq!((error.attempts(), script.sent().len(), error.delays().len()), (1, 1, 1));
    assert!(error.may_have_been_processed() && error.to_string().contains("500"), "{error}");
}

/// Returns an error as a credentials provider would.
fn unavailable() -> Error {
    tucuxi::client("no such service").unwrap_err()
}

// --- Closures of the program --------------------------------------------------------------------------------------------

fn retry_rule_of_the_program_wins() {
    let rule = |error: &Error| match error.service()?.code() {
        "QueueDoesNotExist" => Some(true),
        "InternalError" => Some(false),
        _ => None,
    };
    for (status, code, attempts) in
        [(400, "QueueDoesNotExist", 3), (500, "InternalError", 1), (500, "Other", 3), (400, "Another", 1)]
    {
        let script = Script::new(vec![ScriptedResponse::new(status, json!({"__type": code}))]);
        let (client, _) = client(builder().retry_if(rule), "sqs", &script);
        assert_eq!(client.call("send_message", message()).unwrap_err().attempts(), attempts, "{code}");
    }
    // The maximum for a single request.
    let script = Script::new(vec![ScriptedResponse::failed()]);
    let (client, _) = client(builder().max_attempts(5), "sqs", &script);
    let error = client.request("send_message").params(message()).max_attempts(2).send().unwrap_err();
    assert_eq!(error.attempts(), 2);
}

fn every_attempt_is_reported() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let script = Script::new(vec![
        ScriptedResponse::failed(),
        ScriptedResponse { fault: Some("Connect".to_owned()), ..ScriptedResponse::ok() },
        ScriptedResponse::ok(),
    ]);
    let builder = builder().on_attempt(move |attempt| {
        log.lock().unwrap().push(format!(
            "{} {} {}/{} {} {:?} {:?} {}",
            attempt.service,
            attempt.operation,
            attempt.number,
            attempt.max_attempts,
            attempt.host,
            attempt.status,
            attempt.error.map(Error::kind),
            attempt.delay.is_some()
        ));
    });
    let (client, _) = client(builder, "sqs", &script);
    client.call("send_message", message()).unwrap();
    assert_eq!(
        *seen.lock().unwrap(),
        [
            "sqs SendMessage 1/3 sqs.us-east-1.amazonaws.com Some(500) Some(Service) true",
            "sqs SendMessage 2/3 sqs.us-east-1.amazonaws.com None Some(Connection) true",
            "sqs SendMessage 3/3 sqs.us-east-1.amazonaws.com Some(200) None false",
        ]
    );
}

fn interceptors_modify_and_reject_requests() {
    let script = Script::new(vec![ScriptedResponse::failed(), ScriptedResponse::ok()]);
    let builder = |script: &Script| {
        let own = builder()
            .before_sign(|request| {
                request.headers_mut().insert("x-first", http::HeaderValue::from_static("1"));
                Ok(())
            })
            .before_sign(|request| {
                assert!(request.headers().contains_key("x-first") && !request.headers().contains_key("authorization"));
                Ok(())
            })
            .before_send(|request| {
                assert!(request.headers().contains_key("amz-sdk-request"));
                request.headers_mut().insert("x-unsigned", http::HeaderValue::from_static("1"));
                Ok(())
            });
        (own, script.clone())
    };
    let (own, _) = builder(&script);
    let (client, _) = client(own, "sqs", &script);
    client.call("send_message", message()).unwrap();
    for sent in script.sent() {
        let signed = sent.header("authorization");
        assert!(signed.contains("x-first") && !signed.contains("x-unsigned"), "{signed}");
        assert_eq!((sent.header("x-first"), sent.header("x-unsigned")), ("1", "1"));
    }
    let script = Script::new(vec![ScriptedResponse::ok()]);
    let (client, _) = self::client(self::builder().before_send(|_| Err("not today".into())), "sqs", &script);
    let error = client.call("send_message", message()).unwrap_err();
    assert_eq!((error.kind(), error.attempts(), script.sent().len()), (ErrorKind::Refused, 0, 0));
    let (hook, reason) = ("before_send", "not today");
    assert!(error.to_string().contains(hook) && error.to_string().contains(reason), "{error}");
    let (client, _) = self::client(self::builder().after_response(|_| Err("not so".into())), "sqs", &script);
    let error = client.call("send_message", message()).unwrap_err();
    assert_eq!((error.kind(), error.attempts(), error.may_have_been_processed()), (ErrorKind::Refused, 1, true));
}

//! Waiters through the public API, with responses on the wire and a clock that advances only by sleeping.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::{Value, json};
use tucuxi::{Body, CancelToken, Client, Clock, Error, ErrorKind, SessionBuilder, Waited, WaiterReason, WaiterState};

use crate::support::clock::VirtualClock;
use crate::support::script::{Script, ScriptedResponse};
use crate::support::session::session;
use crate::support::suite::{Suite, read_json, tests};

pub(crate) fn suite() -> Suite {
    let mut suite = Suite::new("waiters").needs_models().at_least(89).cases("waiters/waits.json", run);
    for (number, case) in read_json::<Vec<Malformed>>(MALFORMED).into_iter().enumerate() {
        let name = format!("{number} {}", case.message);
        suite = suite.case(MALFORMED, &name, move || is_rejected(case));
    }
    suite.tests(&tests![
        waiters_are_found_by_any_spelling,
        invalid_waiter_in_a_file_does_not_affect_others,
        waiters_come_from_a_model_folder,
        closure_decides_on_responses,
        closure_can_fail_the_wait,
        callback_sees_every_attempt,
        waiter_can_be_used_from_many_threads,
        every_call_has_the_parameters,
        streaming_payload_is_not_read,
        cancelling_ends_a_sleep_immediately,
        custom_clock_is_cancelled_between_pauses,
        success_wins_over_cancellation,
        deadline_holds_when_the_clock_goes_back,
        deadline_includes_time_in_calls,
        debug_shows_no_response,
    ])
}

const MALFORMED: &str = "waiters/malformed.json";

// --- Setup --------------------------------------------------------------------------------------------------------------

fn builder() -> SessionBuilder {
    // No retries: the tests are about the waiter's decision on a failure.
    session("us-east-1").max_attempts(1)
}

/// Creates a client that gets these responses; the last one repeats.
fn with_responses(builder: SessionBuilder, service: &str, responses: Vec<ScriptedResponse>) -> (Client, Log) {
    let log = Log { clock: VirtualClock::default(), script: Script::new(responses) };
    let session = builder.transport(log.script.clone()).clock(log.clock.clone()).build().unwrap();
    (session.client(service).unwrap(), log)
}

/// The requests of a client, and its clock.
struct Log {
    clock: VirtualClock,
    script: Script,
}

fn table(status: &str) -> ScriptedResponse {
    ScriptedResponse::new(200, json!({"Table": {"TableStatus": status}}))
}

fn ask() -> Value {
    json!({"TableName": "music"})
}

// --- The vectors --------------------------------------------------------------------------------------------------------

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    service: String,
    /// Name of a waiter of the service, or a waiter in JSON.
    waiter: Value,
    params: Value,
    #[serde(default)]
    delay: Option<f64>,
    #[serde(default)]
    max_attempts: Option<u32>,
    #[serde(default)]
    deadline: Option<f64>,
    responses: Vec<ScriptedResponse>,
    expected: Expected,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// `success`, or the error's kind.
    outcome: String,
    #[serde(default)]
    reason: Option<String>,
    attempts: u32,
    /// Seconds.
    slept: f64,
    #[serde(default)]
    acceptor: Option<usize>,
    #[serde(default)]
    rule: Option<String>,
    #[serde(default)]
    history: Option<Vec<String>>,
    #[serde(default)]
    value: Option<Value>,
    /// Code of the service error that ended the wait.
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

fn run(case: &Case) {
    let (client, log) = with_responses(builder(), &case.service, case.responses.clone());
    let mut waiter = match &case.waiter {
        Value::String(name) => client.get_waiter(name),
        definition => client.waiter_from_json("custom", definition.clone()),
    }
    .unwrap();
    if let Some(seconds) = case.delay {
        waiter = waiter.delay(Duration::try_from_secs_f64(seconds).unwrap());
    }
    if let Some(count) = case.max_attempts {
        waiter = waiter.max_attempts(count);
    }
    if let Some(seconds) = case.deadline {
        waiter = waiter.deadline(Duration::try_from_secs_f64(seconds).unwrap());
    }
    compare(case, waiter.wait(case.params.clone()), &log);
}

fn compare(case: &Case, result: Result<Waited, Error>, log: &Log) {
    let (name, expected) = (&case.name, &case.expected);
    assert_eq!(log.clock.slept(), Duration::try_from_secs_f64(expected.slept).unwrap(), "{name}");
    assert_eq!(log.script.sent().len(), expected.attempts as usize, "{name}");
    let history: Vec<String> = match result {
        Ok(waited) => {
            assert_eq!(expected.outcome, "success", "{name}: {waited:?}");
            assert_eq!(waited.attempts, expected.attempts, "{name}");
            assert_eq!(waited.elapsed, log.clock.slept(), "{name}");
            assert_eq!(waited.acceptor, expected.acceptor, "{name}");
            assert_eq!(waited.service_error.as_ref().map(|error| error.code()), expected.code.as_deref(), "{name}");
            assert_eq!(waited.value, expected.value.clone().unwrap_or_default(), "{name}");
            waited.history.iter().map(ToString::to_string).collect()
        }
        Err(error) => {
            assert_eq!(format!("{:?}", error.kind()), expected.outcome, "{name}: {error}");
            assert_eq!(error.service().map(|error| error.code()), expected.code.as_deref(), "{name}: {error}");
            if let Some(message) = &expected.message {
                assert_eq!(error.to_string(), *message, "{name}");
            }
            let Some(failure) = error.waiter() else {
                assert_eq!(expected.reason, None, "{name}");
                return;
            };
            assert_eq!(Some(format!("{:?}", failure.reason())), expected.reason, "{name}");
            assert_eq!(failure.attempts(), expected.attempts, "{name}");
            assert_eq!(error.attempts(), expected.attempts, "{name}: requests");
            assert_eq!(failure.elapsed(), log.clock.slept(), "{name}");
            assert_eq!(failure.acceptor(), expected.acceptor, "{name}");
            if expected.rule.is_some() {
                assert_eq!(failure.rule(), expected.rule.as_deref(), "{name}");
            }
            assert_eq!(failure.last_response(), expected.value.as_ref(), "{name}");
            assert_eq!(error.service_name(), Some(case.service.as_str()), "{name}");
            failure.history().iter().map(ToString::to_string).collect()
        }
    };
    if let Some(expected) = &expected.history {
        assert_eq!(history, *expected, "{name}");
    }
    assert_eq!(history.len(), expected.attempts as usize, "{name}");
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Malformed {
    /// One waiter ..
    #[serde(default)]
    waiter: Option<Value>,
    /// .. or a whole file with the waiter `Broken`.
    #[serde(default)]
    file: Option<Value>,
    message: String,
}

fn is_rejected(case: Malformed) {
    let error = match (case.waiter, case.file) {
        (Some(waiter), None) => {
            let (client, _) = with_responses(builder(), "dynamodb", Vec::new());
            client.waiter_from_json("Broken", waiter).map(drop).unwrap_err()
        }
        (None, Some(file)) => {
            let (client, _) = with_responses(builder().waiters("dynamodb", file), "dynamodb", Vec::new());
            client.get_waiter("broken").map(drop).unwrap_err()
        }
        _ => panic!("a case is a waiter or a file"),
    };
    assert_eq!(error.kind(), ErrorKind::Model, "{error}");
    assert_eq!(error.to_string(), case.message);
}

// --- Names and sources --------------------------------------------------------------------------------------------------

fn waiters_are_found_by_any_spelling() {
    let (s3, _) = with_responses(builder(), "s3", Vec::new());
    assert_eq!(s3.waiter_names(), ["bucket_exists", "bucket_not_exists", "object_exists", "object_not_exists"]);
    for name in ["bucket_exists", "BucketExists", "bucket-exists"] {
        let waiter = s3.get_waiter(name).unwrap();
        assert_eq!((waiter.name(), waiter.operation()), ("bucket_exists", "HeadBucket"));
    }
    let error = s3.get_waiter("bucket_exist").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownWaiter);
    assert_eq!((error.service_name(), error.operation()), (Some("s3"), None));
    assert!(error.to_string().starts_with("s3 has no waiter \"bucket_exist\""), "{error}");
    assert!(error.to_string().contains("did you mean \"bucket_exists\"?"), "{error}");
    let (sts, _) = with_responses(builder(), "sts", Vec::new());
    assert_eq!(sts.waiter_names(), [""; 0]);
    let error = sts.get_waiter("bucket_exists").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownWaiter);
    assert!(error.to_string().starts_with("sts has no waiters"), "{error}");
}

fn file(expected: &str) -> Value {
    json!({"version": 2, "waiters": {
        "TableReady": {"operation": "DescribeTable", "delay": 3, "maxAttempts": 4, "acceptors": [
            {"state": "success", "matcher": "path", "argument": "Table.TableStatus", "expected": expected},
        ]},
        "Broken": {"operation": "DescribeTable", "delay": 3, "maxAttempts": 4, "acceptors": [
            {"state": "success", "matcher": "path", "argument": "Table.[", "expected": expected},
        ]},
    }})
}

fn invalid_waiter_in_a_file_does_not_affect_others() {
    let (client, log) = with_responses(
        builder().waiters("dynamodb", file("ACTIVE")),
        "dynamodb",
        vec![table("CREATING"), table("ACTIVE")],
    );
    assert_eq!(client.waiter_names(), ["broken", "table_ready"]);
    let waited = client.get_waiter("table_ready").unwrap().wait(ask()).unwrap();
    assert_eq!((waited.attempts, log.clock.slept()), (2, Duration::from_secs(3)));
    let error = client.get_waiter("broken").unwrap_err();
    assert!(error.to_string().contains("waiter Broken: acceptors[0]: argument: JMESPath \"Table.[\""), "{error}");
}

fn waiters_come_from_a_model_folder() {
    let folder = tempfile::tempdir().unwrap();
    let version = folder.path().join("dynamodb").join("2012-08-10");
    std::fs::create_dir_all(&version).unwrap();
    std::fs::write(version.join("waiters-2.json"), file("ACTIVE").to_string()).unwrap();
    let (client, _) = with_responses(builder().model_path(folder.path()), "dynamodb", vec![table("ACTIVE")]);
    assert_eq!(client.get_waiter("TableReady").unwrap().wait(ask()).unwrap().attempts, 1);
    let error = client.get_waiter("broken").unwrap_err();
    let path = version.join("waiters-2.json");
    assert!(error.to_string().starts_with(&format!("{}: waiter Broken: ", path.display())), "{error}");
}

// --- Closures -----------------------------------------------------------------------------------------------------------

fn closure_decides_on_responses() {
    let gone = ScriptedResponse::new(400, json!({"__type": "ResourceNotFoundException", "message": "no such table"}));
    let (client, log) = with_responses(builder(), "dynamodb", vec![gone, table("CREATING"), table("ACTIVE")]);
    let mut seen = Vec::new();
    let waited = client
        .waiter_with("describe_table", |response| {
            let (text, state) = match response {
                Ok(output) if output["Table"]["TableStatus"] == "ACTIVE" => ("active", WaiterState::Success),
                Ok(_) => ("other", WaiterState::Retry),
                Err(error) if error.code() == "ResourceNotFoundException" => ("absent", WaiterState::Retry),
                Err(_) => ("refused", WaiterState::Failure),
            };
            seen.push(text);
            state
        })
        .unwrap()
        .delay(Duration::from_millis(1500))
        .wait(ask())
        .unwrap();
    assert_eq!(seen, ["absent", "other", "active"]);
    assert_eq!((waited.attempts, waited.acceptor, log.clock.slept()), (3, None, Duration::from_secs(3)));
    assert_eq!(waited.value["Table"]["TableStatus"], "ACTIVE");
}

fn closure_can_fail_the_wait() {
    let gone = ScriptedResponse::new(400, json!({"__type": "ResourceNotFoundException", "message": "no such table"}));
    let (client, _) = with_responses(builder(), "dynamodb", vec![table("CREATING"), gone]);
    let waiter = client.waiter_with("DescribeTable", |response| match response {
        Ok(_) => WaiterState::Retry,
        Err(_) => WaiterState::Failure,
    });
    let error = waiter.unwrap().wait(ask()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Waiter);
    assert_eq!(error.service().unwrap().code(), "ResourceNotFoundException");
    let failure = error.waiter().unwrap();
    assert_eq!(
        (failure.waiter_name(), failure.reason(), failure.rule()),
        ("describe_table", WaiterReason::Failure, None)
    );
    assert_eq!((failure.attempts(), failure.elapsed()), (2, Duration::from_secs(5)));
    assert_eq!(failure.history(), [WaiterState::Retry, WaiterState::Failure]);
    let error = client.waiter_with("describe_tabel", |_| WaiterState::Success).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownOperation);
}

// --- Callbacks ----------------------------------------------------------------------------------------------------------

fn callback_sees_every_attempt() {
    let gone = ScriptedResponse::new(400, json!({"__type": "ResourceNotFoundException"}));
    let denied = ScriptedResponse::new(400, json!({"__type": "AccessDeniedException"}));
    let (client, _) = with_responses(builder(), "dynamodb", vec![table("CREATING"), gone, denied]);
    let mut seen = Vec::new();
    let result = client
        .get_waiter("table_exists")
        .unwrap()
        .on_attempt(|attempt| {
            let response = match attempt.response {
                Ok(output) => output["Table"]["TableStatus"].as_str().unwrap().to_owned(),
                Err(error) => error.code().to_owned(),
            };
            seen.push((attempt.number, attempt.state, attempt.acceptor, response, attempt.elapsed.as_secs()));
        })
        .wait(ask());
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Service);
    assert_eq!(
        seen,
        [
            (1, WaiterState::Retry, None, "CREATING".to_owned(), 0),
            (2, WaiterState::Retry, Some(1), "ResourceNotFoundException".to_owned(), 20),
            (3, WaiterState::Failure, None, "AccessDeniedException".to_owned(), 40),
        ]
    );
}

fn waiter_can_be_used_from_many_threads() {
    let (client, log) = with_responses(builder(), "dynamodb", vec![table("ACTIVE")]);
    let count = AtomicU32::new(0);
    let waiter = client.get_waiter("table_exists").unwrap().on_attempt(|_| _ = count.fetch_add(1, Ordering::Relaxed));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..5).for_each(|_| drop(waiter.wait(ask()).unwrap())));
        }
    });
    assert_eq!((count.load(Ordering::Relaxed), log.script.sent().len()), (20, 20));
}

fn every_call_has_the_parameters() {
    let (client, log) = with_responses(builder(), "dynamodb", vec![table("CREATING"), table("ACTIVE")]);
    client.get_waiter("table_exists").unwrap().wait(ask()).unwrap();
    for request in log.script.sent() {
        assert_eq!(serde_json::from_slice::<Value>(&request.body).unwrap(), ask());
    }
}

fn streaming_payload_is_not_read() {
    struct Unread(Arc<AtomicBool>);
    impl std::io::Read for Unread {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            self.0.store(true, Ordering::Relaxed);
            Ok(0)
        }
    }
    let was_read = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&was_read);
    let transport = move |_: http::Request<Body>| {
        Ok(http::Response::builder()
            .header("ETag", "\"tag\"")
            .body(Body::from_reader(Unread(Arc::clone(&flag))))
            .unwrap())
    };
    let s3 = builder().transport(transport).build().unwrap().client("s3").unwrap();
    let waited = s3
        .waiter_with("get_object", |_| WaiterState::Success)
        .unwrap()
        .wait(json!({"Bucket": "bucket", "Key": "key"}))
        .unwrap();
    assert_eq!(waited.value, json!({"ETag": "\"tag\"", "Metadata": {}}));
    assert!(!was_read.load(Ordering::Relaxed));
}

// --- Cancellation -------------------------------------------------------------------------------------------------------

fn cancelling_ends_a_sleep_immediately() {
    let (called, calls) = mpsc::channel();
    let transport = move |_: http::Request<Body>| {
        called.send(()).unwrap();
        table("CREATING").into_result()
    };
    // The system clock.
    let client = builder().transport(transport).build().unwrap().client("dynamodb").unwrap();
    let token = CancelToken::new();
    let waiter = client.get_waiter("table_exists").unwrap().delay(Duration::from_secs(600)).cancel(&token);
    let begin = Instant::now();
    let error = std::thread::scope(|scope| {
        let wait = scope.spawn(|| waiter.wait(ask()).unwrap_err());
        calls.recv().unwrap();
        token.cancel();
        wait.join().unwrap()
    });
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
    assert_eq!(error.kind(), ErrorKind::Waiter);
    let failure = error.waiter().unwrap();
    assert_eq!((failure.reason(), failure.attempts()), (WaiterReason::Cancelled, 1));
    assert_eq!(failure.last_response().unwrap()["Table"]["TableStatus"], "CREATING");
    assert!(error.to_string().starts_with("dynamodb waiter table_exists: cancelled after 1 attempt in "), "{error}");
}

fn custom_clock_is_cancelled_between_pauses() {
    let (client, log) = with_responses(builder(), "dynamodb", vec![table("CREATING")]);
    let token = CancelToken::new();
    let waiter = client.get_waiter("table_exists").unwrap().cancel(&token).on_attempt(|attempt| {
        if attempt.number == 3 {
            token.cancel();
        }
    });
    let failure = waiter.wait(ask()).unwrap_err();
    // Two whole pauses, and no part of the third.
    assert_eq!(log.clock.slept(), Duration::from_secs(40));
    assert_eq!(failure.waiter().unwrap().reason(), WaiterReason::Cancelled);
    // No call is made with a cancelled token.
    let again = waiter.wait(ask()).unwrap_err();
    assert_eq!(again.waiter().unwrap().attempts(), 0);
    assert_eq!(again.to_string(), "dynamodb waiter table_exists: cancelled after 0 attempts in 0s");
    assert_eq!(log.script.sent().len(), 3);
}

fn success_wins_over_cancellation() {
    let (client, _) = with_responses(builder(), "dynamodb", vec![table("ACTIVE")]);
    let token = CancelToken::new();
    let waiter = client.get_waiter("table_exists").unwrap().cancel(&token).on_attempt(|_| token.cancel());
    assert_eq!(waiter.wait(ask()).unwrap().attempts, 1);
}

// --- Clocks -------------------------------------------------------------------------------------------------------------

/// Clock that goes back an hour at each reading.
#[derive(Debug, Default)]
struct Backwards(Mutex<Duration>);

impl Clock for Backwards {
    fn now(&self) -> SystemTime {
        let mut back = self.0.lock().unwrap();
        *back += Duration::from_secs(3600);
        UNIX_EPOCH + Duration::from_secs(1_700_000_000) - *back
    }

    fn sleep(&self, _: Duration) {}
}

fn deadline_holds_when_the_clock_goes_back() {
    let transport = |_: http::Request<Body>| table("CREATING").into_result();
    let client =
        builder().transport(transport).clock(Backwards::default()).build().unwrap().client("dynamodb").unwrap();
    let waiter = client.get_waiter("table_exists").unwrap().deadline(Duration::from_secs(50));
    let error = waiter.wait(ask()).unwrap_err();
    let failure = error.waiter().unwrap();
    assert_eq!((failure.reason(), failure.attempts()), (WaiterReason::Deadline, 4));
    assert_eq!(failure.elapsed(), Duration::from_secs(50));
}

fn deadline_includes_time_in_calls() {
    let clock = VirtualClock::default();
    let time = clock.clone();
    let transport = move |_: http::Request<Body>| {
        time.sleep(Duration::from_secs(7));
        table("CREATING").into_result()
    };
    let client = builder().transport(transport).clock(clock.clone()).build().unwrap().client("dynamodb").unwrap();
    let waiter = client.get_waiter("table_exists").unwrap().deadline(Duration::from_secs(30));
    let failure = waiter.wait(ask()).unwrap_err();
    // A call until 7, a pause until 27, a call until 34: past the deadline, so no pause follows.
    assert_eq!(failure.waiter().unwrap().attempts(), 2);
    assert_eq!(failure.waiter().unwrap().elapsed(), Duration::from_secs(34));
}

fn debug_shows_no_response() {
    let (client, _) = with_responses(builder(), "dynamodb", vec![table("TOPSECRET")]);
    let waiter = client.get_waiter("table_exists").unwrap().max_attempts(1);
    let error = waiter.wait(ask()).unwrap_err();
    assert!(!format!("{error:?} {:?} {waiter:?}", error.waiter()).contains("TOPSECRET"));
    assert_eq!(error.waiter().unwrap().last_response().unwrap()["Table"]["TableStatus"], "TOPSECRET");
}

//! Calls that depend on other calls or are redirected: sessions of directory buckets, region redirects, endpoint discovery.
//! Scripts of requests and responses: `tests/data/redirects_and_discovery/*.json`.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex, OnceLock, mpsc};
use std::time::{Duration, Instant, UNIX_EPOCH};

use serde_json::{Map, Value, json};
use tucuxi::{
    Body, Client, Credentials, Environment, Error, ErrorKind, SendOptions, Session, SessionBuilder, Transport,
    TransportError, TransportErrorKind,
};

use crate::support::clock::ManualClock;
use crate::support::session::session;
use crate::support::suite::{Suite, tests};

/// 2024-01-01T00:00:00Z.
const START: u64 = 1_704_067_200;

pub(crate) fn suite() -> Suite {
    Suite::new("redirects_and_discovery").at_least(90).needs_models().files("redirects_and_discovery", run).tests(
        &tests![
            concurrent_calls_share_one_session,
            session_cache_holds_100_buckets,
            session_credentials_are_not_shown,
            directory_bucket_urls_are_signed_with_session_credentials,
            wait_for_another_threads_call_respects_deadline,
            valid_session_is_used_when_renewal_times_out,
            failure_by_deadline_is_not_shared,
            failure_is_shared_with_waiting_threads,
            recursive_calls_are_errors,
            recursive_providers_are_errors,
        ],
    )
}

/// Plays a script.
fn run(script: &Value) -> Result<(), String> {
    only(script, &["name", "why", "service", "region", "environment", "endpoint_url", "settings", "steps"]);
    let server = ScriptedServer { clock: ManualClock::at(START), script: Mutex::default(), failures: Mutex::default() };
    let server = Arc::new(server);
    let client = client(script, &server);
    let mut failures = Vec::new();
    for (number, step) in script["steps"].as_array().unwrap().iter().enumerate() {
        only(
            step,
            &[
                "advance",
                "operation",
                "params",
                "body",
                "once",
                "piped",
                "max_attempts",
                "exchanges",
                "value",
                "error",
                "attempts",
            ],
        );
        server.clock.advance(Duration::from_secs(step["advance"].as_u64().unwrap_or(0)));
        if step.get("operation").is_some() {
            *server.script.lock().unwrap() = step["exchanges"].as_array().cloned().unwrap_or_default().into();
            let mut found = play(&client, step, &server).err().into_iter().collect::<Vec<_>>();
            found.append(&mut server.failures.lock().unwrap());
            let left = server.script.lock().unwrap().len();
            if left > 0 {
                found.push(format!("{left} requests were not sent"));
            }
            failures.extend(found.into_iter().map(|failure| format!("step {}: {failure}", number + 1)));
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
}

fn play(client: &Client, step: &Value, server: &ScriptedServer) -> Result<(), String> {
    let operation = step["operation"].as_str().unwrap();
    let mut request = client.request(operation).params(step.get("params").cloned().unwrap_or_else(|| json!({})));
    if let Some(body) = step["body"].as_str() {
        request = request.body(body);
    }
    if let Some(body) = step["once"].as_str() {
        let reader = std::io::Cursor::new(body.as_bytes().to_vec());
        request = request.body(Body::from_reader_with_length(reader, body.len() as u64));
    }
    if let Some(body) = step["piped"].as_str() {
        request = request.body(Body::from_reader(std::io::Cursor::new(body.as_bytes().to_vec())));
    }
    if let Some(count) = step["max_attempts"].as_u64() {
        request = request.max_attempts(count as u32);
    }
    let outcome = request.send();
    let attempts = match &outcome {
        Ok(output) => output.metadata.attempts,
        Err(error) => error.attempts(),
    };
    if let Some(expected) = step.get("attempts") {
        equal("attempts", expected, &json!(attempts))?;
    }
    let failures = server.failures.lock().unwrap().len();
    match (&outcome, step["error"].as_array()) {
        (Err(error), Some(expected)) => {
            let found = error.to_string();
            expected.iter().map(|text| text.as_str().unwrap()).try_for_each(|text| match found.contains(text) {
                true => Ok(()),
                false => Err(format!("expected {text:?} in {found:?}")),
            })?;
        }
        (Err(error), None) if failures == 0 => return Err(error.to_string()),
        (Ok(output), Some(_)) => return Err(format!("expected an error, found {}", output.value)),
        _ => {}
    }
    match (step.get("value"), &outcome) {
        (Some(expected), Ok(output)) => equal("value", expected, &output.value),
        _ => Ok(()),
    }
}

fn client(script: &Value, server: &Arc<ScriptedServer>) -> Client {
    let none = Map::new();
    let variables = script["environment"].as_object().unwrap_or(&none);
    let variables: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
    let service = script["service"].as_str().unwrap();
    let seen = Arc::clone(server);
    let mut session = Session::builder()
        .environment(Environment::from_pairs(variables))
        .credentials(Credentials::new("AKID", "SECRET").with_session_token("own-token"))
        .clock(server.clock.clone())
        .region(script["region"].as_str().unwrap_or("us-west-2"))
        .transport(move |request: http::Request<Body>| seen.respond(request));
    if let Some(url) = script["endpoint_url"].as_str() {
        session = session.endpoint_url(url);
    }
    session = with_cells(session);
    for (name, value) in script["settings"].as_object().unwrap_or(&none) {
        session = match name.as_str() {
            "s3_disable_express_session_auth" => session.s3_disable_express_session_auth(value.as_bool().unwrap()),
            "path_style" => session.s3_addressing_style(tucuxi::AddressingStyle::Path),
            other => panic!("unknown setting {other}"),
        };
    }
    session.build().unwrap().client(service).unwrap()
}

/// Adds a service with endpoint discovery.
fn with_cells(session: SessionBuilder) -> SessionBuilder {
    let text = include_str!("../data/redirects_and_discovery/model/cells.json");
    let model: Value = serde_json::from_str(text).unwrap();
    session.model("cells", model["service"].clone()).endpoint_rule_set("cells", model["rules"].clone())
}

/// Responds to requests from a script, and records unexpected requests.
struct ScriptedServer {
    clock: ManualClock,
    script: Mutex<VecDeque<Value>>,
    failures: Mutex<Vec<String>>,
}

impl ScriptedServer {
    fn respond(&self, request: http::Request<Body>) -> Result<http::Response<Body>, TransportError> {
        let Some(exchange) = self.script.lock().unwrap().pop_front() else {
            self.failures.lock().unwrap().push(format!("not in the script: {} {}", request.method(), request.uri()));
            return Ok(http::Response::builder().status(400).body(Body::from("<Error/>")).unwrap());
        };
        only(&exchange, &["request", "response"]);
        if let Err(failure) = check(&exchange["request"], request) {
            self.failures.lock().unwrap().push(failure);
        }
        let response = &exchange["response"];
        if response == "lost" {
            return Err(TransportError::new(TransportErrorKind::Connect, "connection refused"));
        }
        only(response, &["status", "headers", "body", "json"]);
        let mut builder = http::Response::builder().status(response["status"].as_u64().unwrap_or(200) as u16);
        for (name, value) in response["headers"].as_object().unwrap_or(&Map::new()) {
            builder = builder.header(name, value.as_str().unwrap());
        }
        let json = response.get("json").map(Value::to_string);
        let body = json.unwrap_or_else(|| response["body"].as_str().unwrap_or_default().to_owned());
        Ok(builder.body(Body::from(body)).unwrap())
    }
}

fn check(expected: &Value, request: http::Request<Body>) -> Result<(), String> {
    only(expected, &["method", "url", "scope", "key", "headers", "json", "body"]);
    let (parts, body) = request.into_parts();
    let body = String::from_utf8_lossy(&body.into_bytes().unwrap()).into_owned();
    let header = |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap());
    let credential = header("authorization").and_then(|value| value.split_once("Credential="));
    let credential: Vec<&str> =
        credential.map(|(_, rest)| rest.split(',').next().unwrap().split('/').collect()).unwrap_or_default();
    for (name, expected) in expected.as_object().into_iter().flatten() {
        let found = match name.as_str() {
            "method" => json!(parts.method.as_str()),
            "url" => json!(parts.uri.to_string()),
            "scope" => json!(credential.get(2..credential.len().saturating_sub(1)).map(|scope| scope.join("/"))),
            "key" => json!(credential.first()),
            "json" => serde_json::from_str(&body).unwrap_or_default(),
            "body" => json!(body),
            _ => {
                for (name, expected) in expected.as_object().unwrap() {
                    equal(name, expected, &json!(header(name)))?;
                }
                continue;
            }
        };
        equal(name, expected, &found)?;
    }
    Ok(())
}

fn only(object: &Value, known: &[&str]) {
    for key in object.as_object().into_iter().flatten().map(|(key, _)| key) {
        assert!(known.contains(&key.as_str()), "unknown key {key}: {object}");
    }
}

fn equal(what: &str, expected: &Value, found: &Value) -> Result<(), String> {
    if expected == found { Ok(()) } else { Err(format!("{what}: expected {expected}, found {found}")) }
}

/// A response of `CreateSession`, with credentials valid for five minutes.
fn create_session_response(number: u32) -> String {
    format!(
        "<CreateSessionResult><Credentials><AccessKeyId>SESSION{number}</AccessKeyId>\
         <SecretAccessKey>s</SecretAccessKey><SessionToken>token{number}</SessionToken>\
         <Expiration>2024-01-01T00:05:00Z</Expiration></Credentials></CreateSessionResult>"
    )
}

fn s3(
    transport: impl Fn(http::Request<Body>) -> Result<http::Response<Body>, TransportError> + Send + Sync + 'static,
) -> Client {
    session("us-west-2").clock(ManualClock::at(START)).transport(transport).build().unwrap().client("s3").unwrap()
}

fn concurrent_calls_share_one_session() {
    const THREADS: usize = 16;
    let (made, sent) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let counts = (Arc::clone(&made), Arc::clone(&sent));
    let client = s3(move |request| {
        if request.uri().query() == Some("session") {
            // Gives all other threads time to need a session too.
            std::thread::sleep(Duration::from_millis(50));
            return Ok(http::Response::new(Body::from(create_session_response(counts.0.fetch_add(1, SeqCst)))));
        }
        assert_eq!(request.headers()["x-amz-s3session-token"], "token0");
        counts.1.fetch_add(1, SeqCst);
        Ok(http::Response::new(Body::empty()))
    });
    let start = Barrier::new(THREADS);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                start.wait();
                client.call("get_object", json!({"Bucket": "b--usw2-az1--x-s3", "Key": "k"})).unwrap();
            });
        }
    });
    assert_eq!((made.load(SeqCst), sent.load(SeqCst)), (1, 16));
}

/// Bucket names come from callers, so the cache is bounded.
fn session_cache_holds_100_buckets() {
    let made = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&made);
    let client = s3(move |request| match request.uri().query() {
        Some("session") => Ok(http::Response::new(Body::from(create_session_response(count.fetch_add(1, SeqCst))))),
        _ => Ok(http::Response::new(Body::empty())),
    });
    let get = |number: u32| {
        client.call("head_object", json!({"Bucket": format!("b{number}--usw2-az1--x-s3"), "Key": "k"})).unwrap();
    };
    (0..100).for_each(get);
    (0..100).for_each(get);
    assert_eq!(made.load(SeqCst), 100);
    get(100);
    get(1);
    assert_eq!(made.load(SeqCst), 101);
    // The least recently used session was evicted.
    get(0);
    assert_eq!(made.load(SeqCst), 102);
}

/// Session credentials are as secret as others.
fn session_credentials_are_not_shown() {
    let client = s3(|request| match request.uri().query() {
        Some("session") => Ok(http::Response::new(Body::from(create_session_response(7)))),
        _ => Ok(http::Response::builder()
            .status(403)
            .body(Body::from("<Error><Code>AccessDenied</Code></Error>"))
            .unwrap()),
    });
    let params = json!({"Bucket": "b--usw2-az1--x-s3", "Key": "k"});
    let error = client.call("get_object", params.clone()).unwrap_err();
    let request = client.request("get_object").params(params).prepare().unwrap();
    let shown = format!("{error} {error:?} {client:?} {:?}", request.headers());
    assert!(!shown.contains("token7"), "{shown}");
}

/// The presigned URL of a directory bucket contains the session token.
fn directory_bucket_urls_are_signed_with_session_credentials() {
    let client = s3(|request| {
        assert_eq!(request.uri().query(), Some("session"));
        Ok(http::Response::new(Body::from(create_session_response(1))))
    });
    let request = client.request("get_object").params(json!({"Bucket": "b--usw2-az1--x-s3", "Key": "k"}));
    let url = request.presign(Duration::from_secs(60)).unwrap();
    let url = format!("{url:?} {}", url.uri());
    assert!(url.contains("X-Amz-S3session-Token=token1") && url.contains("Credential=SESSION1"), "{url}");
    assert!(!url.contains("Security-Token"), "{url}");
}

// --- Calls that wait for the same session or endpoint ----------------------------------------------------------------------

/// The response to the call that `s3` (a session) and `cells` (an endpoint) make first.
fn preliminary_response(request: &http::Request<Body>) -> Option<http::Response<Body>> {
    if request.uri().query() == Some("session") {
        return Some(http::Response::new(Body::from(create_session_response(1))));
    }
    let target = request.headers().get("x-amz-target")?;
    let is_discovery = target.to_str().unwrap().ends_with("DescribeEndpoints");
    let body = r#"{"Endpoints": [{"Address": "cell1.example", "CachePeriodInMinutes": 10}]}"#;
    is_discovery.then(|| http::Response::new(Body::from(body)))
}

/// Calls that need another call first, whose response is [`preliminary_response`].
const DEPENDENT_CALLS: [(&str, &str, &str); 2] =
    [("s3", "delete_object", r#"{"Bucket": "b--usw2-az1--x-s3", "Key": "k"}"#), ("cells", "required", "{}")];

fn session_with_cells() -> SessionBuilder {
    with_cells(session("us-west-2").clock(ManualClock::at(START)))
}

/// One thread has no deadline; the others do.
fn wait_for_another_threads_call_respects_deadline() {
    const DEADLINE: Duration = Duration::from_millis(200);
    for (service, operation, params) in DEPENDENT_CALLS {
        let params: Value = serde_json::from_str(params).unwrap();
        let (started, has_started) = mpsc::channel();
        let (release, released) = mpsc::channel();
        let channels = Mutex::new((started, released));
        let transport = move |request: http::Request<Body>| {
            let Some(response) = preliminary_response(&request) else { return Ok(http::Response::new(Body::empty())) };
            let channels = channels.lock().unwrap();
            channels.0.send(()).unwrap();
            channels.1.recv().unwrap();
            Ok::<_, TransportError>(response)
        };
        let client = session_with_cells().transport(transport).build().unwrap().client(service).unwrap();
        std::thread::scope(|scope| {
            let patient = scope.spawn(|| client.call(operation, params.clone()));
            has_started.recv().unwrap();
            let mut shortest = Duration::MAX;
            for _ in 0..5 {
                let start_time = Instant::now();
                let error = client.request(operation).params(params.clone()).deadline(DEADLINE).send().unwrap_err();
                shortest = shortest.min(start_time.elapsed());
                assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 0), "{error}");
                assert!(error.to_string().ends_with("before the deadline"), "{error}");
            }
            release.send(()).unwrap();
            patient.join().unwrap().unwrap();
            assert!((DEADLINE..DEADLINE + Duration::from_millis(50)).contains(&shortest), "{service}: {shortest:?}");
        });
        client.call(operation, params).unwrap();
    }
}

/// Creates one session; later requests for a session time out.
struct OneSession(AtomicU32);

impl Transport for OneSession {
    fn send(&self, request: http::Request<Body>, limits: &SendOptions) -> Result<http::Response<Body>, TransportError> {
        match preliminary_response(&request) {
            None => Ok(http::Response::new(Body::empty())),
            Some(response) if self.0.fetch_add(1, SeqCst) == 0 => Ok(response),
            Some(_) => {
                std::thread::sleep(limits.total_timeout.unwrap());
                Err(TransportError::new(TransportErrorKind::ReadTimeout, "no response"))
            }
        }
    }
}

/// Valid credentials are used even if their renewal fails: 40 and 5 seconds before they expire.
fn valid_session_is_used_when_renewal_times_out() {
    let clock = ManualClock::at(START);
    let session = session_with_cells().clock(clock.clone()).transport(OneSession(AtomicU32::new(0)));
    let client = session.deadline(Duration::from_secs(1)).build().unwrap().client("s3").unwrap();
    for seconds in [0, 260, 295] {
        clock.set(UNIX_EPOCH + Duration::from_secs(START + seconds));
        client.call("delete_object", json!({"Bucket": "b--usw2-az1--x-s3", "Key": "k"})).unwrap();
    }
}

/// A caller with a short deadline times out in the preliminary call, or has no time to retry it. This failure is not shared with
/// callers that have more time.
fn failure_by_deadline_is_not_shared() {
    let cases = DEPENDENT_CALLS.iter().flat_map(|case| [(case, 200), (case, 50)]);
    for (&(service, operation, params), takes) in cases {
        let params: Value = serde_json::from_str(params).unwrap();
        let (started, has_started) = mpsc::channel();
        let first = (Mutex::new(started), AtomicU32::new(0));
        let transport = move |request: http::Request<Body>| {
            let Some(response) = preliminary_response(&request) else { return Ok(http::Response::new(Body::empty())) };
            if first.1.fetch_add(1, SeqCst) == 0 {
                first.0.lock().unwrap().send(()).unwrap();
                std::thread::sleep(Duration::from_millis(takes));
                if takes > 150 {
                    return Err(TransportError::new(TransportErrorKind::ReadTimeout, "no response"));
                }
                return Ok(http::Response::builder()
                    .status(503)
                    .header("x-amz-retry-after", "3000")
                    .body(Body::empty())
                    .unwrap());
            }
            Ok(response)
        };
        let client = session_with_cells().transport(transport).build().unwrap().client(service).unwrap();
        let deadline = Duration::from_millis(150);
        std::thread::scope(|scope| {
            let hasty =
                scope.spawn(|| client.request(operation).params(params.clone()).deadline(deadline).send().map(drop));
            has_started.recv().unwrap();
            client.call(operation, params.clone()).unwrap();
            let error = hasty.join().unwrap().unwrap_err();
            assert_eq!(error.kind() == ErrorKind::Timeout, takes > 150, "{error}");
        });
    }
}

/// Of many threads one makes the preliminary call, and all get its error.
fn failure_is_shared_with_waiting_threads() {
    const THREADS: usize = 8;
    for (service, operation, params) in DEPENDENT_CALLS {
        let params: Value = serde_json::from_str(params).unwrap();
        let calls = Arc::new(AtomicU32::new(0));
        let count = Arc::clone(&calls);
        let transport = move |_: http::Request<Body>| {
            count.fetch_add(1, SeqCst);
            // Gives all other threads time to need the call too.
            std::thread::sleep(Duration::from_millis(200));
            Err::<http::Response<Body>, _>(TransportError::new(TransportErrorKind::Connect, "no route"))
        };
        let session = session_with_cells().max_attempts(1).transport(transport).build().unwrap();
        let client = session.client(service).unwrap();
        let start = Barrier::new(THREADS);
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    start.wait();
                    let error = client.call(operation, params.clone()).unwrap_err();
                    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 0), "{error}");
                    assert_eq!(error.to_string().matches("no route").count(), 1, "{error}");
                });
            }
        });
        assert_eq!(calls.load(SeqCst), 1, "{service}");
    }
}

/// A closure that runs during the preliminary call may make a call that depends on it. This is an error, not a deadlock.
fn recursive_calls_are_errors() {
    for (service, operation, params) in DEPENDENT_CALLS {
        let params: Value = serde_json::from_str(params).unwrap();
        let again: Arc<OnceLock<Client>> = Arc::default();
        let (client, inner) = (Arc::clone(&again), params.clone());
        let found: Arc<Mutex<Vec<String>>> = Arc::default();
        let errors = Arc::clone(&found);
        let session = session_with_cells().before_send(move |request| {
            if preliminary_response(request).is_some() {
                let error: Error = client.get().unwrap().call(operation, inner.clone()).unwrap_err();
                errors.lock().unwrap().push(error.to_string());
            }
            Ok(())
        });
        let transport = |request: http::Request<Body>| {
            Ok(preliminary_response(&request).unwrap_or(http::Response::new(Body::empty())))
        };
        let client = session.transport(transport).build().unwrap().client(service).unwrap();
        again.get_or_init(|| client.clone()).call(operation, params).unwrap();
        let found = found.lock().unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("a closure that is called"), "{found:?}");
    }
}

/// The same for credential providers, in any thread.
fn recursive_providers_are_errors() {
    for deadline in [None, Some(Duration::from_secs(30))] {
        let client: Arc<OnceLock<Client>> = Arc::default();
        let again = Arc::clone(&client);
        let provider =
            move || again.get().unwrap().call("list_buckets", json!({})).map(|_| Credentials::new("never", "given"));
        let mut session =
            session_with_cells().credentials(provider).transport(|_| Ok(http::Response::new(Body::empty())));
        if let Some(deadline) = deadline {
            session = session.deadline(deadline);
        }
        let start_time = Instant::now();
        let client = client.get_or_init(|| session.build().unwrap().client("s3").unwrap());
        let error = client.call("list_buckets", json!({})).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Credentials, "{error}");
        assert!(error.to_string().contains("needs the credentials that it is providing"), "{error}");
        assert!(start_time.elapsed() < Duration::from_secs(20), "{:?}", start_time.elapsed());
    }
}

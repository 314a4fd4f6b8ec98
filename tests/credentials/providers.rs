//! Credential providers through the public API: the cases in `tests/data/credentials/*.json`, and tests with servers and threads.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, UNIX_EPOCH};

use serde_json::{Map, Value, json};
use tucuxi::{
    Body, Client, Credentials, Environment, SendOptions, Session, SessionBuilder, Transport, TransportError,
    TransportErrorKind,
};

use crate::captured;
use crate::support::clock::VirtualClock;
use crate::support::server::listen;
use crate::support::suite::{Suite, cases, json_files, tests};
use crate::with_causes;

/// 2030-01-01T00:00:00Z.
const BEGIN: u64 = 1_893_456_000;

// --- Cases --------------------------------------------------------------------------------------------------------------

pub(crate) fn suite() -> Suite {
    Suite::new("providers")
        .at_least(162)
        // The cases run Unix programs.
        .needs(cfg!(unix), "needs Unix")
        .needs_models()
        .files("credentials", check_case)
        .tests(&tests![
            secrets_are_not_shown,
            requests_for_credentials_bypass_proxies,
            a_silent_metadata_service_times_out_after_a_second,
            a_slow_metadata_service_has_a_total_timeout,
            tokens_do_not_follow_redirects,
            the_mode_auto_uses_the_region_of_the_machine,
            thirty_two_threads_renew_once_per_expiry_and_no_call_fails,
            thirty_two_threads_call_while_time_passes_and_renewals_fail,
            reports_show_values_and_origins,
            reports_explain_missing_credentials,
        ])
}

fn check_case(case: &Value) -> Result<(), String> {
    let failures = run(case).failures;
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
}

/// Checks all output of all providers: logs of every level, errors, `Debug`, reports.
fn secrets_are_not_shown() {
    captured::begin();
    let mut shown: String = all_cases().iter().map(|case| run(case).shown).collect();
    shown.push_str(&with_servers());
    shown.push_str(&captured::log());
    for part in ["custom-process", "container-role", "iam-role", "stay in use", "/latest/api/token", "DEBUG ureq::run"]
    {
        assert!(shown.contains(part), "{part}: nothing was recorded");
    }
    // This crate cannot keep ureq from logging bytes at TRACE, so it logs a warning if that level is enabled.
    assert!(captured::wire().contains("USH-imds") && shown.contains("WARN tucuxi"), "{shown}");
    let leaks: Vec<_> = shown.lines().filter(|line| line.contains("HUSH")).collect();
    assert!(leaks.is_empty(), "{leaks:#?}");
}

fn all_cases() -> Vec<Value> {
    json_files("credentials").iter().flat_map(|file| cases(file)).collect()
}

struct Ran {
    failures: Vec<String>,
    /// All text that a program could print.
    shown: String,
}

fn run(case: &Value) -> Ran {
    let home = Folder::new();
    home.write(&case["files"]);
    // Keeps the files of this machine out.
    let mut variables = BTreeMap::from([("BOTO_CONFIG".to_owned(), "/nowhere".to_owned())]);
    for (name, value) in case["env"].as_object().into_iter().flatten() {
        variables.insert(name.clone(), home.fill(value.as_str().unwrap()));
    }
    let clock = clock_at_begin();
    let wire = Wire::default();
    let session = builder(Environment::from_pairs(variables).with_home(&home.0), &clock)
        .transport({
            let wire = wire.clone();
            move |request: http::Request<Body>| wire.respond(&request)
        })
        .build()
        .unwrap();
    let client = session.client("sts").unwrap();
    let mut ran = Ran { failures: Vec::new(), shown: format!("{session:?} {client:?}\n") };
    for step in case["steps"].as_array().unwrap() {
        if let Some(minutes) = step["at"].as_u64() {
            clock.set_seconds(60 * minutes);
        }
        home.write(&step["files"]);
        wire.expect(&step["http"], &home);
        let began = clock.seconds();
        let found = signature(&client);
        let slept = clock.seconds() - began;
        ran.failures.extend(wire.faults());
        if slept != step["slept"].as_u64().unwrap_or(0) {
            ran.failures.push(format!("slept {slept} seconds"));
        }
        let failure = match found {
            Ok(found) => check(&found, &step["credentials"], &session, &clock),
            Err(error) => {
                writeln!(ran.shown, "{error} {error:?}").unwrap();
                check_error(&error, &step["error"], &home)
            }
        };
        ran.failures.extend(failure.map(|failure| format!("at {}: {failure}", step["at"])));
        if step["credentials"]["provider"].is_string() {
            writeln!(ran.shown, "{}", session.config_report()).unwrap();
        }
    }
    ran
}

fn clock_at_begin() -> VirtualClock {
    VirtualClock::at(BEGIN)
}

fn builder(environment: Environment, clock: &VirtualClock) -> SessionBuilder {
    Session::builder().environment(environment).region("eu-west-1").clock(clock.clone())
}

/// The signature and the token, which identify the credentials.
fn signature(client: &Client) -> tucuxi::Result<Vec<String>> {
    let request = client.request("get_caller_identity").prepare()?;
    let header = |name| request.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
    Ok(vec![header("authorization"), header("x-amz-security-token")])
}

fn check(found: &[String], expected: &Value, session: &Session, clock: &VirtualClock) -> Option<String> {
    if !expected.is_object() {
        return Some(format!("expected an error, found {found:?}"));
    }
    let text = |name: &str| expected[name].as_str();
    let mut credentials = Credentials::new(text("access_key_id").unwrap(), text("secret_access_key").unwrap());
    if let Some(token) = text("session_token") {
        credentials = credentials.with_session_token(token);
    }
    let explicit = builder(Environment::from_pairs([("", ""); 0]), clock).credentials(credentials).build().unwrap();
    let wanted = signature(&explicit.client("sts").unwrap()).unwrap();
    if found != wanted {
        return Some(format!("expected {wanted:#?}, found {found:#?}"));
    }
    let provider = text("provider")?;
    let report = session.config_report();
    let found = (report["access_key_id"]["origin"].as_str(), report["account_id"]["value"].as_str());
    (found != (Some(provider), text("account_id"))).then(|| format!("provider and account id: {found:?}"))
}

fn check_error(error: &tucuxi::Error, expected: &Value, home: &Folder) -> Option<String> {
    let Some(parts) = expected.as_array() else {
        return Some(error.to_string());
    };
    let text = with_causes(error);
    let missing = parts.iter().map(|part| home.fill(part.as_str().unwrap())).find(|part| !text.contains(part))?;
    Some(format!("expected {missing:?} in {text:?}"))
}

/// The expected requests and their responses.
#[derive(Clone, Default)]
struct Wire(Arc<Mutex<(VecDeque<Value>, Vec<String>)>>);

impl Wire {
    fn expect(&self, exchanges: &Value, home: &Folder) {
        let exchanges: Value = serde_json::from_str(&home.fill(&exchanges.to_string())).unwrap();
        self.0.lock().unwrap().0.extend(exchanges.as_array().cloned().unwrap_or_default());
    }

    fn respond(&self, request: &http::Request<Body>) -> Result<http::Response<Body>, TransportError> {
        let (exchanges, faults) = &mut *self.0.lock().unwrap();
        let error = |kind| Err(TransportError::new(kind, "down"));
        let Some(exchange) = exchanges.pop_front() else {
            faults.push(format!("not expected: {} {}", request.method(), request.uri()));
            return error(TransportErrorKind::Connect);
        };
        faults.extend(compare(request, &exchange));
        match exchange["fails"].as_str() {
            Some("connect") => return error(TransportErrorKind::Connect),
            Some("connect-timeout") => return error(TransportErrorKind::ConnectTimeout),
            Some("read-timeout") => return error(TransportErrorKind::ReadTimeout),
            other => assert_eq!(other, None),
        }
        let body = match (&exchange["response"], exchange["length"].as_u64()) {
            (_, Some(length)) => Body::from_reader(std::io::repeat(b'x').take(length)),
            (Value::String(text), None) => Body::from(text.as_str()),
            (other, None) => Body::from(other.to_string().as_str()),
        };
        let status = exchange["status"].as_u64().unwrap_or(200);
        let mut response = http::Response::builder().status(u16::try_from(status).unwrap());
        if let Some(location) = exchange["location"].as_str() {
            response = response.header("location", location);
        }
        Ok(response.body(body).unwrap())
    }

    /// The differences since the last call.
    fn faults(&self) -> Vec<String> {
        let (exchanges, faults) = &mut *self.0.lock().unwrap();
        faults.extend(exchanges.drain(..).map(|exchange| format!("not sent: {}", exchange["url"])));
        std::mem::take(faults)
    }
}

fn compare(request: &http::Request<Body>, expected: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let method = expected["method"].as_str().unwrap_or("GET");
    if request.method() != method || *request.uri() != *expected["url"].as_str().unwrap() {
        faults.push(format!("expected {method} {}, found {} {}", expected["url"], request.method(), request.uri()));
    }
    for (name, value) in expected["headers"].as_object().into_iter().flatten() {
        let found = request.headers().get(name).map(|value| value.to_str().unwrap());
        if found != value.as_str() {
            faults.push(format!("{name}: expected {value}, found {found:?}"));
        }
    }
    faults
}

// --- Servers ------------------------------------------------------------------------------------------------------------

fn requests_for_credentials_bypass_proxies() {
    let shown = with_servers();
    assert!(shown.contains("AKIMDS") && shown.contains("AKECS"), "{shown}");
}

/// Gets credentials from loopback servers with the crate's own transport, and returns the signatures and reports.
fn with_servers() -> String {
    let document = |key: &str| {
        let expiry = "2099-01-01T00:00:00Z";
        json!({"AccessKeyId": key, "SecretAccessKey": "HUSH", "Token": "HUSH", "Expiration": expiry}).to_string()
    };
    let (imds, ecs) = (document("AKIMDS"), document("AKECS"));
    let server = Server::start(move |head| match head {
        _ if head.starts_with("PUT /latest/api/token ") && head.contains("ttl-seconds: 21600") => {
            (200, "HUSH-imds".into())
        }
        _ if !head.contains("HUSH-imds") && !head.contains("HUSH-ecs") => (401, String::new()),
        _ if head.starts_with("GET /latest/meta-data/iam/security-credentials/ ") => (200, "web".into()),
        _ if head.starts_with("GET /latest/meta-data/iam/security-credentials/web ") => (200, imds.clone()),
        _ if head.starts_with("GET /ecs ") => (200, ecs.clone()),
        _ => (404, String::new()),
    });
    let nowhere = "http://127.0.0.1:9";
    let common =
        [("BOTO_CONFIG", "/nowhere"), ("http_proxy", nowhere), ("HTTPS_PROXY", nowhere), ("ALL_PROXY", nowhere)];
    let mut shown = String::new();
    for (name, url, token) in [
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", server.url.clone(), ""),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{}/ecs", server.url), "HUSH-ecs"),
    ] {
        let own = [(name, url.as_str()), ("AWS_CONTAINER_AUTHORIZATION_TOKEN", token)];
        let session =
            builder(Environment::from_pairs(common.into_iter().chain(own)), &clock_at_begin()).build().unwrap();
        let found = signature(&session.client("sts").unwrap()).unwrap();
        writeln!(shown, "{} {}", found[0], session.config_report()).unwrap();
    }
    shown
}

fn a_silent_metadata_service_times_out_after_a_second() {
    // The system accepts connections, but nothing responds.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let (waited, error) = no_credentials(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url)]);
    assert!(error.contains("iam-role (no token from the metadata service at http://127.0.0.1:"), "{error}");
    assert!((Duration::from_millis(900)..Duration::from_secs(3)).contains(&waited), "{waited:?}");
}

fn a_slow_metadata_service_has_a_total_timeout() {
    let address = listen(|mut stream| {
        // Regular writes, so that no read times out.
        while stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n").is_ok() {
            std::thread::sleep(Duration::from_millis(200));
        }
    });
    let url = format!("http://{address}");
    let (waited, _) = no_credentials(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url)]);
    assert!(waited < Duration::from_secs(6), "{waited:?}");
}

fn tokens_do_not_follow_redirects() {
    let attempts = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&attempts);
    let other = Server::start(move |_| {
        count.fetch_add(1, SeqCst);
        (200, "web".into())
    });
    let target = other.url.clone();
    let server = Server::start(move |head| match head.starts_with("PUT ") {
        true => (200, "HUSH-imds".into()),
        false => (307, format!("{target}/latest/meta-data/iam/security-credentials/")),
    });
    let (_, error) = no_credentials(&[("AWS_EC2_METADATA_SERVICE_ENDPOINT", &server.url)]);
    assert!(error.contains("HTTP 307"), "{error}");
    assert_eq!(attempts.load(SeqCst), 0);
}

fn no_credentials(variables: &[(&str, &str)]) -> (Duration, String) {
    let variables = variables.iter().copied().chain([("BOTO_CONFIG", "/nowhere")]);
    let session = builder(Environment::from_pairs(variables), &clock_at_begin()).build().unwrap();
    let client = session.client("sts").unwrap();
    let begun = Instant::now();
    let error = signature(&client).unwrap_err();
    (begun.elapsed(), with_causes(&error))
}

/// Responds to each request depending on its head; the body of a redirect is its location.
struct Server {
    url: String,
}

impl Server {
    fn start(respond: impl Fn(&str) -> (u16, String) + Send + Sync + 'static) -> Server {
        let url = format!("http://{}", listen(move |stream| serve(&stream, &respond)));
        Server { url }
    }
}

fn serve(mut stream: &TcpStream, respond: &dyn Fn(&str) -> (u16, String)) {
    let mut lines = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if lines.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let (status, body) = respond(&head);
        let location = if status == 307 { format!("location: {body}\r\n") } else { String::new() };
        let length = body.len();
        if write!(stream, "HTTP/1.1 {status} X\r\n{location}content-length: {length}\r\n\r\n{body}").is_err() {
            return;
        }
    }
}

// --- Defaults modes -----------------------------------------------------------------------------------------------------

/// A metadata service with only a zone; records the connect timeouts of all other requests.
#[derive(Clone, Default)]
struct Machine {
    zone: &'static str,
    attempts: Arc<AtomicUsize>,
    timeouts: Arc<Mutex<Vec<Option<Duration>>>>,
}

impl Transport for Machine {
    fn send(
        &self,
        request: http::Request<Body>,
        options: &SendOptions,
    ) -> Result<http::Response<Body>, TransportError> {
        match request.uri().path() {
            "/latest/api/token" => {
                self.attempts.fetch_add(1, SeqCst);
                assert_eq!(options.connect_timeout, Some(Duration::from_secs(1)));
                match self.zone {
                    "" => Err(TransportError::new(TransportErrorKind::ConnectTimeout, "no machine")),
                    _ => Ok(http::Response::new(Body::from("HUSH-imds"))),
                }
            }
            "/latest/meta-data/placement/availability-zone/" => {
                assert_eq!(request.headers()["x-aws-ec2-metadata-token"], "HUSH-imds");
                Ok(http::Response::new(Body::from(self.zone)))
            }
            _ => {
                self.timeouts.lock().unwrap().push(options.connect_timeout);
                Ok(http::Response::new(Body::from(r#"{"TableNames": []}"#)))
            }
        }
    }
}

fn the_mode_auto_uses_the_region_of_the_machine() {
    const AUTO: (&str, &str) = ("AWS_DEFAULTS_MODE", "auto");
    const LAMBDA: (&str, &str) = ("AWS_EXECUTION_ENV", "AWS_Lambda_rust");
    const DISABLED: (&str, &str) = ("AWS_EC2_METADATA_DISABLED", "true");
    for (variables, zone, attempts, millis, why) in [
        (&[AUTO][..], "eu-west-1a", 1, 1100, "the region of the machine"),
        (&[AUTO], "us-east-1f", 1, 3100, "another region"),
        (&[AUTO], "", 1, 3100, "no machine"),
        (&[AUTO], "<html>", 1, 3100, "an invalid zone"),
        (&[AUTO, DISABLED], "eu-west-1a", 0, 3100, "the service is disabled"),
        (&[AUTO, LAMBDA, ("AWS_REGION", "eu-west-1")], "us-east-1a", 0, 1100, "the region is in the environment"),
        (
            &[AUTO, LAMBDA, ("AWS_DEFAULT_REGION", "us-east-2")],
            "eu-west-1a",
            0,
            3100,
            "the region is in the environment",
        ),
        (&[AUTO, LAMBDA], "eu-west-1a", 1, 1100, "the region is not in the environment"),
        (&[], "eu-west-1a", 0, 60_000, "no mode"),
    ] {
        let machine = Machine { zone, ..Machine::default() };
        let environment = Environment::from_pairs(variables.iter().copied());
        let session = builder(environment, &clock_at_begin()).credentials(Credentials::new("AKID", "secret"));
        let session = session.transport(machine.clone()).build().unwrap();
        for _ in 0..2 {
            session.client("dynamodb").unwrap().call("list_tables", json!({})).unwrap();
        }
        assert_eq!(machine.attempts.load(SeqCst), attempts, "{why}: {variables:?}");
        assert_eq!(*machine.timeouts.lock().unwrap(), [Some(Duration::from_millis(millis)); 2], "{why}: {variables:?}");
    }
}

// --- Threads ------------------------------------------------------------------------------------------------------------

/// In each round the clock passes the start of a refresh window: the advisory one in even rounds, the mandatory one in odd rounds.
fn thirty_two_threads_renew_once_per_expiry_and_no_call_fails() {
    const THREADS: usize = 32;
    const ROUNDS: usize = 20;
    let clock = clock_at_begin();
    let fetched = Arc::new(AtomicUsize::new(0));
    let transport = {
        let (clock, fetched) = (clock.clone(), Arc::clone(&fetched));
        move |request: http::Request<Body>| match request.uri().host() {
            Some("169.254.170.2") => {
                // Long enough for all threads to arrive.
                std::thread::sleep(Duration::from_millis(5));
                let number = fetched.fetch_add(1, SeqCst) + 1;
                let expiry = clock.seconds() + 3600;
                let (hours, minutes) = (expiry / 3600, expiry / 60 % 60);
                let expiration = format!("2030-01-{:02}T{:02}:{minutes:02}:00Z", 1 + hours / 24, hours % 24);
                let key = format!("AK{expiry}X{number}");
                let document =
                    json!({"AccessKeyId": key, "SecretAccessKey": "s", "Token": "t", "Expiration": expiration});
                Ok(http::Response::new(Body::from(document.to_string().as_str())))
            }
            _ => {
                let authorization = request.headers()["authorization"].to_str().unwrap();
                let key = authorization.split("Credential=AK").nth(1).unwrap().split('X').next().unwrap();
                assert!(key.parse::<u64>().unwrap() > clock.seconds(), "a call was signed with expired credentials");
                Ok(http::Response::new(Body::from(r#"{"TableNames": []}"#)))
            }
        }
    };
    let environment = Environment::from_pairs([("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x")]);
    let session = builder(environment, &clock).transport(transport).build().unwrap();
    let client = session.client("dynamodb").unwrap();
    for round in 0..ROUNDS {
        let start = std::sync::Barrier::new(THREADS);
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    start.wait();
                    for _ in 0..5 {
                        client.call("list_tables", json!({})).unwrap();
                    }
                });
            }
        });
        assert_eq!(fetched.load(SeqCst), round + 1);
        clock.set_seconds(clock.seconds() + 60 * if round % 2 == 0 { 46 } else { [51, 61, 600][round / 2 % 3] });
    }
}

/// Every eighth call takes a second; credentials expire one minute after the start of the advisory window; and the first attempt of
/// each renewal fails.
fn thirty_two_threads_call_while_time_passes_and_renewals_fail() {
    const THREADS: usize = 32;
    const CALLS: u64 = 400;
    const LIFETIME: u64 = 16 * 60;
    let clock = clock_at_begin();
    // The time of each call of the provider, and whether it succeeded.
    let attempts = Arc::new(Mutex::new(Vec::new()));
    let provider = {
        let (clock, attempts) = (clock.clone(), Arc::clone(&attempts));
        move || {
            let now = clock.seconds();
            let mut attempts = attempts.lock().unwrap();
            let works = attempts.last().is_none_or(|(_, worked)| !worked);
            attempts.push((now, works));
            drop(attempts);
            std::thread::sleep(Duration::from_millis(2));
            let keys = Credentials::new(format!("AK{}X", now + LIFETIME), "s");
            let keys = keys.with_expiry(UNIX_EPOCH + Duration::from_secs(BEGIN + now + LIFETIME));
            if works { Ok(keys) } else { Err(no_credentials_error()) }
        }
    };
    let transport = {
        let (clock, calls) = (clock.clone(), AtomicUsize::new(0));
        move |request: http::Request<Body>| {
            let authorization = request.headers()["authorization"].to_str().unwrap();
            let expiry = authorization.split("Credential=AK").nth(1).unwrap().split('X').next().unwrap();
            assert!(expiry.parse::<u64>().unwrap() > clock.seconds(), "a call was signed with expired credentials");
            if calls.fetch_add(1, SeqCst) % 8 == 0 {
                clock.advance(Duration::from_secs(1));
            }
            Ok(http::Response::new(Body::from(r#"{"TableNames": []}"#)))
        }
    };
    let session = builder(Environment::from_pairs([("", ""); 0]), &clock).credentials(provider);
    let client = session.transport(transport).build().unwrap().client("dynamodb").unwrap();
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| (0..CALLS).for_each(|_| drop(client.call("list_tables", json!({})).unwrap())));
        }
    });
    let attempts = attempts.lock().unwrap();
    let worked: Vec<_> = attempts.iter().filter(|(_, works)| *works).map(|(at, _)| *at).collect();
    assert!(worked.len() >= 3, "{attempts:?}");
    assert!(worked.windows(2).all(|pair| pair[1] - pair[0] >= 60), "renewed before it was due: {attempts:?}");
    assert!(attempts.windows(2).all(|pair| pair[1].0 - pair[0].0 >= 60), "retried too early: {attempts:?}");
}

fn no_credentials_error() -> tucuxi::Error {
    let session = builder(Environment::from_pairs([("AWS_EC2_METADATA_DISABLED", "true")]), &clock_at_begin());
    session.build().unwrap().client("sts").unwrap().call("get_caller_identity", json!({})).unwrap_err()
}

// --- Reports ------------------------------------------------------------------------------------------------------------

fn reports_show_values_and_origins() {
    let home = Folder::new();
    home.write(&json!({
        ".aws/config": "[profile dev]\nretry_mode = adaptive\nmax_attempts = many\ns3 =\n  addressing_style = path\n",
        ".aws/credentials": "[dev]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = HUSH\naws_session_token = HUSH\n",
    }));
    let variables = [
        ("AWS_PROFILE", "dev"),
        ("AWS_ENDPOINT_URL", "http://me:HUSH@localhost:1"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://me:HUSH@localhost:2"),
    ];
    let environment = Environment::from_pairs(variables).with_home(&home.0);
    let session = builder(environment, &clock_at_begin()).proxies([("http", "http://me:HUSH@p")]).build().unwrap();
    let report = session.config_report();
    let row = |value: &str, origin: &str| json!({"value": value, "origin": home.fill(origin)});
    for (name, expected) in [
        ("region", row("eu-west-1", "the builder")),
        ("profile", row("dev", "environment variable AWS_PROFILE")),
        ("retry_mode", row("adaptive", "${HOME}/.aws/config:2 (profile dev, key retry_mode)")),
        ("s3_addressing_style", row("path", "${HOME}/.aws/config:5 (profile dev, key s3.addressing_style)")),
        ("endpoint_url", row("http://***@localhost:1", "environment variable AWS_ENDPOINT_URL")),
        ("read_timeout", row("60", "the default")),
        ("ca_bundle", json!({"value": null, "origin": null})),
        ("access_key_id", row("****************MPLE", "shared-credentials-file")),
        ("secret_access_key", row("****************", "shared-credentials-file")),
        ("session_token", row("****************", "shared-credentials-file")),
        ("account_id", json!({"value": null, "origin": null})),
    ] {
        assert_eq!(report[name], expected, "{name}");
    }
    let error = report["max_attempts"]["error"].as_str().unwrap();
    assert!(error.contains(".aws/config:3") && error.contains("found \"many\""), "{error}");
    assert!(!report.to_string().contains("HUSH"), "{report}");
    let client = session.client_builder("sqs").max_attempts(1).build().unwrap();
    let s3 = session.client_builder("s3").max_attempts(1);
    let s3 = s3.endpoint_url("http://me:HUSH@localhost:1/?token=HUSH").build().unwrap();
    let error = s3.call("head_bucket", json!({"Bucket": "photos"})).unwrap_err();
    assert!(error.to_string().contains("http://localhost:1/?token=***"), "{error}");
    let shown = format!("{client:?} {session:?} {s3:?} {error:?}");
    assert!(shown.contains("http://localhost:1") && !shown.contains("HUSH"), "{shown}");
}

fn reports_explain_missing_credentials() {
    let environment = Environment::from_pairs([("AWS_EC2_METADATA_DISABLED", "true"), ("BOTO_CONFIG", "/nowhere")]);
    let report = builder(environment, &clock_at_begin()).build().unwrap().config_report();
    let error = report["access_key_id"]["error"].as_str().unwrap();
    assert!(
        error.contains("no AWS credentials found: set") && error.contains("tried env (AWS_ACCESS_KEY_ID is not set)"),
        "{error}"
    );
}

// --- Parts --------------------------------------------------------------------------------------------------------------

/// A home directory that is deleted after the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("tucuxi-providers-{}-{}", std::process::id(), NEXT.fetch_add(1, SeqCst));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn write(&self, files: &Value) {
        for (name, text) in files.as_object().unwrap_or(&Map::new()) {
            let path = self.0.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, self.fill(text.as_str().unwrap())).unwrap();
        }
    }

    fn fill(&self, text: &str) -> String {
        text.replace("${HOME}", self.0.to_str().unwrap()).replace("${LONG}", &"HUSH".repeat(1 << 18))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        _ = std::fs::remove_dir_all(&self.0);
    }
}

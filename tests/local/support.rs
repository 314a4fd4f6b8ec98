//! Helpers for all tests.

use std::cell::RefCell;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};
use tucuxi::testing::Tape;
use tucuxi::{Client, Credentials, Environment, Error, ErrorKind, Result, ServiceError, Session, SessionBuilder};

use crate::server::Server;

/// Text that every protocol must transfer unchanged.
pub(crate) const ODD_TEXT: &str = "Grüße, 世界 🐬 \"quoted\" 'single' <b>&amp;</b> a=b&c%20d + \\ / ~ end";

/// All byte values.
pub(crate) fn all_bytes() -> Vec<u8> {
    (0..=255).collect()
}

/// A session with these credentials that sends all requests to the server and ignores the environment.
pub(crate) fn session_of(server: &Server, credentials: Credentials) -> SessionBuilder {
    let session = Session::builder()
        .environment(Environment::from_pairs::<&str, &str>([]))
        .region("us-east-1")
        .endpoint_url(&server.url)
        .credentials(credentials);
    TAPE.with_borrow(|tape| match tape {
        Some(tape) => session.tape(tape),
        None => session,
    })
}

thread_local! {
    /// Records or replays the sessions of this thread.
    static TAPE: RefCell<Option<Tape>> = const { RefCell::new(None) };
}

/// Runs `work` with a tape in all sessions.
pub(crate) fn with_tape(tape: &Tape, work: impl FnOnce()) {
    TAPE.set(Some(tape.clone()));
    work();
    TAPE.set(None);
}

/// A client with root credentials, for servers that accept any.
pub(crate) fn client(server: &Server, service: &str) -> Client {
    session_of(server, Credentials::new("test", "test")).build().unwrap().client(service).unwrap()
}

/// Makes a call that must succeed.
#[track_caller]
pub(crate) fn call(client: &Client, operation: &str, params: Value) -> Value {
    match client.call(operation, params) {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}

/// Expects a service error with this code.
#[track_caller]
pub(crate) fn expect_service_error<T: std::fmt::Debug>(result: Result<T>, code: &str) -> ServiceError {
    let error: Error = match result {
        Err(error) => error,
        Ok(value) => panic!("expected {code}, found {value:?}"),
    };
    assert_eq!(error.kind(), ErrorKind::Service, "{error}");
    let service = error.service().unwrap_or_else(|| panic!("no service error: {error}"));
    assert_eq!(service.code(), code, "{error}");
    assert!(service.status() >= 400, "{error}");
    service.clone()
}

/// Gets all items of a listing page by page. Returns the items and the number of pages.
#[track_caller]
pub(crate) fn pages(
    client: &Client,
    operation: &str,
    params: &Value,
    tokens: (&str, &str),
    items: &str,
) -> (Vec<Value>, usize) {
    let (output_token, input_token) = tokens;
    let mut params = params.clone();
    let mut all = Vec::new();
    for count in 1..1000 {
        let page = call(client, operation, params.clone());
        all.extend(page[items].as_array().cloned().unwrap_or_default());
        match page.get(output_token) {
            None => return (all, count),
            Some(token) if *token == json!("") => return (all, count),
            Some(token) => params[input_token] = token.clone(),
        }
    }
    panic!("{operation}: a thousand pages and no end");
}

/// The values of one member of all items, sorted.
pub(crate) fn column(items: &[Value], member: &str) -> Vec<String> {
    let mut column: Vec<String> =
        items.iter().map(|item| item[member].as_str().unwrap_or_default().to_owned()).collect();
    column.sort_unstable();
    column
}

/// Whether this is a timestamp in the value convention: RFC 3339 text in UTC.
pub(crate) fn is_timestamp(value: &Value) -> bool {
    let Some(text) = value.as_str() else { return false };
    let shape = |text: &str| text.bytes().map(|byte| if byte.is_ascii_digit() { '0' } else { byte as char }).collect();
    let shape: String = shape(text);
    shape.starts_with("0000-00-00T00:00:00") && shape.ends_with('Z')
}

/// The bundled model of a service.
pub(crate) fn bundled_model(service: &str) -> Value {
    let service = Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(service);
    let version = fs::read_dir(&service).unwrap().next().unwrap().unwrap().path();
    let packed = fs::File::open(version.join("service-2.json.gz")).unwrap();
    serde_json::from_reader(flate2::read::MultiGzDecoder::new(packed)).unwrap()
}

/// Runs `work` for every number below `count`, on eight threads.
pub(crate) fn in_parallel(count: usize, work: impl Fn(usize) + Sync) {
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    match next.fetch_add(1, Ordering::Relaxed) {
                        number if number < count => work(number),
                        _ => return,
                    }
                }
            });
        }
    });
}

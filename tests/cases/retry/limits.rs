//! Delays outside the network (credentials, bodies, waits), and closures of the program that fail.

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};
use tucuxi::{
    AddressingStyle, Body, CancelToken, ChecksumMode, Client, Clock, Credentials, Environment, Error, ErrorKind,
    RetryMode, Session, SessionBuilder, TransportError, TransportErrorKind, WaiterReason,
};

use super::{Script, ScriptedResponse, message};
use crate::support::server::listen;
use crate::support::suite::{Test, tests};

pub(super) fn tests() -> Vec<Test> {
    tests![
        waiting_for_credentials_respects_the_deadline,
        presigning_respects_the_deadline_for_credentials,
        valid_credentials_are_used_before_the_deadline,
        valid_tokens_are_used_before_the_deadline,
        #[cfg(unix)]
        hanging_providers_do_not_exceed_the_deadline,
        failed_provider_call_does_not_count_as_the_call,
        panicking_provider_is_an_error_and_called_again,
        slowly_read_request_body_ends_with_the_deadline,
        errors_instead_of_streams_end_with_the_deadline,
        attempt_that_exceeds_its_timeout_is_retried,
        invalid_proxy_setting_is_an_error,
        cancelled_wait_ends_pauses_within_calls,
        cancelled_wait_ends_waiting_for_a_permit,
        waiter_deadline_holds_for_calls,
        closures_that_panic_leave_the_client_usable,
        changes_before_signing_are_signed_and_sent,
    ]
    .to_vec()
}

const DEADLINE: Duration = Duration::from_millis(300);
/// Without the deadline, each call takes at least three seconds.
const TOO_LATE: Duration = Duration::from_secs(1);

/// Returns the shortest of several runs, because the machine may be busy.
fn quickest(mut call: impl FnMut()) -> Duration {
    let mut least = Duration::MAX;
    for _ in 0..5 {
        let begun = Instant::now();
        call();
        least = least.min(begun.elapsed());
        if least <= TOO_LATE {
            break;
        }
    }
    least
}

fn silent() -> SocketAddr {
    listen(|mut stream| while stream.read(&mut [0; 1024]).is_ok_and(|read| read > 0) {})
}

// --- Credentials --------------------------------------------------------------------------------------------------------

fn waiting_for_credentials_respects_the_deadline() {
    let (release, released) = mpsc::channel();
    let (released, provided) = (Mutex::new(released), Arc::new(AtomicU32::new(0)));
    let count = Arc::clone(&provided);
    let hanging = move || {
        count.fetch_add(1, SeqCst);
        released.lock().unwrap().recv().unwrap();
        Ok(Credentials::new("AKIDEXAMPLE", "secret"))
    };
    let script = Script::new(vec![ScriptedResponse::ok()]);
    let session = super::builder().credentials(hanging).deadline(DEADLINE).transport(script.clone()).build().unwrap();
    let client = session.client("sqs").unwrap();
    let took = quickest(|| {
        // All callers wait for the first one.
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let error = client.call("send_message", message()).unwrap_err();
                    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 0), "{error}");
                    assert!(
                        error.to_string().contains("\"custom\" did not provide credentials before the deadline"),
                        "{error}"
                    );
                });
            }
        });
    });
    assert!(took <= TOO_LATE, "{took:?}");
    assert_eq!(provided.load(SeqCst), 1);
    release.send(()).unwrap();
    client.call("send_message", message()).unwrap();
    assert_eq!((provided.load(SeqCst), script.sent().len()), (1, 1));
}

fn presigning_respects_the_deadline_for_credentials() {
    let (_release, released) = mpsc::channel::<()>();
    let released = Mutex::new(released);
    let hanging = move || {
        released.lock().unwrap().recv().unwrap();
        Ok(Credentials::new("AKIDEXAMPLE", "secret"))
    };
    let session = super::builder().credentials(hanging).deadline(DEADLINE).build().unwrap();
    let client = |service: &str| session.client(service).unwrap();
    let (rds, sts, s3) = (client("rds"), client("sts"), client("s3"));
    let get = || http::Request::get("https://example.com/").body(Body::empty()).unwrap();
    let token = json!({"DBHostname": "db.example.com", "Port": 5432, "DBUsername": "app"});
    let object = json!({"Bucket": "photos", "Key": "cat"});
    let ways: [&dyn Fn() -> Result<(), Error>; 7] = [
        &|| rds.sign_request(get()).map(drop),
        &|| session.sign_request("execute-api", get()).map(drop),
        &|| rds.generate("db_auth_token", token.clone()).map(drop),
        &|| sts.generate("eks_token", json!({"ClusterName": "c"})).map(drop),
        &|| s3.generate("presigned_post", object.clone()).map(drop),
        &|| s3.request("get_object").params(object.clone()).prepare().map(drop),
        &|| s3.request("get_object").params(object.clone()).presign(Duration::from_secs(60)).map(drop),
    ];
    for (index, way) in ways.iter().enumerate() {
        let took = quickest(|| assert_eq!(way().unwrap_err().kind(), ErrorKind::Timeout, "{index}"));
        assert!(took <= TOO_LATE, "{index}: {took:?}");
    }
}

/// Shortly before credentials expire, a call waits for new ones, but only as long as the valid ones are still useful.
fn valid_credentials_are_used_before_the_deadline() {
    let (_release, released) = mpsc::channel::<()>();
    let (released, provided) = (Mutex::new(released), AtomicU32::new(0));
    let hanging = move || {
        if provided.fetch_add(1, SeqCst) > 0 {
            released.lock().unwrap().recv().unwrap();
        }
        let expiry = UNIX_EPOCH + Duration::from_secs(1_700_000_000 + 5 * 60);
        Ok(Credentials::new("AKIDEXAMPLE", "secret").with_expiry(expiry))
    };
    let script = Script::new(vec![ScriptedResponse::ok()]);
    let (client, _) = super::client(super::builder().credentials(hanging).deadline(DEADLINE), "sqs", &script);
    for _ in 0..3 {
        client.call("send_message", message()).unwrap();
    }
    assert_eq!(script.sent().len(), 3);
}

/// The same for bearer tokens: one expires in five minutes, and the service that refreshes it does not respond.
fn valid_tokens_are_used_before_the_deadline() {
    let home = tempfile::tempdir().unwrap();
    let cache = home.path().join(".aws/sso/cache");
    std::fs::create_dir_all(&cache).unwrap();
    let config = "[default]\nsso_session = admin\n[sso-session admin]\nsso_start_url = https://example.awsapps.com/start\n\
                  sso_region = us-east-1\n";
    std::fs::write(home.path().join(".aws/config"), config).unwrap();
    let token = json!({
        "startUrl": "https://example.awsapps.com/start", "region": "us-east-1", "accessToken": "old",
        "expiresAt": "2023-11-14T22:18:20Z", "registrationExpiresAt": "2030-01-01T00:00:00Z",
        "clientId": "id", "clientSecret": "s", "refreshToken": "r",
    });
    std::fs::write(cache.join("d033e22ae348aeb5660fc2140aec35850c4da997.json"), token.to_string()).unwrap();
    let hangs = Arc::new(AtomicBool::new(false));
    let is_hanging = Arc::clone(&hangs);
    let transport = move |request: http::Request<Body>| {
        if request.uri().path() != "/token" {
            assert_eq!(request.headers()["authorization"], "Bearer old");
            return Ok(http::Response::new(Body::from("{}")));
        }
        if is_hanging.load(SeqCst) {
            thread::sleep(Duration::from_secs(2));
        }
        Err(TransportError::new(TransportErrorKind::ReadTimeout, "no response"))
    };
    let clock = super::VirtualClock::default();
    let environment = Environment::from_pairs([("AWS_REGION", "us-west-2")]).with_home(home.path());
    let session = Session::builder().environment(environment).clock(clock.clone()).transport(transport);
    let client = session.max_attempts(1).build().unwrap().client("codecatalyst").unwrap();
    client.call("list_spaces", json!({})).unwrap();
    // The next refresh is allowed after a minute.
    clock.sleep(Duration::from_secs(61));
    hangs.store(true, SeqCst);
    client.request("list_spaces").deadline(DEADLINE).send().unwrap();
}

#[cfg(unix)]
fn hanging_providers_do_not_exceed_the_deadline() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config");
    std::fs::write(&config, "[default]\n[profile program]\ncredential_process = sleep 3\n").unwrap();
    for (name, value, provider) in [
        ("AWS_PROFILE", "program".to_owned(), "custom-process"),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", format!("http://{}", silent()), "iam-role"),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("http://{}", silent()), "container-role"),
    ] {
        let variables = [
            ("PATH", std::env::var("PATH").unwrap()),
            ("AWS_CONFIG_FILE", config.to_str().unwrap().to_owned()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/nowhere".to_owned()),
            ("BOTO_CONFIG", "/nowhere".to_owned()),
            ("AWS_METADATA_SERVICE_TIMEOUT", "3".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            (name, value),
        ];
        let session = Session::builder().environment(Environment::from_pairs(variables)).deadline(DEADLINE);
        let client = session.build().unwrap().client("sqs").unwrap();
        let took = quickest(|| {
            let error = client.call("list_queues", json!({})).unwrap_err();
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 0), "{provider}: {error}");
        });
        assert!(took <= TOO_LATE, "{provider}: {took:?}");
    }
}

/// A provider may call services itself. The failure of such a call must not count as that of the unsent call.
fn failed_provider_call_does_not_count_as_the_call() {
    let (client, _) = super::client(super::builder(), "sqs", &Script::new(vec![ScriptedResponse::failed()]));
    let provider = move || client.call("send_message", message()).map(|_| Credentials::new("never", "given"));
    for deadline in [None, Some(Duration::from_secs(30))] {
        let session = super::builder().credentials(provider.clone());
        let session = deadline.into_iter().fold(session, SessionBuilder::deadline).build().unwrap();
        let error = session.client("dynamodb").unwrap().call("list_tables", json!({})).unwrap_err();
        assert_eq!((error.kind(), error.attempts(), error.delays().len()), (ErrorKind::Credentials, 0, 0), "{error}");
        assert!(error.service().is_none() && !error.may_have_been_processed(), "{error}");
        assert_eq!(error.operation(), Some("ListTables"));
        let said = "dynamodb ListTables: the provider \"custom\" could not provide credentials: sqs SendMessage: ";
        assert!(error.to_string().starts_with(said) && error.to_string().contains("3 attempts"), "{error}");
    }
}

fn panicking_provider_is_an_error_and_called_again() {
    for deadline in [None, Some(Duration::from_secs(10))] {
        let provided = AtomicU32::new(0);
        let provider = move || match provided.fetch_add(1, SeqCst) {
            0 => panic!("on purpose"),
            _ => Ok(Credentials::new("AKIDEXAMPLE", "secret")),
        };
        let script = Script::new(vec![ScriptedResponse::ok()]);
        let mut builder = super::builder().credentials(provider).transport(script);
        if let Some(deadline) = deadline {
            builder = builder.deadline(deadline);
        }
        let client = builder.build().unwrap().client("sqs").unwrap();
        let first = catch_unwind(AssertUnwindSafe(|| client.call("send_message", message())));
        match deadline {
            // The provider runs on the caller's thread.
            None => drop(first.unwrap_err()),
            Some(_) => assert_eq!(first.unwrap().unwrap_err().kind(), ErrorKind::Credentials),
        }
        client.call("send_message", message()).unwrap();
    }
}

// --- Bodies and streams -------------------------------------------------------------------------------------------------

fn network(address: SocketAddr) -> SessionBuilder {
    super::builder()
        .endpoint_url(format!("http://{address}"))
        .s3_addressing_style(AddressingStyle::Path)
        .connect_timeout(Duration::from_secs(10))
        .read_timeout(Duration::from_secs(30))
}

fn put(client: &Client) -> Result<tucuxi::Output, Error> {
    let body = Body::from(vec![b'x'; 16 << 20]);
    client.request("put_object").params(json!({"Bucket": "photos", "Key": "cat"})).body(body).send()
}

/// Calls an operation with a streaming response, which has no time limit for reading.
fn post(client: &Client) -> Result<tucuxi::Output, Error> {
    let params = json!({"botName": "b", "botAlias": "a", "userId": "user", "contentType": "audio/l16"});
    client.request("post_content").params(params).body(Body::from(vec![b'x'; 16 << 20])).send()
}

fn slowly_read_request_body_ends_with_the_deadline() {
    let never = listen(|stream| {
        thread::sleep(Duration::from_secs(5));
        drop(stream);
    });
    // Far too slow for 16 MiB, but never silent for long.
    let slowly = listen(|mut stream| {
        while stream.read(&mut [0; 1024]).is_ok_and(|read| read > 0) {
            thread::sleep(Duration::from_millis(5));
        }
    });
    for address in [never, slowly] {
        for (service, call) in [("s3", put as fn(&Client) -> _), ("lex-runtime", post)] {
            // Excludes the CPU time for the hash of a large body.
            let builder = network(address).no_sign_request().request_checksum_calculation(ChecksumMode::WhenRequired);
            let client = builder.deadline(DEADLINE).build().unwrap().client(service).unwrap();
            let took = quickest(|| {
                let error = call(&client).unwrap_err();
                assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 1), "{service}: {error}");
                assert!(error.may_have_been_processed());
            });
            assert!(took <= TOO_LATE, "{service}: {took:?}");
        }
    }
}

/// Unlike a stream, an error response instead of it is read within the call, so the limit holds.
fn errors_instead_of_streams_end_with_the_deadline() {
    let error = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 100000\r\n\r\n<Error>";
    let falls_silent = listen(move |mut stream| {
        stream.write_all(error).unwrap();
        while stream.read(&mut [0; 1024]).is_ok_and(|read| read > 0) {}
    });
    let drips = listen(move |mut stream| {
        stream.write_all(error).unwrap();
        while stream.write_all(b" ").is_ok() {
            thread::sleep(Duration::from_millis(10));
        }
    });
    for address in [falls_silent, drips] {
        let client = network(address).build().unwrap().client("s3").unwrap();
        let get = || client.request("get_object").params(json!({"Bucket": "photos", "Key": "cat"})).deadline(DEADLINE);
        let took = quickest(|| {
            let error = get().send().unwrap_err();
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 1), "{error}");
        });
        assert!(took <= TOO_LATE, "{took:?}");
    }
}

fn attempt_that_exceeds_its_timeout_is_retried() {
    // Two dripping responses, then an immediate one. The body of a stream may drip forever.
    let slow = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&slow);
    let server = move |within_body: bool| {
        let count = Arc::clone(&count);
        listen(move |mut stream| {
            let mut unread = [0; 4096];
            while stream.read(&mut unread).is_ok_and(|read| read > 0) {
                let is_slow = count.fetch_add(1, SeqCst) < 2 || within_body;
                let text = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
                for (index, byte) in text.iter().enumerate() {
                    if stream.write_all(&[*byte]).is_err() {
                        return;
                    }
                    if is_slow && (!within_body || index >= text.len() - 2) {
                        thread::sleep(Duration::from_millis(if within_body { 500 } else { 50 }));
                    }
                }
            }
        })
    };
    let limit = Duration::from_millis(500);
    let client = network(server(false)).attempt_timeout(limit).build().unwrap().client("sqs").unwrap();
    let output = client.request("list_queues").send().unwrap();
    assert_eq!((output.metadata.attempts, slow.load(SeqCst)), (3, 3));
    let client = network(server(true)).attempt_timeout(limit).build().unwrap().client("s3").unwrap();
    let get = || client.request("get_object").params(json!({"Bucket": "photos", "Key": "cat"})).send();
    assert_eq!(get().unwrap().body.into_bytes().unwrap(), b"{}");
}

/// With an invalid proxy setting, no request may bypass the proxy.
fn invalid_proxy_setting_is_an_error() {
    let count = Arc::new(AtomicU32::new(0));
    let connections = Arc::clone(&count);
    let address = listen(move |_| _ = connections.fetch_add(1, SeqCst));
    let variables = Environment::from_pairs([("http_proxy", "socks5://me:HUSH@proxy:1080")]);
    for builder in
        [network(address).proxies([("http", "ftp://me:HUSH@proxy")]), network(address).environment(variables)]
    {
        let error = builder.build().unwrap().client("sqs").unwrap().call("list_queues", json!({})).unwrap_err();
        assert_eq!(error.attempts(), 1, "{error}");
        let said = error.to_string();
        assert!(said.contains("expected an http or https URL or HOST:PORT") && !said.contains("HUSH"), "{said}");
    }
    assert_eq!(count.load(SeqCst), 0);
}

// --- Waits --------------------------------------------------------------------------------------------------------------

fn cancelled_wait_ends_pauses_within_calls() {
    let mut slow = ScriptedResponse::empty(503);
    // A server may extend the pause by up to five seconds.
    slow.headers.insert("x-amz-retry-after".to_owned(), "60000".to_owned());
    let script = Script::new(vec![slow]);
    let client = super::builder().transport(script.clone()).build().unwrap().client("s3").unwrap();
    let token = CancelToken::new();
    let waiter = client.get_waiter("bucket_exists").unwrap().cancel(&token);
    let begun = Instant::now();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(100));
            token.cancel();
        });
        let error = waiter.wait(json!({"Bucket": "photos"})).unwrap_err();
        assert_eq!(error.waiter().unwrap().reason(), WaiterReason::Cancelled, "{error}");
    });
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(script.sent().len(), 1);
}

/// Clock whose sleep cancels the token.
#[derive(Debug, Clone, Default)]
struct Cancels(Arc<Mutex<Option<CancelToken>>>);

impl Clock for Cancels {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_700_000_000)
    }

    fn sleep(&self, _: Duration) {
        self.0.lock().unwrap().iter().for_each(CancelToken::cancel);
    }
}

fn cancelled_wait_ends_waiting_for_a_permit() {
    let script = Script::new(vec![ScriptedResponse::empty(429)]);
    let clock = Cancels::default();
    let session = super::builder().retry_mode(RetryMode::Adaptive).max_attempts(1).clock(clock.clone());
    let client = session.transport(script.clone()).build().unwrap().client("s3").unwrap();
    for _ in 0..3 {
        client.call("head_bucket", json!({"Bucket": "photos"})).unwrap_err();
    }
    let token = CancelToken::new();
    *clock.0.lock().unwrap() = Some(token.clone());
    let error = client.get_waiter("bucket_exists").unwrap().cancel(&token).wait(json!({"Bucket": "photos"}));
    let error = error.unwrap_err();
    assert_eq!(error.waiter().unwrap().reason(), WaiterReason::Cancelled, "{error}");
    assert_eq!(script.sent().len(), 3, "nothing was sent early");
}

fn waiter_deadline_holds_for_calls() {
    let client = network(silent()).build().unwrap().client("s3").unwrap();
    let waiter = client.get_waiter("bucket_exists").unwrap().deadline(DEADLINE);
    let took = quickest(|| {
        let error = waiter.wait(json!({"Bucket": "photos"})).unwrap_err();
        assert_eq!(error.waiter().unwrap().reason(), WaiterReason::Deadline, "{error}");
    });
    assert!(took <= TOO_LATE, "{took:?}");
}

// --- Closures -----------------------------------------------------------------------------------------------------------

fn closures_that_panic_leave_the_client_usable() {
    type Add = fn(SessionBuilder, Arc<AtomicBool>) -> SessionBuilder;
    fn once(armed: &AtomicBool) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        assert!(!armed.swap(false, SeqCst), "on purpose");
        Ok(())
    }
    let closures: [Add; 5] = [
        |builder, armed| builder.before_sign(move |_| once(&armed)),
        |builder, armed| builder.before_send(move |_| once(&armed)),
        |builder, armed| builder.after_response(move |_| once(&armed)),
        |builder, armed| builder.on_attempt(move |_| drop(once(&armed))),
        |builder, armed| {
            builder.retry_if(move |_| {
                drop(once(&armed));
                None
            })
        },
    ];
    for mode in [RetryMode::Standard, RetryMode::Adaptive] {
        for add in closures {
            let armed = Arc::new(AtomicBool::new(true));
            let script =
                Script::new(vec![ScriptedResponse::failed(), ScriptedResponse::failed(), ScriptedResponse::ok()]);
            let builder = add(super::builder(), armed).retry_mode(mode);
            let (client, _) = super::client(builder, "sqs", &script);
            catch_unwind(AssertUnwindSafe(|| client.call("send_message", message()))).unwrap_err();
            for _ in 0..3 {
                client.call("send_message", message()).unwrap();
            }
        }
    }
}

fn changes_before_signing_are_signed_and_sent() {
    let script = Script::new(vec![ScriptedResponse::failed(), ScriptedResponse::ok()]);
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let builder = super::builder()
        .before_sign(|request| {
            *request.method_mut() = http::Method::PUT;
            *request.uri_mut() = "https://elsewhere.example/path?x=1".parse()?;
            *request.body_mut() = Body::from(r#"{"mine": true}"#);
            Ok(())
        })
        .before_send(move |request| {
            let signed = request.headers()["authorization"].to_str()?.to_owned();
            log.lock().unwrap().push((request.method().clone(), request.uri().to_string(), signed));
            Ok(())
        });
    let (client, _) = super::client(builder.max_attempts(2), "sqs", &script);
    client.call("send_message", message()).unwrap();
    for (sent, (method, uri, signed)) in script.sent().iter().zip(seen.lock().unwrap().iter()) {
        assert_eq!((method.as_str(), uri.as_str()), ("PUT", "https://elsewhere.example/path?x=1"));
        assert_eq!((&*sent.body, sent.header("content-length")), (&br#"{"mine": true}"#[..], "14"));
        assert!(signed.contains("SignedHeaders="), "{signed}");
    }
    assert_eq!(script.sent().len(), 2);
    let _: Value = serde_json::from_slice(&script.sent()[0].body).unwrap();
}

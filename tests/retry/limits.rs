//! What holds a call up beside the network, and the program's own closures when they go wrong.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tucuxi::{
    AddressingStyle, Body, CancelToken, ChecksumMode, Client, Credentials, Environment, Error, ErrorKind, RetryMode,
    Session, SessionBuilder, WaiterReason,
};

use super::{Answer, Script, message, times};

const DEADLINE: Duration = Duration::from_millis(300);
/// What is not held up by the deadline takes three seconds and more.
const TOO_LATE: Duration = Duration::from_secs(1);

/// The shortest of some runs, because the machine may be busy with something else.
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

/// Accepts connections and does with them what it is told to.
fn listen(each: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let each = Arc::new(each);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let each = Arc::clone(&each);
            thread::spawn(move || each(stream.unwrap()));
        }
    });
    address
}

fn silent() -> SocketAddr {
    listen(|mut stream| while stream.read(&mut [0; 1024]).is_ok_and(|read| read > 0) {})
}

// --- Credentials --------------------------------------------------------------------------------------------------------

#[test]
fn nobody_waits_for_credentials_beyond_the_deadline() {
    let (release, released) = mpsc::channel();
    let (released, asked) = (Mutex::new(released), Arc::new(AtomicU32::new(0)));
    let count = Arc::clone(&asked);
    let hanging = move || {
        count.fetch_add(1, SeqCst);
        released.lock().unwrap().recv().unwrap();
        Ok(Credentials::new("AKIDEXAMPLE", "secret"))
    };
    let script = Script::new(vec![Answer::ok()]);
    let session = super::builder().credentials(hanging).deadline(DEADLINE).transport(script.clone()).build().unwrap();
    let client = session.client("sqs").unwrap();
    let took = quickest(|| {
        // All of them wait for the one who asked first.
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let error = client.call("send_message", message()).unwrap_err();
                    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 0), "{error}");
                    assert!(
                        error.to_string().contains("\"custom\" gave no credentials before the deadline"),
                        "{error}"
                    );
                });
            }
        });
    });
    assert!(took <= TOO_LATE, "{took:?}");
    assert_eq!(asked.load(SeqCst), 1);
    release.send(()).unwrap();
    client.call("send_message", message()).unwrap();
    assert_eq!((asked.load(SeqCst), script.sent().len()), (1, 1));
}

#[cfg(unix)]
#[test]
fn programs_and_metadata_services_that_hang_are_left_behind() {
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

#[test]
fn a_provider_that_panics_is_an_error_and_asked_again() {
    for deadline in [None, Some(Duration::from_secs(10))] {
        let asked = AtomicU32::new(0);
        let provider = move || match asked.fetch_add(1, SeqCst) {
            0 => panic!("on purpose"),
            _ => Ok(Credentials::new("AKIDEXAMPLE", "secret")),
        };
        let script = Script::new(vec![Answer::ok()]);
        let mut builder = super::builder().credentials(provider).transport(script);
        if let Some(deadline) = deadline {
            builder = builder.deadline(deadline);
        }
        let client = builder.build().unwrap().client("sqs").unwrap();
        let first = catch_unwind(AssertUnwindSafe(|| client.call("send_message", message())));
        match deadline {
            // It is the thread of the caller that asks.
            None => drop(first.unwrap_err()),
            Some(_) => assert_eq!(first.unwrap().unwrap_err().kind(), ErrorKind::Credentials),
        }
        client.call("send_message", message()).unwrap();
    }
}

// --- Bodies that nobody wants -------------------------------------------------------------------------------------------

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

/// An operation whose answer is a stream, so that no limit holds for the reading of it.
fn post(client: &Client) -> Result<tucuxi::Output, Error> {
    let params = json!({"botName": "b", "botAlias": "a", "userId": "user", "contentType": "audio/l16"});
    client.request("post_content").params(params).body(Body::from(vec![b'x'; 16 << 20])).send()
}

#[test]
fn a_body_that_is_hardly_taken_ends_with_the_deadline() {
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
            // What the processor does with a large body (its hash) is not the matter here.
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

#[test]
fn an_attempt_that_takes_too_long_is_repeated() {
    // Two answers that drip, and one at once; the body of a stream may drip for as long as it likes.
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

// --- Waits --------------------------------------------------------------------------------------------------------------

#[test]
fn a_wait_that_is_cancelled_ends_the_pauses_within_its_calls() {
    let mut slow = Answer::empty(503);
    // Five seconds more than its own pause is what a server may ask for.
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

#[test]
fn the_deadline_of_a_wait_holds_for_its_calls() {
    let client = network(silent()).build().unwrap().client("s3").unwrap();
    let waiter = client.get_waiter("bucket_exists").unwrap().deadline(DEADLINE);
    let took = quickest(|| {
        let error = waiter.wait(json!({"Bucket": "photos"})).unwrap_err();
        assert_eq!(error.waiter().unwrap().reason(), WaiterReason::Deadline, "{error}");
    });
    assert!(took <= TOO_LATE, "{took:?}");
}

// --- Closures -----------------------------------------------------------------------------------------------------------

#[test]
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
            let script = Script::new(vec![Answer::failed(), Answer::failed(), Answer::ok()]);
            let builder = add(super::builder(), armed).retry_mode(mode);
            let (client, _) = super::client(builder, "sqs", &script);
            catch_unwind(AssertUnwindSafe(|| client.call("send_message", message()))).unwrap_err();
            for _ in 0..3 {
                client.call("send_message", message()).unwrap();
            }
        }
    }
}

#[test]
fn what_is_changed_before_signing_is_signed_and_sent() {
    let script = Script::new(vec![Answer::failed(), Answer::ok()]);
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
    let (client, _) = super::client(builder.max_attempts(times(2)), "sqs", &script);
    client.call("send_message", message()).unwrap();
    for (sent, (method, uri, signed)) in script.sent().iter().zip(seen.lock().unwrap().iter()) {
        assert_eq!((method.as_str(), uri.as_str()), ("PUT", "https://elsewhere.example/path?x=1"));
        assert_eq!((&*sent.body, sent.header("content-length")), (&br#"{"mine": true}"#[..], "14"));
        assert!(signed.contains("SignedHeaders="), "{signed}");
    }
    assert_eq!(script.sent().len(), 2);
    let _: Value = serde_json::from_slice(&script.sent()[0].body).unwrap();
}

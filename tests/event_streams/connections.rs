//! Event streams over real connections: events are delivered when they arrive, and every end of a connection is
//! reported.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tucuxi::{CancelToken, Client, ErrorKind, EventStream};

use crate::frames::{event, exception, initial_response};
use crate::session;
use crate::support::server::read_head;

/// The read timeout of tests in which it expires.
const SHORT: Duration = Duration::from_millis(500);
const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.amazon.eventstream\r\n";

/// Reads one request and passes the connection to the script. The receiver gets the result of the script.
fn serve<T: Send + 'static>(script: impl FnOnce(TcpStream) -> T + Send + 'static) -> (String, Receiver<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (result, done) = mpsc::channel();
    thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let head = read_head(&mut stream).unwrap().to_ascii_lowercase();
        let length =
            head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
        io::copy(&mut Read::by_ref(&mut stream).take(length), &mut io::sink()).unwrap();
        let _ignored = result.send(script(stream));
    });
    (url, done)
}

fn kinesis(url: &str) -> Client {
    let session = session().endpoint_url(url).read_timeout(Duration::from_secs(10)).max_attempts(1);
    session.build().unwrap().client("kinesis").unwrap()
}

fn params() -> Value {
    json!({"ConsumerARN": "arn:aws:kinesis:us-east-1:000000000000:stream/s/consumer/c:1", "ShardId": "shardId-0",
           "StartingPosition": {"Type": "LATEST"}})
}

fn subscribe(url: &str) -> EventStream {
    kinesis(url).request("subscribe_to_shard").params(params()).send().unwrap().events.unwrap()
}

fn records(number: u32) -> Vec<u8> {
    event("SubscribeToShardEvent", json!({"MillisBehindLatest": number}).to_string())
}

fn expected(number: u32) -> Value {
    json!({"SubscribeToShardEvent": {"MillisBehindLatest": number}})
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", bytes.len()).as_bytes(), bytes, b"\r\n"].concat()
}

fn chunked() -> String {
    format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n")
}

/// The server sends the next event only after the client received the previous one.
#[test]
fn events_are_delivered_when_they_arrive() {
    let (received, next): (Sender<()>, Receiver<()>) = mpsc::channel();
    let (url, _) = serve(move |mut stream| {
        stream.write_all(chunked().as_bytes()).unwrap();
        stream.write_all(&chunk(&initial_response("{}"))).unwrap();
        for number in 0..3 {
            // In two pieces, so that the client waits for the rest of an event.
            let frame = records(number);
            stream.write_all(&chunk(&frame[..25])).unwrap();
            stream.write_all(&chunk(&frame[25..])).unwrap();
            next.recv_timeout(Duration::from_secs(10)).unwrap();
        }
        stream.write_all(b"0\r\n\r\n").unwrap();
    });
    let mut events = subscribe(&url);
    for number in 0..3 {
        assert_eq!(events.next().unwrap().unwrap(), expected(number));
        received.send(()).unwrap();
    }
    assert!(events.next().is_none());
}

#[test]
fn truncated_connections_are_reported() {
    let frames = [initial_response("{}"), records(1), records(2)].concat();
    let boundary = frames.len() - records(2).len();
    // Framing, received length, number of events, whether the truncation is detectable.
    type Framing = fn(&[u8], usize) -> Vec<u8>;
    let with_length: Framing =
        |part, whole| [format!("{HEAD}Content-Length: {whole}\r\n\r\n").as_bytes(), part].concat();
    let in_chunks: Framing = |part, _| [chunked().as_bytes(), &chunk(part)].concat();
    let until_close: Framing = |part, _| [HEAD.as_bytes(), b"Connection: close\r\n\r\n", part].concat();
    for (framing, at_boundary_too) in [(with_length, true), (in_chunks, true), (until_close, false)] {
        for (length, count) in [(boundary + 20, 1), (frames.len() - 1, 1), (boundary, 1)] {
            let response = framing(&frames[..length], frames.len());
            let (url, _) = serve(move |mut stream| stream.write_all(&response).unwrap());
            let mut events = subscribe(&url);
            for number in 1..=count {
                assert_eq!(events.next().unwrap().unwrap(), expected(number));
            }
            match events.next() {
                None => assert!(length == boundary && !at_boundary_too, "no error for a truncated stream"),
                Some(Ok(event)) => panic!("{event}"),
                Some(Err(error)) => {
                    assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
                    assert!(error.to_string().starts_with("kinesis SubscribeToShard: "), "{error}");
                    assert!(length != boundary || at_boundary_too, "{error}");
                }
            }
            assert!(events.next().is_none() && events.next().is_none());
        }
    }
}

#[test]
fn read_timeout_applies_between_events() {
    let (url, _) = serve(|mut stream| {
        let frames = [initial_response("{}"), records(1), records(2)[..30].to_vec()].concat();
        stream.write_all(chunked().as_bytes()).unwrap();
        stream.write_all(&chunk(&frames)).unwrap();
        // Until the client closes the connection.
        io::copy(&mut stream, &mut io::sink())
    });
    let session = session().endpoint_url(&url).read_timeout(SHORT).build().unwrap();
    let request = session.client("kinesis").unwrap();
    let mut events = request.request("subscribe_to_shard").params(params()).send().unwrap().events.unwrap();
    assert_eq!(events.next().unwrap().unwrap(), expected(1));
    let error = events.next().unwrap().unwrap_err();
    assert!(error.kind() == ErrorKind::Timeout && error.is_timeout(), "{error}");
    assert!(events.next().is_none());
}

/// A server that sends events forever.
fn endless() -> (String, Receiver<()>) {
    serve(|mut stream| {
        stream.write_all(chunked().as_bytes()).unwrap();
        let mut frame = initial_response("{}");
        while stream.write_all(&chunk(&frame)).is_ok() {
            frame = records(1);
            thread::sleep(Duration::from_millis(10));
        }
    })
}

#[test]
fn deadline_ends_a_plain_call_but_not_the_events_of_a_request() {
    let deadline = Duration::from_secs(1);
    let (url, ended) = endless();
    let session = session().endpoint_url(&url).deadline(deadline).build().unwrap();
    let begun = Instant::now();
    let error = session.client("kinesis").unwrap().call("subscribe_to_shard", params()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(begun.elapsed() >= deadline && begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    ended.recv_timeout(Duration::from_secs(10)).unwrap();

    let (url, _) = endless();
    let request = kinesis(&url);
    let begun = Instant::now();
    let response = request.request("subscribe_to_shard").params(params()).deadline(deadline).send().unwrap();
    for event in response.events.unwrap() {
        event.unwrap();
        if begun.elapsed() > 2 * deadline {
            return;
        }
    }
    panic!("the stream ended");
}

#[test]
fn cancel_ends_the_events_of_a_request() {
    let (url, ended) = serve(|mut stream| {
        stream.write_all(chunked().as_bytes()).unwrap();
        stream.write_all(&chunk(&[initial_response("{}"), records(1)].concat())).unwrap();
        while stream.read(&mut [0; 16]).is_ok_and(|read| read > 0) {}
    });
    let (client, token) = (kinesis(&url), CancelToken::new());
    let request = client.request("subscribe_to_shard").params(params()).cancel(&token);
    let mut events = request.send().unwrap().events.unwrap();
    assert_eq!(events.next().unwrap().unwrap(), expected(1));
    let begun = Instant::now();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(150));
            token.cancel();
        });
        let error = events.next().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled, "{error}");
        assert_eq!((error.service_name(), error.operation()), (Some("kinesis"), Some("SubscribeToShard")));
    });
    assert!(events.next().is_none());
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    ended.recv_timeout(Duration::from_secs(10)).unwrap();
}

/// A server that sends single bytes does not run into the read timeout.
#[test]
fn deadline_includes_the_initial_response() {
    let deadline = Duration::from_secs(1);
    let (url, ended) = serve(|mut stream| {
        stream.write_all(chunked().as_bytes()).unwrap();
        for byte in initial_response(format!("{}{{}}", " ".repeat(100_000))) {
            if stream.write_all(&chunk(&[byte])).is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
    });
    let begun = Instant::now();
    let request = kinesis(&url);
    let error = request.request("subscribe_to_shard").params(params()).deadline(deadline).send().unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(begun.elapsed() >= deadline && begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    ended.recv_timeout(Duration::from_secs(10)).unwrap();
}

#[test]
fn timeouts_end_a_stream_that_does_not_begin() {
    let limit = Duration::from_millis(300);
    let hold = |mut stream: TcpStream| {
        stream.write_all(chunked().as_bytes()).unwrap();
        let _end = stream.read(&mut [0]);
    };
    let (url, _) = serve(hold);
    let begun = Instant::now();
    let error = kinesis(&url).request("subscribe_to_shard").params(params()).deadline(limit).send().unwrap_err();
    assert!(error.is_timeout() && error.to_string().contains("the timeout of the whole attempt expired"), "{error}");
    assert!(begun.elapsed() >= limit && begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());

    // The timeout of an attempt includes the initial response, too.
    let (url, _) = serve(hold);
    let session = session().endpoint_url(&url).attempt_timeout(limit).max_attempts(1);
    let begun = Instant::now();
    let request = session.build().unwrap().client("kinesis").unwrap();
    let error = request.request("subscribe_to_shard").params(params()).send().unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(begun.elapsed() >= limit && begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn dropping_the_stream_closes_the_connection() {
    let (url, closed) = serve(|mut stream| {
        stream.write_all(chunked().as_bytes()).unwrap();
        stream.write_all(&chunk(&[initial_response("{}"), records(1)].concat())).unwrap();
        // Reading ends when the client closes the connection.
        io::copy(&mut stream, &mut io::sink()).is_ok()
    });
    let mut events = subscribe(&url);
    events.next().unwrap().unwrap();
    drop(events);
    assert!(closed.recv_timeout(Duration::from_secs(5)).unwrap());
}

/// Nothing is read after an error.
#[test]
fn error_closes_the_connection() {
    let (url, closed) = serve(|mut stream| {
        stream.write_all(chunked().as_bytes()).unwrap();
        let gone = exception("ResourceInUseException", r#"{"message": "taken over"}"#);
        stream.write_all(&chunk(&[initial_response("{}"), gone].concat())).unwrap();
        io::copy(&mut stream, &mut io::sink()).is_ok()
    });
    let mut events = subscribe(&url);
    assert_eq!(events.next().unwrap().unwrap_err().service().unwrap().message(), "taken over");
    assert!(closed.recv_timeout(Duration::from_secs(5)).unwrap());
    assert!(events.next().is_none());
}

/// A stream that is read to its end returns its connection to the pool.
#[test]
fn connection_is_reused_after_a_complete_stream() {
    let (url, done) = serve(|mut stream| {
        let frames = [initial_response("{}"), records(1)].concat();
        let response = [chunked().as_bytes(), &chunk(&frames), b"0\r\n\r\n"].concat();
        stream.write_all(&response).unwrap();
        let mut again = [0; 4];
        stream.read_exact(&mut again).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").unwrap();
        again
    });
    let kinesis = kinesis(&url);
    let response = kinesis.request("subscribe_to_shard").params(params()).send().unwrap();
    let mut events = response.events.unwrap();
    assert!(events.next().is_some() && events.next().is_none());
    // The stream itself still exists.
    kinesis.call("list_streams", json!({})).unwrap();
    assert_eq!(&done.recv_timeout(Duration::from_secs(5)).unwrap(), b"POST");
    assert!(events.next().is_none());
}

//! Calls of a small service with one event stream, in each protocol that has event streams: the output, the errors, and
//! the retries.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aws_smithy_types::event_stream::{Header, HeaderValue};
use http::{Request, Response};
use serde_json::{Value, json};
use tucuxi::{Body, Client, Error, ErrorKind, EventStream};

use crate::frames::{event, exception, frame, frame_of, initial_response};
use crate::session;
use crate::support::clock::ManualClock;

const PROTOCOLS: [&str; 4] = ["json", "rest-json", "rest-xml", "smithy-rpc-v2-cbor"];

fn model(protocol: &str) -> Value {
    let text = json!({"shape": "Text"});
    let mut output = json!({"type": "structure", "members": {"Title": text, "Feed": {"shape": "Feed"}}});
    if protocol.starts_with("rest") {
        output["payload"] = json!("Feed");
        output["members"]["Title"]["location"] = json!("header");
        output["members"]["Title"]["locationName"] = json!("x-title");
    }
    json!({
        "version": "2.0",
        "metadata": {"apiVersion": "2020-01-01", "endpointPrefix": "notes", "protocol": protocol, "serviceId": "Notes",
                     "signatureVersion": "v4", "targetPrefix": "Notes", "jsonVersion": "1.1"},
        "operations": {"Watch": {"name": "Watch", "http": {"method": "POST", "requestUri": "/watch"},
                                 "output": {"shape": "WatchOutput"}, "errors": [{"shape": "TooFast"}]}},
        "shapes": {
            "WatchOutput": output,
            "Feed": {"type": "structure", "eventstream": true, "members": {
                "Note": {"shape": "Note"}, "Marked": {"shape": "Marked"},
                "TooFast": {"shape": "TooFast"}, "Gone": {"shape": "Gone"}}},
            "Note": {"type": "structure", "event": true, "members": {"Text": text}},
            "Marked": {"type": "structure", "event": true, "members": {
                "Id": {"shape": "Text", "eventheader": true}, "At": {"shape": "Time", "eventheader": true},
                "Count": {"shape": "Number", "eventheader": true}, "Text": {"shape": "Text", "eventpayload": true}}},
            "TooFast": {"type": "structure", "exception": true, "retryable": {"throttling": true},
                        "members": {"message": text}},
            "Gone": {"type": "structure", "exception": true, "members": {"message": text, "Where": text}},
            "Text": {"type": "string"}, "Time": {"type": "timestamp"}, "Number": {"type": "long"},
        },
    })
}

/// A structure with these members, in the format of the protocol.
fn document(protocol: &str, members: &[(&str, &str)]) -> Vec<u8> {
    match protocol {
        "rest-xml" => {
            let members: String = members.iter().map(|(name, text)| format!("<{name}>{text}</{name}>")).collect();
            format!("<Doc>{members}</Doc>").into_bytes()
        }
        "smithy-rpc-v2-cbor" => {
            let mut bytes = vec![0xa0 + members.len() as u8];
            for text in members.iter().flat_map(|(name, text)| [name, text]) {
                bytes.push(0x60 + text.len() as u8);
                bytes.extend(text.bytes());
            }
            bytes
        }
        _ => {
            let members: Value = members.iter().map(|(name, text)| ((*name).to_owned(), json!(text))).collect();
            members.to_string().into_bytes()
        }
    }
}

/// A client that receives these bodies in order, and the number of its requests.
fn client(protocol: &str, bodies: Vec<Vec<u8>>) -> (Client, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let bodies = Mutex::new(bodies.into_iter());
    let transport = {
        let count = Arc::clone(&count);
        move |_: Request<Body>| {
            count.fetch_add(1, Ordering::SeqCst);
            let body = bodies.lock().unwrap().next().expect("no more requests than responses");
            let response = Response::builder().header("x-title", "Log").header("x-amzn-requestid", "the-id");
            Ok(response.body(Body::from_reader(std::io::Cursor::new(body))).unwrap())
        }
    };
    let session =
        session().model("notes", model(protocol)).endpoint_url("https://notes.example").clock(ManualClock::default());
    (session.transport(transport).build().unwrap().client("notes").unwrap(), count)
}

/// The initial response with the title, if the protocol does not send it in a header.
fn beginning(protocol: &str) -> Vec<u8> {
    match protocol.starts_with("rest") {
        true => Vec::new(),
        false => initial_response(document(protocol, &[("Title", "Log")])),
    }
}

fn note(protocol: &str, text: &str) -> Vec<u8> {
    event("Note", document(protocol, &[("Text", text)]))
}

fn send(client: &Client) -> tucuxi::Result<tucuxi::Output> {
    client.request("watch").send()
}

fn collect_events(client: &Client) -> (Vec<Value>, Option<Error>) {
    let (mut events, mut last) = (Vec::new(), None);
    for event in send(client).unwrap().events.unwrap() {
        assert!(last.is_none(), "an event follows an error");
        match event {
            Ok(event) => events.push(event),
            Err(error) => last = Some(error),
        }
    }
    (events, last)
}

#[test]
fn output_and_events_are_read() {
    for protocol in PROTOCOLS {
        let body = [beginning(protocol), note(protocol, "one"), note(protocol, "two")].concat();
        let (client, _) = client(protocol, vec![body.clone(), body]);
        let output = send(&client).unwrap();
        assert_eq!(output.value, json!({"Title": "Log"}), "{protocol}");
        assert_eq!((output.metadata.request_id.as_deref(), output.metadata.attempts), (Some("the-id"), 1));
        assert!(output.body.is_empty());
        let mut events: EventStream = output.events.unwrap();
        assert_eq!(format!("{events:?}"), "EventStream(..)");
        assert_eq!(events.next().unwrap().unwrap(), json!({"Note": {"Text": "one"}}), "{protocol}");
        // Another thread can continue the stream.
        let rest = std::thread::spawn(move || events.map(Result::unwrap).collect::<Vec<_>>()).join().unwrap();
        assert_eq!(rest, [json!({"Note": {"Text": "two"}})], "{protocol}");
        // The plain call collects the events.
        let whole = client.call("watch", json!({})).unwrap();
        let notes = json!([{"Note": {"Text": "one"}}, {"Note": {"Text": "two"}}]);
        assert_eq!(whole, json!({"Title": "Log", "Feed": notes}), "{protocol}");
    }
}

/// A text that ends within a character does not affect the next event.
#[test]
fn invalid_characters_do_not_end_a_stream() {
    for protocol in ["json", "rest-json"] {
        let body = [
            beginning(protocol),
            event("Note", r#"{"Text": "cut \ud83d"}"#),
            event("Note", b"{\"Text\": \"caf\xe9\", \"New\": NaN}"),
            note(protocol, "two"),
        ];
        let (client, _) = client(protocol, vec![body.concat()]);
        let (events, error) = collect_events(&client);
        assert!(error.is_none(), "{protocol}: {error:?}");
        let notes = ["cut \u{fffd}", "caf\u{fffd}", "two"].map(|text| json!({"Note": {"Text": text}}));
        assert_eq!(events, notes, "{protocol}");
    }
}

#[test]
fn members_in_event_headers_are_read() {
    let text = |name: &'static str, text: &'static str| Header::new(name, HeaderValue::String(text.into()));
    let begin = || vec![text(":message-type", "event"), text(":event-type", "Marked")];
    let time = HeaderValue::Timestamp(aws_smithy_types::DateTime::from_millis(1_440_938_160_250));
    for protocol in PROTOCOLS {
        let mut headers = begin();
        headers.extend([text("Id", "n1"), text("Unknown", "x")]);
        headers.extend([Header::new("At", time.clone()), Header::new("Count", HeaderValue::Int64(i64::MAX))]);
        let uuid = Header::new("Id", HeaderValue::Uuid(0x1234_5678_9abc_def0_1234_5678_9abc_def0));
        let frames = [frame_of(headers, "Grüße"), frame_of(begin().into_iter().chain([uuid]), "")].concat();
        let (client, _) = client(protocol, vec![[beginning(protocol), frames].concat()]);
        let marked = json!({"Id": "n1", "At": "2015-08-30T12:36:00.25Z", "Count": i64::MAX, "Text": "Grüße"});
        let with_uuid = json!({"Id": "12345678-9abc-def0-1234-56789abcdef0", "Text": ""});
        let (events, error) = collect_events(&client);
        assert_eq!((events, error.is_none()), (vec![json!({"Marked": marked}), json!({"Marked": with_uuid})], true));

        // A number as text, other text, a number for a time, a time outside of the calendar (which stays in seconds),
        // and a boolean.
        let endless = HeaderValue::Timestamp(aws_smithy_types::DateTime::from_millis(i64::MAX));
        for (odd, expected) in [
            (text("Count", "12"), json!({"Count": 12, "Text": ""})),
            (text("Count", "many"), json!({"Count": "many", "Text": ""})),
            (Header::new("At", HeaderValue::Int32(12)), json!({"At": "1970-01-01T00:00:12Z", "Text": ""})),
            (Header::new("At", endless), json!({"At": i64::MAX / 1000, "Text": ""})),
            (Header::new("Id", HeaderValue::Bool(true)), json!({"Id": true, "Text": ""})),
        ] {
            let frames = frame_of(begin().into_iter().chain([odd]), "");
            let (client, _) = self::client(protocol, vec![[beginning(protocol), frames].concat()]);
            let (events, error) = collect_events(&client);
            assert!(error.is_none(), "{protocol}: {error:?}");
            assert_eq!(events, [json!({ "Marked": expected })], "{protocol}");
        }
    }
}

#[test]
fn exception_before_initial_response_fails_the_call() {
    for protocol in ["json", "smithy-rpc-v2-cbor"] {
        let gone = exception("Gone", document(protocol, &[("Where", "there"), ("message", "it left")]));
        let (client, count) = client(protocol, vec![gone.clone(), gone]);
        for error in [send(&client).unwrap_err(), client.call("watch", json!({})).unwrap_err()] {
            let service = error.service().unwrap();
            assert_eq!((service.code(), service.message()), ("Gone", "it left"), "{protocol}");
            assert_eq!(service.body(), &json!({"Where": "there", "message": "it left"}));
            assert!(service.is_in_event_stream());
            assert_eq!((service.status(), service.request_id()), (200, Some("the-id")));
            assert_eq!((error.operation(), error.attempts()), (Some("Watch"), 1));
            assert!(error.to_string().contains("in the event stream"), "{error}");
        }
        assert_eq!(count.load(Ordering::SeqCst), 2, "the error is not retryable");
    }
}

/// The caller has received nothing yet, so retryable errors are retried.
#[test]
fn failures_before_initial_response_are_retried() {
    for protocol in ["json", "smithy-rpc-v2-cbor"] {
        let slow_down = exception("TooFast", document(protocol, &[("message", "slow down")]));
        let cut = initial_response(document(protocol, &[("Title", "Log")]))[..20].to_vec();
        let good = [beginning(protocol), note(protocol, "one")].concat();
        let (client, count) = client(protocol, vec![slow_down.clone(), cut, good, slow_down]);
        let output = send(&client).unwrap();
        assert_eq!((output.metadata.attempts, count.load(Ordering::SeqCst)), (3, 3), "{protocol}");
        assert_eq!(output.events.unwrap().count(), 1);
        let once = client.request("watch").max_attempts(1);
        assert_eq!(once.send().unwrap_err().service().unwrap().code(), "TooFast");
    }
}

#[test]
fn failures_among_events_are_not_retried() {
    for protocol in PROTOCOLS {
        let slow_down = exception("TooFast", document(protocol, &[("message", "slow down")]));
        let broken = [beginning(protocol), note(protocol, "one"), slow_down, note(protocol, "two")].concat();
        let (client, count) = client(protocol, vec![broken.clone(), broken]);
        let (events, error) = collect_events(&client);
        assert_eq!(events, [json!({"Note": {"Text": "one"}})]);
        assert_eq!(error.unwrap().service().unwrap().message(), "slow down");
        assert_eq!(count.load(Ordering::SeqCst), 1, "{protocol}");
        let error = client.call("watch", json!({})).unwrap_err();
        assert_eq!((error.service().unwrap().code(), error.attempts()), ("TooFast", 1));
        assert!(error.may_have_been_processed(), "{error}");
        assert_eq!(count.load(Ordering::SeqCst), 2, "{protocol}");
    }
}

/// Headers cannot carry an error, so it is returned as the first event.
#[test]
fn exception_as_first_event_is_returned_by_the_stream() {
    for protocol in ["rest-json", "rest-xml"] {
        let (client, _) = client(protocol, vec![exception("Gone", document(protocol, &[("message", "it left")]))]);
        let (events, error) = collect_events(&client);
        assert!(events.is_empty());
        assert_eq!(error.unwrap().service().unwrap().message(), "it left");
    }
}

#[test]
fn missing_initial_response_is_tolerated_before_events() {
    for protocol in ["json", "smithy-rpc-v2-cbor"] {
        let (client, _) = client(protocol, vec![note(protocol, "one"), Vec::new()]);
        let output = send(&client).unwrap();
        assert_eq!(output.value, json!({}));
        let events: Vec<_> = output.events.unwrap().map(Result::unwrap).collect();
        assert_eq!(events, [json!({"Note": {"Text": "one"}})], "{protocol}");
        let error = send(&client).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Response);
        assert!(error.to_string().contains("the event stream ended before its initial-response"), "{error}");
    }
}

#[test]
fn invalid_event_streams_are_reported() {
    let headers = |list: &[(&str, &str)]| frame(list, "{}");
    let mut flipped = note("json", "one");
    let last = flipped.len() - 1;
    flipped[last] ^= 1;
    let cases: [(Vec<u8>, ErrorKind, &str); 8] = [
        (
            b"<html>Bad gateway</html>".to_vec(),
            ErrorKind::Response,
            "broken frame at byte 0 of the event stream: the CRC",
        ),
        (flipped, ErrorKind::Response, "broken frame at byte 0 of the event stream: message checksum"),
        (note("json", "one")[..30].to_vec(), ErrorKind::Connection, "the stream ends after 30 bytes of the frame"),
        (
            headers(&[]),
            ErrorKind::Response,
            "expected the :message-type \"event\", \"exception\" or \"error\", found none",
        ),
        (headers(&[(":message-type", "odd")]), ErrorKind::Response, "found \"odd\""),
        (headers(&[(":message-type", "event")]), ErrorKind::Response, "an event without its :event-type"),
        (headers(&[(":message-type", "exception")]), ErrorKind::Response, "an exception without its :exception-type"),
        (event("Note", r#"{"Text": "#), ErrorKind::Response, "Feed: Note: Text: not the JSON that was expected"),
    ];
    for (body, kind, expected) in cases {
        let (client, _) = client("rest-json", vec![[note("rest-json", "first"), body.clone()].concat()]);
        let (events, error) = collect_events(&client);
        assert_eq!(events.len(), 1);
        let error = error.unwrap();
        let expected = expected.replace("byte 0", &format!("byte {}", note("rest-json", "first").len()));
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(&expected), "expected {expected}, found {error}");
        assert_eq!((error.service_name(), error.operation()), (Some("notes"), Some("Watch")));
    }
}

/// An enum names the events that a program reads. Others are its catch-all, even those that the model does not know.
#[test]
fn typed_events_are_variants() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    enum Feed {
        Note {
            #[serde(rename = "Text")]
            text: String,
        },
        Marked(Marked),
        #[serde(other)]
        Other,
    }
    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Marked {
        id: String,
        count: u64,
        text: Option<String>,
    }
    #[derive(Debug, PartialEq, serde::Deserialize)]
    enum Notes {
        Note(std::collections::HashMap<String, String>),
    }
    for protocol in PROTOCOLS {
        let name = |name: &'static str| [(":message-type", "event"), (":event-type", name)];
        let texts = name("Marked")
            .map(|(name, value)| Header::new(name.to_owned(), HeaderValue::String(value.to_owned().into())));
        let id = Header::new("Id".to_owned(), HeaderValue::String("7".to_owned().into()));
        let count = Header::new("Count".to_owned(), HeaderValue::Int16(300));
        let note = frame(&name("Note"), document(protocol, &[("Text", "one"), ("Newer", "x")]));
        let stream = [
            if protocol.starts_with("rest") { Vec::new() } else { initial_response(document(protocol, &[])) },
            note.clone(),
            frame_of(texts.into_iter().chain([id, count]), "caf\u{e9}"),
            frame(&name("FromTheFuture"), b"\xff"),
            note,
            exception("Gone", document(protocol, &[("message", "it left")])),
        ];
        let events = || {
            let response = Response::new(Body::from(stream.concat()));
            client(protocol, Vec::new()).0.parse_response("watch", response).unwrap().events.unwrap()
        };
        let note = || Feed::Note { text: "one".to_owned() };
        let marked = Marked { id: "7".to_owned(), count: 300, text: Some("caf\u{e9}".to_owned()) };
        let mut typed = events().events_as::<Feed>();
        for expected in [note(), Feed::Marked(marked), Feed::Other, note()] {
            assert_eq!(typed.next().unwrap().unwrap(), expected, "{protocol}");
        }
        assert_eq!(typed.next().unwrap().unwrap_err().service().unwrap().code(), "Gone", "{protocol}");
        assert!(typed.next().is_none());

        // Without a catch-all, a known event is an error, and an unknown one is skipped.
        let found: Vec<_> =
            events().events_as::<Notes>().map(|event| event.map_err(|error| error.to_string())).collect();
        assert_eq!(found.len(), 4, "{protocol}: {found:?}");
        assert!(found[0].is_ok() && found[2].is_ok(), "{protocol}: {found:?}");
        assert!(found[1].as_ref().unwrap_err().contains("Marked"), "{protocol}: {found:?}");
    }
}

/// A response with an error status.
#[test]
fn error_status_is_a_service_error() {
    for protocol in PROTOCOLS {
        let client = client(protocol, Vec::new()).0;
        let body = match protocol {
            "rest-xml" => b"<Error><Code>Gone</Code><message>it left</message></Error>".to_vec(),
            _ => document(protocol, &[("__type", "Gone"), ("message", "it left")]),
        };
        let response = Response::builder().status(404).body(Body::from(body)).unwrap();
        let error = client.parse_response("watch", response).unwrap_err();
        let service = error.service().unwrap();
        assert_eq!((service.code(), service.message(), service.status()), ("Gone", "it left", 404), "{protocol}");
        assert!(!service.is_in_event_stream());
    }
}

/// Valid frames with random payloads never panic and give at most one event.
#[test]
fn random_payloads_never_panic() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) % below
    };
    for protocol in PROTOCOLS {
        let client = client(protocol, Vec::new()).0;
        let good = [document(protocol, &[("Text", "one")]), document(protocol, &[("message", "two"), ("Where", "x")])];
        let (mut read, mut rejected) = (0, 0);
        for round in 0..6000 {
            let mut payload = good[round % 2].clone();
            for _ in 0..=random(3) {
                let at = random(payload.len() as u64) as usize;
                match random(3) {
                    0 => payload[at] = random(256) as u8,
                    1 => payload.truncate(at + 1),
                    _ => payload.insert(at, random(256) as u8),
                }
            }
            let frame = match random(3) {
                0 => exception("Gone", payload),
                1 => event(["Note", "Marked"][round % 2], payload),
                _ => initial_response(payload),
            };
            let response = || Response::new(Body::from(frame.clone()));
            let typed = client
                .parse_response("watch", response())
                .and_then(|output| output.events.unwrap().events_as::<Value>().collect::<Result<Vec<_>, _>>());
            match client.parse_response("watch", response()) {
                Err(_) => rejected += 1,
                Ok(output) => match output.events.unwrap().collect::<Result<Vec<_>, _>>() {
                    Ok(events) => {
                        assert!(events.len() < 2);
                        assert_eq!(typed.unwrap(), events, "{protocol}");
                        read += 1;
                    }
                    Err(error) => {
                        assert_eq!(typed.unwrap_err().to_string(), error.to_string(), "{protocol}");
                        rejected += 1;
                    }
                },
            }
        }
        assert!(read > 500 && rejected > 500, "{protocol}: {read} read, {rejected} rejected");
    }
}

//! Every event and every error of every operation that answers with a stream: made up by its shape, written by its protocol,
//! read back.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use http::Response;
use serde_json::{Map, Value, json};
use tucuxi::{Body, Client, ErrorKind};

use crate::frames::{event, exception, frame, initial_response, only, session};

/// Operations with a stream of events in their output, in botocore 1.44.5: a change of the models shows here.
const OPERATIONS: usize = 25;
/// Those of them that take one too.
const BOTH_WAYS: usize = 5;

struct Service {
    name: String,
    model: Value,
}

struct Operation<'s> {
    service: &'s Service,
    name: &'s str,
    /// The member that is the stream, and its union.
    member: &'s str,
    union: &'s Map<String, Value>,
    takes_events: bool,
}

fn services() -> Vec<Service> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let mut services = Vec::new();
    for folder in fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        for version in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let Ok(packed) = fs::File::open(version.join("service-2.json.gz")) else { continue };
            let mut text = String::new();
            flate2::read::GzDecoder::new(packed).read_to_string(&mut text).unwrap();
            if text.contains("\"eventstream\"") {
                let name = folder.file_name().unwrap().to_string_lossy().into_owned();
                services.push(Service { name, model: serde_json::from_str(&text).unwrap() });
            }
        }
    }
    services.sort_by(|a, b| a.name.cmp(&b.name));
    services
}

impl Service {
    fn operations(&self) -> Vec<Operation<'_>> {
        let operations = self.model["operations"].as_object().unwrap();
        let found = operations.iter().filter_map(|(name, operation)| {
            let (member, union) = self.stream(&operation["output"])?;
            let takes_events = self.stream(&operation["input"]).is_some();
            Some(Operation { service: self, name, member, union, takes_events })
        });
        found.collect()
    }

    fn stream(&self, reference: &Value) -> Option<(&str, &Map<String, Value>)> {
        let shape = &self.model["shapes"][reference["shape"].as_str()?];
        shape["members"].as_object()?.iter().find_map(|(name, member)| {
            let target = self.shape(member);
            (target["eventstream"] == true).then(|| (name.as_str(), target["members"].as_object().unwrap()))
        })
    }

    fn shape(&self, reference: &Value) -> &Value {
        &self.model["shapes"][reference["shape"].as_str().unwrap()]
    }

    fn protocol(&self) -> &str {
        self.model["metadata"]["protocol"].as_str().unwrap()
    }

    fn client(&self) -> Client {
        session().build().unwrap().client(&self.name).unwrap()
    }

    /// Something of that shape: as JSON on the wire, and in the value convention.
    fn sample(&self, reference: &Value, depth: usize) -> (Value, Value) {
        let shape = self.shape(reference);
        let same = |value: Value| (value.clone(), value);
        match shape["type"].as_str().unwrap() {
            "structure" if shape["document"] == true => same(json!({"any": [1, null, {"x": "y"}]})),
            "structure" => self.structure(shape, depth),
            "list" if depth == 0 => same(json!([])),
            "list" => {
                let (wire, value) = self.sample(&shape["member"], depth - 1);
                (json!([wire]), json!([value]))
            }
            "map" if depth == 0 => same(json!({})),
            "map" => {
                let (wire, value) = self.sample(&shape["value"], depth - 1);
                (json!({"k é": wire}), json!({"k é": value}))
            }
            "string" => same(json!("Grüße \"🐬\"\n<&>")),
            "boolean" => same(json!(true)),
            "integer" => same(json!(-7)),
            "long" => same(json!(9_007_199_254_740_993_i64)),
            "float" | "double" => same(json!(1.5)),
            "timestamp" => (json!(1_440_938_160.5), json!("2015-08-30T12:36:00.5Z")),
            "blob" => same(tucuxi::blob(b"\x00\xff blob")),
            other => panic!("{other}"),
        }
    }

    fn structure(&self, shape: &Value, depth: usize) -> (Value, Value) {
        let (mut wire, mut value) = (Map::new(), Map::new());
        let members = shape["members"].as_object().unwrap();
        let nests = |member: &Value| matches!(self.shape(member)["type"].as_str(), Some("structure" | "list" | "map"));
        // A union has exactly one member, and one that goes no deeper comes to an end.
        let chosen = members
            .iter()
            .find(|(_, member)| depth == 0 && !nests(member))
            .or(members.iter().nth(depth % members.len().max(1)));
        for (name, member) in members {
            let is_chosen = chosen.is_some_and(|(chosen, _)| chosen == name);
            if if shape["union"] == true { !is_chosen } else { depth == 0 } {
                continue;
            }
            let (of_wire, of_value) = self.sample(member, depth.saturating_sub(1));
            let key = member["locationName"].as_str().unwrap_or(name);
            wire.insert(key.to_owned(), of_wire);
            value.insert(name.clone(), of_value);
        }
        (Value::Object(wire), Value::Object(value))
    }

    /// Flat structures are all that events in XML have.
    fn xml(&self, reference: &Value) -> (String, Value) {
        let mut text = "<Root>".to_owned();
        let mut value = Map::new();
        for (name, member) in self.shape(reference)["members"].as_object().unwrap() {
            assert_eq!(self.shape(member)["type"], "long");
            text.push_str(&format!("<{name}>9007199254740993</{name}>"));
            value.insert(name.clone(), json!(9_007_199_254_740_993_i64));
        }
        (text + "</Root>", Value::Object(value))
    }

    fn document(&self, reference: &Value, depth: usize) -> (Vec<u8>, Value) {
        if self.protocol() == "rest-xml" {
            let (text, value) = self.xml(reference);
            return (text.into_bytes(), value);
        }
        let (wire, value) = self.sample(reference, depth);
        (wire.to_string().into_bytes(), value)
    }

    /// The payload of an event's frame, and the event's members.
    fn event(&self, reference: &Value, depth: usize) -> (Vec<u8>, Value) {
        let members = self.shape(reference)["members"].as_object().unwrap();
        let Some((name, payload)) = members.iter().find(|(_, member)| member["eventpayload"] == true) else {
            return self.document(reference, depth);
        };
        let (bytes, value) = match self.shape(payload)["type"].as_str().unwrap() {
            "blob" => (b"\x00\xff raw".to_vec(), tucuxi::blob(b"\x00\xff raw")),
            "string" => ("Grüße".into(), json!("Grüße")),
            _ => self.document(payload, depth),
        };
        (bytes, json!({name: value}))
    }
}

impl Operation<'_> {
    fn id(&self) -> String {
        format!("{} {}", self.service.name, self.name)
    }

    fn events(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.union.iter().filter(|(_, member)| self.service.shape(member)["exception"] != true)
    }

    fn exceptions(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.union.iter().filter(|(_, member)| self.service.shape(member)["exception"] == true)
    }

    /// The stream as it begins: where the other members of the output are not in headers, with an event of its own.
    fn beginning(&self) -> Vec<u8> {
        if self.service.protocol() == "json" { initial_response("{}") } else { Vec::new() }
    }

    fn parse(&self, client: &Client, body: Body) -> tucuxi::Output {
        let response = Response::builder().header("x-amzn-requestid", "the-id").body(body).unwrap();
        client.parse_response(self.name, response).unwrap_or_else(|error| panic!("{}: {error}", self.id()))
    }
}

/// Gives one byte at a time.
struct Drops(io::Cursor<Vec<u8>>);

impl Read for Drops {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(1);
        self.0.read(&mut buffer[..most])
    }
}

#[test]
fn every_event_of_every_operation() {
    let services = services();
    let operations: Vec<_> = services.iter().flat_map(Service::operations).collect();
    assert_eq!(operations.len(), OPERATIONS, "{:?}", operations.iter().map(Operation::id).collect::<Vec<_>>());
    let mut count = 0;
    for operation in &operations {
        let client = operation.service.client();
        let (mut bytes, mut expected) = (operation.beginning(), Vec::new());
        for depth in [0, 1, 3, 5] {
            for (name, member) in operation.events() {
                let (payload, value) = operation.service.event(member, depth);
                bytes.extend(event(name, payload));
                expected.push(json!({name: value}));
                // What a newer model may have is passed over; so is what belongs to other protocols.
                bytes.extend(event("FromTheFuture", b"\xff"));
            }
        }
        let output = operation.parse(&client, Body::from(bytes.clone()));
        assert!(output.value.get(operation.member).is_none() && output.body.is_empty(), "{}", operation.id());
        let found: Vec<Value> = output.events.unwrap().map(|event| event.unwrap()).collect();
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found, expected, "{} {}", operation.id(), only(expected).0);
        }
        assert_eq!(found.len(), expected.len(), "{}", operation.id());
        count += found.len();
        let dripped = operation.parse(&client, Body::from_reader(Drops(io::Cursor::new(bytes))));
        assert_eq!(dripped.events.unwrap().collect::<Result<Vec<_>, _>>().unwrap(), expected);
    }
    assert!(count > 300, "{count} events");
}

/// The frames of an event without payload: what servers send for events without members.
#[test]
fn events_without_payload() {
    for service in &services() {
        for operation in service.operations() {
            let client = service.client();
            for (name, member) in operation.events() {
                let members = service.shape(member)["members"].as_object().unwrap();
                let mut value = json!({});
                if let Some((name, payload)) = members.iter().find(|(_, member)| member["eventpayload"] == true) {
                    let is_blob = service.shape(payload)["type"] == "blob";
                    value[name] = if is_blob { json!("") } else { json!({}) };
                }
                let body = [operation.beginning(), event(name, "")].concat();
                let found = operation.parse(&client, Body::from(body)).events.unwrap().next().unwrap();
                assert_eq!(found.unwrap(), json!({name: value}), "{} {name}", operation.id());
            }
        }
    }
}

#[test]
fn every_exception_of_every_operation() {
    let mut count = 0;
    for service in &services() {
        for operation in service.operations() {
            let client = service.client();
            for (name, member) in operation.exceptions() {
                let (payload, body) = service.document(member, 3);
                let (first, _) = operation.events().next().unwrap();
                let bytes = [operation.beginning(), event(first, ""), exception(name, payload), event(first, "")];
                let mut events = operation.parse(&client, Body::from(bytes.concat())).events.unwrap();
                events.next().unwrap().unwrap();
                let error = events.next().unwrap().unwrap_err();
                let id = operation.id();
                assert_eq!(
                    (error.kind(), error.operation()),
                    (ErrorKind::Service, Some(operation.name)),
                    "{id}: {error}"
                );
                let service = error.service().unwrap();
                assert_eq!((service.code(), service.body()), (name.as_str(), &body), "{id}");
                let message = ["message", "Message"].iter().find_map(|name| body[*name].as_str());
                assert_eq!(service.message(), message.unwrap_or_default(), "{id} {name}");
                assert!(service.is_in_event_stream() && service.status() == 200, "{id}: {error}");
                assert_eq!(service.request_id(), Some("the-id"), "{id}");
                assert!(events.next().is_none() && events.next().is_none(), "{id}: nothing follows an error");
                count += 1;
            }
        }
    }
    assert!(count > 100, "{count} exceptions");
}

#[test]
fn errors_outside_of_the_model() {
    for service in &services() {
        for operation in service.operations() {
            let client = service.client();
            let headers =
                [(":message-type", "error"), (":error-code", "InternalError"), (":error-message", "It broke")];
            let body = [operation.beginning(), frame(&headers, "")].concat();
            let error = operation.parse(&client, Body::from(body)).events.unwrap().next().unwrap().unwrap_err();
            let found = error.service().unwrap();
            assert_eq!((found.code(), found.message()), ("InternalError", "It broke"), "{}", operation.id());
            let expected = " (in the event stream, HTTP 200, request id the-id)";
            assert!(error.to_string().contains(expected), "{error}");

            let body = [operation.beginning(), exception("NotInTheModel", r#"{"message": "new"}"#)].concat();
            let error = operation.parse(&client, Body::from(body)).events.unwrap().next().unwrap().unwrap_err();
            let found = error.service().unwrap();
            assert_eq!((found.code(), found.message()), ("NotInTheModel", "new"), "{}", operation.id());
        }
    }
}

/// Streams to the service are refused before anything is sent, and the model can be looked at all the same.
#[test]
fn streams_to_the_service() {
    let services = services();
    let mut refused = 0;
    for operation in services.iter().flat_map(Service::operations) {
        let client = operation.service.client();
        let about = client.describe(operation.name).unwrap();
        assert_eq!(about["output"]["members"][operation.member]["type"], "event stream", "{}", operation.id());
        if !operation.takes_events {
            continue;
        }
        let error = client.call(operation.name, json!({})).unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unsupported, 0), "{error}");
        assert!(error.to_string().contains("takes a stream of events, which needs HTTP/2"), "{error}");
        refused += 1;
    }
    assert_eq!(refused, BOTH_WAYS);
}

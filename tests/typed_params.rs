//! Parameters of types of the user, over all protocols: they send what an equal value sends.

#![allow(clippy::unwrap_used)]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use http::{Request, Response};
use serde::ser::{Error as _, SerializeMap as _};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use tucuxi::{Body, Client, Credentials, ErrorKind, Session};

const PROTOCOLS: [&str; 6] = ["json", "rest-json", "rest-xml", "smithy-rpc-v2-cbor", "query", "ec2"];

/// What was sent: the bodies.
#[derive(Clone, Default)]
struct Sent(Arc<Mutex<Vec<String>>>);

impl Sent {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

fn client(protocol: &str, statuses: &'static [u16]) -> (Client, Sent) {
    let member = |(name, shape): (&str, &str)| (name.to_owned(), json!({"shape": shape}));
    let mut members: BTreeMap<String, Value> = [
        ("Text", "Text"),
        ("Count", "Count"),
        ("Ratio", "Ratio"),
        ("Single", "Single"),
        ("Flag", "Flag"),
        ("Time", "Time"),
        ("Blob", "Blob"),
        ("List", "List"),
        ("Map", "Map"),
        ("Choice", "Choice"),
        ("Inner", "Inner"),
        ("Inners", "Inners"),
        ("Secret", "Secret"),
    ]
    .map(member)
    .into();
    members.insert("Header".to_owned(), json!({"shape": "Text", "location": "header", "locationName": "x-header"}));
    members.insert("Token".to_owned(), json!({"shape": "Text", "idempotencyToken": true}));
    let model = json!({
        "version": "2.0",
        "metadata": {
            "apiVersion": "2020-01-01", "endpointPrefix": "typed", "jsonVersion": "1.1", "protocol": protocol, "protocols": [protocol],
            "serviceFullName": "Typed", "serviceId": "Typed", "signatureVersion": "v4", "targetPrefix": "Typed", "uid": "typed"
        },
        "operations": {"Tell": {
            "name": "Tell", "http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "Story"}
        }},
        "shapes": {
            "Story": {"type": "structure", "members": members},
            "Choice": {"type": "structure", "union": true, "members": {
                "Left": {"shape": "Text"}, "Right": {"shape": "Count"}, "Both": {"shape": "Inner"}
            }},
            "Inner": {"type": "structure", "required": ["Name"], "members": {
                "Name": {"shape": "Text"}, "Size": {"shape": "Count"}, "Inner": {"shape": "Inner"}
            }},
            "Inners": {"type": "list", "member": {"shape": "Inner"}},
            "List": {"type": "list", "member": {"shape": "Text"}},
            "Map": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Text"}},
            "Text": {"type": "string"}, "Count": {"type": "long"}, "Ratio": {"type": "double"}, "Single": {"type": "float"},
            "Flag": {"type": "boolean"}, "Time": {"type": "timestamp"}, "Blob": {"type": "blob"},
            "Secret": {"type": "string", "sensitive": true}
        }
    });
    let sent = Sent::default();
    let requests = sent.clone();
    let respond = move |mut request: Request<Body>| {
        let mut body = Vec::new();
        request.body_mut().read_to_end(&mut body).unwrap();
        let header = request.headers().get("x-header").map(|value| value.to_str().unwrap().to_owned());
        let mut requests = requests.0.lock().unwrap();
        requests.push(format!("{header:?} {}", body.escape_ascii()));
        let status = statuses.get(requests.len() - 1).copied().unwrap_or(200);
        Ok(Response::builder().status(status).body(Body::empty()).unwrap())
    };
    let session = Session::builder().region("eu-west-1").credentials(Credentials::new("AKID", "secret"));
    let session = session.endpoint_url("https://typed.example").model("typed", model).transport(respond);
    (session.build().unwrap().client("typed").unwrap(), sent)
}

/// A type and the equal value make the same request in all protocols, or the same error.
fn same(given: &impl Serialize, value: &Value) {
    for protocol in PROTOCOLS {
        let (client, sent) = client(protocol, &[]);
        let mut value = value.clone();
        value["Token"] = json!("t");
        let expected = client.call("tell", value).map(drop).map_err(|error| error.to_string());
        let expected = (expected, sent.take());
        let found = client.call_as::<()>("tell", WithToken { given, token: "t" });
        let found = found.map_err(|error| error.to_string());
        assert_eq!((found, sent.take()), expected, "{protocol}");
    }
}

/// Adds the token in the way of many types: flattened.
#[derive(Serialize)]
struct WithToken<'g, T> {
    #[serde(flatten)]
    given: &'g T,
    #[serde(rename = "Token")]
    token: &'static str,
}

fn error(given: &impl Serialize) -> String {
    let (client, sent) = client("json", &[]);
    let error = client.call_as::<()>("tell", given).unwrap_err();
    assert_eq!((error.kind(), sent.take().len()), (ErrorKind::Validation, 0));
    error.to_string()
}

#[derive(Serialize, Default)]
#[serde(rename_all = "PascalCase")]
struct Story {
    text: Option<char>,
    count: Option<i128>,
    ratio: Option<f64>,
    single: Option<f32>,
    flag: Option<bool>,
    #[serde(with = "tucuxi::serde::rfc3339")]
    time: Option<SystemTime>,
    blob: Option<Bytes>,
    list: Option<(char, &'static str, Word)>,
    map: Option<BTreeMap<Color, Option<&'static str>>>,
    choice: Option<Choice>,
    inner: Option<Inner>,
    inners: Vec<Inner>,
    header: Option<Word>,
    secret: (),
}

struct Bytes(&'static [u8]);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

#[derive(Serialize)]
struct Word(String);

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
enum Color {
    #[serde(rename = "red")]
    Red,
    Blue,
}

#[derive(Serialize)]
enum Choice {
    Left(Option<char>),
    Right(u128),
    Both {
        #[serde(rename = "Name")]
        name: &'static str,
        #[serde(rename = "Size")]
        size: Option<u8>,
    },
}

#[derive(Serialize, Default)]
#[serde(rename_all = "PascalCase")]
struct Inner {
    name: &'static str,
    size: Option<u8>,
    #[serde(flatten)]
    others: BTreeMap<&'static str, Value>,
}

#[test]
fn structs_send_what_values_send() {
    let story = Story {
        text: Some('\u{e9}'),
        count: Some(i128::from(u64::MAX)),
        ratio: Some(f64::NEG_INFINITY),
        single: Some(0.1),
        flag: Some(true),
        time: Some(SystemTime::UNIX_EPOCH + Duration::from_millis(1500)),
        blob: Some(Bytes(b"\0\xffhello")),
        list: Some(('<', "a, \"b\"", Word("&".to_owned()))),
        map: Some(BTreeMap::from([(Color::Red, Some("1")), (Color::Blue, Some(""))])),
        choice: Some(Choice::Both { name: "n", size: None }),
        inner: Some(Inner {
            name: "one",
            size: None,
            others: BTreeMap::from([("Inner", json!({"Name": "two", "Size": null}))]),
        }),
        inners: (0..30_u8)
            .map(|index| Inner { name: "x", size: index.is_multiple_of(2).then_some(index), ..Inner::default() })
            .collect(),
        header: Some(Word("h, \t".to_owned())),
        secret: (),
    };
    let inners: Vec<Value> = (0..30)
        .map(|index| if index % 2 == 0 { json!({"Name": "x", "Size": index}) } else { json!({"Name": "x"}) })
        .collect();
    let value = json!({
        "Text": "\u{e9}", "Count": u64::MAX, "Ratio": "-Infinity", "Single": 0.1, "Flag": true,
        "Time": "1970-01-01T00:00:01.5Z", "Blob": "AP9oZWxsbw==", "List": ["<", "a, \"b\"", "&"],
        "Map": {"red": "1", "Blue": ""}, "Choice": {"Both": {"Name": "n"}},
        "Inner": {"Name": "one", "Inner": {"Name": "two"}}, "Inners": inners, "Header": "h, \t"
    });
    same(&story, &value);
    same(&Story::default(), &json!({"Inners": []}));
    same(&BTreeMap::from([("Choice", Choice::Right(7))]), &json!({"Choice": {"Right": 7}}));
    same(&value, &value);
}

#[test]
fn absent_members_are_none_at_any_depth() {
    let given = json!({"Text": null, "Inner": {"Name": "n", "Size": null, "Inner": null}, "Choice": {"Left": "l", "Right": null}});
    same(&given, &json!({"Inner": {"Name": "n"}, "Choice": {"Left": "l"}}));
    for protocol in PROTOCOLS {
        let (client, sent) = client(protocol, &[]);
        client.call_as::<()>("tell", ()).unwrap();
        client.call_as::<()>("tell", json!({"Token": null})).unwrap();
        let bodies = sent.take();
        assert!(bodies.iter().all(|body| body.contains("Token")), "{protocol} {bodies:?}");
    }
}

#[test]
fn all_faults_are_reported_at_once_like_those_of_a_value() {
    let wrong = BTreeMap::from([
        ("Text", json!(5)),
        ("Inner", json!({"Size": "big", "Nam": 1})),
        ("Inners", json!([{"Name": "n"}, {}, {"Name": null}])),
        ("Choice", json!({"Left": "l", "Right": 1})),
    ]);
    let mut value = json!(wrong);
    value["Inners"][2].as_object_mut().unwrap().clear();
    same(&wrong, &value);
    let text = error(&wrong);
    for fault in [
        "input.Text: expected string",
        "input.Inner.Size: expected integer",
        "unknown member \"Nam\"",
        "Inners[1]",
        "exactly one of",
    ] {
        assert!(text.contains(fault), "{fault}: {text}");
    }
    let text = error(&BTreeMap::from([("Choice", Choice::Left(None))]));
    assert!(text.contains("input.Choice: expected exactly one of"), "{text}");
}

#[test]
fn what_cannot_be_a_parameter_has_its_path() {
    for (found, expected) in [
        (
            error(&BTreeMap::from([("Inners", [BTreeMap::from([(1, 2)])])])),
            "input.Inners[0]: expected text as the key of a map, found number",
        ),
        (
            error(&BTreeMap::from([("Choice", Choice::Right(u128::MAX))])),
            "input.Choice.Right: expected an integer of 64 bits",
        ),
        (error(&BTreeMap::from([("Inners", [Unwilling])])), "input.Inners[0]: not today"),
        (error(&5), "input: expected object, found number"),
    ] {
        assert!(found.contains(expected), "{found}");
    }
}

struct Unwilling;

impl Serialize for Unwilling {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("not today"))
    }
}

/// A key that comes twice has the last value, as in a value.
#[test]
fn keys_given_twice_have_their_last_value() {
    struct Twice(&'static str);

    impl Serialize for Twice {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut map = serializer.serialize_map(None)?;
            map.serialize_entry(self.0, "first")?;
            map.serialize_key(self.0)?;
            map.serialize_value("last")?;
            map.end()
        }
    }

    same(&Twice("Text"), &json!({"Text": "last"}));
    same(&BTreeMap::from([("Map", Twice("k"))]), &json!({"Map": {"k": "last"}}));
}

/// What is sent is what was validated, in all attempts.
#[test]
fn changing_types_are_read_once() {
    struct Fickle(Cell<u32>);

    impl Serialize for Fickle {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.0.set(self.0.get() + 1);
            match self.0.get() {
                1 => serializer.collect_map([("Text", "first")]),
                _ => serializer.collect_map([("Text", 5)]),
            }
        }
    }

    for protocol in PROTOCOLS {
        let (client, sent) = client(protocol, &[503, 503]);
        client.call_as::<()>("tell", Fickle(Cell::new(0))).unwrap();
        let bodies = sent.take();
        assert!(
            bodies.len() == 3 && bodies.iter().all(|body| body.contains("first") && *body == bodies[0]),
            "{bodies:?}"
        );
    }
}

/// An error that quotes a secret from the document does not show it.
#[test]
fn secrets_in_documents_are_masked_in_errors() {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Given {
        secret: &'static str,
        text: &'static str,
    }

    let (client, _) = client("json", &[400]);
    let error = client.call_as::<()>("tell", Given { secret: "hunter2", text: "open" }).unwrap_err();
    assert!(error.service().is_some() && !format!("{error:?}").contains("hunter2"));
}

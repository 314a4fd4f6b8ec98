use serde_json::json;

use super::*;
use crate::codec::cbor::MAX_DEPTH;
use crate::codec::hex;
use crate::error::ErrorKind;
use crate::model::arbitrary::{Rng, compile, random_shapes, random_value};
use crate::model::shape::Kind;
use crate::protocol::MAX_MEMORY;
use crate::value::{ParamResult, send};

fn service(metadata: &Value) -> ServiceModel {
    let mut all = json!({"endpointPrefix": "x", "protocol": "smithy-rpc-v2-cbor", "targetPrefix": "Things"});
    all.as_object_mut().unwrap().extend(metadata.as_object().unwrap().clone());
    let model = json!({
        "metadata": all,
        "operations": {
            "Do": {
                "http": {"method": "GET", "requestUri": "/ignored"},
                "input": {"shape": "All"},
                "output": {"shape": "All"},
            },
            "Nothing": {},
            "Watch": {"input": {"shape": "Empty"}, "output": {"shape": "Watched"}},
        },
        "shapes": {
            "All": {"type": "structure", "members": {
                "Text": {"shape": "Text"},
                "Renamed": {"shape": "Text", "locationName": "wire"},
                "Placed": {"shape": "Text", "location": "header", "locationName": "x-placed"},
                "Flag": {"shape": "Flag"},
                "Count": {"shape": "Count"},
                "Float": {"shape": "Float"},
                "Double": {"shape": "Double"},
                "Time": {"shape": "Time"},
                "Blob": {"shape": "Blob"},
                "List": {"shape": "List"},
                "Map": {"shape": "Map"},
                "Self": {"shape": "All"},
                "Choice": {"shape": "Choice"},
                "Document": {"shape": "Document"},
            }},
            "Empty": {"type": "structure", "members": {}},
            "Watched": {"type": "structure", "members": {"Events": {"shape": "Events"}}},
            "Events": {"type": "structure", "eventstream": true, "members": {"Event": {"shape": "Event"}}},
            "Event": {"type": "structure", "event": true, "members": {}},
            "Text": {"type": "string"},
            "Flag": {"type": "boolean"},
            "Count": {"type": "long"},
            "Float": {"type": "float"},
            "Double": {"type": "double"},
            "Time": {"type": "timestamp", "timestampFormat": "iso8601"},
            "Blob": {"type": "blob"},
            "List": {"type": "list", "member": {"shape": "Count"}},
            "Map": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "All"}},
            "Choice": {"type": "structure", "union": true, "members": {
                "Left": {"shape": "Text"}, "Right": {"shape": "Text"},
            }},
            "Document": {"type": "structure", "document": true, "members": {}},
            "TooSlow": {"type": "structure", "exception": true, "members": {
                "message": {"shape": "Text"}, "Retry": {"shape": "Time"},
            }},
        },
    });
    ServiceModel::parse("things", "2020-01-01", model.to_string(), "things.json", crate::protocol::naming).unwrap()
}

fn serialize(params: &Value) -> Result<Serialized> {
    let service = service(&json!({}));
    RpcV2Cbor.serialize(&service, &service.operation("Do")?, params.as_object().unwrap())
}

fn parse(body: &[u8]) -> Result<Value> {
    let service = service(&json!({}));
    let response =
        Received { status: 200, headers: &HeaderMap::new(), body: Some(body), max_memory: MAX_MEMORY, rule: None };
    RpcV2Cbor.parse(&service.operation("Do")?, &response).map(|parsed| Value::Object(parsed.value))
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn written(shapes: &Shapes, value: &Value) -> ParamResult<Vec<u8>> {
    let mut writer = CborWriter::new(shapes);
    send(value, &mut writer)?;
    Ok(writer.finish())
}

/// The CBOR of a value by its JSON types.
fn cbor(value: &Value) -> Vec<u8> {
    let shapes = compile(
        &json!({
            "Input": {"type": "structure", "members": {"D": {"shape": "Document"}}},
            "Document": {"type": "structure", "document": true, "members": {}},
        }),
        "Input",
    );
    let whole = written(&shapes, &json!({"D": value}));
    // A map with one member, and its name.
    let head = [0xa1, 0x61, b'D'];
    whole.unwrap().strip_prefix(&head).unwrap().to_vec()
}

/// A map with one member, in hexadecimal.
fn one(name: &str, value: &str) -> String {
    let name = cbor(&json!(name));
    format!("a1{}{value}", hex::encode(&name))
}

#[test]
fn requests_have_path_headers_and_body() {
    let headers = |service: &ServiceModel, operation: &str| {
        let operation = service.operation(operation).unwrap();
        let request = RpcV2Cbor.serialize(service, &operation, &Map::new()).unwrap();
        let mut headers: Vec<String> =
            request.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        headers.sort();
        (request.method, request.path_and_query, headers.join("\n"), hex::encode(&request.body))
    };
    let plain = service(&json!({}));
    let (method, path, lines, body) = headers(&plain, "Do");
    assert_eq!((method, path.as_str(), body.as_str()), (Method::POST, "/service/Things/operation/Do", "a0"));
    assert_eq!(lines, "accept: application/cbor\ncontent-type: application/cbor\nsmithy-protocol: rpc-v2-cbor");

    let (_, path, lines, body) = headers(&plain, "Nothing");
    assert_eq!((path.as_str(), body.as_str()), ("/service/Things/operation/Nothing", ""));
    assert_eq!(lines, "accept: application/cbor\nsmithy-protocol: rpc-v2-cbor");

    let (_, _, lines, _) = headers(&service(&json!({"awsQueryCompatible": {}})), "Watch");
    let expected = "accept: application/vnd.amazon.eventstream\ncontent-type: application/cbor\n\
                    smithy-protocol: rpc-v2-cbor\nx-amzn-query-mode: true";
    assert_eq!(lines, expected);

    let nameless = service(&json!({"targetPrefix": null}));
    let error = RpcV2Cbor.serialize(&nameless, &nameless.operation("Do").unwrap(), &Map::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Model);
}

#[test]
fn values_to_cbor() {
    for (params, expected) in [
        (json!({"Text": "ä"}), one("Text", "62c3a4")),
        (json!({"Renamed": "a"}), one("wire", "6161")),
        (json!({"Placed": "a"}), one("x-placed", "6161")),
        (json!({"Text": null}), "a0".to_owned()),
        (json!({"Flag": true}), one("Flag", "f5")),
        (json!({"Count": u64::MAX}), one("Count", "1bffffffffffffffff")),
        (json!({"Count": i64::MIN}), one("Count", "3b7fffffffffffffff")),
        (json!({"Float": 1}), one("Float", "fa3f800000")),
        (json!({"Float": "-Infinity"}), one("Float", "f9fc00")),
        (json!({"Double": 1}), one("Double", "fb3ff0000000000000")),
        (json!({"Double": "NaN"}), one("Double", "f97e00")),
        (json!({"Time": "2015-01-25T08:00:12Z"}), one("Time", "c11a54c4a28c")),
        (json!({"Time": 1_422_172_812}), one("Time", "c11a54c4a28c")),
        (json!({"Time": 946_845_296.123}), one("Time", "c1fb41cc37db380fbe77")),
        (json!({"Blob": crate::blob([1, 2])}), one("Blob", "420102")),
        (json!({"List": [1, 2]}), one("List", "820102")),
        (json!({"Map": {"b": {}, "a": {"Flag": false}}}), one("Map", "a26162a06161a164466c6167f4")),
        (json!({"Choice": {"Left": "l"}}), one("Choice", "a1644c656674616c")),
        (
            json!({"Document": [null, 1, 1.5, "a", {"k": true}]}),
            one("Document", "85f601fb3ff80000000000006161a1616bf5"),
        ),
        // Accepted by validation, or not validated.
        (json!({"Newer": {"Than": ["the", 0]}}), one("Newer", "a1645468616e826374686500")),
    ] {
        assert_eq!(hex::encode(&serialize(&params).unwrap().body), expected, "{params}");
    }
}

#[test]
fn invalid_parameters_are_reported_with_their_path() {
    for (params, expected) in [
        (json!({"Text": 1}), "input.Text: expected string, found number"),
        (json!({"Count": 1.5}), "input.Count: expected 64-bit integer, found number with a fraction"),
        (json!({"Count": "1"}), "input.Count: expected 64-bit integer, found string"),
        (
            json!({"Float": 1e300}),
            "input.Float: expected number within the range of a 32-bit float, found number with a fraction",
        ),
        (json!({"Double": "inf"}), "input.Double: expected number, found string"),
        (json!({"Time": "soon"}), "input.Time: expected timestamp (RFC 3339 text or epoch seconds), found string"),
        (json!({"Blob": "?"}), "input.Blob: expected base64 text, found string"),
        (json!({"List": {}}), "input.List: expected array, found object"),
        (json!({"List": [1, "2"]}), "input.List[1]: expected 64-bit integer, found string"),
        (json!({"Map": {"a": {"Map": {"b": 1}}}}), "input.Map[\"a\"].Map[\"b\"]: expected object, found number"),
    ] {
        let error = serialize(&params).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Validation, expected));
    }
    let mut deep = json!({});
    for _ in 0..MAX_DEPTH + 1 {
        deep = json!({ "Self": deep });
    }
    let expected = format!("nested deeper than {MAX_DEPTH} levels");
    assert!(serialize(&deep).unwrap_err().to_string().ends_with(&expected));
    assert!(serialize(&json!({ "Document": deep })).unwrap_err().to_string().ends_with(&expected));
}

#[test]
fn cbor_to_values() {
    for (body, expected) in [
        ("".to_owned(), json!({})),
        ("f6".to_owned(), json!({})),
        ("bfff".to_owned(), json!({})),
        (one("Text", "7f616161626163ff"), json!({"Text": "abc"})),
        (one("Text", "f7"), json!({})),
        (one("Renamed", "6161"), json!({"Renamed": "a"})),
        (one("wire", "6161"), json!({})),
        (one("Newer", "d8208301a0f7"), json!({})),
        (one("Count", "1bffffffffffffffff"), json!({"Count": u64::MAX})),
        (one("Count", "3b7fffffffffffffff"), json!({"Count": i64::MIN})),
        (one("Count", "c24103"), json!({"Count": 3})),
        (one("Float", "f93e00"), json!({"Float": 1.5})),
        (one("Float", "fa7f800000"), json!({"Float": "Infinity"})),
        (one("Double", "fb7ff8000000000000"), json!({"Double": "NaN"})),
        (one("Double", "05"), json!({"Double": 5})),
        (one("Double", "3bffffffffffffffff"), json!({"Double": -18_446_744_073_709_551_616.0})),
        (one("Count", "3bffffffffffffffff"), json!({"Count": "-18446744073709551616"})),
        (one("Count", "c249010000000000000000"), json!({"Count": "18446744073709551616"})),
        (one("Count", "f94500"), json!({"Count": 5})),
        (one("Count", "fb8000000000000000"), json!({"Count": 0})),
        (one("Count", "6135"), json!({"Count": 5})),
        (one("Count", "f93e00"), json!({"Count": 1.5})),
        (one("Flag", "6454525545"), json!({"Flag": true})),
        (one("Text", "01"), json!({"Text": 1})),
        (one("Text", "4161"), json!({"Text": "a"})),
        (one("Text", "c100"), json!({"Text": "1970-01-01T00:00:00Z"})),
        (one("Text", "a0"), json!({"Text": {}})),
        (one("Text", "63c328c3"), json!({"Text": "\u{fffd}(\u{fffd}"})),
        (one("Blob", "646147453d"), json!({"Blob": "aGE="})),
        (one("Time", "74323031352d30312d32355430383a30303a31325a"), json!({"Time": "2015-01-25T08:00:12Z"})),
        (one("Time", "c074323031352d30312d32355430383a30303a31325a"), json!({"Time": "2015-01-25T08:00:12Z"})),
        (one("Time", "1bffffffffffffffff"), json!({"Time": u64::MAX})),
        (one("List", "a0"), json!({"List": {}})),
        (one("List", "8201f5"), json!({"List": [1, true]})),
        (one("Map", "a16161a1644c69737400"), json!({"Map": {"a": {"List": 0}}})),
        (one("Map", "a101a0"), json!({"Map": {"1": {}}})),
        (one("Choice", "a0"), json!({"Choice": {}})),
        (one("Choice", "a2644c656674616c655269676874616c"), json!({"Choice": {"Left": "l", "Right": "l"}})),
        (one("Choice", "a2644c656674616c654e6577657201"), json!({"Choice": {"Left": "l"}})),
        (one("Document", "c249010000000000000000"), json!({"Document": "18446744073709551616"})),
        ("a101f6".to_owned(), json!({})),
        (one("Time", "c11a54c4a28c"), json!({"Time": "2015-01-25T08:00:12Z"})),
        (one("Time", "1a54c4a28c"), json!({"Time": "2015-01-25T08:00:12Z"})),
        (one("Time", "c1fb41cc37db380fbe77"), json!({"Time": "2000-01-02T20:34:56.123Z"})),
        (one("Blob", "5f41014102ff"), json!({"Blob": "AQI="})),
        (one("List", "9f01f603ff"), json!({"List": [1, null, 3]})),
        (one("Map", "a36161a06162f66163a164426c6f624101"), json!({"Map": {"a": {}, "c": {"Blob": "AQ=="}}})),
        (one("Choice", "a2664e6576657231f6644c656674616c"), json!({"Choice": {"Left": "l"}})),
        (one("Choice", "a2665f5f74797065616c644c656674616c"), json!({"Choice": {"Left": "l"}})),
        (one("Choice", "a1654e6577657201"), json!({"Choice": {"SDK_UNKNOWN_MEMBER": {"name": "Newer"}}})),
        (one("Document", "84f64101c100f97e00"), json!({"Document": [null, "AQ==", "1970-01-01T00:00:00Z", "NaN"]})),
        // Bytes after the map are ignored.
        (one("Flag", "f5") + "ffff", json!({"Flag": true})),
    ] {
        assert_eq!(parse(&unhex(&body)).unwrap(), expected, "{body}");
    }
}

#[test]
fn invalid_responses_are_reported_with_their_path() {
    for (body, expected) in [
        ("80".to_owned(), "output: expected map, found array"),
        (hex::encode(b"<html>"), "output: not valid CBOR at byte 0: no item begins with 0x3c"),
        ("a1".to_owned(), "output: not valid CBOR at byte 0: 1 items are announced, but only 0 bytes are left"),
        ("a180f6".to_owned(), "output: expected string as the name of a member, found array"),
        (one("Text", "6361"), "output.Text: not valid CBOR at byte 8: it is truncated"),
    ] {
        let error = parse(&unhex(&body)).unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Response, expected), "{body}");
    }
    for step in [one("Self", ""), one("Document", "81"), one("Map", "a160")] {
        let error = parse(&unhex(&step.repeat(10_000))).unwrap_err().to_string();
        assert!(error.ends_with(&format!("nested deeper than {MAX_DEPTH} levels")), "{error}");
    }
    let unknown = unhex(&one("Newer", &format!("{}00", "81".repeat(10_000))));
    assert_eq!(parse(&unknown).unwrap(), json!({}));
}

#[test]
fn errors_have_code_message_and_ids() {
    let service = service(&json!({}));
    let read = |status, body: &[u8], query: Option<&'static str>| {
        let mut headers = HeaderMap::new();
        headers.insert("x-amzn-requestid", HeaderValue::from_static("id-1"));
        if let Some(query) = query {
            headers.insert("x-amzn-query-error", HeaderValue::from_static(query));
        }
        let error = crate::protocol::parse_error(
            &RpcV2Cbor,
            &service,
            &Received { status, headers: &headers, body: Some(body), max_memory: MAX_MEMORY, rule: None },
        )
        .unwrap();
        let error = error.service().unwrap();
        assert_eq!((error.status(), error.request_id()), (status, Some("id-1")));
        let texts = [Some(error.code()), Some(error.message()), error.shape_code(), error.fault()];
        (texts.map(|text| text.unwrap_or("-").to_owned()).join(" | "), error.body().clone())
    };
    let slow = cbor(&json!({"__type": "things#TooSlow:x", "message": "Hurry", "Retry": 12, "Other": [1]}));
    let parsed = json!({"message": "Hurry", "Retry": "1970-01-01T00:00:12Z"});
    assert_eq!(read(400, &slow, None), ("TooSlow | Hurry | - | -".to_owned(), parsed.clone()));
    assert_eq!(
        read(503, &slow, Some("Old.Slow;Receiver")),
        ("Old.Slow | Hurry | TooSlow | Receiver".to_owned(), parsed)
    );

    for (status, body, expected) in [
        (400, cbor(&json!({"__type": "A", "Message": "m"})), "A | m | - | -"),
        (400, cbor(&json!({"Message": "upper", "message": "lower"})), "400 | lower | - | -"),
        (400, cbor(&json!({"message": "lower", "Message": "upper"})), "400 | lower | - | -"),
        (400, cbor(&json!({"__type": 5, "message": null})), "5 |  | - | -"),
        (400, cbor(&json!({"__type": "A", "message": 17.5})), "A | 17.5 | - | -"),
        (404, cbor(&json!({})), "404 | Not Found | - | -"),
        (404, Vec::new(), "404 | Not Found | - | -"),
        (404, b"<html><body>no</body></html>".to_vec(), "404 | no | - | -"),
        (403, b"{\"__type\": \"Denied\"}".to_vec(), "Denied |  | - | -"),
        (502, b"<html>".to_vec(), "502 | Bad Gateway | - | -"),
        (599, b"\xff\xff".to_vec(), r#"599 | a body of 2 bytes that begins with "\xff\xff" | - | -"#),
        // Truncated after the code.
        (400, [&cbor(&json!({"__type": "A", "message": "m"}))[..12], b"\x65"].concat(), "A |  | - | -"),
    ] {
        assert_eq!(read(status, &body, None), (expected.to_owned(), json!({})), "{body:?}");
    }
}

#[test]
fn values_are_limited_by_max_memory() {
    let body = unhex(&one("List", &format!("9903e8{}", "00".repeat(1000))));
    let service = service(&json!({}));
    let parse = |max_memory| {
        let response = Received { status: 200, headers: &HeaderMap::new(), body: Some(&body), max_memory, rule: None };
        RpcV2Cbor.parse(&service.operation("Do").unwrap(), &response)
    };
    assert!(parse(150_000).is_ok());
    let error = parse(50_000).unwrap_err().to_string();
    assert!(
        error.starts_with("output.List: the values of the response take more than 50000 bytes of memory; "),
        "{error}"
    );
}

/// Values that match their shapes survive a round trip.
#[test]
fn values_survive_a_round_trip() {
    let mut rng = Rng::new(2);
    let mut bytes = 0;
    for _ in 0..2000 {
        let shapes = random_shapes(&mut rng);
        let value = random_value(&mut rng, &shapes, shapes.root(), true);
        let body = written(&shapes, &value).unwrap();
        let back = parse_body(&shapes, Some(&body), MAX_MEMORY).unwrap();
        assert_eq!(without_nulls(&shapes, &value), Value::Object(back), "{value}");
        bytes += body.len();
    }
    assert!(bytes > 20_000, "{bytes}");
}

/// The value without members that are null documents, which are dropped.
fn without_nulls(shapes: &Shapes, value: &Value) -> Value {
    fn walk(shapes: &Shapes, target: &Ref, value: &Value) -> Value {
        match (shapes.kind(target), value) {
            (Kind::Structure(structure), Value::Object(members)) if !structure.document => {
                let kept = members.iter().filter(|(_, value)| !value.is_null());
                kept.map(|(name, value)| {
                    let (_, member) = structure.by_name(name).unwrap();
                    (name.clone(), walk(shapes, &member.target, value))
                })
                .collect::<Map<_, _>>()
                .into()
            }
            (Kind::Map { value: target, .. }, Value::Object(entries)) => {
                let kept = entries.iter().filter(|(_, value)| !value.is_null());
                kept.map(|(key, value)| (key.clone(), walk(shapes, target, value))).collect::<Map<_, _>>().into()
            }
            (Kind::List(item), Value::Array(values)) => {
                values.iter().map(|value| walk(shapes, item, value)).collect::<Vec<_>>().into()
            }
            _ => value.clone(),
        }
    }
    walk(shapes, shapes.root(), value)
}

#[test]
fn arbitrary_bytes_parse_or_fail_without_panic() {
    let mut rng = Rng::new(3);
    for _ in 0..2000 {
        let shapes = random_shapes(&mut rng);
        let value = random_value(&mut rng, &shapes, shapes.root(), false);
        let mut body = written(&shapes, &value).unwrap_or_default();
        for _ in 0..10 {
            // Damaged CBOR, then random bytes.
            for _ in 0..rng.below(4) {
                let at = rng.below(body.len() + 1);
                if at < body.len() {
                    body[at] = rng.next() as u8;
                }
                body.truncate(body.len().saturating_sub(rng.below(3)));
            }
            let noise = rng.bytes(60);
            for bytes in [&body, &noise] {
                if let Ok(value) = parse_body(&shapes, Some(bytes), MAX_MEMORY) {
                    assert!(count(&Value::Object(value)) <= bytes.len().max(1), "more values than bytes");
                }
                let _ = error_fields(bytes);
            }
        }
    }
}

/// The number of values in a value. The memory of a parsed body is proportional to it.
fn count(value: &Value) -> usize {
    match value {
        Value::Array(values) => 1 + values.iter().map(count).sum::<usize>(),
        // An unknown union member is delivered as an object with a name.
        Value::Object(members) if members.contains_key("SDK_UNKNOWN_MEMBER") => 1,
        Value::Object(members) => 1 + members.values().map(count).sum::<usize>(),
        _ => 1,
    }
}

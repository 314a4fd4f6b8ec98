use serde_json::{Map, Value, json};

use super::*;

/// Decodes the whole tree, in the notation of the vectors.
fn tree(decoder: &mut CborDecoder<'_>) -> Result<Value, DecodeError> {
    Ok(match decoder.item()? {
        CborItem::Null => json!({"null": {}}),
        CborItem::Bool(value) => json!({ "bool": value }),
        CborItem::Integer(value) if value < 0 => json!({ "negint": value.to_string() }),
        CborItem::Integer(value) => json!({ "uint": value.to_string() }),
        CborItem::Digits(digits) => json!({ "digits": digits }),
        CborItem::Float(value) => json!({ "float": value.to_string() }),
        CborItem::Text(text) => json!({ "string": text }),
        CborItem::Bytes(bytes) => json!({ "bytestring": bytes.as_ref() }),
        CborItem::Timestamp(time) => json!({ "time": time.to_rfc3339() }),
        CborItem::Array(mut length) => {
            let mut items = Vec::new();
            while decoder.more(&mut length)? {
                items.push(tree(decoder)?);
            }
            json!({ "list": items })
        }
        CborItem::Map(mut length) => {
            let mut items = Map::new();
            while decoder.more(&mut length)? {
                let CborItem::Text(key) = decoder.item()? else { panic!("a key that is not text") };
                items.insert(key.into_owned(), tree(decoder)?);
            }
            json!({ "map": items })
        }
    })
}

/// Converts the expectation of a vector to the notation of [`tree`]: numbers as text, floats from their bits.
fn expected(value: &Value) -> Value {
    let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
    match kind.as_str() {
        "uint" => json!({ "uint": value.to_string() }),
        // Two of the vectors are below the range of JSON integers, so serde_json reads them as floats.
        "negint" if value.is_f64() => json!({ "negint": "-18446744073709551615" }),
        "negint" => json!({ "negint": value.to_string() }),
        "float32" => json!({ "float": f32::from_bits(value.as_u64().unwrap() as u32).to_string() }),
        "float64" => json!({ "float": f64::from_bits(value.as_u64().unwrap()).to_string() }),
        "undefined" => json!({"null": {}}),
        "list" => json!({ "list": value.as_array().unwrap().iter().map(expected).collect::<Vec<_>>() }),
        "map" => {
            let entries = value.as_object().unwrap().iter();
            json!({ "map": entries.map(|(key, value)| (key.clone(), expected(value))).collect::<Map<_, _>>() })
        }
        _ => json!({ kind: value }),
    }
}

fn vectors(text: &str) -> Vec<(String, Vec<u8>, Value)> {
    let cases: Vec<Value> = serde_json::from_str(text).unwrap();
    let case = |case: &Value| {
        let input = unhex(case["input"].as_str().unwrap());
        (case["description"].as_str().unwrap().to_owned(), input, case["expect"].clone())
    };
    cases.iter().map(case).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn valid_vectors_decode() {
    let cases = vectors(include_str!("../../../../tests/data/cbor/decode-success-tests.json"));
    assert_eq!(cases.len(), 151);
    for (name, input, expect) in cases {
        let mut decoder = CborDecoder::new(&input);
        // Ten vectors have tags around the number 1. AWS uses none of these tags, so only their content counts.
        let expect = expect.get("tag").map_or(&expect, |tag| &tag["value"]);
        assert_eq!(tree(&mut decoder).unwrap(), expected(expect), "{name}");
        assert_eq!(decoder.position(), input.len(), "{name}");
        let mut decoder = CborDecoder::new(&input);
        decoder.skip().unwrap();
        assert_eq!((decoder.position(), decoder.depth), (input.len(), 0), "{name}");
    }
}

#[test]
fn invalid_vectors_do_not_decode() {
    let cases = vectors(include_str!("../../../../tests/data/cbor/decode-error-tests.json"));
    assert_eq!(cases.len(), 56);
    for (name, input, _) in cases {
        assert!(tree(&mut CborDecoder::new(&input)).is_err(), "{name}");
        assert!(CborDecoder::new(&input).skip().is_err(), "{name}");
    }
}

#[test]
fn items_are_decoded_by_type_and_tag() {
    for (input, expected) in [
        ("f7", json!({"null": {}})),
        ("f93e00", json!({"float": "1.5"})),
        ("f97c01", json!({"float": "NaN"})),
        ("c11a5d3a5a20", json!({"time": "2019-07-26T01:40:48Z"})),
        ("c1fb41cc37db380fbe77", json!({"time": "2000-01-02T20:34:56.123Z"})),
        ("c120", json!({"time": "1969-12-31T23:59:59Z"})),
        ("c249010000000000000000", json!({"digits": "18446744073709551616"})),
        ("c349010000000000000000", json!({"digits": "-18446744073709551617"})),
        ("c3493635c9adc5de9fffff", json!({"digits": "-1000000000000000000000"})),
        ("c24c1027e72f1f12813088000000", json!({"digits": "5000000000000000000000000000"})),
        ("c24a0000ffffffffffffffff", json!({"uint": "18446744073709551615"})),
        ("c348ffffffffffffffff", json!({"negint": "-18446744073709551616"})),
        ("c25f41014102ff", json!({"uint": "258"})),
        // Unknown and misplaced tags.
        ("c1c100", json!({"time": "1970-01-01T00:00:00Z"})),
        ("c1617a", json!({"string": "z"})),
        ("c11bffffffffffffffff", json!({"uint": "18446744073709551615"})),
        ("c1f97e00", json!({"float": "NaN"})),
        ("c2c240", json!({"uint": "0"})),
        ("c28101", json!({"list": [{"uint": "1"}]})),
        ("d9d9f7a16161d82000", json!({"map": {"a": {"uint": "0"}}})),
        ("e0", Value::Null),
        ("f814", Value::Null),
        ("62c328", json!({"string": "\u{fffd}("})),
        ("7f62c3a461ffff", json!({"string": "ä\u{fffd}"})),
        // A character in two chunks.
        ("7f61c361a4ff", json!({"string": "ä"})),
        ("01ffffff", json!({"uint": "1"})),
    ] {
        let actual = tree(&mut CborDecoder::new(&unhex(input))).ok();
        assert_eq!(actual.unwrap_or_default(), expected, "{input}");
    }
}

#[test]
fn errors_name_their_position() {
    for (input, expected) in [
        ("8200", "not valid CBOR at byte 0: 2 items are announced, but only 1 bytes are left"),
        (
            "9bffffffffffffffff00",
            "not valid CBOR at byte 0: 18446744073709551615 items are announced, but only 1 bytes are left",
        ),
        (
            "bbffffffffffffffff00",
            "not valid CBOR at byte 0: 18446744073709551615 items are announced, but only 1 bytes are left",
        ),
        ("7bffffffffffffffff00", "not valid CBOR at byte 10: it is truncated"),
        ("9f0102", "not valid CBOR at byte 3: it is truncated"),
        ("820163c328", "not valid CBOR at byte 5: it is truncated"),
        ("82011c", "not valid CBOR at byte 2: no item begins with 0x1c"),
        ("81ff", "not valid CBOR at byte 1: an unexpected \"break\""),
    ] {
        assert_eq!(tree(&mut CborDecoder::new(&unhex(input))).unwrap_err().to_string(), expected, "{input}");
    }
    for head in [b"\x81".as_slice(), b"\x9f", b"\xa1\x60", b"\xbf\x60"] {
        let deep = head.repeat(1_100_000);
        let mut decoder = CborDecoder::new(&deep);
        let opened = std::iter::repeat_with(|| decoder.item()).find_map(Result::err);
        let skipped = CborDecoder::new(&deep).skip().err();
        for (error, depth) in [(opened, MAX_DEPTH), (skipped, MAX_SKIPPED_DEPTH)] {
            let error = error.unwrap().to_string();
            assert!(error.ends_with(&format!("nested deeper than {depth} levels")), "{error}");
        }
    }
    let deep = [b"\x81".repeat(200_000), b"\x01".to_vec()].concat();
    assert!(CborDecoder::new(&deep).skip().is_ok());
    // Tags are not containers: a chain of them is read in a loop.
    assert!(CborDecoder::new(&[0xc1].repeat(1_000_000)).skip().is_err());
    assert!(CborDecoder::new(&[0xc1].repeat(1_000_000)).item().is_err());
}

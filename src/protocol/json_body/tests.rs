use serde_json::{Value, json};

use super::*;
use crate::codec::json::MAX_DEPTH;
use crate::error::Result;
use crate::model::arbitrary::{Rng, compile, random_shapes, random_value};
use crate::model::shape::Shapes;
use crate::protocol::{Document as _, MAX_MEMORY};
use crate::value::send;

/// Serialized values parse again. Damaged text gives a value or an error, and never more values than bytes.
#[test]
fn arbitrary_bytes_parse_or_fail_without_panic() {
    let mut rng = Rng::new(11);
    let (mut read_again, mut rejected) = (0, 0);
    for _ in 0..2000 {
        let shapes = random_shapes(&mut rng);
        let value = random_value(&mut rng, &shapes, shapes.root(), true);
        let mut writer = JsonWriter::new(&shapes, shapes.root());
        send(&value, &mut writer).unwrap();
        let mut body = writer.finish();
        read_again += usize::from(read_object(&shapes, shapes.root(), &body, MAX_MEMORY).is_ok());
        for _ in 0..10 {
            if !body.is_empty() {
                let at = rng.below(body.len());
                body[at] = rng.next() as u8;
                body.truncate(body.len().saturating_sub(rng.below(3)));
            }
            let noise = rng.bytes(60);
            for bytes in [&body, &noise] {
                match read(&shapes, shapes.root(), bytes, MAX_MEMORY) {
                    Ok(value) => assert!(value.as_ref().map_or(0, count) <= bytes.len().max(1)),
                    Err(_) => rejected += 1,
                }
            }
        }
    }
    assert!(read_again > 1000 && rejected > 10_000, "{read_again} read again, {rejected} rejected");
}

fn count(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(count).sum::<usize>(),
        Value::Object(members) => 1 + members.values().map(count).sum::<usize>(),
        _ => 1,
    }
}

fn shapes() -> Shapes {
    let model = serde_json::json!({
        "Tree": {"type": "structure", "members": {
            "Self": {"shape": "Tree"}, "List": {"shape": "List"}, "Map": {"shape": "Map"}, "Document": {"shape": "Document"},
            "Text": {"shape": "Text"}, "Count": {"shape": "Count"}, "Ratio": {"shape": "Ratio"},
            "Choice": {"shape": "Choice"}
        }},
        "List": {"type": "list", "member": {"shape": "Tree"}},
        "Map": {"type": "map", "key": {"shape": "Text"}, "value": {"shape": "Tree"}},
        "Document": {"type": "structure", "document": true, "members": {}},
        "Choice": {"type": "structure", "union": true, "members": {
            "Left": {"shape": "Text"}, "Right": {"shape": "Text"}
        }},
        "Text": {"type": "string"}, "Count": {"type": "long"}, "Ratio": {"type": "double"}
    });
    compile(&model, "Tree")
}

fn tree(text: &[u8]) -> Result<Value> {
    let shapes = shapes();
    read_object(&shapes, shapes.root(), text, MAX_MEMORY).map(Value::Object)
}

/// The tolerant reader repairs the text, and the rest is still read by its shape.
#[test]
fn invalid_characters_are_replaced_one_by_one() {
    for (text, expected) in [
        (&br#"{"Text": "cut \ud83d", "Count": "5"}"#[..], json!({"Text": "cut \u{fffd}", "Count": 5})),
        (b"{\"Text\": \"a\xff\", \"Count\": 5.0}", json!({"Text": "a\u{fffd}", "Count": 5})),
        (br#"{"New": "\ud83d", "Text": "a"}"#, json!({"Text": "a"})),
        (br#"{"New": [NaN, {"\ud83d": 1e999}], "\udc00": 01, "Text": "a"}"#, json!(null)),
        (br#"{"Ratio": NaN}"#, json!({"Ratio": "NaN"})),
        (br#"{"Ratio": -Infinity}"#, json!({"Ratio": "-Infinity"})),
        (br#"{"Ratio": 1e999}"#, json!({"Ratio": "Infinity"})),
        (br#"{"Ratio": 100000000000000000000}"#, json!({"Ratio": 1e20})),
        (br#"{"Count": 1e999}"#, json!({"Count": "Infinity"})),
        (br#"{"Count": 18446744073709551616}"#, json!({"Count": "18446744073709551616"})),
        (br#"{"Count": -0}"#, json!({"Count": 0})),
        (br#"{"Document": [-0, 18446744073709551616, 1e20]}"#, json!({"Document": [0, "18446744073709551616", 1e20]})),
        (br#"{"Map": {"\ud83d": {"Text": "a"}}}"#, json!({"Map": {"\u{fffd}": {"Text": "a"}}})),
        (br#"{"Choice": {"\ud83d": 1}}"#, json!({"Choice": {"SDK_UNKNOWN_MEMBER": {"name": "\u{fffd}"}}})),
        (br#"{"Choice": {"Left": "a", "Right": "b"}}"#, json!({"Choice": {"Left": "a", "Right": "b"}})),
        (br#"{"Text": "a", "Text": null}"#, json!({})),
        (br#"{"List": "none", "Map": [1], "Self": 5}"#, json!({"List": "none", "Map": [1], "Self": 5})),
        (b"\xef\xbb\xbf{\"Text\": \"a\"}\n", json!({"Text": "a"})),
        (b" \n", json!({})),
        (b"null", json!({})),
    ] {
        let shown = String::from_utf8_lossy(text);
        assert_eq!(tree(text).ok(), (!expected.is_null()).then_some(expected), "{shown}");
    }
}

#[test]
fn errors_name_member_line_and_column() {
    for (text, expected) in [
        (
            r#"{"List": [{}, {"Text": "#,
            "List[1].Text: not the JSON that was expected: EOF while parsing a value at line 1 column 24",
        ),
        (
            r#"{"Self": {"Text": "\ud83d", "Count": tru}}"#,
            "Self.Count: not the JSON that was expected: expected value at line 1 column 38",
        ),
        ("[]", "expected a JSON object, found array"),
    ] {
        assert_eq!(tree(text.as_bytes()).unwrap_err().to_string(), expected, "{text}");
    }
}

#[test]
fn values_are_limited_by_max_memory() {
    let shapes = shapes();
    let body = format!("{{\"List\": [{}null]}}", "{},".repeat(1000));
    for body in [body.clone(), body.replace("List", "Document")] {
        let read = |max_memory| read_object(&shapes, shapes.root(), body.as_bytes(), max_memory);
        assert!(read(150_000).is_ok());
        let error = read(50_000).unwrap_err().to_string();
        assert!(error.contains(": the values of the response take more than 50000 bytes of memory"), "{error}");
    }
}

/// The maximum depth, in a thread with the default stack of 2 MiB.
#[test]
fn deep_documents_fit_on_the_stack_of_a_thread() {
    let nested = |step: &str, end: &str, depth: usize| [step.repeat(depth), end.repeat(depth)].join("{}");
    let run = move || {
        for (step, end) in [("{\"Self\":", "}"), ("{\"List\":[", "]}"), ("{\"Map\":{\"k\":", "}}")] {
            let levels = end.len();
            let whole = nested(step, end, MAX_DEPTH / 2 / levels - 1);
            assert_eq!(tree(whole.as_bytes()).unwrap().to_string(), whole);
            assert!(tree(nested(step, end, 100_000).as_bytes()).is_ok());
            assert!(tree(step.repeat(100_000).as_bytes()).is_err());
        }
        assert!(tree(format!("{{\"New\": {}, \"Text\": \"a\"}}", nested("[", "]", 100_000)).as_bytes()).is_ok());
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
}

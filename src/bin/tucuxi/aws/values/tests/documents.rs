use serde_json::{Value, json};

use super::{Fixture, plain};
use crate::aws::values::{BinaryFormat, InputFormat, OptionReader, json, shorthand, timestamp, yaml};

#[test]
fn json_errors_are_those_of_python() {
    for (text, expected) in [
        ("", "Expecting value: line 1 column 1 (char 0)"),
        ("{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("{\"a\"}", "Expecting ':' delimiter: line 1 column 5 (char 4)"),
        ("{\"a\":\n1 2}", "Expecting ',' delimiter: line 2 column 3 (char 8)"),
        ("{\"a\": 1,}", "Expecting property name enclosed in double quotes: line 1 column 9 (char 8)"),
        ("[1,]", "Expecting value: line 1 column 4 (char 3)"),
        ("[1", "Expecting ',' delimiter: line 1 column 3 (char 2)"),
        ("1 x", "Extra data: line 1 column 3 (char 2)"),
        ("01", "Extra data: line 1 column 2 (char 1)"),
        ("-", "Expecting value: line 1 column 1 (char 0)"),
        ("tru", "Expecting value: line 1 column 1 (char 0)"),
        ("\"é\\x\"", "Invalid \\escape: line 1 column 3 (char 2)"),
        ("\"a", "Unterminated string starting at: line 1 column 1 (char 0)"),
        ("\"a\nb\"", "Invalid control character at: line 1 column 3 (char 2)"),
        ("\"\\u12g4\"", "Invalid \\uXXXX escape: line 1 column 3 (char 2)"),
        ("\u{feff}{}", "Unexpected UTF-8 BOM (decode using utf-8-sig): line 1 column 1 (char 0)"),
    ] {
        assert_eq!(json::parse(text).unwrap_err().to_string(), expected, "{text:?}");
    }
    assert!(json::parse(&"[".repeat(100_000)).is_err());
}

#[test]
fn json_is_as_lax_as_pythons() {
    for (text, expected) in [
        (" {\"a\": 1, \"b\": 2, \"a\": 3} ", json!({"a": 3, "b": 2})),
        ("[1, 1.0, 1e2, -0, 18446744073709551615]", json!([1, 1.0, 100.0, 0, u64::MAX])),
        ("\"\\ud83d\\ude00\\/\\u00e9\"", json!("😀/é")),
        ("[true, false, null]", json!([true, false, null])),
    ] {
        assert_eq!(json::parse(text).map(plain), Ok(expected), "{text:?}");
    }
}

#[test]
fn yaml_scalars_have_the_types_of_the_aws_cli() {
    for (text, expected) in [
        ("true", json!(true)),
        ("yes", json!("yes")),
        ("~", json!(null)),
        ("", json!(null)),
        ("017", json!(17)),
        ("0o17", json!(15)),
        ("0x1F", json!(31)),
        ("0b101", json!(5)),
        ("1_000", json!(1000)),
        ("1.5", json!(1.5)),
        ("1e3", json!(1000.0)),
        ("1.e5", json!(100_000.0)),
        ("190:20:30", json!("190:20:30")),
        ("\"5\"", json!("5")),
        ("'it''s'", json!("it's")),
        ("!!str 5", json!("5")),
        ("!!int '5'", json!(5)),
        ("!!binary aGk=", json!([104, 105])),
        ("2020-01-01", json!({"moment": "2020-01-01"})),
        ("2001-12-14t21:59:43.10-05:00", json!({"moment": "2001-12-14t21:59:43.10-05:00"})),
        ("2020-1-1", json!("2020-1-1")),
        ("\"\\u00e9\\n\"", json!("é\n")),
    ] {
        assert_eq!(yaml::parse(text).map(plain), Some(expected), "{text:?}");
    }
}

#[test]
fn yaml_structures_are_read() {
    for (text, expected) in [
        ("a:\n  - 1\n  - b: c\n    d: e\n", json!({"a": [1, {"b": "c", "d": "e"}]})),
        ("a: {b: [1, 'x'], c: }\n", json!({"a": {"b": [1, "x"], "c": null}})),
        ("a: |\n  x\n   y\nb: >-\n  x\n  y\n", json!({"a": "x\n y\n", "b": "x y"})),
        (
            "a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  q: 3\nc: *x\n",
            json!({"a": {"p": 1, "q": 2}, "b": {"p": 1, "q": 3}, "c": {"p": 1, "q": 2}}),
        ),
        ("<<: [{a: 1}, {a: 2, b: 3}]\n", json!({"a": 1, "b": 3})),
        ("--- # comment\n5: x\n...\n", json!({"5": "x"})),
        ("{\"a\": \"b\"}", json!({"a": "b"})),
    ] {
        assert_eq!(yaml::parse(text).map(plain), Some(expected), "{text:?}");
    }
}

#[test]
fn bad_yaml_is_refused() {
    let bomb = (1..9).fold("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned(), |text, index| {
        let alias = format!("*a{}", index - 1);
        text + &format!("a{index}: &a{index} [{}]\n", vec![alias; 10].join(", "))
    });
    let text = "x".repeat(100_000);
    let long = format!("a: &a {text}\nb: [{}]", ["*a"; 1000].join(", "));
    for text in [
        &long,
        "a: b: c",
        "a: 1\na: 2",
        "a: !custom x",
        "a: *b",
        "a: &b [*b]",
        "a: 1\n---\nb: 2",
        "[a",
        "a: =",
        "? [a]\n: b",
        &bomb,
    ] {
        assert!(yaml::parse(text).is_none(), "{text:.80}");
    }
    assert!(yaml::parse(&"[".repeat(10_000)).is_none());
}

#[test]
fn input_documents_are_maps_of_parameters() {
    let session = tucuxi::Session::builder().build().unwrap();
    let operation = session.service_info("lambda").unwrap().operation("Invoke").unwrap();
    let read = |text: &str, format| -> Result<Value, (u8, String)> {
        let fixture = Fixture::new();
        let mut reader = OptionReader::new(BinaryFormat::Base64, &fixture);
        let document = reader.document(text, format).map_err(|error| (error.exit_code(), error.to_string()))?;
        let params = reader.document_params(document, operation.input(), |name| name == "Qualifier");
        params.map(Value::Object).map_err(|error| (error.exit_code(), error.to_string()))
    };
    let json = |text| read(text, InputFormat::Json);
    let yaml = |text| read(text, InputFormat::Yaml);
    assert_eq!(json("{\"Payload\": \"aGk\\n=\", \"Qualifier\": \"1\"}"), Ok(json!({"Payload": "aGk="})));
    assert_eq!(json("file://object.json"), Ok(json!({"a": "b"})));
    assert_eq!(
        yaml("Payload: !!binary aGk=\nFunctionName: 2020-01-01"),
        Ok(json!({"Payload": "aGk=", "FunctionName": "2020-01-01"}))
    );
    let error = |message: &str| Err((252, message.to_owned()));
    assert_eq!(json("{"), error("Error parsing parameter 'cli-input-json': Invalid JSON received."));
    assert_eq!(yaml("a: b: c"), error("Error parsing parameter 'cli-input-yaml': Invalid YAML received."));
    assert_eq!(
        json("[]"),
        error("Error parsing parameter '--cli-input-json': Invalid type: expecting map, received <class 'list'>")
    );
    assert_eq!(
        yaml("text"),
        error("Error parsing parameter '--cli-input-yaml': Invalid type: expecting map, received <class 'str'>")
    );
    assert_eq!(
        yaml("file://nope"),
        error(
            "Error parsing parameter '--cli-input-yaml': Unable to load paramfile file://nope: [Errno 2] No such file or \
             directory: 'nope'"
        )
    );
}

#[test]
fn timestamps_get_a_form_that_the_library_reads() {
    for (text, expected) in [
        ("1577836800", json!("1577836800")),
        ("1577836800.5", json!("1577836800.5")),
        ("1_577_836_800", json!(1_577_836_800.0)),
        ("2020-01-01", json!("2020-01-01")),
        ("2020-01-01T10:00:00Z", json!("2020-01-01T10:00:00Z")),
        ("2020-01-01T10:00:00.5+02:00", json!("2020-01-01T10:00:00.5+02:00")),
        ("2020-01-01 10:00", json!("2020-01-01 10:00")),
        ("2020-1-5", json!("2020-01-05")),
        ("2020-1-5 3:04:05 -5", json!("2020-01-05T03:04:05-05:00")),
        ("2020-01-01T10", json!("2020-01-01T10:00:00Z")),
        ("20200101T100000Z", json!("20200101T100000Z")),
        ("Wed, 01 Jan 2020 00:00:00 GMT", json!("Wed, 01 Jan 2020 00:00:00 GMT")),
        ("yesterday", json!("yesterday")),
        ("nan", json!("nan")),
    ] {
        assert_eq!(timestamp::normalize(text.to_owned()), expected, "{text:?}");
    }
}

#[test]
fn random_texts_cause_no_panic() {
    let words = [
        "a",
        "=",
        ",",
        "[",
        "]",
        "{",
        "}",
        "'",
        "\"",
        "\\",
        "@",
        " ",
        "\n",
        ":",
        "- ",
        "&a ",
        "*a",
        "<<",
        "!!int ",
        "| ",
        "1",
        "-",
        ".",
        "e5",
        "0x",
        "2020-01-01",
        "T10",
        "é",
        "😀",
        "\u{a0}",
        "\\ud83d",
        "null",
        "_",
        "+",
        "#",
        "~",
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as usize % below
    };
    for _ in 0..20_000 {
        let text: String = (0..random(12)).map(|_| words[random(words.len())]).collect();
        _ = shorthand::parse(&text, &|_| Ok(None)).map_err(|error| error.to_string());
        _ = json::parse(&text).map_err(|error| error.to_string());
        _ = yaml::parse(&text);
        _ = timestamp::normalize(text);
    }
}

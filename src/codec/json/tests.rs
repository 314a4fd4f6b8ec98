use serde_json::json;

use super::*;

/// Runs in a thread with the default stack of 2 MiB, which is little for a debug build.
fn in_thread(run: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(2 << 20).spawn(run).unwrap().join().unwrap();
}

fn python() -> Vec<(String, Option<Value>)> {
    let cases: Value = serde_json::from_str(include_str!("../../../tests/data/json/python.json")).unwrap();
    let case = |case: &Value| {
        let text = case["text"].as_str().unwrap().to_owned();
        (text, case.get("error").is_none().then(|| case["value"].clone()))
    };
    cases["cases"].as_array().unwrap().iter().map(case).collect()
}

#[test]
fn reads_what_python_reads() {
    let cases = python();
    assert!(cases.len() > 100);
    for (text, expected) in cases {
        assert_eq!(if_json(&text), expected, "{text:?}");
        // The other dialects tolerate more.
        if expected.is_some() {
            assert_eq!(received(text.as_bytes()).ok(), expected, "{text:?}");
        }
    }
}

#[test]
fn repairs_text_that_python_rejects() {
    for (text, expected) in [
        (&b"\xef\xbb\xbf{\"a\": 1}"[..], json!({"a": 1})),
        (b"\"tab\there\x00\x1f\n\"", json!("tab\there\0\u{1f}\n")),
        (b"{\"n\xffme\": \"a\xc3(b\"}", json!({"n\u{fffd}me": "a\u{fffd}(b"})),
        (b"[\"\xed\xa0\xbd\"]", json!(["\u{fffd}\u{fffd}\u{fffd}"])),
        (b"\"\xc3\\u00a4\"", json!("\u{fffd}\u{a4}")),
    ] {
        assert_eq!(received(text).unwrap(), expected, "{}", String::from_utf8_lossy(text));
        assert_eq!(given(text).unwrap(), expected, "{}", String::from_utf8_lossy(text));
    }
}

#[test]
fn large_integers_keep_their_digits_or_are_rounded() {
    for (text, exact, rounded) in [
        ("18446744073709551616", json!("18446744073709551616"), json!(18_446_744_073_709_551_616.0)),
        ("-9223372036854775809", json!("-9223372036854775809"), json!(-9_223_372_036_854_775_809.0)),
        ("1e20", json!(1e20), json!(1e20)),
        ("-0", json!(0), json!(0)),
        ("-0.0", json!(-0.0), json!(-0.0)),
        ("1e999", json!("Infinity"), json!("Infinity")),
    ] {
        assert_eq!(received(text.as_bytes()).unwrap(), exact, "{text}");
        assert_eq!(given(text.as_bytes()).unwrap(), rounded, "{text}");
    }
}

#[test]
fn errors_name_line_and_column() {
    for (text, expected) in [
        ("", "EOF while parsing a value at line 1 column 1"),
        ("<html>", "expected value at line 1 column 1"),
        ("{\"a\": 1,\n \"b\": \"cut", "EOF while parsing a value at line 2 column 11"),
        ("[NaN,\n\n  tru]", "expected value at line 3 column 3"),
        ("[1] 2", "trailing characters at line 1 column 5"),
        ("{\"a\": \"\\ud83d\", b: 1}", "expected a name or a string in quotes at line 1 column 17"),
        ("[\"\\x\"]", "an unknown escape at line 1 column 3"),
        ("[1 2]", "expected a comma or the end of an array or object at line 1 column 4"),
        ("{\"a\" 1}", "expected a colon at line 1 column 6"),
        ("-", "EOF while parsing a value at line 1 column 2"),
    ] {
        assert_eq!(received(text.as_bytes()).unwrap_err().to_string(), expected, "{text}");
    }
}

/// Values up to the maximum depth are usable in a thread. Deeper parts stay text, and skipped parts may have any depth.
#[test]
fn values_are_limited_to_the_depth_that_a_thread_can_hold() {
    in_thread(|| {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let nested = |depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let value = received(nested(MAX_DEPTH).as_bytes()).unwrap();
            assert_eq!(value.clone(), value);
            assert_eq!(value.to_string(), nested(MAX_DEPTH));

            let deeper = received(nested(100_000).as_bytes()).unwrap();
            let text = Value::String(nested(100_000 - MAX_DEPTH)).to_string();
            let expected = format!("{}{text}{}", open.repeat(MAX_DEPTH), close.repeat(MAX_DEPTH));
            let shown = deeper.to_string();
            assert!(shown == expected);

            let unknown = nested(100_000);
            let ignored = from_slice(unknown.as_bytes(), Dialect::Received, &Budget::unlimited(), |_| {
                std::marker::PhantomData::<serde::de::IgnoredAny>
            });
            assert!(ignored.is_ok());
            assert!(received(open.repeat(1_000_000).as_bytes()).is_err());
        }
    });
}

#[test]
fn tolerant_reader_works_with_any_visitor() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Envelope {
        body: String,
        size: Option<u64>,
        rate: f64,
        tags: (bool, Vec<i8>),
        wrapped: Wrapped,
    }
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Wrapped(Option<String>);
    fn read(text: &str) -> Result<Envelope, JsonError> {
        let budget = Budget::unlimited();
        from_slice(text.as_bytes(), Dialect::Received, &budget, |_| std::marker::PhantomData::<Envelope>)
    }
    let text = r#"{"body": "cut \ud83d", "size": null, "new": [{"x": NaN}], "rate": -Infinity, "tags": [true, [-0]], "wrapped": "w"}"#;
    let message = read(text).unwrap();
    let expected = Envelope {
        body: "cut \u{fffd}".to_owned(),
        size: None,
        rate: f64::NEG_INFINITY,
        tags: (true, vec![0]),
        wrapped: Wrapped(Some("w".to_owned())),
    };
    assert_eq!(message, expected);
    let wrong = read("{\"body\": NaN}");
    assert!(wrong.unwrap_err().to_string().contains("expected a string"));
}

/// Damaged text never panics, and text that both readers accept gives the same value.
#[test]
fn both_readers_agree_on_damaged_text() {
    let texts: Vec<String> = python().into_iter().map(|(text, _)| text).filter(|text| text.len() < 200).collect();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    let mut read = 0;
    for _ in 0..60_000 {
        let mut text = texts[random(texts.len())].clone().into_bytes();
        for _ in 0..=random(3) {
            let at = random(text.len() + 1);
            match random(4) {
                0 => text.insert(at, b"[]{}\",:\\ud8-0e.N"[random(16)]),
                1 => drop(text.drain(at..(at + random(4)).min(text.len()))),
                2 => text.insert(at, random(256) as u8),
                _ => drop(text.splice(at..at, texts[random(texts.len())].bytes())),
            }
        }
        let budget = Budget::unlimited();
        let tolerant =
            Lenient::new(&text, Dialect::Given, &budget).read(AnyJson { pass: Pass::Tolerant, budget: &budget });
        if let Ok(strict) = serde_json::from_slice::<Value>(&text) {
            read += 1;
            // Compared as text, so that -0 and -0.0 are the same.
            let text_of = |value: Value| value.to_string().replace("-0.0", "0");
            assert_eq!(tolerant.map(text_of).ok(), Some(text_of(strict)), "{}", String::from_utf8_lossy(&text));
        }
    }
    assert!(read > 2000, "{read}");
}

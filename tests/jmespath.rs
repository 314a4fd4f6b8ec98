//! JMESPath conformance: the compliance suite, and cases with results of jmespath.py 1.1.0
//! (`tests/data/jmespath/SOURCE.md`).

// A panic fails the test.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Value, json};
use tucuxi::{ErrorKind, JmesPath};

#[derive(Deserialize)]
struct Suite {
    given: Value,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: Option<String>,
    expression: String,
    /// Overrides the document of the suite.
    #[serde(default, deserialize_with = "present")]
    given: Option<Value>,
    #[serde(default, deserialize_with = "present")]
    result: Option<Value>,
    error: Option<Value>,
    bench: Option<Value>,
}

/// Distinguishes `null` from a missing member.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/jmespath")
}

fn search(expression: &str, value: &Value) -> tucuxi::Result<Value> {
    JmesPath::parse(expression)?.search(value)
}

impl Case {
    /// Returns a message for a wrong result. `is_same` compares a result with the expected one.
    fn fault(&self, given: &Value, is_same: fn(&Value, &Value) -> bool) -> Option<String> {
        let found = search(&self.expression, given);
        let good = match (&found, &self.result, &self.error) {
            (Ok(found), Some(result), None) => is_same(found, result),
            (Err(error), None, Some(_)) => error.kind() == ErrorKind::Validation,
            _ => false,
        };
        let name = self.name.as_deref().unwrap_or_default();
        let expected = (&self.result, &self.error);
        (!good)
            .then(|| format!("{name}: {}\n  in {given}\n  found {found:?}\n  expected {expected:?}", self.expression))
    }
}

fn none_of(count: usize, faults: &[String]) {
    assert!(faults.is_empty(), "{} of {count}:\n{}", faults.len(), faults.join("\n"));
}

/// Compares like the suite, in which `1` equals `1.0`.
fn is_same_number(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| is_same_number(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            let is_there = |(name, value)| right.get(name).is_some_and(|other| is_same_number(value, other));
            left.len() == right.len() && left.iter().all(is_there)
        }
        _ => left == right,
    }
}

#[test]
fn compliance_suite_passes() {
    let (mut faults, mut count) = (Vec::new(), 0);
    for file in fs::read_dir(data()).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") || path.ends_with("python.json") {
            continue;
        }
        let suites: Vec<Suite> = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        for suite in suites {
            for case in suite.cases.iter().filter(|case| case.bench.is_none()) {
                count += 1;
                faults.extend(
                    case.fault(&suite.given, is_same_number).map(|fault| format!("{}: {fault}", path.display())),
                );
            }
        }
    }
    assert!(count > 700, "only {count} cases");
    none_of(count, &faults);
}

/// Results are compared to the last digit and with the order of members.
#[test]
fn results_and_errors_match_jmespath_py() {
    let cases: Vec<Case> = serde_json::from_slice(&fs::read(data().join("python.json")).unwrap()).unwrap();
    let is_same = |left: &Value, right: &Value| serde_json::to_vec(left).unwrap() == serde_json::to_vec(right).unwrap();
    let faults: Vec<_> = cases.iter().filter_map(|case| case.fault(case.given.as_ref().unwrap(), is_same)).collect();
    assert!(cases.len() > 1000, "only {} cases", cases.len());
    none_of(cases.len(), &faults);
}

#[test]
fn non_finite_floats_have_an_order() {
    let value = json!({"Points": [{"Load": "NaN"}, {"Load": "-Infinity"}, {"Load": 0.5}, {"Load": "Infinity"}]});
    assert_eq!(search("Points[?Load > `0`].Load", &value).unwrap(), json!([0.5, "Infinity"]));
    assert_eq!(search("Points[?`0` >= Load].Load", &value).unwrap(), json!(["-Infinity"]));
    assert!(search("Points[?Load > 'a']", &value).is_err());
}

#[test]
fn errors_have_expression_message_and_offset() {
    let value = json!({"a": [1, "b"]});
    for (expression, expected) in [
        ("a[", "JMESPath \"a[\": expected an index, a slice or `*`, found the end at offset 2"),
        ("a b", "JMESPath \"a b\": expected an operator, found `b` at offset 2"),
        ("a = b", "JMESPath \"a = b\": expected `==`, found `=` at offset 2"),
        ("'é' \u{1}", "JMESPath \"'é' \\u{1}\": unexpected character '\\u{1}' at offset 5"),
        ("\"a", "JMESPath \"\"a\": unterminated \" at offset 0"),
        ("lenght(a)", "JMESPath \"lenght(a)\": there is no function lenght(), did you mean length()?"),
        ("length(a, a)", "JMESPath \"length(a, a)\": length(): expected 1 arguments, found 2"),
        ("not_null()", "JMESPath \"not_null()\": not_null(): expected at least 1 arguments, found 0"),
        ("sort(a)", "JMESPath \"sort(a)\": sort(): expected all numbers or all strings, found number and string"),
        ("sort_by(a, a)", "JMESPath \"sort_by(a, a)\": sort_by(): expected expression (`&`), found array"),
        ("a[0] < a[1]", "JMESPath \"a[0] < a[1]\": a number and a string have no order"),
        ("a[::0]", "JMESPath \"a[::0]\": a slice cannot have a step of 0"),
        ("&a", "JMESPath \"&a\": an expression (`&`) is not a value, only a function argument"),
    ] {
        let error = search(expression, &value).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Validation);
        assert_eq!(error.to_string(), expected);
    }
}

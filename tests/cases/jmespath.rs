//! JMESPath conformance: the compliance suite, and cases with results of jmespath.py 1.1.0
//! (`tests/data/jmespath/SOURCE.md`).

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Value, json};
use tucuxi::{ErrorKind, JmesPath};

use crate::support::suite::{Suite, json_files, read_json, tests};

pub(crate) fn suite() -> Suite {
    let mut suite = Suite::new("jmespath")
        .at_least(2000)
        .tests(&tests![non_finite_floats_have_an_order, errors_have_expression_message_and_offset,]);
    for file in json_files("jmespath").iter().filter(|file| !file.ends_with("python.json")) {
        for (group, Group { given, cases }) in read_json::<Vec<Group>>(file).into_iter().enumerate() {
            let given = Arc::new(given);
            for (number, case) in cases.into_iter().enumerate().filter(|(_, case)| case.bench.is_none()) {
                let (name, given) = (format!("{group}.{number} {}", case.expression), Arc::clone(&given));
                suite = suite.case(file, &name, move || case.check(&given, is_same_number));
            }
        }
    }
    // Results are compared to the last digit and with the order of members.
    let is_same = |left: &Value, right: &Value| serde_json::to_vec(left).unwrap() == serde_json::to_vec(right).unwrap();
    suite.cases("jmespath/python.json", move |case: &Case| case.check(case.given.as_ref().unwrap(), is_same))
}

/// Cases of the compliance suite with the same document. Their names are the numbers of the group and of the case, and
/// the expression.
#[derive(Deserialize)]
struct Group {
    given: Value,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
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

fn search(expression: &str, value: &Value) -> tucuxi::Result<Value> {
    JmesPath::parse(expression)?.search(value)
}

impl Case {
    /// `is_same` compares a result with the expected one.
    fn check(&self, given: &Value, is_same: fn(&Value, &Value) -> bool) -> Result<(), String> {
        let found = search(&self.expression, given);
        let is_good = match (&found, &self.result, &self.error) {
            (Ok(found), Some(result), None) => is_same(found, result),
            (Err(error), None, Some(_)) => error.kind() == ErrorKind::Validation,
            _ => false,
        };
        if is_good {
            return Ok(());
        }
        let expected = (&self.result, &self.error);
        Err(format!("{}\n  in {given}\n  found {found:?}\n  expected {expected:?}", self.expression))
    }
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

fn non_finite_floats_have_an_order() {
    let value = json!({"Points": [{"Load": "NaN"}, {"Load": "-Infinity"}, {"Load": 0.5}, {"Load": "Infinity"}]});
    assert_eq!(search("Points[?Load > `0`].Load", &value).unwrap(), json!([0.5, "Infinity"]));
    assert_eq!(search("Points[?`0` >= Load].Load", &value).unwrap(), json!(["-Infinity"]));
    let error = search("Points[?Load > 'a']", &value).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Validation);
    assert!(error.to_string().contains("have no order"), "{error}");
}

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

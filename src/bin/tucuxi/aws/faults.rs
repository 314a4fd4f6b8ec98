//! Validation of parameters with botocore's texts, which scripts know. The library validates once more and has the last word.

use std::fmt;

use serde_json::{Map, Number, Value};
use tucuxi::shapes::{MemberInfo, ShapeInfo, ShapeType};

use super::error::{AwsError, AwsResult};
use super::failure::TITLE;
use crate::output::format::str_of;

/// Fails with all faults of the parameters, a line each. `given` is the member whose value is a file.
pub(crate) fn check(input: Option<ShapeInfo<'_>>, params: &Map<String, Value>, given: Option<&str>) -> AwsResult<()> {
    let Some(input) = input else { return Ok(()) };
    let mut faults = Faults { given, lines: Vec::new() };
    faults.structure(input, params, &FaultPath::Root);
    faults.result()
}

/// Fails with all faults of the value of an option of an own command.
pub(crate) fn check_value(shape: ShapeInfo<'_>, value: &Value) -> AwsResult<()> {
    let mut faults = Faults { given: None, lines: Vec::new() };
    faults.value(shape, value, &FaultPath::Root);
    faults.result()
}

/// The error for faults, a line each.
pub(crate) fn refuse(lines: &[String]) -> AwsError {
    AwsError::Validation(format!("{TITLE}\n{}", lines.join("\n")))
}

struct Faults<'f> {
    given: Option<&'f str>,
    lines: Vec<String>,
}

impl Faults<'_> {
    fn result(self) -> AwsResult<()> {
        if self.lines.is_empty() { Ok(()) } else { Err(refuse(&self.lines)) }
    }

    fn value(&mut self, shape: ShapeInfo<'_>, value: &Value, path: &FaultPath<'_>) {
        // A header with any JSON.
        if shape.is_json_value() {
            return;
        }
        match (shape.shape_type(), value) {
            (ShapeType::Document, _) => {}
            (ShapeType::Structure, Value::Object(members)) => self.structure(shape, members, path),
            (ShapeType::List, Value::Array(items)) => {
                self.length(shape, items.len(), path);
                let Some(element) = shape.element() else { return };
                for (index, item) in items.iter().enumerate() {
                    self.value(element, item, &FaultPath::Item(path, index));
                }
            }
            (ShapeType::Map, Value::Object(entries)) => {
                let (Some(keys), Some(values)) = (shape.key(), shape.value()) else { return };
                for (key, value) in entries {
                    self.key(keys, key, path);
                    self.value(values, value, &FaultPath::Member(path, key));
                }
            }
            (ShapeType::String, Value::String(text)) => self.text(shape, text, path),
            (ShapeType::Integer, Value::Number(number)) if !number.is_f64() => self.range(shape, number, path),
            (ShapeType::Float | ShapeType::Double, Value::Number(number)) => self.range(shape, number, path),
            (ShapeType::Timestamp, Value::String(text)) if text.bytes().any(|byte| byte.is_ascii_digit()) => {}
            // The spellings that are right are the library's concern, and so are NaN and the infinities.
            (ShapeType::Blob | ShapeType::Float | ShapeType::Double, Value::String(_))
            | (ShapeType::Timestamp, Value::Number(_))
            | (ShapeType::Boolean, Value::Bool(_)) => {}
            (expected, found) => {
                let shown = if shape.is_sensitive() { "***".into() } else { str_of(found) };
                let (class, valid) = (class(found), valid_types(expected));
                self.add(format!(
                    "Invalid type for parameter {path}, value: {shown}, type: <class '{class}'>, valid types: {valid}"
                ));
            }
        }
    }

    fn structure(&mut self, shape: ShapeInfo<'_>, members: &Map<String, Value>, path: &FaultPath<'_>) {
        if shape.is_union() && members.len() != 1 {
            let names: Vec<&str> = shape.members().map(MemberInfo::name).collect();
            let names = names.join(". ");
            self.add(match members.len() {
                0 => format!("Must set one of the following keys for tagged unionstructure {path}: {names}."),
                _ => format!(
                    "Invalid number of parameters set for tagged union structure {path}. Can only set one of the \
                     following keys: {names}."
                ),
            });
        }
        for member in shape.members() {
            let is_given = members.contains_key(member.name())
                || matches!(path, FaultPath::Root) && self.given == Some(member.name());
            // The library makes tokens.
            if member.is_required() && !is_given && !member.is_idempotency_token() {
                self.add(format!("Missing required parameter in {path}: \"{}\"", member.name()));
            }
        }
        for name in members.keys().filter(|name| shape.member(name).is_none()) {
            let names: Vec<&str> = shape.members().map(MemberInfo::name).collect();
            self.add(format!("Unknown parameter in {path}: \"{name}\", must be one of: {}", names.join(", ")));
        }
        for (name, value) in members {
            if let Some(member) = shape.member(name) {
                self.value(member.shape(), value, &FaultPath::Member(path, name));
            }
        }
    }

    fn key(&mut self, shape: ShapeInfo<'_>, key: &str, path: &FaultPath<'_>) {
        if shape.shape_type() == ShapeType::String {
            self.text(shape, key, &FaultPath::Key(path, key));
        }
    }

    fn text(&mut self, shape: ShapeInfo<'_>, text: &str, path: &FaultPath<'_>) {
        if shape.min().is_some() {
            self.length(shape, text.chars().count(), path);
        }
    }

    fn length(&mut self, shape: ShapeInfo<'_>, length: usize, path: &FaultPath<'_>) {
        if let Some(min) = shape.min().filter(|min| (length as f64) < *min) {
            self.add(format!("Invalid length for parameter {path}, value: {length}, valid min length: {min}"));
        }
    }

    fn range(&mut self, shape: ShapeInfo<'_>, number: &Number, path: &FaultPath<'_>) {
        if let Some(min) = shape.min().filter(|min| number.as_f64().is_some_and(|number| number < *min)) {
            let number = Value::Number(number.clone());
            let shown = str_of(&number);
            self.add(format!("Invalid value for parameter {path}, value: {shown}, valid min value: {min}"));
        }
    }

    fn add(&mut self, line: String) {
        self.lines.push(line);
    }
}

/// The name of a value's type in Python.
fn class(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// Python's types for a shape, in botocore's order.
fn valid_types(shape: ShapeType) -> &'static str {
    match shape {
        ShapeType::List => "<class 'list'>, <class 'tuple'>",
        ShapeType::String => "<class 'str'>",
        ShapeType::Boolean => "<class 'bool'>",
        ShapeType::Integer => "<class 'int'>",
        ShapeType::Float | ShapeType::Double => "<class 'float'>, <class 'decimal.Decimal'>, <class 'int'>",
        ShapeType::Timestamp => "<class 'datetime.datetime'>, timestamp-string",
        ShapeType::Blob => "<class 'bytes'>, <class 'bytearray'>, file-like object",
        _ => "<class 'dict'>",
    }
}

/// Where a value is: `Tags[0].Key`.
enum FaultPath<'p> {
    Root,
    Member(&'p FaultPath<'p>, &'p str),
    Item(&'p FaultPath<'p>, usize),
    Key(&'p FaultPath<'p>, &'p str),
}

impl fmt::Display for FaultPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FaultPath::Root => f.write_str("input"),
            FaultPath::Member(FaultPath::Root, name) => f.write_str(name),
            FaultPath::Member(parent, name) => write!(f, "{parent}.{name}"),
            FaultPath::Item(parent, index) => write!(f, "{parent}[{index}]"),
            FaultPath::Key(parent, key) => write!(f, "{parent} (key: {key})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tucuxi::{Environment, Session};

    use super::*;

    fn faults(service: &str, operation: &str, params: Value) -> String {
        let session = Session::builder().environment(Environment::from_pairs::<&str, &str>([])).build().unwrap();
        let operation = session.service_info(service).unwrap().operation(operation).unwrap();
        let Value::Object(params) = params else { panic!("{params}") };
        match check(operation.input(), &params, Some("Body")) {
            Err(AwsError::Validation(text)) => text.strip_prefix(TITLE).unwrap().trim_start().to_owned(),
            Err(other) => panic!("{other:?}"),
            Ok(()) => String::new(),
        }
    }

    #[test]
    fn faults_have_the_texts_of_botocore() {
        for (service, operation, params, expected) in [
            ("sqs", "SendMessage", json!({"QueueUrl": "u", "MessageBody": "b"}), ""),
            ("s3", "PutObject", json!({"Bucket": "b", "Key": "k"}), ""),
            (
                "sqs",
                "SendMessage",
                json!({"MessageBody": 1}),
                "Missing required parameter in input: \"QueueUrl\"\n\
                 Invalid type for parameter MessageBody, value: 1, type: <class 'int'>, valid types: <class 'str'>",
            ),
            (
                "ec2",
                "DescribeInstances",
                json!({"Filters": [{"Name": ["a", null, true], "Foo": 2}], "MaxResults": "x"}),
                "Unknown parameter in Filters[0]: \"Foo\", must be one of: Name, Values\n\
                 Invalid type for parameter Filters[0].Name, value: ['a', None, True], type: <class 'list'>, valid \
                 types: <class 'str'>\n\
                 Invalid type for parameter MaxResults, value: x, type: <class 'str'>, valid types: <class 'int'>",
            ),
            (
                "wafv2",
                "GetIPSet",
                json!({"Name": "", "Scope": "REGIONAL", "Id": "x"}),
                "Invalid length for parameter Name, value: 0, valid min length: 1",
            ),
            (
                "kms",
                "Encrypt",
                json!({"KeyId": "k", "Plaintext": "", "EncryptionContext": {"a": 1.0}}),
                "Invalid type for parameter EncryptionContext.a, value: 1.0, type: <class 'float'>, valid types: \
                 <class 'str'>",
            ),
        ] {
            assert_eq!(faults(service, operation, params.clone()), expected, "{operation} {params}");
        }
    }
}

//! Validation of parameters against the shapes of an operation's input, before they are serialized.
//!
//! All errors are collected with their paths, so that a caller can correct them in one go. Validating correct parameters does
//! not allocate. Standard validation has botocore's rules (`validate.py`). Constraints that botocore ignores (`max`, `enum`,
//! `pattern`, lengths of maps and blobs) are left to [`Validation::Strict`], because models do not always have them right.

mod check;
mod report;

use serde_json::{Map, Number, Value};

pub(crate) use self::check::Checker;
use self::report::{FoundText, FoundValue, Names, OneOf, Plain, Violations};
use crate::codec::base64;
use crate::error::Result;
use crate::model::hints;
use crate::model::path::{Path, Quoted};
use crate::model::shape::{Kind, Ref, Shape, Shapes, Structure};
use crate::spelling;
use crate::value::ParamToken;

/// How strictly parameters are validated before a request is sent.
///
/// In every mode, a value that cannot be serialized, such as text for a number, is an error of kind
/// [`ErrorKind::Validation`](crate::ErrorKind::Validation).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Validation {
    /// Checks what botocore checks: required members, names and types of members, exactly one member of a union, and `min` of
    /// numbers, strings and lists.
    #[default]
    Standard,
    /// Also checks `max`, `enum`, `pattern`, and the lengths of maps and blobs. Some models are stricter than their services.
    Strict,
    /// Like `Standard`, but allows unknown members, for parameters that are newer than the model. Protocols whose bodies name
    /// their members (JSON, CBOR) send them unchanged.
    AllowUnknown,
    /// Checks nothing and leaves validation to the service.
    Off,
}

/// Validates `params` against `input`. `given_payload` names a payload member that is passed separately from the parameters.
///
/// # Errors
/// [`ErrorKind::Validation`] with all errors, joined by `; `.
pub(crate) fn validate(input: &Shapes, params: &Value, mode: Validation, given_payload: Option<&str>) -> Result<()> {
    if mode == Validation::Off {
        return Ok(());
    }
    let mut walk = Validator { given_payload, ..Validator::new(input, mode) };
    walk.value(input.root(), params, &Path::root("input"), false);
    walk.violations.into_result("parameters not valid")
}

/// Validates a value that a service could return: names and types of members, and one member of a union. Members may be missing,
/// even required ones, or null, which is the same. An event stream is an array of its events. `name` is the root of the paths.
///
/// # Errors
/// [`ErrorKind::Validation`] with all errors, joined by `; `.
pub(crate) fn validate_output(output: &Shapes, value: &Value, name: &str) -> Result<()> {
    let mut walk = Validator { is_output: true, ..Validator::new(output, Validation::Standard) };
    walk.value(output.root(), value, &Path::root(name), false);
    walk.violations.into_result("response not valid")
}

/// Maximum depth, the same as serde_json's for text.
const MAX_DEPTH: usize = 128;

struct Validator<'v> {
    shapes: &'v Shapes,
    mode: Validation,
    given_payload: Option<&'v str>,
    /// Number of open containers.
    depth: usize,
    violations: Violations,
    /// The value is an output, which may be partial.
    is_output: bool,
}

impl<'v> Validator<'v> {
    fn new(shapes: &'v Shapes, mode: Validation) -> Self {
        Validator { shapes, mode, given_payload: None, depth: 0, violations: Violations::default(), is_output: false }
    }

    /// Checks a value. `hidden` is set inside a sensitive value.
    fn value(&mut self, target: &Ref, value: &Value, path: &Path<'_>, hidden: bool) {
        let shape = self.shapes.get(target.shape);
        let hidden = hidden || target.sensitive;
        // Such a header has any JSON.
        if target.json_value {
            return;
        }
        match (&shape.kind, value) {
            (Kind::Structure(structure), _) if structure.document => {}
            (Kind::Structure(structure), Value::Object(members)) => {
                self.nested(path, |walk| walk.structure(structure, members, path, hidden));
            }
            (Kind::Structure(events), Value::Array(items)) if self.is_output && events.event_stream => {
                self.nested(path, |walk| {
                    for (index, event) in items.iter().enumerate() {
                        walk.event(events, event, &path.index(index), hidden);
                    }
                });
            }
            (Kind::List(item), Value::Array(items)) => {
                self.length(shape, items.len(), path);
                self.nested(path, |walk| {
                    for (index, value) in items.iter().enumerate() {
                        walk.value(item, value, &path.index(index), hidden);
                    }
                });
            }
            (Kind::Map { key, value }, Value::Object(entries)) => {
                if self.mode == Validation::Strict {
                    self.length(shape, entries.len(), path);
                }
                self.nested(path, |walk| walk.map(key, value, entries, path, hidden));
            }
            (_, found) if self.scalar(target, shape, &ParamToken::of(found), path, hidden) => {}
            (kind, found) => {
                let shown = FoundValue { value: found, show: !hidden && may_show(kind) };
                let hint = if self.violations.is_full() {
                    String::new()
                } else {
                    hints::did_you_mean(self.shapes, target, found, hidden)
                };
                self.violations.add(path, format_args!("expected {}, found {shown}{hint}", expected(kind)));
            }
        }
    }

    /// Checks a scalar. Returns `false` if the value is none of this kind.
    fn scalar(&mut self, target: &Ref, shape: &Shape, found: &ParamToken<'_>, path: &Path<'_>, hidden: bool) -> bool {
        match (&shape.kind, found) {
            (Kind::String, ParamToken::Text(text)) => self.string(target, shape, text, path, hidden),
            (Kind::Boolean, ParamToken::Bool(_)) => {}
            (Kind::Integer, ParamToken::Number(number)) if !number.is_f64() => self.range(shape, number, path, hidden),
            (Kind::Float | Kind::Double, ParamToken::Number(number)) => self.range(shape, number, path, hidden),
            (Kind::Float | Kind::Double, ParamToken::Text(text)) => return is_special_float(text),
            (Kind::Timestamp, _) => return found.timestamp().is_some(),
            (Kind::Blob, ParamToken::Text(text)) if base64::is_base64(text) => {
                self.blob(shape, text.trim_end_matches('=').len() * 3 / 4, path);
            }
            (Kind::Blob, ParamToken::Bytes(bytes)) => self.blob(shape, bytes.len(), path),
            _ => return false,
        }
        true
    }

    fn event(&mut self, events: &Structure, event: &Value, path: &Path<'_>, hidden: bool) {
        match event {
            Value::Object(members) => self.structure(events, members, path, hidden),
            other => {
                let found = FoundValue { value: other, show: false };
                self.violations.add(path, format_args!("expected an event, found {found}"));
            }
        }
    }

    fn structure(&mut self, structure: &Structure, members: &Map<String, Value>, path: &Path<'_>, hidden: bool) {
        let given = if self.depth == 1 { self.given_payload } else { None };
        let count =
            if self.is_output { members.values().filter(|value| !value.is_null()).count() } else { members.len() };
        if structure.union && count != 1 {
            let names = Names(structure);
            match count {
                0 => self.violations.add(path, format_args!("expected exactly one of {names}, found none")),
                count => self.violations.add(path, format_args!("expected exactly one of {names}, found {count}")),
            }
        }
        for index in structure.required.iter().filter(|_| !self.is_output) {
            let name = &*structure.members[usize::from(*index)].name;
            if !members.contains_key(name) && given != Some(name) {
                self.violations.add(path, format_args!("missing required member {}", Quoted(name)));
            }
        }
        for (name, value) in members {
            match structure.by_name(name) {
                Some(_) if self.is_output && value.is_null() => {}
                Some((_, member)) => self.value(&member.target, value, &path.member(name), hidden),
                None if self.mode == Validation::AllowUnknown => {}
                None => self.unknown_member(structure, members, name, path),
            }
        }
    }

    fn unknown_member(&mut self, structure: &Structure, members: &Map<String, Value>, name: &str, path: &Path<'_>) {
        if self.violations.is_full() {
            // The error only counts now: skip the slow search for the nearest name.
            return self.violations.add(path, format_args!(""));
        }
        let near = spelling::nearest(name, structure.members.iter().map(|member| &*member.name));
        let hint = hints::did_you_mean_map(self.shapes, structure, members);
        let hint = hint.unwrap_or_else(|| spelling::did_you_mean(&near));
        if hint.is_empty() || structure.members.len() <= Names::MAX_NAMES {
            self.violations
                .add(path, format_args!("unknown member {}{hint} (it has {})", Quoted(name), Names(structure)));
        } else {
            self.violations.add(path, format_args!("unknown member {}{hint}", Quoted(name)));
        }
    }

    fn map(&mut self, key: &Ref, value: &Ref, entries: &Map<String, Value>, path: &Path<'_>, hidden: bool) {
        let key_shape = self.shapes.get(key.shape);
        let key_hidden = hidden || key.sensitive;
        for (name, entry) in entries {
            // A key is always a string, so only its constraints are checked.
            if matches!(key_shape.kind, Kind::String) {
                let place = if key_hidden { path.secret_entry() } else { path.key(name) };
                self.string(key, key_shape, name, &place, key_hidden);
            }
            let place = if key_hidden { path.secret_entry() } else { path.entry(name) };
            self.value(value, entry, &place, hidden);
        }
    }

    fn string(&mut self, target: &Ref, shape: &Shape, text: &str, path: &Path<'_>, hidden: bool) {
        let constraints = &shape.constraints;
        let strict = self.mode == Validation::Strict;
        if self.min(shape).is_some() || strict && constraints.max.is_some() {
            self.length(shape, text.chars().count(), path);
        } else if target.host_label && text.is_empty() {
            // The value becomes a part of the host name.
            self.violations.add(path, format_args!("expected a length of at least 1, found 0"));
        }
        if !strict {
            return;
        }
        let found = FoundText { text, show: !hidden };
        if !constraints.values.is_empty() && !constraints.values.iter().any(|value| **value == *text) {
            self.violations.add(path, format_args!("expected {}, found {found}", OneOf(&constraints.values)));
        }
        if let Some(pattern) = constraints.pattern.as_ref().filter(|pattern| !pattern.allows(text)) {
            self.violations.add(path, format_args!("expected text that matches {}, found {found}", Plain(pattern)));
        }
    }

    fn blob(&mut self, shape: &Shape, length: usize, path: &Path<'_>) {
        if self.mode == Validation::Strict {
            self.length(shape, length, path);
        }
    }

    fn length(&mut self, shape: &Shape, found: usize, path: &Path<'_>) {
        if let Some(min) = self.min(shape).filter(|min| (found as f64) < *min) {
            self.violations.add(path, format_args!("expected a length of at least {min}, found {found}"));
        }
        if let Some(max) = self.max(shape).filter(|max| (found as f64) > *max) {
            self.violations.add(path, format_args!("expected a length of at most {max}, found {found}"));
        }
    }

    fn range(&mut self, shape: &Shape, number: &Number, path: &Path<'_>, hidden: bool) {
        let Some(value) = number.as_f64() else { return };
        let found = FoundText { text: number, show: !hidden };
        if let Some(min) = self.min(shape).filter(|min| value < *min) {
            self.violations.add(path, format_args!("expected at least {min}, found {found}"));
        }
        if let Some(max) = self.max(shape).filter(|max| value > *max) {
            self.violations.add(path, format_args!("expected at most {max}, found {found}"));
        }
    }

    fn min(&self, shape: &Shape) -> Option<f64> {
        shape.constraints.min.filter(|_| !self.is_output)
    }

    fn max(&self, shape: &Shape) -> Option<f64> {
        if self.mode == Validation::Strict { shape.constraints.max } else { None }
    }

    fn nested(&mut self, path: &Path<'_>, walk: impl FnOnce(&mut Self)) {
        if self.depth >= MAX_DEPTH {
            return self.violations.add(path, format_args!("nested deeper than {MAX_DEPTH} levels"));
        }
        self.depth += 1;
        walk(self);
        self.depth -= 1;
    }
}

fn expected(kind: &Kind) -> &'static str {
    match kind {
        Kind::Structure(_) | Kind::Map { .. } => "object",
        Kind::List(_) => "array",
        Kind::String => "string",
        Kind::Boolean => "boolean",
        Kind::Integer => "integer",
        Kind::Float | Kind::Double => "number",
        Kind::Timestamp => "timestamp (RFC 3339 text or epoch seconds)",
        Kind::Blob => "base64 text",
    }
}

/// Whether an error message may show a wrong value. Text instead of a container may be serialized JSON with secrets, and blobs
/// are never shown.
fn may_show(kind: &Kind) -> bool {
    !matches!(kind, Kind::Structure(_) | Kind::List(_) | Kind::Map { .. } | Kind::Blob)
}

fn is_special_float(text: &str) -> bool {
    matches!(text, "NaN" | "Infinity" | "-Infinity")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::error::ErrorKind;
    use crate::model::arbitrary::{Rng, compile, random_shapes, random_value};

    /// A model, and cases with parameters for its shape `Input`.
    #[derive(Deserialize)]
    struct Suite {
        shapes: Value,
        cases: Vec<ValidationCase>,
    }

    #[derive(Deserialize)]
    struct ValidationCase {
        name: String,
        #[serde(default)]
        mode: String,
        given_payload: Option<String>,
        params: Value,
        faults: Vec<String>,
    }

    #[test]
    fn parameters_are_validated_as_in_table() {
        let suites: Vec<Suite> = serde_json::from_str(include_str!("../../tests/data/validation.json")).unwrap();
        for suite in suites {
            let input = compile(&suite.shapes, "Input");
            for case in suite.cases {
                let mode = match case.mode.as_str() {
                    "" => Validation::Standard,
                    "strict" => Validation::Strict,
                    "allow-unknown" => Validation::AllowUnknown,
                    "off" => Validation::Off,
                    other => panic!("{}: unknown mode {other}", case.name),
                };
                let expected = match case.faults.as_slice() {
                    [] => None,
                    faults => Some(format!("parameters not valid: {}", faults.join("; "))),
                };
                let actual = validate(&input, &case.params, mode, case.given_payload.as_deref()).err();
                assert!(actual.as_ref().is_none_or(|error| error.kind() == ErrorKind::Validation));
                assert_eq!(actual.map(|error| error.to_string()), expected, "{}", case.name);
            }
        }
    }

    #[test]
    fn unknown_member_error_has_nearest_name() {
        let input = compile(
            &json!({
                "Input": {"type": "structure", "members": {"Bucket": {"shape": "Text"}, "Key": {"shape": "Text"}}},
                "Text": {"type": "string"}
            }),
            "Input",
        );
        let hint = spelling::did_you_mean(&spelling::nearest("Buckett", ["Bucket", "Key"]));
        let error = validate(&input, &json!({"Buckett": "b"}), Validation::Standard, None).unwrap_err();
        let expected = format!("parameters not valid: input: unknown member \"Buckett\"{hint} (it has Bucket, Key)");
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn messages_are_bounded() {
        let input = compile(
            &json!({
                "Input": {"type": "structure", "members": {"List": {"shape": "List"}, "Self": {"shape": "Input"}}},
                "List": {"type": "list", "member": {"shape": "Text"}},
                "Text": {"type": "string"}
            }),
            "Input",
        );
        let wrong = json!({ "List": vec![7; 100_000] });
        let message = validate(&input, &wrong, Validation::Standard, None).unwrap_err().to_string();
        assert_eq!(message.lines().count(), 1);
        assert!(
            message.ends_with("input.List[49]: expected string, found number 7, did you mean \"7\"?; and 99950 more"),
            "{message}"
        );

        let mut deep = json!({});
        for _ in 0..MAX_DEPTH {
            deep = json!({ "Self": deep });
        }
        let message = validate(&input, &deep, Validation::Standard, None).unwrap_err().to_string();
        assert!(message.ends_with(".Self: nested deeper than 128 levels"), "{message}");
        assert!(validate(&input, &deep["Self"], Validation::Standard, None).is_ok());
    }

    #[test]
    fn validation_of_random_values_is_bounded() {
        let mut rng = Rng::new(1);
        for _ in 0..300 {
            let shapes = random_shapes(&mut rng);
            for _ in 0..20 {
                let fitting = random_value(&mut rng, &shapes, shapes.root(), true);
                validate(&shapes, &fitting, Validation::Standard, None).unwrap();
                let invalid = random_value(&mut rng, &shapes, shapes.root(), false);
                for mode in [Validation::Standard, Validation::Strict, Validation::AllowUnknown, Validation::Off] {
                    if let Err(error) = validate(&shapes, &invalid, mode, None) {
                        let message = error.to_string();
                        assert!(message.len() < 100_000 && message.lines().count() == 1, "{message}");
                    }
                }
            }
        }
    }
}

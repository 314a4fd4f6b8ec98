//! Generates responses that match an acceptor, from its expression and the shapes of the operation's output.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::model::shape::{Kind, Ref, Shapes};
use crate::model::waiters::{Acceptor, Matcher, Over};

/// Generated result of a call.
#[derive(Debug)]
pub(super) enum Generated {
    Response(u16, Value),
    ServiceError(u16, String),
}

/// Handwritten responses for acceptors whose expression is more than a path, by service, waiter and index.
pub(super) struct Handwritten(BTreeMap<String, Pair>);

#[derive(Deserialize)]
pub(super) struct Pair {
    pub(super) matching: Value,
    /// Response that must not match.
    pub(super) other: Value,
}

impl Handwritten {
    pub(super) fn read() -> Handwritten {
        let text = include_str!("../../../tests/data/waiters/by-hand.json");
        Handwritten(serde_json::from_str(text).unwrap())
    }

    pub(super) fn take(&mut self, place: &str) -> Option<Pair> {
        self.0.remove(place)
    }

    /// Reports responses that belong to no acceptor.
    pub(super) fn unused(self) -> impl Iterator<Item = String> {
        self.0.into_keys().map(|place| format!("by-hand.json: there is no acceptor {place}"))
    }
}

pub(super) fn response_for(acceptor: &Acceptor, output: Option<&Shapes>) -> Result<Generated, String> {
    Ok(match &acceptor.matcher {
        Matcher::Status(status) if *status < 300 => Generated::Response(*status, json!({})),
        Matcher::Status(status) => Generated::ServiceError(*status, status.to_string()),
        Matcher::ErrorCode(code) => Generated::ServiceError(400, code.clone()),
        Matcher::AnyError => Generated::ServiceError(400, "Any".to_owned()),
        Matcher::NoError => Generated::Response(200, json!({})),
        Matcher::Path { over, argument, expected } => {
            let output = output.ok_or("the operation has no output")?;
            let argument = argument.as_str();
            let value = match length(argument) {
                Some((path, wants_items)) => {
                    let count = if *expected == wants_items { 1 } else { 0 };
                    make(&Steps::parse(&path)?.0, output, output.root(), &Leaf::List(count), Over::One)?
                }
                None => make(&Steps::parse(argument)?.0, output, output.root(), &Leaf::Value(expected), *over)?,
            };
            Generated::Response(200, value)
        }
    })
}

/// Parses `length(PATH) > `0``. Returns the path and the value of the comparison for a list with items.
fn length(argument: &str) -> Option<(String, bool)> {
    let (path, rest) = argument.strip_prefix("length(")?.split_once(')')?;
    match rest.replace(' ', "").as_str() {
        ">`0`" => Some((path.to_owned(), true)),
        "==`0`" => Some((path.to_owned(), false)),
        _ => None,
    }
}

enum Step {
    Field(String),
    /// `[]` or `[*]`
    Items,
    /// `*`
    Values,
}

struct Steps(Vec<Step>);

impl Steps {
    fn parse(path: &str) -> Result<Steps, String> {
        let mut steps = Vec::new();
        for part in path.split('.') {
            if part == "*" {
                steps.push(Step::Values);
                continue;
            }
            let name = part.trim_end_matches("[]").trim_end_matches("[*]");
            if name.is_empty() || !name.chars().all(|char| char.is_ascii_alphanumeric() || char == '_') {
                return Err("not a plain path".to_owned());
            }
            steps.push(Step::Field(name.to_owned()));
            if name.len() < part.len() {
                steps.push(Step::Items);
            }
        }
        Ok(Steps(steps))
    }
}

/// Value that the path must find.
enum Leaf<'e> {
    Value(&'e Value),
    /// Any value but the expected one.
    Decoy,
    /// List with this number of items. Lists on the way have the same number.
    List(usize),
}

fn make(steps: &[Step], shapes: &Shapes, at: &Ref, leaf: &Leaf<'_>, over: Over) -> Result<Value, String> {
    let kind = shapes.kind(at);
    let Some((step, rest)) = steps.split_first() else { return end(shapes, kind, leaf) };
    match (step, kind) {
        (Step::Field(name), Kind::Structure(structure)) => {
            let (_, member) = structure.by_name(name).ok_or_else(|| format!("no member {name}"))?;
            Ok(json!({name: make(rest, shapes, &member.target, leaf, over)?}))
        }
        (Step::Field(name), Kind::Map { value, .. }) => Ok(json!({name: make(rest, shapes, value, leaf, over)?})),
        (Step::Items, Kind::List(item)) => {
            let leaves = match (leaf, over) {
                (Leaf::List(count), _) => vec![leaf; *count],
                (_, Over::Any) => vec![&Leaf::Decoy, leaf],
                (_, Over::All | Over::One) => vec![leaf, leaf],
            };
            let items = leaves.into_iter().map(|leaf| make(rest, shapes, item, leaf, over));
            Ok(Value::Array(items.collect::<Result<_, _>>()?))
        }
        (Step::Values, Kind::Map { value, .. }) => {
            Ok(json!({"one": make(rest, shapes, value, leaf, over)?, "two": make(rest, shapes, value, leaf, over)?}))
        }
        (Step::Field(_), kind) => Err(format!("a field of {kind:?}")),
        (Step::Items, kind) => Err(format!("items of {kind:?}")),
        (Step::Values, kind) => Err(format!("values of {kind:?}")),
    }
}

fn end(shapes: &Shapes, kind: &Kind, leaf: &Leaf<'_>) -> Result<Value, String> {
    match (leaf, kind) {
        (Leaf::Decoy, Kind::Boolean) => Ok(json!(null)),
        (Leaf::Decoy, Kind::String) => Ok(json!("decoy")),
        (Leaf::Value(Value::String(text)), Kind::String) => Ok(json!(text)),
        (Leaf::Value(Value::Bool(flag)), Kind::Boolean) => Ok(json!(flag)),
        (Leaf::Value(Value::Number(number)), Kind::Integer) => Ok(json!(number)),
        (Leaf::List(count), Kind::List(item)) => Ok(Value::Array(vec![sample(shapes.kind(item)); *count])),
        // `length(Groups[])` and `length(Groups[].Name)`: the list on the way already has the right number of items.
        (Leaf::List(_), kind) => Ok(sample(kind)),
        (Leaf::Value(expected), kind) => Err(format!("{expected} is expected where {kind:?} is")),
        (Leaf::Decoy, kind) => Err(format!("no decoy for {kind:?}")),
    }
}

fn sample(kind: &Kind) -> Value {
    match kind {
        Kind::Structure(_) | Kind::Map { .. } => json!({}),
        Kind::List(_) => json!([]),
        Kind::Boolean => json!(true),
        Kind::Integer | Kind::Float | Kind::Double => json!(1),
        Kind::String | Kind::Timestamp | Kind::Blob => json!("text"),
    }
}

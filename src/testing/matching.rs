//! Whether parameters are those of a rule, and where they differ.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::codec::json_text::compact_text;
use crate::model::shape::{Kind, Ref, Shapes};
use crate::value;

/// A value that any value equals, in the parameters of [`StubRule::with`](super::StubRule::with) at any depth.
///
/// ```
/// use serde_json::json;
/// use tucuxi::testing::{Stub, any};
///
/// let stub = Stub::new();
/// stub.on("sqs", "send_message").with(json!({"QueueUrl": any(), "MessageBody": "hi"})).reply(json!({"MessageId": "1"}));
/// let sqs = stub.session_builder().build()?.client("sqs")?;
/// sqs.call("send_message", json!({"QueueUrl": "https://example.com/q", "MessageBody": "hi"}))?;
/// # Ok::<(), tucuxi::Error>(())
/// ```
pub fn any() -> Value {
    json!({ANY: true})
}

const ANY: &str = "$any";

/// What a rule wants of the parameters.
pub(super) enum Wanted {
    /// The members that are given, at any depth.
    Partly(Value),
    Exactly(Value),
    Closure(Box<dyn Fn(&Value) -> bool + Send + Sync>),
}

/// The place of the differences that are shown.
const MAX_SHOWN: usize = 8;

impl Wanted {
    /// Whether a parameter of this name is asked for.
    pub(super) fn names(&self, name: &str) -> bool {
        match self {
            Wanted::Partly(wanted) | Wanted::Exactly(wanted) => wanted.get(name).is_some(),
            Wanted::Closure(_) => false,
        }
    }

    /// The differences of the parameters; none if they are what is wanted. Sensitive values are hidden.
    pub(super) fn differences(&self, input: Option<&Shapes>, params: &Value) -> Vec<String> {
        let mut walk = Differences { shapes: input, is_exact: matches!(self, Wanted::Exactly(_)), found: Vec::new() };
        let none = Value::Object(Map::new());
        let params = if params.is_null() { &none } else { params };
        match self {
            Wanted::Partly(wanted) | Wanted::Exactly(wanted) => {
                let wanted = if wanted.is_null() { &none } else { wanted };
                walk.value(input.map(Shapes::root), wanted, Some(params), "", false);
            }
            Wanted::Closure(accepts) if accepts(params) => {}
            Wanted::Closure(_) => walk.found.push("the closure does not accept the parameters".to_owned()),
        }
        walk.found
    }
}

/// Joins differences to one line.
pub(super) fn shown(differences: &[String]) -> String {
    let mut text = differences.iter().take(MAX_SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if let Some(more) = differences.len().checked_sub(MAX_SHOWN).filter(|more| *more > 0) {
        let _ = write!(text, ", and {more} more");
    }
    text
}

struct Differences<'d> {
    shapes: Option<&'d Shapes>,
    is_exact: bool,
    found: Vec<String>,
}

impl<'d> Differences<'d> {
    /// Compares a value. A wanted null is an absent member.
    fn value(&mut self, target: Option<&'d Ref>, wanted: &Value, found: Option<&Value>, path: &str, hidden: bool) {
        let hidden = hidden || target.is_some_and(|target| target.sensitive);
        let found = found.filter(|found| !found.is_null());
        let is_any = wanted.as_object().is_some_and(|members| members.len() == 1 && members.contains_key(ANY));
        let kind = target.zip(self.shapes).map(|(target, shapes)| shapes.kind(target));
        match (wanted, found) {
            (Value::Null, None) => {}
            (_, Some(_)) if is_any => {}
            (_, None) if is_any => self.add(path, "expected any value, found none"),
            (_, None) => self.add(path, &format!("expected {}, found none", show(wanted, hidden))),
            (Value::Object(wanted), Some(Value::Object(found))) => self.members(kind, wanted, found, path, hidden),
            (Value::Array(wanted), Some(Value::Array(found))) => {
                if wanted.len() != found.len() {
                    return self.add(path, &format!("expected {} items, found {}", wanted.len(), found.len()));
                }
                let item = if let Some(Kind::List(item)) = kind { Some(item) } else { None };
                for (index, (wanted, found)) in wanted.iter().zip(found).enumerate() {
                    self.value(item, wanted, Some(found), &format!("{path}[{index}]"), hidden);
                }
            }
            (wanted, Some(found)) if is_equal(kind, wanted, found) => {}
            (wanted, Some(found)) => {
                self.add(path, &format!("expected {}, found {}", show(wanted, hidden), show(found, hidden)));
            }
        }
    }

    fn members(
        &mut self,
        kind: Option<&'d Kind>,
        wanted: &Map<String, Value>,
        found: &Map<String, Value>,
        path: &str,
        hidden: bool,
    ) {
        let target = |name: &str| match kind? {
            Kind::Structure(structure) => structure.by_name(name).map(|(_, member)| &member.target),
            Kind::Map { value, .. } => Some(value),
            _ => None,
        };
        // The key of a map may be a secret.
        let hides_names = hidden || matches!(kind, Some(Kind::Map { key, .. }) if key.sensitive);
        let join = |name: &str| {
            let name = if hides_names { "****" } else { name };
            if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
        };
        for (name, value) in wanted {
            self.value(target(name), value, found.get(name), &join(name), hidden);
        }
        let others = found.iter().filter(|(name, value)| !value.is_null() && !wanted.contains_key(*name));
        for (name, value) in others.filter(|_| self.is_exact).collect::<Vec<_>>() {
            let hidden = hidden || target(name).is_some_and(|target| target.sensitive);
            self.add(&join(name), &format!("expected none, found {}", show(value, hidden)));
        }
    }

    fn add(&mut self, path: &str, what: &str) {
        let place = if path.is_empty() { "the parameters" } else { path };
        self.found.push(format!("{place}: {what}"));
    }
}

/// Values that mean the same are equal: the number 1 and 1.0, two texts of a time, two texts of bytes.
fn is_equal(kind: Option<&Kind>, wanted: &Value, found: &Value) -> bool {
    if wanted == found {
        return true;
    }
    match (kind, wanted, found) {
        (Some(Kind::Timestamp), _, _) => {
            value::timestamp(wanted).is_some_and(|wanted| value::timestamp(found) == Some(wanted))
        }
        (Some(Kind::Blob), Value::String(wanted), Value::String(found)) => {
            value::decode(wanted).is_some_and(|wanted| value::decode(found) == Some(wanted))
        }
        (_, Value::Number(wanted), Value::Number(found)) => {
            wanted.is_f64() != found.is_f64() && wanted.as_f64() == found.as_f64()
        }
        _ => false,
    }
}

fn show(value: &Value, hidden: bool) -> String {
    const MAX_LENGTH: usize = 80;
    if hidden {
        return "****".to_owned();
    }
    let mut text = compact_text(value);
    if let Some((end, _)) = text.char_indices().nth(MAX_LENGTH) {
        text.truncate(end);
        text.push('\u{2026}');
    }
    text
}

//! The waiters of a model in botocore's format.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::document::SmithyDocument;
use super::error::SmithyError;
use super::traits::WAITABLE;

/// Attempts of a waiter. Smithy has no such number: its waiters end after a time that the caller gives.
const MAX_ATTEMPTS: u32 = 60;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WaitableTrait {
    #[serde(default)]
    acceptors: Vec<AcceptorTrait>,
    #[serde(default = "default_delay")]
    min_delay: Value,
}

#[derive(Deserialize)]
struct AcceptorTrait {
    state: Value,
    matcher: Map<String, Value>,
}

fn default_delay() -> Value {
    2.into()
}

impl SmithyDocument {
    /// Returns the text of a waiters file; `None` if no operation has a waiter.
    pub(crate) fn waiters(&self) -> Result<Option<String>, SmithyError> {
        let mut waiters = Map::new();
        for (operation, shape) in self.operation_shapes() {
            let Some(own) = shape?.traits.get::<std::collections::BTreeMap<String, WaitableTrait>>(WAITABLE)? else {
                continue;
            };
            for (name, waiter) in own {
                let acceptors: Vec<Value> =
                    waiter.acceptors.into_iter().map(|acceptor| self.acceptor(acceptor)).collect();
                let definition = json!({
                    "operation": operation,
                    "delay": waiter.min_delay,
                    "maxAttempts": MAX_ATTEMPTS,
                    "acceptors": acceptors,
                });
                waiters.insert(name, definition);
            }
        }
        Ok((!waiters.is_empty()).then(|| json!({ "version": 2, "waiters": waiters }).to_string()))
    }

    fn acceptor(&self, acceptor: AcceptorTrait) -> Value {
        let mut converted = json!({ "state": acceptor.state });
        // A matcher has one entry. One that is not known is an error of the waiter's first use.
        let Some((kind, value)) = acceptor.matcher.into_iter().next() else { return converted };
        match (kind.as_str(), &value) {
            ("success", Value::Bool(success)) => {
                converted["matcher"] = "error".into();
                converted["expected"] = (!success).into();
            }
            ("errorType", Value::String(error)) => {
                converted["matcher"] = "error".into();
                converted["expected"] = self.error_code(error).into();
            }
            ("output", Value::Object(output)) => {
                let text = |key: &str| output.get(key).and_then(Value::as_str).unwrap_or_default();
                let (matcher, expected) = match text("comparator") {
                    "booleanEquals" => ("path", Value::Bool(text("expected") == "true")),
                    "stringEquals" => ("path", text("expected").into()),
                    "allStringEquals" => ("pathAll", text("expected").into()),
                    "anyStringEquals" => ("pathAny", text("expected").into()),
                    other => (other, Value::Null),
                };
                converted["matcher"] = matcher.into();
                converted["argument"] = text("path").into();
                converted["expected"] = expected;
            }
            _ => converted["matcher"] = kind.into(),
        }
        converted
    }
}

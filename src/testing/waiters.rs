//! Replies that a waiter takes for a success.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::replies::Reply;
use super::reply::{error_response, output_response};
use super::{fake, models};
use crate::error::{Error, ErrorKind, Result, WaiterState};
use crate::model::validate::validate_output;
use crate::model::waiters::{Matcher, Outcome, WaiterModel};
use crate::plan::{OperationPlan, ServicePlan};
use crate::protocol::{self, MAX_MEMORY, Received};

/// The operation of a waiter, and a reply with which it succeeds.
pub(super) fn success(service: &str, name: &str) -> Result<(String, Reply)> {
    let info = models::service(service)?;
    let waiter = info.waiter(name)?.ok_or_else(|| {
        Error::new(ErrorKind::UnknownWaiter, format!("{service} has no waiter \"{name}\"")).in_service(service)
    })?;
    let plan = info.plan().operation(&waiter.operation)?;
    let pagination = info.paginator(&plan.operation)?;
    let search = ReplySearch {
        waiter: &waiter,
        service: info.plan(),
        plan,
        output: fake::output(info.plan(), plan, pagination.as_deref()),
    };
    let reply = search.output().map(Reply::output).or_else(|| search.error());
    let reply = reply.ok_or_else(|| {
        let what = format!("no reply is known with which the waiter \"{name}\" succeeds");
        Error::new(ErrorKind::Unsupported, what).in_service(service)
    })?;
    Ok((plan.operation.name.clone(), reply))
}

/// The most outputs that are tried.
const MAX_TRIED: usize = 4000;

struct ReplySearch<'s> {
    waiter: &'s WaiterModel,
    service: &'s ServicePlan,
    plan: &'s OperationPlan,
    /// A plausible output.
    output: Value,
}

impl ReplySearch<'_> {
    /// The first output that succeeds: the plausible one, or one with one or two changes at the places that the waiter looks at.
    fn output(&self) -> Option<Value> {
        let edits = self.edits();
        let mut tried = 0;
        let mut candidates = VecDeque::from([(self.output.clone(), 0)]);
        while let Some((candidate, depth)) = candidates.pop_front() {
            tried += 1;
            if tried > MAX_TRIED {
                return None;
            }
            if self.succeeds(&candidate) {
                return Some(candidate);
            }
            if depth < 2 {
                candidates.extend(edits.iter().map(|edit| (edit.applied(&candidate), depth + 1)));
            }
        }
        None
    }

    fn succeeds(&self, output: &Value) -> bool {
        if let Some(shapes) = &self.plan.operation.output
            && validate_output(shapes, output, "output").is_err()
        {
            return false;
        }
        let status = 200;
        let decides = |value: &Value| {
            let decision = self.waiter.decide(Outcome::Response { status, value });
            decision.is_ok_and(|decision| decision.state == WaiterState::Success)
        };
        decides(output) && output_response(self.service, self.plan, output, "").is_ok()
    }

    /// Changes that an expression of the waiter may ask for.
    fn edits(&self) -> Vec<Edit> {
        let mut edits = Vec::new();
        for acceptor in self.waiter.acceptors.iter().filter(|acceptor| acceptor.state == WaiterState::Success) {
            let Matcher::Path { argument, expected, .. } = &acceptor.matcher else { continue };
            let mut values = vec![expected.clone()];
            values.extend(literals(argument.as_str()));
            values.extend([json!(true), json!(false), json!(0), json!([])]);
            for path in paths(argument.as_str()) {
                edits.extend(values.iter().map(|value| Edit { path: path.clone(), value: Some(value.clone()) }));
                edits.push(Edit { path, value: None });
            }
        }
        edits
    }

    /// The first service error that succeeds.
    fn error(&self) -> Option<Reply> {
        let succeeding = self.waiter.acceptors.iter().filter(|acceptor| acceptor.state == WaiterState::Success);
        succeeding.into_iter().find_map(|acceptor| {
            let (code, status) = match &acceptor.matcher {
                Matcher::ErrorCode(code) => (code.clone(), None),
                Matcher::Status(status) => (status.to_string(), Some(*status)),
                Matcher::AnyError => ("ValidationException".to_owned(), None),
                Matcher::Path { .. } | Matcher::NoError => return None,
            };
            let response = error_response(self.service, self.plan, &code, &Value::Null, "").ok()?;
            let (head, body) = response.into_parts();
            let received = Received {
                status: status.unwrap_or_else(|| head.status.as_u16()),
                headers: &head.headers,
                body: Some(&body),
                max_memory: MAX_MEMORY,
                rule: None,
            };
            let error = protocol::parse_error(self.service.protocol, &self.service.model, &received).ok()?;
            let decision = self.waiter.decide(Outcome::Error(error.service()?)).ok()?;
            let reply = Reply::error(code, Value::Null);
            let reply = status.map_or_else(|| reply.clone(), |status| reply.clone().with_status(status));
            (decision.state == WaiterState::Success).then_some(reply)
        })
    }
}

/// In a path, all values of a map.
const EACH: &str = "*";

/// A change of all values at a path; `None` removes them.
struct Edit {
    path: Vec<String>,
    value: Option<Value>,
}

impl Edit {
    fn applied(&self, to: &Value) -> Value {
        let mut changed = to.clone();
        change(&mut changed, &self.path, self.value.as_ref());
        changed
    }
}

fn change(at: &mut Value, path: &[String], value: Option<&Value>) {
    match (at, path) {
        (Value::Array(items), _) => items.iter_mut().for_each(|item| change(item, path, value)),
        (Value::Object(entries), [name, rest @ ..]) if name == EACH => {
            entries.values_mut().for_each(|entry| change(entry, rest, value));
        }
        (Value::Object(members), [name]) => match value {
            Some(value) => drop(members.insert(name.clone(), value.clone())),
            None => drop(members.shift_remove(name)),
        },
        (Value::Object(members), [name, rest @ ..]) => {
            if let Some(inner) = members.get_mut(name) {
                change(inner, rest, value);
            }
        }
        _ => {}
    }
}

/// The paths of members in an expression, and of those within the lists that it filters.
fn paths(expression: &str) -> Vec<Vec<String>> {
    let mut found: Vec<Vec<String>> = Vec::new();
    let mut outer: Vec<String> = Vec::new();
    let text = without_literals(expression);
    for piece in text.split(|char: char| "()!&|=<>?@ ".contains(char)) {
        let names: Vec<String> = piece
            .replace("[*]", "")
            .split(['.', '[', ']', ','])
            .filter(|name| is_name(name))
            .map(str::to_owned)
            .collect();
        if names.is_empty() {
            continue;
        }
        found.push(names.clone());
        if !outer.is_empty() {
            // Within a filter, names are those of the items.
            found.push([outer.clone(), names.clone()].concat());
        }
        if piece.ends_with('[') {
            outer = names;
        }
    }
    found.retain(|path| !path.is_empty());
    found.dedup();
    found
}

fn is_name(text: &str) -> bool {
    const FUNCTIONS: &[&str] = &["length", "contains", "not_null", "starts_with", "ends_with", "keys", "values"];
    text == EACH || text.starts_with(|char: char| char.is_ascii_alphabetic()) && !FUNCTIONS.contains(&text)
}

/// The literals of an expression: JSON in back quotes, text in quotes.
fn literals(expression: &str) -> Vec<Value> {
    let json =
        expression.split('`').skip(1).step_by(2).map(|text| {
            serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.trim_matches('"').to_owned()))
        });
    let text = expression.split('\'').skip(1).step_by(2).map(Value::from);
    json.chain(text).collect()
}

fn without_literals(expression: &str) -> String {
    let outside = |text: &str, quote: char| text.split(quote).step_by(2).collect::<Vec<_>>().join(" ");
    outside(&outside(expression, '`'), '\'')
}

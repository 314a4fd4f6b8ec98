//! Waiter models (`waiters-2.json`): compiled acceptors that decide on a response. This module does not wait.
//!
//! The rules are those of botocore's `waiter.py`, with two exceptions. Values are compared as JSON, so `true` does not equal 1
//! as in Python. An expected error code also matches the name of the error's shape, because some services send the code of
//! their older protocol (`AWS.SimpleQueueService.NonExistentQueue` for `QueueDoesNotExist`).

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use once_cell::sync::OnceCell;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::error::{Result, ServiceError, WaiterState};
use crate::jmespath::{Expression, values_equal};
use crate::model::entries::Entries;
use crate::model::error::DefinitionError;
use crate::model::names::{self, NameMap};
use crate::value::type_name;

/// The waiters of one file. Each is compiled on first use, so an invalid one does not affect the others.
#[derive(Debug)]
pub(crate) struct Waiters {
    origin: String,
    by_name: NameMap,
    entries: Vec<WaiterEntry>,
}

#[derive(Debug)]
struct WaiterEntry {
    api_name: String,
    definition: Box<RawValue>,
    compiled: OnceCell<Arc<WaiterModel>>,
}

/// A compiled waiter.
#[derive(Debug)]
pub(crate) struct WaiterModel {
    /// Name in snake case.
    pub(crate) name: String,
    /// File and waiter, for error messages.
    pub(crate) origin: String,
    pub(crate) operation: String,
    pub(crate) delay: Duration,
    pub(crate) max_attempts: u32,
    pub(crate) acceptors: Vec<Acceptor>,
}

/// Maps a matching response to a state. `Display` shows the condition.
#[derive(Debug)]
pub(crate) struct Acceptor {
    pub(crate) state: WaiterState,
    pub(crate) matcher: Matcher,
}

#[derive(Debug)]
pub(crate) enum Matcher {
    Path { over: Over, argument: Expression, expected: Value },
    Status(u16),
    ErrorCode(String),
    AnyError,
    NoError,
}

/// How many of the values that an expression finds must equal the expected one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    /// The value itself.
    One,
    /// All items of a non-empty list.
    All,
    /// At least one item of a list.
    Any,
}

/// Result of an attempt: a response or a service error.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Outcome<'a> {
    Response { status: u16, value: &'a Value },
    Error(&'a ServiceError),
}

/// State that an outcome means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) state: WaiterState,
    /// Index of the acceptor that matched. Without one, a response means [`Retry`](WaiterState::Retry) and an error
    /// [`Failure`](WaiterState::Failure).
    pub(crate) acceptor: Option<usize>,
}

#[derive(Deserialize)]
struct WaitersFile<'m> {
    version: Option<Value>,
    #[serde(borrow)]
    waiters: Entries<'m, &'m RawValue>,
}

impl Waiters {
    pub(crate) fn parse(text: &str, origin: &str) -> Result<Waiters> {
        let broken = |error: DefinitionError| error.at(origin);
        let file: WaitersFile<'_> =
            serde_json::from_str(text).map_err(|error| broken(DefinitionError::Json(error.to_string())))?;
        match file.version {
            Some(version) if version == 2 => {}
            Some(version) => return Err(broken(DefinitionError::Version(version).at("version")).into()),
            None => return Err(broken(DefinitionError::MissingVersion.at("version")).into()),
        }
        let entry = |(name, definition): &(Cow<'_, str>, &RawValue)| WaiterEntry {
            api_name: name.to_string(),
            definition: (*definition).to_owned(),
            compiled: OnceCell::new(),
        };
        let entries: Vec<WaiterEntry> = file.waiters.0.iter().map(entry).collect();
        let by_name = NameMap::new(entries.iter().map(|entry| entry.api_name.as_str()));
        Ok(Waiters { origin: origin.to_owned(), by_name, entries })
    }

    /// Returns the names of all waiters in snake case, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.entries.iter().map(|entry| names::snake_case(&entry.api_name)).collect();
        names.sort_unstable();
        names
    }

    /// Returns the names of all waiters in the file's spelling and order, each with the operation that it calls.
    pub(crate) fn operations(&self) -> Result<Vec<(String, String)>> {
        let operation = |entry: &WaiterEntry| {
            let waiter = self.get(&entry.api_name)?;
            Ok(waiter.map(|waiter| (entry.api_name.clone(), waiter.operation.clone())))
        };
        self.entries.iter().filter_map(|entry| operation(entry).transpose()).collect()
    }

    /// Returns the waiter of that name, in any spelling.
    pub(crate) fn get(&self, name: &str) -> Result<Option<Arc<WaiterModel>>> {
        let Some(entry) = self.by_name.get(name).map(|index| &self.entries[index]) else { return Ok(None) };
        let compiled = entry.compiled.get_or_try_init(|| {
            let definition: Value = serde_json::from_str(entry.definition.get()).map_err(|error| {
                let place = format!("waiter {}", entry.api_name);
                DefinitionError::Json(error.to_string()).at(place).at(&self.origin)
            })?;
            WaiterModel::compile(&entry.api_name, definition, &self.origin).map(Arc::new)
        })?;
        Ok(Some(Arc::clone(compiled)))
    }
}

impl WaiterModel {
    /// Compiles one waiter of a file: `{"operation", "delay", "maxAttempts", "acceptors"}`.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] for an invalid definition. The message names file, waiter and acceptor.
    pub(crate) fn compile(name: &str, definition: Value, origin: &str) -> Result<WaiterModel> {
        let origin = format!("{origin}: waiter {name}");
        let broken = |error: DefinitionError| error.at(&origin);
        let Value::Object(definition) = definition else {
            return Err(broken(wrong_type("object", &definition)).into());
        };
        let operation = text(&definition, "operation").map_err(&broken)?.to_owned();
        let delay = delay(&definition).map_err(&broken)?;
        let max_attempts = max_attempts(&definition).map_err(&broken)?;
        let acceptors = match member(&definition, "acceptors").map_err(&broken)? {
            Value::Array(list) if list.is_empty() => {
                return Err(broken(DefinitionError::Empty.at("acceptors")).into());
            }
            Value::Array(list) => list.iter().enumerate(),
            other => return Err(broken(wrong_type("array", other).at("acceptors")).into()),
        };
        let acceptors = acceptors.map(|(index, acceptor)| {
            Acceptor::compile(acceptor).map_err(|error| broken(error.at(format!("acceptors[{index}]"))))
        });
        let acceptors = acceptors.collect::<Result<_, _>>()?;
        Ok(WaiterModel { name: names::snake_case(name), operation, delay, max_attempts, acceptors, origin })
    }

    /// Decides on an outcome: the first acceptor that matches wins.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] if an expression cannot be evaluated for this response, such as `length(Reservations)` without such
    /// a member.
    pub(crate) fn decide(&self, outcome: Outcome<'_>) -> Result<Decision> {
        for (index, acceptor) in self.acceptors.iter().enumerate() {
            let is_match = acceptor.matches(outcome).map_err(|error| {
                DefinitionError::Expression(error.to_string()).at(format!("acceptors[{index}]")).at(&self.origin)
            })?;
            if is_match {
                return Ok(Decision { state: acceptor.state, acceptor: Some(index) });
            }
        }
        let state = match outcome {
            Outcome::Response { .. } => WaiterState::Retry,
            Outcome::Error(_) => WaiterState::Failure,
        };
        Ok(Decision { state, acceptor: None })
    }
}

impl Acceptor {
    fn compile(definition: &Value) -> Result<Acceptor, DefinitionError> {
        let Value::Object(definition) = definition else {
            return Err(wrong_type("object", definition));
        };
        let state = match text(definition, "state")? {
            "success" => WaiterState::Success,
            "failure" => WaiterState::Failure,
            "retry" => WaiterState::Retry,
            other => return Err(DefinitionError::State(other.to_owned()).at("state")),
        };
        let matcher = match text(definition, "matcher")? {
            "path" => Matcher::path(Over::One, definition)?,
            "pathAll" => Matcher::path(Over::All, definition)?,
            "pathAny" => Matcher::path(Over::Any, definition)?,
            "status" => Matcher::status(member(definition, "expected")?)?,
            "error" => Matcher::error(member(definition, "expected")?)?,
            other => return Err(DefinitionError::Matcher(other.to_owned()).at("matcher")),
        };
        Ok(Acceptor { state, matcher })
    }

    fn matches(&self, outcome: Outcome<'_>) -> Result<bool> {
        Ok(match (&self.matcher, outcome) {
            (Matcher::Path { over, argument, expected }, Outcome::Response { value, .. }) => {
                let found = argument.search(value)?;
                let is_expected = |value: &Value| values_equal(value, expected);
                match (over, &*found) {
                    (Over::One, found) => is_expected(found),
                    (Over::All, Value::Array(items)) => !items.is_empty() && items.iter().all(is_expected),
                    (Over::Any, Value::Array(items)) => items.iter().any(is_expected),
                    _ => false,
                }
            }
            (Matcher::Status(expected), Outcome::Response { status, .. }) => *expected == status,
            (Matcher::Status(expected), Outcome::Error(error)) => *expected == error.status(),
            (Matcher::ErrorCode(expected), Outcome::Error(error)) => {
                error.code() == expected || error.shape_code() == Some(expected)
            }
            (Matcher::AnyError, Outcome::Error(_)) | (Matcher::NoError, Outcome::Response { .. }) => true,
            _ => false,
        })
    }
}

impl Matcher {
    fn path(over: Over, definition: &Map<String, Value>) -> Result<Matcher, DefinitionError> {
        let argument = text(definition, "argument")?;
        let argument = Expression::of_model(argument)
            .map_err(|error| DefinitionError::Expression(error.to_string()).at("argument"))?;
        Ok(Matcher::Path { over, argument, expected: member(definition, "expected")?.clone() })
    }

    fn status(expected: &Value) -> Result<Matcher, DefinitionError> {
        let status = expected.as_u64().and_then(|status| u16::try_from(status).ok());
        match status.filter(|status| (100..=599).contains(status)) {
            Some(status) => Ok(Matcher::Status(status)),
            None => Err(DefinitionError::Status(expected.clone()).at("expected")),
        }
    }

    fn error(expected: &Value) -> Result<Matcher, DefinitionError> {
        match expected {
            Value::String(code) => Ok(Matcher::ErrorCode(code.clone())),
            Value::Bool(true) => Ok(Matcher::AnyError),
            Value::Bool(false) => Ok(Matcher::NoError),
            other => Err(DefinitionError::ErrorCode(type_name(other)).at("expected")),
        }
    }
}

impl fmt::Display for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.matcher {
            Matcher::Path { over, argument, expected } => {
                let matcher = match over {
                    Over::One => "path",
                    Over::All => "pathAll",
                    Over::Any => "pathAny",
                };
                write!(f, "{matcher} \"{}\" == {expected}", argument.as_str())
            }
            Matcher::Status(status) => write!(f, "status == {status}"),
            Matcher::ErrorCode(code) => write!(f, "error == \"{code}\""),
            Matcher::AnyError => f.write_str("error == true"),
            Matcher::NoError => f.write_str("error == false"),
        }
    }
}

fn wrong_type(expected: &'static str, found: &Value) -> DefinitionError {
    DefinitionError::Type { expected, found: type_name(found) }
}

fn member<'d>(object: &'d Map<String, Value>, name: &str) -> Result<&'d Value, DefinitionError> {
    object.get(name).ok_or_else(|| DefinitionError::Missing.at(name))
}

fn text<'d>(object: &'d Map<String, Value>, name: &str) -> Result<&'d str, DefinitionError> {
    match member(object, name)? {
        Value::String(text) => Ok(text),
        other => Err(wrong_type("string", other).at(name)),
    }
}

/// Parses the delay in seconds. A value of more than a day is rejected, because it was probably meant as milliseconds.
fn delay(definition: &Map<String, Value>) -> Result<Duration, DefinitionError> {
    const MAX_SECONDS: f64 = 86_400.0;
    let delay = member(definition, "delay")?;
    let seconds = delay.as_f64().filter(|seconds| (0.0..=MAX_SECONDS).contains(seconds));
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.ok_or_else(|| DefinitionError::Delay { max: MAX_SECONDS, found: delay.clone() }.at("delay"))
}

fn max_attempts(definition: &Map<String, Value>) -> Result<u32, DefinitionError> {
    let count = member(definition, "maxAttempts")?;
    let in_range = count.as_u64().and_then(|count| u32::try_from(count).ok()).filter(|count| *count > 0);
    in_range.ok_or_else(|| DefinitionError::MaxAttempts { max: u32::MAX, found: count.clone() }.at("maxAttempts"))
}

//! [`ParamToken`]: parameters as a sequence of events, whether they come from a [`Value`] or from a type of the user. What
//! checks and writes parameters receives these events, so it does not depend on where they come from.

use std::fmt;

use serde_json::{Number, Value};

use crate::codec::timestamp::Timestamp;

/// A scalar, or the begin of an array or object with the number of its members if that is known. It is a hint only.
#[derive(Debug, Clone)]
pub(crate) enum ParamToken<'v> {
    Null,
    Bool(bool),
    Number(Number),
    Text(&'v str),
    /// A blob that is not encoded yet. Only types of the user have it.
    Bytes(&'v [u8]),
    Array(usize),
    Object(usize),
}

impl<'v> ParamToken<'v> {
    #[inline]
    pub(crate) fn of(value: &'v Value) -> Self {
        match value {
            Value::Null => ParamToken::Null,
            Value::Bool(value) => ParamToken::Bool(*value),
            Value::Number(number) => ParamToken::Number(number.clone()),
            Value::String(text) => ParamToken::Text(text),
            Value::Array(items) => ParamToken::Array(items.len()),
            Value::Object(members) => ParamToken::Object(members.len()),
        }
    }

    /// The name of the JSON type, for error messages.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            ParamToken::Null => "null",
            ParamToken::Bool(_) => "boolean",
            ParamToken::Number(number) if number.is_f64() => "number with a fraction",
            ParamToken::Number(_) => "number",
            ParamToken::Text(_) | ParamToken::Bytes(_) => "string",
            ParamToken::Array(_) => "array",
            ParamToken::Object(_) => "object",
        }
    }

    /// The time of a timestamp parameter: text in any format that [`Timestamp::parse`] reads, or epoch seconds.
    pub(crate) fn timestamp(&self) -> Option<Timestamp> {
        match self {
            ParamToken::Text(text) => Timestamp::parse(text),
            ParamToken::Number(number) => match number.as_i64() {
                Some(seconds) => Timestamp::new(seconds, 0),
                None => number.as_f64().and_then(Timestamp::from_epoch),
            },
            _ => None,
        }
    }
}

/// What parameters are sent to, in their order: the key of a member or entry, then its value. A value is one token, or the
/// begin of a container, what it contains, and its end.
pub(crate) trait Receiver {
    fn token(&mut self, token: &ParamToken<'_>) -> ParamResult<()>;

    /// The key of the next value in the innermost object.
    fn key(&mut self, key: &str) -> ParamResult<()>;

    /// The end of the innermost array or object.
    fn end(&mut self) -> ParamResult<()>;
}

/// Sends a value.
pub(crate) fn send(value: &Value, to: &mut (impl Receiver + ?Sized)) -> ParamResult<()> {
    to.token(&ParamToken::of(value))?;
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                send(item, to).map_err(|fault| fault.item(index))?;
            }
            to.end()
        }
        Value::Object(members) => {
            send_members(members, to)?;
            to.end()
        }
        _ => Ok(()),
    }
}

/// Sends members of an object.
pub(crate) fn send_members<'v>(
    members: impl IntoIterator<Item = (&'v String, &'v Value)>,
    to: &mut (impl Receiver + ?Sized),
) -> ParamResult<()> {
    members.into_iter().try_for_each(|(key, value)| {
        let sent = to.key(key).and_then(|()| send(value, to));
        sent.map_err(|fault| fault.key(key))
    })
}

pub(crate) type ParamResult<T> = Result<T, ParamFault>;

/// What cannot be a parameter, and where it is. The path is built while the error is returned.
#[derive(Debug)]
pub(crate) struct ParamFault(Box<ParamFaultParts>);

#[derive(Debug)]
struct ParamFaultParts {
    message: String,
    /// From the innermost step to the outermost.
    path: Vec<FaultStep>,
}

/// A step of the path to a fault.
#[derive(Debug)]
pub(crate) enum FaultStep {
    Key(String),
    Item(usize),
}

impl ParamFault {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        ParamFault(Box::new(ParamFaultParts { message: message.into(), path: Vec::new() }))
    }

    /// A value of the wrong type.
    pub(crate) fn mismatch(expected: &str, found: &ParamToken<'_>) -> Self {
        ParamFault::new(format!("expected {expected}, found {}", found.type_name()))
    }

    /// Adds the member or the key of a map that contains the fault.
    pub(crate) fn key(mut self, key: &str) -> Self {
        self.0.path.push(FaultStep::Key(key.to_owned()));
        self
    }

    /// Adds the index of the list item that contains the fault.
    pub(crate) fn item(mut self, index: usize) -> Self {
        self.0.path.push(FaultStep::Item(index));
        self
    }

    pub(crate) fn message(&self) -> &str {
        &self.0.message
    }

    /// The steps of the path from the outermost.
    pub(crate) fn path(&self) -> impl Iterator<Item = &FaultStep> {
        self.0.path.iter().rev()
    }
}

impl fmt::Display for ParamFault {
    /// `Tags[2].Key: expected string, found number`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.path().enumerate() {
            match step {
                FaultStep::Key(key) if index > 0 => write!(f, ".{key}")?,
                FaultStep::Key(key) => f.write_str(key)?,
                FaultStep::Item(index) => write!(f, "[{index}]")?,
            }
        }
        let colon = if self.0.path.is_empty() { "" } else { ": " };
        write!(f, "{colon}{}", self.0.message)
    }
}

impl std::error::Error for ParamFault {}

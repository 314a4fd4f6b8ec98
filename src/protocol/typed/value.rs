//! [`ValueSource`]: a `Value` in the value convention, for responses that are read as one first.

use std::borrow::Cow;

use serde_json::{Map, Value, map};

use super::source::{NextMember, ShapeToken as Token, TokenSource as Source};
use crate::model::shape::{Ref, Structure};
use crate::protocol::lenient::Scalar;
use crate::protocol::located_error::{LocatedError, LocatedResult};

/// Reads a `Value`. It has the names of members, not those on the wire.
pub(in crate::protocol) struct ValueSource {
    /// The next value.
    next: Option<Value>,
    open: Vec<OpenValue>,
}

enum OpenValue {
    List(std::vec::IntoIter<Value>),
    Map(map::IntoIter),
}

impl ValueSource {
    pub(in crate::protocol) fn new(value: Value) -> Self {
        ValueSource { next: Some(value), open: Vec::new() }
    }

    /// A structure with these members.
    pub(in crate::protocol) fn of(members: Map<String, Value>) -> Self {
        ValueSource::new(Value::Object(members))
    }
}

impl<'b> Source<'b> for ValueSource {
    fn value(&mut self, _target: Option<&Ref>) -> LocatedResult<Token<'b>> {
        Ok(match self.next.take() {
            None | Some(Value::Null) => Token::Null,
            Some(Value::Bool(value)) => Token::Scalar(Scalar::Bool(value)),
            Some(Value::Number(number)) => Token::Scalar(match number.as_f64() {
                Some(value) if number.is_f64() => Scalar::Float(value),
                _ => Scalar::Integer(number),
            }),
            Some(Value::String(text)) => Token::Scalar(Scalar::Text(Cow::Owned(text))),
            Some(Value::Array(items)) => {
                self.open.push(OpenValue::List(items.into_iter()));
                Token::List
            }
            Some(Value::Object(members)) => {
                self.open.push(OpenValue::Map(members.into_iter()));
                Token::Map
            }
        })
    }

    fn next_item(&mut self) -> LocatedResult<bool> {
        let Some(OpenValue::List(items)) = self.open.last_mut() else { return Err(LocatedError::new("no list")) };
        self.next = items.next();
        if self.next.is_none() {
            self.open.pop();
        }
        Ok(self.next.is_some())
    }

    fn next_name(&mut self) -> LocatedResult<Option<Cow<'b, str>>> {
        let Some(OpenValue::Map(members)) = self.open.last_mut() else { return Err(LocatedError::new("no map")) };
        match members.next() {
            Some((name, value)) => {
                self.next = Some(value);
                Ok(Some(Cow::Owned(name)))
            }
            None => {
                self.open.pop();
                Ok(None)
            }
        }
    }

    fn next_member<'s>(&mut self, structure: &'s Structure, expected: &mut usize) -> LocatedResult<NextMember<'s, 'b>> {
        let Some(name) = self.next_name()? else { return Ok(NextMember::End) };
        Ok(match structure.by_name(&name) {
            Some((index, member)) => {
                *expected = usize::from(index) + 1;
                NextMember::Member(member)
            }
            None => NextMember::Added(name),
        })
    }

    fn at_null(&mut self) -> bool {
        matches!(self.next, Some(Value::Null))
    }

    fn skip(&mut self) -> LocatedResult<()> {
        self.next = None;
        Ok(())
    }

    fn keeps_null_entries(&self) -> bool {
        true
    }
}

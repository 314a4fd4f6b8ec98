//! [`ValueBuilder`]: makes a [`Value`] from the events of parameters.

use serde_json::{Map, Value};

use super::token::{ParamFault, ParamResult, ParamToken, Receiver};
use crate::codec::base64;

/// Makes a value.
#[derive(Debug, Default)]
pub(crate) struct ValueBuilder<'n> {
    /// The open containers, each with the key of its next value.
    open: Vec<(Value, String)>,
    made: Option<Value>,
    has_null: bool,
    /// Members that have values. All others are null.
    outline: Option<&'n [Box<str>]>,
    /// The next value becomes null.
    hides_next: bool,
    /// Open containers of a value that became null.
    hidden: usize,
}

/// The length of a container is a hint, which may be wrong.
const MAX_CAPACITY: usize = 1024;

impl<'n> ValueBuilder<'n> {
    /// Makes an outline: only members with these names have values, at any depth; all others are null.
    pub(crate) fn outline(names: &'n [Box<str>]) -> Self {
        ValueBuilder { outline: Some(names), ..ValueBuilder::default() }
    }

    /// The value, once it is complete.
    pub(crate) fn take(&mut self) -> Option<Value> {
        self.made.take()
    }

    /// Whether anything in the value is null.
    pub(super) fn has_null(&self) -> bool {
        self.has_null
    }

    fn put(&mut self, value: Value) {
        match self.open.last_mut() {
            Some((Value::Object(members), key)) => drop(members.insert(std::mem::take(key), value)),
            Some((Value::Array(items), _)) => items.push(value),
            _ => self.made = Some(value),
        }
    }

    /// Whether the token belongs to a value that became null.
    fn hides(&mut self, token: &ParamToken<'_>) -> bool {
        if self.hidden == 0 && !self.hides_next {
            return false;
        }
        if std::mem::take(&mut self.hides_next) {
            self.put(Value::Null);
        }
        self.hidden += usize::from(matches!(token, ParamToken::Array(_) | ParamToken::Object(_)));
        true
    }
}

impl Receiver for ValueBuilder<'_> {
    fn token(&mut self, token: &ParamToken<'_>) -> ParamResult<()> {
        if self.hides(token) {
            return Ok(());
        }
        let value = match token {
            ParamToken::Null => {
                self.has_null = true;
                Value::Null
            }
            ParamToken::Bool(value) => Value::Bool(*value),
            ParamToken::Number(number) => Value::Number(number.clone()),
            ParamToken::Text(text) => Value::from(*text),
            ParamToken::Bytes(bytes) => Value::String(base64::encode(bytes)),
            ParamToken::Array(len) => {
                self.open.push((Value::Array(Vec::with_capacity(MAX_CAPACITY.min(*len))), String::new()));
                return Ok(());
            }
            ParamToken::Object(len) => {
                self.open.push((Value::Object(Map::with_capacity(MAX_CAPACITY.min(*len))), String::new()));
                return Ok(());
            }
        };
        self.put(value);
        Ok(())
    }

    fn key(&mut self, key: &str) -> ParamResult<()> {
        if self.hidden > 0 {
            return Ok(());
        }
        self.hides_next = self.outline.is_some_and(|names| !names.iter().any(|name| **name == *key));
        if let Some((_, next)) = self.open.last_mut() {
            key.clone_into(next);
        }
        Ok(())
    }

    fn end(&mut self) -> ParamResult<()> {
        if self.hidden > 0 {
            self.hidden -= 1;
            return Ok(());
        }
        let (value, _) = self.open.pop().ok_or_else(|| ParamFault::new("an end without a begin"))?;
        self.put(value);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::value::send;

    #[test]
    fn outlines_have_only_named_members() {
        let names = ["Put", "Table"].map(Box::from);
        let mut builder = ValueBuilder::outline(&names);
        let value = json!([{"Put": {"Table": "a", "Item": {"k": [1, {}]}, "If": "x"}}, {"Get": {}, "Put": [1]}]);
        send(&value, &mut builder).unwrap();
        let expected = json!([{"Put": {"Table": "a", "Item": null, "If": null}}, {"Get": null, "Put": [1]}]);
        assert_eq!(builder.take(), Some(expected));
    }
}

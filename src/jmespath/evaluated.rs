//! Values during evaluation: borrowed parts of the searched value, or shared new values. Both are cheap to clone.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::rc::Rc;

use serde_json::{Map, Value};

use super::error::{EvaluationError, EvaluationResult};
use super::node::Node;
use super::number::Num;
use super::work::Work;

#[derive(Debug, Clone)]
pub(super) enum Evaluated<'v> {
    Part(&'v Value),
    Null,
    Bool(bool),
    Number(Num),
    Text(Rc<str>),
    List(Rc<Vec<Evaluated<'v>>>),
    Object(Rc<Object<'v>>),
    /// `&expression`, which is only valid as a function argument.
    Reference(&'v Node),
}

/// Uniform view of borrowed and new values.
pub(super) enum View<'a> {
    Null,
    Bool(bool),
    Number(Num),
    Text(&'a str),
    List(ListItems<'a>),
    Object(ObjectMembers<'a>),
    Reference(&'a Node),
}

#[derive(Clone)]
pub(super) enum ListItems<'v> {
    Parts(&'v [Value]),
    Built(Rc<Vec<Evaluated<'v>>>),
}

pub(super) enum ObjectMembers<'v> {
    Parts(&'v Map<String, Value>),
    Built(Rc<Object<'v>>),
}

/// Object with its members in the order of first insertion.
#[derive(Debug, Default)]
pub(super) struct Object<'v> {
    members: Vec<(Cow<'v, str>, Evaluated<'v>)>,
    /// Index of members by name, for more than a few members.
    positions: HashMap<Cow<'v, str>, usize>,
}

impl<'v> Object<'v> {
    const MAX_UNINDEXED: usize = 16;

    pub(super) fn insert(&mut self, name: Cow<'v, str>, value: Evaluated<'v>) {
        if let Some(position) = self.position(&name) {
            self.members[position].1 = value;
            return;
        }
        self.members.push((name, value));
        if self.members.len() > Self::MAX_UNINDEXED {
            let new = if self.positions.is_empty() { 0 } else { self.members.len() - 1 };
            let named = self.members.iter().enumerate().skip(new);
            self.positions.extend(named.map(|(position, (name, _))| (name.clone(), position)));
        }
    }

    fn get(&self, name: &str) -> Option<&Evaluated<'v>> {
        self.position(name).map(|position| &self.members[position].1)
    }

    fn position(&self, name: &str) -> Option<usize> {
        match self.positions.is_empty() {
            true => self.members.iter().position(|(known, _)| known == name),
            false => self.positions.get(name).copied(),
        }
    }
}

impl<'v> Evaluated<'v> {
    pub(super) fn list(items: Vec<Evaluated<'v>>) -> Evaluated<'v> {
        Evaluated::List(Rc::new(items))
    }

    pub(super) fn text(text: &str) -> Evaluated<'v> {
        Evaluated::Text(text.into())
    }

    pub(super) fn view(&self) -> View<'_> {
        match self {
            Evaluated::Part(value) => View::of(value),
            Evaluated::Null => View::Null,
            Evaluated::Bool(flag) => View::Bool(*flag),
            Evaluated::Number(number) => View::Number(*number),
            Evaluated::Text(text) => View::Text(text),
            Evaluated::List(items) => View::List(ListItems::Built(Rc::clone(items))),
            Evaluated::Object(object) => View::Object(ObjectMembers::Built(Rc::clone(object))),
            Evaluated::Reference(node) => View::Reference(node),
        }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Evaluated::Null | Evaluated::Part(Value::Null))
    }

    /// Whether the value is true: empty values, `false` and `null` are false; all numbers are true.
    pub(super) fn is_true(&self) -> bool {
        match self.view() {
            View::Null => false,
            View::Bool(flag) => flag,
            View::Number(_) | View::Reference(_) => true,
            View::Text(text) => !text.is_empty(),
            View::List(items) => items.len() > 0,
            View::Object(members) => members.len() > 0,
        }
    }

    pub(super) fn field(&self, name: &str) -> Evaluated<'v> {
        match self.members() {
            Some(members) => members.get(name).unwrap_or(Evaluated::Null),
            None => Evaluated::Null,
        }
    }

    /// Returns the items of a list.
    pub(super) fn items(&self) -> Option<ListItems<'v>> {
        match self {
            Evaluated::Part(Value::Array(items)) => Some(ListItems::Parts(items)),
            Evaluated::List(items) => Some(ListItems::Built(Rc::clone(items))),
            _ => None,
        }
    }

    /// Returns the members of an object.
    pub(super) fn members(&self) -> Option<ObjectMembers<'v>> {
        match self {
            Evaluated::Part(Value::Object(members)) => Some(ObjectMembers::Parts(members)),
            Evaluated::Object(object) => Some(ObjectMembers::Built(Rc::clone(object))),
            _ => None,
        }
    }

    pub(super) fn type_name(&self) -> &'static str {
        match self.view() {
            View::Null => "null",
            View::Bool(_) => "boolean",
            View::Number(_) => "number",
            View::Text(_) => "string",
            View::List(_) => "array",
            View::Object(_) => "object",
            View::Reference(_) => "expression",
        }
    }

    /// Converts to a JSON value.
    ///
    /// # Errors
    /// A message if the value exceeds the budget or contains an expression.
    pub(super) fn into_value(self, work: &Work<'_>) -> EvaluationResult<Value> {
        self.charge(work)?;
        Ok(self.to_value())
    }

    /// Charges the budget before anything is copied, because a value may contain the same list many times.
    fn charge(&self, work: &Work<'_>) -> EvaluationResult<()> {
        match self {
            Evaluated::Part(value) => work.charge_copy(value),
            Evaluated::Null | Evaluated::Bool(_) | Evaluated::Number(_) => work.charge(1),
            Evaluated::Text(text) => work.charge(1).and_then(|()| work.charge_text(text.len())),
            Evaluated::List(items) => {
                work.charge(1)?;
                items.iter().try_for_each(|item| item.charge(work))
            }
            Evaluated::Object(object) => {
                work.charge(1)?;
                object.members.iter().try_for_each(|(name, value)| {
                    work.charge_text(name.len())?;
                    value.charge(work)
                })
            }
            Evaluated::Reference(_) => Err(EvaluationError::ReferenceAsValue.into()),
        }
    }

    fn to_value(&self) -> Value {
        match self {
            Evaluated::Part(value) => (*value).clone(),
            Evaluated::Null | Evaluated::Reference(_) => Value::Null,
            Evaluated::Bool(flag) => Value::Bool(*flag),
            Evaluated::Number(number) => number.into_value(),
            Evaluated::Text(text) => Value::String(text.as_ref().to_owned()),
            Evaluated::List(items) => items.iter().map(Evaluated::to_value).collect(),
            Evaluated::Object(object) => {
                object.members.iter().map(|(name, value)| (name.clone().into_owned(), value.to_value())).collect()
            }
        }
    }
}

impl<'a> View<'a> {
    pub(super) fn of(value: &'a Value) -> View<'a> {
        match value {
            Value::Null => View::Null,
            Value::Bool(flag) => View::Bool(*flag),
            Value::Number(number) => View::Number(Num::of(number)),
            Value::String(text) => View::Text(text),
            Value::Array(items) => View::List(ListItems::Parts(items)),
            Value::Object(members) => View::Object(ObjectMembers::Parts(members)),
        }
    }

    /// Compares like the operator `==`: a number never equals a boolean, but `[1]` equals `[true]`.
    ///
    /// # Errors
    /// A message if the comparison exceeds the budget.
    pub(super) fn is_equal(&self, other: &View<'_>, work: Option<&Work<'_>>) -> EvaluationResult<bool> {
        match (self, other) {
            (View::Number(_), View::Bool(_)) | (View::Bool(_), View::Number(_)) => Ok(false),
            _ => self.equals(other, work),
        }
    }

    /// Compares like Python's `==`: `1` equals `1.0` and, unlike in JMESPath, `true`. The order of members does not matter.
    ///
    /// # Errors
    /// A message if the comparison exceeds the budget.
    pub(super) fn equals(&self, other: &View<'_>, work: Option<&Work<'_>>) -> EvaluationResult<bool> {
        if let Some(work) = work {
            work.charge(1)?;
        }
        Ok(match (self, other) {
            (View::Null, View::Null) => true,
            (View::Bool(left), View::Bool(right)) => left == right,
            (View::Number(left), View::Number(right)) => left.compare(*right) == Some(Ordering::Equal),
            (View::Bool(flag), View::Number(number)) | (View::Number(number), View::Bool(flag)) => {
                number.compare(Num::Int((*flag).into())) == Some(Ordering::Equal)
            }
            (View::Text(left), View::Text(right)) => left == right,
            (View::List(left), View::List(right)) => return left.equals(right, work),
            (View::Object(left), View::Object(right)) => return left.equals(right, work),
            (View::Reference(left), View::Reference(right)) => std::ptr::eq(*left, *right),
            _ => false,
        })
    }
}

impl<'v> ListItems<'v> {
    pub(super) fn len(&self) -> usize {
        match self {
            ListItems::Parts(items) => items.len(),
            ListItems::Built(items) => items.len(),
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<Evaluated<'v>> {
        match self {
            ListItems::Parts(items) => items.get(index).map(Evaluated::Part),
            ListItems::Built(items) => items.get(index).cloned(),
        }
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = Evaluated<'v>> + '_ {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    fn equals(&self, other: &ListItems<'_>, work: Option<&Work<'_>>) -> EvaluationResult<bool> {
        if self.len() != other.len() {
            return Ok(false);
        }
        for (left, right) in self.iter().zip(other.iter()) {
            if !left.view().equals(&right.view(), work)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl<'v> ObjectMembers<'v> {
    pub(super) fn len(&self) -> usize {
        match self {
            ObjectMembers::Parts(members) => members.len(),
            ObjectMembers::Built(object) => object.members.len(),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<Evaluated<'v>> {
        match self {
            ObjectMembers::Parts(members) => members.get(name).map(Evaluated::Part),
            ObjectMembers::Built(object) => object.get(name).cloned(),
        }
    }

    /// Returns names and values in order.
    pub(super) fn pairs(&self) -> Vec<(Cow<'v, str>, Evaluated<'v>)> {
        match self {
            ObjectMembers::Parts(members) => {
                members.iter().map(|(name, value)| (Cow::Borrowed(name.as_str()), Evaluated::Part(value))).collect()
            }
            ObjectMembers::Built(object) => object.members.clone(),
        }
    }

    fn equals(&self, other: &ObjectMembers<'_>, work: Option<&Work<'_>>) -> EvaluationResult<bool> {
        if self.len() != other.len() {
            return Ok(false);
        }
        for (name, left) in self.pairs() {
            match other.get(&name) {
                Some(right) if left.view().equals(&right.view(), work)? => {}
                _ => return Ok(false),
            }
        }
        Ok(true)
    }
}

//! What an expression finds: parts of the searched value, borrowed, or something new, shared. Passing it on costs nothing.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashMap;
use std::rc::Rc;

use serde_json::{Map, Value};

use super::node::Node;
use super::number::Num;
use super::work::Work;

#[derive(Debug, Clone)]
pub(super) enum Found<'v> {
    Part(&'v Value),
    Null,
    Bool(bool),
    Number(Num),
    Text(Rc<str>),
    List(Rc<Vec<Found<'v>>>),
    Object(Rc<Object<'v>>),
    /// `&expression`, which only functions know what to do with.
    Reference(&'v Node),
}

/// A look at something found, wherever it comes from.
pub(super) enum View<'a> {
    Null,
    Bool(bool),
    Number(Num),
    Text(&'a str),
    List(Items<'a>),
    Object(Members<'a>),
    Reference(&'a Node),
}

#[derive(Clone)]
pub(super) enum Items<'v> {
    Parts(&'v [Value]),
    Built(Rc<Vec<Found<'v>>>),
}

pub(super) enum Members<'v> {
    Parts(&'v Map<String, Value>),
    Built(Rc<Object<'v>>),
}

/// Members in the order in which they were first inserted.
#[derive(Debug, Default)]
pub(super) struct Object<'v> {
    members: Vec<(Cow<'v, str>, Found<'v>)>,
    /// Where a name is, once there are more than a few.
    places: HashMap<Cow<'v, str>, usize>,
}

impl<'v> Object<'v> {
    const FEW: usize = 16;

    pub(super) fn insert(&mut self, name: Cow<'v, str>, value: Found<'v>) {
        if let Some(place) = self.place(&name) {
            self.members[place].1 = value;
            return;
        }
        self.members.push((name, value));
        if self.members.len() > Self::FEW {
            let new = if self.places.is_empty() { 0 } else { self.members.len() - 1 };
            let named = self.members.iter().enumerate().skip(new);
            self.places.extend(named.map(|(place, (name, _))| (name.clone(), place)));
        }
    }

    fn get(&self, name: &str) -> Option<&Found<'v>> {
        self.place(name).map(|place| &self.members[place].1)
    }

    fn place(&self, name: &str) -> Option<usize> {
        match self.places.is_empty() {
            true => self.members.iter().position(|(known, _)| known == name),
            false => self.places.get(name).copied(),
        }
    }
}

impl<'v> Found<'v> {
    pub(super) fn list(items: Vec<Found<'v>>) -> Found<'v> {
        Found::List(Rc::new(items))
    }

    pub(super) fn text(text: &str) -> Found<'v> {
        Found::Text(text.into())
    }

    pub(super) fn view(&self) -> View<'_> {
        match self {
            Found::Part(value) => View::of(value),
            Found::Null => View::Null,
            Found::Bool(flag) => View::Bool(*flag),
            Found::Number(number) => View::Number(*number),
            Found::Text(text) => View::Text(text),
            Found::List(items) => View::List(Items::Built(Rc::clone(items))),
            Found::Object(object) => View::Object(Members::Built(Rc::clone(object))),
            Found::Reference(node) => View::Reference(node),
        }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Found::Null | Found::Part(Value::Null))
    }

    /// Empty things, `false` and `null` are false; all numbers are true.
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

    pub(super) fn field(&self, name: &str) -> Found<'v> {
        match self.members() {
            Some(members) => members.get(name).unwrap_or(Found::Null),
            None => Found::Null,
        }
    }

    /// The items, where this is a list.
    pub(super) fn items(&self) -> Option<Items<'v>> {
        match self {
            Found::Part(Value::Array(items)) => Some(Items::Parts(items)),
            Found::List(items) => Some(Items::Built(Rc::clone(items))),
            _ => None,
        }
    }

    /// The members, where this is an object.
    pub(super) fn members(&self) -> Option<Members<'v>> {
        match self {
            Found::Part(Value::Object(members)) => Some(Members::Parts(members)),
            Found::Object(object) => Some(Members::Built(Rc::clone(object))),
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

    /// # Errors
    /// It is too much, or has an expression in it.
    pub(super) fn into_value(self, work: &Work<'_>) -> Result<Value, String> {
        self.charge(work)?;
        Ok(self.copied())
    }

    /// Before anything is copied: what is found may have the same list in itself many times.
    fn charge(&self, work: &Work<'_>) -> Result<(), String> {
        match self {
            Found::Part(value) => work.charge_copy(value),
            Found::Null | Found::Bool(_) | Found::Number(_) => work.charge(1),
            Found::Text(text) => work.charge(1).and_then(|()| work.charge_text(text.len())),
            Found::List(items) => {
                work.charge(1)?;
                items.iter().try_for_each(|item| item.charge(work))
            }
            Found::Object(object) => {
                work.charge(1)?;
                object.members.iter().try_for_each(|(name, value)| {
                    work.charge_text(name.len())?;
                    value.charge(work)
                })
            }
            Found::Reference(_) => Err("an expression (`&`) is no value, only functions take it".to_owned()),
        }
    }

    fn copied(&self) -> Value {
        match self {
            Found::Part(value) => (*value).clone(),
            Found::Null | Found::Reference(_) => Value::Null,
            Found::Bool(flag) => Value::Bool(*flag),
            Found::Number(number) => number.into_value(),
            Found::Text(text) => Value::String(text.as_ref().to_owned()),
            Found::List(items) => items.iter().map(Found::copied).collect(),
            Found::Object(object) => {
                object.members.iter().map(|(name, value)| (name.clone().into_owned(), value.copied())).collect()
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
            Value::Array(items) => View::List(Items::Parts(items)),
            Value::Object(members) => View::Object(Members::Parts(members)),
        }
    }

    /// The operator `==`: a number never equals a boolean, though `[1]` equals `[true]`.
    ///
    /// # Errors
    /// Comparing is too much work.
    pub(super) fn is_equal(&self, other: &View<'_>, work: Option<&Work<'_>>) -> Result<bool, String> {
        match (self, other) {
            (View::Number(_), View::Bool(_)) | (View::Bool(_), View::Number(_)) => Ok(false),
            _ => self.equals(other, work),
        }
    }

    /// `==` of Python: `1` equals `1.0` and, unlike the operator of JMESPath, `true`; the order of members does not matter.
    ///
    /// # Errors
    /// Comparing is too much work.
    pub(super) fn equals(&self, other: &View<'_>, work: Option<&Work<'_>>) -> Result<bool, String> {
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

impl<'v> Items<'v> {
    pub(super) fn len(&self) -> usize {
        match self {
            Items::Parts(items) => items.len(),
            Items::Built(items) => items.len(),
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<Found<'v>> {
        match self {
            Items::Parts(items) => items.get(index).map(Found::Part),
            Items::Built(items) => items.get(index).cloned(),
        }
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = Found<'v>> + '_ {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    fn equals(&self, other: &Items<'_>, work: Option<&Work<'_>>) -> Result<bool, String> {
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

impl<'v> Members<'v> {
    pub(super) fn len(&self) -> usize {
        match self {
            Members::Parts(members) => members.len(),
            Members::Built(object) => object.members.len(),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<Found<'v>> {
        match self {
            Members::Parts(members) => members.get(name).map(Found::Part),
            Members::Built(object) => object.get(name).cloned(),
        }
    }

    /// Names and values in their order.
    pub(super) fn pairs(&self) -> Vec<(Cow<'v, str>, Found<'v>)> {
        match self {
            Members::Parts(members) => {
                members.iter().map(|(name, value)| (Cow::Borrowed(name.as_str()), Found::Part(value))).collect()
            }
            Members::Built(object) => object.members.clone(),
        }
    }

    fn equals(&self, other: &Members<'_>, work: Option<&Work<'_>>) -> Result<bool, String> {
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

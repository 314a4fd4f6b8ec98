//! Syntax tree of an expression, and its evaluation as in jmespath.py (`visitor.py`).

use std::borrow::Cow;
use std::cmp::Ordering;
use std::rc::Rc;

use serde_json::Value;

use super::canonical::Slice;
use super::error::{EvaluationError, EvaluationResult};
use super::evaluated::{Evaluated, Object, View};
use super::functions::FunctionCall;
use super::number::Num;
use super::work::{Work, weight};

/// Node of an expression, evaluated on the current value.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Current,
    Field(String),
    Index(i64),
    Slice(Slice),
    Literal(Value),
    /// A number that a JSON value cannot hold.
    Number(Num),
    /// EvaluationResult each node on the result of the one before.
    Chain(Vec<Node>),
    /// Projection: evaluates the node on each item of a list and drops nulls.
    Each(Box<Node>),
    /// Projection of the items for which the first node is true.
    Filter(Box<Node>, Box<Node>),
    /// Values of an object, as a list.
    Values,
    /// Flattens one level: items that are lists are replaced by their items.
    Flatten,
    /// Compares from left to right: each result is compared with the next node.
    Comparison(Box<Node>, Vec<(Compare, Node)>),
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    MultiList(Vec<Node>),
    MultiHash(Vec<(String, Node)>),
    /// Expression as a function argument.
    Reference(Box<Node>),
    Call(FunctionCall),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Compare {
    Equal,
    NotEqual,
    Order(fn(Ordering) -> bool),
}

impl Node {
    /// Counts the parts of the expression; a literal counts as the size of its value.
    pub(super) fn parts(&self) -> u64 {
        let own = match self {
            Node::Literal(value) => 1 + weight(value),
            _ => 1,
        };
        own + self.children().iter().map(|child| child.parts()).sum::<u64>()
    }

    /// Returns the error for the first unknown function.
    pub(super) fn unknown_function(&self) -> Option<Box<EvaluationError>> {
        let own = match self {
            Node::Call(call) => call.name_error(),
            _ => None,
        };
        own.or_else(|| self.children().iter().find_map(|child| child.unknown_function()))
    }

    /// Adds the names of all fields to `names`. Returns `false` if a result of text, or a list of texts, can depend on anything
    /// but the values of fields with these names, and the keys of objects.
    pub(super) fn add_fields<'n>(&'n self, names: &mut Vec<&'n str>) -> bool {
        let allows = match self {
            Node::Field(name) => {
                names.push(name);
                true
            }
            Node::Current | Node::Chain(_) | Node::Each(_) | Node::Flatten | Node::MultiList(_) => true,
            Node::Call(call) => call.is("keys"),
            _ => false,
        };
        allows && self.children().into_iter().all(|child| child.add_fields(names))
    }

    fn children(&self) -> Vec<&Node> {
        match self {
            Node::Current | Node::Field(_) | Node::Index(_) | Node::Slice(_) | Node::Literal(_) => Vec::new(),
            Node::Number(_) | Node::Values | Node::Flatten => Vec::new(),
            Node::Chain(nodes) | Node::And(nodes) | Node::Or(nodes) | Node::MultiList(nodes) => nodes.iter().collect(),
            Node::Each(node) | Node::Not(node) | Node::Reference(node) => vec![node],
            Node::Filter(test, node) => vec![test, node],
            Node::Comparison(first, others) => {
                [&**first].into_iter().chain(others.iter().map(|(_, node)| node)).collect()
            }
            Node::MultiHash(members) => members.iter().map(|(_, node)| node).collect(),
            Node::Call(call) => call.arguments.iter().collect(),
        }
    }

    pub(super) fn evaluate<'v>(&'v self, current: &Evaluated<'v>, work: &Work<'v>) -> EvaluationResult<Evaluated<'v>> {
        work.charge(1)?;
        Ok(match self {
            Node::Current => current.clone(),
            Node::Field(name) => current.field(name),
            Node::Index(index) => at(current, *index),
            Node::Slice(slice) => slice_of(current, *slice, work)?,
            Node::Literal(value) => Evaluated::Part(value),
            Node::Number(number) => Evaluated::Number(*number),
            Node::Chain(nodes) => {
                let mut found = current.clone();
                for node in nodes {
                    found = node.evaluate(&found, work)?;
                }
                found
            }
            Node::Each(each) => project(current, each, work)?,
            Node::Filter(test, each) => filter(current, test, each, work)?,
            Node::Values => values(current, work)?,
            Node::Flatten => flatten(current, work)?,
            Node::Comparison(first, others) => {
                let mut found = first.evaluate(current, work)?;
                for (compare, node) in others {
                    found = compare.apply(&found, &node.evaluate(current, work)?, work)?;
                }
                found
            }
            Node::And(nodes) => first_where(nodes, current, work, |found| !found.is_true())?,
            Node::Or(nodes) => first_where(nodes, current, work, Evaluated::is_true)?,
            Node::Not(node) => Evaluated::Bool(!node.evaluate(current, work)?.is_true()),
            Node::MultiList(_) | Node::MultiHash(_) if current.is_null() => Evaluated::Null,
            Node::MultiList(nodes) => {
                Evaluated::list(nodes.iter().map(|node| node.evaluate(current, work)).collect::<Result<_, _>>()?)
            }
            Node::MultiHash(members) => {
                let mut object = Object::default();
                for (name, node) in members {
                    object.insert(Cow::Borrowed(name), node.evaluate(current, work)?);
                }
                Evaluated::Object(Rc::new(object))
            }
            Node::Reference(node) => Evaluated::Reference(node),
            Node::Call(call) => call.evaluate(current, work)?,
        })
    }
}

fn project<'v>(current: &Evaluated<'v>, each: &'v Node, work: &Work<'v>) -> EvaluationResult<Evaluated<'v>> {
    let Some(items) = current.items() else { return Ok(Evaluated::Null) };
    let mut found = Vec::with_capacity(items.len());
    for item in items.iter() {
        push(&mut found, each.evaluate(&item, work)?);
    }
    Ok(Evaluated::list(found))
}

fn filter<'v>(
    current: &Evaluated<'v>,
    test: &'v Node,
    each: &'v Node,
    work: &Work<'v>,
) -> EvaluationResult<Evaluated<'v>> {
    let Some(items) = current.items() else { return Ok(Evaluated::Null) };
    let mut found = Vec::new();
    for item in items.iter() {
        if test.evaluate(&item, work)?.is_true() {
            push(&mut found, each.evaluate(&item, work)?);
        }
    }
    Ok(Evaluated::list(found))
}

fn values<'v>(current: &Evaluated<'v>, work: &Work<'v>) -> EvaluationResult<Evaluated<'v>> {
    let Some(members) = current.members() else { return Ok(Evaluated::Null) };
    work.charge(members.len())?;
    Ok(Evaluated::list(members.pairs().into_iter().map(|(_, value)| value).collect()))
}

fn push<'v>(items: &mut Vec<Evaluated<'v>>, item: Evaluated<'v>) {
    if !item.is_null() {
        items.push(item);
    }
}

/// Returns the first result that passes the test, or else the last result.
fn first_where<'v>(
    nodes: &'v [Node],
    current: &Evaluated<'v>,
    work: &Work<'v>,
    test: fn(&Evaluated<'v>) -> bool,
) -> EvaluationResult<Evaluated<'v>> {
    let mut found = Evaluated::Null;
    for node in nodes {
        found = node.evaluate(current, work)?;
        if test(&found) {
            break;
        }
    }
    Ok(found)
}

fn at<'v>(current: &Evaluated<'v>, index: i64) -> Evaluated<'v> {
    let Some(items) = current.items() else { return Evaluated::Null };
    let distance = usize::try_from(index.unsigned_abs()).unwrap_or(usize::MAX);
    let position = if index < 0 { items.len().checked_sub(distance) } else { Some(distance) };
    position.and_then(|position| items.get(position)).unwrap_or(Evaluated::Null)
}

/// Slices a list like Python: negative bounds count from the end, and all bounds are clamped to the list.
fn slice_of<'v>(current: &Evaluated<'v>, slice: Slice, work: &Work<'v>) -> EvaluationResult<Evaluated<'v>> {
    let Some(items) = current.items() else { return Ok(Evaluated::Null) };
    let step = slice.step.unwrap_or(1);
    if step == 0 {
        return Err(EvaluationError::ZeroStep.into());
    }
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let (lowest, highest) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let bound = |given: Option<i64>, default: i64| match given {
        None => default,
        Some(given) if given < 0 => given.saturating_add(length).clamp(lowest, highest),
        Some(given) => given.clamp(lowest, highest),
    };
    let (first, last) = if step > 0 { (lowest, highest) } else { (highest, lowest) };
    let (mut position, stop) = (bound(slice.start, first), bound(slice.stop, last));
    let mut found = Vec::new();
    while if step > 0 { position < stop } else { position > stop } {
        work.charge(1)?;
        found.extend(usize::try_from(position).ok().and_then(|position| items.get(position)));
        let Some(next) = position.checked_add(step) else { break };
        position = next;
    }
    Ok(Evaluated::list(found))
}

fn flatten<'v>(current: &Evaluated<'v>, work: &Work<'v>) -> EvaluationResult<Evaluated<'v>> {
    let Some(items) = current.items() else { return Ok(Evaluated::Null) };
    let mut flat = Vec::with_capacity(items.len());
    for item in items.iter() {
        match item.items() {
            Some(inner) => {
                work.charge(inner.len())?;
                flat.extend(inner.iter());
            }
            None => flat.push(item),
        }
    }
    Ok(Evaluated::list(flat))
}

impl Compare {
    /// Compares two values. Numbers have an order, and strings too, which extends the specification. Ordering a number and a
    /// string is an error, and the order of any other values is `null`.
    fn apply<'v>(
        self,
        left: &Evaluated<'v>,
        right: &Evaluated<'v>,
        work: &Work<'v>,
    ) -> EvaluationResult<Evaluated<'v>> {
        let outcome = match (self, left.view(), right.view()) {
            (Compare::Equal, left, right) => left.is_equal(&right, Some(work))?,
            (Compare::NotEqual, left, right) => !left.is_equal(&right, Some(work))?,
            (Compare::Order(test), View::Number(left), View::Number(right)) => left.compare(right).is_some_and(test),
            (Compare::Order(test), View::Text(left), View::Text(right)) => test(left.cmp(right)),
            // A non-finite float is a string in a JSON value.
            (Compare::Order(test), View::Number(left), View::Text(right)) => {
                let right = Num::of_word(right).ok_or(EvaluationError::NoOrder("a number", "a string"))?;
                left.compare(right).is_some_and(test)
            }
            (Compare::Order(test), View::Text(left), View::Number(right)) => {
                let left = Num::of_word(left).ok_or(EvaluationError::NoOrder("a string", "a number"))?;
                left.compare(right).is_some_and(test)
            }
            (Compare::Order(_), _, _) => return Ok(Evaluated::Null),
        };
        Ok(Evaluated::Bool(outcome))
    }
}

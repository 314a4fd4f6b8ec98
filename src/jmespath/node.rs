//! Syntax tree, built from that of the `jmespath` crate, and its evaluation as in jmespath.py (`visitor.py`).

use std::borrow::Cow;
use std::cmp::Ordering;
use std::rc::Rc;

use jmespath::Variable;
use jmespath::ast::{Ast, Comparator};
use serde_json::Value;

use super::canonical::{Canonical, Index, MARK, Slice};
use super::evaluated::{Evaluated, Object, View};
use super::functions::Call;
use super::literal::Literal;
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
    /// Evaluates each node on the result of the one before.
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
    Call(Call),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Compare {
    Equal,
    NotEqual,
    Order(fn(Ordering) -> bool),
}

impl Node {
    pub(super) fn parse(canonical: Canonical) -> Result<Node, String> {
        let ast = jmespath::parse(&canonical.text).map_err(|error| error.reason.to_string())?;
        Builder { placeholders: canonical }.node(ast)
    }

    /// Counts the parts of the expression; a literal counts as the size of its value.
    pub(super) fn parts(&self) -> u64 {
        let own = match self {
            Node::Literal(value) => 1 + weight(value),
            _ => 1,
        };
        own + self.children().iter().map(|child| child.parts()).sum::<u64>()
    }

    /// Returns an error message for the first unknown_placeholder function.
    pub(super) fn unknown_function(&self) -> Option<String> {
        let own = match self {
            Node::Call(call) => call.name_error(),
            _ => None,
        };
        own.or_else(|| self.children().iter().find_map(|child| child.unknown_function()))
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

    pub(super) fn evaluate<'v>(&'v self, current: &Evaluated<'v>, work: &Work<'v>) -> Result<Evaluated<'v>, String> {
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
            Node::Each(each) => {
                let Some(items) = current.items() else { return Ok(Evaluated::Null) };
                let mut found = Vec::with_capacity(items.len());
                for item in items.iter() {
                    push(&mut found, each.evaluate(&item, work)?);
                }
                Evaluated::list(found)
            }
            Node::Filter(test, each) => {
                let Some(items) = current.items() else { return Ok(Evaluated::Null) };
                let mut found = Vec::new();
                for item in items.iter() {
                    if test.evaluate(&item, work)?.is_true() {
                        push(&mut found, each.evaluate(&item, work)?);
                    }
                }
                Evaluated::list(found)
            }
            Node::Values => match current.members() {
                Some(members) => {
                    work.charge(members.len())?;
                    Evaluated::list(members.pairs().into_iter().map(|(_, value)| value).collect())
                }
                None => Evaluated::Null,
            },
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
) -> Result<Evaluated<'v>, String> {
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
fn slice_of<'v>(current: &Evaluated<'v>, slice: Slice, work: &Work<'v>) -> Result<Evaluated<'v>, String> {
    let Some(items) = current.items() else { return Ok(Evaluated::Null) };
    let step = slice.step.unwrap_or(1);
    if step == 0 {
        return Err("a slice cannot have a step of 0".to_owned());
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

fn flatten<'v>(current: &Evaluated<'v>, work: &Work<'v>) -> Result<Evaluated<'v>, String> {
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
    fn of(comparator: &Comparator) -> Compare {
        match comparator {
            Comparator::Equal => Compare::Equal,
            Comparator::NotEqual => Compare::NotEqual,
            Comparator::LessThan => Compare::Order(Ordering::is_lt),
            Comparator::LessThanEqual => Compare::Order(Ordering::is_le),
            Comparator::GreaterThan => Compare::Order(Ordering::is_gt),
            Comparator::GreaterThanEqual => Compare::Order(Ordering::is_ge),
        }
    }

    /// Compares two values. Numbers have an order, and strings too, which extends the specification. Ordering a number and a
    /// string is an error, and the order of any other values is `null`.
    fn apply<'v>(self, left: &Evaluated<'v>, right: &Evaluated<'v>, work: &Work<'v>) -> Result<Evaluated<'v>, String> {
        let outcome = match (self, left.view(), right.view()) {
            (Compare::Equal, left, right) => left.is_equal(&right, Some(work))?,
            (Compare::NotEqual, left, right) => !left.is_equal(&right, Some(work))?,
            (Compare::Order(test), View::Number(left), View::Number(right)) => left.compare(right).is_some_and(test),
            (Compare::Order(test), View::Text(left), View::Text(right)) => test(left.cmp(right)),
            // A non-finite float is a string in a JSON value.
            (Compare::Order(test), View::Number(left), View::Text(right)) => {
                let right = Num::of_word(right).ok_or("a number and a string have no order")?;
                left.compare(right).is_some_and(test)
            }
            (Compare::Order(test), View::Text(left), View::Number(right)) => {
                let left = Num::of_word(left).ok_or("a string and a number have no order")?;
                left.compare(right).is_some_and(test)
            }
            (Compare::Order(_), _, _) => return Ok(Evaluated::Null),
        };
        Ok(Evaluated::Bool(outcome))
    }
}

/// Builds nodes from the crate's tree and resolves placeholders.
///
/// The left nesting of the crate's tree grows with the length of the expression, so it becomes a list here. All other nesting is
/// limited.
struct Builder {
    placeholders: Canonical,
}

impl Builder {
    fn node(&mut self, ast: Ast) -> Result<Node, String> {
        let mut steps = Vec::new();
        let mut ast = ast;
        let first = loop {
            ast = match ast {
                Ast::Subexpr { lhs, rhs, .. } => {
                    steps.push(self.node(*rhs)?);
                    *lhs
                }
                Ast::Projection { lhs, rhs, .. } => {
                    steps.push(match *rhs {
                        Ast::Condition { predicate, then, .. } => {
                            Node::Filter(self.boxed(*predicate)?, self.boxed(*then)?)
                        }
                        rhs => Node::Each(self.boxed(rhs)?),
                    });
                    *lhs
                }
                Ast::ObjectValues { node, .. } => {
                    steps.push(Node::Values);
                    *node
                }
                Ast::Flatten { node, .. } => {
                    steps.push(Node::Flatten);
                    *node
                }
                other => break self.leaf(other)?,
            }
        };
        if steps.is_empty() {
            return Ok(first);
        }
        let mut chain = Vec::with_capacity(steps.len() + 1);
        for step in [first].into_iter().chain(steps.into_iter().rev()) {
            match step {
                Node::Current => {}
                Node::Chain(nodes) => chain.extend(nodes),
                node => chain.push(node),
            }
        }
        Ok(match chain.len() {
            0 => Node::Current,
            1 => chain.remove(0),
            _ => Node::Chain(chain),
        })
    }

    fn boxed(&mut self, ast: Ast) -> Result<Box<Node>, String> {
        self.node(ast).map(Box::new)
    }

    fn all(&mut self, all: Vec<Ast>) -> Result<Vec<Node>, String> {
        all.into_iter().map(|ast| self.node(ast)).collect()
    }

    fn leaf(&mut self, ast: Ast) -> Result<Node, String> {
        Ok(match ast {
            Ast::Identity { .. } => Node::Current,
            Ast::Field { name, .. } => Node::Field(name),
            Ast::Index { idx, .. } => match self.index(idx)? {
                Index::At(index) => Node::Index(index),
                Index::Slice(slice) => Node::Slice(slice),
            },
            Ast::Slice { start, stop, step, .. } => {
                let step = if step == 1 { None } else { Some(step) };
                let slice = Slice { start: self.bound(start)?, stop: self.bound(stop)?, step: self.bound(step)? };
                Node::Slice(slice)
            }
            Ast::Literal { value, .. } => match self.literal(&value)? {
                Literal::Value(value) => Node::Literal(value.clone()),
                Literal::Number(number) => Node::Number(*number),
            },
            Ast::Comparison { .. } => self.comparison(ast)?,
            Ast::And { .. } => self
                .operands(ast, |ast| match ast {
                    Ast::And { lhs, rhs, .. } => Ok((*lhs, *rhs)),
                    other => Err(other),
                })
                .map(Node::And)?,
            Ast::Or { .. } => self
                .operands(ast, |ast| match ast {
                    Ast::Or { lhs, rhs, .. } => Ok((*lhs, *rhs)),
                    other => Err(other),
                })
                .map(Node::Or)?,
            Ast::Not { node, .. } => Node::Not(self.boxed(*node)?),
            Ast::MultiList { mut elements, .. } => match is_marked(&elements).then(|| elements.pop()).flatten() {
                Some(only) => self.node(only)?,
                None => Node::MultiList(self.all(elements)?),
            },
            Ast::MultiHash { elements, .. } => {
                let members = elements.into_iter().map(|pair| Ok((pair.key, self.node(pair.value)?)));
                Node::MultiHash(members.collect::<Result<_, String>>()?)
            }
            Ast::Expref { ast, .. } => Node::Reference(self.boxed(*ast)?),
            Ast::Function { name, args, .. } => self.function(&name, args)?,
            // `node` and its arm for `Projection` handle these.
            Ast::Condition { .. }
            | Ast::Subexpr { .. }
            | Ast::Projection { .. }
            | Ast::ObjectValues { .. }
            | Ast::Flatten { .. } => {
                return Err("unexpected syntax tree".to_owned());
            }
        })
    }

    /// Collects the operands of consecutive equal operators, which the crate nests.
    fn operands(&mut self, mut ast: Ast, split: fn(Ast) -> Result<(Ast, Ast), Ast>) -> Result<Vec<Node>, String> {
        let mut nodes = Vec::new();
        let first = loop {
            match split(ast) {
                Ok((left, right)) => {
                    nodes.push(self.node(right)?);
                    ast = left;
                }
                Err(first) => break self.node(first)?,
            }
        };
        nodes.push(first);
        nodes.reverse();
        Ok(nodes)
    }

    fn comparison(&mut self, mut ast: Ast) -> Result<Node, String> {
        let mut others = Vec::new();
        while let Ast::Comparison { comparator, lhs, rhs, .. } = ast {
            others.push((Compare::of(&comparator), self.node(*rhs)?));
            ast = *lhs;
        }
        others.reverse();
        Ok(Node::Comparison(self.boxed(ast)?, others))
    }

    fn function(&mut self, name: &str, mut arguments: Vec<Ast>) -> Result<Node, String> {
        if is_marked(&arguments)
            && let Some(Ast::Expref { ast, .. }) = arguments.pop()
        {
            return Ok(Node::Chain(vec![Node::Values, Node::Each(self.boxed(*ast)?)]));
        }
        Ok(Node::Call(Call::new(name, self.all(arguments)?)))
    }

    fn index(&self, placeholder: i32) -> Result<Index, String> {
        let index = usize::try_from(placeholder).ok().and_then(|index| self.placeholders.indices.get(index));
        index.copied().ok_or_else(unknown_placeholder)
    }

    fn bound(&self, placeholder: Option<i32>) -> Result<Option<i64>, String> {
        let Some(placeholder) = placeholder else { return Ok(None) };
        let bound = usize::try_from(placeholder).ok().and_then(|index| self.placeholders.bounds.get(index));
        bound.copied().map(Some).ok_or_else(unknown_placeholder)
    }

    fn literal(&self, placeholder: &Variable) -> Result<&Literal, String> {
        number(placeholder).and_then(|index| self.placeholders.literals.get(index)).ok_or_else(unknown_placeholder)
    }
}

fn is_marked(all: &[Ast]) -> bool {
    matches!(all.first(), Some(Ast::Literal { value, .. }) if number(value) == Some(MARK))
}

fn number(placeholder: &Variable) -> Option<usize> {
    placeholder.as_number().map(|number| number as usize)
}

fn unknown_placeholder() -> String {
    "unknown_placeholder placeholder".to_owned()
}

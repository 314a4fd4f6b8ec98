//! JMESPath over values. <https://jmespath.org/specification.html>
//!
//! The `jmespath` crate, which only this file names, reads expressions. They are evaluated here, over borrowed
//! [`serde_json::Value`]s: the crate's own evaluation would first copy the whole value into its own types, which for a large
//! answer costs a hundred times as much as looking at it.

mod functions;

use std::borrow::Cow;
use std::cmp::Ordering;

use jmespath::Variable;
use jmespath::ast::{Ast, Comparator};
use serde_json::{Map, Number, Value};

use self::functions::Function;
use crate::error::{Error, ErrorKind, Result};

/// A compiled [JMESPath](https://jmespath.org) expression, to look into outputs with.
///
/// ```
/// use serde_json::json;
/// use tucuxi::JmesPath;
/// let answer = json!({"Users": [{"UserName": "ann", "Path": "/a/"}, {"UserName": "bob", "Path": "/b/"}]});
/// assert_eq!(JmesPath::parse("Users[].UserName")?.search(&answer)?, json!(["ann", "bob"]));
/// assert_eq!(JmesPath::parse("Users[?Path == '/b/'] | [0].UserName")?.search(&answer)?, "bob");
/// # Ok::<(), tucuxi::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct JmesPath(Expression);

impl JmesPath {
    /// Compiles an expression.
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] where the text is no JMESPath; the message names the place.
    pub fn parse(expression: &str) -> Result<JmesPath> {
        Expression::parse(expression).map(JmesPath).map_err(|error| callers(&error))
    }

    /// What the expression finds in a value; `null` where there is nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Validation`] where a function is given an argument of the wrong type.
    pub fn search(&self, value: &Value) -> Result<Value> {
        self.0.search(value).map(Cow::into_owned).map_err(|error| callers(&error))
    }
}

/// The error of an expression that is the caller's, not a model's.
pub(crate) fn callers(error: &Error) -> Error {
    Error::new(ErrorKind::Validation, error.to_string())
}

/// A compiled expression.
#[derive(Debug, Clone)]
pub(crate) struct Expression {
    text: String,
    node: Node,
}

/// What an expression finds: a part of the value it searched, or something new.
#[derive(Debug, Clone)]
enum Found<'v> {
    Part(&'v Value),
    New(Value),
    /// The outcome of a projection, whose items may be parts.
    List(Vec<Found<'v>>),
}

/// The syntax tree, with literals and functions resolved.
#[derive(Debug, Clone)]
enum Node {
    Current,
    Field(String),
    Index(i32),
    Slice {
        start: Option<i32>,
        stop: Option<i32>,
        step: i32,
    },
    Literal(Value),
    /// One after the other, each in what the one before found.
    Chain(Vec<Node>),
    Projection(Box<Node>, Box<Node>),
    Values(Box<Node>),
    Flatten(Box<Node>),
    /// A filter: the second where the first is true.
    Condition(Box<Node>, Box<Node>),
    Comparison(Compare, Box<Node>, Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    Not(Box<Node>),
    MultiList(Vec<Node>),
    MultiHash(Vec<(String, Node)>),
    /// An expression as an argument of a function.
    Reference(Box<Node>),
    Call(&'static Function, Vec<Node>),
}

#[derive(Debug, Clone, Copy)]
enum Compare {
    Equal,
    NotEqual,
    Order(fn(Ordering) -> bool),
}

/// Nobody writes longer ones, and the depth of recursion grows with the length.
const LONGEST: usize = 4096;
const DEEPEST: usize = 128;

impl Expression {
    /// # Errors
    /// [`ErrorKind::Model`] where the text is no JMESPath; the message names the expression and the place.
    pub(crate) fn parse(text: &str) -> Result<Expression> {
        let broken = |what: String| Error::new(ErrorKind::Model, format!("JMESPath \"{}\": {what}", shown(text)));
        if text.len() > LONGEST || nesting(text) > DEEPEST {
            return Err(broken(format!("longer than {LONGEST} bytes, or nested deeper than {DEEPEST} levels")));
        }
        let ast =
            jmespath::parse(text).map_err(|error| broken(format!("{} at offset {}", error.reason, error.offset)))?;
        let node = Node::of(&ast).map_err(broken)?;
        Ok(Expression { text: text.to_owned(), node })
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// What the expression finds in a value: borrowed wherever it is a part of it; `null` where there is nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Model`] where a function is given an argument of the wrong type.
    pub(crate) fn search<'v>(&'v self, value: &'v Value) -> Result<Cow<'v, Value>> {
        match self.node.evaluate(&Found::Part(value)) {
            Ok(Found::Part(part)) => Ok(Cow::Borrowed(part)),
            Ok(found) => Ok(Cow::Owned(found.into_value())),
            Err(what) => Err(Error::new(ErrorKind::Model, format!("JMESPath \"{}\": {what}", shown(&self.text)))),
        }
    }
}

fn shown(text: &str) -> &str {
    let end = text.char_indices().nth(200).map_or(text.len(), |(end, _)| end);
    &text[..end]
}

/// How deep the parser would have to recurse, or more: quoted brackets count too.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' | b'!' | b'&' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => continue,
        }
        deepest = deepest.max(depth);
    }
    deepest
}

impl Node {
    fn of(ast: &Ast) -> Result<Node, String> {
        let boxed = |ast: &Ast| Node::of(ast).map(Box::new);
        let all = |nodes: &[Ast]| nodes.iter().map(Node::of).collect::<Result<Vec<_>, _>>();
        Ok(match ast {
            Ast::Identity { .. } => Node::Current,
            Ast::Field { name, .. } => Node::Field(name.clone()),
            Ast::Index { idx, .. } => Node::Index(*idx),
            Ast::Slice { step: 0, .. } => return Err("a slice cannot have a step of 0".to_owned()),
            Ast::Slice { start, stop, step, .. } => Node::Slice { start: *start, stop: *stop, step: *step },
            Ast::Literal { value, .. } => Node::Literal(literal(value)?),
            Ast::Subexpr { lhs, rhs, .. } => match Node::of(lhs)? {
                Node::Chain(mut nodes) => {
                    nodes.push(Node::of(rhs)?);
                    Node::Chain(nodes)
                }
                first => Node::Chain(vec![first, Node::of(rhs)?]),
            },
            Ast::Projection { lhs, rhs, .. } => Node::Projection(boxed(lhs)?, boxed(rhs)?),
            Ast::ObjectValues { node, .. } => Node::Values(boxed(node)?),
            Ast::Flatten { node, .. } => Node::Flatten(boxed(node)?),
            Ast::Condition { predicate, then, .. } => Node::Condition(boxed(predicate)?, boxed(then)?),
            Ast::Comparison { comparator, lhs, rhs, .. } => {
                Node::Comparison(Compare::of(comparator), boxed(lhs)?, boxed(rhs)?)
            }
            Ast::And { lhs, rhs, .. } => Node::And(boxed(lhs)?, boxed(rhs)?),
            Ast::Or { lhs, rhs, .. } => Node::Or(boxed(lhs)?, boxed(rhs)?),
            Ast::Not { node, .. } => Node::Not(boxed(node)?),
            Ast::MultiList { elements, .. } => Node::MultiList(all(elements)?),
            Ast::MultiHash { elements, .. } => {
                let members = elements.iter().map(|pair| Ok((pair.key.clone(), Node::of(&pair.value)?)));
                Node::MultiHash(members.collect::<Result<_, String>>()?)
            }
            Ast::Expref { ast, .. } => Node::Reference(boxed(ast)?),
            Ast::Function { name, args, .. } => Node::Call(Function::of(name, args.len())?, all(args)?),
        })
    }

    fn evaluate<'v>(&'v self, current: &Found<'v>) -> Result<Found<'v>, String> {
        Ok(match self {
            Node::Current => current.clone(),
            Node::Field(name) => current.field(name),
            Node::Index(index) => current.index(*index),
            Node::Slice { start, stop, step } => current.slice(*start, *stop, *step),
            Node::Literal(value) => Found::Part(value),
            Node::Chain(nodes) => {
                let mut found = current.clone();
                for node in nodes {
                    found = node.evaluate(&found)?;
                }
                found
            }
            Node::Projection(list, each) => match list.evaluate(current)?.into_items() {
                Some(items) => {
                    let mut found = Vec::with_capacity(items.len());
                    for item in &items {
                        let item = each.evaluate(item)?;
                        if !item.is_null() {
                            found.push(item);
                        }
                    }
                    Found::List(found)
                }
                None => NULL,
            },
            Node::Values(object) => match object.evaluate(current)? {
                Found::Part(Value::Object(members)) => Found::List(members.values().map(Found::Part).collect()),
                Found::New(Value::Object(members)) => {
                    Found::List(members.into_iter().map(|(_, value)| Found::New(value)).collect())
                }
                _ => NULL,
            },
            Node::Flatten(list) => match list.evaluate(current)?.into_items() {
                Some(items) => Found::List(flatten(items)),
                None => NULL,
            },
            Node::Condition(predicate, then) => {
                if predicate.evaluate(current)?.is_true() {
                    then.evaluate(current)?
                } else {
                    NULL
                }
            }
            Node::Comparison(compare, left, right) => {
                compare.apply(&left.evaluate(current)?, &right.evaluate(current)?)
            }
            Node::And(left, right) => match left.evaluate(current)? {
                left if left.is_true() => right.evaluate(current)?,
                left => left,
            },
            Node::Or(left, right) => match left.evaluate(current)? {
                left if left.is_true() => left,
                _ => right.evaluate(current)?,
            },
            Node::Not(node) => Found::New(Value::Bool(!node.evaluate(current)?.is_true())),
            Node::MultiList(_) | Node::MultiHash(_) if current.is_null() => NULL,
            Node::MultiList(nodes) => {
                Found::List(nodes.iter().map(|node| node.evaluate(current)).collect::<Result<_, _>>()?)
            }
            Node::MultiHash(members) => {
                let mut object = Map::new();
                for (name, node) in members {
                    object.insert(name.clone(), node.evaluate(current)?.into_value());
                }
                Found::New(Value::Object(object))
            }
            Node::Reference(_) => return Err("an expression (&) may only be an argument of a function".to_owned()),
            Node::Call(function, arguments) => function.call(arguments, current)?,
        })
    }
}

const NULL: Found<'static> = Found::New(Value::Null);

/// One level: items that are lists give their own items.
fn flatten(items: Vec<Found<'_>>) -> Vec<Found<'_>> {
    let mut flat = Vec::with_capacity(items.len());
    for item in items {
        match item {
            Found::Part(Value::Array(items)) => flat.extend(items.iter().map(Found::Part)),
            Found::New(Value::Array(items)) => flat.extend(items.into_iter().map(Found::New)),
            Found::List(items) => flat.extend(items),
            other => flat.push(other),
        }
    }
    flat
}

fn literal(variable: &Variable) -> Result<Value, String> {
    serde_json::to_value(variable).map_err(|error| error.to_string())
}

impl<'v> Found<'v> {
    /// As a scalar, string or object to look at; a list has to be looked at by its items.
    fn scalar(&self) -> Option<&Value> {
        match self {
            Found::Part(value) => Some(value),
            Found::New(value) => Some(value),
            Found::List(_) => None,
        }
    }

    fn is_null(&self) -> bool {
        self.scalar().is_some_and(Value::is_null)
    }

    /// Empty things, `false` and `null` are false; all numbers are true.
    fn is_true(&self) -> bool {
        match self {
            Found::List(items) => !items.is_empty(),
            Found::Part(value) => is_true(value),
            Found::New(value) => is_true(value),
        }
    }

    fn field(&self, name: &str) -> Found<'v> {
        match self {
            Found::Part(Value::Object(members)) => members.get(name).map_or(NULL, Found::Part),
            Found::New(Value::Object(members)) => members.get(name).map_or(NULL, |value| Found::New(value.clone())),
            _ => NULL,
        }
    }

    fn index(&self, index: i32) -> Found<'v> {
        let at = |length: usize| {
            let distance = index.unsigned_abs() as usize;
            if index < 0 { length.checked_sub(distance) } else { Some(distance) }
        };
        match self {
            Found::Part(Value::Array(items)) => at(items.len()).and_then(|at| items.get(at)).map_or(NULL, Found::Part),
            Found::New(Value::Array(items)) => {
                at(items.len()).and_then(|at| items.get(at)).map_or(NULL, |item| Found::New(item.clone()))
            }
            Found::List(items) => at(items.len()).and_then(|at| items.get(at)).cloned().unwrap_or(NULL),
            _ => NULL,
        }
    }

    fn slice(&self, start: Option<i32>, stop: Option<i32>, step: i32) -> Found<'v> {
        let Some(items) = self.clone().into_items() else { return NULL };
        let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
        let step = i64::from(step);
        // As Python does: counted from the end when negative, and brought within the list.
        let (lowest, highest) = if step > 0 { (0, length) } else { (-1, length - 1) };
        let bound = |given: Option<i32>, default: i64| match given.map(i64::from) {
            None => default,
            Some(given) if given < 0 => (given + length).clamp(lowest, highest),
            Some(given) => given.clamp(lowest, highest),
        };
        let (mut at, stop) =
            if step > 0 { (bound(start, 0), bound(stop, length)) } else { (bound(start, length - 1), bound(stop, -1)) };
        let mut found = Vec::new();
        while if step > 0 { at < stop } else { at > stop } {
            found.extend(usize::try_from(at).ok().and_then(|at| items.get(at)).cloned());
            at += step;
        }
        Found::List(found)
    }

    /// The items, where this is a list.
    fn into_items(self) -> Option<Vec<Found<'v>>> {
        match self {
            Found::Part(Value::Array(items)) => Some(items.iter().map(Found::Part).collect()),
            Found::New(Value::Array(items)) => Some(items.into_iter().map(Found::New).collect()),
            Found::List(items) => Some(items),
            _ => None,
        }
    }

    fn into_value(self) -> Value {
        match self {
            Found::Part(value) => value.clone(),
            Found::New(value) => value,
            Found::List(items) => Value::Array(items.into_iter().map(Found::into_value).collect()),
        }
    }

    fn type_name(&self) -> &'static str {
        match self.scalar() {
            None | Some(Value::Array(_)) => "array",
            Some(Value::Null) => "null",
            Some(Value::Bool(_)) => "boolean",
            Some(Value::Number(_)) => "number",
            Some(Value::String(_)) => "string",
            Some(Value::Object(_)) => "object",
        }
    }

    fn text(&self) -> Option<&str> {
        self.scalar().and_then(Value::as_str)
    }

    fn number(&self) -> Option<f64> {
        self.scalar().and_then(Value::as_f64)
    }
}

fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::Number(_) => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => !members.is_empty(),
    }
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

    fn apply(self, left: &Found<'_>, right: &Found<'_>) -> Found<'static> {
        let outcome = match self {
            Compare::Equal => Some(found_equal(left, right)),
            Compare::NotEqual => Some(!found_equal(left, right)),
            // Only numbers have an order; all else is `null`.
            Compare::Order(test) => match (left.scalar(), right.scalar()) {
                (Some(Value::Number(left)), Some(Value::Number(right))) => compare_numbers(left, right).map(test),
                _ => None,
            },
        };
        outcome.map_or(NULL, |outcome| Found::New(Value::Bool(outcome)))
    }
}

fn found_equal(left: &Found<'_>, right: &Found<'_>) -> bool {
    match (left.scalar(), right.scalar()) {
        (Some(left), Some(right)) => values_equal(left, right),
        _ => values_equal(&left.clone().into_value(), &right.clone().into_value()),
    }
}

/// Equality of JSON: `1` equals `1.0`, and the order of members does not matter.
pub(crate) fn values_equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => compare_numbers(left, right) == Some(Ordering::Equal),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| values_equal(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, value)| right.get(name).is_some_and(|other| values_equal(value, other)))
        }
        _ => left == right,
    }
}

fn compare_numbers(left: &Number, right: &Number) -> Option<Ordering> {
    if let (Some(left), Some(right)) = (left.as_i128(), right.as_i128()) {
        return Some(left.cmp(&right));
    }
    left.as_f64()?.partial_cmp(&right.as_f64()?)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Suite {
        given: Value,
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        expression: String,
        #[serde(default, deserialize_with = "present")]
        result: Option<Value>,
        error: Option<Value>,
        bench: Option<Value>,
    }

    /// A result of `null` is a result too.
    fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
        Value::deserialize(deserializer).map(Some)
    }

    #[test]
    fn compliance() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/jmespath");
        let mut failures = Vec::new();
        let mut count = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let suites: Vec<Suite> = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            for suite in suites {
                for case in suite.cases.iter().filter(|case| case.bench.is_none()) {
                    count += 1;
                    let expression = Expression::parse(&case.expression);
                    let found = expression.as_ref().map_err(ToString::to_string).and_then(|expression| {
                        expression.search(&suite.given).map(Cow::into_owned).map_err(|error| error.to_string())
                    });
                    let good = match (&found, &case.result, &case.error) {
                        (Ok(found), Some(result), None) => values_equal(found, result),
                        (Err(_), None, Some(_)) => true,
                        _ => false,
                    };
                    if !good {
                        failures.push(format!(
                            "{}: {} -> {found:?}, expected {:?} {:?}",
                            path.display(),
                            case.expression,
                            case.result,
                            case.error
                        ));
                    }
                }
            }
        }
        assert!(count > 700, "only {count} cases");
        assert!(failures.is_empty(), "{} of {count}:\n{}", failures.len(), failures.join("\n"));
    }

    #[test]
    fn parts_are_borrowed() {
        let value = serde_json::json!({"a": [{"b": "c"}]});
        let expression = Expression::parse("a[0].b").unwrap();
        assert!(matches!(expression.search(&value).unwrap(), Cow::Borrowed(Value::String(text)) if text == "c"));
    }

    #[test]
    fn hostile_expressions_are_refused() {
        for text in [
            "(".repeat(3000),
            "a.".repeat(3000),
            "[".repeat(200),
            "!".repeat(4000),
            "a[0:1:0]".to_owned(),
            "nope(@)".to_owned(),
        ] {
            assert!(Expression::parse(&text).is_err(), "{}", shown(&text));
        }
    }
}

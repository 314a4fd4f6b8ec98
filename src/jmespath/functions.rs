//! JMESPath functions, with results and errors as in jmespath.py (`functions.py`).
//! <https://jmespath.org/specification.html#built-in-functions>

use std::borrow::Cow;
use std::cmp::Ordering;
use std::rc::Rc;

use super::error::{EvaluationError, EvaluationResult, truncated};
use super::evaluated::{Evaluated, ListItems, Object, ObjectMembers, View};
use super::node::Node;
use super::number::Num;
use super::work::Work;
use crate::codec::json_text::{self, COMPACT};
use crate::codec::number::write_float;
use crate::spelling;

/// Function call. As in jmespath.py, name and number of arguments are checked at evaluation.
#[derive(Debug, Clone)]
pub(super) struct FunctionCall {
    name: String,
    function: Option<&'static JmesFunction>,
    pub(super) arguments: Vec<Node>,
}

struct JmesFunction {
    name: &'static str,
    min_args: usize,
    max_args: usize,
    apply: for<'v> fn(&[Evaluated<'v>], &Work<'v>) -> EvaluationResult<Evaluated<'v>>,
}

impl std::fmt::Debug for JmesFunction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl FunctionCall {
    pub(super) fn is(&self, name: &str) -> bool {
        self.name == name
    }

    pub(super) fn new(name: &str, arguments: Vec<Node>) -> FunctionCall {
        FunctionCall {
            name: name.to_owned(),
            function: FUNCTIONS.iter().find(|function| function.name == name),
            arguments,
        }
    }

    pub(super) fn evaluate<'v>(&'v self, current: &Evaluated<'v>, work: &Work<'v>) -> EvaluationResult<Evaluated<'v>> {
        let evaluated = self.arguments.iter().map(|argument| argument.evaluate(current, work));
        let arguments = evaluated.collect::<Result<Vec<_>, _>>()?;
        let function = self.function()?;
        if !(function.min_args..=function.max_args).contains(&arguments.len()) {
            let (min, exact) = (function.min_args, function.max_args <= function.min_args);
            let (function, found) = (self.name.clone(), arguments.len());
            return Err(EvaluationError::ArgumentCount { function, min, exact, found }.into());
        }
        (function.apply)(&arguments, work)
            .map_err(|error| EvaluationError::Call { function: self.name.clone(), error }.into())
    }

    fn function(&self) -> EvaluationResult<&'static JmesFunction> {
        self.function.ok_or_else(|| self.unknown())
    }

    /// Returns the error for an unknown function.
    pub(super) fn name_error(&self) -> Option<Box<EvaluationError>> {
        self.function().err()
    }

    fn unknown(&self) -> Box<EvaluationError> {
        let near = spelling::nearest(&self.name, FUNCTIONS.iter().map(|function| function.name));
        let near: Vec<_> = near.iter().map(|name| format!("{name}()")).collect();
        let hint = if near.is_empty() { String::new() } else { format!(", did you mean {}?", near.join(" or ")) };
        EvaluationError::UnknownFunction { name: truncated(&self.name).to_owned(), hint }.into()
    }
}

fn expected(expected: &'static str, found: &Evaluated<'_>) -> Box<EvaluationError> {
    EvaluationError::Type { expected, found: found.type_name() }.into()
}

fn number(found: &Evaluated<'_>) -> EvaluationResult<Num> {
    match found.view() {
        View::Number(number) => Ok(number),
        _ => Err(expected("number", found)),
    }
}

fn text<'f>(found: &'f Evaluated<'_>) -> EvaluationResult<&'f str> {
    match found.view() {
        View::Text(text) => Ok(text),
        _ => Err(expected("string", found)),
    }
}

fn items<'v>(found: &Evaluated<'v>) -> EvaluationResult<ListItems<'v>> {
    found.items().ok_or_else(|| expected("array", found))
}

fn members<'v>(found: &Evaluated<'v>) -> EvaluationResult<ObjectMembers<'v>> {
    found.members().ok_or_else(|| expected("object", found))
}

fn expression<'v>(found: &Evaluated<'v>) -> EvaluationResult<&'v Node> {
    match found {
        Evaluated::Reference(node) => Ok(node),
        _ => Err(expected("expression (`&`)", found)),
    }
}

fn numbers(found: &Evaluated<'_>) -> EvaluationResult<Vec<Num>> {
    let number = |item: Evaluated<'_>| number(&item).map_err(|_| expected("array of numbers, an item of it", &item));
    items(found)?.iter().map(number).collect()
}

fn flag(value: bool) -> Evaluated<'static> {
    Evaluated::Bool(value)
}

/// Compares two sort keys, which must be both numbers or both strings.
fn key_order(left: &Evaluated<'_>, right: &Evaluated<'_>) -> EvaluationResult<Ordering> {
    match (left.view(), right.view()) {
        (View::Number(left), View::Number(right)) => Ok(left.compare(right).unwrap_or(Ordering::Equal)),
        (View::Text(left), View::Text(right)) => Ok(left.cmp(right)),
        _ => Err(EvaluationError::MixedKeys(left.type_name(), right.type_name()).into()),
    }
}

fn key<'v>(item: &Evaluated<'v>, by: Option<&'v Node>, work: &Work<'v>) -> EvaluationResult<Evaluated<'v>> {
    by.map_or_else(|| Ok(item.clone()), |by| by.evaluate(item, work))
}

/// Sorts items by key; the sort is stable.
fn sorted<'v>(items: &ListItems<'v>, by: Option<&'v Node>, work: &Work<'v>) -> EvaluationResult<Evaluated<'v>> {
    work.charge(items.len())?;
    let keyed = items.iter().map(|item| Ok((key(&item, by, work)?, item)));
    let mut keyed = keyed.collect::<EvaluationResult<Vec<_>>>()?;
    // All keys must be comparable, even those that the sort does not compare.
    if let Some((first, _)) = keyed.first() {
        keyed.iter().try_for_each(|(key, _)| key_order(first, key).map(|_| ()))?;
    }
    keyed.sort_by(|(left, _), (right, _)| key_order(left, right).unwrap_or(Ordering::Equal));
    Ok(Evaluated::list(keyed.into_iter().map(|(_, item)| item).collect()))
}

/// Returns the first greatest or least item.
fn extreme<'v>(
    items: &ListItems<'v>,
    by: Option<&'v Node>,
    target: Ordering,
    work: &Work<'v>,
) -> EvaluationResult<Evaluated<'v>> {
    let mut best: Option<(Evaluated<'v>, Evaluated<'v>)> = None;
    for item in items.iter() {
        let key = key(&item, by, work)?;
        let order = key_order(&key, best.as_ref().map_or(&key, |(best, _)| best))?;
        if best.is_none() || order == target {
            best = Some((key, item));
        }
    }
    Ok(best.map_or(Evaluated::Null, |(_, item)| item))
}

/// Updates an object like Python's `dict.update`, with an object or a list of pairs. A pair is a list of two items, a string of two
/// characters, or the two names of an object.
fn update<'v>(object: &mut Object<'v>, found: &Evaluated<'v>, work: &Work<'v>) -> EvaluationResult<()> {
    if let Some(members) = found.members() {
        work.charge(members.len())?;
        members.pairs().into_iter().for_each(|(name, value)| object.insert(name, value));
        return Ok(());
    }
    let not_pairs = || expected("object", found);
    if matches!(found.view(), View::Text("")) {
        return Ok(());
    }
    for pair in found.items().ok_or_else(not_pairs)?.iter() {
        work.charge(1)?;
        let (name, value) = match pair.view() {
            View::Text(text) => {
                let mut chars = text.chars().map(|char| Evaluated::text(char.encode_utf8(&mut [0; 4])));
                (chars.next(), chars.next().filter(|_| chars.next().is_none()))
            }
            View::List(items) if items.len() == 2 => {
                let items = pair.items().ok_or_else(not_pairs)?;
                (items.get(0), items.get(1))
            }
            View::Object(members) if members.len() == 2 => {
                let mut names = members.pairs().into_iter().map(|(name, _)| Evaluated::text(&name));
                (names.next(), names.next())
            }
            _ => (None, None),
        };
        let (Some(name), Some(value)) = (name, value) else { return Err(not_pairs()) };
        object.insert(Cow::Owned(text(&name)?.to_owned()), value);
    }
    Ok(())
}

fn sum(numbers: &[Num]) -> Num {
    numbers.iter().fold(Num::Int(0), |sum, number| sum.plus(*number))
}

fn joined<'v>(args: &[Evaluated<'v>], work: &Work<'v>) -> EvaluationResult<Evaluated<'v>> {
    let glue = text(&args[0])?;
    let mut joined = String::new();
    for (index, item) in items(&args[1])?.iter().enumerate() {
        let item = text(&item).map_err(|_| expected("array of strings, an item of it", &item)).map(str::to_owned)?;
        work.charge(1)?;
        work.charge_text(glue.len() + item.len())?;
        if index > 0 {
            joined.push_str(glue);
        }
        joined.push_str(&item);
    }
    Ok(Evaluated::text(&joined))
}

/// Serializes like Python's `json.dumps`.
fn as_text<'v>(found: &Evaluated<'v>, work: &Work<'v>) -> EvaluationResult<Evaluated<'v>> {
    let mut text = String::new();
    match found.view() {
        View::Text(_) => return Ok(found.clone()),
        View::Number(Num::Int(integer)) => text = integer.to_string(),
        View::Number(Num::Float(float)) => write_float(&mut text, float),
        _ => json_text::write_value(&mut text, &found.clone().into_value(work)?, COMPACT),
    }
    work.charge_text(text.len())?;
    Ok(Evaluated::text(&text))
}

/// Functions of the specification.
static FUNCTIONS: &[JmesFunction] = &[
    JmesFunction {
        name: "abs",
        min_args: 1,
        max_args: 1,
        apply: |args, _| Ok(Evaluated::Number(number(&args[0])?.abs())),
    },
    JmesFunction {
        name: "avg",
        min_args: 1,
        max_args: 1,
        apply: |args, _| {
            let numbers = numbers(&args[0])?;
            if numbers.is_empty() {
                return Ok(Evaluated::Null);
            }
            Ok(Evaluated::Number(sum(&numbers).divided_by(numbers.len())))
        },
    },
    JmesFunction { name: "ceil", min_args: 1, max_args: 1, apply: |args, _| whole(&args[0], f64::ceil) },
    JmesFunction {
        name: "contains",
        min_args: 2,
        max_args: 2,
        apply: |args, work| match (args[0].view(), args[1].view()) {
            (View::Text(text), View::Text(target)) => Ok(flag(text.contains(target))),
            (View::Text(_), _) => Err(expected("string to look for in a string", &args[1])),
            (View::List(items), target) => {
                for item in items.iter() {
                    if item.view().equals(&target, Some(work))? {
                        return Ok(flag(true));
                    }
                }
                Ok(flag(false))
            }
            _ => Err(expected("array or string", &args[0])),
        },
    },
    JmesFunction {
        name: "ends_with",
        min_args: 2,
        max_args: 2,
        apply: |args, _| Ok(flag(text(&args[0])?.ends_with(text(&args[1])?))),
    },
    JmesFunction { name: "floor", min_args: 1, max_args: 1, apply: |args, _| whole(&args[0], f64::floor) },
    JmesFunction { name: "join", min_args: 2, max_args: 2, apply: joined },
    JmesFunction {
        name: "keys",
        min_args: 1,
        max_args: 1,
        apply: |args, work| {
            let members = members(&args[0])?;
            work.charge(members.len())?;
            Ok(Evaluated::list(members.pairs().iter().map(|(name, _)| Evaluated::text(name)).collect()))
        },
    },
    JmesFunction {
        name: "length",
        min_args: 1,
        max_args: 1,
        apply: |args, _| {
            let length = match args[0].view() {
                View::Text(text) => text.chars().count(),
                View::List(items) => items.len(),
                View::Object(members) => members.len(),
                _ => return Err(expected("string, array or object", &args[0])),
            };
            Ok(Evaluated::Number(Num::Int(length as i128)))
        },
    },
    JmesFunction {
        name: "map",
        min_args: 2,
        max_args: 2,
        apply: |args, work| {
            let (each, items) = (expression(&args[0])?, items(&args[1])?);
            Ok(Evaluated::list(items.iter().map(|item| each.evaluate(&item, work)).collect::<Result<_, _>>()?))
        },
    },
    JmesFunction {
        name: "max",
        min_args: 1,
        max_args: 1,
        apply: |args, work| extreme(&items(&args[0])?, None, Ordering::Greater, work),
    },
    JmesFunction {
        name: "max_by",
        min_args: 2,
        max_args: 2,
        apply: |args, work| extreme(&items(&args[0])?, Some(expression(&args[1])?), Ordering::Greater, work),
    },
    JmesFunction {
        name: "merge",
        min_args: 1,
        max_args: usize::MAX,
        apply: |args, work| {
            members(&args[0])?;
            let mut merged = Object::default();
            args.iter().try_for_each(|argument| update(&mut merged, argument, work))?;
            Ok(Evaluated::Object(Rc::new(merged)))
        },
    },
    JmesFunction {
        name: "min",
        min_args: 1,
        max_args: 1,
        apply: |args, work| extreme(&items(&args[0])?, None, Ordering::Less, work),
    },
    JmesFunction {
        name: "min_by",
        min_args: 2,
        max_args: 2,
        apply: |args, work| extreme(&items(&args[0])?, Some(expression(&args[1])?), Ordering::Less, work),
    },
    JmesFunction {
        name: "not_null",
        min_args: 1,
        max_args: usize::MAX,
        apply: |args, _| Ok(args.iter().find(|argument| !argument.is_null()).cloned().unwrap_or(Evaluated::Null)),
    },
    JmesFunction {
        name: "reverse",
        min_args: 1,
        max_args: 1,
        apply: |args, work| match args[0].view() {
            View::Text(text) => {
                work.charge_text(text.len())?;
                Ok(Evaluated::text(&text.chars().rev().collect::<String>()))
            }
            View::List(_) => {
                let items = items(&args[0])?;
                work.charge(items.len())?;
                Ok(Evaluated::list(items.iter().rev().collect()))
            }
            _ => Err(expected("array or string", &args[0])),
        },
    },
    JmesFunction { name: "sort", min_args: 1, max_args: 1, apply: |args, work| sorted(&items(&args[0])?, None, work) },
    JmesFunction {
        name: "sort_by",
        min_args: 2,
        max_args: 2,
        apply: |args, work| sorted(&items(&args[0])?, Some(expression(&args[1])?), work),
    },
    JmesFunction {
        name: "starts_with",
        min_args: 2,
        max_args: 2,
        apply: |args, _| Ok(flag(text(&args[0])?.starts_with(text(&args[1])?))),
    },
    JmesFunction {
        name: "sum",
        min_args: 1,
        max_args: 1,
        apply: |args, _| Ok(Evaluated::Number(sum(&numbers(&args[0])?))),
    },
    JmesFunction {
        name: "to_array",
        min_args: 1,
        max_args: 1,
        apply: |args, _| {
            let found = args[0].clone();
            Ok(if found.items().is_some() { found } else { Evaluated::list(vec![found]) })
        },
    },
    JmesFunction {
        name: "to_number",
        min_args: 1,
        max_args: 1,
        apply: |args, _| match args[0].view() {
            View::Number(_) => Ok(args[0].clone()),
            View::Text(text) => Ok(Num::of_text(text).map_or(Evaluated::Null, Evaluated::Number)),
            View::Reference(_) => Err(expected("value", &args[0])),
            _ => Ok(Evaluated::Null),
        },
    },
    JmesFunction { name: "to_string", min_args: 1, max_args: 1, apply: |args, work| as_text(&args[0], work) },
    JmesFunction {
        name: "type",
        min_args: 1,
        max_args: 1,
        apply: |args, _| match args[0] {
            Evaluated::Reference(_) => Ok(Evaluated::Null),
            ref found => Ok(Evaluated::text(found.type_name())),
        },
    },
    JmesFunction {
        name: "values",
        min_args: 1,
        max_args: 1,
        apply: |args, work| {
            let members = members(&args[0])?;
            work.charge(members.len())?;
            Ok(Evaluated::list(members.pairs().into_iter().map(|(_, value)| value).collect()))
        },
    },
];

fn whole<'v>(found: &Evaluated<'v>, round: fn(f64) -> f64) -> EvaluationResult<Evaluated<'v>> {
    let whole = number(found)?.whole(round).ok_or(EvaluationError::NotFinite)?;
    Ok(Evaluated::Number(whole))
}

//! The functions of JMESPath. <https://jmespath.org/specification.html#built-in-functions>

use std::cmp::Ordering;

use serde_json::{Map, Number, Value};

use super::{Found, NULL, Node, compare_numbers, found_equal};

/// A function of the specification: its name, how many arguments it takes, and what it does with them.
pub(super) struct Function {
    name: &'static str,
    least: usize,
    most: usize,
    apply: for<'v> fn(&[Argument<'v>]) -> Result<Found<'v>, String>,
}

/// An argument: a value, or an expression for the function to evaluate.
enum Argument<'v> {
    Found(Found<'v>),
    Expression(&'v Node),
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Function {
    pub(super) fn of(name: &str, arguments: usize) -> Result<&'static Function, String> {
        let function = FUNCTIONS.iter().find(|function| function.name == name);
        let function = function.ok_or_else(|| format!("there is no function {name}()"))?;
        if !(function.least..=function.most).contains(&arguments) {
            return Err(format!("{name}() takes {} arguments, found {arguments}", function.least));
        }
        Ok(function)
    }

    pub(super) fn call<'v>(&'static self, nodes: &'v [Node], current: &Found<'v>) -> Result<Found<'v>, String> {
        let mut arguments = Vec::with_capacity(nodes.len());
        for node in nodes {
            arguments.push(match node {
                Node::Reference(node) => Argument::Expression(node),
                node => Argument::Found(node.evaluate(current)?),
            });
        }
        (self.apply)(&arguments).map_err(|what| format!("{}(): {what}", self.name))
    }
}

impl<'v> Argument<'v> {
    fn found(&self) -> Result<&Found<'v>, String> {
        match self {
            Argument::Found(found) => Ok(found),
            Argument::Expression(_) => Err("expected a value, found an expression".to_owned()),
        }
    }

    fn expression(&self) -> Result<&'v Node, String> {
        match self {
            Argument::Expression(node) => Ok(node),
            Argument::Found(found) => Err(format!("expected an expression, found {}", found.type_name())),
        }
    }

    fn number(&self) -> Result<f64, String> {
        let found = self.found()?;
        found.number().ok_or_else(|| expected("number", found))
    }

    fn text(&self) -> Result<&str, String> {
        let found = self.found()?;
        found.text().ok_or_else(|| expected("string", found))
    }

    fn items(&self) -> Result<Vec<Found<'v>>, String> {
        let found = self.found()?;
        found.clone().into_items().ok_or_else(|| expected("array", found))
    }

    fn object(&self) -> Result<&Map<String, Value>, String> {
        let found = self.found()?;
        found.scalar().and_then(Value::as_object).ok_or_else(|| expected("object", found))
    }

    fn numbers(&self) -> Result<Vec<f64>, String> {
        let number = |item: &Found<'_>| item.number().ok_or_else(|| expected("array of numbers, an item of it", item));
        self.items()?.iter().map(number).collect()
    }
}

fn expected(what: &str, found: &Found<'_>) -> String {
    format!("expected {what}, found {}", found.type_name())
}

/// A number as JSON writes it: whole where it is whole.
fn number(value: f64) -> Found<'static> {
    // Beyond this, doubles no longer tell whole numbers apart.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() <= EXACT {
        return Found::New((value as i64).into());
    }
    Found::New(Number::from_f64(value).map_or(Value::Null, Value::Number))
}

fn flag(value: bool) -> Found<'static> {
    Found::New(Value::Bool(value))
}

/// The order of two sort keys, which have to be both numbers or both strings.
fn key_order(left: &Found<'_>, right: &Found<'_>) -> Result<Ordering, String> {
    match (left.scalar(), right.scalar()) {
        (Some(Value::Number(left)), Some(Value::Number(right))) => {
            Ok(compare_numbers(left, right).unwrap_or(Ordering::Equal))
        }
        (Some(Value::String(left)), Some(Value::String(right))) => Ok(left.cmp(right)),
        _ => Err(format!("expected all numbers or all strings, found {} and {}", left.type_name(), right.type_name())),
    }
}

/// Items with their keys, in the order of the keys; equal ones stay as they are.
fn sorted<'v>(items: Vec<Found<'v>>, by: Option<&'v Node>) -> Result<Vec<Found<'v>>, String> {
    let key = |item: &Found<'v>| by.map_or_else(|| Ok(item.clone()), |by| by.evaluate(item));
    let mut keyed = items.into_iter().map(|item| Ok((key(&item)?, item))).collect::<Result<Vec<_>, String>>()?;
    // All keys have to be comparable, those that a sort happens not to compare too.
    if let Some((first, _)) = keyed.first() {
        keyed.iter().try_for_each(|(key, _)| key_order(first, key).map(|_| ()))?;
    }
    keyed.sort_by(|(left, _), (right, _)| key_order(left, right).unwrap_or(Ordering::Equal));
    Ok(keyed.into_iter().map(|(_, item)| item).collect())
}

/// The first of the greatest, or of the least.
fn extreme<'v>(items: Vec<Found<'v>>, by: Option<&'v Node>, wanted: Ordering) -> Result<Found<'v>, String> {
    let mut best: Option<(Found<'v>, Found<'v>)> = None;
    for item in items {
        let key = by.map_or_else(|| Ok(item.clone()), |by| by.evaluate(&item))?;
        let order = key_order(&key, best.as_ref().map_or(&key, |(best, _)| best))?;
        if best.is_none() || order == wanted {
            best = Some((key, item));
        }
    }
    Ok(best.map_or(NULL, |(_, item)| item))
}

/// All functions of the specification.
static FUNCTIONS: &[Function] = &[
    Function { name: "abs", least: 1, most: 1, apply: |args| Ok(number(args[0].number()?.abs())) },
    Function {
        name: "avg",
        least: 1,
        most: 1,
        apply: |args| {
            let numbers = args[0].numbers()?;
            if numbers.is_empty() {
                return Ok(NULL);
            }
            Ok(number(numbers.iter().sum::<f64>() / numbers.len() as f64))
        },
    },
    Function { name: "ceil", least: 1, most: 1, apply: |args| Ok(number(args[0].number()?.ceil())) },
    Function {
        name: "contains",
        least: 2,
        most: 2,
        apply: |args| {
            let (subject, wanted) = (args[0].found()?, args[1].found()?);
            match (subject.text(), subject.clone().into_items()) {
                (Some(text), _) => Ok(flag(wanted.text().is_some_and(|wanted| text.contains(wanted)))),
                (_, Some(items)) => Ok(flag(items.iter().any(|item| found_equal(item, wanted)))),
                _ => Err(expected("array or string", subject)),
            }
        },
    },
    Function {
        name: "ends_with",
        least: 2,
        most: 2,
        apply: |args| Ok(flag(args[0].text()?.ends_with(args[1].text()?))),
    },
    Function { name: "floor", least: 1, most: 1, apply: |args| Ok(number(args[0].number()?.floor())) },
    Function {
        name: "join",
        least: 2,
        most: 2,
        apply: |args| {
            let items = args[1].items()?;
            let texts =
                items.iter().map(|item| item.text().ok_or_else(|| expected("array of strings, an item of it", item)));
            Ok(Found::New(Value::String(texts.collect::<Result<Vec<_>, _>>()?.join(args[0].text()?))))
        },
    },
    Function {
        name: "keys",
        least: 1,
        most: 1,
        apply: |args| Ok(Found::New(args[0].object()?.keys().map(String::as_str).collect())),
    },
    Function {
        name: "length",
        least: 1,
        most: 1,
        apply: |args| {
            let found = args[0].found()?;
            let length = match found {
                Found::List(items) => items.len(),
                found => match found.scalar() {
                    Some(Value::Array(items)) => items.len(),
                    Some(Value::Object(members)) => members.len(),
                    Some(Value::String(text)) => text.chars().count(),
                    _ => return Err(expected("string, array or object", found)),
                },
            };
            Ok(Found::New(length.into()))
        },
    },
    Function {
        name: "map",
        least: 2,
        most: 2,
        apply: |args| {
            let each = args[0].expression()?;
            Ok(Found::List(args[1].items()?.iter().map(|item| each.evaluate(item)).collect::<Result<_, _>>()?))
        },
    },
    Function { name: "max", least: 1, most: 1, apply: |args| extreme(args[0].items()?, None, Ordering::Greater) },
    Function {
        name: "max_by",
        least: 2,
        most: 2,
        apply: |args| extreme(args[0].items()?, Some(args[1].expression()?), Ordering::Greater),
    },
    Function {
        name: "merge",
        least: 1,
        most: usize::MAX,
        apply: |args| {
            let mut merged = Map::new();
            for argument in args {
                merged.extend(argument.object()?.iter().map(|(name, value)| (name.clone(), value.clone())));
            }
            Ok(Found::New(Value::Object(merged)))
        },
    },
    Function { name: "min", least: 1, most: 1, apply: |args| extreme(args[0].items()?, None, Ordering::Less) },
    Function {
        name: "min_by",
        least: 2,
        most: 2,
        apply: |args| extreme(args[0].items()?, Some(args[1].expression()?), Ordering::Less),
    },
    Function {
        name: "not_null",
        least: 1,
        most: usize::MAX,
        apply: |args| {
            for argument in args {
                let found = argument.found()?;
                if !found.is_null() {
                    return Ok(found.clone());
                }
            }
            Ok(NULL)
        },
    },
    Function {
        name: "reverse",
        least: 1,
        most: 1,
        apply: |args| {
            let found = args[0].found()?;
            match (found.text(), found.clone().into_items()) {
                (Some(text), _) => Ok(Found::New(Value::String(text.chars().rev().collect()))),
                (_, Some(mut items)) => {
                    items.reverse();
                    Ok(Found::List(items))
                }
                _ => Err(expected("array or string", found)),
            }
        },
    },
    Function { name: "sort", least: 1, most: 1, apply: |args| sorted(args[0].items()?, None).map(Found::List) },
    Function {
        name: "sort_by",
        least: 2,
        most: 2,
        apply: |args| sorted(args[0].items()?, Some(args[1].expression()?)).map(Found::List),
    },
    Function {
        name: "starts_with",
        least: 2,
        most: 2,
        apply: |args| Ok(flag(args[0].text()?.starts_with(args[1].text()?))),
    },
    Function { name: "sum", least: 1, most: 1, apply: |args| Ok(number(args[0].numbers()?.iter().sum())) },
    Function {
        name: "to_array",
        least: 1,
        most: 1,
        apply: |args| {
            let found = args[0].found()?.clone();
            Ok(if found.type_name() == "array" { found } else { Found::List(vec![found]) })
        },
    },
    Function {
        name: "to_number",
        least: 1,
        most: 1,
        apply: |args| {
            let found = args[0].found()?;
            let parsed = match (found.number(), found.text()) {
                (Some(_), _) => return Ok(found.clone()),
                // A number as JSON writes it, or nothing.
                (_, Some(text)) => serde_json::from_str::<Number>(text).ok(),
                _ => None,
            };
            Ok(parsed.map_or(NULL, |number| Found::New(Value::Number(number))))
        },
    },
    Function {
        name: "to_string",
        least: 1,
        most: 1,
        apply: |args| {
            let found = args[0].found()?.clone();
            Ok(if found.text().is_some() { found } else { Found::New(Value::String(found.into_value().to_string())) })
        },
    },
    Function {
        name: "type",
        least: 1,
        most: 1,
        apply: |args| Ok(Found::New(Value::String(args[0].found()?.type_name().to_owned()))),
    },
    Function {
        name: "values",
        least: 1,
        most: 1,
        apply: |args| Ok(Found::New(args[0].object()?.values().cloned().collect())),
    },
];

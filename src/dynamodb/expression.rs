//! Writes conditions as expressions with placeholders (boto3's `dynamodb/conditions.py` and `transform.py`).

use serde_json::{Map, Value};

use super::condition::TAG;
use super::error::NativeFault;
use crate::customize::NativeShape;
use crate::error::Result;
use crate::model::path::Path;
use crate::model::sites::{SiteNode, Sites};
use crate::value::type_name;

const NAMES: &str = "ExpressionAttributeNames";
const VALUES: &str = "ExpressionAttributeValues";
/// The maximum depth of a condition. DynamoDB allows 300 operators.
const MAX_DEPTH: usize = 512;

/// Replaces the conditions in parameters by expressions, and adds their names and values to those of the structure around them.
pub(super) fn expand(
    sites: &Sites<NativeShape>,
    node: Option<&SiteNode<NativeShape>>,
    value: &mut Value,
    path: &Path<'_>,
) -> Result<()> {
    match (node, value) {
        (Some(node @ SiteNode::Structure(_)), Value::Object(members)) => {
            if sites.member(node, VALUES).is_some() {
                expand_members(sites, node, members, path)?;
            }
            for (name, value) in members.iter_mut() {
                expand(sites, sites.member(node, name), value, &path.member(name))?;
            }
        }
        (Some(SiteNode::List(item)), Value::Array(items)) => {
            for (index, value) in items.iter_mut().enumerate() {
                expand(sites, sites.get(*item), value, &path.index(index))?;
            }
        }
        (Some(SiteNode::Map(item)), Value::Object(members)) => {
            for (name, value) in members.iter_mut() {
                expand(sites, sites.get(*item), value, &path.entry(name))?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// As in boto3, placeholders are counted first through the conditions of items, then through those of keys.
fn expand_members(
    sites: &Sites<NativeShape>,
    node: &SiteNode<NativeShape>,
    members: &mut Map<String, Value>,
    path: &Path<'_>,
) -> Result<()> {
    let mut placeholders = Placeholders::default();
    for shape in [NativeShape::ConditionExpression, NativeShape::KeyExpression] {
        placeholders.keys_only = shape == NativeShape::KeyExpression;
        for (name, value) in members.iter_mut() {
            let is_shape = matches!(sites.member(node, name), Some(SiteNode::Marked(found)) if *found == shape);
            if let (true, Value::Object(condition)) = (is_shape, &*value) {
                let path = &path.member(name);
                let condition = condition.get(TAG).filter(|_| condition.len() == 1);
                let condition = condition.ok_or_else(|| NativeFault::Condition.at(path))?;
                *value = Value::String(placeholders.expression(condition, path, 0)?);
            }
        }
    }
    add_to(members, NAMES, placeholders.names, path)?;
    add_to(members, VALUES, placeholders.values, path)
}

/// Adds to an object that the caller may have given. As in boto3, what is added wins.
fn add_to(members: &mut Map<String, Value>, name: &str, added: Map<String, Value>, path: &Path<'_>) -> Result<()> {
    if added.is_empty() {
        return Ok(());
    }
    match members.get_mut(name) {
        Some(Value::Object(given)) => given.extend(added),
        None | Some(Value::Null) => drop(members.insert(name.to_owned(), Value::Object(added))),
        Some(other) => return Err(NativeFault::Placeholders(type_name(other)).at(&path.member(name))),
    }
    Ok(())
}

/// The names and values of conditions.
#[derive(Default)]
struct Placeholders {
    names: Map<String, Value>,
    values: Map<String, Value>,
    /// Whether the condition may only have keys.
    keys_only: bool,
}

impl Placeholders {
    /// The text of a condition: an operator with its operands.
    fn expression(&mut self, condition: &Value, path: &Path<'_>, depth: usize) -> Result<String> {
        if depth > MAX_DEPTH {
            return Err(NativeFault::TooDeep(MAX_DEPTH).at(path));
        }
        let invalid = || NativeFault::Condition.at(path);
        let (operator, operands) = match condition.as_array().and_then(|parts| parts.split_first()) {
            Some((Value::String(operator), operands)) => (operator.as_str(), operands),
            _ => return Err(invalid()),
        };
        let operands: Vec<String> =
            operands.iter().map(|operand| self.operand(operand, path, depth)).collect::<Result<_>>()?;
        let operands: Vec<&str> = operands.iter().map(String::as_str).collect();
        Ok(match (operator, operands.as_slice()) {
            ("=" | "<>" | "<" | "<=" | ">" | ">=" | "IN", [left, right]) => format!("{left} {operator} {right}"),
            ("BETWEEN", [value, low, high]) => format!("{value} BETWEEN {low} AND {high}"),
            ("begins_with" | "contains" | "attribute_type", [left, right]) => format!("{operator}({left}, {right})"),
            ("attribute_exists" | "attribute_not_exists", [name]) => format!("{operator}({name})"),
            ("AND" | "OR", [left, right]) => format!("({left} {operator} {right})"),
            ("NOT", [condition]) => format!("(NOT {condition})"),
            _ => return Err(invalid()),
        })
    }

    fn operand(&mut self, operand: &Value, path: &Path<'_>, depth: usize) -> Result<String> {
        let part = operand.as_object().and_then(|operand| operand.iter().next());
        match part.map(|(kind, part)| (kind.as_str(), part)) {
            Some(("condition", condition)) => self.expression(condition, path, depth.saturating_add(1)),
            Some(("key", Value::String(name))) => self.name(name, path),
            Some(("attr" | "size", Value::String(name))) if self.keys_only => {
                Err(NativeFault::NotAKey(name.clone()).at(path))
            }
            Some(("attr", Value::String(name))) => self.name(name, path),
            Some(("size", Value::String(name))) => Ok(format!("size({})", self.name(name, path)?)),
            Some(("value", value)) => Ok(self.value(value)),
            Some(("values", Value::Array(values))) => {
                let values: Vec<String> = values.iter().map(|value| self.value(value)).collect();
                Ok(format!("({})", values.join(", ")))
            }
            _ => Err(NativeFault::Condition.at(path)),
        }
    }

    fn value(&mut self, value: &Value) -> String {
        let placeholder = format!(":v{}", self.values.len());
        self.values.insert(placeholder.clone(), value.clone());
        placeholder
    }

    /// A path in which each name is a placeholder; dots and what is in brackets remain.
    fn name(&mut self, name: &str, path: &Path<'_>) -> Result<String> {
        let mut expression = String::new();
        let mut rest = name;
        let before = self.names.len();
        while !rest.is_empty() {
            let end = rest.find(['.', '[', ']']).unwrap_or(rest.len());
            let (part, after) = rest.split_at(end);
            if is_in_brackets(after) {
                expression.push_str(part);
            } else if !part.is_empty() {
                let placeholder = format!("#n{}", self.names.len());
                expression.push_str(&placeholder);
                self.names.insert(placeholder, part.into());
            }
            let separator = after.chars().next().map_or(0, char::len_utf8);
            expression.push_str(&after[..separator]);
            rest = &after[separator..];
        }
        if self.names.len() == before {
            return Err(NativeFault::NoName(name.to_owned()).at(path));
        }
        Ok(expression)
    }
}

/// Whether the next bracket is a closing one.
fn is_in_brackets(after: &str) -> bool {
    after.find(['[', ']']).is_some_and(|bracket| after[bracket..].starts_with(']'))
}

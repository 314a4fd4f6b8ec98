//! The values that make a resource.

use serde_json::{Map, Value};

use super::Resource;
use super::error::ResourceError;
use crate::error::Result;
use crate::model::names::same_spelling;
use crate::model::resources::{IdentifierSource, NewResource, ResourceModel};
use crate::value::type_name;

/// Completes the identifiers of the caller with those that the parent has, which come first.
pub(super) fn of_child(parent: &Resource, new: &NewResource, given: Value) -> Result<Value> {
    let own = new.identifiers.iter().filter_map(|(name, source)| match source {
        IdentifierSource::Identifier(index) => Some((name.clone(), parent.0.identifiers[*index].clone())),
        _ => None,
    });
    Ok(match given {
        Value::Object(named) => Value::Object(own.chain(named).collect()),
        Value::Array(list) => Value::Array(own.map(|(_, value)| value).chain(list).collect()),
        Value::Null => Value::Array(own.map(|(_, value)| value).collect()),
        one => Value::Array(own.map(|(_, value)| value).chain([one]).collect()),
    })
}

/// The identifiers in the order of the model. `resource` is its name in messages.
pub(super) fn ordered(model: &ResourceModel, resource: &str, given: Value) -> Result<Vec<Value>> {
    let known = || model.identifiers.iter().map(|identifier| identifier.name.as_str()).collect::<Vec<_>>().join(", ");
    let mut values: Vec<Value> = Vec::with_capacity(model.identifiers.len());
    match given {
        Value::Array(list) => {
            let (expected, found) = (model.identifiers.len(), list.len());
            if found > expected {
                let (resource, known) = (resource.to_owned(), known());
                return Err(ResourceError::TooManyIdentifiers { resource, expected, known, found }.into());
            }
            values.extend(list);
        }
        Value::Object(named) => values = by_name(model, resource, named, known)?,
        other => values.push(other),
    }
    values.resize(model.identifiers.len(), Value::Null);
    for (identifier, value) in model.identifiers.iter().zip(&values) {
        let (resource, name) = (resource.to_owned(), identifier.name.clone());
        match value {
            Value::String(_) | Value::Number(_) => {}
            Value::Null => return Err(ResourceError::MissingIdentifier { resource, name }.into()),
            other => return Err(ResourceError::Identifier { resource, name, found: type_name(other) }.into()),
        }
    }
    Ok(values)
}

fn by_name(
    model: &ResourceModel,
    resource: &str,
    named: Map<String, Value>,
    known: impl Fn() -> String,
) -> Result<Vec<Value>> {
    let mut values = vec![Value::Null; model.identifiers.len()];
    for (name, value) in named {
        let index = model.identifiers.iter().position(|identifier| same_spelling(&identifier.name, &name));
        let Some(index) = index else {
            let (resource, known) = (resource.to_owned(), known());
            return Err(ResourceError::UnknownIdentifier { resource, name, known }.into());
        };
        values[index] = value;
    }
    Ok(values)
}

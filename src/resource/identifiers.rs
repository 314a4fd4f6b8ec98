//! The values that make a resource.

use serde_json::Value;

use super::Resource;
use super::error::ResourceError;
use crate::error::Result;
use crate::model::names::same_spelling;
use crate::model::resources::{IdentifierSource, NewResource, ResourceModel};
use crate::value::type_name;

/// The identifiers of a child: first those that the parent has, in the order in which the definition lists them, as in boto3.
pub(super) fn of_child(
    parent: &Resource,
    new: &NewResource,
    model: &ResourceModel,
    given: Value,
) -> Result<Vec<Value>> {
    let own = new.identifiers.iter().filter_map(|(_, source)| match source {
        IdentifierSource::Identifier(index) => Some(parent.0.identifiers[*index].clone()),
        _ => None,
    });
    let mut values: Vec<Value> = own.collect();
    let (count, of_parent) = (model.identifiers.len(), values.len());
    match given {
        Value::Object(named) => {
            values.resize(count, Value::Null);
            for (name, value) in named {
                let found = model.identifiers.iter().position(|identifier| same_spelling(&identifier.name, &name));
                let unknown = || ResourceError::UnknownIdentifier {
                    resource: shown(parent, model),
                    name,
                    known: known(model, 0),
                };
                values[found.ok_or_else(unknown)?] = value;
            }
        }
        Value::Null => {}
        Value::Array(list) => values.extend(list),
        one => values.push(one),
    }
    if values.len() > count {
        let (expected, found) = (count.saturating_sub(of_parent), values.len().saturating_sub(of_parent));
        let (resource, known) = (shown(parent, model), known(model, of_parent));
        return Err(ResourceError::TooManyIdentifiers { resource, expected, known, found }.into());
    }
    values.resize(count, Value::Null);
    check(parent, model, &values)?;
    Ok(values)
}

/// All identifiers must be there.
pub(super) fn check(parent: &Resource, model: &ResourceModel, values: &[Value]) -> Result<()> {
    for (identifier, value) in model.identifiers.iter().zip(values) {
        if matches!(value, Value::String(_) | Value::Number(_)) {
            continue;
        }
        let (resource, name) = (shown(parent, model), identifier.name.clone());
        return Err(match value {
            Value::Null => ResourceError::MissingIdentifier { resource, name },
            other => ResourceError::Identifier { resource, name, found: type_name(other) },
        }
        .into());
    }
    Ok(())
}

/// The type in messages.
fn shown(parent: &Resource, model: &ResourceModel) -> String {
    format!("{}.{}", parent.service_name(), model.type_name.as_deref().unwrap_or_default())
}

/// The names of the identifiers from this index on.
fn known(model: &ResourceModel, from: usize) -> String {
    let names = model.identifiers.iter().skip(from).map(|identifier| identifier.name.as_str());
    names.collect::<Vec<_>>().join(", ")
}

//! [`Answer`]: what an action or a reference gives.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::error::ResourceError;
use super::{Resource, params};
use crate::error::Result;
use crate::model::resources::{ActionModel, IdentifierSource, NewResource};
use crate::value::type_name;

/// What an action or a reference gives.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Answer {
    /// The response, or a part of it. Of an action that makes resources: an empty array, an empty object or `null`, because the
    /// response has none.
    Value(Value),
    /// One resource.
    Resource(Resource),
    /// A list of resources.
    Resources(Vec<Resource>),
}

impl Answer {
    /// The value.
    ///
    /// # Errors
    /// [`ErrorKind::Response`](crate::ErrorKind::Response) if the answer has resources.
    pub fn into_value(self) -> Result<Value> {
        match self {
            Answer::Value(value) => Ok(value),
            other => Err(ResourceError::Answer { expected: "a value", found: other.found() }.into()),
        }
    }

    /// The one resource.
    ///
    /// # Errors
    /// [`ErrorKind::Response`](crate::ErrorKind::Response) if the answer has none or a list.
    pub fn resource(self) -> Result<Resource> {
        match self {
            Answer::Resource(resource) => Ok(resource),
            other => Err(ResourceError::Answer { expected: "a resource", found: other.found() }.into()),
        }
    }

    /// All resources: none of a response that has none.
    ///
    /// # Errors
    /// [`ErrorKind::Response`](crate::ErrorKind::Response) if the answer is a value with something in it.
    pub fn resources(self) -> Result<Vec<Resource>> {
        match self {
            Answer::Resources(resources) => Ok(resources),
            Answer::Resource(resource) => Ok(vec![resource]),
            Answer::Value(value) if is_empty(&value) => Ok(Vec::new()),
            other => Err(ResourceError::Answer { expected: "resources", found: other.found() }.into()),
        }
    }

    fn found(&self) -> &'static str {
        match self {
            Answer::Value(value) => type_name(value),
            Answer::Resource(_) => "a resource",
            Answer::Resources(_) => "a list of resources",
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

/// What the response of an action means. `sent` are the parameters of the call.
pub(super) fn of_response(parent: &Resource, action: &ActionModel, sent: &Value, response: Value) -> Result<Answer> {
    match (&action.resource, &action.path) {
        (Some(new), _) => resources(parent, new, sent, &response, Some(&action.operation)),
        (None, Some(path)) => Ok(Answer::Value(path.search(&response)?.into_owned())),
        (None, None) => Ok(Answer::Value(response)),
    }
}

/// The resources in a response, or in the data of a resource with references, which has no operation.
pub(super) fn resources(
    parent: &Resource,
    new: &NewResource,
    sent: &Value,
    response: &Value,
    operation: Option<&str>,
) -> Result<Answer> {
    let data = new.path.as_ref().map(|path| path.search(response)).transpose()?;
    let mut values = Vec::with_capacity(new.identifiers.len());
    for (name, source) in &new.identifiers {
        let value = match source {
            IdentifierSource::Input => continue,
            IdentifierSource::Identifier(index) => parent.0.identifiers[*index].clone(),
            IdentifierSource::Data(path) => params::of_data(parent, path)?,
            IdentifierSource::Response(path) => path.search(response)?.into_owned(),
            IdentifierSource::RequestParameter(path) => path.search(sent)?.into_owned(),
        };
        values.push((name, value));
    }
    let first_list = values.iter().find_map(|(_, value)| value.as_array().map(Vec::len));
    if let Some(count) = first_list {
        let made = (0..count).map(|index| {
            let identifiers = item(new, &values, count, index)?;
            let data = data.as_ref().filter(|data| !is_empty(data)).and_then(|data| data.get(index));
            with_data(parent.of_type(&new.type_name, Value::Object(identifiers))?, data)
        });
        return made.collect::<Result<_>>().map(Answer::Resources);
    }
    if values.iter().all(|(_, value)| !value.is_null()) {
        let identifiers = values.into_iter().map(|(name, value)| (name.clone(), value)).collect();
        let resource = parent.of_type(&new.type_name, Value::Object(identifiers))?;
        return with_data(resource, data.as_deref()).map(Answer::Resource);
    }
    let path = new.path.as_ref().map(|path| path.as_str());
    Ok(Answer::Value(operation.map_or(Ok(Value::Null), |operation| parent.0.client.empty_output(operation, path))?))
}

/// The identifiers of one of several resources: an item of each list, and what is no list.
fn item(new: &NewResource, values: &[(&String, Value)], expected: usize, index: usize) -> Result<Map<String, Value>> {
    let mut identifiers = Map::new();
    for (name, value) in values {
        let value = match value {
            Value::Array(list) => list.get(index).ok_or_else(|| {
                let (resource, name) = (new.type_name.clone(), (*name).clone());
                ResourceError::Uneven { resource, name, expected, found: list.len() }
            })?,
            other => other,
        };
        identifiers.insert((*name).clone(), value.clone());
    }
    Ok(identifiers)
}

fn with_data(resource: Resource, data: Option<&Value>) -> Result<Resource> {
    if let Some(data) = data.filter(|data| !data.is_null()) {
        resource.set_data(Some(Arc::new(data.clone())));
    }
    Ok(resource)
}

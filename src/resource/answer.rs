//! [`Answer`]: what an action or a reference gives.

use std::borrow::Cow;
use std::fmt;

use serde_json::Value;

use super::error::ResourceError;
use super::{Resource, identifiers, params};
use crate::error::Result;
use crate::jmespath::Expression;
use crate::model::resources::{IdentifierSource, NewResource, ResourceModel};
use crate::value::{outline, type_name};

/// What an action or a reference gives.
///
/// ```no_run
/// use serde_json::json;
/// use tucuxi::Answer;
/// let instance = tucuxi::resource("ec2")?.child("Instance", "i-0123456789abcdef0")?;
/// // An action without resources gives its response.
/// let stopped = instance.action("stop", ())?.into_value()?;
/// println!("{}", stopped["StoppingInstances"][0]["CurrentState"]["Name"]);
/// // A reference gives a resource, or none.
/// match instance.reference("subnet")? {
///     Answer::Resource(subnet) => println!("{}", subnet.attribute("cidr_block")?),
///     _ => println!("no subnet"),
/// }
/// # Ok::<(), tucuxi::Error>(())
/// ```
#[derive(Clone)]
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

impl fmt::Debug for Answer {
    /// Shows the names in a value only, since it may have secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Answer::Value(value @ Value::Object(_)) => f.debug_tuple("Value").field(&outline(value)).finish(),
            Answer::Value(value) => write!(f, "Value({})", type_name(value)),
            Answer::Resource(resource) => f.debug_tuple("Resource").field(resource).finish(),
            Answer::Resources(resources) => f.debug_tuple("Resources").field(resources).finish(),
        }
    }
}

/// What is at the path of a response; the whole of it without one.
pub(super) fn part(path: Option<&Expression>, response: Value) -> Result<Value> {
    match path {
        Some(path) => Ok(path.search(&response)?.into_owned()),
        None => Ok(response),
    }
}

/// The resources in the response to `sent`, or, without an operation, in the data of a resource with references.
pub(super) fn resources(
    parent: &Resource,
    new: &NewResource,
    sent: &Value,
    response: &Value,
    operation: Option<&str>,
) -> Result<Answer> {
    let service = &parent.0.service;
    let model = service.model(&new.type_name)?;
    let data = new.path.as_ref().map(|path| path.search(response)).transpose()?;
    let sources = sources(parent, new, sent, response)?;
    let build = |identifiers: Vec<Value>, data: Option<Value>| -> Result<Resource> {
        identifiers::check(parent, &model, &identifiers)?;
        Ok(Resource::build(service, &model, identifiers, data.filter(|data| !data.is_null())))
    };
    if let Some(count) = sources.iter().find_map(|(_, value)| value.as_array().map(Vec::len)) {
        let mut data = match data {
            Some(data) if data.is_array() => data.into_owned(),
            _ => Value::Null,
        };
        let made = (0..count).map(|index| {
            let identifiers = item(&model, &sources, count, index)?;
            build(identifiers, data.get_mut(index).map(Value::take))
        });
        return made.collect::<Result<_>>().map(Answer::Resources);
    }
    if sources.iter().any(|(_, value)| value.is_null()) {
        let path = new.path.as_ref().map(Expression::as_str);
        let empty = operation.map(|operation| parent.client().empty_output(operation, path)).transpose()?;
        return Ok(Answer::Value(empty.unwrap_or_default()));
    }
    let mut identifiers = vec![Value::Null; model.identifiers.len()];
    for (place, value) in sources {
        identifiers[place] = value;
    }
    build(identifiers, data.map(Cow::into_owned)).map(Answer::Resource)
}

/// The values of identifiers by their places, each for one resource or for a list of them.
type IdentifierValues = Vec<(usize, Value)>;

fn sources(parent: &Resource, new: &NewResource, sent: &Value, response: &Value) -> Result<IdentifierValues> {
    let mut values = Vec::with_capacity(new.identifiers.len());
    for (place, source) in &new.identifiers {
        let value = match source {
            IdentifierSource::Identifier(index) => parent.0.identifiers[*index].clone(),
            IdentifierSource::Data(path) => params::of_data(parent, path)?,
            IdentifierSource::Response(path) => path.search(response)?.into_owned(),
            IdentifierSource::RequestParameter(path) => path.search(sent)?.into_owned(),
        };
        values.push((*place, value));
    }
    Ok(values)
}

/// The identifiers of one of several resources: an item of each list, and what is no list.
fn item(model: &ResourceModel, sources: &IdentifierValues, expected: usize, index: usize) -> Result<Vec<Value>> {
    let mut identifiers = vec![Value::Null; model.identifiers.len()];
    for (place, value) in sources {
        identifiers[*place] = match value {
            Value::Array(list) => list.get(index).cloned().ok_or_else(|| {
                let (resource, name) =
                    (model.type_name.clone().unwrap_or_default(), model.identifiers[*place].name.clone());
                ResourceError::Uneven { resource, name, expected, found: list.len() }
            })?,
            other => other.clone(),
        };
    }
    Ok(identifiers)
}

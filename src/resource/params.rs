//! The parameters of calls: those of the definition, and those of the caller.

use std::time::Duration;

use serde_json::{Map, Value};

use super::Resource;
use super::error::ResourceError;
use crate::error::Result;
use crate::jmespath::Expression;
use crate::model::resources::{ParamModel, ParamSource, set};
use crate::value::type_name;
use crate::waiter::Waiter;

pub(super) type Params = Map<String, Value>;

/// The caller's parameters, which must be an object or nothing.
pub(super) fn object(params: Value) -> Result<Params> {
    match params {
        Value::Object(params) => Ok(params),
        Value::Null => Ok(Params::new()),
        other => Err(ResourceError::Params(type_name(&other)).into()),
    }
}

/// Adds the parameters that a definition sets. `item` is the index of the resource in a batch.
pub(super) fn add(params: &mut Value, resource: &Resource, model: &[ParamModel], item: Option<usize>) -> Result<()> {
    for param in model {
        let value = match &param.source {
            ParamSource::Identifier(index) => resource.0.identifiers[*index].clone(),
            ParamSource::Constant(value) => value.clone(),
            ParamSource::Data(path) => of_data(resource, path)?,
        };
        set(params, &param.target, value, item);
    }
    Ok(())
}

/// Something of the resource's data, which is loaded if there is none.
pub(super) fn of_data(resource: &Resource, path: &Expression) -> Result<Value> {
    Ok(path.search(&*resource.loaded()?)?.into_owned())
}

/// The waiter with the settings of boto3's `WaiterConfig`: `{"Delay": 5, "MaxAttempts": 10}`.
pub(super) fn with_config<'w>(mut waiter: Waiter<'w>, config: Value) -> Result<Waiter<'w>> {
    for (name, value) in object(config)? {
        let wrong = |expected| {
            let (name, found) = (format!("WaiterConfig.{name}"), type_name(&value));
            ResourceError::Param { name, expected, found }
        };
        waiter = match name.as_str() {
            "Delay" => {
                let delay = value.as_f64().and_then(|delay| Duration::try_from_secs_f64(delay).ok());
                waiter.delay(delay.ok_or_else(|| wrong("a number of seconds"))?)
            }
            "MaxAttempts" => {
                let count = value.as_u64().and_then(|count| u32::try_from(count).ok());
                waiter.max_attempts(count.ok_or_else(|| wrong("a count"))?)
            }
            _ => return Err(ResourceError::UnknownParam(format!("WaiterConfig.{name}")).into()),
        };
    }
    Ok(waiter)
}

/// Replaces members by those of the caller.
pub(super) fn override_with(params: &mut Value, given: Params) {
    if let Value::Object(params) = params {
        params.extend(given);
    }
}

/// Merges parameters of the caller into others, as boto3 does for collections: objects member by member, lists at the top one
/// after the other; anything else is replaced.
pub(super) fn merge(params: &mut Params, given: Params) {
    for (name, value) in given {
        match (params.get_mut(&name), value) {
            (Some(Value::Object(own)), Value::Object(given)) => merge_members(own, given),
            (Some(Value::Array(own)), Value::Array(given)) => own.extend(given),
            (_, value) => drop(params.insert(name, value)),
        }
    }
}

/// Inside of an object lists are replaced, too.
fn merge_members(own: &mut Params, given: Params) {
    for (name, value) in given {
        match (own.get_mut(&name), value) {
            (Some(Value::Object(own)), Value::Object(given)) => merge_members(own, given),
            (_, value) => drop(own.insert(name, value)),
        }
    }
}

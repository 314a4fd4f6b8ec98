//! Lists the parts of a resource as JSON.

use serde_json::{Map, Value, json};

use super::names::Category;
use super::{Resource, injected};
use crate::model::resources::{ActionModel, NewResource, ResourceAction};

pub(super) fn describe(resource: &Resource) -> Value {
    let model = &resource.0.model;
    let definitions = &resource.0.service.definitions;
    // Own identifiers come first, the caller gives the others.
    let inputs = |new: &NewResource| {
        let names = definitions.identifiers(&new.type_name).into_iter();
        names.skip(new.identifiers.len()).collect::<Value>()
    };
    let listing = |listing: &ResourceAction| {
        let type_name = &listing.resource.type_name;
        json!({
            "type": type_name,
            "operation": listing.request.operation,
            "batch_actions": definitions.batch_actions(type_name),
        })
    };
    json!({
        "service": resource.service_name(),
        "type": resource.type_name(),
        "identifiers": resource.names(Category::Identifier),
        "attributes": object(&model.attributes, |member| json!(member)),
        "actions": actions(resource),
        "children": object(&model.children, inputs),
        "references": object(&model.references, |new| json!(new.type_name)),
        "collections": object(&model.collections, |collection| listing(collection)),
        "batch_actions": object(&model.batch_actions, |action| json!(action.request.operation)),
        "waiters": object(&model.waiters, |call| json!(call.waiter)),
        "can_load": resource.can_load(),
    })
}

fn object<T>(entries: &[(String, T)], value: impl Fn(&T) -> Value) -> Value {
    entries.iter().map(|(name, entry)| (name.clone(), value(entry))).collect()
}

/// The operations of the actions, and the types of the resources that they make. A transfer may call several operations.
fn actions(resource: &Resource) -> Value {
    let own = resource.0.model.actions.iter().map(|(name, action)| {
        let described = match action {
            ActionModel::Value(action) => json!({"operation": action.request.operation}),
            ActionModel::Resource(action) => {
                json!({"operation": action.request.operation, "type": action.resource.type_name})
            }
        };
        (name.clone(), described)
    });
    let mut actions: Map<String, Value> = own.collect();
    for action in injected::actions_of(resource) {
        actions.insert(action.name.to_owned(), action.describe());
    }
    Value::Object(actions)
}

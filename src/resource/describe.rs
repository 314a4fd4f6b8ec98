//! Lists the parts of a resource as JSON.

use serde_json::{Map, Value, json};

use super::Resource;
use super::names::Category;

pub(super) fn describe(resource: &Resource) -> Value {
    let model = &resource.0.model;
    let attributes: Map<String, Value> =
        model.attributes.iter().map(|(name, member)| (name.clone(), json!(member))).collect();
    let batch_actions: Vec<&str> = model.batch_actions.iter().map(|(name, _)| name.as_str()).collect();
    json!({
        "service": resource.service_name(),
        "type": resource.type_name(),
        "identifiers": resource.names(Category::Identifier),
        "attributes": attributes,
        "actions": resource.names(Category::Action),
        "children": resource.names(Category::Child),
        "references": resource.names(Category::Reference),
        "collections": resource.names(Category::Collection),
        "batch_actions": batch_actions,
        "waiters": resource.names(Category::Waiter),
        "can_load": resource.can_load(),
    })
}

//! Converts the attribute values at the sites of an operation.

use serde_json::Value;

use crate::customize::NativeShape;
use crate::error::Result;
use crate::model::path::Path;
use crate::model::sites::{SiteNode, Sites};

/// Replaces each attribute value in a value by what `each` makes of it.
pub(super) fn convert(
    sites: &Sites<NativeShape>,
    node: Option<&SiteNode<NativeShape>>,
    value: &mut Value,
    path: &Path<'_>,
    each: &dyn Fn(Value, &Path<'_>) -> Result<Value>,
) -> Result<()> {
    match (node, value) {
        (Some(SiteNode::Marked(NativeShape::AttributeValue)), value) => *value = each(value.take(), path)?,
        (Some(node @ SiteNode::Structure(_)), Value::Object(members)) => {
            for (name, value) in members.iter_mut() {
                convert(sites, sites.member(node, name), value, &path.member(name), each)?;
            }
        }
        (Some(SiteNode::List(item)), Value::Array(items)) => {
            for (index, value) in items.iter_mut().enumerate() {
                convert(sites, sites.get(*item), value, &path.index(index), each)?;
            }
        }
        (Some(SiteNode::Map(item)), Value::Object(members)) => {
            for (name, value) in members.iter_mut() {
                convert(sites, sites.get(*item), value, &path.entry(name), each)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// Removes nulls except in attribute values: nothing else can be null, and `None` of a struct stands for an absent parameter.
pub(super) fn remove_nulls(
    sites: Option<&Sites<NativeShape>>,
    node: Option<&SiteNode<NativeShape>>,
    value: &mut Value,
) {
    let child = |index: &usize| sites.and_then(|sites| sites.get(*index));
    match (node, value) {
        (Some(SiteNode::Marked(_)), _) => {}
        (Some(SiteNode::Map(item)), Value::Object(members)) => {
            members.values_mut().for_each(|value| remove_nulls(sites, child(item), value));
        }
        (node, Value::Object(members)) => {
            members.retain(|_, value| !value.is_null());
            for (name, value) in members.iter_mut() {
                let member = sites.and_then(|sites| sites.member(node?, name));
                remove_nulls(sites, member, value);
            }
        }
        (node, Value::Array(items)) => {
            let item = match node {
                Some(SiteNode::List(item)) => child(item),
                _ => None,
            };
            items.iter_mut().for_each(|value| remove_nulls(sites, item, value));
        }
        _ => {}
    }
}

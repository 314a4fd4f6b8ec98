//! What resources do that their definitions cannot say: boto3 adds it in code.

use serde_json::{Map, Value, json};

use crate::error::Result;

/// Additions to one type of resource.
pub(crate) struct ResourceQuirk {
    pub(crate) service: &'static str,
    /// The type; `None` for the service itself.
    pub(crate) type_name: Option<&'static str>,
    /// Fetches the data of a resource whose definition has no way to.
    pub(crate) load: Option<LoadFn>,
    pub(crate) actions: &'static [AddedAction],
}

/// Calls an operation of the service.
pub(crate) type CallFn<'c> = dyn Fn(&str, Value) -> Result<Value> + 'c;

/// Gives the data of the resource with these identifiers.
pub(crate) type LoadFn = fn(&[Value], &CallFn<'_>) -> Result<Value>;

/// An action that the definition does not have, or that replaces one.
pub(crate) struct AddedAction {
    pub(crate) name: &'static str,
    pub(crate) what: AddedCall,
}

impl AddedAction {
    /// What it calls and makes, in the words of `Resource::describe`.
    pub(crate) fn describe(&self) -> Value {
        match self.what {
            AddedCall::Call { operation, .. } => json!({"operation": operation}),
            AddedCall::Creation { operation, type_name, .. } => json!({"operation": operation, "type": type_name}),
            AddedCall::Transfer(_) | AddedCall::Elsewhere(_) => json!({}),
        }
    }
}

pub(crate) enum AddedCall {
    /// A call whose parameters win over the caller's.
    Call { operation: &'static str, params: fn(&[Value]) -> Value },
    /// A call that makes resources of this type, whose identifiers the parameters say.
    Creation { operation: &'static str, type_name: &'static str, identifiers: fn(&Map<String, Value>) -> Vec<Value> },
    /// A transfer of S3 to, from or into an object.
    Transfer(TransferKind),
    /// What only code can give: the error says where that is.
    Elsewhere(&'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransferKind {
    Upload,
    Download,
    Copy,
}

const TRANSFERS: &[AddedAction] = &[
    AddedAction { name: "upload_file", what: AddedCall::Transfer(TransferKind::Upload) },
    AddedAction { name: "download_file", what: AddedCall::Transfer(TransferKind::Download) },
    AddedAction { name: "copy", what: AddedCall::Transfer(TransferKind::Copy) },
    AddedAction { name: "upload_fileobj", what: AddedCall::Elsewhere("upload with `tucuxi::s3::Transfer::upload`") },
    AddedAction {
        name: "download_fileobj",
        what: AddedCall::Elsewhere("download with `tucuxi::s3::Transfer::download` and `write_to`"),
    },
];

const QUIRKS: &[ResourceQuirk] = &[
    ResourceQuirk {
        service: "dynamodb",
        type_name: Some("Table"),
        // boto3's dynamodb/table.py
        load: None,
        actions: &[AddedAction {
            name: "batch_writer",
            what: AddedCall::Elsewhere("use `.client().table(name).batch_writer()`"),
        }],
    },
    ResourceQuirk {
        service: "ec2",
        type_name: None,
        // boto3's ec2/createtags.py: a tag for each resource and tag of the request
        load: None,
        actions: &[AddedAction {
            name: "create_tags",
            what: AddedCall::Creation { operation: "CreateTags", type_name: "Tag", identifiers: created_tags },
        }],
    },
    ResourceQuirk {
        service: "ec2",
        type_name: Some("Instance"),
        // boto3's ec2/deletetags.py
        load: None,
        actions: &[AddedAction {
            name: "delete_tags",
            what: AddedCall::Call { operation: "DeleteTags", params: |ids| json!({"Resources": ids}) },
        }],
    },
    ResourceQuirk {
        service: "s3",
        type_name: Some("Bucket"),
        // boto3's s3/inject.py: bucket_load
        load: Some(bucket),
        actions: TRANSFERS,
    },
    ResourceQuirk {
        service: "s3",
        type_name: Some("Object"),
        // boto3's s3/inject.py: inject_object_methods
        load: None,
        actions: TRANSFERS,
    },
    ResourceQuirk {
        service: "s3",
        type_name: Some("ObjectSummary"),
        // boto3's s3/inject.py: object_summary_load
        load: Some(object_summary),
        actions: &[],
    },
];

/// The additions to a type of resource.
pub(crate) fn resource_quirk(service: &str, type_name: Option<&str>) -> Option<&'static ResourceQuirk> {
    QUIRKS.iter().find(|quirk| quirk.service == service && quirk.type_name == type_name)
}

/// The bucket in the list of all. Without the permission to list, and for buckets of others, it has no attributes.
fn bucket(identifiers: &[Value], call: &CallFn<'_>) -> Result<Value> {
    let response = match call("ListBuckets", Value::Null) {
        Err(error) if error.code() == Some("AccessDenied") => return Ok(json!({})),
        other => other?,
    };
    let buckets = response["Buckets"].as_array().into_iter().flatten();
    let own = buckets.into_iter().find(|bucket| bucket.get("Name") == identifiers.first());
    Ok(own.cloned().unwrap_or_else(|| json!({})))
}

/// The headers of the object, whose length has another name in listings.
fn object_summary(identifiers: &[Value], call: &CallFn<'_>) -> Result<Value> {
    let [bucket, key] = identifiers else { return Ok(Value::Null) };
    let mut response = call("HeadObject", json!({"Bucket": bucket, "Key": key}))?;
    if let Value::Object(members) = &mut response
        && let Some(size) = members.shift_remove("ContentLength")
    {
        members.insert("Size".to_owned(), size);
    }
    Ok(response)
}

fn created_tags(params: &Map<String, Value>) -> Vec<Value> {
    let list = |name: &str| params.get(name).and_then(Value::as_array).into_iter().flatten();
    // A tag without a value has an empty one.
    let value = |tag: &Value| tag.get("Value").cloned().unwrap_or_else(|| "".into());
    let tags_of = |resource| list("Tags").map(move |tag| json!([resource, tag["Key"], value(tag)]));
    list("Resources").flat_map(tags_of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_has_one_row() {
        for (index, quirk) in QUIRKS.iter().enumerate() {
            let same = |other: &ResourceQuirk| (other.service, other.type_name) == (quirk.service, quirk.type_name);
            assert!(!QUIRKS[..index].iter().any(same), "{} {:?}", quirk.service, quirk.type_name);
        }
    }
}

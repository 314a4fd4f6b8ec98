//! What a copy is made of.

use serde_json::{Map, Value};

use super::bucket::is_arn_of_object_store;
use crate::codec::percent;
use crate::customize::{Context, invalid};
use crate::error::Result;
use crate::value;

/// Brings the source into the form of its header. What is neither text nor an object is left to the validation.
pub(super) fn encode(params: &mut Map<String, Value>, _: &mut Context<'_>) -> Result<()> {
    let Some(source) = params.get_mut("CopySource") else { return Ok(()) };
    let header = match source {
        Value::String(text) => of_text(text),
        Value::Object(members) => of_object(members)?,
        _ => return Ok(()),
    };
    *source = Value::String(header);
    Ok(())
}

/// A version at the end stays as it is, all before it is encoded.
fn of_text(text: &str) -> String {
    const VERSION: &str = "?versionId=";
    let is_version = |id: &str| !id.is_empty() && !id.contains(char::is_whitespace);
    let found = text.match_indices(VERSION).find(|(at, _)| is_version(&text[at + VERSION.len()..]));
    let (path, version) = text.split_at(found.map_or(text.len(), |(at, _)| at));
    let mut header = String::with_capacity(text.len() + 16);
    percent::push_encoded_path(&mut header, path);
    header.push_str(version);
    header
}

fn of_object(members: &Map<String, Value>) -> Result<String> {
    if let Some(other) = members.keys().find(|name| !["Bucket", "Key", "VersionId"].contains(&name.as_str())) {
        return Err(invalid(
            "CopySource",
            format_args!("unknown member \"{other}\", expected Bucket, Key and VersionId"),
        ));
    }
    let text = |name: &str| match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(other) => {
            let found = value::type_name(other);
            Err(invalid("CopySource", format_args!("{name}: expected string, found {found}")))
        }
    };
    let required = |name: &str| {
        text(name)?.ok_or_else(|| invalid("CopySource", format_args!("missing required member \"{name}\"")))
    };
    let (bucket, key) = (required("Bucket")?, required("Key")?);
    let mut header = String::with_capacity(bucket.len() + key.len() + 16);
    percent::push_encoded_path(&mut header, bucket);
    header.push_str(if is_arn_of_object_store(bucket) { "/object/" } else { "/" });
    percent::push_encoded_path(&mut header, key);
    if let Some(version) = text("VersionId")? {
        header.push_str("?versionId=");
        header.push_str(version);
    }
    Ok(header)
}

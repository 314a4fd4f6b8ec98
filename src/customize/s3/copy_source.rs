//! `CopySource`: text or an object, encoded for its header.

use serde_json::{Map, Value};

use super::bucket::is_access_point_arn;
use crate::codec::percent;
use crate::customize::parameters::invalid;
use crate::error::Result;
use crate::stage::Context;
use crate::value;

/// Encodes the source for its header. Validation rejects a source that is neither text nor an object.
pub(super) fn encode(params: &mut Map<String, Value>, _: &mut Context<'_>) -> Result<()> {
    let Some(source) = params.get_mut("CopySource") else { return Ok(()) };
    let header = match source {
        Value::String(text) => encode_text(text),
        Value::Object(members) => encode_object(members)?,
        _ => return Ok(()),
    };
    *source = Value::String(header);
    Ok(())
}

/// Encodes everything before a trailing version id, which stays unchanged.
fn encode_text(text: &str) -> String {
    const VERSION: &str = "?versionId=";
    let is_version = |id: &str| !id.is_empty() && !id.contains(char::is_whitespace);
    let found = text.match_indices(VERSION).find(|(at, _)| is_version(&text[at + VERSION.len()..]));
    let (path, version) = text.split_at(found.map_or(text.len(), |(at, _)| at));
    let mut header = String::with_capacity(text.len() + 16);
    percent::push_encoded_path(&mut header, path);
    header.push_str(version);
    header
}

fn encode_object(members: &Map<String, Value>) -> Result<String> {
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
    header.push_str(if is_access_point_arn(bucket) { "/object/" } else { "/" });
    percent::push_encoded_path(&mut header, key);
    if let Some(version) = text("VersionId")? {
        header.push_str("?versionId=");
        header.push_str(version);
    }
    Ok(header)
}

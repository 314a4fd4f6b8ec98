//! Listings: keys may have characters that XML forbids, so requests ask for encoded keys and responses are decoded.

use serde_json::{Map, Value};

use crate::codec::percent;
use crate::error::Result;
use crate::stage::{Context, RawResponse};

/// Members of requests for listings that this module reads.
pub(super) const ASKED: &[&str] = &["Delimiter", "EncodingType", "KeyMarker", "Marker", "Prefix", "StartAfter"];

/// Members of listings that are encoded if the response says so.
const ENCODED: &[&str] = &["Delimiter", "KeyMarker", "Marker", "NextKeyMarker", "NextMarker", "Prefix", "StartAfter"];

/// Encoded members that echo a parameter. Some stores (Ceph) encode keys but not these, with the same `EncodingType`.
const ECHOED: &[&str] = &["Delimiter", "KeyMarker", "Marker", "Prefix", "StartAfter"];

/// Encoded members that name the last item of the page.
const NEXT: &[&str] = &["NextKeyMarker", "NextMarker"];

/// Lists in listings, and the encoded member of their items.
const ENCODED_ITEMS: &[(&str, &str)] =
    &[("CommonPrefixes", "Prefix"), ("Contents", "Key"), ("DeleteMarkers", "Key"), ("Versions", "Key")];

pub(super) fn ask_for_encoding(params: &mut Map<String, Value>, context: &mut Context<'_>) -> Result<()> {
    match params.get("EncodingType") {
        Some(_) => context.keeps_keys_encoded = true,
        None => drop(params.insert("EncodingType".to_owned(), Value::from("url"))),
    }
    let echoed = ECHOED.iter().filter_map(|name| Some((*name, params.get(*name)?.as_str()?.to_owned())));
    context.echoed = echoed.collect();
    Ok(())
}

/// Decodes keys unless the caller asked for encoded ones. A response that is parsed without its request is decoded.
pub(super) fn decode(value: &mut Map<String, Value>, _: &RawResponse, context: &Context<'_>) -> Result<()> {
    if context.keeps_keys_encoded || value.get("EncodingType").and_then(Value::as_str) != Some("url") {
        return Ok(());
    }
    for (list, name) in ENCODED_ITEMS {
        let items = value.get_mut(*list).and_then(Value::as_array_mut);
        for item in items.into_iter().flatten().filter_map(Value::as_object_mut) {
            decode_member(item, name);
        }
    }
    for name in ENCODED {
        if !is_plain(value, name, context) {
            decode_member(value, name);
        }
    }
    Ok(())
}

/// Whether a member is not encoded although the response says so: it equals the parameter that it echoes, or the item that it
/// names. `ListObjects` does not document its `Prefix` as encoded, and botocore does not decode it; it is decoded here if the
/// result is the parameter.
fn is_plain(value: &Map<String, Value>, name: &str, context: &Context<'_>) -> bool {
    let Some(text) = value.get(name).and_then(Value::as_str) else { return true };
    let parameter = context.echoed.iter().find(|(echoed, _)| *echoed == name).map(|(_, parameter)| parameter.as_str());
    if name == "Prefix" && context.operation.name == "ListObjects" {
        return parameter != Some(&*percent::form_decoded(text));
    }
    let is_last = |(list, member): &(&str, &str)| {
        let last = value.get(*list).and_then(|items| items.as_array()?.last()?.get(*member)?.as_str());
        last == Some(text)
    };
    parameter == Some(text) || NEXT.contains(&name) && ENCODED_ITEMS.iter().any(is_last)
}

fn decode_member(members: &mut Map<String, Value>, name: &str) {
    if let Some(Value::String(text)) = members.get_mut(name) {
        percent::form_decode(text);
    }
}

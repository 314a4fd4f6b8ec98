//! Listings: keys come encoded, because they may hold characters that XML does not allow, and are decoded again.

use serde_json::{Map, Value};

use crate::codec::percent;
use crate::customize::{Context, RawResponse};
use crate::error::Result;

/// Members of listings that come encoded. botocore leaves out the `Prefix` of the oldest of the three operations.
const ENCODED: &[&str] = &["Delimiter", "KeyMarker", "Marker", "NextKeyMarker", "NextMarker", "Prefix", "StartAfter"];

/// Lists within listings, and the encoded member of their items.
const ENCODED_ITEMS: &[(&str, &str)] =
    &[("CommonPrefixes", "Prefix"), ("Contents", "Key"), ("DeleteMarkers", "Key"), ("Versions", "Key")];

pub(super) fn ask_for_encoding(params: &mut Map<String, Value>, context: &mut Context<'_>) -> Result<()> {
    match params.get("EncodingType") {
        Some(_) => context.keeps_keys_encoded = true,
        None => drop(params.insert("EncodingType".to_owned(), Value::from("url"))),
    }
    Ok(())
}

/// Undoes what the caller did not ask for. An answer that is read apart from its request counts as one.
pub(super) fn decode(value: &mut Map<String, Value>, _: &RawResponse, context: &Context<'_>) -> Result<()> {
    if context.keeps_keys_encoded || value.get("EncodingType").and_then(Value::as_str) != Some("url") {
        return Ok(());
    }
    for name in ENCODED {
        decode_member(value, name);
    }
    for (list, name) in ENCODED_ITEMS {
        let items = value.get_mut(*list).and_then(Value::as_array_mut);
        for item in items.into_iter().flatten().filter_map(Value::as_object_mut) {
            decode_member(item, name);
        }
    }
    Ok(())
}

fn decode_member(members: &mut Map<String, Value>, name: &str) {
    if let Some(Value::String(text)) = members.get_mut(name)
        && text.contains(['%', '+'])
    {
        *text = percent::form_decoded(text).into_owned();
    }
}

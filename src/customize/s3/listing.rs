//! Listings: keys may have characters that XML forbids, so requests ask for encoded keys and responses are decoded.

use serde_json::{Map, Value};

use crate::codec::percent;
use crate::customize::quirk::EncodingRule;
use crate::error::Result;
use crate::model::operation::Operation;
use crate::protocol::is_in_xml;
use crate::stage::Context;

/// Members of requests for listings that this module reads.
pub(super) const ASKED: &[&str] = &["Delimiter", "EncodingType", "KeyMarker", "Marker", "Prefix", "StartAfter"];

const ENCODING_TYPE: &str = "EncodingType";

/// Encoded members that echo a parameter. Some stores (Ceph) encode keys but not these, with the same `EncodingType`.
const ECHOED: &[&str] = &["Delimiter", "KeyMarker", "Marker", "Prefix", "StartAfter"];

/// Encoded members that name the last item of the page.
const NEXT: &[&str] = &["NextKeyMarker", "NextMarker"];

pub(super) fn ask_for_encoding(params: &mut Map<String, Value>, context: &mut Context<'_>) -> Result<()> {
    match params.get(ENCODING_TYPE) {
        Some(_) => context.keeps_keys_encoded = true,
        None => drop(params.insert(ENCODING_TYPE.to_owned(), Value::from("url"))),
    }
    let echoed = ECHOED.iter().filter_map(|name| Some((*name, params.get(*name)?.as_str()?.to_owned())));
    context.echoed = echoed.collect();
    Ok(())
}

/// How keys are decoded unless the caller asked for encoded ones. A response that is parsed without its request is decoded.
pub(super) const ENCODING: EncodingRule = EncodingRule {
    items: &[("CommonPrefixes", "Prefix"), ("Contents", "Key"), ("DeleteMarkers", "Key"), ("Versions", "Key")],
    members: &[
        "EncodingType",
        "Delimiter",
        "KeyMarker",
        "Marker",
        "NextKeyMarker",
        "NextMarker",
        "Prefix",
        "StartAfter",
    ],
    applies: |context| !context.keeps_keys_encoded,
    seems_encoded,
    says_encoded: |name, value| name == ENCODING_TYPE && value == "url",
    decode,
    decode_all: |listing, context| {
        for name in ENCODING.members.iter().filter(|name| **name != ENCODING_TYPE) {
            let names_last_item = NEXT.contains(name) && is_last_item(listing, name);
            if let Some(Value::String(text)) = listing.get_mut(*name)
                && !names_last_item
                && !is_plain(name, text, context)
            {
                percent::form_decode(text);
            }
        }
    },
};

/// Stores write it before the keys or after them.
fn seems_encoded(document: &[u8]) -> bool {
    const BEGINNING: usize = 1024;
    let says_so = |document: &[u8]| {
        let text = match std::str::from_utf8(document) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&document[..error.valid_up_to()]).unwrap_or_default(),
        };
        text.contains("<EncodingType>url<")
    };
    document.get(..BEGINNING).is_some_and(says_so) || says_so(document)
}

/// The last key of the page is not known here.
fn decode(name: &str, value: &mut Value, context: &Context<'_>) -> bool {
    match value {
        Value::String(text) if text.contains(['+', '%']) && name != ENCODING_TYPE => {
            if NEXT.contains(&name) {
                return false;
            }
            if !is_plain(name, text, context) {
                percent::form_decode(text);
            }
        }
        _ => {}
    }
    true
}

/// Whether a member is not encoded although the response says so, because it equals the parameter that it echoes. `ListObjects`
/// does not document its `Prefix` as encoded, and botocore does not decode it; it is decoded here if the result is the
/// parameter.
fn is_plain(name: &str, text: &str, context: &Context<'_>) -> bool {
    let parameter = context.echoed.iter().find(|(echoed, _)| *echoed == name).map(|(_, parameter)| parameter.as_str());
    if name == "Prefix" && context.operation.name == "ListObjects" {
        return parameter != Some(&*percent::form_decoded(text));
    }
    parameter == Some(text)
}

/// Whether a member is not encoded, because it equals the item that it names.
fn is_last_item(listing: &Map<String, Value>, name: &str) -> bool {
    let text = listing.get(name).and_then(Value::as_str);
    text.is_some()
        && ENCODING.items.iter().any(|(list, member)| {
            let items = listing.get(*list).and_then(Value::as_array);
            items.and_then(|items| items.last()?.get(*member)?.as_str()) == text
        })
}

/// Encodes a listing that has characters which XML forbids, unless it says itself how it is encoded.
pub(super) fn encode(listing: &mut Map<String, Value>, _: &Operation) {
    if listing.get(ENCODING_TYPE).is_some_and(|value| !value.is_null()) {
        return;
    }
    let mut is_allowed = true;
    each_text(listing, &mut |text| is_allowed &= text.chars().all(is_in_xml));
    if is_allowed {
        return;
    }
    each_text(listing, &mut |text| {
        let mut encoded = String::new();
        percent::push_encoded_path(&mut encoded, text);
        *text = encoded;
    });
    listing.insert(ENCODING_TYPE.to_owned(), Value::from("url"));
}

/// Calls `visit` for all texts that are encoded.
fn each_text(listing: &mut Map<String, Value>, visit: &mut dyn FnMut(&mut String)) {
    for name in ENCODING.members {
        if let Some(Value::String(text)) = listing.get_mut(*name) {
            visit(text);
        }
    }
    for (list, member) in ENCODING.items {
        for item in listing.get_mut(*list).and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(Value::String(text)) = item.get_mut(*member) {
                visit(text);
            }
        }
    }
}

//! Customer-provided encryption keys (SSE-C): sent as base64 with their MD5.

use md5::{Digest, Md5};
use serde_json::{Map, Value};

use crate::error::Result;
use crate::stage::Context;
use crate::value;

pub(super) const MEMBERS: &[&str] = &["SSECustomerKey", "SSECustomerKeyMD5"];
pub(super) const SOURCE_MEMBERS: &[&str] = &["CopySourceSSECustomerKey", "CopySourceSSECustomerKeyMD5"];

pub(super) fn encode(params: &mut Map<String, Value>, _: &mut Context<'_>) -> Result<()> {
    encode_pair(params, "SSECustomerKey", "SSECustomerKeyMD5");
    Ok(())
}

pub(super) fn encode_source_key(params: &mut Map<String, Value>, _: &mut Context<'_>) -> Result<()> {
    encode_pair(params, "CopySourceSSECustomerKey", "CopySourceSSECustomerKeyMD5");
    Ok(())
}

/// Encodes the key and adds its digest. A caller that gives the digest has also encoded the key.
fn encode_pair(params: &mut Map<String, Value>, key: &str, digest: &str) {
    if params.contains_key(digest) {
        return;
    }
    let Some(Value::String(text)) = params.get_mut(key) else { return };
    let md5 = value::blob(Md5::digest(text.as_bytes()));
    *text = value::encode(text.as_bytes());
    params.insert(digest.to_owned(), md5);
}

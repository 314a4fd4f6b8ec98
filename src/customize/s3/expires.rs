//! The `Expires` header of objects: S3 returns the text that was uploaded, which may not be a time.

use http::header::EXPIRES;
use serde_json::{Map, Value};

use crate::codec::timestamp::Timestamp;
use crate::error::Result;
use crate::model::operation::Operation;
use crate::stage::{Context, RawResponse};

/// Hides an `Expires` that is not a time: the response could not be parsed with it.
pub(super) fn withhold_unreadable(response: &mut RawResponse, _: &Context<'_>) -> Result<()> {
    let is_time = |text: &str| Timestamp::parse(text).is_some();
    let Some(value) = response.headers.get(EXPIRES).filter(|value| !value.to_str().is_ok_and(is_time)) else {
        return Ok(());
    };
    response.withheld.insert(EXPIRES, value.clone());
    response.headers.remove(EXPIRES);
    Ok(())
}

/// Adds `ExpiresString`, the unparsed header.
pub(super) fn add_text(value: &mut Map<String, Value>, response: &RawResponse, _: &Context<'_>) -> Result<()> {
    if let Some(header) = response.headers.get(EXPIRES).or_else(|| response.withheld.get(EXPIRES)) {
        let text = String::from_utf8_lossy(header.as_bytes()).into_owned();
        value.insert("ExpiresString".to_owned(), Value::String(text));
    }
    Ok(())
}

/// Removes `ExpiresString` if there is the time, of which it is the text.
pub(super) fn remove_text(value: &mut Map<String, Value>, _: &Operation) {
    if value.get("Expires").is_some_and(|time| !time.is_null()) {
        value.shift_remove("ExpiresString");
    }
}

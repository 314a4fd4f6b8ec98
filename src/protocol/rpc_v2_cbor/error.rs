//! Errors in CBOR.

use super::read::scalar;
use crate::codec::cbor::{CborDecoder, CborItem, DecodeError};
use crate::protocol::ErrorFields;
use crate::protocol::error_code::trim_code;
use crate::protocol::lenient;

/// Code and message of a CBOR error, read as far as the body is valid CBOR.
pub(in crate::protocol) fn error_fields(body: &[u8]) -> ErrorFields {
    let mut fields = ErrorFields::default();
    let _ = read_error(body, &mut fields);
    fields
}

fn read_error(body: &[u8], fields: &mut ErrorFields) -> Result<(), DecodeError> {
    let mut decoder = CborDecoder::new(body);
    let CborItem::Map(mut length) = decoder.item()? else { return Ok(()) };
    let mut has_lower_case = false;
    let mut has_type = false;
    while decoder.more(&mut length)? {
        let CborItem::Text(name) = decoder.item()? else { return Ok(()) };
        if !matches!(&*name, "__type" | "code" | "Code" | "message" | "Message") {
            decoder.skip()?;
            continue;
        }
        let item = decoder.item()?;
        if matches!(item, CborItem::Array(_) | CborItem::Map(_)) {
            // A container of that name is not a code or message.
            return Ok(());
        }
        let Some(value) = scalar(item).map(lenient::as_sent) else { continue };
        let text = lenient::text_of(&value).unwrap_or_default();
        match &*name {
            "__type" => {
                has_type = true;
                fields.code = trim_code(&text).to_owned();
            }
            "code" | "Code" if has_type => {}
            "code" | "Code" => fields.code = trim_code(&text).to_owned(),
            // If a service sends both, the lower-case one counts.
            "Message" if has_lower_case => {}
            name => {
                has_lower_case = name == "message";
                fields.message = text.into_owned();
            }
        }
    }
    Ok(())
}

//! What several services do to their parameters.

use serde_json::{Map, Value};

use super::invalid;
use crate::error::Result;
use crate::value;

/// Takes a parameter under another name as well (botocore's `handlers.py: ParameterAlias`).
pub(super) fn rename(params: &mut Map<String, Value>, alias: &str, name: &str) -> Result<()> {
    let Some(given) = params.remove(alias) else { return Ok(()) };
    if params.contains_key(name) {
        return Err(invalid(alias, format_args!("another name of {name}, which is given too; expected one of them")));
    }
    params.insert(name.to_owned(), given);
    Ok(())
}

/// Puts text into base64 where the model knows only a string (botocore's `handlers.py: base64_encode_user_data`).
pub(super) fn encode_text(params: &mut Map<String, Value>, name: &str) {
    if let Some(Value::String(text)) = params.get_mut(name) {
        *text = value::encode(text.as_bytes());
    }
}

//! Parameter changes that several services share.

use serde_json::{Map, Value};

use super::error::QuirkError;
use crate::error::{Error, Result};
use crate::value;

/// Renames a parameter given under an alias (botocore's `handlers.py: ParameterAlias`).
pub(super) fn rename(params: &mut Map<String, Value>, alias: &str, name: &str) -> Result<()> {
    let Some(given) = params.remove(alias) else { return Ok(()) };
    if params.contains_key(name) {
        return Err(invalid(alias, format_args!("an alias of {name}, which is given too; expected one of them")));
    }
    params.insert(name.to_owned(), given);
    Ok(())
}

/// Base64-encodes text whose type in the model is string, not blob (botocore's `handlers.py: base64_encode_user_data`).
pub(super) fn encode_text(params: &mut Map<String, Value>, name: &str) {
    if let Some(Value::String(text)) = params.get_mut(name) {
        *text = value::encode(text.as_bytes());
    }
}

/// A validation error for a parameter; `path` starts after `input.`.
pub(super) fn invalid(path: &str, problem: impl std::fmt::Display) -> Error {
    QuirkError::Parameter { path: path.to_owned(), problem: problem.to_string() }.into()
}

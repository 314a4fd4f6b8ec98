//! Object metadata must be ASCII: it is sent in headers, which S3 signs and stores as ASCII.

use serde_json::{Map, Value};

use crate::customize::parameters::invalid;
use crate::error::Result;
use crate::stage::Context;

pub(super) fn check(params: &mut Map<String, Value>, _: &mut Context<'_>) -> Result<()> {
    let Some(Value::Object(entries)) = params.get("Metadata") else { return Ok(()) };
    for (name, value) in entries {
        if !name.is_ascii() || value.as_str().is_some_and(|value| !value.is_ascii()) {
            let message = "expected ASCII characters, found others; encode non-ASCII text before the call";
            return Err(invalid("Metadata", format_args!("{name:?}: {message}")));
        }
    }
    Ok(())
}

//! The files of `~/.aws/sso/cache`: tokens, and the registrations of clients. The AWS CLI and the SDKs share them.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tucuxi::Environment;
use tucuxi::sign_in::TokenFile;

use super::target::SignIn;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::present;
use crate::error::CliError;

/// What expires sooner is not used any more.
const MIN_VALIDITY: Duration = Duration::from_secs(15 * 60);

/// The file of the token of a session, or of a start URL without a session.
pub(super) fn token_file(sign_in: &SignIn<'_>) -> AwsResult<TokenFile> {
    file(sign_in.session_name.as_deref().unwrap_or(&sign_in.start_url))
}

/// The file of the registration. Its name is that of all that the registration is for.
pub(super) fn registration_file(sign_in: &SignIn<'_>) -> AwsResult<TokenFile> {
    let identity = json!({
        "region": sign_in.region,
        "scopes": sign_in.scopes,
        "session_name": sign_in.session_name,
        "startUrl": sign_in.start_url,
        "tool": "botocore",
    });
    file(&python_json(&identity))
}

fn file(key: &str) -> AwsResult<TokenFile> {
    TokenFile::sso(&Environment::process(), key).map_err(AwsError::library)
}

/// The content of a file, if it is valid for a while.
pub(super) fn read_valid(file: &TokenFile) -> Option<Value> {
    let cached = file.read().ok()??;
    let expiry = present::parse_utc(cached["expiresAt"].as_str()?)?;
    let remaining = expiry.duration_since(SystemTime::now()).ok()?;
    (remaining >= MIN_VALIDITY).then_some(cached)
}

pub(super) fn write(file: &TokenFile, content: &Value) -> AwsResult<()> {
    let failed = |error| AwsError::Program(CliError::Io(file.path().display().to_string(), error));
    file.write(content).map_err(failed)
}

/// The text that Python's `json.dumps` makes of a value without numbers.
fn python_json(value: &Value) -> String {
    match value {
        Value::String(text) => python_string(text),
        Value::Array(items) => format!("[{}]", items.iter().map(python_json).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| format!("{}: {}", python_string(name), python_json(value));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

fn python_string(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for char in Value::from(text).to_string().chars() {
        match char {
            '\x7f' => written.push(char),
            ascii if ascii.is_ascii() => written.push(ascii),
            other => written.extend(other.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}"))),
        }
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_that_of_python() {
        let value = json!({"a": ["é😀", "\u{1}\u{7f}\"\\/\n"], "b": null});
        assert_eq!(
            python_json(&value),
            "{\"a\": [\"\\u00e9\\ud83d\\ude00\", \"\\u0001\u{7f}\\\"\\\\/\\n\"], \"b\": null}"
        );
    }
}

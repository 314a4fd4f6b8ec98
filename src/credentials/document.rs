//! The JSON document in which processes and metadata services return credentials. No error quotes its content, except for the
//! fields in which a service explains an error.

use serde_json::{Map, Value};

use super::Credentials;
use super::check::{self, CredentialsPart};
use super::error::DocumentProblem;
use crate::codec::json;
use crate::codec::timestamp::Timestamp;

/// The maximum length of quoted text of a service or process, in characters.
const MAX_QUOTE: usize = 500;

/// A JSON object that should contain credentials.
pub(super) struct CredentialsDocument(Map<String, Value>);

impl CredentialsDocument {
    /// Parses the document; the error says what was expected.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, DocumentProblem> {
        // As a `Value`: a syntax error names a position, while the error of a typed parser quotes the content.
        match json::given(bytes) {
            Ok(Value::Object(members)) => Ok(CredentialsDocument(members)),
            Ok(_) => Err(DocumentProblem::NotAnObject),
            Err(error) => Err(DocumentProblem::NotJson(error.to_string())),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A text member of one line; `null` and empty text count as missing.
    pub(super) fn text(&self, name: &str) -> Result<Option<&str>, DocumentProblem> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.contains(char::is_control) => {
                Err(DocumentProblem::NotOneLine(name.to_owned()))
            }
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(_) => Err(DocumentProblem::NotText(name.to_owned())),
        }
    }

    /// A required text member.
    pub(super) fn required(&self, name: &str) -> Result<&str, DocumentProblem> {
        self.text(name)?.ok_or_else(|| DocumentProblem::Missing(name.to_owned()))
    }

    /// The credentials; `token` is the name of the member with the session token.
    pub(super) fn credentials(&self, token: &str) -> Result<Credentials, DocumentProblem> {
        let mut credentials = Credentials::new(self.required("AccessKeyId")?, self.required("SecretAccessKey")?);
        if let Some(text) = self.text(token)? {
            credentials = credentials.with_session_token(text);
        }
        if let Some(text) = self.text("Expiration")? {
            let time = Timestamp::parse(text).and_then(Timestamp::to_system_time);
            credentials = credentials.with_expiry(time.ok_or(DocumentProblem::InvalidExpiry)?);
        }
        if let Some(account_id) = self.text("AccountId")? {
            credentials = credentials.with_account_id(account_id);
        }
        if let Some((part, flaw)) = check::flaw(&credentials) {
            let member = match part {
                CredentialsPart::AccessKeyId => "AccessKeyId",
                CredentialsPart::SecretAccessKey => "SecretAccessKey",
                CredentialsPart::SessionToken => token,
                CredentialsPart::AccountId => "AccountId",
            };
            return Err(DocumentProblem::Flawed { member: member.to_owned(), flaw });
        }
        Ok(credentials)
    }

    /// The credentials of a metadata service. Token and expiry are required: without an expiry the credentials would never be
    /// renewed. The error includes the service's own explanation, if there is one.
    pub(super) fn temporary_credentials(&self) -> Result<Credentials, String> {
        self.required("Token")
            .and_then(|_| self.required("Expiration"))
            .and_then(|_| self.credentials("Token"))
            .map_err(|problem| format!("{problem}{}", self.service_error()))
    }

    /// ` (Code: Message)` if the document describes an error, otherwise empty.
    pub(super) fn service_error(&self) -> String {
        // Services use either case for these members.
        let member = |names: [&str; 2]| names.iter().find_map(|name| self.0.get(*name)?.as_str()).map(quote);
        match (member(["Code", "code"]), member(["Message", "message"])) {
            (Some(code), Some(message)) => format!(" ({code}: {message})"),
            (Some(text), None) | (None, Some(text)) => format!(" ({text})"),
            (None, None) => String::new(),
        }
    }
}

/// Prepares foreign text for an error message: one line, at most [`MAX_QUOTE`] characters.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::new();
    for word in text.split(|next: char| next.is_whitespace() || next.is_control()).filter(|word| !word.is_empty()) {
        if !quoted.is_empty() {
            quoted.push(' ');
        }
        quoted.push_str(word);
    }
    match quoted.char_indices().nth(MAX_QUOTE) {
        Some((end, _)) => format!("{} …", &quoted[..end]),
        None => quoted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_documents_are_not_quoted() {
        use DocumentProblem::*;
        let secret = || "SecretAccessKey".to_owned();
        for (text, expected) in [
            ("HUSH", NotJson("expected value at line 1 column 1".to_owned())),
            ("[\"HUSH\"]", NotAnObject),
            ("{\"AccessKeyId\": \"A\"}", Missing(secret())),
            ("{\"AccessKeyId\": \"A\", \"SecretAccessKey\": \"\"}", Missing(secret())),
            ("{\"AccessKeyId\": \"A\", \"SecretAccessKey\": [\"HUSH\"]}", NotText(secret())),
            ("{\"AccessKeyId\": \"A\", \"SecretAccessKey\": \"HU\\nSH\"}", NotOneLine(secret())),
            ("{\"AccessKeyId\": \"A\", \"SecretAccessKey\": \"HUSH\", \"Expiration\": \"HUSH\"}", InvalidExpiry),
        ] {
            let found = CredentialsDocument::parse(text.as_bytes()).and_then(|document| document.credentials("Token"));
            assert_eq!(found.unwrap_err(), expected, "{text}");
        }
    }

    #[test]
    fn quotes_are_one_line_of_limited_length() {
        assert_eq!(quote(" a\r\n\tb\u{1b}[31m  c\n"), "a b [31m c");
        assert_eq!(quote(&"é".repeat(MAX_QUOTE)), "é".repeat(MAX_QUOTE));
        assert_eq!(quote(&"é".repeat(MAX_QUOTE + 1)), format!("{} …", "é".repeat(MAX_QUOTE)));
    }
}

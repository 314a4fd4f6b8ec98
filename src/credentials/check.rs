//! Rejects characters that credentials must not contain: line breaks from files, and whitespace and invisible characters from
//! copied text. A service would only report a wrong signature, or the request could not be sent at all.

use super::Credentials;

/// A part of credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CredentialsPart {
    AccessKeyId,
    SecretAccessKey,
    SessionToken,
    AccountId,
}

impl CredentialsPart {
    /// The name in error messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            CredentialsPart::AccessKeyId => "access key id",
            CredentialsPart::SecretAccessKey => "secret access key",
            CredentialsPart::SessionToken => "session token",
            CredentialsPart::AccountId => "account id",
        }
    }

    /// Why the text cannot be this part, as the end of a sentence that does not quote the text.
    pub(super) fn flaw(self, text: &str) -> Option<&'static str> {
        let is_break = |next: char| matches!(next, '\r' | '\n');
        let is_space = |next: char| next.is_whitespace() || is_invisible(next);
        if text.ends_with(is_break) {
            Some("ends with a line break; remove it")
        } else if text.contains(is_break) {
            Some("contains a line break; expected one line")
        } else if text.starts_with(is_space) || text.ends_with(is_space) {
            Some("begins or ends with whitespace or an invisible character; remove it")
        } else if text.contains(char::is_control) {
            Some("contains a control character; remove it")
        } else if text.chars().any(|next| !self.allows(next)) {
            Some("contains a character that is not ASCII; remove it")
        } else {
            None
        }
    }

    /// Every part but the secret is sent in a header. Some S3-compatible stores allow letters of any language in a secret, as
    /// botocore does.
    fn allows(self, next: char) -> bool {
        next.is_ascii() || (self == CredentialsPart::SecretAccessKey && next.is_alphanumeric())
    }
}

/// Whether this is a byte order mark, a zero-width space or joiner, or a direction mark.
fn is_invisible(next: char) -> bool {
    matches!(next, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{ad}')
}

/// The first unusable part, and why it is unusable.
pub(super) fn flaw(credentials: &Credentials) -> Option<(CredentialsPart, &'static str)> {
    let parts = [
        (CredentialsPart::AccessKeyId, Some(credentials.access_key_id())),
        (CredentialsPart::SecretAccessKey, Some(credentials.secret_access_key())),
        (CredentialsPart::SessionToken, credentials.session_token()),
        (CredentialsPart::AccountId, credentials.account_id()),
    ];
    parts.into_iter().find_map(|(part, text)| Some((part, part.flaw(text?)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flaws_are_named_without_quoting_the_value() {
        let (end, line) = ("ends with a line break; remove it", "contains a line break; expected one line");
        let (space, control) = (
            "begins or ends with whitespace or an invisible character; remove it",
            "contains a control character; remove it",
        );
        let ascii = "contains a character that is not ASCII; remove it";
        for (text, of_id, of_secret) in [
            ("", None, None),
            ("AKID/+=", None, None),
            ("a b", None, None),
            ("x\n", Some(end), Some(end)),
            ("x\r\n", Some(end), Some(end)),
            ("x\r", Some(end), Some(end)),
            ("x\ny", Some(line), Some(line)),
            ("\nx", Some(line), Some(line)),
            (" x", Some(space), Some(space)),
            ("x\t", Some(space), Some(space)),
            ("x\u{a0}", Some(space), Some(space)),
            ("\u{feff}x", Some(space), Some(space)),
            ("x\u{200b}", Some(space), Some(space)),
            ("x\ty", Some(control), Some(control)),
            ("x\0", Some(control), Some(control)),
            ("x\u{7f}y", Some(control), Some(control)),
            ("x\u{a0}y", Some(ascii), Some(ascii)),
            ("“x”", Some(ascii), Some(ascii)),
            ("naïve", Some(ascii), None),
        ] {
            assert_eq!(CredentialsPart::AccessKeyId.flaw(text), of_id, "{text:?}");
            assert_eq!(CredentialsPart::SecretAccessKey.flaw(text), of_secret, "{text:?}");
        }
    }
}

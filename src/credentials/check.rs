//! What no part of credentials may have in it: line breaks that `$(cat file)` and Windows' files leave, blanks and invisible characters
//! that come with copied text. A service would only say that the signature is wrong, or nothing would be sent at all.

use super::Credentials;

/// A part of credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    AccessKeyId,
    SecretAccessKey,
    SessionToken,
    AccountId,
}

impl Part {
    /// The name for messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Part::AccessKeyId => "access key id",
            Part::SecretAccessKey => "secret access key",
            Part::SessionToken => "session token",
            Part::AccountId => "account id",
        }
    }

    /// Why the text cannot be this part, as the end of a sentence; it quotes nothing.
    pub(super) fn flaw(self, text: &str) -> Option<&'static str> {
        let is_break = |next: char| matches!(next, '\r' | '\n');
        let is_blank = |next: char| next.is_whitespace() || is_invisible(next);
        if text.ends_with(is_break) {
            Some("has a line break at its end, which has to go")
        } else if text.contains(is_break) {
            Some("has a line break in it; expected one line")
        } else if text.starts_with(is_blank) || text.ends_with(is_blank) {
            Some("has a blank at its beginning or end, which has to go")
        } else if text.contains(char::is_control) {
            Some("has a control character in it, which has to go")
        } else if text.chars().any(|next| !self.may_have(next)) {
            Some("has a character in it that is not ASCII, which has to go")
        } else {
            None
        }
    }

    /// All but the secret stand in headers. Some stores allow letters of any language in a secret, as botocore does.
    fn may_have(self, next: char) -> bool {
        next.is_ascii() || (self == Part::SecretAccessKey && next.is_alphanumeric())
    }
}

/// Byte order marks, zero-width spaces and joiners, direction marks.
fn is_invisible(next: char) -> bool {
    matches!(next, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{ad}')
}

/// The first part that cannot be used, and why.
pub(super) fn flaw(credentials: &Credentials) -> Option<(Part, &'static str)> {
    let parts = [
        (Part::AccessKeyId, Some(credentials.access_key_id())),
        (Part::SecretAccessKey, Some(credentials.secret_access_key())),
        (Part::SessionToken, credentials.session_token()),
        (Part::AccountId, credentials.account_id()),
    ];
    parts.into_iter().find_map(|(part, text)| Some((part, part.flaw(text?)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flaws_are_named_and_not_quoted() {
        let (end, line) = ("has a line break at its end, which has to go", "has a line break in it; expected one line");
        let (blank, control) =
            ("has a blank at its beginning or end, which has to go", "has a control character in it, which has to go");
        let ascii = "has a character in it that is not ASCII, which has to go";
        for (text, of_id, of_secret) in [
            ("", None, None),
            ("AKID/+=", None, None),
            ("a b", None, None),
            ("x\n", Some(end), Some(end)),
            ("x\r\n", Some(end), Some(end)),
            ("x\r", Some(end), Some(end)),
            ("x\ny", Some(line), Some(line)),
            ("\nx", Some(line), Some(line)),
            (" x", Some(blank), Some(blank)),
            ("x\t", Some(blank), Some(blank)),
            ("x\u{a0}", Some(blank), Some(blank)),
            ("\u{feff}x", Some(blank), Some(blank)),
            ("x\u{200b}", Some(blank), Some(blank)),
            ("x\ty", Some(control), Some(control)),
            ("x\0", Some(control), Some(control)),
            ("x\u{7f}y", Some(control), Some(control)),
            ("x\u{a0}y", Some(ascii), Some(ascii)),
            ("“x”", Some(ascii), Some(ascii)),
            ("naïve", Some(ascii), None),
        ] {
            assert_eq!(Part::AccessKeyId.flaw(text), of_id, "{text:?}");
            assert_eq!(Part::SecretAccessKey.flaw(text), of_secret, "{text:?}");
        }
    }
}

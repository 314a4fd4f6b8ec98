//! Masking of secrets in errors: a service may repeat a rejected parameter or a token in its message.

use std::error::Error as _;

use super::{Error, ErrorKind, TransportError, text};

/// The replacement for a secret.
pub(crate) const MASK: &str = "****";

/// The secrets of one call, in every encoding in which a response may repeat them.
#[derive(Default)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    /// Shorter secrets reveal nothing, and masking them would hide useful text.
    const MIN_LENGTH: usize = 4;
    /// A secret of up to this length may be an ordinary word, so only whole words are matched.
    const MAX_WORD: usize = 7;
    /// The maximum number of forms to search for.
    const MAX_FORMS: usize = 500;
    /// The maximum number of bytes of a text to search.
    const MAX_TEXT: usize = 64 * 1024;

    /// Adds a form of a secret.
    pub(crate) fn add(&mut self, form: &str) {
        let form = form.trim();
        if form.len() >= Self::MIN_LENGTH && !self.is_full() && !self.0.iter().any(|known| known == form) {
            self.0.push(form.to_owned());
        }
    }

    /// Whether no more forms are accepted.
    pub(crate) fn is_full(&self) -> bool {
        self.0.len() >= Self::MAX_FORMS
    }

    /// The text with every secret masked; `None` if it contains none.
    fn mask(&self, text: &str) -> Option<String> {
        self.mask_longer_than(0, text)
    }

    /// As [`mask`](Self::mask), for a message of this crate. Short secrets are ignored, because they may be ordinary
    /// words of the message.
    fn mask_own(&self, text: &str) -> Option<String> {
        self.mask_longer_than(Self::MAX_WORD, text)
    }

    fn mask_longer_than(&self, min: usize, text: &str) -> Option<String> {
        let end = text.floor_char_boundary(Self::MAX_TEXT);
        let mut masked: Option<String> = None;
        // Longest first, because a long secret may contain a short one.
        let mut forms: Vec<&String> = self.0.iter().filter(|form| form.len() > min).collect();
        forms.sort_unstable_by_key(|form| std::cmp::Reverse(form.len()));
        for form in forms {
            let shown = masked.as_deref().unwrap_or(&text[..end]);
            if let Some(next) = replace(shown, form, form.len() <= Self::MAX_WORD) {
                masked = Some(next);
            }
        }
        match masked {
            // The searched part may end in the middle of a secret.
            Some(masked) if end < text.len() && masked.chars().count() <= text::MAX_MESSAGE => Some(MASK.to_owned()),
            masked => masked,
        }
    }
}

/// The text with `secret` masked; `None` if it does not occur. With `as_word`, only as a whole word.
fn replace(text: &str, secret: &str, as_word: bool) -> Option<String> {
    let is_word = |char: Option<char>| char.is_some_and(char::is_alphanumeric);
    let (mut out, mut copied) = (String::new(), 0);
    for (at, found) in text.match_indices(secret) {
        let end = at + found.len();
        if as_word && (is_word(text[..at].chars().next_back()) || is_word(text[end..].chars().next())) {
            continue;
        }
        out.push_str(&text[copied..at]);
        out.push_str(MASK);
        copied = end;
    }
    if copied == 0 {
        return None;
    }
    out.push_str(&text[copied..]);
    Some(out)
}

impl Error {
    /// Masks the secrets in all texts of this error, and in its causes of this crate.
    pub(crate) fn masking(mut self, secrets: &Secrets) -> Self {
        self.mask(secrets);
        self
    }

    fn mask(&mut self, secrets: &Secrets) {
        let inner = &mut self.0;
        // Before a request is sent, no service can have put a secret into the message.
        let is_own = matches!(inner.kind, ErrorKind::Unsupported | ErrorKind::Signing | ErrorKind::Validation);
        let masked = if is_own { secrets.mask_own(&inner.message) } else { secrets.mask(&inner.message) };
        if let Some(masked) = masked {
            inner.message = masked;
        }
        if let Some(masked) = inner.note.as_deref().and_then(|note| secrets.mask(note)) {
            inner.note = Some(masked);
        }
        if let Some(service) = &mut inner.service {
            let shown = service.masked.as_deref().unwrap_or(&service.message);
            if let Some(masked) = secrets.mask(shown) {
                service.masked = Some(Box::new(masked));
            }
        }
        let Some(source) = inner.source.as_deref_mut() else { return };
        if let Some(source) = source.downcast_mut::<Error>() {
            source.mask(secrets);
        } else if let Some(transport) = source.downcast_ref::<TransportError>() {
            let masked = transport.source().and_then(|source| secrets.mask(&source.to_string()));
            if let Some(masked) = masked {
                // The retry policy depends on the kind, so it is kept.
                inner.source = Some(TransportError::new(transport.kind(), masked).into());
            }
        } else if let Some(masked) = secrets.mask(&source.to_string()) {
            inner.source = Some(masked.into());
        }
    }

    /// Masks the quotations in the message. It is used for responses that contain secrets: an unexpected value may be
    /// one.
    pub(crate) fn masking_quotes(mut self) -> Self {
        let message = &mut self.0.message;
        let mut out = String::with_capacity(message.len());
        let mut rest = message.as_str();
        while let Some(open) = rest.find(['"', '`']) {
            let (before, quoted) = rest.split_at(open);
            let close = closing(&quoted[1..], &quoted[..1]);
            let end = close.map_or(quoted.len(), |close| close + 2);
            out.push_str(before);
            // serde shows scalars in backticks. Settings and other names in backticks stay.
            let is_scalar =
                ["integer ", "floating point ", "boolean ", "character "].iter().any(|kind| before.ends_with(kind));
            out.push_str(if quoted.starts_with('"') || is_scalar { MASK } else { &quoted[..end] });
            rest = &quoted[end..];
        }
        out.push_str(rest);
        *message = out;
        self
    }
}

/// The end of a quotation. Quotes inside are escaped with a backslash.
fn closing(text: &str, quote: &str) -> Option<usize> {
    let mut is_escaped = false;
    for (at, char) in text.char_indices() {
        match char {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if quote.starts_with(char) => return Some(at),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{ErrorKind, ServiceError};

    fn secrets(forms: &[&str]) -> Secrets {
        let mut secrets = Secrets::default();
        forms.iter().for_each(|form| secrets.add(form));
        secrets
    }

    #[test]
    fn repeated_secrets_are_masked() {
        let known = secrets(&["hunter2hunter2", "1234", "abc", "hunter2hunter2/x"]);
        for (text, expected) in [
            ("nothing", None),
            ("abc", None),
            ("no hunter2hunter2, nohunter2hunter2no", Some("no ****, no****no")),
            ("hunter2hunter2/x", Some("****")),
            ("code 1234: 12345 a1234 (1234)", Some("code ****: 12345 a1234 (****)")),
        ] {
            assert_eq!(known.mask(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn partial_secrets_at_the_search_limit_are_masked() {
        let secret = "s".repeat(Secrets::MAX_TEXT - 3);
        let text = format!("{secret} {secret}");
        assert_eq!(secrets(&[&secret]).mask(&text).as_deref(), Some(MASK));
    }

    #[test]
    fn messages_services_and_causes_are_masked() {
        let service = ServiceError { message: "refused: HUSHHUSH".to_owned(), ..ServiceError::bare(400, "Bad") };
        let inner = Error::new(ErrorKind::Response, "HUSHHUSH");
        for error in [
            Error::from_service(service),
            Error::new(ErrorKind::Connection, "x").with_source(inner),
            Error::new(ErrorKind::Connection, "x").with_source("foreign HUSHHUSH"),
        ] {
            let masked = error.masking(&secrets(&["HUSHHUSH"]));
            let shown = format!("{masked} {masked:?} {:?}", masked.service());
            assert!(!shown.contains("HUSH") && shown.contains(MASK), "{shown}");
            if let Some(service) = masked.service() {
                assert_eq!(service.message(), "refused: HUSHHUSH");
            }
        }
    }

    #[test]
    fn quotations_are_masked() {
        for (message, expected) in [
            ("Pin: expected integer, found \"a\\\"b\"", "Pin: expected integer, found ****"),
            ("invalid type: integer `12`, expected text", "invalid type: integer ****, expected text"),
            ("begins with \"cut", "begins with ****"),
            ("larger than the setting `max_body`", "larger than the setting `max_body`"),
            ("plain", "plain"),
        ] {
            assert_eq!(Error::new(ErrorKind::Response, message).masking_quotes().to_string(), expected);
        }
    }
}

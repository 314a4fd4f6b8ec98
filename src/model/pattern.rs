//! The `pattern` trait, compiled when strict validation first wants it.

use std::fmt;
use std::ops::Deref;

use once_cell::sync::OnceCell;

use crate::codec::regex::Regex;

/// A regular expression of a model. It is searched for, not anchored, unless it anchors itself.
pub(crate) struct Pattern {
    text: Box<str>,
    /// `None` where the expression uses what the engine does not have: models are written for Java's and ECMAScript's
    /// engines, with look-around and Unicode classes here and there. Such patterns are left to the service.
    compiled: OnceCell<Option<Regex>>,
}

impl Pattern {
    pub(crate) fn new(text: &str) -> Self {
        Pattern { text: text.into(), compiled: OnceCell::new() }
    }

    /// Whether the text matches, or nobody here can tell.
    pub(crate) fn allows(&self, text: &str) -> bool {
        let compiled = self.compiled.get_or_init(|| Regex::new(&self.text).ok());
        compiled.as_ref().is_none_or(|regex| regex.is_match(text))
    }
}

impl Deref for Pattern {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searched_and_forgiving() {
        for (pattern, text, allowed) in [
            ("^[a-z]+$", "abc", true),
            ("^[a-z]+$", "abc1", false),
            ("[a-z]", "1a1", true),
            ("[a-z]", "11", false),
            ("^(?!aws:).*$", "aws:x", true),
            ("[\\p{L}\\p{Z}]", "1", true),
            ("(", "x", true),
            ("(a{1,1000}){1,1000}", "b", true),
        ] {
            assert_eq!(Pattern::new(pattern).allows(text), allowed, "{pattern} {text}");
        }
    }
}

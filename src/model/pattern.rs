//! The `pattern` trait, compiled on its first use in strict validation.

use std::fmt;
use std::ops::Deref;

use once_cell::sync::OnceCell;

use crate::codec::regex::Regex;

/// Regular expression of a model. It matches anywhere in the text unless it has anchors.
pub(crate) struct Pattern {
    text: Box<str>,
    /// `None` if the regex engine does not support the expression. Models are written for Java and ECMAScript, and some use
    /// look-around or Unicode classes. The service checks such patterns.
    compiled: OnceCell<Option<Regex>>,
}

impl Pattern {
    pub(crate) fn new(text: &str) -> Self {
        Pattern { text: text.into(), compiled: OnceCell::new() }
    }

    /// Whether the text matches, or the pattern is not supported.
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
    fn patterns_are_searched_and_unsupported_ones_allow_all() {
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

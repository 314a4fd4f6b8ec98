//! Errors of shorthand texts, with the text and a caret below the place.

use std::fmt;

use crate::aws::values::paramfile::FileError;

#[derive(Debug, PartialEq)]
pub(crate) enum ShorthandError {
    /// `received` is a character, `EOF` or `<none>`.
    Unexpected {
        expected: &'static str,
        received: String,
        place: Caret,
    },
    /// A key that the map already has.
    SecondKey {
        key: String,
        place: Caret,
    },
    TooDeep,
    /// A file of `key@=file://..`.
    File(FileError),
}

/// A place in a text.
#[derive(Debug, PartialEq)]
pub(crate) struct Caret {
    pub(crate) text: String,
    /// Number of characters before the place.
    pub(crate) column: usize,
}

impl fmt::Display for ShorthandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ShorthandError::Unexpected { expected, received, place } => {
                write!(f, "Expected: '{expected}', received: '{received}' for input:\n {place}")
            }
            ShorthandError::SecondKey { key, place } => write!(
                f,
                "Second instance of key \"{key}\" encountered for input:\n{place}\nThis is often because there is a preceding \
                 \",\" instead of a space."
            ),
            ShorthandError::TooDeep => f.write_str("Lists and maps are nested too deeply."),
            ShorthandError::File(error) => error.fmt(f),
        }
    }
}

/// The text up to the end of the line with the place, the caret, and the other lines.
impl fmt::Display for Caret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let index = self.text.char_indices().nth(self.column).map_or(self.text.len(), |(index, _)| index);
        let (before, after) = self.text.split_at(index);
        let line = before.rsplit_once('\n').map_or(before, |(_, line)| line);
        // A place after the end is one column after it.
        let missing = self.column.saturating_sub(self.text.chars().count());
        let width = line.chars().count() + missing;
        let rest = after.find('\n').map_or("", |end| &after[end..]);
        let shown = &self.text[..self.text.len() - rest.len()];
        write!(f, "{shown}\n{:width$}^{rest}", "")
    }
}

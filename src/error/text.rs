//! Escaping and truncation of foreign text in messages.
//!
//! Text from services, files, environments and callers ends up in terminals and logs, so every line of this crate
//! passes through here. A line stays one line, and nothing in it moves the cursor, changes colours or changes the text
//! direction.

use std::fmt::{self, Write};

/// The maximum number of characters of a service's message in a line. The accessor returns all of it.
pub(super) const MAX_MESSAGE: usize = 1000;

/// The maximum number of characters of a code, an id or another short text in a line.
pub(super) const MAX_NAME: usize = 200;

/// The maximum number of characters of a message of this crate, which may list many errors.
pub(super) const MAX_LINE: usize = 16_000;

/// Writes text as part of one line. Invisible characters are escaped as in Rust literals (`\n`, `\u{1b}`). Text that is
/// already escaped stays as it is.
pub(crate) fn write_one_line(f: &mut fmt::Formatter<'_>, text: fmt::Arguments<'_>) -> fmt::Result {
    OneLine(f).write_fmt(text)
}

/// Foreign text as part of one line, cut after a maximum number of characters. An ellipsis marks the cut.
pub(crate) struct Cut<'t>(pub(crate) &'t str, pub(crate) usize);

impl fmt::Display for Cut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cut(text, max_chars) = *self;
        match text.char_indices().nth(max_chars) {
            None => write_one_line(f, format_args!("{text}")),
            Some((end, _)) => write_one_line(f, format_args!("{}…", text[..end].trim_end())),
        }
    }
}

struct OneLine<'w, W>(&'w mut W);

impl<W: Write> Write for OneLine<'_, W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text;
        while let Some((at, char)) = rest.char_indices().find(|(_, char)| is_escaped(*char)) {
            self.0.write_str(&rest[..at])?;
            match char {
                '\n' | '\r' | '\t' => write!(self.0, "{}", char.escape_default())?,
                other => write!(self.0, "{}", other.escape_unicode())?,
            }
            rest = &rest[at + char.len_utf8()..];
        }
        self.0.write_str(rest)
    }
}

/// Whether a character is escaped: control characters, line and paragraph separators, and invisible characters that
/// change other text: direction marks and overrides
/// (<https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters>), zero-width spaces, tags. Joiners stay,
/// because languages and emoji need them.
fn is_escaped(char: char) -> bool {
    if char.is_ascii() {
        return char.is_ascii_control();
    }
    char.is_control()
        || matches!(
            char,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'
                | '\u{200e}' | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Whole<'t>(&'t str);

    impl fmt::Display for Whole<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write_one_line(f, format_args!("{}", self.0))
        }
    }

    #[test]
    fn invisible_characters_are_escaped() {
        for (text, shown) in [
            ("", ""),
            (
                "plain ä 日本 \u{1f469}\u{200d}\u{1f680} \\n \"q\" 'q'",
                "plain ä 日本 \u{1f469}\u{200d}\u{1f680} \\n \"q\" 'q'",
            ),
            ("a\r\nb\tc", "a\\r\\nb\\tc"),
            ("\0\u{1b}[31mred\u{7f}", "\\u{0}\\u{1b}[31mred\\u{7f}"),
            ("\u{9b}2J\u{85}", "\\u{9b}2J\\u{85}"),
            ("x\u{202e}gnp.exe\u{2066}", "x\\u{202e}gnp.exe\\u{2066}"),
            ("\u{2028}\u{2029}\u{feff}\u{200f}", "\\u{2028}\\u{2029}\\u{feff}\\u{200f}"),
        ] {
            assert_eq!(Whole(text).to_string(), shown);
            assert_eq!(Whole(shown).to_string(), shown);
        }
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(Cut("äöü", 3).to_string(), "äöü");
        assert_eq!(Cut("äöüß", 3).to_string(), "äöü…");
        assert_eq!(Cut("ab \ncd", 4).to_string(), "ab…");
    }
}

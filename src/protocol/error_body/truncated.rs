//! Completion of truncated JSON.

/// Marks the end of a truncated string.
pub(super) const TRUNCATED: char = '\u{2026}';

/// Completes a truncated document. A truncated string is kept and marked with [`TRUNCATED`]. A name without a value,
/// and a number or word at the end, are dropped.
pub(super) fn close_truncated(text: &str) -> Option<String> {
    let mut scan = TruncatedScan::default();
    for (at, byte) in text.bytes().enumerate() {
        match scan.string {
            Some(_) => scan.within_string(at, byte)?,
            None => scan.between_strings(at, byte)?,
        }
    }
    scan.close(text)
}

/// The state after a part of a document.
#[derive(Default)]
struct TruncatedScan {
    /// The open objects and arrays by their first byte.
    open: Vec<(u8, NextToken)>,
    complete: Complete,
    /// The beginning of the open string.
    string: Option<usize>,
    /// The number of bytes that are left of an escape sequence.
    escape: u8,
}

/// What an object or array expects next.
#[derive(Clone, Copy, PartialEq)]
enum NextToken {
    Name,
    Value,
    /// A comma or the end.
    Separator,
}

/// The part of the document that is complete.
#[derive(Default)]
struct Complete {
    end: usize,
    /// The number of open objects and arrays at the end.
    depth: usize,
}

impl TruncatedScan {
    /// `None` if the document is malformed, not truncated.
    fn within_string(&mut self, at: usize, byte: u8) -> Option<()> {
        match (self.escape, byte) {
            (0, b'\\') => self.escape = 1,
            (0, b'"') => {
                self.string = None;
                match self.open.last_mut() {
                    Some((_, expected @ NextToken::Value)) => {
                        *expected = NextToken::Separator;
                        self.complete_at(at + 1);
                    }
                    Some((b'{', expected @ NextToken::Name)) => *expected = NextToken::Separator,
                    _ => return None,
                }
            }
            (0, _) => {}
            (1, b'u') => self.escape = 5,
            (left, _) => self.escape = left - 1,
        }
        Some(())
    }

    /// `None` if the document is malformed, not truncated.
    fn between_strings(&mut self, at: usize, byte: u8) -> Option<()> {
        /// The reader rejects deeper documents.
        const MAX_DEPTH: usize = 512;
        match byte {
            b'"' if self.open.last().is_some_and(|(_, expected)| *expected != NextToken::Separator) => {
                self.string = Some(at);
            }
            b'{' | b'[' if self.open.len() <= MAX_DEPTH => {
                self.open.push((byte, if byte == b'{' { NextToken::Name } else { NextToken::Value }));
                self.complete_at(at + 1);
            }
            b'}' | b']' => {
                self.open.pop()?;
                if let Some((_, expected)) = self.open.last_mut() {
                    *expected = NextToken::Separator;
                }
                self.complete_at(at + 1);
            }
            b':' => self.open.last_mut()?.1 = NextToken::Value,
            b',' => {
                let (kind, expected) = self.open.last_mut()?;
                // A number or word before the comma is complete.
                if *expected != NextToken::Name {
                    self.complete.end = at;
                }
                *expected = if *kind == b'{' { NextToken::Name } else { NextToken::Value };
                self.complete.depth = self.open.len();
            }
            byte if byte.is_ascii_whitespace() => {}
            // A part of a number or word. Other errors are not due to truncation.
            b'+' | b'-' | b'.' | b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z'
                if self.open.last().is_some_and(|(_, expected)| *expected == NextToken::Value) => {}
            _ => return None,
        }
        Some(())
    }

    fn complete_at(&mut self, end: usize) {
        self.complete = Complete { end, depth: self.open.len() };
    }

    fn close(mut self, text: &str) -> Option<String> {
        let mut out = match (self.string, self.open.last()) {
            (Some(begin), Some((_, NextToken::Value))) => {
                let mut end = text.len();
                if self.escape > 0 {
                    end = text[begin..].rfind('\\').map_or(end, |at| begin + at);
                }
                format!("{}{TRUNCATED}\"", &text[..end])
            }
            _ if self.complete.end > 1 => {
                self.open.truncate(self.complete.depth);
                text[..self.complete.end].to_owned()
            }
            _ => return None,
        };
        if self.open.is_empty() {
            return None;
        }
        out.extend(self.open.iter().rev().map(|(kind, _)| if *kind == b'{' { '}' } else { ']' }));
        Some(out)
    }
}

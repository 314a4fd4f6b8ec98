//! Finds the members of a JSON object in its text, without parsing their values.

use std::ops::Range;

/// Byte ranges of a member's name and value in the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TextEntry {
    name: Range<u32>,
    value: Range<u32>,
}

impl TextEntry {
    pub(super) fn name<'t>(&self, text: &'t str) -> &'t str {
        slice(text, &self.name)
    }

    pub(super) fn value<'t>(&self, text: &'t str) -> &'t str {
        slice(text, &self.value)
    }
}

fn slice<'t>(text: &'t str, range: &Range<u32>) -> &'t str {
    text.get(range.start as usize..range.end as usize).unwrap_or_default()
}

/// Scans `"name":{..},"name":{..}` without white space, up to the first thing that is something else.
pub(super) fn scan_entries(text: &str, range: Range<usize>) -> Vec<TextEntry> {
    let mut entries = Vec::new();
    let bytes = text.as_bytes().get(..range.end).unwrap_or_default();
    let mut at = range.start;
    while let Some((entry, end)) = scan_entry(bytes, at) {
        entries.push(entry);
        at = end + 1;
    }
    entries
}

/// Returns the entry at a position, and where it ends.
fn scan_entry(bytes: &[u8], at: usize) -> Option<(TextEntry, usize)> {
    let name = at + 1..end_of_string(bytes, at)? - 1;
    let start = name.end + 2;
    if bytes.get(name.end + 1) != Some(&b':') || bytes.get(start) != Some(&b'{') {
        return None;
    }
    let end = end_of_object(bytes, start)?;
    let short = |range: Range<usize>| Some(u32::try_from(range.start).ok()?..u32::try_from(range.end).ok()?);
    Some((TextEntry { name: short(name)?, value: short(start..end)? }, end))
}

/// Returns the position after a string whose quote is at `start`.
fn end_of_string(bytes: &[u8], start: usize) -> Option<usize> {
    if bytes.get(start) != Some(&b'"') {
        return None;
    }
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Returns the position after an object whose brace is at `start`.
fn end_of_object(bytes: &[u8], start: usize) -> Option<usize> {
    let (mut at, mut depth) = (start, 0_usize);
    loop {
        match bytes.get(at)? {
            b'"' => at = end_of_string(bytes, at)?,
            b'{' => (at, depth) = (at + 1, depth + 1),
            b'}' if depth == 1 => return Some(at + 1),
            b'}' => (at, depth) = (at + 1, depth - 1),
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_end_where_their_objects_end() {
        let text = r#"x"A":{"a":{"b":"}\"{\\"}},"B":{},"#;
        let entries = scan_entries(text, 1..text.len());
        let found: Vec<_> = entries.iter().map(|entry| (entry.name(text), entry.value(text))).collect();
        assert_eq!(found, [("A", r#"{"a":{"b":"}\"{\\"}}"#), ("B", "{}")]);
    }

    #[test]
    fn other_text_ends_the_scan() {
        for text in ["", "\"", "\"A", "\"A\"", "\"A\":", "\"A\":3", "\"A\":{", "\"A\":{\"", "\"A\":{\"\\", "{}", "é"] {
            assert_eq!(scan_entries(text, 0..text.len()), [], "{text}");
            assert_eq!(scan_entries(text, 3..100), [], "{text}");
        }
    }
}

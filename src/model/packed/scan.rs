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

/// Scans lines `"name":{..},` up to the first thing that is something else. The range begins with a line break.
pub(super) fn scan_entries(text: &str, range: Range<usize>) -> Vec<TextEntry> {
    let lines = text.get(range.clone()).unwrap_or_default();
    let mut at = range.start;
    let entries = lines.split('\n').map(|line| {
        let start = at;
        at += line.len() + 1;
        scan_entry(line, start)
    });
    // Before the first line break there is nothing.
    entries.skip(1).map_while(|entry| entry).collect()
}

/// Returns the entry of a line that starts at a position.
fn scan_entry(line: &str, at: usize) -> Option<TextEntry> {
    let (name, value) = line.strip_prefix('"')?.split_once("\":{")?;
    let start = at + 1 + name.len() + 2;
    let end = start + 1 + value.strip_suffix(',').unwrap_or(value).len();
    let short = |from: usize, to: usize| Some(u32::try_from(from).ok()?..u32::try_from(to).ok()?);
    Some(TextEntry { name: short(at + 1, at + 1 + name.len())?, value: short(start, end)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_lines() {
        let text = "{\n\"A\":{\"a\":{\"b\":\"}\\\"\"}},\n\"B\":{},";
        let entries = scan_entries(text, 1..text.len());
        let found: Vec<_> = entries.iter().map(|entry| (entry.name(text), entry.value(text))).collect();
        assert_eq!(found, [("A", r#"{"a":{"b":"}\""}}"#), ("B", "{}")]);
    }

    #[test]
    fn other_text_ends_the_scan() {
        for text in ["", "\n", "\n\"A", "\n\"A\"", "\n\"A\":", "\n\"A\":3", "\n{}", "\né", "\n\n\"A\":{}", "\"A\":{}"]
        {
            assert_eq!(scan_entries(text, 0..text.len()), [], "{text}");
            assert_eq!(scan_entries(text, 3..100), [], "{text}");
        }
    }
}

//! Changes the text of a config or credentials file, and leaves all lines that it does not change as they are.
//!
//! New lines go where the AWS CLI puts them. Unlike it, an edit knows which lines continue a value: those of a nested block are no keys
//! of the section, and go away with the value that they continue.

use super::section::SectionName;

/// What a key becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NewValue {
    Text(String),
    /// The key of a nested block, and its value.
    Nested(String, String),
    /// No line, if there is one.
    Removed,
}

/// The text with these values of a section, which is added if there is none.
pub(crate) fn apply(text: &str, section: &SectionName, values: &[(String, NewValue)]) -> String {
    let mut edit = TextEdit::new(text);
    let start = edit.find(section).or_else(|| edit.find(&section.other()?));
    match start {
        Some(start) => edit.update(start, values),
        None => edit.append(section, values),
    }
    edit.lines.concat()
}

/// The lines of a file, each with its end.
struct TextEdit {
    lines: Vec<String>,
    /// The end of new lines.
    end: &'static str,
}

impl TextEdit {
    fn new(text: &str) -> Self {
        let mut lines = Vec::new();
        let mut rest = text;
        while let Some(found) = rest.find(['\n', '\r']) {
            let length = if rest[found..].starts_with("\r\n") { 2 } else { 1 };
            let (line, after) = rest.split_at(found + length);
            lines.push(line.to_owned());
            rest = after;
        }
        if !rest.is_empty() {
            lines.push(rest.to_owned());
        }
        let end = if lines.first().is_some_and(|line| line.ends_with("\r\n")) { "\r\n" } else { "\n" };
        TextEdit { lines, end }
    }

    fn find(&self, section: &SectionName) -> Option<usize> {
        self.lines.iter().position(|line| header(line).is_some_and(|header| section.is(header)))
    }

    /// Adds a section at the end.
    fn append(&mut self, section: &SectionName, values: &[(String, NewValue)]) {
        self.end_last_line();
        let header = format!("[{}]{}", section.header(), self.end);
        self.lines.push(header);
        self.insert(self.lines.len(), "", values);
    }

    fn end_last_line(&mut self) {
        if let Some(last) = self.lines.last_mut()
            && !last.ends_with(['\n', '\r'])
        {
            last.push_str(self.end);
        }
    }

    /// Changes the section whose header is at `start`.
    fn update(&mut self, start: usize, values: &[(String, NewValue)]) {
        let mut missing = Vec::new();
        for (key, value) in values {
            match self.entry(start, key) {
                Some(entry) => self.replace(entry, value),
                None => missing.push((key.clone(), value.clone())),
            }
        }
        let end = self.section_end(start);
        let is_last = |index: &usize| {
            let line = &self.lines[*index];
            delimiter(line).is_some() || !line.trim().is_empty() && !is_comment(line)
        };
        let last = (start..end).rev().find(is_last).unwrap_or(start);
        // At the end of a file, the AWS CLI leaves one line between.
        let at = if end < self.lines.len() { last + 1 } else { last + 2 };
        // Less indentation could make the next header a part of the new value.
        let before = self.last_key(start, end);
        self.insert(at.min(end), &before, &missing);
    }

    /// The indentation of the last key of a section, or that of its header.
    fn last_key(&self, start: usize, end: usize) -> String {
        let (mut key, mut has_key) = (start, false);
        for index in start + 1..end {
            let line = &self.lines[index];
            let is_value = has_key && indent(line) > indent(&self.lines[key]);
            if !line.trim().is_empty() && !is_comment(line) && !is_value {
                (key, has_key) = (index, true);
            }
        }
        before_text(&self.lines[key]).to_owned()
    }

    /// The line after the last one of the section.
    fn section_end(&self, start: usize) -> usize {
        let is_header = |index: &usize| header(&self.lines[*index]).is_some();
        (start + 1..self.lines.len()).find(is_header).unwrap_or(self.lines.len())
    }

    /// The lines of a key and its value.
    fn entry(&self, start: usize, key: &str) -> Option<EntryLines> {
        let mut found: Option<EntryLines> = None;
        let (mut open, mut has_key) = (indent(&self.lines[start]), false);
        for index in start + 1..self.section_end(start) {
            let line = &self.lines[index];
            if line.trim().is_empty() || is_comment(line) {
                continue;
            }
            match (&mut found, has_key && indent(line) > open) {
                (Some(entry), true) => entry.last = index,
                (Some(_), false) => break,
                (None, true) => {}
                (None, false) => {
                    (open, has_key) = (indent(line), true);
                    let is_key = delimiter(line).is_some_and(|end| line[..end].trim().eq_ignore_ascii_case(key.trim()));
                    found = is_key.then_some(EntryLines { first: index, last: index });
                }
            }
        }
        found
    }

    fn replace(&mut self, entry: EntryLines, value: &NewValue) {
        let line = &self.lines[entry.first];
        let end = delimiter(line).unwrap_or(line.len());
        let key = line[..end].trim().to_owned();
        match value {
            NewValue::Text(text) => {
                let line = self.key_line(before_text(line), &key, text, entry.first);
                self.drop_continuation(entry);
                self.lines[entry.first] = line;
            }
            NewValue::Removed => {
                self.drop_continuation(entry);
                self.lines[entry.first].clear();
            }
            NewValue::Nested(name, text) => self.replace_nested(entry, &key, name, text),
        }
    }

    fn replace_nested(&mut self, entry: EntryLines, key: &str, name: &str, text: &str) {
        let line = &self.lines[entry.first];
        let own = before_text(line).to_owned();
        let inner = if own.len() < 4 { "    ".to_owned() } else { format!("{own}    ") };
        let is_block = delimiter(line).is_some_and(|end| line[end + 1..].trim().is_empty());
        if !is_block {
            // A value on the line of the key would make the block a text of several lines.
            let block = format!("{own}{key} ={}", self.line_end(entry.first));
            self.drop_continuation(entry);
            self.lines[entry.first] = block;
            let line = self.key_line(&inner, name, text, entry.first);
            self.lines.insert(entry.first + 1, line);
            return;
        }
        let nested = (entry.first + 1..=entry.last).find(|index| {
            let line = &self.lines[*index];
            !is_comment(line) && line.split_once('=').is_some_and(|(found, _)| found.trim() == name)
        });
        if let Some(index) = nested {
            self.lines[index] = self.key_line(before_text(&self.lines[index]), name, text, index);
            return;
        }
        // Before the next line with a key, as the AWS CLI does it.
        let ends_block = |index: &usize| {
            let line = &self.lines[*index];
            header(line).is_some() || delimiter(line).is_some() && indent(line) <= indent(&own)
        };
        let at = (entry.last + 1..self.lines.len()).find(ends_block).unwrap_or(self.lines.len());
        self.insert_lines(at, format!("{inner}{name} = {text}{}", self.end));
    }

    /// Removes the lines that continue the value of a key. Comments and blank lines stay.
    fn drop_continuation(&mut self, entry: EntryLines) {
        for line in &mut self.lines[entry.first + 1..=entry.last] {
            if !line.trim().is_empty() && !is_comment(line) {
                line.clear();
            }
        }
    }

    fn key_line(&self, indent: &str, key: &str, text: &str, like: usize) -> String {
        format!("{indent}{key} = {text}{}", self.line_end(like))
    }

    /// The end of a line, or that of new lines if it has none.
    fn line_end(&self, index: usize) -> &'static str {
        match self.lines.get(index) {
            Some(line) if line.ends_with("\r\n") => "\r\n",
            Some(line) if line.ends_with('\n') => "\n",
            Some(line) if line.ends_with('\r') => "\r",
            _ => self.end,
        }
    }

    fn insert(&mut self, at: usize, before: &str, values: &[(String, NewValue)]) {
        let end = self.end;
        let line = |(key, value): &(String, NewValue)| match value {
            NewValue::Text(text) => format!("{before}{key} = {text}{end}"),
            NewValue::Nested(name, text) => format!("{before}{key} ={end}{before}    {name} = {text}{end}"),
            NewValue::Removed => String::new(),
        };
        let lines: String = values.iter().map(line).collect();
        if !lines.is_empty() {
            self.insert_lines(at, lines);
        }
    }

    fn insert_lines(&mut self, at: usize, lines: String) {
        self.end_last_line();
        self.lines.insert(at.min(self.lines.len()), lines);
    }
}

/// The first and the last line of a key and its value.
#[derive(Debug, Clone, Copy)]
struct EntryLines {
    first: usize,
    last: usize,
}

/// The text in the brackets of a header, as the library reads it.
fn header(line: &str) -> Option<&str> {
    let line = line.trim_start_matches('\u{feff}').trim();
    let (header, _) = line.strip_prefix('[')?.rsplit_once(']')?;
    Some(header.trim()).filter(|header| !header.is_empty())
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with(['#', ';'])
}

/// The number of characters before the first visible one.
fn indent(line: &str) -> usize {
    line.chars().take_while(|next| next.is_whitespace()).count()
}

/// The white space before the first visible character.
fn before_text(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

/// The place of the delimiter after a key; comments with one count, too, as for the AWS CLI.
fn delimiter(line: &str) -> Option<usize> {
    let start = line.find(|next| !matches!(next, ':' | '='))?;
    Some(start + line[start..].find([':', '='])?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str, key: &str, value: &str) -> String {
        let value = match key.split_once('.') {
            Some((key, name)) => (key.to_owned(), NewValue::Nested(name.to_owned(), value.to_owned())),
            None => (key.to_owned(), NewValue::Text(value.to_owned())),
        };
        apply(text, &SectionName::Default, &[value])
    }

    #[test]
    fn values_are_replaced_in_their_line() {
        for (text, key, expected) in [
            ("[default]\nregion = a\n", "region", "[default]\nregion = N\n"),
            ("[default]\r\nregion=a\r\n# c\r\n", "region", "[default]\r\nregion = N\r\n# c\r\n"),
            ("  [default]\n\tregion : a", "region", "  [default]\n\tregion = N\n"),
            ("[default]\nRegion = a\n", "region", "[default]\nRegion = N\n"),
            ("[default]\n# region = a\nregion = b\n", "region", "[default]\n# region = a\nregion = N\n"),
            ("[default]\nx = a\n  b = c\n\n  d\nregion = z\n", "x", "[default]\nx = N\n\nregion = z\n"),
            ("[default]\ns3 =\n  region = 1\nregion = a\n", "region", "[default]\ns3 =\n  region = 1\nregion = N\n"),
            ("[default]\ns3 =\n  x = 1\n  y = 2\n", "s3.y", "[default]\ns3 =\n  x = 1\n  y = N\n"),
            ("[default]\ns3 =\n  x = 1\nx = 2\n", "s3.x", "[default]\ns3 =\n  x = N\nx = 2\n"),
            ("[default]\ns3 = text\n  more\nx = 2\n", "s3.x", "[default]\ns3 =\n    x = N\nx = 2\n"),
            ("[default]\n  region = a\n  b = 2\n", "region", "[default]\n  region = N\n  b = 2\n"),
            ("\u{feff}[default]\nregion = a\n", "region", "\u{feff}[default]\nregion = N\n"),
            ("[profile default]\nregion = a\n", "region", "[profile default]\nregion = N\n"),
        ] {
            assert_eq!(set(text, key, "N"), expected, "{text:?} {key}");
        }
    }

    #[test]
    fn new_values_go_after_the_last_key_of_the_section() {
        for (text, key, expected) in [
            ("", "region", "[default]\nregion = N\n"),
            ("# hi", "s3.x", "# hi\n[default]\ns3 =\n    x = N\n"),
            ("[default]", "region", "[default]\nregion = N\n"),
            ("[default]\na = b", "region", "[default]\na = b\nregion = N\n"),
            (
                "[default]\na = b\n\n# c\n\n[profile x]\n",
                "region",
                "[default]\na = b\nregion = N\n\n# c\n\n[profile x]\n",
            ),
            ("[default]\na = b\n\n\n", "region", "[default]\na = b\n\nregion = N\n\n"),
            ("[profile x]\r\na = b\r\n", "region", "[profile x]\r\na = b\r\n[default]\r\nregion = N\r\n"),
            (
                "[default]\ns3 =\n  x = 1\n[profile b]\n",
                "region",
                "[default]\ns3 =\n  x = 1\nregion = N\n[profile b]\n",
            ),
            ("[default]\ns3 =\n  x = 1\nregion = a\n", "s3.n", "[default]\ns3 =\n  x = 1\n    n = N\nregion = a\n"),
            ("[default]\n  a = b\n  [profile x]\n", "s3.n", "[default]\n  a = b\n  s3 =\n      n = N\n  [profile x]\n"),
            (
                "[default]\nx = a\n  b = c\n  d\n[profile x]\n",
                "n",
                "[default]\nx = a\n  b = c\n  d\nn = N\n[profile x]\n",
            ),
            ("[default]\ns3 =\n  x = 1", "s3.n", "[default]\ns3 =\n  x = 1\n    n = N\n"),
        ] {
            assert_eq!(set(text, key, "N"), expected, "{text:?} {key}");
        }
    }

    #[test]
    fn removed_values_leave_nothing() {
        let remove = [("a".to_owned(), NewValue::Removed), ("none".to_owned(), NewValue::Removed)];
        assert_eq!(apply("[default]\na = 1\nb = 2\n", &SectionName::Default, &remove), "[default]\nb = 2\n");
        assert_eq!(apply("", &SectionName::Default, &remove), "[default]\n");
    }
}

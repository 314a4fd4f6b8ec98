//! The layout of a page of help: headings, paragraphs and tables of at most 80 columns.

use std::borrow::Cow;

use crate::grammar::help::wrap;

/// The width of the text: that of the narrowest terminals.
pub(super) const WIDTH: usize = 80;

/// The column of what is below a heading.
pub(super) const INDENT: usize = 4;

/// A page that is being written.
#[derive(Default)]
pub(super) struct HelpPage {
    text: String,
}

impl HelpPage {
    pub(super) fn heading(&mut self, heading: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.line(0, heading);
    }

    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// Adds a line as it is.
    pub(super) fn line(&mut self, indent: usize, line: &str) {
        self.text.push_str(&format!("{:indent$}{line}\n", ""));
    }

    /// Adds a paragraph, which is broken at blanks.
    pub(super) fn paragraph(&mut self, indent: usize, text: &str) {
        let text = wrap(text, WIDTH, indent);
        self.line(indent, &text);
    }

    /// Adds items side by side. One is broken only at a bar, if it is wider than a line.
    pub(super) fn items<'i>(&mut self, indent: usize, items: impl IntoIterator<Item = &'i str>) {
        let mut line = String::new();
        let parts = items.into_iter().flat_map(|item| match item.split_once(" | ") {
            Some((first, second)) if item.len().saturating_add(indent) > WIDTH => {
                [Some(Cow::Borrowed(first)), Some(Cow::Owned(format!("| {second}")))]
            }
            _ => [Some(Cow::Borrowed(item)), None],
        });
        for item in parts.flatten() {
            let length = line.chars().count().saturating_add(item.chars().count()).saturating_add(indent);
            if !line.is_empty() && length >= WIDTH {
                self.line(indent, &std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&item);
        }
        if !line.is_empty() {
            self.line(indent, &line);
        }
    }

    /// Adds a row of two columns.
    pub(super) fn row(&mut self, first: &str, column: usize, second: &str) {
        let width = column.saturating_sub(INDENT);
        match first.chars().count() < width {
            true => self.line(INDENT, &format!("{first:<width$}{}", wrap(second, WIDTH, column))),
            false => {
                self.line(INDENT, first);
                self.paragraph(column, second);
            }
        }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }
}

//! The layout of a document: indentation, indicators and breaks, by the rules of libyaml.

use super::scalar::{self, ScalarContext};

/// Blanks of a level.
const INDENT: usize = 2;

/// The width of libyaml's documents.
const BEST_WIDTH: usize = 80;

/// Keys of more bytes begin with `?` on a line of their own.
const MAX_SIMPLE_KEY: usize = 128;

pub(in crate::output::format) struct Emitter<'o> {
    pub(super) out: &'o mut String,
    /// Characters of the current line.
    pub(super) column: usize,
    /// Indentation of the current block; `None` outside of all blocks.
    indent: Option<usize>,
    /// Whether the last character separates what follows.
    pub(super) is_separated: bool,
    /// Whether the line has only blanks and indicators of blocks so far.
    pub(super) is_after_indicators: bool,
    /// The column after which a line is folded at the next blank.
    pub(super) width: usize,
}

impl<'o> Emitter<'o> {
    pub(in crate::output::format) fn new(out: &'o mut String) -> Emitter<'o> {
        Emitter { out, column: 0, indent: None, is_separated: true, is_after_indicators: true, width: BEST_WIDTH }
    }

    /// An emitter that folds no lines.
    pub(super) fn wide(out: &'o mut String) -> Emitter<'o> {
        Emitter { width: usize::MAX, ..Emitter::new(out) }
    }

    pub(in crate::output::format) fn finish(&mut self) {
        self.indent = None;
        self.break_line();
    }

    pub(in crate::output::format) fn indent(&self) -> Option<usize> {
        self.indent
    }

    pub(in crate::output::format) fn set_indent(&mut self, indent: Option<usize>) {
        self.indent = indent;
    }

    /// Begins a block. Returns the indentation to restore after it.
    pub(in crate::output::format) fn increase_indent(&mut self) -> Option<usize> {
        self.indent.replace(self.indent.map_or(0, |indent| indent.saturating_add(INDENT)))
    }

    /// Begins a line at the indentation, unless the current line can be continued there.
    pub(in crate::output::format) fn break_line(&mut self) {
        let indent = self.indent.unwrap_or(0);
        if !self.is_after_indicators || self.column > indent || (self.column == indent && !self.is_separated) {
            self.put_break();
        }
        while self.column < indent {
            self.put(' ');
        }
        self.is_separated = true;
        self.is_after_indicators = true;
    }

    /// Writes `-`, `?` or the `:` of a complex key, after which a nested block begins on the same line.
    pub(in crate::output::format) fn write_block_indicator(&mut self, indicator: char) {
        self.separate();
        self.put(indicator);
        self.is_separated = false;
    }

    /// Writes a key and its colon.
    pub(in crate::output::format) fn write_key(&mut self, name: &str) {
        if name.len() <= MAX_SIMPLE_KEY && !scalar::has_break(name) {
            scalar::write(self, name, ScalarContext::SimpleKey);
            self.put(':');
            self.end_scalar();
            return;
        }
        self.write_block_indicator('?');
        self.write_string(name);
        self.break_line();
        self.write_block_indicator(':');
    }

    /// Writes a string. Its further lines are indented more than its first one.
    pub(super) fn write_string(&mut self, text: &str) {
        let previous = self.increase_indent();
        scalar::write(self, text, ScalarContext::Value);
        self.set_indent(previous);
    }

    /// Writes a scalar that needs no quotes, or an empty list or object.
    pub(in crate::output::format) fn write_plain(&mut self, text: &str) {
        self.separate();
        self.put_all(text);
        self.end_scalar();
    }

    pub(super) fn separate(&mut self) {
        if !self.is_separated {
            self.put(' ');
        }
    }

    pub(super) fn end_scalar(&mut self) {
        self.is_separated = false;
        self.is_after_indicators = false;
    }

    pub(super) fn put(&mut self, character: char) {
        self.out.push(character);
        self.column = self.column.saturating_add(1);
    }

    pub(in crate::output::format) fn put_all(&mut self, text: &str) {
        text.chars().for_each(|character| self.put(character));
    }

    pub(super) fn put_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }
}

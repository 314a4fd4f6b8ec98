//! Sections of a table: a title, headers and rows.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::output::format::error::FormatError;
use crate::output::format::width::width;

/// Blanks that a column has beside its widest cell.
const PADDING: usize = 4;

/// The two border characters of a line.
const BORDER: usize = 2;

pub(super) struct TableSection<'v> {
    /// A list inside a list has no title.
    pub(super) title: Option<&'v str>,
    /// Depth, which is the number of border characters at either end of a line.
    pub(super) level: usize,
    pub(super) headers: Vec<&'v str>,
    pub(super) rows: Vec<Vec<Cow<'v, str>>>,
    columns: Option<usize>,
    /// The width of the widest cell of each column.
    widths: Vec<usize>,
}

impl<'v> TableSection<'v> {
    pub(super) fn new(title: Option<&'v str>, level: usize) -> TableSection<'v> {
        TableSection { title, level, headers: Vec::new(), rows: Vec::new(), columns: None, widths: Vec::new() }
    }

    pub(super) fn add_header(&mut self, names: &BTreeSet<&'v str>) -> Result<(), FormatError> {
        self.widen(names.iter().map(|name| width(name)))?;
        self.columns.get_or_insert(names.len());
        self.headers = names.iter().copied().collect();
        Ok(())
    }

    pub(super) fn add_row(&mut self, cells: impl IntoIterator<Item = Cow<'v, str>>) -> Result<(), FormatError> {
        let cells: Vec<_> = cells.into_iter().collect();
        let expected = *self.columns.get_or_insert(cells.len());
        if cells.len() != expected {
            return Err(FormatError::RowLength { expected, found: cells.len() });
        }
        self.widen(cells.iter().map(|cell| width(cell)))?;
        self.rows.push(cells);
        Ok(())
    }

    fn widen(&mut self, widths: impl Iterator<Item = usize>) -> Result<(), FormatError> {
        if self.widths.is_empty() {
            self.widths = widths.collect();
            return Ok(());
        }
        for (index, width) in widths.enumerate() {
            let widest = self.widths.get_mut(index).ok_or(FormatError::UnevenColumns)?;
            *widest = width.max(*widest);
        }
        Ok(())
    }

    /// Turns a section of one row upright: each line has a header and its value.
    pub(super) fn into_upright(mut self) -> TableSection<'v> {
        if self.headers.is_empty() || self.rows.len() != 1 {
            return self;
        }
        let mut upright = TableSection::new(self.title, self.level);
        let cells = self.rows.pop().unwrap_or_default();
        for (header, cell) in self.headers.into_iter().zip(cells) {
            let row = vec![Cow::Borrowed(header), cell];
            // All rows have two cells.
            let _ = upright.add_row(row);
        }
        upright
    }

    /// The width that the section needs.
    pub(super) fn total_width(&self) -> usize {
        let columns: usize = self.widths.iter().map(|width| width.saturating_add(PADDING)).sum();
        // Version 2 takes the width of Python's `None` for a section without a title.
        let title = width(self.title.unwrap_or("None"));
        columns.max(title).saturating_add(BORDER).saturating_add(self.level.saturating_mul(2))
    }

    /// Scales the columns so that the sum of their widths is that of the table.
    pub(super) fn column_widths(&self, table: i64) -> Vec<i64> {
        let wanted: Vec<f64> = self.widths.iter().map(|width| width.saturating_add(PADDING) as f64).collect();
        let scale = table as f64 / wanted.iter().sum::<f64>();
        let mut scaled: Vec<i64> = wanted.iter().map(|width| (scale * width).round_ties_even() as i64).collect();
        let mut excess = scaled.iter().sum::<i64>().saturating_sub(table);
        while excess != 0 && !scaled.is_empty() {
            let step = excess.signum();
            let count = usize::try_from(excess.unsigned_abs()).unwrap_or(usize::MAX).min(scaled.len());
            // What is too much is taken from the left, what is missing is added from the right.
            let range = if step > 0 { 0..count } else { scaled.len().saturating_sub(count)..scaled.len() };
            for width in &mut scaled[range] {
                *width = width.saturating_sub(step);
                excess = excess.saturating_sub(step);
            }
        }
        scaled
    }
}

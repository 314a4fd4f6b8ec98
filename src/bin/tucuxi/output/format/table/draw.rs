//! Draws the sections of a table.

use super::TableStyle;
use super::section::TableSection;
use crate::output::format::width::width;

const BRIGHT_BLUE: &str = "\x1b[1m\x1b[34m";
const DIM_YELLOW: &str = "\x1b[2m\x1b[33m";
const RESET: &str = "\x1b[0m";

/// Draws all sections with the width of the widest one.
pub(super) fn draw(out: &mut String, sections: Vec<TableSection<'_>>, style: TableStyle) {
    let mut sections = sections;
    let widest = |sections: &[TableSection<'_>]| sections.iter().map(TableSection::total_width).max().unwrap_or(0);
    let mut table = widest(&sections);
    if table > style.width {
        sections = sections.into_iter().map(TableSection::into_upright).collect();
        table = widest(&sections);
    }
    let mut canvas = Canvas { out, is_colored: style.is_colored };
    canvas.write(&format!("{}\n", "-".repeat(table)));
    let table = i64::try_from(table).unwrap_or(i64::MAX);
    for section in &sections {
        let own = table.saturating_sub(i64::try_from(section.level.saturating_mul(2)).unwrap_or(i64::MAX));
        draw_section(&mut canvas, section, own);
    }
}

fn draw_section(canvas: &mut Canvas<'_>, section: &TableSection<'_>, table: i64) {
    let level = section.level;
    if let Some(title) = section.title.filter(|title| !title.is_empty()) {
        canvas.write_line(&centered(title, table, "|"), level);
        if section.headers.is_empty() && section.rows.is_empty() {
            canvas.write_line(&format!("+{}+", repeat('-', table.saturating_sub(2))), level);
        }
    }
    let widths = section.column_widths(table);
    let edge = |index: usize| if index == 0 { "|" } else { "" };
    if !section.headers.is_empty() {
        canvas.write_line(&rule(&widths), level);
        let cells = widths.iter().zip(&section.headers).enumerate();
        let line: String = cells.map(|(index, (width, header))| centered(header, *width, edge(index))).collect();
        canvas.write_line(&line, level);
    }
    if section.rows.is_empty() || widths.is_empty() {
        return;
    }
    canvas.write_line(&rule(&widths), level);
    for row in &section.rows {
        let cells = widths.iter().zip(row).enumerate();
        let line: String = cells.map(|(index, (width, cell))| canvas.left(cell, *width, edge(index))).collect();
        canvas.write_line(&line, level);
    }
    canvas.write_line(&rule(&widths), level);
}

fn rule(widths: &[i64]) -> String {
    let mut line = String::from("+");
    for (index, width) in widths.iter().enumerate() {
        let edges = if index == 0 { 2 } else { 1 };
        line.push_str(&repeat('-', width.saturating_sub(edges)));
        line.push('+');
    }
    line
}

/// Centers text in a cell. More blanks are on the right if their number is odd.
fn centered(text: &str, length: i64, left_edge: &str) -> String {
    let text_width = width_of(text);
    let before = length.div_euclid(2).saturating_sub(text_width.div_euclid(2)).saturating_sub(1);
    let used = width_of(left_edge).saturating_add(before).saturating_add(text_width).saturating_add(1);
    let after = length.saturating_sub(used);
    format!("{left_edge}{}{text}{}|", repeat(' ', before), repeat(' ', after))
}

fn width_of(text: &str) -> i64 {
    i64::try_from(width(text)).unwrap_or(i64::MAX)
}

/// A negative count is none.
fn repeat(character: char, count: i64) -> String {
    String::from(character).repeat(usize::try_from(count).unwrap_or(0))
}

struct Canvas<'o> {
    out: &'o mut String,
    is_colored: bool,
}

impl Canvas<'_> {
    /// Aligns a value to the left, after two blanks if there is room.
    fn left(&self, text: &str, length: i64, left_edge: &str) -> String {
        let content = width_of(text).saturating_add(width_of(left_edge)).saturating_add(1);
        let before = if length.saturating_sub(content) >= 2 { 2 } else { 0 };
        let after = length.saturating_sub(content).saturating_sub(before);
        let (color, reset) = if self.is_colored { (BRIGHT_BLUE, RESET) } else { ("", "") };
        format!("{left_edge}{}{color}{text}{reset}{}|", repeat(' ', before), repeat(' ', after))
    }

    /// Writes a line between the borders of the sections that it is in.
    fn write_line(&mut self, line: &str, level: usize) {
        let border = match self.is_colored {
            true => format!("{DIM_YELLOW}|{RESET}").repeat(level),
            false => "|".repeat(level),
        };
        self.write(&border);
        self.write(line);
        self.write(&border);
        self.write("\n");
    }

    /// Writes a part. In colors, version 2 resets the style after each part.
    fn write(&mut self, text: &str) {
        self.out.push_str(text);
        if self.is_colored {
            self.out.push_str(RESET);
        }
    }
}

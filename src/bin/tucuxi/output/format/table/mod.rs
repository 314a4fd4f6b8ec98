//! `--output table`: a box with a section for each object and list.

mod draw;
mod section;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use self::section::TableSection;
use super::error::FormatError;
use super::python::{is_scalar, is_truthy, str_of};

/// How the terminal shows a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TableStyle {
    pub(crate) is_colored: bool,
    /// Width of the terminal. Sections of one row are turned upright in a wider table.
    pub(crate) width: usize,
}

impl TableStyle {
    /// The style of output that is not for a terminal.
    pub(crate) const PLAIN: TableStyle = TableStyle { is_colored: false, width: 80 };
}

/// Writes a table, or nothing for a value that is empty, zero, null or false.
pub(super) fn write(out: &mut String, title: &str, value: &Value, style: TableStyle) -> Result<(), FormatError> {
    let mut table = TableBuilder::default();
    table.add_titled(title, value, 0)?;
    if !table.sections.is_empty() {
        draw::draw(out, table.sections, style);
    }
    Ok(())
}

#[derive(Default)]
struct TableBuilder<'v> {
    sections: Vec<TableSection<'v>>,
}

impl<'v> TableBuilder<'v> {
    fn add_titled(&mut self, title: &'v str, value: &'v Value, level: usize) -> Result<(), FormatError> {
        if is_truthy(value) {
            self.sections.push(TableSection::new(Some(title), level));
            self.add_content(Some(title), value, level)?;
        }
        Ok(())
    }

    fn add_content(&mut self, title: Option<&'v str>, value: &'v Value, level: usize) -> Result<(), FormatError> {
        match value {
            Value::Array(items) if items.first().is_some_and(Value::is_object) => self.add_objects(title, items, level),
            Value::Array(items) => items.iter().try_for_each(|item| self.add_item(item)),
            Value::Object(members) => self.add_object(members, level),
            _ => Ok(()),
        }
    }

    fn current(&mut self) -> &mut TableSection<'v> {
        if self.sections.is_empty() {
            self.sections.push(TableSection::new(None, 0));
        }
        let last = self.sections.len().saturating_sub(1);
        &mut self.sections[last]
    }

    /// Adds an item of a list that does not begin with an object.
    fn add_item(&mut self, item: &'v Value) -> Result<(), FormatError> {
        match item {
            Value::Array(cells) if cells.iter().all(is_scalar) => self.current().add_row(cells.iter().map(str_of)),
            Value::Array(_) => self.add_content(None, item, 0),
            // Version 2 shows the names of the members of such an object.
            Value::Object(members) => self.current().add_row(members.keys().map(|name| name.as_str().into())),
            scalar => self.current().add_row([str_of(scalar)]),
        }
    }

    fn add_object(&mut self, members: &'v Map<String, Value>, level: usize) -> Result<(), FormatError> {
        let (mut columns, mut parts) = (BTreeSet::new(), BTreeSet::new());
        sort_names(members, &mut columns, &mut parts);
        let cell = |name: &&'v str| members.get(*name).map_or("".into(), str_of);
        match columns.first() {
            Some(name) if columns.len() == 1 => self.current().add_row([(*name).into(), cell(name)])?,
            Some(_) => {
                self.current().add_header(&columns)?;
                self.current().add_row(columns.iter().map(cell))?;
            }
            None => {}
        }
        self.add_parts(members, &parts, level)
    }

    fn add_objects(&mut self, title: Option<&'v str>, items: &'v [Value], level: usize) -> Result<(), FormatError> {
        let (mut columns, mut parts) = (BTreeSet::new(), BTreeSet::new());
        let mut objects = Vec::with_capacity(items.len());
        for item in items {
            let members = item.as_object().ok_or(FormatError::MixedList { format: "table" })?;
            sort_names(members, &mut columns, &mut parts);
            objects.push(members);
        }
        self.current().add_header(&columns)?;
        for (index, members) in objects.into_iter().enumerate() {
            if index > 0 && !parts.is_empty() {
                self.sections.push(TableSection::new(title, level));
                self.current().add_header(&columns)?;
            }
            self.current().add_row(columns.iter().map(|name| members.get(*name).map_or("".into(), str_of)))?;
            self.add_parts(members, &parts, level)?;
        }
        Ok(())
    }

    fn add_parts(
        &mut self,
        members: &'v Map<String, Value>,
        names: &BTreeSet<&'v str>,
        level: usize,
    ) -> Result<(), FormatError> {
        names.iter().try_for_each(|name| match members.get(*name) {
            Some(part) => self.add_titled(name, part, level.saturating_add(1)),
            None => Ok(()),
        })
    }
}

/// Adds the names of scalars to the columns, and those of lists and objects to the parts.
fn sort_names<'v>(members: &'v Map<String, Value>, columns: &mut BTreeSet<&'v str>, parts: &mut BTreeSet<&'v str>) {
    for (name, member) in members {
        let names = if is_scalar(member) { &mut *columns } else { &mut *parts };
        names.insert(name);
    }
}

//! Writes values into one of the two files.

use std::path::Path;

use super::edit::{self, NewValue};
use super::section::SectionName;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::own::files;
use crate::aws::python;

/// New values of a section.
pub(crate) struct SectionUpdate {
    pub(crate) section: SectionName,
    pub(crate) values: Vec<(String, NewValue)>,
}

/// Writes values of a section. Values are not shown in errors, as they may be secrets.
pub(crate) fn update(path: Option<&Path>, section: &SectionName, values: &[(String, NewValue)]) -> AwsResult<()> {
    update_all(path, &[SectionUpdate { section: section.clone(), values: values.to_vec() }])
}

/// Writes values of several sections at once.
pub(crate) fn update_all(path: Option<&Path>, updates: &[SectionUpdate]) -> AwsResult<()> {
    updates.iter().try_for_each(|update| check(&update.section, &update.values))?;
    let path =
        path.ok_or_else(|| AwsError::General("the home directory, which the file is in, is unknown".to_owned()))?;
    files::edit(path, |old| {
        let apply = |text: String, update: &SectionUpdate| edit::apply(&text, &update.section, &update.values);
        Ok(updates.iter().fold(old.to_owned(), apply))
    })
}

fn check(section: &SectionName, values: &[(String, NewValue)]) -> AwsResult<()> {
    check_name(&section.header(), "section name")?;
    for (key, value) in values {
        check_name(key, "key")?;
        let text = match value {
            NewValue::Text(text) => text,
            NewValue::Nested(name, text) => {
                check_name(name, "key")?;
                text
            }
            NewValue::Removed => continue,
        };
        if has_line_end(text) {
            return Err(AwsError::General(format!(
                "Invalid value for key {key}: newline characters and carriage returns are not allowed."
            )));
        }
    }
    Ok(())
}

fn check_name(name: &str, what: &str) -> AwsResult<()> {
    if has_line_end(name) {
        let name = python::repr(name);
        let text = format!("Invalid {what}: newline characters and carriage returns are not allowed: {name}");
        return Err(AwsError::General(text));
    }
    let is_unreadable = match what {
        "key" => name.trim().is_empty() || name.contains(['=', ':']) || name.trim_start().starts_with(['#', ';', '[']),
        _ => name.is_empty(),
    };
    match is_unreadable {
        true => {
            Err(AwsError::General(format!("Invalid {what}: the file could not be read again: {}", python::repr(name))))
        }
        false => Ok(()),
    }
}

fn has_line_end(text: &str) -> bool {
    text.contains(['\n', '\r'])
}

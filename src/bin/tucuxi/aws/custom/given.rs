//! The options that customizations add: what they say, and how parameters are built of them.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use tucuxi::shapes::MemberInfo;

use crate::aws::args::ArgArity;
use crate::aws::arguments::LineOptions;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::options::{OperationOption, OptionRole, OptionTable};
use crate::aws::python;
use crate::aws::values::{self, OptionContent};

/// Adds an option that a customization reads.
pub(super) fn add(table: &mut OptionTable<'_>, name: &str, arity: ArgArity) {
    table.put(OperationOption::new(name, arity, OptionRole::Custom));
}

/// Makes an option optional, because others can take its place.
pub(super) fn make_optional(table: &mut OptionTable<'_>, name: &str) {
    if let Some(option) = table.find_mut(name) {
        option.required = false;
    }
}

/// The text of an option or of the file that it names.
pub(super) fn text(arguments: &LineOptions<'_, '_>, name: &str) -> AwsResult<Option<String>> {
    arguments.text(name).map(|word| values::text(&format!("--{name}"), word)).transpose()
}

/// As [`text`]; an empty one counts as none.
pub(super) fn filled(arguments: &LineOptions<'_, '_>, name: &str) -> AwsResult<Option<String>> {
    Ok(text(arguments, name)?.filter(|text| !text.is_empty()))
}

/// The words of an option with several; a single one can name a file.
pub(super) fn texts(arguments: &LineOptions<'_, '_>, name: &str) -> AwsResult<Vec<String>> {
    match arguments.get(name).unwrap_or_default() {
        [word] => Ok(vec![values::text(&format!("--{name}"), word)?]),
        words => Ok(words.to_vec()),
    }
}

/// The value of an option for a member that is not at the top.
pub(super) fn value(arguments: &LineOptions<'_, '_>, name: &str, member: MemberInfo<'_>) -> AwsResult<Option<Value>> {
    let Some(words) = arguments.get(name) else { return Ok(None) };
    match arguments.values.member(&format!("--{name}"), member, words)? {
        OptionContent::Value(value) => Ok(Some(value)),
        OptionContent::File(_) => Ok(None),
    }
}

/// A whole number, in which Python would see one.
pub(super) fn whole_number(text: &str) -> Option<Value> {
    tucuxi::parse_json(&python::int(text)?).ok()
}

/// Refuses options of two groups together. The message has the names as the AWS CLI's code spells them.
pub(super) fn exclusive(arguments: &LineOptions<'_, '_>, groups: [&[&str]; 2]) -> AwsResult<()> {
    let mut first = None;
    for option in &arguments.table.options {
        let Some(group) = groups.into_iter().find(|group| group.contains(&option.name.as_str())) else { continue };
        if !arguments.has(&option.name) {
            continue;
        }
        match first {
            None => first = Some(group),
            Some(first) if first == group => {}
            Some(first) => {
                return Err(AwsError::Validation(format!(
                    "The key \"{}\" cannot be specified when one of the following keys are also specified: {}",
                    option.name.replace('-', "_"),
                    first.join(", ").replace('-', "_")
                )));
            }
        }
    }
    Ok(())
}

/// Changes the structure that a parameter is, or a new one.
pub(super) fn change(params: &mut Map<String, Value>, name: &str, change: impl FnOnce(&mut Map<String, Value>)) {
    let value = params.entry(name).or_insert(Value::Null);
    change_value(value, change);
}

/// Changes the first structure of the list that a parameter is, or a new one.
pub(super) fn change_first(params: &mut Map<String, Value>, name: &str, change: impl FnOnce(&mut Map<String, Value>)) {
    let mut list = match params.get_mut(name).map(Value::take) {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    };
    if list.is_empty() {
        list.push(Value::Null);
    }
    if let Some(first) = list.first_mut() {
        change_value(first, change);
    }
    params.insert(name.to_owned(), Value::Array(list));
}

fn change_value(value: &mut Value, change: impl FnOnce(&mut Map<String, Value>)) {
    let mut object = match value.take() {
        Value::Object(object) => object,
        _ => Map::new(),
    };
    change(&mut object);
    *value = Value::Object(object);
}

/// Sets a member.
pub(super) fn set(params: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    params.insert(name.to_owned(), value.into());
}

/// The path for a file that will be written; an error if it cannot be, because the call could not be repeated for its content.
pub(super) fn writable(text: &str) -> AwsResult<PathBuf> {
    let path = PathBuf::from(values::path(text));
    let is_writable = match path.metadata() {
        Ok(_) => OpenOptions::new().write(true).open(&path).is_ok(),
        Err(_) => {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            fs::metadata(folder).is_ok_and(|folder| folder.is_dir() && !folder.permissions().readonly())
        }
    };
    match is_writable {
        true => Ok(path),
        false => Err(AwsError::Validation(format!("Unable to write to file: {}", path.display()))),
    }
}

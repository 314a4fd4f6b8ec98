//! `--output text`: fields with tabs between them, without headers.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::error::FormatError;
use super::python::{is_scalar, str_of};

/// Writes the lines of a value.
pub(super) fn write(out: &mut String, value: &Value) -> Result<(), FormatError> {
    write_value(out, value, None, None)
}

/// Writes a value that has a label if it is the member of an object. The columns are those of the list that it is in.
fn write_value(
    out: &mut String,
    value: &Value,
    label: Option<&str>,
    columns: Option<&BTreeSet<&str>>,
) -> Result<(), FormatError> {
    match value {
        Value::Object(members) => write_object(out, members, label, columns),
        Value::Array(items) => write_list(out, items, label),
        scalar => {
            out.push_str(&str_of(scalar));
            out.push('\n');
            Ok(())
        }
    }
}

fn write_list(out: &mut String, items: &[Value], label: Option<&str>) -> Result<(), FormatError> {
    if items.iter().any(Value::is_object) {
        let columns = scalar_names(items)?;
        return items.iter().try_for_each(|item| write_value(out, item, label, Some(&columns)));
    }
    let (scalars, lists): (Vec<&Value>, Vec<&Value>) = items.iter().partition(|item| is_scalar(item));
    match label {
        _ if scalars.is_empty() => {}
        Some(label) => {
            let label = label.to_uppercase();
            scalars.iter().for_each(|scalar| write_line(out, [label.as_str().into(), str_of(scalar)]));
        }
        None => write_line(out, scalars.into_iter().map(str_of)),
    }
    lists.into_iter().try_for_each(|list| write_value(out, list, label, None))
}

/// The names of the members that are a scalar in any object of a list.
fn scalar_names(items: &[Value]) -> Result<BTreeSet<&str>, FormatError> {
    let mut names = BTreeSet::new();
    for item in items {
        let members = item.as_object().ok_or(FormatError::MixedList { format: "text" })?;
        names.extend(members.iter().filter(|(_, member)| is_scalar(member)).map(|(name, _)| name.as_str()));
    }
    Ok(names)
}

fn write_object(
    out: &mut String,
    members: &Map<String, Value>,
    label: Option<&str>,
    columns: Option<&BTreeSet<&str>>,
) -> Result<(), FormatError> {
    let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
    sorted.sort_unstable_by_key(|(name, _)| *name);
    let is_column = |(name, member): &(&String, &Value)| match columns {
        Some(columns) => columns.contains(name.as_str()),
        None => is_scalar(member),
    };
    let (own, parts): (Vec<_>, Vec<_>) = sorted.into_iter().partition(is_column);
    let mut fields = Vec::new();
    match columns {
        Some(columns) => fields.extend(columns.iter().map(|name| members.get(*name).map_or("".into(), str_of))),
        None => fields.extend(own.into_iter().map(|(_, member)| str_of(member))),
    }
    if !fields.is_empty() {
        write_line(out, label.map(|label| label.to_uppercase().into()).into_iter().chain(fields));
    }
    parts.into_iter().try_for_each(|(name, part)| write_value(out, part, Some(name), None))
}

fn write_line<'a>(out: &mut String, fields: impl IntoIterator<Item = std::borrow::Cow<'a, str>>) {
    for (index, field) in fields.into_iter().enumerate() {
        out.push_str(if index == 0 { "" } else { "\t" });
        out.push_str(&field);
    }
    out.push('\n');
}

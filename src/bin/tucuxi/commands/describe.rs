//! `tucuxi describe`: describes an operation as its model does, as text.

use serde_json::{Map, Value};

use super::{Command, Invocation};
use crate::error::CliResult;
use crate::grammar::{Flag, FlagValue, Positional};
use crate::output;

pub(crate) struct DescribeCommand;

impl Command for DescribeCommand {
    type Arguments = DescribeArguments;

    fn name(&self) -> &'static str {
        "describe"
    }

    fn summary(&self) -> &'static str {
        "Describes the parameters, output and errors of an operation"
    }

    fn description(&self) -> &'static str {
        "Describes the parameters, output and errors of an operation from its model."
    }

    fn positionals(&self) -> &'static [Positional] {
        &[Positional::SERVICE, Positional::OPERATION]
    }

    fn flags(&self) -> &'static [&'static dyn Flag<DescribeArguments>] {
        &[&AsJsonFlag]
    }

    fn run(&self, Invocation { globals, arguments, mut positionals }: Invocation<DescribeArguments>) -> CliResult<()> {
        let (service, operation) = (positionals.text()?, positionals.text()?);
        let about = globals.describing_client(&service)?.describe(&operation)?;
        match arguments.json {
            true => output::print_json(&about),
            false => output::print(&text(&about)),
        }
    }
}

/// The options of the command.
#[derive(Default)]
pub(crate) struct DescribeArguments {
    json: bool,
}

struct AsJsonFlag;

impl Flag<DescribeArguments> for AsJsonFlag {
    fn long(&self) -> &'static str {
        "json"
    }

    fn summary(&self) -> &'static str {
        "Print JSON for tools"
    }

    fn update(&self, _: FlagValue, arguments: &mut DescribeArguments) -> CliResult<()> {
        arguments.json = true;
        Ok(())
    }
}

fn text(about: &Value) -> String {
    let text = |key: &str| about[key].as_str().unwrap_or_default();
    let http = |key: &str| about["http"][key].as_str().unwrap_or_default();
    let mut page = format!("{} {} ({})", text("service"), text("operation"), text("method_name"));
    if about["deprecated"] == true {
        page.push_str(", deprecated");
    }
    page.push_str(&format!("\n{} {}, protocol {}\n", http("method"), http("uri"), text("protocol")));
    for (title, key) in [("Input", "input"), ("Output", "output")] {
        match about[key]["members"].as_object().filter(|members| !members.is_empty()) {
            Some(members) => {
                page.push_str(&format!("\n{title}\n"));
                push_members(&mut page, members, about);
            }
            None => page.push_str(&format!("\n{title}: nothing\n")),
        }
    }
    let errors: Vec<&str> = about["errors"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if !errors.is_empty() {
        page.push_str(&format!("\nErrors\n  {}\n", errors.join("\n  ")));
    }
    push_structures(&mut page, about);
    page
}

/// Adds the structures that members refer to by name, each once.
fn push_structures(page: &mut String, about: &Value) {
    for (name, shape) in about["shapes"].as_object().into_iter().flatten() {
        if let Some(members) = shape["members"].as_object() {
            let what = if shape["union"] == true { " (exactly one of)" } else { "" };
            page.push_str(&format!("\n{name}{what}\n"));
            push_members(page, members, about);
        }
    }
}

/// Adds one line for each member, in columns: name, type, notes.
fn push_members(page: &mut String, members: &Map<String, Value>, about: &Value) {
    let rows: Vec<(&str, String, String)> =
        members.iter().map(|(name, member)| (name.as_str(), type_text(member, about, 0), notes(member))).collect();
    let width = |column: fn(&(&str, String, String)) -> usize| rows.iter().map(column).max().unwrap_or(0).min(40);
    let (names, types) = (width(|row| row.0.len()), width(|row| row.1.len()));
    for (name, kind, notes) in &rows {
        let line = format!("  {name:<names$}  {kind:<types$}  {notes}");
        page.push_str(line.trim_end());
        page.push('\n');
    }
}

/// The type of a member: `string`, `list of string`, `map of string to AttributeValue`, `Tag`. The depth is limited because lists
/// of a broken model can be recursive.
fn type_text(member: &Value, about: &Value, depth: usize) -> String {
    let kind = member["type"].as_str().unwrap_or_default();
    let name = member["shape"].as_str().unwrap_or_default();
    let shape = &about["shapes"][name];
    match kind {
        "structure" => name.to_owned(),
        "list" | "map" if depth >= 8 || shape.is_null() => name.to_owned(),
        "list" => format!("list of {}", type_text(&shape["member"], about, depth + 1)),
        "map" => {
            let [key, value] = ["key", "value"].map(|part| type_text(&shape[part], about, depth + 1));
            format!("map of {key} to {value}")
        }
        _ => kind.to_owned(),
    }
}

fn notes(member: &Value) -> String {
    let mut notes = Vec::new();
    for (key, note) in [
        ("required", "required"),
        ("streaming", "streaming"),
        ("json_value", "any JSON"),
        ("idempotency_token", "generated if absent"),
    ] {
        if member[key] == true {
            notes.push(note.to_owned());
        }
    }
    match (&member["min"], &member["max"]) {
        (Value::Null, Value::Null) => {}
        (min, Value::Null) => notes.push(format!("at least {min}")),
        (Value::Null, max) => notes.push(format!("at most {max}")),
        (min, max) => notes.push(format!("{min} to {max}")),
    }
    if let Some(location) = member["location"].as_str() {
        let place = match location {
            "uri" => "in the path",
            "querystring" => "in the query",
            "statusCode" => "the HTTP status",
            "header" => "a header",
            "headers" => "headers",
            other => other,
        };
        notes.push(match member["location_name"].as_str() {
            Some(name) => format!("{place}: {name}"),
            None => place.to_owned(),
        });
    }
    let values: Vec<&str> = member["enum"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if !values.is_empty() {
        notes.push(format!("one of {}", values.join(" | ")));
    }
    notes.join(", ")
}

//! `tucuxi configure list`: lists the settings and where they come from.

use lexopt::Parser;
use serde_json::Value;

use crate::error::{COMMAND_LINE, CliError, Result};
use crate::options::{Options, Positionals};
use crate::{Command, output};

pub(crate) const COMMAND: Command = Command {
    name: "configure",
    about: "Lists the settings and where they come from: `configure list`",
    help: "\
Lists every setting, its value and its origin: an option, an environment variable, a line of a file, or the default.
Credentials are looked up as for a call; their secrets are masked.

Usage: tucuxi configure list [OPTIONS]

Options:
  --json                     Print JSON
",
    run,
};

fn run(mut options: Options, parser: &mut Parser) -> Result<()> {
    let mut as_json = false;
    let mut positionals = Positionals::read(parser, &mut options, |option, _| {
        as_json |= option == "--json";
        Ok(option == "--json")
    })?;
    match positionals.required("list")?.as_str() {
        "list" => {}
        other => {
            return Err(CliError::Usage(format!(
                "unknown command `configure {other}`, did you mean `configure list`?"
            )));
        }
    }
    positionals.end()?;
    let mut report = options.report_session()?.config_report();
    for row in report.as_object_mut().into_iter().flat_map(|settings| settings.values_mut()) {
        for text in ["origin", "error"] {
            if let Some(Value::String(text)) = row.get_mut(text) {
                *text = text.replace("the builder", COMMAND_LINE);
            }
        }
    }
    if as_json { output::print_json(&report) } else { output::print_lines(&lines(&report)) }
}

/// Three columns: name, value, origin.
fn lines(report: &Value) -> Vec<String> {
    let Some(settings) = report.as_object() else { return Vec::new() };
    let rows: Vec<(&str, &str, &str)> = settings
        .iter()
        .map(|(name, row)| match row["error"].as_str() {
            Some(error) => (name.as_str(), "<error>", error),
            None => (name.as_str(), row["value"].as_str().unwrap_or("<not set>"), row["origin"].as_str().unwrap_or("")),
        })
        .collect();
    let width = |cell: fn(&(&str, &str, &str)) -> usize| rows.iter().map(cell).max().unwrap_or(0);
    let (names, values) = (width(|row| row.0.chars().count()), width(|row| row.1.chars().count()).min(40));
    let line = |(name, value, origin): &(&str, &str, &str)| format!("{name:names$}  {value:values$}  {origin}");
    rows.iter().map(|row| line(row).trim_end().to_owned()).collect()
}

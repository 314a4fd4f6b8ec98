//! `configure report`: lists all settings and where they come from. The AWS CLI does not have it.

use std::process::ExitCode;

use serde_json::Value;

use super::GROUP;
use crate::aws::error::AwsResult;
use crate::aws::own::{OwnCommand, OwnLine, OwnOption};
use crate::aws::run;
use crate::error::COMMAND_LINE;
use crate::output;

pub(in crate::aws::own) const REPORT: OwnCommand = OwnCommand {
    group: GROUP,
    name: "report",
    summary: "Print every setting, its value and its origin: an option, an environment variable, a line of a file, or the default; \
              secrets are masked",
    options: &[&[OwnOption::flag("--json", "Print JSON")]],
    run: print,
};

fn print(line: &OwnLine<'_>) -> AwsResult<ExitCode> {
    let mut report = run::report_session(line.globals)?.config_report();
    for row in report.as_object_mut().into_iter().flat_map(|settings| settings.values_mut()) {
        for text in ["origin", "error"] {
            if let Some(Value::String(text)) = row.get_mut(text) {
                *text = text.replace("the builder", COMMAND_LINE);
            }
        }
    }
    match line.has("--json") {
        true => output::print_json(&report)?,
        false => output::print_lines(&lines(&report))?,
    }
    Ok(ExitCode::SUCCESS)
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

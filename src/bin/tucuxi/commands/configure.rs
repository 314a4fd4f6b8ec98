//! `tucuxi configure list`: lists the settings and where they come from.

use serde_json::Value;

use super::{Command, Invocation};
use crate::error::{COMMAND_LINE, CliResult};
use crate::grammar::{Flag, FlagValue, Positional, ValueKind};
use crate::output;

pub(crate) struct ConfigureCommand;

impl Command for ConfigureCommand {
    type Arguments = ConfigureArguments;

    fn name(&self) -> &'static str {
        "configure"
    }

    fn summary(&self) -> &'static str {
        "Lists the settings and where they come from: `configure list`"
    }

    fn description(&self) -> &'static str {
        "Lists every setting, its value and its origin: an option, an environment variable, a line of a file, or the default. Credentials \
         are looked up as for a call; their secrets are masked."
    }

    fn positionals(&self) -> &'static [Positional] {
        const { &[Positional::required("list", ValueKind::OneOf(&["list"]))] }
    }

    fn flags(&self) -> &'static [&'static dyn Flag<ConfigureArguments>] {
        &[&PrintJsonFlag]
    }

    fn run(&self, Invocation { globals, arguments, .. }: Invocation<ConfigureArguments>) -> CliResult<()> {
        let mut report = globals.report_session()?.config_report();
        for row in report.as_object_mut().into_iter().flat_map(|settings| settings.values_mut()) {
            for text in ["origin", "error"] {
                if let Some(Value::String(text)) = row.get_mut(text) {
                    *text = text.replace("the builder", COMMAND_LINE);
                }
            }
        }
        if arguments.json { output::print_json(&report) } else { output::print_lines(&lines(&report)) }
    }
}

/// The options of the command.
#[derive(Default)]
pub(crate) struct ConfigureArguments {
    json: bool,
}

struct PrintJsonFlag;

impl Flag<ConfigureArguments> for PrintJsonFlag {
    fn long(&self) -> &'static str {
        "json"
    }

    fn summary(&self) -> &'static str {
        "Print JSON"
    }

    fn update(&self, _: FlagValue, arguments: &mut ConfigureArguments) -> CliResult<()> {
        arguments.json = true;
        Ok(())
    }
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

//! `configure export-credentials`: prints the credentials of a profile, for other programs.

use std::env;
use std::process::ExitCode;

use serde::Serialize as _;
use serde_json::ser::{PrettyFormatter, Serializer};
use serde_json::{Map, Value, json};
use tucuxi::{Environment, NotConfigured};

use super::{DEFAULT, GROUP, named_profile};
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::own::{OwnCommand, OwnLine, OwnOption, OwnValues};
use crate::aws::{present, run};
use crate::output;

pub(in crate::aws::own) const EXPORT_CREDENTIALS: OwnCommand = OwnCommand {
    group: GROUP,
    name: "export-credentials",
    summary: "Print credentials with their secrets, for other programs",
    options: &[&[OwnOption::new("--format", "<format>", "How they are written, `process` by default")
        .values(OwnValues::Choices(FORMATS))]],
    run: export,
};

const FORMATS: &[&str] = &["process", "env", "env-no-export", "powershell", "windows-cmd", "fish"];

/// The profiles of the programs that wait for this one, so that a process that runs this command again is noticed.
const CHAIN: &str = "_AWS_CLI_PROFILE_CHAIN";

/// How many programs may wait.
const MAX_CHAIN: usize = 4;

fn export(line: &OwnLine<'_>) -> AwsResult<ExitCode> {
    let profile = named_profile(line).unwrap_or_else(|| DEFAULT.to_owned());
    let mut seen = csv_row(&env::var(CHAIN).unwrap_or_default());
    if seen.len() >= MAX_CHAIN {
        return Err(failed(format!(
            "Maximum recursive credential process resolution reached ({MAX_CHAIN}).\nProfiles seen: {}",
            seen.join(" -> ")
        )));
    }
    let is_known = seen.contains(&profile);
    seen.push(profile);
    if is_known {
        return Err(failed(format!(
            "Credential process resolution detected an infinite loop, profile cycle: {}\n",
            seen.join(" -> ")
        )));
    }
    let chain: Vec<String> = seen.iter().map(|name| csv_field(name)).collect();
    let credentials = run::open_session_with(line.globals, with_variable(CHAIN, &chain.join(",")))
        .and_then(|session| session.get_credentials().map_err(AwsError::library));
    let credentials = credentials.map_err(|error| match &error {
        AwsError::Library(cause) if cause.missing() == Some(NotConfigured::Credentials) => {
            failed("Unable to retrieve credentials: no credentials found".to_owned())
        }
        error => {
            let why = error.message(named_profile(line).as_deref());
            failed(format!("Unable to retrieve credentials: {}\n", why.trim()))
        }
    })?;
    let mut variables = vec![
        ("AWS_ACCESS_KEY_ID", "AccessKeyId", credentials.access_key_id().to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey", credentials.secret_access_key().to_owned()),
    ];
    variables.extend(credentials.session_token().map(|token| ("AWS_SESSION_TOKEN", "SessionToken", token.to_owned())));
    let expiry = credentials.expiry().and_then(present::utc_isoformat);
    variables.extend(expiry.map(|expiry| ("AWS_CREDENTIAL_EXPIRATION", "Expiration", expiry)));
    let text = match line.text("--format").unwrap_or("process") {
        "process" => document(variables)?,
        format => variables.iter().map(|(name, _, value)| form(format, name, value)).collect(),
    };
    output::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn failed(message: String) -> AwsError {
    AwsError::Setting("Configuration", message)
}

/// The environment of this process with another variable, which the program of a profile inherits.
fn with_variable(name: &str, value: &str) -> Environment {
    let own = env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let variables = own.filter(|(own, _)| own != name).chain([(name.to_owned(), value.to_owned())]);
    let environment = Environment::from_pairs(variables);
    match env::home_dir() {
        Some(home) => environment.with_home(home),
        None => environment,
    }
}

fn form(format: &str, name: &str, value: &str) -> String {
    match format {
        "env" => format!("export {name}={value}\n"),
        "powershell" => format!("$Env:{name}=\"{value}\"\n"),
        "windows-cmd" => format!("set {name}={value}\n"),
        "fish" => format!("set -gx {name} \"{value}\"\n"),
        _ => format!("{name}={value}\n"),
    }
}

/// The document that `credential_process` expects.
fn document(variables: Vec<(&str, &str, String)>) -> AwsResult<String> {
    let mut members = Map::from_iter([("Version".to_owned(), json!(1))]);
    members.extend(variables.into_iter().map(|(_, member, value)| (member.to_owned(), Value::from(value))));
    let mut text = Vec::new();
    Value::Object(members)
        .serialize(&mut Serializer::with_formatter(&mut text, PrettyFormatter::with_indent(b"  ")))
        .map_err(|error| AwsError::General(error.to_string()))?;
    text.push(b'\n');
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// The fields of a row of CSV; none of an empty row.
fn csv_row(row: &str) -> Vec<String> {
    let (mut fields, mut field, mut is_quoted) = (Vec::new(), String::new(), false);
    let mut chars = row.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '"' if is_quoted && chars.peek() == Some(&'"') => field.extend(chars.next()),
            '"' if is_quoted || field.is_empty() => is_quoted = !is_quoted,
            ',' if !is_quoted => fields.push(std::mem::take(&mut field)),
            _ => field.push(char),
        }
    }
    if !row.is_empty() {
        fields.push(field);
    }
    fields
}

fn csv_field(field: &str) -> String {
    match field.contains(['"', ',', '\n', '\r']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_csv_are_read_as_they_are_written() {
        for fields in [vec![], vec!["a"], vec!["a", "b,c", "d \"e\"", ""], vec!["", ""]] {
            let row = fields.iter().map(|field| csv_field(field)).collect::<Vec<_>>().join(",");
            assert_eq!(csv_row(&row), fields, "{row}");
        }
    }
}

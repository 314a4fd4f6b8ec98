//! `configure list`: prints the profile, the credentials and the region, and where they come from.

use std::env;
use std::process::ExitCode;

use tucuxi::NotConfigured;

use super::{GROUP, files, masked, profile_settings};
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::own::{OwnCommand, OwnLine};
use crate::output;

pub(in crate::aws::own) const LIST: OwnCommand = OwnCommand {
    group: GROUP,
    name: "list",
    summary: "Print the profile, the credentials and the region, and where they come from",
    options: &[],
    run,
};

/// The variables of a setting, in the order in which they are looked for.
const PROFILE: &[&str] = &["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];
const REGION: &[&str] = &["AWS_REGION", "AWS_DEFAULT_REGION"];

/// A value, its kind of source, and the place of the source.
struct ListedValue {
    value: String,
    kind: String,
    place: String,
}

impl ListedValue {
    fn new(value: impl Into<String>, kind: impl Into<String>, place: impl Into<String>) -> Self {
        ListedValue { value: value.into(), kind: kind.into(), place: place.into() }
    }

    fn not_set() -> Self {
        ListedValue::new("<not set>", "None", "None")
    }
}

fn run(line: &OwnLine<'_>) -> AwsResult<ExitCode> {
    let profile = match &line.globals.profile {
        Some(name) if !name.is_empty() => ListedValue::new(name, "manual", "--profile"),
        _ => of_environment(PROFILE).unwrap_or_else(ListedValue::not_set),
    };
    print("NAME", &ListedValue::new("VALUE", "TYPE", "LOCATION"))?;
    print("profile", &profile)?;
    let settings = profile_settings(line, &files()?)?;
    let [access_key, secret_key] = credentials(line)?;
    print("access_key", &access_key)?;
    print("secret_key", &secret_key)?;
    let in_file = || {
        let region = settings.get("region")?.as_str()?;
        let path = env::var("AWS_CONFIG_FILE").ok().filter(|path| !path.is_empty());
        Some(ListedValue::new(region, "config-file", path.as_deref().unwrap_or("~/.aws/config")))
    };
    print("region", &of_environment(REGION).or_else(in_file).unwrap_or_else(ListedValue::not_set))?;
    Ok(ExitCode::SUCCESS)
}

fn print(name: &str, row: &ListedValue) -> AwsResult<()> {
    let ListedValue { value, kind, place } = row;
    Ok(output::print(&format!("{name:<10} : {value:<24} : {kind:<16} : {place}\n"))?)
}

/// The value of the first variable that is set. Python prints the list of all of them.
fn of_environment(names: &[&str]) -> Option<ListedValue> {
    let value = names.iter().find_map(|name| env::var(name).ok())?;
    let names: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    Some(ListedValue::new(value, "env", format!("[{}]", names.join(", "))))
}

/// The access key id and the secret key, both masked.
fn credentials(line: &OwnLine<'_>) -> AwsResult<[ListedValue; 2]> {
    let found = match line.session.get_credentials() {
        Ok(found) => found,
        Err(error) if error.missing() == Some(NotConfigured::Credentials) => {
            return Ok([ListedValue::not_set(), ListedValue::not_set()]);
        }
        Err(error) => return Err(AwsError::library(error)),
    };
    let report = line.session.config_report();
    let provider = report["access_key_id"]["origin"].as_str().unwrap_or_default();
    Ok([found.access_key_id(), found.secret_access_key()].map(|key| ListedValue::new(masked(key), provider, "")))
}
